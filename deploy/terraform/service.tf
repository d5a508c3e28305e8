# The service on Cloud Run (appendix C), and what its containers are told. deploy/cloud-run/service.yaml is the same for those who
# do without Terraform.

locals {
  # What every command is told.
  environment = {
    GCP_PROJECT_ID = var.project_id
    RPM_HOME       = "/var/lib/rpm-api"
    RPM_LAKE       = "gs://${google_storage_bucket.lake.name}"
    RPM_LOG_FORMAT = "json"
    RPM_PRINCIPAL  = var.principal
    RPM_TIMEZONE   = var.timezone
    RPM_WAREHOUSE  = "bigquery://${var.project_id}/${google_bigquery_dataset.this.dataset_id}"
  }

  # What the service is told besides.
  service_environment = merge(local.environment, {
    RPM_HOST = "0.0.0.0"
    # Cloud Run stops what is still there ten seconds after it has said so.
    RPM_DRAIN_TIMEOUT = "8"
    # Google's front end, which puts the client's address last.
    RPM_TRUSTED_PROXIES = "1"
    },
    var.public_url == "" ? {} : { RPM_PUBLIC_URL = var.public_url },
    local.signs_in ? { RPM_OIDC_CLIENT_ID = var.oidc_client_id } : {},
    local.sends_mail ? { RPM_SMTP_FROM = var.smtp_from } : {},
    local.sends_sms ? { RPM_TWILIO_ACCOUNT = var.twilio_account, RPM_TWILIO_FROM = var.twilio_from } : {},
  )

  # Variable, and where its content is.
  secret_environment = {
    DATABASE_URL = { secret = "rpm-api-database-url", version = "latest" }
    JWT_SECRET   = { secret = "rpm-api-jwt-secret", version = var.jwt_secret_version }
  }

  service_secret_environment = merge(
    local.secret_environment,
    local.signs_in ? { RPM_OIDC_CLIENT_SECRET = { secret = "rpm-api-oidc-client-secret", version = "latest" } } : {},
    local.sends_mail ? { RPM_SMTP_URL = { secret = "rpm-api-smtp-url", version = "latest" } } : {},
    local.sends_sms ? { RPM_TWILIO_TOKEN = { secret = "rpm-api-twilio-token", version = "latest" } } : {},
    var.jwt_previous_secret_version == "" ? {} : {
      RPM_JWT_PREVIOUS_SECRET = { secret = "rpm-api-jwt-secret", version = var.jwt_previous_secret_version }
    },
  )

  signs_in   = var.oidc_client_id != "" && var.public_url != ""
  sends_mail = var.smtp_from != ""
  sends_sms  = var.twilio_account != "" && var.twilio_from != ""
}

resource "google_cloud_run_v2_service" "this" {
  count = var.image == "" ? 0 : 1

  name                = "rpm-api"
  location            = var.region
  ingress             = "INGRESS_TRAFFIC_ALL"
  deletion_protection = true

  template {
    service_account                  = google_service_account.service.email
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    max_instance_request_concurrency = 1000
    # A subscription is one long request: after this time its client comes back with its cursor and misses nothing. 60 s, as
    # appendix C has it, would make all of them do so every minute; queries end after RPM_OPERATION_TIMEOUT (30 s) anyway.
    timeout = "3600s"

    scaling {
      min_instance_count = var.min_instances
      max_instance_count = var.max_instances
    }

    vpc_access {
      egress = "PRIVATE_RANGES_ONLY"

      network_interfaces {
        network    = data.google_compute_network.this.name
        subnetwork = data.google_compute_subnetwork.this.name
      }
    }

    containers {
      image = var.image
      args  = ["serve"]

      ports {
        container_port = 8080
      }

      resources {
        limits = {
          cpu    = "2"
          memory = "2Gi"
        }
        # What runs on a clock, and open subscriptions, need the CPU between requests as well.
        cpu_idle          = false
        startup_cpu_boost = true
      }

      startup_probe {
        period_seconds    = 2
        timeout_seconds   = 2
        failure_threshold = 30

        http_get {
          path = "/readyz"
        }
      }

      # Only whether the process answers: a restart does not help a database that is away.
      liveness_probe {
        period_seconds    = 15
        timeout_seconds   = 5
        failure_threshold = 4

        http_get {
          path = "/healthz"
        }
      }

      dynamic "env" {
        for_each = local.service_environment

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = local.service_secret_environment

        content {
          name = env.key

          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.this[env.value.secret].secret_id
              version = env.value.version
            }
          }
        }
      }

      volume_mounts {
        name       = "home"
        mount_path = "/var/lib/rpm-api"
      }
    }

    # Copies for the lake wait here when Cloud Storage does not answer, in memory: they are lost with the instance.
    volumes {
      name = "home"

      empty_dir {
        medium     = "MEMORY"
        size_limit = "256Mi"
      }
    }
  }

  depends_on = [google_secret_manager_secret_iam_member.reader, google_alloydb_instance.primary]
}

# Anybody may ask; who gets an answer is decided by rpm-api.
resource "google_cloud_run_v2_service_iam_member" "everybody" {
  count = length(google_cloud_run_v2_service.this)

  name     = google_cloud_run_v2_service.this[0].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "allUsers"
}

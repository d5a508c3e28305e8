# The commands that run beside the service, each as a job: `gcloud run jobs execute rpm-api-migrate --wait`.

locals {
  database_url = { DATABASE_URL = local.secret_environment.DATABASE_URL }

  all_jobs = {
    migrate = { image = var.image, args = ["migrate"], account = google_service_account.service.email }
    export  = { image = var.image, args = ["export"], account = google_service_account.service.email }
    doctor  = { image = var.image, args = ["doctor"], account = google_service_account.service.email }
    # For the tables of the warehouse: the bucket's settings are Terraform's, and the service may not change them.
    provision = { image = var.image, args = ["provision"], account = google_service_account.service.email }
    backup    = { image = var.tools_image, args = ["backup"], account = google_service_account.tools.email }
    # Once: deploy/create-database.sh.
    create-database = { image = var.tools_image, args = [], account = google_service_account.tools.email }
  }
  jobs = { for name, job in local.all_jobs : name => job if job.image != "" }

  job_environment = {
    migrate         = local.environment
    export          = local.environment
    doctor          = local.service_environment
    provision       = { for name, value in local.environment : name => value if name != "RPM_LAKE" }
    backup          = local.environment
    create-database = {}
  }
  job_secrets = {
    migrate         = local.database_url
    export          = local.database_url
    doctor          = local.service_secret_environment
    provision       = {}
    backup          = local.database_url
    create-database = merge(local.database_url, { ADMIN_URL = { secret = "rpm-api-admin-url", version = "latest" } })
  }

  # When they run by themselves, in UTC. The service exports every hour as well; one export runs at a time, and a second one finds
  # nothing to do. With this, the warehouse is up to date also while no instance is awake.
  schedules = {
    export = "5 * * * *"
    backup = "30 9,21 * * *"
  }
}

resource "google_cloud_run_v2_job" "this" {
  for_each = local.jobs

  name                = "rpm-api-${each.key}"
  location            = var.region
  deletion_protection = false

  template {
    template {
      service_account = each.value.account
      max_retries     = 0
      timeout         = "3600s"

      vpc_access {
        egress = "PRIVATE_RANGES_ONLY"

        network_interfaces {
          network    = data.google_compute_network.this.name
          subnetwork = data.google_compute_subnetwork.this.name
        }
      }

      containers {
        image   = each.value.image
        command = each.key == "create-database" ? ["create-database.sh"] : null
        args    = each.value.args

        resources {
          limits = {
            cpu    = "1"
            memory = "2Gi"
          }
        }

        dynamic "env" {
          for_each = local.job_environment[each.key]

          content {
            name  = env.key
            value = env.value
          }
        }

        dynamic "env" {
          for_each = local.job_secrets[each.key]

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

      volumes {
        name = "home"

        empty_dir {
          medium     = "MEMORY"
          size_limit = "1Gi"
        }
      }
    }
  }

  depends_on = [google_secret_manager_secret_iam_member.reader, google_alloydb_instance.primary]
}

resource "google_cloud_run_v2_job_iam_member" "scheduler" {
  for_each = { for name, schedule in local.schedules : name => schedule if contains(keys(local.jobs), name) }

  name     = google_cloud_run_v2_job.this[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.scheduler.member
}

resource "google_cloud_scheduler_job" "this" {
  for_each = { for name, schedule in local.schedules : name => schedule if contains(keys(local.jobs), name) }

  name        = "rpm-api-${each.key}"
  description = "Starts the job rpm-api-${each.key}."
  region      = var.region
  schedule    = each.value
  time_zone   = "Etc/UTC"

  http_target {
    http_method = "POST"
    uri         = "https://run.googleapis.com/v2/${google_cloud_run_v2_job.this[each.key].id}:run"

    oauth_token {
      service_account_email = google_service_account.scheduler.email
    }
  }

  retry_config {
    retry_count = 3
  }
}

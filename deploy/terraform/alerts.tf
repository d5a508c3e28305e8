# Who hears of what goes wrong. The channels of SMS have to be confirmed once, in the console.

resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.alert_emails)

  display_name = "rpm-api: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }

  depends_on = [google_project_service.all]
}

resource "google_monitoring_notification_channel" "sms" {
  for_each = toset(var.alert_phone_numbers)

  display_name = "rpm-api: ${each.value}"
  type         = "sms"
  labels       = { number = each.value }

  depends_on = [google_project_service.all]
}

locals {
  channels = concat(
    [for channel in google_monitoring_notification_channel.email : channel.id],
    [for channel in google_monitoring_notification_channel.sms : channel.id],
  )

  service_host = var.image == "" ? "" : trimprefix(google_cloud_run_v2_service.this[0].uri, "https://")

  # What is measured, when that is too much, and what to do then. Times in seconds.
  thresholds = {
    errors = {
      title      = "rpm-api: answers with errors of the server"
      filter     = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"rpm-api\" AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code_class = \"5xx\""
      aligner    = "ALIGN_DELTA"
      reducer    = "REDUCE_SUM"
      comparison = "COMPARISON_GT"
      threshold  = 20
      period     = 300
      lasting    = 0
      severity   = "CRITICAL"
      what_to_do = "More than 20 answers in five minutes were 5xx. Look at the log for level ERROR, then run the job rpm-api-doctor. Did it begin with a deployment? Roll back: docs/deploy.md."
    }
    jobs = {
      title      = "rpm-api: a job failed"
      filter     = "resource.type = \"cloud_run_job\" AND resource.labels.job_name = starts_with(\"rpm-api-\") AND metric.type = \"run.googleapis.com/job/completed_execution_count\" AND metric.labels.result = \"failed\""
      aligner    = "ALIGN_DELTA"
      reducer    = "REDUCE_SUM"
      comparison = "COMPARISON_GT"
      threshold  = 0
      period     = 300
      lasting    = 0
      severity   = "ERROR"
      what_to_do = "An export, a backup or a migration ended with an error. Its log says why; run it again when that is mended."
    }
    database_cpu = {
      title      = "rpm-api: the database is busy"
      filter     = "resource.type = \"alloydb.googleapis.com/Instance\" AND resource.labels.cluster_id = \"${google_alloydb_cluster.this.cluster_id}\" AND metric.type = \"alloydb.googleapis.com/instance/cpu/average_utilization\""
      aligner    = "ALIGN_MEAN"
      reducer    = "REDUCE_MAX"
      comparison = "COMPARISON_GT"
      threshold  = var.alert_cpu
      period     = 300
      lasting    = 900
      severity   = "WARNING"
      what_to_do = "Query insights shows which statements. More CPUs: database_cpus."
    }
    database_connections = {
      title      = "rpm-api: the database has many connections"
      filter     = "resource.type = \"alloydb.googleapis.com/Instance\" AND resource.labels.cluster_id = \"${google_alloydb_cluster.this.cluster_id}\" AND metric.type = \"alloydb.googleapis.com/instance/postgres/total_connections\""
      aligner    = "ALIGN_MAX"
      reducer    = "REDUCE_SUM"
      comparison = "COMPARISON_GT"
      threshold  = 2 * 21 * var.max_instances
      period     = 300
      lasting    = 300
      severity   = "WARNING"
      what_to_do = "Twice what all instances together open. Something else is connected, or instances of an old revision do not end."
    }
  }
}

resource "google_monitoring_alert_policy" "threshold" {
  for_each = local.thresholds

  display_name          = each.value.title
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels

  conditions {
    display_name = each.value.title

    condition_threshold {
      filter          = each.value.filter
      comparison      = each.value.comparison
      threshold_value = each.value.threshold
      duration        = "${each.value.lasting}s"

      aggregations {
        alignment_period     = "${each.value.period}s"
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.reducer
      }
    }
  }

  documentation {
    content   = each.value.what_to_do
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.all]
}

# Asked every minute from several continents. Not /readyz: Google's front end keeps paths that end in z for itself.
resource "google_monitoring_uptime_check_config" "service" {
  count = var.image == "" ? 0 : 1

  display_name = "rpm-api"
  timeout      = "10s"
  period       = "60s"

  http_check {
    path           = "/health/ready"
    port           = 443
    use_ssl        = true
    validate_ssl   = true
    request_method = "GET"
  }

  monitored_resource {
    type = "uptime_url"
    labels = {
      project_id = var.project_id
      host       = local.service_host
    }
  }
}

resource "google_monitoring_alert_policy" "down" {
  count = var.image == "" ? 0 : 1

  display_name          = "rpm-api: not ready"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.channels

  conditions {
    display_name = "rpm-api: not ready, seen from two places or more"

    condition_threshold {
      filter          = "resource.type = \"uptime_url\" AND metric.type = \"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id = \"${google_monitoring_uptime_check_config.service[0].uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "60s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }

      trigger {
        count = 1
      }
    }
  }

  documentation {
    content   = "The service does not answer, or its database does not. Its answer at /health/ready says why; then run the job rpm-api-doctor. The address of Cloud Run itself (`terraform output address`) works where a domain in front of it does not."
    mime_type = "text/markdown"
  }
}

# No backup by the client programs for longer than a day. (AlloyDB's own backups are apart from that.)
resource "google_monitoring_alert_policy" "backup_missing" {
  count = var.tools_image == "" ? 0 : 1

  display_name          = "rpm-api: no backup"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels

  conditions {
    display_name = "rpm-api: no successful backup in 23.5 hours"

    condition_absent {
      filter   = "resource.type = \"cloud_run_job\" AND resource.labels.job_name = \"rpm-api-backup\" AND metric.type = \"run.googleapis.com/job/completed_execution_count\" AND metric.labels.result = \"succeeded\""
      duration = "84600s" # The longest that the service takes.

      aggregations {
        alignment_period     = "3600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    content   = "`gcloud run jobs execute rpm-api-backup --wait` makes one; its log says what was in the way."
    mime_type = "text/markdown"
  }
}

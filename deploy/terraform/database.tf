# AlloyDB, as the owner's document wants it (appendix A): two CPUs in two zones, private, with backups and any moment of the last
# days to go back to. Its storage is SSD and grows by itself. The database in it and its users are made once, by the commands of
# docs/deploy.md: their passwords are in no file and no state.

resource "google_alloydb_cluster" "this" {
  cluster_id       = "rpm-cluster"
  location         = var.region
  database_version = var.database_version

  network_config {
    network            = data.google_compute_network.this.id
    allocated_ip_range = google_compute_global_address.database.name
  }

  automated_backup_policy {
    enabled       = true
    location      = var.region
    backup_window = "3600s"

    weekly_schedule {
      days_of_week = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]

      start_times {
        hours = 8 # UTC: the night in America/Chicago
      }
    }

    time_based_retention {
      retention_period = "604800s" # 7 days
    }
  }

  continuous_backup_config {
    enabled              = true
    recovery_window_days = var.recovery_window_days
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_service_networking_connection.database]
}

resource "google_alloydb_instance" "primary" {
  cluster           = google_alloydb_cluster.this.name
  instance_id       = "rpm-production-primary"
  instance_type     = "PRIMARY"
  availability_type = "REGIONAL"

  machine_config {
    cpu_count = var.database_cpus
  }

  client_connection_config {
    ssl_config {
      ssl_mode = "ENCRYPTED_ONLY"
    }
  }

  database_flags = {
    # A transaction that a client forgot holds rows, and the lock of the event log, for everybody.
    "idle_in_transaction_session_timeout" = "60000" # ms
    "log_min_duration_statement"          = "1000"  # ms
  }

  query_insights_config {
    query_string_length     = 1024
    record_application_tags = false
    record_client_address   = false
    query_plans_per_minute  = 5
  }

  lifecycle {
    prevent_destroy = true
  }
}

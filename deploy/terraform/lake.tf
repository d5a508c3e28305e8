# The data lake. The rules of its lifecycle are those of src/lake/lifecycle.rs: tests/it/deploy.rs compares them.

locals {
  # Age in days at which a version is archived (Coldline), and deleted. What is not named is kept for good.
  lake_rules = {
    "agent-outputs/"          = { coldline = 30, delete = 90 }
    "agent-status/snapshots/" = { coldline = null, delete = 30 }
    "analytics/exports/"      = { coldline = 180, delete = 365 }
    "backups/"                = { coldline = 30, delete = 365 }
    "doctor/"                 = { coldline = null, delete = 1 }
    "session-logs/"           = { coldline = 60, delete = 180 }
  }
}

resource "google_storage_bucket" "lake" {
  name                        = var.bucket
  location                    = var.region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  dynamic "lifecycle_rule" {
    for_each = { for prefix, rule in local.lake_rules : prefix => rule.coldline if rule.coldline != null }

    content {
      action {
        type          = "SetStorageClass"
        storage_class = "COLDLINE"
      }
      condition {
        age            = lifecycle_rule.value
        matches_prefix = [lifecycle_rule.key]
      }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = { for prefix, rule in local.lake_rules : prefix => rule.delete if rule.delete != null }

    content {
      action {
        type = "Delete"
      }
      condition {
        age            = lifecycle_rule.value
        matches_prefix = [lifecycle_rule.key]
      }
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.all]
}

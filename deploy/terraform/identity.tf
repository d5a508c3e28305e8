# Who may what. Nobody has a role on the whole project but for starting queries.

resource "google_service_account" "service" {
  account_id   = "rpm-api"
  display_name = "rpm-api"
  description  = "The service, and its jobs that need no more than the service."

  depends_on = [google_project_service.all]
}

resource "google_service_account" "tools" {
  account_id   = "rpm-api-tools"
  display_name = "rpm-api tools"
  description  = "The jobs that make the database and back it up."

  depends_on = [google_project_service.all]
}

resource "google_service_account" "scheduler" {
  account_id   = "rpm-api-scheduler"
  display_name = "rpm-api scheduler"
  description  = "Starts jobs on a clock, and can do nothing else."

  depends_on = [google_project_service.all]
}

locals {
  # Which account reads which secret.
  secret_readers = {
    "service/database-url"       = { account = google_service_account.service.member, secret = "rpm-api-database-url" }
    "service/jwt-secret"         = { account = google_service_account.service.member, secret = "rpm-api-jwt-secret" }
    "service/oidc-client-secret" = { account = google_service_account.service.member, secret = "rpm-api-oidc-client-secret" }
    "service/smtp-url"           = { account = google_service_account.service.member, secret = "rpm-api-smtp-url" }
    "service/twilio-token"       = { account = google_service_account.service.member, secret = "rpm-api-twilio-token" }
    "tools/database-url"         = { account = google_service_account.tools.member, secret = "rpm-api-database-url" }
    "tools/admin-url"            = { account = google_service_account.tools.member, secret = "rpm-api-admin-url" }
  }

  lake_users = {
    service = google_service_account.service.member
    tools   = google_service_account.tools.member
  }
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = local.secret_readers

  secret_id = google_secret_manager_secret.this[each.value.secret].id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value.account
}

# To write a new version of an object takes the right to replace it, which Cloud Storage counts as deleting: older versions stay.
resource "google_storage_bucket_iam_member" "objects" {
  for_each = local.lake_users

  bucket = google_storage_bucket.lake.name
  role   = "roles/storage.objectUser"
  member = each.value
}

# The bucket's own settings: `rpm-api doctor` compares its rules.
resource "google_storage_bucket_iam_member" "settings" {
  for_each = local.lake_users

  bucket = google_storage_bucket.lake.name
  role   = "roles/storage.legacyBucketReader"
  member = each.value
}

# Links to objects are signed in the account's own name, without a key in a file.
resource "google_service_account_iam_member" "signs_links" {
  service_account_id = google_service_account.service.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_service_account.service.member
}

resource "google_bigquery_dataset_iam_member" "editor" {
  dataset_id = google_bigquery_dataset.this.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.service.member
}

resource "google_project_iam_member" "queries" {
  project = var.project_id
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.service.member
}

# The secrets as empty boxes: their contents come from the commands of docs/deploy.md and are never in Terraform's state.

locals {
  secrets = {
    "rpm-api-database-url"       = "DATABASE_URL of the service: postgres://rpm_api:PASSWORD@ADDRESS/rpm_production?sslmode=require"
    "rpm-api-admin-url"          = "The same for the user postgres and its database, with which the database is made and restored"
    "rpm-api-jwt-secret"         = "JWT_SECRET: 32 bytes or more, by chance"
    "rpm-api-oidc-client-secret" = "Client secret at the identity provider"
    "rpm-api-smtp-url"           = "RPM_SMTP_URL: smtps://USER:PASSWORD@HOST, for alerts by e-mail"
    "rpm-api-twilio-token"       = "RPM_TWILIO_TOKEN, for alerts by SMS"
  }
}

resource "google_secret_manager_secret" "this" {
  for_each = local.secrets

  secret_id   = each.key
  annotations = { purpose = each.value }

  replication {
    auto {}
  }

  depends_on = [google_project_service.all]
}

# The data set. Its tables are made and completed by `rpm-api provision` (the job rpm-api-provision), from the one list of
# src/analytics/tables.rs: there is no second list here that could differ from it.

resource "google_bigquery_dataset" "this" {
  dataset_id    = var.dataset
  location      = var.region
  friendly_name = "RPM analytics"
  description   = "What rpm-api exports every hour; docs/warehouse.md tells the tables."

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.all]
}

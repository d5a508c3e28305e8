output "address" {
  description = "Address of the service at Cloud Run itself: it works whatever becomes of a domain in front of it."
  value       = one(google_cloud_run_v2_service.this[*].uri)
}

output "database_address" {
  description = "Private address of the database."
  value       = google_alloydb_instance.primary.ip_address
}

output "images" {
  description = "Where images are pushed to."
  value       = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}"
}

output "lake" {
  description = "The data lake."
  value       = "gs://${google_storage_bucket.lake.name}"
}

output "jobs" {
  description = "The jobs that there are."
  value       = sort([for job in google_cloud_run_v2_job.this : job.name])
}

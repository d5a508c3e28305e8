terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }

  # State in a bucket of its own: `terraform init -backend-config=bucket=NAME`. It holds no secret; see secrets.tf.
  backend "gcs" {
    prefix = "rpm-api"
  }
}

provider "google" {
  project = var.project_id
  region  = var.region

  # Alert policies and uptime checks are billed to the project that they watch.
  user_project_override = true
  billing_project       = var.project_id
}

variable "project_id" {
  description = "Google Cloud project that everything is made in."
  type        = string
}

variable "region" {
  description = "Region of the database, the bucket, the data set and the service."
  type        = string
  default     = "us-central1"
}

variable "network" {
  description = "VPC network that the database is reached by. It must have a subnetwork in the region."
  type        = string
  default     = "default"
}

variable "subnetwork" {
  description = "Subnetwork of the region that the service sends its traffic to the database through."
  type        = string
  default     = "default"
}

variable "image" {
  description = "Image of rpm-api, by digest (`…/rpm-api@sha256:…`). While it is empty there is no service and there are no jobs: the registry, the secrets and the database come first."
  type        = string
  default     = ""
}

variable "tools_image" {
  description = "Image of rpm-api with PostgreSQL's client programs (the target `tools` of the Dockerfile), by digest. Without it there are no jobs for the database's creation and for nightly backups."
  type        = string
  default     = ""
}

variable "public_url" {
  description = "Address that browsers reach the service by (`https://…`, without a path). While it is empty nobody signs in with an identity provider."
  type        = string
  default     = ""

  validation {
    condition     = var.public_url == "" || can(regex("^https://[^/]+$", var.public_url))
    error_message = "Give https://host, without a path."
  }
}

variable "oidc_client_id" {
  description = "Client id at the identity provider (Google). While it is empty nobody signs in that way."
  type        = string
  default     = ""
}

variable "timezone" {
  description = "Time zone in which an instant falls on a day and a day in a week."
  type        = string
  default     = "America/Chicago"
}

variable "principal" {
  description = "Owner whose own completion rate is shown beside everybody's."
  type        = string
  default     = "Jesse"
}

variable "bucket" {
  description = "Name of the data lake's bucket. Names of buckets are worldwide."
  type        = string
}

variable "dataset" {
  description = "Name of the warehouse's data set."
  type        = string
  default     = "rpm_analytics"
}

variable "database_cpus" {
  description = "Virtual CPUs of the database's primary instance; 8 GB of memory come with each."
  type        = number
  default     = 2

  validation {
    condition     = contains([2, 4, 8, 16, 32, 64, 96, 128], var.database_cpus)
    error_message = "AlloyDB has instances of 2, 4, 8, 16, 32, 64, 96 and 128 CPUs."
  }
}

variable "database_version" {
  description = "Version of PostgreSQL that AlloyDB speaks. rpm-api needs 15 or newer."
  type        = string
  default     = "POSTGRES_16"
}

variable "recovery_window_days" {
  description = "How many days back the database can be had as it was at any moment."
  type        = number
  default     = 14
}

variable "min_instances" {
  description = "Instances of the service that are always there. With 0 the first visitor waits for a start, and the service exports only while it is awake."
  type        = number
  default     = 1
}

variable "max_instances" {
  description = "Most instances of the service. Each opens at most 20 connections to the database, and one to hear of changes."
  type        = number
  default     = 10
}

variable "jwt_secret_version" {
  description = "Version of the secret rpm-api-jwt-secret that access tokens are signed with."
  type        = string
  default     = "1"
}

variable "jwt_previous_secret_version" {
  description = "Version that it has replaced: what was signed with it holds until it ends. Empty when there is none."
  type        = string
  default     = ""
}

variable "smtp_from" {
  description = "Sender of the service's own alerts by e-mail (`RPM <rpm@example.com>`); the mail server is in the secret rpm-api-smtp-url. Empty: none are sent."
  type        = string
  default     = ""
}

variable "twilio_account" {
  description = "Twilio account of the service's own alerts by SMS (`AC…`); its token is in the secret rpm-api-twilio-token. Empty: none are sent."
  type        = string
  default     = ""
}

variable "twilio_from" {
  description = "Number that they come from (`+15551234567`), or a messaging service (`MG…`)."
  type        = string
  default     = ""
}

variable "alert_emails" {
  description = "Addresses that alerts of the platform are sent to."
  type        = list(string)
  default     = []
}

variable "alert_phone_numbers" {
  description = "Numbers that alerts of the platform are sent to as SMS (`+15551234567`). Each has to be confirmed once in the console."
  type        = list(string)
  default     = []
}

variable "alert_cpu" {
  description = "Utilisation of the database's CPUs that is worth an alert when it lasts, as a part of 1."
  type        = number
  default     = 0.8
}

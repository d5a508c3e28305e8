# The database has a private address only, in a range of the network that is peered with Google's.

data "google_compute_network" "this" {
  name = var.network

  depends_on = [google_project_service.all]
}

data "google_compute_subnetwork" "this" {
  name   = var.subnetwork
  region = var.region

  depends_on = [google_project_service.all]
}

resource "google_compute_global_address" "database" {
  name          = "rpm-alloydb"
  description   = "Addresses of AlloyDB in the network."
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 20
  network       = data.google_compute_network.this.id
}

resource "google_service_networking_connection" "database" {
  network                 = data.google_compute_network.this.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.database.name]

  # AlloyDB lets go of the peering some time after its last cluster is gone: to wait for that would fail.
  deletion_policy = "ABANDON"
}

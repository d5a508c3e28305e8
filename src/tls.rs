//! One cryptographic provider for all TLS of this process.

/// The beginnings of an HTTP client.
pub fn http_client() -> reqwest::ClientBuilder {
    // An error says that it is installed already.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
}

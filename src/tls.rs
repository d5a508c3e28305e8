//! One cryptographic provider for all TLS of this process.

/// Chooses it, for whoever does not say which.
pub fn install() {
    // An error says that it is installed already.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// The beginnings of an HTTP client.
pub fn http_client() -> reqwest::ClientBuilder {
    install();
    reqwest::Client::builder()
}

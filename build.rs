//! Sees to it that a build holds the web pages as they are now, and that there is a folder to look for them in.

fn main() {
    let pages = std::path::Path::new("cockpit/dist");
    // A build without pages is fine: the server then says how to get them.
    if let Err(error) = std::fs::create_dir_all(pages) {
        println!("cargo::warning={} cannot be made: {error}", pages.display());
    }
    println!("cargo::rerun-if-changed={}", pages.display());
}

//! Where alerts may be sent to.

use std::net::IpAddr;

use reqwest::Url;

use super::public::is_public;

/// The longest URL, in bytes.
const MAX_URL: usize = 2000;

/// A webhook's URL as it will be called; what is wrong with one that will not be. `private`: whether it may be of a private network
/// or of this machine, and then without TLS.
///
/// Names are looked up when a webhook is sent, not here.
///
/// # Errors
/// Why it cannot be used, for whoever gave it.
pub fn webhook(text: &str, private: bool) -> Result<Url, String> {
    let text = text.trim();
    if text.len() > MAX_URL {
        return Err(format!("a URL has {MAX_URL} characters at most"));
    }
    let url = Url::parse(text).map_err(|_| "give a URL such as https://example.com/hooks/rpm".to_owned())?;
    let host = url.host_str().ok_or("the URL names no host")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the URL must not hold a name or a password".to_owned());
    }
    // What is a number in any spelling has been made one in the usual spelling.
    let literal: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    let is_loopback = literal.map_or(host == "localhost", |address| address.is_loopback());
    match url.scheme() {
        "https" => {}
        "http" if private && is_loopback => {}
        _ => return Err("the URL must begin with https://".to_owned()),
    }
    let is_near = literal.map_or(host == "localhost" || host.ends_with(".localhost"), |address| !is_public(address));
    if is_near && !private {
        return Err("the URL must be of the public internet; this server does not send to private networks".to_owned());
    }
    Ok(url)
}

/// A telephone number as Twilio takes it: `+` and 8 to 15 digits (E.164). Spaces, dashes, dots and parentheses are left out.
///
/// # Errors
/// Why it cannot be used, for whoever gave it.
pub fn telephone(text: &str) -> Result<String, String> {
    let number: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    let digits = number.strip_prefix('+').unwrap_or_default();
    let is_sound =
        (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    if is_sound { Ok(number) } else { Err("give a telephone number with its country, such as +15125550100".to_owned()) }
}

/// An e-mail address, lower case.
///
/// # Errors
/// Why it cannot be used, for whoever gave it.
pub fn email(text: &str) -> Result<String, String> {
    let address = crate::store::email_address(text).filter(|address| address.parse::<lettre::Address>().is_ok());
    address.ok_or_else(|| "give an e-mail address such as jesse@example.com".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_go_to_the_public_internet_by_tls() {
        for sound in
            ["https://example.com/a?b=c", "https://example.com:8443", "https://1.1.1.1/x", " https://[2606:4700::1111]/ "]
        {
            assert!(webhook(sound, false).is_ok(), "{sound}");
        }
        for wrong in [
            "",
            "example.com",
            "http://example.com",
            "ftp://example.com",
            "https://user:secret@example.com",
            "https://localhost/x",
            "https://a.localhost",
            "https://127.0.0.1",
            "https://0x7f.1/",
            "https://2130706433",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest",
            "https://10.0.0.8:8443",
        ] {
            assert!(webhook(wrong, false).is_err(), "{wrong}");
        }
        assert!(webhook(&format!("https://example.com/{}", "x".repeat(2000)), false).is_err());
    }

    #[test]
    fn private_networks_where_they_are_allowed() {
        for sound in
            ["https://10.0.0.8:8443", "http://127.0.0.1:9/x", "http://localhost/", "http://[::1]:8/", "https://localhost"]
        {
            assert!(webhook(sound, true).is_ok(), "{sound}");
        }
        for wrong in ["http://10.0.0.8/", "http://example.com/", "http://localhost.example.com/"] {
            assert!(webhook(wrong, true).is_err(), "{wrong}");
        }
    }

    #[test]
    fn telephone_numbers_have_a_country() {
        assert_eq!(telephone("+1 (512) 555-0100").as_deref(), Ok("+15125550100"));
        for wrong in ["5125550100", "+0123456789", "+123", "+1234567890123456", "+1512CALLME", ""] {
            assert!(telephone(wrong).is_err(), "{wrong}");
        }
        assert_eq!(email(" Jesse@Example.com").as_deref(), Ok("jesse@example.com"));
        for wrong in ["jesse", "a b@example.com", "@example.com", "a@b\r\nBcc: c@d.e"] {
            assert!(email(wrong).is_err(), "{wrong}");
        }
    }
}

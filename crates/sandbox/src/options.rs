//! What whoever starts the sandbox may choose.

use std::{fmt, str::FromStr};

use axum::http::{HeaderValue, Uri};

/// The sandbox's settings. The defaults are those of the demo.
#[derive(Clone, Debug)]
pub struct Options {
    /// User name of the one API account.
    pub username: String,
    /// Its password.
    pub password: String,
    /// The workspaces that exist, domain and workspace joined.
    pub workspaces: Vec<String>,
    /// The origins whose pages may call add-task. None by default: nobody knows of BzCtrl's.
    pub allow_origins: Vec<Origin>,
    /// What task links begin with, without a slash at the end; the listener's own address when absent.
    pub public_url: Option<String>,
    /// Whether it may listen on more than loopback.
    pub expose: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            username: "relay@example.com".to_owned(),
            password: "sandbox-secret".to_owned(),
            workspaces: vec!["EXA-CON-BUS-WOR".to_owned()],
            allow_origins: Vec::new(),
            public_url: None,
            expose: false,
        }
    }
}

/// An origin as browsers send it: scheme, host and, unless it is the scheme's own, port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl Origin {
    /// Whether a request's `Origin` is this one, to the letter.
    #[must_use]
    pub fn is(&self, sent: &HeaderValue) -> bool {
        self.0 == sent
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let uri: Uri = text.parse().map_err(|_| NotAnOrigin)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(NotAnOrigin);
        };
        let own_port = if scheme == "https" { ":443" } else { ":80" };
        let as_sent = format!("{scheme}://{authority}").to_ascii_lowercase();
        let usable = matches!(scheme, "http" | "https")
            && !authority.as_str().contains(['@', '*'])
            && !as_sent.ends_with(own_port)
            && as_sent == text;
        if !usable {
            return Err(NotAnOrigin);
        }
        HeaderValue::from_str(text).map(Self).map_err(|_| NotAnOrigin)
    }
}

/// A text is not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnOrigin;

impl fmt::Display for NotAnOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "give an origin as browsers send it, such as http://localhost:8080: scheme, host in lower case, port \
             unless it is the scheme's own; no path, no slash at the end",
        )
    }
}

impl std::error::Error for NotAnOrigin {}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_taken_only_as_browsers_send_it() {
        for good in ["http://localhost:8080", "https://orders.example.com", "http://[::1]:8080"] {
            assert!(good.parse::<Origin>().unwrap().is(&HeaderValue::from_static(good)));
        }
        for bad in [
            "*",
            "",
            "null",
            "localhost:8080",
            "http://localhost:8080/",
            "http://Localhost",
            "https://a.example:443",
            "http://a.example:80",
            "ftp://a.example",
            "http://user@a.example",
            "http://*.example",
            "http://a.example/path",
        ] {
            assert_eq!(bad.parse::<Origin>(), Err(NotAnOrigin), "{bad}");
        }
    }
}

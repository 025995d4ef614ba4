//! Who is answered: the page that this process has served, in the browser that was given its address, and nobody else.
//!
//! Any page on the web may send requests to 127.0.0.1, and names may be made to lead there. So the name that is asked for is to be that
//! of this machine, the one who asks is to have the cookie that only the printed address gives, and what changes anything is to
//! come from our own page.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN,
    REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::model::digest::hex;

/// What a page may do: run our scripts, show our pictures, ask us.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Longest time for an answer.
const LONGEST: Duration = Duration::from_secs(90);

/// What is asked of whoever asks.
#[derive(Debug)]
pub(super) struct Access {
    port: u16,
    token: String,
}

impl Access {
    /// A new token for this port.
    ///
    /// # Errors
    /// Where the system has no random numbers.
    pub(super) fn new(port: u16) -> std::io::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(Self {
            port,
            token: hex(&bytes),
        })
    }

    /// The address that opens the page.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/?token={}", self.port, self.token)
    }

    /// The cookie's name: cookies are those of a machine, whatever the port.
    fn cookie(&self) -> String {
        format!("jixiao-{}", self.port)
    }

    fn hosts(&self) -> [String; 2] {
        ["127.0.0.1", "localhost"].map(|name| format!("{name}:{}", self.port))
    }

    /// Whether a request may be answered.
    ///
    /// # Errors
    /// The status of the refusal, and why.
    fn check(
        &self,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<(), (StatusCode, &'static str)> {
        let forbid = |why| Err((StatusCode::FORBIDDEN, why));
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        if headers.contains_key(ORIGIN) {
            let is_own = |origin: &str| {
                self.hosts()
                    .iter()
                    .any(|host| origin == format!("http://{host}"))
            };
            if !text(&ORIGIN).is_some_and(is_own) {
                return forbid("foreign Origin");
            }
        }
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
            return forbid("foreign page");
        }
        if !self.has_cookie(headers) {
            return forbid("no token: open the address that jixiao has printed");
        }
        match *method {
            Method::GET => Ok(()),
            Method::POST => {
                if headers.get("x-jixiao").map(HeaderValue::as_bytes) != Some(b"1") {
                    return forbid("no X-Jixiao");
                }
                let kind = text(&CONTENT_TYPE).unwrap_or_default();
                let kind = kind.split(';').next().unwrap_or_default().trim();
                if !kind.eq_ignore_ascii_case("application/json") {
                    return Err((
                        StatusCode::UNSUPPORTED_MEDIA_TYPE,
                        "expected application/json",
                    ));
                }
                Ok(())
            }
            _ => Err((StatusCode::METHOD_NOT_ALLOWED, "GET and POST alone")),
        }
    }

    fn has_host(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(HOST).iter();
        let is_own = |host: &HeaderValue| {
            self.hosts()
                .iter()
                .any(|own| own.as_bytes() == host.as_bytes())
        };
        hosts.next().is_some_and(is_own) && hosts.next().is_none()
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let name = self.cookie();
        let cookies = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .any(|(key, value)| key == name && is_same(value, &self.token))
    }

    /// Whether a query is that of the printed address.
    fn is_entry(&self, request: &Request) -> bool {
        let query = request.uri().query().unwrap_or_default();
        let token = query.strip_prefix("token=");
        request.uri().path() == "/"
            && *request.method() == Method::GET
            && token.is_some_and(|token| is_same(token, &self.token))
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn is_same(a: &str, b: &str) -> bool {
    let differing = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |all, (a, b)| all | (a ^ b));
    a.len() == b.len() && differing == 0
}

/// Lets through whom [`Access`] allows, within the time that there is, and says with each answer what a browser may do with it.
pub(super) async fn guard(
    State(access): State<Arc<Access>>,
    request: Request,
    next: Next,
) -> Response {
    let refused = |(status, why): (StatusCode, &'static str)| (status, why).into_response();
    let mut response = if !access.has_host(request.headers()) {
        refused((StatusCode::FORBIDDEN, "foreign Host"))
    } else if access.is_entry(&request) {
        enter(&access)
    } else {
        match access.check(request.method(), request.headers()) {
            Err(refusal) => refused(refusal),
            Ok(()) => match tokio::time::timeout(LONGEST, next.run(request)).await {
                Ok(response) => response,
                Err(_) => refused((StatusCode::GATEWAY_TIMEOUT, "it takes too long")),
            },
        }
    };
    let headers = response.headers_mut();
    let mut say = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    say(CONTENT_SECURITY_POLICY, POLICY);
    say(X_CONTENT_TYPE_OPTIONS, "nosniff");
    say(REFERRER_POLICY, "no-referrer");
    say(CACHE_CONTROL, "no-store");
    say(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    say(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    response
}

/// Gives the cookie, and leads to an address without the token, which then stands in no history.
fn enter(access: &Access) -> Response {
    let cookie = format!(
        "{}={}; Path=/; HttpOnly; SameSite=Strict",
        access.cookie(),
        access.token
    );
    let mut response = StatusCode::SEE_OTHER.into_response();
    response
        .headers_mut()
        .insert(LOCATION, HeaderValue::from_static("/"));
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_differ() {
        let (one, other) = (Access::new(1).unwrap(), Access::new(1).unwrap());
        assert_eq!(one.token.len(), 64);
        assert_ne!(one.token, other.token);
    }

    #[test]
    fn texts_are_the_same_to_the_last_character() {
        assert!(is_same("abc", "abc"));
        for other in ["", "ab", "abd", "abcd"] {
            assert!(!is_same("abc", other), "{other}");
        }
    }
}

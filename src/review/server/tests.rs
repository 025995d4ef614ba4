//! The server without a socket: who is answered, and what.

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::super::testing;
use super::*;

const PORT: u16 = 4321;

struct Served {
    app: Router,
    cookie: String,
    entry: String,
    run: TempDir,
}

fn served() -> Served {
    let run = testing::run();
    let access = Access::new(PORT).unwrap();
    let entry = access.address();
    let token = entry.split_once('=').unwrap().1.to_owned();
    Served {
        app: router(testing::review(&run), Arc::new(testing::Painted), access),
        cookie: format!("jixiao-{PORT}={token}"),
        entry,
        run,
    }
}

impl Served {
    fn ask_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> (StatusCode, axum::http::HeaderMap, Vec<u8>) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let response = self.app.clone().oneshot(request).await.unwrap();
            let (status, headers) = (response.status(), response.headers().clone());
            (
                status,
                headers,
                to_bytes(response.into_body(), usize::MAX)
                    .await
                    .unwrap()
                    .to_vec(),
            )
        })
    }

    fn get(&self, path: &str, more: &[(&str, &str)]) -> StatusCode {
        let mut headers = vec![("host", "127.0.0.1:4321"), ("cookie", &self.cookie)];
        headers.retain(|(name, _)| !more.iter().any(|(other, _)| name == other));
        headers.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        self.ask_with(Method::GET, path, &headers, Vec::new()).0
    }

    fn json(&self, path: &str) -> Value {
        let headers = [("host", "localhost:4321"), ("cookie", self.cookie.as_str())];
        let (status, _, body) = self.ask_with(Method::GET, path, &headers, Vec::new());
        assert_eq!(status, 200, "{path}");
        serde_json::from_slice(&body).unwrap()
    }

    fn post(&self, path: &str, more: &[(&str, &str)], body: Vec<u8>) -> StatusCode {
        let mut headers = vec![
            ("host", "127.0.0.1:4321"),
            ("cookie", &self.cookie),
            ("content-type", "application/json"),
            ("x-jixiao", "1"),
        ];
        headers.retain(|(name, _)| !more.iter().any(|(other, _)| name == other));
        headers.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        self.ask_with(Method::POST, path, &headers, body).0
    }

    fn approve(&self, more: &[(&str, &str)]) -> StatusCode {
        let body = json!({"form_id": testing::FIRST, "verdict": "approved"}).to_string();
        self.post("/api/verdicts", more, body.into_bytes())
    }
}

#[test]
fn the_printed_address_gives_the_cookie_and_leads_on() {
    let served = served();
    let path = served.entry.strip_prefix("http://127.0.0.1:4321").unwrap();
    let (status, headers, _) =
        served.ask_with(Method::GET, path, &[("host", "127.0.0.1:4321")], Vec::new());
    assert_eq!(
        (status, headers["location"].as_bytes()),
        (StatusCode::SEE_OTHER, &b"/"[..])
    );
    let cookie = headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
}

#[test]
fn nobody_else_is_answered() {
    let served = served();
    assert_eq!(served.get("/", &[]), 200);
    for refused in [
        ("host", "evil.example"),
        ("host", "127.0.0.1"),
        ("host", "127.0.0.1:80"),
        ("host", ""),
        ("host", "127.0.0.1.evil.example:4321"),
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:80"),
        ("origin", "https://127.0.0.1:4321"),
        ("cookie", ""),
        ("cookie", "jixiao-4321="),
        ("cookie", "jixiao-4321=0123"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for path in ["/", "/review.js", "/api/run", "/pictures/0/1"] {
            assert_eq!(served.get(path, &[refused]), 403, "{refused:?} {path}");
        }
        assert_eq!(served.approve(&[refused]), 403, "{refused:?}");
    }
    assert_eq!(served.get("/?token=0123", &[("cookie", "")]), 403);
    assert_eq!(
        served.get(
            "/",
            &[
                ("origin", "http://localhost:4321"),
                ("sec-fetch-site", "same-origin")
            ]
        ),
        200
    );
}

#[test]
fn what_changes_anything_comes_from_our_own_page() {
    let served = served();
    assert_eq!(served.approve(&[("x-jixiao", "")]), 403);
    assert_eq!(served.approve(&[("content-type", "text/plain")]), 415);
    assert_eq!(served.approve(&[("content-type", "")]), 415);
    assert_eq!(served.post("/api/verdicts", &[], b"{".to_vec()), 409);
    assert_eq!(
        served.post("/api/verdicts", &[], vec![b' '; LONGEST_BODY + 1]),
        413
    );
    assert!(served.json("/api/forms/aaaaaaaaaaaaaaaa-0001?order=run")["verdict"].is_null());
    assert_eq!(served.approve(&[("origin", "http://127.0.0.1:4321")]), 200);
    assert_eq!(
        served.json("/api/forms/aaaaaaaaaaaaaaaa-0001?order=run")["verdict"]["verdict"],
        "approved"
    );
    let headers = [
        ("host", "127.0.0.1:4321"),
        ("cookie", served.cookie.as_str()),
    ];
    assert_eq!(
        served
            .ask_with(Method::DELETE, "/api/verdicts", &headers, Vec::new())
            .0,
        405
    );
}

#[test]
fn what_is_not_there_is_not_found() {
    let served = served();
    for path in [
        "/api/forms/..?order=run",
        "/api/forms/..%2f..%2fetc%2fpasswd?order=run",
        "/api/forms/aaaaaaaaaaaaaaaa-0009?order=run",
        "/api/forms/?order=run",
        "/api/documents/9/pages/1",
        "/pictures/9/1",
        "/../Cargo.toml",
        "/review.rs",
        "/%2e%2e/etc/passwd",
    ] {
        assert_eq!(served.get(path, &[]), 404, "{path}");
    }
    for path in [
        "/pictures/-1/1",
        "/pictures/..%2f/1",
        "/pictures/0/x",
        "/api/forms?order=up",
    ] {
        assert_eq!(served.get(path, &[]), 400, "{path}");
    }
}

#[test]
fn every_answer_says_what_a_browser_may_do() {
    let served = served();
    let cookie = served.cookie.as_str();
    for (host, cookie) in [
        ("127.0.0.1:4321", cookie),
        ("127.0.0.1:4321", "x=y"),
        ("evil.example", cookie),
    ] {
        let (_, headers, _) = served.ask_with(
            Method::GET,
            "/",
            &[("host", host), ("cookie", cookie)],
            Vec::new(),
        );
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:"
        ));
        assert!(policy.ends_with("base-uri 'none'; form-action 'none'; frame-ancestors 'none'"));
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(headers[name], value);
        }
    }
}

#[test]
fn pages_lines_and_lists_are_given() {
    let served = served();
    assert_eq!(
        served.json("/api/documents/0/pages/1"),
        json!({"kind": "picture", "width": 10.0, "height": 20.0})
    );
    assert_eq!(served.json("/api/documents/0/lines?from=3&n=4")["first"], 3);
    assert_eq!(
        served.json("/api/forms?order=doubt&n=2")["forms"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        served.json("/api/documents?n=5")["documents"][0]["document"]["status"],
        "no_form"
    );
    assert_eq!(
        served.json("/api/open?order=doubt")["form_id"],
        testing::SECOND
    );
    let headers = [
        ("host", "127.0.0.1:4321"),
        ("cookie", served.cookie.as_str()),
    ];
    let (_, headers, body) = served.ask_with(Method::GET, "/pictures/0/1", &headers, Vec::new());
    assert_eq!(
        (headers["content-type"].as_bytes(), body),
        (&b"image/png"[..], vec![1, 2, 3])
    );
}

#[test]
fn a_correction_is_in_the_file_when_it_is_answered() {
    let served = served();
    let body = json!({"document": testing::DOCUMENT, "corrections": [
        {"form": 1, "op": "replace", "pointer": "/title", "old": "目标表", "new": "<img src=x onerror=alert(1)>"}]});
    assert_eq!(
        served.post("/api/corrections", &[], body.to_string().into_bytes()),
        200
    );
    let file = std::fs::read_to_string(served.run.path().join("corrections.jsonl")).unwrap();
    assert!(file.contains("onerror"), "{file}");
    assert_eq!(
        served.post("/api/corrections", &[], body.to_string().into_bytes()),
        409
    );
}

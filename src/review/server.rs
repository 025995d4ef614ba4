//! The server: what [`Review`] answers, over a socket of this machine.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::ReviewError;
use super::access::{Access, guard};
use super::answers::{Order, Refusal, Review, Which, codes};
use super::assets;
use super::pages::{Kept, Pages, Part, Shown, Wanted};

/// Longest body that is read, bytes.
const LONGEST_BODY: usize = 4 << 20;
/// Bytes of pictures that are kept.
const KEPT_BYTES: usize = 64 << 20;
/// Pictures that are made at the same time.
const AT_A_TIME: usize = 2;
/// Resolutions at which pages may be asked for, pixels an inch.
const RESOLUTIONS: std::ops::RangeInclusive<u32> = 50..=300;
/// Most lines of a text that are shown at a time.
const MOST_LINES: u32 = 5_000;
/// How often it is looked whether the process is to end.
const STEP: Duration = Duration::from_millis(100);
/// How long answers that are under way may still take then.
const GRACE: Duration = Duration::from_secs(2);

/// A socket of this machine, and who is answered on it.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    access: Access,
}

impl Server {
    /// Listens on 127.0.0.1; port 0 is any that is free.
    ///
    /// # Errors
    /// Where the port is taken.
    pub fn bind(port: u16) -> Result<Self, ReviewError> {
        let open = || -> io::Result<Self> {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
            listener.set_nonblocking(true)?;
            let access = Access::new(listener.local_addr()?.port())?;
            Ok(Self { listener, access })
        };
        open().map_err(ReviewError::Serve)
    }

    /// The address that opens the page.
    #[must_use]
    pub fn address(&self) -> String {
        self.access.address()
    }
}

/// Answers until `wish` says that it is to end.
///
/// # Errors
/// Where there can be no runtime, or the socket fails.
pub fn serve(
    server: Server,
    review: Review,
    pages: Arc<dyn Pages>,
    wish: &Arc<AtomicBool>,
) -> Result<(), ReviewError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(ReviewError::Serve)?;
    let app = router(review, pages, server.access);
    let wished = || {
        let wish = Arc::clone(wish);
        async move {
            while !wish.load(Ordering::Relaxed) {
                tokio::time::sleep(STEP).await;
            }
        }
    };
    let (graceful, late) = (wished(), wished());
    let result = runtime.block_on(async move {
        let listener = tokio::net::TcpListener::from_std(server.listener)?;
        let serving = axum::serve(listener, app).with_graceful_shutdown(graceful);
        tokio::select! {
            result = serving => result,
            () = async { late.await; tokio::time::sleep(GRACE).await } => Ok(()),
        }
    });
    // A picture in the making is not waited for: its process ends with this one.
    runtime.shutdown_background();
    result.map_err(ReviewError::Serve)
}

/// What handlers share.
struct Desk {
    review: Review,
    pages: Arc<dyn Pages>,
    kept: Kept,
    turns: Semaphore,
}

fn router(review: Review, pages: Arc<dyn Pages>, access: Access) -> Router {
    let desk = Arc::new(Desk {
        review,
        pages,
        kept: Kept::new(KEPT_BYTES),
        turns: Semaphore::new(AT_A_TIME),
    });
    let mut app = Router::new()
        .route(
            "/",
            get(|| async { typed("text/html; charset=utf-8", assets::served()) }),
        )
        .route(
            "/review.css",
            get(|| async { typed("text/css; charset=utf-8", assets::STYLE.to_owned()) }),
        )
        .route("/api/run", get(about))
        .route("/api/codes", get(|| async { Json(codes()) }))
        .route("/api/progress", get(progress))
        .route("/api/forms", get(list))
        .route("/api/forms/{id}", get(form))
        .route("/api/open", get(next_open))
        .route("/api/documents", get(documents))
        .route("/api/documents/{index}/pages/{page}", get(page))
        .route("/api/documents/{index}/lines", get(lines))
        .route("/pictures/{index}/{page}", get(picture))
        .route("/api/corrections", post(correct))
        .route("/api/verdicts", post(judge));
    for (name, script) in assets::SCRIPTS {
        let answer =
            move || async move { typed("text/javascript; charset=utf-8", (*script).to_owned()) };
        app = app.route(&format!("/{name}"), get(answer));
    }
    app.with_state(desk)
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(from_fn_with_state(Arc::new(access), guard))
}

fn typed(kind: &'static str, text: String) -> Response {
    ([(CONTENT_TYPE, kind)], text).into_response()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, reason) = match self {
            Self::Unknown => (StatusCode::NOT_FOUND, "there is no such thing".to_owned()),
            Self::Unfit(reason) => (StatusCode::CONFLICT, reason),
            Self::Failed(reason) => (StatusCode::INTERNAL_SERVER_ERROR, reason),
        };
        (status, Json(json!({ "error": reason }))).into_response()
    }
}

type Answer = Result<Json<Value>, Refusal>;
type Shared = State<Arc<Desk>>;

/// Has a thread that may wait for the disk make an answer.
async fn ask<T: Send + 'static>(
    desk: Arc<Desk>,
    make: impl FnOnce(&Review) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let made = tokio::task::spawn_blocking(move || make(&desk.review)).await;
    made.map_err(|error| Refusal::Failed(error.to_string()))?
}

async fn about(State(desk): Shared) -> Json<Value> {
    Json(desk.review.about())
}

async fn progress(State(desk): Shared) -> Answer {
    ask(desk, |review| Ok(review.progress())).await.map(Json)
}

#[derive(Debug, Deserialize)]
struct ListQuery {
    order: Order,
    #[serde(default = "all")]
    show: Which,
    #[serde(default)]
    from: u32,
    #[serde(default)]
    n: u32,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    text: String,
}

fn all() -> Which {
    Which::All
}

async fn list(State(desk): Shared, Query(query): Query<ListQuery>) -> Answer {
    ask(desk, move |review| {
        review.list(query.order, query.show, &query.text, query.from, query.n)
    })
    .await
    .map(Json)
}

async fn next_open(State(desk): Shared, Query(query): Query<ListQuery>) -> Answer {
    ask(desk, move |review| {
        Ok(review.next_open(query.order, query.after.as_deref()))
    })
    .await
    .map(Json)
}

async fn form(
    State(desk): Shared,
    Path(id): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Refusal> {
    let text = ask(desk, move |review| review.form(&id, query.order)).await?;
    Ok(typed("application/json", text))
}

#[derive(Debug, Deserialize)]
struct PartQuery {
    #[serde(default)]
    from: u32,
    #[serde(default)]
    n: u32,
    #[serde(default)]
    text: String,
}

async fn documents(State(desk): Shared, Query(query): Query<PartQuery>) -> Answer {
    ask(desk, move |review| {
        review.documents(&query.text, query.from, query.n)
    })
    .await
    .map(Json)
}

#[derive(Debug, Deserialize)]
struct PageQuery {
    #[serde(default = "usual_dpi")]
    dpi: u32,
}

fn usual_dpi() -> u32 {
    150
}

/// A part of a document: one that is kept, or made when it is its turn.
async fn shown(desk: &Arc<Desk>, wanted: Wanted) -> Result<Arc<Shown>, Refusal> {
    if let Some(shown) = desk.kept.find(&wanted) {
        return Ok(shown);
    }
    let failed = |error: &dyn std::fmt::Display| Refusal::Failed(error.to_string());
    let _turn = desk.turns.acquire().await.map_err(|error| failed(&error))?;
    // Whoever had the turn before may have made it.
    if let Some(shown) = desk.kept.find(&wanted) {
        return Ok(shown);
    }
    let (pages, asked) = (Arc::clone(&desk.pages), wanted.clone());
    let made = tokio::task::spawn_blocking(move || pages.show(&asked)).await;
    let shown = Arc::new(made.map_err(|error| failed(&error))?);
    desk.kept.keep(&wanted, &shown);
    Ok(shown)
}

async fn shown_page(
    desk: &Arc<Desk>,
    index: u32,
    number: u32,
    query: &PageQuery,
) -> Result<Arc<Shown>, Refusal> {
    let dpi = query.dpi.clamp(*RESOLUTIONS.start(), *RESOLUTIONS.end()) as f32;
    let part = Part::Page { number, dpi };
    let wanted = ask(Arc::clone(desk), move |review| review.wanted(index, part)).await?;
    shown(desk, wanted).await
}

/// What is known of a page before its picture is fetched.
async fn page(
    State(desk): Shared,
    Path((index, number)): Path<(u32, u32)>,
    Query(query): Query<PageQuery>,
) -> Answer {
    let shown = shown_page(&desk, index, number, &query).await?;
    Ok(Json(described(&shown)))
}

async fn picture(
    State(desk): Shared,
    Path((index, number)): Path<(u32, u32)>,
    Query(query): Query<PageQuery>,
) -> Result<Response, Refusal> {
    match &*shown_page(&desk, index, number, &query).await? {
        Shown::Picture {
            media_type, bytes, ..
        } => {
            let kind = if media_type == "image/png" {
                "image/png"
            } else {
                "image/jpeg"
            };
            Ok(([(CONTENT_TYPE, kind)], bytes.clone()).into_response())
        }
        _ => Err(Refusal::Unknown),
    }
}

async fn lines(
    State(desk): Shared,
    Path(index): Path<u32>,
    Query(query): Query<PartQuery>,
) -> Answer {
    let last = query.from.saturating_add(query.n.clamp(1, MOST_LINES) - 1);
    let part = Part::Lines(query.from, last);
    let wanted = ask(Arc::clone(&desk), move |review| review.wanted(index, part)).await?;
    Ok(Json(described(&*shown(&desk, wanted).await?)))
}

/// A part of a document, without its pixels.
pub(super) fn described(shown: &Shown) -> Value {
    match shown {
        Shown::Picture { width, height, .. } => {
            json!({ "kind": "picture", "width": width, "height": height })
        }
        Shown::Lines { first, lines } => json!({ "kind": "lines", "first": first, "lines": lines }),
        Shown::Nothing { reason, detail } => {
            json!({ "kind": "nothing", "reason": reason, "detail": detail })
        }
    }
}

async fn correct(State(desk): Shared, body: Bytes) -> Answer {
    let wishes = parsed(&body)?;
    ask(desk, move |review| review.correct(wishes))
        .await
        .map(Json)
}

async fn judge(State(desk): Shared, body: Bytes) -> Answer {
    let judgement = parsed(&body)?;
    ask(desk, move |review| review.judge(judgement))
        .await
        .map(Json)
}

fn parsed<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::Unfit(error.to_string()))
}

#[cfg(test)]
mod tests;

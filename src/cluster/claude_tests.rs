//! What is tried again and what is not, how long is waited, and that the key stays where it belongs.
//! Apart from a real connection, which the suite makes: here time is virtual.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Mutex;

use http::Response;
use http_body_util::{Full, StreamBody};
use hyper::body::Frame;
use serde_json::json;

use super::*;

const KEY: &str = "sk-ant-0123456789-abcdefghij";

/// An answer of the server; nothing: the connection fails.
type Answer = Option<(u16, Vec<(&'static str, String)>, String)>;

fn whole(input: &Value) -> Answer {
    let events = [
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "name": "propose_checks"}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": input.to_string()}}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}}),
        json!({"type": "message_stop"}),
    ];
    let text = events
        .iter()
        .map(|event| format!("data: {event}\n\n"))
        .collect();
    Some((
        200,
        vec![(
            "content-type",
            "text/event-stream; charset=utf-8".to_owned(),
        )],
        text,
    ))
}

fn no(status: u16, wait: Option<&str>) -> Answer {
    let headers = wait
        .map(|wait| ("retry-after", wait.to_owned()))
        .into_iter()
        .collect();
    let body = json!({"type": "error", "error": {"type": "x_error", "message": format!("no to {KEY}, and no")}});
    Some((status, headers, body.to_string()))
}

/// A server that gives these answers one after the other, and what it was asked.
fn claude(answers: Vec<Answer>, patience: u64) -> (Claude, Arc<Mutex<Vec<Request<Bytes>>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    let answers = Mutex::new(answers.into_iter());
    let carrier: Carrier = Arc::new(move |request| {
        seen.lock().unwrap().push(request);
        let answer = answers.lock().unwrap().next().expect("not asked so often");
        Box::pin(async move {
            let Some((status, headers, text)) = answer else {
                return Err(format!("connection refused by {KEY}").into());
            };
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            let body: Body = Full::new(Bytes::from(text))
                .map_err(|never| match never {})
                .boxed();
            Ok(response.body(body).unwrap())
        })
    });
    let endpoint = Endpoint::of("https://api.example/base/").unwrap();
    let key = Key::of(&format!(" {KEY}\n")).unwrap();
    (
        Claude::new(carrier, endpoint, key, Duration::from_secs(patience)),
        asked,
    )
}

async fn ask(answers: Vec<Answer>, patience: u64) -> (Result<Value, Snag>, usize, u64) {
    let begun = Instant::now();
    let (claude, asked) = claude(answers, patience);
    let answer = claude.ask(&json!({"a": 1})).await;
    let count = asked.lock().unwrap().len();
    (answer, count, begun.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn a_question_goes_out_once_with_its_headers() {
    let (claude, asked) = claude(vec![whole(&json!({"x": 1}))], 60);
    assert_eq!(claude.ask(&json!({"a": 1})).await, Ok(json!({"x": 1})));
    let asked = asked.lock().unwrap();
    let [request] = &asked[..] else { panic!() };
    assert_eq!(request.uri(), "https://api.example/base/v1/messages");
    assert_eq!(request.headers()["x-api-key"], KEY);
    assert_eq!(request.headers()["anthropic-version"], "2023-06-01");
    assert_eq!(&request.body()[..], b"{\"a\":1}");
    assert!(
        !format!("{request:?}").contains(KEY),
        "the header is marked"
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_not_begun_is_tried_again_after_a_while() {
    let good = || whole(&json!({}));
    let (answer, count, took) =
        ask(vec![no(429, Some("7")), None, no(529, None), good()], 60).await;
    // Seven seconds because it says so, then twice and four times the first pause.
    assert_eq!((answer, count, took), (Ok(json!({})), 4, 13));
    let (answer, count, took) = ask(
        vec![no(529, None), no(529, None), no(529, None), no(529, None)],
        60,
    )
    .await;
    assert!(matches!(answer, Err(Snag::Said { status: 529, .. })));
    assert_eq!((count, took), (4, 7));
    let (answer, count, took) = ask(vec![no(429, Some("600"))], 60).await;
    assert!(matches!(answer, Err(Snag::Said { status: 429, .. })));
    assert_eq!((count, took), (1, 0), "nobody waits for what cannot be");
}

#[tokio::test(start_paused = true)]
async fn what_would_go_wrong_again_or_was_begun_is_asked_once() {
    for status in [400, 401, 403, 404, 413] {
        let (answer, count, _) = ask(vec![no(status, None)], 60).await;
        let snag = answer.unwrap_err();
        assert_eq!(count, 1);
        assert!(!snag.to_string().contains("sk-ant"), "{snag}");
    }
    let elsewhere = Some((
        307,
        vec![("location", "https://evil.example".to_owned())],
        String::new(),
    ));
    let (answer, count, _) = ask(vec![elsewhere], 60).await;
    assert_eq!((answer, count), (Err(Snag::Elsewhere(307)), 1));
    let page = Some((
        200,
        vec![("content-type", "text/html".to_owned())],
        "<html>".to_owned(),
    ));
    let (answer, count, _) = ask(vec![page], 60).await;
    assert!(matches!(answer, Err(Snag::Odd(_))) && count == 1);
    let half =
        whole(&json!({})).map(|(status, headers, text)| (status, headers, text[..200].to_owned()));
    let (answer, count, _) = ask(vec![half], 60).await;
    assert_eq!((answer, count), (Err(Snag::Interrupted(String::new())), 1));
    let error = "data: {\"type\": \"error\", \"error\": {\"type\": \"overloaded_error\", \"message\": \"Overloaded\"}}\n\n";
    let error = Some((
        200,
        vec![("content-type", "text/event-stream".to_owned())],
        error.to_owned(),
    ));
    let (answer, count, _) = ask(vec![error], 60).await;
    assert!(matches!(answer, Err(Snag::Said { status: 200, .. })) && count == 1);
}

#[tokio::test(start_paused = true)]
async fn all_of_a_question_has_an_end() {
    let begun = Instant::now();
    let carrier: Carrier = Arc::new(|_| {
        Box::pin(async {
            let silence = futures::stream::pending::<Result<Frame<Bytes>, BoxError>>();
            let body: Body = StreamBody::new(silence).boxed();
            Ok(Response::builder()
                .header("content-type", "text/event-stream")
                .body(body)
                .unwrap())
        })
    });
    let endpoint = Endpoint::of("https://api.example").unwrap();
    let patience = Duration::from_secs(20);
    let claude = Claude::new(carrier, endpoint, Key::of(KEY).unwrap(), patience);
    assert_eq!(claude.ask(&json!({})).await, Err(Snag::Timeout(patience)));
    assert_eq!(begun.elapsed().as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn the_key_is_cut_out_of_whatever_a_server_says() {
    let (answer, ..) = ask(vec![None, None, None, None], 60).await;
    let text = answer.unwrap_err().to_string();
    assert!(
        text.contains("connection refused") && !text.contains("sk-ant"),
        "{text}"
    );
    let (answer, ..) = ask(vec![whole(&json!({"reason": KEY}))], 60).await;
    assert_eq!(answer, Err(Snag::Odd("it repeats the key".to_owned())));
    let key = Key::of(KEY).unwrap();
    assert_eq!(
        key.out_of(&format!("a {KEY} b {}", &KEY[..9])),
        "a •••••• b ••••••"
    );
    assert!(Key::of(" \n").is_none() && Key::of("a\nb").is_none());
}

#[tokio::test]
async fn a_key_is_read_from_a_secret() {
    let api = tower::service_fn(|request: Request<kube::client::Body>| async move {
        let (status, body) = match request.uri().path() {
            "/api/v1/namespaces/qa/secrets/claude" => (200, r#"{"data":{"key":"c2stYW50LXg="}}"#),
            _ => (404, "{}"),
        };
        let body = Full::new(Bytes::from(body));
        Ok::<_, std::convert::Infallible>(Response::builder().status(status).body(body).unwrap())
    });
    let cluster = Cluster::from_service(api, "test");
    let field = |text: &str| SecretField::of(text).unwrap();
    let key = cluster
        .claude_key(&field("qa/claude/key"))
        .await
        .unwrap()
        .unwrap();
    assert!(key.is_in("it is sk-ant-x"));
    assert!(
        cluster
            .claude_key(&field("qa/claude/other"))
            .await
            .unwrap()
            .is_none()
    );
    assert!(cluster.claude_key(&field("qa/nothing/key")).await.is_err());
}

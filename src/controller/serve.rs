//! What others ask a controller over HTTP: whether it lives, whether it is ready, what it has counted.
//! Apart from the work: it answers while that is stuck, which is when it is asked.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use super::apply::Controller;
use super::run::Health;

/// Answers until it is dropped: `/metrics`, `/healthz`, `/readyz`.
pub async fn serve(listener: TcpListener, controller: Arc<Controller>, health: Arc<Health>) {
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            // Out of descriptors, which pass; without a pause this would spin until then.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        let (controller, health) = (controller.clone(), health.clone());
        let service = service_fn(move |request: Request<hyper::body::Incoming>| {
            let answer = answer(request.uri().path(), &controller, &health);
            async move { Ok::<_, Infallible>(answer) }
        });
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(socket), service);
            // Who asks and goes away is no news.
            let _ = connection.await;
        });
    }
}

/// The answer to a path.
pub fn answer(path: &str, controller: &Controller, health: &Health) -> Response<Full<Bytes>> {
    let (code, text) = match path {
        "/metrics" => (StatusCode::OK, controller.metrics.text(&controller.cache)),
        "/healthz" => (StatusCode::OK, "ok\n".to_owned()),
        "/readyz" if health.is_ready() => (StatusCode::OK, "ok\n".to_owned()),
        "/readyz" => {
            let why = "not everything was heard of yet: QARuns and workflows are being listed\n";
            (StatusCode::SERVICE_UNAVAILABLE, why.to_owned())
        }
        _ => {
            let what = "there is /metrics, /healthz and /readyz\n";
            (StatusCode::NOT_FOUND, what.to_owned())
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = code;
    let plain = http::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, plain);
    response
}

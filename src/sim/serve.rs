//! The embedded API on a socket, for other programs: loopback only.
//! Apart, because in one process nobody needs a socket.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use http::Request;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::api::Api;
use super::bucket;

/// The token of [`kubeconfig`]. It protects nothing: the server listens on loopback and holds a story.
pub const TOKEN: &str = "tiphys-demo";

/// Serves the API until the handle is aborted; port 0 takes a free one.
///
/// # Errors
/// An address that is not loopback is refused; otherwise what binding says.
pub async fn serve(api: Api, addr: SocketAddr) -> io::Result<(SocketAddr, JoinHandle<()>)> {
    if !addr.ip().is_loopback() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{addr} is not a loopback address; the embedded cluster is not for a network"),
        ));
    }
    let listener = TcpListener::bind(addr).await?;
    let bound = listener.local_addr()?;
    let handle = tokio::spawn(async move {
        loop {
            let Ok((socket, _)) = listener.accept().await else {
                continue;
            };
            // Without it every small watch event waits for an acknowledgement (40 ms).
            let _ = socket.set_nodelay(true);
            let service = TowerToHyperService::new(api.clone());
            tokio::spawn(async move {
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(socket), service);
                // A caller that goes away is no news.
                let _ = connection.await;
            });
        }
    });
    Ok((bound, handle))
}

/// Serves the store of artifacts on a socket that was bound before, so that its runs could be told where, until the handle
/// is aborted. Wants a tokio runtime.
///
/// # Errors
/// What making it asynchronous says.
pub fn serve_bucket(
    bucket: bucket::Service,
    listener: std::net::TcpListener,
) -> io::Result<JoinHandle<()>> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    Ok(tokio::spawn(async move {
        loop {
            let Ok((socket, _)) = listener.accept().await else {
                continue;
            };
            let bucket = bucket.clone();
            // It only reads: what a request carries is not looked at.
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let answer = bucket(request.map(|_| Bytes::new()));
                async move { answer.await.map_err(io::Error::other) }
            });
            tokio::spawn(async move {
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(socket), service);
                // A caller that goes away is no news.
                let _ = connection.await;
            });
        }
    }))
}

/// A kubeconfig for a served API.
pub fn kubeconfig(addr: SocketAddr, context: &str) -> String {
    format!(
        "apiVersion: v1
kind: Config
current-context: {context}
clusters:
- name: {context}
  cluster:
    server: http://{addr}
contexts:
- name: {context}
  context:
    cluster: {context}
    user: {context}
    namespace: payments
users:
- name: {context}
  user:
    token: {TOKEN}
"
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::super::clock::{Clock, at};
    use super::super::store::Store;
    use super::*;

    fn api() -> Api {
        Api::new(Arc::new(Store::new(Clock::by_hand(at(0)), 1)))
    }

    #[tokio::test]
    async fn only_loopback_is_served() {
        let refused = serve(api(), "0.0.0.0:0".parse().unwrap()).await;
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[tokio::test]
    async fn a_socket_answers_like_the_service() {
        let (addr, handle) = serve(api(), "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let mut socket = tokio::net::TcpStream::connect(addr).await.unwrap();
        let ask = "GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        socket.write_all(ask.as_bytes()).await.unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        assert!(text.contains("\"gitVersion\":\"v1.36.2\""), "{text}");
        handle.abort();
        assert!(kubeconfig(addr, "demo").contains(&format!("server: http://{addr}")));
    }
}

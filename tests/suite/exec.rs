//! Containers of a test's own: the embedded API on loopback, with a server behind `exec` that speaks as a kubelet's does.
//! Apart from what is expected of those who go in.
//!
//! Source: Kubernetes, `apimachinery/pkg/util/remotecommand` and `httpstream/wsstream`: `v5.channel.k8s.io`, the first byte of
//! each message is the channel (0 input, 1 output, 2 errors, 3 the last word, 4 sizes, 255 the end of a channel).

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use http::{Request, Response, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tiphys::sim::api::{Api, Body};
use tiphys::sim::resource::PODS;
use tiphys::sim::serve::kubeconfig;
use tiphys::sim::store::Origin;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tower::Service as _;

use crate::cli::server::Server;

/// A cluster with one run that goes on, and containers that can be entered.
pub struct Containers {
    /// The rest of the cluster.
    pub server: Server,
    /// A kubeconfig that leads here.
    pub config: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl Drop for Containers {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.config);
    }
}

impl Containers {
    /// With `search/reindex` in its step `check`.
    pub fn new(server: Server) -> Self {
        server.store.put(
            PODS,
            pod("reindex-check-1", &["main", "wait"]),
            Origin::Client,
        );
        let runtime = Runtime::new().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let addr = runtime.block_on(listen(server.api.clone(), asked.clone()));
        let config = server.home.with_extension("exec.yaml");
        std::fs::write(&config, kubeconfig(addr, "test")).unwrap();
        Self {
            server,
            config,
            asked,
            _runtime: runtime,
        }
    }

    /// Paths and queries that asked to go in.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// A pod of the step `check` whose containers run.
pub fn pod(name: &str, containers: &[&str]) -> Value {
    let specs: Vec<Value> = containers
        .iter()
        .map(|name| json!({"name": name}))
        .collect();
    let running = |name: &&str| {
        json!({"name": name, "restartCount": 0, "ready": true,
            "state": {"running": {"startedAt": "2026-11-22T20:00:23Z"}}})
    };
    let statuses: Vec<Value> = containers.iter().map(running).collect();
    json!({
        "metadata": {"name": name, "namespace": "search",
            "labels": {"workflows.argoproj.io/workflow": "reindex"},
            "annotations": {"workflows.argoproj.io/node-name": "reindex.check",
                "workflows.argoproj.io/node-id": "reindex-check"},
            "ownerReferences": [{"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
                "name": "reindex", "uid": "uid-search-reindex", "controller": true}]},
        "spec": {"nodeName": "node-1", "containers": specs},
        "status": {"phase": "Running", "containerStatuses": statuses},
    })
}

async fn listen(api: Api, asked: Arc<Mutex<Vec<String>>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (api, asked) = (api.clone(), asked.clone());
            let service = service_fn(move |request| answer(api.clone(), asked.clone(), request));
            tokio::spawn(async move {
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(socket), service);
                let _ = connection.with_upgrades().await;
            });
        }
    });
    addr
}

async fn answer(
    mut api: Api,
    asked: Arc<Mutex<Vec<String>>>,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    if !request.uri().path().ends_with("/exec") {
        return api.call(request).await;
    }
    asked.lock().unwrap().push(request.uri().to_string());
    let named = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let offered = named(header::SEC_WEBSOCKET_PROTOCOL).unwrap_or_default();
    assert!(
        offered.split(", ").any(|one| one == "v5.channel.k8s.io"),
        "{offered}"
    );
    let key = named(header::SEC_WEBSOCKET_KEY).unwrap_or_default();
    let accepted = derive_accept_key(key.as_bytes());
    let query = request.uri().query().unwrap_or_default().to_string();
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(upgraded) = upgraded.await else { return };
        let io = TokioIo::new(upgraded);
        let socket = WebSocketStream::from_raw_socket(io, Role::Server, None).await;
        Process {
            socket,
            sizes: 0,
            size: String::new(),
        }
        .run(&query)
        .await;
    });
    let empty = Full::new(Bytes::new()).map_err(|never| match never {});
    let response = Response::builder()
        .status(101)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, accepted)
        .header(header::SEC_WEBSOCKET_PROTOCOL, "v5.channel.k8s.io")
        .body(Body::new(empty));
    Ok(response.unwrap())
}

/// What runs in every container: on a terminal a shell of five words, else `cat`.
struct Process {
    socket: WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>,
    sizes: usize,
    size: String,
}

impl Process {
    async fn run(mut self, query: &str) {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let asked: HashMap<&str, &str> = pairs.collect();
        if asked.get("container") == Some(&"bare") {
            let why = "OCI runtime exec failed: exec: \"/bin/sh\": stat /bin/sh: no such file or directory: unknown";
            return self
                .end(&json!({"status": "Failure", "reason": "InternalError", "message": why}))
                .await;
        }
        if asked.get("tty") != Some(&"true") {
            return self.cat().await;
        }
        let mut line = String::new();
        self.say("$ ").await;
        while let Some(Ok(message)) = self.socket.next().await {
            let Message::Binary(bytes) = message else {
                continue;
            };
            match bytes[0] {
                0 => {
                    for byte in &bytes[1..] {
                        if *byte == b'\r' {
                            let said = std::mem::take(&mut line);
                            self.say("\r\n").await;
                            if self.obey(&said).await {
                                return;
                            }
                            self.say("$ ").await;
                        } else {
                            line.push(char::from(*byte));
                            self.say(&char::from(*byte).to_string()).await;
                        }
                    }
                }
                4 => {
                    self.sizes += 1;
                    let size: Value = serde_json::from_slice(&bytes[1..]).unwrap();
                    self.size = format!("{}x{}", size["Width"], size["Height"]);
                }
                _ => {}
            }
        }
    }

    /// Does what a line says; whether it was the last one.
    async fn obey(&mut self, line: &str) -> bool {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("size", _) => {
                let text = format!("size {}\r\n", self.size);
                self.say(&text).await;
            }
            // As an editor that was killed leaves it.
            ("mess", _) => {
                self.say("\u{1b}[?1049h\u{1b}[?1003h\u{1b}[?2004h\u{1b}[?25l")
                    .await
            }
            ("cut", _) => return true,
            ("hang", _) => std::future::pending().await,
            ("exit", "0" | "") => {
                self.end(&json!({"status": "Success"})).await;
                return true;
            }
            ("exit", code) => {
                let causes = json!([{"reason": "ExitCode", "message": code}]);
                let status = json!({"status": "Failure", "reason": "NonZeroExitCode",
                    "message": "command terminated with non-zero exit code", "details": {"causes": causes}});
                self.end(&status).await;
                return true;
            }
            (word, _) => self.say(&format!("{word}: not found\r\n")).await,
        }
        false
    }

    /// Says what it reads, until that ends.
    async fn cat(mut self) {
        self.send(2, b"cat begins\n").await;
        while let Some(Ok(message)) = self.socket.next().await {
            match message {
                Message::Binary(bytes) if bytes[0] == 0 => self.send(1, &bytes[1..]).await,
                Message::Binary(bytes) if *bytes == [255, 0] => break,
                _ => {}
            }
        }
        self.end(&json!({"status": "Success"})).await;
    }

    async fn say(&mut self, text: &str) {
        self.send(1, text.as_bytes()).await;
    }

    async fn end(&mut self, status: &Value) {
        self.send(3, status.to_string().as_bytes()).await;
        let _ = self.socket.close(None).await;
    }

    async fn send(&mut self, channel: u8, bytes: &[u8]) {
        let message = [&[channel], bytes].concat();
        let _ = self.socket.send(Message::binary(message)).await;
    }
}

//! A store that only the cluster reaches, read through a port-forward: an API server of the test's own, and behind its
//! `portforward` an HTTP server that speaks as a store does.
//! Apart from shells in containers, which are other channels with other words.
//!
//! Source: Kubernetes, `kubelet/pkg/cri/streaming/portforward/websocket.go`: for each port two channels (data, error), each of
//! which begins with the port in two bytes, the lower first; `v4.channel.k8s.io`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use http::{Method, Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tiphys::cluster::connect::{Cluster, Target};
use tiphys::model::artifact::{Access, Artifact, Direction, Id, Packing, Place, S3, SecretField};
use tiphys::model::key::Key;
use tiphys::sim::serve::kubeconfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

/// Requests as they came: `GET /path`, to the API server and, after `store `, to the store.
type Seen = Arc<Mutex<Vec<String>>>;

async fn listen(seen: Seen, may: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let seen = seen.clone();
            let service = service_fn(move |request| api(seen.clone(), may, request));
            tokio::spawn(async move {
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(socket), service);
                let _ = connection.with_upgrades().await;
            });
        }
    });
    addr
}

fn answer(status: u16, body: impl Into<Bytes>) -> Result<Response<Full<Bytes>>, Infallible> {
    let answer = Response::builder().status(status);
    Ok(answer.body(Full::new(body.into())).unwrap())
}

async fn api(
    seen: Seen,
    may: bool,
    mut request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let asked = format!("{} {}", request.method(), request.uri());
    seen.lock().unwrap().push(asked);
    let pod = |name: &str, ready: &str| {
        json!({"metadata": {"name": name},
            "spec": {"containers": [{"name": "main", "ports": [{"name": "api", "containerPort": 9001}]}]},
            "status": {"conditions": [{"type": "Ready", "status": ready}]}})
    };
    match request.uri().path() {
        "/api/v1/namespaces/qa/secrets/cred" => answer(
            200,
            r#"{"metadata":{"name":"cred"},"data":{"id":"QUtJQQ==","secret":"aHVudGVyMg=="}}"#,
        ),
        "/api/v1/namespaces/store/services/minio" => {
            let ports =
                json!([{"port": 443, "targetPort": 1}, {"port": 9000, "targetPort": "api"}]);
            let spec = json!({"selector": {"app": "minio"}, "ports": ports});
            answer(200, json!({"kind": "Service", "apiVersion": "v1", "metadata": {"name": "minio"}, "spec": spec}).to_string())
        }
        "/api/v1/namespaces/store/pods" => {
            assert_eq!(request.uri().query(), Some("labelSelector=app%3Dminio"));
            let items = json!([pod("minio-0", "False"), pod("minio-1", "True")]);
            answer(
                200,
                json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items})
                    .to_string(),
            )
        }
        "/api/v1/namespaces/store/pods/minio-1/portforward" if !may => answer(
            403,
            json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 403,
                "reason": "Forbidden", "message": "pods \"minio-1\" is forbidden"})
            .to_string(),
        ),
        "/api/v1/namespaces/store/pods/minio-1/portforward" => {
            let key = request.headers().get(header::SEC_WEBSOCKET_KEY).unwrap();
            let accepted = derive_accept_key(key.as_bytes());
            let upgraded = hyper::upgrade::on(&mut request);
            tokio::spawn(async move {
                let io = TokioIo::new(upgraded.await.unwrap());
                forward(
                    seen,
                    WebSocketStream::from_raw_socket(io, Role::Server, None).await,
                )
                .await;
            });
            let answer = Response::builder()
                .status(101)
                .header(header::CONNECTION, "Upgrade")
                .header(header::UPGRADE, "websocket")
                .header(header::SEC_WEBSOCKET_ACCEPT, accepted)
                .header(header::SEC_WEBSOCKET_PROTOCOL, "v4.channel.k8s.io");
            Ok(answer.body(Full::default()).unwrap())
        }
        path => answer(404, format!("no {path}")),
    }
}

/// Carries bytes of port 9001 between the API server and the store behind it.
async fn forward(seen: Seen, socket: WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>) {
    let (near, far) = tokio::io::duplex(64 << 10);
    tokio::spawn(async move {
        let service = service_fn(move |request| store(seen.clone(), request));
        let served = http1::Builder::new().serve_connection(TokioIo::new(far), service);
        let _ = served.await;
    });
    let (mut read, mut write) = tokio::io::split(near);
    let (mut out, mut input) = socket.split();
    for channel in [0, 1] {
        let [low, high] = 9001_u16.to_le_bytes();
        out.send(Message::binary(vec![channel, low, high]))
            .await
            .unwrap();
    }
    tokio::spawn(async move {
        let mut bytes = vec![0; 16 << 10];
        while let Ok(count @ 1..) = read.read(&mut bytes).await {
            let message = [&[0][..], &bytes[..count]].concat();
            if out.send(Message::binary(message)).await.is_err() {
                return;
            }
        }
    });
    while let Some(Ok(message)) = input.next().await {
        if let Message::Binary(bytes) = message
            && bytes.first() == Some(&0)
        {
            write.write_all(&bytes[1..]).await.unwrap();
        }
    }
}

/// One object: a text of 100,000 bytes.
async fn store(
    seen: Seen,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let asked = format!("store {} {}", request.method(), request.uri().path());
    seen.lock().unwrap().push(asked);
    let signed = request.headers().get(header::AUTHORIZATION);
    assert!(signed.is_some_and(|text| text.to_str().unwrap().starts_with("AWS4-HMAC-SHA256")));
    let body = match *request.method() {
        Method::HEAD => String::new(),
        _ => "line\n".repeat(20_000),
    };
    let answer = Response::builder()
        .header(header::CONTENT_LENGTH, 100_000)
        .header(header::ETAG, "\"1\"")
        .header(header::LAST_MODIFIED, "Sun, 22 Nov 2026 02:14:00 GMT");
    Ok(answer.body(Full::new(body.into())).unwrap())
}

fn artifact() -> Artifact {
    let field = |key: &str| SecretField {
        name: "cred".into(),
        key: key.into(),
    };
    Artifact {
        id: Id {
            node: "n".into(),
            direction: Direction::Output,
            name: "report".into(),
        },
        step: "check".into(),
        path: None,
        packing: Packing::Plain,
        place: Place::S3(Box::new(S3 {
            // No name server knows `.invalid` (RFC 6761), and a Service may end in the cluster's own zone.
            endpoint: "minio.store.svc.cluster.invalid:9000".into(),
            insecure: true,
            region: None,
            bucket: "b".into(),
            key: "run/report.txt".into(),
            access: Access::Keys {
                id: field("id"),
                secret: field("secret"),
                token: None,
            },
            ca: None,
        })),
        deleted: false,
    }
}

async fn connected(seen: &Seen, may: bool, readonly: bool) -> Cluster {
    let addr = listen(seen.clone(), may).await;
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("forwarding-{}.yaml", addr.port()));
    std::fs::write(&file, kubeconfig(addr, "test")).unwrap();
    let target = Target {
        kubeconfig: Some(file.clone()),
        context: None,
        readonly,
    };
    let cluster = Cluster::connect(&target).await.unwrap();
    std::fs::remove_file(file).unwrap();
    cluster
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_only_the_cluster_reaches_is_read_through_its_api_server_and_that_is_said() {
    for readonly in [false, true] {
        let seen = Seen::default();
        let cluster = connected(&seen, true, readonly).await;
        let run = Key::new("qa", "run", "u");
        let measure = cluster.measure(&run, &artifact()).await.unwrap();
        assert_eq!(measure.bytes, Some(100_000));
        let way = "a port-forward to port 9001 of the pod store/minio-1";
        assert_eq!(measure.through.as_deref(), Some(way));
        let preview = cluster.preview(&run, &artifact()).await.unwrap();
        assert_eq!(&*preview.lines[0].text, format!("read through {way}"));
        let lines = preview.lines.iter().filter(|line| &*line.text == "line");
        assert_eq!(lines.count(), 20_000);
        let seen = seen.lock().unwrap();
        // The way is found once, and nothing but reads goes through it.
        let count = |start: &str| seen.iter().filter(|one| one.starts_with(start)).count();
        assert_eq!(
            count("GET /api/v1/namespaces/store/services/minio"),
            1,
            "{seen:#?}"
        );
        assert!(
            count("store HEAD /b/run/report.txt") >= 1 && count("store GET") == 1,
            "{seen:#?}"
        );
        assert!(
            !seen
                .iter()
                .any(|one| one.contains("POST") || one.contains("PUT"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_forward_is_told_which_right_that_is() {
    let cluster = connected(&Seen::default(), false, false).await;
    let run = Key::new("qa", "run", "u");
    let snag = cluster.measure(&run, &artifact()).await.unwrap_err();
    assert!(
        snag.what
            .contains("ask for `create` of `pods/portforward` there"),
        "{snag}"
    );
    assert!(!snag.what.contains("hunter2"), "{snag}");
}

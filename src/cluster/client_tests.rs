//! Single requests: read-only, 401, gzip, time limits, kubeconfig, what is read of one run.
//! Apart from the feeds, because each of these is one question and one answer.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt as _;
use http::{Method, Request};
use kube::Client;
use kube::client::Body;
use proptest::prelude::*;
use tokio::time::{Instant, timeout_at};
use tower::{Layer as _, ServiceExt as _, service_fn};

use super::connect::{Cluster, Target, contexts};
use super::error::no_answer;
use super::guard::{ReadOnlyLayer, reads};
use super::request::Ask;
use super::testing::{Answer, Fault, Server, full, seconds, status};
use crate::model::delta::{Delta, FeedEvent};
use crate::model::key::Key;
use crate::model::trouble::Trouble;

fn three() -> (Server, Cluster) {
    let server = Server::new();
    server.put("a", "one", "Running");
    let cluster = Cluster::from_service(server.clone(), "test");
    (server, cluster)
}

fn one() -> Key {
    Key::new("a", "one", "uid-1")
}

#[tokio::test]
async fn a_probe_tells_version_and_user() {
    let (_, cluster) = three();
    let info = cluster.probe().await.unwrap();
    assert_eq!(&*info.version, "v1.36.2");
    assert_eq!(info.user.as_deref(), Some("jane"));
    assert_eq!(cluster.namespaces().await.unwrap(), [Arc::from("a")]);
}

proptest! {
    #[test]
    fn a_read_only_console_lets_nothing_but_questions_out(method in 0usize..8, path in "(/apis/argoproj[.]io/v1alpha1/namespaces/[a-z]{1,5}/workflows(/[a-z]{1,5})?|/api/v1/namespaces/x/pods/y/(log|exec|attach|portforward|proxy/z)|/apis/authorization[.]k8s[.]io/v1/selfsubject(access|rules)reviews|/apis/authentication[.]k8s[.]io/v1/selfsubjectreviews)") {
        let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS, Method::CONNECT];
        let method = methods[method].clone();
        let sent = Arc::new(AtomicUsize::new(0));
        let counter = sent.clone();
        let inner = service_fn(move |_: Request<Body>| {
            counter.fetch_add(1, Ordering::Relaxed);
            async { Ok::<Answer, std::convert::Infallible>(status(200, "", None)) }
        });
        let request = Request::builder().method(method.clone()).uri(&path).body(Body::empty()).unwrap();
        let answer = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(ReadOnlyLayer.layer(inner).oneshot(request));
        let acts = ["/exec", "/attach", "/proxy"].iter().any(|part| path.contains(part));
        let harmless = matches!(method, Method::GET | Method::HEAD) && !acts
            || method == Method::POST && path.contains("/selfsubject");
        prop_assert_eq!(answer.is_ok(), harmless);
        prop_assert_eq!(sent.load(Ordering::Relaxed), usize::from(harmless));
        if let Err(error) = answer {
            let is_read_only = matches!(no_answer(&*error, "s"), Trouble::ReadOnly { .. });
            prop_assert!(is_read_only);
        }
    }
}

#[test]
fn reading_is_get_and_head() {
    assert!(reads(&Method::GET, "/api/v1/namespaces/n/pods/p/log"));
    assert!(!reads(
        &Method::POST,
        "/apis/argoproj.io/v1alpha1/namespaces/n/workflows"
    ));
}

#[tokio::test]
async fn a_401_builds_the_client_anew_once_and_asks_again() {
    let built = Arc::new(AtomicUsize::new(0));
    let client = |valid: bool| {
        let server = Server::new();
        server.put("a", "one", "Running");
        if !valid {
            for _ in 0..10 {
                server.fail("", Fault::Status(401, "Unauthorized", None));
            }
        }
        Client::new(server, "default")
    };
    for (cures, expected) in [(true, true), (false, false)] {
        built.store(0, Ordering::Relaxed);
        let counter = built.clone();
        let cluster = Cluster::renewable(
            client(false),
            Arc::new(move || {
                counter.fetch_add(1, Ordering::Relaxed);
                let fresh = client(cures);
                Box::pin(async move { Ok(fresh) })
            }),
        );
        for _ in 0..3 {
            let answer = cluster.facts(&one()).await;
            assert_eq!(answer.is_ok(), expected, "{answer:?}");
            if let Err(why) = answer {
                assert!(matches!(why, Trouble::Unauthorized { .. }), "{why}");
            }
        }
        assert_eq!(built.load(Ordering::Relaxed), 1, "and not again and again");
    }
}

#[tokio::test]
async fn compressed_answers_are_read_and_broken_ones_are_said() {
    let (server, cluster) = three();
    let body =
        br#"{"metadata":{"name":"one","namespace":"a","uid":"uid-1"},"status":{"phase":"Failed"}}"#;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(body).unwrap();
    let packed = gzip.finish().unwrap();
    let headers = vec![("content-encoding", "gzip")];
    server.fail(
        "workflows/one",
        Fault::Raw(200, packed.clone(), headers.clone()),
    );
    let facts = cluster.facts(&one()).await.unwrap().unwrap();
    assert_eq!(format!("{:?}", facts.row.phase), "Failed");
    server.fail(
        "workflows/one",
        Fault::Raw(200, packed[..packed.len() / 2].to_vec(), headers),
    );
    let why = cluster.facts(&one()).await.unwrap_err();
    assert!(matches!(why, Trouble::Server { .. }), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_head_that_never_comes_is_a_timeout() {
    let (server, cluster) = three();
    server.fail("workflows/one", Fault::Hang);
    let why = cluster.facts(&one()).await.unwrap_err();
    assert!(matches!(why, Trouble::Timeout { seconds: 30, .. }), "{why}");
}

#[tokio::test]
async fn another_object_of_the_same_name_is_not_the_one_asked_for() {
    let (server, cluster) = three();
    let found = |answer: &str| Fault::Raw(200, answer.as_bytes().to_vec(), vec![]);
    let json = r#"{"metadata":{"name":"one","namespace":"a","uid":"uid-1"},"spec":{"arguments":{"parameters":[{"name":"password","value":"hunter2"}]}}}"#;
    server.fail("workflows/one", found(json));
    let value = cluster.yaml_value(&one()).await.unwrap();
    let yaml = super::yaml::render(&value).unwrap();
    assert!(yaml.contains("password") && !yaml.contains("hunter2"));
    let other = json.replace("uid-1", "uid-2");
    server.fail("workflows/one", found(&other));
    assert_eq!(cluster.facts(&one()).await, Ok(None));
    server.fail("workflows/one", found(&other));
    assert!(matches!(
        cluster.yaml_value(&one()).await,
        Err(Trouble::NotFound { .. })
    ));
    server.fail("workflows/one", Fault::Status(404, "NotFound", None));
    assert_eq!(cluster.facts(&one()).await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_watched_run_ends_with_its_own_end_not_with_that_of_its_name() {
    let (server, cluster) = three();
    for deleted_first in [false, true] {
        if deleted_first {
            server.delete("a", "one");
            server.put("a", "one", "Running");
        }
        let key = if deleted_first {
            Key::new("a", "one", "uid-gone")
        } else {
            one()
        };
        let mut stream = cluster.watch_run(&key);
        let until = Instant::now() + seconds(5);
        let mut said = Vec::new();
        while let Ok(Some(event)) = timeout_at(until, stream.next()).await {
            if let FeedEvent::Deltas(deltas) = event {
                for delta in deltas {
                    said.push(match delta {
                        Delta::Put(run) => format!("{:?}", run.facts.row.phase),
                        Delta::Gone(gone) => format!("gone {}", gone.uid),
                        Delta::Reset(_) => "reset".to_string(),
                    });
                }
                if said.len() == 1 && !deleted_first {
                    server.put("a", "one", "Failed");
                    server.delete("a", "one");
                    server.put("a", "one", "Running");
                }
            }
        }
        if deleted_first {
            assert_eq!(said, ["gone uid-gone"]);
        } else {
            assert_eq!(said, ["Running", "Failed", "gone uid-1"]);
        }
        assert!(stream.next().await.is_none());
    }
}

#[tokio::test]
async fn no_sentence_holds_a_credential_or_a_control_character() {
    let (server, cluster) = three();
    for (code, body) in [
        (500, "proxy http://jane:pw123@proxy:3128 said \u{1b}[2J no"),
        (502, "<html>Bearer abcdefgh12345678</html>"),
        (
            400,
            r#"{"kind":"Status","code":400,"message":"token=abcdefgh12345678 \u001b[31m"}"#,
        ),
    ] {
        server.fail(
            "workflows/one",
            Fault::Raw(code, body.as_bytes().to_vec(), vec![]),
        );
        let said = cluster.facts(&one()).await.unwrap_err().to_string();
        assert!(
            !said.contains("pw123") && !said.contains("abcdefgh12345678"),
            "{said}"
        );
        assert!(said.chars().all(crate::model::text::is_safe), "{said:?}");
    }
}

struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tiphys-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> std::path::PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn config(server: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: two\nclusters:\n- name: c\n  cluster:\n    server: {server}\ncontexts:\n\
         - name: one\n  context: {{cluster: c, user: u}}\n- name: two\n  context: {{cluster: c, user: u, namespace: qa}}\n\
         users:\n- name: u\n  user:\n{user}\n"
    )
}

#[tokio::test]
async fn contexts_are_listed_and_a_missing_one_is_said() {
    let folder = Folder::new("contexts");
    let file = folder.file(
        "config",
        &config("https://jane:pw@host:6443", "    token: x"),
    );
    let target = |context: Option<&str>| Target {
        kubeconfig: Some(file.clone()),
        context: context.map(str::to_string),
        readonly: false,
    };
    let listed = contexts(&target(None)).unwrap();
    let names: Vec<_> = listed
        .iter()
        .map(|c| (&*c.name, c.namespace.as_deref(), c.current))
        .collect();
    assert_eq!(names, [("one", None, false), ("two", Some("qa"), true)]);
    let cluster = Cluster::connect(&target(None)).await.unwrap();
    assert_eq!(
        (&**cluster.context(), &**cluster.default_namespace()),
        ("two", "qa")
    );
    assert_eq!(&**cluster.server(), "https://host:6443");
    let missing = Cluster::connect(&target(Some("three")))
        .await
        .err()
        .unwrap();
    assert!(
        matches!(missing, Trouble::NotConfigured { .. })
            && missing
                .to_string()
                .contains("no context `three`; it has one, two"),
        "{missing}"
    );
    let absent = Target {
        kubeconfig: Some(folder.0.join("absent")),
        ..Target::default()
    };
    assert!(matches!(
        Cluster::connect(&absent).await,
        Err(Trouble::NotConfigured { .. })
    ));
}

/// A server on loopback that takes only one token, and says which it saw.
async fn loopback(accepted: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let refused = Arc::new(AtomicUsize::new(0));
    let count = refused.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let count = count.clone();
            let service =
                hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
                    let token = request
                        .headers()
                        .get("authorization")
                        .and_then(|v| v.to_str().ok())
                        .unwrap_or("");
                    let answer = if token == format!("Bearer {accepted}") {
                        http::Response::new(full(br#"{"gitVersion":"v1.36.2"}"#.to_vec()))
                    } else {
                        count.fetch_add(1, Ordering::Relaxed);
                        status(401, "Unauthorized", None)
                    };
                    async { Ok::<_, std::convert::Infallible>(answer) }
                });
            let stream = hyper_util::rt::TokioIo::new(stream);
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(stream, service),
            );
        }
    });
    (address, refused)
}

#[tokio::test]
async fn a_credential_plugin_runs_without_a_terminal_and_again_after_a_401() {
    let folder = Folder::new("plugin");
    let (address, refused) = loopback("fresh").await;
    // The first run gives a token the server has revoked although it has not expired.
    let script = folder.file(
        "plugin.sh",
        "if [ -t 0 ]; then echo asked on a terminal >&2; exit 1; fi\n\
         if (: > /dev/tty) 2> /dev/null; then echo drew on the terminal >&2; exit 1; fi\n\
         if command -v setsid > /dev/null && [ -r /proc/$$/stat ] && [ \"$(cut -d' ' -f6 /proc/$$/stat)\" != $$ ]; then echo in our session >&2; exit 1; fi\n\
         case \"$KUBERNETES_EXEC_INFO\" in *'\"interactive\":false'*) ;; *) echo interactive >&2; exit 1;; esac\n\
         t=stale; [ -e \"$1/ran\" ] && t=fresh; : > \"$1/ran\"\n\
         echo \"{\\\"apiVersion\\\":\\\"client.authentication.k8s.io/v1\\\",\\\"kind\\\":\\\"ExecCredential\\\",\\\"status\\\":{\\\"token\\\":\\\"$t\\\",\\\"expirationTimestamp\\\":\\\"2099-01-01T00:00:00Z\\\"}}\"\n",
    );
    let exec = format!(
        "    exec: {{apiVersion: client.authentication.k8s.io/v1, command: sh, args: ['{}', '{}'], interactiveMode: IfAvailable}}",
        script.display(),
        folder.0.display()
    );
    let kubeconfig = Some(folder.file("config", &config(&address, &exec)));
    let target = Target {
        kubeconfig,
        ..Target::default()
    };
    let cluster = Cluster::connect(&target).await.unwrap();
    // Building asks the plugin for a token and for a certificate: put the first answer back.
    let info = cluster.probe().await.unwrap();
    assert_eq!(&*info.version, "v1.36.2");
    assert!(refused.load(Ordering::Relaxed) <= 1);
}

#[tokio::test]
async fn a_failing_plugin_is_unauthorized_and_its_output_stays_secret() {
    let folder = Folder::new("failing");
    let exec = "    exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: ['-c', 'echo leaked-stdout; echo login needed token=leaked-stderr >&2; exit 3', 'leaked-arg']}";
    let target = Target {
        kubeconfig: Some(folder.file("config", &config("http://127.0.0.1:1", exec))),
        ..Target::default()
    };
    let why = Cluster::connect(&target).await.err().unwrap();
    assert!(matches!(why, Trouble::Unauthorized { .. }), "{why:?}");
    let said = why.to_string();
    assert!(
        said.contains("login needed") && !said.contains("leaked"),
        "{said}"
    );
}

#[tokio::test]
async fn a_closed_port_is_unreachable_and_a_read_only_console_cannot_write() {
    let folder = Folder::new("closed");
    let target = Target {
        kubeconfig: Some(folder.file("config", &config("http://127.0.0.1:1", "    token: x"))),
        context: None,
        readonly: true,
    };
    let cluster = Cluster::connect(&target).await.unwrap();
    let why = cluster.probe().await.unwrap_err();
    assert!(
        matches!(&why, Trouble::Unreachable { server, .. } if server.contains("127.0.0.1:1")),
        "{why}"
    );
    let mut ask = Ask::get(
        "delete",
        "workflows.argoproj.io",
        "/apis/argoproj.io/v1alpha1/namespaces/a/workflows/one".to_string(),
    );
    ask.method = Method::DELETE;
    assert!(matches!(
        cluster.open(&ask).await,
        Err(Trouble::ReadOnly { .. })
    ));
}

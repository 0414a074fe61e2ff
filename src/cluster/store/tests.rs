#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::TryStreamExt as _;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};

use super::carrier::{Body, Carrier};
use crate::cluster::Cluster;
use crate::model::artifact::{
    Access, Artifact, Direction, Id, Packing, Place, S3, SecretField, Snag,
};
use crate::model::key::Key;
use crate::model::preview::Kind;

const SECRET: &str =
    r#"{"metadata":{"name":"cred"},"data":{"id":"QUtJQQo=","secret":"aHVudGVyMg=="}}"#;

/// A cluster that answers every question with this, and a store that answers with that; what the store was asked.
fn cluster(
    secret: (u16, &'static str),
    store: impl Fn(&Request<Bytes>) -> Answer + Send + Sync + 'static,
) -> (Cluster, Arc<Mutex<Vec<Request<Bytes>>>>) {
    let api = tower::service_fn(move |_: Request<kube::client::Body>| async move {
        let body = Full::new(Bytes::from_static(secret.1.as_bytes()));
        let answer = Response::builder().status(secret.0).body(body).unwrap();
        Ok::<_, std::convert::Infallible>(answer)
    });
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    let carrier: Carrier = Arc::new(move |request| {
        let (status, headers, body) = store(&request);
        seen.lock().unwrap().push(request);
        let mut answer = Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(name, value);
        }
        let body: Body = Full::new(Bytes::from(body))
            .map_err(|never| match never {})
            .boxed();
        let answer = answer.body(body).unwrap();
        Box::pin(async move { Ok(answer) })
    });
    (
        Cluster::from_service(api, "test").with_stores(carrier),
        asked,
    )
}

fn run() -> Key {
    Key::new("qa", "run", "u")
}

fn field(key: &str) -> SecretField {
    SecretField {
        name: "cred".into(),
        key: key.into(),
    }
}

fn artifact(key: &str) -> Artifact {
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
            endpoint: "s3.example:9000".into(),
            insecure: true,
            region: None,
            bucket: "argo-artifacts".into(),
            key: key.into(),
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

/// Status, headers and body of an answer.
type Answer = (u16, Vec<(&'static str, String)>, Vec<u8>);

/// An object as a store has it, with ranges.
fn object(text: &'static str) -> impl Fn(&Request<Bytes>) -> Answer {
    move |request| {
        let range = request
            .headers()
            .get("range")
            .map(|range| range.to_str().unwrap().to_string());
        let from = range.as_deref().and_then(|range| {
            range
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse()
                .ok()
        });
        let (from, status) = from.map_or((0, 200), |from: usize| (from, 206));
        let mut headers = vec![
            ("etag", "\"e1\"".to_string()),
            ("last-modified", "Sun, 22 Nov 2026 02:14:00 GMT".to_string()),
            ("content-length", (text.len() - from).to_string()),
        ];
        if status == 206 {
            headers.push((
                "content-range",
                format!("bytes {from}-{}/{}", text.len() - 1, text.len()),
            ));
        }
        let body = match request.method().as_str() {
            "HEAD" => Vec::new(),
            _ => text.as_bytes()[from..].to_vec(),
        };
        (status, headers, body)
    }
}

async fn all(cluster: &Cluster, artifact: &Artifact, from: u64) -> Result<String, Snag> {
    let fetched = cluster.fetch(&run(), artifact, from, None).await?;
    let bytes: Vec<Bytes> = fetched.bytes.try_collect().await?;
    Ok(String::from_utf8(bytes.concat()).unwrap())
}

#[tokio::test]
async fn an_object_is_asked_for_in_path_style_signed_and_without_its_secret() {
    let (cluster, asked) = cluster((200, SECRET), object("hello"));
    let wanted = artifact("run/pod/a b.txt");
    assert_eq!(all(&cluster, &wanted, 0).await.unwrap(), "hello");
    assert_eq!(all(&cluster, &wanted, 3).await.unwrap(), "lo");
    let measure = cluster.measure(&run(), &wanted).await.unwrap();
    assert_eq!(measure.bytes, Some(5));
    let asked = asked.lock().unwrap();
    assert_eq!(
        asked[0].uri().to_string(),
        "http://s3.example:9000/argo-artifacts/run/pod/a%20b.txt"
    );
    for request in asked.iter() {
        let sent = format!("{request:?}");
        assert!(
            sent.contains("Credential=AKIA/") && !sent.contains("hunter2"),
            "{sent}"
        );
    }
}

#[tokio::test]
async fn a_folder_is_counted_and_listed_by_its_prefix() {
    let page = include_str!("data/list-prefix.xml");
    let (cluster, asked) = cluster((200, SECRET), move |request| {
        if request.method() == "HEAD" {
            return (404, Vec::new(), Vec::new());
        }
        (200, Vec::new(), page.into())
    });
    let site = artifact("art-dag/art-dag-produce-3015113577/site");
    let measure = cluster.measure(&run(), &site).await.unwrap();
    assert_eq!(measure.to_string(), "73 B in 2 files");
    let seen = cluster.preview(&run(), &site).await.unwrap();
    let texts: Vec<&str> = seen.lines.iter().map(|line| &*line.text).collect();
    assert_eq!(
        texts,
        [
            "a folder of 2 files, 73 B",
            "         8 B  a b.txt",
            "        65 B  index.html"
        ]
    );
    let asked = asked.lock().unwrap();
    let list = asked
        .iter()
        .find(|request| request.method() == "GET")
        .unwrap();
    // With the slash: `site-2` is another folder.
    assert!(
        list.uri().query().unwrap().contains("site%2F"),
        "{}",
        list.uri()
    );
}

/// The objects of a folder, by the end of their path.
fn site(page: String) -> impl Fn(&Request<Bytes>) -> Answer {
    move |request| {
        let path = request.uri().path();
        let query = request.uri().query().unwrap_or_default();
        if query.contains("list-type") {
            return (200, Vec::new(), page.clone().into());
        }
        let body = match path.rsplit('/').next().unwrap_or_default() {
            "a%20b.txt" => "8 bytes.".to_string(),
            "index.html" => "x".repeat(65),
            _ => return (404, Vec::new(), Vec::new()),
        };
        let modified = ("last-modified", "Sun, 22 Nov 2026 02:14:00 GMT".to_string());
        let length = ("content-length", body.len().to_string());
        (200, vec![modified, length], body.into())
    }
}

async fn packed(page: String) -> Result<Vec<u8>, Snag> {
    let (cluster, _) = cluster((200, SECRET), site(page));
    let folder = artifact("art-dag/art-dag-produce-3015113577/site");
    let mut fetched = cluster.download(&run(), &folder, 0, None).await?;
    let mut all = Vec::new();
    while let Some(piece) = super::next(&mut fetched.bytes).await? {
        all.extend_from_slice(&piece);
    }
    assert_eq!(fetched.total, Some(all.len() as u64));
    assert_eq!(fetched.files, Some(2));
    Ok(all)
}

#[tokio::test]
async fn a_folder_is_downloaded_as_a_tar_of_its_objects() {
    let page = include_str!("data/list-prefix.xml");
    let long = format!("{}index.html", "deep/".repeat(40));
    for inside in ["index.html", &long] {
        let page = page.replace("site/index.html", &format!("site/{inside}"));
        let bytes = packed(page).await.unwrap();
        let mut tar = tar::Archive::new(&*bytes);
        let mut found = Vec::new();
        for entry in tar.entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().display().to_string();
            let mut text = String::new();
            std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
            found.push((name, text));
        }
        let expected = [
            ("a b.txt".to_string(), "8 bytes.".to_string()),
            (inside.to_string(), "x".repeat(65)),
        ];
        assert_eq!(found, expected);
        assert_eq!(bytes.len() % 512, 0);
    }
}

#[tokio::test]
async fn a_folder_with_a_name_that_leads_out_or_an_object_that_grew_is_not_saved() {
    let page = include_str!("data/list-prefix.xml");
    // The client of stores lists no such name itself.
    let up = page.replace("site/index.html", "site/../index.html");
    let why = packed(up).await.unwrap_err();
    assert!(why.what.contains(".."), "{}", why.what);
    for name in ["sub\\..\\index.html", "c:index.html"] {
        let page = page.replace("site/index.html", &format!("site/{name}"));
        let why = packed(page).await.unwrap_err();
        assert!(why.what.contains("whose name is none"), "{}", why.what);
    }
    let page = page.replace("<Size>65<", "<Size>64<");
    let why = packed(page).await.unwrap_err();
    assert!(
        why.what.contains("index.html of the folder") && why.what.contains("changed"),
        "{}",
        why.what
    );
}

#[tokio::test]
async fn what_goes_wrong_says_where_and_what_next() {
    let refused = r#"{"kind":"Status","status":"Failure","reason":"Forbidden","code":403,"message":"secrets \"cred\" is forbidden"}"#;
    let told = |snag: Snag| format!("{} | {}", snag.what, snag.next);
    let ask = async |secret, status: u16, body: &'static str| {
        let (cluster, _) = cluster(secret, move |_| (status, Vec::new(), body.into()));
        told(all(&cluster, &artifact("k"), 0).await.unwrap_err())
    };
    let said = ask((403, refused), 200, "").await;
    assert_eq!(
        said,
        "the keys of the store lie in the Secret qa/cred, which you may not get | ask for the right: kubectl auth can-i get secrets/cred -n qa"
    );
    let empty = r#"{"metadata":{},"data":{}}"#;
    let said = ask((200, empty), 200, "").await;
    assert!(
        said.starts_with("the field id of the Secret qa/cred is not there"),
        "{said}"
    );
    let said = ask((200, SECRET), 404, include_str!("data/no-such-bucket.xml")).await;
    assert!(
        said.starts_with("there is no bucket argo-artifacts at s3.example:9000 |"),
        "{said}"
    );
    let said = ask((200, SECRET), 404, include_str!("data/no-such-key.xml")).await;
    assert!(
        said.starts_with("it is not in the store: no object s3://argo-artifacts/k"),
        "{said}"
    );
    let denied = "<Error><Code>SignatureDoesNotMatch</Code><Message>The signature does not match.\u{1b}</Message><StringToSign>AKIA hunter2</StringToSign></Error>";
    let said = ask((200, SECRET), 403, denied).await;
    assert!(
        said.starts_with("the bucket argo-artifacts at s3.example:9000 refuses the keys: The signature does not match.␛ (SignatureDoesNotMatch) |"),
        "{said}"
    );
    assert!(
        !said.contains("StringToSign") && !said.contains("hunter2"),
        "{said}"
    );
}

#[tokio::test]
async fn a_role_of_the_pod_and_other_stores_are_refused_before_anything_is_asked() {
    let (cluster, asked) = cluster((200, SECRET), object("x"));
    let mut role = artifact("k");
    if let Place::S3(s3) = &mut role.place {
        s3.access = Access::Ambient;
    }
    let snag = all(&cluster, &role, 0).await.unwrap_err();
    assert!(snag.what.contains("useSDKCreds"), "{snag}");
    let mut gcs = artifact("k");
    gcs.place = Place::Elsewhere {
        kind: "gcs".into(),
        at: "b/k".into(),
    };
    let snag = all(&cluster, &gcs, 0).await.unwrap_err();
    assert!(snag.what.contains("not read here (gcs: b/k)"), "{snag}");
    let mut gone = artifact("k");
    gone.deleted = true;
    let snag = all(&cluster, &gone, 0).await.unwrap_err();
    assert!(snag.what.contains("collector"), "{snag}");
    assert!(asked.lock().unwrap().is_empty());
}

/// An argo-server that knows one run, by this uid, and one artifact of it.
fn argo(uid: &'static str) -> impl Fn(&Request<Bytes>) -> Answer {
    move |request| {
        let authorized = request.headers().get("authorization");
        if request.uri().host() != Some("argo.example") {
            return (
                403,
                Vec::new(),
                b"<Error><Code>AccessDenied</Code></Error>".to_vec(),
            );
        }
        if authorized.is_none_or(|token| token != "Bearer hunter2") {
            return (401, Vec::new(), Vec::new());
        }
        match request.uri().path() {
            "/api/v1/workflows/qa/run" => {
                let object = format!(r#"{{"metadata":{{"uid":"{uid}"}}}}"#);
                (200, Vec::new(), object.into())
            }
            "/artifact-files/qa/workflows/run/n/outputs/report" => {
                (200, Vec::new(), b"by argo".to_vec())
            }
            _ => (404, Vec::new(), Vec::new()),
        }
    }
}

fn named(token: &'static str) -> super::argo::ArgoServer {
    let var = move |name: &str| match name {
        "ARGO_SERVER" => Some("http://argo.example".to_string()),
        "ARGO_TOKEN" => Some(token.to_string()),
        _ => None,
    };
    super::argo::ArgoServer::of(var).unwrap()
}

#[tokio::test]
async fn what_a_store_does_not_give_argo_server_does_where_it_is_named() {
    let mut gcs = artifact("k");
    gcs.place = Place::Elsewhere {
        kind: "gcs".into(),
        at: "b/k".into(),
    };
    let mut role = artifact("k");
    if let Place::S3(s3) = &mut role.place {
        s3.access = Access::Ambient;
    }
    for wanted in [&gcs, &role, &artifact("k")] {
        let (cluster, _) = cluster((200, SECRET), argo("u"));
        let cluster = cluster.with_argo(named("Bearer hunter2"));
        assert_eq!(all(&cluster, wanted, 0).await.unwrap(), "by argo");
        let measure = cluster.measure(&run(), wanted).await.unwrap();
        assert_eq!(measure.bytes, None, "it does not say how much it is");
    }
    // A part that is here is not mixed with what another way gives.
    let (cluster, _) = cluster((200, SECRET), argo("u"));
    let cluster = cluster.with_argo(named("Bearer hunter2"));
    assert!(all(&cluster, &artifact("k"), 3).await.is_err());
}

#[tokio::test]
async fn a_folder_is_listed_by_argo_server_where_the_store_is_not_read() {
    let listing = "<li><a href=\"..\">..</a></li>\n<li><a href=\"./a.html\">a.html</a></li>\n<li><a href=\"./b.txt\">b.txt</a></li>";
    let folder = move |request: &Request<Bytes>| match request.uri().path() {
        "/artifact-files/qa/workflows/run/n/outputs/report" => {
            let to = format!("{}/", request.uri().path());
            (307, vec![("location", to)], Vec::new())
        }
        "/artifact-files/qa/workflows/run/n/outputs/report/" => (200, Vec::new(), listing.into()),
        _ => argo("u")(request),
    };
    let (cluster, _) = cluster((200, SECRET), folder);
    let cluster = cluster.with_argo(named("Bearer hunter2"));
    let seen = cluster.preview(&run(), &artifact("k")).await.unwrap();
    let lines: Vec<&str> = seen.lines.iter().map(|line| &*line.text).collect();
    assert_eq!(
        lines,
        [
            "a folder of 2 files, listed by argo-server",
            "a.html",
            "b.txt"
        ]
    );
    // A file is what it holds, and one that is not there is none.
    let snag = all(&cluster, &artifact("k"), 0).await.unwrap_err();
    assert!(snag.what.contains("it is a folder there"), "{snag}");
}

#[tokio::test]
async fn an_argo_server_of_another_cluster_or_without_a_token_gives_nothing() {
    let told = async |uid, token| {
        let (cluster, asked) = cluster((200, SECRET), argo(uid));
        let cluster = cluster.with_argo(named(token));
        let snag = all(&cluster, &artifact("k"), 0).await.unwrap_err();
        let asked = asked.lock().unwrap();
        let files = |request: &&Request<Bytes>| request.uri().path().starts_with("/artifact-files");
        assert_eq!(asked.iter().filter(files).count(), 0);
        assert!(!snag.what.contains("hunter2"), "{snag}");
        snag.what.to_string()
    };
    let other = told("another", "Bearer hunter2").await;
    assert!(
        other.contains("refuses the keys") && other.contains("another run of this name"),
        "{other}"
    );
    let refused = told("u", "Bearer x").await;
    assert!(
        refused.contains("401") && refused.contains("argo auth token"),
        "{refused}"
    );
}

#[tokio::test]
async fn an_http_address_is_followed_to_where_it_leads() {
    let (cluster, asked) = cluster((200, SECRET), |request| match request.uri().path() {
        "/a" => (302, vec![("location", "/b".to_string())], Vec::new()),
        "/b" => (200, Vec::new(), b"there".to_vec()),
        "/round" => (302, vec![("location", "/round".to_string())], Vec::new()),
        _ => (404, Vec::new(), Vec::new()),
    });
    let at = |url: &str| {
        let mut wanted = artifact("k");
        wanted.place = Place::Http(url.into());
        wanted
    };
    assert_eq!(
        all(&cluster, &at("http://x.example/a"), 0).await.unwrap(),
        "there"
    );
    let snag = all(&cluster, &at("http://x.example/none?sig=hunter2"), 0)
        .await
        .unwrap_err();
    assert_eq!(
        &*snag.what,
        "http://x.example/none does not give it: the server answers 404 Not Found"
    );
    let snag = all(&cluster, &at("http://x.example/round"), 0)
        .await
        .unwrap_err();
    assert!(snag.what.contains("again and again"), "{snag}");
    // Nobody goes there before it is opened.
    let before = asked.lock().unwrap().len();
    cluster
        .measure(&run(), &at("http://x.example/a"))
        .await
        .unwrap();
    assert_eq!(asked.lock().unwrap().len(), before);
}

#[tokio::test]
async fn a_store_that_cannot_be_reached_says_so() {
    let api = tower::service_fn(|_: Request<kube::client::Body>| async {
        let body = Full::new(Bytes::from_static(SECRET.as_bytes()));
        Ok::<_, std::convert::Infallible>(
            Response::builder()
                .status(StatusCode::OK)
                .body(body)
                .unwrap(),
        )
    });
    let cluster = Cluster::from_service(api, "test");
    let mut wanted = artifact("k");
    if let Place::S3(s3) = &mut wanted.place {
        // Nobody listens on a port that was just given back.
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        s3.endpoint = format!("127.0.0.1:{port}").into();
    }
    let snag = all(&cluster, &wanted, 0).await.unwrap_err();
    assert!(snag.what.contains("cannot be reached"), "{snag}");
    assert!(
        snag.next.contains("not from inside the cluster"),
        "{snag:?}"
    );
}

#[tokio::test]
async fn what_stands_in_the_object_needs_no_store() {
    let (cluster, asked) = cluster((500, ""), object("x"));
    let mut wanted = artifact("k");
    wanted.place = Place::Inline("inline text\n".into());
    let seen = cluster.preview(&run(), &wanted).await.unwrap();
    assert_eq!(
        (&*seen.lines[0].text, seen.lines[0].kind),
        ("inline text", Kind::Text)
    );
    assert!(asked.lock().unwrap().is_empty());
}

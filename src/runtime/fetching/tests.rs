#![allow(clippy::unwrap_used)]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};

use super::*;
use crate::cluster::store::carrier::{Body, Carrier};
use crate::model::artifact::{Access, Direction, Id, Packing, Place, S3, SecretField};

const SECRET: &str = r#"{"data":{"id":"QUtJQQ==","secret":"aHVudGVyMg=="}}"#;

/// A store with one object, and the ranges it was asked for.
fn store(content: &'static str, tag: &'static str) -> (Cluster, Arc<Mutex<Vec<String>>>) {
    let api = tower::service_fn(|_: Request<_>| async {
        let body = Full::new(Bytes::from_static(SECRET.as_bytes()));
        Ok::<_, std::convert::Infallible>(Response::new(body))
    });
    let ranges = Arc::new(Mutex::new(Vec::new()));
    let seen = ranges.clone();
    let carrier: Carrier = Arc::new(move |request| {
        let range = request
            .headers()
            .get("range")
            .map(|range| range.to_str().unwrap().to_string());
        seen.lock().unwrap().push(range.clone().unwrap_or_default());
        let from = range.and_then(|range| {
            range
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse::<usize>()
                .ok()
        });
        let bytes = &content.as_bytes()[from.unwrap_or(0)..];
        let mut answer = Response::builder()
            .header("etag", format!("\"{tag}\""))
            .header("last-modified", "Sun, 22 Nov 2026 02:14:00 GMT")
            .header("content-length", bytes.len());
        if let Some(from) = from {
            let of = format!("bytes {from}-{}/{}", content.len() - 1, content.len());
            answer = answer.status(206).header("content-range", of);
        }
        let body: Body = Full::new(Bytes::from_static(bytes))
            .map_err(|never| match never {})
            .boxed();
        let answer = answer.body(body).unwrap();
        Box::pin(async move { Ok(answer) })
    });
    (
        Cluster::from_service(api, "test").with_stores(carrier),
        ranges,
    )
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
            name: "a".into(),
        },
        step: "s".into(),
        path: None,
        packing: Packing::Plain,
        place: Place::S3(Box::new(S3 {
            endpoint: "s3.example:9000".into(),
            insecure: true,
            region: None,
            bucket: "b".into(),
            key: "k".into(),
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

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tiphys-fetch-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn names(&self) -> Vec<String> {
        let all = fs::read_dir(&self.0).unwrap();
        all.map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn save(cluster: &Cluster, path: &Path) -> Result<Saved, Snag> {
    let key = Key::new("qa", "run", "u");
    into(cluster, &key, &artifact(), path, &mut |_, _| {}).await
}

fn whole() -> Saved {
    Saved {
        bytes: 10,
        sum: SUM.into(),
        files: None,
    }
}

/// Of `0123456789`.
const SUM: &str = "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882";

#[tokio::test]
async fn a_download_is_for_its_owner_over_no_other_file_and_has_its_checksum() {
    let folder = Folder::new("once");
    let path = folder.0.join("a.txt");
    let (cluster, _) = store("0123456789", "e1");
    assert_eq!(save(&cluster, &path).await.unwrap(), whole());
    assert_eq!(fs::read_to_string(&path).unwrap(), "0123456789");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(folder.names(), ["a.txt"]);
    let snag = save(&cluster, &path).await.unwrap_err();
    assert!(snag.what.contains("exists"), "{snag}");
    let link = folder.0.join("link");
    symlink("/nowhere/at/all", &link).unwrap();
    assert!(
        save(&cluster, &link)
            .await
            .unwrap_err()
            .what
            .contains("exists")
    );
}

#[tokio::test]
async fn it_goes_on_where_it_stopped_and_only_with_the_same_content() {
    let folder = Folder::new("again");
    let path = folder.0.join("a.txt");
    let (cluster, ranges) = store("0123456789", "e1");
    fs::write(folder.0.join("a.txt.e1.part"), "0123").unwrap();
    assert_eq!(save(&cluster, &path).await.unwrap(), whole());
    assert_eq!(*ranges.lock().unwrap(), ["", "bytes=4-"]);
    fs::remove_file(&path).unwrap();
    // A part of another content stays what it is.
    fs::write(folder.0.join("a.txt.e0.part"), "xxxx").unwrap();
    assert_eq!(save(&cluster, &path).await.unwrap().sum, SUM);
    assert_eq!(
        fs::read_to_string(folder.0.join("a.txt.e0.part")).unwrap(),
        "xxxx"
    );
    fs::remove_file(&path).unwrap();
    // More than there is cannot be a part of it.
    fs::write(folder.0.join("a.txt.e1.part"), "0123456789abc").unwrap();
    assert_eq!(save(&cluster, &path).await.unwrap().sum, SUM);
}

#[tokio::test]
async fn a_part_that_is_a_link_is_not_written_through() {
    let folder = Folder::new("link");
    let (cluster, _) = store("0123456789", "e1");
    let victim = folder.0.join("victim");
    fs::write(&victim, "mine").unwrap();
    symlink(&victim, folder.0.join("a.txt.e1.part")).unwrap();
    let snag = save(&cluster, &folder.0.join("a.txt")).await.unwrap_err();
    assert!(snag.what.contains("cannot be written"), "{snag}");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
}

//! Artifacts through argo-server, where one is named and the store itself does not give them.
//! Apart from the stores, because it is asked for a run and a step, with a token of its own.

use std::fmt;

use bytes::{Bytes, BytesMut};
use futures::{StreamExt as _, TryStreamExt as _};
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use serde::Deserialize;

use super::carrier::Body;
use super::{Fetched, OBJECTS, snags};
use crate::cluster::connect::Cluster;
use crate::cluster::error::safe;
use crate::cluster::request::query;
use crate::model::artifact::{Artifact, Direction, Snag};
use crate::model::key::Key;

/// Bytes of what it says of a run.
const SAYS: usize = 64 << 10;

/// Where argo-server is, and what it is told to let us in. It cannot be printed, and is never written down.
#[derive(Clone)]
pub struct ArgoServer {
    base: String,
    token: Option<HeaderValue>,
}

impl fmt::Debug for ArgoServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArgoServer")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl ArgoServer {
    /// As argo's own CLI finds it: `ARGO_SERVER` (an address, or host and port), `ARGO_TOKEN`, `ARGO_SECURE` (`false`:
    /// plain HTTP), `ARGO_BASE_HREF`. `None` where none is named. Source: Argo v4.1 docs, "CLI", environment variables.
    pub fn of(var: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let named = |name: &str| var(name).filter(|value| !value.trim().is_empty());
        let server = named("ARGO_SERVER")?;
        let server = server.trim().trim_end_matches('/');
        let scheme = match named("ARGO_SECURE").as_deref() {
            Some("false" | "0") => "http",
            _ => "https",
        };
        let base = match server.contains("://") {
            true => server.to_string(),
            false => format!("{scheme}://{server}"),
        };
        let below = named("ARGO_BASE_HREF").unwrap_or_default();
        let below = below.trim_matches('/');
        let base = match below {
            "" => base,
            below => format!("{base}/{below}"),
        };
        let token = named("ARGO_TOKEN").and_then(|token| HeaderValue::from_str(token.trim()).ok());
        Some(Self {
            base,
            token: token.map(|mut token| {
                token.set_sensitive(true);
                token
            }),
        })
    }

    fn request(&self, path: &str) -> Result<Request<Bytes>, String> {
        let mut request = Request::get(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, token);
        }
        let request = request.body(Bytes::new());
        request.map_err(|why| why.to_string())
    }
}

/// The little that is asked about a run.
#[derive(Deserialize)]
struct Asked {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    uid: String,
}

impl Cluster {
    /// An artifact that the store did not give, from argo-server, where one is named; else why the store did not.
    pub(super) async fn by_argo(
        &self,
        run: &Key,
        artifact: &Artifact,
        direct: Snag,
    ) -> Result<Fetched, Snag> {
        let Some(argo) = self.argo() else {
            return Err(direct);
        };
        self.asked_of(argo, run, artifact).await.map_err(|why| {
            let what = format!(
                "{}; {}",
                direct.what,
                safe(&format!(
                    "argo-server at {} does not give it either: {why}",
                    argo.base
                ))
            );
            Snag {
                everywhere: direct.everywhere,
                ..Snag::new(what, &direct.next)
            }
        })
    }

    /// Names are no proof: argo-server may be of another cluster, so that it is asked for the run's uid first.
    async fn asked_of(
        &self,
        argo: &ArgoServer,
        run: &Key,
        artifact: &Artifact,
    ) -> Result<Fetched, String> {
        self.knows(argo, run).await?;
        let answer = self.answer_of(argo, &path_of(run, artifact)).await?;
        let total = answer.headers().get(header::CONTENT_LENGTH);
        let total = total.and_then(|text| text.to_str().ok()?.parse().ok());
        let at = argo.base.clone();
        let broken = move |why: tower::BoxError| snags::http(&at, &snags::root(&*why));
        Ok(Fetched {
            total,
            from: 0,
            tag: None,
            files: None,
            bytes: answer
                .into_body()
                .into_data_stream()
                .map_err(broken)
                .boxed(),
        })
    }

    async fn knows(&self, argo: &ArgoServer, run: &Key) -> Result<(), String> {
        let (namespace, name) = (query(&run.namespace), query(&run.name));
        let path = format!("/api/v1/workflows/{namespace}/{name}?fields=metadata.uid");
        let answer = self.answer_of(argo, &path).await?;
        let body = whole(answer.into_body()).await?;
        let known: Asked = serde_json::from_slice(&body)
            .map_err(|_| "what it says of the run is no workflow".to_string())?;
        match known.metadata.uid == run.uid.as_str() {
            true => Ok(()),
            false => {
                Err("it knows another run of this name: it may be of another cluster".to_string())
            }
        }
    }

    /// Names of what is in a folder, as argo-server lists it; `None`: it does not.
    pub(super) async fn folder_by_argo(
        &self,
        run: &Key,
        artifact: &Artifact,
    ) -> Option<Vec<String>> {
        let argo = self.argo()?;
        self.knows(argo, run).await.ok()?;
        // A folder is told from a file by the slash at its end.
        let path = format!("{}/", path_of(run, artifact));
        let answer = self.answer_of(argo, &path).await.ok()?;
        let body = whole(answer.into_body()).await.ok()?;
        let found = names(&String::from_utf8_lossy(&body));
        (!found.is_empty()).then_some(found)
    }

    async fn answer_of(&self, argo: &ArgoServer, path: &str) -> Result<Response<Body>, String> {
        let carrier = self.carrier(None)?;
        let answer = carrier(argo.request(path)?).await;
        let answer = answer.map_err(|why| snags::root(&*why))?;
        match answer.status() {
            StatusCode::OK => Ok(answer),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(format!(
                "it answers {}; ARGO_TOKEN is what `argo auth token` prints",
                answer.status()
            )),
            // Source: Argo v4.1 `server/artifacts`: a directory is answered with the way to its listing in HTML.
            status if status.is_redirection() => {
                Err("it is a folder there, or a login is wanted".to_string())
            }
            status => Err(format!("it answers {status}")),
        }
    }
}

fn path_of(run: &Key, artifact: &Artifact) -> String {
    let direction = match artifact.id.direction {
        Direction::Input => "inputs",
        Direction::Output => "outputs",
    };
    format!(
        "/artifact-files/{}/workflows/{}/{}/{direction}/{}",
        query(&run.namespace),
        query(&run.name),
        query(&artifact.id.node),
        query(&artifact.id.name)
    )
}

/// The names in a listing: `<li><a href="./page.html">page.html</a></li>`, the first of which leads up.
/// Source: Argo v4.1 `server/artifacts`, seen on a cluster.
fn names(html: &str) -> Vec<String> {
    let links = html.split("<a href=\"").skip(1);
    let texts = links.filter_map(|link| {
        let (_, rest) = link.split_once('>')?;
        Some(rest.split_once("</a>")?.0)
    });
    let texts = texts.filter(|text| !matches!(*text, "" | ".." | "../"));
    texts.take(OBJECTS).map(plain).collect()
}

/// A text of HTML without its references (those that Go's `html.EscapeString` writes).
fn plain(text: &str) -> String {
    let known = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    let done = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
    known.iter().fold(text.to_string(), done)
}

/// A short answer.
async fn whole(mut body: Body) -> Result<BytesMut, String> {
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|why| snags::root(&*why))?;
        if let Ok(data) = frame.into_data() {
            read.extend_from_slice(&data);
        }
        if read.len() > SAYS {
            return Err("what it says of the run has no end".to_string());
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn it_is_found_as_argos_own_command_line_finds_it() {
        let of = |set: &[(&str, &str)]| {
            let var = |name: &str| {
                let found = set.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| value.to_string())
            };
            ArgoServer::of(var).map(|argo| (argo.base, argo.token.is_some()))
        };
        assert_eq!(of(&[("ARGO_TOKEN", "Bearer x")]), None);
        let server = ("ARGO_SERVER", "argo.example:2746");
        assert_eq!(
            of(&[server]),
            Some(("https://argo.example:2746".into(), false))
        );
        let more = [
            server,
            ("ARGO_SECURE", "false"),
            ("ARGO_BASE_HREF", "/argo/"),
            ("ARGO_TOKEN", "Bearer x"),
        ];
        assert_eq!(
            of(&more),
            Some(("http://argo.example:2746/argo".into(), true))
        );
        let whole = ("ARGO_SERVER", "http://localhost:2746/");
        assert_eq!(of(&[whole]), Some(("http://localhost:2746".into(), false)));
    }

    #[test]
    fn a_listing_is_read_for_its_names() {
        let html = "<html><body><ul>\n<li><a href=\"..\">..</a></li>\n<li><a href=\"./page.html\">page.html</a></li>\n\
            <li><a href=\"./a%20&amp;b.txt\">a &amp;b.txt</a></li>\n</ul></body></html>";
        assert_eq!(names(html), ["page.html", "a &b.txt"]);
        assert!(names("<p>a login page</p>").is_empty());
        assert!(names("<a href=\"x").is_empty());
    }

    #[test]
    fn its_token_cannot_be_printed() {
        let var = |name: &str| match name {
            "ARGO_SERVER" => Some("a:1".to_string()),
            "ARGO_TOKEN" => Some("Bearer hunter2".to_string()),
            _ => None,
        };
        let argo = ArgoServer::of(var).unwrap();
        let request = argo.request("/x").unwrap();
        assert!(!format!("{argo:?} {request:?}").contains("hunter2"));
    }
}

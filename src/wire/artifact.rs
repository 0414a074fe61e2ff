//! Where the artifacts of a run are, from its object: each with its store, as Argo resolves it.
//! Apart from the steps, because a place is put together from several parts of the object.
//!
//! Source: Argo Workflows v4.1.2, `pkg/apis/workflow/v1alpha1/workflow_types.go`: `ArtifactLocation`, `Relocate`.

use std::sync::Arc;

use serde::Deserialize;

use super::lax::{Flag, Present, Text};
use super::nest::{List, Obj};
use crate::model::artifact::{Access, Artifact, Direction, Id, Packing, Place, S3, SecretField};
use crate::model::text::clean;
use crate::model::workflow::StepKind;

/// An artifact, or a place for artifacts (`archiveLocation`, `artifactRepository`): they have the same fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Located<'a> {
    /// `name`.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// `path` in the container.
    #[serde(borrow)]
    pub path: Text<'a>,
    /// `archive`.
    pub archive: Obj<Archive>,
    /// `deleted`: the artifact collector took it.
    pub deleted: Flag,
    /// `archiveLogs`, of a place.
    pub archive_logs: Flag,
    /// `s3`.
    #[serde(borrow)]
    s3: Obj<Bucket<'a>>,
    #[serde(borrow)]
    gcs: Obj<Bucket<'a>>,
    #[serde(borrow)]
    oss: Obj<Bucket<'a>>,
    #[serde(borrow)]
    azure: Obj<Azure<'a>>,
    #[serde(borrow)]
    http: Obj<Http<'a>>,
    #[serde(borrow)]
    artifactory: Obj<Http<'a>>,
    #[serde(borrow)]
    git: Obj<Git<'a>>,
    #[serde(borrow)]
    hdfs: Obj<Hdfs<'a>>,
    #[serde(borrow)]
    plugin: Obj<Plugin<'a>>,
    #[serde(borrow)]
    raw: Obj<Raw<'a>>,
}

/// `archive`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Archive {
    none: Present,
    zip: Present,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Bucket<'a> {
    #[serde(borrow)]
    key: Text<'a>,
    #[serde(borrow)]
    bucket: Text<'a>,
    #[serde(borrow)]
    endpoint: Text<'a>,
    #[serde(borrow)]
    region: Text<'a>,
    insecure: Flag,
    #[serde(borrow)]
    access_key_secret: Obj<Selector<'a>>,
    #[serde(borrow)]
    secret_key_secret: Obj<Selector<'a>>,
    #[serde(borrow)]
    session_token_secret: Obj<Selector<'a>>,
    #[serde(borrow)]
    ca_secret: Obj<Selector<'a>>,
    #[serde(rename = "useSDKCreds")]
    use_sdk_creds: Flag,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Selector<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    key: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Azure<'a> {
    #[serde(borrow)]
    container: Text<'a>,
    #[serde(borrow)]
    blob: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Http<'a> {
    #[serde(borrow)]
    url: Text<'a>,
    headers: List<serde::de::IgnoredAny>,
    auth: Present,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Git<'a> {
    #[serde(borrow)]
    repo: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Hdfs<'a> {
    #[serde(borrow)]
    path: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Plugin<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    key: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Raw<'a> {
    #[serde(borrow)]
    data: Text<'a>,
}

impl Located<'_> {
    /// It says where, not only under which key.
    fn says_where(&self) -> bool {
        let bucket =
            |bucket: &Obj<Bucket<'_>>| bucket.get().is_some_and(|at| at.bucket.filled().is_some());
        bucket(&self.s3)
            || bucket(&self.gcs)
            || bucket(&self.oss)
            || self
                .azure
                .get()
                .is_some_and(|at| at.container.filled().is_some())
            || self.hdfs.get().is_some()
            || self.artifactory.get().is_some()
            || self.plugin.get().is_some()
    }

    /// Its key, whatever the store.
    fn key(&self) -> Option<&str> {
        // A key that is written in one store's words is a key in any.
        [&self.s3, &self.gcs, &self.oss]
            .into_iter()
            .find_map(|bucket| bucket.get()?.key.filled())
            .or_else(|| self.azure.get()?.blob.filled())
            .or_else(|| self.plugin.get()?.key.filled())
    }

    fn packing(&self, name: &str) -> Packing {
        let is_log = name.strip_suffix("-logs").is_some_and(|container| {
            let file = self.key().and_then(|key| key.rsplit('/').next());
            file.and_then(|file| file.strip_suffix(".log")) == Some(container)
        });
        let raw = self.raw.get().is_some();
        match self.archive.get() {
            Some(archive) if archive.none.is_set() => Packing::Plain,
            Some(archive) if archive.zip.is_set() => Packing::Zip,
            // An archived log is written as it is, and what stands in the object is packed by nobody.
            _ if is_log || raw || self.http.get().is_some() => Packing::Plain,
            _ => Packing::Tgz,
        }
    }
}

/// The stores a run may mean where an artifact only has a key: the first of these that says where.
#[derive(Clone, Copy, Default)]
pub struct Stores<'s, 'a> {
    /// `archiveLocation` of the template.
    pub template: Option<&'s Located<'a>>,
    /// `artifactRepository` that was chosen when the run began.
    pub repository: Option<&'s Located<'a>>,
}

/// Where an artifact lies.
fn place(artifact: &Located<'_>, stores: Stores<'_, '_>) -> Place {
    if let Some(raw) = artifact.raw.get() {
        return Place::Inline(raw.data.or_empty().into());
    }
    if let Some(http) = artifact.http.get() {
        let url: Arc<str> = http.url.or_empty().into();
        return match http.auth.is_set() || !http.headers.get().is_empty() {
            // What stands there may be a credential: it is not kept.
            true => elsewhere("http with a login", &url),
            false => Place::Http(url),
        };
    }
    if let Some(git) = artifact.git.get() {
        return elsewhere("git", git.repo.or_empty());
    }
    if artifact.says_where() {
        return at(artifact, artifact.key());
    }
    let Some(key) = artifact.key() else {
        return Place::Nowhere("the run does not say where it is (yet)".into());
    };
    let store = [stores.template, stores.repository]
        .into_iter()
        .flatten()
        .find(|store| store.says_where());
    match store {
        Some(store) => at(store, Some(key)),
        None => Place::Nowhere(
            "it has a key and no store: no artifact repository stands in the run's status".into(),
        ),
    }
}

fn elsewhere(kind: &str, at: &str) -> Place {
    Place::Elsewhere {
        kind: kind.into(),
        at: at.into(),
    }
}

/// A key in a store.
fn at(store: &Located<'_>, key: Option<&str>) -> Place {
    let key = key.unwrap_or_default();
    if let Some(s3) = store.s3.get() {
        return match s3.endpoint.filled() {
            Some(endpoint) if !key.is_empty() => Place::S3(Box::new(bucket(s3, endpoint, key))),
            _ => Place::Nowhere("its store has no endpoint, or it has no key".into()),
        };
    }
    for (kind, found) in [("gcs", &store.gcs), ("oss", &store.oss)] {
        if let Some(found) = found.get() {
            return elsewhere(kind, &format!("{}/{key}", found.bucket.or_empty()));
        }
    }
    if let Some(azure) = store.azure.get() {
        return elsewhere("azure", &format!("{}/{key}", azure.container.or_empty()));
    }
    if let Some(found) = store.artifactory.get() {
        return elsewhere("artifactory", found.url.or_empty());
    }
    if let Some(hdfs) = store.hdfs.get() {
        return elsewhere("hdfs", hdfs.path.or_empty());
    }
    match store.plugin.get() {
        Some(plugin) => elsewhere("plugin", &format!("{} {key}", plugin.name.or_empty())),
        None => Place::Nowhere("its store is of a kind this program does not know".into()),
    }
}

fn bucket(s3: &Bucket<'_>, endpoint: &str, key: &str) -> S3 {
    let id = field(&s3.access_key_secret);
    let secret = field(&s3.secret_key_secret);
    S3 {
        endpoint: endpoint.into(),
        insecure: s3.insecure.is_set(),
        region: s3.region.filled().map(Arc::from),
        bucket: s3.bucket.or_empty().into(),
        key: key.into(),
        access: match (id, secret) {
            (Some(id), Some(secret)) if !s3.use_sdk_creds.is_set() => Access::Keys {
                id,
                secret,
                token: field(&s3.session_token_secret),
            },
            _ => Access::Ambient,
        },
        ca: field(&s3.ca_secret),
    }
}

fn field(selector: &Obj<Selector<'_>>) -> Option<SecretField> {
    let selector = selector.get()?;
    Some(SecretField {
        name: selector.name.filled()?.into(),
        key: selector.key.filled()?.into(),
    })
}

/// The artifacts of a node. A Retry node repeats those of its last attempt, which has them itself.
pub(super) fn of_node(
    (id, display, kind): (&Arc<str>, &Arc<str>, StepKind),
    has_attempts: bool,
    inputs: Option<&List<Obj<Located<'_>>>>,
    outputs: Option<&List<Obj<Located<'_>>>>,
    stores: Stores<'_, '_>,
) -> Vec<Artifact> {
    if kind == StepKind::Retry && has_attempts {
        return Vec::new();
    }
    let both = [(Direction::Input, inputs), (Direction::Output, outputs)];
    let mut found = Vec::new();
    for (direction, list) in both {
        let list = list.into_iter().flat_map(List::get).filter_map(Obj::get);
        for artifact in list {
            let Some(name) = artifact.name.filled() else {
                continue;
            };
            found.push(Artifact {
                id: Id {
                    node: id.clone(),
                    direction,
                    name: clean(name).into(),
                },
                step: display.clone(),
                path: artifact.path.filled().map(|path| clean(path).into()),
                packing: artifact.packing(name),
                place: place(artifact, stores),
                deleted: artifact.deleted.is_set(),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests;

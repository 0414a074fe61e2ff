//! Artifacts read from the stores they lie in: S3-compatible ones with the keys that the cluster's Secrets hold, and plain
//! HTTP addresses. Apart from the Kubernetes client, because a store is another server with other credentials.
//!
//! Keys are read for each question and forgotten with its answer; nothing that holds them can be printed.

pub mod argo;
pub mod carrier;
mod folder;
pub(super) mod keys;
mod peek;
mod snags;
pub(crate) mod tunnel;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore as _, ObjectStoreExt as _, RetryConfig};
use tokio::time::timeout;

use self::carrier::Carrier;
use super::connect::Cluster;
use crate::model::artifact::{Access, Artifact, Measure, Packing, Place, S3, Snag};
use crate::model::key::Key;

/// Objects of a directory that are counted and named.
const OBJECTS: usize = 1000;
/// Longest silence inside an object that is being read.
const SILENCE: Duration = Duration::from_secs(30);
/// Redirections of an HTTP address that are followed.
const HOPS: usize = 5;
/// Stores asked at the same time.
const AT_ONCE: usize = 8;

/// Bytes of an artifact on their way.
pub struct Fetched {
    /// Bytes of the whole, where that is told.
    pub total: Option<u64>,
    /// Which of them is the first that comes.
    pub from: u64,
    /// What names this content: another one means that it changed.
    pub tag: Option<Arc<str>>,
    /// Objects of a folder that come as one tar; `None`: it comes as it lies there.
    pub files: Option<u64>,
    /// They.
    pub bytes: BoxStream<'static, Result<Bytes, Snag>>,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched")
            .field("total", &self.total)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// One object of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its name below the directory, as it stands.
    pub name: String,
    /// Bytes.
    pub bytes: u64,
}

/// A bucket that can be asked, with the place it was opened for.
struct Bucket {
    inner: AmazonS3,
    at: S3,
}

impl Cluster {
    /// How much an artifact is, without reading it. An address of somebody's own is not asked: only who opens it goes there.
    ///
    /// # Errors
    /// Why it cannot be known, and what to do.
    pub async fn measure(&self, run: &Key, artifact: &Artifact) -> Result<Measure, Snag> {
        match &artifact.place {
            Place::Inline(text) => Ok(Measure {
                bytes: Some(text.len() as u64),
                ..Measure::default()
            }),
            Place::Http(_) => Ok(Measure::default()),
            Place::S3(s3) => {
                let bucket = self.bucket(run, s3).await;
                self.measured(bucket, artifact).await
            }
            other => self.not_measured(snags::not_here(other)),
        }
    }

    async fn measured(
        &self,
        bucket: Result<Bucket, Snag>,
        artifact: &Artifact,
    ) -> Result<Measure, Snag> {
        let measure = match bucket {
            Ok(bucket) => {
                let measure = bucket.measure(artifact).await;
                let through = self.through(&bucket.at.endpoint);
                measure.map(|measure| Measure { through, ..measure })
            }
            Err(why) => Err(why),
        };
        measure.or_else(|why| self.not_measured(why))
    }

    /// argo-server, where it is named, may have what a store does not give; how much it is, it does not say beforehand.
    fn not_measured(&self, why: Snag) -> Result<Measure, Snag> {
        match self.argo() {
            Some(_) if why.everywhere => Ok(Measure::default()),
            _ => Err(why),
        }
    }

    /// How much each of these is, in their order; some at the same time. Each store is opened once.
    pub async fn measures(
        &self,
        run: &Key,
        artifacts: Vec<Artifact>,
    ) -> Vec<Result<Measure, Snag>> {
        let mut stores: Vec<(S3, Result<AmazonS3, Snag>)> = Vec::new();
        let mut asked = Vec::new();
        for artifact in artifacts {
            let store = match &artifact.place {
                Place::S3(s3) => {
                    let whole = S3 {
                        key: "".into(),
                        ..(**s3).clone()
                    };
                    let known = stores.iter().position(|(known, _)| *known == whole);
                    let at = match known {
                        Some(at) => at,
                        None => {
                            let opened = self.bucket(run, s3).await;
                            stores.push((whole, opened.map(|bucket| bucket.inner)));
                            stores.len() - 1
                        }
                    };
                    let at_key = |inner: AmazonS3| Bucket {
                        inner,
                        at: (**s3).clone(),
                    };
                    Some(stores[at].1.clone().map(at_key))
                }
                _ => None,
            };
            asked.push((artifact, store));
        }
        let ask = |(artifact, store): (Artifact, Option<Result<Bucket, Snag>>)| async move {
            match store {
                Some(bucket) => self.measured(bucket, &artifact).await,
                None => self.measure(run, &artifact).await,
            }
        };
        stream::iter(asked)
            .map(ask)
            .buffered(AT_ONCE)
            .collect()
            .await
    }

    /// Its bytes, from this one on, where it still is what `tag` names.
    ///
    /// # Errors
    /// Why it cannot be had, and what to do.
    pub async fn fetch(
        &self,
        run: &Key,
        artifact: &Artifact,
        from: u64,
        tag: Option<&str>,
    ) -> Result<Fetched, Snag> {
        if artifact.deleted {
            return Err(snags::deleted());
        }
        match &artifact.place {
            Place::Inline(text) => {
                let bytes = Bytes::copy_from_slice(text.as_bytes());
                let total = bytes.len() as u64;
                let rest = bytes.slice(usize::try_from(from.min(total)).unwrap_or(0)..);
                Ok(Fetched {
                    total: Some(total),
                    from: from.min(total),
                    tag: None,
                    files: None,
                    bytes: stream::iter([Ok(rest)]).boxed(),
                })
            }
            Place::Http(url) => self.get(url).await,
            Place::S3(s3) => match self.bucket(run, s3).await {
                Ok(bucket) => match bucket.get(from, tag).await {
                    // A part that is here already goes on where it came from.
                    Err(why) if from == 0 => self.by_argo(run, artifact, why).await,
                    answer => answer,
                },
                Err(why) => self.by_argo(run, artifact, why).await,
            },
            Place::Elsewhere { .. } => {
                let why = snags::not_here(&artifact.place);
                self.by_argo(run, artifact, why).await
            }
            other => Err(snags::not_here(other)),
        }
    }

    /// The objects of a directory that was left as it was.
    ///
    /// # Errors
    /// Where there are none, or they cannot be listed.
    pub async fn objects(&self, run: &Key, artifact: &Artifact) -> Result<Vec<Object>, Snag> {
        match &artifact.place {
            Place::S3(s3) => self.bucket(run, s3).await?.objects(artifact).await,
            other => Err(snags::not_here(other)),
        }
    }

    async fn bucket(&self, run: &Key, s3: &S3) -> Result<Bucket, Snag> {
        let Access::Keys { id, secret, token } = &s3.access else {
            return Err(snags::ambient(s3));
        };
        let mut keys = keys::Keys::new(self, &run.namespace);
        let builder = AmazonS3Builder::new()
            .with_bucket_name(&*s3.bucket)
            .with_region(s3.region.as_deref().unwrap_or("us-east-1"))
            .with_access_key_id(keys.text(id).await?)
            .with_secret_access_key(keys.text(secret).await?)
            .with_allow_http(s3.insecure)
            .with_virtual_hosted_style_request(false)
            .with_retry(RetryConfig {
                max_retries: 1,
                retry_timeout: Duration::from_secs(20),
                ..RetryConfig::default()
            });
        let builder = match token {
            Some(token) => builder.with_token(keys.text(token).await?),
            None => builder,
        };
        let ca = match &s3.ca {
            Some(ca) => Some(keys.bytes(ca).await?),
            None => None,
        };
        // The service itself has an address for each region.
        let builder = match &*s3.endpoint {
            "s3.amazonaws.com" => builder,
            host => builder.with_endpoint(format!("{}://{host}", scheme(s3))),
        };
        let carrier = self.carrier_to(s3, ca);
        let carrier = carrier.map_err(|why| snags::setting(s3, &why))?;
        let inner = builder
            .with_http_connector(carrier::Connector(carrier))
            .build()
            .map_err(|why| snags::setting(s3, &why.to_string()))?;
        let at = s3.clone();
        Ok(Bucket { inner, at })
    }

    /// Whatever carries requests to stores: the network, or what was given in its place.
    fn carrier(&self, ca: Option<Vec<u8>>) -> Result<Carrier, String> {
        match self.stores() {
            Some(given) => Ok(given.clone()),
            None => carrier::network(ca),
        }
    }

    /// What lies at an address that anybody may read.
    async fn get(&self, url: &str) -> Result<Fetched, Snag> {
        let carrier = self.carrier(None).map_err(|why| snags::http(url, &why))?;
        let mut url = url.to_string();
        for _ in 0..HOPS {
            let request = Request::builder().method(Method::GET).uri(&url);
            let request = request
                .body(Bytes::new())
                .map_err(|why| snags::http(&url, &why.to_string()))?;
            let answer = carrier(request)
                .await
                .map_err(|why| snags::http(&url, &snags::root(&*why)))?;
            let head = |name| {
                answer
                    .headers()
                    .get(name)
                    .and_then(|value| value.to_str().ok())
            };
            if answer.status().is_redirection()
                && let Some(to) = head(http::header::LOCATION)
            {
                url = carrier::joined(&url, to);
                continue;
            }
            if answer.status() != StatusCode::OK {
                let said = format!("the server answers {}", answer.status());
                return Err(snags::http(&url, &said));
            }
            let total = head(http::header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
            let broken = move |why: tower::BoxError| snags::http(&url, &snags::root(&*why));
            return Ok(Fetched {
                total,
                from: 0,
                tag: None,
                files: None,
                bytes: answer
                    .into_body()
                    .into_data_stream()
                    .map_err(broken)
                    .boxed(),
            });
        }
        Err(snags::http(&url, "it is redirected again and again"))
    }
}

fn scheme(s3: &S3) -> &'static str {
    if s3.insecure { "http" } else { "https" }
}

impl Bucket {
    fn path(&self) -> Result<Path, Snag> {
        Path::parse(&*self.at.key).map_err(|_| snags::key(&self.at))
    }

    async fn measure(&self, artifact: &Artifact) -> Result<Measure, Snag> {
        match self.inner.head(&self.path()?).await {
            Ok(meta) => Ok(Measure {
                bytes: Some(meta.size),
                ..Measure::default()
            }),
            // What Argo packed is one object. A directory that it left as it was is many.
            Err(object_store::Error::NotFound { .. }) if artifact.packing == Packing::Plain => {
                let objects = self.objects(artifact).await?;
                Ok(Measure {
                    bytes: Some(objects.iter().map(|object| object.bytes).sum()),
                    objects: Some(objects.len() as u64),
                    ..Measure::default()
                })
            }
            Err(why) => Err(snags::of(&why, &self.at)),
        }
    }

    async fn get(&self, from: u64, tag: Option<&str>) -> Result<Fetched, Snag> {
        let options = GetOptions {
            range: (from > 0).then_some(GetRange::Offset(from)),
            if_match: tag.map(str::to_string),
            ..GetOptions::default()
        };
        let told = |why| snags::of(&why, &self.at);
        let found = self.inner.get_opts(&self.path()?, options).await;
        let found = found.map_err(told)?;
        let at = self.at.clone();
        Ok(Fetched {
            total: Some(found.meta.size),
            from: found.range.start,
            tag: found.meta.e_tag.as_deref().map(Arc::from),
            files: None,
            bytes: found
                .into_stream()
                .map_err(move |why| snags::of(&why, &at))
                .boxed(),
        })
    }

    /// What lies below the key, where it is no object itself.
    async fn objects(&self, artifact: &Artifact) -> Result<Vec<Object>, Snag> {
        let path = self.path()?;
        let below = format!("{}/", path.as_ref());
        let found = self.inner.list(Some(&path)).take(OBJECTS);
        let found: Vec<_> = found
            .try_collect()
            .await
            .map_err(|why| snags::of(&why, &self.at))?;
        if found.is_empty() {
            return Err(snags::absent(&self.at, artifact.log_of().is_some()));
        }
        let object = |meta: object_store::ObjectMeta| {
            let name = meta.location.as_ref();
            Object {
                name: name.strip_prefix(&below).unwrap_or(name).to_string(),
                bytes: meta.size,
            }
        };
        Ok(found.into_iter().map(object).collect())
    }
}

/// The next piece, which must not be long in coming.
///
/// # Errors
/// As the store says, and where it falls silent.
pub async fn next(
    bytes: &mut BoxStream<'static, Result<Bytes, Snag>>,
) -> Result<Option<Bytes>, Snag> {
    match timeout(SILENCE, bytes.try_next()).await {
        Ok(piece) => piece,
        Err(_) => Err(snags::silent(SILENCE.as_secs())),
    }
}

#[cfg(test)]
mod tests;

//! A folder of many objects as one file: a tar, which goes through the same download as any artifact and has one checksum.
//! Apart from single objects, because what is told of a folder is put together here.
//!
//! Names of objects are anybody's: one that would lead out of the folder it is unpacked in is not packed at all.

use std::io;

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use tar::{Builder, Header};

use super::{Bucket, Fetched, OBJECTS, Object, snags};
use crate::cluster::connect::Cluster;
use crate::model::artifact::{Artifact, Packing, Place, Snag};
use crate::model::key::Key;
use crate::model::text::clean;
use crate::wire::contents::outside;

/// What a tar is a multiple of. Source: POSIX.1-2017, pax, "ustar Interchange Format".
const BLOCK: usize = 512;
/// Two blocks of zeros are its end.
const END: usize = 2 * BLOCK;

impl Cluster {
    /// The bytes of an artifact as they are kept in a file: from this one on, where it still is what `tag` names, and a
    /// folder as a tar of its objects, which is begun anew each time.
    ///
    /// # Errors
    /// Why it cannot be had, and what to do.
    pub async fn download(
        &self,
        run: &Key,
        artifact: &Artifact,
        from: u64,
        tag: Option<&str>,
    ) -> Result<Fetched, Snag> {
        let direct = self.fetch(run, artifact, from, tag).await;
        let Place::S3(s3) = &artifact.place else {
            return direct;
        };
        let may_be_folder = artifact.packing == Packing::Plain && !artifact.deleted && from == 0;
        if direct.is_ok() || !may_be_folder {
            return direct;
        }
        let Ok(bucket) = self.bucket(run, s3).await else {
            return direct;
        };
        match bucket.objects(artifact).await {
            Ok(objects) => bucket.packed(objects),
            // What both say of the store is said once; argo-server may have said more.
            Err(why) if self.argo().is_none() => Err(why),
            Err(_) => direct,
        }
    }
}

impl Bucket {
    /// The folder's objects, one after the other.
    fn packed(self, objects: Vec<Object>) -> Result<Fetched, Snag> {
        if objects.len() >= OBJECTS {
            return Err(snags::many(&self.at, OBJECTS));
        }
        let files = objects.len() as u64;
        let mut parts = Vec::with_capacity(objects.len());
        let mut total = END as u64;
        for object in objects {
            let name = clean(&object.name);
            if outside(&name).is_some() || *name != *object.name {
                return Err(snags::name(&self.at, &name));
            }
            let head = head(&object).map_err(|why| snags::unpackable(&self.at, &name, &why))?;
            total += head.len() as u64 + object.bytes + padding(object.bytes) as u64;
            parts.push((head, object));
        }
        let folder = self.path()?;
        let piece = move |(head, object): (Bytes, Object)| {
            let (inner, at) = (self.inner.clone(), self.at.clone());
            let path = Path::parse(format!("{folder}/{}", object.name));
            let bytes = object.bytes;
            let body = async move {
                let path = path.map_err(|_| snags::key(&at))?;
                let found = inner.get(&path).await;
                let found = found.map_err(|why| snags::of(&why, &at))?;
                // A tar that says less or more than comes is none.
                if found.meta.size != bytes {
                    return Err(snags::changed(&at, &object.name));
                }
                Ok(found
                    .into_stream()
                    .map_err(move |why| snags::of(&why, &at))
                    .boxed())
            };
            let body: BoxStream<'static, _> = stream::once(body).try_flatten().boxed();
            let padding = Bytes::from(vec![0; padding(bytes)]);
            stream::iter([Ok(head)])
                .chain(body)
                .chain(stream::iter([Ok(padding)]))
        };
        let end = stream::iter([Ok(Bytes::from(vec![0; END]))]);
        Ok(Fetched {
            total: Some(total),
            from: 0,
            tag: None,
            files: Some(files),
            bytes: stream::iter(parts).flat_map(piece).chain(end).boxed(),
        })
    }
}

/// What stands before an object's bytes; a long name has an entry of its own there.
fn head(object: &Object) -> io::Result<Bytes> {
    let mut header = Header::new_gnu();
    header.set_size(object.bytes);
    header.set_mode(0o600);
    let mut builder = Builder::new(Vec::new());
    builder.append_data(&mut header, &object.name, io::empty())?;
    let mut bytes = builder.into_inner()?;
    // Its end comes after the last object.
    bytes.truncate(bytes.len().saturating_sub(END));
    Ok(bytes.into())
}

/// Zeros that fill the last block of so many bytes.
fn padding(bytes: u64) -> usize {
    let over = (bytes % BLOCK as u64) as usize;
    (BLOCK - over) % BLOCK
}

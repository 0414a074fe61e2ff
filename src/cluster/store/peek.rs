//! What an artifact holds, read as far as it takes to show it.
//! Apart from downloads, which take all of it.

use bytes::BytesMut;

use super::next;
use crate::cluster::connect::Cluster;
use crate::model::artifact::{Artifact, Packing, Place, Snag, size};
use crate::model::key::Key;
use crate::model::preview::{ARCHIVE, Kind, Preview};
use crate::model::text::clean;
use crate::wire::contents::{self, Bytes};

/// Bytes by which an archive is told from a text.
const TELLING: usize = 512;

impl Cluster {
    /// The beginning of an artifact as lines: of a text its first MiB, of an archive what is in it.
    ///
    /// # Errors
    /// Why it cannot be had, and what to do.
    pub async fn preview(&self, run: &Key, artifact: &Artifact) -> Result<Preview, Snag> {
        let may_be_folder =
            artifact.packing == Packing::Plain && matches!(artifact.place, Place::S3(_));
        if may_be_folder
            && !artifact.deleted
            && self.measure(run, artifact).await?.objects.is_some()
        {
            return self.folder(run, artifact).await;
        }
        let mut fetched = self.fetch(run, artifact, 0, None).await?;
        let mut read = BytesMut::new();
        let mut whole = true;
        while let Some(piece) = next(&mut fetched.bytes).await? {
            read.extend_from_slice(&piece);
            let most = match read.len() < TELLING {
                true => ARCHIVE,
                false => contents::worth(&read),
            };
            if read.len() > most {
                read.truncate(most);
                whole = false;
                break;
            }
        }
        drop(fetched.bytes);
        let (bytes, total) = (read.freeze(), fetched.total);
        let (name, packing) = (artifact.file_name(), artifact.packing);
        let work = move || {
            let bytes = Bytes {
                bytes: &bytes,
                total,
                whole,
            };
            contents::preview(bytes, &name, packing)
        };
        // Small archives can become large.
        let lost = |_| Snag::new("what it holds could not be made out", "download it");
        tokio::task::spawn_blocking(work).await.map_err(lost)
    }

    async fn folder(&self, run: &Key, artifact: &Artifact) -> Result<Preview, Snag> {
        let objects = self.objects(run, artifact).await?;
        let sum = objects.iter().map(|object| object.bytes).sum();
        let mut preview = Preview::default();
        let head = format!("a folder of {} files, {}", objects.len(), size(sum));
        preview.push(Kind::Head, head);
        for object in objects {
            let much = size(object.bytes);
            preview.push(Kind::Text, format!("{much:>12}  {}", clean(&object.name)));
        }
        Ok(preview)
    }
}

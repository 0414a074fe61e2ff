//! What an artifact holds, read as far as it takes to show it.
//! Apart from downloads, which take all of it.

use bytes::BytesMut;

use super::next;
use crate::cluster::connect::Cluster;
use crate::model::artifact::{Artifact, Packing, Place, Snag, size};
use crate::model::key::Key;
use crate::model::preview::{ARCHIVE, Kind, Line, Preview};
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
        let mut fetched = match self.fetch(run, artifact, 0, None).await {
            Ok(fetched) => fetched,
            Err(why) => {
                let names = self.folder_by_argo(run, artifact).await;
                return names.map(listed).ok_or(why);
            }
        };
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
        let through = self.way(artifact);
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
        let mut preview = tokio::task::spawn_blocking(work).await.map_err(lost)?;
        preview.lines.splice(0..0, through);
        Ok(preview)
    }

    /// By what way its store was asked, where that is not the network: nobody is let into a cluster in silence.
    fn way(&self, artifact: &Artifact) -> Option<Line> {
        let Place::S3(s3) = &artifact.place else {
            return None;
        };
        let text = format!("read through {}", self.through(&s3.endpoint)?);
        Some(Line {
            kind: Kind::Note,
            text: text.into(),
        })
    }

    async fn folder(&self, run: &Key, artifact: &Artifact) -> Result<Preview, Snag> {
        let objects = self.objects(run, artifact).await?;
        let sum = objects.iter().map(|object| object.bytes).sum();
        let mut preview = Preview::default();
        let head = format!("a folder of {} files, {}", objects.len(), size(sum));
        preview.lines.extend(self.way(artifact));
        preview.push(Kind::Head, head);
        for object in objects {
            let much = size(object.bytes);
            preview.push(Kind::Text, format!("{much:>12}  {}", clean(&object.name)));
        }
        Ok(preview)
    }
}

/// A folder of which only the names are known.
fn listed(names: Vec<String>) -> Preview {
    let mut preview = Preview::default();
    let head = format!("a folder of {} files, listed by argo-server", names.len());
    preview.push(Kind::Head, head);
    for name in names {
        preview.push(Kind::Text, clean(&name));
    }
    preview
}

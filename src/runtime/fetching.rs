//! A download of an artifact into a file of its own: for its owner only, over no other file, going on where it stopped.
//! Apart from the loop, because a store and a disk can be slow.
//!
//! What is here already lies beside the file as `NAME.<content>.part`, named after what it is a part of: another content
//! is never put together with it.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::app::artifacts::Fetching;
use crate::app::said::Level;
use crate::cluster::Cluster;
use crate::cluster::store::{Fetched, next};
use crate::model::artifact::{Artifact, Snag, size};
use crate::model::key::Key;
use crate::runtime::private::plain;
use crate::runtime::saving::place;

/// How often it is told how far it is.
const TELL: Duration = Duration::from_millis(150);

/// Downloads it and says how it went, in words.
pub async fn fetch(
    cluster: &Cluster,
    run: &Key,
    artifact: &Artifact,
    path: &str,
    mut has: impl FnMut(u64, Option<u64>),
) -> Fetching {
    let path = place(path);
    match into(cluster, run, artifact, &path, &mut has).await {
        Ok(saved) => {
            let shown = path.display();
            let (much, sum) = (size(saved.bytes), saved.sum);
            let what = match saved.files {
                Some(files) => format!("{files} files as a tar of {much}"),
                None => much,
            };
            let text = format!("saved {what} to {shown} · sha256 {sum}");
            Fetching::Over(Level::Good, text)
        }
        Err(snag) => Fetching::Over(
            Level::Bad,
            format!("not saved: {} · {}", snag.what, snag.next),
        ),
    }
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its bytes.
    pub bytes: u64,
    /// Their SHA-256, in hexadecimal digits.
    pub sum: String,
    /// Objects of a folder, of which it is a tar.
    pub files: Option<u64>,
}

/// What was saved.
///
/// # Errors
/// Why it could not be had or written, and what to do.
pub async fn into(
    cluster: &Cluster,
    run: &Key,
    artifact: &Artifact,
    path: &Path,
    has: &mut impl FnMut(u64, Option<u64>),
) -> Result<Saved, Snag> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(exists(path));
    }
    let mut fetched = cluster.download(run, artifact, 0, None).await?;
    let files = fetched.files;
    let part = part_of(path, fetched.tag.as_deref());
    let (mut file, mut done, mut hash) = begun(&part, &fetched).map_err(|why| disk(&part, &why))?;
    if done > 0 {
        // Only what is missing is asked for, and only if it still is the same.
        let tag = fetched.tag.clone();
        fetched = cluster.fetch(run, artifact, done, tag.as_deref()).await?;
    }
    let total = fetched.total;
    let mut told = Instant::now();
    has(done, total);
    while let Some(piece) = next(&mut fetched.bytes).await? {
        let written = file.write_all(&piece);
        written.map_err(|why| disk(&part, &why))?;
        hash.update(&piece);
        done += piece.len() as u64;
        if told.elapsed() >= TELL {
            told = Instant::now();
            has(done, total);
        }
    }
    if let Some(total) = total.filter(|total| *total != done) {
        return Err(Snag::new(
            format!(
                "{} of {} came, then the store ended",
                size(done),
                size(total)
            ),
            "ask again: it goes on where it stopped",
        ));
    }
    file.sync_all().map_err(|why| disk(&part, &why))?;
    // A link never takes the place of a file; a rename would.
    let linked = fs::hard_link(&part, path);
    linked.map_err(|why| match why.kind() {
        ErrorKind::AlreadyExists => exists(path),
        _ => disk(path, &why),
    })?;
    fs::remove_file(&part).map_err(|why| disk(&part, &why))?;
    let sum: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Saved {
        bytes: done,
        sum,
        files,
    })
}

/// Where a part of it lies.
fn part_of(path: &Path, tag: Option<&str>) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    match tag {
        Some(tag) => name.push(format!(".{}.part", plain(tag.trim_matches('"')))),
        // What cannot be told apart is begun anew each time.
        None => name.push(format!(".{}.part", std::process::id())),
    }
    name.into()
}

/// The file to go on with, how much of it is here, and the checksum so far.
fn begun(part: &Path, fetched: &Fetched) -> io::Result<(File, u64, Sha256)> {
    let mut hash = Sha256::new();
    let known = fs::symlink_metadata(part);
    if known.is_ok() && fetched.tag.is_none() {
        fs::remove_file(part)?;
    } else if let Ok(known) = known {
        if !known.is_file() {
            return Err(io::Error::new(
                ErrorKind::AlreadyExists,
                "something else has its name",
            ));
        }
        let mut file = File::options().read(true).append(true).open(part)?;
        let mut done = 0;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            hash.update(&buffer[..count]);
            done += count as u64;
        }
        // All of it, or more than there is: begun anew rather than believed.
        if fetched.total.is_none_or(|total| done < total) {
            return Ok((file, done, hash));
        }
        fs::remove_file(part)?;
        hash = Sha256::new();
    }
    let file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(part)?;
    Ok((file, 0, hash))
}

fn exists(path: &Path) -> Snag {
    Snag::new(
        format!("{} exists, and no file is written over", path.display()),
        "take another name",
    )
}

fn disk(path: &Path, why: &io::Error) -> Snag {
    Snag::new(
        format!("{} cannot be written: {why}", path.display()),
        "look at the folder and the room on its disk; a download goes on where it stopped",
    )
}

#[cfg(test)]
mod tests;

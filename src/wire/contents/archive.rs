//! What is in an archive: names and sizes, nothing unpacked but one text in memory.
//! Apart from files, because an archive lies: every count, length and name of it is somebody's claim.

use std::io::{Cursor, Read};

use flate2::read::MultiGzDecoder;
use tar::EntryType;

use super::{Bytes, file, is_tar, worth_of_file};
use crate::model::artifact::size;
use crate::model::preview::{ENTRIES, Kind, Preview, UNPACKED};
use crate::model::text::clean;

/// Bytes by which a file is told from others.
const HEAD: u64 = 512;
/// Characters of a name that are shown.
const NAME: usize = 300;

/// One entry, as it claims.
struct Entry {
    name: String,
    bytes: Option<u64>,
    /// `folder`, `link to …`, `device` …; nothing for a file.
    what: String,
    /// Why nobody should unpack it blindly.
    beware: Option<&'static str>,
}

/// What was found, and why it ended early.
#[derive(Default)]
struct Found {
    entries: Vec<Entry>,
    ended: Option<String>,
    /// Name and first bytes of the first file.
    first: Option<(String, Vec<u8>, u64)>,
}

/// A gzip: of a tar, or of one file.
pub(super) fn gzip(preview: &mut Preview, bytes: Bytes<'_>, name: &str) {
    let mut head = Vec::new();
    // What cannot be read of it is told below.
    let _ = MultiGzDecoder::new(bytes.bytes)
        .take(HEAD)
        .read_to_end(&mut head);
    if is_tar(&head) {
        let found = tar_entries(MultiGzDecoder::new(bytes.bytes).take(UNPACKED), bytes.whole);
        return show(preview, found, bytes);
    }
    let mut content = Vec::new();
    let most = worth_of_file(&head);
    let read = MultiGzDecoder::new(bytes.bytes)
        .take(most as u64 + 1)
        .read_to_end(&mut content);
    if content.is_empty()
        && let Err(why) = read
    {
        preview.push(
            Kind::Warning,
            format!("it cannot be unpacked: {}", clean(&why.to_string())),
        );
        return;
    }
    preview.push(Kind::Note, "compressed by gzip; shown unpacked");
    let inner = Bytes {
        total: None,
        whole: read.is_ok() && content.len() <= most && bytes.whole,
        bytes: &content,
    };
    file(preview, inner, name.trim_end_matches(".gz"));
}

/// A tar that is not compressed.
pub(super) fn plain_tar(preview: &mut Preview, bytes: Bytes<'_>) {
    let found = tar_entries(bytes.bytes.take(UNPACKED), bytes.whole);
    show(preview, found, bytes);
}

fn tar_entries(reader: impl Read, whole: bool) -> Found {
    let mut found = Found::default();
    let mut archive = tar::Archive::new(reader);
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(why) => {
            found.ended = Some(why.to_string());
            return found;
        }
    };
    for entry in entries {
        if found.entries.len() == ENTRIES {
            found.ended = Some(format!("it has more than {ENTRIES} entries"));
            return found;
        }
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(why) => {
                found.ended = Some(match whole {
                    true => why.to_string(),
                    false => "the rest was not read".to_string(),
                });
                return found;
            }
        };
        let sparse = sparse_name(&mut entry);
        let kind = match sparse {
            Some(_) => EntryType::GNUSparse,
            None => entry.header().entry_type(),
        };
        let name = sparse.flatten();
        let name =
            name.unwrap_or_else(|| String::from_utf8_lossy(&entry.path_bytes()).into_owned());
        let mode = entry.header().mode().unwrap_or(0);
        let link = entry.link_name_bytes();
        let link = link.map(|link| String::from_utf8_lossy(&link).into_owned());
        let bytes = entry.size();
        if kind.is_file() && found.first.is_none() {
            let mut content = Vec::new();
            // What breaks off is told by the next entry.
            let _ = (&mut entry).take(HEAD).read_to_end(&mut content);
            let rest = (worth_of_file(&content) as u64).saturating_sub(HEAD);
            let _ = (&mut entry).take(rest).read_to_end(&mut content);
            found.first = Some((name.clone(), content, bytes));
        }
        found
            .entries
            .push(described(name, bytes, kind, mode, link.as_deref()));
    }
    found
}

/// The name of a file with holes that is told in PAX records, which for other programs is a plain file of another name; the
/// inner `None`: they tell none. Source: GNU tar manual, "Storing Sparse Files", PAX formats 0.1 and 1.0.
fn sparse_name(entry: &mut tar::Entry<'_, impl Read>) -> Option<Option<String>> {
    let records = entry.pax_extensions().ok()??;
    let mut sparse = None;
    for record in records.flatten() {
        let key = record.key_bytes();
        if key.starts_with(b"GNU.sparse.") {
            let name = sparse.get_or_insert(None);
            if key == b"GNU.sparse.name" {
                *name = Some(String::from_utf8_lossy(record.value_bytes()).into_owned());
            }
        }
    }
    sparse
}

fn described(name: String, bytes: u64, kind: EntryType, mode: u32, link: Option<&str>) -> Entry {
    let to = || format!("link to {}", shown(link.unwrap_or("?")));
    let (what, wrong) = match kind {
        EntryType::Regular | EntryType::Continuous => (String::new(), None),
        EntryType::GNUSparse => (
            "sparse file".to_string(),
            Some("a sparse file can be larger than any disk"),
        ),
        EntryType::Directory => ("folder".to_string(), None),
        EntryType::Symlink => (to(), Some("a link can lead what follows out of the folder")),
        EntryType::Link => (to(), Some("a link can lead what follows out of the folder")),
        EntryType::Char | EntryType::Block => ("device".to_string(), Some("it makes a device")),
        EntryType::Fifo => ("pipe".to_string(), Some("it makes a pipe")),
        _ => (
            "of an unknown kind".to_string(),
            Some("it is no file and no folder"),
        ),
    };
    let beware = outside(&name)
        .or(wrong)
        .or((mode & 0o6000 != 0).then_some("it would run as its owner (setuid)"));
    Entry {
        bytes: kind.is_file().then_some(bytes),
        name,
        what,
        beware,
    }
}

/// Why a name leads out of the folder it is unpacked in.
pub fn outside(name: &str) -> Option<&'static str> {
    let absolute = name.starts_with(['/', '\\']) || name.as_bytes().get(1) == Some(&b':');
    let up = name.split(['/', '\\']).any(|part| part == "..");
    (absolute || up).then_some("its name leads out of the folder it is unpacked in")
}

/// A zip, by its directory at the end.
pub(super) fn zip(preview: &mut Preview, bytes: Bytes<'_>) {
    let mut found = Found::default();
    if !bytes.whole {
        let much = bytes.total.map(size).unwrap_or_default();
        preview.push(
            Kind::Note,
            format!(
                "a zip of {much}: what is in it stands at its end, which was not read; download it"
            ),
        );
        return;
    }
    match zip::ZipArchive::new(Cursor::new(bytes.bytes)) {
        Err(why) => found.ended = Some(why.to_string()),
        Ok(mut archive) => {
            for at in 0..archive.len() {
                if at == ENTRIES {
                    found.ended = Some(format!("it has more than {ENTRIES} entries"));
                    break;
                }
                let entry = match archive.by_index_raw(at) {
                    Ok(entry) => entry,
                    Err(why) => {
                        found.ended = Some(why.to_string());
                        break;
                    }
                };
                let kind = match (entry.is_dir(), entry.is_symlink()) {
                    (true, _) => EntryType::Directory,
                    (_, true) => EntryType::Symlink,
                    _ => EntryType::Regular,
                };
                let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
                let mode = entry.unix_mode().unwrap_or(0);
                found
                    .entries
                    .push(described(name, entry.size(), kind, mode, None));
            }
        }
    }
    show(preview, found, bytes);
}

fn show(preview: &mut Preview, found: Found, bytes: Bytes<'_>) {
    let Found {
        entries,
        ended,
        first,
    } = found;
    let files = entries.iter().filter(|entry| entry.bytes.is_some()).count();
    // One file in an archive is how Argo packs a file: what is wanted is the file.
    if let (1, 1, None, Some((name, content, total))) = (entries.len(), files, &ended, first)
        && entries[0].beware.is_none()
    {
        let told = format!("{} in an archive, {}", shown(&name), size(total));
        preview.push(Kind::Note, told);
        let inner = Bytes {
            whole: content.len() as u64 == total,
            total: Some(total),
            bytes: &content,
        };
        return match content.is_empty() {
            true => preview.push(Kind::Dim, "(empty)"),
            false => file(preview, inner, &name),
        };
    }
    let sum = entries
        .iter()
        .filter_map(|entry| entry.bytes)
        .fold(0_u64, u64::saturating_add);
    let packed = bytes
        .total
        .map(|total| format!(", packed in {}", size(total)));
    preview.push(
        Kind::Head,
        format!(
            "{} entries, {files} files of {}{}",
            entries.len(),
            size(sum),
            packed.unwrap_or_default()
        ),
    );
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for why in entries.iter().filter_map(|entry| entry.beware) {
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, count)) => *count += 1,
            None => reasons.push((why, 1)),
        }
    }
    for (why, count) in reasons {
        preview.push(
            Kind::Warning,
            format!("beware of unpacking it: {why} ({count})"),
        );
    }
    if let Some(why) = &ended {
        preview.push(
            Kind::Warning,
            format!("only its beginning is listed: {}", clean(why)),
        );
    }
    for entry in &entries {
        let much = entry.bytes.map(size).unwrap_or_default();
        let mut line = format!("{much:>12}  {}", shown(&entry.name));
        if !entry.what.is_empty() {
            line += &format!("  ({})", entry.what);
        }
        let kind = match (entry.beware, entry.bytes) {
            (Some(_), _) => Kind::Warning,
            (None, Some(_)) => Kind::Text,
            (None, None) => Kind::Dim,
        };
        preview.push(kind, line);
    }
}

/// A name that can be shown.
fn shown(name: &str) -> String {
    let short: String = name.chars().take(NAME).collect();
    let cut = if short.len() < name.len() { "…" } else { "" };
    format!("{}{cut}", clean(&short))
}

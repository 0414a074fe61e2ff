//! What bytes of an artifact hold, for a person: text of some language, a test report, what is in an archive.
//! Nothing is unpacked to a disk, nothing is believed: every reader has an end.
//! Apart from the store they come from.

mod archive;
mod image;
mod junit;
mod text;

pub use archive::outside;

use crate::model::artifact::{Packing, size};
use crate::model::preview::{ARCHIVE, Kind, PICTURE, Preview, TEXT};
use crate::model::text::clean;

/// First bytes of a gzip (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// First bytes of a zip: of a file in it, or of its end where it is empty (APPNOTE 4.3.7, 4.3.16).
const ZIP: [[u8; 4]; 2] = [*b"PK\x03\x04", *b"PK\x05\x06"];
/// Where a tar says that it is one (POSIX ustar).
const USTAR: std::ops::Range<usize> = 257..262;

/// Bytes of an artifact, from its first.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'b> {
    /// They.
    pub bytes: &'b [u8],
    /// How many there are in all, where that is known.
    pub total: Option<u64>,
    /// Every one of them is here.
    pub whole: bool,
}

/// How many bytes of what begins so are worth reading.
pub fn worth(bytes: &[u8]) -> usize {
    if bytes.starts_with(&GZIP) || is_zip(bytes) || is_tar(bytes) {
        ARCHIVE
    } else {
        worth_of_file(bytes)
    }
}

/// The same of a file that is no archive.
fn worth_of_file(bytes: &[u8]) -> usize {
    match image::format(bytes) {
        Some(_) => PICTURE,
        None => TEXT,
    }
}

fn is_zip(bytes: &[u8]) -> bool {
    ZIP.iter().any(|magic| bytes.starts_with(magic))
}

fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(USTAR) == Some(b"ustar")
}

/// What they hold. `name` is a file name: its end says what a text is.
pub fn preview(bytes: Bytes<'_>, name: &str, packing: Packing) -> Preview {
    let mut preview = Preview::default();
    if bytes.bytes.is_empty() {
        preview.push(Kind::Dim, "(empty)");
    } else if bytes.bytes.starts_with(&GZIP) {
        archive::gzip(&mut preview, bytes, name);
    } else if is_zip(bytes.bytes) {
        archive::zip(&mut preview, bytes);
    } else if is_tar(bytes.bytes) {
        archive::plain_tar(&mut preview, bytes);
    } else {
        if packing != Packing::Plain {
            let told = format!("it should be a {}, and is not", packing.word());
            preview.push(Kind::Warning, told);
        }
        file(&mut preview, bytes, name);
    }
    preview
}

/// A file that is no archive.
fn file(preview: &mut Preview, bytes: Bytes<'_>, name: &str) {
    if let Some(format) = image::format(bytes.bytes) {
        return image::show(preview, bytes, format);
    }
    if is_binary(bytes.bytes) {
        let much = match bytes.total {
            Some(total) => format!(", {}", size(total)),
            None => String::new(),
        };
        preview.push(
            Kind::Dim,
            format!(
                "{} is no text{much}: download it to look at it",
                clean(name)
            ),
        );
        return;
    }
    let cut = bytes.bytes.len().min(TEXT);
    let shown = String::from_utf8_lossy(&bytes.bytes[..cut]);
    let whole = bytes.whole && cut == bytes.bytes.len();
    if !whole {
        let of = bytes.total.map(|total| format!(" of {}", size(total)));
        let told = format!(
            "the first {}{}; a download has all of it",
            size(cut as u64),
            of.unwrap_or_default()
        );
        preview.push(Kind::Note, told);
    }
    if whole && junit::is_report(&shown) && junit::table(preview, &shown) {
        return;
    }
    text::lines(preview, &shown, name, whole);
}

/// Text has no NUL, and is UTF-8 but for a few characters, and the one that was cut at its end.
fn is_binary(bytes: &[u8]) -> bool {
    let first = &bytes[..bytes.len().min(8 << 10)];
    let wrong = String::from_utf8_lossy(first).matches('\u{fffd}').count();
    first.contains(&0) || wrong * 10 > first.len()
}

#[cfg(test)]
mod tests;

//! One line of a watch stream, and the decoders that read lines and pages of one kind of object.
//! Apart from the connection, so that recorded and broken streams test it byte by byte.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::lax::Text;
use super::listing::{self, Page, Read};
use super::managed;
use super::nest::Obj;
use super::status::{Status, status};
use crate::model::key::{Key, Uid};

/// An object with what a watch tells it apart by.
#[derive(Clone, Debug, PartialEq)]
pub struct Versioned<T> {
    /// Namespace, name, uid.
    pub key: Key,
    /// `metadata.resourceVersion` as a number, 0 where it is not one.
    pub version: u64,
    /// The object.
    pub item: T,
}

/// One line of a watch.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame<T> {
    /// ADDED or MODIFIED: for a store they are the same.
    Put(T),
    /// DELETED, with the object as it was last.
    Gone(T),
    /// BOOKMARK: nothing changed up to this version.
    Bookmark(String),
    /// ERROR.
    Error(Status),
    /// A type this program does not know, or an object that is not wanted here.
    Ignored,
    /// A line that cannot be read, and why.
    Malformed(String),
}

/// Reads pages and watch lines of one kind of object. Keeps what outlives one line: shared texts, table columns.
pub trait Decode: Send + 'static {
    /// The object.
    type Item: Send + 'static;

    /// Reads one page of a list.
    ///
    /// # Errors
    /// When the page as a whole is no list; single bad items are counted in the page.
    fn page(&mut self, body: &[u8]) -> Result<Page<Versioned<Self::Item>>, serde_json::Error>;

    /// Reads the `object` of a watch line.
    fn object(&mut self, json: &[u8]) -> Read<Versioned<Self::Item>>;

    /// Reads one line of a watch.
    fn line(&mut self, line: &[u8]) -> Frame<Versioned<Self::Item>> {
        let line = &*managed::cut(line);
        if let Some((gone, object)) = plain(line)
            && let Read::Item(item) = self.object(object)
        {
            return if gone {
                Frame::Gone(item)
            } else {
                Frame::Put(item)
            };
        }
        let wire: Line<'_> = match serde_json::from_slice(line) {
            Ok(wire) => wire,
            Err(error) => return Frame::Malformed(error.to_string()),
        };
        let object = wire.object.get().as_bytes();
        let gone = match wire.kind.or_empty() {
            "ADDED" | "MODIFIED" => false,
            "DELETED" => true,
            "BOOKMARK" => return bookmark(object),
            "ERROR" => return Frame::Error(status(object).unwrap_or_default()),
            _ => return Frame::Ignored,
        };
        match self.object(object) {
            Read::Item(item) if gone => Frame::Gone(item),
            Read::Item(item) => Frame::Put(item),
            Read::Skip => Frame::Ignored,
            Read::Malformed(why) => Frame::Malformed(why),
        }
    }
}

/// Whether it is gone, and the object, of a line as API servers write them: found by its frame, so that the object is
/// walked through once and not twice. What follows the object is no JSON with it, and such a line is read with care.
fn plain(line: &[u8]) -> Option<(bool, &[u8])> {
    let rest = line.strip_prefix(br#"{"type":""#)?;
    let (gone, rest) = match rest.strip_prefix(br#"MODIFIED","object":"#) {
        Some(rest) => (false, rest),
        None => match rest.strip_prefix(br#"ADDED","object":"#) {
            Some(rest) => (false, rest),
            None => (true, rest.strip_prefix(br#"DELETED","object":"#)?),
        },
    };
    Some((gone, rest.trim_ascii_end().strip_suffix(b"}")?))
}

/// Whether it is gone, and the uid, of an object in a line as API servers write them: read of its metadata alone, and `None`
/// where that is not the first object in it.
pub fn about(line: &[u8]) -> Option<(bool, Uid)> {
    let (gone, object) = plain(line)?;
    let found = METADATA.find(object)?;
    // An object before it could have metadata of its own.
    if memchr::memchr2_iter(b'{', b'[', &object[..found]).count() > 1 {
        return None;
    }
    let metadata = &object[found + METADATA.needle().len() - 1..];
    let mut values = serde_json::Deserializer::from_slice(metadata).into_iter::<Mark<'_>>();
    let mark = values.next()?.ok()?;
    Some((gone, Uid::new(mark.uid.filled()?)))
}

static METADATA: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(br#""metadata":{"#));

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Text<'a>,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Marked<'a> {
    #[serde(borrow)]
    metadata: Obj<Mark<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Mark<'a> {
    #[serde(borrow)]
    uid: Text<'a>,
    #[serde(borrow)]
    resource_version: Text<'a>,
}

fn bookmark<T>(object: &[u8]) -> Frame<T> {
    let marked: Marked<'_> = serde_json::from_slice(object).unwrap_or_default();
    match marked
        .metadata
        .get()
        .and_then(|mark| mark.resource_version.filled())
    {
        Some(version) => Frame::Bookmark(version.to_string()),
        None => Frame::Ignored,
    }
}

/// A decoder of whole objects, made of a function that reads one.
pub struct Objects<F>(pub F);

impl<T, F> Decode for Objects<F>
where
    T: Send + 'static,
    F: FnMut(&[u8]) -> Read<Versioned<T>> + Send + 'static,
{
    type Item = T;

    fn page(&mut self, body: &[u8]) -> Result<Page<Versioned<T>>, serde_json::Error> {
        listing::list(body, &mut self.0)
    }

    fn object(&mut self, json: &[u8]) -> Read<Versioned<T>> {
        (self.0)(json)
    }
}

//! One page of a list, whatever its items are.
//! Apart from the items, because paging is the same for Tables, objects, pods and events.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::lax::{Number, Text};
use super::managed;

/// One page of a list, its items decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// What could be read.
    pub items: Vec<T>,
    /// The list's `resourceVersion`: where a watch goes on from.
    pub version: String,
    /// The token of the next page.
    pub next: Option<String>,
    /// The server's count of what is still to come.
    pub remaining: Option<u64>,
    /// How many items could not be read at all.
    pub malformed: u64,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            version: String::new(),
            next: None,
            remaining: None,
            malformed: 0,
        }
    }
}

/// `metadata` of a list. Source: Kubernetes `meta/v1` ListMeta.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ListMeta<'a> {
    /// `resourceVersion`.
    #[serde(borrow)]
    pub resource_version: Text<'a>,
    /// `continue`.
    #[serde(borrow, rename = "continue")]
    pub next: Text<'a>,
    /// `remainingItemCount`.
    pub remaining_item_count: Number,
}

impl ListMeta<'_> {
    /// A page of these items.
    pub fn page<T>(&self, items: Vec<T>, malformed: u64) -> Page<T> {
        Page {
            items,
            version: self.resource_version.or_empty().to_string(),
            next: self.next.filled().map(str::to_string),
            remaining: self.remaining_item_count.get(),
            malformed,
        }
    }
}

#[derive(Deserialize)]
struct ListWire<'a> {
    #[serde(borrow, default)]
    metadata: ListMeta<'a>,
    #[serde(borrow, default)]
    items: Option<Vec<&'a RawValue>>,
}

/// Reads a list, each item by `read`; an item it refuses is counted, not fatal.
///
/// # Errors
/// When the envelope is no JSON list.
pub fn list<T>(
    body: &[u8],
    mut read: impl FnMut(&[u8]) -> Read<T>,
) -> Result<Page<T>, serde_json::Error> {
    let body = &*managed::cut(body);
    let wire: ListWire<'_> = serde_json::from_slice(body)?;
    let raw = wire.items.unwrap_or_default();
    let mut items = Vec::with_capacity(raw.len());
    let mut malformed = 0;
    for item in raw {
        match read(item.get().as_bytes()) {
            Read::Item(item) => items.push(item),
            Read::Skip => {}
            Read::Malformed(_) => malformed += 1,
        }
    }
    Ok(wire.metadata.page(items, malformed))
}

/// What became of one object.
#[derive(Clone, Debug, PartialEq)]
pub enum Read<T> {
    /// Decoded.
    Item(T),
    /// Not wanted here: another object's, or a bookmark.
    Skip,
    /// Could not be read, and why.
    Malformed(String),
}

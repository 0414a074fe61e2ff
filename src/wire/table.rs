//! Objects as rows of a `Table`: what the server prints of each, with its metadata, a few hundred bytes instead of the object.
//! Apart from whole objects, because the fleet is fed by these and most runs are never read in full.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::intern::Interner;
use super::lax::Text;
use super::listing::{ListMeta, Page, Read};
use super::managed;
use super::nest::Obj;
use super::row::{Meta, row_from_meta};
use super::watch::{Decode, Versioned};
use crate::model::key::Key;
use crate::model::row::Row;

/// The `Accept` header that asks for Tables. Source: Kubernetes API concepts, "Receiving resources as Tables".
pub const ACCEPT: &str = "application/json;as=Table;g=meta.k8s.io;v=v1";

/// What the server prints of a kind, and what one row of it says.
pub trait Printed {
    /// What a row becomes.
    type Item;

    /// The names of the columns, in their order.
    fn learn(&mut self, columns: &[&str]);

    /// One row: its cells, and the metadata beside them. The name in the first cell stands in where the metadata has none.
    fn read(&mut self, cells: &[Text<'_>], meta: &Meta<'_>) -> Versioned<Self::Item>;
}

/// Reads Tables of a kind. Column positions come from the first `columnDefinitions` seen: a watch sends them only once.
#[derive(Debug, Default)]
pub struct Tables<P>(P);

/// Reads Tables of workflows.
pub type Rows = Tables<Workflows>;

/// What the server prints of workflows.
#[derive(Debug)]
pub struct Workflows {
    names: Interner,
    status: Option<usize>,
    message: Option<usize>,
}

impl Default for Workflows {
    /// The columns of Argo's own CRD: Name, Status, Age, Message.
    fn default() -> Self {
        Self {
            names: Interner::new(),
            status: Some(1),
            message: Some(3),
        }
    }
}

impl Printed for Workflows {
    type Item = Row;

    fn learn(&mut self, columns: &[&str]) {
        let find = |name: &str| columns.iter().position(|column| *column == name);
        self.status = find("Status");
        self.message = find("Message");
    }

    fn read(&mut self, cells: &[Text<'_>], meta: &Meta<'_>) -> Versioned<Row> {
        let cell = |at: Option<usize>| at.and_then(|at| cells.get(at));
        // A null cell is what the server prints for an empty field; no such column at all is another thing.
        let phase = cell(self.status).map(Text::or_empty);
        let message = cell(self.message).and_then(Text::filled);
        let mut row = row_from_meta(meta, phase, message, &mut self.names);
        named(&mut row.key, cells);
        Versioned {
            key: row.key.clone(),
            version: row.version,
            item: row,
        }
    }
}

/// Where the metadata has no name the first cell does.
pub(super) fn named(key: &mut Key, cells: &[Text<'_>]) {
    if let (true, Some(name)) = (key.name.is_empty(), cells.first().and_then(Text::filled)) {
        key.name = crate::model::text::clean(name).into();
    }
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
struct TableWire<'a, R> {
    #[serde(borrow, default)]
    metadata: ListMeta<'a>,
    #[serde(borrow, default, rename = "columnDefinitions")]
    columns: Option<Vec<Column<'a>>>,
    #[serde(default = "Option::default")]
    rows: Option<Vec<R>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Column<'a> {
    #[serde(borrow)]
    name: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RowWire<'a> {
    #[serde(borrow)]
    cells: Vec<Text<'a>>,
    #[serde(borrow)]
    object: Obj<Partial<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Partial<'a> {
    #[serde(borrow)]
    metadata: Obj<Meta<'a>>,
}

impl<P: Printed> Tables<P> {
    fn learn(&mut self, columns: Option<&[Column<'_>]>) {
        let Some(columns) = columns.filter(|columns| !columns.is_empty()) else {
            return;
        };
        let names: Vec<&str> = columns
            .iter()
            .map(|column| column.name.or_empty())
            .collect();
        self.0.learn(&names);
    }

    fn row(&mut self, wire: &RowWire<'_>) -> Read<Versioned<P::Item>> {
        let empty = Meta::default();
        let partial = wire.object.get();
        let meta = partial.and_then(|p| p.metadata.get()).unwrap_or(&empty);
        let named = wire.cells.first().and_then(Text::filled);
        if meta.name.filled().is_none() && named.is_none() {
            // A bookmark is a row with an empty name.
            return Read::Skip;
        }
        Read::Item(self.0.read(&wire.cells, meta))
    }
}

impl<P: Printed + Send + 'static> Decode for Tables<P>
where
    P::Item: Send + 'static,
{
    type Item = P::Item;

    fn page(&mut self, body: &[u8]) -> Result<Page<Versioned<P::Item>>, serde_json::Error> {
        let body = &*managed::cut(body);
        let wire: TableWire<'_, &RawValue> = serde_json::from_slice(body)?;
        self.learn(wire.columns.as_deref());
        let raw = wire.rows.unwrap_or_default();
        let mut rows = Vec::with_capacity(raw.len());
        let mut malformed = 0;
        for json in raw {
            let read = match serde_json::from_str(json.get()) {
                Ok(wire) => self.row(&wire),
                Err(error) => Read::Malformed(error.to_string()),
            };
            match read {
                Read::Item(row) => rows.push(row),
                Read::Skip => {}
                Read::Malformed(_) => malformed += 1,
            }
        }
        Ok(wire.metadata.page(rows, malformed))
    }

    fn object(&mut self, json: &[u8]) -> Read<Versioned<P::Item>> {
        let wire: TableWire<'_, RowWire<'_>> = match serde_json::from_slice(json) {
            Ok(wire) => wire,
            Err(error) => return Read::Malformed(error.to_string()),
        };
        self.learn(wire.columns.as_deref());
        match wire.rows.as_deref() {
            Some([row, ..]) => self.row(row),
            _ => Read::Skip,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::phase::Phase;
    use crate::wire::watch::Frame;

    const COLUMNS: &str = r#"[{"name":"Name"},{"name":"Message"},{"name":"Status"}]"#;

    fn table(columns: &str, rows: &str) -> String {
        format!(
            r#"{{"kind":"Table","metadata":{{"resourceVersion":"9","continue":"tok","remainingItemCount":4}},"columnDefinitions":{columns},"rows":[{rows}]}}"#
        )
    }

    fn row(name: &str, cells: &str) -> String {
        format!(
            r#"{{"cells":["{name}",{cells}],"object":{{"metadata":{{"name":"{name}","namespace":"n","uid":"u-{name}","resourceVersion":"7","managedFields":[{{"a":{{}}}}],"labels":{{"workflows.argoproj.io/phase":"Failed"}}}}}}}}"#
        )
    }

    #[test]
    fn cells_are_found_by_column_name_and_remembered_for_later_lines() {
        let mut rows = Rows::default();
        let page = rows
            .page(table(COLUMNS, &row("a", r#""went wrong","Running""#)).as_bytes())
            .unwrap();
        assert_eq!(page.version, "9");
        assert_eq!(page.next.as_deref(), Some("tok"));
        assert_eq!(page.remaining, Some(4));
        let a = &page.items[0].item;
        assert_eq!(a.phase, Phase::Running);
        assert_eq!(a.message.as_deref(), Some("went wrong"));
        assert_eq!(page.items[0].version, 7);
        let line = format!(
            r#"{{"type":"MODIFIED","object":{}}}"#,
            table("null", &row("a", r#"null,"Failed""#))
        );
        let Frame::Put(again) = rows.line(line.as_bytes()) else {
            panic!("a changed row is a Put");
        };
        assert_eq!(again.item.phase, Phase::Failed);
        assert_eq!(again.item.message, None);
    }

    #[test]
    fn without_a_status_column_the_label_counts_and_with_an_empty_cell_it_does_not() {
        let mut rows = Rows::default();
        let by_label = rows
            .page(table(r#"[{"name":"Name"},{"name":"Age"}]"#, &row("a", r#""3m""#)).as_bytes())
            .unwrap();
        assert_eq!(by_label.items[0].item.phase, Phase::Failed);
        let asked_again = rows
            .page(table(COLUMNS, &row("a", "null,null")).as_bytes())
            .unwrap();
        assert_eq!(asked_again.items[0].item.phase, Phase::New);
    }

    #[test]
    fn a_bookmark_is_no_row_and_a_bad_row_does_not_take_the_page_with_it() {
        let mut rows = Rows::default();
        let page = rows
            .page(
                table(
                    "null",
                    &format!(
                        r#"{{"cells":["",null,null,null],"object":null}},{{"cells":7}},{{"cells":["ghost","Running"],"object":null}},{}"#,
                        row("b", r#""Succeeded""#)
                    ),
                )
                .as_bytes(),
            )
            .unwrap();
        assert_eq!(page.malformed, 1);
        let names: Vec<&str> = page.items.iter().map(|r| &*r.key.name).collect();
        assert_eq!(names, ["ghost", "b"]);
        assert!(page.items[0].item.malformed.is_some());
        let mark = rows.line(br#"{"type":"BOOKMARK","object":{"kind":"Table","metadata":{"resourceVersion":"12"},"rows":[{"cells":[""]}]}}"#);
        assert_eq!(mark, Frame::Bookmark("12".to_string()));
    }

    #[test]
    fn a_line_reads_the_same_however_it_is_written() {
        let object = table(COLUMNS, &row("a", r#""went wrong","Failed""#));
        let expected =
            Rows::default().line(format!(r#"{{"type":"ADDED","object":{object}}}"#).as_bytes());
        assert!(matches!(&expected, Frame::Put(found) if found.item.phase == Phase::Failed));
        for line in [
            format!(r#"{{"type":"MODIFIED","object":{object}}} "#),
            format!(r#"{{ "object": {object}, "type": "ADDED" }}"#),
            format!(r#"{{"type":"ADDED","object":{object},"more":{{"object":{{}}}}}}"#),
        ] {
            assert_eq!(Rows::default().line(line.as_bytes()), expected, "{line}");
        }
        let gone = format!(r#"{{"type":"DELETED","object":{object}}}"#);
        assert!(matches!(
            Rows::default().line(gone.as_bytes()),
            Frame::Gone(_)
        ));
        for cut in [&gone[..gone.len() - 1], &gone[..gone.len() / 2]] {
            assert!(matches!(
                Rows::default().line(cut.as_bytes()),
                Frame::Malformed(_)
            ));
        }
    }

    #[test]
    fn broken_lines_are_told_from_unknown_ones() {
        let mut rows = Rows::default();
        assert!(matches!(
            rows.line(b"{\"type\":\"ADDED\",\"obj"),
            Frame::Malformed(_)
        ));
        assert_eq!(
            rows.line(br#"{"type":"SURPRISE","object":{}}"#),
            Frame::Ignored
        );
        let Frame::Error(status) = rows.line(
            br#"{"type":"ERROR","object":{"kind":"Status","message":"too old","reason":"Expired","code":410}}"#,
        ) else {
            panic!("an ERROR line carries a Status");
        };
        assert_eq!(status.code, 410);
    }
}

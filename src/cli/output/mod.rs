//! How answers are written: tables for people, JSON, YAML and CSV for programs, names for other commands.
//! Apart from what is asked, so that every verb writes in the same shapes.

pub(super) mod causes;
pub(super) mod compared;
pub(super) mod qaruns;
pub(super) mod record;
pub(super) mod runs;
pub(super) mod steps;

use std::borrow::Cow;
use std::io::{self, Write as _};

use clap::ValueEnum;
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use crate::cli::fail::Failure;
use crate::model::text::clean;

/// What an answer is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns for people
    #[default]
    Table,
    /// More columns
    Wide,
    /// JSON
    Json,
    /// YAML
    Yaml,
    /// Comma-separated values, quoted as RFC 4180 says
    Csv,
    /// Only names: NAMESPACE/NAME of runs; of steps what `logs --step` takes
    Name,
}

/// Writes to standard output and flushes it.
///
/// # Errors
/// [`Failure::Closed`] where nobody reads it any more.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Rows of cells as aligned columns, two spaces apart; the last one as long as it is. No control character gets through.
pub(super) fn table(header: Option<&[&str]>, rows: &[Vec<String>]) -> String {
    let head = header.map(|cells| cells.iter().map(ToString::to_string).collect::<Vec<_>>());
    let mut widths: Vec<usize> = Vec::new();
    for row in head.iter().chain(rows) {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(clean(cell).width());
        }
    }
    let mut text = String::new();
    for row in head.iter().chain(rows) {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let cell = clean(cell);
            line.push_str(&cell);
            if at + 1 < row.len() {
                let gap = widths[at].saturating_sub(cell.width()) + 2;
                line.extend(std::iter::repeat_n(' ', gap));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Rows as comma-separated values. Source of the quoting: RFC 4180 §2.
pub(super) fn csv(header: Option<&[&str]>, rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    if let Some(header) = header {
        text.push_str(&header.join(","));
        text.push('\n');
    }
    for row in rows {
        let cells: Vec<Cow<'_, str>> = row.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

fn quoted(cell: &str) -> Cow<'_, str> {
    if cell.contains(['"', ',', '\n', '\r']) || cell.starts_with(' ') || cell.ends_with(' ') {
        return Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")));
    }
    Cow::Borrowed(cell)
}

/// A value as JSON with line ends.
pub(super) fn json(value: &impl Serialize) -> Result<String, Failure> {
    match serde_json::to_string_pretty(value) {
        Ok(text) => Ok(text + "\n"),
        Err(why) => Err(unwritable(&why)),
    }
}

/// A value as YAML.
pub(super) fn yaml(value: &impl Serialize) -> Result<String, Failure> {
    let value = serde_json::to_value(value).map_err(|why| unwritable(&why))?;
    Ok(crate::cluster::yaml::render(&value)?.to_string())
}

fn unwritable(why: &serde_json::Error) -> Failure {
    Failure::Said {
        what: format!("the answer cannot be written: {why}"),
        next: None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rows(cells: &[&[&str]]) -> Vec<Vec<String>> {
        let row = |cells: &&[&str]| cells.iter().map(ToString::to_string).collect();
        cells.iter().map(row).collect()
    }

    #[test]
    fn columns_are_aligned_by_cells_and_nothing_hostile_passes() {
        let rows = rows(&[&["a", "日本", "x\u{1b}[2J"], &["long", "b", ""]]);
        assert_eq!(
            table(Some(&["N", "TEXT", "WHY"]), &rows),
            "N     TEXT  WHY\na     日本  x␛[2J\nlong  b\n"
        );
        assert_eq!(table(None, &[]), "");
    }

    #[test]
    fn a_cell_with_a_comma_a_quote_or_a_line_end_is_quoted() {
        let rows = rows(&[&["plain", "a,b", "say \"hi\"", "two\nlines", ""]]);
        assert_eq!(
            csv(Some(&["a", "b", "c", "d", "e"]), &rows),
            "a,b,c,d,e\nplain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\n"
        );
    }
}

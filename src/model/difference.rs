//! The lines in which one text of an object differs from another, with some around them and where in the object they are.
//! Apart from what is compared: an edit before it is sent, two runs.

use similar::{ChangeTag, DiffTag, TextDiff};

use super::manifest::{Piece, Side};

/// Lines around a change that are shown with it.
pub const AROUND: usize = 3;

/// The lines that differ, with some around them and where that is.
pub fn pieces(old: &[String], new: &[String]) -> Vec<Piece> {
    let before: Vec<&str> = old.iter().map(String::as_str).collect();
    let after: Vec<&str> = new.iter().map(String::as_str).collect();
    let diff = TextDiff::from_slices(&before, &after);
    let mut pieces = Vec::new();
    for group in diff.grouped_ops(AROUND) {
        let first = group.iter().find(|op| op.tag() != DiffTag::Equal);
        if let Some(first) = first {
            let place = match first.tag() {
                DiffTag::Delete => place(&before, first.old_range().start),
                _ => place(&after, first.new_range().start),
            };
            pieces.push(Piece {
                side: Side::Place,
                text: place.into(),
            });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let side = match change.tag() {
                ChangeTag::Equal => Side::Same,
                ChangeTag::Delete => Side::Old,
                ChangeTag::Insert => Side::New,
            };
            pieces.push(Piece {
                side,
                text: change.value().into(),
            });
        }
    }
    pieces
}

/// Which fields the line at an index is inside of: `spec.templates.main.script`; empty at the top.
fn place(lines: &[&str], at: usize) -> String {
    let mut names = Vec::new();
    let mut depth = lines.get(at).map_or(0, |line| depth(line));
    for line in lines[..at.min(lines.len())].iter().rev() {
        let here = self::depth(line);
        if here >= depth || line.trim().is_empty() {
            continue;
        }
        depth = here;
        let text = line.trim_start();
        match text.strip_prefix("- ") {
            // An element is called by its name, where that is its first field.
            Some(first) => names.extend(first.strip_prefix("name: ").map(str::to_string)),
            None => names.push(text.split(':').next().unwrap_or(text).to_string()),
        }
    }
    names.reverse();
    names.join(".")
}

/// How deep a line stands. The dash of an element stands between its list and its fields.
fn depth(line: &str) -> usize {
    let spaces = line.len() - line.trim_start_matches(' ').len();
    2 * spaces + usize::from(line[spaces..].starts_with("- "))
}

//! A block of a field that says it is about acceptance: a heading, and the list below it.
//! Apart from the field as a whole, most of which says how something is made.

use super::lines::{Line, Mark, lines, next_said};
use super::strategy;
use super::unit::Unit;
use super::words::ACCEPTANCE;

/// The pieces of every such block of a field, with their bytes in it.
pub(super) fn units(text: &str) -> Vec<Unit> {
    let lines = lines(text);
    let mut units = Vec::new();
    let mut n = 0;
    while n < lines.len() {
        let whole = &text[lines[n].at.clone()];
        let Some(rest) = ACCEPTANCE.group(whole, 1) else {
            n += 1;
            continue;
        };
        let rest = rest.trim_matches(['*', ' ', ':']);
        let head = lines[n].indent;
        let end = end(&lines, n);
        let from = match rest.is_empty() {
            true => next_said(&lines, n + 1).map_or(text.len(), |(_, line)| line.at.start),
            false => lines[n].at.end - rest.len(),
        };
        let to = lines[end - 1].at.end;
        if from < to && heads(&lines[n], whole, rest, head) {
            let inner = strategy::units(&text[from..to]);
            units.extend(inner.into_iter().map(|mut unit| {
                unit.at = unit.at.start + from..unit.at.end + from;
                unit
            }));
        }
        n = end;
    }
    units
}

/// It is a heading, and not a sentence that has these words: it ends with a colon, stands out, or is alone on its line.
fn heads(line: &Line<'_>, whole: &str, rest: &str, _indent: usize) -> bool {
    let marked = matches!(line.mark, Mark::Heading(_)) || whole.contains("**");
    marked || rest.is_empty() || whole.contains([':', '：'])
}

/// The line behind the block: the next heading, the next thing beside its own head, or prose behind a blank line.
fn end(lines: &[Line<'_>], head: usize) -> usize {
    let mut listed = false;
    let inside = lines[head].is_item();
    for n in head + 1..lines.len() {
        let line = &lines[n];
        let stops = match line.mark {
            Mark::Blank => false,
            Mark::Heading(_) => true,
            _ if inside && line.indent <= lines[head].indent => true,
            _ if line.is_item() => {
                listed = true;
                false
            }
            // Prose behind the list, or the head of another block.
            _ => line.indent <= lines[head].indent && (listed || line.content.ends_with(':')),
        };
        if stops {
            return n;
        }
    }
    lines.len()
}

//! A field of a task cut into pieces: lines of its list, or sentences.
//! Apart from documents, which have headings and checkboxes; here a list may be nested below a number, and prose may be all there is.

use std::ops::Range;

use super::lines::{Line, Mark, goes_on, has_below, lines};
use super::prose;
use super::unit::{Shape, Unit, plain};
use super::words::PREPARES;

/// The pieces of a field, with their bytes in it.
pub(super) fn units(text: &str) -> Vec<Unit> {
    let lines = lines(text);
    let items = lines.iter().filter(|line| line.is_item()).count();
    // A single item may be the first of several within its line.
    if items < 2
        && let Some(units) = numbered(text)
    {
        return units;
    }
    if items == 0 {
        return paragraphs(text, &lines, &[]);
    }
    listed(text, &lines)
}

/// Paragraphs as sentences. Lines without a blank one between belong together, unless each ends like a sentence.
fn paragraphs(text: &str, lines: &[Line<'_>], headings: &[String]) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut heading = headings.to_vec();
    let mut n = 0;
    while n < lines.len() {
        let line = &lines[n];
        if line.mark == Mark::Blank {
            n += 1;
            continue;
        }
        let mut end = n + 1;
        while lines.get(end).is_some_and(|next| next.mark == Mark::Prose)
            && !ends(lines[end - 1].content)
        {
            end += 1;
        }
        let at = line.from()..lines[end - 1].at.end;
        if end == n + 1 && is_heading(line) {
            heading = headings.to_vec();
            heading.push(title(line.content));
        } else {
            units.extend(prose::units(text, at, &heading));
        }
        n = end;
    }
    units
}

/// The line is the end of a sentence, or leads to what follows.
fn ends(line: &str) -> bool {
    line.ends_with(['.', '!', '?', ':', ';', '。', '：', '；', '！'])
}

/// A line that only says what follows.
fn is_heading(line: &Line<'_>) -> bool {
    let bold = line.content.starts_with("**") && line.content.trim_end_matches(':').ends_with("**");
    matches!(line.mark, Mark::Heading(_)) || bold || line.content.ends_with([':', '：'])
}

/// Words of a heading, without markup and colon.
pub(super) fn title(text: &str) -> String {
    plain(text).trim_end_matches([':', '：', ' ']).to_owned()
}

/// A text with lists: items are pieces, those with something below them are headings, prose around them is sentences.
fn listed(text: &str, lines: &[Line<'_>]) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut headings: Vec<String> = Vec::new();
    // Items that what follows stands below, with their indents.
    let mut above: Vec<(usize, String)> = Vec::new();
    let mut n = 0;
    while n < lines.len() {
        let line = &lines[n];
        let mut end = n + 1;
        if line.mark == Mark::Blank {
            n = end;
            continue;
        }
        if !line.is_item() {
            above.clear();
            end = (end..lines.len())
                .find(|at| lines[*at].mark != Mark::Prose)
                .unwrap_or(lines.len());
            let alone = end == n + 1 || matches!(line.mark, Mark::Heading(_));
            if alone && is_heading(line) {
                headings = vec![title(line.content)];
                end = n + 1;
            } else {
                units.extend(paragraphs(text, &lines[n..end], &[]));
                let last = &lines[end - 1];
                headings = match is_heading(last) {
                    true => vec![title(last.content)],
                    false => Vec::new(),
                };
            }
            n = end;
            continue;
        }
        above.retain(|(indent, _)| *indent < line.indent);
        if has_below(lines, n) {
            above.push((line.indent, title(line.content)));
            n += 1;
            continue;
        }
        end = goes_on(lines, n);
        let names = above.iter().map(|(_, name)| name.clone());
        let below: Vec<String> = headings.iter().cloned().chain(names).collect();
        units.extend(
            item(text, line.from()..lines[end - 1].at.end, &line.mark)
                .map(|unit| unit.below(&below)),
        );
        n = end;
    }
    units
}

fn item(text: &str, at: Range<usize>, mark: &Mark) -> Option<Unit> {
    let said = plain(
        &text[at.clone()]
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
    );
    if said.is_empty() {
        return None;
    }
    let shape = match mark {
        Mark::Box(ticked) => Shape::Box(*ticked),
        _ => Shape::Item,
    };
    let mut unit = Unit::new(at, said, shape);
    if PREPARES.is_in(&unit.text) {
        unit.doubt = Some("it reads like preparation");
    }
    Some(unit)
}

/// `1) … 2) … 3) …` within a line; nothing where there are no such numbers.
fn numbered(text: &str) -> Option<Vec<Unit>> {
    let mut starts: Vec<(usize, usize)> = Vec::new();
    let mut next = 1;
    for (at, _) in text.char_indices() {
        let begins = at == 0 || text[..at].ends_with([' ', '\n', '(', ',', ';']);
        let sign = |end: &str| {
            let rest = text[at..]
                .strip_prefix(&next.to_string())?
                .strip_prefix(end)?;
            rest.starts_with(' ').then(|| text.len() - rest.len())
        };
        if begins && let Some(from) = sign(")").or_else(|| sign(".")) {
            starts.push((at, from));
            next += 1;
        }
    }
    if starts.len() < 2 {
        return None;
    }
    let mut units = prose::units(text, 0..starts[0].0, &[]);
    let lead = text[..starts[0].0].trim();
    let heading: Vec<String> = match lead.ends_with(':') {
        true => vec![title(lead)],
        false => Vec::new(),
    };
    if !heading.is_empty() {
        units.clear();
    }
    for (n, (_, from)) in starts.iter().enumerate() {
        let end = starts.get(n + 1).map_or(text.len(), |(at, _)| *at);
        let said = text[*from..end].trim_end_matches([' ', '\n', ',', ';', '(']);
        let from = from + (said.len() - said.trim_start().len());
        let at = from..from + said.trim_start().len();
        units.extend(item(text, at, &Mark::Number(0)).map(|unit| unit.below(&heading)));
    }
    Some(units)
}

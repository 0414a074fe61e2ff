//! The YAML tab: the object as the API server has it, for reading.
//! Apart from its making, where managed fields are left out and credentials masked.

use crate::app::focus::Focus;
use crate::ui::paint::{Line, Painter};
use crate::ui::theme::Role;

pub(super) fn lines(_p: &Painter<'_>, focus: &Focus) -> Vec<Line> {
    match &focus.yaml {
        Some(Ok(text)) if !text.is_empty() => text.lines().map(coloured).collect(),
        Some(Err(why)) => vec![
            Line::of(why.to_string(), Role::Bad),
            Line::of(why.hint(), Role::Dim),
        ],
        _ => vec![Line::of("reading the object …", Role::Dim)],
    }
}

/// Keys and comments apart from values. A line inside a block text can look like a key; that costs a colour, no meaning.
fn coloured(line: &str) -> Line {
    let indent = line.len() - line.trim_start_matches([' ', '-']).len();
    let (lead, rest) = line.split_at(indent);
    if rest.starts_with('#') {
        return Line::of(line, Role::Dim);
    }
    if let Some(colon) = rest.find(':')
        && (rest.len() == colon + 1 || rest[colon + 1..].starts_with(' '))
        && !rest[..colon].contains(' ')
    {
        let (key, value) = rest.split_at(colon + 1);
        return Line::of(lead, Role::Dim)
            .and(key, Role::Accent)
            .and(value, Role::Text);
    }
    Line::of(line, Role::Text)
}

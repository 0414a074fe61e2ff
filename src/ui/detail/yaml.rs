//! The YAML tab: the object as the API server has it, for reading.
//! Apart from its making, where managed fields are left out and credentials masked.

use std::sync::Arc;

use crate::app::focus::Focus;
use crate::model::trouble::Trouble;
use crate::ui::paint::Line;
use crate::ui::theme::Role;

/// Lines of the object, broken where they are longer than `wrap`.
pub(super) fn lines(focus: &Focus, wrap: Option<usize>) -> Vec<Line> {
    told(focus.yaml.as_ref(), wrap)
}

/// Lines of a text, or why there is none.
pub(in crate::ui) fn told(
    yaml: Option<&Result<Arc<str>, Trouble>>,
    wrap: Option<usize>,
) -> Vec<Line> {
    match yaml {
        Some(Ok(text)) if !text.is_empty() => {
            let lines = text.lines().map(coloured);
            match wrap {
                None => lines.collect(),
                Some(width) => lines.flat_map(|line| line.wrapped(width)).collect(),
            }
        }
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

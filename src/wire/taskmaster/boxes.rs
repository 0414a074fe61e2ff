//! Checkboxes of Markdown ticked: one byte of `acceptance-criteria.md`.
//! Apart from `tasks.json`, whose text is JSON.

use std::ops::Range;

/// A line that is an item with a checkbox.
struct Item<'t> {
    /// The byte between the brackets.
    mark: Range<usize>,
    ticked: bool,
    label: &'t str,
}

/// Why nothing was ticked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unticked {
    /// The file is no text.
    #[error("it is no UTF-8")]
    NoText,
    /// There is no such item.
    #[error("there is no checkbox `{label}` any more")]
    Missing {
        /// What stands behind it.
        label: String,
    },
    /// Several say the same.
    #[error("{times} checkboxes say `{label}`: it is not known which one is meant")]
    Ambiguous {
        /// What stands behind them.
        label: String,
        /// How many.
        times: usize,
    },
}

/// Ticks the box before `label`, or unticks it; nothing where it is so already. `at`: a byte of its line when it was read, which
/// tells items apart that say the same.
///
/// # Errors
/// Where no item says that, or several do.
pub fn tick(
    bytes: &[u8],
    label: &str,
    at: Option<usize>,
    ticked: bool,
) -> Result<Option<Vec<u8>>, Unticked> {
    let text = std::str::from_utf8(bytes).map_err(|_| Unticked::NoText)?;
    let wanted = label.trim();
    let (mut all, mut here) = (Vec::new(), None);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let lies = start..start + line.len();
        if let Some(item) = item(line, start).filter(|item| item.label == wanted) {
            all.push(item);
            if at.is_some_and(|at| lies.contains(&at)) {
                here = Some(all.len() - 1);
            }
        }
        start = lies.end;
    }
    let label = wanted.to_owned();
    let item = match (here, all.len()) {
        (Some(n), _) => &all[n],
        (None, 1) => &all[0],
        (None, 0) => return Err(Unticked::Missing { label }),
        (None, times) => return Err(Unticked::Ambiguous { label, times }),
    };
    if item.ticked == ticked {
        return Ok(None);
    }
    let mut new = bytes.to_vec();
    new.splice(item.mark.clone(), [if ticked { b'x' } else { b' ' }]);
    Ok(Some(new))
}

/// The box on whose line a byte is: what stands behind it, and whether it is ticked.
pub fn at(text: &str, byte: usize) -> Option<(&str, bool)> {
    let before = text.get(..byte)?;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text[start..].split_inclusive('\n').next()?;
    let item = item(line, start)?;
    Some((item.label, item.ticked))
}

/// `- [ ] label`, `* [x] label`, `1. [X] label`, indented as one likes. Source: GitHub Flavored Markdown, task list items.
fn item(line: &str, start: usize) -> Option<Item<'_>> {
    let body = line.trim_start();
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let behind = match digits {
        0 => body.strip_prefix(['-', '*', '+'])?,
        _ => body[digits..].strip_prefix(['.', ')'])?,
    };
    let inner = behind.trim_start();
    let rest = inner
        .strip_prefix('[')
        .filter(|_| inner.len() < behind.len())?;
    let mark = rest.chars().next().filter(|c| " xX".contains(*c))?;
    let label = rest[1..].strip_prefix(']')?;
    let at = start + line.len() - rest.len();
    label.starts_with([' ', '\t']).then(|| Item {
        mark: at..at + 1,
        ticked: mark != ' ',
        label: label.trim(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TEXT: &str = "# Criteria\r\n\r\n- [ ] Refunds are whole\r\n  * [x] and in time\r\n1. [ ] Twice\r\n2) [ ] Twice\r\n- [ ]not one\r\n- [] nor this\r\n";

    fn ticked(label: &str, at: Option<usize>, ticked: bool) -> String {
        let new = tick(TEXT.as_bytes(), label, at, ticked).unwrap();
        String::from_utf8(new.unwrap()).unwrap()
    }

    #[test]
    fn one_byte_changes() {
        assert_eq!(
            ticked("Refunds are whole", None, true),
            TEXT.replace("[ ] Refunds", "[x] Refunds")
        );
        assert_eq!(
            ticked("and in time", None, false),
            TEXT.replace("[x] and", "[ ] and")
        );
        let second = TEXT.rfind("Twice");
        assert_eq!(
            ticked("Twice", second, true),
            TEXT.replace("2) [ ]", "2) [x]")
        );
        assert_eq!(tick(TEXT.as_bytes(), "and in time", None, true), Ok(None));
    }

    #[test]
    fn the_box_of_a_line_is_found_by_any_byte_of_it() {
        let byte = TEXT.find("and in").unwrap();
        assert_eq!(at(TEXT, byte), Some(("and in time", true)));
        assert_eq!(at(TEXT, byte - 8), Some(("and in time", true)));
        assert_eq!(at(TEXT, 3), None);
        assert_eq!(at(TEXT, TEXT.len() + 1), None);
    }

    #[test]
    fn what_is_not_there_or_there_twice_is_told() {
        let said = |label| tick(TEXT.as_bytes(), label, None, true).unwrap_err();
        assert_eq!(
            said("Twice"),
            Unticked::Ambiguous {
                label: "Twice".to_owned(),
                times: 2
            }
        );
        for label in ["not one", "nor this", "Refunds"] {
            assert!(matches!(said(label), Unticked::Missing { .. }), "{label}");
        }
        assert_eq!(tick(b"- [ ] \xff", "x", None, true), Err(Unticked::NoText));
    }
}

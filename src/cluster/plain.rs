//! A log line as the text a terminal would have shown: escape sequences gone, overwritten parts overwritten.
//! Apart from the streams, because it is a pure function that must survive every byte.

use std::borrow::Cow;

use vte::{Params, Parser, Perform};

use crate::model::text::{clean, is_safe};

/// Columns of a tab stop.
const TAB: usize = 8;
/// Furthest column a cursor movement reaches; what jumps further is no log line.
const FURTHEST: usize = 64 << 10;

/// The visible text of one line. Colours and styles are dropped, carriage returns overwrite, tabs become spaces,
/// invalid UTF-8 becomes `�`. Every character counts as one column, as in the oldest terminals.
/// Source of the sequences: ECMA-48; parser states: Paul Williams, "A parser for DEC's ANSI-compatible video terminals".
pub fn plain(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = String::from_utf8_lossy(line);
    if text.chars().all(is_safe) {
        return text.into_owned();
    }
    let mut screen = Screen::default();
    // C1 controls start sequences too; the parser knows them by their seven-bit forms.
    let seven = seven_bit(&text);
    Parser::new().advance(&mut screen, seven.as_bytes());
    let text: String = screen.cells.into_iter().collect();
    match clean(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(text) => text,
    }
}

/// U+0080–U+009F as ESC and the letter that means the same (ECMA-48 §5.3).
fn seven_bit(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| ('\u{80}'..='\u{9f}').contains(&c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{80}'..='\u{9f}' => {
                out.push('\u{1b}');
                out.extend(char::from_u32(c as u32 - 0x40));
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[derive(Default)]
struct Screen {
    cells: Vec<char>,
    at: usize,
}

impl Screen {
    fn put(&mut self, c: char) {
        if self.at >= FURTHEST {
            return;
        }
        if self.at > self.cells.len() {
            self.cells.resize(self.at, ' ');
        }
        match self.cells.get_mut(self.at) {
            Some(cell) => *cell = c,
            None => self.cells.push(c),
        }
        self.at += 1;
    }
}

impl Perform for Screen {
    fn print(&mut self, c: char) {
        self.put(c);
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\r' => self.at = 0,
            b'\t' => self.at = ((self.at / TAB + 1) * TAB).min(FURTHEST),
            0x08 => self.at = self.at.saturating_sub(1),
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, _: &[u8], _: bool, action: char) {
        let first = params
            .iter()
            .next()
            .and_then(|p| p.first().copied())
            .unwrap_or(0);
        let count = usize::from(first.max(1));
        match action {
            'K' if first == 0 => self.cells.truncate(self.at),
            'K' if first == 2 => self.cells.clear(),
            'C' => self.at = (self.at + count).min(FURTHEST),
            'D' => self.at = self.at.saturating_sub(count),
            'G' => self.at = (count - 1).min(FURTHEST),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_terminal_would_show_is_what_stays() {
        for (line, shown) in [
            ("plain – ünï ✔", "plain – ünï ✔"),
            ("\u{1b}[31;1mred\u{1b}[0m end", "red end"),
            ("10%\r 50%\r100%", "100%"),
            ("downloading 10%\r\u{1b}[Kdone", "done"),
            ("windows\r", "windows"),
            ("a\tb\tc", "a       b       c"),
            ("\u{1b}]0;title\u{7}after", "after"),
            ("\u{1b}]52;c;ZXZpbA==\u{1b}\\after", "after"),
            ("\u{9b}2Jafter\u{9d}0;x\u{9c}!", "after!"),
            ("bell\u{7}\u{0} and \u{202e}turn", "bell and �turn"),
            ("typo\u{8}\u{8}pe", "type"),
            ("\u{1b}[9999Gfar", ""),
        ] {
            let text = plain(line.as_bytes());
            if shown.is_empty() {
                assert!(text.ends_with("far") && text.len() <= FURTHEST);
            } else {
                assert_eq!(text, shown);
            }
        }
        assert_eq!(plain(b"bad \xff byte"), "bad \u{fffd} byte");
    }

    proptest! {
        #[test]
        fn no_byte_sequence_leaves_anything_unsafe(line in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(plain(&line).chars().all(is_safe));
        }
    }
}

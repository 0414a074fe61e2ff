//! A log line as the text a terminal would have shown, with its colours: other escape sequences gone, overwritten parts
//! overwritten.
//! Apart from the streams, because it is a pure function that must survive every byte.

use std::borrow::Cow;

use vte::{Params, Parser, Perform};

use crate::model::hue::Hue;
use crate::model::log::Tint;
use crate::model::text::{clean, is_safe};

/// Columns of a tab stop.
const TAB: usize = 8;
/// Furthest column a cursor movement reaches; what jumps further is no log line.
const FURTHEST: usize = 64 << 10;
/// Pieces of other colours kept of a line; what a program paints letter by letter says nothing by it.
const TINTS: usize = 256;

/// The visible text of one line and its colours. Carriage returns overwrite, tabs become spaces, invalid UTF-8 becomes
/// `�`. Every character counts as one column, as in the oldest terminals.
/// Source of the sequences: ECMA-48; parser states: Paul Williams, "A parser for DEC's ANSI-compatible video terminals".
pub fn plain(line: &[u8]) -> (String, Vec<Tint>) {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = String::from_utf8_lossy(line);
    if text.chars().all(is_safe) {
        return (text.into_owned(), Vec::new());
    }
    let mut screen = Screen::default();
    // C1 controls start sequences too; the parser knows them by their seven-bit forms.
    let seven = seven_bit(&text);
    Parser::new().advance(&mut screen, seven.as_bytes());
    let text: String = screen.cells.iter().map(|(c, _)| *c).collect();
    let text = match clean(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(text) => text,
    };
    let tints = tints(&text, &screen.cells);
    (text, tints)
}

/// Neighbours of one colour as one piece. Cleaning has changed characters, but not how many there are.
fn tints(text: &str, cells: &[(char, Option<Hue>)]) -> Vec<Tint> {
    let mut tints: Vec<Tint> = Vec::new();
    for ((from, c), (_, hue)) in text.char_indices().zip(cells) {
        // A line is far shorter than what a number of 32 bits counts.
        let (from, to) = (from as u32, (from + c.len_utf8()) as u32);
        let Some(hue) = *hue else {
            continue;
        };
        let full = tints.len() >= TINTS;
        match tints.last_mut() {
            Some(last) if last.hue == hue && last.to == from => last.to = to,
            _ if full => break,
            _ => tints.push(Tint { from, to, hue }),
        }
    }
    tints
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
    cells: Vec<(char, Option<Hue>)>,
    at: usize,
    ink: Ink,
}

/// How what is printed next looks.
#[derive(Clone, Copy, Default)]
struct Ink {
    text: Option<Hue>,
    ground: Option<Hue>,
    bold: bool,
    dim: bool,
}

impl Ink {
    /// The one colour that is kept of it: a coloured ground says most.
    fn hue(self) -> Option<Hue> {
        let ground = self.ground.filter(|hue| *hue != Hue::Grey);
        let bold = self.bold.then_some(Hue::Bold);
        let dim = self.dim.then_some(Hue::Grey);
        ground.or(self.text).or(dim).or(bold)
    }

    /// Select graphic rendition. Source: ECMA-48 §8.3.117; 38 and 48 with their colours: ITU-T T.416 §13.1.8, with `;`
    /// between the parts as xterm takes them too.
    fn select(&mut self, params: &Params) {
        let mut params = params.iter();
        while let Some(param) = params.next() {
            match param.first().copied().unwrap_or(0) {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                22 => (self.bold, self.dim) = (false, false),
                n @ 30..=37 => self.text = Hue::of_index((n - 30) as u8),
                n @ 90..=97 => self.text = Hue::of_index((n - 90) as u8 + 8),
                39 => self.text = None,
                n @ 40..=47 => self.ground = Hue::of_index((n - 40) as u8),
                n @ 100..=107 => self.ground = Hue::of_index((n - 100) as u8 + 8),
                49 => self.ground = None,
                n @ (38 | 48) => {
                    let hue = extended(param, &mut params);
                    match n {
                        38 => self.text = hue,
                        _ => self.ground = hue,
                    }
                }
                _ => {}
            }
        }
    }
}

/// `38:5:n`, `38:2::r:g:b`, or the same numbers as parameters of their own.
fn extended<'p>(param: &[u16], rest: &mut impl Iterator<Item = &'p [u16]>) -> Option<Hue> {
    let mut inside = param.iter().copied().skip(1).peekable();
    let joined = inside.peek().is_some();
    let mut next = || match joined {
        true => inside.next(),
        false => rest.next().and_then(|param| param.first().copied()),
    };
    let byte = |n: u16| u8::try_from(n).unwrap_or(u8::MAX);
    match next()? {
        5 => Hue::of_index(byte(next()?)),
        2 => {
            // With colons a colour space can stand before the three.
            let space = joined && param.len() > 5;
            if space {
                next()?;
            }
            Hue::of_rgb((byte(next()?), byte(next()?), byte(next()?)))
        }
        _ => None,
    }
}

impl Screen {
    fn put(&mut self, c: char) {
        if self.at >= FURTHEST {
            return;
        }
        if self.at > self.cells.len() {
            self.cells.resize(self.at, (' ', None));
        }
        let new = (c, self.ink.hue());
        match self.cells.get_mut(self.at) {
            Some(cell) => *cell = new,
            None => self.cells.push(new),
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

    fn csi_dispatch(&mut self, params: &Params, between: &[u8], _: bool, action: char) {
        // `CSI > 4 m` and the like are about keyboards.
        if action == 'm' && between.is_empty() {
            return self.ink.select(params);
        }
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
            let (text, _) = plain(line.as_bytes());
            if shown.is_empty() {
                assert!(text.ends_with("far") && text.len() <= FURTHEST);
            } else {
                assert_eq!(text, shown);
            }
        }
        assert_eq!(plain(b"bad \xff byte").0, "bad \u{fffd} byte");
    }

    #[test]
    fn colours_stay_by_their_names_and_nothing_else_does() {
        for (line, pieces) in [
            ("\u{1b}[31;1mred\u{1b}[0m end", vec![("red", Hue::Red)]),
            ("\u{1b}[1mbold\u{1b}[22m", vec![("bold", Hue::Bold)]),
            ("\u{1b}[41;37m FAIL \u{1b}[0m x", vec![(" FAIL ", Hue::Red)]),
            (
                "\u{1b}[38;5;196ma\u{1b}[38:2::0:200:0mb\u{1b}[38;2;0;200;200mc",
                vec![("a", Hue::Red), ("b", Hue::Green), ("c", Hue::Cyan)],
            ),
            (
                "\u{1b}[90mé\u{202e}\u{1b}[39m!",
                vec![("é\u{fffd}", Hue::Grey)],
            ),
            ("\u{1b}[33mwarn\rdone\u{1b}[K", vec![("done", Hue::Yellow)]),
            ("\u{1b}[>4;1mx\u{1b}[?25ly", vec![]),
            ("\u{1b}[38;5mx", vec![]),
        ] {
            let (text, tints) = plain(line.as_bytes());
            let found: Vec<_> = tints
                .iter()
                .map(|tint| (&text[tint.from as usize..tint.to as usize], tint.hue))
                .collect();
            assert_eq!(found, pieces, "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn no_byte_sequence_leaves_anything_unsafe(line in prop::collection::vec(any::<u8>(), 0..300)) {
            let (text, tints) = plain(&line);
            prop_assert!(text.chars().all(is_safe));
            for tint in tints {
                prop_assert!(text.get(tint.from as usize..tint.to as usize).is_some());
            }
        }
    }
}

//! Cells as the fewest bytes that show them: only what differs from the cell before is said, and nothing that is not seen.
//! Apart from the backend, because a slow line is won or lost here and nowhere else.
//!
//! Sequences (ECMA-48, xterm): SGR; CUP, CUF to move; ECH for blanks.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// Blanks in a row from which on it is shorter to erase them.
const BLANKS: u16 = 9;

/// Attributes that are seen where there is no character.
const SEEN: Modifier = Modifier::UNDERLINED
    .union(Modifier::REVERSED)
    .union(Modifier::CROSSED_OUT)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK);

/// Attributes with their SGR numbers.
const NUMBERS: [(Modifier, &str); 9] = [
    (Modifier::BOLD, "1"),
    (Modifier::DIM, "2"),
    (Modifier::ITALIC, "3"),
    (Modifier::UNDERLINED, "4"),
    (Modifier::SLOW_BLINK, "5"),
    (Modifier::RAPID_BLINK, "6"),
    (Modifier::REVERSED, "7"),
    (Modifier::HIDDEN, "8"),
    (Modifier::CROSSED_OUT, "9"),
];

/// Attributes of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    fg: Color,
    bg: Color,
    under: Color,
    modifier: Modifier,
}

const PLAIN: Look = Look {
    fg: Color::Reset,
    bg: Color::Reset,
    under: Color::Reset,
    modifier: Modifier::empty(),
};

/// A writer that knows where the terminal stands and what its attributes are.
struct Pen<'a> {
    out: &'a mut Vec<u8>,
    at: Option<(u16, u16)>,
    look: Look,
}

/// Writes cells, which come by lines and in them from left to right. It begins and ends with plain attributes.
pub fn write<'c>(out: &mut Vec<u8>, cells: impl Iterator<Item = (u16, u16, &'c Cell)>) {
    out.extend_from_slice(b"\x1b[m");
    let mut pen = Pen {
        out,
        at: None,
        look: PLAIN,
    };
    let mut blanks: Option<(u16, u16, u16)> = None;
    for (x, y, cell) in cells {
        if is_blank(cell) && cell.bg == Color::Reset {
            blanks = match blanks {
                Some((start, line, count)) if (start + count, line) == (x, y) => {
                    Some((start, line, count + 1))
                }
                other => {
                    pen.blanks(other);
                    Some((x, y, 1))
                }
            };
            continue;
        }
        pen.blanks(blanks.take());
        pen.cell(x, y, cell);
    }
    pen.blanks(blanks);
    pen.out.extend_from_slice(b"\x1b[m");
}

/// It shows nothing but its background.
fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && !cell.modifier.intersects(SEEN)
}

impl Pen<'_> {
    fn cell(&mut self, x: u16, y: u16, cell: &Cell) {
        self.go(x, y);
        let look = Look {
            fg: cell.fg,
            bg: cell.bg,
            under: cell.underline_color,
            modifier: cell.modifier,
        };
        match is_blank(cell) {
            true => self.background(cell.bg),
            false => self.turn(look),
        }
        let symbol = cell.symbol();
        self.out.extend_from_slice(symbol.as_bytes());
        let width = u16::try_from(symbol.width()).unwrap_or(1);
        self.at = Some((x.saturating_add(width), y));
    }

    /// So many blanks from a cell on.
    fn blanks(&mut self, blanks: Option<(u16, u16, u16)>) {
        let Some((x, y, count)) = blanks else {
            return;
        };
        self.go(x, y);
        self.background(Color::Reset);
        if count < BLANKS {
            self.out
                .extend(std::iter::repeat_n(b' ', usize::from(count)));
            self.at = Some((x.saturating_add(count), y));
        } else {
            // The cursor stays where it is.
            self.out.extend(format!("\x1b[{count}X").into_bytes());
        }
    }

    fn go(&mut self, x: u16, y: u16) {
        let bytes = match self.at {
            Some(at) if at == (x, y) => return,
            Some((from, line)) if line == y && from < x => match x - from {
                1 => "\x1b[C".to_string(),
                count => format!("\x1b[{count}C"),
            },
            _ if x == 0 => format!("\x1b[{}H", u32::from(y) + 1),
            _ => format!("\x1b[{};{}H", u32::from(y) + 1, u32::from(x) + 1),
        };
        self.out.extend(bytes.into_bytes());
        self.at = Some((x, y));
    }

    /// Only what is seen of a blank: whatever else holds may go on holding.
    fn background(&mut self, bg: Color) {
        let modifier = self.look.modifier;
        let modifier = match modifier.intersects(SEEN) {
            true => Modifier::empty(),
            false => modifier,
        };
        self.turn(Look {
            bg,
            modifier,
            ..self.look
        });
    }

    fn turn(&mut self, to: Look) {
        if self.look == to {
            return;
        }
        let mut numbers: Vec<String> = Vec::new();
        // What is taken away is taken away with all the rest: its own numbers are not the same everywhere.
        if !to.modifier.contains(self.look.modifier) {
            numbers.push("0".to_string());
            self.look = PLAIN;
        }
        let added = to.modifier.difference(self.look.modifier);
        let added = NUMBERS.iter().filter(|(one, _)| added.contains(*one));
        numbers.extend(added.map(|(_, number)| (*number).to_string()));
        if self.look.fg != to.fg {
            numbers.push(colour(to.fg, 30, 38));
        }
        if self.look.bg != to.bg {
            numbers.push(colour(to.bg, 40, 48));
        }
        if self.look.under != to.under {
            numbers.push(match to.under {
                Color::Reset => "59".to_string(),
                Color::Rgb(r, g, b) => format!("58;2;{r};{g};{b}"),
                other => format!("58;5;{}", index(other).unwrap_or(7)),
            });
        }
        self.look = to;
        if !numbers.is_empty() {
            self.out
                .extend(format!("\x1b[{}m", numbers.join(";")).into_bytes());
        }
    }
}

/// Number of a colour in the palette of 256.
fn index(colour: Color) -> Option<u8> {
    Some(match colour {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Indexed(index) => index,
        Color::Reset | Color::Rgb(..) => return None,
    })
}

fn colour(colour: Color, base: u8, extended: u8) -> String {
    match (colour, index(colour)) {
        (Color::Indexed(index), _) => format!("{extended};5;{index}"),
        (_, Some(index @ 0..=7)) => format!("{}", base + index),
        // The bright eight, aixterm.
        (_, Some(index)) => format!("{}", base + 52 + index),
        (Color::Rgb(r, g, b), _) => format!("{extended};2;{r};{g};{b}"),
        _ => format!("{}", base + 9),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn written(paint: impl FnOnce(&mut Buffer)) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 3));
        let before = buffer.clone();
        paint(&mut buffer);
        let mut out = Vec::new();
        let changes = before.diff(&buffer);
        write(&mut out, changes.into_iter());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_what_differs_is_said() {
        let red = Style::new().fg(Color::Red);
        let text = written(|buffer| {
            buffer.set_string(2, 1, "ab", red);
            buffer.set_string(4, 1, "c d", red.bold());
            buffer.set_string(
                9,
                1,
                "e",
                Style::new().fg(Color::LightBlue).bg(Color::Rgb(1, 2, 3)),
            );
        });
        assert_eq!(
            text,
            "\u{1b}[m\u{1b}[2;3H\u{1b}[31mab\u{1b}[1mc d\u{1b}[2C\u{1b}[0;94;48;2;1;2;3me\u{1b}[m"
        );
    }

    #[test]
    fn blanks_have_no_colour_and_many_of_them_are_erased() {
        let mut before = Buffer::empty(Rect::new(0, 0, 40, 1));
        before.set_string(0, 0, "x".repeat(40), Style::new());
        let mut after = Buffer::empty(Rect::new(0, 0, 40, 1));
        after.set_string(0, 0, "a", Style::new().fg(Color::Indexed(200)));
        after.set_string(1, 0, "  ", Style::new().fg(Color::Green));
        after.set_string(3, 0, "b", Style::new().fg(Color::Indexed(200)));
        let mut out = Vec::new();
        write(&mut out, before.diff(&after).into_iter());
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\u{1b}[m\u{1b}[1H\u{1b}[38;5;200ma  b\u{1b}[36X\u{1b}[m"
        );
        let text = written(|buffer| {
            buffer.set_string(0, 0, "a  ", Style::new().underlined());
            buffer.set_string(3, 0, " ", Style::new().bg(Color::Blue));
        });
        assert_eq!(text, "\u{1b}[m\u{1b}[1H\u{1b}[4ma  \u{1b}[0;44m \u{1b}[m");
    }

    fn style() -> impl Strategy<Value = Style> {
        let colour = prop::sample::select(vec![
            Color::Reset,
            Color::Red,
            Color::White,
            Color::Indexed(77),
            Color::Rgb(9, 8, 7),
        ]);
        let modifier = prop::sample::select(vec![
            Modifier::empty(),
            Modifier::BOLD,
            Modifier::UNDERLINED,
            Modifier::REVERSED | Modifier::BOLD,
            Modifier::ITALIC,
        ]);
        (colour.clone(), colour, modifier)
            .prop_map(|(fg, bg, modifier)| Style::new().fg(fg).bg(bg).add_modifier(modifier))
    }

    fn seen(colour: Color) -> vt100::Color {
        match colour {
            Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
            other => index(other).map_or(vt100::Color::Default, vt100::Color::Idx),
        }
    }

    proptest! {
        /// Whatever is painted after whatever, a terminal shows it.
        #[test]
        fn a_terminal_shows_what_was_painted(
            pieces in prop::collection::vec(
                (0_u16..36, 0_u16..3, prop::sample::select(vec!["a", "word", "  ", "            ", "日本"]), style()),
                1..40,
            ),
            at in 0_usize..40,
        ) {
            let area = Rect::new(0, 0, 40, 3);
            let size = |count| std::num::NonZero::new(count).unwrap();
            let mut terminal = vt100::Parser::new(size(3), size(40), 0);
            let mut last = Buffer::empty(area);
            let mut next = last.clone();
            for (index, (x, y, text, style)) in pieces.iter().enumerate() {
                // Half a wide character under other text is another question.
                let (x, end) = match *text {
                    "日本" => (36, 40),
                    _ => (*x, 36),
                };
                next.set_stringn(x, *y, *text, usize::from(end - x), *style);
                if index % (at + 1) == 0 || index + 1 == pieces.len() {
                    let mut out = Vec::new();
                    write(&mut out, last.diff(&next).into_iter());
                    terminal.process(&out);
                    last = next.clone();
                }
            }
            for (x, y) in (0..3).flat_map(|y| (0..40).map(move |x| (x, y))) {
                let (cell, shown) = (&next[(x, y)], terminal.screen().cell(y, x).unwrap());
                if shown.is_wide_continuation() {
                    continue;
                }
                let text = if shown.has_contents() { shown.contents() } else { " " };
                prop_assert_eq!(cell.symbol(), text, "{} {}", x, y);
                prop_assert_eq!(seen(cell.bg), shown.bgcolor(), "{} {}", x, y);
                prop_assert_eq!(cell.modifier.contains(Modifier::UNDERLINED), shown.underline());
                prop_assert_eq!(cell.modifier.contains(Modifier::REVERSED), shown.inverse());
                if !is_blank(cell) {
                    prop_assert_eq!(seen(cell.fg), shown.fgcolor(), "{} {}", x, y);
                    prop_assert_eq!(cell.modifier.contains(Modifier::BOLD), shown.bold());
                }
            }
        }
    }
}

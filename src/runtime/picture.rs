//! A drawn frame as text: plain, or with the colours as SGR sequences.
//! Apart from the terminal, which is sent differences; a picture is whole and goes into a file or a report.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier, Style};
use unicode_width::UnicodeWidthStr as _;

/// Every row as a line, without the blanks at its end.
pub fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let line: String = row(buffer, y).map(Cell::symbol).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Every row as a line with its colours. Source: ECMA-48 §8.3.117 (SGR), with `38;2;r;g;b` and `38;5;n` of ISO 8613-6.
pub fn ansi(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut before = Style::reset();
        for cell in row(buffer, y) {
            let style = cell.style();
            if style != before {
                text.push_str(&sgr(style));
                before = style;
            }
            text.push_str(cell.symbol());
        }
        text.push_str("\u{1b}[0m\n");
    }
    text
}

/// The cells of a row; the blank ones behind a wide character are part of it.
fn row(buffer: &Buffer, y: u16) -> impl Iterator<Item = &Cell> {
    let mut covered = 0_usize;
    (0..buffer.area.width)
        .filter_map(move |x| buffer.cell((buffer.area.x + x, buffer.area.y + y)))
        .filter(move |cell| {
            if covered > 0 {
                covered -= 1;
                return false;
            }
            covered = cell.symbol().width().saturating_sub(1);
            true
        })
}

fn sgr(style: Style) -> String {
    let mut codes = String::from("\u{1b}[0");
    for (modifier, code) in [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::ITALIC, 3),
        (Modifier::UNDERLINED, 4),
        (Modifier::REVERSED, 7),
        (Modifier::CROSSED_OUT, 9),
    ] {
        if style.add_modifier.contains(modifier) {
            // Writing to a string cannot fail.
            let _ = write!(codes, ";{code}");
        }
    }
    for (colour, base) in [(style.fg, 30), (style.bg, 40)] {
        if let Some(colour) = colour {
            codes.push_str(&code(colour, base));
        }
    }
    codes.push('m');
    codes
}

/// A colour of the foreground (base 30) or of the background (base 40), with the separator before it.
fn code(colour: Color, base: u8) -> String {
    let plain = |index: u8| format!(";{}", base + index);
    let bright = |index: u8| format!(";{}", base + 60 + index);
    match colour {
        Color::Reset => String::new(),
        Color::Rgb(r, g, b) => format!(";{};2;{r};{g};{b}", base + 8),
        Color::Indexed(index) => format!(";{};5;{index}", base + 8),
        Color::Black => plain(0),
        Color::Red => plain(1),
        Color::Green => plain(2),
        Color::Yellow => plain(3),
        Color::Blue => plain(4),
        Color::Magenta => plain(5),
        Color::Cyan => plain(6),
        Color::Gray => plain(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn rows_are_lines_and_a_wide_character_takes_its_cells() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 2));
        buffer.set_string(0, 0, "a日b", Style::default());
        assert_eq!(text(&buffer), "a日b\n\n");
    }

    #[test]
    fn colours_are_said_where_they_change_and_taken_back_at_the_end() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        let red = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
        buffer.set_string(0, 0, "xy", red);
        buffer.set_string(2, 0, "z", Style::new().bg(Color::Rgb(1, 2, 3)));
        assert_eq!(
            ansi(&buffer),
            "\u{1b}[0;1;31mxy\u{1b}[0;48;2;1;2;3mz\u{1b}[0m\n"
        );
    }
}

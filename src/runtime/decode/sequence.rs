//! The first key, mouse report or mark in a row of bytes.
//! Apart from the decoder that holds bytes back, because each sequence is a fact about terminals and nothing else.
//!
//! Sources: xterm control sequences (`ctlseqs`, keys, SGR mouse, bracketed paste), the Linux console's F1–F5,
//! `CSI u` of fixterms and of the kitty keyboard protocol; the answers to OSC 11, DA1, XTVERSION
//! and XTWINOPS 16 (xterm), and reports of
//! mode 2031 and of the focus, mode 1004 (<https://contour-terminal.org/vt-extensions/color-palette-update-notifications/>).

use crate::app::config::Background;
use crate::app::graphics::{self, Answer};
use crate::app::key::{KeyCode, KeyPress};
use crate::app::msg::Msg;
use crate::model::text::is_safe;
use crate::ui::theme::colour;

/// Longest control sequence that can mean something to us.
pub const SEQUENCE_CAP: usize = 64;
/// Lines of one notch of the wheel.
const NOTCH: i16 = 3;
/// The escape byte.
pub const ESC: u8 = 0x1b;

/// What the first bytes are.
pub enum Piece {
    /// So many bytes that mean this, or nothing to us.
    Whole(usize, Option<Msg>),
    /// So many bytes that start a paste.
    PasteStart(usize),
    /// More bytes are needed.
    Part,
}

/// The first piece of these bytes.
pub fn piece(bytes: &[u8]) -> Piece {
    match bytes {
        [] | [ESC] => Piece::Part,
        [ESC, ESC, ..] => Piece::Whole(1, Some(key(KeyCode::Esc))),
        [ESC, b'[', rest @ ..] => control_sequence(rest),
        [ESC, b'O', rest @ ..] => single_shift(rest),
        [ESC, b']', rest @ ..] => string(rest, answer),
        [ESC, b'P'] | [ESC, b'P', b'>'] => Piece::Part,
        [ESC, b'P', b'>', b'|', ..] => string(&bytes[2..], named),
        [ESC, rest @ ..] => match character(rest) {
            Piece::Whole(used, Some(Msg::Key(press))) => {
                Piece::Whole(used + 1, Some(Msg::Key(KeyPress { alt: true, ..press })))
            }
            Piece::Whole(used, _) => Piece::Whole(used + 1, None),
            other => other,
        },
        _ => character(bytes),
    }
}

/// A typed character or a control code.
fn character(bytes: &[u8]) -> Piece {
    let Some(&first) = bytes.first() else {
        return Piece::Part;
    };
    let press = match first {
        b'\r' => key(KeyCode::Enter),
        b'\t' => key(KeyCode::Tab),
        0x7f => key(KeyCode::Backspace),
        0x00 => with(KeyCode::Char(' '), true, false),
        // Control codes are the letter's lowest five bits: ctrl-a is 1, ctrl-\ is 28.
        0x01..=0x1a => with(KeyCode::Char((first - 1 + b'a') as char), true, false),
        0x1b => key(KeyCode::Esc),
        0x1c..=0x1f => with(KeyCode::Char((first + 0x40) as char), true, false),
        0x20..=0x7e => key(KeyCode::Char(first as char)),
        _ => return wide_character(bytes),
    };
    Piece::Whole(1, Some(press))
}

fn wide_character(bytes: &[u8]) -> Piece {
    let length = match bytes[0] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Piece::Whole(1, None),
    };
    let have = &bytes[..bytes.len().min(length)];
    match std::str::from_utf8(have) {
        Ok(text) => match text.chars().next().filter(|c| is_safe(*c)) {
            Some(c) => Piece::Whole(length, Some(key(KeyCode::Char(c)))),
            None => Piece::Whole(length, None),
        },
        Err(error) if error.error_len().is_none() => Piece::Part,
        Err(_) => Piece::Whole(1, None),
    }
}

/// After `ESC O`: F1–F4, and arrows in application mode.
fn single_shift(rest: &[u8]) -> Piece {
    let Some(&last) = rest.first() else {
        return Piece::Part;
    };
    let code = match last {
        b'M' => Some(KeyCode::Enter),
        b'P'..=b'S' => Some(KeyCode::F(last - b'P' + 1)),
        _ => cursor_key(last),
    };
    match code {
        Some(code) => Piece::Whole(3, Some(key(code))),
        None => Piece::Whole(2, Some(with(KeyCode::Char('O'), false, true))),
    }
}

fn cursor_key(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        _ => return None,
    })
}

/// After `ESC ]` or `ESC P`: an answer of the terminal, up to BEL or `ESC \\`. People type no such thing.
fn string(rest: &[u8], meaning: fn(&[u8]) -> Option<Msg>) -> Piece {
    let ended = rest.iter().position(|byte| *byte < 0x20);
    let text = &rest[..ended.unwrap_or(rest.len())];
    match ended.map(|end| (end, &rest[end..])) {
        None if rest.len() < SEQUENCE_CAP => Piece::Part,
        Some((end, [0x07, ..])) => Piece::Whole(end + 3, meaning(text)),
        Some((_, [ESC])) => Piece::Part,
        Some((end, [ESC, b'\\', ..])) => Piece::Whole(end + 4, meaning(text)),
        // Cut off, or longer than anything that was asked for.
        _ => Piece::Whole(text.len() + 2, None),
    }
}

/// `11;rgb:1e1e/1e1e/1e1e`: the background, one to four hexadecimal digits a colour (XParseColor).
fn answer(text: &[u8]) -> Option<Msg> {
    let text = std::str::from_utf8(text).ok()?.strip_prefix("11;")?;
    let colours = text.strip_prefix("rgb:").or(text.strip_prefix("rgba:"))?;
    let mut parts = colours.split('/').map(|part| {
        let unused = 4_usize.checked_sub(part.len())?;
        let most = u16::MAX.checked_shr(4 * unused as u32)?;
        let value = u32::from(u16::from_str_radix(part, 16).ok()?);
        u8::try_from((value * 255).checked_div(most.into())?).ok()
    });
    let rgb = (parts.next()??, parts.next()??, parts.next()??);
    Some(Msg::Background(colour::background(rgb)))
}

/// `>|kitty(0.35.2)`: what the terminal calls itself (XTVERSION).
fn named(text: &[u8]) -> Option<Msg> {
    let name = std::str::from_utf8(text).ok()?.strip_prefix(">|")?;
    graphics::by_name(name).map(|protocol| Msg::Terminal(Answer::Name(protocol)))
}

/// `6;20;10`: a cell is 20 pixels high and 10 wide (XTWINOPS 16).
fn cell(text: &str) -> Option<Msg> {
    let mut numbers = text.strip_prefix("6;")?.split(';').map(str::parse::<u16>);
    let (down, across) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    let real = (2..=200).contains(&down) && (2..=200).contains(&across);
    real.then_some(Msg::Terminal(Answer::Cell(across, down)))
}

/// After `ESC [`: parameters and intermediates (0x20–0x3f), then one final byte (0x40–0x7e).
fn control_sequence(rest: &[u8]) -> Piece {
    if let [b'[', tail @ ..] = rest {
        return match tail.first() {
            None => Piece::Part,
            Some(last @ b'A'..=b'E') => Piece::Whole(4, Some(key(KeyCode::F(last - b'A' + 1)))),
            Some(_) => Piece::Whole(3, None),
        };
    }
    let length = rest
        .iter()
        .take_while(|byte| (0x20..=0x3f).contains(*byte))
        .count();
    let used = length + 2;
    match rest.get(length) {
        None if length < SEQUENCE_CAP => Piece::Part,
        Some(last @ 0x40..=0x7e) => {
            let text = std::str::from_utf8(&rest[..length]).unwrap_or_default();
            match (text, last) {
                ("200", b'~') => Piece::PasteStart(used + 1),
                ("", b'M') if rest.len() < 4 => Piece::Part,
                // The mouse report of terminals without SGR mode: button, column, row, each plus 32.
                ("", b'M') => Piece::Whole(
                    used + 4,
                    mouse(rest[1].wrapping_sub(32).into(), rest[2], rest[3]),
                ),
                _ => Piece::Whole(used + 1, sequence(text, *last)),
            }
        }
        // Cut off by another control character, or longer than anything meant for us.
        _ => Piece::Whole(used, None),
    }
}

fn sequence(text: &str, last: u8) -> Option<Msg> {
    match (text, last) {
        ("", b'I') => return Some(Msg::Focus(true)),
        ("", b'O') => return Some(Msg::Focus(false)),
        ("?997;1", b'n') => return Some(Msg::Background(Background::Dark)),
        ("?997;2", b'n') => return Some(Msg::Background(Background::Light)),
        // The answer to DA1 comes after all answers to earlier questions.
        (text, b'c') if text.starts_with('?') => {
            // Of what a terminal says that it can, 4 is sixels; the first number is what it is.
            let sixel = text.split(';').skip(1).any(|number| number == "4");
            return Some(Msg::Terminal(Answer::Over { sixel }));
        }
        (text, b't') => return cell(text),
        _ => {}
    }
    if let Some(report) = text.strip_prefix('<') {
        let mut numbers = report.split(';').map(str::parse::<u16>);
        let (button, column, row) = (numbers.next()?, numbers.next()?, numbers.next()?);
        let report = (button.ok()?, column.ok()?, row.ok()?);
        return (last == b'M').then(|| pointer(report)).flatten();
    }
    let mut fields = text.split(';');
    let first = fields.next().unwrap_or_default();
    let (number, modifiers, third) = (
        first.split(':').next().and_then(|n| n.parse::<u32>().ok()),
        fields.next().unwrap_or_default(),
        fields.next().and_then(|n| n.parse::<u32>().ok()),
    );
    let code = match last {
        b'Z' => KeyCode::BackTab,
        // With another number it is an answer, such as the cursor's place.
        b'P'..=b'S' if number.is_none_or(|n| n == 1) => KeyCode::F(last - b'P' + 1),
        b'u' => unicode_key(number?)?,
        b'~' if number == Some(27) => unicode_key(third?)?,
        b'~' => numbered_key(number?)?,
        _ => cursor_key(last)?,
    };
    modified(code, modifiers)
}

fn numbered_key(number: u32) -> Option<KeyCode> {
    let function = |first: u32, name: u32| u8::try_from(number - first + name).ok();
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(function(11, 1)?),
        17..=21 => KeyCode::F(function(17, 6)?),
        23..=26 => KeyCode::F(function(23, 11)?),
        28..=29 => KeyCode::F(function(28, 15)?),
        31..=34 => KeyCode::F(function(31, 17)?),
        _ => return None,
    })
}

fn unicode_key(number: u32) -> Option<KeyCode> {
    Some(match number {
        9 => KeyCode::Tab,
        13 => KeyCode::Enter,
        27 => KeyCode::Esc,
        127 => KeyCode::Backspace,
        _ => KeyCode::Char(char::from_u32(number).filter(|c| is_safe(*c))?),
    })
}

/// `modifiers` is one more than a bit field (1 shift, 2 alt, 4 control), with `:3` behind it for a release.
fn modified(code: KeyCode, modifiers: &str) -> Option<Msg> {
    let (bits, kind) = modifiers.split_once(':').unwrap_or((modifiers, ""));
    if kind == "3" {
        return None;
    }
    let bits = bits.parse::<u32>().unwrap_or(1).saturating_sub(1);
    let mut press = KeyPress {
        code,
        shift: bits & 1 != 0,
        alt: bits & 2 != 0,
        ctrl: bits & 4 != 0,
    };
    match press.code {
        KeyCode::Char(c) if press.shift => {
            press.shift = false;
            if !press.ctrl {
                press.code = KeyCode::Char(c.to_ascii_uppercase());
            }
        }
        KeyCode::Tab if press.shift => {
            press.shift = false;
            press.code = KeyCode::BackTab;
        }
        KeyCode::BackTab => press.shift = false,
        _ => {}
    }
    Some(Msg::Key(press))
}

fn mouse(button: u16, column: u8, row: u8) -> Option<Msg> {
    pointer((
        button,
        u16::from(column).checked_sub(32)?,
        u16::from(row).checked_sub(32)?,
    ))
}

/// Button bits: 64 the wheel (0 up, 1 down), 32 motion, 0–2 the buttons. Cells are counted from 1.
fn pointer((button, column, row): (u16, u16, u16)) -> Option<Msg> {
    let (column, row) = (column.checked_sub(1)?, row.checked_sub(1)?);
    match (button & 0b1110_0000, button & 0b11) {
        (64, 0) => Some(Msg::Wheel(-NOTCH, column, row)),
        (64, 1) => Some(Msg::Wheel(NOTCH, column, row)),
        (0, 0) => Some(Msg::Click(column, row)),
        (32, 0) => Some(Msg::Drag(column, row)),
        _ => None,
    }
}

/// A key alone.
pub fn key(code: KeyCode) -> Msg {
    Msg::Key(KeyPress::plain(code))
}

/// A key with control or alt.
pub fn with(code: KeyCode, ctrl: bool, alt: bool) -> Msg {
    Msg::Key(KeyPress {
        ctrl,
        alt,
        ..KeyPress::plain(code)
    })
}

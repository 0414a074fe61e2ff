//! Which keys a terminal can send: many keys with modifiers reach a program as another key, or not at all.
//! Apart from reading bytes, because a keymap file is told before anybody presses the key.
//!
//! Sources: ECMA-48 and ASCII for control codes (control and a letter are its lowest five bits), xterm's `ctlseqs` for
//! modified cursor and function keys. The kitty keyboard protocol can send more; this program does not ask for it.

use crate::app::key::{KeyCode, KeyPress};

/// The highest function key that has a sequence (xterm, VT220).
const LAST_FUNCTION_KEY: u8 = 20;

/// What reaches the program when a person presses this key: the key itself, another one, or nothing.
pub fn reaches(key: KeyPress) -> Option<KeyPress> {
    let as_code = |code| {
        Some(KeyPress {
            code,
            ctrl: false,
            shift: false,
            ..key
        })
    };
    match key.code {
        KeyCode::Char(c) if key.ctrl => control(key, c),
        // Escape twice is two keys.
        KeyCode::Esc if key.alt => None,
        KeyCode::Tab if key.shift => as_code(KeyCode::BackTab),
        KeyCode::Enter | KeyCode::Esc | KeyCode::Tab | KeyCode::BackTab | KeyCode::Backspace => {
            as_code(key.code)
        }
        KeyCode::F(n) if n > LAST_FUNCTION_KEY => None,
        _ => Some(key),
    }
}

/// Control and a character are one of 32 codes, some of which are keys of their own.
fn control(key: KeyPress, c: char) -> Option<KeyPress> {
    let plain = |code| {
        Some(KeyPress {
            code,
            ctrl: false,
            ..key
        })
    };
    let with = |c| {
        Some(KeyPress {
            code: KeyCode::Char(c),
            ..key
        })
    };
    match c.to_ascii_lowercase() {
        'i' => plain(KeyCode::Tab),
        'm' => plain(KeyCode::Enter),
        '[' | '3' => plain(KeyCode::Esc),
        '?' | '8' => plain(KeyCode::Backspace),
        '@' | '2' | ' ' => with(' '),
        '/' | '7' | '_' => with('_'),
        '4' | '\\' => with('\\'),
        '5' | ']' => with(']'),
        '6' | '^' => with('^'),
        letter @ 'a'..='z' => with(letter),
        _ => plain(KeyCode::Char(c)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_a_terminal_cannot_tell_apart_are_known() {
        for (key, arrives) in [
            ("ctrl-i", Some("tab")),
            ("ctrl-m", Some("enter")),
            ("ctrl-[", Some("esc")),
            ("ctrl-shift-x", Some("ctrl-x")),
            ("alt-ctrl-i", Some("alt-tab")),
            ("ctrl-/", Some("ctrl-_")),
            ("ctrl-1", Some("1")),
            ("ctrl-enter", Some("enter")),
            ("shift-enter", Some("enter")),
            ("shift-tab", Some("backtab")),
            ("ctrl-backspace", Some("backspace")),
            ("alt-esc", None),
            ("f21", None),
            ("ctrl-d", Some("ctrl-d")),
            ("ctrl-space", Some("ctrl-space")),
            ("ctrl-up", Some("ctrl-up")),
            ("alt-enter", Some("alt-enter")),
            ("shift-f5", Some("shift-f5")),
            ("G", Some("G")),
            ("é", Some("é")),
        ] {
            let found = reaches(KeyPress::parse(key).unwrap());
            let arrives = arrives.map(|key| KeyPress::parse(key).unwrap());
            assert_eq!(found, arrives, "{key}");
        }
    }
}

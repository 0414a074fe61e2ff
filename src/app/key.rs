//! Key presses and their names: `x r`, `ctrl-d`, `esc`. The text form of keymaps, tests and `tiphys frame --keys`.
//! Apart from crossterm, whose events are turned into these in `runtime/input`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KeyCode {
    /// A character as typed, shift already applied.
    Char(char),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift-tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Function key.
    F(u8),
}

/// A key with its modifiers. Shift is kept only where it is not in the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyPress {
    /// The key.
    pub code: KeyCode,
    /// Control held.
    pub ctrl: bool,
    /// Alt held.
    pub alt: bool,
    /// Shift held, for keys that are not characters.
    pub shift: bool,
}

impl KeyPress {
    /// A key without modifiers.
    pub fn plain(code: KeyCode) -> Self {
        Self {
            code,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    /// The character this key would type, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// Reads one key: `j`, `G`, `ctrl-d`, `alt-x`, `esc`, `space`, `f5`, `shift-up`.
    ///
    /// # Errors
    /// A sentence that names what is not a key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut key = Self::plain(KeyCode::Esc);
        let mut rest = text;
        loop {
            let (prefix, tail) = match rest.split_once('-') {
                Some((prefix, tail)) if !tail.is_empty() => (prefix, tail),
                _ => break,
            };
            match prefix.to_ascii_lowercase().as_str() {
                "ctrl" | "c" => key.ctrl = true,
                "alt" | "a" | "m" => key.alt = true,
                "shift" | "s" => key.shift = true,
                _ => return Err(format!("`{prefix}` is not a modifier (ctrl, alt, shift)")),
            }
            rest = tail;
        }
        key.code = Self::code(rest).ok_or_else(|| format!("`{text}` is not the name of a key"))?;
        if let (KeyCode::Char(c), true) = (key.code, key.shift) {
            key.code = KeyCode::Char(c.to_ascii_uppercase());
            key.shift = false;
        }
        Ok(key)
    }

    /// Reads keys separated by spaces: `x r`, `g g`.
    ///
    /// # Errors
    /// As [`KeyPress::parse`]; an empty text is an error too.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        let keys: Vec<Self> = text
            .split_whitespace()
            .map(Self::parse)
            .collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err("no key is named".to_string());
        }
        Ok(keys)
    }

    fn code(name: &str) -> Option<KeyCode> {
        let mut chars = name.chars();
        if let (Some(c), None) = (chars.next(), chars.next()) {
            return Some(KeyCode::Char(c));
        }
        Some(match name.to_ascii_lowercase().as_str() {
            "enter" | "return" => KeyCode::Enter,
            "esc" | "escape" => KeyCode::Esc,
            "tab" => KeyCode::Tab,
            "backtab" => KeyCode::BackTab,
            "backspace" | "backspc" => KeyCode::Backspace,
            "del" | "delete" => KeyCode::Delete,
            "ins" | "insert" => KeyCode::Insert,
            "space" => KeyCode::Char(' '),
            "minus" => KeyCode::Char('-'),
            "up" => KeyCode::Up,
            "down" => KeyCode::Down,
            "left" => KeyCode::Left,
            "right" => KeyCode::Right,
            "home" => KeyCode::Home,
            "end" => KeyCode::End,
            "pageup" | "pgup" => KeyCode::PageUp,
            "pagedown" | "pgdn" => KeyCode::PageDown,
            other => KeyCode::F(
                other
                    .strip_prefix('f')?
                    .parse()
                    .ok()
                    .filter(|n| (1..=24).contains(n))?,
            ),
        })
    }
}

impl fmt::Display for KeyPress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        if self.alt {
            f.write_str("alt-")?;
        }
        if self.shift {
            f.write_str("shift-")?;
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("space"),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::Enter => f.write_str("enter"),
            KeyCode::Esc => f.write_str("esc"),
            KeyCode::Tab => f.write_str("tab"),
            KeyCode::BackTab => f.write_str("backtab"),
            KeyCode::Backspace => f.write_str("backspace"),
            KeyCode::Delete => f.write_str("del"),
            KeyCode::Insert => f.write_str("ins"),
            KeyCode::Up => f.write_str("up"),
            KeyCode::Down => f.write_str("down"),
            KeyCode::Left => f.write_str("left"),
            KeyCode::Right => f.write_str("right"),
            KeyCode::Home => f.write_str("home"),
            KeyCode::End => f.write_str("end"),
            KeyCode::PageUp => f.write_str("pageup"),
            KeyCode::PageDown => f.write_str("pagedown"),
            KeyCode::F(n) => write!(f, "f{n}"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_as_it_is_written() {
        for name in [
            "j", "G", "ctrl-d", "alt-x", "esc", "space", "f5", "shift-up", "-", "ctrl--", "/",
        ] {
            let key = KeyPress::parse(name).expect(name);
            assert_eq!(key.to_string(), name);
        }
        assert_eq!(KeyPress::parse("shift-g"), KeyPress::parse("G"));
        assert!(KeyPress::parse("hyper-x").is_err());
        assert!(KeyPress::parse("f99").is_err());
        assert!(KeyPress::parse_all("  ").is_err());
    }
}

//! Text being typed, with the editing keys of a shell: one line, or a page.
//! Apart, because it is the only place that knows the text area crate; the rest sees text and a cursor.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tui_textarea::{CursorMove, Input, Key, TextArea};

use crate::app::key::{KeyCode, KeyPress};

/// A line editor. Serialised as its text and cursor.
#[derive(Clone, Debug, Default)]
pub struct Editor {
    area: TextArea<'static>,
}

#[derive(Serialize, Deserialize)]
struct Frozen {
    text: String,
    cursor: usize,
}

impl Editor {
    /// With this text and the cursor at its end.
    pub fn with(text: &str) -> Self {
        let mut area = TextArea::new(vec![one_line(text)]);
        area.move_cursor(CursorMove::End);
        Self { area }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// Characters before the cursor.
    pub fn cursor(&self) -> usize {
        self.area.cursor().1
    }

    /// Takes a key; says whether the text changed. Keys that would leave the line do nothing.
    pub fn key(&mut self, key: KeyPress) -> bool {
        let code = match key.code {
            // The text area's own ctrl-m is a line break.
            KeyCode::Char('m') if key.ctrl => return false,
            KeyCode::Char('u') if key.ctrl => return self.area.delete_line_by_head(),
            code => match edits(code) {
                Some(code) => code,
                None => return false,
            },
        };
        self.area.input(input(key, code))
    }

    /// Takes pasted text, its line ends as spaces.
    pub fn paste(&mut self, text: &str) {
        self.area.insert_str(one_line(text));
    }
}

/// Keys that mean the same in a line and in a text of several; `None`: another one.
fn edits(code: KeyCode) -> Option<Key> {
    Some(match code {
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        _ => return None,
    })
}

/// A key as the text area takes it.
fn input(key: KeyPress, code: Key) -> Input {
    Input {
        key: code,
        ctrl: key.ctrl,
        alt: key.alt,
        shift: key.shift,
    }
}

fn one_line(text: &str) -> String {
    crate::model::text::clean(text).into_owned()
}

impl PartialEq for Editor {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text() && self.cursor() == other.cursor()
    }
}

impl Serialize for Editor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Frozen {
            text: self.text().to_string(),
            cursor: self.cursor(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Editor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let frozen = Frozen::deserialize(deserializer)?;
        let mut editor = Self::with(&frozen.text);
        let column = u16::try_from(frozen.cursor).unwrap_or(u16::MAX);
        editor.area.move_cursor(CursorMove::Jump(0, column));
        Ok(editor)
    }
}

/// A text of several lines being typed. Serialised as its text and cursor.
#[derive(Clone, Debug, Default)]
pub struct Page {
    area: TextArea<'static>,
}

#[derive(Serialize, Deserialize)]
struct FrozenPage {
    text: String,
    cursor: (usize, usize),
}

impl Page {
    /// With this text and the cursor at its end.
    pub fn with(text: &str) -> Self {
        let lines = text.split('\n').map(one_line);
        let mut area = TextArea::new(lines.collect());
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        Self { area }
    }

    /// Its lines, of which there is at least one.
    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// The text.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// The line of the cursor and the characters before it there.
    pub fn cursor(&self) -> (usize, usize) {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1)
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyPress) {
        let code = match key.code {
            KeyCode::Char('u') if key.ctrl => {
                self.area.delete_line_by_head();
                return;
            }
            KeyCode::Enter => Key::Enter,
            KeyCode::Up => Key::Up,
            KeyCode::Down => Key::Down,
            KeyCode::PageUp => Key::PageUp,
            KeyCode::PageDown => Key::PageDown,
            code => match edits(code) {
                Some(code) => code,
                None => return,
            },
        };
        self.area.input(input(key, code));
    }

    /// Takes pasted text with its lines.
    pub fn paste(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines: Vec<String> = text.split('\n').map(one_line).collect();
        self.area.insert_str(lines.join("\n"));
    }
}

impl PartialEq for Page {
    fn eq(&self, other: &Self) -> bool {
        self.lines() == other.lines() && self.cursor() == other.cursor()
    }
}

impl Serialize for Page {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        FrozenPage {
            text: self.text(),
            cursor: self.cursor(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Page {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let frozen = FrozenPage::deserialize(deserializer)?;
        let mut page = Self::with(&frozen.text);
        let cells = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        let (line, column) = frozen.cursor;
        page.area
            .move_cursor(CursorMove::Jump(cells(line), cells(column)));
        Ok(page)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_page_becomes_one_line() {
        let mut editor = Editor::with("ns:");
        editor.paste("pay\nments\u{1b}[2J");
        assert_eq!(editor.text(), "ns:pay ments␛[2J");
    }

    #[test]
    fn a_page_keeps_its_lines_and_nothing_else_of_what_is_pasted() {
        let mut page = Page::with("one");
        page.paste("\r\ntwo\u{1b}[2J\rthree");
        page.key(KeyPress::plain(KeyCode::Enter));
        page.key(KeyPress::plain(KeyCode::Char('x')));
        assert_eq!(page.lines(), ["one", "two␛[2J", "three", "x"]);
        page.key(KeyPress::plain(KeyCode::Up));
        let text = serde_json::to_string(&page).unwrap();
        assert_eq!(serde_json::from_str::<Page>(&text).unwrap(), page);
        assert_eq!(page.cursor(), (2, 1));
    }

    #[test]
    fn it_survives_being_written_down() {
        let mut editor = Editor::with("status:failed");
        editor.key(KeyPress::plain(KeyCode::Home));
        editor.key(KeyPress::plain(KeyCode::Char('!')));
        let text = serde_json::to_string(&editor).unwrap();
        let back: Editor = serde_json::from_str(&text).unwrap();
        assert_eq!(back, editor);
        assert_eq!(back.text(), "!status:failed");
    }
}

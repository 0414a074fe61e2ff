//! Values that a person gives before something is done: one line each, some with values to choose from.
//! Apart from the dialog that shows what would be done, which wants them all.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::app::editor::Editor;
use crate::app::key::{KeyCode, KeyPress};
use crate::model::act::{Field, Value};

/// A line of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What is asked for.
    pub field: Field,
    /// What was typed.
    pub editor: Editor,
    /// Its default stands there as it was when the line was come to: what is typed now takes its place.
    #[serde(default)]
    pub fresh: bool,
}

impl Entry {
    fn new(field: Field) -> Self {
        let text = field.default.clone().unwrap_or_default();
        Self {
            field,
            editor: Editor::with(&text),
            fresh: false,
        }
    }

    /// The line is come to.
    fn enter(&mut self) {
        let text = self.editor.text();
        let untouched = self.field.default.as_deref() == Some(text);
        self.fresh = untouched && !text.is_empty();
    }

    /// Its default stood there once and does not now.
    pub fn has_left_default(&self) -> bool {
        let default = self.field.default.as_deref();
        default.is_some_and(|default| !default.is_empty() && default != self.editor.text())
    }

    /// A key where text is typed: over a default that nobody has touched it begins anew, as in forms everywhere; keys that
    /// move keep it.
    fn key(&mut self, key: KeyPress) {
        if key.ctrl && key.code == KeyCode::Char('r') {
            self.editor = Editor::with(self.field.default.as_deref().unwrap_or_default());
            return self.enter();
        }
        let erases = matches!(key.code, KeyCode::Backspace | KeyCode::Delete);
        if std::mem::take(&mut self.fresh) && (erases || key.typed().is_some()) {
            self.editor = Editor::default();
        }
        self.editor.key(key);
    }

    /// What is wrong with it, if something is.
    pub fn problem(&self) -> Option<String> {
        let text = self.editor.text();
        let options = &self.field.options;
        if text.is_empty() && self.field.required {
            return Some("needs a value".to_string());
        }
        if !text.is_empty() && !options.is_empty() && !options.iter().any(|one| **one == *text) {
            let all: Vec<&str> = options.iter().map(|one| &**one).collect();
            return Some(format!("one of {}", all.join(", ")));
        }
        None
    }

    /// The next value of those it may have, or the one before.
    fn turn(&mut self, forward: bool) {
        let options = &self.field.options;
        let here = options.iter().position(|one| **one == *self.editor.text());
        let count = options.len();
        let next = match (here, forward) {
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
        };
        self.editor = Editor::with(&options[next]);
    }
}

/// A form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// Its lines.
    pub entries: Vec<Entry>,
    /// The last line is what a person has to say, not a value.
    pub words: bool,
    /// The line being typed.
    pub at: usize,
    /// Enter was pressed although something is wrong: it is said where it is.
    pub tried: bool,
}

impl Form {
    /// For these values, and for what a person has to say about it: its name, and whether it may be empty.
    pub fn new(fields: Vec<Field>, words: Option<(&str, bool)>) -> Self {
        let mut entries: Vec<Entry> = fields.into_iter().map(Entry::new).collect();
        if let Some((name, may_be_empty)) = words {
            entries.push(Entry::new(Field {
                name: name.into(),
                description: "".into(),
                default: None,
                options: Vec::new(),
                required: !may_be_empty,
            }));
        }
        let mut form = Self {
            entries,
            words: words.is_some(),
            at: 0,
            tried: false,
        };
        form.to(0);
        form
    }

    /// Moves to the next line, or the one before.
    pub fn go(&mut self, by: isize) {
        let last = self.entries.len().saturating_sub(1);
        self.to(self.at.saturating_add_signed(by).min(last));
    }

    /// Comes to a line.
    pub fn to(&mut self, at: usize) {
        self.at = at;
        if let Some(entry) = self.entries.get_mut(at) {
            entry.enter();
        }
    }

    /// A key for the line being typed.
    pub fn typed(&mut self, key: KeyPress) {
        let Some(entry) = self.entries.get_mut(self.at) else {
            return;
        };
        let chosen = !entry.field.options.is_empty();
        match key.code {
            KeyCode::Right if chosen => entry.turn(true),
            KeyCode::Left if chosen => entry.turn(false),
            KeyCode::Char(' ') if chosen => entry.turn(true),
            _ => entry.key(key),
        }
    }

    /// Text that was pasted.
    pub fn paste(&mut self, text: &str) {
        if let Some(entry) = self.entries.get_mut(self.at) {
            if std::mem::take(&mut entry.fresh) {
                entry.editor = Editor::default();
            }
            entry.editor.paste(text);
        }
    }

    /// Enter: the next line; after the last one everything, if nothing is wrong. The first wrong line is gone to.
    pub fn accept(&mut self) -> bool {
        if self.at + 1 < self.entries.len() {
            self.to(self.at + 1);
            return false;
        }
        self.tried = true;
        match self
            .entries
            .iter()
            .position(|entry| entry.problem().is_some())
        {
            Some(at) => {
                self.at = at;
                false
            }
            None => true,
        }
    }

    /// The values, and what a person had to say.
    pub fn given(&self) -> (Vec<Value>, Arc<str>) {
        let count = self.entries.len() - usize::from(self.words);
        let values = self.entries[..count]
            .iter()
            .filter(|entry| !entry.editor.text().is_empty() || entry.field.default.is_some())
            .map(|entry| Value {
                name: entry.field.name.clone(),
                value: entry.editor.text().into(),
            })
            .collect();
        let said = self.entries[count..]
            .first()
            .map_or("", |entry| entry.editor.text());
        (values, said.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, default: Option<&str>, options: &[&str], required: bool) -> Field {
        Field {
            name: name.into(),
            description: "".into(),
            default: default.map(Into::into),
            options: options.iter().map(|one| (*one).into()).collect(),
            required,
        }
    }

    #[test]
    fn a_value_that_is_missing_is_gone_to_and_nothing_is_given() {
        let fields = vec![
            field("version", None, &[], true),
            field("go", Some("no"), &["no", "yes"], true),
        ];
        let mut form = Form::new(fields, Some(("message", true)));
        assert!(!form.accept());
        assert!(!form.accept());
        assert!(!form.accept(), "version has no value");
        assert_eq!((form.at, form.tried), (0, true));
        for letter in "1.2".chars() {
            form.typed(KeyPress::plain(KeyCode::Char(letter)));
        }
        form.go(1);
        form.typed(KeyPress::plain(KeyCode::Right));
        form.go(1);
        assert!(form.accept());
        let (values, said) = form.given();
        let pairs: Vec<_> = values.iter().map(|v| (&*v.name, &*v.value)).collect();
        assert_eq!(pairs, [("version", "1.2"), ("go", "yes")]);
        assert_eq!(&*said, "");
    }

    #[test]
    fn the_first_letter_takes_the_place_of_a_default_and_a_key_brings_it_back() {
        let fields = vec![
            field("tag", Some("9.4"), &[], true),
            field("env", Some("qa"), &[], true),
        ];
        let text = |form: &Form, at: usize| form.entries[at].editor.text().to_string();
        let press = |form: &mut Form, code| form.typed(KeyPress::plain(code));
        let mut form = Form::new(fields, None);
        press(&mut form, KeyCode::Char('8'));
        press(&mut form, KeyCode::Char('.'));
        assert_eq!(text(&form, 0), "8.");
        assert!(form.entries[0].has_left_default());
        form.go(1);
        // Who moves in it means to change it.
        press(&mut form, KeyCode::End);
        press(&mut form, KeyCode::Char('2'));
        assert_eq!(text(&form, 1), "qa2");
        form.go(-1);
        press(&mut form, KeyCode::Char('1'));
        assert_eq!(text(&form, 0), "8.1", "what was typed is no default");
        let back = KeyPress {
            ctrl: true,
            ..KeyPress::plain(KeyCode::Char('r'))
        };
        form.typed(back);
        assert_eq!(text(&form, 0), "9.4");
        press(&mut form, KeyCode::Backspace);
        assert_eq!(text(&form, 0), "");
        form.typed(back);
        form.paste("10");
        assert_eq!(text(&form, 0), "10");
    }

    #[test]
    fn a_value_of_a_list_is_one_of_it() {
        let mut form = Form::new(vec![field("go", None, &["no", "yes"], true)], None);
        for letter in "maybe".chars() {
            form.typed(KeyPress::plain(KeyCode::Char(letter)));
        }
        assert!(!form.accept());
        assert_eq!(form.entries[0].problem().as_deref(), Some("one of no, yes"));
        form.typed(KeyPress::plain(KeyCode::Left));
        assert_eq!(form.entries[0].editor.text(), "yes");
        assert!(form.accept());
    }
}

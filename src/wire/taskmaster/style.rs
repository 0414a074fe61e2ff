//! How a file is laid out, so that what is put into it looks as if it had always been there.
//! Apart from what is put in: indentation, line ends and spaces are measured where it goes, file by file and object by object.

use super::json::{Kind, Member, Value};

/// How the members of an object are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// What stands before each member, behind the comma: a line end and indentation, a space, nothing.
    pub before: String,
    /// What stands before the closing bracket.
    pub after: String,
    /// What stands between key and value: `: `.
    pub colon: String,
}

impl Style {
    /// Of an object; where it is empty, as one that stands in an object of the style `around`.
    pub fn of(text: &str, object: &Value, around: Option<&Style>) -> Self {
        let members = object.members().unwrap_or_default();
        let Some(last) = members.last() else {
            return around.map_or_else(Self::usual, Style::within);
        };
        let before = match members {
            // The comma is the last one: between it and the key is nothing but space.
            [.., other, last] => {
                let between = &text[other.value.at.end..last.key_at.start];
                &between[between.find(',').map_or(0, |comma| comma + 1)..]
            }
            _ => &text[object.at.start + 1..last.key_at.start],
        };
        let colon = &text[last.key_at.end..last.value.at.start];
        let single = members.len() == 1 && !before.contains('\n');
        let before = match around {
            // Of one member in one line nobody can say what would stand behind a comma: what stands behind the colon.
            Some(around) if single && !around.before.contains('\n') => around.before.clone(),
            _ if single => colon.trim_start().trim_start_matches(':').to_owned(),
            _ => before.to_owned(),
        };
        Self {
            before,
            after: text[last.value.at.end..object.at.end - 1].to_owned(),
            colon: colon.to_owned(),
        }
    }

    /// As `JSON.stringify(…, null, 2)` writes one at the beginning of a file.
    fn usual() -> Self {
        Self {
            before: "\n  ".to_owned(),
            after: "\n".to_owned(),
            colon: ": ".to_owned(),
        }
    }

    /// Of an object that is the value of a member.
    pub fn within(&self) -> Self {
        let after = match self.before.contains('\n') {
            true => self.before.clone(),
            false => self.after.clone(),
        };
        Self {
            before: self.deeper(),
            after,
            colon: self.colon.clone(),
        }
    }

    /// What stands before each member one level further in.
    fn deeper(&self) -> String {
        if !self.before.contains('\n') {
            return self.before.clone();
        }
        let unit = self.before.strip_prefix(&*self.after);
        let unit = unit.filter(|unit| !unit.is_empty()).unwrap_or("  ");
        format!("{}{unit}", self.before)
    }

    /// What stands before the first member: in one line the space of the closing bracket's side.
    fn first(&self) -> &str {
        match self.before.contains('\n') {
            true => &self.before,
            false => &self.after,
        }
    }

    /// `"key": value`, without what stands before it.
    pub fn member(&self, key: &str, value: &serde_json::Value) -> String {
        format!("{}{}{}", quoted(key), self.colon, self.value(value))
    }

    /// A value as it would stand behind a key of an object of this style.
    pub fn value(&self, value: &serde_json::Value) -> String {
        let inner = self.within();
        let (open, close, parts): (_, _, Vec<String>) = match value {
            serde_json::Value::Object(members) => {
                let parts = members.iter().map(|(key, value)| inner.member(key, value));
                ('{', '}', parts.collect())
            }
            serde_json::Value::Array(items) => (
                '[',
                ']',
                items.iter().map(|item| inner.value(item)).collect(),
            ),
            serde_json::Value::String(text) => return quoted(text),
            other => return other.to_string(),
        };
        if parts.is_empty() {
            return format!("{open}{close}");
        }
        let between = format!(",{}", inner.before);
        format!(
            "{open}{}{}{}{close}",
            inner.first(),
            parts.join(&between),
            inner.after
        )
    }

    /// Where in an object a member goes, and what is written there: behind the last one.
    pub fn appended(
        &self,
        object: &Value,
        key: &str,
        value: &serde_json::Value,
    ) -> (usize, String) {
        let member = self.member(key, value);
        match object.members().and_then(<[Member]>::last) {
            Some(last) => (last.value.at.end, format!(",{}{member}", self.before)),
            None => (
                object.at.start + 1,
                format!("{}{member}{}", self.first(), self.after),
            ),
        }
    }
}

/// A text in quotes, escaped as JavaScript does.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The value says the same, however it is written.
pub(super) fn says(value: &Value, wanted: &serde_json::Value) -> bool {
    use serde_json::Value as Json;
    match (&value.kind, wanted) {
        (Kind::Null, Json::Null) => true,
        (Kind::Bool(is), Json::Bool(wanted)) => is == wanted,
        (Kind::Number(is), Json::Number(wanted)) => *is == wanted.to_string(),
        (Kind::Text(is), Json::String(wanted)) => is == wanted,
        (Kind::List(is), Json::Array(wanted)) => {
            is.len() == wanted.len() && is.iter().zip(wanted).all(|(is, wanted)| says(is, wanted))
        }
        (Kind::Object(is), Json::Object(wanted)) => {
            is.len() == wanted.len()
                && wanted
                    .iter()
                    .all(|(key, wanted)| value.get(key).is_some_and(|is| says(is, wanted)))
        }
        _ => false,
    }
}

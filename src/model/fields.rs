//! Log lines that are JSON objects, read for their fields.
//! Apart from lines and levels: how grave such a line is is asked as it arrives, its fields only while it is looked at.

use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::level::{Level, names_level};
use super::text::clean;

/// A line by what its fields mean. All texts are clean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    /// When, as the line has it.
    pub time: Option<String>,
    /// How grave, as the line has it.
    pub level: Option<String>,
    /// What happened.
    pub message: Option<String>,
    /// All others, in their order: a value that is a word as it is, one with spaces in quotes, a nested one as JSON.
    pub rest: Vec<(String, String)>,
}

/// What a piece of a line told by its fields is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// When, by its own clock.
    Time,
    /// How grave.
    Level,
    /// What happened.
    Message,
    /// A field with its value.
    Field,
}

/// Names of what happened, as zap, logrus, slog, pino, structlog and GELF have it.
const MESSAGE: [&str; 4] = ["msg", "message", "event", "short_message"];
/// Names of when.
const TIME: [&str; 5] = ["time", "timestamp", "@timestamp", "ts", "t"];

impl Fields {
    /// The fields of a line; `None` where it is no JSON object, or one that says nothing by these names.
    pub fn of(line: &str) -> Option<Self> {
        let line = line.trim();
        if !line.starts_with('{') {
            return None;
        }
        let map: Map<String, Value> = serde_json::from_str(line).ok()?;
        let mut fields = Self::default();
        for (name, value) in map {
            let is = |names: &[&str]| names.contains(&name.as_str());
            if fields.message.is_none() && is(&MESSAGE) && value.is_string() {
                fields.message = Some(plain(&value));
            } else if fields.level.is_none() && names_level(&name) && level_of(&value).is_some() {
                fields.level = Some(plain(&value));
            } else if fields.time.is_none() && is(&TIME) && !value.is_object() {
                fields.time = Some(plain(&value));
            } else {
                fields.rest.push((clean(&name).into_owned(), told(&value)));
            }
        }
        (fields.message.is_some() || fields.level.is_some()).then_some(fields)
    }

    /// The line as it is read: when (if asked for), how grave, what happened, then the rest as `name=value`.
    pub fn pieces(self, timed: bool) -> Vec<(Part, String)> {
        let mut pieces = Vec::with_capacity(self.rest.len() + 3);
        pieces.extend(self.time.filter(|_| timed).map(|text| (Part::Time, text)));
        // Levels are of about the same width, so that messages stand below each other.
        let level = self.level.map(|text| (Part::Level, format!("{text:<5}")));
        pieces.extend(level);
        pieces.extend(self.message.map(|text| (Part::Message, text)));
        let rest = self.rest.into_iter();
        pieces.extend(rest.map(|(name, value)| (Part::Field, format!("{name}={value}"))));
        let last = pieces.len().saturating_sub(1);
        for (_, text) in &mut pieces[..last] {
            text.push(' ');
        }
        pieces
    }
}

/// A text without its quotes, anything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => clean(text).into_owned(),
        other => clean(&other.to_string()).into_owned(),
    }
}

fn told(value: &Value) -> String {
    let text = plain(value);
    let bare = !text.is_empty() && !text.contains([' ', '"', '=']);
    match value {
        Value::String(_) if !bare => format!("\"{}\"", text.replace('"', "\\\"")),
        _ => text,
    }
}

fn level_of(value: &Value) -> Option<Level> {
    match value {
        Value::String(word) => Level::named(word),
        Value::Number(number) => Level::numbered(number.as_i64()?),
        _ => None,
    }
}

/// How grave a line that is a JSON object says it is.
pub(super) fn level(line: &str) -> Option<Level> {
    first(line, names_level).and_then(|value| level_of(&value))
}

/// The value of the first field, of the outermost object, whose name is one of these; the others are passed over.
fn first(line: &str, wanted: impl Fn(&str) -> bool) -> Option<Value> {
    let mut read = serde_json::Deserializer::from_str(line);
    // A line that was cut is read as far as it goes.
    let mut found = None;
    let _ = read.deserialize_map(First {
        wanted,
        found: &mut found,
    });
    found
}

/// The value at a path of names: `["http", "status"]`, or of the single name `http.status`.
pub fn at(line: &str, path: &[String]) -> Option<Value> {
    let (name, inside) = path.split_first()?;
    let nested = first(line, |known| known == name).and_then(|mut value| {
        for name in inside {
            value = value.as_object_mut()?.remove(name)?;
        }
        Some(value)
    });
    if nested.is_some() || inside.is_empty() {
        return nested;
    }
    let dotted = path.join(".");
    first(line, |known| known == dotted)
}

struct First<'f, W> {
    wanted: W,
    found: &'f mut Option<Value>,
}

impl<'de, W: Fn(&str) -> bool> Visitor<'de> for First<'_, W> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if (self.wanted)(&name) {
                *self.found = Some(map.next_value()?);
                // What follows is nobody's concern, and neither is the complaint that it was not read.
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_by_what_they_mean_and_the_rest_in_order() {
        let line = r#"{"ts":"2026-11-22T02:14:00Z","level":"error","msg":"refund\ttotal","order":77,"why":"left 19","http":{"status":500}}"#;
        let fields = Fields::of(line).unwrap();
        assert_eq!(fields.time.as_deref(), Some("2026-11-22T02:14:00Z"));
        assert_eq!(fields.level.as_deref(), Some("error"));
        assert_eq!(fields.message.as_deref(), Some("refund total"));
        let rest: Vec<String> = fields
            .rest
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        assert_eq!(
            rest,
            ["order=77", "why=\"left 19\"", "http={\"status\":500}"]
        );
        for line in ["{", "{}", r#"{"a":1}"#, "[1]", "plain", r#"{"msg":1}"#] {
            assert_eq!(Fields::of(line), None, "{line}");
        }
    }

    #[test]
    fn nothing_in_a_field_can_steer_a_terminal() {
        let line = r#"{"msg":"a\u001b[31mb","\u202ek":"\u0007"}"#;
        let fields = Fields::of(line).unwrap();
        assert_eq!(fields.message.as_deref(), Some("a\u{241b}[31mb"));
        assert_eq!(
            fields.rest[0],
            ("\u{fffd}k".to_string(), "\u{2407}".to_string())
        );
    }

    #[test]
    fn a_value_is_found_by_its_path() {
        let path = |text: &str| -> Vec<String> { text.split('.').map(str::to_string).collect() };
        let line = r#"{"http":{"status":500},"log.level":"info","a":1,"a":2}"#;
        assert_eq!(at(line, &path("http.status")), Some(Value::from(500)));
        assert_eq!(at(line, &path("log.level")), Some(Value::from("info")));
        assert_eq!(at(line, &path("a")), Some(Value::from(1)));
        assert_eq!(at(line, &path("http.x")), None);
        assert_eq!(at("plain", &path("a")), None);
    }
}

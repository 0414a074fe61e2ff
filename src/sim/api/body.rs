//! Bodies of writes: what they may be written in, and what is said of those that cannot be read.
//! Apart, because the words are those of Go's JSON decoder, which clients show to people.

use std::collections::HashSet;
use std::fmt;

use http::header;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::super::resource::Res;
use super::status::{self, Failure, bad_request};
use super::{Call, protobuf};

/// The type of a request's body without its parameters.
pub fn media_type(call: &Call) -> &str {
    let kind = call.headers.get(header::CONTENT_TYPE);
    let kind = kind
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim()
}

/// Reads JSON, or YAML where `yaml` says so.
///
/// # Errors
/// The text of Go's decoder.
pub fn read(bytes: &[u8], yaml: bool) -> Result<Value, String> {
    if yaml {
        let text = String::from_utf8_lossy(bytes);
        return serde_saphyr::from_str(&text).map_err(|why| why.to_string());
    }
    serde_json::from_slice(bytes).map_err(|_| explain(bytes))
}

/// The object that a POST or PUT carries.
///
/// # Errors
/// 415 for a type nobody reads, 400 for text that is no object of the kind.
pub fn object(call: &Call, res: Res) -> Result<Value, Failure> {
    let kind = media_type(call);
    if kind == protobuf::TYPE
        && !res.custom()
        && let Some(object) = protobuf::object(&call.body)
    {
        return Ok(object);
    }
    let yaml = kind == "application/yaml";
    if !yaml && !matches!(kind, "" | "application/json") {
        return Err(status::unsupported_body());
    }
    let unrecognized = |why: String| {
        bad_request(format!(
            "the object provided is unrecognized (must be of type {}): {why}",
            res.kind
        ))
    };
    let shown = String::from_utf8_lossy(&call.body).into_owned();
    let value = read(&call.body, yaml).map_err(|why| {
        let shown = if shown.is_empty() { "<empty>" } else { &shown };
        unrecognized(format!(
            "couldn't get version/kind; json parse error: {why} ({shown})"
        ))
    })?;
    if !value.is_object() {
        let hex: String = call.body.iter().map(|byte| format!("{byte:02x}")).collect();
        return Err(unrecognized(format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }} ({hex})",
            go_type(&value)
        )));
    }
    if res.custom() && value["kind"].as_str().unwrap_or_default().is_empty() {
        return Err(unrecognized(format!(
            "Object 'Kind' is missing in '{shown}' ({shown})"
        )));
    }
    Ok(value)
}

/// How an object that is applied is named in failures.
pub fn object_text(res: Res, name: &str) -> String {
    let group = if res.group.is_empty() {
        format!("/{}", res.version)
    } else {
        res.api_version()
    };
    format!("/{name}; {group}, Kind={}", res.kind)
}

/// The members that a JSON text names twice in one object, as `duplicate field "path"`. Empty where it is no JSON.
pub fn duplicates(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let walk = Walk {
        path: String::new(),
        found: &mut found,
    };
    if walk.deserialize(&mut reader).is_err() {
        return Vec::new();
    }
    found
}

/// Walks a JSON text member by member.
struct Walk<'a> {
    path: String,
    found: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut n = 0;
        loop {
            let path = format!("{}[{n}]", self.path);
            let found = &mut *self.found;
            if items.next_element_seed(Walk { path, found })?.is_none() {
                return Ok(());
            }
            n += 1;
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = members.next_key::<String>()? {
            let path = if self.path.is_empty() {
                key.clone()
            } else {
                format!("{}.{key}", self.path)
            };
            if !seen.insert(key) {
                let text = format!("duplicate field \"{path}\"");
                if !self.found.contains(&text) {
                    self.found.push(text);
                }
            }
            let found = &mut *self.found;
            members.next_value_seed(Walk { path, found })?;
        }
        Ok(())
    }
}

/// What Go's decoder calls a value.
pub fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Where the scanner is.
#[derive(Clone, Copy, PartialEq)]
enum At {
    Value,
    FirstElement,
    FirstKey,
    Key,
    Colon,
    After,
}

/// Why a text is not JSON, in the words of Go's scanner.
pub fn explain(bytes: &[u8]) -> String {
    const END: &str = "unexpected end of JSON input";
    let wrong = |byte: u8, context: &str| format!("invalid character {} {context}", quoted(byte));
    let mut open: Vec<u8> = Vec::new();
    let mut at = At::Value;
    let mut rest = bytes.iter().copied().enumerate().peekable();
    while let Some((_, byte)) = rest.next() {
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            continue;
        }
        match (at, byte) {
            (At::FirstElement, b']') | (At::FirstKey, b'}') => {
                open.pop();
                at = At::After;
            }
            (At::Value | At::FirstElement, b'{') => {
                open.push(b'{');
                at = At::FirstKey;
            }
            (At::Value | At::FirstElement, b'[') => {
                open.push(b'[');
                at = At::FirstElement;
            }
            (At::Value | At::FirstElement | At::FirstKey | At::Key, b'"') => {
                let key = matches!(at, At::FirstKey | At::Key);
                let mut escaped = false;
                loop {
                    match rest.next() {
                        None => return END.to_owned(),
                        Some((_, byte)) if byte < 0x20 => return wrong(byte, "in string literal"),
                        Some((_, b'"')) if !escaped => break,
                        Some((_, byte)) => escaped = byte == b'\\' && !escaped,
                    }
                }
                at = if key { At::Colon } else { At::After };
            }
            (At::Value | At::FirstElement, b't' | b'f' | b'n') => {
                let word: &[u8] = match byte {
                    b't' => b"true",
                    b'f' => b"false",
                    _ => b"null",
                };
                for expected in &word[1..] {
                    match rest.next() {
                        None => return END.to_owned(),
                        Some((_, found)) if found == *expected => {}
                        Some((_, found)) => {
                            let (word, expected) =
                                (String::from_utf8_lossy(word), char::from(*expected));
                            return wrong(
                                found,
                                &format!("in literal {word} (expecting '{expected}')"),
                            );
                        }
                    }
                }
                at = At::After;
            }
            (At::Value | At::FirstElement, b'-' | b'0'..=b'9') => {
                while rest
                    .next_if(|(_, byte)| {
                        matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')
                    })
                    .is_some()
                {}
                at = At::After;
            }
            (At::Value | At::FirstElement, byte) => {
                return wrong(byte, "looking for beginning of value");
            }
            (At::FirstKey | At::Key, byte) => {
                return wrong(byte, "looking for beginning of object key string");
            }
            (At::Colon, b':') => at = At::Value,
            (At::Colon, byte) => return wrong(byte, "after object key"),
            (At::After, byte) => match (open.last(), byte) {
                (Some(b'{'), b',') => at = At::Key,
                (Some(b'['), b',') => at = At::Value,
                (Some(b'{'), b'}') | (Some(b'['), b']') => {
                    open.pop();
                }
                (Some(b'{'), byte) => return wrong(byte, "after object key:value pair"),
                (Some(_), byte) => return wrong(byte, "after array element"),
                (None, byte) => return wrong(byte, "after top-level value"),
            },
        }
    }
    END.to_owned()
}

/// A byte as Go quotes it: a character of its own, whatever it is part of.
fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        0x20..0x7f => format!("'{}'", char::from(byte)),
        b'\n' => r"'\n'".to_owned(),
        b'\t' => r"'\t'".to_owned(),
        b'\r' => r"'\r'".to_owned(),
        0..0x20 | 0x7f => format!(r"'\x{byte:02x}'"),
        0x80..0xa0 => format!(r"'\u{byte:04x}'"),
        _ => format!("'{}'", char::from(byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_json_is_explained_as_go_explains_it() {
        for (text, expected) in [
            ("", "unexpected end of JSON input"),
            ("{\"spec\":", "unexpected end of JSON input"),
            (
                "{nope",
                "invalid character 'n' looking for beginning of object key string",
            ),
            (
                "nope",
                "invalid character 'o' in literal null (expecting 'u')",
            ),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            (
                "{\"a\":1 2}",
                "invalid character '2' after object key:value pair",
            ),
            ("[1 2]", "invalid character '2' after array element"),
            ("{} x", "invalid character 'x' after top-level value"),
            (
                "{\"a\":}",
                "invalid character '}' looking for beginning of value",
            ),
        ] {
            assert_eq!(explain(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(
            explain(&[0x81]),
            "invalid character '\\u0081' looking for beginning of value"
        );
    }
}

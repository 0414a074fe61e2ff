//! `managedFields` taken out of what a server says before it is read: of a workflow it names every step, which is a third of the
//! object and nearly all of its row, and none of it is ever looked at.
//! Apart from the decoders, which would step over it name by name; here it is found and left out by its end alone.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr_iter, memchr3};

/// How an API server begins it. A quote inside of a text is written `\"`: these bytes stand nowhere but where a name does.
const BEGINS: &[u8] = br#""managedFields":["#;

static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(BEGINS));

/// The same JSON, each list of that name empty. What is written otherwise, or never ends, stays as it is.
pub fn cut(json: &[u8]) -> Cow<'_, [u8]> {
    let (mut kept, mut copied, mut searched) = (Vec::new(), 0, 0);
    while let Some(found) = FINDER.find(&json[searched..]) {
        let name = searched + found;
        let inside = name + BEGINS.len();
        searched = inside;
        // Only the end of another name: its quote is part of a text.
        if json[..name].last() == Some(&b'\\') {
            continue;
        }
        let Some(length) = list_end(&json[inside..]) else {
            break;
        };
        if length == 0 {
            continue;
        }
        kept.reserve(json.len() - copied);
        kept.extend_from_slice(&json[copied..inside]);
        copied = inside + length;
        searched = copied;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    kept.extend_from_slice(&json[copied..]);
    Cow::Owned(kept)
}

/// Where the list ends whose first byte this is: at its `]`.
fn list_end(list: &[u8]) -> Option<usize> {
    let first = memchr3(b']', b'[', b'\\', list)?;
    // What these fields hold are objects, and no list: where no escape comes before, and the quotes are in pairs, it is ours.
    let is_ours =
        list[first] == b']' && memchr_iter(b'"', &list[..first]).count().is_multiple_of(2);
    if is_ours { Some(first) } else { walked(list) }
}

/// The same, byte for byte.
fn walked(list: &[u8]) -> Option<usize> {
    let (mut depth, mut in_text, mut is_escaped) = (1_usize, false, false);
    for (at, byte) in list.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' => depth += 1,
            b']' if depth == 1 => return Some(at),
            b']' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn text(json: &str) -> String {
        String::from_utf8(cut(json.as_bytes()).into_owned()).unwrap()
    }

    /// What is to come of it: each list of that name empty, wherever it stands.
    fn emptied(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::Array(list) if name == "managedFields" => list.clear(),
                        value => emptied(value),
                    }
                }
            }
            Value::Array(list) => list.iter_mut().for_each(emptied),
            _ => {}
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let word = prop::sample::select(vec![
            "managedFields",
            "name",
            "x\"managedFields",
            "\"managedFields\":[",
            "]",
            "[",
            "\\",
            "a\\\"],",
            "é{}",
            "",
        ]);
        let leaf = prop_oneof![
            word.clone().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            Just(Value::Null),
        ];
        leaf.prop_recursive(5, 64, 6, move |inner| {
            let pairs = prop::collection::vec((word.clone(), inner.clone()), 0..6);
            let object = pairs.prop_map(|pairs| {
                let pairs = pairs
                    .into_iter()
                    .map(|(name, value)| (name.to_string(), value));
                Value::Object(pairs.collect())
            });
            prop_oneof![
                2 => object,
                1 => prop::collection::vec(inner, 0..6).prop_map(Value::Array),
            ]
        })
    }

    proptest! {
        #[test]
        fn only_lists_of_that_name_are_emptied(value in value()) {
            let mut expected = value.clone();
            emptied(&mut expected);
            let found: Value = serde_json::from_slice(&cut(value.to_string().as_bytes())).unwrap();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn any_bytes_at_all_are_taken(before in ".{0,20}", after in "[\\[\\]\"\\\\a]{0,40}") {
            let json = format!(r#"{before}"managedFields":[{after}"#);
            prop_assert!(cut(json.as_bytes()).len() <= json.len());
        }
    }

    #[test]
    fn what_a_server_writes_loses_its_fields_and_nothing_else() {
        let owned = r#"{"f:ownerReferences":{".":{},"k:{\"uid\":\"a]b\"}":{}}}"#;
        for fields in [
            "",
            r#"{"manager":"argo","fieldsV1":{"f:spec":{".":{}}}}"#,
            owned,
        ] {
            let of = |fields: &str| {
                format!(
                    r#"{{"metadata":{{"managedFields":[{fields}],"name":"a"}},"spec":{{"list":[1]}}}}"#
                )
            };
            assert_eq!(text(&of(fields)), of(""));
        }
        let rows =
            r#"{"rows":[{"m":{"managedFields":[{"a":{}}]}},{"m":{"managedFields":[{"b":{}}]}}]}"#;
        let cut_rows = r#"{"rows":[{"m":{"managedFields":[]}},{"m":{"managedFields":[]}}]}"#;
        assert_eq!(text(rows), cut_rows);
    }

    #[test]
    fn what_is_written_otherwise_stays() {
        for json in [
            json!({"metadata": {"name": "a"}}).to_string(),
            r#"{"managedFields": [{}]}"#.to_string(),
            r#"{"managedFields":[{"a":"#.to_string(),
            r#"{"x\"managedFields":["a"]}"#.to_string(),
        ] {
            assert_eq!(text(&json), json);
        }
    }
}

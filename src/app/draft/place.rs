//! Places of a document: `spec.criteria[2].command.image`, read, put and taken away.
//! Apart from what stands there, so that a field of a form, a problem and the answer of a server mean the same place.

use serde_json::{Map, Value};

/// What is left out of an object when nothing is in it any more; others say something by being there.
const HOLLOW: [&str; 11] = [
    "expect",
    "timeouts",
    "ttl",
    "resources",
    "retry",
    "stepRetry",
    "backoff",
    "template",
    "parameters",
    "project",
    "metadata",
];
/// What stands before the name of a parameter, which may have points in it.
const NAMES: &str = "spec.template.parameters.";
/// What the form notes in the document for itself begins with this; it is never sent.
pub const OWN: char = '~';

enum Step<'a> {
    Name(&'a str),
    At(usize),
}

fn steps(place: &str) -> Vec<Step<'_>> {
    let (path, last) = match place.strip_prefix(NAMES) {
        Some(name) => (&NAMES[..NAMES.len() - 1], Some(name)),
        None => (place, None),
    };
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (name, rest) = part.split_at(part.find('[').unwrap_or(part.len()));
        steps.push(Step::Name(name));
        let numbers = rest
            .split(['[', ']'])
            .filter_map(|number| number.parse().ok());
        steps.extend(numbers.map(Step::At));
    }
    steps.extend(last.map(Step::Name));
    steps
}

/// What stands there.
pub fn get<'a>(document: &'a Value, place: &str) -> Option<&'a Value> {
    steps(place)
        .into_iter()
        .try_fold(document, |value, step| match step {
            Step::Name(name) => value.get(name),
            Step::At(at) => value.get(at),
        })
}

/// The text that stands there; empty where there is none.
pub fn text<'a>(document: &'a Value, place: &str) -> &'a str {
    get(document, place)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// How many stand in the list there.
pub fn count(document: &Value, place: &str) -> usize {
    get(document, place)
        .and_then(Value::as_array)
        .map_or(0, Vec::len)
}

/// Puts a value there, with the objects that lead to it. Beyond the end of a list it becomes the last one.
pub fn put(document: &mut Value, place: &str, value: Value) {
    let mut here = document;
    for step in steps(place) {
        here = match step {
            Step::Name(name) => {
                if !here.is_object() {
                    *here = Value::Object(Map::new());
                }
                &mut here[name]
            }
            Step::At(at) => {
                if !here.is_array() {
                    *here = Value::Array(Vec::new());
                }
                let Some(list) = here.as_array_mut() else {
                    return;
                };
                let at = at.min(list.len());
                if at == list.len() {
                    list.push(Value::Null);
                }
                &mut list[at]
            }
        };
    }
    *here = value;
}

/// Takes what stands there away, and what is empty without it.
pub fn take(document: &mut Value, place: &str) -> Option<Value> {
    let all = steps(place);
    let taken = remove(document, &all);
    for end in (1..all.len()).rev() {
        if let Step::Name(name) = all[end - 1]
            && HOLLOW.contains(&name)
            && is_empty(document, &all[..end])
        {
            remove(document, &all[..end]);
        }
    }
    taken
}

fn remove(document: &mut Value, steps: &[Step<'_>]) -> Option<Value> {
    let (last, before) = steps.split_last()?;
    let mut here = document;
    for step in before {
        here = match step {
            Step::Name(name) => here.get_mut(*name)?,
            Step::At(at) => here.get_mut(*at)?,
        };
    }
    match (last, here) {
        (Step::Name(name), Value::Object(object)) => object.shift_remove(*name),
        (Step::At(at), Value::Array(list)) if *at < list.len() => Some(list.remove(*at)),
        _ => None,
    }
}

fn is_empty(document: &Value, steps: &[Step<'_>]) -> bool {
    let found = steps.iter().try_fold(document, |value, step| match step {
        Step::Name(name) => value.get(*name),
        Step::At(at) => value.get(*at),
    });
    found.and_then(Value::as_object).is_some_and(Map::is_empty)
}

/// Without what the form notes for itself.
pub fn bare(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let own = |name: &str| name.starts_with(OWN);
            let kept = object.iter().filter(|(name, _)| !own(name));
            Value::Object(
                kept.map(|(name, value)| (name.clone(), bare(value)))
                    .collect(),
            )
        }
        Value::Array(list) => Value::Array(list.iter().map(bare).collect()),
        other => other.clone(),
    }
}

/// This place is the other one, or within it.
pub fn is_within(place: &str, outer: &str) -> bool {
    place
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_place_is_put_read_and_taken_with_what_is_empty_without_it() {
        let mut document = json!({"spec": {"service": "pay"}});
        put(
            &mut document,
            "spec.criteria[0].command.expect.exitCode",
            json!(3),
        );
        put(&mut document, "spec.template.parameters.a.b", json!("x"));
        assert_eq!(
            get(&document, "spec.criteria[0].command.expect.exitCode"),
            Some(&json!(3))
        );
        assert_eq!(text(&document, "spec.template.parameters.a.b"), "x");
        take(&mut document, "spec.template.parameters.a.b");
        take(&mut document, "spec.criteria[0].command.expect.exitCode");
        // A check says something by being there.
        assert_eq!(
            document,
            json!({"spec": {"service": "pay", "criteria": [{"command": {}}]}})
        );
        assert_eq!(take(&mut document, "spec.nothing.here"), None);
    }

    #[test]
    fn within_is_by_whole_names() {
        assert!(is_within("spec.criteria[1].id", "spec.criteria[1]"));
        assert!(!is_within("spec.criteria[11].id", "spec.criteria[1]"));
        assert!(!is_within("spec.imagePull", "spec.image"));
    }

    #[test]
    fn own_notes_are_left_out() {
        let document = json!({"a": [{"~off": true, "b": 1}]});
        assert_eq!(bare(&document), json!({"a": [{"b": 1}]}));
    }
}

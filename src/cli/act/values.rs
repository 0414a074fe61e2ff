//! `name=value` on the command line, and what is said of values that nobody gave.
//! Apart from the forms of the console, which ask for one after the other.

use crate::cli::fail::Failure;
use crate::model::act::{Field, Operation, Preview, Value};

/// Reads `name=value`.
///
/// # Errors
/// What to write instead.
pub(super) fn pair(text: &str) -> Result<Value, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok(Value {
            name: name.trim().into(),
            value: value.into(),
        }),
        _ => Err("write NAME=VALUE; nothing after the `=` is an empty value".to_string()),
    }
}

/// The values, each name once.
///
/// # Errors
/// A name that is given twice.
pub(super) fn once(values: &[Value]) -> Result<Vec<Value>, Failure> {
    for (at, value) in values.iter().enumerate() {
        if values[..at].iter().any(|before| before.name == value.name) {
            let what = format!("{} is given twice", value.name);
            return Err(Failure::Usage(what));
        }
    }
    Ok(values.to_vec())
}

/// What is missing for it, each with what is known of it and how to give it. `None`: nothing.
pub(super) fn lacking(operation: &Operation, preview: &Preview) -> Option<String> {
    let lacks =
        |field: &&Field| field.default.is_none() && (field.required || preview.requests.is_empty());
    let fields: Vec<String> = (preview.fields.iter().filter(lacks))
        .map(|field| told(field, option(operation)))
        .collect();
    match fields.len() {
        0 => None,
        1 => Some(format!("a value is missing: {}", fields[0])),
        n => Some(format!("{n} values are missing: {}", fields.join("; "))),
    }
}

/// The option that gives a value.
fn option(operation: &Operation) -> &'static str {
    match operation {
        Operation::Approve { .. } | Operation::Bypass { .. } => "--set",
        _ => "-p",
    }
}

fn told(field: &Field, option: &str) -> String {
    let mut about = Vec::new();
    if !field.description.is_empty() {
        about.push(field.description.to_string());
    }
    if !field.options.is_empty() {
        about.push(format!("one of {}", field.options.join(", ")));
    }
    let about = match about.is_empty() {
        true => String::new(),
        false => format!(" ({})", about.join("; ")),
    };
    let value = field.options.first().map_or("VALUE", |option| option);
    format!("{}{about}: {option} {}={value}", field.name, field.name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_value_may_hold_anything_and_be_empty() {
        let read = |text: &str| pair(text).map(|v| (v.name.to_string(), v.value.to_string()));
        let two = |a: &str, b: &str| Ok((a.to_string(), b.to_string()));
        assert_eq!(read("env=qa"), two("env", "qa"));
        assert_eq!(read("query=a=b c"), two("query", "a=b c"));
        assert_eq!(read("env="), two("env", ""));
        assert!(read("env").is_err() && read("=x").is_err() && read("").is_err());
        let twice = [pair("a=1").unwrap(), pair("a=2").unwrap()];
        assert!(
            matches!(once(&twice), Err(Failure::Usage(why)) if why.contains("a is given twice"))
        );
    }
}

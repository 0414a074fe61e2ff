//! What commands are given and what is kept of them, a line each: variables, all of a Secret or ConfigMap, files.
//! Apart from the other shapes, because each line is an object of Kubernetes' own form.
//!
//! ```text
//! MODE = fast                       env       a value
//! TOKEN from secret shop/token      env       a key of a Secret, or of a configmap
//! secret shop                       envFrom   all of it; with `as SHOP_` before each name
//! report = target/report.html       artifacts a name and a path
//! ```

use serde_json::{Value, json};

const SOURCES: [(&str, &str, &str); 2] = [
    ("secret", "secretKeyRef", "secretRef"),
    ("configmap", "configMapKeyRef", "configMapRef"),
];

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn each(text: &str, read: impl Fn(&str) -> Result<Value, String>) -> Result<Value, String> {
    lines(text).map(read).collect()
}

fn source(word: &str) -> Option<(&'static str, &'static str)> {
    let found = SOURCES.iter().find(|(name, _, _)| *name == word)?;
    Some((found.1, found.2))
}

/// Variables.
///
/// # Errors
/// The line that is none.
pub fn env(text: &str) -> Result<Value, String> {
    each(text, |line| {
        if let Some((name, value)) = line.split_once('=') {
            return Ok(json!({"name": name.trim(), "value": value.trim()}));
        }
        let wrong = || format!("`{line}` is neither NAME = value nor NAME from secret NAME/KEY");
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, "from", kind, place] = words[..] else {
            return Err(wrong());
        };
        let (reference, _) = source(kind).ok_or_else(wrong)?;
        let (object, key) = place.split_once('/').ok_or_else(wrong)?;
        Ok(json!({"name": name, "valueFrom": {reference: {"name": object, "key": key}}}))
    })
}

/// All of a Secret or ConfigMap as variables.
///
/// # Errors
/// The line that is none.
pub fn env_from(text: &str) -> Result<Value, String> {
    each(text, |line| {
        let wrong = || {
            format!(
                "`{line}` is neither secret NAME nor configmap NAME, with `as PREFIX` or without"
            )
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        let (kind, object, prefix) = match words[..] {
            [kind, object] => (kind, object, None),
            [kind, object, "as", prefix] => (kind, object, Some(prefix)),
            _ => return Err(wrong()),
        };
        let (_, reference) = source(kind).ok_or_else(wrong)?;
        let mut one = json!({reference: {"name": object}});
        if let Some(prefix) = prefix {
            one["prefix"] = prefix.into();
        }
        Ok(one)
    })
}

/// Files that are kept.
///
/// # Errors
/// The line that is none.
pub fn files(text: &str) -> Result<Value, String> {
    each(text, |line| {
        let wrong = || format!("`{line}` is not name = path");
        let (name, path) = line.split_once('=').ok_or_else(wrong)?;
        Ok(json!({"name": name.trim(), "path": path.trim()}))
    })
}

/// A list of them as it would be typed. What has another form is shown as it is, and is no line that could be read back.
pub fn show(value: &Value) -> String {
    let all = value.as_array().into_iter().flatten();
    all.map(line).collect::<Vec<_>>().join("\n")
}

fn line(one: &Value) -> String {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let name = text(&one["name"]);
    let said = text(&one["value"]).or_else(|| text(&one["path"]));
    if let (Some(name), Some(said)) = (&name, said) {
        return format!("{name} = {said}");
    }
    for (kind, key, whole) in SOURCES {
        let (key, whole) = (&one["valueFrom"][key], &one[whole]);
        if let (Some(name), Some(object), Some(key)) =
            (&name, text(&key["name"]), text(&key["key"]))
        {
            return format!("{name} from {kind} {object}/{key}");
        }
        if let Some(object) = text(&whole["name"]) {
            let prefix = text(&one["prefix"]).filter(|prefix| !prefix.is_empty());
            let prefix = prefix.map_or(String::new(), |prefix| format!(" as {prefix}"));
            return format!("{kind} {object}{prefix}");
        }
    }
    match name {
        // Kubernetes takes a variable without a value for an empty one.
        Some(name) if one.as_object().is_some_and(|object| object.len() == 1) => {
            format!("{name} = ")
        }
        _ => one.to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::qarun::Spec;

    #[test]
    fn lines_are_what_kubernetes_has_and_are_shown_as_they_were_typed() {
        let typed = "MODE = fast\nURL = http://a/?b=c\nTOKEN from secret shop/token\nLEVEL from configmap logs/level";
        let value = env(typed).unwrap();
        let spec: Spec = serde_json::from_value(json!({"service": "s", "env": value})).unwrap();
        assert_eq!(spec.env[1].value.as_deref(), Some("http://a/?b=c"));
        let from = spec.env[2]
            .value_from
            .clone()
            .unwrap()
            .secret_key_ref
            .unwrap();
        assert_eq!((&*from.name, &*from.key), ("shop", "token"));
        assert_eq!(show(&value), typed);
        let typed = "secret shop\nconfigmap logs as LOG_";
        let value = env_from(typed).unwrap();
        let spec: Spec = serde_json::from_value(json!({"service": "s", "envFrom": value})).unwrap();
        assert_eq!(spec.env_from[1].prefix.as_deref(), Some("LOG_"));
        assert_eq!(show(&value), typed);
        let value = files("report = target/r.html").unwrap();
        assert_eq!(value, json!([{"name": "report", "path": "target/r.html"}]));
        assert_eq!(show(&value), "report = target/r.html");
    }

    #[test]
    fn what_is_none_is_said_and_what_the_form_does_not_know_is_shown_as_it_is() {
        for wrong in [
            "MODE",
            "A from vault b/c",
            "A from secret b",
            "from secret b/c",
        ] {
            assert!(env(wrong).unwrap_err().contains(wrong), "{wrong}");
        }
        for wrong in ["secret", "vault shop", "secret a b"] {
            assert!(env_from(wrong).is_err(), "{wrong}");
        }
        let field =
            json!([{"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]);
        assert!(show(&field).contains("fieldRef"));
        assert!(env(&show(&field)).is_err());
    }
}

//! An object as YAML for a person: without bookkeeping, without credentials, without a control character.
//! Apart from reading it, because what may be shown is a rule of its own.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::mask::mask;
use super::secret::{MASKED, is_expression, names_a_secret};
use super::text::clean;
use super::trouble::Trouble;

/// Annotation that repeats the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Leaves `managedFields` and the last applied configuration out, and masks what looks like a credential: values of
/// variables, parameters, options and fields whose name says so, `data` and `stringData` of Secret manifests in resource
/// templates, authorization headers, tokens and keys inside any text.
pub fn tidy(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
        if let Some(notes) = metadata
            .get_mut("annotations")
            .and_then(Value::as_object_mut)
        {
            notes.shift_remove(LAST_APPLIED);
        }
    }
    // Depth is bounded by the parser's 128.
    cover(&mut object, "", manifest);
    object
}

/// YAML of a value, every line clean.
///
/// # Errors
/// When a value cannot be written as YAML.
pub fn render(value: &Value) -> Result<Arc<str>, Trouble> {
    let text = serde_saphyr::to_string(value).map_err(|why| Trouble::Server {
        detail: clean(&format!("the object cannot be read: {why}")).into_owned(),
    })?;
    let mut safe = String::with_capacity(text.len());
    for line in text.lines() {
        safe.push_str(&clean(line));
        safe.push('\n');
    }
    Ok(safe.into())
}

/// `text` covers what may be a manifest.
fn cover(value: &mut Value, name: &str, text: fn(&str) -> String) {
    match value {
        Value::String(words) if name == "manifest" || holds_a_secret(words) => {
            *words = text(words);
        }
        Value::String(words) => {
            if let std::borrow::Cow::Owned(masked) = mask(words) {
                *words = masked;
            }
        }
        Value::Array(items) => {
            let mut announced = false;
            for item in items {
                let option = item.as_str().is_some_and(|text| text.starts_with("--"));
                let hidden = std::mem::replace(&mut announced, announces(item)) && !option;
                if hidden {
                    hide(item);
                } else if let Some(option) = item.as_str().and_then(option_of) {
                    *item = Value::String(format!("{option}={MASKED}"));
                } else {
                    cover(item, name, text);
                }
            }
        }
        Value::Object(fields) => cover_fields(fields, text),
        _ => {}
    }
}

fn cover_fields(fields: &mut Map<String, Value>, text: fn(&str) -> String) {
    if fields.get("kind").and_then(Value::as_str) == Some("Secret") {
        for field in ["data", "stringData"] {
            match fields.get_mut(field) {
                Some(Value::Object(data)) => data.values_mut().for_each(hide),
                Some(data) => hide(data),
                None => {}
            }
        }
    }
    // name/value pairs: variables of containers, parameters, HTTP headers.
    let named = fields
        .get("name")
        .and_then(Value::as_str)
        .is_some_and(secret_name);
    for (name, value) in fields.iter_mut() {
        let by_pair = named && matches!(name.as_str(), "value" | "default");
        // A selector of a secret (`secretKeyRef: {name, key}`) names one and holds none; neither does text with spaces.
        let by_name = value.is_string() && secret_name(name) && !refers(name);
        if by_pair || by_name {
            hide(value);
        } else {
            cover(value, name, text);
        }
    }
}

fn secret_name(name: &str) -> bool {
    names_a_secret(name) || name.eq_ignore_ascii_case("authorization")
}

/// Fields that hold the name of a secret, not a secret. Source: Kubernetes core/v1 and Argo v1alpha1 types.
fn refers(field: &str) -> bool {
    matches!(
        field,
        "secretName"
            | "tokenSecretName"
            | "serviceAccountTokenName"
            | "automountServiceAccountToken"
    )
}

fn hide(value: &mut Value) {
    let expression = value
        .as_str()
        .is_some_and(|text| text.trim().is_empty() || is_expression(text));
    if !expression && !value.is_null() {
        *value = Value::String(MASKED.to_string());
    }
}

/// A manifest is YAML or JSON in a text. As it was written where nothing in it is a credential by its place.
fn manifest(text: &str) -> String {
    let Ok(documents) = serde_saphyr::from_multiple::<Value>(text) else {
        return blind(text);
    };
    // Prose is YAML too: a string.
    if documents.iter().any(Value::is_string) {
        return blind(text);
    }
    let mut covered = documents.clone();
    // A manifest in a manifest is not parsed again: nobody writes them, and an attacker could nest them without end.
    covered
        .iter_mut()
        .for_each(|document| cover(document, "", blind));
    if covered == documents {
        return mask(text).into_owned();
    }
    let mut out = Vec::with_capacity(covered.len());
    for document in &covered {
        match serde_saphyr::to_string(document) {
            Ok(document) => out.push(document),
            Err(_) => return blind(text),
        }
    }
    out.join("---\n")
}

/// A manifest that cannot be read, for a template expression in it or because it is broken. Of a Secret nothing is
/// known to be harmless from the first data on.
fn blind(text: &str) -> String {
    let data = ["data", "stringData"].iter().filter_map(|field| {
        let at = text.find(field)?;
        Some(text[..at].rfind('\n').map_or(0, |end| end + 1))
    });
    match data.min() {
        Some(at) if text.contains("Secret") => format!("{}{MASKED}\n", mask(&text[..at])),
        _ => mask(text).into_owned(),
    }
}

/// Whether a text can hold the manifest of a Secret, wherever it stands: scripts write them too.
fn holds_a_secret(text: &str) -> bool {
    text.contains("kind") && text.contains("Secret") && text.contains("ata")
}

/// The option of an argument `--name=value` whose value is a credential: the shell is not asked again, so it may hold spaces.
fn option_of(argument: &str) -> Option<&str> {
    let (option, value) = argument.split_once('=')?;
    let plain = option.starts_with('-') && !option.contains(char::is_whitespace);
    (plain && names_a_secret(option) && !is_expression(value)).then_some(option)
}

/// Whether an argument is an option whose value is the next argument, and a credential.
fn announces(argument: &Value) -> bool {
    argument.as_str().is_some_and(|text| {
        let plain = !text.contains(|c: char| c == '=' || c.is_whitespace());
        text.starts_with('-') && plain && names_a_secret(text)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn shown(object: Value) -> String {
        render(&tidy(object)).unwrap().to_string()
    }

    #[test]
    fn bookkeeping_is_left_out_and_the_rest_stays_readable() {
        let text = shown(
            json!({"kind": "Workflow", "metadata": {"name": "run", "managedFields": [{"manager": "x"}],
            "annotations": {LAST_APPLIED: "{}", "why": "because"}}, "spec": {"entrypoint": "main"}}),
        );
        assert!(!text.contains("managedFields") && !text.contains("last-applied"));
        for line in [
            "kind: Workflow",
            "name: run",
            "why: because",
            "entrypoint: main",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn credentials_are_masked_wherever_they_stand() {
        let text = shown(json!({"spec": {"templates": [{
            "container": {"env": [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "LEVEL", "value": "debug"},
                {"name": "API_TOKEN", "valueFrom": {"secretKeyRef": {"name": "vault-ref", "key": "field-ref"}}}],
                "args": ["--token=abc123def", "curl -H 'Authorization: Bearer sekrit-sekrit'"]},
            "http": {"headers": [{"name": "Authorization", "value": "opaque1"}]},
            "resource": {"manifest": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\ndata:\n  a: c2VjcmV0\n  b: |\n    bGluZTI=\nstringData:\n  c: plain1\ntype: Opaque\n"},
            "volumes": [{"secret": {"secretName": "kept-name"}}]}],
            "arguments": {"parameters": [{"name": "api-key", "value": "k-1234"}, {"name": "token", "value": "{{workflow.uid}}"}]}}}));
        for secret in [
            "hunter2",
            "abc123def",
            "sekrit",
            "opaque1",
            "c2VjcmV0",
            "bGluZTI",
            "plain1",
            "k-1234",
        ] {
            assert!(!text.contains(secret), "{secret} in\n{text}");
        }
        for kept in [
            "debug",
            "vault-ref",
            "field-ref",
            "kept-name",
            "{{workflow.uid}}",
            "Opaque",
        ] {
            assert!(text.contains(kept), "{kept} not in\n{text}");
        }
    }

    fn covered(manifest: &str) -> String {
        shown(json!({"resource": {"manifest": manifest}}))
    }

    #[test]
    fn manifests_of_secrets_show_nothing_however_they_are_written() {
        for secret in [
            "kind: 'Secret'\nstringData:\n  a: plain1\n",
            "kind: Secret # why\ndata: {a: plain1, b: \"plain1, x\"}\n",
            r#"{"kind":"Secret","data":{"a":"plain1"}}"#,
            "{\n \"stringData\":\n {\n \"a\":\n \"plain1\"}, \"kind\":\n \"Secret\"}",
            "kind: ConfigMap\ndata: {a: b}\n---\nkind: Secret\ndata:\n  ? a\n  : plain1\n",
            "kind: List\nitems:\n- kind: Secret\n  data:\n    a: >-\n      plain1\n      plain1\n",
            "kind: Secret\nmetadata: {name: {{inputs.parameters.name}}}\ndata:\n\n  a: plain1\ntype: plain1",
            "data:\n  a: plain1\nkind: Secret\nname: {{x}}\n",
            "kind: Secret\ndata: plain1\n",
        ] {
            let text = covered(secret);
            assert!(!text.contains("plain1"), "{secret}\n{text}");
            let script = format!("kubectl apply -f - <<E\n{secret}\nE\n");
            let text = shown(json!({"script": {"source": script}}));
            assert!(!text.contains("plain1"), "{script}\n{text}");
        }
    }

    #[test]
    fn other_manifests_stay_readable_without_their_credentials() {
        let text = covered("# why\nkind: ConfigMap\ndata:\n  a: plain1\n");
        assert!(
            text.contains("# why") && text.contains("a: plain1"),
            "{text}"
        );
        for pod in [
            "kind: Pod\nenv:\n- name: DB_PASSWORD\n  value: a b hunter2\n- name: LEVEL\n  value: debug\n",
            "kind: Pod\nname: {{x}}\nenv:\n- name: DB_PASSWORD\n  value: hunter2\n- name: LEVEL\n  value: debug\n",
        ] {
            let text = covered(pod);
            assert!(
                !text.contains("hunter2") && text.contains("debug"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_argument_behind_an_option_goes() {
        let text = shown(
            json!({"args": ["--token", "abc1", "--level", "debug", "--password",
            "--verbose", "--secret", "{{inputs.parameters.s}}", "--password=hunter 2"]}),
        );
        assert!(!text.contains("abc1") && !text.contains("hunter"), "{text}");
        for kept in ["debug", "--verbose", "{{inputs.parameters.s}}"] {
            assert!(text.contains(kept), "{kept} not in\n{text}");
        }
    }

    #[test]
    fn no_line_holds_a_control_character() {
        let text = shown(json!({"a": "x\u{1b}[2Jy\u{202e}z", "b\u{7}": "two\nlines\r"}));
        assert!(
            text.lines()
                .all(|line| line.chars().all(crate::model::text::is_safe)),
            "{text:?}"
        );
    }
}

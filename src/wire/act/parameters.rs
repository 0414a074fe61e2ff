//! Parameters of a specification and outputs of a step: as values that are asked for, and with the values that were given.
//! Apart from the operations, because new runs, retries, approvals and bypasses all ask in the same way.

use serde_json::{Map, Value, json};

use super::refuse;
use crate::model::act::{self, Field, Refusal};
use crate::model::text::clean;

/// Parameters with some of them replaced; others are added.
pub(super) fn replaced(was: Option<&Value>, given: &[act::Value]) -> Value {
    let mut list = was.and_then(Value::as_array).cloned().unwrap_or_default();
    for parameter in given {
        let named =
            |one: &&mut Value| one.get("name").and_then(Value::as_str) == Some(&*parameter.name);
        match list.iter_mut().find(named) {
            Some(Value::Object(one)) => {
                one.insert("value".to_string(), (&*parameter.value).into());
                one.shift_remove("valueFrom");
            }
            _ => list.push(json!({"name": &*parameter.name, "value": &*parameter.value})),
        }
    }
    Value::Array(list)
}

/// The same in the arguments of a specification.
pub(super) fn put(spec: &mut Map<String, Value>, given: &[act::Value]) {
    if given.is_empty() {
        return;
    }
    let arguments = spec.entry("arguments").or_insert(json!({}));
    let list = replaced(arguments.get("parameters"), given);
    match arguments.as_object_mut() {
        Some(arguments) => drop(arguments.insert("parameters".to_string(), list)),
        None => *arguments = json!({"parameters": list}),
    }
}

/// The parameters of a specification as values to be asked for; what was given stands in them.
fn parameter_fields(spec: &Value, given: &[act::Value]) -> Vec<Field> {
    let list = spec.pointer("/arguments/parameters");
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|one| field(one, given)).collect()
}

/// The same, where every value is one its parameter may have.
///
/// # Errors
/// Where one is not: the server would take it.
pub(super) fn fields(spec: &Value, given: &[act::Value]) -> Result<Vec<Field>, Refusal> {
    checked(parameter_fields(spec, given))
}

/// What is said of values that were given for parameters nobody declares.
pub(super) fn unknown(fields: &[Field], given: &[act::Value]) -> Option<String> {
    let strange: Vec<&str> = given
        .iter()
        .map(|value| &*value.name)
        .filter(|name| fields.iter().all(|field| *field.name != **name))
        .collect();
    if strange.is_empty() {
        return None;
    }
    let known: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
    let known = match known.is_empty() {
        true => "it declares none".to_string(),
        false => format!("it declares {}", known.join(", ")),
    };
    Some(format!(
        "nothing may use the parameter {}: {known}",
        strange.join(", ")
    ))
}

/// Values that are not among those a parameter may have are refused.
pub(super) fn checked(fields: Vec<Field>) -> Result<Vec<Field>, Refusal> {
    let wrong = fields.iter().find(|field| {
        let value = field.default.as_ref();
        !field.options.is_empty() && value.is_some_and(|value| !field.options.contains(value))
    });
    match wrong {
        Some(field) => Err(refuse(
            format!(
                "{} is not a value of {}",
                field.default.as_deref().unwrap_or_default(),
                field.name
            ),
            format!("give one of {}", field.options.join(", ")),
        )),
        None => Ok(fields),
    }
}

/// A parameter as a value to be asked for. Source: Argo v4.1.2 `Parameter`.
pub(super) fn field(one: &Value, given: &[act::Value]) -> Option<Field> {
    let safe = |text: &str| clean(text).into_owned().into();
    let name = one.get("name").and_then(Value::as_str)?;
    let said = given.iter().find(|value| *value.name == *name);
    let own = ["value", "default"]
        .iter()
        .find_map(|field| scalar(one.get(field)?));
    let from = one.pointer("/valueFrom/default").and_then(scalar);
    let default = said.map(|value| value.value.to_string()).or(own).or(from);
    let options = one.get("enum").and_then(Value::as_array);
    // A value that comes from elsewhere (a ConfigMap) is there when it is needed.
    let elsewhere = one
        .get("valueFrom")
        .is_some_and(|from| from.get("supplied").is_none());
    Some(Field {
        name: safe(name),
        description: safe(
            one.get("description")
                .and_then(Value::as_str)
                .unwrap_or_default(),
        ),
        required: default.is_none() && !elsewhere,
        default: default.as_deref().map(safe),
        options: (options.into_iter().flatten().filter_map(scalar))
            .map(|text| safe(&text))
            .collect(),
    })
}

/// What fields have as values: what was given, else what they get where nothing is given.
pub(super) fn values(fields: &[Field]) -> Vec<act::Value> {
    let having = fields.iter().filter_map(|field| {
        Some(act::Value {
            name: field.name.clone(),
            value: field.default.clone()?,
        })
    });
    having.collect()
}

/// A value as Argo takes it for text: strings, numbers, booleans.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// `status.outputs.parameters` with those of a list that have a global name; `None` where none has.
pub(super) fn global(status: Option<&Value>, list: Option<&Value>) -> Option<Value> {
    let named: Vec<Value> = list
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|one| {
            let name = one.get("globalName")?.as_str();
            let name = name.filter(|name| !name.is_empty())?;
            Some(json!({"name": name, "value": one.get("value")?}))
        })
        .collect();
    if named.is_empty() {
        return None;
    }
    let was = status.and_then(|status| status.pointer("/outputs/parameters")?.as_array());
    let mut all: Vec<Value> = was.cloned().unwrap_or_default();
    all.retain(|one| !named.iter().any(|new| new.get("name") == one.get("name")));
    all.extend(named);
    Some(Value::Array(all))
}

//! 409: somebody else was there before.
//! Apart from the other failures, because each conflict is worded in its own way.

use serde_json::{Value, json};

use super::super::super::resource::Res;
use super::super::super::store::Object;
use super::{Failure, details};

/// 409 of a create.
pub fn already_exists(res: Res, name: &str) -> Failure {
    Failure::new(
        409,
        "AlreadyExists",
        format!("{} \"{name}\" already exists", res.qualified()),
    )
    .with(details(res, name, res.plural))
}

/// 409 of a write with an old resourceVersion.
pub fn modified(res: Res, name: &str) -> Failure {
    Failure::new(
        409,
        "Conflict",
        format!(
            "Operation cannot be fulfilled on {} \"{name}\": the object has been modified; please apply your changes to the latest version and try again",
            res.qualified()
        ),
    )
    .with(details(res, name, res.plural))
}

/// 409 of a PUT that names another uid.
pub fn uid_precondition(res: Res, current: &Object, wanted: &str) -> Failure {
    let (namespace, name, record) = (&*current.namespace, &*current.name, &*current.uid);
    let group = if res.group.is_empty() {
        String::new()
    } else {
        format!("{}/", res.group)
    };
    let place = if namespace.is_empty() {
        String::new()
    } else {
        format!("{namespace}/")
    };
    Failure::new(
        409,
        "Conflict",
        format!(
            "Operation cannot be fulfilled on {} \"{name}\": StorageError: invalid object, Code: 4, Key: /registry/{group}{}/{place}{name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {wanted}, UID in object meta: {record}",
            res.qualified(),
            res.plural
        ),
    )
    .with(details(res, name, res.plural))
}

/// 409 of a delete whose version precondition does not hold.
pub fn version_mismatch(res: Res, name: &str, wanted: &str, record: u64) -> Failure {
    Failure::new(
        409,
        "Conflict",
        format!(
            "Operation cannot be fulfilled on {} \"{name}\": the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record ({record}). The object might have been modified",
            res.qualified_kind()
        ),
    )
    .with(details(res, name, res.kind))
}

/// 409 of a delete whose uid precondition does not hold.
pub fn uid_mismatch(res: Res, name: &str, wanted: &str, record: &str) -> Failure {
    Failure::new(
        409,
        "Conflict",
        format!(
            "Operation cannot be fulfilled on {} \"{name}\": the UID in the precondition ({wanted}) does not match the UID in record ({record}). The object might have been deleted and then recreated",
            res.qualified_kind()
        ),
    )
    .with(details(res, name, res.kind))
}

/// 409 of an apply: who owns which field, in the server's grouping.
pub fn apply_conflict(conflicts: &[(String, Vec<String>)]) -> Failure {
    let path = |path: &[String]| format!(".{}", path.join("."));
    let mut by_owner: Vec<(&str, Vec<String>)> = Vec::new();
    for (who, field) in conflicts {
        match by_owner.iter_mut().find(|(known, _)| known == who) {
            Some((_, fields)) => fields.push(path(field)),
            None => by_owner.push((who, vec![path(field)])),
        }
    }
    let text = match (by_owner.as_slice(), conflicts) {
        (_, [(who, field)]) => format!(
            "Apply failed with 1 conflict: conflict with {who}: {}",
            path(field)
        ),
        (owners, all) => {
            let parts: Vec<String> = owners
                .iter()
                .map(|(who, fields)| format!("conflicts with {who}:\n- {}", fields.join("\n- ")))
                .collect();
            format!(
                "Apply failed with {} conflicts: {}",
                all.len(),
                parts.join("\n")
            )
        }
    };
    let causes: Vec<Value> = conflicts
        .iter()
        .map(|(who, field)| json!({"reason": "FieldManagerConflict", "message": format!("conflict with {who}"), "field": path(field)}))
        .collect();
    Failure::new(409, "Conflict", text).with(json!({"causes": causes}))
}

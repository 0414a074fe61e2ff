//! Edits of a manifest: what is read for the editor, and what the server would make of what came back.
//! Apart from the writes, which know a patch and not what a person thinks of it.

use serde_json::Value;

use super::connect::Cluster;
use super::error::{safe, unreadable};
use super::yaml;
use crate::model::act::{Cannot, Operation, Order, Refusal};
use crate::model::difference::pieces;
use crate::model::manifest::{Manifest, Mistake, Piece, Sheet};
use crate::model::text::clean;
use crate::wire::manifest;

/// Where annotations are.
const NOTES: &str = "/metadata/annotations";
/// What stands behind a value that changed and is masked before and after.
const CHANGED: &str = " (changed)";

impl Cluster {
    /// Reads an object to be edited, if it is the one that was chosen and we may change it. What was edited before is laid over
    /// what it is now.
    ///
    /// # Errors
    /// When it cannot be read, is another object by now, or may not be changed.
    pub async fn manifest(&self, order: &Order) -> Result<Sheet, Cannot> {
        let key = &order.key;
        let refused = self.refuses("patch", order.kind.resource(), &key.namespace);
        if let Some(why) = refused.await? {
            let instead = "nothing was read for it".into();
            return Err(Refusal { why, instead }.into());
        }
        let object = self.as_it_is(order.kind, key).await?;
        let uid = object.pointer("/metadata/uid").and_then(Value::as_str);
        if uid != Some(key.uid.as_str()) {
            return Err(Refusal {
                why: "another object has its name now".into(),
                instead: "look at the list again".into(),
            }
            .into());
        }
        let fresh = Manifest::default();
        let before = match &order.operation {
            Operation::Edit { manifest } => manifest,
            _ => &fresh,
        };
        let sheet = manifest::sheet(&object, before);
        sheet.map_err(|why| unreadable("the object", &why).into())
    }
}

/// Mistakes as they may be shown.
pub(super) fn told(mistakes: Vec<Mistake>) -> Cannot {
    let tell = |one: Mistake| Mistake {
        what: safe(&one.what).into(),
        ..one
    };
    Cannot::Mistaken(mistakes.into_iter().map(tell).collect())
}

/// What the server said when it tried.
pub(super) fn refused(why: &str) -> Refusal {
    Refusal {
        why: why.into(),
        instead: "nothing was changed".into(),
    }
}

/// What changes of an object: beside what the server made of it when it tried, or where it did not try, what was written.
///
/// # Errors
/// Where nothing does.
pub(super) fn difference(
    object: &Value,
    made: Option<&Value>,
    wished: &Manifest,
) -> Result<Vec<Piece>, Refusal> {
    let before = manifest::bare(object);
    let after = match made.filter(|made| made.is_object()) {
        Some(made) => manifest::bare(made),
        None => manifest::expected(wished, &before),
    };
    if before == after {
        return Err(Refusal {
            why: "the server took it and would change nothing: it drops or sets back what was written".into(),
            instead: "nothing was sent".into(),
        });
    }
    let (old, mut new) = (yaml::tidy(before.clone()), yaml::tidy(after.clone()));
    mark(&before, &after, &old, &mut new);
    if before.pointer(NOTES).is_none() {
        without_notes(&mut new);
    }
    Ok(pieces(&lines(&old), &lines(&new)))
}

/// Annotations that hold nothing but our stamp, which is not shown, are not shown either.
fn without_notes(object: &mut Value) {
    let notes = object.pointer(NOTES).and_then(Value::as_object);
    if notes.is_some_and(serde_json::Map::is_empty)
        && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.shift_remove("annotations");
    }
}

/// Says where a value changed of which nothing can be seen: its mask is the same.
pub(super) fn mark(before: &Value, after: &Value, old: &Value, new: &mut Value) {
    if before == after {
        return;
    }
    match (before, after, old, new) {
        (Value::Object(before), Value::Object(after), Value::Object(old), Value::Object(new)) => {
            for (name, new) in new.iter_mut() {
                let all = (before.get(name), after.get(name), old.get(name));
                if let (Some(before), Some(after), Some(old)) = all {
                    mark(before, after, old, new);
                }
            }
        }
        (Value::Array(before), Value::Array(after), Value::Array(old), Value::Array(new)) => {
            for (at, new) in new.iter_mut().enumerate() {
                let all = (before.get(at), after.get(at), old.get(at));
                if let (Some(before), Some(after), Some(old)) = all {
                    mark(before, after, old, new);
                }
            }
        }
        (_, _, Value::String(old), Value::String(new)) if old == new => {
            let end = new.trim_end_matches('\n').len();
            new.insert_str(end, CHANGED);
        }
        _ => {}
    }
}

/// YAML, line by line, clean; no line folded, so that a word that changes does not change the lines after it.
pub(super) fn lines(value: &Value) -> Vec<String> {
    let text = manifest::unfolded(value).unwrap_or_default();
    text.lines().map(|line| clean(line).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn shown(before: &Value, after: &Value) -> Vec<String> {
        let pieces = difference(before, Some(after), &Manifest::default()).unwrap();
        let line = |piece: &Piece| format!("{}{}", piece.side.mark(), piece.text);
        pieces.iter().map(line).collect()
    }

    fn object() -> Value {
        json!({"kind": "Workflow", "metadata": {"name": "run", "resourceVersion": "7", "managedFields": []},
            "spec": {"arguments": {"parameters": [{"name": "api-token", "value": "hunter1"}]},
                "templates": [{"name": "a", "container": {"image": "x"}}, {"name": "b", "script": {"image": "y", "source": "l1\nl2\nl3\nl4\n"}}]}})
    }

    #[test]
    fn the_difference_says_where_it_is_and_leaves_bookkeeping_out() {
        let mut after = object();
        after["metadata"]["resourceVersion"] = "8".into();
        after["metadata"]["managedFields"] = json!([{"manager": "x"}]);
        after["metadata"]["annotations"] = json!({"tiphys.dev/action": "edit"});
        after["spec"]["templates"][1]["script"]["source"] = "l1\nl2\nl3\nl5\n".into();
        assert_eq!(
            shown(&object(), &after),
            [
                "@ spec.templates.b.script.source",
                "          l1",
                "          l2",
                "          l3",
                "-         l4",
                "+         l5",
            ]
        );
        let same = difference(&object(), Some(&object()), &Manifest::default());
        assert!(same.unwrap_err().why.contains("would change nothing"));
    }

    #[test]
    fn of_a_masked_value_it_is_seen_that_it_changed() {
        let mut after = object();
        after["spec"]["arguments"]["parameters"][0]["value"] = "hunter2".into();
        let lines = shown(&object(), &after);
        assert_eq!(lines[0], "@ spec.arguments.parameters.api-token");
        assert!(
            lines.iter().all(|line| !line.contains("hunter")),
            "{lines:?}"
        );
        let changed: Vec<&str> = (lines.iter().map(|line| line.trim()))
            .filter(|line| line.starts_with(['-', '+']) && !line.contains("name"))
            .collect();
        assert_eq!(
            changed,
            ["-       value: ••••••", "+       value: •••••• (changed)"],
            "{lines:?}"
        );
    }
}

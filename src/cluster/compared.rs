//! An object as it was shown and as it is, and what was done before the rest was refused.
//! Apart from sending: these only look.

use serde_json::Value;

use super::error::safe;
use crate::model::act::{Kind, Order, Sent, Shown};

/// The version the object is at.
pub(super) fn version(object: &Value) -> String {
    let version = object.pointer("/metadata/resourceVersion");
    version.and_then(Value::as_str).unwrap_or_default().into()
}

/// What is different from what was shown, if something is.
pub(super) fn difference(order: &Order, shown: &Shown, object: &Value) -> Option<String> {
    let text = |path: &str| {
        object
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    if order.operation.is_of_nothing() {
        return None;
    }
    if text("/metadata/uid") != &*order.key.uid.to_string() {
        return Some("another object has its name now".to_string());
    }
    if !matches!(order.kind, Kind::Workflow | Kind::QaRun) {
        return None;
    }
    let phase = text("/status/phase");
    if phase != &*shown.phase {
        let word = |phase: &str| match phase {
            "" => "without a phase".to_string(),
            phase => safe(phase),
        };
        return Some(format!(
            "it was {}, it is {}",
            word(&shown.phase),
            word(phase)
        ));
    }
    None
}

/// What has happened although the object itself was not changed: pods go before it.
pub(super) fn left_behind(sent: &[Sent]) -> &'static str {
    let gone = |one: &Sent| &*one.request.method == "DELETE" && &*one.answer == "ok";
    match sent.iter().any(gone) {
        true => {
            "; the pods of its steps were deleted before that, the run itself is as it was: asking again is safe"
        }
        false => "; nothing was changed",
    }
}

//! Events in their newer form, `events.k8s.io/v1`: the same events under other names of fields.
//! Apart from the store, which keeps both forms in step, as the API server serves one object under both.
//!
//! Source of the names: Kubernetes 1.36, `pkg/apis/events/v1/conversion.go`.

use serde_json::Value;

/// Names of fields: in `v1`, in `events.k8s.io/v1`.
const NAMES: [(&str, &str); 7] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
    ("reportingComponent", "reportingController"),
];

/// The newer form of an event.
pub fn newer(event: &Value) -> Value {
    renamed(event, NAMES)
}

/// The older form of an event.
pub fn older(event: &Value) -> Value {
    renamed(event, NAMES.map(|(old, new)| (new, old)))
}

fn renamed(event: &Value, names: [(&str, &str); 7]) -> Value {
    let fields = event.as_object().into_iter().flatten();
    let fields = fields.map(|(field, value)| {
        let found = names.iter().find(|(from, _)| from == field);
        let name = found.map_or(field.as_str(), |(_, to)| to);
        (name.to_owned(), value.clone())
    });
    Value::Object(fields.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let old = json!({"metadata": {"name": "e"}, "involvedObject": {"kind": "Pod"}, "message": "m", "reason": "R",
            "count": 2, "reportingComponent": "kubelet", "type": "Normal"});
        let new = json!({"metadata": {"name": "e"}, "regarding": {"kind": "Pod"}, "note": "m", "reason": "R",
            "deprecatedCount": 2, "reportingController": "kubelet", "type": "Normal"});
        assert_eq!(newer(&old), new);
        assert_eq!(older(&new), old);
    }
}

//! The objects the cases make.
//! Apart, because many cases make the same.

use serde_json::{Value, json};

/// A workflow template.
pub fn template(name: &str, labels: Value) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "WorkflowTemplate",
        "metadata": {"name": name, "labels": labels},
        "spec": {"entrypoint": "m", "templates": [{"name": "m", "container": {"image": "x"}}]},
    })
}

/// A workflow that no controller takes up: it is another instance's.
pub fn workflow(name: &str) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name, "labels": {"workflows.argoproj.io/controller-instanceid": "tiphys-contract"}},
        "spec": {"entrypoint": "m", "suspend": true, "templates": [{"name": "m", "container": {"image": "x"}}]},
    })
}

/// A config map.
pub fn config(name: &str, data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

//! Operations that a random sequence is made of.
//! Apart from performing them, which needs clusters.

use proptest::prelude::*;
use serde_json::{Value, json};

/// One operation.
#[derive(Clone, Debug)]
pub struct Op {
    pub what: What,
    /// Whether it is about a config map or a workflow template.
    pub core: bool,
    pub name: &'static str,
    pub variant: usize,
    pub query: &'static str,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    Create,
    Put,
    PutStale,
    PutBlind,
    Merge,
    Json,
    Strategic,
    Apply,
    Delete,
    Get,
    List,
}

/// Any operation.
pub fn operation() -> impl Strategy<Value = Op> {
    let what = prop::sample::select(vec![
        What::Create,
        What::Create,
        What::Put,
        What::PutStale,
        What::PutBlind,
        What::Merge,
        What::Merge,
        What::Json,
        What::Json,
        What::Strategic,
        What::Apply,
        What::Apply,
        What::Delete,
        What::Get,
        What::List,
    ]);
    let query = prop::sample::select(vec![
        "",
        "",
        "",
        "dryRun=All",
        "fieldValidation=Strict",
        "fieldValidation=Ignore",
    ]);
    (
        what,
        any::<bool>(),
        prop::sample::select(vec!["a", "b"]),
        0..24usize,
        query,
    )
        .prop_map(|(what, core, name, variant, query)| Op {
            what,
            core,
            // Objects that are applied are never made otherwise: only then are their owners the same.
            name: if what == What::Apply { "ap" } else { name },
            variant,
            query,
        })
}

/// One of these.
pub fn pick<T: Clone>(of: &[T], variant: usize) -> T {
    of[variant % of.len()].clone()
}

/// What is created or put.
pub fn object(op: &Op) -> Value {
    let meta = pick(
        &[
            json!({}),
            json!({"labels": {"x": "1"}}),
            json!({"labels": {"x": "2"}, "annotations": {"k": "v"}}),
            json!({"finalizers": ["x/y"]}),
            json!({"labels": {"bad label": "1"}}),
            json!({"labels": {}}),
            json!({"labels": null}),
            json!({"wrong": 1}),
        ],
        op.variant,
    );
    let mut made = if op.core {
        let data = pick(
            &[
                json!({}),
                json!({"k": "v"}),
                json!({"k": "w", "l": ""}),
                json!(null),
                json!({"k": 5}),
                json!("x"),
                json!({"a b": "c"}),
            ],
            op.variant / 2,
        );
        json!({"apiVersion": "v1", "kind": "ConfigMap", "data": data})
    } else {
        let spec = pick(
            &[
                json!({}),
                json!({"entrypoint": "m", "templates": [{"name": "m", "container": {"image": "x"}}]}),
                json!({"suspend": "yes"}),
                json!(null),
                json!({"parallelism": 0}),
                json!({"nonsense": 1, "priority": null}),
                json!({"templates": [{"name": "m", "suspend": {}, "http": {"url": "x"}}]}),
                json!({"arguments": {"parameters": [{"name": "a", "value": "1"}, {"name": "b"}]}}),
            ],
            op.variant / 2,
        );
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "WorkflowTemplate", "spec": spec})
    };
    made["metadata"] = meta;
    made["metadata"]["name"] = op.name.into();
    made
}

/// A merge patch.
pub fn merge(op: &Op) -> Value {
    let shared = [
        json!({}),
        json!({"metadata": {"labels": {"x": "3", "y": null}}}),
        json!({"metadata": {"finalizers": null}}),
        json!({"metadata": {"annotations": {"a": "b"}}}),
        json!({"metadata": {"name": "other"}}),
        json!({"kind": "Pod"}),
        json!([]),
        json!({"metadata": {"labels": {"a": 5}}}),
        json!({"metadata": {"uid": "0"}}),
    ];
    if !op.variant.is_multiple_of(2) {
        return pick(&shared, op.variant / 2);
    }
    if op.core {
        pick(
            &[
                json!({"data": {"k": "z"}}),
                json!({"data": {"k": null}}),
                json!({"data": null}),
                json!({"nope": 1}),
                json!({"binaryData": {"b": "AA=="}}),
            ],
            op.variant / 2,
        )
    } else {
        pick(
            &[
                json!({"spec": {"priority": 2}}),
                json!({"spec": {"suspend": true, "entrypoint": null}}),
                json!({"spec": {"suspend": []}}),
                json!({"spec": null}),
                json!({"spec": {"templates": [{"name": "q", "container": {"image": "y", "ports": [{"containerPort": 1}]}}]}}),
                json!({"spec": {"zz": {"y": 1}}}),
                json!({"status": {}}),
            ],
            op.variant / 2,
        )
    }
}

/// A JSON patch.
pub fn operations(op: &Op) -> Value {
    pick(
        &[
            json!([{"op": "add", "path": "/metadata/labels", "value": {"j": "1"}}]),
            json!([{"op": "add", "path": "/metadata/labels/j", "value": "2"}]),
            json!([{"op": "remove", "path": "/metadata/labels/x"}]),
            json!([{"op": "replace", "path": "/metadata/labels/x", "value": "9"}]),
            json!([{"op": "test", "path": "/metadata/labels/x", "value": "1"}, {"op": "remove", "path": "/metadata/labels"}]),
            json!([{"op": "test", "path": "/spec/none", "value": null}]),
            json!([{"op": "copy", "from": "/metadata/labels", "path": "/metadata/annotations"}]),
            json!([{"op": "move", "from": "/metadata/labels", "path": "/metadata/annotations"}]),
            json!([{"op": "add", "path": "/spec/templates/-", "value": {"name": "n"}}]),
            json!([{"op": "remove", "path": "/spec/templates/0"}]),
            json!([{"op": "replace", "path": "/data", "value": {"j": "v"}}]),
            json!([{"op": "remove", "path": "/metadata/finalizers"}]),
            json!([{"op": "replace", "path": "/metadata/name", "value": "zz"}]),
            json!({"op": "add"}),
            json!([{"op": "add", "path": "/spec/priority", "value": 4}, {"op": "test", "path": "/spec/priority", "value": 4}]),
        ],
        op.variant,
    )
}

//! Edits: what is sent for them, and what is refused.

use serde_json::{Value, json};

use super::{ask, order};
use crate::model::act::{Kind, Operation, Refusal};
use crate::model::manifest::Manifest;
use crate::sim::patch;
use crate::wire::act::{Plan, happened};
use crate::wire::manifest;

fn object() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
        "metadata": {"name": "e2e-7", "namespace": "payments", "uid": "u-1", "resourceVersion": "7", "labels": {"team": "qa"}},
        "spec": {"entrypoint": "main", "templates": [{"name": "main", "script": {"source": "a && b"}}],
            "arguments": {"parameters": [{"name": "api-token", "value": "hunter2"}]}},
        "status": {"phase": "Running"},
    })
}

/// What was read of an object, with this in the place of that.
fn manifest(object: &Value, that: &str, this: &str) -> Manifest {
    let sheet = manifest::sheet(object, &Manifest::default()).unwrap();
    let text = sheet.manifest.text.text().replace(that, this);
    assert_ne!(text, sheet.manifest.text.text(), "{that} is not in it");
    Manifest {
        text: text.into(),
        ..sheet.manifest
    }
}

fn edit(now: &Value, manifest: Manifest) -> Result<Plan, Refusal> {
    ask(now, Operation::Edit { manifest })
}

fn ops(plan: &Plan) -> Vec<Value> {
    plan.writes[0]
        .body
        .as_ref()
        .unwrap()
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn what_changed_is_sent_with_tests_and_told_without_values() {
    let plan = edit(&object(), manifest(&object(), "hunter2", "hunter3")).unwrap();
    let [write] = &plan.writes[..] else {
        panic!("{plan:?}")
    };
    assert_eq!(
        write.path,
        "/apis/argoproj.io/v1alpha1/namespaces/payments/workflows/e2e-7?fieldValidation=Strict"
    );
    assert_eq!(write.verb, "patch");
    let value = "/spec/arguments/parameters/0/value";
    assert_eq!(
        ops(&plan)[..4],
        [
            json!({"op": "test", "path": "/metadata/uid", "value": "u-1"}),
            json!({"op": "test", "path": value, "value": "hunter2"}),
            json!({"op": "test", "path": "/spec/arguments/parameters/0/name", "value": "api-token"}),
            json!({"op": "test", "path": "/metadata/annotations", "value": null}),
        ]
    );
    assert_eq!(
        ops(&plan)[4],
        json!({"op": "replace", "path": value, "value": "hunter3"})
    );
    let told = &plan.preview.requests[0].body;
    assert!(
        told.contains(&format!("replace {value}")) && !told.contains("hunter"),
        "{told}"
    );
    assert_eq!(
        &*plan.preview.says[0],
        "changes spec.arguments.parameters[0].value"
    );
    let mut after = object();
    patch::json_patch(&mut after, &ops(&plan)).unwrap();
    assert_eq!(
        after["spec"]["arguments"]["parameters"][0]["value"],
        "hunter3"
    );
    assert_eq!(
        after["metadata"]["annotations"]["tiphys.dev/action"],
        "edit"
    );
    let order = order(Kind::Workflow, &object(), Operation::Suspend);
    assert_eq!(happened(&order, &plan, Some(&after)), Some(true));
    assert_eq!(happened(&order, &plan, Some(&object())), Some(false));
}

#[test]
fn strings_are_sent_as_the_server_writes_them() {
    let plan = edit(&object(), manifest(&object(), "a && b", "a && b > c")).unwrap();
    let bytes = String::from_utf8(plan.writes[0].bytes().unwrap()).unwrap();
    assert!(bytes.contains(r"a \u0026\u0026 b \u003e c"), "{bytes}");
    let back: Value = serde_json::from_str(&bytes).unwrap();
    assert_eq!(Some(&back), plan.writes[0].body.as_ref());
}

#[test]
fn the_stamp_is_there_whatever_becomes_of_the_annotations() {
    let mut noted = object();
    noted["metadata"]["annotations"] =
        json!({"why": "because", "tiphys.dev/at": "2020-01-01T00:00:00Z"});
    let all = "  annotations:\n    why: because\n";
    for (now, that, this) in [
        (&noted, "why: because", "why: \"no\""),
        (&noted, all, ""),
        (&noted, all, "  annotations: {}\n"),
        (&object(), "labels:", "annotations:\n    a: b\n  labels:"),
        (&object(), "team: qa", "team: dev"),
    ] {
        let plan = edit(now, manifest(now, that, this)).unwrap();
        let mut after = now.clone();
        patch::json_patch(&mut after, &ops(&plan)).unwrap_or_else(|_| panic!("{this}: {plan:?}"));
        let notes = &after["metadata"]["annotations"];
        assert_eq!(notes["tiphys.dev/at"], super::NOW, "{this}");
        assert_ne!(notes["why"], "because", "{this}");
    }
}

#[test]
fn only_a_change_in_the_same_place_is_in_the_way() {
    let mine = manifest(&object(), "entrypoint: main", "entrypoint: other");
    let mut now = object();
    now["metadata"]["resourceVersion"] = "9".into();
    now["status"] = json!({"phase": "Running", "progress": "1/2"});
    now["spec"]["suspend"] = true.into();
    assert!(edit(&now, mine.clone()).is_ok());
    now["spec"]["entrypoint"] = "third".into();
    let why = edit(&now, mine.clone()).unwrap_err().to_string();
    assert!(
        why.starts_with("somebody changed spec.entrypoint since it was read"),
        "{why}"
    );
    let same = Manifest {
        text: mine.read.clone(),
        ..mine
    };
    let why = edit(&object(), same).unwrap_err().to_string();
    assert!(why.starts_with("nothing in it is changed"), "{why}");
}

#[test]
fn what_a_change_reaches_is_said() {
    let said = |object: &Value| {
        let plan = edit(
            object,
            manifest(object, "entrypoint: main", "entrypoint: x"),
        )
        .unwrap();
        let all = plan.preview.says.iter().chain(&plan.preview.warns);
        all.map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert!(said(&object()).contains("keeps what it started with"));
    let mut over = object();
    over["status"]["phase"] = "Failed".into();
    over["status"]["storedWorkflowTemplateSpec"] = json!({"entrypoint": "main"});
    over["metadata"]["labels"]["app.kubernetes.io/managed-by"] = "Helm".into();
    let said = said(&over);
    assert!(
        said.contains("it is over") && said.contains("storedWorkflowTemplateSpec"),
        "{said}"
    );
    assert!(said.contains("Helm deploys it"), "{said}");
}

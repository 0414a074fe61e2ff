//! Approvals: what is asked for, what is written, who comes too late.
//! Apart from bypassing, which asks for the outputs of steps that failed.

use super::*;

/// As a live controller had it: one value without a default, one with, the words in the inputs.
fn waiting() -> Value {
    let ask = node(
        "w[0].ask",
        "Suspend",
        "Running",
        json!({"boundaryID": "w",
        "inputs": {"parameters": [{"default": "no", "description": "ship it?", "enum": ["yes", "no"], "name": "go", "value": "no"}]},
        "outputs": {"parameters": [
            {"name": "version", "valueFrom": {"supplied": {}}},
            {"globalName": "gate", "name": "go", "valueFrom": {"default": "no", "supplied": {}}},
        ]}}),
    );
    let nodes = [
        node("w", "Steps", "Running", json!({"children": ["w[0]"]})),
        node(
            "w[0]",
            "StepGroup",
            "Running",
            json!({"boundaryID": "w", "children": ["w[0].ask"]}),
        ),
        ask,
    ];
    let more = json!({"status": {"outputs": {"parameters": [{"name": "other", "value": "1"}, {"name": "gate", "value": "old"}]}}});
    workflow("Running", &nodes, more)
}

#[test]
fn without_its_values_nothing_is_sent() {
    let plan = ask(&waiting(), approve("w[0].ask", &[])).unwrap();
    assert!(plan.writes.is_empty() && plan.preview.requests.is_empty());
    let fields = &plan.preview.fields;
    assert_eq!(fields.len(), 2);
    assert_eq!((&*fields[0].name, fields[0].required), ("version", true));
    assert_eq!(fields[0].default, None);
    assert_eq!(
        (
            &*fields[1].name,
            &*fields[1].description,
            fields[1].required
        ),
        ("go", "ship it?", false)
    );
    assert_eq!(fields[1].default.as_deref(), Some("no"));
    assert_eq!(fields[1].options, ["yes".into(), "no".into()]);
    assert!(words(&plan).contains("for ever"), "{}", words(&plan));
}

#[test]
fn all_values_are_written_at_once_and_the_global_one_twice() {
    let before = waiting();
    let operation = Operation::Approve {
        step: "w[0].ask".into(),
        values: given(&[("version", "1.2.3"), ("go", "yes")]),
        message: "it's fine".into(),
    };
    let plan = ask(&before, operation).unwrap();
    let (now, _) = after(&before, &plan);
    let node = &now["status"]["nodes"]["w[0].ask"];
    assert_eq!(node["phase"], "Succeeded");
    assert_eq!(node["message"], "approved by jane: it's fine");
    assert_eq!(node["finishedAt"], NOW);
    assert_eq!(
        node["outputs"]["parameters"],
        json!([{"name": "version", "value": "1.2.3"}, {"globalName": "gate", "name": "go", "value": "yes"}])
    );
    assert_eq!(
        now["status"]["outputs"]["parameters"],
        json!([{"name": "other", "value": "1"}, {"name": "gate", "value": "yes"}])
    );
    assert_eq!(
        plan.preview.equivalent.as_deref(),
        Some(
            "argo node set w -n team --node-field-selector 'id=w[0].ask' --output-parameter version=1.2.3 \
             --output-parameter go=yes --message 'it'\\''s fine' && argo resume w -n team --node-field-selector 'id=w[0].ask'"
        )
    );
}

#[test]
fn a_second_approver_and_another_object_are_met_by_the_tests_of_the_patch() {
    let before = waiting();
    let plan = ask(&before, approve("w[0].ask", &[("version", "1")])).unwrap();
    let operations = plan.writes[0].body.as_ref().unwrap().as_array().unwrap();
    for change in [
        json!({"status": {"nodes": {"w[0].ask": {"phase": "Succeeded"}}}}),
        json!({"metadata": {"uid": "another"}}),
        json!({"status": {"phase": "Failed"}}),
        json!({"status": {"outputs": null}}),
    ] {
        let mut changed = before.clone();
        patch::merge(&mut changed, &change);
        assert!(
            patch::json_patch(&mut changed, operations).is_err(),
            "{change}"
        );
    }
}

#[test]
fn values_that_cannot_be_are_refused() {
    for (values, why) in [
        (&[("version", "1"), ("go", "maybe")], "one of yes, no"),
        (
            &[("version", "1"), ("og", "yes")],
            "it asks for version, go",
        ),
    ] {
        let said = refused(ask(&waiting(), approve("w[0].ask", values)));
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn what_does_not_wait_is_not_answered() {
    let mut over = waiting();
    over["status"]["phase"] = "Failed".into();
    let mut answered = waiting();
    answered["status"]["nodes"]["w[0].ask"]["phase"] = "Succeeded".into();
    let mut pod = waiting();
    pod["status"]["nodes"]["w[0].ask"]["type"] = "Pod".into();
    let mut stopping = waiting();
    stopping["spec"]["shutdown"] = "Stop".into();
    let none = workflow("Running", &[], json!({}));
    for (object, why) in [
        (over, "it is over"),
        (answered, "somebody has answered"),
        (pod, "does not wait for anybody"),
        (stopping, "it is being stopped"),
        (none, "not there any more"),
    ] {
        let reject = Operation::Reject {
            step: "w[0].ask".into(),
            message: "".into(),
        };
        for operation in [approve("w[0].ask", &[("version", "1")]), reject] {
            let said = refused(ask(&object, operation));
            assert!(said.contains(why), "{said}");
        }
    }
}

#[test]
fn a_rejection_keeps_its_words() {
    let before = waiting();
    let operation = Operation::Reject {
        step: "w[0].ask".into(),
        message: "not on a friday".into(),
    };
    let plan = ask(&before, operation).unwrap();
    let (now, _) = after(&before, &plan);
    let node = &now["status"]["nodes"]["w[0].ask"];
    assert_eq!(node["phase"], "Failed");
    assert_eq!(node["message"], "rejected by jane: not on a friday");
    assert_eq!(node["finishedAt"], NOW);
    assert_eq!(
        plan.preview.equivalent.as_deref(),
        Some(
            "argo stop w -n team --node-field-selector 'id=w[0].ask' --message 'rejected by jane: not on a friday'"
        )
    );
}

#[test]
fn a_packed_one_is_written_whole_and_guarded_by_its_version() {
    let before = waiting();
    let nodes = before["status"]["nodes"].as_object().unwrap();
    let mut packed = before.clone();
    packed["status"]["compressedNodes"] = super::super::nodes::pack(nodes).unwrap().into();
    packed["status"]
        .as_object_mut()
        .unwrap()
        .shift_remove("nodes");
    let operation = || approve("w[0].ask", &[("version", "1")]);
    let plan = ask(&packed, operation()).unwrap();
    let (now, _) = after(&packed, &plan);
    let text = now["status"]["compressedNodes"].as_str().unwrap();
    let (json, _) = crate::wire::compressed::inflate(text).unwrap();
    let unpacked: Value = serde_json::from_str(&json).unwrap();
    let (plain, _) = after(&before, &ask(&before, operation()).unwrap());
    assert_eq!(unpacked, plain["status"]["nodes"]);
    assert_eq!(now["status"]["outputs"], plain["status"]["outputs"]);
}

#[test]
fn a_suspended_run_says_that_an_approval_is_not_enough() {
    let mut before = waiting();
    before["spec"]["suspend"] = true.into();
    let plan = ask(&before, approve("w[0].ask", &[("version", "1")])).unwrap();
    assert!(words(&plan).contains("only when it is resumed"));
}

//! Retrying what a live controller had left: which nodes go, which run again, which pods are deleted.
//! Apart from the other operations. Expected is what `argo retry` was recorded to do with the same workflows, and where it was
//! seen to fall short, what then worked.

use super::*;

/// Case, deleted, set back to Running; what `argo retry` does otherwise.
const ALL: &[(&str, &str, &str)] = &[
    ("dag", "w.b1 w.b2 w.d w.f", "w"),
    ("steps", "w[1].s2a w[1].s2c", "w w[1]"),
    ("retry", "w.x(0) w.x(1) w.x2(0) w.x2(1) w.z", "w w.x w.x2"),
    ("fan", "w.fan(1:b) w.fan(3:d) w.join", "w w.fan"),
    (
        "nest",
        "w.n1[1].inner.q2 w.n1[1].inner.q3 w.n2[0].p1 w.z",
        "w w.n1 w.n1[1] w.n1[1].inner w.n2 w.n2[0]",
    ),
    ("cset", "w.cs w.cs.c1 w.cs.main w.z", "w"),
    // Argo leaves s2 as it failed, because its exit hook succeeded.
    (
        "exit",
        "w[1].s2 w[1].s2.onExit w[1].s2b w.onExit w.onExit[0] w.onExit[0].x1 w.onExit[1] w.onExit[1].x2",
        "w w[1]",
    ),
];

/// One step of several that failed: step, deleted, set back to Running, what stays failed.
const ONE: &[(&str, &str, &str, &str, &str)] = &[
    ("dag", "w.b1", "w.b1 w.d w.f", "w", "b2"),
    ("steps", "w[1].s2a", "w[1].s2a", "w w[1]", "s2c"),
    ("retry", "w.x", "w.x(0) w.x(1) w.z", "w w.x", "x2"),
    ("retry", "w.x(1)", "w.x(0) w.x(1) w.z", "w w.x", "x2"),
    (
        "fan",
        "w.fan(1:b)",
        "w.fan(1:b) w.join",
        "w w.fan",
        "fan(3:d)",
    ),
    (
        "nest",
        "w.n1[1].inner.q2",
        "w.n1[1].inner.q2 w.n1[1].inner.q3 w.z",
        "w w.n1 w.n1[1] w.n1[1].inner",
        "p1",
    ),
    // A group stands for what failed in it.
    ("nest", "w.n2", "w.n2[0].p1 w.z", "w w.n2 w.n2[0]", "q2"),
    ("cset", "w.cs.main", "w.cs w.cs.c1 w.cs.main w.z", "w", ""),
    ("cset", "w.cs", "w.cs w.cs.c1 w.cs.main w.z", "w", ""),
    (
        "exit",
        "w[1].s2",
        "w[1].s2 w[1].s2.onExit w.onExit w.onExit[0] w.onExit[0].x1 w.onExit[1] w.onExit[1].x2",
        "w w[1]",
        "s2b",
    ),
];

/// Nodes that were set back to Running, and nothing else of them changed but what a beginning changes.
fn begun(before: &Value, now: &Value) -> BTreeSet<String> {
    let mut begun = BTreeSet::new();
    for (id, node) in now["status"]["nodes"].as_object().unwrap() {
        let was = &before["status"]["nodes"][id];
        if node["phase"] != was["phase"] {
            assert_eq!(node["phase"], "Running", "{id}");
            assert_eq!(node["startedAt"], NOW);
            assert!(node.get("finishedAt").is_none() && node.get("message").is_none());
            begun.insert(id.clone());
        }
        for list in ["children", "outboundNodes"] {
            let names = node[list].as_array().into_iter().flatten();
            for name in names {
                assert!(ids(now).contains(name.as_str().unwrap()), "{id}: {name}");
            }
        }
    }
    begun
}

/// The pods of nodes, as the controller names them.
fn pods_of(object: &Value, gone: &BTreeSet<String>) -> BTreeSet<String> {
    let names = crate::wire::podname::PodNames {
        workflow: "w",
        by_id: false,
    };
    let pods = gone.iter().map(|id| &object["status"]["nodes"][id]);
    pods.filter(|node| node["type"] == "Pod")
        .map(|node| {
            let name = node["name"].as_str().unwrap();
            names.of(name, name, node["templateName"].as_str())
        })
        .collect()
}

#[test]
fn all_that_failed_runs_again_as_argo_does_it() {
    for (case, gone, reset) in ALL {
        let before = recorded(case);
        let plan = ask(&before, RETRY).unwrap();
        let (now, pods) = after(&before, &plan);
        let went: BTreeSet<String> = ids(&before).difference(&ids(&now)).cloned().collect();
        assert_eq!(went, set(gone), "{case}");
        assert_eq!(begun(&before, &now), set(reset), "{case}");
        assert_eq!(pods, pods_of(&before, &went), "{case}");
        let told: BTreeSet<String> = plan
            .preview
            .pods
            .iter()
            .map(|pod| pod.to_string())
            .collect();
        assert_eq!(told, pods, "{case}");
        let argo = (*case != "exit").then_some("argo retry w -n team");
        assert_eq!(plan.preview.equivalent.as_deref(), argo, "{case}");
        assert!(plan.preview.warns.is_empty(), "{case}: {}", words(&plan));
    }
}

#[test]
fn one_step_runs_again_and_the_others_stay_failed() {
    for (case, step, gone, reset, stay) in ONE {
        let before = recorded(case);
        let plan = ask(&before, one(step)).unwrap();
        let (now, pods) = after(&before, &plan);
        let went: BTreeSet<String> = ids(&before).difference(&ids(&now)).cloned().collect();
        assert_eq!(went, set(gone), "{case} {step}");
        assert_eq!(begun(&before, &now), set(reset), "{case} {step}");
        assert_eq!(pods, pods_of(&before, &went), "{case} {step}");
        let warns: Vec<&str> = plan.preview.warns.iter().map(|text| &**text).collect();
        match *stay {
            "" => assert_eq!(warns, [""; 0], "{case} {step}"),
            name => assert_eq!(
                warns,
                [format!(
                    "it will end Failed again, because another step stays failed: {name}"
                )],
                "{case} {step}"
            ),
        }
    }
}

#[test]
fn a_workflow_that_runs_again_is_as_new_but_for_what_it_has_done() {
    let more = json!({
        "metadata": {"labels": {"workflows.argoproj.io/workflow-archiving-status": "Archived", "team": "qa"}},
        "spec": {"shutdown": "Stop", "activeDeadlineSeconds": 0, "parallelism": 3},
        "status": {"persistentVolumeClaims": [{"name": "old"}],
            "storedWorkflowTemplateSpec": {"entrypoint": "main", "shutdown": "Stop"}},
    });
    let mut before = recorded("dag");
    patch::merge(&mut before, &more);
    let (now, _) = after(&before, &ask(&before, RETRY).unwrap());
    assert_eq!(now["metadata"]["labels"], json!({"team": "qa"}));
    assert_eq!(now["metadata"]["annotations"]["note"], "kept");
    assert_eq!(now["metadata"]["annotations"]["tiphys.dev/actor"], "jane");
    assert_eq!(now["metadata"]["annotations"]["tiphys.dev/action"], "retry");
    assert_eq!(now["metadata"]["annotations"]["tiphys.dev/at"], NOW);
    assert_eq!(
        now["spec"],
        json!({"entrypoint": "main", "templates": [], "parallelism": 3})
    );
    let mut status = now["status"].clone();
    status.as_object_mut().unwrap().shift_remove("nodes");
    assert_eq!(
        status,
        json!({"phase": "", "startedAt": NOW, "storedWorkflowTemplateSpec": {"entrypoint": "main"},
            "conditions": [{"type": "PodRunning", "status": "False"}, {"type": "Completed", "status": "False"}]})
    );
}

#[test]
fn packed_nodes_are_packed_again() {
    let before = recorded("nest");
    let nodes = before["status"]["nodes"].as_object().unwrap();
    let mut packed = before.clone();
    let text = super::super::nodes::pack(nodes).unwrap();
    packed["status"]
        .as_object_mut()
        .unwrap()
        .shift_remove("nodes");
    packed["status"]["compressedNodes"] = text.into();
    let plan = ask(&packed, RETRY).unwrap();
    let body = &plan.preview.requests.last().unwrap().body;
    assert!(body.contains("all nodes, compressed to"), "{body}");
    let (now, pods) = after(&packed, &plan);
    assert!(now["status"].get("nodes").is_none());
    let text = now["status"]["compressedNodes"].as_str().unwrap();
    let (json, _) = crate::wire::compressed::inflate(text).unwrap();
    let unpacked: Value = serde_json::from_str(&json).unwrap();
    let (plain, of_plain) = after(&before, &ask(&before, RETRY).unwrap());
    assert_eq!(unpacked, plain["status"]["nodes"]);
    assert_eq!(pods, of_plain);
}

#[test]
fn nodes_that_are_elsewhere_are_left_to_who_has_them() {
    let away = workflow(
        "Failed",
        &[],
        json!({"status": {"offloadNodeStatusVersion": "fnv:1"}}),
    );
    for operation in [RETRY, one("w.a"), bypass("w.a", &[]), Operation::Continue] {
        let why = refused(ask(&away, operation));
        assert!(
            why.contains("Argo's database") && why.contains("resubmit"),
            "{why}"
        );
    }
    let plain = Operation::Resubmit {
        memoized: false,
        parameters: Vec::new(),
    };
    assert_eq!(ask(&away, plain).unwrap().writes.len(), 1);
}

#[test]
fn parameters_reach_both_specifications_and_fan_outs_expand_anew() {
    let list = json!([{"name": "items", "value": "[1]"}, {"name": "kept", "value": "k"}]);
    let more = json!({"spec": {"arguments": {"parameters": [{"name": "items", "value": "[1]"}]}},
        "status": {"storedWorkflowTemplateSpec": {"arguments": {"parameters": list}}}});
    let mut before = recorded("fan");
    patch::merge(&mut before, &more);
    let retry = Operation::Retry {
        parameters: given(&[("items", "[2]")]),
    };
    let plan = ask(&before, retry).unwrap();
    let (now, _) = after(&before, &plan);
    assert_eq!(ids(&now), set("w w.fan"), "items that succeeded go too");
    assert_eq!(
        now["spec"]["arguments"]["parameters"],
        json!([{"name": "items", "value": "[2]"}])
    );
    assert_eq!(
        now["status"]["storedWorkflowTemplateSpec"]["arguments"]["parameters"],
        json!([{"name": "items", "value": "[2]"}, {"name": "kept", "value": "k"}])
    );
    assert_eq!(
        plan.preview.equivalent.as_deref(),
        Some("argo retry w -n team -p 'items=[2]'")
    );
    let strange = Operation::Retry {
        parameters: given(&[("itmes", "[2]")]),
    };
    let plan = ask(&before, strange).unwrap();
    assert!(words(&plan).contains("parameter itmes: it declares items, kept"));
}

#[test]
fn what_does_not_fail_by_a_step_is_told_where_to_go() {
    let ok = workflow(
        "Succeeded",
        &[node("w", "Pod", "Succeeded", json!({}))],
        json!({}),
    );
    let runs = workflow(
        "Running",
        &[node("w", "Pod", "Running", json!({}))],
        json!({}),
    );
    let stopped = workflow(
        "Failed",
        &[node("w", "DAG", "Failed", json!({}))],
        json!({}),
    );
    for (object, why, instead) in [
        (&ok, "it succeeded", "resubmit"),
        (&runs, "it is not over", "by itself"),
        (&stopped, "it was stopped", "continue"),
    ] {
        let said = refused(ask(object, RETRY));
        assert!(said.contains(why) && said.contains(instead), "{said}");
    }
    let said = refused(ask(&runs, one("w")));
    assert!(said.contains("undone by the controller"), "{said}");
    assert!(refused(ask(&ok, one("w"))).contains("has not failed"));
    assert!(refused(ask(&ok, one("none"))).contains("not there"));
}

/// An invalid specification, a template that was not there: nothing was begun, and the controller looks at it again.
#[test]
fn a_workflow_that_came_to_no_step_begins_anew() {
    let before = workflow("Error", &[], json!({}));
    let plan = ask(&before, RETRY).unwrap();
    assert!(words(&plan).contains("begins anew"), "{}", words(&plan));
    assert_eq!(after(&before, &plan).0["status"]["phase"], "");
}

/// A Steps template with a retry strategy: its attempts are groups.
fn attempts_that_hold_steps(last: &str) -> Value {
    let inside = |more: Value| {
        let mut with = json!({"boundaryID": "w"});
        patch::merge(&mut with, &more);
        with
    };
    let attempt = |n: usize, phase: &str| {
        let name = format!("w.x({n})");
        let (row, leaf) = (format!("{name}[0]"), format!("{name}[0].p"));
        vec![
            node(
                &name,
                "Steps",
                phase,
                inside(json!({"nodeFlag": {"retried": true}, "children": [row]})),
            ),
            node(
                &row,
                "StepGroup",
                phase,
                json!({"boundaryID": name, "children": [leaf]}),
            ),
            node(&leaf, "Pod", phase, json!({"boundaryID": name})),
        ]
    };
    let mut nodes = vec![
        node("w", "DAG", "Failed", json!({"children": ["w.x", "w.y"]})),
        node(
            "w.x",
            "Retry",
            last,
            inside(json!({"children": ["w.x(0)", "w.x(1)"]})),
        ),
        node("w.y", "Pod", "Failed", inside(json!({}))),
    ];
    nodes.extend(attempt(0, "Failed"));
    nodes.extend(attempt(1, last));
    workflow("Failed", &nodes, json!({}))
}

#[test]
fn an_attempt_after_which_another_came_is_left_alone() {
    let before = attempts_that_hold_steps("Succeeded");
    let (now, _) = after(&before, &ask(&before, RETRY).unwrap());
    let went: BTreeSet<String> = ids(&before).difference(&ids(&now)).cloned().collect();
    assert_eq!(went, set("w.y"));
    assert_eq!(begun(&before, &now), set("w"));
    let before = attempts_that_hold_steps("Failed");
    let (now, _) = after(&before, &ask(&before, RETRY).unwrap());
    let went: BTreeSet<String> = ids(&before).difference(&ids(&now)).cloned().collect();
    assert_eq!(went, set("w.y w.x(1)[0].p"));
    assert_eq!(begun(&before, &now), set("w w.x w.x(1) w.x(1)[0]"));
    let said = refused(ask(&before, one("w.x(0)[0].p")));
    assert!(said.contains("choose the last attempt"), "{said}");
}

/// Two groups beside each other: in one a step failed, the other was stopped between its rows and is Failed by itself.
#[test]
fn a_group_that_was_stopped_goes_on_with_the_rest() {
    let row = |name: &str, phase: &str, leaf: &str| {
        vec![
            node(
                name,
                "Steps",
                "Failed",
                json!({"boundaryID": "w", "children": [format!("{name}[0]")]}),
            ),
            node(
                &format!("{name}[0]"),
                "StepGroup",
                phase,
                json!({"boundaryID": name, "children": [format!("{name}[0].p")]}),
            ),
            node(
                &format!("{name}[0].p"),
                "Pod",
                leaf,
                json!({"boundaryID": name}),
            ),
        ]
    };
    let mut nodes = vec![node(
        "w",
        "DAG",
        "Failed",
        json!({"children": ["w.n1", "w.n2"]}),
    )];
    nodes.extend(row("w.n1", "Failed", "Failed"));
    nodes.extend(row("w.n2", "Succeeded", "Succeeded"));
    let before = workflow("Failed", &nodes, json!({}));
    let plan = ask(&before, RETRY).unwrap();
    let (now, _) = after(&before, &plan);
    assert_eq!(begun(&before, &now), set("w w.n1 w.n1[0] w.n2"));
    assert_eq!(plan.preview.equivalent, None, "argo leaves n2 as it is");
}

#[test]
fn a_failed_hook_opens_the_row_of_its_step() {
    let mut before = recorded("exit");
    before["status"]["nodes"]["w[1].s2"]["phase"] = "Succeeded".into();
    before["status"]["nodes"]["w[1].s2.onExit"]["phase"] = "Failed".into();
    let (now, _) = after(&before, &ask(&before, one("w[1].s2.onExit")).unwrap());
    assert!(ids(&now).contains("w[1].s2") && !ids(&now).contains("w[1].s2.onExit"));
    assert_eq!(begun(&before, &now), set("w w[1]"));
}

/// The hook ran when the group had failed; it runs again when the group ends again.
#[test]
fn the_exit_hook_of_a_group_runs_again_with_it() {
    let mut before = recorded("nest");
    let hook = node(
        "w.n2.onExit",
        "Pod",
        "Succeeded",
        json!({"boundaryID": "w", "nodeFlag": {"hooked": true}, "templateName": "hk"}),
    );
    before["status"]["nodes"]["w.n2.onExit"] = hook;
    before["status"]["nodes"]["w.n2"]["children"] = json!(["w.n2[0]", "w.n2.onExit"]);
    let (now, pods) = after(&before, &ask(&before, one("w.n2[0].p1")).unwrap());
    assert!(!ids(&now).contains("w.n2.onExit"));
    assert!(pods.iter().any(|pod| pod.starts_with("w-hk-")), "{pods:?}");
}

#[test]
fn only_the_exit_handler_runs_again_where_only_it_failed() {
    let mut before = recorded("exit");
    for (id, node) in before["status"]["nodes"].as_object_mut().unwrap() {
        node["phase"] = "Succeeded".into();
        if id == "w.onExit[1].x2" {
            node["phase"] = "Failed".into();
        }
    }
    for operation in [RETRY, one("w.onExit[1].x2")] {
        let plan = ask(&before, operation).unwrap();
        assert!(words(&plan).contains("exit handler"), "{}", words(&plan));
        let (now, pods) = after(&before, &plan);
        assert!(ids(&now).iter().all(|id| !id.starts_with("w.onExit")));
        assert_eq!(begun(&before, &now), set(""));
        assert_eq!(pods.len(), 2);
    }
}

#[test]
fn a_rejected_approval_is_asked_again() {
    let nodes = [
        node("w", "Steps", "Failed", json!({"children": ["w[0]"]})),
        node(
            "w[0]",
            "StepGroup",
            "Failed",
            json!({"boundaryID": "w", "children": ["w[0].ask"]}),
        ),
        node(
            "w[0].ask",
            "Suspend",
            "Failed",
            json!({"boundaryID": "w", "message": "rejected by max"}),
        ),
    ];
    let before = workflow("Failed", &nodes, json!({}));
    for operation in [RETRY, one("w[0].ask")] {
        let plan = ask(&before, operation).unwrap();
        assert!(words(&plan).contains("approval again"), "{}", words(&plan));
        let (now, pods) = after(&before, &plan);
        assert_eq!(ids(&now), set("w w[0]"));
        assert_eq!(begun(&before, &now), set("w w[0]"));
        assert!(pods.is_empty());
        assert_eq!(plan.preview.equivalent, None, "argo does nothing here");
    }
}

#[test]
fn a_stop_is_gone_on_from() {
    let stopped = "workflow shutdown with strategy:  Stop";
    let nodes = |phase: &str, message: &str| {
        [
            node("w", "DAG", "Failed", json!({"children": ["w.a"]})),
            node(
                "w.a",
                "Pod",
                phase,
                json!({"boundaryID": "w", "message": message}),
            ),
        ]
    };
    let more = || json!({"spec": {"shutdown": "Stop"}});
    let before = workflow("Failed", &nodes("Succeeded", stopped), more());
    let plan = ask(&before, Operation::Continue).unwrap();
    assert!(
        words(&plan).contains("counts as passed: a"),
        "{}",
        words(&plan)
    );
    let (now, pods) = after(&before, &plan);
    assert_eq!(begun(&before, &now), set("w"));
    assert!(pods.is_empty() && now["spec"].get("shutdown").is_none());
    let before = workflow("Failed", &nodes("Failed", stopped), more());
    let (now, pods) = after(&before, &ask(&before, Operation::Continue).unwrap());
    assert_eq!((ids(&now), pods.len()), (set("w"), 1));
    let before = workflow(
        "Failed",
        &nodes("Failed", "main: Error (exit code 4)"),
        more(),
    );
    let why = refused(ask(&before, Operation::Continue));
    assert!(why.contains("a step failed: a; retry"), "{why}");
    let runs = workflow("Running", &[], json!({"spec": {"suspend": true}}));
    assert!(refused(ask(&runs, Operation::Continue)).contains("resume goes on"));
}

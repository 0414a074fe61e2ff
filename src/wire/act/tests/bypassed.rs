//! Bypassing: what is marked, what is decided anew, what is asked for so that nothing hangs.
//! Apart from retrying, which makes steps go instead.

use super::*;

/// Case, step, marked, gone, set back to Running, what stays failed.
const CASES: &[(&str, &str, &str, &str, &str, &str)] = &[
    ("dag", "w.b1", "w.b1", "w.d w.f", "w", "b2"),
    ("steps", "w[1].s2a", "w[1].s2a", "", "w w[1]", "s2c"),
    ("retry", "w.x", "w.x w.x(1)", "w.z", "w", "x2"),
    ("retry", "w.x(0)", "w.x w.x(1)", "w.z", "w", "x2"),
    (
        "fan",
        "w.fan(1:b)",
        "w.fan(1:b)",
        "w.join",
        "w w.fan",
        "fan(3:d)",
    ),
    (
        "nest",
        "w.n1[1].inner.q2",
        "w.n1[1].inner.q2",
        "w.n1[1].inner.q3 w.z",
        "w w.n1 w.n1[1] w.n1[1].inner",
        "p1",
    ),
    ("cset", "w.cs", "w.cs w.cs.main", "w.z", "w", ""),
    ("cset", "w.cs.main", "w.cs w.cs.main", "w.z", "w", ""),
    (
        "exit",
        "w[1].s2",
        "w[1].s2",
        "w.onExit w.onExit[0] w.onExit[0].x1 w.onExit[1] w.onExit[1].x2",
        "w w[1]",
        "s2b",
    ),
];

fn with_phase(before: &Value, now: &Value, phase: &str) -> BTreeSet<String> {
    let nodes = now["status"]["nodes"].as_object().unwrap().iter();
    nodes
        .filter(|(id, node)| {
            node["phase"] == phase && before["status"]["nodes"][id.as_str()]["phase"] != phase
        })
        .map(|(id, _)| id.clone())
        .collect()
}

#[test]
fn the_step_passes_and_what_was_left_out_is_decided_anew() {
    for (case, step, marked, gone, reset, stay) in CASES {
        let before = recorded(case);
        let plan = ask(&before, bypass(step, &[])).unwrap();
        let (now, _) = after(&before, &plan);
        let went: BTreeSet<String> = ids(&before).difference(&ids(&now)).cloned().collect();
        assert_eq!(went, set(gone), "{case} {step}");
        assert_eq!(
            with_phase(&before, &now, "Succeeded"),
            set(marked),
            "{case} {step}"
        );
        assert_eq!(
            with_phase(&before, &now, "Running"),
            set(reset),
            "{case} {step}"
        );
        for id in set(marked) {
            assert_eq!(now["status"]["nodes"][id]["message"], "bypassed by jane");
        }
        let warns: Vec<String> = plan
            .preview
            .warns
            .iter()
            .map(|text| text.to_string())
            .collect();
        match *stay {
            "" => assert!(warns.is_empty(), "{case} {step}: {warns:?}"),
            name => assert!(
                warns[0].ends_with(&format!(": {name}")),
                "{case} {step}: {warns:?}"
            ),
        }
        assert_eq!(plan.preview.equivalent, None);
    }
}

/// `make` fails; `use` takes an output of it, as this text says.
fn maker(outputs: Value, text: &str) -> Value {
    let nodes = [
        node(
            "w",
            "DAG",
            "Failed",
            json!({"children": ["w.make"], "templateName": "main"}),
        ),
        node(
            "w.make",
            "Pod",
            "Failed",
            json!({"boundaryID": "w", "templateName": "make", "children": ["w.use"], "outputs": outputs}),
        ),
        node("w.use", "Skipped", "Omitted", json!({"boundaryID": "w"})),
    ];
    let templates = json!([
        {"name": "main", "dag": {"tasks": [{"name": "make", "template": "make"},
            {"name": "use", "template": "use", "depends": "make", "arguments": {"parameters": [{"name": "v", "value": text}]}}]}},
        {"name": "make", "outputs": outputs},
    ]);
    workflow("Failed", &nodes, json!({"spec": {"templates": templates}}))
}

#[test]
fn every_output_a_later_step_uses_is_asked_for() {
    let outputs = || json!({"parameters": [{"name": "ver", "valueFrom": {"path": "/v"}}, {"name": "other", "valueFrom": {"path": "/o"}}]});
    for text in [
        "{{tasks.make.outputs.parameters.ver}}",
        "{{=tasks.make.outputs.parameters.ver + 1}}",
        "{{=tasks['make'].outputs.parameters['ver']}}",
        "{{=tasks[\"make\"].outputs.parameters[\"ver\"]}}",
    ] {
        let before = maker(outputs(), text);
        let asked = ask(&before, bypass("w.make", &[])).unwrap();
        assert!(asked.writes.is_empty(), "{text}");
        let needs: Vec<(&str, bool)> = (asked.preview.fields.iter())
            .map(|field| (&*field.name, field.required))
            .collect();
        assert_eq!(needs, [("ver", true), ("other", false)], "{text}");
        let (now, _) = after(
            &before,
            &ask(&before, bypass("w.make", &[("ver", "7")])).unwrap(),
        );
        assert_eq!(
            now["status"]["nodes"]["w.make"]["outputs"]["parameters"],
            json!([{"name": "ver", "value": "7"}, {"name": "other", "valueFrom": {"path": "/o"}}])
        );
    }
    // All of them at once, as items of a fan-out are gathered.
    let all = maker(outputs(), "{{tasks.make.outputs.parameters}}");
    let asked = ask(&all, bypass("w.make", &[("ver", "7")])).unwrap();
    assert!(asked.writes.is_empty());
    // A longer name is another output.
    let longer = maker(outputs(), "{{tasks.make.outputs.parameters.version}}");
    assert!(
        !ask(&longer, bypass("w.make", &[]))
            .unwrap()
            .writes
            .is_empty()
    );
    let said = refused(ask(&longer, bypass("w.make", &[("vre", "7")])));
    assert!(said.contains("no output vre"), "{said}");
}

/// The default of an output is only put in by a pod that ran: a step that did not run has no value of it.
#[test]
fn what_an_output_falls_back_to_is_written() {
    let outputs = json!({"parameters": [{"name": "ver", "globalName": "release", "valueFrom": {"path": "/v", "default": "0"}}]});
    let before = maker(outputs, "{{tasks.make.outputs.parameters.ver}}");
    let plan = ask(&before, bypass("w.make", &[])).unwrap();
    let (now, _) = after(&before, &plan);
    assert_eq!(
        now["status"]["nodes"]["w.make"]["outputs"]["parameters"],
        json!([{"name": "ver", "globalName": "release", "value": "0"}])
    );
    assert_eq!(
        now["status"]["outputs"]["parameters"],
        json!([{"name": "release", "value": "0"}])
    );
}

#[test]
fn a_result_is_asked_for_where_it_is_used() {
    let before = maker(json!({"exitCode": "1"}), "{{tasks.make.outputs.result}}");
    let asked = ask(&before, bypass("w.make", &[])).unwrap();
    assert!(asked.writes.is_empty() && &*asked.preview.fields[0].name == "result");
    let plan = ask(&before, bypass("w.make", &[("result", "fine")])).unwrap();
    let (now, _) = after(&before, &plan);
    assert_eq!(
        now["status"]["nodes"]["w.make"]["outputs"],
        json!({"exitCode": "1", "result": "fine"})
    );
}

#[test]
fn an_artifact_nobody_can_give_is_refused_and_one_that_is_kept_is_told() {
    let outputs = |artifact: Value| json!({"artifacts": [artifact]});
    let text = "{{tasks.make.outputs.artifacts.report}}";
    let lost = maker(outputs(json!({"name": "report", "path": "/r"})), text);
    let said = refused(ask(&lost, bypass("w.make", &[])));
    assert!(
        said.contains("artifact report") && said.contains("retry"),
        "{said}"
    );
    let kept = maker(
        outputs(json!({"name": "report", "path": "/r", "s3": {"key": "w/report.tgz"}})),
        text,
    );
    let plan = ask(&kept, bypass("w.make", &[])).unwrap();
    assert!(words(&plan).contains("artifact report as make left it"));
}

#[test]
fn the_values_of_a_retried_step_stand_in_its_last_attempt_too() {
    let mut before = recorded("retry");
    let outputs = json!({"parameters": [{"name": "v", "valueFrom": {"path": "/v"}}]});
    for id in ["w.x", "w.x(0)", "w.x(1)"] {
        before["status"]["nodes"][id]["outputs"] = outputs.clone();
    }
    let (now, _) = after(
        &before,
        &ask(&before, bypass("w.x", &[("v", "1")])).unwrap(),
    );
    let nodes = &now["status"]["nodes"];
    for id in ["w.x", "w.x(1)"] {
        assert_eq!(
            nodes[id]["outputs"]["parameters"],
            json!([{"name": "v", "value": "1"}])
        );
    }
    assert_eq!(nodes["w.x(0)"]["outputs"], outputs);
}

#[test]
fn what_cannot_be_bypassed_is_told_why() {
    let mut running = recorded("dag");
    running["status"]["phase"] = "Running".into();
    running["status"]["nodes"]["w"]["phase"] = "Running".into();
    running["status"]["nodes"]["w.b1"]["phase"] = "Running".into();
    let mut waits = running.clone();
    waits["status"]["nodes"]["w.b1"]["type"] = "Suspend".into();
    let exit = {
        let mut exit = recorded("exit");
        exit["status"]["nodes"]["w.onExit[1].x2"]["phase"] = "Failed".into();
        exit
    };
    for (object, step, why) in [
        (
            &running,
            "w.b1",
            "undone by the controller; wait until it fails",
        ),
        (&waits, "w.b1", "approve it"),
        (&recorded("dag"), "w.a", "has not failed"),
        (&recorded("dag"), "w.d", "left out because of another step"),
        (
            &recorded("nest"),
            "w.n2",
            "choose the step in it that failed",
        ),
        (&exit, "w.onExit[1].x2", "exit handler"),
    ] {
        let said = refused(ask(object, bypass(step, &[])));
        assert!(said.contains(why), "{step}: {said}");
    }
}

/// The same workflow while other steps of it still run.
fn live(case: &str) -> Value {
    let mut object = recorded(case);
    object["status"]["phase"] = "Running".into();
    object["status"]["nodes"]["w"]["phase"] = "Running".into();
    object["status"]["nodes"]["w"]["outboundNodes"] = Value::Null;
    object["metadata"]["labels"] = json!({"workflows.argoproj.io/completed": "false"});
    object
}

#[test]
fn of_a_run_that_goes_on_only_the_nodes_change() {
    for operation in [one("w.b1"), bypass("w.b1", &[])] {
        let before = live("dag");
        let plan = ask(&before, operation.clone()).unwrap();
        let (now, pods) = after(&before, &plan);
        assert_eq!(
            pods.len(),
            usize::from(matches!(operation, Operation::RetryStep { .. }))
        );
        for path in [
            "/metadata/labels",
            "/spec",
            "/status/phase",
            "/status/conditions",
            "/status/nodes/w",
        ] {
            assert_eq!(before.pointer(path), now.pointer(path), "{path}");
        }
        assert!(ids(&now).is_disjoint(&set("w.d w.f")));
        assert!(words(&plan).contains("about 10 s"), "{}", words(&plan));
    }
    // A group that has ended already is opened, one that goes on is not begun again.
    let mut nested = live("nest");
    nested["status"]["nodes"]["w.n1"]["phase"] = "Running".into();
    let (now, _) = after(&nested, &ask(&nested, one("w.n2[0].p1")).unwrap());
    let (nodes, was) = (&now["status"]["nodes"], &nested["status"]["nodes"]);
    assert_eq!(nodes["w.n2"]["phase"], "Running");
    assert_eq!(nodes["w.n1"], was["w.n1"]);
    assert_eq!(nodes["w"], was["w"]);
}

#[test]
fn a_run_that_goes_on_is_not_edited_where_that_would_harm() {
    let mut stopping = live("dag");
    stopping["spec"]["shutdown"] = "Stop".into();
    let mut ending = live("exit");
    ending["status"]["nodes"]["w"]["phase"] = "Failed".into();
    let mut busy = live("dag");
    busy["status"]["nodes"]["w.f"]["type"] = "Pod".into();
    busy["status"]["nodes"]["w.f"]["phase"] = "Running".into();
    for (object, step, why) in [
        (stopping, "w.b1", "being stopped"),
        (ending, "w[1].s2b", "exit handler runs"),
        (busy, "w.b1", "f came after it and is not over"),
    ] {
        let said = refused(ask(&object, one(step)));
        assert!(said.contains(why), "{said}");
    }
}

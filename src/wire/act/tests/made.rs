//! New workflows: resubmitted, launched, of a cron; and crons themselves.
//! Apart from what changes the workflow that is there.

use super::*;

fn resubmit(memoized: bool) -> Operation {
    Operation::Resubmit {
        memoized,
        parameters: Vec::new(),
    }
}

fn launch(values: &[(&str, &str)]) -> Operation {
    Operation::Launch {
        namespace: "elsewhere".into(),
        parameters: given(values),
    }
}

fn ask_of(kind: Kind, object: &Value, operation: Operation) -> Result<Plan, Refusal> {
    plan(&order(kind, object, operation), object, &jane())
}

/// The object that is made, and its path.
fn made(plan: &Plan) -> (&Value, &str) {
    let write = plan.writes.last().unwrap();
    assert_eq!((write.verb, write.method.as_str()), ("create", "POST"));
    assert_eq!(plan.writes.len(), 1);
    (write.body.as_ref().unwrap(), &write.path)
}

fn finished() -> Value {
    let more = json!({
        "metadata": {
            "labels": {"team": "qa", "workflows.argoproj.io/phase": "Failed", "workflows.argoproj.io/creator": "max",
                "workflows.argoproj.io/workflow-template": "tmpl", "workflows.argoproj.io/cron-workflow": "cron",
                "workflows.argoproj.io/controller-instanceid": "two", "workflows.argoproj.io/actor-email": "m"},
            "annotations": {"workflows.argoproj.io/trace-id": "1", "tiphys.dev/actor": "max", "kubectl.kubernetes.io/last-applied-configuration": "{}"},
            "ownerReferences": [{"kind": "CronWorkflow", "name": "cron", "uid": "c"}],
        },
        "spec": {"shutdown": "Stop", "suspend": true, "activeDeadlineSeconds": 0, "onExit": "bye",
            "arguments": {"parameters": [{"name": "ship", "value": "Argo"}]}},
    });
    workflow("Failed", &[node("w", "Pod", "Failed", json!({}))], more)
}

#[test]
fn a_resubmit_has_the_specification_and_nothing_of_what_became_of_it() {
    let before = finished();
    let plan = ask(&before, resubmit(false)).unwrap();
    let (new, path) = made(&plan);
    assert_eq!(path, "/apis/argoproj.io/v1alpha1/namespaces/team/workflows");
    let mut spec = before["spec"].as_object().unwrap().clone();
    for gone in ["shutdown", "suspend", "activeDeadlineSeconds"] {
        spec.shift_remove(gone);
    }
    assert_eq!(new["spec"], Value::Object(spec));
    assert_eq!(
        new["metadata"]["labels"],
        json!({"team": "qa", "workflows.argoproj.io/workflow-template": "tmpl",
            "workflows.argoproj.io/cron-workflow": "cron", "workflows.argoproj.io/controller-instanceid": "two",
            "workflows.argoproj.io/resubmitted-from-workflow": "w"})
    );
    assert_eq!(
        new["metadata"]["annotations"],
        json!({"note": "kept", "tiphys.dev/actor": "jane", "tiphys.dev/action": "resubmit", "tiphys.dev/at": NOW})
    );
    assert_eq!(
        new["metadata"]["ownerReferences"],
        before["metadata"]["ownerReferences"]
    );
    assert!(new.get("status").is_none());
    assert_eq!(
        plan.preview.equivalent.as_deref(),
        Some("argo resubmit w -n team")
    );
}

#[test]
fn a_name_is_always_the_same_and_never_too_long() {
    let mut before = finished();
    let name = |object: &Value, actor: &Actor, operation: Operation| -> String {
        let plan = plan(&order(Kind::Workflow, object, operation), object, actor).unwrap();
        made(&plan).0["metadata"]["name"]
            .as_str()
            .unwrap()
            .to_string()
    };
    let first = name(&before, &jane(), resubmit(false));
    assert_eq!(first, name(&before, &jane(), resubmit(false)));
    let (prefix, suffix) = first.split_once('-').unwrap();
    assert_eq!((prefix, suffix.len()), ("w", 5));
    assert!(
        suffix
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    );
    let mut later = jane();
    later.asked = "2026-11-22T21:00:00.000001Z".parse().unwrap();
    assert_ne!(first, name(&before, &later, resubmit(false)));
    assert_ne!(first, name(&before, &jane(), launch(&[])));
    // What was generated is generated from the same again, and does not grow.
    before["metadata"]["generateName"] = "nightly-".into();
    let new = ask(&before, resubmit(false)).unwrap();
    let new = made(&new).0;
    assert_eq!(new["metadata"]["generateName"], "nightly-");
    assert!(
        new["metadata"]["name"]
            .as_str()
            .unwrap()
            .starts_with("nightly-")
    );
    for long in [
        "a".repeat(63),
        format!("{}-{}", "a".repeat(56), "b".repeat(20)),
        format!("{}...b", "a".repeat(57)),
    ] {
        before["metadata"]["generateName"] = format!("{long}-").into();
        let name = name(&before, &jane(), resubmit(false));
        assert!(
            name.len() <= 63 && crate::wire::act::object::is_name(&name),
            "{name}"
        );
    }
}

#[test]
fn one_like_it_is_not_its_successor() {
    let plan = ask(&finished(), launch(&[("ship", "Pegasus")])).unwrap();
    let (new, path) = made(&plan);
    assert_eq!(path, "/apis/argoproj.io/v1alpha1/namespaces/team/workflows");
    assert_eq!(
        new["metadata"]["labels"],
        json!({"team": "qa", "workflows.argoproj.io/workflow-template": "tmpl", "workflows.argoproj.io/controller-instanceid": "two"})
    );
    assert!(new["metadata"].get("ownerReferences").is_none());
    assert_eq!(
        new["spec"]["arguments"]["parameters"],
        json!([{"name": "ship", "value": "Pegasus"}])
    );
    assert_eq!(plan.preview.fields[0].default.as_deref(), Some("Pegasus"));
}

#[test]
fn a_memoized_one_stands_on_what_succeeded() {
    let before = recorded("exit");
    let plan = ask(&before, resubmit(true)).unwrap();
    let (new, _) = made(&plan);
    let name = new["metadata"]["name"].as_str().unwrap();
    let id = |rest: &str| match rest {
        "" => name.to_string(),
        rest => format!(
            "{name}-{}",
            crate::wire::podname::fnv1a32(&format!("{name}{rest}"))
        ),
    };
    let nodes = &new["status"]["nodes"];
    // Recorded of `argo resubmit --memoized`, which keeps what failed as pending, with the hook of it as skipped.
    let expected: BTreeSet<String> = ["", "[0]", "[0].s1", "[0].s1.onExit", "[1]"]
        .map(&id)
        .into();
    assert_eq!(ids(new), expected);
    let s1 = &nodes[id("[0].s1")];
    assert_eq!(
        (&s1["phase"], &s1["type"]),
        (&json!("Skipped"), &json!("Skipped"))
    );
    assert_eq!(s1["message"], "original pod: w[0].s1");
    assert_eq!(s1["boundaryID"], name);
    assert_eq!(s1["children"], json!([id("[0].s1.onExit"), id("[1]")]));
    assert_eq!(nodes[id("[1]")]["phase"], "Pending");
    assert_eq!(
        new["status"]["conditions"],
        json!([{"type": "Completed", "status": "False"}])
    );
    assert_eq!(
        plan.preview.equivalent.as_deref(),
        Some("argo resubmit w -n team --memoized")
    );
    let said = refused(ask(&workflow("Succeeded", &[], json!({})), resubmit(true)));
    assert!(said.contains("nothing of it failed"), "{said}");
}

#[test]
fn a_memoized_one_decides_anew_what_was_left_out_and_asks_again() {
    let mut before = recorded("dag");
    before["status"]["nodes"]["w.a"]["type"] = "Suspend".into();
    let plan = ask(&before, resubmit(true)).unwrap();
    let (new, _) = made(&plan);
    let names: BTreeSet<String> = new["status"]["nodes"]
        .as_object()
        .unwrap()
        .values()
        .map(|node| node["displayName"].as_str().unwrap().to_string())
        .collect();
    assert_eq!(
        names,
        set("w c e"),
        "b1, b2 failed, d and f were left out, a was an approval"
    );
    assert!(words(&plan).contains("approval again: a"));
    let tries = recorded("retry");
    let plan = ask(&tries, resubmit(true)).unwrap();
    let left: BTreeSet<String> = made(&plan).0["status"]["nodes"]
        .as_object()
        .unwrap()
        .values()
        .map(|node| {
            format!(
                "{}:{}",
                node["displayName"].as_str().unwrap(),
                node["phase"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        left,
        set("w:Pending x:Pending x2:Pending y:Pending y(0):Skipped")
    );
}

fn template() -> Value {
    let parameters = json!([
        {"name": "city", "enum": ["Iolcus", "Colchis"], "description": "Where to"},
        {"name": "ship", "value": "Argo"},
        {"name": "crew", "valueFrom": {"configMapKeyRef": {"name": "crew", "key": "all"}}},
    ]);
    json!({"metadata": {"name": "smoke", "namespace": "team", "uid": "t", "resourceVersion": "3",
            "labels": {"workflows.argoproj.io/controller-instanceid": "two"}},
        "spec": {"entrypoint": "main", "arguments": {"parameters": parameters}}})
}

#[test]
fn a_template_is_launched_with_what_it_asks_for() {
    let asked = ask_of(Kind::WorkflowTemplate, &template(), launch(&[])).unwrap();
    assert!(asked.writes.is_empty());
    let fields: Vec<(&str, bool, usize)> = (asked.preview.fields.iter())
        .map(|field| (&*field.name, field.required, field.options.len()))
        .collect();
    assert_eq!(
        fields,
        [("city", true, 2), ("ship", false, 0), ("crew", false, 0)]
    );
    assert_eq!(&*asked.preview.fields[0].description, "Where to");
    let plan = ask_of(
        Kind::WorkflowTemplate,
        &template(),
        launch(&[("city", "Colchis")]),
    )
    .unwrap();
    let (new, path) = made(&plan);
    assert_eq!(path, "/apis/argoproj.io/v1alpha1/namespaces/team/workflows");
    assert_eq!(
        new["spec"],
        json!({"workflowTemplateRef": {"name": "smoke"}, "arguments": {"parameters": [{"name": "city", "value": "Colchis"}]}})
    );
    assert_eq!(
        new["metadata"]["labels"],
        json!({"workflows.argoproj.io/workflow-template": "smoke", "workflows.argoproj.io/controller-instanceid": "two"})
    );
    assert_eq!(
        plan.preview.equivalent.as_deref(),
        Some("argo submit -n team --from workflowtemplate/smoke -p city=Colchis")
    );
    let said = refused(ask_of(
        Kind::WorkflowTemplate,
        &template(),
        launch(&[("city", "Troy")]),
    ));
    assert!(
        said.contains("Troy is not a value of city; give one of Iolcus, Colchis"),
        "{said}"
    );
}

#[test]
fn a_cluster_template_is_launched_where_it_is_wanted() {
    let mut object = template();
    object["metadata"]["namespace"] = Value::Null;
    let plan = ask_of(
        Kind::ClusterWorkflowTemplate,
        &object,
        launch(&[("city", "Iolcus")]),
    )
    .unwrap();
    let (new, path) = made(&plan);
    assert_eq!(
        path,
        "/apis/argoproj.io/v1alpha1/namespaces/elsewhere/workflows"
    );
    assert_eq!(
        new["spec"]["workflowTemplateRef"],
        json!({"name": "smoke", "clusterScope": true})
    );
    for (home, why) in [
        ("", "needs a namespace"),
        ("a/../b", "no name of a namespace"),
    ] {
        let operation = Operation::Launch {
            namespace: home.into(),
            parameters: Vec::new(),
        };
        let said = refused(ask_of(Kind::ClusterWorkflowTemplate, &object, operation));
        assert!(said.contains(why), "{said}");
    }
    object["spec"] = json!({"templates": []});
    let said = refused(ask_of(Kind::ClusterWorkflowTemplate, &object, launch(&[])));
    assert!(said.contains("no entrypoint"), "{said}");
}

fn cron(more: Value) -> Value {
    let mut object = json!({"metadata": {"name": "nightly", "namespace": "team", "uid": "c", "resourceVersion": "3"},
        "spec": {"schedules": ["0 2 * * *"], "workflowMetadata": {"labels": {"team": "qa"}, "annotations": {"a": "b"}},
            "workflowSpec": {"entrypoint": "main", "arguments": {"parameters": [{"name": "ship", "value": "Argo"}]}}}});
    patch::merge(&mut object, &more);
    object
}

#[test]
fn a_cron_runs_now_as_its_schedule_would() {
    let plan = ask_of(
        Kind::CronWorkflow,
        &cron(json!({})),
        launch(&[("ship", "Pegasus")]),
    )
    .unwrap();
    let (new, path) = made(&plan);
    assert_eq!(path, "/apis/argoproj.io/v1alpha1/namespaces/team/workflows");
    let metadata = &new["metadata"];
    assert_eq!(
        metadata["labels"],
        json!({"team": "qa", "workflows.argoproj.io/cron-workflow": "nightly"})
    );
    assert_eq!(
        metadata["annotations"]["workflows.argoproj.io/scheduled-time"],
        NOW
    );
    assert_eq!(metadata["annotations"]["a"], "b");
    assert_eq!(metadata["annotations"]["tiphys.dev/actor"], "jane");
    assert_eq!(
        metadata["ownerReferences"],
        json!([{"apiVersion": "argoproj.io/v1alpha1", "kind": "CronWorkflow", "name": "nightly", "uid": "c",
            "controller": true, "blockOwnerDeletion": true}])
    );
    assert_eq!(
        new["spec"],
        json!({"entrypoint": "main", "arguments": {"parameters": [{"name": "ship", "value": "Pegasus"}]}})
    );
}

#[test]
fn a_cron_that_runs_already_is_looked_at() {
    let busy = |policy: &str| {
        cron(
            json!({"spec": {"concurrencyPolicy": policy}, "status": {"active": [{"name": "nightly-1"}]}}),
        )
    };
    let said = refused(ask_of(Kind::CronWorkflow, &busy("Forbid"), launch(&[])));
    assert!(
        said.contains("runs already: nightly-1") && said.contains("wait"),
        "{said}"
    );
    for (policy, says) in [
        ("Replace", "both run"),
        ("Allow", "runs already: nightly-1"),
    ] {
        let plan = ask_of(Kind::CronWorkflow, &busy(policy), launch(&[])).unwrap();
        assert!(
            words(&plan).contains(says) && plan.writes.len() == 1,
            "{}",
            words(&plan)
        );
    }
    let empty = cron(json!({"spec": {"workflowSpec": {"entrypoint": null}}}));
    let said = refused(ask_of(Kind::CronWorkflow, &empty, launch(&[])));
    assert!(said.contains("no entrypoint"), "{said}");
}

#[test]
fn a_cron_is_suspended_and_resumed() {
    let object = cron(json!({}));
    let plan = ask_of(Kind::CronWorkflow, &object, Operation::Suspend).unwrap();
    let (now, _) = after(&object, &plan);
    assert_eq!(now["spec"]["suspend"], true);
    assert_eq!(
        plan.preview.equivalent.as_deref(),
        Some("argo cron suspend nightly -n team")
    );
    let plan = ask_of(Kind::CronWorkflow, &now, Operation::Resume).unwrap();
    assert_eq!(after(&now, &plan).0["spec"]["suspend"], false);
    assert!(
        refused(ask_of(Kind::CronWorkflow, &now, Operation::Suspend)).contains("suspended already")
    );
    assert!(
        refused(ask_of(Kind::CronWorkflow, &object, Operation::Resume)).contains("not suspended")
    );
    assert!(refused(ask_of(Kind::CronWorkflow, &object, RETRY)).contains("a workflow can"));
    let busy = cron(json!({"status": {"active": [{"name": "nightly-1"}]}}));
    let gone = ask_of(
        Kind::CronWorkflow,
        &busy,
        Operation::Delete { force: false },
    )
    .unwrap();
    assert!(
        words(&gone).contains("not over go too: nightly-1"),
        "{}",
        words(&gone)
    );
    let kept = ask_of(
        Kind::WorkflowTemplate,
        &template(),
        Operation::Delete { force: false },
    );
    assert!(refused(kept).contains("whoever deploys them"));
}

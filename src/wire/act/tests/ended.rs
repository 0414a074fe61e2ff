//! Suspending, resuming, ending and deleting.
//! Apart from what is done to steps.

use super::*;

fn running(more: Value) -> Value {
    workflow("Running", &[node("w", "Pod", "Running", json!({}))], more)
}

fn delete(force: bool) -> Operation {
    Operation::Delete { force }
}

/// Operation, the object, `spec` afterwards, the same from a shell.
#[test]
fn one_field_is_turned() {
    let plain = || running(json!({"spec": null}));
    let held = || running(json!({"spec": {"suspend": true}}));
    let patched =
        |patch: &str| format!("kubectl patch workflow w -n team --type merge -p '{patch}'");
    for (operation, before, spec, shell) in [
        (
            Operation::Suspend,
            plain(),
            json!({"suspend": true}),
            "argo suspend w -n team".to_string(),
        ),
        (
            Operation::Resume,
            held(),
            json!({}),
            patched(r#"{"spec":{"suspend":null}}"#),
        ),
        (
            Operation::Stop,
            plain(),
            json!({"shutdown": "Stop"}),
            "argo stop w -n team".to_string(),
        ),
        (
            Operation::Stop,
            held(),
            json!({"shutdown": "Stop"}),
            patched(r#"{"spec":{"shutdown":"Stop","suspend":null}}"#),
        ),
        (
            Operation::Terminate,
            held(),
            json!({"shutdown": "Terminate"}),
            patched(r#"{"spec":{"shutdown":"Terminate","suspend":null}}"#),
        ),
        (
            Operation::Terminate,
            running(json!({"spec": {"shutdown": "Stop"}})),
            json!({"shutdown": "Terminate"}),
            "argo terminate w -n team".to_string(),
        ),
    ] {
        let mut before = before;
        if !before["spec"].is_object() {
            before["spec"] = json!({});
        }
        let plan = ask(&before, operation.clone()).unwrap();
        let (now, _) = after(&before, &plan);
        let mut own = now["spec"].as_object().unwrap().clone();
        own.retain(|name, _| ["suspend", "shutdown"].contains(&name.as_str()));
        assert_eq!(Value::Object(own), spec, "{operation:?}");
        assert_eq!(plan.preview.equivalent.as_deref(), Some(shell.as_str()));
        assert_eq!(now["status"], before["status"]);
        assert_eq!(
            now["metadata"]["annotations"]["tiphys.dev/action"],
            operation.verb()
        );
    }
}

/// Suspended, ended or made again between the look and the stop: a stop of a suspended workflow would never be carried out.
#[test]
fn a_change_in_between_is_met() {
    let before = running(json!({}));
    let plan = ask(&before, Operation::Stop).unwrap();
    let operations = plan.writes[0].body.as_ref().unwrap().as_array().unwrap();
    for change in [
        json!({"spec": {"suspend": true}}),
        json!({"status": {"phase": "Succeeded"}}),
        json!({"metadata": {"uid": "another"}}),
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
fn a_workflow_nobody_has_looked_at_can_be_ended() {
    let mut fresh = running(json!({}));
    let object = fresh.as_object_mut().unwrap();
    object.shift_remove("status");
    object["metadata"]
        .as_object_mut()
        .unwrap()
        .shift_remove("annotations");
    let (now, _) = after(&fresh, &ask(&fresh, Operation::Terminate).unwrap());
    assert_eq!(now["spec"]["shutdown"], "Terminate");
    assert_eq!(now["metadata"]["annotations"]["tiphys.dev/actor"], "jane");
}

#[test]
fn what_makes_no_sense_is_told_what_does() {
    let over = workflow("Succeeded", &[], json!({}));
    let held = running(json!({"spec": {"suspend": true}}));
    let stopping = running(json!({"spec": {"shutdown": "Stop"}}));
    let dying = running(json!({"spec": {"shutdown": "Terminate"}}));
    for (object, operation, why) in [
        (&over, Operation::Suspend, "it is over"),
        (&over, Operation::Resume, "retry or resubmit"),
        (&over, Operation::Stop, "it is over"),
        (&over, Operation::Terminate, "it is over"),
        (&held, Operation::Suspend, "resume goes on"),
        (
            &running(json!({})),
            Operation::Resume,
            "a step that waits is approved",
        ),
        (&stopping, Operation::Stop, "or terminate it"),
        (&dying, Operation::Terminate, "it is being terminated"),
        (&dying, Operation::Stop, "it is being terminated"),
    ] {
        let said = refused(ask(object, operation));
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_stop_that_will_be_ignored_says_so() {
    let queued = workflow("Pending", &[], json!({}));
    let lock =
        json!({"status": {"synchronization": {"mutex": {"waiting": [{"mutex": "team/Mutex/m"}]}}}});
    let waits = workflow("", &[], lock);
    for object in [&queued, &waits] {
        assert!(words(&ask(object, Operation::Stop).unwrap()).contains("terminate ends it"));
        assert!(!words(&ask(object, Operation::Terminate).unwrap()).contains("ignored"));
    }
    assert!(!words(&ask(&running(json!({})), Operation::Stop).unwrap()).contains("ignored"));
}

#[test]
fn exit_handlers_are_spoken_of_where_there_are_some() {
    let with = |more: Value| running(more);
    let own = with(json!({"spec": {"onExit": "bye"}}));
    let stored = with(
        json!({"status": {"storedWorkflowTemplateSpec": {"hooks": {"exit": {"template": "bye"}}}}}),
    );
    for object in [&own, &stored] {
        assert!(words(&ask(object, Operation::Stop).unwrap()).contains("its exit handler runs"));
        assert!(words(&ask(object, Operation::Terminate).unwrap()).contains("does not run"));
    }
    assert!(!words(&ask(&with(json!({})), Operation::Stop).unwrap()).contains("exit"));
}

#[test]
fn a_delete_names_the_object_and_its_version() {
    let plan = ask(&running(json!({})), delete(false)).unwrap();
    assert_eq!(plan.writes.len(), 1);
    let write = &plan.writes[0];
    assert_eq!(
        write.path,
        "/apis/argoproj.io/v1alpha1/namespaces/team/workflows/w"
    );
    let body = write.body.as_ref().unwrap();
    assert_eq!(
        body["preconditions"],
        json!({"uid": "u", "resourceVersion": "7"})
    );
    assert_eq!(body["propagationPolicy"], "Background");
    assert!(words(&plan).contains("still runs"));
    assert_eq!(
        plan.preview.equivalent.as_deref(),
        Some("argo delete w -n team")
    );
}

#[test]
fn a_finalizer_is_explained_and_force_removes_it_first() {
    let guarded = || json!({"metadata": {"finalizers": ["workflows.argoproj.io/artifact-gc"]}});
    let over = workflow("Failed", &[], guarded());
    assert!(words(&ask(&over, delete(false)).unwrap()).contains("artifacts are cleaned up"));
    let plan = ask(&over, delete(true)).unwrap();
    assert_eq!(plan.writes.len(), 2);
    assert_eq!(
        plan.writes[0].body.as_ref().unwrap()["metadata"]["finalizers"],
        Value::Null
    );
    let body = plan.writes[1].body.as_ref().unwrap();
    assert_eq!(
        body["preconditions"],
        json!({"uid": "u"}),
        "its version is another by then"
    );
    assert!(!plan.writes[1].missing_is_fine);
    assert!(words(&plan).contains("what they guard is left behind"));
    let mut going = over.clone();
    going["metadata"]["deletionTimestamp"] = NOW.into();
    let said = refused(ask(&going, delete(false)));
    assert!(
        said.contains("waits for workflows.argoproj.io/artifact-gc; force"),
        "{said}"
    );
    assert!(ask(&going, delete(true)).unwrap().writes[1].missing_is_fine);
    assert!(refused(ask(&going, RETRY)).contains("being deleted"));
}

#[test]
fn another_object_of_the_name_is_not_touched() {
    let object = running(json!({}));
    for (uid, found) in [
        ("other", json!({})),
        ("u", json!({"metadata": {"uid": null}})),
        ("", json!({"metadata": {"uid": ""}})),
    ] {
        let mut changed = object.clone();
        patch::merge(&mut changed, &found);
        let mut wanted = order(Kind::Workflow, &object, Operation::Stop);
        wanted.key.uid = crate::model::key::Uid::new(uid);
        let said = refused(plan(&wanted, &changed, &jane()));
        assert!(said.contains("another object has its name now"), "{said}");
    }
    let mut strange = object.clone();
    strange["metadata"]["name"] = "../secrets".into();
    assert!(refused(ask(&strange, Operation::Stop)).contains("nothing is sent"));
}

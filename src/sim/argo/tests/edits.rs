//! Edits of live and ended workflows by clients: approve, reject, stop, retry.
//! Apart from how workflows run by themselves.

use super::*;

fn approval() -> Value {
    json!({"entrypoint": "main", "templates": [
        {"name": "main", "steps": [
            [{"name": "ask", "template": "ask"}],
            [{"name": "go", "template": "go", "arguments": {"parameters": [{"name": "v", "value": "{{steps.ask.outputs.parameters.version}}"}]}}],
        ]},
        {"name": "ask", "suspend": {}, "outputs": {"parameters": [{"name": "version", "valueFrom": {"supplied": {}}}]}},
        {"name": "go", "inputs": {"parameters": [{"name": "v"}]}, "container": {"image": "x"}},
    ]})
}

#[tokio::test]
async fn an_approval_with_its_value_goes_on_ten_seconds_later() {
    let cluster = empty();
    submit(
        &cluster,
        "appr",
        &approval(),
        &json!({"go": {"seconds": 2}}),
    )
    .await;
    cluster.advance(seconds(15));
    let waiting = workflow(&cluster, "appr").await;
    let id = node(&waiting, "ask")["id"].as_str().unwrap().to_owned();
    assert_eq!(node(&waiting, "ask")["type"], "Suspend");
    assert_eq!(
        node(&waiting, "ask")["outputs"]["parameters"][0]["valueFrom"],
        json!({"supplied": {}})
    );
    let path = format!("/status/nodes/{id}/phase");
    let guarded = json!([{"op": "test", "path": path, "value": "Running"}, {"op": "replace", "path": path, "value": "Succeeded"}, {"op": "add", "path": format!("/status/nodes/{id}/outputs"), "value": {"parameters": [{"name": "version", "value": "1.2.3"}]}}]);
    assert_eq!(
        patch(&cluster.api, "appr", JSON_PATCH, &guarded).await.code,
        200
    );
    assert_eq!(
        patch(&cluster.api, "appr", JSON_PATCH, &guarded).await.code,
        422,
        "the second approver loses"
    );
    cluster.advance(seconds(8));
    assert!(
        node(&workflow(&cluster, "appr").await, "go").is_null(),
        "not noticed yet"
    );
    cluster.advance(seconds(4));
    let going = workflow(&cluster, "appr").await;
    assert_eq!(
        node(&going, "go")["inputs"]["parameters"][0]["value"],
        "1.2.3"
    );
    cluster.advance(seconds(60));
    assert_eq!(
        workflow(&cluster, "appr").await["status"]["phase"],
        "Succeeded"
    );
}

#[tokio::test]
async fn an_approval_without_a_value_hangs_until_it_is_given() {
    let cluster = empty();
    submit(&cluster, "appr", &approval(), &json!({})).await;
    cluster.advance(seconds(15));
    let id = node(&workflow(&cluster, "appr").await, "ask")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    patch(
        &cluster.api,
        "appr",
        MERGE,
        &json!({"status": {"nodes": {id.as_str(): {"phase": "Succeeded"}}}}),
    )
    .await;
    cluster.advance(seconds(300));
    let hung = workflow(&cluster, "appr").await;
    assert_eq!(hung["status"]["phase"], "Running");
    assert!(hung["status"]["message"].is_null() && node(&hung, "go").is_null());
    assert_eq!(node(&hung, "[1]")["phase"], "Running");
    let value = json!({"status": {"nodes": {id.as_str(): {"outputs": {"parameters": [{"name": "version", "value": "1"}]}}}}});
    patch(&cluster.api, "appr", MERGE, &value).await;
    cluster.advance(seconds(60));
    assert_eq!(
        workflow(&cluster, "appr").await["status"]["phase"],
        "Succeeded"
    );
}

#[tokio::test]
async fn a_rejected_approval_fails_the_workflow() {
    let cluster = empty();
    submit(&cluster, "appr", &approval(), &json!({})).await;
    cluster.advance(seconds(15));
    let id = node(&workflow(&cluster, "appr").await, "ask")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let no = json!({"status": {"nodes": {id.as_str(): {"phase": "Failed", "message": "rejected by jane: no"}}}});
    patch(&cluster.api, "appr", MERGE, &no).await;
    cluster.advance(seconds(12));
    let done = workflow(&cluster, "appr").await;
    assert_eq!(done["status"]["phase"], "Failed");
    assert_eq!(
        done["status"]["message"],
        format!("child '{id}' failed").as_str()
    );
    assert_eq!(node(&done, "ask")["message"], "rejected by jane: no");
}

#[tokio::test]
async fn stop_fails_what_waits_and_tells_pods_to_end() {
    let cluster = empty();
    submit(&cluster, "appr", &approval(), &json!({})).await;
    let two = json!({"entrypoint": "m", "onExit": "bye", "templates": [
        {"name": "m", "steps": [[{"name": "w", "template": "w"}], [{"name": "x", "template": "w"}]]},
        leaf("w"), leaf("bye"),
    ]});
    submit(
        &cluster,
        "soft",
        &two,
        &json!({"w": {"seconds": 500, "on-term": 0}}),
    )
    .await;
    submit(&cluster, "hard", &two, &json!({"w": {"seconds": 500}})).await;
    cluster.advance(seconds(20));
    for (name, how) in [("appr", "Stop"), ("soft", "Stop"), ("hard", "Terminate")] {
        patch(
            &cluster.api,
            name,
            MERGE,
            &json!({"spec": {"shutdown": how}}),
        )
        .await;
    }
    cluster.advance(seconds(12));
    let stopped = workflow(&cluster, "appr").await;
    assert_eq!(stopped["status"]["message"], "Stopped with strategy 'Stop'");
    assert_eq!(
        node(&stopped, "ask")["message"],
        "Stopped with strategy 'Stop'"
    );
    assert_eq!(
        workflow(&cluster, "soft").await["status"]["phase"],
        "Running",
        "its pod has time to end"
    );
    cluster.advance(seconds(60));
    let soft = workflow(&cluster, "soft").await;
    assert_eq!(node(&soft, "w")["phase"], "Succeeded");
    assert_eq!(
        node(&soft, "w")["message"],
        "workflow shutdown with strategy:  Stop"
    );
    assert_eq!(soft["status"]["phase"], "Failed");
    assert_eq!(
        node(&soft, "soft.onExit")["phase"],
        "Succeeded",
        "Stop runs onExit"
    );
    let hard = workflow(&cluster, "hard").await;
    assert_eq!(node(&hard, "w")["message"], "main: Error (exit code 143)");
    assert_eq!(
        hard["status"]["message"],
        "Stopped with strategy 'Terminate'"
    );
    assert!(node(&hard, "hard.onExit").is_null(), "Terminate does not");
}

#[tokio::test]
async fn suspend_blocks_stop() {
    let cluster = empty();
    submit(&cluster, "ss", &approval(), &json!({})).await;
    cluster.advance(seconds(15));
    patch(
        &cluster.api,
        "ss",
        MERGE,
        &json!({"spec": {"suspend": true, "shutdown": "Stop"}}),
    )
    .await;
    cluster.advance(seconds(120));
    assert_eq!(workflow(&cluster, "ss").await["status"]["phase"], "Running");
    patch(
        &cluster.api,
        "ss",
        MERGE,
        &json!({"spec": {"suspend": null, "shutdown": "Stop"}}),
    )
    .await;
    cluster.advance(seconds(12));
    assert_eq!(workflow(&cluster, "ss").await["status"]["phase"], "Failed");
}

#[tokio::test]
async fn a_pod_deleted_by_hand_is_an_error_ten_seconds_later() {
    let cluster = empty();
    submit(
        &cluster,
        "pod-del",
        &json!({"entrypoint": "m", "templates": [leaf("m")]}),
        &json!({"m": {"seconds": 300}}),
    )
    .await;
    cluster.advance(seconds(20));
    let pod = "/api/v1/namespaces/default/pods/pod-del";
    assert_eq!(ask(&cluster.api, "DELETE", pod, &[], "").await.code, 200);
    cluster.advance(seconds(11));
    let done = workflow(&cluster, "pod-del").await;
    assert_eq!(done["status"]["phase"], "Error");
    assert_eq!(done["status"]["message"], "pod deleted");
}

/// What a client writes to retry a failed DAG: the failed and omitted nodes out, the root running again.
fn retried(failed: &Value, out: &[&str]) -> Value {
    let mut next = failed.clone();
    let ids: Vec<String> = out
        .iter()
        .map(|name| node(failed, name)["id"].as_str().unwrap().to_owned())
        .collect();
    let name = failed["metadata"]["name"].as_str().unwrap();
    for id in &ids {
        next["status"]["nodes"]
            .as_object_mut()
            .unwrap()
            .shift_remove(id);
    }
    for (_, node) in next["status"]["nodes"].as_object_mut().unwrap() {
        if let Some(children) = node["children"].as_array_mut() {
            children.retain(|child| !ids.iter().any(|id| child == id));
        }
    }
    next["status"]["nodes"][name]["phase"] = "Running".into();
    next["status"]["nodes"][name]["finishedAt"] = Value::Null;
    next["status"]["phase"] = "".into();
    next["status"]["finishedAt"] = Value::Null;
    let labels = next["metadata"]["labels"].as_object_mut().unwrap();
    labels.shift_remove("workflows.argoproj.io/completed");
    next
}

#[tokio::test]
async fn a_retry_needs_its_pods_gone() {
    let cluster = empty();
    let fails_once = json!({"b1": {"exit": 4}, "b2": {"exit": 4}});
    for name in ["gone", "kept"] {
        submit(&cluster, name, &diamond(), &fails_once).await;
    }
    cluster.advance(seconds(120));
    for name in ["gone", "kept"] {
        let failed = workflow(&cluster, name).await;
        if name == "gone" {
            for task in ["b1", "b2"] {
                let full = format!("{name}.{task}");
                let pod = crate::sim::argo::names::pod_name(name, &full, "ok");
                let uri = format!("/api/v1/namespaces/default/pods/{pod}");
                assert_eq!(ask(&cluster.api, "DELETE", &uri, &[], "").await.code, 200);
            }
        }
        let mut body = retried(&failed, &["b1", "b2", "d", "f"]);
        body["metadata"]["annotations"]["tiphys.dev/plan"] = "{}".into();
        let answer = ask(
            &cluster.api,
            "PUT",
            &format!("{WFS}/{name}"),
            &[],
            &body.to_string(),
        )
        .await;
        assert_eq!(answer.code, 200, "{:?}", answer.bytes);
    }
    cluster.advance(seconds(1));
    let again = workflow(&cluster, "gone").await;
    assert_eq!(
        again["status"]["phase"], "Running",
        "taking the label off is noticed at once"
    );
    assert_eq!(
        again["metadata"]["labels"]["workflows.argoproj.io/phase"],
        "Running"
    );
    cluster.advance(seconds(120));
    let done = workflow(&cluster, "gone").await;
    assert_eq!(done["status"]["phase"], "Succeeded");
    assert_eq!(node(&done, "f")["phase"], "Succeeded");
    let stuck = workflow(&cluster, "kept").await;
    assert_eq!(stuck["status"]["phase"], "Running");
    assert_eq!(node(&stuck, "b1")["phase"], "Pending");
    assert!(node(&stuck, "b1")["message"].is_null());
}

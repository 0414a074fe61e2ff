//! The pretended Argo against what a live controller was seen to do.
//! Apart from the engine: everything here goes through requests, as a client would.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod edits;
mod waits;

use serde_json::{Value, json};

use crate::sim::testing::*;

fn diamond() -> Value {
    json!({"entrypoint": "main", "templates": [
        {"name": "main", "dag": {"tasks": [
            {"name": "a", "template": "ok"},
            {"name": "b1", "template": "ok", "dependencies": ["a"]},
            {"name": "b2", "template": "ok", "dependencies": ["a"]},
            {"name": "c", "template": "ok", "dependencies": ["a"]},
            {"name": "d", "template": "ok", "dependencies": ["b1", "b2"]},
            {"name": "e", "template": "ok", "dependencies": ["c"]},
            {"name": "f", "template": "ok", "dependencies": ["b1"]},
        ]}},
        leaf("ok"),
    ]})
}

#[tokio::test]
async fn a_failed_dag_omits_what_depends_on_it_and_ends_failed() {
    let cluster = empty();
    submit(
        &cluster,
        "dag-cli",
        &diamond(),
        &json!({"b1": {"exit": 4}, "b2": {"exit": 4}}),
    )
    .await;
    cluster.advance(seconds(120));
    let done = workflow(&cluster, "dag-cli").await;
    assert_eq!(done["status"]["phase"], "Failed");
    assert_eq!(done["status"]["progress"], "3/5");
    assert_eq!(
        done["metadata"]["labels"]["workflows.argoproj.io/completed"],
        "true"
    );
    assert_eq!(node(&done, "b1")["message"], "main: Error (exit code 4)");
    assert_eq!(node(&done, "d")["phase"], "Omitted");
    assert_eq!(
        node(&done, "d")["message"],
        "omitted: depends condition not met"
    );
    assert_eq!(node(&done, "d")["type"], "Skipped");
    assert_eq!(node(&done, "e")["phase"], "Succeeded");
    let Some(real) = recorded("wf/sem-a/before-retry-dag.json") else {
        return;
    };
    let shape = |workflow: &Value| -> Vec<(String, String, String, Vec<String>)> {
        let nodes = workflow["status"]["nodes"].as_object().unwrap();
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let mut all: Vec<_> = nodes
            .values()
            .map(|node| {
                let mut children: Vec<String> = node["children"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(text)
                    .collect();
                children.sort();
                (
                    text(&node["id"]),
                    text(&node["phase"]),
                    text(&node["type"]),
                    children,
                )
            })
            .collect();
        all.sort();
        all
    };
    assert_eq!(
        shape(&done),
        shape(&real),
        "ids, phases, types and edges are the controller's"
    );
}

#[tokio::test]
async fn a_failed_row_of_steps_names_the_child() {
    let cluster = empty();
    let spec = json!({"entrypoint": "main", "onExit": "bye", "templates": [
        {"name": "main", "steps": [
            [{"name": "s1", "template": "ok"}],
            [{"name": "s2a", "template": "ok"}, {"name": "s2b", "template": "ok"}],
            [{"name": "s3", "template": "ok"}],
        ]},
        {"name": "bye", "steps": [[
            {"name": "celebrate", "template": "ok", "when": "{{workflow.status}} == Succeeded"},
            {"name": "cry", "template": "ok", "when": "{{workflow.status}} != Succeeded"},
        ]]},
        leaf("ok"),
    ]});
    submit(&cluster, "steps-cli", &spec, &json!({"s2a": {"exit": 4}})).await;
    cluster.advance(seconds(120));
    let done = workflow(&cluster, "steps-cli").await;
    let message = format!(
        "child '{}' failed",
        node(&done, "s2a")["id"].as_str().unwrap()
    );
    assert_eq!(done["status"]["message"], message.as_str());
    assert_eq!(node(&done, "[1]")["message"], message.as_str());
    assert_eq!(node(&done, "s2b")["phase"], "Succeeded");
    assert!(node(&done, "s3").is_null(), "the next row was never made");
    assert_eq!(
        node(&done, "celebrate")["message"],
        "when 'Failed == Succeeded' evaluated false"
    );
    assert_eq!(node(&done, "cry")["phase"], "Succeeded");
    assert_eq!(node(&done, "steps-cli.onExit")["nodeFlag"]["hooked"], true);
}

#[tokio::test]
async fn fan_outs_are_named_as_argo_names_them() {
    let cluster = empty();
    let spec = json!({"entrypoint": "main", "templates": [
        {"name": "main", "dag": {"tasks": [
            {"name": "fan", "template": "ok", "withItems": ["a", "b (x)", {"host": "h", "port": 80}]},
            {"name": "join", "template": "ok", "dependencies": ["fan"]},
        ]}},
        leaf("ok"),
    ]});
    submit(&cluster, "fan-cli", &spec, &json!({})).await;
    cluster.advance(seconds(90));
    let done = workflow(&cluster, "fan-cli").await;
    assert_eq!(done["status"]["phase"], "Succeeded");
    for name in ["fan(0:a)", "fan(1:b x)", "fan(2:host:h,port:80)", "join"] {
        assert_eq!(node(&done, name)["phase"], "Succeeded", "{name}");
    }
    assert_eq!(node(&done, "fan")["type"], "TaskGroup");
    assert_eq!(
        node(&done, "fan(0:a)")["children"][0],
        node(&done, "join")["id"]
    );
}

#[tokio::test]
async fn retries_count_and_back_off() {
    let cluster = empty();
    let spec = |strategy: Value| json!({"entrypoint": "main", "templates": [{"name": "main", "retryStrategy": strategy, "container": {"image": "x"}}]});
    submit(
        &cluster,
        "flaky",
        &spec(json!({"limit": "2"})),
        &json!({"main": {"fails": 1, "exit": 3}}),
    )
    .await;
    submit(
        &cluster,
        "lost",
        &spec(json!({"limit": 1})),
        &json!({"main": {"exit": 3}}),
    )
    .await;
    let slow = json!({"limit": "10", "backoff": {"duration": "20m", "factor": "2"}});
    submit(
        &cluster,
        "backoff",
        &spec(slow),
        &json!({"main": {"exit": 3}}),
    )
    .await;
    cluster.advance(seconds(180));
    let flaky = workflow(&cluster, "flaky").await;
    assert_eq!(flaky["status"]["phase"], "Succeeded");
    assert_eq!(
        flaky["status"]["progress"], "1/2",
        "failed attempts count in progress"
    );
    assert_eq!(node(&flaky, "flaky(0)")["phase"], "Failed");
    assert_eq!(node(&flaky, "flaky(1)")["nodeFlag"]["retried"], true);
    let lost = workflow(&cluster, "lost").await;
    assert_eq!(lost["status"]["message"], "No more retries left");
    assert!(node(&lost, "lost(2)").is_null());
    let backoff = workflow(&cluster, "backoff").await;
    assert_eq!(
        node(&backoff, "backoff")["message"],
        "Backoff for 20 minutes 0 seconds"
    );
    assert_eq!(backoff["status"]["phase"], "Running");
}

#[tokio::test]
async fn large_workflows_are_compressed() {
    let cluster = empty();
    let spec = json!({"entrypoint": "m", "templates": [
        {"name": "m", "steps": [[{"name": "gate", "template": "g", "withSequence": {"count": "4000"}}]]},
        {"name": "g", "suspend": {}},
    ]});
    submit(&cluster, "seq-4000", &spec, &json!({})).await;
    cluster.advance(seconds(5));
    let big = workflow(&cluster, "seq-4000").await;
    assert!(big["status"]["nodes"].is_null());
    let nodes = super::run::unpack(big["status"]["compressedNodes"].as_str().unwrap()).unwrap();
    assert_eq!(nodes.len(), 4002);
    assert_eq!(big["status"]["progress"], "0/4000");
}

#[tokio::test]
async fn logs_hold_the_executors_lines_and_can_be_followed() {
    let cluster = empty();
    let plan = json!({"m": {"seconds": 10, "exit": 2, "logs": ["one", "two"]}});
    submit(
        &cluster,
        "talk",
        &json!({"entrypoint": "m", "templates": [leaf("m")]}),
        &plan,
    )
    .await;
    let log = "/api/v1/namespaces/default/pods/talk/log?container=main";
    cluster.advance(seconds(1));
    let early = ask(&cluster.api, "GET", log, &[], "").await;
    assert!(matches!(early.code, 204 | 400), "{}", early.code);
    cluster.advance(seconds(60));
    let text =
        String::from_utf8(ask(&cluster.api, "GET", log, &[], "").await.bytes.to_vec()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].contains("msg=\"waiting for signals\" argo=true"),
        "{text}"
    );
    assert_eq!(&lines[1..3], ["one", "two"]);
    assert!(
        lines[3].contains("sub-process exited") && lines[4] == "Error: exit status 2",
        "{text}"
    );
    let tail = ask(
        &cluster.api,
        "GET",
        &format!("{log}&tailLines=1&timestamps=true&follow=true"),
        &[],
        "",
    )
    .await;
    let tail = String::from_utf8(tail.bytes.to_vec()).unwrap();
    assert!(
        tail.starts_with("2026-11-22T") && tail.ends_with("Z Error: exit status 2\n"),
        "{tail}"
    );
    let gone = ask(
        &cluster.api,
        "GET",
        "/api/v1/namespaces/default/pods/talk/log",
        &[],
        "",
    )
    .await;
    assert_eq!(
        gone.json()["message"],
        "a container name must be specified for pod talk, choose one of: [init wait main]"
    );
}

#[tokio::test]
async fn a_compacted_history_loses_no_workflow() {
    let cluster = empty();
    let spec = json!({"entrypoint": "m", "templates": [leaf("m")]});
    submit(&cluster, "early", &spec, &json!({})).await;
    cluster.api.store().compact();
    cluster.advance(seconds(60));
    assert_eq!(
        workflow(&cluster, "early").await["status"]["phase"],
        "Succeeded"
    );
}

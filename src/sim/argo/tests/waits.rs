//! What keeps a workflow or a step from starting, and where it says so.
//! Apart from how workflows run and end.

use super::*;

#[tokio::test]
async fn what_cannot_start_says_why() {
    let cluster = empty();
    let one = json!({"entrypoint": "m", "templates": [leaf("m")]});
    submit(
        &cluster,
        "badimage",
        &one,
        &json!({"m": {"pull-fails": true}}),
    )
    .await;
    submit(
        &cluster,
        "unsched",
        &one,
        &json!({"m": {"unschedulable": "0/2 nodes are available: 2 Insufficient cpu."}}),
    )
    .await;
    submit(
        &cluster,
        "no-entry",
        &json!({"entrypoint": "none", "templates": [leaf("m")]}),
        &json!({}),
    )
    .await;
    submit(
        &cluster,
        "no-ref",
        &json!({"workflowTemplateRef": {"name": "missing"}}),
        &json!({}),
    )
    .await;
    submit(&cluster, &"a".repeat(63), &one, &json!({})).await;
    let long = "a".repeat(64);
    submit(&cluster, &long, &one, &json!({})).await;
    cluster.advance(seconds(60));
    let text = |w: &Value| {
        node(w, w["metadata"]["name"].as_str().unwrap())["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let image = workflow(&cluster, "badimage").await;
    assert!(
        text(&image).starts_with(
            "ImagePullBackOff: Back-off pulling image \"busybox:1.36\": ErrImagePull:"
        ),
        "{}",
        text(&image)
    );
    assert_eq!(image["status"]["phase"], "Running");
    let unsched = workflow(&cluster, "unsched").await;
    assert_eq!(
        text(&unsched),
        "Unschedulable: 0/2 nodes are available: 2 Insufficient cpu."
    );
    let invalid = workflow(&cluster, "no-entry").await;
    assert_eq!(invalid["status"]["phase"], "Failed");
    assert!(
        invalid["status"]["message"]
            .as_str()
            .unwrap()
            .starts_with("invalid spec: ")
    );
    assert_eq!(
        workflow(&cluster, "no-ref").await["status"]["phase"],
        "Error"
    );
    let long = workflow(&cluster, &long).await;
    assert_eq!(
        long["status"]["message"],
        format!("invalid spec: workflow name \"{}\" must not be more than 63 characters long (currently 64)", "a".repeat(64)).as_str()
    );
    let events = get(&cluster.api, "/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=unsched,reason=FailedScheduling").await;
    assert_eq!(events["items"].as_array().unwrap().len(), 1);
    assert!(
        events["items"][0]["firstTimestamp"].is_null()
            && events["items"][0]["eventTime"].is_string()
    );
}

#[tokio::test]
async fn parallelism_hides_what_is_not_made_yet() {
    let cluster = empty();
    let spec = json!({"entrypoint": "d", "parallelism": 1, "templates": [
        {"name": "d", "dag": {"tasks": [{"name": "a", "template": "m"}, {"name": "b", "template": "m"}]}}, leaf("m"),
    ]});
    submit(&cluster, "par-spec", &spec, &json!({"m": {"seconds": 40}})).await;
    cluster.advance(seconds(20));
    let running = workflow(&cluster, "par-spec").await;
    assert_eq!(node(&running, "a")["phase"], "Running");
    assert!(node(&running, "b").is_null());
    assert_eq!(running["status"]["progress"], "0/1");
    cluster.advance(seconds(120));
    assert_eq!(
        workflow(&cluster, "par-spec").await["status"]["progress"],
        "2/2"
    );
}

#[tokio::test]
async fn locks_are_waited_for_as_recorded() {
    let cluster = empty();
    let locked = json!({"entrypoint": "m", "synchronization": {"mutexes": [{"name": "release"}]}, "templates": [leaf("m")]});
    submit(&cluster, "holder", &locked, &json!({"m": {"seconds": 100}})).await;
    cluster.advance(seconds(5));
    submit(&cluster, "waiter", &locked, &json!({"m": {"seconds": 5}})).await;
    cluster.advance(seconds(20));
    let waiter = workflow(&cluster, "waiter").await;
    let message = "Waiting for default/Mutex/release lock. Lock status: 0/1";
    assert_eq!(waiter["status"]["message"], message);
    assert_eq!(waiter["status"]["phase"], "Pending");
    assert_eq!(
        waiter["status"]["synchronization"]["mutex"]["waiting"],
        json!([{"holder": "default/holder", "mutex": "default/Mutex/release"}])
    );
    assert!(waiter["status"]["startedAt"].is_null() && waiter["status"]["nodes"].is_null());
    // Stop is ignored while it is queued.
    patch(
        &cluster.api,
        "waiter",
        MERGE,
        &json!({"spec": {"shutdown": "Stop"}}),
    )
    .await;
    cluster.advance(seconds(50));
    assert_eq!(
        workflow(&cluster, "waiter").await["status"]["phase"],
        "Pending"
    );
    patch(
        &cluster.api,
        "waiter",
        MERGE,
        &json!({"spec": {"shutdown": null}}),
    )
    .await;
    cluster.advance(seconds(120));
    assert_eq!(
        workflow(&cluster, "waiter").await["status"]["phase"],
        "Succeeded"
    );
    let inner = json!({"entrypoint": "d", "templates": [
        {"name": "d", "dag": {"tasks": [{"name": "a", "template": "m"}, {"name": "b", "template": "m"}]}},
        {"name": "m", "synchronization": {"mutexes": [{"name": "node-lock"}]}, "container": {"image": "x"}},
    ]});
    submit(&cluster, "tmpl-mtx", &inner, &json!({"m": {"seconds": 60}})).await;
    cluster.advance(seconds(15));
    let inside = workflow(&cluster, "tmpl-mtx").await;
    assert_eq!(inside["status"]["phase"], "Running");
    let waiting = node(&inside, "b");
    assert_eq!(
        waiting["message"],
        "Waiting for default/Mutex/node-lock lock. Lock status: 0/1"
    );
    assert_eq!(
        waiting["synchronizationStatus"]["waiting"],
        "default/Mutex/node-lock"
    );
    assert_eq!(waiting["type"], "Pod");
    cluster.advance(seconds(150));
    assert_eq!(
        workflow(&cluster, "tmpl-mtx").await["status"]["phase"],
        "Succeeded"
    );
}

//! Refusals of reads and writes, in the recorded words.
//! Apart from the other tests of the API, which share their helpers.

use serde_json::json;

use super::*;

#[tokio::test]
async fn failures_are_worded_as_recorded() {
    let cluster = empty();
    let api = &cluster.api;
    make(&cluster, "backoff", json!({})).await;
    let ns: &[(&str, &str)] = &[("sem-lim", "default")];
    let sent = |method: &'static str, uri: String, kind: &'static str, body: &'static str| async move {
        ask(api, method, &uri, &[("content-type", kind)], body)
            .await
            .json()
    };
    let plain = |uri: String| async move { ask(api, "GET", &uri, &[], "").await.json() };
    same_failure(
        "404-workflow.json",
        &plain(format!("{WFS}/no-such")).await,
        ns,
    );
    same_failure(
        "400-field-selector.json",
        &plain(format!("{WFS}?fieldSelector=status.phase%3DRunning")).await,
        ns,
    );
    same_failure(
        "400-label-selector.json",
        &plain(format!("{WFS}?labelSelector=a%20b%20c")).await,
        ns,
    );
    same_failure(
        "404-pod-log.json",
        &plain("/api/v1/namespaces/default/pods/none/log".into()).await,
        ns,
    );
    same_failure(
        "422-watchlist-options.json",
        &plain(format!("{WFS}?watch=1&sendInitialEvents=true")).await,
        ns,
    );
    let accept = ask(api, "GET", WFS, &[("accept", "application/xml")], "").await;
    assert_eq!(accept.code, 406);
    same_failure("406-accept.json", &accept.json(), ns);
    same_failure(
        "404-patch.json",
        &sent("PATCH", format!("{WFS}/none"), MERGE, "{}").await,
        ns,
    );
    same_failure(
        "415-content-type.json",
        &sent("PATCH", format!("{WFS}/backoff"), "application/json", "{}").await,
        ns,
    );
    same_failure(
        "400-patch-syntax.json",
        &sent("PATCH", format!("{WFS}/backoff"), MERGE, "{\"spec\":").await,
        ns,
    );
    same_failure(
        "400-put-on-collection.json",
        &sent("PUT", WFS.to_owned(), "application/json", "{}").await,
        ns,
    );
}

#[tokio::test]
async fn refused_writes_are_worded_as_recorded() {
    let cluster = empty();
    let api = &cluster.api;
    let first = make(&cluster, "p-appr2", json!({})).await;
    let old = first["metadata"]["resourceVersion"]
        .as_str()
        .unwrap()
        .to_owned();
    make(&cluster, "backoff", json!({})).await;
    make(&cluster, "st-uid", json!({})).await;
    let ns: &[(&str, &str)] = &[("sem-lim", "default")];
    let again = post(api, WFS, &suspended("backoff", &json!({}))).await;
    assert_eq!(again.code, 409);
    same_failure("409-create-exists.json", &again.json(), ns);
    let failed = json!([{"op": "test", "path": "/spec/none", "value": 1}]);
    let failed = patch(api, "p-appr2", JSON_PATCH, &failed).await;
    assert_eq!(failed.code, 422);
    same_failure("422-jsonpatch-test-failed.json", &failed.json(), ns);
    let missing = patch(
        api,
        "backoff",
        JSON_PATCH,
        &json!([{"op": "remove", "path": "/spec/shutdown"}]),
    )
    .await;
    same_failure("422-jsonpatch-remove-missing.json", &missing.json(), ns);
    patch(api, "p-appr2", MERGE, &json!({"spec": {"parallelism": 2}})).await;
    let stale = patch(
        api,
        "p-appr2",
        MERGE,
        &json!({"metadata": {"resourceVersion": old}}),
    )
    .await;
    assert_eq!(stale.code, 409);
    same_failure("409-patch-stale-rv.json", &stale.json(), ns);
    let other = json!({"metadata": {"uid": "00000000-0000-0000-0000-000000000000"}, "spec": {"shutdown": "Stop"}});
    let other = patch(api, "st-uid", MERGE, &other).await;
    assert_eq!(other.code, 422);
    same_failure("422-patch-uid-immutable.json", &other.json(), ns);
    let typed = patch(api, "st-uid", MERGE, &json!({"spec": {"suspend": "yes"}})).await;
    assert_eq!(typed.code, 422);
    same_failure("422-wrong-type.json", &typed.json(), ns);
    let unknown = ask(api, "GET", "/apis/argoproj.io/v1alpha9/workflows", &[], "").await;
    assert_eq!(
        (unknown.code, &unknown.bytes[..]),
        (404, &b"404 page not found\n"[..])
    );
    assert!(
        unknown.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/plain")
    );
}

#[tokio::test]
async fn a_delete_is_guarded_by_its_precondition() {
    let cluster = empty();
    let made = make(&cluster, "st-sus", json!({})).await;
    let uid = made["metadata"]["uid"].as_str().unwrap();
    let uri = format!("{WFS}/st-sus");
    let wrong = json!({"preconditions": {"uid": "00000000-0000-0000-0000-000000000000"}});
    let refused = ask(&cluster.api, "DELETE", &uri, &[], &wrong.to_string()).await;
    assert_eq!(refused.code, 409);
    same_failure(
        "409-delete-uid-precondition.json",
        &refused.json(),
        &[("a9b0d156-e801-40e9-aca1-1c48dde2fc12", uid)],
    );
    let right = json!({"preconditions": {"uid": uid}});
    let done = ask(&cluster.api, "DELETE", &uri, &[], &right.to_string())
        .await
        .json();
    assert_eq!(
        (&done["status"], &done["details"]["uid"]),
        (&json!("Success"), &json!(uid))
    );
    assert_eq!(ask(&cluster.api, "GET", &uri, &[], "").await.code, 404);
}

#[tokio::test]
async fn writes_keep_what_clients_may_not_change() {
    let cluster = empty();
    let made = make(&cluster, "w", json!({"a": "1"})).await;
    let labelled = patch(
        &cluster.api,
        "w",
        MERGE,
        &json!({"metadata": {"labels": {"team": "qa"}, "generation": 99}}),
    )
    .await
    .json();
    assert_eq!(
        labelled["metadata"]["generation"], 1,
        "labels make no generation"
    );
    assert_eq!(labelled["metadata"]["uid"], made["metadata"]["uid"]);
    let stopped = patch(
        &cluster.api,
        "w",
        MERGE,
        &json!({"spec": {"shutdown": "Now"}}),
    )
    .await
    .json();
    assert_eq!(stopped["metadata"]["generation"], 2);
    assert_eq!(stopped["spec"]["shutdown"], "Now", "nobody checks the word");
    let same = patch(
        &cluster.api,
        "w",
        MERGE,
        &json!({"spec": {"shutdown": "Now"}}),
    )
    .await
    .json();
    assert_eq!(
        same["metadata"]["resourceVersion"], stopped["metadata"]["resourceVersion"],
        "no change, no version"
    );
    let dry = ask(
        &cluster.api,
        "POST",
        &format!("{WFS}?dryRun=All"),
        &[],
        &suspended("dry", &json!({})).to_string(),
    )
    .await;
    assert_eq!(dry.code, 201);
    assert!(dry.json()["metadata"]["resourceVersion"].is_null());
    assert_eq!(
        ask(&cluster.api, "GET", &format!("{WFS}/dry"), &[], "")
            .await
            .code,
        404
    );
    let mut generated = suspended("x", &json!({}));
    generated["metadata"] = json!({"generateName": "run-"});
    let name = post(&cluster.api, WFS, &generated).await.json()["metadata"]["name"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(name.starts_with("run-") && name.len() == 9, "{name}");
    let held = patch(
        &cluster.api,
        "w",
        MERGE,
        &json!({"metadata": {"finalizers": ["x/y"]}}),
    )
    .await;
    assert_eq!(held.code, 200);
    ask(&cluster.api, "DELETE", &format!("{WFS}/w"), &[], "").await;
    assert!(workflow(&cluster, "w").await["metadata"]["deletionTimestamp"].is_string());
    patch(
        &cluster.api,
        "w",
        MERGE,
        &json!({"metadata": {"finalizers": null}}),
    )
    .await;
    assert_eq!(
        ask(&cluster.api, "GET", &format!("{WFS}/w"), &[], "")
            .await
            .code,
        404
    );
}

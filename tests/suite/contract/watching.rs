//! Watches: what is told first, what later, bookmarks, and versions that are gone.
//! Apart from lists, although they select alike.

use serde_json::{Value, json};

use super::site::*;

/// The lines of a watch that ends by itself.
async fn lines(site: &Site, uri: &str, accept: &str) -> Vec<Value> {
    let answer = site.send(ask("GET", uri).accept(accept)).await.expect(200);
    let text = answer.text();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn kinds(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .map(|line| line["type"].as_str().unwrap())
        .collect()
}

const INITIAL: &str = "watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

#[test]
fn a_watch_tells_what_happened_since_a_version() {
    on_each(async |site| {
        let uri = site.templates();
        let start = site.make(&uri, &template("a", json!({"x": "1"}))).await;
        site.patch(
            &format!("{uri}/a"),
            MERGE,
            &json!({"metadata": {"labels": {"x": "2"}}}),
        )
        .await
        .expect(200);
        site.make(&uri, &template("b", json!({}))).await;
        site.delete(&format!("{uri}/a")).await.expect(200);
        let since = lines(
            site,
            &format!("{uri}?watch=1&timeoutSeconds=1&resourceVersion={start}"),
            JSON,
        )
        .await;
        assert_eq!(kinds(&since), ["MODIFIED", "ADDED", "DELETED"]);
        let versions: Vec<u64> = since
            .iter()
            .map(|l| {
                l["object"]["metadata"]["resourceVersion"]
                    .as_str()
                    .unwrap()
                    .parse()
                    .unwrap()
            })
            .collect();
        assert!(versions.is_sorted(), "{versions:?}");
        assert_eq!(since[0]["object"]["metadata"]["labels"], json!({"x": "2"}));
        let one = lines(site, &format!("{uri}?watch=1&timeoutSeconds=1&resourceVersion={start}&fieldSelector=metadata.name=b"), JSON).await;
        assert_eq!(kinds(&one), ["ADDED"]);
    });
}

#[test]
fn what_leaves_a_selection_is_deleted_and_what_enters_is_added() {
    on_each(async |site| {
        let uri = site.templates();
        let start = site.make(&uri, &template("a", json!({"x": "1"}))).await;
        for labels in [json!({"x": "2"}), json!({"x": "1"})] {
            site.patch(
                &format!("{uri}/a"),
                MERGE,
                &json!({"metadata": {"labels": labels}}),
            )
            .await
            .expect(200);
        }
        let since = lines(
            site,
            &format!("{uri}?watch=1&timeoutSeconds=1&resourceVersion={start}&labelSelector=x=1"),
            JSON,
        )
        .await;
        assert_eq!(kinds(&since), ["DELETED", "ADDED"]);
        assert_eq!(
            since[0]["object"]["metadata"]["labels"],
            json!({"x": "1"}),
            "as it was last seen"
        );
    });
}

#[test]
fn initial_events_end_with_a_mark() {
    on_each(async |site| {
        let uri = site.templates();
        for name in ["a", "b"] {
            site.make(&uri, &template(name, json!({}))).await;
        }
        for query in [INITIAL, "watch=1&timeoutSeconds=1&allowWatchBookmarks=true"] {
            let told = lines(site, &format!("{uri}?{query}"), JSON).await;
            assert_eq!(kinds(&told)[..3], ["ADDED", "ADDED", "BOOKMARK"], "{query}");
            assert_eq!(
                bare(&told[2]["object"], ""),
                json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "WorkflowTemplate", "metadata": {"annotations": {"k8s.io/initial-events-end": "true"}}})
            );
            assert!(told[2]["object"]["metadata"]["resourceVersion"].is_string());
        }
        let unmarked = lines(site, &format!("{uri}?watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"), JSON).await;
        assert_eq!(kinds(&unmarked), ["ADDED", "ADDED"]);
        let without = lines(site, &format!("{uri}?watch=1&timeoutSeconds=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan"), JSON).await;
        assert!(without.is_empty());
    });
}

#[test]
fn bookmarks_of_built_in_kinds_print_their_empty_parts() {
    on_each(async |site| {
        for (path, wanted) in [
            (
                site.configs(),
                json!({"kind": "ConfigMap", "apiVersion": "v1"}),
            ),
            (
                site.path("", "events"),
                json!({"kind": "Event", "apiVersion": "v1", "involvedObject": {}, "source": {}, "firstTimestamp": null,
                "lastTimestamp": null, "eventTime": null, "reportingComponent": "", "reportingInstance": ""}),
            ),
            (
                site.path("", "pods"),
                json!({"kind": "Pod", "apiVersion": "v1", "spec": {"containers": null}, "status": {}}),
            ),
        ] {
            let told = lines(
                site,
                &format!("{path}?{INITIAL}&fieldSelector=metadata.name=none"),
                JSON,
            )
            .await;
            let mut bookmark = bare(&told[0]["object"], "");
            bookmark.as_object_mut().unwrap().remove("metadata");
            assert_eq!((kinds(&told)[0], bookmark), ("BOOKMARK", wanted));
        }
    });
}

#[test]
fn only_the_first_table_of_a_watch_says_its_columns() {
    on_each(async |site| {
        let uri = site.workflows();
        for name in ["a", "b"] {
            site.make(&uri, &workflow(name)).await;
        }
        let told = lines(site, &format!("{uri}?{INITIAL}"), TABLE).await;
        assert_eq!(kinds(&told)[..3], ["ADDED", "ADDED", "BOOKMARK"]);
        assert_eq!(
            told[0]["object"]["columnDefinitions"]
                .as_array()
                .unwrap()
                .len(),
            4
        );
        assert!(told[1]["object"]["columnDefinitions"].is_null());
        assert_eq!(told[1]["object"]["rows"][0]["cells"][0], "b");
        let mark = &told[2]["object"];
        assert_eq!(mark["rows"][0]["cells"], json!(["", null, null, null]));
        assert_eq!(
            mark["rows"][0]["object"]["metadata"]["annotations"],
            json!({"k8s.io/initial-events-end": "true"})
        );
        assert_eq!(
            mark["rows"][0]["object"]["metadata"]["resourceVersion"],
            mark["metadata"]["resourceVersion"]
        );
        let bare_rows = lines(site, &format!("{uri}?{INITIAL}&includeObject=None"), TABLE).await;
        assert!(bare_rows[0]["object"]["rows"][0]["object"].is_null());
        assert!(bare_rows[2]["object"]["rows"][0]["object"]["metadata"]["annotations"].is_object());
    });
}

#[test]
fn metadata_is_watched_alone() {
    on_each(async |site| {
        let uri = site.templates();
        site.make(&uri, &template("a", json!({}))).await;
        let told = lines(site, &format!("{uri}?{INITIAL}"), PARTIAL).await;
        assert_eq!(kinds(&told)[..2], ["ADDED", "BOOKMARK"]);
        for line in &told[..2] {
            assert_eq!(line["object"]["kind"], "PartialObjectMetadata");
            assert!(line["object"]["spec"].is_null());
        }
    });
}

#[test]
fn a_version_that_is_gone_ends_a_watch() {
    on_each(async |site| {
        for accept in [JSON, TABLE, PARTIAL] {
            let told = lines(
                site,
                &format!(
                    "{}?watch=1&timeoutSeconds=5&resourceVersion=1",
                    site.templates()
                ),
                accept,
            )
            .await;
            assert_eq!(kinds(&told), ["ERROR"]);
            let status = &told[0]["object"];
            assert_eq!(
                (&status["kind"], &status["code"], &status["reason"]),
                (&json!("Status"), &json!(410), &json!("Expired"))
            );
            assert!(
                status["message"]
                    .as_str()
                    .unwrap()
                    .starts_with("too old resource version: 1 (")
            );
        }
    });
}

#[test]
fn a_version_that_is_to_come_is_waited_for() {
    on_each(async |site| {
        let told = lines(
            site,
            &format!(
                "{}?watch=1&timeoutSeconds=1&resourceVersion=999999999",
                site.templates()
            ),
            JSON,
        )
        .await;
        assert!(told.is_empty(), "{told:?}");
    });
}

//! Watches, and that list and watch together lose nothing.
//! Apart from the other tests of the API, which share their helpers.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_watch_begins_with_what_is_there_and_ends_in_time() {
    let cluster = empty();
    make(&cluster, "a", json!({"pick": "1"})).await;
    make(&cluster, "b", json!({})).await;
    let uri = format!(
        "{WFS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=90&labelSelector=pick"
    );
    let response = open(&cluster.api, "GET", &uri, &[("accept", TABLE)], "").await;
    patch(
        &cluster.api,
        "b",
        MERGE,
        &json!({"metadata": {"labels": {"pick": "2"}}}),
    )
    .await;
    patch(
        &cluster.api,
        "a",
        MERGE,
        &json!({"metadata": {"labels": {"pick": null}}}),
    )
    .await;
    patch(
        &cluster.api,
        "a",
        MERGE,
        &json!({"spec": {"parallelism": 3}}),
    )
    .await;
    ask(&cluster.api, "DELETE", &format!("{WFS}/b"), &[], "").await;
    let lines = lines(response.into_body()).await;
    let pair = |kind: &str, name: &str| (kind.to_owned(), name.to_owned());
    assert_eq!(
        said(&lines),
        [
            pair("ADDED", "a"),
            pair("BOOKMARK", ""),
            pair("ADDED", "b"),
            pair("DELETED", "a"),
            pair("DELETED", "b"),
            pair("BOOKMARK", ""),
            pair("BOOKMARK", ""),
        ]
    );
    assert!(lines[0]["object"]["columnDefinitions"].is_array());
    assert!(lines[1]["object"]["columnDefinitions"].is_null());
    let end = &lines[1]["object"]["rows"][0];
    assert_eq!(end["cells"], json!(["", null, null, null]));
    assert_eq!(
        end["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"],
        "true"
    );
    assert!(lines[5]["object"]["rows"][0]["object"].is_null());
    let version = lines[6]["object"]["metadata"]["resourceVersion"]
        .as_str()
        .unwrap();
    assert_eq!(version, cluster.api.store().version().to_string());
}

#[tokio::test(start_paused = true)]
async fn a_watch_of_an_old_version_is_told_so() {
    let cluster = empty();
    make(&cluster, "a", json!({})).await;
    cluster.api.store().compact();
    let response = open(
        &cluster.api,
        "GET",
        &format!("{WFS}?watch=1&resourceVersion=1"),
        &[],
        "",
    )
    .await;
    assert_eq!(response.status(), 200);
    let lines = lines(response.into_body()).await;
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["type"], "ERROR");
    assert_eq!(
        (&lines[0]["object"]["code"], &lines[0]["object"]["reason"]),
        (&json!(410), &json!("Expired"))
    );
    assert!(
        lines[0]["object"]["message"]
            .as_str()
            .unwrap()
            .starts_with("too old resource version: 1 (")
    );
    let future = open(
        &cluster.api,
        "GET",
        &format!("{WFS}?watch=1&resourceVersion=99999&timeoutSeconds=5"),
        &[],
        "",
    )
    .await;
    assert!(
        self::lines(future.into_body()).await.is_empty(),
        "silence, then the end"
    );
}

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8),
    Delete(u8),
    Compact,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..6_u8, 0..3_u8).prop_map(|(name, label)| Step::Put(name, label)),
        2 => (0..6_u8).prop_map(Step::Delete),
        1 => Just(Step::Compact),
    ];
    prop::collection::vec(step, 1..40)
}

/// Lists, watches from there, lists again after a 410: what a client has is what the server has.
async fn follow(steps: Vec<Step>, listed_after: usize) {
    let cluster = empty();
    let mut mine: BTreeMap<String, String> = BTreeMap::new();
    let mut version = String::new();
    let selector = "labelSelector=l%20notin%20(0)";
    for (n, step) in steps.iter().enumerate() {
        if n == listed_after {
            version = relist(&cluster, selector, &mut mine).await;
        }
        match step {
            Step::Put(name, label) => {
                let name = format!("w{name}");
                let labels = json!({"l": label.to_string(), "n": n.to_string()});
                if post(&cluster.api, WFS, &suspended(&name, &labels))
                    .await
                    .code
                    == 409
                {
                    patch(
                        &cluster.api,
                        &name,
                        MERGE,
                        &json!({"metadata": {"labels": labels}}),
                    )
                    .await;
                }
            }
            Step::Delete(name) => {
                ask(&cluster.api, "DELETE", &format!("{WFS}/w{name}"), &[], "").await;
            }
            Step::Compact => cluster.api.store().compact(),
        }
    }
    if version.is_empty() {
        version = relist(&cluster, selector, &mut mine).await;
    }
    let uri = format!("{WFS}?watch=1&resourceVersion={version}&timeoutSeconds=1&{selector}");
    let response = open(&cluster.api, "GET", &uri, &[], "").await;
    for line in lines(response.into_body()).await {
        let meta = &line["object"]["metadata"];
        let (name, rv) = (
            meta["name"].as_str().unwrap_or_default(),
            meta["resourceVersion"].as_str().unwrap_or_default(),
        );
        match line["type"].as_str().unwrap() {
            "ADDED" | "MODIFIED" => drop(mine.insert(name.to_owned(), rv.to_owned())),
            "DELETED" => drop(mine.remove(name)),
            _ => drop(relist(&cluster, selector, &mut mine).await),
        }
    }
    let mut truth = BTreeMap::new();
    relist(&cluster, selector, &mut truth).await;
    assert_eq!(mine, truth);
}

async fn relist(cluster: &Embedded, selector: &str, mine: &mut BTreeMap<String, String>) -> String {
    mine.clear();
    let mut token = String::new();
    loop {
        let page = get(
            &cluster.api,
            &format!("{WFS}?limit=2&{selector}&continue={token}"),
        )
        .await;
        for item in page["items"].as_array().unwrap() {
            let text = |key: &str| item["metadata"][key].as_str().unwrap().to_owned();
            mine.insert(text("name"), text("resourceVersion"));
        }
        token = page["metadata"]["continue"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if token.is_empty() {
            return page["metadata"]["resourceVersion"]
                .as_str()
                .unwrap()
                .to_owned();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn list_and_watch_reproduce_the_store(steps in steps(), listed_after in 0..40_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(follow(steps, listed_after));
    }
}

//! Lists: shapes, pages, compression, discovery.
//! Apart from the other tests of the API, which share their helpers.

use super::*;

#[tokio::test]
async fn lists_have_the_recorded_shapes() {
    let cluster = empty();
    let keys = |value: &Value| -> Vec<String> {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let empty_list = get(&cluster.api, WFS).await;
    let table = |query: &'static str| {
        let api = cluster.api.clone();
        async move {
            ask(
                &api,
                "GET",
                &format!("{WFS}{query}"),
                &[("accept", TABLE)],
                "",
            )
            .await
            .json()
        }
    };
    let empty_table = table("").await;
    for n in 0..3 {
        make(&cluster, &format!("wf-{n}"), json!({"n": n.to_string()})).await;
    }
    cluster.advance(seconds(2));
    let page = get(&cluster.api, &format!("{WFS}?limit=1")).await;
    let rows = table("").await;
    if let Some(real) = recorded("lists/empty-full.json") {
        assert_eq!(keys(&empty_list), keys(&real));
        assert_eq!(keys(&empty_list["metadata"]), keys(&real["metadata"]));
    }
    if let Some(real) = recorded("lists/empty-table.json") {
        assert_eq!(empty_table["columnDefinitions"], real["columnDefinitions"]);
    }
    if let Some(real) = recorded("lists/page-1.json") {
        assert_eq!(keys(&page["metadata"]), keys(&real["metadata"]));
        assert_eq!(keys(&page), keys(&real));
    }
    if let Some(real) = recorded("lists/table-sem-lim.json") {
        assert_eq!(keys(&rows), keys(&real));
        assert_eq!(rows["columnDefinitions"], real["columnDefinitions"]);
        assert_eq!(
            keys(&rows["rows"][0]["object"]),
            keys(&real["rows"][0]["object"])
        );
    }
    assert_eq!(
        rows["rows"][0]["cells"],
        json!(["wf-0", "Running", "2s", null])
    );
    let bare = table("?includeObject=None").await;
    assert!(bare["rows"][0]["object"].is_null());
    let partial = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    let partial = ask(
        &cluster.api,
        "GET",
        &format!("{WFS}?labelSelector=n%20notin%20(1)"),
        &[("accept", partial)],
        "",
    )
    .await
    .json();
    assert_eq!(partial["kind"], "PartialObjectMetadataList");
    assert_eq!(partial["items"].as_array().unwrap().len(), 2);
    assert!(partial["items"][0]["spec"].is_null());
    let pods = get(&cluster.api, "/api/v1/namespaces/default/pods").await;
    assert_eq!(pods["kind"], "PodList");
    let all = get(&cluster.api, "/api/v1/namespaces").await;
    assert!(
        all["items"][0]["kind"].is_null(),
        "items of built-in lists carry no kind"
    );
}

#[tokio::test(start_paused = true)]
async fn pages_are_of_one_version_until_they_expire() {
    let cluster = empty();
    for n in 0..5 {
        make(&cluster, &format!("wf-{n}"), json!({})).await;
    }
    let names = |list: &Value| -> Vec<String> {
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i["metadata"]["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = get(&cluster.api, &format!("{WFS}?limit=2")).await;
    assert_eq!(first["metadata"]["remainingItemCount"], 3);
    let token = first["metadata"]["continue"].as_str().unwrap().to_owned();
    make(&cluster, "wf-25", json!({})).await;
    ask(&cluster.api, "DELETE", &format!("{WFS}/wf-3"), &[], "").await;
    let rest = get(&cluster.api, &format!("{WFS}?limit=9&continue={token}")).await;
    assert_eq!(
        names(&rest),
        ["wf-2", "wf-3", "wf-4"],
        "as it was at the first page"
    );
    assert_eq!(
        rest["metadata"]["resourceVersion"],
        first["metadata"]["resourceVersion"]
    );
    cluster.api.store().compact();
    let gone = ask(
        &cluster.api,
        "GET",
        &format!("{WFS}?limit=9&continue={token}"),
        &[],
        "",
    )
    .await;
    assert_eq!(gone.code, 410);
    let resume = gone.json()["metadata"]["continue"]
        .as_str()
        .unwrap()
        .to_owned();
    let inconsistent = get(&cluster.api, &format!("{WFS}?limit=9&continue={resume}")).await;
    assert_eq!(names(&inconsistent), ["wf-2", "wf-25", "wf-4"]);
    assert_eq!(
        ask(
            &cluster.api,
            "GET",
            &format!("{WFS}?continue=garbage"),
            &[],
            ""
        )
        .await
        .code,
        400
    );
    assert_eq!(
        names(&get(&cluster.api, &format!("{WFS}?limit=1&resourceVersion=0")).await).len(),
        5
    );
    let exact = ask(
        &cluster.api,
        "GET",
        &format!("{WFS}?resourceVersion=2&resourceVersionMatch=Exact"),
        &[],
        "",
    )
    .await;
    assert_eq!(exact.code, 410);
    same_failure("410-exact-rv.json", &exact.json(), &[]);
    let future = ask(
        &cluster.api,
        "GET",
        &format!("{WFS}?resourceVersion=999999999&resourceVersionMatch=NotOlderThan"),
        &[],
        "",
    )
    .await;
    assert_eq!(future.code, 504);
    assert_eq!(
        future.json()["details"]["causes"][0]["reason"],
        "ResourceVersionTooLarge"
    );
}

#[tokio::test]
async fn large_lists_are_compressed_and_discovery_names_every_kind() {
    let cluster = empty();
    let long = "x".repeat(2000);
    for n in 0..80 {
        make(&cluster, &format!("wf-{n:02}"), json!({})).await;
        patch(
            &cluster.api,
            &format!("wf-{n:02}"),
            MERGE,
            &json!({"metadata": {"annotations": {"a": long}}}),
        )
        .await;
    }
    let packed = ask(&cluster.api, "GET", WFS, &[("accept-encoding", "gzip")], "").await;
    assert_eq!(packed.headers["content-encoding"], "gzip");
    let plain = ask(&cluster.api, "GET", WFS, &[], "").await;
    assert!(plain.headers.get("content-encoding").is_none());
    assert!(packed.bytes.len() * 5 < plain.bytes.len());
    let small = ask(
        &cluster.api,
        "GET",
        &format!("{WFS}/wf-00"),
        &[("accept-encoding", "gzip")],
        "",
    )
    .await;
    assert!(small.headers.get("content-encoding").is_none());
    let found = get(&cluster.api, "/apis/argoproj.io/v1alpha1").await;
    if let Some(real) = recorded("discovery/argoproj-v1alpha1.json") {
        let names = |list: &Value| -> Vec<(Value, Value, Value)> {
            let all = list["resources"].as_array().unwrap();
            all.iter()
                .filter(|r| !r["name"].as_str().unwrap().contains('/'))
                .map(|r| {
                    (
                        r["name"].clone(),
                        r["kind"].clone(),
                        r["namespaced"].clone(),
                    )
                })
                .collect()
        };
        assert_eq!(names(&found), names(&real));
    }
    let aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    let all = ask(&cluster.api, "GET", "/apis", &[("accept", aggregated)], "")
        .await
        .json();
    assert_eq!(all["kind"], "APIGroupDiscoveryList");
    let groups = all["items"].as_array().unwrap();
    assert!(
        groups
            .iter()
            .any(|g| g["metadata"]["name"] == "argoproj.io")
    );
    assert_eq!(ask(&cluster.api, "GET", "/readyz", &[], "").await.code, 200);
}

//! The shapes objects come in: Tables in all modes, metadata alone, YAML.
//! Apart from what is in them.

use serde_json::{Value, json};

use super::site::*;

async fn table(site: &Site, uri: &str) -> Value {
    site.send(ask("GET", uri).accept(TABLE))
        .await
        .expect(200)
        .json()
}

fn titles(table: &Value) -> Vec<String> {
    let columns = table["columnDefinitions"].as_array().unwrap();
    columns
        .iter()
        .map(|c| {
            format!(
                "{} {}{} {}",
                c["name"].as_str().unwrap(),
                c["type"].as_str().unwrap(),
                c["format"].as_str().map(|f| format!("/{f}")).unwrap(),
                c["priority"]
            )
        })
        .collect()
}

#[test]
fn a_workflow_is_a_row_of_what_its_definition_prints() {
    on_each(async |site| {
        let uri = site.workflows();
        site.make(&uri, &workflow("a")).await;
        let list = table(site, &uri).await;
        assert_eq!(
            (&list["kind"], &list["apiVersion"]),
            (&json!("Table"), &json!("meta.k8s.io/v1"))
        );
        assert!(list["metadata"]["resourceVersion"].is_string());
        assert_eq!(
            titles(&list),
            [
                "Name string/name 0",
                "Status string/ 0",
                "Age date/date-time 0",
                "Message string/ 0"
            ]
        );
        assert_eq!(
            list["columnDefinitions"][1]["description"],
            "Status of the workflow"
        );
        let row = &list["rows"][0];
        assert_eq!(row["cells"], json!(["a", null, null, null]));
        assert_eq!(
            bare(&row["object"], &site.ns),
            json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                "metadata": {"name": "a", "namespace": "NS", "generation": 1, "labels": workflow("a")["metadata"]["labels"]}})
        );
        let one = table(site, &format!("{uri}/a")).await;
        assert_eq!(one["rows"], list["rows"]);
        let none = table(site, &format!("{uri}?includeObject=None")).await;
        assert_eq!(
            none["rows"],
            json!([{"cells": ["a", null, null, null], "object": null}])
        );
        let whole = table(site, &format!("{uri}?includeObject=Object")).await;
        assert_eq!(whole["rows"][0]["object"]["spec"], workflow("a")["spec"]);
        let wrong = site
            .send(ask("GET", format!("{uri}?includeObject=Nope")).accept(TABLE))
            .await;
        wrong.refused(400, "BadRequest", "Unable to convert to Table as requested: includeObject: Invalid value: \"Nope\": must be 'Metadata', 'Object', 'None', or empty", json!(null));
        site.get(&format!("{uri}?includeObject=Nope"))
            .await
            .expect(200);
        let fallback = site
            .send(
                ask("GET", &uri)
                    .accept("application/json;as=Table;g=meta.k8s.io;v=v9,application/json"),
            )
            .await;
        assert_eq!(fallback.json()["kind"], "WorkflowList");
    });
}

#[test]
fn tables_have_pages() {
    on_each(async |site| {
        let uri = site.templates();
        for name in ["a", "b", "c"] {
            site.make(&uri, &template(name, json!({}))).await;
        }
        let first = table(site, &format!("{uri}?limit=2")).await;
        assert_eq!(
            (
                first["rows"].as_array().unwrap().len(),
                &first["metadata"]["remainingItemCount"]
            ),
            (2, &json!(1))
        );
        let next = first["metadata"]["continue"].as_str().unwrap();
        let rest = table(site, &format!("{uri}?limit=2&continue={next}")).await;
        assert_eq!(rest["rows"][0]["cells"][0], "c");
        assert!(rest["metadata"]["continue"].is_null());
        assert_eq!(titles(&rest), ["Name string/name 0", "Age date/ 0"]);
    });
}

#[test]
fn built_in_kinds_have_the_columns_people_know() {
    on_each(async |site| {
        for (plural, wanted) in [
            ("configmaps", "Name|Data|Age"),
            ("secrets", "Name|Type|Data|Age"),
            ("serviceaccounts", "Name|Age"),
            (
                "pods",
                "Name|Ready|Status|Restarts|Age|IP*|Node*|Nominated Node*|Readiness Gates*",
            ),
            (
                "events",
                "Last Seen|Type|Reason|Object|Subobject*|Source*|Message|First Seen*|Count*|Name*",
            ),
            (
                "persistentvolumeclaims",
                "Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|VolumeMode*",
            ),
        ] {
            let list = table(site, &site.path("", plural)).await;
            let columns = list["columnDefinitions"].as_array().unwrap().iter();
            let shown = columns.map(|c| {
                format!(
                    "{}{}",
                    c["name"].as_str().unwrap(),
                    if c["priority"] == 1 { "*" } else { "" }
                )
            });
            assert_eq!(shown.collect::<Vec<_>>().join("|"), wanted, "{plural}");
        }
        for (path, wanted) in [
            ("/api/v1/namespaces", "Name|Status|Age"),
            (
                "/api/v1/nodes",
                "Name|Status|Roles|Age|Version|Internal-IP|External-IP|OS-Image|Kernel-Version|Container-Runtime",
            ),
            (
                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                "Name|Created At",
            ),
        ] {
            let list = table(site, path).await;
            let columns = list["columnDefinitions"].as_array().unwrap().iter();
            assert_eq!(
                columns
                    .map(|c| c["name"].as_str().unwrap())
                    .collect::<Vec<_>>()
                    .join("|"),
                wanted
            );
        }
        site.make(&site.configs(), &config("a", json!({"x": "1", "y": "2"})))
            .await;
        let list = table(
            site,
            &format!("{}?fieldSelector=metadata.name=a", site.configs()),
        )
        .await;
        let cells = list["rows"][0]["cells"].as_array().unwrap();
        assert_eq!(cells[..2], [json!("a"), json!(2)]);
        let about = json!({"kind": "Pod", "namespace": site.ns, "name": "x", "fieldPath": "spec.containers{m}"});
        let event = json!({"metadata": {"name": "e"}, "involvedObject": about, "reason": "R", "message": " m\n", "type": "Normal",
            "source": {"component": "kubelet", "host": "h"}, "count": 3});
        site.make(&site.path("", "events"), &event).await;
        let list = table(
            site,
            &format!("{}?fieldSelector=reason=R", site.path("", "events")),
        )
        .await;
        assert_eq!(
            list["rows"][0]["cells"],
            json!([
                "<unknown>",
                "Normal",
                "R",
                "pod/x",
                "spec.containers{m}",
                "kubelet, h",
                "m",
                "<unknown>",
                3,
                "e"
            ])
        );
        let namespace = table(site, &format!("/api/v1/namespaces/{}", site.ns)).await;
        let cells = namespace["rows"][0]["cells"].as_array().unwrap();
        assert_eq!(cells[..2], [json!(site.ns), json!("Active")]);
    });
}

#[test]
fn metadata_can_be_had_alone() {
    on_each(async |site| {
        let uri = site.templates();
        site.make(&uri, &template("a", json!({"x": "y"}))).await;
        let wanted = json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": {"name": "a", "namespace": "NS", "generation": 1, "labels": {"x": "y"}}});
        let one = site
            .send(ask("GET", format!("{uri}/a")).accept(PARTIAL))
            .await
            .expect(200);
        assert_eq!(bare(&one.json(), &site.ns), wanted);
        let list = site
            .send(ask("GET", &uri).accept(PARTIALS))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&list["kind"], &list["apiVersion"]),
            (
                &json!("PartialObjectMetadataList"),
                &json!("meta.k8s.io/v1")
            )
        );
        assert_eq!(bare(&list["items"], &site.ns), json!([wanted]));
        site.send(ask("GET", &uri).accept(PARTIAL)).await.refused(
            406,
            "NotAcceptable",
            "you requested PartialObjectMetadata, but the requested object is a list (*unstructured.UnstructuredList)",
            json!(null),
        );
        site.send(ask("GET", site.configs()).accept(PARTIAL)).await.refused(
            406,
            "NotAcceptable",
            "you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)",
            json!(null),
        );
        let wrong = site
            .send(ask("GET", format!("{uri}/a")).accept(PARTIALS))
            .await;
        wrong.refused(500, "", "content is not a list", json!(null));
    });
}

#[test]
fn yaml_can_be_had() {
    on_each(async |site| {
        let uri = site.templates();
        site.make(&uri, &template("a", json!({"x": "y"}))).await;
        let read = site
            .send(ask("GET", format!("{uri}/a")).accept("application/json;q=0.5,application/yaml"))
            .await
            .expect(200);
        assert_eq!(read.headers["content-type"], "application/yaml");
        let value: Value = serde_saphyr::from_str(&read.text()).unwrap();
        assert_eq!(value["spec"], template("a", json!({}))["spec"]);
    });
}

/// An event is one object with two forms; clients of the newer one see what was written in the older.
#[test]
fn an_event_can_be_read_in_its_newer_form() {
    on_each(async |site| {
        let about = json!({"kind": "Pod", "namespace": site.ns, "name": "x"});
        let event = json!({"metadata": {"name": "e"}, "involvedObject": about, "reason": "R", "message": "m",
            "type": "Warning", "source": {"component": "tests"}, "count": 3,
            "firstTimestamp": "2026-11-22T20:00:00Z", "lastTimestamp": "2026-11-22T20:01:00Z"});
        let version = site.make(&site.path("", "events"), &event).await;
        let uri = format!("/apis/events.k8s.io/v1/namespaces/{}/events", site.ns);
        let newer = site.get(&format!("{uri}/e")).await.expect(200).json();
        for (field, wanted) in [
            ("apiVersion", json!("events.k8s.io/v1")),
            ("kind", json!("Event")),
            ("regarding", about),
            ("note", json!("m")),
            ("reason", json!("R")),
            ("deprecatedCount", json!(3)),
            ("deprecatedSource", json!({"component": "tests"})),
            ("deprecatedLastTimestamp", json!("2026-11-22T20:01:00Z")),
        ] {
            assert_eq!(newer[field], wanted, "{field}");
        }
        assert_eq!(newer["metadata"]["resourceVersion"], *version);
        let list = site.get(&uri).await.expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
    });
}

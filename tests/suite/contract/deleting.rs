//! Deleting: preconditions, finalizers, propagation to what is owned, collections.
//! Apart from the other writes, because it touches more than one object.

use serde_json::{Value, json};

use super::site::*;

async fn held(site: &Site, name: &str, finalizers: Value) -> Value {
    let mut body = template(name, json!({}));
    body["metadata"]["finalizers"] = finalizers;
    site.post(&site.templates(), &body).await.expect(201).json()
}

#[test]
fn a_deletion_names_what_is_gone() {
    on_each(async |site| {
        for (uri, body, details) in [
            (
                site.templates(),
                template("a", json!({})),
                json!({"name": "a", "group": "argoproj.io", "kind": "workflowtemplates"}),
            ),
            (
                site.configs(),
                config("a", json!({})),
                json!({"name": "a", "kind": "configmaps"}),
            ),
        ] {
            let made = site.post(&uri, &body).await.expect(201).json();
            let one = format!("{uri}/a");
            let tried = site
                .delete(&format!("{one}?dryRun=All"))
                .await
                .expect(200)
                .json();
            assert_eq!(tried["status"], "Success");
            site.get(&one).await.expect(200);
            let gone = site.delete(&one).await.expect(200).json();
            let mut wanted = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details});
            wanted["details"]["uid"] = made["metadata"]["uid"].clone();
            assert_eq!(gone, wanted);
            site.get(&one).await.expect(404);
            site.delete(&one).await.expect(404);
        }
    });
}

#[test]
fn preconditions_guard() {
    on_each(async |site| {
        for (uri, body, kind) in [
            (
                site.templates(),
                template("a", json!({})),
                "WorkflowTemplate.argoproj.io",
            ),
            (site.configs(), config("a", json!({})), "ConfigMap"),
        ] {
            let made = site.post(&uri, &body).await.expect(201).json();
            let meta = |key: &str| made["metadata"][key].as_str().unwrap().to_owned();
            let (uid, version) = (meta("uid"), meta("resourceVersion"));
            let one = format!("{uri}/a");
            let guarded = async |guard: Value| {
                site.send(ask("DELETE", &one).body(JSON, &json!({"preconditions": guard})))
                    .await
            };
            let short = kind.split('.').next().unwrap();
            let mut details = json!({"name": "a", "kind": short});
            if kind.contains('.') {
                details["group"] = "argoproj.io".into();
            }
            guarded(json!({"uid": "1-1"})).await.refused(
                409,
                "Conflict",
                &format!("Operation cannot be fulfilled on {kind} \"a\": the UID in the precondition (1-1) does not match the UID in record ({uid}). The object might have been deleted and then recreated"),
                details.clone(),
            );
            guarded(json!({"resourceVersion": "1"})).await.refused(
                409,
                "Conflict",
                &format!("Operation cannot be fulfilled on {kind} \"a\": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record ({version}). The object might have been modified"),
                details,
            );
            guarded(json!({"uid": uid, "resourceVersion": version}))
                .await
                .expect(200);
        }
    });
}

#[test]
fn finalizers_hold_what_is_deleted() {
    on_each(async |site| {
        let uri = format!("{}/d", site.templates());
        held(site, "d", json!(["x/y"])).await;
        let marked = site.delete(&uri).await.expect(200).json();
        let meta = &marked["metadata"];
        assert!(meta["deletionTimestamp"].is_string());
        assert_eq!(
            (&meta["deletionGracePeriodSeconds"], &meta["generation"]),
            (&json!(0), &json!(2))
        );
        assert_eq!(
            site.delete(&uri).await.expect(200).json(),
            marked,
            "the second changes nothing"
        );
        assert_eq!(site.get(&uri).await.json(), marked);
        let more = site
            .patch(
                &uri,
                MERGE,
                &json!({"metadata": {"finalizers": ["x/y", "x/z"]}}),
            )
            .await;
        let cause = (
            "FieldValueForbidden",
            "metadata.finalizers",
            "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"x/z\"}",
        );
        more.invalid(&[cause, cause]);
        let revived = site
            .patch(
                &uri,
                MERGE,
                &json!({"metadata": {"deletionTimestamp": null, "labels": {"a": "b"}}}),
            )
            .await
            .expect(200)
            .json();
        assert_eq!(
            revived["metadata"]["deletionTimestamp"], meta["deletionTimestamp"],
            "nothing brings it back"
        );
        let freed = site
            .patch(&uri, MERGE, &json!({"metadata": {"finalizers": []}}))
            .await
            .expect(200)
            .json();
        assert!(freed["metadata"]["finalizers"].is_null());
        site.get(&uri).await.expect(404);
    });
}

#[test]
fn finalizers_need_names() {
    on_each(async |site| {
        let mut body = template("a", json!({}));
        body["metadata"]["finalizers"] = json!(["nodomain"]);
        let warned = site
            .post(&format!("{}?dryRun=All", site.templates()), &body)
            .await;
        assert_eq!(
            warned.warnings(),
            [
                "metadata.finalizers: \"nodomain\": prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers"
            ]
        );
        let mut core = config("a", json!({}));
        core["metadata"]["finalizers"] = json!(["nodomain"]);
        site.post(&site.configs(), &core).await.invalid(&[(
            "FieldValueInvalid",
            "metadata.finalizers[0]",
            "Invalid value: \"nodomain\": name is neither a standard finalizer name nor is it fully qualified",
        )]);
    });
}

#[test]
fn options_nobody_knows_are_refused() {
    on_each(async |site| {
        let uri = format!("{}/a", site.templates());
        site.make(&site.templates(), &template("a", json!({})))
            .await;
        let field = "propagationPolicy";
        let unknown = (
            "FieldValueNotSupported",
            field,
            "Unsupported value: \"Nope\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"",
        );
        site.delete(&format!("{uri}?propagationPolicy=Nope"))
            .await
            .invalid(&[unknown]);
        let body = async |body: Value| site.send(ask("DELETE", &uri).body(JSON, &body)).await;
        body(json!({"propagationPolicy": "Nope"}))
            .await
            .invalid(&[unknown]);
        body(json!({"propagationPolicy": "Background", "orphanDependents": true})).await.invalid(&[(
            "FieldValueInvalid",
            field,
            "Invalid value: \"Background\": orphanDependents and deletionPropagation cannot be both set",
        )]);
        site.send(ask("DELETE", &uri).text(JSON, "{nope")).await.refused(
            400,
            "BadRequest",
            "couldn't get version/kind; json parse error: invalid character 'n' looking for beginning of object key string",
            json!(null),
        );
        site.get(&uri).await.expect(200);
    });
}

/// A config map that is owned by these templates.
async fn owned(site: &Site, name: &str, owners: &[&Value]) {
    let mut body = config(name, json!({}));
    body["metadata"]["ownerReferences"] = owners
        .iter()
        .map(|o| json!({"apiVersion": o["apiVersion"], "kind": o["kind"], "name": o["metadata"]["name"], "uid": o["metadata"]["uid"]}))
        .collect();
    site.make(&site.configs(), &body).await;
}

#[test]
fn what_was_owned_goes_in_the_background() {
    on_each(async |site| {
        let (a, b) = (
            held(site, "a", json!([])).await,
            held(site, "b", json!([])).await,
        );
        owned(site, "ours", &[&a]).await;
        owned(site, "shared", &[&a, &b]).await;
        let at = |name: &str| format!("{}/{name}", site.configs());
        site.delete(&format!(
            "{}/a?propagationPolicy=Background",
            site.templates()
        ))
        .await
        .expect(200);
        site.eventually(async || site.get(&at("ours")).await.code == 404)
            .await;
        site.eventually(async || {
            let left = site.get(&at("shared")).await.json();
            left["metadata"]["ownerReferences"]
                .as_array()
                .is_some_and(|all| all.len() == 1)
        })
        .await;
    });
}

#[test]
fn what_was_owned_stays_where_it_is_orphaned() {
    on_each(async |site| {
        let a = held(site, "a", json!([])).await;
        owned(site, "ours", &[&a]).await;
        let uri = format!("{}/a", site.templates());
        let marked = site
            .send(ask("DELETE", &uri).body(JSON, &json!({"propagationPolicy": "Orphan"})))
            .await
            .expect(200)
            .json();
        assert_eq!(marked["metadata"]["finalizers"], json!(["orphan"]));
        site.eventually(async || site.get(&uri).await.code == 404)
            .await;
        let left = site
            .get(&format!("{}/ours", site.configs()))
            .await
            .expect(200)
            .json();
        assert!(left["metadata"]["ownerReferences"].is_null());
    });
}

#[test]
fn what_was_owned_goes_first_in_the_foreground() {
    on_each(async |site| {
        let a = held(site, "a", json!([])).await;
        owned(site, "ours", &[&a]).await;
        let uri = format!("{}/a", site.templates());
        let marked = site
            .delete(&format!("{uri}?propagationPolicy=Foreground"))
            .await
            .expect(200)
            .json();
        assert_eq!(
            marked["metadata"]["finalizers"],
            json!(["foregroundDeletion"])
        );
        site.eventually(async || site.get(&uri).await.code == 404)
            .await;
        site.get(&format!("{}/ours", site.configs()))
            .await
            .expect(404);
    });
}

#[test]
fn a_collection_is_deleted_by_selection() {
    on_each(async |site| {
        for (name, labels) in [
            ("a", json!({"x": "1"})),
            ("b", json!({"x": "1"})),
            ("c", json!({})),
        ] {
            site.make(&site.templates(), &template(name, labels)).await;
        }
        let none = site
            .delete(&format!("{}?labelSelector=x=2", site.templates()))
            .await
            .expect(200)
            .json();
        assert_eq!(
            bare(&none, ""),
            json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "WorkflowTemplateList", "metadata": {"continue": ""}, "items": []})
        );
        let gone = site
            .delete(&format!("{}?labelSelector=x", site.templates()))
            .await
            .expect(200)
            .json();
        let names: Vec<_> = gone["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|i| &i["metadata"]["name"])
            .collect();
        assert_eq!(names, ["a", "b"]);
        let left = site.get(&site.templates()).await.json();
        assert_eq!(left["items"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn a_namespace_is_terminating_until_it_is_empty() {
    on_each(async |site| {
        let made = site.post("/api/v1/namespaces", &json!({"metadata": {"generateName": "tiphys-contract-gone-", "labels": {"tiphys.dev/contract": "true"}}})).await.expect(201).json();
        let name = made["metadata"]["name"].as_str().unwrap();
        assert_eq!(
            (&made["spec"], &made["status"]),
            (
                &json!({"finalizers": ["kubernetes"]}),
                &json!({"phase": "Active"})
            )
        );
        assert_eq!(
            made["metadata"]["labels"]["kubernetes.io/metadata.name"],
            name
        );
        let uri = format!("/api/v1/namespaces/{name}");
        site.make(&format!("{uri}/configmaps"), &config("a", json!({})))
            .await;
        let marked = site.delete(&uri).await.expect(200).json();
        assert_eq!(marked["status"]["phase"], "Terminating");
        assert!(marked["metadata"]["deletionTimestamp"].is_string());
        site.eventually(async || site.get(&uri).await.code == 404)
            .await;
    });
}

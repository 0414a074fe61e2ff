//! PUT: versions, names, no-ops, generations.
//! Apart from patches, which need not say which version they change.

use serde_json::{Value, json};

use super::site::*;

const MODIFIED: &str =
    "the object has been modified; please apply your changes to the latest version and try again";

#[test]
fn a_custom_object_is_replaced_by_its_version() {
    on_each(async |site| {
        let uri = format!("{}/a", site.templates());
        let version = site
            .make(&site.templates(), &template("a", json!({})))
            .await;
        let with = |version: &str| {
            let mut body = template("a", json!({"x": "y"}));
            body["metadata"]["resourceVersion"] = version.into();
            body
        };
        let unversioned = site.put(&uri, &template("a", json!({}))).await;
        unversioned.refused(
            422,
            "Invalid",
            "workflowtemplates.argoproj.io \"a\" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update",
            json!({"name": "a", "group": "argoproj.io", "kind": "workflowtemplates", "causes": [
                {"reason": "FieldValueInvalid", "message": "Invalid value: 0: must be specified for an update", "field": "metadata.resourceVersion"}]}),
        );
        let done = site.put(&uri, &with(&version)).await.expect(200).json();
        assert_eq!(done["metadata"]["labels"], json!({"x": "y"}));
        assert_eq!(
            done["metadata"]["generation"], 1,
            "labels make no generation"
        );
        assert_ne!(done["metadata"]["resourceVersion"], version);
        site.put(&uri, &with(&version)).await.refused(
            409,
            "Conflict",
            &format!(
                "Operation cannot be fulfilled on workflowtemplates.argoproj.io \"a\": {MODIFIED}"
            ),
            json!({"name": "a", "group": "argoproj.io", "kind": "workflowtemplates"}),
        );
        let again = site.put(&uri, &done).await.expect(200).json();
        assert_eq!(
            again["metadata"]["resourceVersion"], done["metadata"]["resourceVersion"],
            "no change, no version"
        );
        let mut changed = done.clone();
        changed["spec"]["entrypoint"] = "n".into();
        assert_eq!(
            site.put(&uri, &changed).await.expect(200).json()["metadata"]["generation"],
            2
        );
        site.put(&uri, &with("abc")).await.refused(
            500,
            "",
            "strconv.ParseUint: parsing \"abc\": invalid syntax",
            json!(null),
        );
    });
}

#[test]
fn a_config_map_may_be_replaced_blindly() {
    on_each(async |site| {
        let uri = format!("{}/a", site.configs());
        let version = site
            .make(&site.configs(), &config("a", json!({"k": "v"})))
            .await;
        let done = site
            .put(&uri, &config("a", json!({"k": "w"})))
            .await
            .object(200);
        assert_eq!(done["data"], json!({"k": "w"}));
        let mut stale = config("a", json!({}));
        stale["metadata"]["resourceVersion"] = version.into();
        site.put(&uri, &stale).await.refused(
            409,
            "Conflict",
            &format!("Operation cannot be fulfilled on configmaps \"a\": {MODIFIED}"),
            json!({"name": "a", "kind": "configmaps"}),
        );
    });
}

#[test]
fn a_dry_replacement_shows_what_would_be() {
    on_each(async |site| {
        let uri = format!("{}/a", site.templates());
        site.make(&site.templates(), &template("a", json!({})))
            .await;
        let before = site.get(&uri).await.expect(200).json();
        let mut changed = before.clone();
        changed["spec"]["entrypoint"] = "n".into();
        let shown = site
            .put(&format!("{uri}?dryRun=All"), &changed)
            .await
            .expect(200)
            .json();
        assert_eq!(
            (
                &shown["spec"]["entrypoint"],
                &shown["metadata"]["generation"]
            ),
            (&json!("n"), &json!(2))
        );
        assert_eq!(
            shown["metadata"]["resourceVersion"],
            before["metadata"]["resourceVersion"]
        );
        assert_eq!(site.get(&uri).await.json(), before);
    });
}

#[test]
fn names_must_agree() {
    on_each(async |site| {
        let uri = format!("{}/a", site.configs());
        site.make(&site.configs(), &config("a", json!({}))).await;
        let mut elsewhere = config("a", json!({}));
        elsewhere["metadata"]["namespace"] = "other".into();
        for (body, message) in [
            (
                config("b", json!({})),
                "the name of the object (b) does not match the name on the URL (a)",
            ),
            (
                json!({"data": {}}),
                "the name of the object (a based on URL) was undeterminable: name must be provided",
            ),
            (
                elsewhere,
                "the namespace of the provided object does not match the namespace sent on the request",
            ),
        ] {
            site.put(&uri, &body)
                .await
                .refused(400, "BadRequest", message, json!(null));
        }
        site.put(
            &format!("{}/none", site.configs()),
            &config("none", json!({})),
        )
        .await
        .refused(
            404,
            "NotFound",
            "configmaps \"none\" not found",
            json!({"name": "none", "kind": "configmaps"}),
        );
    });
}

#[test]
fn another_uid_is_another_object() {
    on_each(async |site| {
        for (uri, key, body, resource) in [
            (
                site.templates(),
                "argoproj.io/workflowtemplates",
                template("a", json!({})),
                "workflowtemplates.argoproj.io",
            ),
            (
                site.configs(),
                "configmaps",
                config("a", json!({})),
                "configmaps",
            ),
        ] {
            let made = site.post(&uri, &body).await.expect(201).json();
            let mut other: Value = made.clone();
            other["metadata"]["uid"] = "0000".into();
            let refused = site
                .put(&format!("{uri}/a"), &other)
                .await
                .expect(409)
                .json();
            assert_eq!(
                refused["message"],
                format!(
                    "Operation cannot be fulfilled on {resource} \"a\": StorageError: invalid object, Code: 4, Key: /registry/{key}/{}/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: 0000, UID in object meta: {}",
                    site.ns,
                    made["metadata"]["uid"].as_str().unwrap()
                )
            );
        }
    });
}

#[test]
fn what_is_immutable_stays() {
    on_each(async |site| {
        let uri = format!("{}/a", site.configs());
        let mut sent = config("a", json!({"k": "v"}));
        sent["immutable"] = true.into();
        site.make(&site.configs(), &sent).await;
        let refused = site.patch(&uri, MERGE, &json!({"data": {"k": "w"}})).await;
        refused.invalid(&[(
            "FieldValueForbidden",
            "data",
            "Forbidden: field is immutable when `immutable` is set",
        )]);
        site.patch(&uri, MERGE, &json!({"metadata": {"labels": {"a": "b"}}}))
            .await
            .expect(200);
    });
}

#[test]
fn a_status_that_is_written_apart_is_only_written_there() {
    on_each(async |site| {
        let sets = site.path("/apis/argoproj.io/v1alpha1", "workflowtasksets");
        let uri = format!("{sets}/ts");
        let nodes = json!({"nodes": {"a": {"phase": "Running"}}});
        let sent = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "WorkflowTaskSet", "metadata": {"name": "ts"}, "spec": {}, "status": nodes});
        let made = site.post(&sets, &sent).await.object(201);
        assert!(made["status"].is_null());
        let kept = site
            .patch(&uri, MERGE, &json!({"status": nodes}))
            .await
            .object(200);
        assert!(kept["status"].is_null());
        let both =
            json!({"status": nodes, "spec": {"tasks": {}}, "metadata": {"labels": {"a": "b"}}});
        let written = site
            .patch(&format!("{uri}/status"), MERGE, &both)
            .await
            .object(200);
        assert_eq!(
            (
                &written["status"],
                &written["spec"],
                &written["metadata"]["generation"]
            ),
            (&nodes, &json!({}), &json!(1))
        );
        assert_eq!(
            site.get(&format!("{uri}/status")).await.object(200),
            written
        );
        site.delete(&format!("{uri}/status")).await.expect(405);
        let stale = json!({"metadata": {"resourceVersion": "1"}});
        site.patch(&format!("{uri}/status"), MERGE, &stale)
            .await
            .expect(409);
        site.make(&site.templates(), &template("a", json!({})))
            .await;
        site.get(&format!("{}/a/status", site.templates()))
            .await
            .refused(
                404,
                "NotFound",
                "workflowtemplates.argoproj.io \"a\" not found",
                json!({"name": "a", "group": "argoproj.io", "kind": "workflowtemplates"}),
            );
        let namespace = site
            .get(&format!("/api/v1/namespaces/{}/status", site.ns))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&namespace["spec"], &namespace["status"]),
            (
                &json!({"finalizers": ["kubernetes"]}),
                &json!({"phase": "Active"})
            )
        );
    });
}

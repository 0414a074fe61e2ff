//! PATCH: merge, JSON and strategic merge, with the server's lenience and its refusals.
//! Apart from applying, which also creates.

use serde_json::{Value, json};

use super::site::*;

async fn fresh(site: &Site) -> String {
    let uri = format!("{}/a", site.templates());
    site.delete(&uri).await;
    site.make(&site.templates(), &template("a", json!({"x": "y"})))
        .await;
    uri
}

#[test]
fn a_merge_patch_merges_and_null_removes() {
    on_each(async |site| {
        let uri = fresh(site).await;
        let done = site.patch(&uri, MERGE, &json!({"metadata": {"labels": {"x": null, "z": "1"}}, "spec": {"entrypoint": null, "priority": 3}})).await.object(200);
        assert_eq!(done["metadata"]["labels"], json!({"z": "1"}));
        assert_eq!(
            done["spec"],
            json!({"priority": 3, "templates": [{"name": "m", "container": {"image": "x"}}]})
        );
        assert_eq!(done["metadata"]["generation"], 2);
        let listed = site
            .patch(&uri, MERGE, &json!({"spec": {"templates": []}}))
            .await
            .object(200);
        assert_eq!(listed["spec"]["templates"], json!([]), "lists are replaced");
        let emptied = site
            .patch(
                &uri,
                MERGE,
                &json!({"metadata": {"labels": null, "annotations": {}}}),
            )
            .await
            .object(200);
        assert!(
            emptied["metadata"]["labels"].is_null() && emptied["metadata"]["annotations"].is_null()
        );
    });
}

#[test]
fn a_patch_that_changes_nothing_makes_no_version() {
    on_each(async |site| {
        let uri = fresh(site).await;
        let before = site.get(&uri).await.json();
        for (kind, body) in [
            (MERGE, json!({})),
            (MERGE, json!({"metadata": {"labels": {"x": "y"}}})),
            (
                MERGE,
                json!({"metadata": {"generation": 99, "creationTimestamp": "2020-01-01T00:00:00Z"}}),
            ),
            (MERGE, json!({"spec": {"suspend": null}})),
            (JSON_PATCH, json!([])),
            (
                JSON_PATCH,
                json!([{"op": "test", "path": "/spec/none", "value": null}]),
            ),
        ] {
            let after = site.patch(&uri, kind, &body).await.expect(200).json();
            assert_eq!(after, before, "{body}");
        }
    });
}

#[test]
fn a_patch_is_guarded_by_version_uid_and_name() {
    on_each(async |site| {
        let uri = fresh(site).await;
        let old = site.get(&uri).await.json()["metadata"]["resourceVersion"].clone();
        site.patch(&uri, MERGE, &json!({"spec": {"priority": 1}}))
            .await
            .expect(200);
        site.patch(&uri, MERGE, &json!({"metadata": {"resourceVersion": old}, "spec": {"priority": 2}})).await.refused(
            409,
            "Conflict",
            "Operation cannot be fulfilled on workflowtemplates.argoproj.io \"a\": the object has been modified; please apply your changes to the latest version and try again",
            json!({"name": "a", "group": "argoproj.io", "kind": "workflowtemplates"}),
        );
        let uid = (
            "FieldValueInvalid",
            "metadata.uid",
            "Invalid value: \"0000\": field is immutable",
        );
        site.patch(&uri, MERGE, &json!({"metadata": {"uid": "0000"}}))
            .await
            .invalid(&[uid, uid]);
        for (patch, message) in [
            (
                json!({"metadata": {"name": "other"}}),
                "the name of the object (other) does not match the name on the URL (a)",
            ),
            (
                json!({"metadata": {"namespace": "other"}}),
                "the namespace of the provided object does not match the namespace sent on the request",
            ),
        ] {
            site.patch(&uri, MERGE, &patch)
                .await
                .refused(400, "BadRequest", message, json!(null));
        }
        for (patch, field, why) in [
            (
                json!({"kind": "Pod"}),
                "kind",
                "Invalid value: \"Pod\": must be WorkflowTemplate",
            ),
            (
                json!({"apiVersion": "v1"}),
                "apiVersion",
                "Invalid value: \"v1\": must be argoproj.io/v1alpha1",
            ),
        ] {
            site.patch(&uri, MERGE, &patch)
                .await
                .invalid(&[("FieldValueInvalid", field, why)]);
        }
        site.patch(&format!("{}/none", site.templates()), MERGE, &json!({}))
            .await
            .refused(
                404,
                "NotFound",
                "workflowtemplates.argoproj.io \"none\" not found",
                json!({"name": "none", "group": "argoproj.io", "kind": "workflowtemplates"}),
            );
    });
}

#[test]
fn a_json_patch_is_as_lenient_as_the_server() {
    on_each(async |site| {
        let first = json!({"name": "m", "container": {"image": "x"}});
        for (operations, spec) in [
            (
                json!([{"op": "replace", "path": "/spec/parallelism", "value": 3}]),
                json!({"entrypoint": "m", "parallelism": 3, "templates": [first]}),
            ),
            (
                json!([{"op": "copy", "from": "/spec/priority", "path": "/spec/parallelism"}]),
                json!({"entrypoint": "m", "templates": [first]}),
            ),
            (
                json!([{"op": "add", "path": "/spec/parallelism"}]),
                json!({"entrypoint": "m", "templates": [first]}),
            ),
            (
                json!([{"op": "remove", "path": "/spec/templates/-1"}]),
                json!({"entrypoint": "m", "templates": []}),
            ),
            (
                json!([{"op": "add", "path": "/spec/templates/-1", "value": {"name": "z"}}]),
                json!({"entrypoint": "m", "templates": [first, {"name": "z"}]}),
            ),
            (
                json!([{"op": "test", "path": "/spec/entrypoint", "value": "m"}, {"op": "add", "path": "/spec/templates/-", "value": {"name": "q", "suspend": {}}}]),
                json!({"entrypoint": "m", "templates": [first, {"name": "q", "suspend": {}}]}),
            ),
            (
                json!([{"op": "move", "from": "/spec/entrypoint", "path": "/spec/onExit"}]),
                json!({"onExit": "m", "templates": [first]}),
            ),
        ] {
            let uri = fresh(site).await;
            let done = site.patch(&uri, JSON_PATCH, &operations).await.object(200);
            assert_eq!(done["spec"], spec, "{operations}");
        }
    });
}

#[test]
fn a_json_patch_that_does_not_apply_is_refused_without_a_reason() {
    on_each(async |site| {
        let uri = fresh(site).await;
        for operations in [
            json!([{"op": "test", "path": "/metadata/name", "value": "zz"}]),
            json!([{"op": "test", "path": "/spec", "value": {}}]),
            json!([{"op": "test", "path": "/nope/x", "value": null}]),
            json!([{"op": "test", "path": "/spec/templates/7", "value": null}]),
            json!([{"op": "remove", "path": "/spec/shutdown"}]),
            json!([{"op": "replace", "path": "/spec/none/deep", "value": 3}]),
            json!([{"op": "replace", "path": "/metadata/annotations/zz", "value": "b"}]),
            json!([{"op": "replace", "path": "/spec/templates/7", "value": {}}]),
            json!([{"op": "add", "path": "/spec/none/deep", "value": 1}]),
            json!([{"op": "add", "path": "/spec/templates/9", "value": {"name": "z"}}]),
            json!([{"op": "add", "path": "/spec/entrypoint/x", "value": 1}]),
            json!([{"op": "add", "path": "", "value": {}}]),
            json!([{"op": "move", "from": "/spec/parallelism", "path": "/spec/priority"}]),
            json!([{"op": "jump", "path": "/a"}]),
            json!([{"path": "/a"}]),
        ] {
            let answer = site.patch(&uri, JSON_PATCH, &operations).await;
            assert_eq!(answer.code, 422, "{operations}");
            answer.refused(
                422,
                "Invalid",
                "the server rejected our request due to an error in our request",
                json!({}),
            );
        }
    });
}

#[test]
fn patches_that_cannot_be_read_are_refused() {
    on_each(async |site| {
        let uri = fresh(site).await;
        let map = "json: cannot unmarshal array into Go value of type map[string]interface {}";
        let key = "invalid character 'n' looking for beginning of object key string";
        for (kind, body, why) in [
            (MERGE, "{nope", key),
            (MERGE, "", "unexpected end of JSON input"),
            (MERGE, "[]", map),
            (JSON_PATCH, "{nope", key),
            (
                JSON_PATCH,
                "{}",
                "json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
            ),
        ] {
            let sent = ask("PATCH", &uri).text(kind, body);
            site.send(sent).await.refused(
                400,
                "BadRequest",
                &format!("error decoding patch: {why}"),
                json!(null),
            );
        }
        site.make(&site.configs(), &config("a", json!({}))).await;
        let core = format!("{}/a", site.configs());
        for (body, why) in [("{nope", key), ("[]", map)] {
            site.send(ask("PATCH", &core).text(STRATEGIC, body))
                .await
                .refused(400, "BadRequest", why, json!(null));
        }
        let types = "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
        for kind in [STRATEGIC, JSON, "text/plain"] {
            site.send(ask("PATCH", &uri).text(kind, "{}"))
                .await
                .refused(415, "UnsupportedMediaType", types, json!(null));
        }
        site.send(ask("PATCH", &core).text(JSON, "{}"))
            .await
            .refused(
                415,
                "UnsupportedMediaType",
                "415: Unsupported Media Type",
                json!({}),
            );
    });
}

#[test]
fn unknown_fields_of_a_patched_object_are_warned_of_or_refused() {
    on_each(async |site| {
        let uri = fresh(site).await;
        let before = site.get(&uri).await.json();
        for (kind, body) in [
            (MERGE, json!({"spec": {"nonsense": 1}})),
            (
                JSON_PATCH,
                json!([{"op": "add", "path": "/spec/nonsense", "value": 1}]),
            ),
        ] {
            let warned = site.patch(&uri, kind, &body).await;
            assert_eq!(warned.warnings(), ["unknown field \"spec.nonsense\""]);
            assert_eq!(warned.expect(200).json(), before);
            let refused = site
                .patch(&format!("{uri}?fieldValidation=Strict"), kind, &body)
                .await
                .expect(422)
                .json();
            let message = refused["message"].as_str().unwrap();
            assert!(
                message.starts_with(" \"\" is invalid: patch: Invalid value: \"{"),
                "{message}"
            );
            assert!(
                message.ends_with("}\": strict decoding error: unknown field \"spec.nonsense\""),
                "{message}"
            );
            assert_eq!(refused["details"]["causes"][0]["field"], "patch");
        }
    });
}

#[test]
fn a_dry_patch_shows_what_would_be() {
    on_each(async |site| {
        let uri = fresh(site).await;
        let before = site.get(&uri).await.json();
        let shown = site
            .patch(
                &format!("{uri}?dryRun=All"),
                MERGE,
                &json!({"spec": {"priority": 7}}),
            )
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&shown["spec"]["priority"], &shown["metadata"]["generation"]),
            (&json!(7), &json!(2))
        );
        assert_eq!(site.get(&uri).await.json(), before);
    });
}

#[test]
fn a_strategic_patch_joins_sets_and_obeys_directives() {
    on_each(async |site| {
        let uri = format!("{}/a", site.configs());
        site.make(&site.configs(), &config("a", json!({"k": "v"})))
            .await;
        let step = async |body: Value| site.patch(&uri, STRATEGIC, &body).await.object(200);
        let done =
            step(json!({"data": {"a": "1", "k": null}, "metadata": {"finalizers": ["x/y"]}})).await;
        assert_eq!(
            (&done["data"], &done["metadata"]["finalizers"]),
            (&json!({"a": "1"}), &json!(["x/y"]))
        );
        let joined = step(json!({"metadata": {"finalizers": ["x/z"]}})).await;
        assert_eq!(joined["metadata"]["finalizers"], json!(["x/z", "x/y"]));
        let cleared =
            step(json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["x/y", "x/z"]}}))
                .await;
        assert!(cleared["metadata"]["finalizers"].is_null());
        let replaced = step(json!({"data": {"$patch": "replace", "n": "1"}})).await;
        assert_eq!(replaced["data"], json!({"n": "1"}));
    });
}

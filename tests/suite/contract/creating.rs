//! Creating: what the server fills in, what it refuses, and what it only pretends.
//! Apart from changing, which has an object to begin with.

use serde_json::json;

use super::site::*;

#[test]
fn a_new_custom_object_is_stamped_and_kept_as_sent() {
    on_each(async |site| {
        let made = site
            .post(&site.templates(), &template("a", json!({"x": "y"})))
            .await
            .expect(201)
            .json();
        let meta = &made["metadata"];
        for key in ["uid", "resourceVersion", "creationTimestamp"] {
            assert!(meta[key].is_string(), "{key}: {made}");
        }
        let mut wanted = template("a", json!({"x": "y"}));
        wanted["metadata"]["namespace"] = "NS".into();
        wanted["metadata"]["generation"] = 1.into();
        assert_eq!(bare(&made, &site.ns), wanted);
        let read = site.get(&format!("{}/a", site.templates())).await;
        assert_eq!(read.expect(200).json(), made);
    });
}

#[test]
fn a_new_config_map_has_no_generation_and_no_empty_maps() {
    on_each(async |site| {
        let mut sent = config("a", json!({}));
        sent["metadata"]["labels"] = json!({});
        sent["metadata"]["annotations"] = json!({});
        let made = site.post(&site.configs(), &sent).await.expect(201).json();
        assert_eq!(
            bare(&made, &site.ns),
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "NS"}})
        );
    });
}

#[test]
fn what_the_server_owns_is_not_taken_from_a_client() {
    on_each(async |site| {
        let mut sent = template("a", json!({}));
        sent["metadata"] = json!({"name": "a", "uid": "mine", "creationTimestamp": "2001-01-01T00:00:00Z", "generation": 7,
            "deletionTimestamp": "2001-01-01T00:00:00Z", "selfLink": "x", "annotations": {"a": "b"}});
        let made = site.post(&site.templates(), &sent).await.expect(201).json();
        assert_ne!(made["metadata"]["uid"], "mine");
        assert_ne!(
            made["metadata"]["creationTimestamp"],
            "2001-01-01T00:00:00Z"
        );
        assert_eq!(
            bare(&made, &site.ns)["metadata"],
            json!({"name": "a", "namespace": "NS", "generation": 1, "annotations": {"a": "b"}})
        );
    });
}

#[test]
fn names_are_generated_below_a_prefix() {
    on_each(async |site| {
        let mut sent = template("", json!({}));
        for (prefix, length) in [("run-".to_owned(), 9), ("g".repeat(70), 63)] {
            sent["metadata"] = json!({"generateName": prefix});
            let made = site.post(&site.templates(), &sent).await.expect(201).json();
            let name = made["metadata"]["name"].as_str().unwrap();
            assert_eq!(name.len(), length, "{name}");
            assert!(name.starts_with(&prefix[..4]));
            assert_eq!(made["metadata"]["generateName"], prefix);
        }
        sent["metadata"] = json!({"name": "named", "generateName": "run-"});
        let made = site.post(&site.templates(), &sent).await.expect(201).json();
        assert_eq!(
            made["metadata"]["name"], "named",
            "a name is taken before a prefix"
        );
    });
}

#[test]
fn a_name_in_use_is_refused_also_where_it_is_only_tried() {
    on_each(async |site| {
        let uri = site.templates();
        site.make(&uri, &template("a", json!({}))).await;
        for uri in [uri.clone(), format!("{uri}?dryRun=All"), format!("{uri}/a")] {
            site.post(&uri, &template("a", json!({}))).await.refused(
                409,
                "AlreadyExists",
                "workflowtemplates.argoproj.io \"a\" already exists",
                json!({"name": "a", "group": "argoproj.io", "kind": "workflowtemplates"}),
            );
        }
        site.make(&site.configs(), &config("a", json!({}))).await;
        site.post(&site.configs(), &config("a", json!({})))
            .await
            .refused(
                409,
                "AlreadyExists",
                "configmaps \"a\" already exists",
                json!({"name": "a", "kind": "configmaps"}),
            );
    });
}

#[test]
fn a_dry_run_answers_and_keeps_nothing() {
    on_each(async |site| {
        for (uri, body) in [
            (site.templates(), template("dry", json!({}))),
            (site.configs(), config("dry", json!({"a": "b"}))),
        ] {
            let made = site
                .post(&format!("{uri}?dryRun=All"), &body)
                .await
                .expect(201)
                .json();
            assert!(made["metadata"]["uid"].is_string());
            assert!(made["metadata"]["resourceVersion"].is_null());
            site.get(&format!("{uri}/dry")).await.expect(404);
        }
    });
}

#[test]
fn places_that_are_not_there_or_not_meant_are_refused() {
    on_each(async |site| {
        let elsewhere = "/apis/argoproj.io/v1alpha1/namespaces/tiphys-no-such/workflowtemplates";
        site.post(elsewhere, &template("a", json!({})))
            .await
            .refused(
                404,
                "NotFound",
                "namespaces \"tiphys-no-such\" not found",
                json!({"name": "tiphys-no-such", "kind": "namespaces"}),
            );
        let mut other = template("a", json!({}));
        other["metadata"]["namespace"] = "other".into();
        site.post(&site.templates(), &other).await.refused(
            400,
            "BadRequest",
            "the namespace of the provided object does not match the namespace sent on the request",
            json!(null),
        );
        let everywhere = site
            .post(
                "/apis/argoproj.io/v1alpha1/workflowtemplates",
                &template("a", json!({})),
            )
            .await;
        assert_eq!(
            (everywhere.code, everywhere.text().as_str()),
            (404, "404 page not found\n")
        );
        site.post("/api/v1/configmaps", &config("a", json!({})))
            .await
            .refused(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
                json!({}),
            );
        let mut versioned = config("a", json!({}));
        versioned["metadata"]["resourceVersion"] = "5".into();
        site.post(&site.configs(), &versioned).await.refused(
            500,
            "",
            "resourceVersion should not be set on objects to be created",
            json!(null),
        );
    });
}

#[test]
fn another_kind_is_refused() {
    on_each(async |site| {
        let mut other = template("x", json!({}));
        other["kind"] = "Workflow".into();
        let refused = site.post(&site.templates(), &other).await;
        refused.invalid(&[(
            "FieldValueInvalid",
            "kind",
            "Invalid value: \"Workflow\": must be WorkflowTemplate",
        )]);
        assert_eq!(
            refused.json()["message"],
            "Workflow.argoproj.io \"x\" is invalid: kind: Invalid value: \"Workflow\": must be WorkflowTemplate"
        );
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}});
        site.post(&site.templates(), &pod).await.refused(
            400,
            "BadRequest",
            "the API version in the data (v1) does not match the expected API version (argoproj.io/v1alpha1)",
            json!(null),
        );
        site.post(&site.configs(), &pod).await.refused(
            400,
            "BadRequest",
            "Pod in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion",
            json!(null),
        );
    });
}

#[test]
fn yaml_is_read_like_json() {
    on_each(async |site| {
        let text = "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: from-yaml}\nspec: {entrypoint: m}\n";
        let made = site
            .send(ask("POST", site.templates()).text("application/yaml", text))
            .await;
        assert_eq!(made.expect(201).json()["spec"], json!({"entrypoint": "m"}));
    });
}

#[test]
fn a_secret_keeps_plain_text_encoded() {
    on_each(async |site| {
        let sent = json!({"metadata": {"name": "s"}, "stringData": {"a": "b"}});
        let made = site
            .post(&site.path("", "secrets"), &sent)
            .await
            .object(201);
        assert_eq!(
            (&made["data"], &made["type"]),
            (&json!({"a": "Yg=="}), &json!("Opaque"))
        );
        assert!(made["stringData"].is_null());
    });
}

#[test]
fn an_event_must_be_about_something_in_its_namespace() {
    on_each(async |site| {
        let uri = site.path("", "events");
        site.post(&uri, &json!({"metadata": {"name": "e"}}))
            .await
            .invalid(&[(
                "FieldValueInvalid",
                "involvedObject.namespace",
                "Invalid value: \"\": does not match event.namespace",
            )]);
        let about = json!({"kind": "Pod", "namespace": site.ns, "name": "x"});
        let sent = json!({"metadata": {"name": "e"}, "involvedObject": about, "reason": "R", "message": "m", "type": "Normal"});
        let made = site.post(&uri, &sent).await.expect(201).json();
        assert_eq!(
            bare(&made, &site.ns),
            json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "NS"},
                "involvedObject": {"kind": "Pod", "namespace": "NS", "name": "x"}, "reason": "R", "message": "m", "source": {},
                "firstTimestamp": null, "lastTimestamp": null, "type": "Normal", "eventTime": null, "reportingComponent": "",
                "reportingInstance": ""})
        );
    });
}

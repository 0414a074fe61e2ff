//! Requests that cannot be read or are not meant: 400, 404, 405, 406 and 415, word for word.
//! Apart from the refusals of single operations, which stand beside what they do.

use serde_json::json;

use super::site::*;

const UNREADABLE: &str = "the object provided is unrecognized (must be of type WorkflowTemplate): ";

#[test]
fn bodies_that_are_no_object_are_refused() {
    on_each(async |site| {
        let go = "struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }";
        for (body, why) in [
            ("{nope", "couldn't get version/kind; json parse error: invalid character 'n' looking for beginning of object key string ({nope)".to_owned()),
            ("", "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)".to_owned()),
            ("[]", format!("couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type {go} (5b5d)")),
            ("\"x\"", format!("couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type {go} (227822)")),
            ("{}", "Object 'Kind' is missing in '{}' ({})".to_owned()),
        ] {
            let sent = ask("POST", site.templates()).text(JSON, body);
            site.send(sent).await.refused(400, "BadRequest", &format!("{UNREADABLE}{why}"), json!(null));
        }
        let body = json!({"kind": "WorkflowTemplate"});
        site.post(&site.templates(), &body).await.refused(
            400,
            "BadRequest",
            "the API version in the data () does not match the expected API version (argoproj.io/v1alpha1)",
            json!(null),
        );
    });
}

#[test]
fn fields_of_a_wrong_type_that_the_server_itself_reads_are_refused() {
    on_each(async |site| {
        let said = |kind: &str, version: &str, why: &str| {
            format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {why}")
        };
        for (meta, why) in [
            (
                json!({"name": 5}),
                "json: cannot unmarshal number into Go struct field ObjectMeta.name of type string",
            ),
            (
                json!({"name": "x", "labels": "z"}),
                "json: cannot unmarshal string into Go struct field ObjectMeta.labels of type map[string]string",
            ),
            (
                json!({"name": "x", "labels": {"a": 5}}),
                "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string",
            ),
            (
                json!({"name": "x", "finalizers": [5]}),
                "json: cannot unmarshal number into Go struct field ObjectMeta.finalizers of type string",
            ),
            (
                json!({"name": "x", "ownerReferences": [5]}),
                "json: cannot unmarshal number into Go struct field ObjectMeta.ownerReferences of type v1.OwnerReference",
            ),
            (
                json!({"name": "x", "creationTimestamp": "z"}),
                "parsing time \"z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"z\" as \"2006\"",
            ),
            (
                json!("x"),
                "json: cannot unmarshal string into Go value of type v1.ObjectMeta",
            ),
        ] {
            let mut sent = template("x", json!({}));
            sent["metadata"] = meta;
            let wanted = said("WorkflowTemplate", "v1alpha1", why);
            site.post(&site.templates(), &sent).await.refused(
                400,
                "BadRequest",
                &wanted,
                json!(null),
            );
        }
        for (sent, why) in [
            (
                json!({"metadata": {"name": 5}}),
                "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string",
            ),
            (
                json!({"metadata": {"name": "x"}, "data": {"k": 5}}),
                "json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
            ),
            (
                json!({"metadata": {"name": "x"}, "data": "q"}),
                "json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string",
            ),
        ] {
            let wanted = said("ConfigMap", "v1", why);
            site.post(&site.configs(), &sent).await.refused(
                400,
                "BadRequest",
                &wanted,
                json!(null),
            );
        }
    });
}

#[test]
fn unknown_fields_are_named_dropped_or_refused_as_asked() {
    on_each(async |site| {
        let mut sent = template("fv", json!({}));
        sent["metadata"]["wrong"] = 1.into();
        sent["top"] = 1.into();
        sent["spec"]["nonsense"] = 1.into();
        sent["spec"]["templates"][0]["foo"] = 2.into();
        sent["spec"]["templates"][0]["container"]["bar"] = json!({"q": 1});
        let fields = [
            "metadata.wrong",
            "spec.nonsense",
            "spec.templates[0].container.bar",
            "spec.templates[0].foo",
            "top",
        ];
        let texts = fields.map(|field| format!("unknown field \"{field}\""));
        let uri = |mode: &str| format!("{}?dryRun=All&fieldValidation={mode}", site.templates());
        let message = format!(
            "WorkflowTemplate in version \"v1alpha1\" cannot be handled as a WorkflowTemplate: strict decoding error: {}",
            texts.join(", ")
        );
        site.post(&uri("Strict"), &sent)
            .await
            .refused(400, "BadRequest", &message, json!(null));
        for (mode, warnings) in [("Warn", &texts[..]), ("", &texts), ("Ignore", &[])] {
            let made = site.post(&uri(mode), &sent).await;
            assert_eq!(made.warnings(), warnings, "{mode}");
            assert_eq!(made.object(201)["spec"], template("fv", json!({}))["spec"]);
        }
        let sent = json!({"metadata": {"name": "fv", "wrong": 1}, "data": {}, "top": {"x": 1}});
        site.post(&format!("{}?dryRun=All&fieldValidation=Strict", site.configs()), &sent).await.refused(
            400,
            "BadRequest",
            "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"metadata.wrong\", unknown field \"top\"",
            json!(null),
        );
    });
}

#[test]
fn fields_that_are_named_twice_are_refused_where_it_is_strict() {
    on_each(async |site| {
        let text = r#"{"apiVersion":"argoproj.io/v1alpha1","kind":"WorkflowTemplate","metadata":{"name":"a","name":"b"},"spec":{"entrypoint":"m","entrypoint":"n"}}"#;
        let uri = format!("{}?dryRun=All&fieldValidation=Strict", site.templates());
        site.send(ask("POST", uri).text(JSON, text)).await.refused(
            400,
            "BadRequest",
            "WorkflowTemplate in version \"v1alpha1\" cannot be handled as a WorkflowTemplate: strict decoding error: duplicate field \"metadata.name\", duplicate field \"spec.entrypoint\"",
            json!(null),
        );
    });
}

#[test]
fn options_nobody_knows_are_refused() {
    on_each(async |site| {
        let body = config("x", json!({}));
        let dry = (
            "FieldValueNotSupported",
            "dryRun",
            "Unsupported value: [\"Some\"]: supported values: \"All\"",
        );
        let fields = (
            "FieldValueNotSupported",
            "fieldValidation",
            "Unsupported value: \"Nope\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"",
        );
        let uri = |query: &str| format!("{}?{query}", site.configs());
        let one = |query: &str| format!("{}/x?{query}", site.configs());
        site.post(&uri("dryRun=Some"), &body).await.invalid(&[dry]);
        site.post(&uri("fieldValidation=Nope"), &body)
            .await
            .invalid(&[fields]);
        site.make(&site.configs(), &body).await;
        site.put(&one("dryRun=Some"), &body).await.invalid(&[dry]);
        site.patch(&one("dryRun=Some"), MERGE, &json!({}))
            .await
            .invalid(&[dry]);
        site.patch(&one("fieldValidation=Nope"), MERGE, &json!({}))
            .await
            .invalid(&[fields]);
        site.patch(&one("force=true"), MERGE, &json!({}))
            .await
            .invalid(&[(
                "FieldValueForbidden",
                "force",
                "Forbidden: may not be specified for non-apply patch",
            )]);
        let refused = site.delete(&one("dryRun=Some")).await;
        refused.invalid(&[dry]);
        assert_eq!(refused.json()["details"]["kind"], "DeleteOptions");
        site.get(&one("x=y")).await.expect(200);
    });
}

#[test]
fn paths_nobody_serves_are_said_to_be_missing() {
    on_each(async |site| {
        let ns = &site.ns;
        for path in [
            "/nope",
            "/apis/nope.io",
            "/apis/nope.io/v1",
            "/apis/argoproj.io/v9",
            "/apis/argoproj.io/v1alpha9/workflows",
            "/apis/argoproj.io/v1alpha1/nopes",
            "/apis/argoproj.io/v1alpha1/workflows/x",
        ] {
            let answer = site.get(path).await;
            assert_eq!(
                (answer.code, answer.text().as_str()),
                (404, "404 page not found\n"),
                "{path}"
            );
            let kind = answer.headers["content-type"].to_str().unwrap();
            assert!(kind.starts_with("text/plain"), "{path}");
        }
        let argo = format!("/apis/argoproj.io/v1alpha1/namespaces/{ns}");
        for path in [
            argo.clone(),
            format!("{argo}/clusterworkflowtemplates"),
            format!("{argo}/nopes/x"),
        ] {
            assert_eq!(
                site.get(&path).await.text(),
                "404 page not found\n",
                "{path}"
            );
        }
        let core = format!("/api/v1/namespaces/{ns}");
        for path in [
            "/api/v2".to_owned(),
            "/api/v1/nopes".to_owned(),
            format!("{core}/nopes"),
            format!("{core}/nodes"),
            "/api/v1/pods/x".to_owned(),
            format!("{core}/configmaps/x/status"),
            format!("{core}/pods/x/nope"),
        ] {
            site.get(&path).await.refused(
                404,
                "NotFound",
                "the server could not find the requested resource",
                json!({}),
            );
        }
        site.get(&format!("{}/none", site.templates()))
            .await
            .refused(
                404,
                "NotFound",
                "workflowtemplates.argoproj.io \"none\" not found",
                json!({"name": "none", "group": "argoproj.io", "kind": "workflowtemplates"}),
            );
        site.get(&format!("{}/none", site.configs())).await.refused(
            404,
            "NotFound",
            "configmaps \"none\" not found",
            json!({"name": "none", "kind": "configmaps"}),
        );
    });
}

#[test]
fn methods_nobody_meant_are_refused() {
    on_each(async |site| {
        let body = json!({});
        for method in ["PUT", "PATCH"] {
            let kind = if method == "PUT" { JSON } else { MERGE };
            site.send(ask(method, site.templates()).body(kind, &body))
                .await
                .refused(400, "BadRequest", "name must be provided", json!(null));
        }
        let not_allowed = "the server does not allow this method on the requested resource";
        for (method, uri) in [
            ("PUT", site.configs()),
            ("POST", format!("{}/x", site.configs())),
            ("DELETE", "/api/v1/namespaces".to_owned()),
            ("DELETE", "/api/v1/configmaps".to_owned()),
            ("POST", "/version".to_owned()),
            (
                "GET",
                "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews".to_owned(),
            ),
        ] {
            site.send(ask(method, &uri).body(JSON, &body))
                .await
                .refused(405, "MethodNotAllowed", not_allowed, json!({}));
        }
    });
}

#[test]
fn media_types_nobody_speaks_are_refused() {
    on_each(async |site| {
        let served = "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf";
        for accept in [
            "text/html",
            "application/xml",
            "application/json;as=Table;g=meta.k8s.io;v=v9",
            "application/json;as=Nope;g=meta.k8s.io;v=v1",
            "application/json;as=Table;v=v1",
        ] {
            site.send(ask("GET", site.templates()).accept(accept))
                .await
                .refused(406, "NotAcceptable", served, json!(null));
        }
        let body = template("x", json!({}));
        let read = "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf";
        for kind in ["text/plain", "application/xml"] {
            site.send(ask("POST", site.templates()).body(kind, &body))
                .await
                .refused(415, "UnsupportedMediaType", read, json!(null));
        }
    });
}

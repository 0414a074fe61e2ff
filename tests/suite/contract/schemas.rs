//! What the schemas of Argo's kinds refuse and fill in, and what `metadata` may hold.
//! Apart from creating and changing, which are judged alike.

use serde_json::{Value, json};

use super::site::*;

const SKIPPED: (&str, &str, &str) = (
    "FieldValueInvalid",
    "<nil>",
    "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
);

async fn tried(site: &Site, spec: Value) -> Answer {
    let mut body = template("x", json!({}));
    body["spec"] = spec;
    site.post(&format!("{}?dryRun=All", site.templates()), &body)
        .await
}

fn container(more: Value) -> Value {
    let mut container = json!({"image": "x"});
    for (key, value) in more.as_object().unwrap() {
        container[key] = value.clone();
    }
    json!({"templates": [{"name": "m", "container": container}]})
}

#[test]
fn types_are_checked() {
    on_each(async |site| {
        let refused = tried(
            site,
            json!({"suspend": 1, "shutdown": [], "onExit": 1.5, "priority": "x", "templates": {}}),
        )
        .await;
        let wrong = |field: &'static str, wanted: &str, found: &str| {
            (
                field,
                format!(
                    "Invalid value: \"{found}\": {field} in body must be of type {wanted}: \"{found}\""
                ),
            )
        };
        let all = [
            wrong("spec.suspend", "boolean", "integer"),
            wrong("spec.shutdown", "string", "array"),
            wrong("spec.onExit", "string", "number"),
            wrong("spec.priority", "integer", "string"),
            wrong("spec.templates", "array", "object"),
        ];
        let mut causes: Vec<_> = all
            .iter()
            .map(|(field, message)| ("FieldValueTypeInvalid", *field, message.as_str()))
            .collect();
        causes.push(SKIPPED);
        refused.invalid(&causes);
        tried(site, json!({"parallelism": 1.5})).await.invalid(&[
            ("FieldValueTypeInvalid", "spec.parallelism", "Invalid value: \"float64\": spec.parallelism in body must be of type int64: \"float64\""),
            ("FieldValueInvalid", "<nil>", "Invalid value: \"\": Checked value must be of type integer with format int64 in spec.parallelism"),
            SKIPPED,
        ]);
        let nulls = tried(site, json!({"templates": [null]})).await;
        nulls.invalid(&[
            ("FieldValueTypeInvalid", "spec.templates[0]", "Invalid value: \"null\": spec.templates[0] in body must be of type object: \"null\""),
            SKIPPED,
        ]);
    });
}

#[test]
fn required_fields_choices_and_bounds_are_checked() {
    on_each(async |site| {
        tried(site, container(json!({"env": [{"value": "1"}]})))
            .await
            .invalid(&[
                (
                    "FieldValueRequired",
                    "spec.templates[0].container.env[0].name",
                    "Required value",
                ),
                SKIPPED,
            ]);
        tried(site, json!({"podGC": {"strategy": "Nope"}})).await.invalid(&[
            ("FieldValueNotSupported", "spec.podGC.strategy", "Unsupported value: \"Nope\": supported values: \"\", \"OnPodCompletion\", \"OnPodSuccess\", \"OnWorkflowCompletion\", \"OnWorkflowSuccess\""),
            SKIPPED,
        ]);
        tried(site, json!({"parallelism": 0, "templates": [{"name": "m m"}]})).await.invalid(&[
            ("FieldValueInvalid", "spec.parallelism", "Invalid value: 0: spec.parallelism in body should be greater than or equal to 1"),
            ("FieldValueInvalid", "spec.templates[0].name", "Invalid value: \"m m\": spec.templates[0].name in body should match '^[a-zA-Z0-9][-a-zA-Z0-9]*$'"),
        ]);
        tried(
            site,
            container(json!({"ports": [{"containerPort": 80}, {"containerPort": 80}]})),
        )
        .await
        .invalid(&[(
            "FieldValueDuplicate",
            "spec.templates[0].container.ports[1]",
            "Duplicate value: {\"containerPort\":80,\"protocol\":\"TCP\"}",
        )]);
        let cron = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "CronWorkflow", "metadata": {"name": "c"}, "spec": {"schedules": [], "concurrencyPolicy": "Maybe"}});
        site.post(&site.path("/apis/argoproj.io/v1alpha1", "cronworkflows"), &cron).await.invalid(&[
            ("FieldValueInvalid", "spec.schedules", "Invalid value: 0: spec.schedules in body should have at least 1 items"),
            ("FieldValueNotSupported", "spec.concurrencyPolicy", "Unsupported value: \"Maybe\": supported values: \"Allow\", \"Forbid\", \"Replace\""),
            ("FieldValueRequired", "spec.workflowSpec", "Required value"),
            SKIPPED,
        ]);
    });
}

#[test]
fn rules_are_checked_where_nothing_else_is_wrong() {
    on_each(async |site| {
        tried(
            site,
            json!({"templates": [{"name": "m", "container": {"image": "x"}, "suspend": {}}]}),
        )
        .await
        .invalid(&[(
            "FieldValueInvalid",
            "spec.templates",
            "Invalid value: template must have at most one template type",
        )]);
        let task = json!({"name": "1", "template": "x", "depends": "a", "dependencies": ["b"]});
        let path = "spec.templates[0].dag.tasks[0]";
        tried(site, json!({"templates": [{"name": "m", "dag": {"tasks": [task]}}]})).await.invalid(&[
            ("FieldValueInvalid", path, "Invalid value: cannot use both 'depends' and 'dependencies'"),
            ("FieldValueInvalid", path, "Invalid value: task name cannot begin with a digit when using 'depends' or 'dependencies'"),
        ]);
    });
}

#[test]
fn a_status_is_checked_like_a_spec() {
    on_each(async |site| {
        site.make(&site.workflows(), &workflow("a")).await;
        let uri = format!("{}/a", site.workflows());
        let mut causes = vec![SKIPPED];
        for field in [
            "status.nodes.x.id",
            "status.nodes.x.name",
            "status.nodes.x.type",
        ] {
            causes.push(("FieldValueRequired", field, "Required value"));
        }
        site.patch(
            &uri,
            MERGE,
            &json!({"status": {"nodes": {"x": {"phase": "Running"}}}}),
        )
        .await
        .invalid(&causes);
        site.patch(&uri, MERGE, &json!({"status": {"startedAt": "yesterday"}})).await.invalid(&[
            ("FieldValueTypeInvalid", "status.startedAt", "Invalid value: \"yesterday\": status.startedAt in body must be of type date-time: \"yesterday\""),
            SKIPPED,
        ]);
        site.patch(&uri, MERGE, &json!({"spec": null}))
            .await
            .invalid(&[("FieldValueRequired", "spec", "Required value"), SKIPPED]);
        let shut = site
            .patch(&uri, MERGE, &json!({"spec": {"shutdown": "Now"}}))
            .await
            .object(200);
        assert_eq!(shut["spec"]["shutdown"], "Now", "nobody checks the word");
    });
}

#[test]
fn defaults_are_filled_in_and_nulls_dropped() {
    on_each(async |site| {
        let ports = container(json!({"ports": [{"containerPort": 80}]}));
        let done = tried(site, ports).await.object(201);
        assert_eq!(
            done["spec"]["templates"][0]["container"]["ports"],
            json!([{"containerPort": 80, "protocol": "TCP"}])
        );
        let done = tried(
            site,
            json!({"priority": null, "parallelism": 1.0, "entrypoint": "m"}),
        )
        .await
        .object(201);
        assert_eq!(done["spec"], json!({"parallelism": 1, "entrypoint": "m"}));
    });
}

#[test]
fn metadata_is_checked_for_every_kind() {
    on_each(async |site| {
        let subdomain = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
        let name = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
        let value = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
        for (meta, field, found, why) in [
            (json!({"name": "X_y"}), "metadata.name", "X_y", subdomain),
            (
                json!({"name": "n".repeat(254)}),
                "metadata.name",
                &"n".repeat(254),
                "must be no more than 253 characters",
            ),
            (
                json!({"name": "x", "labels": {"a b": "c"}}),
                "metadata.labels",
                "a b",
                name,
            ),
            (
                json!({"name": "x", "labels": {"a": "c d"}}),
                "metadata.labels",
                "c d",
                value,
            ),
            (
                json!({"name": "x", "labels": {"a": "v".repeat(64)}}),
                "metadata.labels",
                &"v".repeat(64),
                "must be no more than 63 bytes",
            ),
            (
                json!({"name": "x", "labels": {"x".repeat(64): "v"}}),
                "metadata.labels",
                &"x".repeat(64),
                "name part must be no more than 63 bytes",
            ),
            (
                json!({"name": "x", "annotations": {"b c": ""}}),
                "metadata.annotations",
                "b c",
                name,
            ),
            (
                json!({"name": "x", "finalizers": ["bad one"]}),
                "metadata.finalizers",
                "bad one",
                name,
            ),
        ] {
            let mut sent = template("x", json!({}));
            sent["metadata"] = meta;
            let message = format!("Invalid value: {}: {why}", json!(found));
            site.post(&site.templates(), &sent).await.invalid(&[(
                "FieldValueInvalid",
                field,
                &message,
            )]);
        }
        let mut sent = template("x", json!({}));
        sent["metadata"] = json!({"name": "x", "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "q"}]});
        site.post(&site.templates(), &sent).await.invalid(&[(
            "FieldValueInvalid",
            "metadata.ownerReferences.uid",
            "Invalid value: \"\": must not be empty",
        )]);
        sent["metadata"] = json!({});
        site.post(&site.templates(), &sent).await.invalid(&[
            (
                "FieldValueRequired",
                "metadata.name",
                "Required value: name or generateName is required",
            ),
            SKIPPED,
        ]);
        let key = "Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
        site.post(&site.configs(), &config("x", json!({"a b": "c"})))
            .await
            .invalid(&[("FieldValueInvalid", "data[a b]", key)]);
        let label = "Invalid value: \"Bad\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
        site.post("/api/v1/namespaces", &json!({"metadata": {"name": "Bad"}}))
            .await
            .invalid(&[("FieldValueInvalid", "metadata.name", label)]);
        site.post("/api/v1/namespaces", &json!({"metadata": {"name": "a.b"}}))
            .await
            .invalid(&[(
                "FieldValueInvalid",
                "metadata.name",
                "Invalid value: \"a.b\": must not contain dots",
            )]);
    });
}

//! Server-side apply: objects made, fields owned, conflicts, and what goes when nobody wants it any more.
//! Apart from the other patches.

use serde_json::{Value, json};

use super::site::*;

fn uri(site: &Site, query: &str) -> String {
    format!("{}/ap?{query}", site.configs())
}

async fn apply(site: &Site, query: &str, data: Value) -> Answer {
    site.patch(&uri(site, query), APPLY, &config("ap", data))
        .await
}

fn owners(answer: &Value) -> Vec<(String, String, Value)> {
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
    let entries = answer["metadata"]["managedFields"].as_array();
    let mut all: Vec<_> = entries
        .into_iter()
        .flatten()
        .map(|entry| {
            (
                text(entry, "manager"),
                text(entry, "operation"),
                entry["fieldsV1"].clone(),
            )
        })
        .collect();
    all.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    all
}

fn own(manager: &str, operation: &str, keys: &[&str]) -> (String, String, Value) {
    let fields: serde_json::Map<String, Value> = keys
        .iter()
        .map(|key| (format!("f:{key}"), json!({})))
        .collect();
    (
        manager.to_owned(),
        operation.to_owned(),
        json!({"f:data": fields}),
    )
}

#[test]
fn an_apply_makes_what_is_not_there_and_repeating_it_changes_nothing() {
    on_each(async |site| {
        let made = apply(site, "fieldManager=one", json!({"a": "1", "b": "2"}))
            .await
            .expect(201)
            .json();
        assert_eq!(made["data"], json!({"a": "1", "b": "2"}));
        assert_eq!(owners(&made), [own("one", "Apply", &["a", "b"])]);
        let again = apply(site, "fieldManager=one", json!({"a": "1", "b": "2"}))
            .await
            .expect(200)
            .json();
        assert_eq!(again, made);
        let tried = site
            .patch(
                &format!("{}/dry?fieldManager=one&dryRun=All", site.configs()),
                APPLY,
                &config("dry", json!({})),
            )
            .await;
        tried.expect(201);
        site.get(&format!("{}/dry", site.configs()))
            .await
            .expect(404);
    });
}

#[test]
fn what_is_made_and_changed_without_an_apply_has_owners_too() {
    on_each(async |site| {
        let mut object = config("ap", json!({"a": "1", "b": "2"}));
        object["metadata"]["labels"] = json!({"l": "x"});
        let made = site
            .post(&format!("{}?fieldManager=maker", site.configs()), &object)
            .await
            .expect(201)
            .json();
        let of_the_maker = json!({"f:data": {".": {}, "f:a": {}, "f:b": {}}, "f:metadata": {"f:labels": {".": {}, "f:l": {}}}});
        let owner =
            |manager: &str, fields: Value| (manager.to_owned(), "Update".to_owned(), fields);
        assert_eq!(owners(&made), [owner("maker", of_the_maker)]);
        let patched = site
            .patch(
                &uri(site, "fieldManager=patcher"),
                MERGE,
                &json!({"data": {"a": "9", "c": "3"}, "metadata": {"labels": null}}),
            )
            .await
            .expect(200)
            .json();
        assert_eq!(
            owners(&patched),
            [
                owner("maker", json!({"f:data": {".": {}, "f:b": {}}})),
                owner("patcher", json!({"f:data": {"f:a": {}, "f:c": {}}})),
            ]
        );
        apply(site, "fieldManager=one", json!({"a": "1"})).await.refused(
            409,
            "Conflict",
            "Apply failed with 1 conflict: conflict with \"patcher\" using v1: .data.a",
            json!({"causes": [{"reason": "FieldManagerConflict", "message": "conflict with \"patcher\" using v1", "field": ".data.a"}]}),
        );
        // What is wanted as it is, is shared.
        let shared = apply(site, "fieldManager=one", json!({"b": "2"}))
            .await
            .expect(200)
            .json();
        assert_eq!(owners(&shared)[1], own("one", "Apply", &["b"]));
    });
}

#[test]
fn a_workflow_names_who_made_every_map_of_it() {
    on_each(async |site| {
        let uri = format!("{}?fieldManager=maker", site.templates());
        let made = site
            .post(&uri, &template("t", json!({})))
            .await
            .expect(201)
            .json();
        let found = owners(&made);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].2["f:spec"]["."], json!({}));
        let keys =
            |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        let mut spec = keys(&made["spec"]);
        spec.iter_mut().for_each(|key| key.insert_str(0, "f:"));
        spec.push(".".to_owned());
        spec.sort();
        let mut named = keys(&found[0].2["f:spec"]);
        named.sort();
        assert_eq!(named, spec);
    });
}

#[test]
fn fields_of_others_are_conflicts_until_they_are_forced() {
    on_each(async |site| {
        apply(site, "fieldManager=one", json!({"a": "1", "b": "2"}))
            .await
            .expect(201);
        apply(site, "fieldManager=two", json!({"a": "9", "c": "3"})).await.refused(
            409,
            "Conflict",
            "Apply failed with 1 conflict: conflict with \"one\": .data.a",
            json!({"causes": [{"reason": "FieldManagerConflict", "message": "conflict with \"one\"", "field": ".data.a"}]}),
        );
        let shared = apply(site, "fieldManager=two", json!({"a": "1"}))
            .await
            .expect(200)
            .json();
        assert_eq!(
            owners(&shared),
            [
                own("one", "Apply", &["a", "b"]),
                own("two", "Apply", &["a"])
            ],
            "the same value is shared"
        );
        let forced = apply(
            site,
            "fieldManager=two&force=true",
            json!({"a": "9", "c": "3"}),
        )
        .await
        .expect(200)
        .json();
        assert_eq!(forced["data"], json!({"a": "9", "b": "2", "c": "3"}));
        assert_eq!(
            owners(&forced),
            [
                own("one", "Apply", &["b"]),
                own("two", "Apply", &["a", "c"])
            ]
        );
        let both = apply(
            site,
            "fieldManager=one",
            json!({"a": "0", "b": "2", "c": "0"}),
        )
        .await
        .expect(409)
        .json();
        assert_eq!(
            both["message"],
            "Apply failed with 2 conflicts: conflicts with \"two\":\n- .data.a\n- .data.c"
        );
    });
}

#[test]
fn what_is_no_longer_wanted_goes() {
    on_each(async |site| {
        apply(site, "fieldManager=one", json!({"a": "1", "b": "2"}))
            .await
            .expect(201);
        apply(site, "fieldManager=two", json!({"c": "3"}))
            .await
            .expect(200);
        let less = apply(site, "fieldManager=one", json!({"b": "2"}))
            .await
            .expect(200)
            .json();
        assert_eq!(less["data"], json!({"b": "2", "c": "3"}));
        let bare = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ap"}});
        let nothing = site
            .patch(&uri(site, "fieldManager=one"), APPLY, &bare)
            .await
            .expect(200)
            .json();
        assert_eq!(nothing["data"], json!({"c": "3"}));
        assert_eq!(owners(&nothing), [own("two", "Apply", &["c"])]);
    });
}

#[test]
fn whoever_updates_a_field_owns_it() {
    on_each(async |site| {
        apply(site, "fieldManager=one", json!({"a": "1", "c": "3"}))
            .await
            .expect(201);
        let updated = site
            .patch(
                &uri(site, "fieldManager=three"),
                MERGE,
                &json!({"data": {"c": "up"}}),
            )
            .await
            .expect(200)
            .json();
        assert_eq!(
            owners(&updated),
            [own("one", "Apply", &["a"]), own("three", "Update", &["c"])]
        );
        apply(site, "fieldManager=one", json!({"a": "1", "c": "3"})).await.refused(
            409,
            "Conflict",
            "Apply failed with 1 conflict: conflict with \"three\" using v1: .data.c",
            json!({"causes": [{"reason": "FieldManagerConflict", "message": "conflict with \"three\" using v1", "field": ".data.c"}]}),
        );
    });
}

#[test]
fn a_custom_object_is_applied_by_its_schema() {
    on_each(async |site| {
        let uri = |query: &str| format!("{}/ap?{query}", site.templates());
        let text = "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata:\n  name: ap\nspec:\n  entrypoint: m\n  templates:\n  - name: q\n    suspend: {}\n";
        let made = site
            .send(ask("PATCH", uri("fieldManager=one")).text(APPLY, text))
            .await
            .expect(201)
            .json();
        assert_eq!(
            made["spec"],
            json!({"entrypoint": "m", "templates": [{"name": "q", "suspend": {}}]})
        );
        let fields = json!({"f:spec": {"f:entrypoint": {}, "f:templates": {}}});
        assert_eq!(
            owners(&made),
            [("one".to_owned(), "Apply".to_owned(), fields)],
            "lists without keys are one field"
        );
        let mut other = template("ap", json!({}));
        other["metadata"] = json!({"name": "ap"});
        other["spec"] = json!({"entrypoint": "x", "templates": []});
        let conflict = site
            .patch(&uri("fieldManager=two"), APPLY, &other)
            .await
            .expect(409)
            .json();
        assert_eq!(
            conflict["message"],
            "Apply failed with 2 conflicts: conflicts with \"one\":\n- .spec.entrypoint\n- .spec.templates"
        );
        let forced = site
            .patch(&uri("fieldManager=two&force=true"), APPLY, &other)
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&forced["spec"], &forced["metadata"]["generation"]),
            (&other["spec"], &json!(2))
        );
    });
}

#[test]
fn applies_that_cannot_be_read_are_refused() {
    on_each(async |site| {
        site.patch(&uri(site, ""), APPLY, &config("ap", json!({})))
            .await
            .invalid(&[(
                "FieldValueRequired",
                "fieldManager",
                "Required value: is required for apply patch",
            )]);
        let at = uri(site, "fieldManager=one");
        let mut owned = config("ap", json!({}));
        owned["metadata"]["managedFields"] = json!([{}]);
        for (body, message) in [
            (
                json!({"metadata": {"name": "ap"}}),
                "invalid object type: /, Kind=",
            ),
            (
                config("other", json!({})),
                "the name of the object (other) does not match the name on the URL (ap)",
            ),
            (owned, "metadata.managedFields must be nil"),
        ] {
            site.patch(&at, APPLY, &body)
                .await
                .refused(400, "BadRequest", message, json!(null));
        }
        let mut unknown = config("ap", json!({}));
        unknown["nope"] = 1.into();
        site.patch(&at, APPLY, &unknown).await.refused(
            500,
            "",
            "failed to create typed patch object (/ap; /v1, Kind=ConfigMap): .nope: field not declared in schema",
            json!(null),
        );
    });
}

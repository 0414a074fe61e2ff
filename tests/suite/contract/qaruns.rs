//! QARuns by their definition: it is taken and served, and its schema and each of its rules refuse what they should.
//! Apart from Argo's kinds, whose definitions are others'.

use serde_json::{Value, json};
use tiphys::library::{Made, render, render_template};
use tiphys::model::qarun::{Spec, Template};
use tiphys::wire::qarun::{DEFINITION, QaRun};

use super::site::*;

const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const STARTED: &str = "2026-11-22T02:14:00Z";

fn runs(site: &Site) -> String {
    site.path("/apis/agents.platform/v1", "qaruns")
}

/// Applies the definition and waits until its kind is served.
async fn defined(site: &Site) -> Value {
    let uri = format!("{CRDS}/qaruns.agents.platform");
    let apply = ask(
        "PATCH",
        format!("{uri}?fieldManager=tiphys-contract&force=true"),
    );
    let answer = site.send(apply.text(APPLY, DEFINITION)).await;
    assert!(matches!(answer.code, 200 | 201), "{}", answer.text());
    site.eventually(async || {
        let now = site.get(&uri).await.expect(200).json();
        let all = now["status"]["conditions"].as_array().cloned();
        let holds = |c: &Value| c["type"] == "Established" && c["status"] == "True";
        all.is_some_and(|all| all.iter().any(holds)) && site.get(&runs(site)).await.code == 200
    })
    .await;
    site.get(&uri).await.json()
}

fn criterion(id: &str) -> Value {
    json!({"id": id, "text": "it holds", "kind": "command", "command": {"argv": ["true"]}})
}

fn spec() -> Value {
    json!({
        "taskId": "15.10", "service": "refunds", "criteria": [criterion("a"), criterion("b")],
        "environments": [{"name": "staging"}, {"name": "preprod"}],
        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
    })
}

fn run(name: &str, spec: Value) -> Value {
    json!({"apiVersion": "agents.platform/v1", "kind": "QARun", "metadata": {"name": name}, "spec": spec})
}

/// A spec with some of its fields replaced; null takes one away.
fn but(changes: Value) -> Value {
    let mut spec = spec();
    for (key, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => spec.as_object_mut().unwrap().remove(key),
            value => spec
                .as_object_mut()
                .unwrap()
                .insert(key.clone(), value.clone()),
        };
    }
    spec
}

/// What is wrong with a new run of this spec.
async fn tried(site: &Site, spec: Value) -> Answer {
    let uri = format!("{}?dryRun=All", runs(site));
    site.post(&uri, &run("x", spec)).await
}

async fn rule(site: &Site, spec: Value, field: &str, message: &str) {
    let message = format!("Invalid value: {message}");
    tried(site, spec)
        .await
        .invalid(&[("FieldValueInvalid", field, &message)]);
}

#[test]
fn the_definition_is_established_and_served() {
    on_each(async |site| {
        let made = defined(site).await;
        assert_eq!(
            made["status"]["acceptedNames"]["shortNames"],
            json!(["qar"])
        );
        let kinds = site
            .get("/apis/agents.platform/v1")
            .await
            .expect(200)
            .json();
        let kinds = kinds["resources"].as_array().unwrap();
        let names: Vec<&str> = kinds
            .iter()
            .map(|kind| kind["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["qaruns", "qaruns/status"]);
        assert_eq!(kinds[0]["categories"], json!(["all", "agents", "qa"]));
        assert_eq!(kinds[1]["verbs"].as_array().unwrap().len(), 3);
    });
}

#[test]
fn a_run_is_kept_with_its_defaults_and_without_a_status_of_its_maker() {
    on_each(async |site| {
        defined(site).await;
        let mut sent = run("a", spec());
        sent["status"] = json!({"phase": "Succeeded"});
        let made = site.post(&runs(site), &sent).await.object(201);
        assert_eq!(made["spec"]["attempt"], 1);
        assert_eq!(made["spec"]["criteria"][0]["required"], true);
        assert_eq!(made["status"], Value::Null, "a status is written apart");
        let uri = format!("{}/a", runs(site));
        let status = json!({"status": {"phase": "Running", "startedAt": STARTED, "attempt": 1, "progress": "1/2",
            "environment": "staging,preprod", "message": "it runs"}, "spec": {"service": "carts"}});
        let told = site
            .patch(&format!("{uri}/status"), MERGE, &status)
            .await
            .object(200);
        assert_eq!(
            told["spec"]["service"], "refunds",
            "a status is all that is written there"
        );
        let table = site
            .send(ask("GET", &uri).accept(TABLE))
            .await
            .expect(200)
            .json();
        let titles: Vec<&str> = (table["columnDefinitions"].as_array().unwrap().iter())
            .map(|column| column["name"].as_str().unwrap())
            .collect();
        assert_eq!(
            titles,
            [
                "Name",
                "Task",
                "Service",
                "Environment",
                "Phase",
                "Verdict",
                "Progress",
                "Attempt",
                "Started",
                "Finished",
                "Message",
                "Template",
                "Asked",
                "Retries",
                "Suspend",
                "Shutdown",
                "Next",
                "Age"
            ]
        );
        let mut cells = table["rows"][0]["cells"].as_array().unwrap().clone();
        assert!(cells.pop().unwrap().as_str().unwrap().ends_with('s'));
        assert_eq!(
            Value::from(cells),
            json!([
                "a",
                "15.10",
                "refunds",
                "staging,preprod",
                "Running",
                null,
                "1/2",
                1,
                STARTED,
                null,
                "it runs"
            ])
        );
    });
}

#[test]
fn a_task_is_text_and_ids_are_unique_names() {
    on_each(async |site| {
        defined(site).await;
        let skipped = (
            "FieldValueInvalid",
            "<nil>",
            "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
        );
        tried(site, but(json!({"taskId": 15.1}))).await.invalid(&[
            (
                "FieldValueTypeInvalid",
                "spec.taskId",
                "Invalid value: \"number\": spec.taskId in body must be of type string: \"number\"",
            ),
            skipped,
        ]);
        let twice = json!({"criteria": [criterion("a"), criterion("a")]});
        tried(site, but(twice)).await.invalid(&[(
            "FieldValueDuplicate",
            "spec.criteria[1]",
            "Duplicate value: {\"id\":\"a\"}",
        )]);
        tried(site, but(json!({"criteria": [criterion("A b")]}))).await.invalid(&[(
            "FieldValueInvalid",
            "spec.criteria[0].id",
            "Invalid value: \"A b\": spec.criteria[0].id in body should match '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'",
        )]);
        let many: Vec<Value> = (0..101).map(|n| criterion(&format!("c{n}"))).collect();
        tried(site, but(json!({"criteria": many}))).await.invalid(&[
            (
                "FieldValueTooMany",
                "spec.criteria",
                "Too many: 101: must have at most 100 items",
            ),
            skipped,
        ]);
        tried(site, but(json!({"service": null}))).await.invalid(&[
            ("FieldValueRequired", "spec.service", "Required value"),
            skipped,
        ]);
    });
}

#[test]
fn each_rule_refuses_a_new_run_in_its_own_words() {
    on_each(async |site| {
        defined(site).await;
        let with = |field: &str, value: Value| {
            let mut one = criterion("a");
            one[field] = value;
            json!({"criteria": [one]})
        };
        let kinds =
            "a criterion has the check of its kind, in the field of that name, and no other";
        let one = "a command is either argv or a script";
        let key = json!({"name": "s", "key": "k"});
        let repository = "https://git.example/x";
        for (changes, field, message) in [
            (with("kind", json!("manual")), "spec.criteria[0]", kinds),
            (
                with("http", json!({"url": "/x"})),
                "spec.criteria[0]",
                kinds,
            ),
            (with("command", json!({})), "spec.criteria[0].command", one),
            (
                with("command", json!({"argv": ["x"], "script": "x"})),
                "spec.criteria[0].command",
                one,
            ),
            (
                json!({"criteria": null}),
                "spec.criteria",
                "a builtin template needs at least one criterion",
            ),
            (
                json!({"template": {"name": "nope"}}),
                "spec.template.name",
                "there is no such builtin template; there are acceptance, multi-environment, smoke",
            ),
            (
                json!({"template": {"name": "multi-environment"}, "environments": null}),
                "spec.environments",
                "the template multi-environment needs at least one environment",
            ),
            (
                json!({"project": {"credentials": {"password": key}}}),
                "spec.project",
                "credentials open nothing without a repository",
            ),
            (
                json!({"project": {"revision": "main"}}),
                "spec.project",
                "a revision is of nothing without a repository",
            ),
            (
                json!({"project": {"repository": repository, "credentials": {}}}),
                "spec.project.credentials",
                "either an sshPrivateKey or a password opens a repository",
            ),
            (
                json!({"project": {"repository": repository, "credentials": {"sshPrivateKey": key, "username": key}}}),
                "spec.project.credentials",
                "a username opens nothing without a password",
            ),
            (
                json!({"env": [{"name": "A", "value": "1", "valueFrom": {"secretKeyRef": key}}]}),
                "spec.env[0]",
                "an environment variable has a value or says where it is from, not both",
            ),
            (
                json!({"env": [{"name": "A", "valueFrom": {}}]}),
                "spec.env[0].valueFrom",
                "a value is from one place, a secretKeyRef or a configMapKeyRef",
            ),
            (
                json!({"envFrom": [{}]}),
                "spec.envFrom[0]",
                "variables are from one place, a secretRef or a configMapRef",
            ),
            (
                json!({"criteria": [{"id": "a", "text": "x", "kind": "http", "http": {"url": "/x", "headers": [{"name": "X"}]}}]}),
                "spec.criteria[0].http.headers[0]",
                "a header has a value or says where it is from",
            ),
        ] {
            rule(site, but(changes), field, message).await;
        }
        let foreign = but(
            json!({"template": {"kind": "WorkflowTemplate", "name": "ours"}, "criteria": null}),
        );
        tried(site, foreign).await.expect(201);
    });
}

#[test]
fn a_run_that_has_started_is_fixed_but_for_what_steers_it() {
    on_each(async |site| {
        defined(site).await;
        site.make(&runs(site), &run("a", spec())).await;
        let uri = format!("{}/a", runs(site));
        let patch = async |change: Value| site.patch(&uri, MERGE, &json!({"spec": change})).await;
        patch(json!({"service": "carts"})).await.expect(200);
        patch(json!({"service": "refunds"})).await.expect(200);
        let started = json!({"status": {"startedAt": STARTED, "phase": "Running"}});
        site.patch(&format!("{uri}/status"), MERGE, &started)
            .await
            .expect(200);
        for (field, change) in [
            ("taskId", json!("15.1")),
            ("service", json!("carts")),
            ("environments", json!([{"name": "staging"}])),
            ("criteria", json!([criterion("a"), criterion("c")])),
            ("criteria", json!([criterion("a")])),
            ("testStrategy", json!("other")),
            ("parallelism", json!(9)),
            ("image", json!("x")),
            ("env", json!(null)),
            ("resources", json!({"limits": {"cpu": 1}})),
            ("template", json!({"name": "smoke"})),
        ] {
            let message =
                format!("Invalid value: {field} cannot be changed after the run has started");
            let place = format!("spec.{field}");
            patch(json!({field: change}))
                .await
                .invalid(&[("FieldValueInvalid", &place, &message)]);
        }
        let turned = json!({"env": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]});
        patch(turned).await.expect(200);
        let steering = json!({"suspend": true, "shutdown": "Stop", "ttl": {"successSeconds": 60}});
        patch(steering).await.expect(200);
        patch(json!({"attempt": 2})).await.invalid(&[(
            "FieldValueInvalid",
            "spec.shutdown",
            "Invalid value: another attempt is asked for while shutdown is set; take shutdown away in the same write",
        )]);
        patch(json!({"attempt": 2, "shutdown": null}))
            .await
            .expect(200);
        patch(json!({"attempt": 1})).await.invalid(&[(
            "FieldValueInvalid",
            "spec.attempt",
            "Invalid value: 1: attempt is never lowered",
        )]);
    });
}

#[test]
fn what_is_made_of_a_run_is_taken() {
    on_each(async |site| {
        let value: Value =
            serde_saphyr::from_str(include_str!("../data/qaruns/acceptance.yaml")).unwrap();
        let mut run = QaRun::of(value).unwrap();
        let try_it = async |spec: &Spec| {
            let made = Made {
                workflow: "x",
                namespace: &site.ns,
                run: "x",
                uid: "0b1e9c1a-2f6e-4f7a-9d2c-8a52b1c0ffee",
                attempt: 1,
                digest: "sha256:0",
            };
            let workflow = render(spec, &made).unwrap();
            let strict = "dryRun=All&fieldValidation=Strict";
            let uri = format!("{}?{strict}", site.workflows());
            let taken = site.post(&uri, &workflow).await.object(201);
            assert_eq!(
                taken["spec"], workflow["spec"],
                "the server adds nothing and takes nothing away"
            );
            let template = render_template(spec, "x", &site.ns).unwrap();
            let uri = format!("{}?{strict}", site.templates());
            site.post(&uri, &template).await.expect(201);
        };
        try_it(&run.spec).await;
        for template in ["multi-environment", "smoke"] {
            run.spec.template = Some(Template {
                name: template.to_owned(),
                ..Template::default()
            });
            try_it(&run.spec).await;
        }
    });
}

//! What is rendered, as YAML to look at, and what is refused.
//! Apart from running it: this needs no cluster.

use proptest::prelude::*;
use serde_json::Value;
use tiphys::library::{check, render, render_template};
use tiphys::model::qarun::Check;

use super::{made, sample, spec};

/// Compares a text with the one that is kept.
fn look(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn shown(value: &Value) -> String {
    serde_saphyr::to_string(value).unwrap()
}

#[test]
fn acceptance_looks_like_this() {
    let run = sample();
    look(
        "library-acceptance",
        &shown(&render(&run.spec, &made(&run)).unwrap()),
    );
}

const TWO: &str = "
service: refunds
image: busybox:1.37
environments: [{name: staging, url: 'https://s.example'}, {name: 2nd, url: 'https://p.example'}]
stepRetry: {limit: 0}
criteria:
  - {id: up, text: It is up, kind: http, http: {url: /health}}
  - {id: 1st, text: It is optional, required: false, kind: command, command: {argv: ['true']}}
";

#[test]
fn several_environments_look_like_this() {
    for (name, template) in [
        ("parallel", "{name: multi-environment}"),
        (
            "in-order",
            "{name: multi-environment, parameters: {order: sequence, failFast: 'true'}}",
        ),
        ("smoke", "{name: smoke, parameters: {order: sequence}}"),
    ] {
        let run = sample();
        let spec = spec(&format!("{TWO}template: {template}\n"));
        let workflow = render(&spec, &made(&run)).unwrap();
        let templates = workflow["spec"]["templates"].as_array().unwrap();
        // The steps themselves are looked at above.
        let orders: Vec<&Value> = templates
            .iter()
            .filter(|one| one["dag"].is_object() || one["steps"].is_array())
            .collect();
        look(
            &format!("library-{name}"),
            &shown(&serde_json::json!(orders)),
        );
    }
}

#[test]
fn a_template_to_launch_from_belongs_to_no_run() {
    let run = sample();
    let template = render_template(&run.spec, "refunds-acceptance", "payments").unwrap();
    assert_eq!(template["kind"], "WorkflowTemplate");
    assert!(template["metadata"]["ownerReferences"].is_null());
    assert_eq!(
        template["spec"]["workflowMetadata"]["labels"]["task-id"],
        "15.10"
    );
    let workflow = render(&run.spec, &made(&run)).unwrap();
    assert_eq!(template["spec"]["templates"], workflow["spec"]["templates"]);
}

#[test]
fn somebody_elses_template_is_referred_to_and_told_its_parameters() {
    let run = sample();
    let spec = spec(
        "{service: refunds, template: {kind: ClusterWorkflowTemplate, name: ours, parameters: {env: qa}}}",
    );
    let workflow = render(&spec, &made(&run)).unwrap();
    assert_eq!(
        workflow["spec"]["workflowTemplateRef"],
        serde_json::json!({"name": "ours", "clusterScope": true})
    );
    assert_eq!(
        workflow["spec"]["arguments"]["parameters"],
        serde_json::json!([{"name": "env", "value": "qa"}])
    );
    assert!(workflow["spec"]["activeDeadlineSeconds"].is_null());
    let forgotten = super::spec(
        "{service: x, image: i, template: {kind: WorkflowTemplate, name: ours}, criteria: [{id: a, text: t, kind: command, command: {argv: [x]}}]}",
    );
    let problems = check(&forgotten);
    let paths: Vec<&str> = problems.iter().map(|one| &*one.path).collect();
    assert_eq!(paths, ["spec.image"], "it would be forgotten");
    assert!(workflow["spec"]["templates"].is_null());
    assert!(render_template(&spec, "x", "y").is_err());
}

#[test]
fn every_mistake_has_its_path() {
    let spec = spec("
service: refunds
template: {name: acceptance, parameters: {failFast: maybe, colour: red}}
env: [{name: TIPHYS_X, value: x}, {name: A, value: 'a {{b}}'}]
criteria:
  - {id: a, text: x, kind: command, command: {argv: ['true']}}
  - {id: a, text: x, kind: http, http: {url: /x, headers: [{name: A, value: '{{x}}'}]}}
  - {id: c, text: x, kind: metric, metric: {url: 'http://x', query: up, comparison: '<', threshold: few}}
  - {id: d, text: x, kind: manual, manual: {instructions: x}, timeoutSeconds: 5}
  - {id: e, text: x, kind: lighthouse}
  - {id: f, text: x, kind: command, command: {image: x, argv: [x], script: x, expect: {stdoutContains: \"a\\nb\"}}}
");
    let problems: Vec<String> = check(&spec).iter().map(ToString::to_string).collect();
    look("library-mistakes", &problems.join("\n"));
}

#[test]
fn a_name_that_argo_refuses_is_refused_before() {
    let run = sample();
    let long = "n".repeat(64);
    let why = render(
        &run.spec,
        &tiphys::library::Made {
            workflow: &long,
            ..made(&run)
        },
    )
    .unwrap_err();
    assert_eq!(why[0].path, "metadata.name");
}

#[test]
fn a_request_is_never_above_its_limit() {
    let run = sample();
    let spec = spec(
        "{service: x, image: i, resources: {limits: {memory: 64Mi}}, criteria: [{id: a, text: t, kind: command, command: {argv: [x]}}]}",
    );
    let workflow = render(&spec, &made(&run)).unwrap();
    let resources = &workflow["spec"]["templates"][1]["container"]["resources"];
    assert_eq!(resources["requests"]["memory"], "64Mi");
    assert_eq!(resources["limits"]["memory"], "64Mi");
}

proptest! {
    /// Whatever stands in a spec: it is refused, or nothing of it is replaced by Argo or by Kubernetes.
    #[test]
    fn nothing_a_person_wrote_comes_to_life(text in r#"[a{}$()\\"'\n=%.-]{0,24}"#, where_ in 0..16usize) {
        let mut run = sample();
        put(&mut run.spec, where_, &text);
        if let Ok(workflow) = render(&run.spec, &made(&run)) {
            let bytes = workflow.to_string();
            prop_assert_eq!(bytes.matches("{{").count(), 1, "only the status of the workflow: {}", bytes);
            for template in workflow["spec"]["templates"].as_array().unwrap() {
                for word in template["container"]["args"].as_array().into_iter().flatten() {
                    let word = word.as_str().unwrap();
                    prop_assert!(!word.contains("$(") && !word.contains("$$"), "{}", word);
                }
                let variables = template["container"]["env"].as_array().into_iter().flatten();
                for variable in variables.filter(|one| ["TIPHYS_CONTAINS", "TIPHYS_MATCHES", "TIPHYS_REPORT"].contains(&one["name"].as_str().unwrap())) {
                    let value = variable["value"].as_str().unwrap();
                    prop_assert!(!value.contains("$(") && !value.contains("$$"), "{}", value);
                }
            }
        }
    }
}

/// Puts a text into one of the places of a spec where a person can write.
fn put(spec: &mut tiphys::model::qarun::Spec, place: usize, text: &str) {
    let text = text.to_owned();
    let criterion = |spec: &mut tiphys::model::qarun::Spec, text: String, place: usize| {
        for one in &mut spec.criteria {
            match (&mut one.check, place) {
                (Check::Command { command }, 0) => command.script = Some(text.clone()),
                (Check::Command { command }, 1) => {
                    command.expect.as_mut().unwrap().stdout_contains = Some(text.clone())
                }
                (Check::Command { command }, 2) => {
                    command.expect.as_mut().unwrap().stdout_matches = Some(text.clone())
                }
                (Check::Command { command }, 3) => command.working_dir = Some(text.clone()),
                (Check::Junit { junit }, 4) => junit.argv = vec![text.clone(), text.clone()],
                (Check::Junit { junit }, 5) => junit.report = text.clone(),
                (Check::Http { http }, 6) => http.url = text.clone(),
                (Check::Http { http }, 7) => http.body = Some(text.clone()),
                (Check::Http { http }, 8) => {
                    http.expect.get_or_insert_default().body_contains = Some(text.clone())
                }
                (Check::Metric { metric }, 9) => metric.query = text.clone(),
                (Check::Manual { manual }, 10) => manual.instructions = text.clone(),
                (_, 11) => one.text = text.clone(),
                _ => {}
            }
        }
    };
    match place {
        0..12 => criterion(spec, text, place),
        12 => spec.env[0].value = Some(text),
        13 => spec.environments[0].url = Some(text),
        14 => spec.project.as_mut().unwrap().repository = Some(text),
        _ => spec.artifacts[0].path = text,
    }
}

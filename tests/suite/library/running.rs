//! Rendered workflows on the embedded cluster: its API server takes them by Argo's schemas, its controller runs them to their end.
//! Apart from rendering, because a cluster is needed.

use std::time::Duration;

use serde_json::{Value, json};
use tiphys::library::judge::{About, End, about, judge};
use tiphys::library::{Made, render, render_template};
use tiphys::model::qarun::{Check, Spec, Verdict};
use tiphys::sim::Scenario;
use tiphys::sim::resource::WORKFLOWS;
use tiphys::sim::schema;
use tiphys::sim::store::Origin;

use super::{made, sample, spec};
use crate::bench;

/// What the schemas of Argo say against an object.
fn refused(kind: &str, mut value: Value) -> Vec<String> {
    let plural = match kind {
        "Workflow" => "workflows",
        _ => "workflowtemplates",
    };
    let res = tiphys::sim::resource::find("argoproj.io", "v1alpha1", plural).unwrap();
    let known = schema::kind(res).unwrap();
    let mut unknown = Vec::new();
    schema::prune(&mut value, known.schema, &mut unknown);
    let causes = schema::check(&value, known.schema);
    let rules = schema::rules(&value, None, known.schema);
    let said = causes
        .into_iter()
        .chain(rules)
        .map(|cause| format!("{}: {}", cause.field, cause.message));
    unknown
        .into_iter()
        .map(|path| format!("unknown {path}"))
        .chain(said)
        .collect()
}

#[test]
fn argos_schemas_know_every_field_of_what_is_rendered() {
    let run = sample();
    assert_eq!(
        refused("Workflow", render(&run.spec, &made(&run)).unwrap()),
        [""; 0]
    );
    let template = render_template(&run.spec, "x", "payments").unwrap();
    assert_eq!(refused("WorkflowTemplate", template), [""; 0]);
    let foreign = spec("{service: x, template: {kind: WorkflowTemplate, name: ours}}");
    assert_eq!(
        refused("Workflow", render(&foreign, &made(&run)).unwrap()),
        [""; 0]
    );
}

#[test]
fn the_sample_itself_keeps_its_definition() {
    let value: Value =
        serde_saphyr::from_str(include_str!("../data/qaruns/acceptance.yaml")).unwrap();
    let res = tiphys::sim::resource::QARUNS;
    let known = schema::kind(res).unwrap();
    let mut sent = json!({"spec": value["spec"]});
    let mut unknown = Vec::new();
    schema::prune(&mut sent, known.schema, &mut unknown);
    assert_eq!(unknown, [""; 0]);
    assert_eq!(schema::check(&sent, known.schema), []);
    assert_eq!(schema::rules(&sent, None, known.schema), []);
}

/// A workflow of a spec after an hour, its steps doing as they are told: `{"step": {"exit": 1}}`.
fn after_an_hour(spec: &Spec, plan: Value, meanwhile: impl Fn(&mut Value)) -> Value {
    let embedded = bench::still(Scenario::Empty);
    let store = embedded.api.store();
    let made = Made {
        workflow: "w",
        namespace: "default",
        attempt: 1,
        ..Made::default()
    };
    let mut workflow = render(spec, &made).unwrap();
    workflow["metadata"]["annotations"]["tiphys.dev/plan"] = plan.to_string().into();
    store.put(WORKFLOWS, workflow, Origin::Client);
    let now = || store.get(WORKFLOWS, "default", "w").unwrap().value();
    embedded.advance(Duration::from_secs(600));
    let mut half = now();
    meanwhile(&mut half);
    store.put(WORKFLOWS, half, Origin::Client);
    embedded.advance(Duration::from_secs(3000));
    now()
}

/// How a step ended, as it is judged.
fn verdict(workflow: &Value, step: &str, check: &Check) -> (String, Verdict) {
    let nodes = workflow["status"]["nodes"].as_object().unwrap();
    let node = nodes.values().find(|node| node["displayName"] == step);
    let node = node.unwrap_or_else(|| panic!("there is a step {step}: {workflow}"));
    let text = |value: &'_ Value| value.as_str().unwrap_or_default().to_owned();
    let (phase, message) = (text(&node["phase"]), text(&node["message"]));
    let end = End {
        phase: &phase,
        message: &message,
        exit_code: node["outputs"]["exitCode"].as_str(),
        verdict: None,
    };
    (phase.clone(), judge(check, end))
}

fn command() -> Check {
    Check::Command {
        command: Default::default(),
    }
}

#[test]
fn a_required_criterion_that_is_not_met_fails_the_workflow_and_an_optional_one_does_not() {
    let spec = spec(
        "
service: x
image: i
criteria:
  - {id: a, text: t, kind: command, command: {argv: [x]}}
  - {id: b, text: t, required: false, kind: command, command: {argv: [x]}}
",
    );
    let red = |step: &str| after_an_hour(&spec, json!({step: {"exit": 1}}), |_| ());
    let optional = red("b");
    assert_eq!(optional["status"]["phase"], "Succeeded");
    assert_eq!(
        verdict(&optional, "b", &command()),
        ("Failed".to_owned(), Verdict::Fail)
    );
    let required = red("a");
    assert_eq!(required["status"]["phase"], "Failed");
    assert_eq!(
        verdict(&required, "b", &command()).1,
        Verdict::Pass,
        "the others are looked at all the same"
    );
    let broken = after_an_hour(&spec, json!({"a": {"exit": 125}}), |_| ());
    assert_eq!(verdict(&broken, "a", &command()).1, Verdict::Inconclusive);
}

#[test]
fn a_manual_criterion_waits_for_somebody_and_goes_on_without_a_note() {
    let spec = spec(
        "
service: x
criteria:
  - {id: look, text: t, kind: manual, manual: {instructions: look at it}}
",
    );
    let answered = |phase: &'static str| {
        after_an_hour(&spec, json!({}), move |workflow| {
            assert_eq!(workflow["status"]["phase"], "Running", "it waits");
            let nodes = workflow["status"]["nodes"].as_object_mut().unwrap();
            let node = nodes
                .values_mut()
                .find(|node| node["type"] == "Suspend")
                .unwrap();
            let given = &node["inputs"]["parameters"];
            assert_eq!(
                given[1],
                json!({"name": "instructions", "value": "look at it"})
            );
            node["phase"] = phase.into();
            node["finishedAt"] = node["startedAt"].clone();
        })
    };
    let manual = Check::Manual {
        manual: Default::default(),
    };
    let yes = answered("Succeeded");
    assert_eq!(yes["status"]["phase"], "Succeeded");
    assert_eq!(verdict(&yes, "look", &manual).1, Verdict::Pass);
    let no = answered("Failed");
    assert_eq!(no["status"]["phase"], "Failed");
    assert_eq!(verdict(&no, "look", &manual).1, Verdict::Fail);
}

#[test]
fn environments_in_order_stop_at_the_first_red_one_if_they_are_told_to() {
    let spec_of = |parameters: &str| {
        spec(&format!(
            "
service: x
image: i
template: {{name: multi-environment, parameters: {parameters}}}
environments: [{{name: one}}, {{name: two}}]
criteria:
  - {{id: a, text: t, kind: command, command: {{argv: [x]}}}}
"
        ))
    };
    let phases = |parameters: &str| {
        let workflow = after_an_hour(&spec_of(parameters), json!({"e1-a": {"exit": 1}}), |_| ());
        let nodes = workflow["status"]["nodes"].as_object().unwrap().clone();
        let phase = |name: &str| {
            let node = nodes.values().find(|node| node["displayName"] == name);
            node.map_or(String::new(), |node| {
                node["phase"].as_str().unwrap().to_owned()
            })
        };
        [
            workflow["status"]["phase"].as_str().unwrap().to_owned(),
            phase("env-one"),
            phase("env-two"),
        ]
    };
    assert_eq!(
        phases("{order: sequence, failFast: 'true'}"),
        ["Failed", "Failed", "Omitted"]
    );
    assert_eq!(
        phases("{order: sequence}"),
        ["Failed", "Failed", "Succeeded"]
    );
    assert_eq!(phases("{}"), ["Failed", "Failed", "Succeeded"]);
}

#[test]
fn a_step_in_an_environment_is_found_by_its_name() {
    let spec = spec(
        "
service: x
image: i
template: {name: multi-environment}
environments: [{name: one}, {name: two}]
criteria:
  - {id: a, text: t, kind: command, command: {argv: [x]}}
",
    );
    let workflow = after_an_hour(&spec, json!({}), |_| ());
    let nodes = workflow["status"]["nodes"].as_object().unwrap();
    let seen = nodes
        .values()
        .filter_map(|node| about(node["name"].as_str().unwrap(), "w"));
    let mut seen: Vec<About<'_>> = seen
        .filter(|one| spec.criterion(one.criterion).is_some())
        .collect();
    seen.sort_by_key(|one| one.environment);
    let of = |environment| About {
        environment: Some(environment),
        criterion: "a",
    };
    assert_eq!(seen, [of("one"), of("two")]);
}

#[test]
fn smoke_stops_at_the_first_that_is_not_met() {
    let spec = spec(
        "
service: x
image: i
template: {name: smoke}
stepRetry: {limit: 0}
criteria:
  - {id: a, text: t, required: false, kind: command, command: {argv: [x]}}
  - {id: b, text: t, kind: command, command: {argv: [x]}}
  - {id: c, text: t, kind: command, command: {argv: [x]}}
",
    );
    let workflow = after_an_hour(&spec, json!({"a": {"exit": 1}, "b": {"exit": 1}}), |_| ());
    let nodes = workflow["status"]["nodes"].as_object().unwrap();
    let mut names: Vec<&str> = nodes
        .values()
        .filter(|node| node["type"] == "Pod")
        .map(|node| node["displayName"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "b", "w.onExit"]);
    assert_eq!(workflow["status"]["phase"], "Failed");
}

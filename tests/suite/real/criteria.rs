//! Workflows that are made of QARuns, run by a real Argo: every kind of criterion ends as it is judged, and nothing written comes
//! to life. Apart from the embedded cluster, which pretends what a shell, an agent and a kubelet do here.

use http::Method;
use serde_json::{Value, json};
use tiphys::library::judge::{End, about, judge};
use tiphys::library::{Made, render};
use tiphys::model::qarun::{Spec, Verdict};

use super::cluster::{Place, Real};
use crate::library::spec;

/// Makes the workflow of a spec.
fn submit(place: &Place<'_>, name: &str, spec: &Spec) {
    let made = Made {
        workflow: name,
        namespace: &place.name,
        attempt: 1,
        ..Made::default()
    };
    let workflow = render(spec, &made).unwrap();
    place.real.create(&place.argo("workflows"), &workflow);
}

/// The node of a criterion, in an environment.
pub(super) fn node(workflow: &Value, environment: Option<&str>, id: &str) -> Option<Value> {
    let name = workflow["metadata"]["name"].as_str()?;
    let nodes = workflow["status"]["nodes"].as_object()?;
    let is = |node: &&Value| {
        let about = about(node["name"].as_str().unwrap_or_default(), name);
        about.is_some_and(|one| one.criterion == id && one.environment == environment)
    };
    nodes.values().find(is).cloned()
}

/// An output parameter of a node.
fn output(node: &Value, name: &str) -> Option<String> {
    let all = node["outputs"]["parameters"].as_array()?;
    let one = all.iter().find(|one| one["name"] == name)?;
    Some(one["value"].as_str()?.to_owned())
}

fn verdict(workflow: &Value, spec: &Spec, environment: Option<&str>, id: &str) -> Verdict {
    let node = node(workflow, environment, id).unwrap_or_else(|| panic!("{id}: {workflow}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (phase, message) = (text(&node["phase"]), text(&node["message"]));
    let said = output(&node, "verdict");
    let end = End {
        phase: &phase,
        message: &message,
        exit_code: node["outputs"]["exitCode"].as_str(),
        verdict: said.as_deref(),
    };
    let found = judge(&spec.criterion(id).unwrap().check, end);
    println!("{id}: {phase} {message:?} {said:?}: {}", found.word());
    found
}

#[test]
fn every_kind_of_criterion_ends_as_it_is_judged() {
    let Some(real) = Real::given() else {
        return;
    };
    let server = real.get("/api/v1/namespaces/default/services/kubernetes");
    let server = server["spec"]["clusterIP"].as_str().unwrap().to_owned();
    let spec = spec(&format!(
        r#"
service: refunds
taskId: "15.10"
image: busybox
stepRetry: {{limit: 0}}
criteria:
  - id: words
    text: Nothing comes to life
    kind: command
    command:
      script: printf '%s|' '{{{{workflow.name}}}}' "$(echo deep)" '$(HOME)' '$$' 'a\nb'
      expect: {{stdoutContains: '{{{{workflow.name}}}}|deep|$(HOME)|$$|a\nb|'}}
  - {{id: red, text: It fails, required: false, kind: command, command: {{argv: ['false']}}}}
  - {{id: lost, text: It is not there, required: false, kind: command, command: {{argv: [no-such-program]}}}}
  - {{id: slow, text: It takes too long, required: false, timeoutSeconds: 8, kind: command, command: {{argv: [sleep, '600']}}}}
  - id: units
    text: One may fail
    kind: junit
    junit:
      script: echo '<testsuite><testcase/><testcase><failure/></testcase></testsuite>' > r.xml; exit 1
      report: r.xml
      allowedFailures: 1
  - id: up
    text: The server answers
    kind: http
    http: {{url: 'https://{server}/readyz', insecureSkipVerify: true, expect: {{status: [200, 401, 403]}}}}
  - id: teapot
    text: It is a teapot
    required: false
    kind: http
    http: {{url: 'https://{server}/readyz', insecureSkipVerify: true, expect: {{status: [418]}}}}
  - {{id: gone, text: Nobody is there, required: false, kind: http, http: {{url: 'http://127.0.0.1:1/'}}}}
  - {{id: look, text: Somebody looks, kind: manual, manual: {{instructions: look}}}}
"#
    ));
    let place = Place::new(&real);
    // Argo's agent mounts the token of this Secret, which Kubernetes makes no more by itself since 1.24.
    // Source: https://argo-workflows.readthedocs.io/en/latest/service-account-secrets/
    let token = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/service-account-token",
        "metadata": {
            "name": "default.service-account-token",
            "annotations": {"kubernetes.io/service-account.name": "default"},
        },
    });
    let secrets = format!("/api/v1/namespaces/{}/secrets", place.name);
    place.real.create(&secrets, &token);
    submit(&place, "all", &spec);
    let mut asked = None;
    real.until("it waits for somebody", |_| {
        asked = node(&place.workflow("all"), None, "look");
        asked
            .as_ref()
            .is_some_and(|node| node["phase"] == "Running")
    });
    let asked = asked.unwrap();
    let id = asked["id"].as_str().unwrap();
    let parameters = json!([{"name": "note", "value": "fine"}]);
    let answer = json!({"status": {"nodes": {(id): {
        "phase": "Succeeded", "finishedAt": "2026-11-22T02:14:00Z", "outputs": {"parameters": parameters},
    }}}});
    let uri = format!("{}/all", place.argo("workflows"));
    let (code, said) = real.ask(Method::PATCH, &uri, Some(&answer));
    assert_eq!(code, 200, "{said}");
    place.ended("all", "Succeeded");
    let workflow = place.workflow("all");
    for (id, wanted) in [
        ("words", Verdict::Pass),
        ("red", Verdict::Fail),
        ("lost", Verdict::Inconclusive),
        ("slow", Verdict::Fail),
        ("units", Verdict::Pass),
        ("up", Verdict::Pass),
        ("teapot", Verdict::Fail),
        ("gone", Verdict::Inconclusive),
        ("look", Verdict::Pass),
    ] {
        assert_eq!(verdict(&workflow, &spec, None, id), wanted, "{id}");
    }
    let red = node(&workflow, None, "red").unwrap();
    let evidence = output(&red, "evidence").unwrap();
    assert_eq!(evidence, "it ended with exit code 1, not 0");
    assert!(
        red["message"].as_str().unwrap().contains(&evidence),
        "{red}"
    );
    let whole = output(&workflow["status"], "verdict");
    assert_eq!(whole.as_deref(), Some("pass"), "the exit handler says it");
}

#[test]
fn a_red_environment_before_a_green_one_counts() {
    let Some(real) = Real::given() else {
        return;
    };
    let spec = spec(
        r#"
service: refunds
image: busybox
template: {name: multi-environment, parameters: {order: sequence}}
environments: [{name: one}, {name: two}]
criteria:
  - {id: a, text: It is two, kind: command, command: {script: 'test "$TIPHYS_ENVIRONMENT" = two'}}
"#,
    );
    let place = Place::new(&real);
    submit(&place, "both", &spec);
    place.ended("both", "Failed");
    let workflow = place.workflow("both");
    assert_eq!(verdict(&workflow, &spec, Some("one"), "a"), Verdict::Fail);
    assert_eq!(verdict(&workflow, &spec, Some("two"), "a"), Verdict::Pass);
}

//! Rendered workflows on the embedded cluster: its API server takes them by Argo's schemas, its controller runs them to their end.
//! Apart from rendering, because a cluster is needed.

use serde_json::{Value, json};
use tiphys::library::{render, render_template};
use tiphys::sim::schema;

use super::{made, sample, spec};

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

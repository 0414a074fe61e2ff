//! Workflows made from somebody else's template: a reference and what it is told.
//! Apart from our own, because of these nothing is known but their name.

use serde_json::{Value, json};

use crate::model::qarun::{Template, TemplateKind};

/// What it is made from.
pub fn reference(template: &Template) -> Value {
    let mut reference = json!({"name": template.name});
    if template.kind == TemplateKind::ClusterWorkflowTemplate {
        reference["clusterScope"] = true.into();
    }
    reference
}

/// What it is told. Values with `{{` were refused: Argo would replace them.
pub fn arguments(template: &Template) -> Value {
    let one = |(name, value): (&String, &String)| json!({"name": name, "value": value});
    let all: Vec<Value> = template.parameters.iter().map(one).collect();
    json!({"parameters": all})
}

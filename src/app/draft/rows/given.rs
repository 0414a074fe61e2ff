//! Fields of what commands are given, what they may use, and what is kept of a run and how long.
//! Apart from the others, which say what is verified and when it is tried again.

use super::super::shape::{Shape, told};
use super::Rows;
use crate::library::resources;
use crate::model::qarun::Ttl;

/// Of commands that this program writes the templates of.
pub(super) fn given(rows: &mut Rows) {
    let about = "Variables of the commands, a line each: NAME = value, or NAME from secret NAME/KEY, or from configmap";
    rows.field("spec.env", "variables", Shape::Env, "none", about);
    let about = "Every key of them is a variable, a line each: secret NAME, configmap NAME, and `as PREFIX` behind it";
    rows.field(
        "spec.envFrom",
        "variables of",
        Shape::EnvFrom,
        "none",
        about,
    );
    let about = "What a step asks for of its node, a line each: cpu = 500m, memory = 1Gi";
    let place = "spec.resources.requests";
    let usual = resources(None);
    let unsaid = |part: &str| Shape::Pairs.show(&usual[part]).replace('\n', ", ");
    rows.field(place, "asks for", Shape::Pairs, unsaid("requests"), about);
    let about = "What a step may use at most, a line each: cpu = 2, memory = 1Gi";
    let place = "spec.resources.limits";
    rows.field(place, "uses at most", Shape::Pairs, unsaid("limits"), about);
}

/// How long things stay.
pub(super) fn kept(rows: &mut Rows, ours: bool) {
    if ours {
        let about = "Files that are kept of each step that makes them, a line each: name = path";
        rows.field("spec.artifacts", "files kept", Shape::Files, "none", about);
    }
    let about = "The workflow of an attempt stays so long after its end";
    let week = told(u64::from(Ttl::WORKFLOW));
    rows.field(
        "spec.ttl.workflowSeconds",
        "workflow stays",
        Shape::Time,
        week,
        about,
    );
    let about = "This object is deleted so long after it succeeded";
    let place = "spec.ttl.successSeconds";
    rows.field(place, "stays if green", Shape::Time, "for ever", about);
    let about = "This object is deleted so long after it ended otherwise";
    let place = "spec.ttl.failureSeconds";
    rows.field(place, "stays if red", Shape::Time, "for ever", about);
}

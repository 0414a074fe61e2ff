//! Objects in files: read, and judged by the schemas a cluster would judge them by.
//! Apart from what is made of them.

use std::fs;
use std::io;

use serde_json::Value;

use crate::cli::fail::{self, Failure};
use crate::library::{self, Problem};
use crate::model::qarun::KIND;
use crate::sim::resource::{QARUNS, RESOURCES, Res};
use crate::sim::schema::{self, Cause};
use crate::wire::qarun::QaRun;

/// Every object in a file, `-` for standard input.
///
/// # Errors
/// Where it cannot be read, or is no YAML.
pub fn objects(path: &str) -> Result<Vec<Value>, Failure> {
    let text = match path {
        "-" => io::read_to_string(io::stdin()),
        path => fs::read_to_string(path),
    };
    let text = text.map_err(|why| {
        Failure::new(
            format!("{path} cannot be read: {why}"),
            "Name a file, or - for standard input.",
        )
    })?;
    // As kubectl reads it: `mode: 0755` is octal, as it was before YAML 1.2.
    let options = serde_saphyr::options! { legacy_octal_numbers: true };
    let all: Vec<Value> = serde_saphyr::from_multiple_with_options(&text, options)
        .map_err(|why| Failure::new(format!("{path} is no YAML: {why}"), "Mend it there."))?;
    let all: Vec<Value> = all.into_iter().filter(|one| !one.is_null()).collect();
    if all.is_empty() {
        return Err(Failure::new(
            format!("there is nothing in {path}"),
            "Name a file with a QARun in it.",
        ));
    }
    Ok(all)
}

/// The one QARun in a file, with the defaults a server would fill in.
///
/// # Errors
/// Where there is none or several, or something is wrong with it: each of its problems is named.
pub fn qarun(path: &str) -> Result<QaRun, Failure> {
    let mut all = objects(path)?;
    let runs: Vec<Value> = all.drain(..).filter(|one| one["kind"] == KIND).collect();
    let [run] = <[Value; 1]>::try_from(runs).map_err(|runs| {
        Failure::new(
            format!("there are {} QARuns in {path}, one is wanted", runs.len()),
            "`tiphys crd` prints what a QARun looks like.",
        )
    })?;
    let problems = wrong(&run);
    if problems.is_empty()
        && let Ok(run) = filled(run)
    {
        return Ok(run);
    }
    Err(refused(path, &problems))
}

/// Says every problem, and fails.
pub fn refused(path: &str, problems: &[Problem]) -> Failure {
    for problem in problems {
        fail::warn(&format!("{path}: {problem}"));
    }
    let count = problems.len();
    let many = if count == 1 { "" } else { "s" };
    Failure::Said {
        what: format!("{path} is not made into a workflow: {count} problem{many}"),
        next: None,
    }
}

/// What is wrong with an object, each with the path of its field.
pub fn wrong(object: &Value) -> Vec<Problem> {
    let text = |key: &str| object[key].as_str().unwrap_or_default();
    let Some(res) = kind_of(object) else {
        let what = format!(
            "nothing is known of {} `{}`; known are QARun and the kinds of Argo Workflows",
            text("apiVersion"),
            text("kind")
        );
        return vec![Problem::new("kind", what)];
    };
    let mut problems = structure(res, object.clone());
    if res == QARUNS && object["spec"]["taskId"].is_number() {
        let at = "spec.taskId";
        problems.retain(|one| one.path != at);
        problems.push(unquoted(at, &object["spec"]["taskId"]));
    }
    if res == QARUNS && problems.is_empty() {
        match filled(object.clone()) {
            Ok(run) => problems.extend(library::check(&run.spec)),
            Err(why) => problems.push(why),
        }
    }
    problems.extend(library::lint(object));
    problems
}

/// A task's id that was written without quotes: what it was the reader of the file has forgotten.
fn unquoted(path: &str, number: &Value) -> Problem {
    let what = format!(
        "it is the number {number}; put quotes around it as it is written in Task Master: taskId: \"15.10\", for as a number 15.10 is 15.1"
    );
    Problem::new(path, what)
}

/// The kind of an object, where this program has its schema.
fn kind_of(object: &Value) -> Option<Res> {
    let mut known = RESOURCES.iter().filter(|res| res.custom());
    known.find(|res| object["kind"] == res.kind && object["apiVersion"] == *res.api_version())
}

/// What an API server would say of an object.
fn structure(res: Res, mut object: Value) -> Vec<Problem> {
    let Some(kind) = schema::kind(res) else {
        return Vec::new();
    };
    let mut unknown = Vec::new();
    schema::prune(&mut object, kind.schema, &mut unknown);
    schema::fill(&mut object, kind.schema);
    schema::drop_nulls(&mut object, kind.schema);
    let mut causes = schema::check(&object, kind.schema);
    if !schema::blocks(&causes) {
        causes.extend(schema::rules(&object, None, kind.schema));
    }
    let unknown = unknown
        .into_iter()
        .map(|path| Problem::new(path, "there is no such field"));
    let said = |cause: Cause| Problem::new(cause.field, cause.message);
    let name = object["metadata"]["name"]
        .as_str()
        .or(object["metadata"]["generateName"].as_str());
    let nameless = name
        .is_none_or(str::is_empty)
        .then(|| Problem::new("metadata.name", "it has no name"));
    unknown
        .chain(causes.into_iter().map(said))
        .chain(nameless)
        .collect()
}

/// A QARun with the defaults of its definition.
fn filled(mut object: Value) -> Result<QaRun, Problem> {
    if let Some(kind) = schema::kind(QARUNS) {
        schema::fill(&mut object, kind.schema);
        schema::drop_nulls(&mut object, kind.schema);
    }
    QaRun::of(object).map_err(|why| Problem::new("spec", why.to_string()))
}

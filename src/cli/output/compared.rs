//! A comparison of two runs as JSON and YAML.
//! Apart from its lines for people, which the console has too: these names stay when the words on the screen change.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::model::compare::{Aligned, At, Change, Comparison, End, Seen};
use crate::model::manifest::Piece;

/// All of it.
#[derive(Serialize)]
pub struct Answer<'a> {
    here: Run<'a>,
    there: Run<'a>,
    why: &'a str,
    parameters: Vec<Parameter<'a>>,
    masked: &'a [Arc<str>],
    images: Vec<Image<'a>>,
    template: Vec<String>,
    steps: Vec<Step<'a>>,
    times: Vec<Time<'a>>,
    failing: Vec<Failing<'a>>,
    logs: Vec<Log<'a>>,
    same: Same,
    missing: &'a [String],
}

#[derive(Serialize)]
struct Run<'a> {
    namespace: &'a str,
    name: &'a str,
    uid: &'a str,
    phase: &'static str,
    took: Option<i64>,
}

#[derive(Serialize)]
struct Parameter<'a> {
    name: &'a str,
    there: Option<&'a str>,
    here: Option<&'a str>,
}

#[derive(Serialize)]
struct Image<'a> {
    templates: &'a [Arc<str>],
    there: Option<&'a str>,
    here: Option<&'a str>,
}

#[derive(Serialize)]
struct Step<'a> {
    step: &'a str,
    there: Option<&'static str>,
    here: Option<&'static str>,
}

#[derive(Serialize)]
struct Time<'a> {
    step: &'a str,
    there: i64,
    here: i64,
    factor: Option<f64>,
    critical: bool,
}

#[derive(Serialize)]
struct Failing<'a> {
    step: &'a str,
    there: Option<Ended<'a>>,
    here: Option<Ended<'a>>,
    inputs: Vec<Parameter<'a>>,
}

#[derive(Serialize)]
struct Ended<'a> {
    state: &'static str,
    message: Option<&'a str>,
    #[serde(rename = "exitCode")]
    exit_code: Option<&'a str>,
    attempts: usize,
}

#[derive(Serialize)]
struct Log<'a> {
    step: &'a str,
    here: usize,
    there: usize,
    near: usize,
    alike: usize,
    lines: Vec<String>,
    missing: &'a [String],
}

#[derive(Serialize)]
struct Same {
    parameters: usize,
    images: usize,
    template: Option<bool>,
    steps: usize,
    times: usize,
}

/// The logs that were read, by the places of their steps.
type Logs = BTreeMap<Arc<str>, Option<Arc<Aligned>>>;

/// A comparison, and why the other run was chosen.
pub fn answer<'a>(told: &'a Comparison, why: &'a str, logs: &'a Logs) -> Answer<'a> {
    let same = &told.same;
    Answer {
        here: run(&told.here),
        there: run(&told.there),
        why,
        parameters: told.parameters.iter().map(parameter).collect(),
        masked: &told.hidden,
        images: told.images.iter().map(image).collect(),
        template: told.spec.iter().map(line).collect(),
        steps: (told.steps.iter())
            .map(|one| Step {
                step: &one.path,
                there: state(one.there.as_ref()),
                here: state(one.here.as_ref()),
            })
            .collect(),
        times: (told.durations.iter())
            .map(|one| Time {
                step: &one.path,
                there: one.there.seconds,
                here: one.here.seconds,
                factor: one.factor().map(|factor| (factor * 100.0).round() / 100.0),
                critical: one.critical(),
            })
            .collect(),
        failing: (told.failing.iter())
            .map(|one| Failing {
                step: &one.path,
                there: one.there.as_ref().map(ended),
                here: one.here.as_ref().map(ended),
                inputs: one.inputs.iter().map(parameter).collect(),
            })
            .collect(),
        logs: (logs.iter())
            .filter_map(|(step, told)| Some(log(step, told.as_deref()?)))
            .collect(),
        same: Same {
            parameters: same.parameters,
            images: same.images,
            template: same.spec,
            steps: same.steps,
            times: same.durations,
        },
        missing: &told.missing,
    }
}

fn run(seen: &Seen) -> Run<'_> {
    Run {
        namespace: &seen.key.namespace,
        name: &seen.key.name,
        uid: seen.key.uid.as_str(),
        phase: seen.phase.api_word(),
        took: seen.took,
    }
}

fn parameter(change: &Change) -> Parameter<'_> {
    Parameter {
        name: change.of.first().map_or("", |name| name),
        there: change.there.as_deref(),
        here: change.here.as_deref(),
    }
}

fn image(change: &Change) -> Image<'_> {
    Image {
        templates: &change.of,
        there: change.there.as_deref(),
        here: change.here.as_deref(),
    }
}

fn state(at: Option<&At>) -> Option<&'static str> {
    at.map(|at| at.state.word())
}

fn ended(end: &End) -> Ended<'_> {
    Ended {
        state: end.at.state.word(),
        message: end.message.as_deref(),
        exit_code: end.exit_code.as_deref(),
        attempts: end.attempts,
    }
}

fn log<'a>(step: &'a str, told: &'a Aligned) -> Log<'a> {
    Log {
        step,
        here: told.here,
        there: told.there,
        near: told.near,
        alike: told.same,
        lines: told.pieces.iter().map(line).collect(),
        missing: &told.missing,
    }
}

fn line(piece: &Piece) -> String {
    format!("{}{}", piece.side.mark(), piece.text)
}

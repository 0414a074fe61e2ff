//! The lines of the form: which fields there are of a document as it is, where each stands in it, what it means.
//! Apart from what stands in them: this is the one list of what can be said in the form. What is not in it is carried along.

use serde_json::Value;

mod checks;
mod given;

use super::place::{self, count, text};
use super::shape::{Shape, told};
use crate::library::{entries, entry};
use crate::model::qarun::{Backoff, Builtin, Spec, Template, TemplateKind, Timeouts};

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A heading.
    Title,
    /// A field.
    Field(Shape),
    /// A criterion or an environment, which opens.
    Item,
    /// Where another one is added.
    Add,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it stands in the document; no two have the same.
    pub place: String,
    /// What it is called.
    pub label: String,
    /// What it is.
    pub what: What,
    /// How far in.
    pub depth: u16,
    /// What holds where nothing is said; may be empty.
    pub unsaid: String,
    /// What it means.
    pub about: &'static str,
}

impl Row {
    /// The cursor can stand on it.
    pub fn is_stop(&self) -> bool {
        self.what != What::Title
    }

    /// What its field takes.
    pub fn shape(&self) -> Option<Shape> {
        match self.what {
            What::Field(shape) => Some(shape),
            _ => None,
        }
    }
}

/// Kinds of check.
pub const KINDS: [&str; 5] = ["command", "http", "metric", "junit", "manual"];
/// The list of criteria.
pub const CRITERIA: &str = "spec.criteria";
/// The list of environments.
pub const ENVIRONMENTS: &str = "spec.environments";

#[derive(Default)]
struct Rows {
    all: Vec<Row>,
    depth: u16,
}

impl Rows {
    fn title(&mut self, label: impl Into<String>) {
        let label = label.into();
        self.row(
            &format!("# {label}"),
            &label,
            What::Title,
            String::new(),
            "",
        );
    }

    fn field(
        &mut self,
        place: &str,
        label: &str,
        shape: Shape,
        unsaid: impl Into<String>,
        about: &'static str,
    ) {
        self.row(place, label, What::Field(shape), unsaid.into(), about);
    }

    fn row(&mut self, place: &str, label: &str, what: What, unsaid: String, about: &'static str) {
        self.all.push(Row {
            place: place.to_owned(),
            label: label.to_owned(),
            what,
            depth: self.depth,
            unsaid,
            about,
        });
    }
}

/// The lines of a document, of which only what is open is listed to its end.
pub fn rows(document: &Value) -> Vec<Row> {
    let spec = spec(document);
    let mut rows = Rows::default();
    what(&mut rows, &spec);
    environments(&mut rows, document);
    criteria(&mut rows, document, &spec);
    how(&mut rows, &spec);
    rows.all
}

/// The spec as far as it can be read: with a field of another shape only what is not about it is asked.
pub fn spec(document: &Value) -> Spec {
    serde_json::from_value(place::bare(&document["spec"])).unwrap_or_default()
}

fn what(rows: &mut Rows, spec: &Spec) {
    rows.title("What");
    rows.field(
        "metadata.namespace",
        "namespace",
        Shape::Text,
        "",
        "The namespace it runs in",
    );
    rows.field(
        "spec.service",
        "service",
        Shape::Text,
        "",
        "What is verified: a name of lower-case letters, digits and -",
    );
    rows.field(
        "spec.taskId",
        "task",
        Shape::Text,
        "none",
        "The task it is about, by its id: 42, or 15.10 for a subtask",
    );
    let name = "made of task and service when it is created";
    rows.field(
        "metadata.name",
        "name",
        Shape::Text,
        name,
        "Its own name; where there is none one is made",
    );
    rows.field(
        "spec.project.repository",
        "repository",
        Shape::Text,
        "none: commands find an empty workspace",
        "Checked out into the workspace of each command",
    );
    if spec
        .project
        .as_ref()
        .is_some_and(|project| project.repository.is_some())
    {
        rows.field(
            "spec.project.revision",
            "revision",
            Shape::Text,
            "its default branch",
            "Branch, tag or commit",
        );
    }
}

fn environments(rows: &mut Rows, document: &Value) {
    rows.title("Environments");
    for n in 0..count(document, ENVIRONMENTS) {
        let at = format!("{ENVIRONMENTS}[{n}]");
        rows.row(
            &at,
            text(document, &format!("{at}.name")),
            What::Item,
            String::new(),
            "Where it is verified: a branch of the run",
        );
        if is_open(document, &at) {
            rows.depth = 1;
            let about = "Its name: lower-case letters, digits and -";
            rows.field(&format!("{at}.name"), "name", Shape::Text, "", about);
            let about = "What requests that begin with / are sent to";
            rows.field(&format!("{at}.url"), "address", Shape::Text, "none", about);
            rows.depth = 0;
        }
    }
    let about = "Without any there is one branch, without a name";
    rows.row(
        &format!("{ENVIRONMENTS}[+]"),
        "another environment",
        What::Add,
        String::new(),
        about,
    );
}

fn criteria(rows: &mut Rows, document: &Value, spec: &Spec) {
    let all = count(document, CRITERIA);
    let on = (0..all)
        .filter(|n| !is_off(document, &format!("{CRITERIA}[{n}]")))
        .count();
    rows.title(match all {
        0 => "Criteria".to_owned(),
        _ if on == all => format!("Criteria  {all}"),
        _ => format!("Criteria  {on} of {all}"),
    });
    for n in 0..all {
        let at = format!("{CRITERIA}[{n}]");
        rows.row(
            &at,
            text(document, &format!("{at}.id")),
            What::Item,
            String::new(),
            "What must hold, and how that is found out",
        );
        if is_open(document, &at) {
            rows.depth = 1;
            checks::criterion(rows, document, &at, spec);
            rows.depth = 0;
        }
    }
    let about = "Another thing that must hold";
    rows.row(
        &format!("{CRITERIA}[+]"),
        "another criterion",
        What::Add,
        String::new(),
        about,
    );
}

fn how(rows: &mut Rows, spec: &Spec) {
    const FROM: &[&str] = &["Builtin", "WorkflowTemplate", "ClusterWorkflowTemplate"];
    rows.title("How");
    let template = spec.template();
    template_rows(rows, &template, FROM);
    let ours = template.kind == TemplateKind::Builtin;
    if ours {
        rows.field(
            "spec.image",
            "image",
            Shape::Text,
            "none",
            "Image of the commands that name none; it has a sh",
        );
    }
    let about = "Whose rights the steps have";
    rows.field(
        "spec.serviceAccountName",
        "service account",
        Shape::Text,
        "default",
        about,
    );
    if ours {
        let about = "How many criteria are looked at at once";
        rows.field(
            "spec.parallelism",
            "at once",
            Shape::Number,
            Spec::PARALLELISM.to_string(),
            about,
        );
    }
    let people = spec.criteria.iter().any(|one| one.check.waits_for_people());
    let limit = told(u64::from(Timeouts::default().run(people)));
    rows.field(
        "spec.timeouts.runSeconds",
        "attempt at most",
        Shape::Time,
        limit,
        "How long an attempt may take: 1h, 3d",
    );
    let limit = told(u64::from(Timeouts::CRITERION));
    rows.field(
        "spec.timeouts.criterionSeconds",
        "criterion at most",
        Shape::Time,
        limit,
        "How long a criterion may take that says nothing itself",
    );
    again(rows, spec, ours);
    if ours {
        given::given(rows);
    }
    given::kept(rows, ours);
    rows.field(
        "spec.testStrategy",
        "test strategy",
        Shape::Long,
        "none",
        "The task's own words on how it is tested; for people",
    );
}

/// What is done anew where it ended badly.
fn again(rows: &mut Rows, spec: &Spec, ours: bool) {
    const ON: &[&str] = &["Infrastructure", "TestFailure", "Both"];
    let about = "How often an attempt that ended is followed by another one";
    rows.field(
        "spec.retry.limit",
        "more attempts",
        Shape::Number,
        "0",
        about,
    );
    if let Some(retry) = spec.retry.filter(|retry| retry.limit > 0) {
        rows.field(
            "spec.retry.on",
            "attempts after",
            Shape::Choice(ON),
            "Infrastructure",
            "What is a reason for another attempt",
        );
        let backoff = retry.backoff.unwrap_or_default();
        let usual = Backoff::default();
        let first = told(u64::from(usual.seconds));
        rows.field(
            "spec.retry.backoff.seconds",
            "waits",
            Shape::Time,
            first,
            "How long is waited before the second attempt",
        );
        let about = "What the wait grows by";
        rows.field(
            "spec.retry.backoff.factor",
            "times",
            Shape::Number,
            usual.factor.to_string(),
            about,
        );
        let longest = told(u64::from(usual.max_seconds.max(backoff.max_seconds)));
        rows.field(
            "spec.retry.backoff.maxSeconds",
            "waits at most",
            Shape::Time,
            longest,
            "The longest wait",
        );
    }
    if ours {
        let about = "How often a step that ended badly is run again within an attempt";
        rows.field(
            "spec.stepRetry.limit",
            "step again",
            Shape::Number,
            "0",
            about,
        );
        if spec.step_retry.is_some_and(|retry| retry.limit > 0) {
            let about = "What is a reason to run a step again";
            rows.field(
                "spec.stepRetry.on",
                "step after",
                Shape::Choice(ON),
                "Infrastructure",
                about,
            );
        }
    }
}

fn template_rows(rows: &mut Rows, template: &Template, from: &'static [&'static str]) {
    const BUILTIN: &[&str] = &["acceptance", "multi-environment", "smoke"];
    let shape = match template.kind {
        TemplateKind::Builtin => Shape::Choice(BUILTIN),
        _ => Shape::Text,
    };
    let about = match template.builtin() {
        Some(builtin) => entry(builtin).about,
        None => {
            "The name of the template; its steps that are called as criteria tell their verdicts"
        }
    };
    rows.field(
        "spec.template.name",
        "template",
        shape,
        template.name.clone(),
        about,
    );
    let about = "Of this program, of the namespace, or of the cluster";
    rows.field(
        "spec.template.kind",
        "template of",
        Shape::Choice(from),
        "Builtin",
        about,
    );
    match template.builtin() {
        Some(builtin) => {
            for parameter in entry(builtin).parameters {
                let place = format!("spec.template.parameters.{}", parameter.name);
                let unsaid = parameter.values.first().copied().unwrap_or_default();
                rows.field(
                    &place,
                    parameter.name,
                    Shape::Choice(parameter.values),
                    unsaid,
                    parameter.about,
                );
            }
        }
        None => {
            let about = "What the template is told, a line each: name = value";
            rows.field(
                "spec.template.parameters",
                "parameters",
                Shape::Pairs,
                "none",
                about,
            );
        }
    }
}

/// The template that stands for what a spec says nothing of, by name: parameters belong to it.
pub fn usual_template(spec: &Spec) -> String {
    let name = spec.template().name;
    let known = entries().iter().any(|one| one.builtin.name() == name);
    match known {
        true => name,
        false => Builtin::Acceptance.name().to_owned(),
    }
}

/// An item that shows its fields.
pub fn is_open(document: &Value, at: &str) -> bool {
    place::get(document, &format!("{at}.{}open", place::OWN)).is_some()
}

/// A criterion that is left out of what is sent.
pub fn is_off(document: &Value, at: &str) -> bool {
    place::get(document, &format!("{at}.{}off", place::OWN)).is_some()
}

//! What a pretended pod will do: how long, how it ends, what it prints.
//! Apart from execution, which carries plans out without knowing where they come from.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::super::rng::Rng;

/// Annotation of a workflow that tells plans by step or template name, as JSON.
pub const ANNOTATION: &str = "tiphys.dev/plan";

/// What steps of one name do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct StepPlan {
    /// Shortest and longest run, seconds.
    pub seconds: Span,
    /// How often it fails by chance, 0 to 1.
    pub fail_rate: f64,
    /// Attempts that fail before one succeeds.
    pub fails: u32,
    /// Exit code: of every run, or of those that fail by chance or count.
    pub exit: i32,
    /// Reason of a failed container, `Error` if not given.
    pub reason: Option<String>,
    /// What a failed container left as its termination message.
    pub message: Option<String>,
    /// Display names this failing is limited to; all, if none.
    pub only: Vec<String>,
    /// Lines of a run that passes.
    pub logs: Vec<String>,
    /// Lines of a run that fails.
    pub fail_logs: Vec<String>,
    /// What a script prints as its result.
    pub result: Option<String>,
    /// Output parameters.
    pub outputs: BTreeMap<String, String>,
    /// Artifacts, by name.
    pub artifacts: BTreeMap<String, Left>,
    /// The scheduler's words, where it finds no node.
    pub unschedulable: Option<String>,
    /// The image cannot be pulled.
    pub pull_fails: bool,
    /// The pod is deleted this many seconds after it started.
    pub deleted_after: Option<f64>,
    /// Exit code when it is told to stop.
    pub on_term: Option<i32>,
    /// Member of a containerSet that fails.
    pub container: Option<String>,
}

/// What a step leaves in the store of artifacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Left {
    /// A JUnit report, as it is.
    Junit,
    /// A report in Markdown, packed as Argo packs a file.
    Report,
    /// A few facts as JSON, as they are.
    Summary,
    /// A folder of files, packed.
    Evidence,
    /// What a browser showed when a test failed, packed; nothing of one that passed.
    Screenshot,
    /// What a telephone showed then, as it is.
    Device,
}

impl Left {
    /// Whether a step that ended so leaves it.
    pub fn is_left(self, exit: i32) -> bool {
        exit != 0 || !matches!(self, Self::Screenshot | Self::Device)
    }

    /// Its file name, and whether it is packed.
    pub fn file(self) -> (&'static str, bool) {
        match self {
            Self::Junit => ("junit.xml", false),
            Self::Report => ("report.md", true),
            Self::Summary => ("summary.json", false),
            Self::Evidence => ("evidence", true),
            Self::Screenshot => ("test-failed-1.png", true),
            Self::Device => ("device.png", false),
        }
    }
}

/// A number of seconds, or a range to draw from.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Span {
    /// Always this long.
    Exactly(f64),
    /// Something between.
    Between([f64; 2]),
}

impl Default for Span {
    fn default() -> Self {
        Self::Between([2.0, 6.0])
    }
}

/// Plans by step or template name.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// Host and port of the store of artifacts, where there is one.
    pub keeps: Option<Arc<str>>,
    steps: BTreeMap<String, Arc<StepPlan>>,
}

/// Why a pod does not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// No node takes it; the scheduler's words.
    Unschedulable(String),
    /// The image is not there.
    Pull,
}

/// The plan of one pod.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Why it does not start.
    pub obstacle: Option<Obstacle>,
    /// How long main runs, milliseconds.
    pub run: i64,
    /// Exit code of main.
    pub exit: i32,
    /// Reason of the container's end.
    pub reason: String,
    /// Lines of main.
    pub lines: Vec<String>,
    /// Where it comes from.
    pub step: Arc<StepPlan>,
}

/// Which pod is planned.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// `metadata.annotations` of the workflow.
    pub annotations: &'a Value,
    /// Display name of the node.
    pub display: &'a str,
    /// Template.
    pub template: &'a str,
    /// Number of the attempt.
    pub attempt: u32,
    /// Input parameters.
    pub inputs: &'a [(String, String)],
    /// Nothing fails by chance now.
    pub calm: bool,
}

impl Catalogue {
    /// A catalogue of plans by name.
    pub fn new(steps: BTreeMap<String, StepPlan>) -> Self {
        let steps = steps.into_iter().map(|(name, plan)| (name, Arc::new(plan)));
        Self {
            steps: steps.collect(),
            keeps: None,
        }
    }

    /// The same, with a store for artifacts and logs at this address.
    #[must_use]
    pub fn keeping(self, endpoint: &str) -> Self {
        Self {
            keeps: Some(endpoint.into()),
            ..self
        }
    }

    /// What a step of this display name and template leaves behind; plans that a run has of its own do not say.
    pub fn artifacts(
        &self,
        display: &str,
        template: &str,
    ) -> impl Iterator<Item = (&String, &Left)> {
        let base = display.split('(').next().unwrap_or_default();
        let names = [display, base, template];
        let found = names.iter().find_map(|name| self.steps.get(*name));
        found.into_iter().flat_map(|plan| &plan.artifacts)
    }

    /// The plan of a pod; chance comes from `rng` only.
    pub fn plan(&self, asked: Asked<'_>, rng: &mut Rng) -> Plan {
        let step = self.find(asked);
        let limited = step.only.is_empty() || step.only.iter().any(|name| name == asked.display);
        // The dice are thrown all the same, so that calm changes nothing else.
        let by_chance = step.fail_rate > 0.0 && rng.chance(step.fail_rate) && !asked.calm;
        let counted = asked.attempt < step.fails;
        let always = step.fails == 0 && step.fail_rate == 0.0;
        let exit = if limited && (by_chance || counted || always) {
            if step.exit == 0 && (by_chance || counted) {
                1
            } else {
                step.exit
            }
        } else {
            0
        };
        let seconds = match step.seconds {
            Span::Exactly(seconds) => seconds,
            Span::Between([low, high]) => {
                rng.range((low * 1000.0) as i64, (high * 1000.0) as i64) as f64 / 1000.0
            }
        };
        let told = if exit == 0 || step.fail_logs.is_empty() {
            &step.logs
        } else {
            &step.fail_logs
        };
        let reason = match (exit, &step.reason) {
            (0, _) => "Completed".to_owned(),
            (_, Some(reason)) => reason.clone(),
            _ => "Error".to_owned(),
        };
        let obstacle = match &step.unschedulable {
            Some(words) => Some(Obstacle::Unschedulable(words.clone())),
            None => step.pull_fails.then_some(Obstacle::Pull),
        };
        Plan {
            obstacle,
            run: (seconds * 1000.0) as i64,
            exit,
            reason,
            lines: told
                .iter()
                .map(|line| told_line(line, asked, rng))
                .collect(),
            step,
        }
    }

    fn find(&self, asked: Asked<'_>) -> Arc<StepPlan> {
        let base = asked.display.split('(').next().unwrap_or_default();
        let names = [asked.display, base, asked.template];
        if let Some(text) = asked.annotations[ANNOTATION].as_str()
            && let Ok(mut own) = serde_json::from_str::<BTreeMap<String, StepPlan>>(text)
            && let Some(plan) = names.iter().find_map(|name| own.remove(*name))
        {
            return Arc::new(plan);
        }
        let found = names.iter().find_map(|name| self.steps.get(*name));
        found.cloned().unwrap_or_default()
    }
}

/// Fills `{name}` by the input of that name, `{#}` by a number below 1000; `\e` is an escape character.
fn told_line(line: &str, asked: Asked<'_>, rng: &mut Rng) -> String {
    let mut line = line.replace("\\e", "\u{1b}");
    while let Some(at) = line.find("{#}") {
        line.replace_range(at..at + 3, &rng.range(3, 1000).to_string());
    }
    if line.contains('{') {
        line = line.replace("{step}", asked.display);
        for (name, value) in asked.inputs {
            line = line.replace(&format!("{{{name}}}"), value);
        }
    }
    line
}

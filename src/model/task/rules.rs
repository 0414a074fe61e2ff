//! What a project says about the criteria of its tasks: `.tiphys/criteria.toml`, as a value.
//! Apart from reading the file (`wire::taskmaster::rules`) and from finding criteria, which knows no project.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::criteria::name;
use super::{Candidate, Confidence, Lean, TaskId};
use crate::model::qarun::{Check, Criterion, Environment, ManualCheck, Provenance};

/// The rules of a project, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// What QARuns of its tasks are made with.
    pub defaults: Defaults,
    /// What is done to criteria.
    pub rules: Vec<Rule>,
    /// Criteria that tasks have beside their own.
    pub adds: Vec<Add>,
}

/// What QARuns are made with unless somebody says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Defaults {
    /// What is verified.
    pub service: Option<String>,
    /// Image of commands.
    pub image: Option<String>,
    /// Where the code is.
    pub repository: Option<String>,
    /// Branch, tag or commit of it.
    pub revision: Option<String>,
    /// A template of this program's own.
    pub template: Option<String>,
    /// Whose rights the steps have.
    pub service_account: Option<String>,
    /// Where it is verified.
    pub environments: Vec<Environment>,
    /// What tasks of which complexity need; [`DEMANDS`] where nothing is said.
    #[serde(default)]
    pub complexity: Option<Vec<Demand>>,
}

/// What a task needs that is as complex as this, or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// From which score on, of 1 to 10.
    pub from: u32,
    /// How long a criterion may take, in seconds.
    pub criterion_timeout: Option<u32>,
    /// How long an attempt may take, in seconds; one in which a person is asked has as long as people have.
    pub run_timeout: Option<u32>,
    /// How often a step is tried again.
    pub retries: Option<u32>,
}

/// What complex tasks need where the project does not say: their tests take longer. Up to 6 a QARun has what it has anyway, ten minutes
/// for a criterion and an hour for an attempt.
pub const DEMANDS: [Demand; 2] = [
    Demand {
        from: 7,
        criterion_timeout: Some(20 * 60),
        run_timeout: Some(2 * 3600),
        retries: None,
    },
    Demand {
        from: 9,
        criterion_timeout: Some(30 * 60),
        run_timeout: Some(3 * 3600),
        retries: None,
    },
];

impl Defaults {
    /// What a task of this score needs: of those that it reaches the highest.
    pub fn demand(&self, score: &str) -> Option<Demand> {
        let score: f64 = score.trim().parse().ok()?;
        let all = self.complexity.as_deref().unwrap_or(&DEMANDS);
        let reached = all.iter().filter(|one| f64::from(one.from) <= score);
        reached.max_by_key(|one| one.from).copied()
    }
}

/// One rule: which criteria, and what is done to them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Which.
    pub when: When,
    /// What.
    pub does: Does,
    /// Where it stands, for people: `criteria.toml:3`.
    pub place: String,
}

/// Which criteria a rule is about: all that is said must hold, and something is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct When {
    /// What its text has: a part of it, or an expression between slashes; capitals count neither way.
    pub text: Option<String>,
    /// The same of its headings.
    pub heading: Option<String>,
    /// Where it was read: `file`, `details`, `testStrategy`, `acceptanceCriteria`.
    pub source: Option<String>,
    /// What it is or leans to: `command`, `http`, `metric`, `junit`, `manual`, `tests`.
    pub kind: Option<String>,
    /// Tasks, `*` stands for any text; all where there are none.
    pub tasks: Vec<String>,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Does {
    /// It is found out so.
    Map(Make),
    /// It is not taken.
    Drop,
    /// It is as said here, whatever else is known.
    Force {
        /// A run passes without it, or not.
        required: Option<bool>,
        /// It is taken, or not.
        take: Option<bool>,
        /// A person finds it out.
        manual: bool,
        /// How long it may take, in seconds.
        timeout: Option<u32>,
    },
}

/// A check that a rule makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Make {
    /// The check.
    pub check: Check,
    /// Of a metric: comparison and threshold are those of the text.
    pub threshold_of_text: bool,
    /// How long it may take, in seconds.
    pub timeout: Option<u32>,
}

/// A criterion that tasks have beside their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Add {
    /// Which tasks; all where there are none.
    pub tasks: Vec<String>,
    /// What must hold.
    pub text: String,
    /// Its name; made of the text where nothing is said.
    pub id: Option<String>,
    /// A run fails without it.
    pub required: bool,
    /// How it is found out; by a person where nothing is said.
    pub make: Option<Make>,
    /// Where it stands, for people.
    pub place: String,
}

/// An expression of a rule, compiled.
///
/// # Errors
/// Why it cannot be.
pub fn compiled(text: &str) -> Result<Regex, String> {
    let inner = text
        .strip_prefix('/')
        .and_then(|rest| rest.strip_suffix('/'));
    let expression = inner.map_or_else(|| regex::escape(text), str::to_owned);
    let built = RegexBuilder::new(&expression)
        .case_insensitive(true)
        .size_limit(1 << 20)
        .build();
    built.map_err(|why| match why {
        regex::Error::CompiledTooBig(_) => "it is too big".to_owned(),
        why => why
            .to_string()
            .lines()
            .last()
            .unwrap_or_default()
            .trim()
            .trim_start_matches("error: ")
            .to_owned(),
    })
}

impl Rules {
    /// The criteria of a task as the project wants them: what was found, changed rule by rule, and what is added.
    pub fn apply(&self, id: &TaskId, found: Vec<Candidate>) -> Vec<Candidate> {
        let mut all = found;
        for rule in &self.rules {
            let Some(when) = rule.when.compiled() else {
                continue;
            };
            for one in all.iter_mut().filter(|one| when.holds(id, one)) {
                rule.change(one);
            }
        }
        for add in self.adds.iter().filter(|add| is_about(&add.tasks, id)) {
            all.push(add.candidate());
        }
        name::unique(all)
    }
}

impl Rules {
    /// A rule says that a person finds it out: nobody has to propose anything else.
    pub fn by_hand(&self, one: &Candidate) -> bool {
        let by_hand = |does: &Does| match does {
            Does::Map(make) => matches!(make.check, Check::Manual { .. }),
            Does::Force { manual, .. } => *manual,
            Does::Drop => false,
        };
        let said = |rule: &Rule| one.because.starts_with(&format!("{} says", rule.place));
        (self.rules.iter()).any(|rule| by_hand(&rule.does) && said(rule))
    }
}

fn is_about(tasks: &[String], id: &TaskId) -> bool {
    tasks.is_empty() || tasks.iter().any(|wanted| like(wanted, id.as_str()))
}

/// A text is of a pattern, in which `*` stands for any text.
fn like(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = rest.split('*').collect();
    let (last, between) = parts
        .split_last()
        .map_or(("", &[][..]), |(last, between)| (*last, between));
    for part in between {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

/// Conditions with their expressions compiled.
struct Compiled<'a> {
    when: &'a When,
    text: Option<Regex>,
    heading: Option<Regex>,
}

impl When {
    /// It says something.
    pub fn is_said(&self) -> bool {
        *self != Self::default()
    }

    /// Nothing where an expression cannot be compiled: such a rule was refused when it was read.
    fn compiled(&self) -> Option<Compiled<'_>> {
        let of = |said: &Option<String>| said.as_deref().map(compiled).transpose().ok();
        Some(Compiled {
            when: self,
            text: of(&self.text)?,
            heading: of(&self.heading)?,
        })
    }
}

impl Compiled<'_> {
    fn holds(&self, id: &TaskId, one: &Candidate) -> bool {
        let said = |regex: &Option<Regex>, text: &str| {
            regex.as_ref().is_none_or(|regex| regex.is_match(text))
        };
        let source = one
            .criterion
            .provenance
            .as_ref()
            .map_or("", |from| &*from.source);
        let leans = one.leans.as_ref().map_or("", Lean::word);
        let kind = one.criterion.check.kind();
        said(&self.text, &one.criterion.text)
            && said(&self.heading, &one.heading)
            && self
                .when
                .source
                .as_deref()
                .is_none_or(|wanted| wanted == source)
            && self
                .when
                .kind
                .as_deref()
                .is_none_or(|wanted| wanted == kind || wanted == leans)
            && is_about(&self.when.tasks, id)
    }
}

impl Rule {
    fn change(&self, one: &mut Candidate) {
        let place = &self.place;
        match &self.does {
            Does::Drop => {
                one.chosen = false;
                one.because = format!("{place} drops it");
            }
            Does::Map(make) => match make.check_for(one) {
                Some(check) => {
                    one.criterion.check = check;
                    one.criterion.timeout_seconds = make.timeout.or(one.criterion.timeout_seconds);
                    one.confidence = Confidence::High;
                    one.because = format!("{place} says how");
                    one.leans = None;
                    one.chosen = true;
                }
                None => {
                    one.because =
                        format!("{place} takes the threshold from the text, which names none")
                }
            },
            Does::Force {
                required,
                take,
                manual,
                timeout,
            } => {
                one.criterion.required = required.unwrap_or(one.criterion.required);
                one.chosen = take.unwrap_or(one.chosen);
                if *manual && one.is_executable() {
                    one.criterion.check = by_hand(&one.criterion.text);
                    one.criterion.timeout_seconds = None;
                } else if !matches!(one.criterion.check, Check::Manual { .. }) {
                    one.criterion.timeout_seconds = timeout.or(one.criterion.timeout_seconds);
                }
                one.because = format!("{place} says so");
            }
        }
    }
}

fn by_hand(text: &str) -> Check {
    Check::Manual {
        manual: ManualCheck {
            instructions: text.to_owned(),
            who: Vec::new(),
        },
    }
}

impl Make {
    /// The check for a criterion; nothing where the text lacks what it is to be made of.
    fn check_for(&self, one: &Candidate) -> Option<Check> {
        let mut check = self.check.clone();
        match &mut check {
            Check::Metric { metric } if self.threshold_of_text => match &one.leans {
                Some(Lean::Metric {
                    comparison,
                    threshold,
                    ..
                }) => {
                    metric.comparison = *comparison;
                    metric.threshold.clone_from(threshold);
                }
                _ => return None,
            },
            Check::Manual { manual } if manual.instructions.is_empty() => {
                manual.instructions.clone_from(&one.criterion.text);
            }
            _ => {}
        }
        Some(check)
    }
}

impl Add {
    fn candidate(&self) -> Candidate {
        let check = match &self.make {
            Some(make) => make.check.clone(),
            None => by_hand(&self.text),
        };
        Candidate {
            criterion: Criterion {
                id: self.id.clone().unwrap_or_else(|| name::of(&self.text)),
                text: self.text.clone(),
                required: self.required,
                check,
                timeout_seconds: self.make.as_ref().and_then(|make| make.timeout),
                provenance: Some(Provenance {
                    source: "rule".to_owned(),
                    path: Some(self.place.clone()),
                    ..Provenance::default()
                }),
            },
            heading: String::new(),
            confidence: Confidence::High,
            because: format!("{} adds it", self.place),
            leans: None,
            ticked: None,
            chosen: true,
            fingerprint: name::fingerprint(&self.text),
        }
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;

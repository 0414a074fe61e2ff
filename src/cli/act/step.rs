//! The step that a name means, where an order is about one.
//! Apart from the console's cursor, which stands on one.

use std::sync::Arc;

use crate::model::workflow::{Step, StepKind};

/// Most steps listed where one is not clear.
const LISTED: usize = 10;

/// Which step is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pick<'a> {
    /// Its name as shown, its whole name or its id; `None`: the only one that fits.
    pub(super) name: Option<&'a str>,
    /// One that waits for a person; else one that failed.
    pub(super) waiting: bool,
}

impl Pick<'_> {
    fn fits(self, step: &Step) -> bool {
        match self.waiting {
            true => step.is_waiting(),
            // Groups only hold what failed, and attempts belong to their step.
            false => {
                let works = step.kind.is_leaf() || step.kind == StepKind::Retry;
                works && !step.attempt && step.phase.is_bad()
            }
        }
    }

    fn word(self) -> &'static str {
        match self.waiting {
            true => "waits",
            false => "failed",
        }
    }

    /// Id and name as shown.
    ///
    /// # Errors
    /// Why none is meant, or more than one: one clause, with what there is.
    pub(super) fn of(self, steps: &[Step]) -> Result<(Arc<str>, Arc<str>), String> {
        let found = |step: &Step| Ok((step.id.clone(), step.display.clone()));
        let fitting: Vec<&Step> = steps.iter().filter(|step| self.fits(step)).collect();
        let Some(name) = self.name else {
            return match fitting[..] {
                [step] => found(step),
                [] => Err(format!("no step of it {}", self.word())),
                _ => Err(format!(
                    "{} steps of it wait: {}; say which with --step",
                    fitting.len(),
                    listed(&fitting)
                )),
            };
        };
        if let Some(step) = steps.iter().find(|step| *step.id == *name) {
            return found(step);
        }
        let called = |step: &&Step| *step.display == *name || *step.name == *name;
        let all: Vec<&Step> = steps.iter().filter(called).collect();
        let those: Vec<&Step> = fitting.iter().copied().filter(called).collect();
        match (&all[..], &those[..]) {
            (_, [step]) | ([step], []) => found(step),
            ([], _) => Err(match fitting.is_empty() {
                true => format!(
                    "it has no step called {name}, and none of it {}",
                    self.word()
                ),
                false => format!(
                    "it has no step called {name}; of it {}: {}",
                    self.word(),
                    listed(&fitting)
                ),
            }),
            (all, those) => {
                let which = if those.is_empty() { all } else { those };
                Err(format!(
                    "{} steps are called {name}: {}; say which by its id",
                    which.len(),
                    listed(which)
                ))
            }
        }
    }
}

/// `check(0:a) [e2e-7-123, Failed]`, several by commas.
fn listed(steps: &[&Step]) -> String {
    let names: Vec<String> = (steps.iter().take(LISTED))
        .map(|step| format!("{} [{}, {}]", step.display, step.id, step.phase.word()))
        .collect();
    match steps.len().saturating_sub(LISTED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn steps() -> Vec<Step> {
        let node = |id: &str, name: &str, kind: &str, phase: &str| {
            let display = name.rsplit('.').next().unwrap();
            json!({"id": id, "name": name, "displayName": display, "type": kind, "phase": phase})
        };
        let object = json!({
            "metadata": {"name": "w", "namespace": "n", "uid": "u"},
            "status": {"phase": "Running", "nodes": {
                "w": node("w", "w", "DAG", "Running"),
                "w-1": node("w-1", "w.a.build", "Pod", "Succeeded"),
                "w-2": node("w-2", "w.b.build", "Pod", "Failed"),
                "w-3": node("w-3", "w.a.test", "Pod", "Failed"),
                "w-4": node("w-4", "w.b.test", "Pod", "Error"),
                "w-5": node("w-5", "w.ask", "Suspend", "Running"),
                "w-6": node("w-6", "w.a.lint", "Pod", "Succeeded"),
            }},
        });
        let workflow = crate::wire::workflow(object.to_string().as_bytes()).unwrap();
        workflow.steps
    }

    fn pick(name: Option<&str>, waiting: bool) -> Result<String, String> {
        let pick = Pick { name, waiting };
        pick.of(&steps()).map(|(id, _)| id.to_string())
    }

    #[test]
    fn a_name_means_the_one_step_that_fits() {
        let id = |id: &str| Ok(id.to_string());
        assert_eq!(pick(None, true), id("w-5"));
        assert_eq!(pick(Some("ask"), true), id("w-5"));
        assert_eq!(pick(Some("build"), false), id("w-2"), "the one that failed");
        assert_eq!(pick(Some("w-1"), false), id("w-1"), "what is said is meant");
        assert_eq!(pick(Some("w.a.test"), false), id("w-3"));
        assert_eq!(
            pick(Some("lint"), false),
            id("w-6"),
            "why not is said by the order"
        );
        let why = pick(Some("test"), false).unwrap_err();
        assert!(why.starts_with("2 steps are called test: "), "{why}");
        assert!(
            why.contains("test [w-3, Failed]") && why.contains("test [w-4, Error]"),
            "{why}"
        );
        let why = pick(Some("deploy"), false).unwrap_err();
        assert!(
            why.starts_with("it has no step called deploy; of it failed: "),
            "{why}"
        );
        assert!(why.contains("build [w-2, Failed]"), "{why}");
        let none = Pick {
            name: None,
            waiting: true,
        }
        .of(&[])
        .unwrap_err();
        assert_eq!(none, "no step of it waits");
    }
}

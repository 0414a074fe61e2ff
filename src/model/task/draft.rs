//! The QARun that verifies a task.
//! Apart from finding its criteria, and from the form in which a person changes them.

use std::collections::BTreeMap;

use super::criteria::name;
use super::rules::Defaults;
use super::{Candidate, Task};
use crate::model::qarun::{
    Check, Criterion, ManualCheck, Project, Provenance, Retry, Spec, Template, TemplateKind,
    Timeouts,
};

/// Most criteria of a QARun (`wire/qarun/crd.yaml`).
pub const MOST: usize = 100;
/// Longest instructions of a criterion, in characters.
const INSTRUCTIONS: usize = 4096;
/// Longest test strategy that a QARun takes along, in characters.
const STRATEGY: usize = 16384;

impl Defaults {
    /// These, and where they say nothing those.
    #[must_use]
    pub fn or(self, others: &Self) -> Self {
        let or = |ours: Option<String>, theirs: &Option<String>| ours.or_else(|| theirs.clone());
        Self {
            service: or(self.service, &others.service),
            image: or(self.image, &others.image),
            repository: or(self.repository, &others.repository),
            revision: or(self.revision, &others.revision),
            template: or(self.template, &others.template),
            service_account: or(self.service_account, &others.service_account),
            environments: match self.environments.is_empty() {
                true => others.environments.clone(),
                false => self.environments,
            },
            complexity: self.complexity.or_else(|| others.complexity.clone()),
        }
    }

    /// What `metadata.qa` of a task says: `service`, `image`, `repository`, `revision`, `template`.
    pub fn of(task: &Task) -> Self {
        let qa = task.metadata.get("qa");
        let said = |key: &str| Some(qa?.get(key)?.as_str()?.to_owned());
        Self {
            service: said("service"),
            image: said("image"),
            repository: said("repository"),
            revision: said("revision"),
            template: said("template"),
            ..Self::default()
        }
    }
}

/// The spec of a QARun that verifies these criteria of a task; those that are not chosen are left out.
pub fn spec(task: &Task, tag: Option<&str>, criteria: &[Candidate], with: &Defaults) -> Spec {
    let project = Project {
        repository: with.repository.clone(),
        revision: with.revision.clone(),
        tag: tag.map(str::to_owned),
        credentials: None,
    };
    let template = with.template.as_ref().map(|name| Template {
        kind: TemplateKind::Builtin,
        name: name.clone(),
        parameters: BTreeMap::new(),
    });
    let score = task.complexity.as_ref().map(|one| &*one.score);
    let demand = score.and_then(|score| with.demand(score));
    let demand = demand.unwrap_or_default();
    let by_hand = |one: &Candidate| matches!(one.criterion.check, Check::Manual { .. });
    let people = criteria.iter().any(|one| one.chosen && by_hand(one));
    let timeouts = Timeouts {
        run_seconds: demand.run_timeout.filter(|_| !people),
        criterion_seconds: demand.criterion_timeout,
    };
    let strategy: String = task.test_strategy.trim().chars().take(STRATEGY).collect();
    Spec {
        task_id: Some(task.id.to_string()),
        project: (project != Project::default()).then_some(project),
        service: with.service.clone().unwrap_or_default(),
        environments: with.environments.clone(),
        criteria: (criteria.iter())
            .filter(|one| one.chosen)
            .map(|one| one.criterion.clone())
            .collect(),
        test_strategy: (!strategy.is_empty()).then_some(strategy),
        template,
        image: with.image.clone(),
        timeouts: (timeouts != Timeouts::default()).then_some(timeouts),
        step_retry: demand.retries.map(|limit| Retry {
            limit,
            ..Retry::default()
        }),
        service_account_name: with.service_account.clone(),
        ..Spec::default()
    }
}

/// The same criteria, those that a person finds out one for each heading: a list to go through instead of as many approvals.
pub fn by_section(criteria: Vec<Candidate>) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = Vec::new();
    // Where the section of a heading stands among them, and the instructions so far.
    let mut sections: BTreeMap<(String, bool), usize> = BTreeMap::new();
    for one in criteria {
        let by_hand = one.chosen && matches!(one.criterion.check, Check::Manual { .. });
        if !by_hand || one.heading.is_empty() {
            all.push(one);
            continue;
        }
        let key = (one.heading.clone(), one.criterion.required);
        match sections.get(&key).copied() {
            Some(at) => all[at].join(&one),
            None => {
                sections.insert(key, all.len());
                let mut first = one.clone();
                first.begin();
                first.join(&one);
                all.push(first);
            }
        }
    }
    name::unique(all)
}

impl Candidate {
    /// Makes it the list of its section, with nothing in it yet.
    fn begin(&mut self) {
        let last = self.heading.rsplit(" › ").next().unwrap_or(&self.heading);
        self.criterion.id = name::of(last);
        self.criterion.text.clone_from(&self.heading);
        self.criterion.check = Check::Manual {
            manual: ManualCheck::default(),
        };
        self.because = "points below one heading, for a person to go through".to_owned();
        self.leans = None;
        self.ticked = None;
        self.fingerprint = String::new();
    }

    /// Puts another one into the list.
    fn join(&mut self, other: &Self) {
        if let Check::Manual { manual } = &mut self.criterion.check {
            let gap = if manual.instructions.is_empty() {
                ""
            } else {
                "\n"
            };
            let line = format!("{gap}- {}", other.criterion.text);
            let room = INSTRUCTIONS.saturating_sub(manual.instructions.chars().count());
            manual.instructions.extend(line.chars().take(room));
        }
        self.fingerprint =
            name::fingerprint(&format!("{} {}", self.fingerprint, other.fingerprint));
        let ends = |criterion: &Criterion| criterion.provenance.as_ref().and_then(|from| from.end);
        let end = ends(&other.criterion);
        if let Some(Provenance { end: last, .. }) = &mut self.criterion.provenance {
            *last = end.or(*last);
        }
    }
}

/// A name for a QARun of a task, the same for the same seed: `qa-15-10-3f09c`.
pub fn name(task: &Task, seed: &str) -> String {
    let id = name::of(&format!("qa {}", task.id));
    format!("{id}-{}", &name::fingerprint(seed)[..5])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::qarun::Environment;
    use crate::model::task::TaskId;
    use crate::model::task::criteria::{Document, found};

    fn criteria(text: &str) -> Vec<Candidate> {
        found(&Task::default(), Some(Document { path: "d.md", text }))
    }

    #[test]
    fn a_task_becomes_a_spec_with_what_is_chosen() {
        let task = Task {
            id: TaskId::new("15.10"),
            test_strategy: "Verify it. This explains it.".to_owned(),
            ..Task::default()
        };
        let with = Defaults {
            service: Some("shop".to_owned()),
            environments: vec![Environment {
                name: "qa".to_owned(),
                ..Environment::default()
            }],
            ..Defaults::default()
        };
        let spec = spec(&task, Some("v2"), &found(&task, None), &with);
        assert_eq!(spec.task_id.as_deref(), Some("15.10"));
        assert_eq!(spec.project.unwrap().tag.as_deref(), Some("v2"));
        let texts: Vec<&str> = spec.criteria.iter().map(|one| &*one.text).collect();
        assert_eq!((texts, spec.environments.len()), (vec!["Verify it"], 1));
        let name = name(&task, "seed");
        assert!(name.starts_with("qa-15-10-") && name.len() == 14, "{name}");
    }

    #[test]
    fn a_section_for_a_person_is_one_list_and_machines_keep_theirs() {
        let text = "# D\n## Security\n- [ ] No secrets\n- [ ] `cargo test` passes\n- [ ] Salted\n## Look\n- [ ] Nice (optional)\n- [ ] Blue\n";
        let all = by_section(criteria(text));
        let ids: Vec<&str> = all.iter().map(|one| &*one.criterion.id).collect();
        assert_eq!(ids, ["security", "cargo-test-passes", "look", "look-2"]);
        let Check::Manual { manual } = &all[0].criterion.check else {
            panic!()
        };
        assert_eq!(manual.instructions, "- No secrets\n- Salted");
        assert_eq!(
            (all[2].criterion.required, all[3].criterion.required),
            (false, true)
        );
    }

    #[test]
    fn complex_tasks_have_more_time_but_people_have_theirs() {
        let task = |score: &str, strategy: &str| Task {
            test_strategy: strategy.to_owned(),
            complexity: Some(crate::model::task::Complexity {
                score: score.into(),
                ..Default::default()
            }),
            ..Task::default()
        };
        let times = |score: &str, strategy: &str, with: &Defaults| {
            let task = task(score, strategy);
            let spec = spec(&task, None, &found(&task, None), with);
            let retry = spec.step_retry.map(|retry| retry.limit);
            let times = spec.timeouts.unwrap_or_default();
            (times.criterion_seconds, times.run_seconds, retry)
        };
        let usual = Defaults::default();
        let machine = "- `cargo test` passes";
        assert_eq!(times("6", machine, &usual), (None, None, None));
        assert_eq!(
            times("7.5", machine, &usual),
            (Some(1200), Some(7200), None)
        );
        assert_eq!(
            times("10", machine, &usual),
            (Some(1800), Some(10800), None)
        );
        assert_eq!(
            times("10", "- Look at it", &usual),
            (Some(1800), None, None)
        );
        assert_eq!(times("hard", machine, &usual), (None, None, None));
        let demand = crate::model::task::rules::Demand {
            from: 3,
            retries: Some(2),
            ..Default::default()
        };
        let own = Defaults {
            complexity: Some(vec![demand]),
            ..Defaults::default()
        };
        assert_eq!(times("9", machine, &own), (None, None, Some(2)));
        let none = Defaults {
            complexity: Some(Vec::new()),
            ..Defaults::default()
        };
        assert_eq!(times("9", machine, &none), (None, None, None));
    }

    #[test]
    fn what_is_said_first_holds() {
        let mut task = Task::default();
        task.metadata.insert(
            "qa".to_owned(),
            serde_json::json!({"service": "shop", "image": 1}),
        );
        let rules = Defaults {
            service: Some("other".to_owned()),
            image: Some("img".to_owned()),
            ..Defaults::default()
        };
        let all = Defaults::of(&task).or(&rules);
        assert_eq!(
            (all.service.as_deref(), all.image.as_deref()),
            (Some("shop"), Some("img"))
        );
    }
}

//! Proposals and questions as people and programs read them.
//! Apart from getting them. A proposal is shown whole: what is agreed to is what was read.

use serde::Serialize;
use serde_json::{Value, json};

use super::question::Question;
use crate::cli::fail::Failure;
use crate::cli::output;
use crate::model::mask::mask;
use crate::model::task::Candidate;
use crate::model::task::proposal::{Proposal, Refused};
use crate::model::text::{clean, counted};

/// A proposal with what would become of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Offer {
    /// The task.
    task: String,
    /// What must hold.
    text: String,
    /// The proposal.
    #[serde(flatten)]
    pub(super) proposal: Proposal,
    /// The rule that brings it about.
    pub(super) rule: String,
}

/// A refusal with the task it is about.
#[derive(Serialize)]
pub(super) struct Denied {
    task: String,
    #[serde(flatten)]
    refused: Refused,
}

/// A criterion nothing is proposed for.
#[derive(Serialize)]
pub(super) struct Left {
    task: String,
    criterion: String,
}

/// All that came of all questions.
#[derive(Default, Serialize)]
pub(super) struct Found {
    pub(super) model: String,
    pub(super) proposals: Vec<Offer>,
    pub(super) refused: Vec<Denied>,
    pub(super) left: Vec<Left>,
}

impl Found {
    /// Adds what came of a question.
    pub(super) fn add(
        &mut self,
        question: &Question<'_>,
        offers: Vec<(Proposal, String)>,
        refused: Vec<Refused>,
    ) {
        let task = question.task.id.to_string();
        let told = |id: &str| offers.iter().any(|(one, _)| one.criterion == id);
        let left = question
            .criteria
            .iter()
            .filter(|one| !told(&one.criterion.id));
        self.left.extend(left.map(|one| Left {
            task: task.clone(),
            criterion: one.criterion.id.clone(),
        }));
        self.refused
            .extend(refused.into_iter().map(|refused| Denied {
                task: task.clone(),
                refused,
            }));
        for (proposal, rule) in offers {
            let text = text(&question.criteria, &proposal.criterion);
            self.proposals.push(Offer {
                task: task.clone(),
                text,
                proposal,
                rule,
            });
        }
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for offer in &self.proposals {
            text.push_str(&offer.text());
            text.push('\n');
        }
        for Denied { task, refused } in &self.refused {
            let line = format!("refused {task}/{}: {}", refused.criterion, refused.why);
            text.push_str(&format!("{}\n", clean(&line)));
        }
        let left: Vec<String> = (self.left.iter())
            .map(|left| format!("{}/{}", left.task, left.criterion))
            .collect();
        if !left.is_empty() {
            text.push_str(&format!("nothing for {}\n", clean(&left.join(", "))));
        }
        text + &format!(
            "{} of {}; none of them is in force, and nothing was run\n",
            counted(self.proposals.len(), "proposal"),
            clean(&self.model)
        )
    }
}

fn text(criteria: &[Candidate], id: &str) -> String {
    let found = criteria.iter().find(|one| one.criterion.id == id);
    found.map_or_else(String::new, |one| mask(&one.criterion.text).into_owned())
}

impl Offer {
    /// What it is about and the difference that it makes.
    pub(super) fn text(&self) -> String {
        let Self { task, text, .. } = self;
        let Proposal {
            criterion,
            check,
            reason,
            ..
        } = &self.proposal;
        let mut lines = vec![
            format!("{task}/{criterion}: {}", check.kind()),
            format!("  {text}"),
            format!("  because: {reason}"),
            "  -manual".to_owned(),
        ];
        lines.extend(self.rule.lines().map(|line| format!("  +{}", mask(line))));
        lines
            .iter()
            .map(|line| format!("{}\n", clean(line)))
            .collect()
    }
}

/// What would be sent, and to whom.
pub(super) fn rehearsed(
    messages: &str,
    questions: &[(Question<'_>, bool)],
    json: bool,
) -> Result<String, Failure> {
    let document = |(question, kept): &(Question<'_>, bool)| json!({"task": question.task.id.as_str(), "url": messages, "answered": kept, "body": question.body});
    if json {
        return output::json(&questions.iter().map(document).collect::<Vec<Value>>());
    }
    let mut text = String::new();
    for (question, kept) in questions {
        let answered = match kept {
            true => "answered before: nothing would be sent",
            false => "would be sent",
        };
        let line = format!(
            "task {}, {}: {answered}\nPOST {messages}\n",
            question.task.id,
            counted(question.asked.len(), "criterion").replace("criterions", "criteria"),
        );
        text.push_str(
            &line
                .lines()
                .map(|line| format!("{}\n", clean(line)))
                .collect::<String>(),
        );
        let body = output::json(&question.body)?;
        text.extend(body.lines().map(|line| format!("{}\n", clean(line))));
        text.push('\n');
    }
    Ok(text)
}

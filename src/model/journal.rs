//! The trail of what was done: one entry for each write that was agreed to.
//! Apart from where it is kept, so that console and scripts read the same words.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::act::{Operation, Order, Outcome, Sent};

/// One write and what became of it. A line of the journal is one of these as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was sent.
    pub at: Timestamp,
    /// Who did it, as the API server knows us.
    pub who: Arc<str>,
    /// The context.
    pub context: Arc<str>,
    /// The server's address, without credentials.
    pub server: Arc<str>,
    /// What was asked, of which object.
    pub order: Order,
    /// The requests that went out, in their order, with their answers. What looks like a credential is masked.
    pub sent: Vec<Sent>,
    /// How it ended; `None` in the line that is written before the first request goes out.
    pub outcome: Option<Outcome>,
    /// The file that keeps what was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trash: Option<Arc<str>>,
}

impl Entry {
    /// One line: what was done, and how it ended.
    pub fn sentence(&self) -> String {
        let Order { key, operation, .. } = &self.order;
        let step = match operation.step() {
            Some(step) => format!(" (step {step})"),
            None => String::new(),
        };
        let kind = match self.order.kind_name() {
            "Workflow" => String::new(),
            kind => format!("{kind} "),
        };
        let how = match &self.outcome {
            None => "was sent; how it ended is not known".to_string(),
            Some(Outcome::Applied {
                made: Some(made), ..
            }) => format!("applied, made {}", made.name),
            Some(Outcome::Applied { expect, .. })
                if matches!(operation, Operation::Shell { .. }) =>
            {
                expect.to_string()
            }
            Some(Outcome::Applied { .. }) => "applied".to_string(),
            Some(
                outcome @ (Outcome::NotApplied { why }
                | Outcome::Unknown { why }
                | Outcome::Changed { why }),
            ) => format!("{}: {why}", outcome.word()),
        };
        format!("{} {kind}{key}{step}: {how}", operation.verb())
    }
}

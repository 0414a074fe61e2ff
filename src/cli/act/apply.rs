//! Documents that a cluster is to have: tried, shown, agreed to, applied.
//! Apart from orders, which are about objects that were looked at; these say what there must be, and saying it again is safe.

use std::process::ExitCode;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Agreement, Desk, Form, agree, run};
use crate::cli::Common;
use crate::cli::console::Look;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::output;
use crate::cluster::applying::{Applied, Manner};
use crate::model::text::clean;
use crate::model::trouble::Trouble;
use crate::runtime::acting;

/// What became of one.
#[derive(Serialize)]
struct Record {
    kind: String,
    namespace: Option<String>,
    name: String,
    outcome: &'static str,
    why: Option<String>,
}

/// What is said of one that an earlier one kept from being sent.
const NOT_SENT: &str = "not sent";

/// Applies documents in their order, after they were tried and agreed to; `force`: fields that others own become ours.
pub(in crate::cli) fn apply(
    common: &Common,
    look: &Look,
    agreement: &Agreement,
    documents: &[Value],
    force: bool,
) -> ExitCode {
    run(common, look, agreement, |desk| async move {
        desk.documents(documents, force).await
    })
}

impl Desk<'_> {
    async fn documents(&self, documents: &[Value], force: bool) -> Result<ExitCode, Failure> {
        let mut records = Vec::new();
        for document in documents {
            let manner = Manner {
                dry_run: true,
                force,
            };
            records.push(Record::new(
                document,
                self.cluster.apply(document, manner).await,
            ));
        }
        let news = records.iter().any(|one| !one.is_unchanged());
        if self.agreement.dry_run || !news {
            return self.told(&records);
        }
        if !self.agreement.yes {
            let lines: String = records
                .iter()
                .map(|one| format!("{}\n", one.line()))
                .collect();
            let context = clean(self.cluster.context());
            let question = format!("{lines}Apply this? (context {context}) [y/N] ");
            if !agree::answered(question).await? {
                fail::say("nothing was sent\n");
                return Ok(ExitCode::from(FAILED));
            }
        }
        self.send_documents(documents, &mut records, force).await;
        self.told(&records)
    }

    /// Applies what is not so already, one after the other. When one is refused, the rest may need it: they are not sent.
    async fn send_documents(&self, documents: &[Value], records: &mut [Record], force: bool) {
        let manner = Manner {
            dry_run: false,
            force,
        };
        let mut stopped = false;
        for (document, record) in documents.iter().zip(records) {
            if record.is_unchanged() {
                continue;
            }
            if stopped {
                record.outcome = NOT_SENT;
                record.why = None;
                continue;
            }
            let (journal, now) = (self.journal.as_ref(), Timestamp::now());
            let (applied, untold) =
                acting::apply(&self.cluster, document, manner, now, journal).await;
            for why in untold {
                fail::warn(&why);
            }
            stopped = applied.is_err();
            *record = Record::new(document, applied);
        }
    }

    fn told(&self, records: &[Record]) -> Result<ExitCode, Failure> {
        output::print(&match self.agreement.output {
            Form::Json => output::json(&records)?,
            Form::Text => records
                .iter()
                .map(|one| format!("{}\n", one.line()))
                .collect(),
            Form::Name => records
                .iter()
                .map(|one| format!("{}\n", one.key()))
                .collect(),
        })?;
        let good = records
            .iter()
            .all(|one| one.why.is_none() && one.outcome != NOT_SENT);
        Ok(if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FAILED)
        })
    }
}

impl Record {
    fn new(document: &Value, applied: Result<Applied, Trouble>) -> Self {
        let text = |key: &str| document["metadata"][key].as_str().map(str::to_owned);
        let (outcome, why) = match applied {
            Ok(applied) => (applied.word(), None),
            Err(why) => ("not applied", Some(why.to_string())),
        };
        Self {
            kind: document["kind"].as_str().unwrap_or_default().to_owned(),
            namespace: text("namespace"),
            name: text("name").unwrap_or_default(),
            outcome,
            why,
        }
    }

    fn is_unchanged(&self) -> bool {
        self.outcome == Applied::Unchanged.word()
    }

    fn key(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }

    fn line(&self) -> String {
        let why = self
            .why
            .as_ref()
            .map(|why| format!(": {why}"))
            .unwrap_or_default();
        clean(&format!(
            "{} {} {}{why}",
            self.outcome,
            self.kind,
            self.key()
        ))
        .into_owned()
    }
}

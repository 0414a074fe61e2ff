//! Documents that a cluster is to have: tried, shown, agreed to, applied.
//! Apart from orders, which are about objects that were looked at; these say what there must be, and saying it again is safe.

use std::process::ExitCode;

use serde::Serialize;
use serde_json::Value;

use super::{Agreement, Desk, Form, agree, run};
use crate::cli::Common;
use crate::cli::console::Look;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::output;
use crate::cluster::applying::{Applied, Manner};
use crate::model::text::clean;

/// What became of one.
#[derive(Serialize)]
struct Record {
    kind: String,
    namespace: Option<String>,
    name: String,
    outcome: String,
    why: Option<String>,
}

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
        let tried = self
            .each(
                documents,
                Manner {
                    dry_run: true,
                    force,
                },
            )
            .await;
        let news = tried
            .iter()
            .any(|one| one.outcome != Applied::Unchanged.word());
        if self.agreement.dry_run || !news {
            return self.told(&tried);
        }
        if !self.agreement.yes {
            let lines: String = tried
                .iter()
                .map(|one| format!("{}\n", one.line()))
                .collect();
            let question = format!(
                "{lines}Apply this? (context {}) [y/N] ",
                clean(self.cluster.context())
            );
            if !agree::answered(question).await? {
                fail::say("nothing was sent\n");
                return Ok(ExitCode::from(FAILED));
            }
        }
        let done = self
            .each(
                documents,
                Manner {
                    dry_run: false,
                    force,
                },
            )
            .await;
        self.told(&done)
    }

    /// Applies one after the other. When one of them really is refused, the rest may need it: they are not sent.
    async fn each(&self, documents: &[Value], manner: Manner) -> Vec<Record> {
        let mut records = Vec::new();
        let mut stopped = false;
        for document in documents {
            let text = |key: &str| document["metadata"][key].as_str().map(str::to_owned);
            let result = match stopped {
                true => Err("not sent".to_owned()),
                false => self
                    .cluster
                    .apply(document, manner)
                    .await
                    .map_err(|why| why.to_string()),
            };
            stopped |= result.is_err() && !manner.dry_run;
            let (outcome, why) = match result {
                Ok(applied) => (applied.word().to_owned(), None),
                Err(why) => ("not applied".to_owned(), Some(why)),
            };
            records.push(Record {
                kind: document["kind"].as_str().unwrap_or_default().to_owned(),
                namespace: text("namespace"),
                name: text("name").unwrap_or_default(),
                outcome,
                why,
            });
        }
        records
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
        let good = records.iter().all(|one| one.why.is_none());
        Ok(if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FAILED)
        })
    }
}

impl Record {
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

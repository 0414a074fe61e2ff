//! QARuns as rows of a `Table`: the columns of their definition, with the metadata.
//! Apart from the whole object ([`super::QaRun`]), which a list of thousands does not need.

use std::sync::Arc;

use super::super::intern::Interner;
use super::super::lax::Text;
use super::super::row::{Meta, row_from_meta, time};
use super::super::table::{Printed, Tables, named};
use super::super::watch::Versioned;
use crate::model::progress::Progress;
use crate::model::qarun::{Brief, Phase, Verdict};
use crate::model::row::{Row, label, series};
use crate::model::text::clean;

/// Reads Tables of QARuns.
pub type Briefs = Tables<QaRuns>;

/// What the server prints of QARuns: `additionalPrinterColumns` of the definition, by name. A definition that was installed
/// earlier lacks some of them.
#[derive(Debug, Default)]
pub struct QaRuns {
    names: Interner,
    columns: Vec<String>,
}

impl Printed for QaRuns {
    type Item = Brief;

    fn learn(&mut self, columns: &[&str]) {
        self.columns = columns.iter().map(|&name| name.to_owned()).collect();
    }

    fn read(&mut self, cells: &[Text<'_>], meta: &Meta<'_>) -> Versioned<Brief> {
        let cell = |name: &str| {
            let at = self.columns.iter().position(|column| column == name)?;
            cells.get(at)?.filled()
        };
        let number = |name: &str| cell(name).and_then(|text| text.parse::<u32>().ok());
        let moment = |name: &str| time(&Text::from(cell(name)?));
        let phase = cell("Phase").map(|word| Phase::from(clean(word).into_owned()));
        let environment = cell("Environment").map(|text| clean(text).into_owned());
        let (task, service) = (cell("Task").map(clean), cell("Service").map(clean));
        let template = cell("Template").map(clean);
        let template = template.as_deref();
        let template = template.unwrap_or(Brief::template_of(environment.as_deref()));
        let family = series(task.as_deref(), service.as_deref(), Some(template));
        let word = Brief::as_workflow(phase.as_ref()).api_word();
        let mut brief = Brief {
            row: row_from_meta(meta, Some(word), cell("Message"), &mut self.names),
            verdict: cell("Verdict").map(verdict),
            progress: cell("Progress").and_then(Progress::parse),
            environment: environment.map(|text| self.names.get(&text)),
            attempt: number("Attempt"),
            asked: number("Asked").unwrap_or(1).max(1),
            retries: number("Retries").unwrap_or(0),
            suspended: cell("Suspend") == Some("true"),
            shutdown: cell("Shutdown").map(|text| Arc::from(clean(text))),
            started: moment("Started"),
            finished: moment("Finished"),
            next: moment("Next"),
            phase,
        };
        brief.row.phase = Brief::as_workflow(brief.phase.as_ref());
        brief.row.completed = brief.is_over();
        brief.row.series = family.map(|family| self.names.get(&family));
        let told = [(label::TASK, task), (label::SERVICE, service)];
        for (name, value) in told {
            if let Some(value) = value {
                let (name, value) = (self.names.get(name), self.names.get(&value));
                label_with(&mut brief.row, name, value);
            }
        }
        named(&mut brief.row.key, cells);
        Versioned {
            key: brief.row.key.clone(),
            version: brief.row.version,
            item: brief,
        }
    }
}

/// What the spec says counts, whatever a label of that name does.
fn label_with(row: &mut Row, name: Arc<str>, value: Arc<str>) {
    let others = row.labels.iter().filter(|(known, _)| *known != name);
    let mut labels: Vec<_> = others.cloned().collect();
    labels.push((name, value));
    labels.sort();
    row.labels = labels.into();
}

fn verdict(word: &str) -> Verdict {
    match word {
        "pass" => Verdict::Pass,
        "fail" => Verdict::Fail,
        _ => Verdict::Inconclusive,
    }
}

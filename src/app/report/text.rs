//! A report of a run as Markdown: what somebody who was not there needs to know, in the order they ask for it.
//! Apart from the screen that shows it: the console, its files and `tiphys report` have the same text.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::steps;
use super::timeline;
use crate::app::compare::{self, Against, Kind, Section};
use crate::app::copy;
use crate::app::fleet::Run;
use crate::app::focus::Focus;
use crate::app::state::{Connection, State};
use crate::app::why;
use crate::model::clock;
use crate::model::compare::Seen;
use crate::model::key::Key;
use crate::model::markdown::{code, text};
use crate::model::mask::mask;
use crate::model::phase::{Phase, State as RunState};
use crate::model::qarun::{self, Finding, Standing, Verdict};
use crate::model::row::{Row, label};

/// Marks of earlier runs that are shown.
const MARKS: usize = 12;

/// The report of a run as it is known; `None`: nothing is known of it any more.
pub fn report(state: &State, key: &Key, now: Timestamp) -> Option<String> {
    let run = state.fleet.get(&key.uid);
    let focus = state.focus_on(key);
    let known = focus.and_then(|focus| focus.workflow.as_deref());
    let row = known
        .map(|one| &one.facts.row)
        .or(run.map(|run| &run.row))?;
    let sheet = Sheet {
        state,
        key,
        row,
        run,
        focus,
        now,
    };
    let mut out = String::new();
    sheet.head(&mut out);
    sheet.why(&mut out);
    sheet.criteria(&mut out);
    if let Some(focus) = focus {
        steps::write(&mut out, state, focus);
    }
    timeline::write(&mut out, state, key, focus, now);
    sheet.compared(&mut out);
    sheet.history(&mut out);
    sheet.done(&mut out);
    sheet.commands(&mut out);
    Some(out)
}

/// A moment as everybody reads it: UTC, to the second.
pub(super) fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// What a report is written from.
struct Sheet<'s> {
    state: &'s State,
    key: &'s Key,
    row: &'s Row,
    run: Option<&'s Run>,
    focus: Option<&'s Focus>,
    now: Timestamp,
}

impl Sheet<'_> {
    fn head(&self, out: &mut String) {
        let facts = self
            .focus
            .and_then(|focus| focus.workflow.as_deref())
            .map(|one| &one.facts)
            .or(self.run.and_then(|run| run.facts.as_deref()));
        let state = match self.run {
            // What its QARun came to counts more than how its workflow ended.
            Some(run) if run.qarun.is_some() => run.state(self.now),
            _ => crate::model::why::state(self.row, facts, self.now),
        };
        let word = state.word();
        let _ = writeln!(out, "# {}: {}\n", text(&self.key.to_string()), text(word));
        if let Some(facts) = facts {
            line(
                out,
                "State",
                state_of(facts.started, facts.finished, word, self.now),
            );
        }
        if let Some(cluster) = self.cluster() {
            line(out, "Cluster", cluster);
        }
        for (name, label) in [
            ("Cron", label::CRON),
            ("Template", label::TEMPLATE),
            ("Template of the cluster", label::CLUSTER_TEMPLATE),
            ("Repeats", label::RESUBMITTED_FROM),
            ("Task", label::TASK),
            ("Service", label::SERVICE),
            ("Team", label::TEAM),
            ("QARun", qarun::label::RUN),
            ("Attempt", qarun::label::ATTEMPT),
        ] {
            if let Some(value) = self.row.label(label) {
                line(out, name, code(value));
            }
        }
        for parameter in self.revisions() {
            line(out, &text(&parameter.0), code(&parameter.1));
        }
        if let Some(created) = self.row.created {
            line(out, "Created", utc(created));
        }
        line(out, "uid", code(self.key.uid.as_str()));
        if let Some(link) = self.state.links.run(self.key) {
            line(out, "Link", format!("<{link}>"));
        }
        line(out, "This report", format!("as known at {}", utc(self.now)));
        self.gaps(out);
    }

    /// Which cluster it is on, as far as that is known.
    fn cluster(&self) -> Option<String> {
        match &self.state.connection {
            Connection::Up {
                context, server, ..
            } => Some(format!("{} at {}", code(context), code(server))),
            _ => self.state.context.as_ref().map(|context| code(context)),
        }
    }

    /// What was found of each criterion, and of all of them.
    fn criteria(&self, out: &mut String) {
        let findings = self.focus.map(Focus::criteria).unwrap_or_default();
        if findings.is_empty() {
            return;
        }
        let met = findings.iter().filter(|one| one.standing.is_met()).count();
        let verdict = self.verdict(findings).map_or("none yet", Verdict::word);
        let all = findings.len();
        let _ = writeln!(
            out,
            "\n## Criteria\n\nVerdict: **{verdict}**, {met} of {all} met.\n"
        );
        for one in findings {
            let environment = one.environment.as_deref();
            let place = environment.map_or(String::new(), |name| format!(" in {}", code(name)));
            let optional = if one.criterion.required {
                ""
            } else {
                ", optional"
            };
            let _ = writeln!(
                out,
                "- **{}**{optional}: {}{place}: {}",
                one.standing.word(),
                code(&one.criterion.id),
                text(&one.criterion.text)
            );
            if let Some(evidence) = &one.evidence {
                let _ = writeln!(out, "  - {}", text(&mask(evidence)));
            }
        }
    }

    /// What the whole came to: as the QARun says, else of the required criteria once the run is over.
    fn verdict(&self, findings: &[Finding]) -> Option<Verdict> {
        let sheet = self.focus.and_then(|focus| focus.sheet.as_ref()?.verdict);
        let brief = || self.run.and_then(|run| run.qarun.as_ref()?.verdict);
        if let Some(said) = sheet.or_else(brief) {
            return Some(said);
        }
        let required = findings.iter().filter(|one| one.criterion.required);
        let found = |one: &Finding| match one.standing {
            Standing::Found(verdict) => Some(verdict),
            Standing::Open(_) => None,
        };
        let over = self.row.phase.is_done();
        over.then(|| {
            Verdict::of_all(required.map(|one| found(one).unwrap_or(Verdict::Inconclusive)))
        })
    }

    /// Parameters that say what was tested.
    fn revisions(&self) -> Vec<(String, String)> {
        let workflow = self.focus.and_then(|focus| focus.workflow.as_deref());
        let all = workflow.iter().flat_map(|one| &one.parameters);
        let says = |name: &str| {
            let name = name.to_ascii_lowercase();
            ["revision", "commit", "sha", "branch", "ref", "tag", "image"]
                .iter()
                .any(|word| name == *word || name.ends_with(&format!("-{word}")))
        };
        all.filter(|one| says(&one.name))
            .filter_map(|one| Some((one.name.to_string(), one.value.as_deref()?.to_string())))
            .collect()
    }

    /// What was not read, where the report would say less than there is.
    fn gaps(&self, out: &mut String) {
        let Some(focus) = self.focus else {
            line(
                out,
                "Missing",
                "the object was not read: steps and events are not told".into(),
            );
            return;
        };
        if focus.gone {
            line(
                out,
                "Missing",
                "the run is gone from the cluster; this is what was known of it".into(),
            );
        }
        if focus.workflow.is_none() {
            line(
                out,
                "Missing",
                "the object is being read: steps are not told yet".into(),
            );
        }
    }

    fn why(&self, out: &mut String) {
        let found = why::findings(self.state, self.key, None, self.now).unwrap_or_default();
        out.push_str("\n## Why\n\n");
        for (at, one) in found.iter().enumerate() {
            match at {
                0 => drop(writeln!(out, "**{}.**\n", text(&one.sentence))),
                _ => drop(writeln!(out, "\n{}.\n", text(&one.sentence))),
            }
            for piece in &one.evidence {
                let told = match &*piece.what {
                    "missing" => text(&piece.text),
                    _ => code(&piece.text),
                };
                let _ = writeln!(out, "- {}: {told}", text(&piece.what));
            }
        }
        if found.is_empty() {
            out.push_str("Nothing is known of it.\n");
        }
    }

    /// The comparison with the last green run, without the lines of the template: their number says enough here.
    fn compared(&self, out: &mut String) {
        let own = self.state.compare.as_ref();
        let Some(compare) = own.filter(|one| one.here() == self.key) else {
            return;
        };
        if matches!(&compare.against, Against::Nothing { .. }) && self.row.phase == Phase::Succeeded
        {
            return;
        }
        out.push_str("\n## Against the last green run\n\n");
        let mut short = compare.clone();
        short.folded = [Section::Spec, Section::Log].into();
        let head = compare::head(&short, self.state, self.now);
        let which = match (&compare.against, compare.told()) {
            // Whoever reads it reads it later: moments, and not how long ago.
            (Against::Run(_, why), Some(told)) => against(&told.there, why),
            _ => sentence(&head.which),
        };
        let _ = writeln!(out, "{which}\n");
        if let Some((_, verdict)) = &head.verdict {
            let _ = writeln!(out, "{}\n", sentence(verdict));
        }
        if let Against::Nothing { .. } = &compare.against {
            return;
        }
        for row in compare::rows(&short, self.state, self.now) {
            match row.line.kind {
                Kind::Section => drop(writeln!(
                    out,
                    "- **{}**: {}",
                    text(&row.text),
                    text(&row.right)
                )),
                Kind::Piece(_) => {}
                Kind::Change if matches!(row.line.target, Some(compare::Target::Log(_))) => {}
                Kind::Change => drop(writeln!(
                    out,
                    "  - {}: {}",
                    text(&row.left),
                    code(&row.text)
                )),
                Kind::Missing => drop(writeln!(out, "- not compared: {}", text(&row.text))),
                Kind::Note => drop(writeln!(out, "- {}", text(&row.text))),
            }
        }
    }

    /// How earlier runs of its origin went.
    fn history(&self, out: &mut String) {
        let Some(origin) = self.row.origin() else {
            return;
        };
        let outcomes = self.state.fleet.outcomes(&self.key.namespace, origin);
        if outcomes.is_empty() {
            return;
        }
        let passed = outcomes.iter().filter(|one| one.passed).count();
        let marks: String = outcomes[outcomes.len().saturating_sub(MARKS)..]
            .iter()
            .map(|one| if one.passed { '✔' } else { '✖' })
            .collect();
        let mut told = format!("{marks}  {passed} of the last {} passed", outcomes.len());
        let mut seconds = self.state.fleet.history(self.row);
        seconds.sort_unstable();
        if let Some(usual) = seconds.get(seconds.len() / 2) {
            let usual = i64::try_from(*usual).unwrap_or(i64::MAX);
            told += &format!("; usually {}", clock::exact(usual));
        }
        let _ = writeln!(
            out,
            "\n## Earlier runs of {}\n\n{told} (the newest on the right)",
            code(origin)
        );
    }

    /// What was done to it from here.
    fn done(&self, out: &mut String) {
        let journal = match &self.state.orders.journal {
            None => return,
            Some(Err(why)) => {
                let _ = writeln!(
                    out,
                    "\n## Done from here\n\nThe journal cannot be read: {}",
                    text(why)
                );
                return;
            }
            Some(Ok(journal)) => journal,
        };
        out.push_str("\n## Done from here\n\n");
        let mut own = journal
            .iter()
            .filter(|one| one.order.key.uid == self.key.uid)
            .peekable();
        if own.peek().is_none() {
            out.push_str("Nothing was done to it from this machine.\n");
        }
        for one in own {
            let _ = writeln!(
                out,
                "- {} {}: {}",
                utc(one.at),
                code(&one.who),
                text(&one.sentence())
            );
        }
    }

    /// What leads to it from a shell.
    fn commands(&self, out: &mut String) {
        if self.state.alone {
            return;
        }
        out.push_str("\n## Look for yourself\n\n");
        let target = copy::target(self.state);
        let name = copy::quoted(&self.key.to_string());
        let mut lines: Vec<String> = ["why", "logs", "compare"]
            .into_iter()
            .map(|verb| format!("tiphys {verb} {name}{target}"))
            .collect();
        let bad = matches!(self.row.phase, Phase::Failed | Phase::Error);
        lines.extend(bad.then(|| format!("tiphys retry {name}{target} --dry-run")));
        out.push_str(&crate::model::markdown::block(
            "sh",
            lines.iter().map(String::as_str),
        ));
    }
}

/// Which run it is compared with, and why that one.
fn against(there: &Seen, why: &str) -> String {
    let mut which = format!(
        "{} ({}",
        code(&there.key.to_string()),
        text(there.phase.api_word())
    );
    if let Some(created) = there.created {
        which += &format!(", made {}", utc(created));
    }
    if let Some(took) = there.took {
        which += &format!(", took {}", clock::exact(took));
    }
    which + &format!("), {}", sentence(why))
}

/// A sentence of the program: its end where it has none.
fn sentence(said: &str) -> String {
    let said = text(said);
    match said.ends_with(['.', '!', '?']) {
        true => said,
        false => said + ".",
    }
}

/// `Failed after 4m12s, ended 2026-11-22 02:14:19Z`.
fn state_of(
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
    word: &str,
    now: Timestamp,
) -> String {
    let took = |from, to| clock::exact(clock::seconds_between(from, to));
    match (started, finished) {
        (Some(from), Some(to)) => format!("{word} after {}, ended {}", took(from, to), utc(to)),
        (Some(from), None) => format!("{word} for {}, since {}", took(from, now), utc(from)),
        (None, _) => word.to_string(),
    }
}

fn line(out: &mut String, name: &str, value: String) {
    let _ = writeln!(out, "- **{name}**: {value}");
}

/// The state of something as a word for a sentence: `failed`.
pub(super) fn small(state: RunState) -> String {
    state.word().to_lowercase()
}

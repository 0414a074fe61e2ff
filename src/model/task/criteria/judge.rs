//! How a piece would be found out, how sure that is, and why.
//! Apart from cutting pieces out. Nothing is invented: a command or a URL is one that the text names, and what its exit status or its
//! answer would not say is left to a person.

mod asked;
mod run;

use super::name;
use super::unit::{Origin, Shape, Unit};
use super::words::{
    BY_HAND, EXITS, OPTIONAL, QUOTED, SHARE, STATUS, SUITE, SUITE_HEADING, THRESHOLD,
};
use crate::model::qarun::{Check, Comparison, Criterion, ManualCheck, Provenance};
use crate::model::task::{Candidate, Confidence, Lean};
use crate::model::text::clean;
use asked::{by_request, status};
use run::{by_command, typed};

/// Longest text, instructions and quotation of a criterion, in characters (`wire/qarun/crd.yaml`).
const TEXT: usize = 2048;
const INSTRUCTIONS: usize = 4096;
/// Longest expectation.
const EXPECTED: usize = 1024;

/// What was made of a piece.
struct Judged {
    check: Option<Check>,
    leans: Option<Lean>,
    because: String,
    /// The check assumes something.
    assumes: bool,
}

impl Judged {
    fn by_hand(leans: Option<Lean>, because: &str) -> Self {
        Self {
            check: None,
            leans,
            because: because.to_owned(),
            assumes: false,
        }
    }

    fn by_machine(check: Check, assumes: bool, because: &str) -> Self {
        Self {
            check: Some(check),
            leans: None,
            because: because.to_owned(),
            assumes,
        }
    }
}

/// The candidates that pieces become; `source` and `path` say where they were read.
pub(super) fn all(
    units: Vec<Unit>,
    origin: Origin,
    source: &str,
    path: Option<&str>,
) -> Vec<Candidate> {
    units
        .into_iter()
        .map(|unit| one(unit, origin, source, path))
        .collect()
}

fn one(unit: Unit, origin: Origin, source: &str, path: Option<&str>) -> Candidate {
    let judged = judge(&unit);
    let text = shortened(&clean(&unit.text), TEXT);
    let heading = clean(&unit.headings.join(" › ")).into_owned();
    let confidence = confidence(&unit, origin, &judged);
    let code = unit.code.as_ref().map_or("", |code| &code.text);
    let last = unit.headings.last().map_or("", String::as_str);
    let fingerprint = name::fingerprint(&format!("{last} {} {code}", unit.text));
    let id = unit.id.as_deref().map_or_else(
        || name::of(&text),
        |id| name::of(&format!("c {id}"))[2..].to_owned(),
    );
    let optional =
        OPTIONAL.is_in(&unit.text) || unit.headings.iter().any(|heading| OPTIONAL.is_in(heading));
    let check = judged
        .check
        .unwrap_or_else(|| manual(&unit, &text, &heading));
    Candidate {
        criterion: Criterion {
            id,
            text,
            required: !optional,
            check,
            timeout_seconds: None,
            provenance: Some(Provenance {
                source: source.to_owned(),
                path: path.map(str::to_owned),
                start: u64::try_from(unit.at.start).ok(),
                end: u64::try_from(unit.at.end).ok(),
                original: None,
            }),
        },
        heading,
        confidence,
        because: match unit.doubt {
            Some(doubt) => doubt.to_owned(),
            None => judged.because,
        },
        leans: judged.leans,
        ticked: match unit.shape {
            Shape::Box(ticked) => Some(ticked),
            _ => None,
        },
        chosen: unit.doubt.is_none(),
        fingerprint,
    }
}

/// What a person is asked: the text below its heading, and what is to be typed.
fn manual(unit: &Unit, text: &str, heading: &str) -> Check {
    let mut instructions = match heading {
        "" => text.to_owned(),
        heading => format!("{heading}\n{text}"),
    };
    if let Some(code) = &unit.code {
        for line in code.text.lines() {
            instructions.push_str("\n    ");
            instructions.push_str(&clean(line));
        }
    }
    Check::Manual {
        manual: ManualCheck {
            instructions: shortened(&instructions, INSTRUCTIONS),
            who: Vec::new(),
        },
    }
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most.saturating_sub(1)) {
        Some((end, _)) if text[end..].chars().nth(1).is_some() => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    }
}

fn confidence(unit: &Unit, origin: Origin, judged: &Judged) -> Confidence {
    let written = match (origin, unit.shape) {
        (_, Shape::Box(_) | Shape::Named) => Confidence::High,
        (Origin::Strategy, Shape::Sentence) => Confidence::Low,
        (Origin::Strategy, _) => Confidence::Medium,
        (_, Shape::Sentence) => Confidence::Medium,
        _ => Confidence::High,
    };
    match (unit.doubt, &judged.check) {
        (Some(_), _) => Confidence::Low,
        (_, Some(_)) if judged.assumes => Confidence::Medium,
        // A command in a sentence is as sure as a line of a list: somebody wrote it out.
        (_, Some(_)) => written.max(Confidence::Medium),
        _ => written,
    }
}

fn judge(unit: &Unit) -> Judged {
    match &unit.code {
        Some(code) if code.shell => typed(code),
        Some(_) => Judged::by_hand(
            Some(Lean::Tests),
            "code says what is tested, and no command that runs it",
        ),
        None => said(unit),
    }
}

/// A text says what comes of a command.
pub(super) fn says_outcome(text: &str) -> bool {
    STATUS.is_in(text) || QUOTED.is_in(text) || EXITS.is_in(text)
}

/// A text without code.
fn said(unit: &Unit) -> Judged {
    let text = &unit.text;
    if let Some(judged) = by_command(unit) {
        return judged;
    }
    if let Some(judged) = by_request(text) {
        return judged;
    }
    let threshold = threshold(text);
    let suite = SUITE.is_in(text)
        || unit
            .headings
            .iter()
            .any(|heading| SUITE_HEADING.is_in(heading));
    match threshold {
        Some(lean) => Judged::by_hand(
            Some(lean),
            "it names a threshold, and no query that measures it",
        ),
        None if suite && !BY_HAND.is_in(text) => Judged::by_hand(
            Some(Lean::Tests),
            "it speaks of tests, and names no command that runs them",
        ),
        None if !status(text).is_empty() => Judged::by_hand(
            Some(Lean::Http),
            "it names a status, and no URL that answers with it",
        ),
        None => Judged::by_hand(None, "it names nothing a machine could do"),
    }
}

/// A threshold that a text names.
fn threshold(text: &str) -> Option<Lean> {
    let (sign, number, unit) = match (THRESHOLD.captures(text), SHARE.captures(text)) {
        (Some(found), _) => (
            found[1].to_lowercase(),
            found[2].to_owned(),
            found[3].to_owned(),
        ),
        (None, Some(found)) => (
            "at least".to_owned(),
            found[1].to_owned(),
            found[2].to_owned(),
        ),
        (None, None) => return None,
    };
    let comparison = match sign.split_whitespace().next().unwrap_or_default() {
        "<" | "under" | "below" | "less" | "fewer" => Comparison::Less,
        ">=" | "≥" | "minimum" | "min" => Comparison::AtLeast,
        "at" if sign == "at least" => Comparison::AtLeast,
        ">" | "more" | "over" | "above" | "exceed" | "exceeds" => Comparison::Greater,
        _ => Comparison::AtMost,
    };
    Some(Lean::Metric {
        comparison,
        threshold: number,
        unit,
    })
}

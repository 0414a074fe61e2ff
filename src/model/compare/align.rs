//! The logs of one step in two runs, line beside line: what both wrote, and what only one of them did.
//! Apart from reading them; and from what makes lines the same, which is a rule of its own.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use similar::{ChangeTag, TextDiff};

use super::noise;
use crate::model::difference::AROUND;
use crate::model::log::LogLine;
use crate::model::manifest::{Piece, Side};
use crate::model::mask::Masker;

/// The log of a step on one side.
#[derive(Clone, Copy, Debug)]
pub struct Log<'a> {
    /// Name of the run.
    pub run: &'a str,
    /// Its lines.
    pub lines: &'a [LogLine],
}

/// Both logs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Aligned {
    /// Lines in order; `Side::Old` is only there, `Side::New` only here. Of what both have some lines around, as here.
    pub pieces: Vec<Piece>,
    /// Lines both wrote.
    pub same: usize,
    /// Lines only the run asked about wrote.
    pub here: usize,
    /// Lines only the other one wrote.
    pub there: usize,
    /// What could not be read, or not whole, one sentence each.
    pub missing: Vec<String>,
}

/// Lays two logs beside each other. Lines of Argo's executor are left out, credentials masked.
pub fn align(here: Log<'_>, there: Log<'_>) -> Aligned {
    let (mine, theirs) = (texts(here), texts(there));
    let quiet = |log: Log<'_>, texts: &[String]| -> Vec<String> {
        let lines = texts.iter();
        lines.map(|line| noise::without(line, log.run)).collect()
    };
    let (mine_quiet, theirs_quiet) = (quiet(here, &mine), quiet(there, &theirs));
    let (old, new): (Vec<&str>, Vec<&str>) = (
        theirs_quiet.iter().map(String::as_str).collect(),
        mine_quiet.iter().map(String::as_str).collect(),
    );
    let diff = TextDiff::from_slices(&old, &new);
    let mut aligned = Aligned::default();
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Equal => aligned.same += 1,
            ChangeTag::Delete => aligned.there += 1,
            ChangeTag::Insert => aligned.here += 1,
        }
    }
    let mut told = 0;
    for group in diff.grouped_ops(AROUND) {
        let Some(first) = group.first() else {
            continue;
        };
        // As many are alike on both sides before a group as after the one before it.
        left_out(&mut aligned.pieces, first.new_range().start - told);
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (side, text) = match (change.tag(), change.old_index(), change.new_index()) {
                (ChangeTag::Delete, Some(at), _) => (Side::Old, &theirs[at]),
                (ChangeTag::Insert, _, Some(at)) => (Side::New, &mine[at]),
                (_, _, Some(at)) => (Side::Same, &mine[at]),
                _ => continue,
            };
            aligned.pieces.push(Piece {
                side,
                text: text.as_str().into(),
            });
        }
        told = group.last().map_or(told, |last| last.new_range().end);
    }
    if !aligned.pieces.is_empty() {
        left_out(&mut aligned.pieces, mine.len() - told);
    }
    aligned
}

fn left_out(pieces: &mut Vec<Piece>, lines: usize) {
    let text: Arc<str> = match lines {
        0 => return,
        1 => "1 line alike".into(),
        many => format!("{many} lines alike").into(),
    };
    let side = Side::Place;
    pieces.push(Piece { side, text });
}

/// The program's own lines.
fn texts(log: Log<'_>) -> Vec<String> {
    let mut masker = Masker::default();
    let lines = log.lines.iter().filter(|line| !line.is_executor());
    lines
        .map(|line| masker.line(&line.text).into_owned())
        .collect()
}

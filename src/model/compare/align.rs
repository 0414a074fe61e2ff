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

/// Lines with other numbers are shown by themselves where there are no more than this.
const TELLING: usize = 40;

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
    /// Lines in order; `Side::Old` is only there, `Side::New` only here, `Side::Near` both with numbers from there to here. Of
    /// what both have some lines around, as here.
    pub pieces: Vec<Piece>,
    /// Lines both wrote.
    pub same: usize,
    /// Lines both wrote with other numbers.
    pub near: usize,
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
    let bare = |lines: &[String]| -> Vec<String> {
        lines
            .iter()
            .map(|line| noise::without_numbers(line))
            .collect()
    };
    let (new, old) = (bare(&mine_quiet), bare(&theirs_quiet));
    let (old, new) = (words(&old), words(&new));
    let diff = TextDiff::from_slices(&old, &new);
    let mut aligned = Aligned::default();
    let mut all: Vec<Piece> = Vec::new();
    for change in diff.iter_all_changes() {
        let (side, text) = match (change.tag(), change.old_index(), change.new_index()) {
            (ChangeTag::Delete, Some(at), _) => (Side::Old, theirs[at].clone()),
            (ChangeTag::Insert, _, Some(at)) => (Side::New, mine[at].clone()),
            (ChangeTag::Equal, Some(was), Some(is)) if theirs_quiet[was] != mine_quiet[is] => {
                let text = noise::numbers(&theirs_quiet[was], &mine_quiet[is]);
                (Side::Near, text)
            }
            (_, _, Some(at)) => (Side::Same, mine[at].clone()),
            _ => continue,
        };
        let count = match side {
            Side::Old => &mut aligned.there,
            Side::New => &mut aligned.here,
            Side::Near => &mut aligned.near,
            Side::Same | Side::Place => &mut aligned.same,
        };
        *count += 1;
        all.push(Piece {
            side,
            text: text.into(),
        });
    }
    // Where most lines have other numbers each time, these tell nothing by themselves.
    let tells = |side: Side| match side {
        Side::Near => aligned.near <= TELLING,
        side => side != Side::Same,
    };
    aligned.pieces = around(&all, |piece| tells(piece.side));
    aligned
}

fn words(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

/// The lines that tell something with some around them, and how many are left out between them.
fn around(all: &[Piece], tells: impl Fn(&Piece) -> bool) -> Vec<Piece> {
    let mut shown = vec![false; all.len()];
    for at in (0..all.len()).filter(|&at| tells(&all[at])) {
        let to = (at + AROUND + 1).min(all.len());
        shown[at.saturating_sub(AROUND)..to].fill(true);
    }
    let mut pieces = Vec::new();
    if !shown.contains(&true) {
        return pieces;
    }
    let mut skipped = 0;
    for (piece, shown) in all.iter().zip(shown) {
        if shown {
            left_out(&mut pieces, std::mem::take(&mut skipped));
            pieces.push(piece.clone());
        } else {
            skipped += 1;
        }
    }
    left_out(&mut pieces, skipped);
    pieces
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

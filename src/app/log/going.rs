//! Going through a log: from match to match, from error to error, to where the trouble is; and where those are for a scrollbar.
//! Apart from keeping its lines in order.

use std::cmp::Ordering;

use super::{LogView, is_of};
use crate::app::search::{self, Place};
use crate::model::log::LogLine;

/// Where a log of a run that failed opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aim {
    /// The line among the shown ones.
    pub line: usize,
    /// It is the first one of its step that says it is an error, and not the step's last one.
    pub is_error: bool,
}

/// What some of the lines have that share a cell of a scrollbar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// One says it is an error.
    pub error: bool,
    /// One matches the search.
    pub hit: bool,
}

impl LogView {
    /// Shown lines that match.
    pub fn match_count(&self) -> usize {
        self.hits.len()
    }

    /// Which of the matching lines one stands on, from 1.
    pub fn nth_match(&self) -> Option<usize> {
        Some(self.hits.index(self.here?)? + 1)
    }

    /// Goes to the next (or previous) matching line and stops following; where that is, if there is one. `height` lines
    /// are in view; where lines are wrapped nobody knows how many, so that the line is put at the top.
    pub fn to_match(&mut self, forward: bool, height: usize) -> Option<Place> {
        self.pay();
        let next = |here, forward| self.hits.beside(here, forward);
        let target = search::next(self.here, self.view(height), forward, next)?;
        let line = self.stand(target, height);
        let (from, to) = self.first_match(&self.line_at(target)?)?;
        Some(Place { line, from, to })
    }

    /// Goes to the next (or previous) line that says it is an error or a warning and stops following; `false` where there
    /// is none. `aim`: the line among the shown ones that it opened at, while it is still there.
    pub fn to_trouble(&mut self, forward: bool, height: usize, aim: Option<usize>) -> bool {
        let aim = aim.and_then(|line| self.shown.get(line));
        let here = self.here.or(aim);
        let onward = match forward {
            true => Ordering::Greater,
            false => Ordering::Less,
        };
        let next = |here: Option<usize>, forward: bool| {
            let found = [&self.errors, &self.warnings].map(|places| places.beside(here, forward));
            let ahead = |at: &usize| here.is_some_and(|here| at.cmp(&here) == onward);
            // What lies ahead comes before what is found around the end.
            let order = |at: &usize| (!ahead(at), if forward { *at } else { usize::MAX - *at });
            found.into_iter().flatten().min_by_key(order)
        };
        let Some(target) = search::next(here, self.view(height), forward, next) else {
            return false;
        };
        self.stand(target, height);
        true
    }

    /// Which of the errors and warnings one stands on, from 1, and how many there are.
    pub fn nth_trouble(&self) -> Option<(usize, usize)> {
        let here = self.here?;
        let found = self.errors.index(here).or(self.warnings.index(here));
        found?;
        let nth = self.errors.rank(here) + self.warnings.rank(here) + 1;
        Some((nth, self.errors.len() + self.warnings.len()))
    }

    /// The line one stands on, by a search or a jump.
    pub fn stood_on(&self) -> Option<LogLine> {
        self.line_at(self.here?)
    }

    /// Places of the lines in view.
    fn view(&self, height: usize) -> std::ops::Range<usize> {
        let height = if self.wrap { 1 } else { height.max(1) };
        let first = self.shown.get(self.top).unwrap_or(self.end());
        let end = self.shown.get(self.top + height).unwrap_or(self.end());
        first..end
    }

    /// Stands on a line and brings it into view; which of the shown lines it is.
    fn stand(&mut self, target: usize, height: usize) -> usize {
        let height = if self.wrap { 1 } else { height.max(1) };
        let line = self.shown.rank(target);
        self.follow = false;
        self.aims = false;
        self.here = Some(target);
        self.top = search::bring(line, self.top..self.top + height);
        line
    }

    /// Where to look for what is the matter with a step: its first line that says it is an error, else its last one.
    pub fn aim(&self, step: &str) -> Option<Aim> {
        let of =
            |place: &usize| (self.kept(*place)).is_some_and(|kept| is_of(self.step(kept), step));
        if let Some(place) = self.errors.iter().find(of) {
            return Some(Aim {
                line: self.shown.rank(place),
                is_error: true,
            });
        }
        let place = self.shown.iter().rev().find(of)?;
        Some(Aim {
            line: self.shown.rank(place),
            is_error: false,
        })
    }

    /// What the lines have that share each of so many cells of a scrollbar.
    pub fn map(&self, cells: usize) -> Vec<Cell> {
        let place = |index: usize| self.shown.get(index).unwrap_or(self.end());
        let bound = |cell: usize| place(cell * self.len() / cells.max(1));
        (0..cells)
            .map(|cell| {
                // A cell is of one line at least.
                let from = bound(cell);
                let to = bound(cell + 1).max(from + 1);
                Cell {
                    error: self.errors.any_in(from, to),
                    hit: self.hits.any_in(from, to),
                }
            })
            .collect()
    }
}

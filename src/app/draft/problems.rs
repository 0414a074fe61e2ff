//! What is wrong with a draft, at the line where it is said.
//! Apart from what is wrong with a spec, which the library knows by its places in what is sent.

use std::collections::BTreeMap;

use serde_json::Value;

use super::place::{self, is_within};
use super::rows::{CRITERIA, ENVIRONMENTS, Row, is_off};
use super::{Sheet, rows, wrong};
use crate::model::qarun::Spec;

/// The places among the criteria of those that are sent.
pub(super) fn kept(document: &Value) -> Vec<usize> {
    let all = 0..place::count(document, CRITERIA);
    all.filter(|n| !is_off(document, &format!("{CRITERIA}[{n}]")))
        .collect()
}

/// What is wrong, by the place of the line it is said at.
pub(super) fn of(sheet: &Sheet, lines: &[Row]) -> BTreeMap<String, Vec<String>> {
    let document = &sheet.document;
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut say = |place: &str, what: String| {
        let (line, what) = match line_of(lines, place) {
            Some(line) => (line, what),
            // What the form has no line for is mostly what another kind of template does not take.
            None => (ELSEWHERE.to_owned(), format!("{}: {what}", place.trim_start_matches("spec."))),
        };
        let told = found.entry(line).or_default();
        if !told.contains(&what) {
            told.push(what);
        }
    };
    for (place, typed) in &sheet.raw {
        let off = super::changing::item_of(place).is_some_and(|at| is_off(document, &at));
        let shape = lines.iter().find(|row| row.place == *place).and_then(Row::shape);
        match shape.map(|shape| shape.read(typed)) {
            _ if off => {}
            Some(Err(what)) => say(place, what),
            // Its line is not there now: the item is closed.
            _ => say(place, format!("`{typed}` is not what belongs there")),
        }
    }
    let namespace = place::text(document, "metadata.namespace");
    let name = place::text(document, "metadata.name");
    if namespace.is_empty() {
        say("metadata.namespace", "it needs a value".to_owned());
    } else if !is_label(namespace) {
        say("metadata.namespace", LABEL.to_owned());
    }
    if !name.is_empty() && !is_label(name) {
        say("metadata.name", LABEL.to_owned());
    }
    let kept = kept(document);
    let spec = rows::spec(document);
    let all = spec.criteria.iter().enumerate();
    let criteria = all
        .filter(|(n, _)| kept.contains(n))
        .map(|(_, one)| one.clone());
    let spec = Spec {
        criteria: criteria.collect(),
        ..spec.clone()
    };
    for problem in wrong(&spec) {
        say(&here(&problem.path, &kept), problem.what);
    }
    found
}

/// The line where what has none is said.
const ELSEWHERE: &str = "spec.template.kind";

const LABEL: &str = "lower-case letters, digits and -, with a letter or digit at both ends, at most 63";

fn is_label(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= 63
        && text.chars().all(|c| ends(c) || c == '-')
        && text.starts_with(ends)
        && text.ends_with(ends)
}

/// A place in what is sent as one of the draft, where criteria that are left out count too.
fn here(path: &str, kept: &[usize]) -> String {
    let inside = path
        .strip_prefix(CRITERIA)
        .and_then(|rest| rest.strip_prefix('['));
    let parted = inside.and_then(|rest| rest.split_once(']'));
    let there = parted.and_then(|(n, rest)| Some((kept.get(n.parse::<usize>().ok()?)?, rest)));
    match there {
        Some((n, rest)) => format!("{CRITERIA}[{n}]{rest}"),
        None => path.to_owned(),
    }
}

/// The line that a place is shown at: its own, else the innermost one that contains it, else the first one within it.
fn line_of(lines: &[Row], place: &str) -> Option<String> {
    let outer = lines.iter().filter(|row| row.is_stop() && is_within(place, &row.place));
    let innermost = outer.max_by_key(|row| row.place.len());
    let is_inner = |row: &&Row| row.is_stop() && is_within(&row.place, place);
    let inner = || match place {
        // What is missing in a list is said where it is added.
        CRITERIA | ENVIRONMENTS => lines.iter().rfind(is_inner),
        _ => lines.iter().find(is_inner),
    };
    // A command is said to be missing where it is written.
    let first = |row: &&Row| !matches!(row.what, rows::What::Item) || row.place == place;
    let within = innermost.filter(first).or_else(inner).or(innermost);
    within.map(|row| row.place.clone())
}

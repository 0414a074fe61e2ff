//! A command line into what it asks for, or into what is wrong with it.
//! Apart from doing it, so that the line can say what enter will do while it is typed.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::words::{self, Does};
use crate::app::act;
use crate::app::artifacts;
use crate::app::bridging::Mode;
use crate::app::command::Command;
use crate::app::config::problem::nearest;
use crate::app::draft;
use crate::app::orders::verbs;
use crate::app::overlay::known_namespaces;
use crate::app::query::Query;
use crate::app::reading;
use crate::app::report;
use crate::app::select::SortKey;
use crate::app::state::{State, Tab};
use crate::model::clock;
use crate::model::delta::Scope;
use crate::model::key::Key;

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wish {
    /// A command, as its key would.
    Command(Command),
    /// The Runs screen; what is not said stays as it is.
    Runs(Runs),
    /// Templates and crons that have this text.
    Templates(String),
    /// An order, the other way round or not.
    Sort(SortKey, bool),
    /// A theme until the end.
    Theme(String),
    /// A run at a tab.
    Open(Key, Tab),
    /// Something that changes a run, about this one.
    On(Key, Command),
    /// A shell in a container of this name.
    Shell(String),
    /// The end.
    Exit,
    /// Lift the protection of the context, for so many milliseconds.
    Unlock(i64),
    /// The lines of the log that are shown into a file, masked or not.
    Save(String, bool),
    /// A bridge, or none.
    Bridge(Mode),
    /// Read the log not further back than so many seconds, or as far as it goes.
    Since(Option<i64>),
    /// Read so many lines of each container, or all.
    Tail(Option<u32>),
}

/// What is said of the runs to see.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Runs {
    /// Namespaces.
    pub scope: Option<Scope>,
    /// Context.
    pub context: Option<Arc<str>>,
    /// Filter.
    pub query: Option<Query>,
}

/// The pieces of a line: split at spaces outside quotes, the quotes left in.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && (!quoted || at == text.len()) => {
                if start < at {
                    pieces.push(&text[start..at]);
                }
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    pieces
}

/// What the first word of a line asks for.
///
/// # Errors
/// That it means nothing, and what was probably meant or where that is.
pub(super) fn word(word: &str) -> Result<Does, (String, String)> {
    words::find(word).ok_or_else(|| {
        let help = match (words::elsewhere(word), nearest(word, words::offered(word))) {
            (Some(place), _) => place.to_string(),
            (None, Some(name)) => format!("did you mean `{name}`?"),
            (None, None) => "`help` lists them".to_string(),
        };
        (format!("`{word}` is not a command"), help)
    })
}

/// Reads a line. `None`: nothing is typed.
///
/// # Errors
/// A sentence that says what is wrong and what was probably meant.
pub(super) fn read(state: &State, text: &str) -> Result<Option<Wish>, String> {
    let pieces = pieces(text.trim_start_matches([':', ' ']));
    let Some((word, rest)) = pieces.split_first() else {
        return Ok(None);
    };
    let does = self::word(word).map_err(|(what, help)| format!("{what}; {help}"))?;
    Ok(Some(match does {
        Does::Plain(command) if !rest.is_empty() && verbs::is_action(command) => match rest {
            [name] => Wish::On(named(state, name)?, command),
            [_, more, ..] => return Err(format!("one run at a time; `{more}` is too much")),
            [] => as_key(state, command)?,
        },
        Does::Plain(_) if !rest.is_empty() => {
            return Err(format!("`{word}` takes nothing after it"));
        }
        Does::Exit if !rest.is_empty() => return Err(format!("`{word}` takes nothing after it")),
        Does::Launch if !rest.is_empty() => {
            return Err(format!(
                "`{word}` takes nothing after it: it is about what is under the cursor"
            ));
        }
        Does::Launch => Wish::Command(draft::keys::launches(state)),
        Does::Exit => Wish::Exit,
        Does::Save(masked) => Wish::Save(file(state, rest)?, masked),
        Does::Bridge => Wish::Bridge(bridge(rest)?),
        Does::Since => Wish::Since(since(state, rest)?),
        Does::Tail => Wish::Tail(tail(state, rest)?),
        Does::Unlock => Wish::Unlock(unlock(rest)?),
        Does::Plain(command) => as_key(state, command)?,
        Does::Runs => Wish::Runs(runs(state, rest)?),
        Does::Namespaces if rest.is_empty() => as_key(state, Command::Namespaces)?,
        Does::Namespaces => {
            let names = rest.iter().flat_map(|names| names.split(','));
            Wish::Runs(Runs {
                scope: Some(scope(state, names)?),
                ..Runs::default()
            })
        }
        Does::Context => match rest {
            [] => as_key(state, Command::Contexts)?,
            [name] => Wish::Runs(Runs {
                context: Some(context(state, name.trim_start_matches('@'))?),
                ..Runs::default()
            }),
            [_, more, ..] => return Err(format!("one context at a time; `{more}` is too much")),
        },
        Does::Filter if rest.is_empty() => as_key(state, Command::Filter)?,
        Does::Filter => Wish::Runs(Runs {
            query: Some(query(&rest.join(" "))?),
            ..Runs::default()
        }),
        Does::Templates => match rest.strip_prefix(&["list"]).unwrap_or(rest) {
            [] => as_key(state, Command::Templates)?,
            words => Wish::Templates(words.join(" ")),
        },
        Does::Sort if rest.is_empty() => as_key(state, Command::Sort)?,
        Does::Sort => sort(rest)?,
        Does::Theme => Wish::Theme(theme(state, rest)?),
        Does::Shell => match rest {
            [] => as_key(state, Command::Shell)?,
            [name] => {
                as_key(state, Command::Shell)?;
                Wish::Shell((*name).to_string())
            }
            [_, more, ..] => return Err(format!("one container; `{more}` is too much")),
        },
        // Every log is followed.
        Does::Open(tab) => match rest.strip_prefix(&["-f"]).unwrap_or(rest) {
            [] if tab == Tab::Summary => as_key(state, Command::Open)?,
            [] if tab == Tab::Log => as_key(state, Command::ShowLog)?,
            [] => as_key(state, Command::ShowYaml)?,
            [name] => Wish::Open(run(state, name)?, tab),
            [_, more, ..] => return Err(format!("one run at a time; `{more}` is too much")),
        },
    }))
}

/// For how long: `10m` unless said, an hour at most.
fn unlock(rest: &[&str]) -> Result<i64, String> {
    const USUAL: i64 = 600;
    const LONGEST: i64 = 3_600;
    let seconds = match rest {
        [] => Some(USUAL),
        [text] => clock::parse_seconds(text),
        _ => None,
    };
    match seconds {
        Some(seconds) if (1..=LONGEST).contains(&seconds) => Ok(seconds * 1_000),
        _ => Err("`unlock` wants a time up to an hour: `unlock 10m`".to_string()),
    }
}

/// How a bridge is to work.
fn bridge(rest: &[&str]) -> Result<Mode, String> {
    match rest {
        [word] => Mode::of(word),
        _ => None,
    }
    .ok_or_else(|| "`bridge on`, `bridge dry-run` or `bridge off`".to_string())
}

/// How far back in time a log is to be read, in seconds.
fn since(state: &State, rest: &[&str]) -> Result<Option<i64>, String> {
    reading::is_read(state)?;
    match rest {
        ["all"] => Ok(None),
        [text] if clock::parse_seconds(text).is_some_and(|seconds| seconds > 0) => {
            Ok(clock::parse_seconds(text))
        }
        _ => Err("`since` wants a time: `since 10m`, `since all`".to_string()),
    }
}

fn tail(state: &State, rest: &[&str]) -> Result<Option<u32>, String> {
    reading::is_read(state)?;
    match rest {
        ["all"] => Ok(None),
        [text] if text.parse().is_ok_and(|lines: u32| lines > 0) => Ok(text.parse().ok()),
        _ => Err("`tail` wants a number of lines: `tail 500`, `tail all`".to_string()),
    }
}

/// The file a report, an artifact or a log is to be saved into: what is looked at, the nearest first.
fn file(state: &State, rest: &[&str]) -> Result<String, String> {
    let report = report::shown(state).map(report::file_name);
    if let Some(own) = report.or_else(|| artifacts::file_name(state)) {
        return match rest.join(" ").trim_matches('"') {
            "" => Ok(own),
            name => Ok(name.to_string()),
        };
    }
    if !Command::SaveLog.applies(state) {
        return Err(act::nothing_to_do(Command::SaveLog));
    }
    match rest.join(" ").trim_matches('"') {
        "" => Ok(reading::file_name(state)),
        name => Ok(name.to_string()),
    }
}

fn as_key(state: &State, command: Command) -> Result<Wish, String> {
    match command.applies(state) {
        true => Ok(Wish::Command(command)),
        false => Err(act::nothing_to_do(command)),
    }
}

/// `ns=a,b`, `-n a`, `-A`, `@context`, `-l label`, a namespace; the rest is a filter.
fn runs(state: &State, rest: &[&str]) -> Result<Runs, String> {
    let mut runs = Runs::default();
    let (mut filter, mut labels) = (Vec::new(), Vec::new());
    let mut pieces = rest.iter();
    while let Some(piece) = pieces.next() {
        if let Some(names) = piece.strip_prefix("ns=") {
            runs.scope = Some(scope(state, names.split(','))?);
        } else if *piece == "-n" {
            let names = pieces.next().ok_or("`-n` wants a namespace after it")?;
            runs.scope = Some(scope(state, names.split(','))?);
        } else if *piece == "-A" {
            runs.scope = Some(Scope::All);
        } else if let Some(name) = piece.strip_prefix('@') {
            runs.context = Some(context(state, name)?);
        } else if *piece == "-l" {
            let label = pieces
                .next()
                .ok_or("`-l` wants a label after it: team=qa")?;
            labels.push(format!("label:{label}"));
        } else if let Some(option) = piece.strip_prefix("--") {
            filter.push(optioned(piece, option, &mut pieces)?);
        } else if runs.scope.is_none() && filter.is_empty() && is_namespace(state, piece) {
            // As k9s means it; `/payments` is the text.
            runs.scope = Some(scope(state, [*piece].into_iter())?);
        } else {
            // k9s writes a filter with a slash.
            filter.push(piece.strip_prefix('/').unwrap_or(piece).to_string());
        }
    }
    filter.extend(labels);
    if !filter.is_empty() {
        runs.query = Some(query(&filter.join(" "))?);
    }
    Ok(runs)
}

/// What an option of `argo list` means as a filter; of any other it is said that there are none.
fn optioned<'a>(
    whole: &str,
    option: &str,
    pieces: &mut impl Iterator<Item = &'a &'a str>,
) -> Result<String, String> {
    let (name, inline) = match option.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (option, None),
    };
    let mut value = || match inline.or_else(|| pieces.next().copied()) {
        Some(value) => Ok(value.to_lowercase()),
        None => Err(format!("`{whole}` wants a value after it")),
    };
    match name {
        "running" => Ok("status:running".to_string()),
        "status" => Ok(format!("status:{}", value()?)),
        "selector" => Ok(format!("label:{}", value()?)),
        "since" => Ok(format!("age<{}", value()?)),
        "older" => Ok(format!("age>{}", value()?)),
        _ => Err(format!(
            "`{whole}`: there are no options here but words of the filter: status:failed label:team=qa age<2h"
        )),
    }
}

fn is_namespace(state: &State, word: &str) -> bool {
    known_namespaces(state).contains(word)
}

fn query(text: &str) -> Result<Query, String> {
    Query::parse(text).map_err(|bad| bad.to_string())
}

fn scope<'a>(state: &State, names: impl Iterator<Item = &'a str>) -> Result<Scope, String> {
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Err("which namespace? tab completes, `all` is all".to_string());
    }
    if names.iter().any(|name| ["all", "*"].contains(name)) {
        return Ok(Scope::All);
    }
    let known = known_namespaces(state);
    let mut meant: Vec<Arc<str>> = Vec::new();
    for name in names {
        // The beginning of a name means the names that begin so, as it does where they are offered.
        let begun = known.iter().filter(|known| known.starts_with(name));
        // Only a complete list can say that there is no such namespace.
        if known.contains(name) || !matches!(state.namespaces, Some(Ok(_))) {
            meant.push(name.into());
        } else if begun.clone().next().is_some() {
            meant.extend(begun.cloned());
        } else {
            let known = known.iter().map(|name| &**name);
            return Err(no_such("namespace", name, known));
        }
    }
    // Each once, in the order in which they were named.
    let mut seen = BTreeSet::new();
    meant.retain(|name| seen.insert(name.clone()));
    Ok(Scope::Namespaces(meant))
}

fn context(state: &State, name: &str) -> Result<Arc<str>, String> {
    if name.is_empty() {
        return Err("which context? tab completes".to_string());
    }
    if let Some(Ok(contexts)) = &state.contexts {
        let known = contexts.iter().map(|context| &*context.name);
        if !known.clone().any(|known| known == name) {
            return Err(no_such("context", name, known));
        }
    }
    Ok(name.into())
}

fn no_such<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(name, known) {
        Some(near) => format!("there is no {what} `{name}`; did you mean `{near}`?"),
        None => format!("there is no {what} `{name}`; tab completes"),
    }
}

/// A theme that there is.
fn theme(state: &State, rest: &[&str]) -> Result<String, String> {
    let known = state.habits.themes.iter().map(String::as_str);
    match rest {
        [name] if known.clone().any(|known| known == *name) => Ok((*name).to_string()),
        [name] => Err(no_such("theme", name, known)),
        [] => Err("which theme? tab completes".to_string()),
        [_, more, ..] => Err(format!("one theme; `{more}` is too much")),
    }
}

fn sort(rest: &[&str]) -> Result<Wish, String> {
    let names = SortKey::ALL.map(SortKey::name);
    let (name, reversed) = match rest {
        [name] => (*name, false),
        [name, "reversed"] => (*name, true),
        _ => return Err("one order, and `reversed` after it".to_string()),
    };
    let key = SortKey::named(name).ok_or_else(|| no_such("order", name, names.into_iter()))?;
    Ok(Wish::Sort(key, reversed))
}

/// The run of this name, `name` or `namespace/name`. Of several the newest is what the name means now.
fn run(state: &State, name: &str) -> Result<Key, String> {
    let (namespace, short) = match name.split_once('/') {
        Some((namespace, short)) => (Some(namespace), short),
        None => (None, name),
    };
    let mut found: Vec<_> = state
        .fleet
        .iter()
        .filter(|run| !run.gone && &*run.row.key.name == short)
        .filter(|run| namespace.is_none_or(|namespace| &*run.row.key.namespace == namespace))
        .collect();
    found.sort_by_key(|run| std::cmp::Reverse(run.row.created));
    let Some(first) = found.first() else {
        if let (Some(namespace), Scope::Namespaces(shown)) = (namespace, &state.scope)
            && !shown.iter().any(|shown| **shown == *namespace)
        {
            return Err(format!(
                "`{namespace}` is not among the namespaces that are shown; `wf ns={namespace}` shows it"
            ));
        }
        let names: Vec<String> = match namespace {
            Some(_) => state.fleet.iter().map(|r| r.row.key.to_string()).collect(),
            None => {
                let runs = state.fleet.iter();
                runs.map(|run| run.row.key.name.to_string()).collect()
            }
        };
        return Err(no_such("run", name, names.iter().map(String::as_str)));
    };
    let key = &first.row.key;
    let other = found
        .iter()
        .find(|run| run.row.key.namespace != key.namespace);
    if let Some(other) = other {
        let other = &other.row.key;
        return Err(format!("which one: `{key}` or `{other}`?"));
    }
    Ok(key.clone())
}

/// The run an action is to be about by its name. What is marked would be meant as well, so nothing may be.
fn named(state: &State, name: &str) -> Result<Key, String> {
    match verbs::means_many(state) {
        true => Err("an action is about what is marked; esc unmarks".to_string()),
        false => run(state, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_a_piece_together() {
        let all = pieces("wf ns=a,b msg:\"exit 1\"  @ctx \"open end");
        assert_eq!(
            all,
            ["wf", "ns=a,b", "msg:\"exit 1\"", "@ctx", "\"open end"]
        );
        assert_eq!(pieces("  "), Vec::<&str>::new());
    }
}

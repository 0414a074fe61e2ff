//! `[[notify]]` of `config.toml`: which new failures are told how, and when nothing may make a noise.
//! Apart from telling them, which the program does while it runs.

use std::ops::Range;

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::document::{Document, Entry, Source, Value};
use super::problem::{Place, Problem, did_you_mean};
use crate::app::query::Query;
use crate::model::clock;

/// Seconds between two messages of one rule unless it says otherwise.
const EVERY: i64 = 30;

/// What a table of several may say: its name, what it says, what it is for.
pub type Fields = [(&'static str, &'static str, &'static str)];

/// What a rule may say.
pub const FIELDS: &Fields = &[
    (
        "filter",
        "text",
        "which failures, in words of the filter (`status:failed ns:payments`); unless said all of them",
    ),
    (
        "how",
        "list",
        "`toast` (on this screen), `bell`, `osc9` and `osc777` (messages of the terminal's own); unless said `toast`; `[]` keeps them to the list of messages",
    ),
    (
        "hook",
        "list",
        "a program and its arguments, run without a shell; `{text}` in one is the sentence, its environment says more",
    ),
    (
        "quiet",
        "text",
        "hours in which it is only kept, by the clock of this place: `22:00-07:00`",
    ),
    (
        "every",
        "text",
        "at most one message in so long (`30s`); what fails meanwhile is told together",
    ),
];

/// A way to tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// On the screen.
    Toast,
    /// The terminal's bell.
    Bell,
    /// A message of the terminal as iTerm2 began it: OSC 9.
    Osc9,
    /// A message of the terminal as urxvt began it: OSC 777.
    Osc777,
}

impl How {
    /// All of them, with their names.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Toast, "toast"),
        (Self::Bell, "bell"),
        (Self::Osc9, "osc9"),
        (Self::Osc777, "osc777"),
    ];
}

/// Hours of a day, which may reach over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// They begin.
    pub from: Time,
    /// They are over.
    pub until: Time,
}

impl Hours {
    /// Reads `22:00-07:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, until) = text.split_once('-')?;
        let hours = Self {
            from: time(from)?,
            until: time(until)?,
        };
        (hours.from != hours.until).then_some(hours)
    }

    /// Whether a time of day lies in them.
    pub fn hold(self, time: Time) -> bool {
        match self.from < self.until {
            true => self.from <= time && time < self.until,
            false => self.from <= time || time < self.until,
        }
    }
}

fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let two = |text: &str| (text.len() <= 2).then(|| text.parse::<i8>().ok()).flatten();
    Time::new(two(hour)?, two(minute)?, 0, 0).ok()
}

/// Which failures are told, and how. The first rule whose filter holds decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Which failures.
    pub filter: Query,
    /// How.
    pub how: Vec<How>,
    /// The program that is run, with its arguments; empty: none.
    pub hook: Vec<String>,
    /// Hours without noise.
    pub quiet: Option<Hours>,
    /// Seconds between two messages.
    pub every: i64,
    /// Where it was said; `None`: it is so unless said otherwise.
    pub place: Option<Place>,
}

/// What holds where nothing is said: every failure on the screen.
impl Default for Rule {
    fn default() -> Self {
        Self {
            filter: Query::default(),
            how: vec![How::Toast],
            hook: Vec::new(),
            quiet: None,
            every: EVERY,
            place: None,
        }
    }
}

/// What is wrong with some bytes: what, and what to do.
pub(super) type Wrong = (Range<usize>, String, String);

impl Rule {
    /// Reads all `[[notify]]`. One in which something is wrong is named and left out: it might tell what nobody asked for.
    pub fn read(document: &Document, entry: &Entry, problems: &mut Vec<Problem>) -> Vec<Self> {
        tables(document, entry, problems, |entries| {
            Self::of(document, entries)
        })
    }

    fn of(document: &Document, entries: &[Entry]) -> (Option<Self>, Vec<Wrong>) {
        let mut rule = Self::default();
        let mut wrong = Vec::new();
        let mut how = None;
        for entry in entries {
            let bad = |what: String, help: &str| (entry.at.clone(), what, help.to_string());
            let outcome = match entry.key.as_str() {
                "filter" => filter(entry).map(|query| rule.filter = query),
                "how" => ways(entry).map(|ways| how = Some(ways)),
                "hook" => command(entry).map(|argv| rule.hook = argv),
                "quiet" => match entry.value.text().and_then(Hours::parse) {
                    Some(hours) => {
                        rule.quiet = Some(hours);
                        Ok(())
                    }
                    None => Err(bad(
                        "`quiet` is two times of day".to_string(),
                        "write it like \"22:00-07:00\"",
                    )),
                },
                "every" => match entry.value.text().and_then(clock::parse_seconds) {
                    Some(seconds) => {
                        rule.every = seconds;
                        Ok(())
                    }
                    None => Err(bad(
                        "`every` is a length of time".to_string(),
                        "write it like \"30s\" or \"5m\"",
                    )),
                },
                _ => Err(unknown(entry, FIELDS)),
            };
            wrong.extend(outcome.err());
        }
        // Who names a program wants that; who names nothing wants to see it.
        rule.how = how.unwrap_or_else(|| match rule.hook.is_empty() {
            true => vec![How::Toast],
            false => Vec::new(),
        });
        let first = entries
            .first()
            .map(|entry| document.source.place(entry.key_at.start));
        rule.place = first;
        (wrong.is_empty().then_some(rule), wrong)
    }

    /// The rule as `config.toml` would say it.
    pub fn lines(&self) -> Vec<String> {
        let quoted = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
            format!("[{}]", words.join(", "))
        };
        let named = |how: &How| How::ALL.iter().find(|(known, _)| known == how);
        let how: Vec<&str> = self.how.iter().filter_map(named).map(|(_, n)| *n).collect();
        let mut lines = vec![
            format!("filter = {:?}", self.filter.text()),
            format!("how = {}", quoted(&how)),
        ];
        if !self.hook.is_empty() {
            let argv: Vec<&str> = self.hook.iter().map(String::as_str).collect();
            lines.push(format!("hook = {}", quoted(&argv)));
        }
        if let Some(Hours { from, until }) = self.quiet {
            let time = |time: Time| time.strftime("%H:%M").to_string();
            lines.push(format!("quiet = \"{}-{}\"", time(from), time(until)));
        }
        lines.push(format!("every = \"{}s\"", self.every));
        lines
    }
}

/// Reads tables of one name with a reader that says everything that is wrong with one, and what is in force of it nevertheless.
pub(super) fn tables<T>(
    document: &Document,
    entry: &Entry,
    problems: &mut Vec<Problem>,
    read: impl Fn(&[Entry]) -> (Option<T>, Vec<Wrong>),
) -> Vec<T> {
    let source: &Source = &document.source;
    let Value::List(items) = &entry.value else {
        let what = format!("`{}` is a list of tables", entry.key);
        let help = format!("each begins with [[{}]]", entry.key);
        problems.push(source.problem(&entry.key_at, what, help));
        return Vec::new();
    };
    let mut all = Vec::new();
    for (item, at) in items {
        let Value::Table(entries) = item else {
            let help = format!("each begins with [[{}]]", entry.key);
            problems.push(source.problem(at, "this is not a table", help));
            continue;
        };
        let (one, wrong) = read(entries);
        if one.is_none() && wrong.is_empty() {
            let what = format!("this [[{}]] says nothing", entry.key);
            problems.push(source.problem(at, what, ""));
        }
        let fate = match one {
            Some(_) => format!("the rest of this [[{}]] is in force", entry.key),
            None => format!("this [[{}]] is left out", entry.key),
        };
        all.extend(one);
        problems.extend(wrong.into_iter().map(|(at, what, help)| {
            let help = match help.as_str() {
                "" => fate.clone(),
                help => format!("{help}; {fate}"),
            };
            source.problem(&at, what, help)
        }));
    }
    all
}

/// A key that no such table has.
pub(super) fn unknown(entry: &Entry, fields: &'static Fields) -> Wrong {
    let names = fields.iter().map(|(name, ..)| *name);
    let all: Vec<&str> = names.clone().collect();
    let help = did_you_mean(&entry.key, names, &format!("there are {}", all.join(", ")));
    (
        entry.key_at.clone(),
        format!("`{}` means nothing here", entry.key),
        help,
    )
}

/// A filter.
pub(super) fn filter(entry: &Entry) -> Result<Query, Wrong> {
    let Some(text) = entry.value.text() else {
        let what = "`filter` is text".to_string();
        return Err((
            entry.at.clone(),
            what,
            "filter = \"status:failed\"".to_string(),
        ));
    };
    Query::parse(text).map_err(|bad| (entry.at.clone(), bad.to_string(), String::new()))
}

/// The items of a list of texts.
fn texts(entry: &Entry) -> Option<Vec<(&str, &Range<usize>)>> {
    let Value::List(items) = &entry.value else {
        return None;
    };
    items
        .iter()
        .map(|(item, at)| Some((item.text()?, at)))
        .collect()
}

fn ways(entry: &Entry) -> Result<Vec<How>, Wrong> {
    let names = How::ALL.map(|(_, name)| name);
    let all = format!("there are {}", names.join(", "));
    let Some(words) = texts(entry) else {
        let what = "`how` is a list of words".to_string();
        return Err((
            entry.at.clone(),
            what,
            "how = [\"toast\", \"bell\"]".to_string(),
        ));
    };
    let mut ways = Vec::new();
    for (word, at) in words {
        let Some((how, _)) = How::ALL.iter().find(|(_, name)| *name == word) else {
            let what = format!("`{word}` is no way to tell it");
            return Err((at.clone(), what, did_you_mean(word, names, &all)));
        };
        if !ways.contains(how) {
            ways.push(*how);
        }
    }
    Ok(ways)
}

fn command(entry: &Entry) -> Result<Vec<String>, Wrong> {
    let wrong = |what: &str| {
        let help =
            "name the program and each argument: hook = [\"notify-send\", \"Tiphys\", \"{text}\"]";
        Err((entry.at.clone(), what.to_string(), help.to_string()))
    };
    let Some(words) = texts(entry) else {
        return wrong("`hook` is a list of texts: there is no shell that could split it");
    };
    match words.first() {
        Some((program, _)) if !program.trim().is_empty() => {
            Ok(words.iter().map(|(word, _)| (*word).to_string()).collect())
        }
        _ => wrong("`hook` names no program"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The rules of this text, and what is wrong with it as `line:column what; help`.
    fn read(text: &str) -> (Vec<Rule>, Vec<String>) {
        let mut problems = Vec::new();
        let document = Document::read(&Source::new("f", text), &mut problems);
        let rules = Rule::read(&document, document.get("notify").unwrap(), &mut problems);
        let said = problems
            .iter()
            .map(|p| format!("{}:{} {}", p.place.line, p.place.column, p.sentence()));
        (rules, said.collect())
    }

    #[test]
    fn a_rule_says_which_failures_are_told_how() {
        let text = "[[notify]]\nfilter = \"status:failed ns:pay\"\nhow = [\"bell\", \"osc9\", \"bell\"]\n\
            hook = [\"notify-send\", \"Tiphys\"]\nquiet = \"22:00-7:30\"\nevery = \"5m\"\n\
            [[notify]]\nhook = [\"page\"]\n[[notify]]\n";
        let (rules, wrong) = read(text);
        assert_eq!(wrong, Vec::<String>::new());
        assert_eq!(rules.len(), 3);
        assert_eq!(rules[0].how, [How::Bell, How::Osc9]);
        assert_eq!((rules[0].hook.len(), rules[0].every), (2, 300));
        assert_eq!(rules[1].how, [], "who names a program wants that");
        assert_eq!(rules[2].how, [How::Toast]);
        assert_eq!(
            rules[0].lines().join("\n"),
            "filter = \"status:failed ns:pay\"\nhow = [\"bell\", \"osc9\"]\nhook = [\"notify-send\", \"Tiphys\"]\nquiet = \"22:00-07:30\"\nevery = \"300s\""
        );
    }

    #[test]
    fn a_rule_in_which_something_is_wrong_is_named_and_left_out() {
        let (rules, wrong) = read(
            "[[notify]]\nfilter = \"statsu:failed\"\n[[notify]]\nhow = [\"bel\"]\nevery = 3\n[[notify]]\nhook = \"rm -rf /\"\n\
            [[notify]]\nqiuet = \"1:00-2:00\"\n[[notify]]\nquiet = \"25:00-7:00\"\nhook = []\n[[notify]]\nhow = [\"bell\"]\n",
        );
        assert_eq!(rules.len(), 1, "only what is right is in force");
        let begins = [
            "2:10 `statsu:` is not a field",
            "4:8 `bel` is no way to tell it; did you mean `bell`?; this [[notify]] is left out",
            "5:9 `every` is a length of time; write it like \"30s\" or \"5m\"; this",
            "7:8 `hook` is a list of texts: there is no shell",
            "9:1 `qiuet` means nothing here; did you mean `quiet`?; this",
            "11:9 `quiet` is two times of day; write it like \"22:00-07:00\"; this",
            "12:8 `hook` names no program; name the program",
        ];
        assert_eq!(wrong.len(), begins.len(), "{wrong:#?}");
        for (wrong, begin) in wrong.iter().zip(begins) {
            assert!(wrong.starts_with(begin), "{wrong}\n{begin}");
        }
        let (rules, wrong) = read("[notify]\nhow = [\"bell\"]\n");
        assert_eq!(rules, []);
        assert_eq!(
            wrong,
            ["1:2 `notify` is a list of tables; each begins with [[notify]]"]
        );
    }

    #[test]
    fn hours_may_reach_over_midnight() {
        let at = |hour, minute| Time::new(hour, minute, 0, 0).unwrap();
        let night = Hours::parse("22:00-07:00").unwrap();
        assert!(night.hold(at(22, 0)) && night.hold(at(3, 0)) && night.hold(at(6, 59)));
        assert!(!night.hold(at(7, 0)) && !night.hold(at(21, 59)));
        let noon = Hours::parse("12:00 - 13:00").unwrap();
        assert!(noon.hold(at(12, 30)) && !noon.hold(at(13, 0)));
        for wrong in [
            "",
            "12:00",
            "12-13",
            "1:00-1:00",
            "24:00-1:00",
            "001:00-2:00",
        ] {
            assert_eq!(Hours::parse(wrong), None, "{wrong}");
        }
    }
}

//! A configuration file as entries in their order, each with its place: what can be read of it, and what is wrong with the rest.
//! Apart from what the entries mean, because three kinds of files are read in this one way.
//!
//! The format is TOML (<https://toml.io>). A line that is not TOML is left out and named; the lines around it count.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Place, Problem};

/// Lines that are tried together before the first of them counts as wrong: arrays and tables may span lines.
const JOINED: usize = 24;

/// A file: its name as people find it, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub file: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

impl Source {
    /// A file of this name and text.
    pub fn new(file: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self {
            file: file.into(),
            text: text.into(),
        }
    }

    /// The place of an offset in bytes.
    pub fn place(&self, offset: usize) -> Place {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Place {
            file: self.file.clone(),
            line: before.matches('\n').count() + 1,
            column: before[start..].chars().count() + 1,
        }
    }

    /// What the file says for a value, without quotes.
    pub fn said(&self, entry: &Entry) -> &str {
        let text = self.text.get(entry.at.clone()).unwrap_or_default();
        text.trim_matches(['"', '\''])
    }

    /// A problem with these bytes.
    pub fn problem(
        &self,
        bytes: &Range<usize>,
        what: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        let place = self.place(bytes.start);
        let line = self.text.lines().nth(place.line - 1).unwrap_or_default();
        let meant = self.text.get(bytes.clone()).unwrap_or_default();
        Problem {
            width: meant.lines().next().unwrap_or_default().chars().count(),
            place,
            what: what.into(),
            help: help.into(),
            line: line.to_string(),
        }
    }
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Where it came from.
    pub source: Source,
    /// Its entries at the top, in their order.
    pub entries: Vec<Entry>,
}

/// `key = value`, or a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Its bytes.
    pub key_at: Range<usize>,
    /// The value.
    pub value: Value,
    /// The value's bytes.
    pub at: Range<usize>,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// A whole number, as it is written.
    Number(String),
    /// Several values with their bytes.
    List(Vec<(Value, Range<usize>)>),
    /// Entries, in their order.
    Table(Vec<Entry>),
    /// Something no setting is made of: a date, a fraction.
    Other,
}

impl Value {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Document {
    /// Reads a file. What cannot be read is added to the problems.
    pub fn read(source: &Source, problems: &mut Vec<Problem>) -> Self {
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        if errors.is_empty() {
            let entries = entries(table.into_inner());
            return Self {
                source: source.clone(),
                entries,
            };
        }
        let mended = mend(source, problems);
        let (table, errors) = DeTable::parse_recoverable(&mended.text);
        problems.extend(errors.iter().map(|error| {
            let at = mended.back(error.span().unwrap_or_default());
            of_words(source, at, error.message())
        }));
        let mut entries = entries(table.into_inner());
        put_back(&mut entries, &mended);
        Self {
            source: source.clone(),
            entries,
        }
    }

    /// The entry of this key at the top.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The place of an entry's key.
    pub fn place(&self, entry: &Entry) -> Place {
        self.source.place(entry.key_at.start)
    }
}

/// A text of which every line is TOML.
struct Mended {
    text: String,
    /// Where a byte was put in.
    added: Vec<usize>,
}

impl Mended {
    /// The same bytes in the text as it was.
    fn back(&self, at: Range<usize>) -> Range<usize> {
        let shift = |offset: usize| offset - self.added.iter().filter(|at| **at < offset).count();
        shift(at.start)..shift(at.end)
    }

    /// As many blanks, so that what follows stays where it is.
    fn blank(&mut self, line: &str) {
        let blanks = line.bytes().map(|byte| match byte {
            b'\n' => '\n',
            _ => ' ',
        });
        self.text.extend(blanks);
    }
}

/// The text with each line blanked that is not TOML by itself, and named. The header of a table is closed where only that
/// is missing; else the lines below it belong to nothing and are blanked too.
fn mend(source: &Source, problems: &mut Vec<Problem>) -> Mended {
    let lines: Vec<&str> = source.text.split_inclusive('\n').collect();
    let mut mended = Mended {
        text: String::with_capacity(source.text.len()),
        added: Vec::new(),
    };
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if let Some(count) = whole(&lines[at..]) {
            mended.text.extend(lines[at..at + count].iter().copied());
            at += count;
            continue;
        }
        let start = mended.text.len() - mended.added.len();
        let (_, errors) = DeTable::parse_recoverable(line);
        problems.extend(errors.first().map(|error| {
            let span = error.span().unwrap_or_default();
            let span = start + span.start..start + span.end;
            of_words(source, span, error.message())
        }));
        let closed = format!("{}]", line.trim_end());
        at += 1;
        if is_header(line) && DeTable::parse(&closed).is_ok() {
            let end = line.trim_end().len();
            mended.text.push_str(&line[..end]);
            mended.added.push(mended.text.len());
            mended.text.push(']');
            mended.text.push_str(&line[end..]);
            continue;
        }
        if is_header(line)
            && let Some(problem) = problems.last_mut()
        {
            problem.help = "the lines below, up to the next [table], are left out".to_string();
        }
        mended.blank(line);
        while is_header(line) && at < lines.len() && !is_header(lines[at]) {
            mended.blank(lines[at]);
            at += 1;
        }
    }
    mended
}

/// How many of these lines are TOML together: the least that are.
fn whole(lines: &[&str]) -> Option<usize> {
    let most = match lines.first() {
        Some(line) if may_go_on(line) => JOINED.min(lines.len()),
        _ => 1,
    };
    (1..=most).find(|count| DeTable::parse(&lines[..*count].concat()).is_ok())
}

fn is_header(line: &str) -> bool {
    line.trim_start().starts_with('[')
}

fn put_back(entries: &mut [Entry], mended: &Mended) {
    for entry in entries {
        entry.key_at = mended.back(entry.key_at.clone());
        entry.at = mended.back(entry.at.clone());
        match &mut entry.value {
            Value::Table(inside) => put_back(inside, mended),
            Value::List(items) => {
                for (_, at) in items {
                    *at = mended.back(at.clone());
                }
            }
            _ => {}
        }
    }
}

/// Whether a line may be the first of several that are one value.
fn may_go_on(line: &str) -> bool {
    ["[", "{", "\"\"\"", "'''"]
        .iter()
        .any(|begin| line.contains(begin))
}

/// The parser's words, made a sentence and a help.
fn of_words(source: &Source, at: Range<usize>, words: &str) -> Problem {
    let meant = source.text.get(at.clone()).unwrap_or_default();
    let (what, expected) = words.split_once(", expected ").unwrap_or((words, ""));
    let (what, help) = match what {
        "string values must be quoted" => (
            format!("`{meant}` is not a value"),
            format!("text stands in quotes: \"{meant}\""),
        ),
        "invalid unquoted key" => (
            format!("`{meant}` is not a key"),
            "a key with such characters stands in quotes".to_string(),
        ),
        "duplicate key" => (
            format!("`{meant}` stands here a second time"),
            "the first one holds".to_string(),
        ),
        what if expected.is_empty() => (what.to_string(), String::new()),
        what => (what.to_string(), format!("expected {expected}")),
    };
    source.problem(&at, what, help)
}

fn entries(table: DeTable<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| Entry {
            key_at: key.span(),
            key: key.into_inner().into_owned(),
            at: value.span(),
            value: self::value(value),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_at.start);
    entries
}

fn value(value: Spanned<DeValue<'_>>) -> Value {
    match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Boolean(yes) => Value::Bool(yes),
        DeValue::Integer(number) => Value::Number(number.as_str().to_string()),
        DeValue::Array(items) => Value::List(
            items
                .into_iter()
                .map(|item| {
                    let at = item.span();
                    (self::value(item), at)
                })
                .collect(),
        ),
        DeValue::Table(table) => Value::Table(entries(table)),
        DeValue::Float(_) | DeValue::Datetime(_) => Value::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys at the top and in the tables, and the problems as `line:column what; help`.
    fn check(text: &str, keys: &str, wrong: &[&str]) {
        let mut problems = Vec::new();
        let document = Document::read(&Source::new("f", text), &mut problems);
        let mut found = Vec::new();
        for entry in &document.entries {
            match &entry.value {
                Value::Table(inside) => {
                    found.extend(inside.iter().map(|e| format!("{}.{}", entry.key, e.key)));
                }
                _ => found.push(entry.key.clone()),
            }
        }
        assert_eq!(found.join(" "), keys, "{text}");
        problems.sort();
        let said: Vec<String> = problems
            .iter()
            .map(|p| format!("{}:{} {}", p.place.line, p.place.column, p.sentence()))
            .collect();
        assert_eq!(said, wrong, "{text}");
    }

    #[test]
    fn entries_keep_the_order_of_the_file() {
        check("z = 1\na = [\n1,\n2]\n[t]\nb = \"x\"\n", "z a t.b", &[]);
        check("\u{feff}a = 1\r\nb = 2\r\n", "a b", &[]);
        check("", "", &[]);
    }

    #[test]
    fn a_bad_line_is_named_and_costs_only_itself() {
        check(
            "[global]\nQ = quit\n\"x\" = \"help\"\n",
            "global.x",
            &["2:5 `quit` is not a value; text stands in quotes: \"quit\""],
        );
        check(
            "? = \"help\"\na = 1\n",
            "a",
            &["1:1 `?` is not a key; a key with such characters stands in quotes"],
        );
        check(
            "a = \"open\nb = 2\n[t\nc = 3\n",
            "b t.c",
            &[
                "1:10 invalid basic string; expected `\"`",
                "3:3 unclosed table; expected `]`",
            ],
        );
        check(
            "[t]\na = 1\n[ [\nb = 2\n[u]\nc = quit\nd = 1\n[v # x\ne = 3\n",
            "t.a u.d",
            &[
                "3:3 unquoted keys cannot be empty; the lines below, up to the next [table], are left out",
                "6:5 `quit` is not a value; text stands in quotes: \"quit\"",
                "8:3 unclosed table; the lines below, up to the next [table], are left out",
            ],
        );
        check(
            "a = [\nb = 2\nc = 3\n",
            "b c",
            &["1:6 unclosed array; expected `]`"],
        );
        check(
            "a = 1\na = 2\nb = 3\n",
            "a b",
            &["2:1 `a` stands here a second time; the first one holds"],
        );
    }
}

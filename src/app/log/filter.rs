//! Which lines of a log are wanted: by a regular expression, or by their fields.
//! Apart from the lines: what is typed is read once and asked of each of them.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::search::Search;
use crate::model::fields;
use crate::model::level::{Level, names_level};

/// What lines must have to be shown. Empty, all are.
///
/// `.level >= warn and .http.status == 500` is about fields of JSON objects and of logfmt, `.level` about how grave a
/// line of any kind says it is; `!word` leaves out what has it; anything else is a regular expression.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    text: String,
    #[serde(skip)]
    rule: Rule,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum Rule {
    #[default]
    Everything,
    Has(Search),
    Lacks(Search),
    Field(Test),
    Not(Box<Rule>),
    All(Vec<Rule>),
    Any(Vec<Rule>),
}

/// Something asked of a field.
#[derive(Clone, Debug, PartialEq)]
struct Test {
    path: Vec<String>,
    asks: Asks,
}

#[derive(Clone, Debug, PartialEq)]
enum Asks {
    /// It is there, and neither null nor false.
    Is,
    /// How grave the line is.
    Level(Op, Level),
    Value(Op, Value),
    Like(Search),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Equal,
    Other,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

impl Op {
    /// Whether it holds of two values in this order; of values that have none only that they are not equal does.
    fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::Other => order != Some(Ordering::Equal),
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => order.is_some_and(Ordering::is_le),
            Self::More => order == Some(Ordering::Greater),
            Self::MoreOrEqual => order.is_some_and(Ordering::is_ge),
        }
    }
}

impl Filter {
    /// Reads what is typed.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let rule = if is_about_fields(text) {
            Reader { rest: text }.whole()?
        } else if let Some(word) = text.strip_prefix('!').filter(|word| !word.is_empty()) {
            Rule::Lacks(Search::parse(word)?)
        } else if text.is_empty() {
            Rule::Everything
        } else {
            Rule::Has(Search::parse(text)?)
        };
        Ok(Self {
            text: text.to_string(),
            rule,
        })
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All lines are shown.
    pub fn is_empty(&self) -> bool {
        self.rule == Rule::Everything
    }

    /// Whether a line passes that says it is so grave.
    pub fn passes(&self, line: &str, level: Option<Level>) -> bool {
        self.rule.passes(line, level)
    }
}

/// `.name` begins a question about a field; of a regular expression a point with a letter behind it is the rarer beginning.
fn is_about_fields(text: &str) -> bool {
    let text = text.strip_prefix("not ").unwrap_or(text).trim_start();
    let name = text.strip_prefix('.').and_then(|rest| rest.chars().next());
    name.is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | '@' | '"'))
}

impl Rule {
    fn passes(&self, line: &str, level: Option<Level>) -> bool {
        match self {
            Self::Everything => true,
            Self::Has(search) => search.is_in(line),
            Self::Lacks(search) => !search.is_in(line),
            Self::Field(test) => test.passes(line, level),
            Self::Not(rule) => !rule.passes(line, level),
            Self::All(rules) => rules.iter().all(|rule| rule.passes(line, level)),
            Self::Any(rules) => rules.iter().any(|rule| rule.passes(line, level)),
        }
    }
}

impl Test {
    fn passes(&self, line: &str, level: Option<Level>) -> bool {
        let value = || self.value(line, level);
        match &self.asks {
            Asks::Level(op, wanted) => op.holds(level.map(|level| level.cmp(wanted))),
            Asks::Is => {
                value().is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false)))
            }
            Asks::Value(op, wanted) => op.holds(value().and_then(|value| order(&value, wanted))),
            Asks::Like(search) => value().is_some_and(|value| match value {
                Value::String(text) => search.is_in(&text),
                other => search.is_in(&other.to_string()),
            }),
        }
    }

    fn value(&self, line: &str, level: Option<Level>) -> Option<Value> {
        let found = match line.trim_start().starts_with('{') {
            true => fields::at(line.trim_start(), &self.path),
            false => logfmt(line, &self.path.join(".")).map(|text| Value::String(text.to_string())),
        };
        let told = || level.map(|level| Value::String(level.word().to_string()));
        found.or_else(|| is_level(&self.path).then(told).flatten())
    }
}

fn is_level(path: &[String]) -> bool {
    matches!(path, [name] if names_level(name))
}

/// The value of `name=value` or `name="value"`. Source: <https://brandur.org/logfmt>.
fn logfmt<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let mut from = 0;
    while let Some(found) = line[from..].find(name) {
        let (start, end) = (from + found, from + found + name.len());
        let free = line[..start]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace);
        if free && let Some(value) = line[end..].strip_prefix('=') {
            return match value.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next(),
                None => value.split(char::is_whitespace).next(),
            };
        }
        from = end;
    }
    None
}

/// Numbers by size, also where a text is one; texts by letters; truths and nothing only as the same.
fn order(value: &Value, wanted: &Value) -> Option<Ordering> {
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    match (value, wanted) {
        (value, Value::Number(_)) => number(value)?.partial_cmp(&number(wanted)?),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (a, Value::String(b)) => Some(a.to_string().cmp(b)),
        // In logfmt everything is a text.
        (Value::String(a), b) => match (a.as_str(), b) {
            ("true", Value::Bool(true)) | ("false", Value::Bool(false)) | ("null", Value::Null) => {
                Some(Ordering::Equal)
            }
            _ => None,
        },
        (a, b) => (a == b).then_some(Ordering::Equal),
    }
}

/// Reads questions about fields: `and` binds closer than `or`.
struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn whole(mut self) -> Result<Rule, String> {
        let rule = self.either()?;
        match self.rest.trim() {
            "" => Ok(rule),
            rest => Err(format!(
                "`{rest}` is not understood; `and` or `or` joins two questions"
            )),
        }
    }

    fn either(&mut self) -> Result<Rule, String> {
        let mut rules = vec![self.both()?];
        while self.word("or") || self.word("||") {
            rules.push(self.both()?);
        }
        Ok(one_or(rules, Rule::Any))
    }

    fn both(&mut self) -> Result<Rule, String> {
        let mut rules = vec![self.one()?];
        while self.word("and") || self.word("&&") {
            rules.push(self.one()?);
        }
        Ok(one_or(rules, Rule::All))
    }

    fn one(&mut self) -> Result<Rule, String> {
        if self.word("not") {
            return Ok(Rule::Not(Box::new(self.one()?)));
        }
        let path = self.path()?;
        let Some(sign) = self.sign() else {
            return Ok(Rule::Field(Test {
                path,
                asks: Asks::Is,
            }));
        };
        let value = self.value(sign)?;
        let op = match sign {
            "=~" | "~" => return Ok(Rule::Field(like(path, &value)?)),
            "!~" => return Ok(Rule::Not(Box::new(Rule::Field(like(path, &value)?)))),
            "==" | "=" => Op::Equal,
            "!=" => Op::Other,
            "<" => Op::Less,
            "<=" => Op::LessOrEqual,
            ">" => Op::More,
            _ => Op::MoreOrEqual,
        };
        let level = match &value {
            Value::String(word) if is_level(&path) => Level::named(word),
            _ => None,
        };
        let asks = match level {
            Some(level) => Asks::Level(op, level),
            None => Asks::Value(op, value),
        };
        Ok(Rule::Field(Test { path, asks }))
    }

    /// Takes a word if it comes next.
    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(word) {
            Some(after) if after.is_empty() || after.starts_with([' ', '.', '!', '"']) => {
                self.rest = after;
                true
            }
            _ => false,
        }
    }

    /// `.http.status`, `."log.level"`.
    fn path(&mut self) -> Result<Vec<String>, String> {
        let mut path = Vec::new();
        let mut rest = self.rest.trim_start();
        while let Some(after) = rest.strip_prefix('.') {
            let (name, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or("a quote is not closed")?,
                None => {
                    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '@');
                    after.split_at(after.find(|c| !part(c)).unwrap_or(after.len()))
                }
            };
            if name.is_empty() {
                return Err("a field is named behind `.`: `.level`, `.http.status`".to_string());
            }
            path.push(name.to_string());
            rest = after;
        }
        if path.is_empty() {
            return Err("a question begins with a field: `.level == error`".to_string());
        }
        self.rest = rest;
        Ok(path)
    }

    fn sign(&mut self) -> Option<&'static str> {
        const SIGNS: [&str; 10] = ["==", "!=", "<=", ">=", "=~", "!~", "=", "~", "<", ">"];
        let rest = self.rest.trim_start();
        let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign))?;
        self.rest = &rest[sign.len()..];
        Some(sign)
    }

    /// A text in quotes, or a word: a number, a truth, else a text.
    fn value(&mut self, sign: &str) -> Result<Value, String> {
        let rest = self.rest.trim_start();
        if rest.starts_with('"') {
            let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
            let value = values.next().and_then(Result::ok);
            let value = value.ok_or("a quote is not closed")?;
            self.rest = &rest[values.byte_offset()..];
            return Ok(value);
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.is_empty() {
            return Err(format!("what behind `{sign}`?"));
        }
        self.rest = after;
        let value = serde_json::from_str(word).ok();
        Ok(value.unwrap_or_else(|| Value::String(word.to_string())))
    }
}

fn one_or(mut rules: Vec<Rule>, all: fn(Vec<Rule>) -> Rule) -> Rule {
    match rules.pop() {
        Some(rule) if rules.is_empty() => rule,
        last => {
            rules.extend(last);
            all(rules)
        }
    }
}

fn like(path: Vec<String>, value: &Value) -> Result<Test, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Ok(Test {
        path,
        asks: Asks::Like(Search::parse(&text)?),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINES: [&str; 6] = [
        r#"{"level":"error","msg":"refund","http":{"status":500},"ok":false}"#,
        r#"{"level":"info","msg":"paid","http":{"status":200},"ok":true}"#,
        r#"time=x level=warning msg="slow query" took=812"#,
        "ERROR assertion failed",
        "plain words",
        "E1122 02:14:00.123456 1 x.go:1] lost",
    ];

    /// Which of the lines pass, by their places.
    fn passing(filter: &str) -> Vec<usize> {
        let filter = Filter::parse(filter).unwrap();
        let passes = |at: &usize| filter.passes(LINES[*at], Level::of(LINES[*at]));
        (0..LINES.len()).filter(passes).collect()
    }

    #[test]
    fn lines_pass_by_words_and_by_fields() {
        for (filter, lines) in [
            ("", vec![0, 1, 2, 3, 4, 5]),
            ("words|refund", vec![0, 4]),
            ("!level", vec![3, 4, 5]),
            (".level == \"error\"", vec![0, 3, 5]),
            (".level >= warn", vec![0, 2, 3, 5]),
            (".level != error", vec![1, 2, 4]),
            (".http.status >= 500", vec![0]),
            (".http.status = 200 or .took > 800", vec![1, 2]),
            (".http.status < 500 and .ok", vec![1]),
            (".ok", vec![1]),
            (".ok == false", vec![0]),
            ("not .msg", vec![3, 4, 5]),
            (".msg =~ \"^re|que\"", vec![0, 2]),
            (".msg !~ re", vec![1, 2, 3, 4, 5]),
            (".msg == \"slow query\"", vec![2]),
            (".*words", vec![4]),
        ] {
            assert_eq!(passing(filter), lines, "{filter}");
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (filter, why) in [
            ("(", "unclosed group"),
            (".level ==", "what behind `==`?"),
            (".a == 1 .b", "`.b` is not understood"),
            (".a..b", "a field is named"),
            (".a == \"x", "not closed"),
            (".a and 1", "a question begins with a field"),
        ] {
            let error = Filter::parse(filter).unwrap_err();
            assert!(error.contains(why), "{filter}: {error}");
        }
    }

    proptest! {
        #[test]
        fn anything_can_be_typed(text in "\\PC{0,40}", line in "\\PC{0,80}") {
            for text in [text.clone(), format!(".{text}"), format!(".a == {text}")] {
                if let Ok(filter) = Filter::parse(&text) {
                    filter.passes(&line, None);
                }
            }
        }
    }
}

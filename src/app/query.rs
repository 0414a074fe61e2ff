//! The filter language: `status:failed ns:payments,checkout !kind:cron task:12 dur>10m age<2h label:team=qa free text`.
//! Apart from the list it filters, so that the console, `tiphys get` and saved views mean the same by the same words.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::fleet::Run;
use crate::model::phase::{Phase, State};
use crate::model::reason;
use crate::model::row::label;

/// A filter: every term must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Query {
    text: String,
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Term {
    not: bool,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum What {
    /// Any of these words is in a text field.
    Field(Field, Vec<String>),
    /// A label exists, or has one of these values.
    Label(String, Option<String>),
    /// A time is above or below so many seconds.
    Seconds(Clock, Compare, i64),
    /// Free text, in any of the columns.
    Text(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Field {
    Status,
    Namespace,
    Name,
    Task,
    Kind,
    Origin,
    Message,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Clock {
    Duration,
    Age,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Compare {
    Over,
    Under,
}

/// What is wrong with a filter, one sentence that names the word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{0}")]
pub struct BadQuery(pub String);

/// The words before a colon, with what they mean, for help and for errors.
pub const FIELDS: [(&str, &str); 12] = [
    ("status:", "state, several by comma: status:failed,error"),
    ("ns:", "namespace, part of it is enough: ns:pay,check"),
    ("name:", "name of the run"),
    ("task:", "Task Master task id, exactly: task:15.10"),
    ("kind:", "cron, template or plain: what launched it"),
    ("from:", "name of the cron or template it came from"),
    ("msg:", "text of the reason"),
    ("label:", "label:team or label:team=qa"),
    ("dur>", "ran longer than: dur>10m, or shorter: dur<90s"),
    (
        "age<",
        "younger than, as AGE counts it (since it ended, else was created): age<2h; older: age>3d",
    ),
    ("!", "not: !kind:cron"),
    (
        "\"",
        "keeps spaces together: \"exit 1\"; words without a colon are searched everywhere",
    ),
];

impl Query {
    /// Reads a filter. An empty text matches everything. Quotes keep spaces together: `"exit 1"`.
    ///
    /// # Errors
    /// The first word that means nothing, with what could have been meant.
    pub fn parse(text: &str) -> Result<Self, BadQuery> {
        let terms = words(text)
            .into_iter()
            .map(|word| term(&word))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            text: text.trim().to_string(),
            terms,
        })
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// It filters nothing out.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// A time that only the whole object tells takes part: rows that are not read yet are left out.
    pub fn needs_facts(&self) -> bool {
        self.terms
            .iter()
            .any(|term| matches!(term.what, What::Seconds(Clock::Duration, ..)))
    }

    /// Whether a run passes, as far as that can be told: `None` where only its object, which was not read, tells.
    pub fn judge(&self, run: &Run, state: State, now: Timestamp) -> Option<bool> {
        let mut sure = true;
        for term in &self.terms {
            let holds = term.what.matches(run, state, now);
            if !holds && term.what.asks_object(run) {
                sure = false;
            } else if holds == term.not {
                return Some(false);
            }
        }
        sure.then_some(true)
    }

    /// Whether a run passes.
    pub fn matches(&self, run: &Run, state: State, now: Timestamp) -> bool {
        self.terms
            .iter()
            .all(|term| term.what.matches(run, state, now) != term.not)
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Splits at spaces outside quotes; an unfinished quote goes to the end.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn term(word: &str) -> Result<Term, BadQuery> {
    let (not, body) = match word.strip_prefix('!') {
        Some(rest) if !rest.is_empty() => (true, rest),
        _ => (false, word),
    };
    Ok(Term {
        not,
        what: what(body)?,
    })
}

fn what(body: &str) -> Result<What, BadQuery> {
    for (name, clock) in [("dur", Clock::Duration), ("age", Clock::Age)] {
        if let Some(rest) = body.strip_prefix(name) {
            let compare = match rest.chars().next() {
                Some('>') => Compare::Over,
                Some('<') => Compare::Under,
                _ => continue,
            };
            let seconds = crate::model::clock::parse_seconds(&rest[1..]).ok_or_else(|| {
                BadQuery(format!("`{body}`: write a time like 90s, 10m, 2h or 3d"))
            })?;
            return Ok(What::Seconds(clock, compare, seconds));
        }
    }
    let Some((name, value)) = body.split_once(':') else {
        return Ok(What::Text(body.to_lowercase()));
    };
    let field = match name.to_ascii_lowercase().as_str() {
        "status" | "state" | "is" => Field::Status,
        "ns" | "namespace" => Field::Namespace,
        "name" => Field::Name,
        "task" => Field::Task,
        "kind" => Field::Kind,
        "from" | "template" | "cron" => Field::Origin,
        "msg" | "message" | "why" => Field::Message,
        "label" => return label_term(body, value),
        // A colon in free text (`10.0.0.1:80`, `error: x`) is text.
        other if other.chars().all(|c| c.is_ascii_alphabetic()) && !other.is_empty() => {
            return Err(unknown_field(other));
        }
        _ => return Ok(What::Text(body.to_lowercase())),
    };
    let values: Vec<String> = value
        .split(',')
        .filter(|part| !part.is_empty())
        .map(str::to_lowercase)
        .collect();
    if values.is_empty() {
        return Err(BadQuery(format!("`{body}` names no value")));
    }
    if field == Field::Status {
        for value in &values {
            if !State::ALL.iter().any(|state| status_is(*state, value)) {
                return Err(BadQuery(format!(
                    "`{value}` is not a state: {}",
                    State::ALL
                        .map(|state| state.word().to_lowercase().replace(' ', "-"))
                        .join(", ")
                )));
            }
        }
    }
    Ok(What::Field(field, values))
}

fn label_term(body: &str, value: &str) -> Result<What, BadQuery> {
    let (name, value) = match value.split_once('=') {
        Some((name, value)) => (name, Some(value.to_string())),
        None => (value, None),
    };
    if name.is_empty() {
        return Err(BadQuery(format!("`{body}` names no label")));
    }
    Ok(What::Label(name.to_string(), value))
}

fn unknown_field(name: &str) -> BadQuery {
    let known: Vec<&str> = FIELDS.iter().map(|(field, _)| *field).collect();
    BadQuery(format!(
        "`{name}:` is not a field: {}; quote it to search for the text",
        known.join(" ")
    ))
}

fn status_is(state: State, word: &str) -> bool {
    // Asked for every run at every frame: nothing is allocated here.
    let name = state.word().bytes().map(|byte| match byte {
        b' ' => b'-',
        byte => byte.to_ascii_lowercase(),
    });
    let begins = word.len() <= state.word().len() && word.bytes().eq(name.take(word.len()));
    begins || (word == "passed" && state == State::Succeeded) || (word == "bad" && state.is_bad())
}

/// What launched a run, as `kind:` names it.
pub fn kind_of(run: &Run) -> &'static str {
    if run.row.label(label::CRON).is_some() {
        "cron"
    } else if run.row.label(label::TEMPLATE).is_some()
        || run.row.label(label::CLUSTER_TEMPLATE).is_some()
    {
        "template"
    } else {
        "plain"
    }
}

impl What {
    /// The object of this run was not read and could make this hold.
    fn asks_object(&self, run: &Run) -> bool {
        run.facts.is_none()
            && match self {
                Self::Seconds(Clock::Duration, ..) => true,
                // Only a run that ended badly has a reason that its row does not tell.
                Self::Text(_) | Self::Field(Field::Message, _) => {
                    matches!(run.row.phase, Phase::Failed | Phase::Error)
                }
                _ => false,
            }
    }

    fn matches(&self, run: &Run, state: State, now: Timestamp) -> bool {
        match self {
            Self::Field(field, values) => values
                .iter()
                .any(|value| field.matches(run, state, now, value)),
            Self::Label(name, wanted) => run
                .row
                .label(name)
                .is_some_and(|value| wanted.as_deref().is_none_or(|wanted| wanted == &**value)),
            Self::Seconds(clock, compare, seconds) => {
                let found = match clock {
                    Clock::Duration => run.elapsed(now),
                    Clock::Age => run.since().map(|since| now.as_second() - since.as_second()),
                };
                found.is_some_and(|found| match compare {
                    Compare::Over => found > *seconds,
                    Compare::Under => found < *seconds,
                })
            }
            Self::Text(text) => {
                contains(&run.row.key.name, text)
                    || contains(&run.row.key.namespace, text)
                    || contains(state.word(), text)
                    || run
                        .row
                        .origin()
                        .is_some_and(|origin| contains(origin, text))
                    || reason_contains(run, now, text)
            }
        }
    }
}

impl Field {
    fn matches(self, run: &Run, state: State, now: Timestamp, value: &str) -> bool {
        match self {
            Self::Status => status_is(state, value),
            Self::Namespace => contains(&run.row.key.namespace, value),
            Self::Name => contains(&run.row.key.name, value),
            Self::Task => run
                .row
                .task()
                .is_some_and(|task| task.eq_ignore_ascii_case(value)),
            Self::Kind => kind_of(run) == value,
            Self::Origin => run
                .row
                .origin()
                .is_some_and(|origin| contains(origin, value)),
            Self::Message => reason_contains(run, now, value),
        }
    }
}

fn reason_contains(run: &Run, now: Timestamp, text: &str) -> bool {
    run.row
        .message
        .as_ref()
        .is_some_and(|message| contains(message, text))
        || reason::reason(&run.row, run.facts.as_deref(), now, None)
            .is_some_and(|reason| contains(&reason.plain(), text))
}

/// Case-insensitive for ASCII, which names are; `needle` is lower case.
fn contains(text: &str, needle: &str) -> bool {
    if text.is_ascii() && needle.is_ascii() {
        let needle = needle.as_bytes();
        return needle.is_empty()
            || text
                .as_bytes()
                .windows(needle.len())
                .any(|window| window.eq_ignore_ascii_case(needle));
    }
    text.to_lowercase().contains(needle)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use super::*;
    use crate::model::key::Key;
    use crate::model::row::Row;

    fn unread(name: &str, phase: Phase) -> Run {
        Run {
            row: Row {
                key: Key::new("team", name, name),
                version: 1,
                created: None,
                phase,
                completed: true,
                message: None,
                labels: Arc::from([]),
                malformed: None,
            },
            facts: None,
            gone: false,
        }
    }

    #[test]
    fn what_only_the_object_tells_is_left_open_until_it_is_read() {
        let now = Timestamp::UNIX_EPOCH;
        let judge = |text: &str, run: &Run| {
            let query = Query::parse(text).unwrap();
            query.judge(run, run.state(now), now)
        };
        let bad = unread("nightly", Phase::Failed);
        let good = unread("nightly", Phase::Succeeded);
        assert_eq!(judge("status:failed", &bad), Some(true));
        assert_eq!(judge("dur>1m", &bad), None);
        assert_eq!(judge("dur>1m ns:other", &bad), Some(false));
        // A reason can hold the word, and only what ended badly has one.
        assert_eq!(judge("timeout", &bad), None);
        assert_eq!(judge("!timeout", &bad), None);
        assert_eq!(judge("timeout", &good), Some(false));
        assert_eq!(judge("nightly", &bad), Some(true));
        assert_eq!(judge("!nightly", &bad), Some(false));
    }
}

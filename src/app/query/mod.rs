//! The filter language: `status:failed ns:payments,checkout !kind:cron task:12 dur>10m age<2h label:team=qa free text`.
//! Apart from the list it filters, so that the console, `tiphys get` and saved views mean the same by the same words.

mod expression;
mod read;
mod words;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::fleet::Run;
use crate::model::failure::CauseId;
use crate::model::phase::{Phase, State};
use crate::model::qarun::{self, Verdict};
use crate::model::row::label;
use expression::Expression;
pub use read::{BadQuery, FIELDS};
pub use words::Words;

/// A filter: every term must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    text: String,
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Term {
    not: bool,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum What {
    /// Any of these words is in a text field.
    Field(Field, Vec<String>),
    /// A text field matches a regular expression; `None`: any of the columns does.
    Like(Option<Field>, Expression),
    /// All of this holds of its labels.
    Labels(Vec<OfLabel>),
    /// It is of a QARun, or is one.
    QaRun,
    /// It failed of one of these.
    Cause(Vec<CauseId>),
    /// A time is above or below so many seconds.
    Seconds(Clock, Compare, i64),
    /// Free text, in any of the columns.
    Text(String),
}

/// What is asked of one label: as in a selector of Kubernetes, a label that is not there is unlike every value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct OfLabel {
    name: String,
    /// `None`: that it is there at all.
    value: Option<String>,
    /// The contrary.
    not: bool,
}

impl OfLabel {
    fn holds(&self, run: &Run) -> bool {
        let found = run.row.label(&self.name);
        let is = found.is_some_and(|found| self.value.as_deref().is_none_or(|v| v == &**found));
        is != self.not
    }
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
    Service,
    Verdict,
}

impl Field {
    /// It is a text of any kind, in which a part can be looked for.
    fn is_free(self) -> bool {
        matches!(
            self,
            Self::Namespace | Self::Name | Self::Origin | Self::Message | Self::Service
        )
    }
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

impl Query {
    /// Reads a filter. An empty text matches everything. Quotes keep spaces together: `"exit 1"`.
    ///
    /// # Errors
    /// The first word that means nothing, with what could have been meant.
    pub fn parse(text: &str) -> Result<Self, BadQuery> {
        Ok(Self {
            text: text.trim().to_string(),
            terms: read::terms(text)?,
        })
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The one word it is, where it is one word of free text; in lower case.
    pub fn word(&self) -> Option<&str> {
        match &self.terms[..] {
            [
                Term {
                    not: false,
                    what: What::Text(text),
                },
            ] => Some(text),
            _ => None,
        }
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

    /// Something takes part that only QARuns tell.
    pub fn needs_qaruns(&self) -> bool {
        let asks = |what: &What| matches!(what, What::Field(Field::Verdict, _));
        self.terms.iter().any(|term| asks(&term.what))
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

fn status_is(state: State, word: &str) -> bool {
    // Asked for every run at every frame: nothing is allocated here.
    let name = state.word().bytes().map(|byte| match byte {
        b' ' => b'-',
        byte => byte.to_ascii_lowercase(),
    });
    let begins = word.len() <= state.word().len() && word.bytes().eq(name.take(word.len()));
    begins || (word == "passed" && state == State::Succeeded) || (word == "bad" && state.is_bad())
}

/// What can launch a run, as `kind:` names it.
pub(crate) const KINDS: [&str; 3] = ["cron", "template", "plain"];

/// What launched a run: one of [`KINDS`].
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
                Self::Cause(_) => matches!(run.row.phase, Phase::Failed | Phase::Error),
                // Only a run that ended badly has a reason that its row does not tell.
                Self::Text(_)
                | Self::Field(Field::Message, _)
                | Self::Like(None | Some(Field::Message), _) => {
                    matches!(run.row.phase, Phase::Failed | Phase::Error)
                }
                _ => false,
            }
    }

    fn matches(&self, run: &Run, state: State, now: Timestamp) -> bool {
        match self {
            Self::QaRun => run.qarun.is_some() || run.row.label(qarun::label::UID).is_some(),
            Self::Field(field, values) => values
                .iter()
                .any(|value| field.matches(run, state, now, value)),
            Self::Labels(asked) => asked.iter().all(|label| label.holds(run)),
            Self::Cause(wanted) => run.cause.is_some_and(|cause| wanted.contains(&cause)),
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
            Self::Text(text) => anywhere(run, state, now, &|found| contains(found, text)),
            Self::Like(None, like) => anywhere(run, state, now, &|found| like.is_in(found)),
            Self::Like(Some(field), like) => field.text_is(run, now, &|found| like.is_in(found)),
        }
    }
}

impl Field {
    fn matches(self, run: &Run, state: State, now: Timestamp, value: &str) -> bool {
        match self {
            Self::Status => status_is(state, value),
            Self::Task => run
                .row
                .task()
                .is_some_and(|task| task.eq_ignore_ascii_case(value)),
            Self::Kind => kind_of(run).starts_with(value),
            Self::Verdict => verdict_of(run).starts_with(value),
            free => free.text_is(run, now, &|found| contains(found, value)),
        }
    }

    /// Whether its text is as is asked; of what is no free text nothing is.
    fn text_is(self, run: &Run, now: Timestamp, asked: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Namespace => asked(&run.row.key.namespace),
            Self::Name => asked(&run.row.key.name),
            Self::Origin => run.row.origin().is_some_and(|text| asked(text)),
            Self::Message => reason_is(run, now, asked),
            Self::Service => (run.row.label(label::SERVICE)).is_some_and(|text| asked(text)),
            _ => false,
        }
    }
}

/// Whether the text of any column is as is asked.
fn anywhere(run: &Run, state: State, now: Timestamp, asked: &dyn Fn(&str) -> bool) -> bool {
    asked(&run.row.key.name)
        || asked(&run.row.key.namespace)
        || asked(state.word())
        || run.row.origin().is_some_and(|text| asked(text))
        || reason_is(run, now, asked)
}

/// What `verdict:` may say.
pub(crate) const VERDICTS: [&str; 4] = ["pass", "fail", "inconclusive", "none"];

/// One of [`VERDICTS`]; `none` while there is no verdict, and of runs that come to none.
fn verdict_of(run: &Run) -> &'static str {
    let verdict = run.qarun.as_ref().and_then(|brief| brief.verdict);
    verdict.map_or("none", Verdict::word)
}

fn reason_is(run: &Run, now: Timestamp, asked: &dyn Fn(&str) -> bool) -> bool {
    let message = run.row.message.as_ref();
    message.is_some_and(|message| asked(message))
        || (run.reason(now, None)).is_some_and(|reason| asked(&reason.plain()))
}

/// Case-insensitive for ASCII, which names are; `needle` is lower case.
fn contains(text: &str, needle: &str) -> bool {
    let Some(&first) = needle.as_bytes().first() else {
        return true;
    };
    if !(text.is_ascii() && needle.is_ascii()) {
        return text.to_lowercase().contains(needle);
    }
    // Asked several times for every run at every key: most texts are left behind at the first letter.
    let bytes = text.as_bytes();
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), bytes).any(|at| {
        let here = bytes.get(at..at + needle.len());
        here.is_some_and(|here| here.eq_ignore_ascii_case(needle.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use super::*;
    use crate::model::key::Key;
    use crate::model::row::Row;

    fn unread(name: &str, phase: Phase) -> Run {
        Run::of(Row {
            key: Key::new("team", name, name),
            version: 1,
            created: None,
            phase,
            completed: true,
            message: None,
            labels: Arc::from([]),
            malformed: None,
            series: None,
        })
    }

    #[test]
    fn an_expression_is_looked_for_in_each_column_or_in_one() {
        let now = Timestamp::UNIX_EPOCH;
        let run = unread("payments-42-smoke", Phase::Succeeded);
        for (text, passes) in [
            ("^pay.*smoke$", true),
            ("^PAY", true),
            ("^smoke", false),
            ("!^smoke", true),
            ("smoke$|load$", true),
            (r"/-\d+-/", true),
            (r"/-\d{3}-/", false),
            (r"name:/^payments-\d+/", true),
            ("name:^team", false),
            ("ns:^team$", true),
            ("!ns:^team$", false),
            // Each column by itself: none begins with one and ends with the other.
            ("^team.*smoke$", false),
        ] {
            let query = Query::parse(text).unwrap();
            let passed = query.matches(&run, run.state(now), now);
            assert_eq!(passed, passes, "{text}");
            // What is written down means the same when it is read again.
            let again: Query =
                serde_json::from_str(&serde_json::to_string(&query).unwrap()).unwrap();
            assert_eq!(again.matches(&run, run.state(now), now), passes, "{text}");
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
        assert_eq!(judge("time.?out|oom", &bad), None);
        assert_eq!(judge("cause:0123456789ab", &bad), None);
        assert_eq!(judge("cause:0123456789ab", &good), Some(false));
        assert_eq!(judge("nightly", &bad), Some(true));
        assert_eq!(judge("!nightly", &bad), Some(false));
    }
}

//! What a run failed of, so that runs that failed of the same can be told together: the step, the exit code or reason, and
//! the pattern of the message.
//! Apart from [`super::reason`], which says it of one run with everything that differs from the next one.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::facts::{Cause, Facts};
use super::mask::mask;
use super::pattern::pattern;
use super::phase::{Phase, StepPhase};
use super::row::Row;
use super::usual::base;
use super::why::current;
use super::words;
use super::workflow::StepKind;

/// What a run failed of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure<'a> {
    /// The step, of a fan-out without its item; empty where no step is to blame.
    pub step: &'a str,
    /// `exit 1`, `OOMKilled`, `deadline` …
    pub reason: String,
    /// The message beyond that as [`pattern`]; empty where it says no more.
    pub message: String,
    /// What it was launched from, where the message says no more: `exit 1` of two templates is not the same.
    pub of: &'a str,
}

/// A cause as a number: runs with the same one failed of the same. It stays the same from one start to the next and is what
/// `cause:` in a filter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CauseId(NonZeroU64);

impl CauseId {
    /// Characters of its text.
    const LEN: usize = 12;

    /// What a run failed of; `None` where it did not fail, or where that is not known before its object is read.
    pub fn of(row: &Row, facts: Option<&Facts>) -> Option<Self> {
        Failure::of(row, facts).map(|failure| failure.id())
    }
}

impl fmt::Display for CauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0width$x}", self.0, width = Self::LEN)
    }
}

impl FromStr for CauseId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u64::from_str_radix(text, 16).map_err(|_| ())?;
        let number = NonZeroU64::new(number).filter(|_| hex && text.len() == Self::LEN);
        number.map(Self).ok_or(())
    }
}

impl<'a> Failure<'a> {
    /// What a run failed of; `None` where it did not fail, or where that is not known before its object is read.
    pub fn of(row: &'a Row, facts: Option<&'a Facts>) -> Option<Self> {
        if !matches!(row.phase, Phase::Failed | Phase::Error) || row.malformed.is_some() {
            return None;
        }
        let told = match current(row, facts) {
            Some(facts) => ended(row, facts),
            None => {
                let own = row.message.as_deref().filter(|text| !words::is_echo(text));
                of_message(row, own?)
            }
        };
        Some(told.complete(row))
    }

    /// The same cause has the same number.
    pub fn id(&self) -> CauseId {
        // FNV-1a: it must not change from one build to the next. Source: <http://www.isthe.com/chongo/tech/comp/fnv/>.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for part in [self.step, &self.reason, &self.message, self.of] {
            for byte in part.bytes().chain([0xff]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        let folded = (hash >> 48) ^ (hash & 0xffff_ffff_ffff);
        CauseId(NonZeroU64::new(folded).unwrap_or(NonZeroU64::MIN))
    }

    /// What stands after the reason: ` · step · message`, credentials masked.
    pub fn rest(&self) -> String {
        let parts = [self.step, &self.message];
        let parts = parts.iter().filter(|part| !part.is_empty());
        let rest: String = parts.map(|part| format!(" · {part}")).collect();
        mask(&rest).into_owned()
    }

    /// All of it in a line.
    pub fn text(&self) -> String {
        format!("{}{}", self.reason, self.rest())
    }

    fn plain(reason: impl Into<String>) -> Self {
        Self {
            step: "",
            reason: reason.into(),
            message: String::new(),
            of: "",
        }
    }

    /// What says nothing beyond its reason is told by where it comes from.
    fn complete(mut self, row: &'a Row) -> Self {
        if self.message.is_empty() {
            self.of = row.origin().unwrap_or(&row.key.namespace);
        }
        self
    }
}

/// That a person ended it comes before what its steps made of that.
fn ended<'a>(row: &'a Row, facts: &'a Facts) -> Failure<'a> {
    let word = match facts.shutdown.as_deref() {
        Some("Terminate") => Some("terminated"),
        Some(_) => Some("stopped"),
        None => None,
    };
    let told = match &facts.cause {
        Cause::Failed(fault) => Some(Failure {
            step: step(row, &fault.step),
            reason: fault.short.to_string(),
            message: beyond(row, fault.message.as_deref(), &fault.short),
            of: "",
        }),
        Cause::Workflow(message) if !words::is_shutdown(message) => Some(of_message(row, message)),
        _ => None,
    };
    match (word, told) {
        (Some(word), Some(told)) if told.reason == word => told,
        (Some(word), _) => Failure::plain(word),
        (None, Some(told)) => told,
        (None, None) => {
            let own = row.message.as_deref().filter(|text| !words::is_echo(text));
            own.map_or_else(
                || Failure::plain("nothing says why"),
                |text| of_message(row, text),
            )
        }
    }
}

fn of_message<'a>(row: &'a Row, message: &'a str) -> Failure<'a> {
    let phase = match row.phase {
        Phase::Error => StepPhase::Error,
        _ => StepPhase::Failed,
    };
    let reason = words::short_fault(Some(message), phase, StepKind::Pod);
    let message = beyond(row, Some(message), &reason);
    // A short message is its own reason, and can have a number in it.
    let reason = pattern(&reason, &row.key.name);
    Failure {
        message,
        ..Failure::plain(reason)
    }
}

fn beyond(row: &Row, message: Option<&str>, reason: &str) -> String {
    let more = message.and_then(|message| words::beyond(message, reason));
    more.map_or_else(String::new, |more| pattern(more, &row.key.name))
}

/// The step without its item or attempt, and without the name of the run: `shard` of `shard(17:17)`.
fn step<'a>(row: &Row, display: &'a str) -> &'a str {
    let step = base(display);
    match step.strip_prefix(&*row.key.name) {
        Some("") => "",
        Some(hook) if hook.starts_with('.') => &hook[1..],
        _ => step,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use super::*;
    use crate::model::facts::{LeafFault, Leaves, NodesSource};
    use crate::model::key::Key;
    use crate::model::row::label;

    fn row(name: &str, template: &str) -> Row {
        Row {
            key: Key::new("pay", name, name),
            version: 1,
            created: None,
            phase: Phase::Failed,
            completed: true,
            message: None,
            labels: Arc::from([(Arc::from(label::TEMPLATE), Arc::from(template))]),
            malformed: None,
            series: None,
        }
    }

    fn facts(row: Row, step: &str, short: &str, message: &str) -> Facts {
        Facts {
            row,
            started: None,
            finished: None,
            progress: None,
            estimated: None,
            shutdown: None,
            cause: Cause::Failed(LeafFault {
                step: step.into(),
                node: "n".into(),
                phase: StepPhase::Failed,
                short: short.into(),
                message: Some(message.into()),
                attempts: 1,
                others: 0,
            }),
            leaves: Leaves::default(),
            fan_out: None,
            flaky: Box::default(),
            took: Box::default(),
            nodes: NodesSource::Inline,
        }
    }

    fn told(
        name: &str,
        template: &str,
        (step, short, message): (&str, &str, &str),
    ) -> (String, CauseId) {
        let row = row(name, template);
        let facts = facts(row.clone(), step, short, message);
        let failure = Failure::of(&row, Some(&facts)).unwrap();
        (failure.text(), failure.id())
    }

    #[test]
    fn items_attempts_and_values_do_not_tell_causes_apart_and_steps_and_words_do() {
        let one = (
            "shard(17:17)",
            "exit 1",
            "main: Error (exit code 1): 3 rows lost",
        );
        let (text, id) = told("a-1", "index", one);
        assert_eq!(text, "exit 1 · shard · * rows lost");
        let same = (
            "shard(4:4)",
            "exit 1",
            "main: Error (exit code 1): 12 rows lost",
        );
        assert_eq!(told("b-2", "index", same).1, id);
        assert_eq!(told("b-2", "other", same).1, id, "the message says enough");
        for other in [
            ("merge", "exit 1", "main: Error (exit code 1): 3 rows lost"),
            (
                "shard(17:17)",
                "exit 2",
                "main: Error (exit code 2): 3 rows lost",
            ),
            (
                "shard(17:17)",
                "exit 1",
                "main: Error (exit code 1): 3 rows found",
            ),
        ] {
            assert_ne!(told("a-1", "index", other).1, id, "{other:?}");
        }
    }

    #[test]
    fn an_exit_code_alone_means_something_else_in_another_template() {
        let bare = ("main", "exit 1", "main: Error (exit code 1)");
        let (text, id) = told("a-1", "index", bare);
        assert_eq!(text, "exit 1 · main");
        assert_eq!(told("b-2", "index", bare).1, id);
        assert_ne!(told("b-2", "other", bare).1, id);
    }

    #[test]
    fn the_root_step_has_the_name_of_its_run_and_a_hook_its_own() {
        assert_eq!(
            told("a-1", "t", ("a-1", "exit 1", "(exit code 1) no")).0,
            "exit 1 · no"
        );
        assert_eq!(
            told("a-1", "t", ("a-1.onExit", "exit 1", "")).0,
            "exit 1 · onExit"
        );
    }

    #[test]
    fn what_is_not_read_is_told_by_its_own_message_or_not_at_all() {
        let mut unread = row("a-1", "t");
        assert_eq!(Failure::of(&unread, None), None);
        unread.message = Some("child 'a-1-77' failed".into());
        assert_eq!(
            Failure::of(&unread, None),
            None,
            "it names a step, and no cause"
        );
        unread.message = Some("invalid spec: template a-1 has 2 entrypoints".into());
        let failure = Failure::of(&unread, None).unwrap();
        assert_eq!(
            failure.text(),
            "failed · invalid spec: template * has * entrypoints"
        );
        unread.phase = Phase::Succeeded;
        assert_eq!(Failure::of(&unread, None), None);
    }

    #[test]
    fn who_ended_it_comes_before_what_its_steps_made_of_that() {
        let row = row("a-1", "t");
        let mut facts = facts(row.clone(), "main", "exit 1", "(exit code 1)");
        facts.shutdown = Some("Stop".into());
        assert_eq!(Failure::of(&row, Some(&facts)).unwrap().text(), "stopped");
    }

    #[test]
    fn a_number_is_read_as_it_is_written_and_nothing_else_is_one() {
        let (_, id) = told("a-1", "t", ("main", "exit 1", ""));
        assert_eq!(id.to_string().len(), CauseId::LEN);
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in [
            "",
            "abc",
            "zzzzzzzzzzzz",
            "+23456789012",
            "1234567890123",
            "000000000000",
        ] {
            assert_eq!(text.parse::<CauseId>(), Err(()), "{text}");
        }
    }
}

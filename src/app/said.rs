//! What the program says by itself: all of it kept for reading later, and the little that stands on the screen now.
//! Apart from what is shown where it belongs: nothing that goes on being true is said only here.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::state::later;
use crate::model::key::Key;
use crate::model::text::clean_message;

/// Messages that are kept.
const KEPT: usize = 300;
/// Messages on the screen at the same time.
const SHOWN: usize = 3;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// An answer.
    Info,
    /// Something went well that could have gone otherwise.
    Good,
    /// Something is not as it should be.
    Warn,
    /// Something failed.
    Bad,
}

impl Level {
    /// Milliseconds it stays on the screen: the worse, the longer.
    fn stays(self) -> i64 {
        match self {
            Self::Info | Self::Good => 6_000,
            Self::Warn => 9_000,
            Self::Bad => 12_000,
        }
    }
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Its number; the next one has the next.
    pub number: u64,
    /// When, the last time.
    pub at: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// One sentence, safe to show.
    pub text: String,
    /// How many times in a row.
    pub times: u32,
    /// The run it is about.
    pub about: Option<Key>,
}

/// A message on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Toast {
    number: u64,
    until: Timestamp,
    /// It answers a key, and goes with the next one.
    answer: bool,
}

/// Everything that was said, and what of it is on the screen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    messages: VecDeque<Message>,
    toasts: Vec<Toast>,
    next: u64,
}

impl Said {
    /// Keeps a message without showing it; its number. What is said twice in a row is counted.
    pub fn keep(&mut self, now: Timestamp, level: Level, text: &str, about: Option<Key>) -> u64 {
        let text = clean_message(text);
        if let Some(last) = self.messages.back_mut()
            && (last.level, &*last.text, &last.about) == (level, &*text, &about)
        {
            last.times += 1;
            last.at = now;
            return last.number;
        }
        self.next += 1;
        self.messages.push_back(Message {
            number: self.next,
            at: now,
            level,
            text: text.into_owned(),
            times: 1,
            about,
        });
        if self.messages.len() > KEPT {
            self.messages.pop_front();
        }
        self.next
    }

    /// Shows a message that was kept. A new answer takes the place of the one before.
    pub fn show(&mut self, now: Timestamp, number: u64, answer: bool) {
        let Some(level) = self.get(number).map(|message| message.level) else {
            return;
        };
        self.toasts
            .retain(|toast| toast.number != number && !(answer && toast.answer));
        self.toasts.push(Toast {
            number,
            until: later(now, level.stays()),
            answer,
        });
        let most = self.toasts.len().saturating_sub(SHOWN);
        self.toasts.drain(..most);
    }

    /// A key was pressed: answers to the one before have been read.
    pub fn answered(&mut self) {
        self.toasts.retain(|toast| !toast.answer);
    }

    /// Takes off the screen what has stood there long enough.
    pub fn settle(&mut self, now: Timestamp) {
        self.toasts.retain(|toast| toast.until > now);
    }

    /// When the next message goes from the screen.
    pub fn until(&self) -> Option<Timestamp> {
        self.toasts.iter().map(|toast| toast.until).min()
    }

    /// What is on the screen, the newest last.
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.toasts
            .iter()
            .filter_map(|toast| self.get(toast.number))
    }

    /// All that is kept, the newest first.
    pub fn all(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().rev()
    }

    /// The message of this number.
    pub fn get(&self, number: u64) -> Option<&Message> {
        self.messages
            .iter()
            .find(|message| message.number == number)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn say(said: &mut Said, second: i64, level: Level, text: &str, answer: bool) {
        let number = said.keep(at(second), level, text, None);
        said.show(at(second), number, answer);
    }

    fn shown(said: &Said) -> Vec<&str> {
        said.shown().map(|message| message.text.as_str()).collect()
    }

    #[test]
    fn what_was_said_goes_from_the_screen_and_is_kept() {
        let mut said = Said::default();
        say(&mut said, 0, Level::Info, "copied", true);
        say(&mut said, 1, Level::Bad, "team/a failed", false);
        assert_eq!(shown(&said), ["copied", "team/a failed"]);
        said.answered();
        assert_eq!(
            shown(&said),
            ["team/a failed"],
            "only answers go with a key"
        );
        assert_eq!(said.until(), Some(at(13)));
        said.settle(at(13));
        assert_eq!((shown(&said), said.until()), (Vec::new(), None));
        let kept: Vec<&str> = said.all().map(|message| message.text.as_str()).collect();
        assert_eq!(kept, ["team/a failed", "copied"]);
    }

    #[test]
    fn repetitions_are_counted_and_the_screen_is_never_full() {
        let mut said = Said::default();
        for second in 0..4 {
            say(&mut said, second, Level::Warn, "no shell\u{1b}[2J", true);
        }
        let only = said.all().next().unwrap();
        assert_eq!((only.times, only.at), (4, at(3)));
        assert!(!only.text.contains('\u{1b}'));
        assert_eq!(said.shown().count(), 1);
        for number in 0..(KEPT + 9) {
            say(&mut said, 9, Level::Bad, &format!("run {number}"), false);
        }
        assert_eq!((said.all().count(), said.shown().count()), (KEPT, SHOWN));
    }
}

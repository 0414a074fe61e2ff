//! Questions to a terminal, what its background is and how it shows pictures: each asked once, not before the first frame, and
//! heard out before the end.
//! Apart from the loop, because an answer nobody waits for would be typed into the shell.

use std::time::{Duration, Instant};

use crate::app::graphics::Answer;
use crate::app::msg::Msg;
use crate::runtime::mailbox::Mailbox;

/// How long an answer is waited for at the end; on a line this slow the first frame has not come either.
const LIMIT: Duration = Duration::from_millis(500);

/// Whether it was asked, and answered.
#[derive(Debug)]
pub struct Question {
    answers: bool,
    asked: Option<Instant>,
    over: bool,
}

impl Question {
    /// Not asked yet. A terminal that would show the question is never asked.
    pub fn of(answers: bool) -> Self {
        Self {
            answers,
            asked: None,
            over: false,
        }
    }

    /// Whether it is to be asked now; it counts as asked then.
    pub fn ask(&mut self, wanted: bool) -> bool {
        let due = wanted && self.answers && self.asked.is_none();
        if due {
            self.asked = Some(Instant::now());
        }
        due
    }

    /// Notes what was heard.
    pub fn hear(&mut self, msg: &Msg) {
        self.over |= matches!(msg, Msg::Terminal(Answer::Over { .. }));
    }

    /// Waits for the rest of the answer, which is not long: what else is said meanwhile nobody wants any more.
    pub async fn hear_out(&mut self, mailbox: &Mailbox) {
        while let Some(asked) = self.asked.filter(|_| !self.over) {
            let left = LIMIT.saturating_sub(asked.elapsed());
            match tokio::time::timeout(left, mailbox.recv_batch()).await {
                Ok(batch) => batch.iter().for_each(|msg| self.hear(msg)),
                Err(_) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::config::Background;

    #[tokio::test]
    async fn it_is_asked_once_and_heard_out() {
        let mailbox = Mailbox::new();
        let mut question = Question::of(true);
        assert!(!question.ask(false));
        // Nothing was asked, so nothing is waited for.
        question.hear_out(&mailbox).await;
        assert!(question.ask(true) && !question.ask(true));
        mailbox.push(Msg::Background(Background::Light));
        mailbox.push(Msg::Terminal(Answer::Over { sixel: false }));
        question.hear_out(&mailbox).await;
        assert!(question.over);
        assert!(!Question::of(false).ask(true));
    }
}

//! A message as it comes: the input of the tool, put together from its pieces.
//! Apart from what the input says, which is read when it is whole.

use serde::Deserialize;

use super::events::{Endless, Events};
use super::snag::{Snag, refused};
use super::{ANSWER, TOOL};

/// A message on its way.
#[derive(Debug, Default)]
pub struct Message {
    events: Events,
    bytes: usize,
    /// Where the block of the tool stands among the blocks.
    tool: Option<u64>,
    input: String,
    stopped: Option<String>,
    ended: bool,
}

/// An event; unknown ones are let pass, as the API asks of its clients.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    ContentBlockStart {
        index: u64,
        content_block: Block,
    },
    ContentBlockDelta {
        index: u64,
        delta: Delta,
    },
    MessageDelta {
        delta: End,
    },
    MessageStop,
    Error {},
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    ToolUse {
        name: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Delta {
    InputJsonDelta {
        partial_json: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct End {
    stop_reason: Option<String>,
}

impl Message {
    /// Takes the next bytes; whether the message is whole.
    ///
    /// # Errors
    /// Where it says an error, or is no message.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<bool, Snag> {
        self.bytes += bytes.len();
        if self.bytes > ANSWER {
            return Err(Snag::Endless);
        }
        let events = self.events.feed(bytes).map_err(|Endless| Snag::Endless)?;
        for data in events {
            if self.ended {
                break;
            }
            self.take(&data)?;
        }
        Ok(self.ended)
    }

    fn take(&mut self, data: &str) -> Result<(), Snag> {
        let odd = |why: serde_json::Error| {
            Snag::Odd(format!(
                "an event is no JSON or has another shape, column {}",
                why.column()
            ))
        };
        match serde_json::from_str(data).map_err(odd)? {
            Event::ContentBlockStart {
                index,
                content_block: Block::ToolUse { name },
            } if name == TOOL && self.tool.is_none() => self.tool = Some(index),
            Event::ContentBlockDelta {
                index,
                delta: Delta::InputJsonDelta { partial_json },
            } if self.tool == Some(index) => self.input.push_str(&partial_json),
            Event::MessageDelta { delta } => {
                self.stopped = delta.stop_reason.or(self.stopped.take());
            }
            Event::MessageStop => self.ended = true,
            Event::Error {} => return Err(refused(200, None, data.as_bytes())),
            Event::ContentBlockStart { .. } | Event::ContentBlockDelta { .. } | Event::Other => {}
        }
        Ok(())
    }

    /// The input of the tool, JSON.
    ///
    /// # Errors
    /// Where the message is not whole, or has none.
    pub fn input(self) -> Result<serde_json::Value, Snag> {
        // That it ended early explains what is missing.
        match self.stopped.as_deref() {
            Some("refusal") => return Err(Snag::Declined),
            Some("max_tokens" | "model_context_window_exceeded") => return Err(Snag::Cut),
            _ if !self.ended => return Err(Snag::Interrupted(String::new())),
            _ => {}
        }
        if self.tool.is_none() {
            return Err(Snag::Silent);
        }
        serde_json::from_str(&self.input).map_err(|why| {
            Snag::Odd(format!(
                "the input of the tool is no JSON, line {} column {}",
                why.line(),
                why.column()
            ))
        })
    }
}

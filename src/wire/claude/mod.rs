//! The Messages API of Anthropic: what is sent, and what comes back piece by piece.
//! Apart from the client that carries it (`cluster::claude`), so that any split of any answer can be tested without a network.
//!
//! Source: <https://docs.anthropic.com/en/api/messages>, its streaming and its errors, `anthropic-version: 2023-06-01`. A tool call that
//! is forced, with the schema of its input, and streamed: every endpoint that speaks this API understands it, newer forms of structured
//! answers not all do.

mod answer;
mod events;
mod message;
mod request;
mod snag;

pub use answer::{Read, read};
pub use message::Message;
pub use request::{Request, TOOL, VERSION, number};
pub use snag::{Snag, refused};

/// Most bytes of an answer: a hundred proposals are a tenth of it.
pub const ANSWER: usize = 1 << 20;

#[cfg(test)]
mod tests;

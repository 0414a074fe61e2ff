//! Tasks as Task Master keeps them, and what is to be verified of each: nouns and rules.
//! Apart from `wire::taskmaster`, which reads them from text, and from [`super::qarun`], which a task becomes when it is verified.
//!
//! Task Master: <https://github.com/eyaltoledano/claude-task-master>, files `tasks.json` of versions 0.16 to 0.43.

mod book;
mod candidate;
mod content;
pub mod criteria;
pub mod draft;
mod id;
mod order;
mod place;
mod project;
pub mod proposal;
pub mod rules;
mod status;

pub use book::{Acceptance, Book, Complexity, Layout, Tag, Task};
pub use candidate::{Candidate, Confidence, Lean};
pub use content::{NOTE, content, unnoted};
pub use id::TaskId;
pub use order::{Standing, ordered, standing};
pub use place::{Place, Problem};
pub use project::{Paper, Project, Wrong};
pub use status::{Priority, Status};

//! The nouns and rules of the domain: runs, steps, phases, reasons. Plain data; `now` is an argument.
//! Apart from everything: no Kubernetes, no terminal, no clock, no files.

pub mod bars;
pub mod cause;
pub mod clock;
pub mod context;
pub mod count;
pub mod critical;
pub mod delta;
pub mod eta;
pub mod event;
pub mod facts;
pub mod fault;
pub mod flow;
mod fold;
pub mod glance;
pub mod graph;
pub mod key;
pub mod layers;
pub mod log;
mod note;
pub mod phase;
pub mod pod;
pub mod progress;
mod promise;
pub mod reason;
pub mod row;
pub mod secret;
pub mod shape;
pub mod text;
pub mod tree;
pub mod trouble;
mod vertex;
pub mod why;
pub mod words;
pub mod workflow;
pub mod zone;

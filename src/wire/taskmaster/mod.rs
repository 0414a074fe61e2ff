//! Files of Task Master: their text and what it says.
//! Apart from the rooms that open them, so that every oddity is a text in a test.

pub mod boxes;
pub mod edit;
pub mod json;
mod style;

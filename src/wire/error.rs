//! What makes an object unreadable as a whole.
//! Apart from problems, which are noted beside what could be read.

/// The bytes are no object. Neither variant carries any of the input: it may hold credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Not JSON, cut short, or nested more than 128 deep.
    #[error("not readable as JSON: {0}")]
    NotJson(String),
    /// JSON, but not an object.
    #[error("not a JSON object")]
    NotAnObject,
}

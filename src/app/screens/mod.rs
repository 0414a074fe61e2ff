//! What each screen remembers between keys.
//! Apart from their drawing, which has the same file names in `ui/screens`.

pub mod failures;
pub mod origins;
pub mod run;
pub mod runs;
pub mod tasks;

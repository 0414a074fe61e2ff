//! Annotations that say on an object who did what from here, and when.
//! Apart from writing them: who reads an object wants to know too.

/// Who, as the API server knows them.
pub const ACTOR: &str = "tiphys.dev/actor";
/// What, as a verb.
pub const ACTION: &str = "tiphys.dev/action";
/// When, RFC 3339.
pub const AT: &str = "tiphys.dev/at";

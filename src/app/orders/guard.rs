//! Whether anything may be written now, and why not: the one place that is asked.
//! Apart from the single operations: a rule that each of them has to remember is forgotten by one.

use jiff::Timestamp;

use crate::app::state::{Connection, State};
use crate::model::clock;
use crate::model::key::Key;

/// Why a console that only reads changes nothing.
pub const READ_ONLY: &str = "this console was started with --readonly";

/// Whether a write to this object may be asked for and sent now; else one clause on why not and what to do.
///
/// # Errors
/// The clause.
pub fn may_write(state: &State, key: &Key, now: Timestamp) -> Result<(), String> {
    if state.readonly {
        return Err(READ_ONLY.to_string());
    }
    if is_protected(state) && state.orders.unlocked.is_none_or(|until| until <= now) {
        return Err(format!(
            "{} is protected; :unlock 10m allows it for ten minutes",
            context(state)
        ));
    }
    match &state.connection {
        Connection::Up { .. } => {}
        Connection::Connecting => return Err("the connection is being made".to_string()),
        Connection::Down { why, .. } => {
            return Err(format!("there is no connection ({})", why.word()));
        }
    }
    // What has no namespace is watched by no source; it is read before anything is sent.
    if !key.namespace.is_empty() && state.fleet.is_stale(key) {
        let how = match state.fleet.stalest() {
            Some((since, why)) => {
                let age = clock::exact(clock::seconds_between(since, now));
                format!("{age} old ({})", why.word())
            }
            None => "not watched any more".to_string(),
        };
        return Err(format!("the data is {how}; it is read again by itself"));
    }
    match state.fleet.get(&key.uid) {
        Some(run) if run.gone => Err(format!("{key} is gone")),
        Some(run) if run.row.malformed.is_some() => Err(format!("{key} cannot be read")),
        _ => Ok(()),
    }
}

/// The context's name is one of those that are protected.
pub fn is_protected(state: &State) -> bool {
    protects(&state.habits.protected, context(state))
}

/// One of these patterns is about this context.
pub fn protects(patterns: &[String], context: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, context))
}

/// The name of the context the session is about.
pub fn context(state: &State) -> &str {
    let named = state.reaching.as_deref().or(state.context.as_deref());
    named.unwrap_or("current context")
}

/// `*` stands for any text, everything else for itself; case does not count.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name, yes) in [
            ("*prod*", "eu-PROD-1", true),
            ("prod", "prod", true),
            ("prod", "prod-1", false),
            ("prod-*", "prod-1", true),
            ("*-live", "shop-live", true),
            ("*-live", "shop-live-test", false),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "acb", false),
            ("*", "anything", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, name), yes, "{pattern} {name}");
        }
    }
}

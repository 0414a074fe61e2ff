//! What a piece of the screen is for, and from which other role each takes its style.
//! Apart from styles, because drawing names roles and knows nothing of styles.

use crate::model::hue::Hue;
use crate::model::phase::State;

/// What a piece of the screen is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names are the roles of theme files, described there
pub enum Role {
    Text,
    Dim,
    Faint,
    Accent,
    Title,
    Border,
    Focus,
    Select,
    Ok,
    Run,
    Warn,
    Bad,
    Wait,
    Human,
    Key,
    Link,
    Match,
    /// The match one stands on.
    Here,
    Prod,
    Ground,
    /// Mark and word of a state.
    State(State),
    /// A colour that a log line came with.
    Ansi(Hue),
}

/// Roles that are no states, with their names in theme files and what they are for.
const PLAIN: [(Role, &str, &str); 20] = [
    (
        Role::Text,
        "text",
        "what is read; every other role ends here",
    ),
    (Role::Dim, "dim", "what is read second"),
    (
        Role::Faint,
        "faint",
        "what is seldom read: hints, times of lines",
    ),
    (Role::Accent, "accent", "names and what is in force"),
    (Role::Title, "title", "titles"),
    (Role::Border, "border", "borders of panes"),
    (
        Role::Focus,
        "focus",
        "border and cursor of the pane with the focus",
    ),
    (Role::Select, "select", "the line under the cursor"),
    (Role::Ok, "ok", "it is well"),
    (Role::Run, "run", "it goes on"),
    (Role::Warn, "warn", "it cannot go on, or is not whole"),
    (Role::Bad, "bad", "it failed"),
    (Role::Wait, "wait", "it waits"),
    (Role::Human, "human", "it waits for a person"),
    (Role::Key, "key", "keys"),
    (Role::Link, "link", "what can be opened elsewhere"),
    (Role::Match, "match", "what was searched"),
    (Role::Here, "match.here", "the match one stands on"),
    (Role::Prod, "prod", "a context to be careful in"),
    (
        Role::Ground,
        "ground",
        "the background of the screen, painted only where the terminal's own is not of its kind",
    ),
];

impl Role {
    /// How many there are.
    pub const COUNT: usize = PLAIN.len() + State::ALL.len() + Hue::ALL.len();

    /// All roles.
    pub fn all() -> impl Iterator<Item = Self> {
        let plain = PLAIN.iter().map(|(role, ..)| *role);
        plain
            .chain(State::ALL.into_iter().map(Self::State))
            .chain(Hue::ALL.into_iter().map(Self::Ansi))
    }

    /// The role of a state.
    pub fn of(state: State) -> Self {
        Self::State(state)
    }

    /// Its place among all.
    pub fn index(self) -> usize {
        match self {
            Self::State(state) => PLAIN.len() + state as usize,
            Self::Ansi(hue) => PLAIN.len() + State::ALL.len() + hue as usize,
            plain => PLAIN
                .iter()
                .position(|(role, ..)| *role == plain)
                .unwrap_or(0),
        }
    }

    /// Its name in theme files.
    pub fn name(self) -> String {
        match self {
            Self::State(state) => format!("state.{}", state_name(state)),
            Self::Ansi(hue) => format!("ansi.{}", hue.name()),
            plain => PLAIN[plain.index()].1.to_string(),
        }
    }

    /// What it is for.
    pub fn doc(self) -> String {
        match self {
            Self::State(state) => format!("mark and word of {}", state.word()),
            Self::Ansi(hue) => format!("what a log line itself has {}", hue.name()),
            plain => PLAIN[plain.index()].2.to_string(),
        }
    }

    /// The names its style is looked up by, one after the other.
    pub fn ways(self) -> Vec<String> {
        let mut ways = vec![self.name()];
        match self {
            Self::State(state) => {
                ways.push("state".to_string());
                ways.push(family(state).name());
            }
            Self::Here => ways.push(Self::Match.name()),
            Self::Ansi(hue) => ways.push(meant(hue).name()),
            _ => {}
        }
        ways.push(Self::Text.name());
        ways
    }
}

/// The role of a state that has no entry of its own.
fn family(state: State) -> Role {
    match state {
        State::Failed | State::Error => Role::Bad,
        State::Approve => Role::Human,
        State::Stuck | State::Lost | State::Malformed => Role::Warn,
        State::Waiting | State::Suspended => Role::Wait,
        State::Running => Role::Run,
        State::Pending => Role::Text,
        State::NotStarted | State::Skipped => Role::Dim,
        State::Succeeded => Role::Ok,
    }
}

/// The role whose colour is most likely the one of this name, where a theme does not say how that looks.
fn meant(hue: Hue) -> Role {
    match hue {
        Hue::Grey => Role::Dim,
        Hue::Red => Role::Bad,
        Hue::Green => Role::Ok,
        Hue::Yellow => Role::Wait,
        Hue::Blue => Role::Run,
        Hue::Magenta => Role::Human,
        Hue::Cyan => Role::Key,
        Hue::Bold => Role::Title,
    }
}

/// The name of a state in theme files.
pub fn state_name(state: State) -> &'static str {
    match state {
        State::Failed => "failed",
        State::Error => "error",
        State::Approve => "approve",
        State::Stuck => "stuck",
        State::Lost => "lost",
        State::Malformed => "malformed",
        State::Waiting => "waiting",
        State::Suspended => "suspended",
        State::Running => "running",
        State::Pending => "pending",
        State::NotStarted => "not-started",
        State::Skipped => "skipped",
        State::Succeeded => "succeeded",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_role_has_a_place_and_a_name_of_its_own() {
        let places: BTreeSet<usize> = Role::all().map(Role::index).collect();
        assert_eq!(places, (0..Role::COUNT).collect());
        let names: BTreeSet<String> = Role::all().map(Role::name).collect();
        assert_eq!(names.len(), Role::COUNT);
        let ways = Role::of(State::Failed).ways();
        assert_eq!(ways, ["state.failed", "state", "bad", "text"]);
    }
}

//! The words a command line begins with: every command of the table, and the short words that users of k9s and argo type.
//! Apart from reading what follows them.

use crate::app::command::{Command, TABLE};
use crate::app::state::Tab;

/// What a word asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// The runs of some namespaces that pass a filter.
    Runs,
    /// Namespaces by name.
    Namespaces,
    /// A context by name.
    Context,
    /// A filter.
    Filter,
    /// An order by name.
    Sort,
    /// A run by name, at this tab.
    Open(Tab),
    /// The end of the program, wherever one is.
    Exit,
    /// A command that takes nothing after it.
    Plain(Command),
}

impl Does {
    /// Something can follow the word.
    pub(super) fn takes_more(self) -> bool {
        !matches!(self, Self::Plain(_) | Self::Exit)
    }
}

/// Short words with what they ask for.
const SHORT: [(&str, Does, &str); 7] = [
    (
        "wf",
        Does::Runs,
        "Runs: of namespaces, through a filter, in a context",
    ),
    (
        "ns",
        Does::Namespaces,
        "Runs of these namespaces, or of all",
    ),
    ("ctx", Does::Context, "Another context of the kubeconfig"),
    ("get", Does::Open(Tab::Summary), "Open a run by its name"),
    ("logs", Does::Open(Tab::Log), "Log of a run by its name"),
    ("q", Does::Plain(Command::Quit), "Back; at the root quit"),
    ("qa", Does::Exit, "Quit at once"),
];

/// Other spellings, for who types them without looking.
const SPELLINGS: [(&str, Does, &str); 4] = [
    ("workflows", Does::Runs, "Runs"),
    ("h", Does::Plain(Command::Help), "Help"),
    ("q!", Does::Exit, "Quit at once"),
    ("exit", Does::Exit, "Quit at once"),
];

/// A word of the table that takes more than its key does.
fn of(command: Command) -> Does {
    match command {
        Command::Runs => Does::Runs,
        Command::Namespaces => Does::Namespaces,
        Command::Contexts => Does::Context,
        Command::Filter => Does::Filter,
        Command::Sort => Does::Sort,
        Command::Open => Does::Open(Tab::Summary),
        Command::ShowLog => Does::Open(Tab::Log),
        Command::ShowYaml => Does::Open(Tab::Yaml),
        command => Does::Plain(command),
    }
}

/// All words with what they ask for and what that is, short ones first, other spellings last.
pub(super) fn all() -> impl Iterator<Item = (&'static str, Does, &'static str)> + Clone {
    // Keys of a list or of a line mean nothing without one.
    let table = TABLE.iter().filter(|info| !info.command.is_over());
    let table = table.map(|info| (info.name, of(info.command), info.doc));
    SHORT.into_iter().chain(table).chain(SPELLINGS)
}

/// What a word asks for.
pub(super) fn find(word: &str) -> Option<Does> {
    all()
        .find(|(name, ..)| name.eq_ignore_ascii_case(word))
        .map(|(_, does, _)| does)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_word_asks_for_one_thing() {
        let names: BTreeSet<&str> = all().map(|(name, ..)| name).collect();
        assert_eq!(names.len(), all().count());
        assert_eq!(find("WF"), Some(Does::Runs));
        assert_eq!(find("executor-lines"), Some(Does::Plain(Command::Executor)));
        assert_eq!(find("accept"), None);
    }
}

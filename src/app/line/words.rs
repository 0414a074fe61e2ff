//! The words a command line begins with: every command of the table, and the short words that users of k9s and argo type.
//! Apart from reading what follows them.

use crate::app::command::{Command, TABLE};
use crate::app::orders::verbs;
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
    /// Templates and crons, narrowed by a text.
    Templates,
    /// An order by name.
    Sort,
    /// A theme by name.
    Theme,
    /// A run by name, at this tab.
    Open(Tab),
    /// A shell, in a container by name.
    Shell,
    /// A run from what is under the cursor; a QARun in its form where that is one, or nothing.
    Launch,
    /// The end of the program, wherever one is.
    Exit,
    /// Protection lifted for a time.
    Unlock,
    /// The log into a file, with credentials masked or not.
    Save(bool),
    /// How far back in time the log is read.
    Since,
    /// How many lines of each container are read.
    Tail,
    /// The bridge: on, off, or only what it would do.
    Bridge,
    /// A command that takes nothing after it.
    Plain(Command),
}

impl Does {
    /// Something can follow the word.
    pub(super) fn takes_more(self) -> bool {
        !matches!(self, Self::Plain(_) | Self::Exit | Self::Launch)
    }
}

/// What the words for it are said to be.
const ORIGINS: &str = "Templates and crons, narrowed by what follows";

/// Short words with what they ask for.
const SHORT: [(&str, Does, &str); 13] = [
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
    (
        "unlock",
        Does::Unlock,
        "Let a protected context be changed for a while: `unlock 10m`",
    ),
    ("qa", Does::Exit, "Quit at once"),
    (
        "theme",
        Does::Theme,
        "Another theme until the end: `theme dawn`",
    ),
    (
        "save",
        Does::Save(true),
        "The log into a file, credentials masked, or the report or artifact that is looked at: `save NAME`",
    ),
    (
        "save!",
        Does::Save(false),
        "The log into a file as it is, credentials and all",
    ),
    (
        "since",
        Does::Since,
        "The log not further back than `since 10m`; `since all`",
    ),
    (
        "tail",
        Does::Tail,
        "The last lines of each container, `tail 500`; `tail all`",
    ),
];

/// Other spellings, for who types them without looking.
const SPELLINGS: [(&str, Does, &str); 31] = [
    ("workflows", Does::Runs, "Runs"),
    ("workflow", Does::Runs, "Runs"),
    ("list", Does::Runs, "Runs"),
    ("ls", Does::Runs, "Runs"),
    ("crons", Does::Templates, ORIGINS),
    ("cron", Does::Templates, ORIGINS),
    ("cwf", Does::Templates, ORIGINS),
    ("cronworkflow", Does::Templates, ORIGINS),
    ("cronworkflows", Does::Templates, ORIGINS),
    ("template", Does::Templates, ORIGINS),
    ("wftmpl", Does::Templates, ORIGINS),
    ("workflowtemplate", Does::Templates, ORIGINS),
    ("workflowtemplates", Does::Templates, ORIGINS),
    ("cwft", Does::Templates, ORIGINS),
    ("clusterworkflowtemplate", Does::Templates, ORIGINS),
    ("clusterworkflowtemplates", Does::Templates, ORIGINS),
    ("namespace", Does::Namespaces, "Namespaces"),
    ("context", Does::Context, "Contexts"),
    (
        "describe",
        Does::Open(Tab::Summary),
        "Open a run by its name",
    ),
    ("watch", Does::Open(Tab::Summary), "Open a run by its name"),
    ("ev", Does::Plain(Command::ShowEvents), "Events of the run"),
    ("resume", Does::Plain(Command::Approve), "Approve the pause"),
    (
        "launch",
        Does::Launch,
        "Launch from this template, or one like this run; else write a new QARun",
    ),
    (
        "submit",
        Does::Launch,
        "Launch from this template, or one like this run; else write a new QARun",
    ),
    ("skin", Does::Theme, "Another theme until the end"),
    ("alias", Does::Plain(Command::Help), "Help"),
    ("aliases", Does::Plain(Command::Help), "Help"),
    ("h", Does::Plain(Command::Help), "Help"),
    ("?", Does::Plain(Command::Help), "Help"),
    ("q!", Does::Exit, "Quit at once"),
    ("exit", Does::Exit, "Quit at once"),
];

/// What other programs call it, for finding it in help.
const SYNONYMS: [(Command, &str); 10] = [
    (Command::TurnSteps, "graph gantt timeline dag tree xray"),
    (Command::ShowEvents, "events"),
    (Command::ShowLog, "tail"),
    (Command::Browse, "share link url web"),
    (Command::Copy, "yank share clipboard"),
    (Command::NewRun, "latest @latest"),
    (Command::ShowArtifacts, "cp download files"),
    (Command::Report, "incident postmortem"),
    (Command::Compare, "diff"),
    (Command::StopRun, "cancel kill abort"),
];

/// Words of other programs for what is here under no name of its own, and where it is.
const ELSEWHERE: [(&[&str], &str); 6] = [
    (
        &["archive", "archived", "history"],
        "runs that are gone from the cluster and were seen from here: `tiphys history`",
    ),
    (
        &["lint", "validate"],
        "`tiphys template check FILE` reads a file before it is sent",
    ),
    (
        &["po", "pod", "pods"],
        "pods are on the page of their run: its log, its events, its steps",
    ),
    (
        &["xray", "tree", "graph", "gantt", "node", "nodes"],
        "the steps of a run that is open turn into a tree, a graph or bars: `turn-steps`",
    ),
    (
        &["skins", "themes", "color", "colors", "colorscheme"],
        "`theme` and a name turns to a theme until the end; `theme = \"dawn\"` in config.toml for good",
    ),
    (
        &["pulse", "pulses", "pu", "top", "stats"],
        "how many runs are in which state stands in the first line",
    ),
];

/// Where something is that has no name of its own here.
pub fn elsewhere(word: &str) -> Option<&'static str> {
    let of = ELSEWHERE.iter().find(|(words, _)| words.contains(&word));
    of.map(|(_, place)| *place)
}

/// Other words for a command, by which help finds it too.
pub(in crate::app) fn also(command: Command) -> String {
    let own = of(command);
    let words = SHORT.iter().chain(&SPELLINGS);
    let words = words.filter(|(_, does, _)| *does == own || *does == Does::Plain(command));
    let more = SYNONYMS.iter().filter(|(of, _)| *of == command);
    let words = words
        .map(|(word, ..)| *word)
        .chain(more.map(|(_, words)| *words));
    words.collect::<Vec<_>>().join(" ")
}

/// A word that somebody may have meant who typed another one. What changes or ends something is only offered to who began
/// it right.
pub(super) fn offered(word: &str) -> impl Iterator<Item = &'static str> + Clone {
    let begins = word.chars().next().map(|c| c.to_ascii_lowercase());
    let harmless = move |name: &str, does: Does| match does {
        Does::Exit | Does::Unlock | Does::Bridge => false,
        Does::Plain(command) if verbs::is_action(command) || command == Command::Quit => {
            name.chars().next() == begins
        }
        _ => true,
    };
    all()
        .filter(move |(name, does, _)| harmless(name, *does))
        .map(|(name, ..)| name)
}

/// A word of the table that takes more than its key does.
fn of(command: Command) -> Does {
    match command {
        Command::Runs => Does::Runs,
        Command::Namespaces => Does::Namespaces,
        Command::Contexts => Does::Context,
        Command::Filter => Does::Filter,
        Command::Sort => Does::Sort,
        Command::Templates => Does::Templates,
        Command::Open => Does::Open(Tab::Summary),
        Command::ShowLog => Does::Open(Tab::Log),
        Command::ShowYaml => Does::Open(Tab::Yaml),
        Command::Shell => Does::Shell,
        Command::SaveLog | Command::SaveArtifact => Does::Save(true),
        Command::Bridge => Does::Bridge,
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

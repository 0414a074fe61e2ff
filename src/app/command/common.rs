//! Commands that are the same on every screen, those of the Failures screen, and those of lists and lines that are typed.
//! Apart from the commands of single screens.

use super::table::row;
use super::{Command, Info, Scope};

/// Their rows of the table.
pub(super) const COMMON: &[Info] = &[
    row(
        Command::Failures,
        "failures",
        Scope::Global,
        "",
        "Failures: what runs failed of, most runs first",
    ),
    row(
        Command::SeeFailed,
        "failed-runs",
        Scope::Failures,
        "its runs",
        "The runs that failed of the cause under the cursor, or of all marked ones",
    ),
    row(
        Command::Back,
        "back",
        Scope::Global,
        "back",
        "Back, close, clear the filter; never quits",
    ),
    row(
        Command::Help,
        "help",
        Scope::Global,
        "help",
        "This list: type to search, enter does it",
    ),
    row(
        Command::Quit,
        "quit",
        Scope::Global,
        "quit",
        "Back; at the root quit",
    ),
    row(
        Command::Find,
        "find",
        Scope::Global,
        "find",
        "Go to a run, a step, a template, a namespace, a context, a command by some letters of it",
    ),
    row(
        Command::Accept,
        "accept",
        Scope::Picker,
        "choose",
        "Take the choice",
    ),
    row(
        Command::Mark,
        "mark",
        Scope::Picker,
        "mark",
        "Mark one more",
    ),
    row(
        Command::Clear,
        "cancel",
        Scope::Picker,
        "cancel",
        "Close without choosing",
    ),
    row(
        Command::Complete,
        "complete",
        Scope::Prompt,
        "",
        "Complete the word of the command line or of the filter; again: the next one",
    ),
    row(
        Command::CompleteBack,
        "complete-back",
        Scope::Prompt,
        "",
        "The completion before; in a form the field before",
    ),
];

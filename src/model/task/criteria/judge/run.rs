//! Commands: whether one may be run, and whether its exit status or its output says what the text says.
//! Apart from requests, whose answer says more.

use super::asked::requested;
use super::{EXPECTED, Judged};
use crate::model::qarun::{Check, CommandCheck, CommandExpect, JunitCheck};
use crate::model::task::Lean;
use crate::model::task::criteria::unit::{Code, Shape, Unit};
use crate::model::task::criteria::words::{
    ALWAYS_WELL, CHANGES, ENDLESS, EXITS, LEADS_WELL, NOTHING, PLACEHOLDER, QUOTED, SHOWS, STAYS,
    STRICT, WENT_WELL,
};
use crate::model::task::criteria::{command, curl};

/// Lines to be typed.
pub(super) fn typed(code: &Code) -> Judged {
    let command = code.text.trim();
    if let Some(stays) = stays(command) {
        return stays;
    }
    if command.starts_with("curl ") {
        match curl::request(command) {
            Some((request, own)) => return requested(request, own, &code.expected),
            None if command.contains("localhost") || command.contains("127.0.0.1") => {
                return Judged::by_hand(Some(Lean::Command), "it asks the machine it is typed on");
            }
            None => {}
        }
    }
    if command.contains("localhost") || command.contains("127.0.0.1") {
        return Judged::by_hand(Some(Lean::Command), "it asks the machine it is typed on");
    }
    judged_by_exit(command, &code.expected, false)
}

/// What keeps a command from being run by a machine.
fn stays(command: &str) -> Option<Judged> {
    let lines = || command.lines().map(str::trim);
    let because = match () {
        () if lines().any(|line| ENDLESS.is_in(line)) => {
            "the command it names never ends by itself"
        }
        () if command::lacks_variable(command) => {
            "the command needs a value that only whoever types it has"
        }
        () if PLACEHOLDER.is_in(&command.replace("./...", "")) => {
            "the command has a place to fill in"
        }
        () if CHANGES.is_in(command) => {
            "the command changes something beyond its workspace: only a rule says that it is run"
        }
        () if lines().any(|line| ALWAYS_WELL.is_in(line) && !line.contains("-D")) => {
            "the command ends well whatever it finds"
        }
        () => return None,
    };
    Some(Judged::by_hand(Some(Lean::Command), because))
}

/// A command whose exit status, output or neither says what is said to come of it.
fn judged_by_exit(command: &str, outcome: &str, assumes: bool) -> Judged {
    if STAYS.is_in(outcome) {
        return Judged::by_hand(
            Some(Lean::Command),
            "the command it names never ends by itself",
        );
    }
    let expect = expectation(outcome);
    // What it is there to find it fails for; what else is said must be seen too.
    let nothing = STRICT
        .is_in(command)
        .then(|| NOTHING.captures(outcome)?.get(0))
        .flatten();
    if let (None, Some(nothing)) = (&expect, nothing) {
        let other = [&outcome[..nothing.start()], &outcome[nothing.end()..]].concat();
        if !SHOWS.is_in(&other) {
            let because = "it names a command that fails for what it finds";
            return Judged::by_machine(executed(command, None), assumes, because);
        }
    }
    let well = outcome.trim().is_empty() || WENT_WELL.is_in(outcome);
    if expect.is_none() && !well {
        return Judged::by_hand(
            Some(Lean::Command),
            "the command's exit status does not say whether this holds",
        );
    }
    let first_of = outcome.split(';').count();
    let shows = expect.is_none() && SHOWS.is_in(outcome);
    if shows && first_of < 2 {
        return Judged::by_hand(
            Some(Lean::Command),
            "the command's exit status does not say whether this holds",
        );
    }
    let because = match &expect {
        Some(_) => "it names a command and what comes of it",
        None if shows || first_of > 1 => {
            "it names a command; its exit status stands for all that is said to come of it"
        }
        None => "it names a command",
    };
    let assumes = assumes || (expect.is_none() && (shows || first_of > 1));
    Judged::by_machine(executed(command, expect), assumes, because)
}

/// What of the outcome a machine can see.
fn expectation(outcome: &str) -> Option<CommandExpect> {
    let exit_code = EXITS
        .group(outcome, 1)
        .and_then(|code| code.parse::<u8>().ok());
    let quoted = QUOTED
        .group(outcome, 1)
        .map(str::trim)
        .filter(|text| !text.is_empty() && text.chars().count() <= EXPECTED);
    let expect = CommandExpect {
        exit_code: exit_code.filter(|code| *code != 0),
        stdout_contains: quoted.map(str::to_owned),
        stdout_matches: None,
    };
    (expect != CommandExpect::default() || exit_code.is_some()).then_some(expect)
}

/// A command as a check; one that writes a JUnit report as one of that kind.
fn executed(command: &str, expect: Option<CommandExpect>) -> Check {
    let argv = curl::argv(command);
    let script = argv.is_none().then(|| command.to_owned());
    let argv = argv.unwrap_or_default();
    let options = [
        "--junitxml=",
        "--junit-xml=",
        "--junitxml ",
        "--junitfile=",
        "--junitfile ",
        "--log-junit ",
    ];
    let report = options.iter().find_map(|option| {
        let (_, rest) = command.split_once(option)?;
        rest.split_whitespace()
            .next()
            .map(|path| path.trim_matches(['"', '\'']).to_owned())
    });
    if let Some(report) = report.filter(|_| expect.is_none()) {
        return Check::Junit {
            junit: JunitCheck {
                argv,
                script,
                report,
                ..JunitCheck::default()
            },
        };
    }
    Check::Command {
        command: CommandCheck {
            argv,
            script,
            expect,
            ..CommandCheck::default()
        },
    }
}

/// What names a command.
pub(super) fn by_command(unit: &Unit) -> Option<Judged> {
    let text = &unit.text;
    let mut named = command::named(text);
    if named.is_empty() {
        named.extend(command::exiting(text));
    }
    let first = named.first()?;
    let commands: Vec<&str> = named.iter().map(|one| &*one.text).collect();
    let command = commands.join(" && ");
    let mut rest = text.clone();
    for one in named.iter().rev() {
        rest.replace_range(one.at.clone(), " ");
    }
    if let Some(stays) = commands.iter().find_map(|one| stays(one)) {
        return Some(stays);
    }
    let between = named
        .get(1)
        .map_or("", |second| &text[first.at.end..second.at.start]);
    if between.split_whitespace().any(|word| word == "or") {
        return Some(Judged::by_hand(
            Some(Lean::Command),
            "it names several commands, of which one is meant",
        ));
    }
    if named.len() == 1 && first.text.starts_with("curl ") {
        return Some(match curl::request(&first.text) {
            Some((request, own)) => requested(request, own, &rest),
            None => Judged::by_hand(
                Some(Lean::Command),
                "its command does more than one request",
            ),
        });
    }
    if unit.shape == Shape::Scenario {
        let then = text.split_once(", then ").map_or("", |(_, then)| then);
        let well = then
            .split(';')
            .any(|part| WENT_WELL.is_in(part) && !SHOWS.is_in(part))
            || then.to_lowercase().contains("no errors");
        return Some(match well {
            true => Judged::by_machine(
                executed(&command, expectation(then)),
                true,
                "its when is a command, whose exit status stands for its then",
            ),
            false => Judged::by_hand(
                Some(Lean::Command),
                "the command's exit status does not say whether this holds",
            ),
        });
    }
    let behind = named.last().map_or("", |last| &text[last.at.end..]);
    let before = text[..first.at.start].trim().to_lowercase();
    let leads = LEADS_WELL.is_in(behind) && !STAYS.is_in(behind);
    if leads && expectation(&rest).is_none() && ["", "run", "running"].contains(&&*before) {
        return Some(Judged::by_machine(
            executed(&command, None),
            SHOWS.is_in(behind),
            "it names a command and says that it goes well; the rest is what that stands for",
        ));
    }
    // `Run x`: that it goes well goes without saying.
    let bare = rest
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase();
    let outcome = match ["run", "execute", ""].contains(&&*bare) {
        true => "",
        false => rest.as_str(),
    };
    Some(judged_by_exit(&command, &outcome.replace(';', ","), false))
}

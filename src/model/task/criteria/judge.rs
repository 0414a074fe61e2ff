//! How a piece would be found out, how sure that is, and why.
//! Apart from cutting pieces out. Nothing is invented: a command or a URL is one that the text names, and what its exit status or its
//! answer would not say is left to a person.

use super::name;
use super::unit::{Code, Origin, Shape, Unit};
use super::words::{
    ADDRESS, ALWAYS_WELL, BY_HAND, CHANGES, ENDLESS, EXITS, OPTIONAL, PLACEHOLDER, QUOTED, SHARE,
    SHOWS, STATUS, STAYS, SUITE, SUITE_HEADING, THRESHOLD, WENT_WELL,
};
use super::{command, curl};
use crate::model::qarun::{
    Check, CommandCheck, CommandExpect, Comparison, Criterion, HttpCheck, HttpExpect, JunitCheck,
    ManualCheck, Method, Provenance,
};
use crate::model::task::{Candidate, Confidence, Lean};
use crate::model::text::clean;

/// Longest text, instructions and quotation of a criterion, in characters (`wire/qarun/crd.yaml`).
const TEXT: usize = 2048;
const INSTRUCTIONS: usize = 4096;
/// Longest expectation.
const EXPECTED: usize = 1024;

/// What was made of a piece.
struct Judged {
    check: Option<Check>,
    leans: Option<Lean>,
    because: String,
    /// The check assumes something.
    assumes: bool,
}

impl Judged {
    fn by_hand(leans: Option<Lean>, because: &str) -> Self {
        Self {
            check: None,
            leans,
            because: because.to_owned(),
            assumes: false,
        }
    }

    fn by_machine(check: Check, assumes: bool, because: &str) -> Self {
        Self {
            check: Some(check),
            leans: None,
            because: because.to_owned(),
            assumes,
        }
    }
}

/// The candidates that pieces become; `source` and `path` say where they were read.
pub(super) fn all(
    units: Vec<Unit>,
    origin: Origin,
    source: &str,
    path: Option<&str>,
) -> Vec<Candidate> {
    units
        .into_iter()
        .map(|unit| one(unit, origin, source, path))
        .collect()
}

fn one(unit: Unit, origin: Origin, source: &str, path: Option<&str>) -> Candidate {
    let judged = judge(&unit);
    let text = shortened(&clean(&unit.text), TEXT);
    let heading = clean(&unit.headings.join(" › ")).into_owned();
    let confidence = confidence(&unit, origin, &judged);
    let code = unit.code.as_ref().map_or("", |code| &code.text);
    let last = unit.headings.last().map_or("", String::as_str);
    let fingerprint = name::fingerprint(&format!("{last} {} {code}", unit.text));
    let id = unit.id.as_deref().map_or_else(
        || name::of(&text),
        |id| name::of(&format!("c {id}"))[2..].to_owned(),
    );
    let optional =
        OPTIONAL.is_in(&unit.text) || unit.headings.iter().any(|heading| OPTIONAL.is_in(heading));
    let check = judged
        .check
        .unwrap_or_else(|| manual(&unit, &text, &heading));
    Candidate {
        criterion: Criterion {
            id,
            text,
            required: !optional,
            check,
            timeout_seconds: None,
            provenance: Some(Provenance {
                source: source.to_owned(),
                path: path.map(str::to_owned),
                start: u64::try_from(unit.at.start).ok(),
                end: u64::try_from(unit.at.end).ok(),
                original: None,
            }),
        },
        heading,
        confidence,
        because: match unit.doubt {
            Some(doubt) => doubt.to_owned(),
            None => judged.because,
        },
        leans: judged.leans,
        ticked: match unit.shape {
            Shape::Box(ticked) => Some(ticked),
            _ => None,
        },
        chosen: unit.doubt.is_none(),
        fingerprint,
    }
}

/// What a person is asked: the text below its heading, and what is to be typed.
fn manual(unit: &Unit, text: &str, heading: &str) -> Check {
    let mut instructions = match heading {
        "" => text.to_owned(),
        heading => format!("{heading}\n{text}"),
    };
    if let Some(code) = &unit.code {
        for line in code.text.lines() {
            instructions.push_str("\n    ");
            instructions.push_str(&clean(line));
        }
    }
    Check::Manual {
        manual: ManualCheck {
            instructions: shortened(&instructions, INSTRUCTIONS),
            who: Vec::new(),
        },
    }
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most.saturating_sub(1)) {
        Some((end, _)) if text[end..].chars().nth(1).is_some() => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    }
}

fn confidence(unit: &Unit, origin: Origin, judged: &Judged) -> Confidence {
    let written = match (origin, unit.shape) {
        (_, Shape::Box(_) | Shape::Named) => Confidence::High,
        (Origin::Strategy, Shape::Sentence) => Confidence::Low,
        (Origin::Strategy, _) => Confidence::Medium,
        (_, Shape::Sentence) => Confidence::Medium,
        _ => Confidence::High,
    };
    match (unit.doubt, &judged.check) {
        (Some(_), _) => Confidence::Low,
        (_, Some(_)) if judged.assumes => Confidence::Medium,
        // A command in a sentence is as sure as a line of a list: somebody wrote it out.
        (_, Some(_)) => written.max(Confidence::Medium),
        _ => written,
    }
}

fn judge(unit: &Unit) -> Judged {
    match &unit.code {
        Some(code) if code.shell => typed(code),
        Some(_) => Judged::by_hand(
            Some(Lean::Tests),
            "code says what is tested, and no command that runs it",
        ),
        None => said(unit),
    }
}

/// A text says what comes of a command.
pub(super) fn says_outcome(text: &str) -> bool {
    STATUS.is_in(text) || QUOTED.is_in(text) || EXITS.is_in(text)
}

/// Lines to be typed.
fn typed(code: &Code) -> Judged {
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

/// A request, and what is said to come back.
fn requested(mut request: HttpCheck, own: bool, outcome: &str) -> Judged {
    let status = status(outcome);
    let body = QUOTED.group(outcome, 1).map(str::to_owned);
    let json = outcome.find('{').and_then(|at| json(&outcome[at..]));
    let unread =
        status.is_empty() && body.is_none() && json.is_none() && !outcome.trim().is_empty();
    if unread && !WENT_WELL.is_in(outcome) {
        return Judged::by_hand(Some(Lean::Http), "what must come back is not said");
    }
    let expect = HttpExpect {
        status,
        body_contains: body.filter(|body| body.chars().count() <= EXPECTED),
        json: json.unwrap_or_default(),
    };
    let said = expect != HttpExpect::default();
    request.expect = said.then_some(expect);
    let because = match (own, said) {
        (true, _) => "it names a request; its host is taken for the environment's",
        (false, true) => "it names a request and what comes back",
        (false, false) => "it names a request; any status from 200 to 299 counts",
    };
    Judged::by_machine(Check::Http { http: request }, own || !said, because)
}

/// `{"status": "ok"}`: the fields of a flat JSON object that a text shows.
fn json(text: &str) -> Option<Vec<crate::model::qarun::JsonExpect>> {
    let end = text.find('}')?;
    let value: serde_json::Value = serde_json::from_str(&text[..=end]).ok()?;
    let fields = value.as_object()?;
    let plain = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let mut all = Vec::new();
    for (name, value) in fields {
        let equals = match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Bool(_) | serde_json::Value::Number(_) => value.to_string(),
            _ => return None,
        };
        if !plain(name) {
            return None;
        }
        all.push(crate::model::qarun::JsonExpect {
            path: name.clone(),
            equals,
        });
    }
    (!all.is_empty()).then_some(all)
}

/// The statuses that a text says may come back: `200`, `200 or 301`.
fn status(text: &str) -> Vec<u16> {
    let Some(found) = STATUS
        .captures(text)
        .and_then(|found| found.get(1).or_else(|| found.get(2)))
    else {
        return Vec::new();
    };
    let code = |word: &str| {
        let digits = word.trim_matches(|c: char| !c.is_ascii_digit());
        let code: u16 = digits.parse().ok()?;
        (digits.len() == 3 && (100..600).contains(&code)).then_some(code)
    };
    let others = text[found.end()..].split(" or ").skip(1);
    let others = others.filter_map(|other| code(other.split_whitespace().next()?));
    let mut all: Vec<u16> = code(found.as_str()).into_iter().chain(others).collect();
    all.dedup();
    all
}

/// A text without code.
fn said(unit: &Unit) -> Judged {
    let text = &unit.text;
    if let Some(judged) = by_command(unit) {
        return judged;
    }
    if let Some(judged) = by_request(text) {
        return judged;
    }
    let threshold = threshold(text);
    let suite = SUITE.is_in(text)
        || unit
            .headings
            .iter()
            .any(|heading| SUITE_HEADING.is_in(heading));
    match threshold {
        Some(lean) => Judged::by_hand(
            Some(lean),
            "it names a threshold, and no query that measures it",
        ),
        None if suite && !BY_HAND.is_in(text) => Judged::by_hand(
            Some(Lean::Tests),
            "it speaks of tests, and names no command that runs them",
        ),
        None if !status(text).is_empty() => Judged::by_hand(
            Some(Lean::Http),
            "it names a status, and no URL that answers with it",
        ),
        None => Judged::by_hand(None, "it names nothing a machine could do"),
    }
}

/// What names a command.
fn by_command(unit: &Unit) -> Option<Judged> {
    let text = &unit.text;
    let named = command::named(text);
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

/// What names an address and its status.
fn by_request(text: &str) -> Option<Judged> {
    let status = status(text);
    let bare = text.replace('`', " ");
    let found = ADDRESS.captures(&bare)?;
    let address = (2..=4).find_map(|group| found.get(group))?.as_str();
    let address = address.trim_end_matches(['.', ',', ')', ':']);
    let method = found.get(1).map(|method| method.as_str());
    let (url, own) = curl::place(address)?;
    if status.is_empty() || url.contains(['{', '}']) || url.contains("/:") {
        let endpoint = method.is_some() || address.starts_with("http");
        return endpoint.then(|| {
            Judged::by_hand(
                Some(Lean::Http),
                "what must come back from where is not said",
            )
        });
    }
    let refusal = status
        .iter()
        .all(|code| [401, 403, 404, 405, 501].contains(code));
    let method = match method {
        None | Some("GET") => None,
        Some("HEAD") => Some(Method::Head),
        Some(_) if !refusal => {
            return Some(Judged::by_hand(
                Some(Lean::Http),
                "what is to be sent is not said",
            ));
        }
        Some("POST") => Some(Method::Post),
        Some("PUT") => Some(Method::Put),
        Some("PATCH") => Some(Method::Patch),
        Some("DELETE") => Some(Method::Delete),
        Some(_) => Some(Method::Options),
    };
    let http = HttpCheck {
        url,
        method,
        expect: Some(HttpExpect {
            status,
            ..HttpExpect::default()
        }),
        ..HttpCheck::default()
    };
    let because = match own {
        true => "it names a path and the status that comes back, from the environment's URL",
        false => "it names a URL and the status that comes back",
    };
    Some(Judged::by_machine(Check::Http { http }, own, because))
}

/// A threshold that a text names.
fn threshold(text: &str) -> Option<Lean> {
    let (sign, number, unit) = match (THRESHOLD.captures(text), SHARE.captures(text)) {
        (Some(found), _) => (
            found[1].to_lowercase(),
            found[2].to_owned(),
            found[3].to_owned(),
        ),
        (None, Some(found)) => (
            "at least".to_owned(),
            found[1].to_owned(),
            found[2].to_owned(),
        ),
        (None, None) => return None,
    };
    let comparison = match sign.split_whitespace().next().unwrap_or_default() {
        "<" | "under" | "below" | "less" | "fewer" => Comparison::Less,
        ">=" | "≥" | "minimum" | "min" => Comparison::AtLeast,
        "at" if sign == "at least" => Comparison::AtLeast,
        ">" | "more" | "over" | "above" | "exceed" | "exceeds" => Comparison::Greater,
        _ => Comparison::AtMost,
    };
    Some(Lean::Metric {
        comparison,
        threshold: number,
        unit,
    })
}

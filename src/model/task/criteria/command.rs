//! Commands that a text names.
//! Apart from judging whether their exit status says what the text says.

use super::words::{EXITS, PROGRAMS};

/// Programs that say what they do without an argument.
const ALONE: [&str; 10] = [
    "make", "pytest", "tox", "nox", "jest", "vitest", "tsc", "mypy", "rspec", "ctest",
];

/// Commands that are known where no backticks say that they are one, by their first words.
const PLAIN: [&str; 34] = [
    "npm test",
    "npm run",
    "npm audit",
    "pnpm test",
    "pnpm run",
    "yarn test",
    "yarn run",
    "bun test",
    "cargo test",
    "cargo build",
    "cargo check",
    "cargo clippy",
    "cargo fmt --check",
    "cargo fmt -- --check",
    "cargo nextest run",
    "go test ./...",
    "go vet ./...",
    "go build ./...",
    "tsc --noEmit",
    "npx tsc",
    "npx playwright test",
    "npx jest",
    "npx vitest",
    "npx eslint",
    "mvn test",
    "mvn verify",
    "gradle test",
    "./gradlew test",
    "flutter test",
    "flutter analyze",
    "dotnet test",
    "helm lint",
    "terraform validate",
    "make test",
];

/// A command that a text names, and the bytes of it there, with its backticks.
pub(super) struct Named {
    /// The command.
    pub(super) text: String,
    /// Its bytes.
    pub(super) at: std::ops::Range<usize>,
}

/// The commands a text names: in backticks, or of the few that are plain without.
pub(super) fn named(text: &str) -> Vec<Named> {
    let mut found = Vec::new();
    let mut start = 0;
    for (n, part) in text.split('`').enumerate() {
        let at = start..start + part.len();
        start = at.end + 1;
        match n % 2 {
            1 if is_one(part) => found.push(Named {
                text: part.trim().to_owned(),
                at: at.start - 1..(at.end + 1).min(text.len()),
            }),
            0 => found.extend(plain(part).into_iter().map(|one| Named {
                text: one.text,
                at: one.at.start + at.start..one.at.end + at.start,
            })),
            _ => {}
        }
    }
    found
}

/// It is a command: a known program with what it is told, or a script by its path.
pub(super) fn is_one(text: &str) -> bool {
    let mut words = text.split_whitespace().skip_while(|word| assigns(word));
    let Some(first) = words.next() else {
        return false;
    };
    let more = words.next().is_some();
    // A path alone is a file that is spoken of, unless it is written as one runs it.
    let script =
        (first.starts_with("./") && !first.ends_with('/')) || (first.ends_with(".sh") && more);
    let name = first.rsplit('/').next().unwrap_or(first);
    let by_path = first.contains('/') && !first.starts_with("./");
    // `rand = "0.8"` is a line of a manifest, `git {…}` of a program.
    let written = text.contains("= ") || text.contains(['{', ';']);
    let typed = !written || text.contains(" --") || text.contains('|');
    match () {
        () if first.contains(['*', '{']) => false,
        () if script => first.ends_with(".sh") || has_no_extension(first),
        () if by_path => false,
        () => PROGRAMS.contains(&name) && (more || ALONE.contains(&name)) && typed,
    }
}

/// A command of a program that is not known here, whose exit status the text says: nothing else has one. One word alone could be
/// a value, and is one unless the status stands right behind it.
pub(super) fn exiting(text: &str) -> Option<Named> {
    let mut found = None;
    let mut start = 0;
    for (n, part) in text.split('`').enumerate() {
        let at = start..start + part.len();
        start = at.end + 1;
        if n % 2 == 0 || start > text.len() {
            continue;
        }
        let behind = &text[start..];
        let words = part.split_whitespace().count();
        let said = match words {
            0 => false,
            1 => behind.trim_start().to_lowercase().starts_with("exit"),
            _ => true,
        };
        if said && EXITS.is_in(behind) && is_typed(part) {
            // Of several it is not known which one is meant.
            if found.is_some() {
                return None;
            }
            found = Some(Named {
                text: part.trim().to_owned(),
                at: at.start - 1..start,
            });
        }
    }
    found
}

/// It looks like what is typed: a program's name first, or a script by its path.
fn is_typed(text: &str) -> bool {
    let mut words = text.split_whitespace().skip_while(|word| assigns(word));
    let Some(first) = words.next() else {
        return false;
    };
    let name = first.strip_prefix("./").unwrap_or(first);
    let shape = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_/".contains(c);
    let script = first != name || first.ends_with(".sh");
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.trim_end_matches(".sh").chars().all(shape)
        && (script || has_no_extension(first))
        && !text.contains(['(', '{', ';'])
}

fn has_no_extension(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !name.contains('.')
}

/// `NAME=value`
pub(super) fn assigns(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
    })
}

/// There is nothing but assignments.
pub(super) fn only_assigns(text: &str) -> bool {
    text.lines()
        .all(|line| line.trim().is_empty() || (assigns(line.trim()) && !line.trim().contains(' ')))
}

/// A variable is used that nothing sets: whoever types this has it.
pub(super) fn lacks_variable(text: &str) -> bool {
    let given = ["HOME", "PWD", "PATH", "USER", "TMPDIR"];
    text.match_indices('$').any(|(at, _)| {
        let rest = text[at + 1..].trim_start_matches('{');
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let name = &rest[..end];
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let set = text.contains(&format!("{name}=")) || text.contains(&format!("for {name} in"));
        begins && !given.contains(&name) && !set
    })
}

/// Of a text without backticks.
fn plain(text: &str) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    for begin in PLAIN {
        for (at, _) in text.match_indices(begin) {
            let before = text[..at].chars().next_back();
            let after = text[at + begin.len()..].chars().next();
            let apart =
                |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '-' && c != '/');
            if !apart(before) || !apart(after) {
                continue;
            }
            let end = at + begin.len() + arguments(&text[at + begin.len()..], begin);
            let overlaps = |one: &Named| at < one.at.end && one.at.start < end;
            if found.iter().any(overlaps) {
                continue;
            }
            let told = text[at..end].trim_end_matches(['.', ',', ' ']);
            if told == "npm run" || told == "pnpm run" || told == "yarn run" {
                continue;
            }
            found.push(Named {
                text: told.to_owned(),
                at: at..at + told.len(),
            });
        }
    }
    found.sort_by_key(|one| one.at.start);
    found
}

/// How many bytes of what follows are arguments: options, paths, and after `run` the name of the script.
fn arguments(rest: &str, begin: &str) -> usize {
    let mut end = 0;
    // Whether the next word belongs to the one before: a script's name, what an option is told.
    let mut script = begin.ends_with(" run") && begin != "cargo nextest run";
    for word in rest.split_inclusive(' ') {
        let bare = word.trim_end().trim_end_matches(['.', ',', ')', ';', ':']);
        let option = bare.starts_with('-') && bare.len() > 1;
        let path = bare.contains(['/', ':']) && !bare.starts_with("http");
        let shape = |c: char| c.is_ascii_alphanumeric() || "-_./:=@*".contains(c);
        let argument = !bare.is_empty() && bare.chars().all(shape) && (option || path || script);
        if !(argument || (bare.is_empty() && word == " ")) {
            break;
        }
        if !bare.is_empty() {
            script = ["-D", "-W", "-p", "-m", "-k"].contains(&bare);
        }
        end += word.len();
        if bare.len() < word.trim_end().len() {
            end -= word.len() - bare.len();
            break;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, wanted: &[&str]) {
        let found: Vec<String> = named(text).into_iter().map(|one| one.text).collect();
        assert_eq!(found, wanted, "{text}");
    }

    #[test]
    fn commands_are_found_and_other_words_are_not() {
        check("Run `cargo test --all` and see", &["cargo test --all"]);
        check(
            "`cargo check`, `cargo build`, and `cargo test` succeed",
            &["cargo check", "cargo build", "cargo test"],
        );
        check("Run npm test and verify", &["npm test"]);
        check("Run npm run test:e2e, then look.", &["npm run test:e2e"]);
        check(
            "All pass (cargo clippy -- -D warnings)",
            &["cargo clippy -- -D warnings"],
        );
        check(
            "running `./scripts/setup_test_db.sh`",
            &["./scripts/setup_test_db.sh"],
        );
        check(
            "`RUST_LOG=debug cargo test -q`",
            &["RUST_LOG=debug cargo test -q"],
        );
        for prose in [
            "`src/main.rs` exists",
            "`serde` added",
            "`jsonwebtoken = \"8.3.0\"` added",
            "`go` is there",
            "Run make sure it works",
            "Use git to share",
            "`docker` works",
            "See `./coverage/`",
            "`./coverage/report.html` is readable",
            "npm testing library",
            "`rand = \"0.8.5\"` added",
            "`import google.generativeai`",
            "`make`d",
        ] {
            let wanted: &[&str] = if prose.starts_with("`make`") {
                &["make"]
            } else {
                &[]
            };
            check(prose, wanted);
        }
    }

    #[test]
    fn what_exits_with_a_status_is_a_command() {
        let found = |text: &str| exiting(text).map(|one| one.text);
        for (text, wanted) in [
            ("`true` exits 0", Some("true")),
            (
                "`shopctl check --all` ends; exit code 3",
                Some("shopctl check --all"),
            ),
            ("Run `./check` and expect exit status 0", None),
            ("`./check -q` leaves with exit status 0", Some("./check -q")),
            ("It returns `false` and the process exits with 1", None),
            ("`validate(x)` exits with 1", None),
            ("`config.yaml` exits 1", None),
            ("`Worker pool` drains, exit 0", None),
            ("`one a` or `two b` exits 0", None),
            ("`shopctl check` passes", None),
            ("an open ` exits 0", None),
        ] {
            assert_eq!(found(text).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn a_variable_that_nothing_sets_is_lacking() {
        assert!(lacks_variable("curl -H \"Bearer $TOKEN\" http://x"));
        assert!(!lacks_variable("for i in 1 2; do echo $i $HOME; done"));
        assert!(!lacks_variable("X=1 sh -c 'echo ${X}'"));
    }
}

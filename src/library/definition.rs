//! What the definition of the kind refuses of a spec, told before it is sent: names, lengths, bounds, what excludes what.
//! Apart from [`super::check`], which knows what becomes of a spec and not what the API server lets through.
//!
//! Source: `wire/qarun/crd.yaml`; a test sends wrong specs to an API server that has the definition, and holds the places it
//! names to those that are named here. What is told here only helps who writes: the server has the last word.

use super::Problem;
use super::safe::decimal;
use crate::model::qarun::{
    Check, Credentials, Criterion, EnvVar, Environment, Header, JsonExpect, Retry, Spec,
};

/// Longest time a step may take, in seconds: two weeks.
const LONGEST: u32 = 14 * 24 * 3600;
/// Longest script, body or test strategy.
const SCRIPT: usize = 16_384;
/// Longest value of a variable, parameter or header.
const VALUE: usize = 4096;

/// Everything that the definition does not let through, with the path of each.
pub fn definition(spec: &Spec) -> Vec<Problem> {
    let mut seen = Seen::default();
    let task = "letters, digits, `-`, `_` and `.`, with a letter or digit at both ends";
    if let Some(id) = &spec.task_id {
        let ends = |c: char| c.is_ascii_alphanumeric();
        let all = |c: char| ends(c) || "-_.".contains(c);
        let right = id.chars().all(all) && id.starts_with(ends) && id.ends_with(ends);
        seen.unless(right, "spec.taskId", task);
        seen.text("spec.taskId", id, 63);
    }
    seen.label("spec.service", &spec.service, 63);
    project(spec, &mut seen);
    seen.at_most("spec.environments", spec.environments.len(), 10);
    for (n, one) in spec.environments.iter().enumerate() {
        environment(&format!("spec.environments[{n}]"), one, spec, n, &mut seen);
    }
    seen.at_most("spec.criteria", spec.criteria.len(), 100);
    for (n, one) in spec.criteria.iter().enumerate() {
        criterion(&format!("spec.criteria[{n}]"), one, &mut seen);
    }
    seen.long("spec.testStrategy", spec.test_strategy.as_deref(), SCRIPT);
    if let Some(template) = &spec.template {
        seen.name("spec.template.name", &template.name, 63);
        for (name, value) in &template.parameters {
            seen.long(
                &format!("spec.template.parameters.{name}"),
                Some(value),
                VALUE,
            );
        }
    }
    retry("spec.retry", spec.retry, &mut seen);
    retry("spec.stepRetry", spec.step_retry, &mut seen);
    let timeouts = spec.timeouts();
    seen.seconds("spec.timeouts.runSeconds", timeouts.run_seconds);
    seen.seconds("spec.timeouts.criterionSeconds", timeouts.criterion_seconds);
    seen.within("spec.parallelism", spec.parallelism, 1, 100);
    seen.image("spec.image", spec.image.as_deref());
    variables("spec.env", &spec.env, &mut seen);
    if let Some(account) = &spec.service_account_name {
        seen.name("spec.serviceAccountName", account, 253);
    }
    seen.problems
}

fn project(spec: &Spec, seen: &mut Seen) {
    let Some(project) = &spec.project else {
        return;
    };
    if let Some(repository) = &project.repository {
        let begins = ["https://", "http://", "ssh://", "git@"];
        let right = begins.iter().any(|one| repository.starts_with(one)) && is_plain(repository);
        let what =
            "an address that begins with https://, ssh:// or git@, without spaces and braces";
        seen.unless(right, "spec.project.repository", what);
        seen.text("spec.project.repository", repository, 512);
    }
    if let Some(revision) = &project.revision {
        let all = |c: char| c.is_ascii_alphanumeric() || "-_./+@".contains(c);
        let right =
            revision.chars().all(all) && revision.starts_with(|c: char| c.is_ascii_alphanumeric());
        seen.unless(right, "spec.project.revision", "a branch, tag or commit");
        seen.text("spec.project.revision", revision, 256);
        let has = project.repository.is_some();
        seen.unless(
            has,
            "spec.project",
            "a revision is of nothing without a repository",
        );
    }
    if let Some(tag) = &project.tag {
        seen.text("spec.project.tag", tag, 63);
    }
    if let Some(credentials) = &project.credentials {
        let at = "spec.project.credentials";
        let has = project.repository.is_some();
        seen.unless(
            has,
            "spec.project",
            "credentials open nothing without a repository",
        );
        opens(at, credentials, seen);
    }
}

fn opens(at: &str, credentials: &Credentials, seen: &mut Seen) {
    let (key, password) = (
        credentials.ssh_private_key.is_some(),
        credentials.password.is_some(),
    );
    seen.unless(
        key != password,
        at,
        "either an sshPrivateKey or a password opens a repository",
    );
    let named = credentials.username.is_none() || password;
    seen.unless(named, at, "a username opens nothing without a password");
}

fn environment(at: &str, one: &Environment, spec: &Spec, n: usize, seen: &mut Seen) {
    seen.label(&format!("{at}.name"), &one.name, 40);
    let twice = spec.environments[..n]
        .iter()
        .any(|other| other.name == one.name);
    let what = format!("there is another environment `{}`", one.name);
    seen.unless(!twice || one.name.is_empty(), &format!("{at}.name"), &what);
    if let Some(url) = &one.url {
        let right = (url.starts_with("http://") || url.starts_with("https://")) && is_plain(url);
        seen.unless(right, &format!("{at}.url"), WEB);
        seen.text(&format!("{at}.url"), url, 1024);
    }
    variables(&format!("{at}.env"), &one.env, seen);
}

const WEB: &str = "an address that begins with http:// or https://, without spaces and braces";

fn criterion(at: &str, one: &Criterion, seen: &mut Seen) {
    seen.label(&format!("{at}.id"), &one.id, 40);
    seen.text(&format!("{at}.text"), &one.text, 2048);
    seen.seconds(&format!("{at}.timeoutSeconds"), one.timeout_seconds);
    let base = format!("{at}.{}", one.check.kind());
    let at = |rest: &str| format!("{base}.{rest}");
    match &one.check {
        Check::Command { command } => {
            runs(
                &base,
                command.image.as_deref(),
                &command.argv,
                command.script.as_deref(),
                seen,
            );
            seen.path(&at("workingDir"), command.working_dir.as_deref());
            variables(&at("env"), &command.env, seen);
            let expect = command.expect.clone().unwrap_or_default();
            seen.some(
                &at("expect.stdoutContains"),
                expect.stdout_contains.as_deref(),
                1024,
            );
            seen.some(
                &at("expect.stdoutMatches"),
                expect.stdout_matches.as_deref(),
                1024,
            );
        }
        Check::Junit { junit } => {
            runs(
                &base,
                junit.image.as_deref(),
                &junit.argv,
                junit.script.as_deref(),
                seen,
            );
            seen.path(&at("workingDir"), junit.working_dir.as_deref());
            variables(&at("env"), &junit.env, seen);
            seen.path(&at("report"), Some(&junit.report));
            seen.within(&at("allowedFailures"), junit.allowed_failures, 0, 100_000);
        }
        Check::Http { http } => {
            let begins = ["http://", "https://", "/"];
            let right = begins.iter().any(|one| http.url.starts_with(one)) && is_plain(&http.url);
            let what =
                "an address that begins with http://, https:// or, below the environment's, with /";
            seen.unless(right || http.url.is_empty(), &at("url"), what);
            seen.text(&at("url"), &http.url, 2048);
            seen.long(&at("body"), http.body.as_deref(), SCRIPT);
            headers(&at("headers"), &http.headers, seen);
            let expect = http.expect.clone().unwrap_or_default();
            seen.at_most(&at("expect.status"), expect.status.len(), 16);
            for (n, status) in expect.status.iter().enumerate() {
                seen.within(
                    &at(&format!("expect.status[{n}]")),
                    Some(u32::from(*status)),
                    100,
                    599,
                );
            }
            seen.some(
                &at("expect.bodyContains"),
                expect.body_contains.as_deref(),
                1024,
            );
            seen.at_most(&at("expect.json"), expect.json.len(), 16);
            for (n, says) in expect.json.iter().enumerate() {
                json(&at(&format!("expect.json[{n}]")), says, seen);
            }
        }
        Check::Metric { metric } => {
            let right = metric.url.starts_with("http://") || metric.url.starts_with("https://");
            let right = right && is_plain(&metric.url);
            seen.unless(right || metric.url.is_empty(), &at("url"), WEB);
            seen.text(&at("url"), &metric.url, 1024);
            seen.text(&at("query"), &metric.query, 2048);
            let right = decimal(&metric.threshold) || metric.threshold.is_empty();
            seen.unless(right, &at("threshold"), "a decimal number, as 0.5 or 300");
            seen.text(&at("threshold"), &metric.threshold, 32);
            headers(&at("headers"), &metric.headers, seen);
        }
        Check::Manual { manual } => {
            seen.text(&at("instructions"), &manual.instructions, 4096);
            seen.at_most(&at("who"), manual.who.len(), 16);
            for (n, who) in manual.who.iter().enumerate() {
                seen.text(&at(&format!("who[{n}]")), who, 128);
            }
        }
        Check::Unknown => seen.say(&base, "this program does not know this kind of check"),
    }
}

/// What runs in a container.
fn runs(at: &str, image: Option<&str>, argv: &[String], script: Option<&str>, seen: &mut Seen) {
    seen.image(&format!("{at}.image"), image);
    seen.at_most(&format!("{at}.argv"), argv.len(), 64);
    for (n, word) in argv.iter().enumerate() {
        seen.long(&format!("{at}.argv[{n}]"), Some(word), VALUE);
    }
    seen.some(&format!("{at}.script"), script, SCRIPT);
}

fn json(at: &str, says: &JsonExpect, seen: &mut Seen) {
    let right = says.path.split('.').all(is_step_of_json);
    let what = "a place of a JSON body: names, and positions in brackets, as checks[0].name";
    seen.unless(right, &format!("{at}.path"), what);
    seen.text(&format!("{at}.path"), &says.path, 256);
    seen.long(&format!("{at}.equals"), Some(&says.equals), 1024);
}

/// A name, and positions after it.
fn is_step_of_json(step: &str) -> bool {
    let (name, rest) = step.split_at(step.find('[').unwrap_or(step.len()));
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let all = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let position = |one: &str| {
        let digits = one.strip_suffix(']').unwrap_or_default();
        (1..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
    };
    begins && all && rest.split('[').skip(1).all(position)
}

fn retry(at: &str, retry: Option<Retry>, seen: &mut Seen) {
    let Some(retry) = retry else {
        return;
    };
    seen.within(&format!("{at}.limit"), Some(retry.limit), 0, 10);
    if let Some(backoff) = retry.backoff {
        seen.within(
            &format!("{at}.backoff.seconds"),
            Some(backoff.seconds),
            0,
            86_400,
        );
        seen.within(&format!("{at}.backoff.factor"), Some(backoff.factor), 1, 10);
        seen.within(
            &format!("{at}.backoff.maxSeconds"),
            Some(backoff.max_seconds),
            0,
            86_400,
        );
    }
}

fn variables(at: &str, all: &[EnvVar], seen: &mut Seen) {
    seen.at_most(at, all.len(), 64);
    for (n, one) in all.iter().enumerate() {
        let at = format!("{at}[{n}]");
        let begins = one
            .name
            .starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let all = one
            .name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_');
        let what = "letters, digits and _, not beginning with a digit";
        seen.unless(begins && all, &format!("{at}.name"), what);
        seen.text(&format!("{at}.name"), &one.name, 128);
        seen.long(&format!("{at}.value"), one.value.as_deref(), VALUE);
        let both = one.value.is_some() && one.value_from.is_some();
        let what = "an environment variable has a value or says where it is from, not both";
        seen.unless(!both, &at, what);
    }
}

fn headers(at: &str, all: &[Header], seen: &mut Seen) {
    seen.at_most(at, all.len(), 32);
    for (n, one) in all.iter().enumerate() {
        let at = format!("{at}[{n}]");
        let right = |c: char| c.is_ascii_alphanumeric() || "-!#$%&'*+.^_`|~".contains(c);
        let what = "the name of a header: letters, digits and -";
        seen.unless(one.name.chars().all(right), &format!("{at}.name"), what);
        seen.text(&format!("{at}.name"), &one.name, 256);
        seen.long(&format!("{at}.value"), one.value.as_deref(), VALUE);
        let one_of = one.value.is_some() != one.value_from.is_some();
        seen.unless(one_of, &at, "a header has a value or says where it is from");
    }
}

/// No space and no brace.
fn is_plain(text: &str) -> bool {
    !text.contains(|c: char| c.is_whitespace() || "{}".contains(c))
}

/// What was found so far.
#[derive(Default)]
struct Seen {
    problems: Vec<Problem>,
}

impl Seen {
    fn say(&mut self, path: &str, what: impl Into<String>) {
        self.problems.push(Problem::new(path, what));
    }

    fn unless(&mut self, right: bool, path: &str, what: &str) {
        if !right {
            self.say(path, what);
        }
    }

    /// At most so many characters; there need not be one.
    fn long(&mut self, path: &str, text: Option<&str>, most: usize) {
        let count = text.map_or(0, |text| text.chars().count());
        if count > most {
            self.say(path, format!("{count} characters, {most} are allowed"));
        }
    }

    /// At least one character, and at most so many.
    fn text(&mut self, path: &str, text: &str, most: usize) {
        if text.is_empty() {
            self.say(path, "it needs a value");
        }
        self.long(path, Some(text), most);
    }

    /// The same of what may be left out.
    fn some(&mut self, path: &str, text: Option<&str>, most: usize) {
        if let Some(text) = text {
            self.text(path, text, most);
        }
    }

    /// RFC 1123.
    fn label(&mut self, path: &str, text: &str, most: usize) {
        self.named(path, text, most, "-", "lower-case letters, digits and -");
    }

    fn name(&mut self, path: &str, text: &str, most: usize) {
        self.named(
            path,
            text,
            most,
            "-.",
            "lower-case letters, digits, - and .",
        );
    }

    fn named(&mut self, path: &str, text: &str, most: usize, marks: &str, of: &str) {
        let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let right = text.chars().all(|c| ends(c) || marks.contains(c));
        let right = right && text.starts_with(ends) && text.ends_with(ends);
        if !(text.is_empty() || right) {
            self.say(path, format!("{of}, with a letter or digit at both ends"));
        }
        self.text(path, text, most);
    }

    fn image(&mut self, path: &str, image: Option<&str>) {
        let Some(image) = image else {
            return;
        };
        let all = |c: char| c.is_ascii_alphanumeric() || "-._/:@".contains(c);
        let right =
            image.chars().all(all) && !image.starts_with(|c: char| !c.is_ascii_alphanumeric());
        self.unless(
            right,
            path,
            "the name of an image, as registry.example/team/tests:1.4",
        );
        self.text(path, image, 512);
    }

    /// A path in a container.
    fn path(&mut self, path: &str, text: Option<&str>) {
        let Some(text) = text else {
            return;
        };
        let wrong = text.contains(|c: char| c.is_ascii_control() || "{}".contains(c));
        self.unless(!wrong, path, "a path without braces and control characters");
        self.text(path, text, 1024);
    }

    fn seconds(&mut self, path: &str, seconds: Option<u32>) {
        self.within(path, seconds, 1, LONGEST);
    }

    fn within(&mut self, path: &str, number: Option<u32>, least: u32, most: u32) {
        if number.is_some_and(|number| !(least..=most).contains(&number)) {
            self.say(path, format!("from {least} to {most}"));
        }
    }

    fn at_most(&mut self, path: &str, count: usize, most: usize) {
        if count > most {
            self.say(path, format!("{count} of them, {most} are allowed"));
        }
    }
}

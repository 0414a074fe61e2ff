//! The fields of a criterion: what all have in common, and those of each kind of check.
//! Apart from the other lines of the form, which there are once.

use serde_json::Value;

use super::{KINDS, Rows};
use crate::app::draft::place::text;
use crate::app::draft::shape::{Shape, told};
use crate::model::qarun::Spec;

pub(super) fn criterion(rows: &mut Rows, document: &Value, at: &str, spec: &Spec) {
    let kind = text(document, &format!("{at}.kind"));
    let place = |rest: &str| format!("{at}.{rest}");
    rows.field(
        &place("text"),
        "holds",
        Shape::Long,
        "",
        "What must hold, in words",
    );
    rows.field(
        &place("id"),
        "id",
        Shape::Text,
        "",
        "Steps and verdicts are called by it",
    );
    rows.field(
        &place("required"),
        "required",
        Shape::Switch(true),
        "yes",
        "Whether the run fails without it",
    );
    rows.field(
        &place("kind"),
        "found out by",
        Shape::Choice(&KINDS),
        "",
        "A command, a request, a query, a test report, a person",
    );
    check(rows, at, kind, spec);
    let limit = match kind {
        "manual" => "as long as the attempt".to_owned(),
        _ => told(u64::from(spec.timeouts().criterion())),
    };
    rows.field(
        &place("timeoutSeconds"),
        "at most",
        Shape::Time,
        limit,
        "How long it may take: 90s, 10m, 1h30m",
    );
}

/// The fields of this kind of check.
fn check(rows: &mut Rows, at: &str, kind: &str, spec: &Spec) {
    let check = |rest: &str| format!("{at}.{kind}.{rest}");
    match kind {
        "command" => {
            runs(rows, &check, spec);
            rows.field(
                &check("expect.exitCode"),
                "exits with",
                Shape::Number,
                "0",
                "The exit code that it must end with",
            );
            let about = "A text that a line of its standard output has";
            rows.field(
                &check("expect.stdoutContains"),
                "prints",
                Shape::Text,
                "anything",
                about,
            );
            let about =
                "An extended regular expression (POSIX) that a line of its standard output matches";
            rows.field(
                &check("expect.stdoutMatches"),
                "matches",
                Shape::Text,
                "anything",
                about,
            );
        }
        "junit" => {
            runs(rows, &check, spec);
            rows.field(
                &check("report"),
                "report",
                Shape::Text,
                "",
                "Path of the JUnit report, below the workspace or from /",
            );
            let about = "How many tests may fail";
            rows.field(
                &check("allowedFailures"),
                "may fail",
                Shape::Number,
                "0",
                about,
            );
        }
        "http" => http(rows, &check),
        "metric" => metric(rows, &check),
        "manual" => {
            rows.field(
                &check("instructions"),
                "to do",
                Shape::Long,
                "",
                "What a person looks at, and how",
            );
            rows.field(
                &check("who"),
                "who",
                Shape::Names,
                "anybody",
                "Who is asked, with commas; it gives nobody rights",
            );
        }
        _ => {}
    }
}

fn runs(rows: &mut Rows, check: &dyn Fn(&str) -> String, spec: &Spec) {
    rows.field(
        &check("argv"),
        "command",
        Shape::Words,
        "",
        "Program and arguments, as a shell reads words; or a script",
    );
    rows.field(
        &check("script"),
        "script",
        Shape::Long,
        "",
        "A script for sh, instead of a command",
    );
    let image = spec.image.clone().unwrap_or_default();
    rows.field(
        &check("image"),
        "image",
        Shape::Text,
        image,
        "Image of its container; it has a sh",
    );
    let about = "Directory it runs in, below the workspace or from /";
    rows.field(
        &check("workingDir"),
        "directory",
        Shape::Text,
        "the workspace",
        about,
    );
}

fn http(rows: &mut Rows, check: &dyn Fn(&str) -> String) {
    const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let about = "Address; one that begins with / is below the environment's";
    rows.field(&check("url"), "request", Shape::Text, "", about);
    rows.field(
        &check("method"),
        "method",
        Shape::Choice(METHODS),
        "GET",
        "The method of the request",
    );
    rows.field(
        &check("body"),
        "body",
        Shape::Long,
        "none",
        "What is sent with it",
    );
    rows.field(
        &check("expect.status"),
        "answers with",
        Shape::Numbers,
        "200 to 299",
        "One of these statuses: 200, 204",
    );
    rows.field(
        &check("expect.bodyContains"),
        "says",
        Shape::Text,
        "anything",
        "A text that the body of the answer has",
    );
    let about = "What the body says as JSON, a line each: status.checks[0].name = db";
    rows.field(
        &check("expect.json"),
        "says as JSON",
        Shape::Says,
        "anything",
        about,
    );
    let about = "Whether the server's certificate is not looked at";
    rows.field(
        &check("insecureSkipVerify"),
        "any certificate",
        Shape::Switch(false),
        "no",
        about,
    );
}

fn metric(rows: &mut Rows, check: &dyn Fn(&str) -> String) {
    const SIGNS: &[&str] = &["<", "<=", "==", "!=", ">=", ">"];
    rows.field(
        &check("url"),
        "Prometheus",
        Shape::Text,
        "",
        "Its address, without /api/v1/query",
    );
    rows.field(
        &check("query"),
        "query",
        Shape::Long,
        "",
        "In PromQL; every series of the answer must hold",
    );
    rows.field(
        &check("comparison"),
        "is",
        Shape::Choice(SIGNS),
        "",
        "How each value is compared",
    );
    rows.field(
        &check("threshold"),
        "than",
        Shape::Text,
        "",
        "A decimal number",
    );
}

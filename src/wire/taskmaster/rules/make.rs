//! The check that a rule makes: of which kind it is, its keys say.
//! Apart from the rule, because what is added says its check in the same words.

use super::table::Table;
use crate::model::qarun::{
    Check, CommandCheck, CommandExpect, Comparison, HttpCheck, HttpExpect, JunitCheck, ManualCheck,
    Method, MetricCheck,
};
use crate::model::task::rules::Make;

/// The table says a check.
pub(super) fn is_said(table: &Table<'_>) -> bool {
    ["command", "url", "instructions", "who", "query", "report"]
        .iter()
        .any(|key| table.has(key))
}

/// The check a table says: with `query` a metric, with `url` alone a request, with `report` a JUnit report, with `command` alone a
/// command, with `instructions` or `who` a person.
pub(super) fn read(table: &mut Table<'_>) -> Option<Make> {
    let timeout = table.number("timeout");
    let (check, threshold_of_text) = match () {
        () if table.has("query") => metric(table)?,
        () if table.has("url") => (http(table)?, false),
        () if table.has("command") || table.has("report") => (command(table)?, false),
        () if table.has("instructions") || table.has("who") => {
            let manual = ManualCheck {
                instructions: table
                    .text("instructions")
                    .map(|(text, _)| text)
                    .unwrap_or_default(),
                who: table.texts("who"),
            };
            (Check::Manual { manual }, false)
        }
        () => {
            table.note(
                "this rule does not say how the criteria are found out",
                "command = \"cargo test\"; or url, or url with query, or instructions",
            );
            return None;
        }
    };
    let timed = !matches!(check, Check::Manual { .. });
    Some(Make {
        check,
        threshold_of_text,
        timeout: timeout.filter(|_| timed),
    })
}

fn said(table: &mut Table<'_>, key: &str) -> Option<String> {
    table.text(key).map(|(text, _)| text)
}

fn command(table: &mut Table<'_>) -> Option<Check> {
    let script = said(table, "command");
    let (image, working_dir) = (said(table, "image"), said(table, "directory"));
    let report = said(table, "report");
    if script
        .as_deref()
        .is_none_or(|script| script.trim().is_empty())
    {
        table.note(
            "a report needs the command that writes it",
            "command = \"cargo nextest run --profile ci\"",
        );
        return None;
    }
    if let Some(report) = report {
        let junit = JunitCheck {
            image,
            script,
            working_dir,
            report,
            allowed_failures: table.number("allowed-failures"),
            ..JunitCheck::default()
        };
        return Some(Check::Junit { junit });
    }
    let expect = CommandExpect {
        exit_code: table
            .number("exit-code")
            .and_then(|code| u8::try_from(code).ok()),
        stdout_contains: said(table, "output-contains"),
        stdout_matches: said(table, "output-matches"),
    };
    let command = CommandCheck {
        image,
        script,
        working_dir,
        expect: (expect != CommandExpect::default()).then_some(expect),
        ..CommandCheck::default()
    };
    Some(Check::Command { command })
}

fn http(table: &mut Table<'_>) -> Option<Check> {
    let url = said(table, "url")?;
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let method = table
        .one_of("method", &methods)
        .and_then(|word| match &*word {
            "HEAD" => Some(Method::Head),
            "POST" => Some(Method::Post),
            "PUT" => Some(Method::Put),
            "PATCH" => Some(Method::Patch),
            "DELETE" => Some(Method::Delete),
            "OPTIONS" => Some(Method::Options),
            _ => None,
        });
    let status = table.numbers("status");
    let expect = HttpExpect {
        status: status
            .into_iter()
            .filter_map(|code| u16::try_from(code).ok())
            .collect(),
        body_contains: said(table, "body-contains"),
        json: Vec::new(),
    };
    let http = HttpCheck {
        url,
        method,
        body: said(table, "body"),
        expect: (expect != HttpExpect::default()).then_some(expect),
        ..HttpCheck::default()
    };
    Some(Check::Http { http })
}

fn metric(table: &mut Table<'_>) -> Option<(Check, bool)> {
    let query = said(table, "query")?;
    let url = said(table, "url");
    let threshold = said(table, "threshold");
    let sign = table.one_of("comparison", &["<", "<=", "==", "!=", ">=", ">"]);
    let Some(url) = url else {
        table.note(
            "a query needs the URL of a Prometheus",
            "url = \"http://prometheus.monitoring:9090\"",
        );
        return None;
    };
    let of_text = threshold.is_none();
    let comparison = match sign.as_deref() {
        Some("<=") => Comparison::AtMost,
        Some("==") => Comparison::Equal,
        Some("!=") => Comparison::NotEqual,
        Some(">=") => Comparison::AtLeast,
        Some(">") => Comparison::Greater,
        _ => Comparison::Less,
    };
    let metric = MetricCheck {
        url,
        query,
        comparison,
        threshold: threshold.unwrap_or_default(),
        headers: Vec::new(),
    };
    Some((Check::Metric { metric }, of_text))
}

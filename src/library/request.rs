//! Criteria that ask something: HTTP requests and queries of Prometheus, sent and judged by Argo's agent.
//! Apart from commands: there is no image, no shell and no pod of their own; the condition is text in Argo's expression language.
//!
//! What is not met and what nobody can say are told apart by the node's message ([`super::judge`]): a condition that is false
//! names itself, one that cannot be evaluated or a request without an answer says why.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::safe::{decimal, literal, percent};
use super::step::Place;
use crate::model::qarun::{Criterion, Header, HttpCheck, HttpExpect, JsonExpect, MetricCheck};

/// An HTTP request.
pub fn http(place: Place, criterion: &Criterion, check: &HttpCheck) -> Value {
    let mut http = json!({
        "url": url(place, &check.url),
        "method": check.method.unwrap_or_default().word(),
        "timeoutSeconds": place.seconds(criterion),
    });
    if !check.headers.is_empty() {
        http["headers"] = headers(&check.headers);
    }
    if let Some(body) = &check.body {
        // As bytes, in which nothing can be replaced.
        http["bodyFrom"] = json!({"bytes": STANDARD.encode(body)});
    }
    if check.insecure_skip_verify == Some(true) {
        http["insecureSkipVerify"] = true.into();
    }
    if let Some(condition) = condition(check.expect.as_ref()) {
        http["successCondition"] = condition.into();
    }
    json!({"http": http})
}

/// A query of Prometheus. Source: its HTTP API v1, instant queries.
pub fn metric(place: Place, criterion: &Criterion, check: &MetricCheck) -> Value {
    let base = check.url.trim_end_matches('/');
    let series = "fromJSON(response.body).data.result";
    let (sign, threshold) = (check.comparison.sign(), &check.threshold);
    let mut http = json!({
        "url": format!("{base}/api/v1/query?query={}", percent(&check.query)),
        "method": "GET",
        "timeoutSeconds": place.seconds(criterion),
        // An answer without series, or that is no answer, cannot be evaluated or is false; see the module.
        "successCondition": format!("len({series}) > 0 && all({series}, {{float(#.value[1]) {sign} {threshold}}})"),
    });
    if !check.headers.is_empty() {
        http["headers"] = headers(&check.headers);
    }
    json!({"http": http})
}

/// A URL, below that of the environment where it is only a path.
fn url(place: Place, url: &str) -> String {
    let base = place.environment.and_then(|one| one.url.as_deref());
    match base.filter(|_| url.starts_with('/')) {
        Some(base) => format!("{}{url}", base.trim_end_matches('/')),
        None => url.to_owned(),
    }
}

fn headers(all: &[Header]) -> Value {
    let one = |header: &Header| {
        let from = header
            .value_from
            .as_ref()
            .and_then(|from| from.secret_key_ref.as_ref());
        match from {
            Some(key) => json!({"name": header.name, "valueFrom": {"secretKeyRef": key}}),
            None => json!({"name": header.name, "value": header.value.clone().unwrap_or_default()}),
        }
    };
    all.iter().map(one).collect()
}

/// When an answer is what it must be; nothing where any status of 200 to 299 will do, of which Argo says more when it is not.
fn condition(expect: Option<&HttpExpect>) -> Option<String> {
    let expect = expect.cloned().unwrap_or_default();
    if expect == HttpExpect::default() {
        return None;
    }
    let mut all = vec![if expect.status.is_empty() {
        "response.statusCode >= 200 && response.statusCode < 300".to_owned()
    } else {
        let statuses: Vec<String> = expect.status.iter().map(u16::to_string).collect();
        format!("response.statusCode in [{}]", statuses.join(", "))
    }];
    all.extend(
        expect
            .body_contains
            .map(|text| format!("response.body contains {}", literal(&text))),
    );
    if !expect.json.is_empty() {
        // Anything else cannot be read as JSON, which would be an error instead of a no.
        all.push(
            "(trim(response.body) startsWith \"{\" || trim(response.body) startsWith \"[\")"
                .to_owned(),
        );
    }
    all.extend(expect.json.iter().map(says));
    Some(all.join(" && "))
}

/// Whether a place of a JSON body says something: as text, and as a number or a truth where that is what it looks like.
fn says(expect: &JsonExpect) -> String {
    let mut at = "fromJSON(response.body)".to_owned();
    for part in parts(&expect.path) {
        at = match part.parse::<u32>() {
            Ok(position) => format!("get({at}, {position})"),
            Err(_) => format!("get({at}, {})", literal(part)),
        };
    }
    let text = format!("string({at}) == {}", literal(&expect.equals));
    let plain = matches!(&*expect.equals, "true" | "false") || decimal(&expect.equals);
    if plain {
        format!("({at} == {} || {text})", expect.equals)
    } else {
        text
    }
}

/// Names and positions of a path.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', '[', ']']).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_of_a_body_is_asked_step_by_step() {
        let says = |path: &str, equals: &str| {
            says(&JsonExpect {
                path: path.to_owned(),
                equals: equals.to_owned(),
            })
        };
        assert_eq!(
            says("checks[0].status", "UP"),
            "string(get(get(get(fromJSON(response.body), \"checks\"), 0), \"status\")) == \"UP\""
        );
        assert_eq!(
            says("total", "1000000"),
            "(get(fromJSON(response.body), \"total\") == 1000000 || string(get(fromJSON(response.body), \"total\")) == \"1000000\")"
        );
        assert!(says("zip", "01234").starts_with("string("), "no number");
        assert!(says("x", "1.").starts_with("string("), "no number");
    }
}

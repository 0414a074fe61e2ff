//! Requests: what is asked, and what is said to come back.
//! Apart from commands; a `curl` is a request.

use super::{EXPECTED, Judged};
use crate::model::qarun::{Check, HttpCheck, HttpExpect, JsonExpect, Method};
use crate::model::task::Lean;
use crate::model::task::criteria::curl;
use crate::model::task::criteria::words::{ADDRESS, QUOTED, STATUS, WENT_WELL};

/// A request, and what is said to come back.
pub(super) fn requested(mut request: HttpCheck, own: bool, outcome: &str) -> Judged {
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
fn json(text: &str) -> Option<Vec<JsonExpect>> {
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
        all.push(JsonExpect {
            path: name.clone(),
            equals,
        });
    }
    (!all.is_empty()).then_some(all)
}

/// The statuses that a text says may come back: `200`, `200 or 301`.
pub(super) fn status(text: &str) -> Vec<u16> {
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

/// What names an address and its status.
pub(super) fn by_request(text: &str) -> Option<Judged> {
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

//! Reading the filter language: words, fields, times, and what is wrong with them.
//! Apart from judging runs: a word that means nothing must be refused here, because as a filter it would silently hide everything.

use super::{Clock, Compare, Expression, Field, KINDS, OfLabel, Term, VERDICTS, What, status_is};
use crate::app::config::problem::did_you_mean;
use crate::model::clock::parse_seconds;
use crate::model::failure::CauseId;
use crate::model::phase::State;
use serde::{Deserialize, Serialize};

/// What is wrong with a filter, one sentence that names the word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{0}")]
pub struct BadQuery(pub String);

/// The words before a colon, with what they mean, for help and for errors.
pub const FIELDS: [(&str, &str); 17] = [
    ("status:", "state, several by comma: status:failed,error"),
    ("ns:", "namespace, part of it is enough: ns:pay,check"),
    ("name:", "name of the run"),
    ("task:", "Task Master task id, exactly: task:15.10"),
    (
        "service:",
        "the service that is verified, part of it is enough",
    ),
    (
        "verdict:",
        "what a QARun came to: verdict:fail,inconclusive; none while it came to nothing",
    ),
    ("is:qarun", "of a QARun, with a workflow or without"),
    ("kind:", "cron, template or plain: what launched it"),
    ("from:", "name of the cron or template it came from"),
    ("msg:", "text of the reason"),
    (
        "cause:",
        "what it failed of, by the number that `tiphys failures` prints: cause:0d3a51c2b9e4",
    ),
    (
        "label:",
        "label:team, label:team=qa; several as a selector: label:team=qa,tier!=web,!old",
    ),
    ("dur>", "ran longer than: dur>10m, or shorter: dur<90s"),
    (
        "age<",
        "younger than, as AGE counts it (since it ended, else was created): age<2h; older: age>3d",
    ),
    (
        "/",
        "a regular expression, in any column or in one: /shard-\\d+/ name:/^t\\d+/; also by its signs: ^pay.*smoke$ a|b",
    ),
    ("!", "not: !kind:cron"),
    (
        "\"",
        "keeps spaces together: \"exit 1\"; what is quoted, or has no colon, is searched everywhere",
    ),
];

/// The terms of a filter.
///
/// # Errors
/// The first word that means nothing, with what could have been meant.
pub(super) fn terms(text: &str) -> Result<Vec<Term>, BadQuery> {
    words(text).iter().map(term).collect()
}

/// One word of a filter.
#[derive(Debug, Default)]
struct Word {
    text: String,
    /// Where in it the first quotation mark stood.
    quoted: Option<usize>,
}

/// Splits at spaces outside quotes; an unfinished quote goes to the end.
fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = Word::default();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '"' => {
                inside = !inside;
                word.quoted.get_or_insert(word.text.len());
            }
            c if c.is_whitespace() && !inside => words.push(std::mem::take(&mut word)),
            c => word.text.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.text.is_empty());
    words
}

fn term(word: &Word) -> Result<Term, BadQuery> {
    let negated = word
        .text
        .strip_prefix('!')
        .filter(|_| word.quoted != Some(0));
    let (not, body) = match negated {
        Some("") => {
            return Err(BadQuery(
                "`!` stands before what is not wanted: !kind:cron, !\"exit 1\"".to_owned(),
            ));
        }
        Some(rest) => (true, rest),
        None => (false, word.text.as_str()),
    };
    // What is quoted as a whole is text, whatever it looks like.
    let quoted = word.quoted.map(|at| at - usize::from(not));
    let what = match quoted {
        Some(0) => What::Text(body.to_lowercase()),
        quoted => what(body, quoted)?,
    };
    Ok(Term { not, what })
}

/// `dur>10m`, `age<=2h`. `None`: the word is something else.
fn time(body: &str) -> Option<Result<What, BadQuery>> {
    let clocks = [("dur", Clock::Duration), ("age", Clock::Age)];
    let (name, clock, rest) = clocks
        .into_iter()
        .find_map(|(name, clock)| Some((name, clock, body.strip_prefix(name)?)))?;
    // A field has a colon everywhere else.
    let rest = match rest.strip_prefix(':') {
        Some(after) if after.starts_with(['<', '>']) => after,
        _ => rest,
    };
    let compare = match rest.chars().next()? {
        '>' => Compare::Over,
        '<' => Compare::Under,
        '=' | ':' | '!' => {
            let time = rest.trim_start_matches(['=', ':', '!', '<', '>']);
            return Some(Err(BadQuery(format!(
                "`{body}`: write {name}>{time} for longer, {name}<{time} for shorter"
            ))));
        }
        _ => return None,
    };
    let rest = &rest[1..];
    let bound = rest.strip_prefix('=');
    let Some(seconds) = parse_seconds(bound.unwrap_or(rest)) else {
        return Some(Err(BadQuery(format!(
            "`{body}`: write a time like 90s, 10m, 2h or 3d"
        ))));
    };
    // Times are whole seconds: at least ten is more than nine.
    let seconds = match (bound, compare) {
        (None, _) => seconds,
        (Some(_), Compare::Over) => seconds - 1,
        (Some(_), Compare::Under) => seconds + 1,
    };
    Some(Ok(What::Seconds(clock, compare, seconds)))
}

/// What people write to other programs, and what it is called here. In quotes it is text all the same.
fn foreign(body: &str) -> Option<BadQuery> {
    let option = body.strip_prefix('-').filter(|rest| rest.len() == 1);
    let label = body.split_once('=').filter(|(name, _)| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._/".contains(c);
        !name.is_empty() && name.chars().all(plain)
    });
    let why = if option.is_some() {
        "there are no options: label:team=qa for a label, and words in any order".to_string()
    } else if let Some((name, value)) = label {
        let (name, value) = (name.trim_end_matches('='), value.trim_start_matches('='));
        format!("a label is asked for with label:{name}={value}")
    } else {
        return None;
    };
    Some(BadQuery(format!("`{body}`: {why}; in quotes it is text")))
}

/// What a word asks for; `quoted`: where in it quotes began.
fn what(body: &str, quoted: Option<usize>) -> Result<What, BadQuery> {
    if let Some(time) = time(body) {
        return time;
    }
    if body.starts_with('/') && Expression::written(body).is_some() {
        return like(None, body, body);
    }
    let Some((name, value)) = body.split_once(':') else {
        if let Some(why) = foreign(body) {
            return Err(why);
        }
        return match Expression::written(body) {
            Some(_) => like(None, body, body),
            None => Ok(What::Text(body.to_lowercase())),
        };
    };
    let field = match name.to_ascii_lowercase().as_str() {
        "is" if value.eq_ignore_ascii_case("qarun") => return Ok(What::QaRun),
        "service" => Field::Service,
        "verdict" => Field::Verdict,
        "status" | "state" | "is" => Field::Status,
        "ns" | "namespace" => Field::Namespace,
        "name" => Field::Name,
        "task" => Field::Task,
        "kind" => Field::Kind,
        "from" | "template" | "cron" => Field::Origin,
        "msg" | "message" | "why" => Field::Message,
        "label" => return label_term(body, value),
        "cause" => return causes(body, value),
        // A colon in free text (`10.0.0.1:80`, `error: x`) is text.
        other if other.chars().all(|c| c.is_ascii_alphabetic()) && !other.is_empty() => {
            return Err(unknown_field(other));
        }
        _ if Expression::written(body).is_some() => return like(None, body, body),
        _ => return Ok(What::Text(body.to_lowercase())),
    };
    let is_text = quoted == Some(name.len() + 1);
    if field.is_free() && !is_text && Expression::written(value).is_some() {
        return like(Some(field), body, value);
    }
    let values: Vec<String> = value
        .split(',')
        .filter(|part| !part.is_empty())
        .map(str::to_lowercase)
        .collect();
    if values.is_empty() {
        return Err(BadQuery(format!("`{body}` names no value")));
    }
    for value in &values {
        known(field, value)?;
    }
    Ok(What::Field(field, values))
}

/// A regular expression in a field, or anywhere.
fn like(field: Option<Field>, body: &str, value: &str) -> Result<What, BadQuery> {
    let text = Expression::written(value).unwrap_or(value);
    match Expression::parse(text) {
        Ok(expression) => Ok(What::Like(field, expression)),
        Err(why) => Err(BadQuery(format!(
            "`{body}` is no regular expression: {why}; in quotes it is text"
        ))),
    }
}

/// A field that has only so many values has this one, or one that begins so.
fn known(field: Field, value: &str) -> Result<(), BadQuery> {
    match field {
        Field::Status if !State::ALL.iter().any(|state| status_is(*state, value)) => {
            let states = State::ALL.map(|state| state.word().to_lowercase().replace(' ', "-"));
            let all = format!("there are {}", states.join(", "));
            let meant = did_you_mean(value, states.iter().map(String::as_str), &all);
            Err(BadQuery(format!("`{value}` is not a state; {meant}")))
        }
        Field::Verdict if !VERDICTS.iter().any(|word| word.starts_with(value)) => Err(BadQuery(
            format!("`{value}` is not a verdict: {}", VERDICTS.join(", ")),
        )),
        Field::Kind if !KINDS.iter().any(|kind| kind.starts_with(value)) => Err(BadQuery(format!(
            "`{value}` is not a kind of launch: {}",
            KINDS.join(", ")
        ))),
        _ => Ok(()),
    }
}

/// A selector as `kubectl -l` takes it, all of it to hold: `team`, `!team`, `team=qa`, `team==qa`, `team!=qa`, by comma.
/// Source: Kubernetes, "Labels and Selectors". Its sets (`in (a,b)`) are refused: a filter has no brackets.
fn label_term(body: &str, selector: &str) -> Result<What, BadQuery> {
    if selector.contains(['(', ')']) || selector.contains(char::is_whitespace) {
        return Err(BadQuery(format!(
            "`{body}`: write label:team=qa, by comma for several that all hold: label:team=qa,tier!=web"
        )));
    }
    let asked = selector.split(',').map(|part| {
        let (part, absent) = match part.strip_prefix('!') {
            Some(rest) => (rest, true),
            None => (part, false),
        };
        let (name, value, unlike) = match part.split_once('=') {
            Some((name, value)) => match name.strip_suffix('!') {
                Some(name) => (name, Some(value), true),
                None => (name, Some(value.trim_start_matches('=')), false),
            },
            None => (part, None, false),
        };
        match name.is_empty() || absent && value.is_some() {
            true => Err(BadQuery(format!("`{body}` names no label"))),
            false => Ok(OfLabel {
                name: name.to_string(),
                value: value.map(str::to_string),
                not: absent || unlike,
            }),
        }
    });
    asked.collect::<Result<_, _>>().map(What::Labels)
}

/// What runs failed of, by their numbers.
fn causes(body: &str, value: &str) -> Result<What, BadQuery> {
    let parts = value.split(',').filter(|part| !part.is_empty());
    let causes: Result<Vec<CauseId>, ()> = parts.map(str::parse).collect();
    match causes {
        Ok(causes) if !causes.is_empty() => Ok(What::Cause(causes)),
        _ => Err(BadQuery(format!(
            "`{body}`: a cause is twelve of 0-9 and a-f, as `tiphys failures` prints it; msg:TEXT looks for words"
        ))),
    }
}

fn unknown_field(name: &str) -> BadQuery {
    let known: Vec<&str> = FIELDS.iter().map(|(field, _)| *field).collect();
    BadQuery(format!(
        "`{name}:` is not a field: {}; quote it to search for the text",
        known.join(" ")
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Vec<(bool, What)> {
        let terms = terms(text).unwrap();
        terms
            .into_iter()
            .map(|term| (term.not, term.what))
            .collect()
    }

    #[test]
    fn a_word_that_would_hide_everything_is_refused_with_what_was_meant() {
        for (text, hint) in [
            ("kind:foo", "cron, template, plain"),
            ("status:broken", "failed"),
            ("dur=10m", "dur>10m for longer"),
            ("age:2h", "age<2h for shorter"),
            ("dur>soon", "90s, 10m"),
            ("!", "!kind:cron"),
            ("colour:red", "`colour:` is not a field"),
            ("ns:", "names no value"),
            ("label:", "names no label"),
            ("label:team=qa,", "names no label"),
            ("label:!team=qa", "names no label"),
            ("\"label:x\" label:team(", "by comma for several"),
            ("verdict:good", "pass, fail, inconclusive, none"),
            ("cause:oom", "twelve of 0-9 and a-f"),
            ("cause:", "twelve of 0-9 and a-f"),
            ("-l team=qa", "label:team=qa for a label"),
            ("team=qa", "label:team=qa"),
            ("team==qa", "label:team=qa"),
            ("/pay(/", "unclosed group; in quotes it is text"),
            ("name:/[a-/", "`name:/[a-/` is no regular expression"),
            ("a|b|*", "repetition operator missing expression"),
            ("^[", "unclosed character class"),
        ] {
            let why = terms(text).unwrap_err().0;
            assert!(why.contains(hint), "{text}: {why}");
        }
    }

    #[test]
    fn what_is_quoted_is_text() {
        let text = |text: &str| What::Text(text.to_owned());
        assert_eq!(read("\"colour:red\""), [(false, text("colour:red"))]);
        assert_eq!(read("!\"exit 1\""), [(true, text("exit 1"))]);
        assert_eq!(read("\"!\""), [(false, text("!"))]);
        assert_eq!(read("\"a|b.*\""), [(false, text("a|b.*"))]);
        assert_eq!(read("shard(17)"), [(false, text("shard(17)"))]);
        assert_eq!(
            read("msg:\"exit 1|2\""),
            [(
                false,
                What::Field(Field::Message, vec!["exit 1|2".to_owned()])
            )]
        );
        let like = Expression::parse("exit [12] now").unwrap();
        assert_eq!(
            read("!msg:/\"exit [12] now\"/"),
            [(true, What::Like(Some(Field::Message), like))]
        );
        assert_eq!(
            read("during durable"),
            [(false, text("during")), (false, text("durable"))]
        );
    }

    #[test]
    fn labels_are_asked_for_as_kubectl_does() {
        let of = |name: &str, value: Option<&str>, not| OfLabel {
            name: name.to_owned(),
            value: value.map(str::to_owned),
            not,
        };
        assert_eq!(
            read("label:team=qa,tier!=web,old,!gone,a==b"),
            [(
                false,
                What::Labels(vec![
                    of("team", Some("qa"), false),
                    of("tier", Some("web"), true),
                    of("old", None, false),
                    of("gone", None, true),
                    of("a", Some("b"), false),
                ])
            )]
        );
    }

    #[test]
    fn bounds_may_be_part_of_what_is_wanted() {
        let over = |seconds| What::Seconds(Clock::Duration, Compare::Over, seconds);
        assert_eq!(read("dur>10"), [(false, over(10))]);
        assert_eq!(read("dur>=10"), [(false, over(9))]);
        assert_eq!(read("dur:>10"), [(false, over(10))]);
        assert_eq!(
            read("age<=1m"),
            [(false, What::Seconds(Clock::Age, Compare::Under, 61))]
        );
    }
}

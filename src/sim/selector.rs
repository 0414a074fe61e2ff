//! Label and field selectors as list and watch requests carry them.
//! Apart, because the grammar has its own error texts and is worth testing alone.

use std::sync::Arc;

/// Labels of an object, sorted by name.
pub type Labels = Arc<[(Arc<str>, Arc<str>)]>;

/// A parsed label selector; all requirements must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelSelector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq)]
struct Requirement {
    key: String,
    rule: Rule,
}

#[derive(Clone, Debug, PartialEq)]
enum Rule {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
    Greater(i64),
    Less(i64),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Sign(&'static str),
}

impl LabelSelector {
    /// Parses `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
    ///
    /// # Errors
    /// The text the API server answers with (`unable to parse requirement: …`).
    pub fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text);
        let mut at = 0;
        let mut all = Vec::new();
        let mut after_comma = false;
        loop {
            match tokens.get(at) {
                Some(Token::Word(_) | Token::Sign("!")) => {
                    let (requirement, next) = requirement(&tokens, at)
                        .map_err(|why| format!("unable to parse requirement: {why}"))?;
                    all.push(requirement);
                    at = next;
                }
                None if !after_comma => return Ok(Self(all)),
                other if after_comma => {
                    let found = spell(other);
                    return Err(format!("found '{found}', expected: identifier after ','"));
                }
                other => {
                    let found = spell(other);
                    return Err(format!(
                        "found '{found}', expected: !, identifier, or 'end of string'"
                    ));
                }
            }
            match tokens.get(at) {
                None => return Ok(Self(all)),
                Some(Token::Sign(",")) => at += 1,
                other => {
                    let found = spell(other);
                    return Err(format!("found '{found}', expected: ',' or 'end of string'"));
                }
            }
            after_comma = true;
        }
    }

    /// Selects everything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether these labels are selected.
    pub fn matches(&self, labels: &[(Arc<str>, Arc<str>)]) -> bool {
        self.0.iter().all(|requirement| {
            let value = labels
                .iter()
                .find(|(key, _)| **key == *requirement.key)
                .map(|(_, value)| &**value);
            match (&requirement.rule, value) {
                (Rule::In(values), Some(value)) => values.iter().any(|v| v == value),
                (Rule::In(_) | Rule::Greater(_) | Rule::Less(_) | Rule::Exists, None) => false,
                (Rule::NotIn(values), Some(value)) => !values.iter().any(|v| v == value),
                (Rule::NotIn(_) | Rule::Absent, None) | (Rule::Exists, Some(_)) => true,
                (Rule::Absent, Some(_)) => false,
                (Rule::Greater(than), Some(value)) => {
                    value.parse::<i64>().is_ok_and(|value| value > *than)
                }
                (Rule::Less(than), Some(value)) => {
                    value.parse::<i64>().is_ok_and(|value| value < *than)
                }
            }
        })
    }
}

fn tokens(text: &str) -> Vec<Token> {
    const SIGNS: [&str; 8] = ["==", "!=", "=", "!", "(", ")", ",", ">"];
    let mut rest = text;
    let mut out = Vec::new();
    'next: while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix(char::is_whitespace) {
            rest = tail;
            continue;
        }
        for sign in SIGNS.into_iter().chain(["<"]) {
            if let Some(tail) = rest.strip_prefix(sign) {
                out.push(Token::Sign(sign));
                rest = tail;
                continue 'next;
            }
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || "=!(),<>".contains(c))
            .unwrap_or(rest.len());
        out.push(Token::Word(rest[..end].to_owned()));
        rest = &rest[end..];
    }
    out
}

fn spell(token: Option<&Token>) -> &str {
    match token {
        Some(Token::Word(word)) => word,
        Some(Token::Sign(sign)) => sign,
        None => "",
    }
}

fn requirement(tokens: &[Token], at: usize) -> Result<(Requirement, usize), String> {
    let absent = tokens.get(at) == Some(&Token::Sign("!"));
    let at = at + usize::from(absent);
    let Some(Token::Word(key)) = tokens.get(at) else {
        return Err(format!(
            "found '{}', expected: identifier",
            spell(tokens.get(at))
        ));
    };
    if let Some(why) = wrong_key(key) {
        return Err(why);
    }
    let made = |rule| Requirement {
        key: key.clone(),
        rule,
    };
    if absent {
        return Ok((made(Rule::Absent), at + 1));
    }
    let value = |at: usize| match tokens.get(at) {
        Some(Token::Word(word)) => (word.clone(), at + 1),
        _ => (String::new(), at),
    };
    match tokens.get(at + 1) {
        None | Some(Token::Sign(",")) => Ok((made(Rule::Exists), at + 1)),
        Some(Token::Sign("=" | "==")) => {
            let (word, next) = value(at + 2);
            Ok((made(Rule::In(vec![word])), next))
        }
        Some(Token::Sign("!=")) => {
            let (word, next) = value(at + 2);
            Ok((made(Rule::NotIn(vec![word])), next))
        }
        Some(Token::Sign(sign @ (">" | "<"))) => {
            let (word, next) = value(at + 2);
            let than = word.parse().map_err(|_| {
                format!("values[0]: Invalid value: \"{word}\": for 'Gt', 'Lt' operators, the value must be an integer")
            })?;
            let rule = if *sign == ">" {
                Rule::Greater(than)
            } else {
                Rule::Less(than)
            };
            Ok((made(rule), next))
        }
        Some(Token::Word(word)) if word == "in" || word == "notin" => {
            let (values, next) = list(tokens, at + 2)?;
            let rule = if word == "in" {
                Rule::In(values)
            } else {
                Rule::NotIn(values)
            };
            Ok((made(rule), next))
        }
        other => Err(format!(
            "found '{}', expected: in, notin, =, ==, !=, gt, lt",
            spell(other)
        )),
    }
}

/// Why a word cannot be the name of a label.
fn wrong_key(key: &str) -> Option<String> {
    const PREFIX: &str = "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    let (prefix, _) = key.split_once('/')?;
    let label = |part: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        part.starts_with(inner)
            && part.ends_with(inner)
            && part.chars().all(|c| inner(c) || c == '-')
    };
    if prefix.split('.').all(label) {
        return None;
    }
    Some(format!("<nil>: Invalid value: \"{key}\": {PREFIX}"))
}

fn list(tokens: &[Token], at: usize) -> Result<(Vec<String>, usize), String> {
    if tokens.get(at) != Some(&Token::Sign("(")) {
        return Err(format!("found '{}' expected: '('", spell(tokens.get(at))));
    }
    let mut values = Vec::new();
    for (offset, token) in tokens[at + 1..].iter().enumerate() {
        match token {
            Token::Word(word) => values.push(word.clone()),
            Token::Sign(",") => {}
            Token::Sign(")") => return Ok((values, at + offset + 2)),
            Token::Sign(_) => break,
        }
    }
    Err("found '', expected: ',' or ')'".to_owned())
}

/// A parsed field selector: each `(path, equal, value)` must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldSelector(pub Vec<(String, bool, String)>);

impl FieldSelector {
    /// Parses `a=b,c!=d`.
    ///
    /// # Errors
    /// The text the API server answers with.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut all = Vec::new();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (path, equal, value) = if let Some((path, value)) = part.split_once("!=") {
                (path, false, value)
            } else if let Some((path, value)) = part.split_once("==") {
                (path, true, value)
            } else if let Some((path, value)) = part.split_once('=') {
                (path, true, value)
            } else {
                return Err(format!(
                    "invalid selector: '{part}'; can't understand '{part}'"
                ));
            };
            all.push((path.to_owned(), equal, value.to_owned()));
        }
        Ok(Self(all))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Vec<(Arc<str>, Arc<str>)> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).into(), (*v).into()))
            .collect()
    }

    #[test]
    fn every_operator_selects_what_kubernetes_selects() {
        let app = labels(&[("app", "shop"), ("tier", "2"), ("done", "")]);
        for (text, expected) in [
            ("", true),
            ("app=shop", true),
            ("app==shop,tier!=3", true),
            ("app!=shop", false),
            ("missing!=x", true),
            ("app in (a, shop)", true),
            ("app notin (a,shop)", false),
            ("missing notin (a)", true),
            ("missing in (a)", false),
            ("app", true),
            ("missing", false),
            ("!missing", true),
            ("! app", false),
            ("tier>1,tier<3", true),
            ("tier>2", false),
            ("done=", true),
            ("example.com/app-x_y.z notin (1)", true),
        ] {
            let selector = LabelSelector::parse(text).unwrap();
            assert_eq!(selector.matches(&app), expected, "{text}");
        }
    }

    #[test]
    fn a_broken_selector_is_refused_in_the_servers_words() {
        assert_eq!(
            LabelSelector::parse("a b c").unwrap_err(),
            "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"
        );
        for (broken, why) in [
            (
                "a in b",
                "unable to parse requirement: found 'b' expected: '('",
            ),
            (
                "=x",
                "found '=', expected: !, identifier, or 'end of string'",
            ),
            (
                "!!",
                "unable to parse requirement: found '!', expected: identifier",
            ),
            (
                "a in (b",
                "unable to parse requirement: found '', expected: ',' or ')'",
            ),
            ("a=b c=d", "found 'c', expected: ',' or 'end of string'"),
            ("a=b=c", "found '=', expected: ',' or 'end of string'"),
            ("a=b,", "found '', expected: identifier after ','"),
            ("a,,b", "found ',', expected: identifier after ','"),
            (
                "tier>x",
                "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
            ),
        ] {
            assert_eq!(LabelSelector::parse(broken).unwrap_err(), why, "{broken}");
        }
    }

    #[test]
    fn field_selectors_split() {
        let parsed = FieldSelector::parse("metadata.name=x,status.phase!=Running").unwrap();
        assert_eq!(
            parsed.0,
            vec![
                ("metadata.name".to_owned(), true, "x".to_owned()),
                ("status.phase".to_owned(), false, "Running".to_owned())
            ]
        );
        assert!(FieldSelector::parse("nonsense").is_err());
    }
}

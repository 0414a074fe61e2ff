//! The `depends` expressions of DAG tasks, and `when` conditions.
//! Apart, because both are small languages of their own.

use std::collections::BTreeMap;

use super::node::Phase;

/// An expression over the results of other tasks.
#[derive(Clone, Debug, PartialEq)]
pub enum Depends {
    /// Depends on nothing.
    Nothing,
    /// One task, one result.
    Task(String, Outcome),
    /// All of them.
    All(Vec<Depends>),
    /// One of them.
    Any(Vec<Depends>),
    /// The opposite.
    Not(Box<Depends>),
}

/// A result of a task. Source: Argo's enhanced depends logic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No suffix: Succeeded, Skipped or Daemoned.
    Fine,
    /// `.Succeeded`
    Succeeded,
    /// `.Failed`
    Failed,
    /// `.Errored`
    Errored,
    /// `.Skipped`
    Skipped,
    /// `.Omitted`
    Omitted,
    /// `.Daemoned`
    Daemoned,
}

impl Depends {
    /// Parses `a && (b.Failed || !c)`; what cannot be read depends on nothing.
    pub fn parse(text: &str) -> Self {
        let tokens = tokens(text);
        let mut at = 0;
        any(&tokens, &mut at).unwrap_or(Self::Nothing)
    }

    /// The same, where failures that a task's `continueOn` (failed, error) allows count as fine.
    pub fn forgive(&self, forgiving: &BTreeMap<String, (bool, bool)>) -> Self {
        let all = |parts: &[Self]| parts.iter().map(|part| part.forgive(forgiving)).collect();
        match self {
            Self::All(parts) => Self::All(all(parts)),
            Self::Any(parts) => Self::Any(all(parts)),
            Self::Task(name, Outcome::Fine) => {
                let Some((failed, error)) = forgiving.get(name) else {
                    return self.clone();
                };
                let mut parts = vec![self.clone()];
                if *failed {
                    parts.push(Self::Task(name.clone(), Outcome::Failed));
                }
                if *error {
                    parts.push(Self::Task(name.clone(), Outcome::Errored));
                }
                Self::Any(parts)
            }
            other => other.clone(),
        }
    }

    /// The tasks named, in order.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Task(name, _) => vec![name],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::names).collect(),
            Self::Not(inner) => inner.names(),
        }
    }

    /// Whether it holds, given phase and daemoned of each task.
    pub fn holds(&self, look: &dyn Fn(&str) -> (Phase, bool)) -> bool {
        match self {
            Self::Nothing => true,
            Self::All(parts) => parts.iter().all(|part| part.holds(look)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(look)),
            Self::Not(inner) => !inner.holds(look),
            Self::Task(name, outcome) => {
                let (phase, daemoned) = look(name);
                match outcome {
                    Outcome::Fine => matches!(phase, Phase::Succeeded | Phase::Skipped) || daemoned,
                    Outcome::Succeeded => phase == Phase::Succeeded,
                    Outcome::Failed => phase == Phase::Failed,
                    Outcome::Errored => phase == Phase::Error,
                    Outcome::Skipped => phase == Phase::Skipped,
                    Outcome::Omitted => phase == Phase::Omitted,
                    Outcome::Daemoned => daemoned,
                }
            }
        }
    }
}

fn tokens(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_whitespace() || "()!&|".contains(c) {
            if !word.is_empty() {
                out.push(std::mem::take(&mut word));
            }
            match c {
                '&' | '|' => {
                    if chars.peek() == Some(&c) {
                        chars.next();
                    }
                    out.push(c.to_string());
                }
                '(' | ')' | '!' => out.push(c.to_string()),
                _ => {}
            }
        } else {
            word.push(c);
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

fn any(tokens: &[String], at: &mut usize) -> Option<Depends> {
    let mut parts = vec![all(tokens, at)?];
    while tokens.get(*at).is_some_and(|t| t == "|") {
        *at += 1;
        parts.push(all(tokens, at)?);
    }
    Some(if parts.len() == 1 {
        parts.remove(0)
    } else {
        Depends::Any(parts)
    })
}

fn all(tokens: &[String], at: &mut usize) -> Option<Depends> {
    let mut parts = vec![one(tokens, at)?];
    while tokens.get(*at).is_some_and(|t| t == "&") {
        *at += 1;
        parts.push(one(tokens, at)?);
    }
    Some(if parts.len() == 1 {
        parts.remove(0)
    } else {
        Depends::All(parts)
    })
}

fn one(tokens: &[String], at: &mut usize) -> Option<Depends> {
    let token = tokens.get(*at)?;
    *at += 1;
    match token.as_str() {
        "!" => Some(Depends::Not(Box::new(one(tokens, at)?))),
        "(" => {
            let inner = any(tokens, at)?;
            *at += 1;
            Some(inner)
        }
        ")" | "&" | "|" => None,
        word => {
            let (name, outcome) = match word.rsplit_once('.') {
                Some((name, "Succeeded" | "AnySucceeded")) => (name, Outcome::Succeeded),
                Some((name, "Failed" | "AllFailed")) => (name, Outcome::Failed),
                Some((name, "Errored")) => (name, Outcome::Errored),
                Some((name, "Skipped")) => (name, Outcome::Skipped),
                Some((name, "Omitted")) => (name, Outcome::Omitted),
                Some((name, "Daemoned")) => (name, Outcome::Daemoned),
                _ => (word, Outcome::Fine),
            };
            Some(Depends::Task(name.to_owned(), outcome))
        }
    }
}

/// Whether a filled-in `when` holds: comparisons joined by `&&` and `||`, no parentheses inside values.
/// What is no comparison holds if it is the word `true`.
pub fn when(text: &str) -> bool {
    text.split("||").any(|part| part.split("&&").all(compare))
}

fn compare(text: &str) -> bool {
    let text = text
        .trim()
        .trim_start_matches('(')
        .trim_end_matches(')')
        .trim();
    let plain = |s: &str| s.trim().trim_matches(['"', '\'']).to_owned();
    for sign in ["==", "!=", ">=", "<=", "=~", ">", "<"] {
        let Some((left, right)) = text.split_once(sign) else {
            continue;
        };
        let (left, right) = (plain(left), plain(right));
        let numbers = left.parse::<f64>().ok().zip(right.parse::<f64>().ok());
        return match (sign, numbers) {
            ("==", _) => left == right,
            ("!=", _) => left != right,
            ("=~", _) => left.contains(&right),
            (">=", Some((l, r))) => l >= r,
            ("<=", Some((l, r))) => l <= r,
            (">", Some((l, r))) => l > r,
            ("<", Some((l, r))) => l < r,
            _ => false,
        };
    }
    plain(text) == "true"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depends_follows_argos_rules() {
        let look = |name: &str| match name {
            "ok" => (Phase::Succeeded, false),
            "bad" => (Phase::Failed, false),
            "skip" => (Phase::Skipped, false),
            "daemon" => (Phase::Running, true),
            _ => (Phase::Omitted, false),
        };
        for (text, holds) in [
            ("", true),
            ("ok", true),
            ("skip && daemon", true),
            ("bad", false),
            ("bad.Failed", true),
            ("ok.Succeeded && (bad.Succeeded || bad.Failed)", true),
            ("!bad.Errored&&ok", true),
            ("gone", false),
            ("gone.Omitted || bad", true),
        ] {
            assert_eq!(Depends::parse(text).holds(&look), holds, "{text}");
        }
        assert_eq!(
            Depends::parse("a && (b.Failed || !c)").names(),
            ["a", "b", "c"]
        );
    }

    #[test]
    fn conditions_compare() {
        for (text, holds) in [
            ("Failed != Succeeded", true),
            ("heads == tails", false),
            ("3 > 2 && 'a' == a", true),
            ("1 == 2 || true", true),
            ("false", false),
        ] {
            assert_eq!(when(text), holds, "{text}");
        }
    }
}

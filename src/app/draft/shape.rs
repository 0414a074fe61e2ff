//! What kinds of value a field takes, and how each is read from what is typed and shown again.
//! Apart from the fields, of which many take the same.

use serde_json::{Value, json};

use super::given;

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One line.
    Text,
    /// Many lines.
    Long,
    /// A whole number, not negative.
    Number,
    /// A length of time, in seconds on the wire: `90`, `10m`, `1h30m`.
    Time,
    /// One of these.
    Choice(&'static [&'static str]),
    /// Yes or no; the one that holds where nothing is said.
    Switch(bool),
    /// The words of a command, as a shell reads them; nothing is expanded.
    Words,
    /// Whole numbers.
    Numbers,
    /// Names, with commas between them.
    Names,
    /// Lines of `place = value`: what a JSON body says.
    Says,
    /// Lines of `name = value`.
    Pairs,
    /// Variables, a line each.
    Env,
    /// Secrets and ConfigMaps whose keys are variables, a line each.
    EnvFrom,
    /// Lines of `name = path`.
    Files,
}

const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl Shape {
    /// It is edited as a page, not as a line.
    pub fn is_long(self) -> bool {
        matches!(
            self,
            Self::Long | Self::Says | Self::Pairs | Self::Env | Self::EnvFrom | Self::Files
        )
    }

    /// Its values can be turned through by a key.
    pub fn turns(self) -> bool {
        matches!(self, Self::Choice(_) | Self::Switch(_))
    }

    /// What was typed as a value; nothing for an empty text.
    ///
    /// # Errors
    /// What it would have to be.
    pub fn read(self, typed: &str) -> Result<Option<Value>, String> {
        let text = typed.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let list = |items: Vec<Value>| Value::Array(items);
        Ok(Some(match self {
            Self::Text => text.into(),
            Self::Long => typed.trim_end().into(),
            Self::Number => number(text)?.into(),
            Self::Time => time(text)?.into(),
            Self::Choice(of) if of.contains(&text) => text.into(),
            Self::Choice(of) => return Err(format!("one of {}", of.join(", "))),
            Self::Switch(_) => match text {
                "yes" | "true" => true.into(),
                "no" | "false" => false.into(),
                _ => return Err("yes or no".to_owned()),
            },
            Self::Words => list(words(text)?.into_iter().map(Value::from).collect()),
            Self::Numbers => {
                let each = text.split([',', ' ']).filter(|one| !one.is_empty());
                let numbers: Result<Vec<Value>, String> =
                    each.map(|one| Ok(number(one)?.into())).collect();
                list(numbers?)
            }
            Self::Names => {
                let each = text.split(',').map(str::trim).filter(|one| !one.is_empty());
                list(each.map(Value::from).collect())
            }
            Self::Says => {
                let said = |(path, equals)| json!({"path": path, "equals": equals});
                list(pairs(text)?.into_iter().map(said).collect())
            }
            Self::Env => given::env(text)?,
            Self::EnvFrom => given::env_from(text)?,
            Self::Files => given::files(text)?,
            Self::Pairs => {
                let each = pairs(text)?.into_iter();
                Value::Object(
                    each.map(|(name, value)| (name.to_owned(), value.into()))
                        .collect(),
                )
            }
        }))
    }

    /// A value as it would be typed.
    pub fn show(self, value: &Value) -> String {
        let texts = || value.as_array().into_iter().flatten();
        let plain = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let joined = |sign: &str| texts().map(plain).collect::<Vec<_>>().join(sign);
        match (self, value) {
            (Self::Time, Value::Number(seconds)) => told(seconds.as_u64().unwrap_or_default()),
            (Self::Switch(_), Value::Bool(on)) => if *on { "yes" } else { "no" }.to_owned(),
            (Self::Words, Value::Array(_)) => texts()
                .map(|word| quoted(&plain(word)))
                .collect::<Vec<_>>()
                .join(" "),
            (Self::Numbers | Self::Names, Value::Array(_)) => joined(", "),
            (Self::Says, Value::Array(_)) => {
                let said = texts()
                    .map(|one| format!("{} = {}", plain(&one["path"]), plain(&one["equals"])));
                said.collect::<Vec<_>>().join("\n")
            }
            (Self::Env | Self::EnvFrom | Self::Files, Value::Array(_)) => given::show(value),
            (Self::Pairs, Value::Object(pairs)) => {
                let each = pairs
                    .iter()
                    .map(|(name, value)| format!("{name} = {}", plain(value)));
                each.collect::<Vec<_>>().join("\n")
            }
            _ => plain(value),
        }
    }
}

fn number(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a whole number"))
}

/// A length of time in seconds.
fn time(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a length of time, as 90s, 10m or 1h30m");
    let mut total = 0_u64;
    let mut digits = String::new();
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let (_, unit) = UNITS
            .iter()
            .find(|(name, _)| *name == c)
            .ok_or_else(wrong)?;
        let count: u64 = digits.parse().map_err(|_| wrong())?;
        digits.clear();
        total = count
            .checked_mul(*unit)
            .and_then(|more| total.checked_add(more))
            .ok_or_else(wrong)?;
    }
    if digits.is_empty() {
        return Ok(total);
    }
    let rest: u64 = digits.parse().map_err(|_| wrong())?;
    // A number by itself is in seconds, and nothing follows a unit without one.
    match text.chars().all(|c| c.is_ascii_digit()) {
        true => Ok(rest),
        false => Err(wrong()),
    }
}

/// `1h30m`.
pub(super) fn told(seconds: u64) -> String {
    let mut rest = seconds;
    let mut text = String::new();
    for (name, unit) in UNITS {
        if rest >= unit {
            text += &format!("{}{name}", rest / unit);
            rest %= unit;
        }
    }
    match text.is_empty() {
        true => "0s".to_owned(),
        false => text,
    }
}

fn pairs(text: &str) -> Result<Vec<(&str, &str)>, String> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let (name, value) = line
                .split_once('=')
                .ok_or_else(|| format!("`{line}` has no ="))?;
            Ok((name.trim(), value.trim()))
        })
        .collect()
}

/// Words as a POSIX shell would have them, without anything being expanded.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('"'), '\\') => match chars.next() {
                Some(next @ ('"' | '\\' | '$' | '`')) => word.get_or_insert_default().push(next),
                Some(next) => word.get_or_insert_default().extend(['\\', next]),
                None => return Err("a backslash at the end stands before nothing".to_owned()),
            },
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            (None, '\\') => match chars.next() {
                Some(next) => word.get_or_insert_default().push(next),
                None => return Err("a backslash at the end stands before nothing".to_owned()),
            },
            (None, c) if c.is_whitespace() => all.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    if let Some(quote) = quote {
        return Err(format!("a {quote} is open"));
    }
    all.extend(word);
    Ok(all)
}

/// A word so that [`words`] reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !"'\"\\".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_typed_is_read_as_a_shell_reads_words() {
        // Expected: `printf '%s|' …` in dash, without expansion.
        for (typed, words) in [
            ("npm test", vec!["npm", "test"]),
            ("sh -c 'a  b'", vec!["sh", "-c", "a  b"]),
            (r#"a "b \" c" d\ e ''"#, vec!["a", "b \" c", "d e", ""]),
            ("a'b'c", vec!["abc"]),
        ] {
            assert_eq!(super::words(typed).unwrap(), words, "{typed}");
        }
        assert!(Shape::Words.read("a 'b").unwrap_err().contains("is open"));
    }

    #[test]
    fn times_are_read_and_told() {
        for (typed, seconds) in [
            ("90", 90),
            ("10m", 600),
            ("1h30m", 5400),
            ("2 d", 172_800),
            ("1m5s", 65),
        ] {
            assert_eq!(
                Shape::Time.read(typed).unwrap(),
                Some(seconds.into()),
                "{typed}"
            );
        }
        for wrong in ["m", "10x", "1h30", "-5", "99999999999999999999d"] {
            assert!(Shape::Time.read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Shape::Time.show(&json!(5400)), "1h30m");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(words in prop::collection::vec("[ -~é日]{0,12}", 1..5), seconds in 1_u64..10_000_000) {
            let value = json!(words);
            prop_assert_eq!(Shape::Words.read(&Shape::Words.show(&value)).unwrap(), Some(value));
            let value = json!(seconds);
            prop_assert_eq!(Shape::Time.read(&Shape::Time.show(&value)).unwrap(), Some(value));
        }

        #[test]
        fn any_text_is_read_or_told_to_be_wrong(text in ".{0,40}") {
            for shape in [Shape::Number, Shape::Time, Shape::Words, Shape::Numbers, Shape::Names, Shape::Says, Shape::Pairs, Shape::Env, Shape::EnvFrom, Shape::Files] {
                let _ = shape.read(&text);
            }
        }
    }
}

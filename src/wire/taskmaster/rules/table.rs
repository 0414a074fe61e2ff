//! A table of TOML, read key by key; what nobody asks for is a mistake.
//! Apart from what the keys mean.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::Wrong;

/// A table that is being read.
pub(super) struct Table<'t> {
    table: &'t DeTable<'t>,
    at: Range<usize>,
    asked: BTreeSet<String>,
    wrong: &'t mut Wrong,
}

impl<'t> Table<'t> {
    pub(super) fn new(table: &'t DeTable<'t>, at: Range<usize>, wrong: &'t mut Wrong) -> Self {
        Self {
            table,
            at,
            asked: BTreeSet::new(),
            wrong,
        }
    }

    /// How many mistakes there are in the file so far.
    pub(super) fn mistakes(&self) -> usize {
        self.wrong.len()
    }

    /// Something is wrong at these bytes.
    pub(super) fn wrong(&mut self, at: Range<usize>, what: String, help: String) {
        self.wrong.push((at, what, help));
    }

    /// Something is wrong with the table as a whole.
    pub(super) fn note(&mut self, what: &str, help: &str) {
        self.wrong(self.at.clone(), what.to_owned(), help.to_owned());
    }

    /// Its keys.
    pub(super) fn names(&self) -> Vec<String> {
        let mut keys: Vec<_> = self
            .table
            .iter()
            .map(|(key, _)| (key.span().start, key.get_ref().to_string()))
            .collect();
        keys.sort();
        keys.into_iter().map(|(_, name)| name).collect()
    }

    /// It has the key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.iter().any(|(name, _)| name.get_ref() == key)
    }

    fn value(&mut self, key: &str) -> Option<(&'t DeValue<'t>, Range<usize>)> {
        self.asked.insert(key.to_owned());
        let (_, value) = self.table.iter().find(|(name, _)| name.get_ref() == key)?;
        Some((value.get_ref(), value.span()))
    }

    /// A text, and its bytes.
    pub(super) fn text(&mut self, key: &str) -> Option<(String, Range<usize>)> {
        match self.value(key)? {
            (DeValue::String(text), at) => Some((text.to_string(), at)),
            (_, at) => {
                self.wrong(at, format!("`{key}` is text"), format!("{key} = \"…\""));
                None
            }
        }
    }

    /// A text that is one of these.
    pub(super) fn one_of(&mut self, key: &str, known: &[&str]) -> Option<String> {
        let (text, at) = self.text(key)?;
        if known.contains(&&*text) {
            return Some(text);
        }
        let help = match nearest(&text, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", known.join(", ")),
        };
        self.wrong(at, format!("`{key}` is not `{text}`"), help);
        None
    }

    /// Texts; a single one may stand without brackets.
    pub(super) fn texts(&mut self, key: &str) -> Vec<String> {
        match self.value(key) {
            None => Vec::new(),
            Some((DeValue::String(text), _)) => vec![text.to_string()],
            Some((DeValue::Array(items), at)) => {
                let texts: Option<Vec<String>> = (items.iter())
                    .map(|item| match item.get_ref() {
                        DeValue::String(text) => Some(text.to_string()),
                        _ => None,
                    })
                    .collect();
                texts.unwrap_or_else(|| {
                    self.wrong(
                        at,
                        format!("`{key}` is a list of texts"),
                        format!("{key} = [\"15\", \"16.*\"]"),
                    );
                    Vec::new()
                })
            }
            Some((_, at)) => {
                self.wrong(
                    at,
                    format!("`{key}` is a list of texts"),
                    format!("{key} = [\"15\", \"16.*\"]"),
                );
                Vec::new()
            }
        }
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        match self.value(key)? {
            (DeValue::Boolean(yes), _) => Some(*yes),
            (_, at) => {
                self.wrong(
                    at,
                    format!("`{key}` is true or false"),
                    "without quotes".to_owned(),
                );
                None
            }
        }
    }

    /// Reads each table of a list; whether there is such a list.
    pub(super) fn each(
        &mut self,
        key: &str,
        help: &str,
        read: &mut dyn FnMut(&mut Table<'_>),
    ) -> bool {
        let items = match self.value(key) {
            None => return false,
            Some((DeValue::Array(items), _)) => items,
            Some((_, at)) => {
                self.wrong(at, format!("`{key}` is a list of tables"), help.to_owned());
                return false;
            }
        };
        for item in items.iter() {
            let DeValue::Table(table) = item.get_ref() else {
                self.wrong(
                    item.span(),
                    format!("`{key}` is a list of tables"),
                    help.to_owned(),
                );
                continue;
            };
            let mut one = Table::new(table, item.span(), self.wrong);
            read(&mut one);
            one.end();
        }
        true
    }

    /// A whole number.
    pub(super) fn number(&mut self, key: &str) -> Option<u32> {
        let (value, at) = self.value(key)?;
        self.whole(key, value, at)
    }

    /// Whole numbers; a single one may stand without brackets.
    pub(super) fn numbers(&mut self, key: &str) -> Vec<u32> {
        match self.value(key) {
            None => Vec::new(),
            Some((DeValue::Array(items), _)) => {
                let read = |item: &'t toml::Spanned<DeValue<'t>>| (item.get_ref(), item.span());
                let all: Vec<_> = items.iter().map(read).collect();
                all.into_iter()
                    .filter_map(|(value, at)| self.whole(key, value, at))
                    .collect()
            }
            Some((value, at)) => self.whole(key, value, at).into_iter().collect(),
        }
    }

    fn whole(&mut self, key: &str, value: &DeValue<'_>, at: Range<usize>) -> Option<u32> {
        let number = match value {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong(
                at,
                format!("`{key}` is a whole number"),
                format!("{key} = 60"),
            );
        }
        number
    }

    /// Names the keys that nobody asked for.
    pub(super) fn end(&mut self) {
        let known: Vec<String> = self.asked.iter().cloned().collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        for (key, _) in self.table.iter() {
            let name = &**key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let help = match nearest(name, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("here may stand {}", known.join(", ")),
            };
            self.wrong
                .push((key.span(), format!("there is no `{name}` here"), help));
        }
    }
}

/// The known word that was probably meant.
pub(super) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let lower = word.to_lowercase();
    let near = known
        .iter()
        .map(|name| (strsim::osa_distance(&name.to_lowercase(), &lower), *name))
        .min()?;
    (near.0 <= (near.1.len().max(3) / 3).min(3)).then_some(near.1)
}

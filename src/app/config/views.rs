//! `[[view]]` of `config.toml`: filters with a name and an order, which the Runs screen shows as tabs.
//! Apart from the rules of notifications, which are other tables read in the same way.

use serde::{Deserialize, Serialize};

use super::document::{Document, Entry, Value};
use super::problem::{Problem, did_you_mean, nearest};
use super::rules::{Fields, Wrong, filter, tables, unknown};
use crate::app::query::Query;
use crate::app::select::SortKey;
use crate::model::text::clean;

/// What a view may say.
pub const FIELDS: &Fields = &[
    ("name", "text", "what its tab is called"),
    ("filter", "text", "words of the filter"),
    (
        "sort",
        "text",
        "`attention`, `newest`, `ended`, `longest`, `name` or `progress`; unless said `attention`",
    ),
    ("reverse", "flag", "the other way round"),
];

/// A filter with a name and an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// What it is called.
    pub name: String,
    /// Which runs.
    pub query: Query,
    /// In which order.
    pub sort: SortKey,
    /// The other way round.
    pub reversed: bool,
}

impl View {
    /// Reads all `[[view]]`. What is wrong in one is named and the rest of it is in force, as long as it says what it is
    /// called and which runs: a tab that shows other runs than it was made for would deceive.
    pub fn read(document: &Document, entry: &Entry, problems: &mut Vec<Problem>) -> Vec<Self> {
        tables(document, entry, problems, Self::of)
    }

    fn of(entries: &[Entry]) -> (Option<Self>, Vec<Wrong>) {
        let mut view = Self {
            name: String::new(),
            query: Query::default(),
            sort: SortKey::default(),
            reversed: false,
        };
        let mut wrong = Vec::new();
        let mut filtered = true;
        for entry in entries {
            let bad =
                |what: &str, help: &str| (entry.at.clone(), what.to_string(), help.to_string());
            let outcome = match (entry.key.as_str(), &entry.value) {
                ("name", Value::Text(name)) if !name.trim().is_empty() => {
                    view.name = clean(name.trim()).into_owned();
                    Ok(())
                }
                ("name", _) => Err(bad("`name` is text", "name = \"Payments\"")),
                ("filter", _) => {
                    let query = filter(entry);
                    filtered = query.is_ok();
                    query.map(|query| view.query = query)
                }
                ("sort", Value::Text(name)) => order(entry, name).map(|key| view.sort = key),
                ("sort", _) => Err(bad("`sort` is text", "sort = \"ended\"")),
                ("reverse", Value::Bool(yes)) => {
                    view.reversed = *yes;
                    Ok(())
                }
                ("reverse", _) => Err(bad("`reverse` is true or false", "without quotes")),
                (key, _) => {
                    let names = FIELDS.iter().map(|(name, ..)| *name);
                    filtered &= nearest(key, names) != Some("filter");
                    Err(unknown(entry, FIELDS))
                }
            };
            wrong.extend(outcome.err());
        }
        if view.name.is_empty()
            && wrong.is_empty()
            && let Some(first) = entries.first()
        {
            let what = "this view has no name".to_string();
            wrong.push((
                first.key_at.clone(),
                what,
                "name = \"Payments\"".to_string(),
            ));
        }
        let holds = filtered && !view.name.is_empty();
        (holds.then_some(view), wrong)
    }

    /// The view as `config.toml` would say it.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!("name = {:?}", self.name),
            format!("filter = {:?}", self.query.text()),
            format!("sort = \"{}\"", self.sort.name()),
        ];
        if self.reversed {
            lines.push("reverse = true".to_string());
        }
        lines
    }
}

fn order(entry: &Entry, name: &str) -> Result<SortKey, Wrong> {
    let names = SortKey::ALL.map(SortKey::name);
    SortKey::named(name).ok_or_else(|| {
        let all = format!("there are {}", names.join(", "));
        let what = format!("`{name}` is not an order");
        (entry.at.clone(), what, did_you_mean(name, names, &all))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::document::Source;
    use super::*;

    #[test]
    fn a_view_is_a_filter_with_a_name_and_an_order() {
        let text = "[[view]]\nname = \"Pay\"\nfilter = \"ns:pay\"\nsort = \"ended\"\nreverse = true\n\
            [[view]]\nname = \"All\"\n[[view]]\nfilter = \"x\"\n[[view]]\nname = \"B\"\nsort = \"endde\"\n\
            [[view]]\nname = \"C\"\nsrot = \"x\"\nsort = \"created\"\n[[view]]\nname = \"D\"\nfilter = \"statsu:x\"\n\
            [[view]]\nname = \"E\"\nfitler = \"x\"\n";
        let mut problems = Vec::new();
        let document = Document::read(&Source::new("f", text), &mut problems);
        let views = View::read(&document, document.get("view").unwrap(), &mut problems);
        let names: Vec<&str> = views.iter().map(|view| view.name.as_str()).collect();
        assert_eq!(names, ["Pay", "All", "B", "C"]);
        assert_eq!((views[0].sort, views[0].reversed), (SortKey::Ended, true));
        assert_eq!(
            views[0].lines().join("\n"),
            "name = \"Pay\"\nfilter = \"ns:pay\"\nsort = \"ended\"\nreverse = true"
        );
        let said: Vec<String> = problems
            .iter()
            .map(|p| format!("{} {}", p.place, p.sentence()))
            .collect();
        assert_eq!(
            said,
            [
                "f:9:1 this view has no name; name = \"Payments\"; this [[view]] is left out",
                "f:12:8 `endde` is not an order; did you mean `ended`?; the rest of this [[view]] is in force",
                "f:15:1 `srot` means nothing here; did you mean `sort`?; the rest of this [[view]] is in force",
                "f:19:10 `statsu:` is not a field: status: ns: name: task: service: verdict: is:qarun kind: from: msg: cause: label: dur> age< / ! \"; quote it to search for the text; this [[view]] is left out",
                "f:22:1 `fitler` means nothing here; did you mean `filter`?; this [[view]] is left out",
            ]
        );
        assert_eq!(
            views[3].sort,
            SortKey::Created,
            "a name of before still holds"
        );
    }
}

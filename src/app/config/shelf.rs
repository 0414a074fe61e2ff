//! Files of one kind by name, built in and a person's own, and what a file inherits.
//! Apart from themes and keymaps, which inherit in the same way.

use std::collections::BTreeMap;

use super::document::{Document, Source};
use super::problem::{Problem, did_you_mean};

/// What `inherits` says where nothing at all is to be inherited.
pub const NOTHING: &str = "none";

/// All files of one kind. A person's own file is found before a built-in one of the same name, and may inherit that one.
#[derive(Clone, Copy, Debug)]
pub struct Shelf<'a> {
    /// What the files are, for sentences: `theme`.
    pub kind: &'static str,
    /// Name and text of what is built in.
    pub built_in: &'static [(&'static str, &'static str)],
    /// A person's own, by name.
    pub own: &'a BTreeMap<String, Source>,
    /// What a file inherits that does not say it.
    pub unless_said: Option<&'a str>,
    /// What a file inherits whose parent cannot be found: half a file alone would be of no use to anybody.
    pub in_need: &'a str,
}

impl<'a> Shelf<'a> {
    /// The names there are, a person's own first.
    pub fn names(&self) -> Vec<&'a str> {
        let own = self.own.keys().map(String::as_str);
        let rest = self.built_in.iter().map(|(name, _)| *name);
        own.chain(rest.filter(|name| !self.own.contains_key(*name)))
            .collect()
    }

    /// The names as the end of a sentence.
    fn listed(&self) -> String {
        self.names().join(", ")
    }

    /// Whether there is a file of this name.
    ///
    /// # Errors
    /// What is wrong, and what was probably meant.
    pub fn knows(&self, name: &str) -> Result<(), (String, String)> {
        if self.find(name).is_some() {
            return Ok(());
        }
        let all = format!("there are {}", self.listed());
        Err((
            format!("there is no {} `{name}`", self.kind),
            did_you_mean(name, self.names(), &all),
        ))
    }

    /// The file of this name.
    pub fn find(&self, name: &str) -> Option<Source> {
        self.own
            .get(name)
            .cloned()
            .or_else(|| self.find_built_in(name))
    }

    fn find_built_in(&self, name: &str) -> Option<Source> {
        let (_, text) = self.built_in.iter().find(|(known, _)| *known == name)?;
        Some(Source::new(
            format!("built-in {}s/{name}.toml", self.kind),
            *text,
        ))
    }

    /// The file and all it inherits, the eldest first.
    pub fn lineage(&self, first: &Source, problems: &mut Vec<Problem>) -> Vec<Document> {
        let mut line = vec![Document::read(first, problems)];
        while let Some(youngest) = line.last()
            && let Some(parent) = self.parent(youngest, &line, problems)
        {
            line.push(Document::read(&parent, problems));
        }
        line.reverse();
        line
    }

    /// What a file inherits; `None` at the end of the line.
    fn parent(
        &self,
        of: &Document,
        line: &[Document],
        problems: &mut Vec<Problem>,
    ) -> Option<Source> {
        let is_built_in = of.source.file.starts_with("built-in ");
        let unknown = |source: &Source| line.iter().all(|d| d.source.file != source.file);
        // The eldest of what is built in inherits nothing.
        let otherwise = self.unless_said.filter(|_| !is_built_in);
        let otherwise = || otherwise.and_then(|name| self.find(name)).filter(unknown);
        let in_need = || self.find_built_in(self.in_need).filter(unknown);
        let Some(entry) = of.get("inherits") else {
            return otherwise();
        };
        let Some(name) = entry.value.text() else {
            let help = format!("name a {}: {}", self.kind, self.listed());
            let what = "`inherits` is not a name";
            problems.push(of.source.problem(&entry.at, what, help));
            return in_need();
        };
        if name == NOTHING {
            return None;
        }
        // What is built in is the same everywhere: it does not inherit what somebody wrote.
        let own = self.own.get(name).filter(|_| !is_built_in).cloned();
        let found: Vec<Source> = own.into_iter().chain(self.find_built_in(name)).collect();
        if let Some(parent) = found.iter().find(|source| unknown(source)) {
            return Some(parent.clone());
        }
        let in_turn = (
            format!("`{name}` inherits this file in turn"),
            "one of them must not inherit the other".to_string(),
        );
        let (what, help) = self.knows(name).err().unwrap_or(in_turn);
        problems.push(of.source.problem(&entry.at, what, help));
        in_need()
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    const BUILT_IN: &[(&str, &str)] = &[("dusk", "x = 1"), ("dawn", "inherits = \"dusk\"")];

    fn check(own: &[(&str, &str)], first: &str, line: &[&str], wrong: &[&str]) {
        let own = own
            .iter()
            .map(|(name, text)| (name.to_string(), Source::new(*name, *text)))
            .collect();
        let shelf = Shelf {
            kind: "theme",
            built_in: BUILT_IN,
            own: &own,
            unless_said: None,
            in_need: "dusk",
        };
        let mut problems = Vec::new();
        let first = shelf.find(first).expect("it is on the shelf");
        let found = shelf.lineage(&first, &mut problems);
        let files: Vec<&str> = found.iter().map(|d| &*d.source.file).collect();
        assert_eq!(files, line);
        let said: Vec<String> = problems.iter().map(Problem::sentence).collect();
        assert_eq!(said, wrong);
    }

    #[test]
    fn a_file_inherits_by_name_and_its_own_name_is_the_built_in_one() {
        let dusk = "built-in themes/dusk.toml";
        check(&[], "dawn", &[dusk, "built-in themes/dawn.toml"], &[]);
        check(
            &[("dusk", "inherits = \"dusk\"")],
            "dusk",
            &[dusk, "dusk"],
            &[],
        );
        check(
            &[("dusk", "y = 1")],
            "dawn",
            &[dusk, "built-in themes/dawn.toml"],
            &[],
        );
        check(&[("mine", "inherits = \"none\"")], "mine", &["mine"], &[]);
    }

    #[test]
    fn cycles_and_unknown_names_end_in_what_is_built_in() {
        let dusk = "built-in themes/dusk.toml";
        let a = ("a", "inherits = \"b\"");
        check(
            &[a, ("b", "inherits = \"a\"")],
            "a",
            &[dusk, "b", "a"],
            &["`a` inherits this file in turn; one of them must not inherit the other"],
        );
        check(
            &[("a", "inherits = \"a\"")],
            "a",
            &[dusk, "a"],
            &["`a` inherits this file in turn; one of them must not inherit the other"],
        );
        check(
            &[("a", "inherits = \"dsuk\"")],
            "a",
            &[dusk, "a"],
            &["there is no theme `dsuk`; did you mean `dusk`?"],
        );
        check(
            &[("a", "inherits = 3")],
            "a",
            &[dusk, "a"],
            &["`inherits` is not a name; name a theme: a, dusk, dawn"],
        );
    }
}

//! Theme files into styles: `[palette]`, `[style]` by role, `[glyph]`, laid over what they inherit.
//! Apart from themes in force, because a file can be wrong in every line and a theme cannot.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};

use super::{BUILT_IN, Role, colour};
use crate::app::config::document::{Document, Entry, Source, Value};
use crate::app::config::problem::{Place, Problem, did_you_mean};
use crate::app::config::shelf::Shelf;
use crate::ui::glyphs::{self, Marks};

/// Theme files, built in and a person's own.
pub fn shelf(own: &BTreeMap<String, Source>) -> Shelf<'_> {
    Shelf {
        kind: "theme",
        built_in: BUILT_IN,
        own,
        unless_said: None,
        in_need: "dusk",
    }
}

/// What some theme files say together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Colours by name.
    pub palette: BTreeMap<String, (Color, Place)>,
    /// Styles by role, or by the family of roles before the dot.
    pub styles: BTreeMap<String, (Style, Place)>,
    /// The ASCII set is wanted.
    pub ascii: bool,
    /// Single marks.
    pub marks: Marks,
}

/// What an entry of `[style]` can say besides colours.
pub const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

impl Sheet {
    /// A built-in theme's. `None`: there is none of this name.
    pub fn built_in(name: &str) -> Option<(Self, Vec<Problem>)> {
        let none = BTreeMap::new();
        let shelf = shelf(&none);
        let mut problems = Vec::new();
        let line = shelf.lineage(&shelf.find(name)?, &mut problems);
        Some((Self::of(&line, &mut problems), problems))
    }

    /// What these files say, each laid over those before it.
    pub fn of(line: &[Document], problems: &mut Vec<Problem>) -> Self {
        let mut sheet = Self::default();
        // A style may use a colour that a younger file gives another value.
        for document in line {
            sheet.palette(document, problems);
        }
        let mut styles: BTreeMap<String, Vec<(&Document, &Entry)>> = BTreeMap::new();
        for document in line {
            for (role, entry) in roles(document, problems) {
                styles.entry(role).or_default().push((document, entry));
            }
            sheet.glyphs(document, problems);
        }
        for (role, mut entries) in styles {
            // Where a colour is none, what the file inherits holds.
            while let Some((document, entry)) = entries.pop() {
                if let Some(style) = sheet.read_style(document, entry, problems) {
                    sheet.styles.insert(role, (style, document.place(entry)));
                    break;
                }
            }
        }
        sheet
    }

    /// The style of this name, if it has one.
    pub fn style(&self, name: &str) -> Option<Style> {
        self.styles.get(name).map(|(style, _)| *style)
    }

    fn palette(&mut self, document: &Document, problems: &mut Vec<Problem>) {
        for entry in table(document, "palette", problems) {
            match word(&entry.value).and_then(|text| colour::parse(&text)) {
                Some(colour) => {
                    let place = document.place(entry);
                    self.palette.insert(entry.key.clone(), (colour, place));
                }
                None => problems.push(document.source.problem(
                    &entry.at,
                    format!("`{}` is not a colour", document.source.said(entry)),
                    "write \"#rrggbb\", a name of the sixteen, a number from 0 to 255, or \"default\"",
                )),
            }
        }
    }

    fn glyphs(&mut self, document: &Document, problems: &mut Vec<Problem>) {
        for entry in table(document, "glyph", problems) {
            let wrong = |at, what: String, help: String| document.source.problem(at, what, help);
            if entry.key == "set" {
                match entry.value.text() {
                    Some("ascii") => self.ascii = true,
                    Some("unicode") => self.ascii = false,
                    _ => {
                        let what =
                            format!("`{}` is not a set of marks", document.source.said(entry));
                        let help = "there are unicode, ascii".to_string();
                        problems.push(wrong(&entry.at, what, help));
                    }
                }
                continue;
            }
            let names = glyphs::names();
            if !names.contains(&entry.key.as_str()) {
                let what = format!("`{}` is not a mark", entry.key);
                let otherwise = format!("there are set, {}", names.join(", "));
                let known = names.iter().copied().chain(["set"]);
                let help = did_you_mean(&entry.key, known, &otherwise);
                problems.push(wrong(&entry.key_at, what, help));
                continue;
            }
            match glyphs::mark(entry.value.text().unwrap_or_default()) {
                Ok(mark) => {
                    self.marks.insert(entry.key.clone(), mark);
                }
                Err(what) => {
                    let help = "a mark is one character that is one cell wide".to_string();
                    problems.push(wrong(&entry.at, what, help));
                }
            }
        }
    }

    /// `"red"`, or `{ fg = "red", bg = "#202020", bold = true }`. `None` where a colour is none; what else is wrong is
    /// named, and the rest counts.
    fn read_style(
        &self,
        document: &Document,
        entry: &Entry,
        problems: &mut Vec<Problem>,
    ) -> Option<Style> {
        let mut style = Style::default();
        let Value::Table(fields) = &entry.value else {
            let colour = self.colour(document, entry, problems);
            return colour.map(|colour| style.fg(colour));
        };
        let mut whole = true;
        for field in fields {
            let wrong = |at, what, help| document.source.problem(at, what, help);
            let modifier = MODIFIERS.iter().find(|(name, _)| *name == field.key);
            match (field.key.as_str(), modifier, &field.value) {
                ("fg" | "bg", ..) => {
                    let colour = self.colour(document, field, problems);
                    whole &= colour.is_some();
                    match field.key.as_str() {
                        "fg" => style.fg = colour,
                        _ => style.bg = colour,
                    }
                }
                (_, Some((_, modifier)), Value::Bool(on)) => {
                    if *on {
                        style = style.add_modifier(*modifier);
                    }
                }
                (name, Some(_), _) => {
                    let what = format!("`{name}` is true or false");
                    problems.push(wrong(&field.at, what, "without quotes".to_string()));
                }
                (name, None, _) => {
                    let known = field_names();
                    let otherwise = format!("there are {}", known.join(", "));
                    let help = did_you_mean(name, known, &otherwise);
                    let what = format!("`{name}` is not part of a style");
                    problems.push(wrong(&field.key_at, what, help));
                }
            }
        }
        whole.then_some(style)
    }

    fn colour(
        &self,
        document: &Document,
        entry: &Entry,
        problems: &mut Vec<Problem>,
    ) -> Option<Color> {
        let text = word(&entry.value).unwrap_or_default();
        let found = self.palette.get(&text).map(|(colour, _)| *colour);
        let found = found.or_else(|| colour::parse(&text));
        if found.is_none() {
            let palette = self.palette.keys().map(String::as_str);
            let known: Vec<&str> = palette
                .chain(colour::NAMES.iter().map(|(name, _)| *name))
                .collect();
            let help = did_you_mean(
                &text,
                known,
                "colours are the palette's, the sixteen of the terminal, 0 to 255, and \"#rrggbb\"",
            );
            let what = format!("`{}` is not a colour", document.source.said(entry));
            problems.push(document.source.problem(&entry.at, what, help));
        }
        found
    }
}

/// Names of the parts of a style.
pub fn field_names() -> Vec<&'static str> {
    let modifiers = MODIFIERS.iter().map(|(name, _)| *name);
    ["fg", "bg"].into_iter().chain(modifiers).collect()
}

/// Names that can stand in `[style]`.
pub fn role_names() -> Vec<String> {
    let roles = Role::all().map(Role::name);
    roles.chain(["state".to_string()]).collect()
}

/// A word, however it is written: `208` is a colour as well as `"208"`.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        _ => None,
    }
}

/// The entries of a table of a theme file; at the first table what does not belong into the file is named.
fn table<'a>(document: &'a Document, name: &str, problems: &mut Vec<Problem>) -> &'a [Entry] {
    const TABLES: [&str; 3] = ["palette", "style", "glyph"];
    if name == TABLES[0] {
        for entry in &document.entries {
            let key = entry.key.as_str();
            if !TABLES.contains(&key) && !["inherits", "$schema"].contains(&key) {
                let what = format!("`{key}` does not belong into a theme");
                let otherwise = "a theme has inherits, [palette], [style], [glyph]";
                let help = did_you_mean(key, TABLES.into_iter().chain(["inherits"]), otherwise);
                problems.push(document.source.problem(&entry.key_at, what, help));
            }
        }
    }
    match document.get(name).map(|entry| (entry, &entry.value)) {
        Some((_, Value::Table(entries))) => entries,
        Some((entry, _)) => {
            let what = format!("`{name}` is a table");
            let help = format!("[{name}] on a line of its own");
            problems.push(document.source.problem(&entry.at, what, help));
            &[]
        }
        None => &[],
    }
}

/// The styles of a file by role: `"state.failed" = …`, `state.failed = …` and `state = …` alike.
fn roles<'a>(document: &'a Document, problems: &mut Vec<Problem>) -> Vec<(String, &'a Entry)> {
    let mut found = Vec::new();
    for entry in table(document, "style", problems) {
        match &entry.value {
            Value::Table(inside)
                if ["state", "match"].contains(&entry.key.as_str())
                    && !inside.is_empty()
                    && !is_style(inside) =>
            {
                let key = |e: &Entry| format!("{}.{}", entry.key, e.key);
                found.extend(inside.iter().map(|e| (key(e), e)));
            }
            _ => found.push((entry.key.clone(), entry)),
        }
    }
    let known = role_names();
    found.retain(|(role, entry)| {
        let is_known = known.contains(role);
        if !is_known {
            let what = format!("`{role}` is not a role");
            let plain: Vec<&str> = known.iter().map(String::as_str).collect();
            let otherwise = "`tiphys config show` lists them all";
            let help = did_you_mean(role, plain.iter().copied(), otherwise);
            problems.push(document.source.problem(&entry.key_at, what, help));
        }
        is_known
    });
    found
}

fn is_style(entries: &[Entry]) -> bool {
    let names = field_names();
    entries.iter().any(|e| names.contains(&e.key.as_str()))
}

#[cfg(test)]
mod tests;

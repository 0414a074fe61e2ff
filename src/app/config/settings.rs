//! `config.toml`: what each setting may say, what it says, and where that was said.
//! Apart from what the settings bring about: other rooms draw, look up keys and read files.

use std::fmt;

use serde::{Deserialize, Serialize};

pub use super::keys::{AUTO, KEYS, Key, Kind};

use super::Habits;
use super::claude::Asking;
use super::document::{Document, Entry, Value};
use super::links::{self, Links};
use super::problem::{Place, Problem, did_you_mean};
use super::rules::Rule;
use super::shelf::Shelf;
use super::views::View;
use crate::app::graphics::Wish;

/// Who said it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Nobody: it is so unless said otherwise.
    #[default]
    Default,
    /// A file.
    File(Place),
    /// An option of the command line.
    Option(String),
    /// A variable of the environment.
    Environment(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(place) => f.write_str(&place.line_text()),
            Self::Option(name) => f.write_str(name),
            Self::Environment(name) => write!(f, "${name}"),
        }
    }
}

/// A value and who said it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Who said it.
    pub origin: Origin,
}

/// What `config.toml` decides. Every setting has a value, whatever the file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Name of the theme, or [`AUTO`].
    pub theme: Setting<String>,
    /// The theme for dark terminals, where the theme is chosen by itself.
    pub dark_theme: Setting<String>,
    /// The theme for light ones.
    pub light_theme: Setting<String>,
    /// Name of the keymap that `keymap.toml` is laid over.
    pub keymap: Setting<String>,
    /// Marks.
    pub glyphs: Setting<String>,
    /// Depth of colour.
    pub colors: Setting<String>,
    /// How pictures are shown.
    pub pictures: Setting<String>,
    /// What moves by itself is kept still.
    pub reduced_motion: Setting<bool>,
    /// Where a run can be seen elsewhere; empty: nowhere.
    pub link_run: Setting<String>,
    /// The clock that times are told by.
    pub times: Setting<String>,
    /// The terminal's title is used.
    pub title: Setting<bool>,
    /// Wheel and clicks are for the program.
    pub mouse: Setting<bool>,
    /// Where one left off is where one begins.
    pub restore: Setting<bool>,
    /// Contexts that start read-only, with commas between.
    pub protected: Setting<String>,
    /// Seconds in which something can be taken back.
    pub undo: Setting<String>,
    /// What is deleted is kept.
    pub trash: Setting<bool>,
    /// How runs ended is kept.
    pub history: Setting<bool>,
    /// The project whose tasks are shown; empty: that of the folder one is in.
    pub project: Setting<String>,
    /// How Claude is asked.
    #[serde(default)]
    pub claude: Asking,
    /// Which new failures are told how; none: all of them on the screen.
    pub rules: Vec<Rule>,
    /// Filters with names.
    pub views: Vec<View>,
}

/// Tables of which there can be several.
const TABLES: [&str; 2] = ["notify", "view"];

impl Default for Settings {
    fn default() -> Self {
        let word = |text: &str| Setting {
            value: text.to_string(),
            origin: Origin::Default,
        };
        let flag = |value| Setting {
            value,
            origin: Origin::Default,
        };
        Self {
            theme: word(AUTO),
            dark_theme: word("dusk"),
            light_theme: word("dawn"),
            keymap: word("default"),
            glyphs: word(AUTO),
            colors: word(AUTO),
            pictures: word(AUTO),
            reduced_motion: Setting::default(),
            link_run: Setting::default(),
            times: word("local"),
            title: flag(true),
            mouse: flag(true),
            restore: flag(true),
            protected: Setting::default(),
            undo: word("5"),
            trash: flag(true),
            history: flag(true),
            project: Setting::default(),
            claude: Asking::default(),
            rules: Vec::new(),
            views: Vec::new(),
        }
    }
}

/// The files that settings can name.
#[derive(Clone, Copy, Debug)]
pub struct Shelves<'a> {
    /// Themes.
    pub themes: Shelf<'a>,
    /// Keymaps.
    pub keymaps: Shelf<'a>,
}

impl Shelves<'_> {
    /// Whether a setting can say this text; else what is wrong, and what was probably meant.
    fn allow(&self, key: &Key, value: &str) -> Result<(), (String, String)> {
        match key.kind {
            Kind::Theme(true) if value == AUTO => Ok(()),
            Kind::Theme(_) => self.themes.knows(value),
            Kind::Keymap => self.keymaps.knows(value),
            Kind::Word(words) if !words.contains(&value) => {
                let all = format!("one of {}", words.join(", "));
                Err((
                    format!("`{value}` is not a value of `{}`", key.name),
                    did_you_mean(value, words.iter().copied(), &all),
                ))
            }
            Kind::Link if !value.is_empty() => links::check(value),
            Kind::Seconds if value.parse::<u8>().map_or(true, |seconds| seconds > 60) => Err((
                format!("`{}` is a number of seconds", key.name),
                "from 0 to 60, without quotes".to_string(),
            )),
            Kind::Claude(says) => says.check(key.name, value),
            Kind::Word(_) | Kind::Flag | Kind::Link | Kind::Names | Kind::Seconds | Kind::Path => {
                Ok(())
            }
        }
    }
}

impl Settings {
    /// Reads `config.toml`. A value that cannot be is named, and what held `before` goes on to hold.
    pub fn read(
        document: &Document,
        shelves: &Shelves<'_>,
        before: &Self,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut settings = Self::default();
        for (name, entry) in named(&document.entries) {
            if name == "$schema" {
                continue;
            }
            match name.as_str() {
                "notify" => settings.rules = Rule::read(document, entry, problems),
                "view" => settings.views = View::read(document, entry, problems),
                _ => {}
            }
            if TABLES.contains(&name.as_str()) {
                continue;
            }
            let Some(key) = KEYS.iter().find(|key| key.name == name) else {
                let names: Vec<&str> = KEYS.iter().map(|key| key.name).chain(TABLES).collect();
                let all = format!("there are {}", names.join(", "));
                problems.push(document.source.problem(
                    &entry.key_at,
                    format!("`{name}` is not a setting"),
                    did_you_mean(&name, names, &all),
                ));
                continue;
            };
            if let Err((what, help)) = settings.set(key, entry, document, shelves) {
                problems.push(document.source.problem(&entry.at, what, help));
                // What held before may be a file that is gone now.
                if shelves.allow(key, &before.text(key.name)).is_ok() {
                    settings.take(key.name, before);
                }
            }
        }
        settings
    }

    fn set(
        &mut self,
        key: &Key,
        entry: &Entry,
        document: &Document,
        shelves: &Shelves<'_>,
    ) -> Result<(), (String, String)> {
        let origin = Origin::File(document.place(entry));
        if let Kind::Flag = key.kind {
            let Value::Bool(value) = entry.value else {
                let what = format!("`{}` is true or false", key.name);
                return Err((what, "without quotes".to_string()));
            };
            if let Some(flag) = self.flag_mut(key.name) {
                *flag = Setting { value, origin };
            }
            return Ok(());
        }
        let value = match (&entry.value, key.kind) {
            (Value::Text(text), _) => text.clone(),
            // `colors = 256` means what it says.
            (Value::Number(number), kind) if kind.takes_numbers() => number.clone(),
            (Value::List(list), Kind::Names) => {
                let names: Option<Vec<&str>> = list.iter().map(|(value, _)| value.text()).collect();
                let wrong = || {
                    let what = format!("`{}` is a list of names", key.name);
                    (what, format!("{} = [\"*prod*\"]", key.name))
                };
                names.ok_or_else(wrong)?.join(",")
            }
            _ => {
                let what = format!("`{}` is text", key.name);
                return Err((what, format!("{} = \"{}\"", key.name, self.text(key.name))));
            }
        };
        shelves.allow(key, &value)?;
        if let Some(setting) = self.named_mut(key.name) {
            *setting = Setting { value, origin };
        }
        Ok(())
    }

    /// Takes over what another says of this key.
    fn take(&mut self, name: &str, other: &Self) {
        if let (Some(setting), Some(from)) = (self.named_mut(name), other.named(name)) {
            *setting = from.clone();
        }
        if let (Some(setting), Some(from)) = (self.flag_mut(name), other.flag(name)) {
            *setting = from.clone();
        }
    }

    /// How the program behaves, as all of this says it.
    pub fn habits(&self) -> Habits {
        let rules = match self.rules.is_empty() {
            true => Habits::default().rules,
            false => self.rules.clone(),
        };
        Habits {
            utc: self.times.value == "utc",
            title: self.title.value,
            mouse: self.mouse.value,
            restore: self.restore.value,
            rules,
            views: self.views.clone(),
            protected: (self.protected.value.split(','))
                .map(|name| name.trim().to_string())
                .filter(|name| !name.is_empty())
                .collect(),
            trash: self.trash.value,
            history: self.history.value,
            project: self.project.value.clone(),
            pictures: Wish::of(&self.pictures.value),
            undo: self.undo.value.parse::<i64>().map_or(0, |s| s * 1_000),
            theme: self.theme.value.clone(),
            themes: Vec::new(),
        }
    }

    /// What this key says, where it is text.
    pub fn text(&self, name: &str) -> String {
        self.named(name)
            .map(|setting| setting.value.clone())
            .unwrap_or_default()
    }

    /// The setting of this key, where it is text.
    fn named(&self, name: &str) -> Option<&Setting<String>> {
        Some(match name {
            "theme" => &self.theme,
            "dark_theme" => &self.dark_theme,
            "light_theme" => &self.light_theme,
            "keymap" => &self.keymap,
            "glyphs" => &self.glyphs,
            "colors" => &self.colors,
            "pictures" => &self.pictures,
            "links.run" => &self.link_run,
            "times" => &self.times,
            "protected" => &self.protected,
            "undo" => &self.undo,
            "project" => &self.project,
            name => return self.claude.named(name),
        })
    }

    /// The setting of this key, where it is a flag.
    fn flag(&self, name: &str) -> Option<&Setting<bool>> {
        Some(match name {
            "reduced_motion" => &self.reduced_motion,
            "title" => &self.title,
            "mouse" => &self.mouse,
            "restore" => &self.restore,
            "trash" => &self.trash,
            "history" => &self.history,
            _ => return None,
        })
    }

    fn flag_mut(&mut self, name: &str) -> Option<&mut Setting<bool>> {
        Some(match name {
            "reduced_motion" => &mut self.reduced_motion,
            "title" => &mut self.title,
            "mouse" => &mut self.mouse,
            "restore" => &mut self.restore,
            "trash" => &mut self.trash,
            "history" => &mut self.history,
            _ => return None,
        })
    }

    fn named_mut(&mut self, name: &str) -> Option<&mut Setting<String>> {
        Some(match name {
            "theme" => &mut self.theme,
            "dark_theme" => &mut self.dark_theme,
            "light_theme" => &mut self.light_theme,
            "keymap" => &mut self.keymap,
            "glyphs" => &mut self.glyphs,
            "colors" => &mut self.colors,
            "pictures" => &mut self.pictures,
            "links.run" => &mut self.link_run,
            "times" => &mut self.times,
            "protected" => &mut self.protected,
            "undo" => &mut self.undo,
            "project" => &mut self.project,
            name => return self.claude.named_mut(name),
        })
    }

    /// Where objects can be seen elsewhere.
    pub fn links(&self) -> Links {
        let run = Some(&self.link_run.value).filter(|run| !run.is_empty());
        Links { run: run.cloned() }
    }

    /// All settings as `config.toml` would say them, each with who said it.
    pub fn lines(&self) -> Vec<(String, Origin)> {
        KEYS.iter()
            .filter_map(|key| {
                if let Some(Setting { value, origin }) = self.named(key.name) {
                    if key.kind.is_number() {
                        return Some((format!("{} = {value}", key.name), origin.clone()));
                    }
                    return Some((format!("{} = \"{value}\"", key.name), origin.clone()));
                }
                let Setting { value, origin } = self.flag(key.name)?;
                Some((format!("{} = {value}", key.name), origin.clone()))
            })
            .collect()
    }
}

/// Entries with their names; those of tables with names of their own as `links.run`.
fn named(entries: &[Entry]) -> Vec<(String, &Entry)> {
    let mut all = Vec::new();
    for entry in entries {
        match &entry.value {
            Value::Table(inside) if ["links", "claude"].contains(&&*entry.key) => {
                let inside = inside.iter();
                all.extend(inside.map(|inner| (format!("{}.{}", entry.key, inner.key), inner)));
            }
            _ => all.push((entry.key.clone(), entry)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::document::Source;
    use super::*;

    fn read(text: &str, before: &Settings) -> (Settings, Vec<String>) {
        let mut problems = Vec::new();
        let document = Document::read(&Source::new("config.toml", text), &mut problems);
        let own = ["mine", "a", "b", "k9s"].map(|name| (name.to_string(), Source::new(name, "")));
        let own = BTreeMap::from(own);
        let shelf = |kind| Shelf {
            kind,
            built_in: &[("dusk", "")],
            own: &own,
            unless_said: None,
            in_need: "dusk",
        };
        let shelves = Shelves {
            themes: shelf("theme"),
            keymaps: shelf("keymap"),
        };
        let settings = Settings::read(&document, &shelves, before, &mut problems);
        let said = problems
            .iter()
            .map(|p| format!("{}: {}", p.place, p.sentence()));
        (settings, said.collect())
    }

    #[test]
    fn every_key_can_be_said_and_is_told_again() {
        let text = "theme = \"mine\"\ndark_theme = \"a\"\nlight_theme = \"b\"\nkeymap = \"k9s\"\nglyphs = \"ascii\"\ncolors = \"256\"\npictures = \"blocks\"\nreduced_motion = true\n\
            times = \"utc\"\ntitle = false\nmouse = false\nrestore = false\nprotected = \"*prod*,live\"\nundo = 0\ntrash = false\nhistory = false\nproject = \"~/shop\"\n\
            links.run = \"https://argo.example/{namespace}/{name}\"\n\
            claude.model = \"m\"\nclaude.base_url = \"http://localhost:1\"\nclaude.secret = \"a/b/c\"\nclaude.timeout = 9\nclaude.criteria = 2\nclaude.tokens = 999\nclaude.calls = 1";
        let (settings, problems) = read(text, &Settings::default());
        assert_eq!(problems, Vec::<String>::new());
        let lines = settings.lines();
        let said: Vec<&str> = lines.iter().map(|(line, _)| line.as_str()).collect();
        assert_eq!(said.join("\n"), text);
        let origins: Vec<String> = lines.iter().map(|(_, origin)| origin.to_string()).collect();
        assert_eq!(origins[7], "config.toml:8");
        assert!(KEYS.iter().all(|key| text.contains(key.name)));
    }

    #[test]
    fn a_bad_value_keeps_what_held_before_and_a_missing_one_does_not() {
        let (before, _) = read(
            "glyphs = \"ascii\"\nkeymap = \"k9s\"\nreduced_motion = true\n",
            &Settings::default(),
        );
        let (after, problems) = read(
            "glyphs = \"acsii\"\nreduced_motion = \"yes\"\ncolours = 16\ncolors = 16\ntheme = 1\n\"$schema\" = \"x\"\n[links]\nrun = \"https://a/{nam}\"\nrnu = \"x\"\n",
            &before,
        );
        assert_eq!(after.glyphs.value, "ascii");
        assert!(after.reduced_motion.value);
        assert_eq!(after.keymap.value, "default");
        assert_eq!(after.colors.value, "16");
        assert_eq!(
            problems,
            [
                "config.toml:1:10: `acsii` is not a value of `glyphs`; did you mean `ascii`?",
                "config.toml:2:18: `reduced_motion` is true or false; without quotes",
                "config.toml:3:1: `colours` is not a setting; did you mean `colors`?",
                "config.toml:5:9: `theme` is text; theme = \"auto\"",
                "config.toml:8:7: `{nam}` stands for nothing; there are {namespace}, {name}, {uid}",
                "config.toml:9:1: `links.rnu` is not a setting; did you mean `links.run`?",
            ]
        );
    }
}

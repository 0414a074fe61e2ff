//! The configuration in force: files, command line and environment brought together.
//! Apart from the app's and the drawing's halves of it, which never meet anywhere else.

mod facts;
mod feed;
mod read;

use std::path::PathBuf;

pub use facts::Facts;
pub use feed::Feed;
pub use read::usual_dir;

use crate::app::config::document::{Document, Source};
use crate::app::config::problem::Problem;
use crate::app::config::settings::{AUTO, Origin, Setting, Settings, Shelves};
use crate::app::config::shelf::Shelf;
use crate::app::config::{Config, Files, Habits};
use crate::app::keymap::{self, Keymap};
use crate::ui::theme::colour::Depth;
use crate::ui::theme::read::{Sheet, shelf as themes};
use crate::ui::theme::{Theme, Themes};

/// What was said on the command line; it wins over the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// A theme: a name or a file.
    pub theme: Option<String>,
    /// A keymap: a name or a file. Neither `config.toml` nor `keymap.toml` has a word in it then.
    pub keymap: Option<String>,
    /// Only ASCII.
    pub ascii: bool,
}

/// Where a configuration comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Home {
    /// The directory; it need not exist. `None`: there is no place for one.
    pub dir: Option<PathBuf>,
    /// The command line.
    pub asked: Asked,
    /// The terminal and the environment.
    pub facts: Facts,
}

/// A configuration that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The files it was read from.
    pub files: Files,
    /// The settings.
    pub settings: Settings,
    /// What the app takes over.
    pub config: Config,
    /// What drawing takes over.
    pub themes: Themes,
}

/// A theme in force: what it is for, its name and what its files say.
pub type Worn = (&'static str, String, Sheet);

impl Home {
    /// Reads everything. A file that cannot be read now, and a name that is none, stay as they were `before`.
    pub fn load(&self, before: Option<&Loaded>) -> Loaded {
        let files = self.read(before.map(|before| &before.files));
        self.load_from(files, before.map(|before| &before.settings))
    }

    fn load_from(&self, files: Files, before: Option<&Settings>) -> Loaded {
        let mut problems = files.unreadable.clone();
        let settings = self.settings(&files, before, &mut problems);
        let names = themes(&files.themes).names().into_iter();
        let habits = Habits {
            themes: names.chain([AUTO]).map(str::to_string).collect(),
            ..settings.habits()
        };
        let keymap = self.keymap(&files, &settings, &mut problems);
        let worn = self.worn(&files, &settings, &mut problems);
        let depth = self.depth(&settings);
        let mut worn = worn.iter().map(|(_, _, sheet)| {
            let theme = Theme::of(sheet).at(depth);
            match self.is_ascii(&settings) {
                true => theme.ascii(),
                false => theme,
            }
        });
        let first = worn.next().unwrap_or_else(|| Theme::of(&Sheet::default()));
        let themes = match worn.next() {
            Some(light) => Themes::two(first, light),
            None => Themes::only(first),
        };
        problems.sort();
        problems.dedup();
        Loaded {
            files,
            config: Config {
                keymap,
                reduced_motion: settings.reduced_motion.value,
                habits,
                problems,
                links: settings.links(),
            },
            settings,
            themes,
        }
    }

    /// Every problem of every file, in use or not.
    pub fn check(&self, loaded: &Loaded) -> Vec<Problem> {
        let mut problems = loaded.config.problems.clone();
        let files = &loaded.files;
        for source in files.keymaps.values() {
            let shelf = keymap::shelf(&files.keymaps, "default");
            Keymap::of(&shelf.lineage(source, &mut problems), &mut problems);
        }
        for source in files.themes.values() {
            let line = themes(&files.themes).lineage(source, &mut problems);
            Sheet::of(&line, &mut problems);
        }
        problems.sort();
        problems.dedup();
        problems
    }

    fn settings(
        &self,
        files: &Files,
        before: Option<&Settings>,
        problems: &mut Vec<Problem>,
    ) -> Settings {
        let mut settings = Settings::default();
        let shelves = Shelves {
            themes: themes(&files.themes),
            keymaps: keymap::shelf(&files.keymaps, "default"),
        };
        if let Some(source) = &files.config {
            let document = Document::read(source, problems);
            let before = before.unwrap_or(&settings);
            settings = Settings::read(&document, &shelves, before, problems);
        }
        self.override_with_asked(&mut settings, &shelves, files, problems);
        settings
    }

    /// The command line and the environment over the files.
    fn override_with_asked(
        &self,
        settings: &mut Settings,
        shelves: &Shelves<'_>,
        files: &Files,
        problems: &mut Vec<Problem>,
    ) {
        let mut knows = |shelf: &Shelf<'_>, name: &String, option: &str| {
            let given = files.given.contains_key(name);
            match shelf.knows(name).err().filter(|_| !given) {
                None => true,
                Some((what, help)) => {
                    problems.push(Problem::whole(option, what, help));
                    false
                }
            }
        };
        let said = |value: &str, option: &str| Setting {
            value: value.to_string(),
            origin: Origin::Option(option.to_string()),
        };
        if self.asked.ascii {
            settings.glyphs = said("ascii", "--ascii");
        }
        if let Some(name) = &self.asked.theme {
            if name == AUTO || knows(&shelves.themes, name, "--theme") {
                settings.theme = said(name, "--theme");
            }
        } else if self.facts.no_color
            && settings.theme.value == AUTO
            && settings.colors.value == AUTO
        {
            // What a person configured for this program wins (<https://no-color.org>).
            settings.theme = Setting {
                value: "mono".to_string(),
                origin: Origin::Environment("NO_COLOR".to_string()),
            };
        }
        if let Some(name) = &self.asked.keymap
            && knows(&shelves.keymaps, name, "--keymap")
        {
            settings.keymap = said(name, "--keymap");
        }
    }

    fn keymap(&self, files: &Files, settings: &Settings, problems: &mut Vec<Problem>) -> Keymap {
        let shelf = keymap::shelf(&files.keymaps, "default");
        let name = &settings.keymap.value;
        let own = files
            .keymap
            .as_ref()
            .filter(|_| self.asked.keymap.is_none());
        if let Some(source) = own {
            let shelf = keymap::shelf(&files.keymaps, name);
            let line = shelf.lineage(source, problems);
            let inherits = line.last().and_then(|own| own.get("inherits"));
            let inherits = inherits.and_then(|entry| entry.value.text());
            if let (Some(other), Origin::File(_), Some(config)) =
                (inherits, &settings.keymap.origin, &files.config)
                && other != name
            {
                let document = Document::read(config, &mut Vec::new());
                // A name that is none was told already.
                let entry = document
                    .get("keymap")
                    .filter(|entry| config.said(entry) == name);
                problems.extend(entry.map(|entry| {
                    let what = format!("keymap.toml inherits `{other}`, so `{name}` is not used");
                    config.problem(&entry.at, what, "say it in one of the two")
                }));
            }
            return Keymap::of(&line, problems);
        }
        match found(files, &shelf, name) {
            Some(source) => Keymap::of(&shelf.lineage(&source, problems), problems),
            None => Keymap::default(),
        }
    }

    /// The themes in force: of dark and of light terminals where they are chosen by that, else one.
    pub fn worn(
        &self,
        files: &Files,
        settings: &Settings,
        problems: &mut Vec<Problem>,
    ) -> Vec<Worn> {
        let shelf = themes(&files.themes);
        let mut wear = |what: &'static str, name: &str| {
            let source = found(files, &shelf, name)?;
            let line = shelf.lineage(&source, problems);
            let mut sheet = Sheet::of(&line, problems);
            if settings.glyphs.value == "unicode" {
                sheet.ascii = false;
            }
            Some((what, name.to_string(), sheet))
        };
        if settings.theme.value != AUTO {
            return wear("", &settings.theme.value).into_iter().collect();
        }
        let depth = self.depth(settings);
        // Sixteen colours cannot tell the built-in themes' colours apart: the terminal's own are better.
        let name = |setting: &Setting<String>| match (depth, &setting.origin) {
            (Depth::Mono, _) => "mono".to_string(),
            (Depth::Sixteen, Origin::Default) => "terminal".to_string(),
            _ => setting.value.clone(),
        };
        let (dark, light) = (name(&settings.dark_theme), name(&settings.light_theme));
        if dark == light {
            return wear("", &dark).into_iter().collect();
        }
        [("dark terminals", dark), ("light terminals", light)]
            .into_iter()
            .filter_map(|(what, name)| wear(what, &name))
            .collect()
    }

    fn depth(&self, settings: &Settings) -> Depth {
        match settings.colors.value.as_str() {
            "truecolor" => Depth::True,
            "256" => Depth::Indexed,
            "16" => Depth::Sixteen,
            "none" => Depth::Mono,
            _ => self.facts.depth,
        }
    }

    fn is_ascii(&self, settings: &Settings) -> bool {
        match settings.glyphs.value.as_str() {
            "ascii" => true,
            "unicode" => false,
            _ => !self.facts.utf8,
        }
    }
}

/// A file that was given by name or path, or the one of this name.
fn found(files: &Files, shelf: &Shelf<'_>, name: &str) -> Option<Source> {
    files.given.get(name).cloned().or_else(|| shelf.find(name))
}

#[cfg(test)]
mod tests;

//! What a person configured, as a value: the files' texts in, settings and problems out.
//! Apart from reading files and from watching them, which is the runtime's.

pub mod claude;
pub mod document;
pub mod keys;
pub mod links;
pub mod problem;
pub mod rules;
pub mod settings;
pub mod shelf;
pub mod views;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::app::graphics::Wish;
use crate::app::keymap::Keymap;
use document::Source;
pub use links::Links;
use problem::Problem;
use rules::Rule;
use views::View;

/// The files of a configuration directory, as they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// `config.toml`.
    pub config: Option<Source>,
    /// `keymap.toml`.
    pub keymap: Option<Source>,
    /// `keymaps/NAME.toml`, by name.
    pub keymaps: BTreeMap<String, Source>,
    /// `themes/NAME.toml`, by name.
    pub themes: BTreeMap<String, Source>,
    /// Files named on the command line, by the name given there.
    pub given: BTreeMap<String, Source>,
    /// Files that are there and cannot be read.
    pub unreadable: Vec<Problem>,
}

impl Files {
    /// How many there are.
    pub fn count(&self) -> usize {
        usize::from(self.config.is_some())
            + usize::from(self.keymap.is_some())
            + self.keymaps.len()
            + self.themes.len()
    }
}

/// What the program takes over from the files; colours are the drawing's and are not among it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Keys.
    pub keymap: Keymap,
    /// What moves by itself is kept still.
    pub reduced_motion: bool,
    /// How the program behaves towards its terminal and its person.
    pub habits: Habits,
    /// What is wrong in the files.
    pub problems: Vec<Problem>,
    /// Where objects can be seen elsewhere.
    #[serde(default)]
    pub links: Links,
}

/// How the program behaves towards its terminal and its person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Habits {
    /// Times are told in UTC.
    pub utc: bool,
    /// The terminal's title says how many runs failed.
    pub title: bool,
    /// Wheel and clicks are for the program.
    pub mouse: bool,
    /// Where one left off is where one begins.
    pub restore: bool,
    /// Which new failures are told how; the first that holds decides.
    pub rules: Vec<Rule>,
    /// Filters with names.
    pub views: Vec<View>,
    /// Names of contexts that start read-only; `*` stands for any text.
    #[serde(default)]
    pub protected: Vec<String>,
    /// The manifest of what is deleted is kept.
    #[serde(default)]
    pub trash: bool,
    /// How runs ended is kept.
    #[serde(default)]
    pub history: bool,
    /// How pictures are shown.
    #[serde(default)]
    pub pictures: Wish,
    /// The project whose tasks are shown; empty: that of the folder one is in.
    #[serde(default)]
    pub project: String,
    /// Milliseconds in which what ends or deletes something can be taken back; 0: none.
    #[serde(default)]
    pub undo: i64,
    /// The name of the theme in force, `auto` where the terminal chooses.
    #[serde(default)]
    pub theme: String,
    /// Names that a theme can have here.
    #[serde(default)]
    pub themes: Vec<String>,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            utc: false,
            title: true,
            mouse: true,
            restore: true,
            rules: vec![Rule::default()],
            views: Vec::new(),
            protected: Vec::new(),
            trash: true,
            history: true,
            project: String::new(),
            pictures: Wish::Auto,
            undo: 5_000,
            theme: String::new(),
            themes: Vec::new(),
        }
    }
}

/// What a terminal's background is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Background {
    /// White text reads better on it.
    Dark,
    /// Black text reads better on it.
    Light,
    /// The terminal was asked and does not say: a theme for one kind brings its own.
    Silent,
}

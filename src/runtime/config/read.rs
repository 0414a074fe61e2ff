//! The configuration directory read as it is: which files there are and what they say. Nothing is ever written there.
//! Apart from what they mean, which is found without a disk.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::Home;
use crate::app::config::Files;
use crate::app::config::document::Source;
use crate::app::config::problem::{Problem, did_you_mean};
use crate::app::keymap;
use crate::ui::theme;

/// Largest file that is read, in bytes: what a person writes is a hundredth of it.
const CAP: u64 = 256 << 10;

/// Files at the top of the directory.
const AT_THE_TOP: [&str; 2] = ["config.toml", "keymap.toml"];

/// The directory unless it is said otherwise: `tiphys` in `$XDG_CONFIG_HOME`, else in `~/.config` (XDG base directory
/// specification). `None` where there is no home.
pub fn usual_dir() -> Option<PathBuf> {
    let places = etcetera::base_strategy::Xdg::new().ok()?;
    Some(places.config_dir().join("tiphys"))
}

impl Home {
    /// Reads all files. One that is there and cannot be read is what it was `before`.
    pub fn read(&self, before: Option<&Files>) -> Files {
        let none = Files::default();
        let before = before.unwrap_or(&none);
        let mut files = Files::default();
        if let Some(dir) = &self.dir {
            let wrong = &mut files.unreadable;
            files.config = read_one(&dir.join("config.toml"), before.config.as_ref(), wrong);
            files.keymap = read_one(&dir.join("keymap.toml"), before.keymap.as_ref(), wrong);
            files.keymaps = read_folder(&dir.join("keymaps"), &before.keymaps, wrong);
            files.themes = read_folder(&dir.join("themes"), &before.themes, wrong);
            strangers(dir, wrong);
        }
        let built_in = [theme::BUILT_IN, keymap::BUILT_IN];
        let asked = [&self.asked.theme, &self.asked.keymap];
        let own = [&files.themes, &files.keymaps];
        let mut given = BTreeMap::new();
        for ((name, built_in), own) in asked.into_iter().zip(built_in).zip(own) {
            let Some(name) = name else { continue };
            let is_name =
                own.contains_key(name) || built_in.iter().any(|(known, _)| *known == name);
            let path = Path::new(name);
            // A word that is no file is a wrong name, which is told in other words.
            if is_name || !(path.exists() || is_path(name)) {
                continue;
            }
            let before = before.given.get(name);
            if let Some(source) = read_one(path, before, &mut files.unreadable) {
                given.insert(name.clone(), source);
            }
        }
        files.given = given;
        files
    }
}

/// Whether it was meant as a file even if there is none.
pub(super) fn is_path(name: &str) -> bool {
    name.contains('/') || name.ends_with(".toml")
}

fn read_one(path: &Path, before: Option<&Source>, wrong: &mut Vec<Problem>) -> Option<Source> {
    let file = path.display().to_string();
    match text_of(path) {
        Ok(text) => Some(Source::new(file, text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            let what = format!("cannot be read: {error}");
            let help = match before {
                Some(_) => "what it said before is in force",
                None => "",
            };
            wrong.push(Problem::whole(file, what, help));
            before.cloned()
        }
    }
}

fn text_of(path: &Path) -> io::Result<String> {
    let file = fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    file.take(CAP + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > CAP {
        return Err(io::Error::other(format!(
            "it is larger than {} KiB",
            CAP >> 10
        )));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))
}

fn read_folder(
    folder: &Path,
    before: &BTreeMap<String, Source>,
    wrong: &mut Vec<Problem>,
) -> BTreeMap<String, Source> {
    let mut found = BTreeMap::new();
    for path in list(folder) {
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else {
            continue;
        };
        if let Some(source) = read_one(&path, before.get(name), wrong) {
            found.insert(name.to_string(), source);
        }
    }
    found
}

/// The TOML files of a folder; none where there is no folder.
fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "toml"))
        .collect();
    paths.sort();
    paths
}

/// A file at the top that nothing reads is most likely a wrong name.
fn strangers(dir: &Path, wrong: &mut Vec<Problem>) {
    for path in list(dir) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !AT_THE_TOP.contains(&&*name) {
            let help = did_you_mean(
                &name,
                AT_THE_TOP,
                "themes belong into themes/, keymaps into keymaps/",
            );
            let file = path.display().to_string();
            wrong.push(Problem::whole(file, "nothing reads this file", help));
        }
    }
}

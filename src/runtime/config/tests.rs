//! What is in force when files, command line and environment say different things.
//! Apart from the code, because each case is a small directory.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use ratatui::style::{Color, Modifier};

use super::*;
use crate::app::command::{Command, Scope};
use crate::app::config::Background;
use crate::app::key::KeyPress;
use crate::app::keymap::Found;
use crate::ui::theme::Role;

/// A directory of this test's own, removed at its end.
struct Dir(PathBuf);

impl Dir {
    fn new(files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tiphys-config-{}-{count}", std::process::id());
        let dir = Self(std::env::temp_dir().join(name));
        fs::create_dir_all(&dir.0).unwrap();
        for (name, text) in files {
            dir.write(name, text);
        }
        dir
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn home(&self) -> Home {
        Home {
            dir: Some(self.0.clone()),
            ..Home::default()
        }
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The problems as `file:line:column sentence`.
fn said(problems: &[Problem]) -> Vec<String> {
    let said = problems
        .iter()
        .map(|p| format!("{} {}", p.place.short(), p.sentence()));
    said.collect()
}

fn key<'a>(loaded: &'a Loaded, scope: Scope, keys: &str) -> Found<'a> {
    let keys = KeyPress::parse_all(keys).unwrap();
    loaded.config.keymap.find(&[scope], &keys)
}

fn built_in(name: &str) -> Theme {
    Theme::built_in(name).unwrap()
}

#[test]
fn without_files_everything_is_as_built_in() {
    let home = Home {
        dir: Some(PathBuf::from("/no/such/directory")),
        ..Home::default()
    };
    let loaded = home.load(None);
    assert_eq!(said(&loaded.config.problems), Vec::<String>::new());
    assert_eq!(*loaded.themes.on(None), built_in("dusk"));
    assert_eq!(*loaded.themes.on(Some(Background::Light)), built_in("dawn"));
    assert!(loaded.themes.differ());
    assert_eq!(loaded.config.keymap, Keymap::preset("default").unwrap().0);
    assert_eq!(loaded.files.count(), 0);
}

#[test]
fn settings_choose_keymap_and_themes_and_a_persons_own_files_are_found() {
    let dir = Dir::new(&[
        (
            "config.toml",
            "keymap = \"mine\"\ntheme = \"auto\"\ndark_theme = \"dusk\"\nreduced_motion = true\n",
        ),
        (
            "keymaps/mine.toml",
            "inherits = \"k9s\"\n[global]\n\"Q\" = \"quit\"\n",
        ),
        ("keymap.toml", "[global]\n\"alt-q\" = \"quit\"\n"),
        (
            "themes/dusk.toml",
            "inherits = \"dusk\"\n[style]\nbad = \"#010203\"\n",
        ),
    ]);
    let loaded = dir.home().load(None);
    assert_eq!(said(&loaded.config.problems), Vec::<String>::new());
    let quit = Found::Command(Command::Quit);
    assert_eq!(key(&loaded, Scope::Global, "Q"), quit);
    assert_eq!(key(&loaded, Scope::Global, "alt-q"), quit);
    let follow = Found::Command(Command::Follow);
    assert_eq!(key(&loaded, Scope::Log, "s"), follow);
    let dark = loaded.themes.on(Some(Background::Dark));
    assert_eq!(dark.style(Role::Bad).fg, Some(Color::Rgb(1, 2, 3)));
    assert_eq!(
        dark.style(Role::Accent),
        built_in("dusk").style(Role::Accent)
    );
    assert!(loaded.config.reduced_motion);
}

#[test]
fn the_command_line_wins_and_names_what_is_not_there() {
    let dir = Dir::new(&[
        ("config.toml", "theme = \"dawn\"\nkeymap = \"emacs\"\n"),
        ("keymap.toml", "[global]\nQ = \"quit\"\n"),
        ("other.toml.txt", "[style]\nbad = \"1\"\n"),
    ]);
    let asked = |theme: &str, keymap: &str| Home {
        asked: Asked {
            theme: Some(theme.to_string()),
            keymap: Some(keymap.to_string()),
            ascii: true,
        },
        ..dir.home()
    };
    let loaded = asked("mono", "k9s").load(None);
    assert_eq!(said(&loaded.config.problems), Vec::<String>::new());
    assert_eq!(*loaded.themes.on(None), built_in("mono").ascii());
    assert_eq!(loaded.config.keymap, Keymap::preset("k9s").unwrap().0);
    assert_eq!(loaded.settings.theme.origin.to_string(), "--theme");

    let file = dir.0.join("other.toml.txt").display().to_string();
    let loaded = asked(&file, "default").load(None);
    let bad = loaded.themes.on(None).style(Role::Bad);
    assert_eq!(bad.fg, Some(Color::Indexed(1)));

    let loaded = asked("duks", "/no/file.toml").load(None);
    assert_eq!(
        said(&loaded.config.problems),
        [
            "--keymap there is no keymap `/no/file.toml`; there are default, k9s, emacs",
            "--theme there is no theme `duks`; did you mean `dusk`?",
        ]
    );
}

#[test]
fn the_terminal_decides_what_nobody_said() {
    let dir = Dir::new(&[]);
    let with = |facts: Facts| Home {
        facts,
        ..dir.home()
    };
    let usual = Facts::default();
    let no_color = with(Facts {
        no_color: true,
        ..usual
    });
    assert_eq!(*no_color.load(None).themes.on(None), built_in("mono"));
    dir.write("config.toml", "theme = \"dusk\"\n");
    assert_eq!(*no_color.load(None).themes.on(None), built_in("dusk"));
    dir.write("config.toml", "");
    for (depth, theme) in [
        (Depth::True, built_in("dusk")),
        (Depth::Indexed, built_in("dusk")),
        (Depth::Sixteen, built_in("terminal")),
        (Depth::Mono, built_in("mono")),
    ] {
        let loaded = with(Facts { depth, ..usual }).load(None);
        assert_eq!(*loaded.themes.on(None), theme.at(depth), "{depth:?}");
    }
    let ascii = with(Facts {
        utf8: false,
        ..usual
    });
    assert!(ascii.load(None).themes.on(None).glyphs.ascii);
    dir.write(
        "config.toml",
        "glyphs = \"unicode\"\ncolors = 16\ntheme = \"dusk\"\n",
    );
    let loaded = ascii.load(None);
    let theme = loaded.themes.on(None);
    assert!(!theme.glyphs.ascii);
    assert_eq!(theme.style(Role::Bad).fg, Some(Color::LightRed));
    let select = theme.style(Role::Select);
    assert!(select.add_modifier.contains(Modifier::REVERSED));
}

#[test]
fn what_is_wrong_is_named_and_what_held_before_goes_on() {
    let dir = Dir::new(&[
        ("config.toml", "theme = \"contrast\"\nkeymap = \"k9s\"\n"),
        ("themes/broken.toml", "[style]\nbda = \"red\"\n"),
    ]);
    let before = dir.home().load(None);
    assert_eq!(said(&before.config.problems), Vec::<String>::new());
    dir.write(
        "config.toml",
        "theme = \"contrats\"\nkeymap = \"k9\"\nglyphs = \"asci\"\n",
    );
    dir.write(
        "keymap.toml",
        "inherits = \"emacs\"\n[global]\nQ = \"qiut\"\n",
    );
    dir.write("confg.toml", "");
    let after = dir.home().load(Some(&before));
    assert_eq!(
        said(&after.config.problems),
        [
            "confg.toml nothing reads this file; did you mean `config.toml`?",
            "config.toml:1:9 there is no theme `contrats`; did you mean `contrast`?",
            "config.toml:2:10 there is no keymap `k9`; did you mean `k9s`?",
            "config.toml:3:10 `asci` is not a value of `glyphs`; did you mean `ascii`?",
            "keymap.toml:3:5 `qiut` is not a command; did you mean `quit`?",
        ]
    );
    assert_eq!(*after.themes.on(None), built_in("contrast"));
    let fresh = dir.home().load(None);
    assert_eq!(*fresh.themes.on(None), built_in("dusk"));
    // A theme that nobody uses is told only to whoever asks about all files.
    let all = said(&dir.home().check(&after));
    assert!(
        all.contains(&"themes/broken.toml:2:1 `bda` is not a role; did you mean `bad`?".into()),
        "{all:?}"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_what_it_was() {
    let dir = Dir::new(&[("config.toml", "theme = \"mono\"\n")]);
    let before = dir.home().load(None);
    fs::write(dir.0.join("config.toml"), b"\xff\xfe").unwrap();
    let after = dir.home().load(Some(&before));
    assert_eq!(
        said(&after.config.problems),
        ["config.toml cannot be read: it is not UTF-8; what it said before is in force"]
    );
    assert_eq!(*after.themes.on(None), built_in("mono"));
    fs::remove_file(dir.0.join("config.toml")).unwrap();
    fs::create_dir(dir.0.join("config.toml")).unwrap();
    let after = dir.home().load(None);
    assert_eq!(
        said(&after.config.problems),
        ["config.toml cannot be read: it is not a file"]
    );
    assert_eq!(*after.themes.on(None), built_in("dusk"));
}

#[test]
fn two_files_that_name_different_keymaps_are_told() {
    let dir = Dir::new(&[
        ("config.toml", "keymap = \"k9s\"\n"),
        ("keymap.toml", "inherits = \"emacs\"\n"),
    ]);
    let loaded = dir.home().load(None);
    assert_eq!(
        said(&loaded.config.problems),
        [
            "config.toml:1:10 keymap.toml inherits `emacs`, so `k9s` is not used; say it in one of the two"
        ]
    );
    assert_eq!(loaded.config.keymap, Keymap::preset("emacs").unwrap().0);
}

async fn heard(feed: &mut Feed) -> Loaded {
    tokio::time::timeout(std::time::Duration::from_secs(30), feed.next())
        .await
        .expect("a change is noticed")
}

#[tokio::test]
async fn a_saved_file_is_read_by_itself_and_an_untouched_one_when_asked() {
    let dir = Dir::new(&[]);
    let config = dir.0.join("made/later");
    let home = Home {
        dir: Some(config.clone()),
        ..Home::default()
    };
    let loaded = home.load(None);
    let mut feed = Feed::start(home, loaded);
    // The directory does not exist yet: its maker is noticed too.
    dir.write("made/later/config.toml", "theme = \"mono\"\n");
    let loaded = heard(&mut feed).await;
    assert_eq!(loaded.settings.theme.value, "mono");
    dir.write("made/later/themes/mine.toml", "[style]\n");
    assert_eq!(heard(&mut feed).await.files.themes.len(), 1);
    // Editors write a new file and put it in the place of the old one.
    dir.write("made/later/new", "theme = \"mine\"\n");
    fs::rename(config.join("new"), config.join("config.toml")).unwrap();
    assert_eq!(heard(&mut feed).await.settings.theme.value, "mine");
    dir.write("made/later/themes/mine.toml", "[style]\nbad = \"4\"\n");
    let bad = heard(&mut feed).await.themes.on(None).style(Role::Bad);
    assert_eq!(bad.fg, Some(Color::Indexed(4)));
    feed.ask();
    assert_eq!(heard(&mut feed).await.settings.theme.value, "mine");
    // What is asked for by its name holds until the end, whatever is saved.
    feed.wear(Some("dawn".to_string()));
    let loaded = heard(&mut feed).await;
    assert_eq!(loaded.settings.theme.value, "dawn");
    assert!(loaded.config.habits.themes.contains(&"mine".to_string()));
    dir.write("made/later/config.toml", "theme = \"mono\"\n");
    assert_eq!(heard(&mut feed).await.settings.theme.value, "dawn");
    // What was only tried on is taken off, and the files have the word again.
    feed.wear(None);
    assert_eq!(heard(&mut feed).await.settings.theme.value, "mono");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_a_link_is_watched_where_it_is() {
    let dir = Dir::new(&[("dots/config.toml", "theme = \"mono\"\n"), ("home/x", "")]);
    let link = dir.0.join("home/config.toml");
    std::os::unix::fs::symlink(dir.0.join("dots/config.toml"), link).unwrap();
    let home = Home {
        dir: Some(dir.0.join("home")),
        ..Home::default()
    };
    let loaded = home.load(None);
    let mut feed = Feed::start(home, loaded);
    dir.write("dots/config.toml", "theme = \"dawn\"\n");
    let loaded = heard(&mut feed).await;
    assert_eq!(loaded.settings.theme.value, "dawn");
    assert!(Path::new(&*loaded.files.config.unwrap().file).ends_with("home/config.toml"));
}

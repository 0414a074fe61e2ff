//! Configuration as a person meets it: the badge, the list of problems, a file saved while the console runs, `tiphys config`.
//! Apart from the unit tests of the formats, because here it is seen from outside.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use ratatui::style::Color;
use serde_json::Value;
use tiphys::app::config::{Config, problem::Problem};
use tiphys::app::effect::Effect;
use tiphys::app::keymap::{self, Keymap};
use tiphys::app::msg::Msg;
use tiphys::app::state::Options;
use tiphys::cluster::Cluster;
use tiphys::runtime::effects::Source;
use tiphys::sim::Scenario;
use tiphys::ui::theme::{BUILT_IN, Role, Theme};

use crate::bench::{self, Bench, EPOCH};
use crate::pty::{Pty, tiphys};
use crate::screens::look;

/// A directory with these files, removed at the end.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let name = format!("tiphys-suite-{name}-{}", std::process::id());
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
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// One mistake of each sort that people make, with lines that are right between them.
const MESSY: [(&str, &str); 4] = [
    (
        "config.toml",
        "theme = \"mine\"\nkeymap = k9s\ncolours = \"256\"\nreduced_motion = \"yes\"\n",
    ),
    (
        "keymap.toml",
        "inherits = \"emcas\"\n[global]\n\"Q\" = \"qiut\"\n\"alt-q\" = \"quit\"\n\"ctrl-i\" = \"help\"\n\"ctrl-shift-x\" = \"help\"\n\"q x\" = \"help\"\n\"return\" = \"help\"\n\"enter\" = \"quit\"\n[lists]\n\"j\" = \"down\"\n[list]\n\"g\" = \"down\"\n",
    ),
    (
        "themes/mine.toml",
        "inherits = \"dusk\"\n[palette]\nred = \"#ff5555\"\nink = \"#12345\"\n[style]\n\"state.failed\" = { fg = \"rde\", bold = true }\naccnt = \"blue\"\nok = { fg = \"green\", blod = true }\n[glyph]\nset = \"nerd\"\nrunning = \"🏃\"\npending = \"·\"\n",
    ),
    ("themes/loop.toml", "inherits = \"loop\"\n"),
];

/// Runs the binary on this directory: standard output and exit status.
fn run(dir: &Path, args: &[&str]) -> (String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_tiphys"))
        .args(args)
        .env_clear()
        .env("TIPHYS_CONFIG", dir)
        .env("HOME", dir)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (
        text.replace(dir.to_str().unwrap(), "DIR"),
        output.status.code().unwrap(),
    )
}

#[test]
fn check_names_every_problem_with_its_line_and_what_was_meant() {
    let dir = Dir::new("check", &MESSY);
    let (text, status) = run(&dir.0, &["config", "check"]);
    assert_eq!(status, 1);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("config-check", text));
    let clean = Dir::new("check-clean", &[("config.toml", "theme = \"dawn\"\n")]);
    let (text, status) = run(&clean.0, &["config", "check"]);
    assert_eq!(
        (text.as_str(), status),
        ("DIR: 1 file, nothing is wrong\n", 0)
    );
}

#[test]
fn show_tells_what_is_in_force_and_who_said_it() {
    let dir = Dir::new("show", &MESSY);
    let (text, status) = run(&dir.0, &["--ascii", "config", "show", "--origin"]);
    assert_eq!(status, 0);
    let line = |begin: &str| {
        let found = text.lines().find(|line| line.starts_with(begin));
        let words = found.unwrap_or_default().split("  #");
        words.map(str::trim).collect::<Vec<_>>()
    };
    assert_eq!(line("theme ="), ["theme = \"mine\"", "DIR/config.toml:1"]);
    assert_eq!(line("keymap ="), ["keymap = \"default\"", "default"]);
    assert_eq!(line("glyphs ="), ["glyphs = \"ascii\"", "--ascii"]);
    assert_eq!(
        line("\"alt-q\""),
        ["\"alt-q\" = \"quit\"", "DIR/keymap.toml:4"]
    );
    assert_eq!(
        line("bad ="),
        [
            "bad = { fg = \"#ff5555\", bold = true }",
            "built-in themes/dusk.toml:29"
        ]
    );
    // What is shown is a keymap and a theme again.
    let (shown, _) = run(&dir.0, &["--keymap", "k9s", "config", "show", "keymap"]);
    let (map, problems) = Keymap::parse(&shown);
    assert_eq!(problems, []);
    let preset = Keymap::preset("k9s").unwrap().0;
    let said = |map: &Keymap| -> Vec<String> {
        let bindings = map.bindings().iter();
        let mut said: Vec<String> = bindings
            .map(|b| format!("{:?} {} {:?}", b.scope, b.keys_text(), b.deed))
            .collect();
        said.sort();
        said
    };
    assert_eq!(said(&map), said(&preset));
}

#[test]
fn the_schemas_know_everything_that_the_built_in_files_say() {
    let schema = |of: &str| -> Value {
        let (text, status) = run(Path::new("/"), &["config", "schema", of]);
        assert_eq!(status, 0);
        serde_json::from_str(&text).unwrap()
    };
    let keymap = schema("keymap");
    let commands: Vec<&str> = keymap["$defs"]["command"]["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|command| command["const"].as_str())
        .collect();
    for (name, text) in keymap::BUILT_IN {
        for (scope, inside) in text.parse::<toml::Table>().unwrap() {
            assert!(keymap["properties"][&scope].is_object(), "{name} {scope}");
            for (_, command) in inside.as_table().into_iter().flatten() {
                let command = command.as_str().unwrap();
                assert!(
                    command.starts_with(':') || commands.contains(&command),
                    "{command}"
                );
            }
        }
    }
    let theme = schema("theme");
    for (name, text) in BUILT_IN {
        for (table, inside) in text.parse::<toml::Table>().unwrap() {
            assert!(theme["properties"][&table].is_object(), "{name} {table}");
            if table == "style" {
                for (role, _) in inside.as_table().unwrap() {
                    assert!(theme["properties"]["style"]["properties"][role].is_object());
                }
            }
        }
    }
    let config = schema("config");
    assert!(config["properties"]["reduced_motion"].is_object());
}

#[test]
fn path_is_where_the_files_are_looked_for() {
    let dir = Dir::new("path", &[]);
    assert_eq!(run(&dir.0, &["config", "path"]), ("DIR\n".into(), 0));
    let output = Command::new(env!("CARGO_BIN_EXE_tiphys"))
        .args(["config", "path"])
        .env_clear()
        .env("HOME", &dir.0)
        .output()
        .unwrap();
    let expected = dir.0.join(".config/tiphys\n");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        expected.to_str().unwrap()
    );
}

/// The problems that a messy directory has.
fn problems() -> Vec<Problem> {
    use tiphys::runtime::config::Home;
    let dir = Dir::new("problems", &MESSY);
    let home = Home {
        dir: Some(dir.0.clone()),
        ..Home::default()
    };
    home.load(None).config.problems
}

fn configured(problems: Vec<Problem>) -> Msg {
    Msg::Config(Box::new(Config {
        keymap: Keymap::preset("k9s").unwrap().0,
        problems,
        ..Config::default()
    }))
}

#[tokio::test(start_paused = true)]
async fn problems_are_a_badge_with_the_key_that_lists_them() {
    let cluster = bench::still(Scenario::Story);
    let source = Source::Ready(Cluster::from_service(cluster.api.clone(), "demo"));
    let options = Options {
        problems: problems(),
        ..bench::options()
    };
    let mut bench = Bench::of(source, options, EPOCH);
    bench.seconds(20.0).await;
    let now = bench.now();
    look_at(&bench, "config-badge", now);
    let badge = format!("config: {} problems g c", bench.state.problems.len());
    bench.shows(&[badge.as_str()]);
    bench.press("g c down down");
    look_at(&bench, "config-problems", now);
    bench.shows(&["Problems of the configuration"]);
    bench.press("esc");

    // Keys of a sequence that was begun mean nothing in another keymap.
    bench.press("g");
    bench.take(configured(Vec::new()));
    bench.shows(&["config read again"]);
    bench.hides(&["config: ", "problems"]);
    assert!(bench.state.pending.is_empty());
    bench.press("d");
    assert!(bench.state.page().is_some(), "k9s opens with d");
    bench.take(configured(problems()[..1].to_vec()));
    bench.shows(&[
        "config: 1 problem, the rest is in force",
        "config: 1 problem g c",
    ]);
    bench.wanted.clear();
    bench.press("g r");
    assert_eq!(bench.wanted, [Effect::ReadConfig]);
}

fn look_at(bench: &Bench, name: &str, now: Timestamp) {
    for size in [(80, 24), (120, 40)] {
        let name = format!("{name}-{}x{}", size.0, size.1);
        look(&name, &bench.state, now, size, &bench::dusk());
    }
}

#[tokio::test(start_paused = true)]
async fn a_screen_kept_still_changes_every_ten_seconds() {
    let cluster = bench::still(Scenario::Story);
    let source = Source::Ready(Cluster::from_service(cluster.api.clone(), "demo"));
    let options = Options {
        reduced_motion: true,
        ..bench::options()
    };
    let mut bench = Bench::of(source, options, EPOCH);
    bench.seconds(20.0).await;
    for _ in 0..5 {
        bench.draw();
        let next = bench.state.next_change.expect("something runs");
        assert_eq!(next.as_second() % 10, 0, "{next}");
        bench.seconds(3.0).await;
    }
}

/// The two looks that the other screens are not kept in.
#[tokio::test(start_paused = true)]
async fn the_story_in_high_contrast_and_in_the_terminals_own_colours() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = Bench::on(&cluster.api);
    bench.seconds(20.0).await;
    let looks = ["contrast", "terminal"].map(|name| (name, Theme::built_in(name).unwrap()));
    for (screen, keys) in [("runs", ""), ("run", "enter"), ("run-log", "l")] {
        if !keys.is_empty() {
            bench.press(keys);
        }
        bench.seconds(2.0).await;
        for (name, theme) in &looks {
            for size in [(80, 24), (120, 40)] {
                let name = format!("{screen}-{}x{}-{name}", size.0, size.1);
                look(&name, &bench.state, bench.now(), size, theme);
            }
        }
    }
}

fn rgb(role: Role, theme: &str) -> vt100::Color {
    match Theme::built_in(theme).unwrap().style(role).fg {
        Some(Color::Rgb(r, g, b)) => vt100::Color::Rgb(r, g, b),
        other => panic!("{other:?}"),
    }
}

/// The colour of the context's name, in the upper left.
fn of_context(screen: &vt100::Screen) -> vt100::Color {
    screen.cell(0, 1).unwrap().fgcolor()
}

#[test]
fn a_light_terminal_gets_the_light_theme_and_its_answer_is_no_key() {
    let home = Dir::new("light", &[]);
    let mut command = tiphys(&home.0);
    command.env("COLORTERM", "truecolor");
    let mut pty = Pty::spawn(command);
    pty.wait_for_console();
    let (dark, light) = (rgb(Role::Title, "dusk"), rgb(Role::Title, "dawn"));
    // It is painted before the terminal has said anything.
    pty.wait("dark paint", |screen| of_context(screen) == dark);
    pty.wait_for_output("\u{1b}]11;?\u{1b}\\\u{1b}[c");
    pty.press("\u{1b}]11;rgb:fdfd/f6f6");
    pty.press("/e3e3\u{1b}\\\u{1b}[?62;22c");
    pty.wait("light paint", |screen| of_context(screen) == light);
    pty.press("\u{1b}[?997;1n");
    pty.wait("dark paint again", |screen| of_context(screen) == dark);
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
}

#[test]
fn a_file_saved_while_the_console_runs_is_taken_up() {
    let home = Dir::new("reload", &[]);
    let mut pty = Pty::spawn(tiphys(&home.0));
    pty.wait_for_console();
    home.write(".config/tiphys/config.toml", "theme = \"mono\"\n");
    pty.wait("a word about it", |screen| {
        screen.contents().contains("the theme is mono")
    });
    assert_eq!(pty.look(of_context), vt100::Color::Default);
    home.write(
        ".config/tiphys/keymap.toml",
        "[global]\n\"Z\" = \"hlep\"\n\"alt-z\" = \"help\"\n",
    );
    pty.wait("the badge", |screen| {
        let text = screen.contents();
        text.contains("config: 1 problem g c") && text.contains("the rest is in force")
    });
    pty.press("\u{1b}z");
    pty.wait("help", |screen| screen.contents().contains("Help"));
    pty.press("\u{1b}");
    pty.wait("no help", |screen| !screen.contents().contains("Help"));
    pty.press("gc");
    pty.wait("the list", |screen| {
        screen.contents().contains("keymap.toml:2:7")
            && screen.contents().contains("did you mean `help`?")
    });
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
    let kept = fs::read_to_string(home.0.join(".config/tiphys/config.toml")).unwrap();
    assert_eq!(kept, "theme = \"mono\"\n", "nothing is ever written there");
}

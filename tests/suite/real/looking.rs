//! The console in a terminal on the real cluster: what is on the screen, and what keys do there.
//! Apart from scripts: a person sees it change, follows a log, and waits without pressing anything.

use std::path::{Path, PathBuf};
use std::time::Duration;

use http::Method;
use serde_json::json;
use vt100::Screen;

use super::cluster::{PATIENCE, Place, Real};
use super::runs::Told;
use crate::pty::{Pty, tiphys};

/// Columns and rows of these consoles: every run of a test fits.
const SIZE: (u16, u16) = (160, 50);

/// A console on one namespace, with a home of its own.
pub struct Console {
    pty: Pty,
    home: PathBuf,
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

/// A folder of this test's own; the console that is given it removes it.
pub fn home(place: &Place<'_>) -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("home-{}", place.name));
    std::fs::create_dir_all(&home).unwrap();
    home
}

impl Console {
    /// Opened by this kubeconfig.
    pub fn on(place: &Place<'_>, kubeconfig: &Path) -> Self {
        let home = home(place);
        let mut command = tiphys(&home);
        command.env("PATH", "/usr/bin:/bin");
        command.args(["--kubeconfig", &kubeconfig.display().to_string()]);
        command.args(["-n", &place.name]);
        Self {
            pty: Pty::spawn_sized(command, SIZE, PATIENCE),
            home,
        }
    }

    /// Opened on the cluster of the tests, once all of it is read.
    pub fn live(place: &Place<'_>) -> Self {
        let console = Self::on(place, &place.real.kubeconfig);
        console.is_live();
        console
    }

    /// Waits until the last line says that all is fresh.
    pub fn is_live(&self) {
        self.pty.wait("`live` in the last line", |screen| {
            rows(screen).last().is_some_and(|row| row.contains(" live"))
        });
    }

    /// Presses keys; `\r` is enter, `\u{1b}` is esc.
    pub fn press(&mut self, keys: &str) {
        self.pty.press(keys);
    }

    /// Waits until one line has all these words.
    pub fn line(&self, words: &[&str]) {
        self.pty.wait(&format!("a line with {words:?}"), |screen| {
            rows(screen).iter().any(|row| has(row, words))
        });
    }

    /// Waits until the screen has this text somewhere.
    pub fn text(&self, text: &str) {
        self.pty
            .wait(text, |screen| screen.contents().contains(text));
    }

    /// Waits until the list is what the server has: every run with its word, and no other.
    pub fn equals_the_server(&self, place: &Place<'_>) {
        place.real.until("the screen is what the server has", |_| {
            let objects = place.workflows();
            let titled = format!("of {}", objects.len());
            let deadline = Duration::from_millis(100);
            self.pty.within(deadline, |screen| {
                let rows = rows(screen);
                let counted = objects.is_empty() || rows.iter().any(|row| row.contains(&titled));
                counted
                    && objects.iter().all(|object| {
                        let name = object["metadata"]["name"].as_str().unwrap_or_default();
                        let word = match object["status"]["phase"].as_str() {
                            Some("Running") | None => "",
                            Some(phase) => phase,
                        };
                        rows.iter()
                            .any(|row| has(row, &[name]) && (word.is_empty() || row.contains(word)))
                    })
            })
        });
    }

    /// Opens a shell where the cursor is, as soon as the console knows that the container runs.
    pub fn shell(&mut self) {
        let opened = (0..20).any(|_| {
            self.press("x!");
            self.pty.within(Duration::from_secs(5), |screen| {
                !screen.alternate_screen() && screen.contents().trim_end().ends_with('#')
            })
        });
        assert!(opened, "no shell");
    }

    /// Ends it as a person does.
    pub fn quit(mut self) {
        self.press("\u{3}");
        assert_eq!(self.pty.end(), 0);
    }
}

fn rows(screen: &Screen) -> Vec<String> {
    screen.rows(0, SIZE.0).collect()
}

/// Whether a line has all of these as words of their own; a phrase is enough as it stands.
fn has(row: &str, words: &[&str]) -> bool {
    words.iter().all(|word| {
        if word.contains(' ') {
            row.contains(word)
        } else {
            row.split(|c: char| c.is_whitespace() || c == '┃' || c == '▌')
                .any(|part| part == *word)
        }
    })
}

/// What the console shows of these runs: their lines, and of those that failed the step and its log.
pub fn the_screen_shows(place: &Place<'_>, runs: &[Told]) {
    let mut console = Console::live(place);
    for (name, _, word, line) in runs {
        console.line(&[word, name]);
        if line.contains(" · ") {
            console.line(&[name, line]);
        }
    }
    console.equals_the_server(place);
    for (name, step, log) in [
        ("dag-failed", "bad", "to stderr"),
        ("retry-failed", "hopeless(1)", "attempt 1"),
        ("on-exit", "onExit", "failing"),
        ("steps", "steps", "left 42"),
        ("container-set", "container-set", "built"),
        ("fan-out", "fan-out", "two words"),
    ] {
        console.press(&format!("/name:{name}\r"));
        console.line(&[name]);
        console.press("gg\r");
        console.text(&format!("{}/{name}", place.name));
        console.line(&[step]);
        console.press("l");
        console.text(log);
        console.press("\u{1b}");
        console.text("by attention");
        console.press("\u{1b}");
        console.line(&["approval"]);
    }
    console.quit();
}

#[test]
fn a_run_is_followed_while_it_runs() {
    let Some(real) = Real::given() else { return };
    let place = Place::new(&real);
    let mut console = Console::live(&place);
    place.submit(include_str!("../../cluster/workflows/log.yaml"));
    console.line(&["Running", "log"]);
    console.press("\r");
    console.text(&format!("{}/log", place.name));
    console.press("l");
    console.text("line 3");
    // Nobody presses anything: the end comes by itself, and then the state of the run.
    console.line(&["line 50"]);
    console.press("i");
    console.line(&["state", "Succeeded"]);
    console.quit();
}

/// One run holds a lock until a person approves it; the other waits for the lock.
const LOCKED: &str = "
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: holder}
spec:
  entrypoint: main
  synchronization: {mutexes: [{name: gate}]}
  templates: [{name: main, suspend: {}}]
---
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: waiter}
spec:
  entrypoint: main
  synchronization: {mutexes: [{name: gate}]}
  templates: [{name: main, container: {image: busybox, command: [echo, 'through the gate']}}]
";

#[test]
fn a_lock_and_its_holder_are_named_until_the_holder_is_approved() {
    let Some(real) = Real::given() else { return };
    let place = Place::new(&real);
    let console = Console::live(&place);
    let (holder, waiter) = LOCKED.split_once("---").unwrap();
    place.submit(holder);
    console.line(&["Approve", "holder"]);
    place.submit(waiter);
    console.line(&["Waiting", "waiter", "lock gate held by holder"]);
    let path = format!("{}/holder", place.argo("workflows"));
    let now = jiff::Timestamp::now().to_string();
    let node = json!({"phase": "Succeeded", "finishedAt": now, "message": "approved by a test"});
    let approved = json!({"status": {"nodes": {"holder": node}}});
    let (status, answer) = real.ask(Method::PATCH, &path, Some(&approved));
    assert_eq!(status, 200, "{answer}");
    console.line(&["Succeeded", "holder"]);
    console.line(&["Succeeded", "waiter"]);
    console.quit();
}

#[test]
fn runs_of_a_cron_come_and_go_by_themselves() {
    let Some(real) = Real::given() else { return };
    let place = Place::new(&real);
    let console = Console::live(&place);
    place.submit(include_str!("../../cluster/workflows/cron.yaml"));
    real.until("two runs of the cron have ended well", |_| {
        let ended = place.workflows();
        let well = ended
            .iter()
            .filter(|workflow| workflow["status"]["phase"] == "Succeeded");
        well.count() >= 2
    });
    // No more are made, so that the list can be compared.
    real.delete(&format!("{}/cron", place.argo("cronworkflows")));
    console.equals_the_server(&place);
    console.quit();
}

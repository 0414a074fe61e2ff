//! Changes that others put back.
//! Apart from settling.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use super::super::disk::{Files, Real, Time};
use super::super::testing::{Clock, Folder};
use super::{Settled, settle};

/// A time in which somebody writes, while we wait, what it had read before us and one thing of its own: so many times.
struct Others {
    clock: Arc<Clock>,
    file: PathBuf,
    left: Mutex<usize>,
}

impl Time for Others {
    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    fn wait(&self, time: Duration) {
        self.clock.pass(time);
        let mut left = self.left.lock().unwrap();
        if *left > 0 {
            *left -= 1;
            let text = std::fs::read_to_string(&self.file).unwrap();
            let stale: Vec<&str> = text.lines().filter(|line| *line != "ours").collect();
            std::fs::write(&self.file, format!("{}\ntheirs {left}\n", stale.join("\n"))).unwrap();
        }
    }
}

fn told(times: usize) -> (Settled, String) {
    let folder = Folder::new();
    let file = folder.file("tasks.json", "a\n");
    let files = Files {
        disk: Arc::new(Real),
        time: Arc::new(Others {
            clock: Clock::new(),
            file: file.clone(),
            left: Mutex::new(times),
        }),
    };
    let ours = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).unwrap();
        let there = text.lines().any(|line| line == "ours");
        Ok((!there).then(|| format!("{text}ours\n").into_bytes()))
    };
    let settled = settle(&files, &file, &ours).unwrap();
    (settled, std::fs::read_to_string(&file).unwrap())
}

#[test]
fn what_is_put_back_is_made_again_and_what_others_made_stays() {
    let (settled, text) = told(3);
    assert_eq!(
        settled,
        Settled {
            changed: true,
            overwritten: 3,
            stands: true
        }
    );
    assert_eq!(text, "a\ntheirs 2\ntheirs 1\ntheirs 0\nours\n");
}

#[test]
fn what_is_put_back_each_time_is_given_up_and_said() {
    let (settled, _) = told(1_000_000);
    assert!(!settled.stands && settled.overwritten == 20, "{settled:?}");
}

//! Replacing while others write too, and while programs end.
//! Apart from replacing, which they are longer than.
#![allow(clippy::unwrap_used)]

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::Duration;

use super::super::disk::Files;
use super::super::testing::{Clock, Folder, Steps, files};
use super::{Done, Error, is_passing, replace};

/// Adds a line where it is not there.
fn line(line: &'static str) -> impl Fn(&[u8]) -> Result<Option<Vec<u8>>, String> {
    move |bytes| {
        let text = std::str::from_utf8(bytes).map_err(|why| why.to_string())?;
        let there = text.lines().any(|one| one == line);
        Ok((!there).then(|| format!("{text}{line}\n").into_bytes()))
    }
}

fn add(files: &Files, path: &Path, text: &'static str) -> Result<Done, Error> {
    replace(files, path, &line(text))
}

fn lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn it_is_replaced_with_its_mode_and_nothing_else_is_left() {
    let (folder, clock) = (Folder::new(), Clock::new());
    let file = folder.file("tasks.json", "a\n");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(add(&files(&clock), &file, "b").unwrap(), Done::Replaced);
    assert_eq!(add(&files(&clock), &file, "b").unwrap(), Done::Same);
    assert_eq!(lines(&file), ["a", "b"]);
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(folder.names(), ["tasks.json"]);
}

#[test]
fn what_a_link_leads_to_is_replaced_and_the_link_stays() {
    let (folder, clock) = (Folder::new(), Clock::new());
    std::fs::create_dir(folder.0.join("there")).unwrap();
    let file = folder.file("there/real.json", "a\n");
    let link = folder.0.join("tasks.json");
    symlink("there/real.json", &link).unwrap();
    add(&files(&clock), &link, "b").unwrap();
    assert!(link.is_symlink());
    assert_eq!(lines(&file), ["a", "b"]);
    assert_eq!(folder.names(), ["tasks.json", "there"]);
    // And it is locked for those who come by the other name.
    std::fs::create_dir(folder.0.join("there/real.json.lock")).unwrap();
    assert!(matches!(
        add(&files(&clock), &link, "c"),
        Err(Error::Busy { .. })
    ));
    // Two ways to one folder are one lock.
    let way = folder.0.join("way");
    symlink("there", &way).unwrap();
    std::fs::remove_dir(folder.0.join("there/real.json.lock")).unwrap();
    add(&files(&clock), &way.join("real.json"), "c").unwrap();
    assert_eq!(lines(&file), ["a", "b", "c"]);
}

#[test]
fn what_is_refused_or_missing_leaves_everything_as_it_was() {
    let (folder, clock) = (Folder::new(), Clock::new());
    let file = folder.file("tasks.json", "a\n");
    let refuse = |_: &[u8]| Err("line 3 column 4: no such task".to_owned());
    let said = replace(&files(&clock), &file, &refuse).unwrap_err();
    assert!(
        said.to_string()
            .ends_with("tasks.json: line 3 column 4: no such task")
    );
    assert_eq!(folder.names(), ["tasks.json"]);
    let gone = replace(&files(&clock), &folder.0.join("no.json"), &line("b")).unwrap_err();
    assert!(super::is_missing(&gone), "{gone}");
    assert_eq!(folder.names(), ["tasks.json"]);
}

/// How many steps it takes when nothing happens.
fn steps() -> Vec<&'static str> {
    let (folder, clock) = (Folder::new(), Clock::new());
    let file = folder.file("tasks.json", "a\n");
    let steps = Steps::quiet();
    add(&steps.files(&clock), &file, "b").unwrap();
    steps.taken()
}

#[test]
fn ended_at_any_step_the_file_is_whole_and_another_one_brings_it_to_the_end() {
    for step in 0..steps().len() {
        let (folder, clock) = (Folder::new(), Clock::new());
        let file = folder.file("tasks.json", "a\n");
        let ending = Steps::end(step);
        let _ = add(&ending.files(&clock), &file, "b");
        let there = lines(&file);
        assert!(there == ["a"] || there == ["a", "b"], "{step}: {there:?}");
        clock.pass(Duration::from_secs(11));
        add(&files(&clock), &file, "c").unwrap();
        add(&files(&clock), &file, "b").unwrap();
        assert_eq!(lines(&file), ["a", "b", "c"], "{step}");
        assert_eq!(folder.names(), ["tasks.json"], "{step}");
    }
}

#[test]
fn who_takes_the_lock_loses_nothing_at_any_step() {
    for step in 0..steps().len() {
        let (folder, clock) = (Folder::new(), Clock::new());
        let file = folder.file("tasks.json", "a\n");
        let meanwhile = Steps::meanwhile(step, {
            let (file, clock) = (file.clone(), clock.clone());
            // Where we have the lock, it gives up, as Task Master does.
            move || drop(add(&files(&clock), &file, "theirs"))
        });
        add(&meanwhile.files(&clock), &file, "ours").unwrap();
        add(&files(&clock), &file, "theirs").unwrap();
        assert_eq!(lines(&file), ["a", "ours", "theirs"], "{step}");
    }
}

#[test]
fn who_takes_no_lock_loses_nothing_unless_it_writes_in_the_moment_before_the_name_is_given() {
    let taken = steps();
    let moment = taken.iter().position(|step| *step == "rename").unwrap();
    for step in (0..taken.len()).filter(|step| *step != moment) {
        let (folder, clock) = (Folder::new(), Clock::new());
        let file = folder.file("tasks.json", "a\n");
        let meanwhile = Steps::meanwhile(step, {
            let file = file.clone();
            move || {
                let text = std::fs::read_to_string(&file).unwrap();
                std::fs::write(&file, text + "theirs\n").unwrap();
            }
        });
        add(&meanwhile.files(&clock), &file, "ours").unwrap();
        assert_eq!(
            lines(&file),
            ["a", "ours", "theirs"],
            "{step} {}",
            taken[step]
        );
    }
}

#[test]
fn who_stood_still_for_longer_than_the_lock_holds_writes_nothing() {
    let taken = steps();
    let written = taken.iter().position(|step| *step == "write_new").unwrap();
    let (folder, clock) = (Folder::new(), Clock::new());
    let file = folder.file("tasks.json", "a\n");
    let meanwhile = Steps::meanwhile(written, {
        let (file, clock) = (file.clone(), clock.clone());
        move || {
            clock.pass(Duration::from_secs(11));
            add(&files(&clock), &file, "theirs").unwrap();
        }
    });
    let ours = add(&meanwhile.files(&clock), &file, "ours");
    assert!(matches!(ours, Err(Error::Lost { .. })), "{ours:?}");
    assert_eq!(lines(&file), ["a", "theirs"]);
    assert_eq!(folder.names(), ["tasks.json"]);
}

#[test]
fn names_of_locks_and_of_files_on_their_way_are_known() {
    // The names of Task Master 0.43.1 (steno, its own writers, proper-lockfile) and ours.
    for name in [
        "tasks.json.lock",
        ".tasks.json.tmp",
        "tasks.json.tmp.4711",
        "tasks.json.lock.stale.4711.1700000000000",
        "tasks.json.tmp.tiphys.1.2",
    ] {
        assert!(is_passing(name), "{name}");
    }
    for name in [
        "tasks.json",
        "acceptance-criteria.md",
        "state.json",
        "bridge.toml",
    ] {
        assert!(!is_passing(name), "{name}");
    }
}

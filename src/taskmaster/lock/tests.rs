//! Locks as Task Master's two writers make and take them.
//! Apart from the lock, which they are longer than.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::super::disk::{Disk as _, Real, Time as _};
use super::super::error::Error;
use super::super::testing::{Clock, Folder, Steps, files};
use super::Lock;

const SECOND: Duration = Duration::from_secs(1);

fn age(path: &Path, clock: &Clock, seconds: u32) {
    Real.touch(path, clock.now() - SECOND * seconds).unwrap();
}

#[test]
fn one_has_it_and_another_gives_up_after_two_and_a_half_seconds() {
    let (folder, clock) = (Folder::new(), Clock::new());
    let file = folder.file("tasks.json", "{}");
    let lock = Lock::take(&files(&clock), &file).unwrap();
    assert!(folder.0.join("tasks.json.lock").is_dir());
    let other = Lock::take(&files(&clock), &file);
    assert!(matches!(other, Err(Error::Busy { .. })));
    assert_eq!(clock.gone(), Duration::from_millis(2500));
    drop(lock);
    assert_eq!(folder.names(), ["tasks.json"]);
    Lock::take(&files(&clock), &file).unwrap();
}

#[test]
fn a_lock_of_either_kind_is_respected_while_it_is_young_and_taken_away_when_it_is_stale() {
    for is_dir in [true, false] {
        let (folder, clock) = (Folder::new(), Clock::new());
        let file = folder.file("tasks.json", "{}");
        let lock = folder.0.join("tasks.json.lock");
        match is_dir {
            true => std::fs::create_dir(&lock).unwrap(),
            false => std::fs::write(&lock, r#"{"pid":1,"timestamp":2}"#).unwrap(),
        }
        age(&lock, &clock, 6);
        assert!(
            matches!(Lock::take(&files(&clock), &file), Err(Error::Busy { .. })),
            "8.5 s old at the last try: {is_dir}"
        );
        age(&lock, &clock, 11);
        let ours = Lock::take(&files(&clock), &file).unwrap();
        assert!(lock.is_dir());
        assert_eq!(folder.names(), ["tasks.json", "tasks.json.lock"]);
        drop(ours);
        assert_eq!(folder.names(), ["tasks.json"]);
    }
}

#[test]
fn renewed_it_stays_ours_and_not_renewed_it_is_lost_without_harm_to_whoever_took_it() {
    let (folder, clock) = (Folder::new(), Clock::new());
    let file = folder.file("tasks.json", "{}");
    let lock = Lock::take(&files(&clock), &file).unwrap();
    for _ in 0..10 {
        clock.pass(5 * SECOND);
        assert!(lock.beat());
    }
    clock.pass(6 * SECOND);
    assert!(matches!(
        Lock::take(&files(&clock), &file),
        Err(Error::Busy { .. })
    ));
    lock.check().unwrap();
    clock.pass(5 * SECOND);
    let other = Lock::take(&files(&clock), &file).unwrap();
    assert!(matches!(lock.check(), Err(Error::Lost { .. })));
    assert!(!lock.beat());
    drop(lock);
    other.check().unwrap();
    drop(other);
    assert_eq!(folder.names(), ["tasks.json"]);
}

#[test]
fn of_two_who_find_it_stale_one_gets_it_wherever_they_meet() {
    for is_dir in [true, false] {
        for step in 0.. {
            let (folder, clock) = (Folder::new(), Clock::new());
            let file = folder.file("tasks.json", "{}");
            let path = folder.0.join("tasks.json.lock");
            match is_dir {
                true => std::fs::create_dir(&path).unwrap(),
                false => std::fs::write(&path, "{}").unwrap(),
            }
            age(&path, &clock, 60);
            let theirs: Arc<Mutex<Option<Lock>>> = Arc::default();
            let steps = Steps::meanwhile(step, {
                let (theirs, clock, file) = (theirs.clone(), clock.clone(), file.clone());
                move || *theirs.lock().unwrap() = Lock::take(&files(&clock), &file).ok()
            });
            let ours = Lock::take(&steps.files(&clock), &file).ok();
            let theirs = theirs.lock().unwrap().take();
            let hold = [&ours, &theirs]
                .into_iter()
                .flatten()
                .filter(|lock| lock.check().is_ok());
            assert_eq!(hold.count(), 1, "step {step}: {:?}", steps.taken());
            let over = steps.taken().len() <= step;
            drop((ours, theirs));
            assert_eq!(folder.names(), ["tasks.json"], "step {step}");
            if over {
                assert!(step > 5, "{:?}", steps.taken());
                break;
            }
        }
    }
}

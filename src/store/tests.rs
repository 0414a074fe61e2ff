#![allow(clippy::unwrap_used)]
use std::fs::{self, File};
use std::path::PathBuf;

use super::*;

/// A file of this test's own, removed with its folder at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("tiphys-store-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        File::create(folder.join("history.db")).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.join("history.db")
    }

    fn open(&self) -> Store {
        Store::open(&self.path()).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn run(name: &str, origin: &str, finished: i64, phase: Phase) -> Past {
    Past {
        key: Key::new("qa", name, format!("uid-{name}")),
        origin: Some(origin.into()),
        task: Some("15.10".into()),
        service: None,
        phase,
        started: Some(at(finished - 60)),
        finished: at(finished),
        fault: (phase == Phase::Failed).then(|| Fault {
            step: Some("unit".into()),
            short: "exit 1".into(),
            message: Some("two tests failed".into()),
        }),
        flaky: vec!["e2e 'quoted'".into()],
        cause: (phase == Phase::Failed).then(|| "0d3a51c2b9e4".parse().unwrap()),
        took: vec![Took {
            step: "load".into(),
            seconds: 40,
        }],
    }
}

fn names(runs: &[(Arc<str>, Past)]) -> Vec<&str> {
    runs.iter().map(|(_, past)| &*past.key.name).collect()
}

fn all() -> Ask {
    Ask {
        most: 100,
        ..Ask::default()
    }
}

#[test]
fn what_is_kept_comes_back_as_it_was_after_the_program_ended() {
    let place = Place::new("back");
    let kept = [
        run("a", "nightly", 1_000, Phase::Succeeded),
        run("b", "nightly", 2_000, Phase::Failed),
    ];
    place.open().keep("prod", &kept).unwrap();
    let found = place.open().recall("prod", 10).unwrap();
    assert_eq!(found, kept);
    assert_eq!(place.open().recall("staging", 10).unwrap(), []);
}

#[test]
fn a_run_that_was_retried_counts_as_it_ended_last() {
    let place = Place::new("again");
    let mut store = place.open();
    store
        .keep("prod", &[run("a", "nightly", 1_000, Phase::Failed)])
        .unwrap();
    store
        .keep("prod", &[run("a", "nightly", 3_000, Phase::Succeeded)])
        .unwrap();
    // An older word that comes late changes nothing.
    store
        .keep("prod", &[run("a", "nightly", 1_000, Phase::Failed)])
        .unwrap();
    let found = store.recall("prod", 10).unwrap();
    assert_eq!(found, [run("a", "nightly", 3_000, Phase::Succeeded)]);
}

#[test]
fn what_an_older_program_kept_stays_and_goes_on() {
    let place = Place::new("older");
    let connection = Connection::open(place.path()).unwrap();
    connection.execute_batch(TABLE).unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
    let sql = "INSERT INTO runs VALUES ('prod', 'uid-a', 'qa', 'a', 'nightly', NULL, NULL, 'Failed', 1, 2, 'unit', 'exit 1', 'x', '[]')";
    connection.execute(sql, []).unwrap();
    drop(connection);
    let mut store = place.open();
    let found = store.recall("prod", 10).unwrap();
    assert_eq!(
        (&*found[0].key.name, found[0].cause, found[0].took.len()),
        ("a", None, 0)
    );
    let new = run("b", "nightly", 1_000, Phase::Failed);
    store.keep("prod", std::slice::from_ref(&new)).unwrap();
    drop(store);
    assert_eq!(place.open().recall("prod", 10).unwrap()[1], new);
}

#[test]
fn of_each_origin_the_last_come_back_and_nothing_outgrows_the_bound() {
    let place = Place::new("bound");
    let mut store = place.open();
    for n in 0..10 {
        let origin = ["nightly", "smoke"][n % 2];
        let past = run(&format!("r{n}"), origin, n as i64, Phase::Succeeded);
        store.keep("prod", &[past]).unwrap();
    }
    let found = store.recall("prod", 2).unwrap();
    let of: Vec<_> = found.iter().map(|past| &*past.key.name).collect();
    assert_eq!(of, ["r6", "r7", "r8", "r9"]);
    store.thin_to(3).unwrap();
    assert_eq!(names(&store.ask(&all()).unwrap()), ["r9", "r8", "r7"]);
}

#[test]
fn it_is_asked_by_context_namespace_and_name() {
    let place = Place::new("ask");
    let mut store = place.open();
    let mut other = run("c", "smoke", 3, Phase::Succeeded);
    other.key = Key::new("pay", "c", "uid-c");
    store
        .keep("prod", &[run("a", "nightly", 1, Phase::Succeeded), other])
        .unwrap();
    store
        .keep("staging", &[run("b", "nightly", 2, Phase::Failed)])
        .unwrap();
    let asked = |ask: Ask| {
        let found = store.ask(&ask).unwrap();
        names(&found).join(" ")
    };
    assert_eq!(asked(all()), "c b a");
    let context = Some("prod".to_string());
    assert_eq!(asked(Ask { context, ..all() }), "c a");
    let namespaces = vec!["qa".to_string(), "none".to_string()];
    assert_eq!(
        asked(Ask {
            namespaces,
            ..all()
        }),
        "b a"
    );
    for (name, found) in [("nightly", "b a"), ("c", "c"), ("' OR 1=1 --", "")] {
        let name = Some(name.to_string());
        assert_eq!(asked(Ask { name, ..all() }), found);
    }
    assert_eq!(asked(Ask { most: 1, ..all() }), "c");
}

#[test]
fn two_programs_write_at_once_and_lose_nothing() {
    let place = Place::new("two");
    std::thread::scope(|scope| {
        for half in 0..2 {
            let place = &place;
            scope.spawn(move || {
                let mut store = place.open();
                for n in 0..50 {
                    let past = run(&format!("{half}-{n}"), "nightly", n, Phase::Succeeded);
                    store.keep("prod", &[past]).unwrap();
                }
            });
        }
    });
    assert_eq!(place.open().recall("prod", 1_000).unwrap().len(), 100);
}

#[test]
fn what_a_newer_program_wrote_and_what_is_no_database_is_not_touched() {
    let place = Place::new("newer");
    let store = place.open();
    store
        .connection
        .pragma_update(None, "user_version", VERSION + 1)
        .unwrap();
    drop(store);
    let why = Store::open(&place.path()).unwrap_err().to_string();
    assert!(why.contains("newer tiphys"), "{why}");

    fs::write(
        place.path(),
        "no database at all, but a note of somebody's, and it is long enough",
    )
    .unwrap();
    let before = fs::read(place.path()).unwrap();
    assert!(Store::open(&place.path()).is_err());
    assert_eq!(fs::read(place.path()).unwrap(), before);
}

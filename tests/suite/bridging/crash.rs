//! One story, told again with the bridge ended at each of its requests and at each of its steps on files, and another one that goes
//! on; and with two bridges that see different times. The end is always the same.
//! Apart from the other stories: this one is about what a bridge does not need to know.

use std::sync::Arc;

use tiphys::taskmaster::Real;

use super::world::{Mortal, RULES, World};
use crate::controlling::world::Point;

/// The end: the file, and which QARuns were created how often.
type End = (String, Vec<usize>);

/// Names and times of runs differ from telling to telling only where a run was created later.
fn plain(text: &str) -> String {
    let time = regex::Regex::new(r"2026-\d\d-\d\dT[\d:.]+Z").unwrap();
    time.replace_all(text, "TIME").into_owned()
}

/// Tells it to its end with bridges that end at `fault`.
async fn tell(fault: impl Fn(&World, &Mortal), why: &str) -> (End, usize, usize) {
    let mut world = World::new();
    let disk = Arc::new(Mortal::default());
    fault(&world, &disk);
    let mut bridge = world.bridge(RULES, disk.clone());
    let mut ended = false;
    for _ in 0..60 {
        let looked = world.look(&bridge).await;
        if looked.done.is_empty()
            && looked.failed.is_empty()
            && world.told(1).1.is_some()
            && world.told(2).1.is_some()
        {
            break;
        }
        if !ended && (world.gate.revive() || disk.is_dead()) {
            ended = true;
            bridge = world.bridge(RULES, Arc::new(Real));
        }
        world.pass(5).await;
    }
    // Of one who ended under its lock after the last write the lock is left, a directory: Task Master takes it over by itself.
    let mut names = world.names();
    names.retain(|name| name != "tasks.json.lock");
    assert_eq!(names, ["tasks.json"], "{why}: nothing else is left");
    let made: Vec<usize> = world.gate.made().into_values().collect();
    let end = (plain(&world.text()), made);
    (end, world.gate.sent().len(), disk.steps())
}

#[tokio::test(start_paused = true)]
async fn wherever_a_bridge_ends_another_one_brings_it_to_the_same_end() {
    let (golden, sent, steps) = tell(|_, _| (), "golden").await;
    assert_eq!(golden.1, [1, 1]);
    assert!(golden.0.contains("\"verdict\": \"pass\"") && golden.0.contains("\"done\""));
    assert!(golden.0.contains("\"verdict\": \"fail\"") && golden.0.contains("\"in-progress\""));
    for number in 0..sent {
        for point in [Point::Before, Point::Applied, Point::Replied] {
            let why = format!("ended at request {number}, {point:?}");
            let (end, _, _) = tell(|world, _| world.gate.end_at(number, point), &why).await;
            assert_eq!(end, golden, "{why}");
        }
    }
    assert!(steps > 30, "{steps}");
    for step in 0..steps {
        let why = format!("ended at step {step} of {steps} on files");
        let (end, _, _) = tell(|_, disk| disk.end_at(step), &why).await;
        assert_eq!(end, golden, "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_was_carried_out_and_answered_with_504_is_not_made_twice() {
    let (golden, _, _) = tell(|_, _| (), "golden").await;
    for number in 0..8 {
        let why = format!("504 after request {number}");
        let (end, _, _) = tell(|world, _| world.gate.late_at(number), &why).await;
        assert_eq!(end, golden, "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_bridges_that_see_different_times_agree() {
    let (golden, _, _) = tell(|_, _| (), "golden").await;
    for behind in 1..6 {
        let mut world = World::new();
        let (one, other) = (world.plain(RULES), world.plain(RULES));
        for n in 0..60 {
            if n % behind == 0 {
                // From here on until the next time it knows what was so now.
                other.ask().await.unwrap();
            }
            world.look(&one).await;
            other.look().await;
            world.pass(5).await;
        }
        assert_eq!(plain(&world.text()), golden.0, "{behind}");
        let made = world.gate.made();
        assert!(
            made.len() == 2 && made.values().all(|times| *times == 1),
            "{made:?}"
        );
    }
}

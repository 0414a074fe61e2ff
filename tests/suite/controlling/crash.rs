//! One story, told again with the controller ended at each of its requests: before it, after it was carried out, after its answer;
//! and another one that begins with what there is, or with what there was. The end is always the same.
//! Apart from the other stories: this one is about what a controller does not need to know.

use serde_json::{Value, json};
use tiphys::model::qarun::{Phase, Status, Verdict};
use tiphys::wire::qarun::QaRun;

use super::world::{Point, World, over};

/// The first attempt cannot be judged, the second passes.
const SPEC: &str = "
service: refunds
image: i
retry: {limit: 1, on: Infrastructure, backoff: {seconds: 20}}
criteria:
  - {id: total, text: t, kind: command, command: {argv: [x]}}
";

/// What may differ from one telling to the next: times and identities.
fn told(status: &Status) -> Value {
    let mut value = serde_json::to_value(status).unwrap();
    strip(&mut value);
    value
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, _| {
                !name.ends_with("At")
                    && ![
                        "workflow",
                        "workflowUid",
                        "step",
                        "lastTransitionTime",
                        "observedGeneration",
                        "resourceSeconds",
                    ]
                    .contains(&&**name)
            });
            map.values_mut().for_each(strip);
        }
        Value::Array(all) => all.iter_mut().for_each(strip),
        _ => {}
    }
}

/// How a telling went.
struct Told {
    sent: usize,
    end: Value,
}

/// A status never goes back: not the attempt, not an attempt that has ended, not how often there was one.
fn goes_on(before: &Status, after: &Status, why: &str) {
    assert!(
        after.attempt >= before.attempt,
        "{why}: the attempt went back"
    );
    assert!(after.attempts.len() >= before.attempts.len(), "{why}");
    for (was, is) in before.attempts.iter().zip(&after.attempts) {
        let over = was.phase.as_ref().is_some_and(Phase::is_over);
        assert!(!over || was == is, "{why}: {was:?} became {is:?}");
        assert!(
            was.workflow_uid.is_none() || was.workflow_uid == is.workflow_uid,
            "{why}"
        );
    }
}

/// Tells it to its end, then deletes the run.
async fn tell(fault: impl Fn(&World), ago: usize, why: &str) -> Told {
    let mut world = World::with(SPEC, &[json!({"total": {"exit": 125}})]).await;
    fault(&world);
    let mut controller = world.controller();
    let mut before = Status::default();
    let mut end = None;
    for _ in 0..200 {
        world.look(&controller, 0).await;
        if world.gate.revive() {
            controller = world.controller();
            // What it begins with may be old.
            world.look(&controller, ago).await;
            world.look(&controller, 0).await;
        }
        let run = world.run().await;
        let Some(run) = run else { break };
        goes_on(&before, &run.status(), why);
        before = run.status();
        let leaving = run.metadata.is_leaving();
        if end.is_none()
            && over(Some(&run))
            && world.works().await.iter().all(|work| !work.is_held())
        {
            end = Some(told(&run.status()));
            if !leaving {
                world.delete().await;
            }
        }
        world.pass(15).await;
    }
    assert!(world.run().await.is_none(), "{why}: it is gone");
    world.look(&controller, 0).await;
    world.pass(5).await;
    assert_eq!(world.works().await.len(), 0, "{why}: nothing is left");
    let made = world.gate.made();
    assert_eq!(made.len(), 2, "{why}: {made:?}");
    assert!(made.values().all(|count| *count == 1), "{why}: {made:?}");
    Told {
        sent: world.gate.sent().len(),
        end: end.unwrap_or_else(|| panic!("{why}: it came to no end")),
    }
}

#[tokio::test(start_paused = true)]
async fn wherever_a_controller_ends_another_one_brings_it_to_the_same_end() {
    let golden = tell(|_| (), 0, "golden").await;
    assert_eq!(golden.end["verdict"], json!(Verdict::Pass));
    assert!(golden.sent > 15, "{}", golden.sent);
    for number in 0..golden.sent {
        for point in [Point::Before, Point::Applied, Point::Replied] {
            for ago in [0, 1, 4] {
                let why = format!(
                    "ended at request {number}, {point:?}, the next one {ago} looks behind"
                );
                let this = tell(|world| world.gate.end_at(number, point), ago, &why).await;
                assert_eq!(this.end, golden.end, "{why}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_carried_out_and_answered_with_504_is_not_done_twice() {
    let golden = tell(|_| (), 0, "golden").await;
    for number in 0..golden.sent {
        let why = format!("504 after request {number}");
        let this = tell(|world| world.gate.late_at(number), 0, &why).await;
        assert_eq!(this.end, golden.end, "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_that_take_turns_and_see_different_times_agree() {
    for ago in 0..6 {
        let mut world = World::with(SPEC, &[json!({"total": {"exit": 125}})]).await;
        let (one, other) = (world.controller(), world.controller());
        let over = |run: Option<&QaRun>| over(run);
        for _ in 0..60 {
            world.look(&one, 0).await;
            world.look(&other, ago).await;
            world.pass(5).await;
        }
        assert!(over(world.run().await.as_ref()));
        assert_eq!(world.status().await.verdict, Some(Verdict::Pass));
        let made = world.gate.made();
        assert!(
            made.len() == 2 && made.values().all(|count| *count == 1),
            "{made:?}"
        );
    }
}

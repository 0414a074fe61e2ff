//! Decisions about states nobody has thought of: whatever is written in a QARun, there is an answer, and it keeps the rules.
//! Apart from the stories, which go through the states that there are.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use tiphys::controller::{Action, Known, Look, decide};
use tiphys::model::qarun::{
    Attempt, Backoff, FINALIZER, Phase, Retry, RetryOn, Shutdown, Spec, Status, Verdict,
};
use tiphys::wire::qarun::QaRun;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn phase() -> impl Strategy<Value = Phase> {
    proptest::sample::select(Phase::ALL.to_vec())
}

fn attempt(number: u32) -> impl Strategy<Value = Attempt> {
    (phase(), any::<bool>()).prop_map(move |(phase, seen)| Attempt {
        number,
        workflow: format!("r-u-a{number}"),
        workflow_uid: seen.then(|| format!("w{number}")),
        phase: Some(phase),
        started_at: Some(at(0)),
        ..Attempt::default()
    })
}

fn status() -> impl Strategy<Value = Option<Status>> {
    let attempts = proptest::collection::vec(any::<u8>(), 0..4).prop_flat_map(|all| {
        (1..=u32::try_from(all.len()).unwrap())
            .map(attempt)
            .collect::<Vec<_>>()
    });
    let some = (phase(), attempts, proptest::option::of(-100i64..100)).prop_map(
        |(phase, attempts, due)| Status {
            phase: Some(phase),
            attempt: attempts.last().map(|last| last.number),
            verdict: Some(Verdict::Fail),
            next_attempt_at: due.map(at),
            finished_at: Some(at(-50)),
            attempts,
            ..Status::default()
        },
    );
    proptest::option::of(some)
}

fn spec() -> impl Strategy<Value = Spec> {
    let yaml =
        "{service: x, image: i, criteria: [{id: a, text: t, kind: command, command: {argv: [x]}}]}";
    let base: Spec = serde_saphyr::from_str(yaml).unwrap();
    let retry = proptest::option::of((
        0u32..5,
        proptest::sample::select(vec![
            RetryOn::Infrastructure,
            RetryOn::TestFailure,
            RetryOn::Both,
        ]),
    ));
    let shutdown = proptest::option::of(proptest::sample::select(vec![
        Shutdown::Stop,
        Shutdown::Terminate,
    ]));
    (retry, shutdown, any::<bool>(), 1u32..6, any::<bool>()).prop_map(
        move |(retry, shutdown, suspend, attempt, sound)| Spec {
            retry: retry.map(|(limit, on)| Retry {
                limit,
                on,
                backoff: None,
            }),
            shutdown,
            suspend: Some(suspend),
            attempt: Some(attempt),
            image: base.image.clone().filter(|_| sound),
            ..base.clone()
        },
    )
}

fn run() -> impl Strategy<Value = QaRun> {
    (spec(), status(), any::<bool>(), any::<bool>()).prop_map(|(spec, status, held, leaving)| {
        let mut run = QaRun::new("ns", "r", spec);
        run.metadata.uid = "u".to_owned();
        run.metadata.resource_version = "7".to_owned();
        run.metadata.labels = BTreeMap::new();
        run.metadata.finalizers = held.then(|| FINALIZER.to_owned()).into_iter().collect();
        run.metadata.deletion_timestamp = leaving.then(|| at(-10));
        run.status = status;
        run
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Following every decision as if the server took it leads to rest, and never back.
    #[test]
    fn every_state_comes_to_rest_and_what_has_ended_stays(run in run(), mut now in -200i64..200) {
        let mut run = run;
        let mut look = Look::Not;
        for _ in 0..40 {
            let known = Known { run: &run, works: &[], look, now: at(now) };
            let step = decide(&known);
            prop_assert_eq!(decide(&known), step.clone(), "the same is decided of the same");
            let before = run.status();
            match step.action {
                None => match step.again {
                    Some(again) if again > at(now) => now += again.duration_since(at(now)).as_secs().max(1),
                    Some(_) => prop_assert!(false, "a time that has passed is waited for"),
                    None => return Ok(()),
                },
                Some(Action::Hold) => run.metadata.finalizers.push(FINALIZER.to_owned()),
                Some(Action::LetGo | Action::Delete) => return Ok(()),
                Some(Action::Look(_)) => look = Look::Absent,
                Some(Action::Create(number)) => {
                    prop_assert_eq!(Some(number), before.attempts.last().map(|last| last.number));
                    prop_assert!(!run.spec.is_suspended() && run.spec.shutdown.is_none() && !run.metadata.is_leaving());
                    return Ok(());
                }
                Some(Action::Change(..)) => prop_assert!(false, "there is no workflow"),
                Some(Action::Write(next)) => {
                    prop_assert!(run.status.as_ref() != Some(&*next), "nothing is written that is there");
                    prop_assert!(next.attempt >= before.attempt && next.attempts.len() >= before.attempts.len());
                    for (was, is) in before.attempts.iter().zip(&next.attempts) {
                        prop_assert!(!was.phase.as_ref().is_some_and(Phase::is_over) || was == is);
                    }
                    if next.attempts.len() > before.attempts.len() {
                        let limit = run.spec.retry.map_or(0, |retry| retry.limit);
                        let wanted = run.spec.attempt();
                        let last = before.attempt.unwrap_or(0);
                        prop_assert!(last < wanted + limit || before.next_attempt_at.is_some() || !before.phase.clone().unwrap_or_default().is_over());
                        look = Look::Not;
                    }
                    run.status = Some(*next);
                }
            }
        }
        prop_assert!(false, "it comes to no rest: {:?}", run.status());
    }

    #[test]
    fn waits_grow_to_their_cap_and_never_shrink(seconds in 0u32..1000, factor in 0u32..20, max_seconds in 0u32..10_000) {
        let backoff = Backoff { seconds, factor, max_seconds };
        let waits: Vec<u32> = (1..60).map(|n| backoff.before(n)).collect();
        prop_assert!(waits.is_sorted() && waits.iter().all(|wait| *wait <= max_seconds));
    }
}

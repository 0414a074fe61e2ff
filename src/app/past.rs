//! Takes note of runs that end, and asks what is known of earlier ones.
//! Apart from the fleet, which only knows what happened, and from the file it is kept in, which is the runtime's.

use crate::app::effect::Effect;
use crate::app::state::{Connection, State};

/// What ended since the last message is kept; a new connection asks what was kept before.
pub(super) fn settle(state: &mut State, effects: &mut Vec<Effect>) {
    if !state.keeps_past {
        state.fleet.ended.clear();
        return;
    }
    // What ended while nothing is known of the server is kept as soon as that is.
    let Connection::Up { context, .. } = &state.connection else {
        return;
    };
    if state.recalled != Some(state.session) {
        state.recalled = Some(state.session);
        effects.push(Effect::Recall(state.session, context.clone()));
    }
    let ended = std::mem::take(&mut state.fleet.ended);
    if !ended.is_empty() {
        effects.push(Effect::KeepPast(context.clone(), ended));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use jiff::Timestamp;

    use super::*;
    use crate::app::msg::{ClusterMsg, Msg};
    use crate::app::state::Options;
    use crate::app::update::update;
    use crate::model::delta::{Delta, FeedEvent};
    use crate::model::facts::{Cause, Facts, Leaves, NodesSource};
    use crate::model::key::{Key, Uid};
    use crate::model::past::Past;
    use crate::model::phase::Phase;
    use crate::model::row::{Row, label};
    use crate::model::usual::Took;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn facts(name: &str, phase: Phase, version: u64, ended: Option<i64>) -> Facts {
        Facts {
            row: Row {
                key: Key::new("qa", name, name),
                version,
                created: Some(at(0)),
                phase,
                completed: phase.is_done(),
                message: None,
                labels: vec![(label::TEMPLATE.into(), "smoke".into())].into(),
                malformed: None,
                series: None,
            },
            started: Some(at(10)),
            finished: ended.map(at),
            progress: None,
            estimated: None,
            shutdown: None,
            cause: Cause::None,
            leaves: Leaves::default(),
            fan_out: None,
            flaky: Box::default(),
            took: Box::default(),
            nodes: NodesSource::Inline,
        }
    }

    fn connected(keeps: bool) -> State {
        let mut state = State::new(Options::default());
        state.keeps_past = keeps;
        state.connection = Connection::Up {
            context: "prod".into(),
            server: "https://prod".into(),
            version: "v1.36.3".into(),
            user: None,
        };
        state
    }

    /// The run's row and its object arrive; what is wanted of the past because of them.
    fn told(state: &mut State, facts: Facts) -> Vec<Effect> {
        let rows = FeedEvent::Deltas(vec![Delta::Put(facts.row.clone())]);
        let key = facts.row.key.clone();
        let words = [
            ClusterMsg::Rows(None, rows),
            ClusterMsg::FactsRead(key, Ok(Some(Box::new(facts)))),
        ];
        let mut effects = Vec::new();
        for word in words {
            let msg = Msg::Cluster(state.session, word);
            effects.extend(update(state, at(1_000), msg));
        }
        effects.retain(|one| matches!(one, Effect::KeepPast(..) | Effect::Recall(..)));
        effects
    }

    #[test]
    fn an_end_is_kept_once_and_again_where_a_retry_ended_again() {
        let mut state = connected(true);
        let running = told(&mut state, facts("a", Phase::Running, 1, None));
        assert_eq!(running, [Effect::Recall(0, "prod".into())]);
        let failed = facts("a", Phase::Failed, 2, Some(70));
        let past = Past::of(&failed).unwrap();
        assert_eq!((past.seconds(), past.passed()), (Some(60), false));
        let kept = Effect::KeepPast("prod".into(), vec![past]);
        assert_eq!(told(&mut state, failed.clone()), [kept]);
        assert_eq!(told(&mut state, failed), []);
        let passed = facts("a", Phase::Succeeded, 4, Some(90));
        assert_eq!(told(&mut state, passed).len(), 1);
        let outcomes = state.fleet.outcomes(&"qa".into(), &"smoke".into());
        let passed: Vec<bool> = outcomes.iter().map(|one| one.passed).collect();
        assert_eq!(passed, [true], "one run, and its last end");
    }

    #[test]
    fn what_steps_took_is_kept_and_measured_by_in_the_next_run_and_not_in_its_own() {
        let mut state = connected(true);
        for (name, seconds) in [("a", 40), ("b", 50), ("c", 60)] {
            let mut ended = facts(name, Phase::Succeeded, 2, Some(70));
            ended.took = [Took {
                step: "load".into(),
                seconds,
            }]
            .into();
            let effects = told(&mut state, ended);
            let Some(Effect::KeepPast(_, runs)) = effects.last() else {
                panic!("nothing is kept: {effects:?}");
            };
            assert_eq!(runs[0].took[0].seconds, seconds);
            let run = state.fleet.get(&Uid::new(name)).unwrap();
            assert!(
                run.facts.as_ref().unwrap().took.is_empty(),
                "once is enough"
            );
        }
        let usual = |name: &str| {
            let row = facts(name, Phase::Running, 1, None).row;
            state.fleet.usual(&row).times("load(0)").to_vec()
        };
        assert_eq!(usual("new"), [40, 50, 60]);
        assert_eq!(usual("c"), [40, 50]);
    }

    #[test]
    fn runs_that_failed_of_the_same_are_counted_when_they_are_gone() {
        let mut state = connected(true);
        let failed = |name: &str, ended| {
            let mut facts = facts(name, Phase::Failed, 2, Some(ended));
            facts.cause = Cause::Workflow("no such template".into());
            facts
        };
        let past = |name: &str, ended| Past::of(&failed(name, ended)).unwrap();
        let kept = vec![past("old", 70), past("older", 60), past("here", 80)];
        update(&mut state, at(1_000), Msg::Recalled(0, kept));
        told(&mut state, failed("here", 80));
        let run = state.fleet.get(&Uid::new("here")).unwrap();
        let gone = state.fleet.gone_of(run.cause.unwrap());
        assert_eq!(
            (gone.count, gone.first, gone.last),
            (2, Some(at(60)), Some(at(70)))
        );
    }

    #[test]
    fn what_was_kept_is_part_of_how_it_usually_goes() {
        let mut state = connected(true);
        let old = Past::of(&facts("old", Phase::Succeeded, 1, Some(40))).unwrap();
        update(&mut state, at(1_000), Msg::Recalled(0, vec![old.clone()]));
        let other = Msg::Recalled(
            9,
            vec![Past {
                finished: at(41),
                key: Key::new("qa", "x", "x"),
                ..old
            }],
        );
        update(&mut state, at(1_000), other);
        let run = facts("new", Phase::Running, 1, None);
        assert_eq!(
            state.fleet.history(&run.row),
            [30],
            "not of another session"
        );
    }

    #[test]
    fn an_end_that_is_seen_while_the_server_is_away_is_kept_when_it_is_back() {
        let mut state = connected(true);
        let up = std::mem::replace(&mut state.connection, Connection::Connecting);
        let ended = facts("a", Phase::Failed, 2, Some(70));
        assert_eq!(told(&mut state, ended.clone()), []);
        state.connection = up;
        let past = Past::of(&ended).unwrap();
        let kept = Effect::KeepPast("prod".into(), vec![past]);
        assert!(told(&mut state, ended).contains(&kept));
    }

    #[test]
    fn who_keeps_nothing_wants_nothing() {
        let mut state = connected(false);
        let ended = facts("a", Phase::Failed, 2, Some(70));
        assert_eq!(told(&mut state, ended), []);
        assert!(state.fleet.ended.is_empty());
    }
}

//! Any sequence of changes and faults, and at the end the console knows what the server knows.
//! Apart from the faults one by one, because combinations are what nobody thinks of.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::seen::{fleet, three, truth, watch_for};
use super::testing::Fault;

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8),
    Delete(u8),
    Compact,
    Close,
    Break,
    Cut,
    Garbage,
    Repeat,
    Refuse(u16, bool),
    Pass(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0u8..12, 0u8..5).prop_map(|(name, phase)| Step::Put(name, phase)),
        3 => (0u8..12).prop_map(Step::Delete),
        1 => Just(Step::Compact),
        1 => Just(Step::Close),
        1 => Just(Step::Break),
        1 => Just(Step::Cut),
        1 => Just(Step::Garbage),
        1 => Just(Step::Repeat),
        2 => (prop::sample::select(vec![410u16, 429, 500, 503, 401]), any::<bool>()).prop_map(|(code, watch)| Step::Refuse(code, watch)),
        3 => (0u8..60).prop_map(Step::Pass),
    ]
}

async fn play(
    steps: Vec<Step>,
) -> (
    Vec<(String, String, String)>,
    Vec<(String, String, String)>,
    usize,
    usize,
) {
    let server = three();
    let (mut stream, mut seen) = fleet(&server);
    for step in steps {
        match step {
            Step::Put(name, phase) => {
                let phase = ["", "Running", "Succeeded", "Failed", "Error"][usize::from(phase)];
                server.put(
                    "a",
                    &format!("run-{name}"),
                    if phase.is_empty() { "Pending" } else { phase },
                );
            }
            Step::Delete(name) => server.delete("a", &format!("run-{name}")),
            Step::Compact => server.compact(),
            Step::Close => server.close_watches(),
            Step::Break => server.break_watches(),
            Step::Cut => server.cut_watches(),
            Step::Garbage => server.inject(b"{\"type\":\n\x00\x01\n{}\n"),
            Step::Repeat => server.repeat_backwards(5),
            Step::Refuse(code, watch) => {
                let text = if watch { "watch=1" } else { "limit=" };
                server.fail(text, Fault::Status(code, "Storm", None));
            }
            Step::Pass(time) => watch_for(&mut stream, &mut seen, u64::from(time)).await,
        }
    }
    watch_for(&mut stream, &mut seen, 400).await;
    let open = server
        .runs()
        .iter()
        .filter(|run| matches!(run.phase.as_str(), "Running" | "Pending"))
        .count();
    let active = seen.active.values().map(BTreeMap::len).sum();
    (seen.all(), truth(&server), active, open)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn after_any_faults_the_console_knows_what_the_server_knows(steps in prop::collection::vec(step(), 0..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (seen, truth, active, open) = runtime.block_on(play(steps));
        prop_assert_eq!(seen, truth);
        prop_assert_eq!(active, open);
    }
}

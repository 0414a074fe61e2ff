//! The Failures screen: what is one cause and what is two, the way to its runs and back, and what its keys are about.
//! Apart from what a cause is, which has its tests beside it.

use jiff::Timestamp;
use serde_json::Value;
use tiphys::app::failures;
use tiphys::app::screens::failures::Order;
use tiphys::app::select;
use tiphys::app::state::{Screen, Tab};
use tiphys::sim::Embedded;

use crate::acting::console::{asks, writes};
use crate::bench::{self, Bench, EPOCH};
use crate::blessed;
use crate::cli::server::Server;
use crate::screens::{look_all, look_once, on_the_story, picture};

/// The cause that the story has most runs of, in three namespaces: the git host was down.
const GIT: &str = "checkout · fatal: unable to access";

async fn shown() -> (Embedded, Bench) {
    let options = tiphys::sim::Options {
        epoch: Some(EPOCH.parse().unwrap()),
        incidents: true,
        ..tiphys::sim::Options::default()
    };
    let cluster = Embedded::paused(options).unwrap();
    let mut bench = on_the_story(&cluster).await;
    bench.press("2");
    bench.seconds(1.0).await;
    (cluster, bench)
}

/// Each cause in words, with how many runs failed of it, in order.
fn told(bench: &Bench) -> Vec<(String, usize)> {
    let selection = failures::selection(&bench.state, bench.now());
    let groups = selection.groups.iter();
    groups
        .map(|group| (group.failure().unwrap().text(), group.runs.len()))
        .collect()
}

/// Puts the cursor on the cause that has these words.
fn stand(bench: &mut Bench, words: &str) {
    let at = told(bench)
        .iter()
        .position(|(text, _)| text.contains(words));
    let at = at.unwrap_or_else(|| panic!("no cause has {words}"));
    bench.press("g g");
    for _ in 0..at {
        bench.press("j");
    }
}

#[tokio::test(start_paused = true)]
async fn how_it_looks() {
    let (_cluster, mut bench) = shown().await;
    look_all("failures", &bench.state, bench.now());
    look_once("failures", &bench.state, bench.now(), (50, 12));
    let (frame, _) = picture(&bench.state, bench.now(), (120, 40), &bench::dusk());
    blessed::file("src/ui/screens/failures.txt", &frame);
    bench.press("s");
    look_once("failures-sort", &bench.state, bench.now(), (80, 24));
    bench.press("esc space j space");
    look_once("failures-marked", &bench.state, bench.now(), (120, 40));
    bench.press("esc /");
    bench.write("name:no-such-run");
    bench.press("enter");
    look_once("failures-nothing", &bench.state, bench.now(), (80, 24));
}

#[tokio::test(start_paused = true)]
async fn runs_that_failed_of_the_same_are_one_line_whatever_their_numbers_and_names() {
    let (_cluster, bench) = shown().await;
    let told = told(&bench);
    let count = |words: &str| {
        let found: Vec<_> = told
            .iter()
            .filter(|(text, _)| text.contains(words))
            .collect();
        assert_eq!(found.len(), 1, "{words}: {told:?}");
        found[0].1
    };
    assert_eq!(count(GIT), 4);
    assert!(count("validate · feed has * products without a price") >= 3);
    assert_eq!(count("fingerprint prompt did not open within *"), 2);
    assert_eq!(count("OOMKilled · shard"), 1);
    let failed = bench
        .state
        .fleet
        .iter()
        .filter(|run| run.state(bench.now()).is_bad())
        .count();
    assert_eq!(
        told.iter().map(|(_, count)| count).sum::<usize>(),
        failed,
        "each once"
    );
    let counts: Vec<usize> = told.iter().map(|(_, count)| *count).collect();
    assert!(counts.is_sorted_by(|a, b| a >= b), "most first: {counts:?}");
}

#[tokio::test(start_paused = true)]
async fn enter_shows_exactly_its_runs_and_the_way_back_leads_to_it() {
    let (_cluster, mut bench) = shown().await;
    bench.press("1 /");
    bench.write("ns:pay");
    bench.press("enter 2");
    stand(&mut bench, GIT);
    let on = bench.state.failures.on;
    bench.press("enter");
    assert_eq!(bench.state.screen, Screen::Runs);
    let rows = select::runs(&bench.state, bench.now()).rows;
    let names: Vec<&str> = rows.iter().map(|row| &*row.run.row.key.name).collect();
    assert_eq!(
        names,
        [
            "t42-refund-acceptance-k9r5n",
            "t51-login-ui-b4t7g",
            "image-scan-v6wq4",
            "t47-sepa-acceptance-8xk2d"
        ]
    );
    bench.press("esc");
    assert_eq!(bench.state.screen, Screen::Failures);
    assert_eq!(bench.state.failures.on, on);
    bench.press("1");
    assert_eq!(bench.state.runs.query.text(), "ns:pay", "as it was before");
    // Through the history the runs are found again.
    bench.press("2 enter [");
    assert_eq!(bench.state.screen, Screen::Failures);
    bench.press("]");
    assert!(bench.state.runs.query.text().starts_with("cause:"));
}

#[tokio::test(start_paused = true)]
async fn keys_about_a_run_are_about_the_newest_and_its_page_is_left_to_the_list() {
    let (_cluster, mut bench) = shown().await;
    stand(&mut bench, GIT);
    bench.seconds(1.0).await;
    bench.press("w");
    bench.seconds(1.0).await;
    bench.shows(&["Why · payments/t42-refund-acceptance-k9r5n"]);
    bench.press("esc l");
    let page = bench.state.page().unwrap();
    assert_eq!(
        (&*page.key.name, page.tab),
        ("t42-refund-acceptance-k9r5n", Tab::Log)
    );
    bench.press("q");
    assert!(failures::are_shown(&bench.state));
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_about_all_of_its_runs_one_first() {
    let (cluster, mut bench) = shown().await;
    stand(&mut bench, GIT);
    bench.press("x");
    bench.seconds(1.0).await;
    bench.shows(&["retry-step: not of many at once"]);
    bench.press("r");
    bench.until(5, asks).await;
    bench.shows(&["Retry 4 runs", "t47-sepa-acceptance-8xk2d"]);
    bench.press("y");
    bench.seconds(30.0).await;
    let mut patched: Vec<String> = writes(&cluster);
    patched.retain(|one| one.starts_with("PATCH"));
    patched.sort();
    patched.dedup();
    assert_eq!(patched.len(), 4, "{patched:?}");
    assert_eq!(
        bench.state.orders.bulk.as_ref().unwrap().counts(),
        (4, 0, 0)
    );
    bench.press("esc");
    let gone = told(&bench).iter().all(|(text, _)| !text.contains(GIT));
    assert!(gone, "they run again: {:?}", told(&bench));
    assert!(bench.state.failures.on.is_some());
}

#[tokio::test(start_paused = true)]
async fn marked_causes_are_done_together_and_a_cause_of_one_run_is_that_run() {
    let (_cluster, mut bench) = shown().await;
    stand(&mut bench, GIT);
    bench.press("space");
    stand(&mut bench, "fingerprint");
    bench.press("space x r");
    bench.until(5, asks).await;
    bench.shows(&["Retry 6 runs"]);
    bench.press("n");
    bench.shows(&["2 marked"]);
    bench.press("enter");
    assert_eq!(select::runs(&bench.state, bench.now()).rows.len(), 6);
    bench.press("esc esc");
    bench.hides(&["2 marked"]);
    stand(&mut bench, "OOMKilled");
    bench.press("x r");
    bench.until(5, asks).await;
    bench.shows(&["Retry · search/nightly-reindex-x7k2p"]);
}

#[tokio::test(start_paused = true)]
async fn it_is_filtered_and_ordered_as_the_other_lists() {
    let (_cluster, mut bench) = shown().await;
    bench.press("/");
    bench.write("ns:mobile");
    bench.press("enter");
    let counts: Vec<usize> = told(&bench).iter().map(|(_, count)| *count).collect();
    assert_eq!(counts, [2, 1], "of the git host only what failed there");
    bench.press("esc s down enter");
    assert_eq!(bench.state.failures.sort, Order::Newest);
    let selection = failures::selection(&bench.state, bench.now());
    let lasts: Vec<Option<Timestamp>> = selection.groups.iter().map(|group| group.last()).collect();
    assert!(lasts.is_sorted_by(|a, b| a >= b));
    bench.press("V");
    assert_eq!(bench.state.failures.marks.len(), told(&bench).len());
}

/// Ten thousand runs that failed, of a hundred causes.
#[test]
fn ten_thousand_failures_are_grouped_at_every_frame_without_reading_a_message() {
    use tiphys::model::delta::{Delta, FeedEvent};
    let mut state = bench::state();
    let rows = (0..10_000).map(|at| {
        let (cause, name) = (at % 100, format!("t{at}-acceptance-x7k2p"));
        let mut row = failed(&name, at);
        let words = ["left", "right", "up", "down", "in"];
        let word = format!("{}{}", words[cause % 5], "o".repeat(cause / 5));
        row.message =
            Some(format!("invalid spec: templates.{name}-{at} went {word} after {at}s").into());
        Delta::Put(row)
    });
    state.fleet.rows(&None, FeedEvent::Deltas(rows.collect()));
    let now = Timestamp::from_second(2_000_000).unwrap();
    let selection = failures::selection(&state, now);
    assert_eq!(selection.groups.len(), 100);
    assert!(selection.groups.iter().all(|group| group.runs.len() == 100));
    assert_eq!((selection.failed, selection.unread), (10_000, 0));
}

fn failed(name: &str, at: usize) -> tiphys::model::row::Row {
    tiphys::model::row::Row {
        key: tiphys::model::key::Key::new("qa", name, name),
        version: 1,
        created: Timestamp::from_second(1_000_000 + at as i64).ok(),
        phase: tiphys::model::phase::Phase::Failed,
        completed: true,
        message: None,
        labels: std::sync::Arc::from([]),
        malformed: None,
        series: None,
    }
}

#[test]
fn the_command_prints_the_groups_and_its_ids_are_words_of_the_filter() {
    let server = Server::story();
    let table = server.run(&["failures"]).good();
    let lines: Vec<&str> = table.lines().collect();
    assert!(
        lines[0].starts_with("RUNS") && lines[0].ends_with("CAUSE"),
        "{table}"
    );
    let json: Value =
        serde_json::from_str(&server.run(&["failures", "-o", "json"]).good()).unwrap();
    let groups = json.as_array().unwrap();
    assert_eq!(groups.len(), lines.len() - 1);
    for group in groups {
        let word = format!("cause:{}", group["id"].as_str().unwrap());
        let names = server.run(&["get", "runs", &word, "-o", "name"]).good();
        assert_eq!(
            names.lines().count() as u64,
            group["count"].as_u64().unwrap()
        );
        let runs = group["runs"].as_array().unwrap();
        for run in runs {
            let name = format!(
                "{}/{}",
                run["namespace"].as_str().unwrap(),
                run["name"].as_str().unwrap()
            );
            assert!(names.lines().any(|line| line == name), "{name}: {names}");
        }
    }
    let name = server.run(&["failures", "-o", "name"]).good();
    assert!(name.lines().all(|line| line.starts_with("cause:")));
    let wrong = server.run(&["failures", "colour:red"]);
    assert_eq!(wrong.code, 2);
}

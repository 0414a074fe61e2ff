//! `D`: in what a run differs from the last green one of its template, or two marked runs from each other.
//! Apart from the comparison and from which run is chosen, which have tests beside them.

use tiphys::app::compare::{Against, Section};
use tiphys::app::effect::Effect;
use tiphys::app::msg::Msg;
use tiphys::app::state::{Pane, Tab};
use tiphys::cluster::Cluster;
use tiphys::runtime::effects::Source;
use tiphys::sim::{Embedded, Scenario};

use crate::bench::{self, Bench, EPOCH};
use crate::screens::look_once;

async fn on_the_story() -> (Embedded, Bench) {
    let cluster = bench::still(Scenario::Story);
    let client = Cluster::from_service(cluster.api.clone(), "demo");
    let mut bench = Bench::of(Source::Ready(client), bench::options(), EPOCH);
    bench.seconds(20.0).await;
    (cluster, bench)
}

/// Puts the cursor on the first line that has these words.
fn stand(bench: &mut Bench, words: &str) {
    for _ in 0..80 {
        let text = bench.text();
        let mut lines = text.lines();
        if lines.any(|line| line.contains("┃▌") && line.contains(words)) {
            return;
        }
        bench.press("j");
    }
    panic!("no line has {words}: {}", bench.text());
}

async fn compare(bench: &mut Bench, run: &str) {
    bench.stand_on(run);
    bench.seconds(2.0).await;
    bench.press("D");
    bench.seconds(2.0).await;
}

const FAILED: &str = "t42-refund-acceptance";

#[tokio::test(start_paused = true)]
async fn a_failed_run_is_laid_beside_the_last_green_one_of_its_template() {
    let (_cluster, mut bench) = on_the_story().await;
    compare(&mut bench, FAILED).await;
    bench.shows(&[
        "Compare · payments/t42-refund-acceptance",
        "against t42-refund-acceptance-",
        "template acceptance in payments under this name",
        "criterion-5 failed here, succeeded there",
        "enter go there",
        "l logs",
        "f fold",
    ]);
    for size in [(80, 24), (120, 40), (200, 50), (40, 10)] {
        look_once("compare", &bench.state, bench.now(), size);
    }
    // A part folds and opens under the cursor.
    stand(&mut bench, "Parameters");
    bench.press("enter");
    bench.hides(&["8c1f2d0 → 9d04e77"]);
    bench.press("f");
    bench.shows(&["8c1f2d0 → 9d04e77"]);
    // The log is read when it is asked for, and not before.
    let asked = |bench: &Bench| {
        let logs = |effect: &&Effect| matches!(effect, Effect::CompareLogs { .. });
        bench.wanted.iter().filter(logs).count()
    };
    assert_eq!(asked(&bench), 0);
    bench.press("l");
    bench.seconds(2.0).await;
    assert_eq!(asked(&bench), 1);
    stand(&mut bench, "Log of criterion-5");
    bench.press("J J J J J J J J");
    look_once("compare-log", &bench.state, bench.now(), (120, 40));
    // Enter on a step goes to it.
    stand_up(&mut bench, "Failed: ");
    bench.press("enter");
    bench.seconds(1.0).await;
    let page = bench.state.open.as_ref().expect("the page of the run");
    assert_eq!(
        (&*page.key.name, page.pane, page.tab),
        (FAILED, Pane::Steps, Tab::Summary)
    );
    let on = page.cursor.on().expect("a step").to_string();
    let focus = bench.state.focus.as_ref().expect("a focus");
    let label = &focus.tree().branches[focus.branch(&on).expect("a branch")].label;
    assert_eq!(&**label, "criterion-5");
}

#[tokio::test(start_paused = true)]
async fn on_a_small_screen_the_log_that_was_asked_for_is_what_one_sees() {
    let (_cluster, mut bench) = on_the_story().await;
    bench.take(Msg::Resize(80, 24));
    compare(&mut bench, FAILED).await;
    stand(&mut bench, "Parameters");
    bench.hides(&["assertion failed: refund total"]);
    bench.press("l");
    bench.seconds(2.0).await;
    bench.shows(&["Log of criterion-5", "ERROR assertion failed: refund total"]);
}

/// The same, upwards.
fn stand_up(bench: &mut Bench, words: &str) {
    for _ in 0..80 {
        let text = bench.text();
        let mut lines = text.lines();
        if lines.any(|line| line.contains("┃▌") && line.contains(words)) {
            return;
        }
        bench.press("k");
    }
    panic!("no line has {words}: {}", bench.text());
}

#[tokio::test(start_paused = true)]
async fn a_step_of_the_other_run_is_shown_although_its_branch_is_closed() {
    let (_cluster, mut bench) = on_the_story().await;
    compare(&mut bench, FAILED).await;
    stand(&mut bench, "✔ Succeeded");
    bench.press("enter");
    bench.seconds(3.0).await;
    let page = bench
        .state
        .open
        .as_ref()
        .expect("the page of the other run");
    assert_ne!(&*page.key.name, FAILED);
    let focus = bench.state.focus.as_ref().expect("a focus");
    let on = page.cursor.on().expect("a step");
    let branch = focus.branch(on).expect("a branch");
    assert!(&*focus.tree().branches[branch].label == "criterion-5");
    let rows = focus.rows(&page.folds);
    assert!(rows.iter().any(|row| row.id == *on), "it is hidden");
}

#[tokio::test(start_paused = true)]
async fn marks_say_which_two_and_too_many_say_why_not() {
    let (_cluster, mut bench) = on_the_story().await;
    let pair = |bench: &Bench| match bench.state.compare.as_ref().map(|one| one.against.clone()) {
        Some(Against::Run(pair, why)) => {
            (pair.here.name.to_string(), pair.there.name.to_string(), why)
        }
        other => panic!("no two runs: {other:?}"),
    };
    bench.stand_on("t51-login-ui");
    bench.press("space");
    bench.stand_on(FAILED);
    bench.press("D");
    let (here, there, why) = pair(&bench);
    assert_eq!((&*here, &*there), (FAILED, "t51-login-ui"));
    assert_eq!(why, "the one that is marked");
    bench.press("esc");
    bench.stand_on(FAILED);
    bench.press("space");
    bench.press("D");
    let (here, there, why) = pair(&bench);
    assert_eq!((&*here, &*there), (FAILED, "t51-login-ui"));
    assert_eq!(why, "the older of the two that are marked");
    bench.seconds(2.0).await;
    bench.shows(&["only here", "only there"]);
    bench.press("esc");
    bench.stand_on("t44-load-500rps");
    bench.press("space");
    bench.press("D");
    assert!(bench.state.overlay.is_none());
    bench.shows(&["3 runs are marked, and two can be compared"]);
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_green_others_are_offered() {
    let (_cluster, mut bench) = on_the_story().await;
    compare(&mut bench, "t44-load-500rps").await;
    bench.shows(&[
        "has nothing to be compared with",
        "No green run of template load-test is known in checkout",
        "ttlStrategy",
    ]);
    look_once("compare-nothing", &bench.state, bench.now(), (80, 24));
}

#[tokio::test(start_paused = true)]
async fn it_is_copied_whole_and_read_again() {
    let (_cluster, mut bench) = on_the_story().await;
    compare(&mut bench, FAILED).await;
    stand(&mut bench, "Parameters");
    bench.press("f");
    let folded = bench.state.compare.as_ref().expect("a comparison");
    assert!(folded.folded.contains(&Section::Parameters));
    bench.press("c");
    let copied = bench.wanted.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.to_string()),
        _ => None,
    });
    let copied = copied.expect("a text for the clipboard");
    assert!(
        copied.starts_with("payments/t42-refund-acceptance (Failed "),
        "{copied}"
    );
    assert!(copied.contains("8c1f2d0 → 9d04e77"), "{copied}");
    bench.press("ctrl-r");
    assert!(bench.state.overlay.is_some());
    assert_eq!(
        bench.state.compare.as_ref().map(|one| one.answer.is_none()),
        Some(true)
    );
    bench.seconds(2.0).await;
    bench.shows(&["criterion-5 failed here"]);
    let read = |effect: &&Effect| matches!(effect, Effect::Compare(..));
    assert_eq!(bench.wanted.iter().filter(read).count(), 2);
    // The key that leads back everywhere closes it, and nothing else.
    bench.press("q");
    assert!(bench.state.overlay.is_none());
    assert!(
        !bench
            .wanted
            .iter()
            .any(|effect| matches!(effect, Effect::Quit))
    );
}

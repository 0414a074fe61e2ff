//! Searching on a Run page: `/`, then from match to match in what is focused, and out again.
//! Apart from the other journeys, because each pane has lines of its own kind.

use tiphys::app::state::Pane;
use tiphys::cluster::Cluster;
use tiphys::runtime::effects::Source;
use tiphys::sim::{Embedded, Scenario};

use crate::bench::{self, Bench, EPOCH};

/// A console on a run of the story that failed.
async fn on_a_run() -> (Embedded, Bench) {
    let cluster = bench::still(Scenario::Story);
    let client = Cluster::from_service(cluster.api.clone(), "demo");
    let mut bench = Bench::of(Source::Ready(client), bench::options(), EPOCH);
    bench.seconds(20.0).await;
    bench.stand_on("t42-refund-acceptance");
    bench.press("enter");
    bench.seconds(1.0).await;
    (cluster, bench)
}

/// The line of the match one stands on.
fn hit(bench: &Bench) -> usize {
    let page = bench.state.open.as_ref().expect("a page");
    page.hit.expect("a match")
}

#[tokio::test(start_paused = true)]
async fn the_yaml_is_searched_and_goes_round() {
    let (_cluster, mut bench) = on_a_run().await;
    bench.press("y");
    bench.seconds(1.0).await;
    bench.press("/");
    // Typed and confirmed before anything could be drawn, as a fast hand over a slow line does.
    bench.write("criterion-5");
    bench.press("enter");
    bench.seconds(0.2).await;
    let mut tops = vec![hit(&bench)];
    assert!(tops[0] > 0, "{}", bench.text());
    let first = bench.text();
    let line = first.lines().find(|line| line.contains("criterion-5"));
    assert!(line.is_some(), "{first}");
    loop {
        bench.press("n");
        if hit(&bench) == tops[0] || tops.len() > 200 {
            break;
        }
        tops.push(hit(&bench));
    }
    assert!(tops.len() > 1 && tops.is_sorted(), "{tops:?}");
    bench.press("N");
    assert_eq!(hit(&bench), tops[tops.len() - 1], "back, around the top");

    bench.press("/");
    bench.write("no such word");
    bench.press("enter");
    bench.seconds(0.2).await;
    bench.shows(&["no line matches `no such word`"]);
    bench.press("esc");
    assert!(bench.state.open.is_some(), "the search ends first");
    bench.press("esc");
    assert!(bench.state.open.is_none(), "then the page");
}

#[tokio::test(start_paused = true)]
async fn matches_of_the_last_page_are_gone_through_too() {
    let (_cluster, mut bench) = on_a_run().await;
    bench.press("y");
    bench.seconds(1.0).await;
    // The last lines of an object are of its status.
    bench.press("G");
    let last = bench.text();
    let word = "startedAt|finishedAt|phase";
    bench.press("/");
    bench.write(word);
    bench.press("enter");
    bench.seconds(0.2).await;
    let mut seen = 0;
    for _ in 0..6 {
        let before = hit(&bench);
        bench.press("n");
        seen += usize::from(hit(&bench) != before);
    }
    assert_eq!(seen, 6, "each key goes somewhere else:\n{last}");
}

#[tokio::test(start_paused = true)]
async fn a_step_is_found_where_it_is_folded_away() {
    let (_cluster, mut bench) = on_a_run().await;
    assert_eq!(bench.state.open.as_ref().expect("a page").pane, Pane::Steps);
    bench.press("F /");
    bench.write("criterion-2");
    bench.press("enter");
    bench.seconds(0.2).await;
    let page = bench.state.open.as_ref().expect("a page");
    let focus = bench.state.focus.as_ref().expect("the run");
    let row = page.steps.row().expect("a step under the cursor");
    assert_eq!(&*focus.tree().branches[row.branch].label, "criterion-2");
    bench.shows(&["/criterion-2 1 of 2"]);
    let page = bench.state.open.as_ref().expect("a page");
    assert!(
        !page.folds.only_failures,
        "it passed, and is shown all the same"
    );

    bench.press("/");
    bench.write("no-such-step");
    bench.press("enter");
    bench.shows(&["no step matches `no-such-step`"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_searched_for_is_marked_in_the_log_too() {
    let (_cluster, mut bench) = on_a_run().await;
    bench.press("/");
    bench.write("assertion");
    bench.press("enter");
    bench.press("l");
    bench.seconds(1.0).await;
    bench.shows(&["/assertion"]);
    bench.press("/");
    bench.write("(");
    bench.press("enter");
    assert!(
        bench.state.prompt.is_some(),
        "what means nothing is not taken"
    );
    bench.press("esc");
    bench.shows(&["/assertion"]);
}

//! `w`: why a run is where it is, with its evidence, and the way to where each piece can be seen.
//! Apart from the sentences, which have tests beside them.

use tiphys::app::effect::Effect;
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

/// Puts the cursor of the list of evidence on the first line that has these words.
fn stand(bench: &mut Bench, words: &str) {
    for _ in 0..20 {
        let text = bench.text();
        let on = text
            .lines()
            .find(|line| line.contains("┃▌") && line.contains(words));
        if on.is_some() {
            return;
        }
        bench.press("j");
    }
    panic!("no line has {words}: {}", bench.text());
}

async fn why(bench: &mut Bench, run: &str) {
    bench.stand_on(run);
    bench.seconds(2.0).await;
    bench.press("w");
    bench.seconds(0.2).await;
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_followed_to_its_step_its_object_and_its_log() {
    let (_cluster, mut bench) = on_the_story().await;
    why(&mut bench, "t42-refund-acceptance").await;
    bench.shows(&[
        "Why · payments/t42-refund-acceptance",
        "Step criterion-5 ended with exit code 1 in both attempts: assertion failed",
        "ERROR assertion failed: refund total",
        "enter go there",
        "c copy",
    ]);
    for (name, size) in [("why", (120, 40)), ("why", (80, 24)), ("why", (40, 10))] {
        look_once(name, &bench.state, bench.now(), size);
    }
    bench.press("enter");
    bench.seconds(0.5).await;
    let page = bench.state.open.as_ref().expect("the page of the run");
    assert_eq!((page.pane, page.tab), (Pane::Steps, Tab::Summary));
    let on = page.cursor.on().expect("a step").to_string();
    let focus = bench.state.focus.as_ref().expect("a focus");
    let label = &focus.tree().branches[focus.branch(&on).expect("a branch")].label;
    assert_eq!(&**label, "criterion-5(1)");

    bench.press("w");
    stand(&mut bench, "message");
    bench.press("enter");
    bench.seconds(1.0).await;
    // The object came: once drawn, it is known where the words stand.
    bench.draw();
    bench.seconds(0.2).await;
    let page = bench.state.open.as_ref().expect("the page of the run");
    assert_eq!(page.tab, Tab::Yaml);
    let hit = page.hit.expect("the node in the object");
    let yaml = focus_yaml(&bench);
    let line = yaml.lines().nth(hit).unwrap_or_default().trim();
    assert_eq!(line.trim_end_matches(':'), on);

    bench.press("w");
    stand(&mut bench, "log");
    bench.press("enter");
    bench.seconds(2.0).await;
    let page = bench.state.open.as_ref().expect("the page of the run");
    assert_eq!(page.tab, Tab::Log);
    assert_eq!(bench.state.log.only.as_deref(), Some("criterion-5(1)"));
}

fn focus_yaml(bench: &Bench) -> String {
    let focus = bench.state.focus.as_ref().expect("a focus");
    match &focus.yaml {
        Some(Ok(text)) => text.to_string(),
        other => panic!("no object: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_lock_leads_to_the_run_that_holds_it() {
    let (_cluster, mut bench) = on_the_story().await;
    why(&mut bench, "t44-load-500rps").await;
    bench.shows(&["for mutex staging, held by t41-regression"]);
    stand(&mut bench, "t41-regression");
    bench.press("enter");
    bench.seconds(0.5).await;
    let page = bench.state.open.as_ref().expect("a page");
    assert_eq!(&*page.key.name, "t41-regression");
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_finds_no_place_and_one_without_an_image_say_so() {
    let (_cluster, mut bench) = on_the_story().await;
    why(&mut bench, "t58-device-farm").await;
    bench.shows(&["finds no node that takes it", "0/6 nodes are available"]);
    stand(&mut bench, "FailedScheduling");
    bench.press("enter");
    bench.seconds(0.5).await;
    let page = bench.state.open.as_ref().expect("a page");
    assert_eq!((page.tab, page.hit.is_some()), (Tab::Events, true));
    bench.press("esc");
    bench.press("esc");
    why(&mut bench, "image-scan-8s2lp").await;
    bench.shows(&["cannot pull image scanner:9.4 (ImagePullBackOff)"]);
    why_ends(&mut bench);
}

fn why_ends(bench: &mut Bench) {
    bench.press("esc");
    assert!(bench.state.overlay.is_none() && bench.state.open.is_none());
}

#[tokio::test(start_paused = true)]
async fn all_of_it_is_copied_and_letters_narrow_nothing() {
    let (_cluster, mut bench) = on_the_story().await;
    why(&mut bench, "t42-refund-acceptance").await;
    bench.press("z");
    bench.press("c");
    let copied = bench.wanted.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.to_string()),
        _ => None,
    });
    let copied = copied.expect("a text for the clipboard");
    assert!(
        copied.starts_with("payments/t42-refund-acceptance\nStep criterion-5 ended"),
        "{copied}"
    );
    assert!(copied.contains("ERROR assertion failed"), "{copied}");
    assert!(bench.state.overlay.is_some());
}

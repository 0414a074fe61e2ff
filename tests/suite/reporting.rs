//! `R`: a report of a run, to be saved, copied or opened elsewhere.
//! Apart from the Markdown of single pieces, which has tests beside it, and from `tiphys report`, which tells the same.

use tiphys::app::aside::{Aside, Program};
use tiphys::app::effect::Effect;
use tiphys::app::overlay::OverlayKind;
use tiphys::cluster::Cluster;
use tiphys::runtime::effects::Source;
use tiphys::sim::{Embedded, Scenario};

use crate::bench::{self, Bench, EPOCH};
use crate::screens::look_once;

const FAILED: &str = "t42-refund-acceptance";

async fn on_the_story() -> (Embedded, Bench) {
    let cluster = bench::still(Scenario::Story);
    let client = Cluster::from_service(cluster.api.clone(), "demo");
    let mut bench = Bench::of(Source::Ready(client), bench::options(), EPOCH);
    bench.seconds(20.0).await;
    (cluster, bench)
}

fn copied(bench: &Bench) -> String {
    let copied = bench.wanted.iter().rev().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.to_string()),
        _ => None,
    });
    copied.expect("a text for the clipboard")
}

#[tokio::test(start_paused = true)]
async fn a_report_tells_what_failed_when_and_what_is_different() {
    let (_cluster, mut bench) = on_the_story().await;
    bench.stand_on(FAILED);
    bench.seconds(2.0).await;
    bench.press("R");
    bench.seconds(2.0).await;
    bench.shows(&[
        "Report · payments/t42-refund-acceptance",
        "S save",
        "c copy",
    ]);
    for size in [(80, 24), (120, 40), (200, 50), (40, 10)] {
        look_once("report", &bench.state, bench.now(), size);
    }
    bench.press("c");
    insta::assert_snapshot!("report-failed", copied(&bench));
    // The one that is opened elsewhere is that text too, masked once more.
    bench.press("|");
    let aside = bench.wanted.iter().rev().find_map(|effect| match effect {
        Effect::Aside(_, Aside::Read { program, saved }) => Some((program.clone(), saved.clone())),
        _ => None,
    });
    let (program, saved) = aside.expect("something to read");
    assert_eq!(
        (program, &*saved.path, saved.masked),
        (Program::Pager, "t42-refund-acceptance.report.md", true)
    );
    assert_eq!(
        &*saved.lines[0].text,
        "# payments/t42-refund-acceptance: Failed"
    );
}

#[tokio::test(start_paused = true)]
async fn it_is_saved_under_a_name_of_its_own_by_key_and_by_word() {
    let (_cluster, mut bench) = on_the_story().await;
    bench.stand_on(FAILED);
    bench.seconds(2.0).await;
    bench.press("R");
    bench.seconds(2.0).await;
    bench.press("S");
    bench.shows(&[
        "save t42-refund-acceptance.report.md",
        "saves the report to",
    ]);
    let before = bench.wanted.len();
    bench.press("esc");
    assert!(bench.state.line.is_none(), "nothing was saved");
    assert!(matches!(
        bench.state.overlay.as_ref().map(|over| &over.kind),
        Some(OverlayKind::Report { .. })
    ));
    let saves = |effect: &Effect| matches!(effect, Effect::SaveLog(_));
    assert!(!bench.wanted[before..].iter().any(saves));
}

//! The forms of the steps: what graph and Gantt chart look like, how keys move in them, and that a frame costs what is in view.
//! Apart from screens and journeys, because all three forms are held to the same here.

use std::sync::Arc;

use tiphys::app::drawn::Target;
use tiphys::app::state::{Pane, Tab};
use tiphys::app::steps::Form;
use tiphys::sim::Scenario;
use tiphys::ui::theme::Theme;

use crate::bench::{self, Bench};
use crate::screens::{look, on_the_story, open};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 50)];

/// The step under the cursor, by name.
#[track_caller]
fn under(bench: &Bench) -> String {
    let page = bench.state.page().expect("a Run page");
    let row = page.steps.row().expect("a step under the cursor");
    let focus = bench.state.focus.as_ref().expect("a run is looked at");
    focus.tree().branches[row.branch].label.to_string()
}

#[tokio::test(start_paused = true)]
async fn what_graph_and_gantt_look_like() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    let dusk = bench::dusk();
    let mono = Theme::built_in("mono").expect("it is built in");
    for (name, filter) in [
        ("dag", "name:t60-platform-upgrade status:running"),
        ("failed", "name:t42-refund-acceptance status:failed"),
        ("fan-out", "name:t36-relevance status:running"),
        ("fan-out-failed", "name:nightly-reindex-x7k2p"),
    ] {
        open(&mut bench, filter).await;
        for (form, word) in [(Form::Graph, "graph"), (Form::Gantt, "gantt")] {
            bench.press("t");
            assert_eq!(bench.state.form, form);
            for size in SIZES {
                let (state, now) = (&bench.state, bench.now());
                let name = format!("steps-{word}-{name}-{}x{}", size.0, size.1);
                look(&format!("{name}-unicode"), state, now, size, &dusk);
                look(
                    &format!("{name}-ascii"),
                    state,
                    now,
                    size,
                    &dusk.clone().ascii(),
                );
                if size.0 == 120 {
                    look(&format!("{name}-mono"), state, now, size, &mono);
                }
            }
        }
        bench.press("t");
        assert_eq!(bench.state.form, Form::Tree);
    }
}

#[tokio::test(start_paused = true)]
async fn turning_keeps_the_step_and_the_next_page_keeps_the_form() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.stand_on("t42-refund-acceptance");
    bench.press("enter");
    bench.seconds(2.0).await;
    bench.shows(&["Steps · tree (t)"]);
    bench.press("g g j");
    assert_eq!(under(&bench), "checkout");
    bench.shows(&["Step checkout"]);
    for title in [
        "Steps · graph (t)",
        "Steps · gantt (t)",
        "Steps · tree (t)",
        "Steps · graph (t)",
    ] {
        bench.press("t");
        bench.shows(&[title, "Step checkout"]);
        assert_eq!(under(&bench), "checkout");
    }
    // An attempt is its step in a graph, and itself again in the tree.
    bench.press("t t");
    assert_eq!(bench.state.form, Form::Tree);
    bench.press("e j");
    assert_eq!(under(&bench), "criterion-5(0)");
    bench.press("t");
    assert_eq!(under(&bench), "criterion-5");
    bench.shows(&["criterion-5 ×2"]);
    bench.press("t t");
    assert_eq!(under(&bench), "criterion-5(0)");
    bench.press("t esc");
    bench.stand_on("t17-cart-smoke");
    bench.press("enter");
    bench.seconds(2.0).await;
    bench.shows(&["Steps · graph (t)"]);
}

#[tokio::test(start_paused = true)]
async fn keys_follow_the_edges_of_the_graph() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    open(&mut bench, "name:t60-platform-upgrade status:running").await;
    bench.press("t g g");
    assert_eq!(under(&bench), "t60-platform-upgrade");
    for (keys, step) in [
        ("h", "t60-platform-upgrade"),
        ("l", "plan"),
        ("right", "backup"),
        ("l", "drain-dns"),
        ("k", "drain-dns"),
        ("j", "drain-ingress"),
        ("down down up", "drain-certs"),
        ("l", "upgrade-certs"),
        ("l", "probe-certs"),
        ("j", "bench-certs"),
        ("l", "accept-certs"),
        ("left", "bench-certs"),
        ("h h h", "backup"),
        ("G", "sign-off"),
    ] {
        bench.press(keys);
        assert_eq!(under(&bench), step, "after {keys}");
    }
    // What the arrows do elsewhere they do not do here, and the log has a key all the same.
    assert_eq!(bench.state.page().map(|page| page.tab), Some(Tab::Summary));
    bench.press("L");
    assert_eq!(bench.state.page().map(|page| page.tab), Some(Tab::Log));
    assert_eq!(bench.state.page().map(|page| page.pane), Some(Pane::Detail));
    let before = bench.state.log.times;
    bench.press("t");
    assert_ne!(bench.state.log.times, before, "in the log t is its own");
    assert_eq!(bench.state.form, Form::Graph);
    the_graph_scrolls_with_the_cursor(&mut bench).await;
}

async fn the_graph_scrolls_with_the_cursor(bench: &mut Bench) {
    bench.press("tab");
    bench.state.size = (80, 24);
    bench.press("g g");
    bench.shows(&["● t60-platform-upgrade", "columns 1–"]);
    bench.hides(&["accept-dns"]);
    bench.press("l l l l l l");
    assert_eq!(under(bench), "accept-dns");
    bench.shows(&["▌◷ accept-dns"]);
    bench.hides(&["● t60-platform-upgrade"]);
    bench.press("j j j j j j j j j j");
    assert_eq!(under(bench), "accept-mesh");
    bench.shows(&["accept-mesh"]);
    bench.press("h h h h h h");
    bench.shows(&["● t60-platform-upgrade"]);
}

#[tokio::test(start_paused = true)]
async fn e_goes_to_the_next_failure_in_every_form() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.stand_on("t42-refund-acceptance");
    bench.press("enter");
    bench.seconds(2.0).await;
    for _ in 0..3 {
        bench.press("g g");
        assert_ne!(under(&bench), "criterion-5");
        // Closed above it, opened by the jump.
        bench.press("f e");
        assert_eq!(under(&bench), "criterion-5");
        bench.shows(&["criterion-5", "Step criterion-5"]);
        bench.press("e");
        assert_eq!(under(&bench), "criterion-5", "there is no other");
        bench.press("g g E");
        assert_eq!(under(&bench), "criterion-5");
        bench.press("t");
    }
    bench.press("esc esc");
    open(&mut bench, "name:t36-relevance status:running").await;
    bench.press("e");
    bench.shows(&["no step failed"]);
}

#[tokio::test(start_paused = true)]
async fn a_fan_out_opens_and_closes_in_a_graph() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    open(&mut bench, "name:t36-relevance status:running").await;
    bench.press("t");
    assert_eq!(under(&bench), "shard");
    bench.hides(&["shard(3:3)"]);
    bench.press("enter l j j j");
    bench.shows(&["shard(3:3)", "rows 1–"]);
    assert_eq!(under(&bench), "shard(3:3)");
    bench.press("h f");
    bench.hides(&["shard(3:3)"]);
    assert_eq!(under(&bench), "shard");
}

/// Steps that a frame drew.
fn drawn_steps(bench: &mut Bench) -> usize {
    bench.draw();
    let is_step = |target: &Target| matches!(target, Target::Branch(_));
    bench
        .state
        .hits
        .iter()
        .filter(|hit| is_step(&hit.target))
        .count()
}

async fn on_a_big_run(nodes: usize) -> Bench {
    let cluster = bench::still(Scenario::Big { nodes });
    let mut bench = Bench::on(&cluster.api);
    bench.seconds(3.0).await;
    bench.stand_on("big-inline");
    bench.press("enter");
    bench.seconds(3.0).await;
    bench
}

#[tokio::test(start_paused = true)]
async fn a_frame_draws_what_is_in_view_however_large_the_run_is() {
    let mut small = on_a_big_run(600).await;
    let mut large = on_a_big_run(5_000).await;
    for form in [Form::Tree, Form::Graph, Form::Gantt] {
        assert_eq!((small.state.form, large.state.form), (form, form));
        for keys in ["g g", "ctrl-d", "G"] {
            small.press(keys);
            large.press(keys);
            let (few, many) = (drawn_steps(&mut small), drawn_steps(&mut large));
            assert!(few > 0 && few < 400, "{few} of 600 in {form:?}");
            let height = usize::from(large.state.size.1);
            assert!(
                many.abs_diff(few) <= height,
                "{few} of 600 steps, {many} of 5,000 in {form:?} after {keys}"
            );
        }
        small.press("t");
        large.press("t");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_laid_out_anew_while_nothing_changed() {
    let mut bench = on_a_big_run(300).await;
    bench.press("t");
    let laid = |bench: &Bench| {
        let page = bench.state.page().expect("a Run page");
        let drawing = page.steps.drawing().expect("a graph");
        (drawing.stretches.as_ptr(), drawing.layers.columns.as_ptr())
    };
    let before = laid(&bench);
    bench.press("j l k h ctrl-d");
    bench.seconds(5.0).await;
    assert_eq!(
        laid(&bench),
        before,
        "keys and ticks leave the layout alone"
    );
    bench.press("F F");
    assert!(bench.state.page().is_some());
    let id: Arc<str> = bench
        .state
        .page()
        .and_then(|page| page.steps.row())
        .map(|row| row.id.clone())
        .expect("a step");
    assert!(!id.is_empty());
}

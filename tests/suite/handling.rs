//! What hands that know other consoles expect: searching, scrolling sideways, short menus, clicks, completion.
//! Apart from getting around, which is about places; here it matters how one thing is handled.

use tiphys::app::drawn::Target;
use tiphys::app::msg::Msg;
use tiphys::app::overlay::{Item, OverlayKind};
use tiphys::app::select::SortKey;
use tiphys::app::state::{Pane, Tab};
use tiphys::app::steps::Form;
use tiphys::sim::{Embedded, Scenario};
use tiphys::ui::theme::Role;

use crate::bench::{self, Bench};
use crate::screens::on_the_story;

/// The console on the story, everything read, on the page of a run.
async fn page_of(name: &str, size: (u16, u16)) -> (Embedded, Bench) {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.take(Msg::Resize(size.0, size.1));
    bench.stand_on(name);
    bench.seconds(1.0).await;
    bench.press("enter");
    bench.seconds(2.0).await;
    (cluster, bench)
}

/// How many cells are drawn as the match one stands on.
fn cells_here(bench: &mut Bench) -> usize {
    let style = bench::dusk().style(Role::Here);
    let buffer = bench.draw();
    let cells = buffer.content().iter();
    cells.filter(|cell| Some(cell.bg) == style.bg).count()
}

#[tokio::test(start_paused = true)]
async fn a_search_says_which_match_one_stands_on() {
    let (_cluster, mut bench) = page_of("t42-refund-acceptance", (120, 40)).await;
    bench.press("y");
    bench.seconds(2.0).await;
    bench.press("/");
    bench.write("template:");
    bench.press("enter");
    bench.seconds(0.1).await;
    let found = bench.state.page().expect("a page").found.clone();
    let count = found.expect("places").len();
    assert!(count > 3, "the story has several");
    bench.shows(&[&format!("/template: 1 of {count}")]);
    assert_eq!(cells_here(&mut bench), "template:".len(), "one, not all");
    bench.press("n n");
    bench.shows(&[&format!("/template: 3 of {count}")]);
    bench.press("N N N");
    bench.shows(&[&format!("/template: {count} of {count}")]);

    // What is found stands among the lines around it, not at the edge.
    let page = bench.state.page().expect("a page");
    let hit = page.hit.expect("a match");
    assert!(hit > page.top && hit < page.top + page.detail_height);

    // The same in the steps, and in the log.
    bench.press("tab /");
    bench.write("criterion-");
    bench.press("enter");
    bench.shows(&["/criterion- ", " of "]);
    assert_eq!(cells_here(&mut bench), "criterion-".len());
    bench.press("l");
    bench.seconds(2.0).await;
    bench.press("/");
    bench.write("refund");
    bench.press("enter n");
    let nth = bench.state.log.nth_match().expect("a line");
    let all = bench.state.log.match_count();
    bench.shows(&[&format!("/refund {nth} of {all}")]);
    bench.press("esc");
    bench.hides(&[&format!("/refund {nth} of")]);
}

#[tokio::test(start_paused = true)]
async fn text_beyond_the_edge_is_reached_sideways_or_wrapped() {
    let (_cluster, mut bench) = page_of("t42-refund-acceptance", (80, 24)).await;
    bench.press("y");
    bench.seconds(2.0).await;
    bench.take(Msg::Resize(40, 24));
    let text = |bench: &Bench| {
        let focus = bench.state.focus.as_ref().expect("a focus");
        focus.yaml.clone().expect("asked for").expect("read")
    };
    let yaml = text(&bench);
    let longest = yaml.lines().max_by_key(|line| line.len()).expect("lines");
    let end = &longest[longest.len() - 8..];
    // A match beyond the edge is brought into view.
    bench.press("/");
    bench.write(&regex::escape(end));
    bench.press("enter");
    bench.seconds(0.1).await;
    bench.shows(&[end, "from column "]);
    assert!(bench.state.page().expect("a page").aside > 0);
    while bench.state.page().expect("a page").aside > 0 {
        bench.press("shift-left");
    }
    bench.hides(&["from column"]);
    bench.press("shift-right");
    assert!(bench.state.page().expect("a page").aside > 0);
    // Wrapped, everything is in view somewhere and nothing goes sideways.
    bench.press("W");
    let page = bench.state.page().expect("a page");
    assert_eq!((page.aside, page.beyond), (0, false));
    assert!(page.lines > yaml.lines().count());
}

#[tokio::test(start_paused = true)]
async fn another_order_is_seen_from_its_top() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.press("G s");
    bench.write("longest");
    bench.press("enter");
    assert_eq!(bench.state.runs.sort, SortKey::Elapsed);
    bench.shows(&["by longest", "  1 of "]);
    // The same one again turns it round, and is seen from its top too.
    bench.press("j j s");
    bench.write("longest");
    bench.press("enter");
    assert!(bench.state.runs.reversed);
    bench.shows(&["  1 of "]);
}

#[tokio::test(start_paused = true)]
async fn the_log_of_a_failure_opens_where_the_trouble_is() {
    let (_cluster, mut bench) = page_of("t42-refund-acceptance", (120, 20)).await;
    bench.press("l");
    bench.seconds(3.0).await;
    bench.shows(&[
        "first error of criterion-5(1)",
        "assertion failed: refund total",
    ]);
    // Whoever moves leaves it, and comes back to where they were.
    bench.press("g g");
    bench.hides(&["first error of"]);
    bench.press("y l");
    bench.hides(&["first error of"]);
    bench.press("f");
    assert!(bench.state.log.follow);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_runs_log_says_what_it_waits_for() {
    let (_cluster, mut bench) = page_of("t44-load-500rps", (120, 30)).await;
    bench.press("l");
    bench.seconds(2.0).await;
    bench.shows(&[
        "no pod is known yet",
        "Waiting · lock staging held by t41-regression",
    ]);
}

#[tokio::test(start_paused = true)]
async fn letters_narrow_every_list_and_other_keys_move_in_it() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.press("s ctrl-n down ctrl-p");
    let under = |bench: &Bench| {
        bench
            .state
            .overlay
            .as_ref()
            .and_then(|over| over.shown.clone())
    };
    assert_eq!(under(&bench), Some(Item::Sort(SortKey::Created)));
    bench.shows(&[
        "down up move",
        "letters narrow",
        "enter choose",
        "esc close",
    ]);
    bench.write("j");
    bench.shows(&["nothing matches"]);
    bench.press("backspace");
    // Whose hands begin with a slash has said the same.
    bench.press("/");
    bench.write("prog");
    assert_eq!(under(&bench), Some(Item::Sort(SortKey::Progress)));
    bench.press("esc C");
    bench.shows(&["enter show or hide", "DONE", "how much is done, as a bar"]);
    for list in ["?", "#", "@", "s", "C", "g m", "g c", "g j", "ctrl-p"] {
        bench.press("esc");
        bench.press(list);
        bench.write("jk");
        let over = bench.state.overlay.as_ref().expect("a list");
        assert_eq!(over.editor.text(), "jk", "{list}");
        bench.shows(&["letters narrow"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_click_takes_a_line_of_a_list() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.press("s");
    let wanted = Target::Choice(Item::Sort(SortKey::Name));
    let hit = bench.state.hits.iter().find(|hit| hit.target == wanted);
    let (x, y) = hit.map(|hit| (hit.x + 2, hit.y)).expect("its line");
    // Beside the list there is nothing, whatever is below it.
    bench.take(Msg::Click(0, y));
    assert!(matches!(&bench.state.overlay, Some(over) if over.kind == OverlayKind::Sort));
    bench.take(Msg::Click(x, y));
    assert!(bench.state.overlay.is_none());
    assert_eq!(bench.state.runs.sort, SortKey::Name);
}

#[tokio::test(start_paused = true)]
async fn the_filter_is_completed() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.press("/");
    bench.write("sta");
    bench.press("tab");
    let text = |bench: &Bench| {
        let prompt = bench.state.prompt.as_ref().expect("a prompt");
        prompt.editor.text().to_string()
    };
    assert_eq!(text(&bench), "status:");
    bench.write("fai");
    bench.press("tab");
    assert_eq!(text(&bench), "status:failed");
    bench.write(" ns:");
    bench.press("tab");
    let first = text(&bench);
    bench.press("tab");
    let second = text(&bench);
    let chosen = [first, second].map(|text| text.replace("status:failed ns:", ""));
    assert_eq!(chosen, ["catalog", "checkout"]);
    bench.shows(&["payments", "namespace"]);
    bench.press("enter");
    assert_eq!(bench.state.runs.query.text(), "status:failed ns:checkout");
}

#[tokio::test(start_paused = true)]
async fn namespaces_are_seen_at_eighty_columns() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.take(Msg::Resize(80, 24));
    let text = bench.text();
    let line = text
        .lines()
        .find(|line| line.contains("t42-refund"))
        .expect("a run");
    assert!(line.contains("payments"), "{line}");
    assert!(line.contains("exit 1"), "{line}");
}

#[tokio::test(start_paused = true)]
async fn the_way_back_in_the_graph_leads_back() {
    let (_cluster, mut bench) = page_of("t42-refund-acceptance", (160, 45)).await;
    bench.press("t");
    assert_eq!(bench.state.form, Form::Graph);
    let on = |bench: &Bench| {
        let page = bench.state.page().expect("a page");
        page.steps.row().expect("a step").id.clone()
    };
    // From every step of the graph, as far left as it goes and as often to the right again.
    let page = bench.state.page().expect("a page");
    let ids: Vec<_> = page.steps.rows().iter().map(|row| row.id.clone()).collect();
    for id in ids {
        if let Some(page) = &mut bench.state.open {
            page.pane = Pane::Steps;
            page.cursor.put(id.clone());
        }
        bench.take(Msg::Tick);
        let mut way = vec![on(&bench)];
        for _ in 0..4 {
            bench.press("h");
            if way.last() != Some(&on(&bench)) {
                way.push(on(&bench));
            }
        }
        way.pop();
        while let Some(before) = way.pop() {
            bench.press("l");
            assert_eq!(on(&bench), before);
        }
    }
    assert_eq!(bench.state.page().map(|page| page.tab), Some(Tab::Summary));
}

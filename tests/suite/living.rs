//! The console over a long day: what is named on the screen, what is seen without leaving a list, and where the cursor goes.
//! Apart from journeys, which are about requests.

use tiphys::app::command::Command;
use tiphys::app::drawn::{Hit, Target};
use tiphys::app::effect::Effect;
use tiphys::app::key::{KeyCode, KeyPress};
use tiphys::app::msg::Msg;
use tiphys::app::state::{Screen, State};
use tiphys::app::update;
use tiphys::model::phase::State as RunState;
use tiphys::sim::Scenario;
use tiphys::ui::theme::Theme;

use crate::acting::console::asks;
use crate::bench::{self, Bench};
use crate::screens::{on_the_story, picture};

/// Where this can be clicked.
#[track_caller]
fn hit(bench: &Bench, target: &Target) -> Hit {
    let mut hits = bench.state.hits.iter();
    let hit = hits.find(|hit| hit.target == *target).cloned();
    hit.expect("it can be clicked")
}

/// The name of the run under the cursor.
fn under(state: &State) -> String {
    state
        .shown_run()
        .map_or_else(String::new, |key| key.name.to_string())
}

#[tokio::test(start_paused = true)]
async fn screens_are_named_with_their_keys_and_a_click_goes_there() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    for (size, all) in [((80, 24), false), ((120, 40), true), ((200, 50), true)] {
        bench.take(Msg::Resize(size.0, size.1));
        let shown = |named: &'static str, short: &'static str| if all { named } else { short };
        bench.shows(&[shown(
            "[1 Runs] 2 Failures  3 Tasks  4 Templates  5 Queue",
            "[1 Runs] 2  3  4  5",
        )]);
        let templates = hit(&bench, &Target::Screen(Command::Templates));
        bench.take(Msg::Click(templates.x + 1, templates.y));
        assert_eq!(bench.state.screen, Screen::Origins);
        bench.shows(&[shown(
            "1 Runs  2 Failures  3 Tasks [4 Templates] 5 Queue",
            "1  2  3 [4 Templates] 5",
        )]);
        // Where we are already there is nothing to go to.
        bench.take(Msg::Click(templates.x + 2, templates.y));
        bench.hides(&["this is that screen"]);
        bench.press("5");
        bench.shows(&[shown("4 Templates [5 Queue]", "4 [5 Queue]")]);
        bench.press("1");
    }
    // A filter is worth more than the names of other screens, and a page says whose it is.
    bench.take(Msg::Resize(80, 24));
    bench.press("/");
    bench.write("ns:payments,checkout");
    bench.press("enter");
    bench.shows(&["Runs", "/ns:payments,checkout"]);
    bench.hides(&["4 Templates"]);
    bench.press("esc enter");
    bench.shows(&["Runs ▸ payments/"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_in_force_is_told_without_colour() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    let mono = Theme::built_in("mono").expect("it is built in");
    let shown = |bench: &Bench| picture(&bench.state, bench.now(), (120, 40), &mono).0;
    assert!(shown(&bench).contains("[1 Runs]"));
    bench.stand_on("t42-refund-acceptance");
    bench.press("enter");
    bench.seconds(1.0).await;
    let page = shown(&bench);
    assert!(page.contains("[Summary]│ Log │ Parameters"), "{page}");
    bench.press("p");
    assert!(shown(&bench).contains(" Summary │ Log │[Parameters]│"));
    bench.press("x r");
    bench.until(5, asks).await;
    let asked = shown(&bench);
    assert!(asked.contains("[n No]   y Yes, retry "), "{asked}");
    bench.press("tab");
    let turned = shown(&bench);
    assert!(turned.contains(" n No   [y Yes, retry]"), "{turned}");
}

#[tokio::test(start_paused = true)]
async fn the_preview_is_scrolled_without_leaving_the_list() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.take(Msg::Resize(160, 16));
    bench.stand_on("t42-refund-acceptance");
    bench.seconds(1.0).await;
    bench.shows(&["Failed after", "J K ", " more lines"]);
    bench.press("K K K K K");
    bench.shows(&["Failed after", "lines 1–", "✖ criteria "]);
    bench.press("J J J J J J");
    bench.hides(&["Failed after", "more lines"]);
    bench.shows(&["onExit"]);
    assert_eq!(under(&bench.state), "t42-refund-acceptance");
    // The wheel is for what is below the pointer.
    bench.take(Msg::Wheel(-30, 130, 8));
    bench.shows(&["Failed after", "lines 1–"]);
    assert_eq!(under(&bench.state), "t42-refund-acceptance");
    bench.take(Msg::Wheel(1, 20, 8));
    assert_ne!(under(&bench.state), "t42-refund-acceptance");
    // Another run, and the same one later, begin where they tell most.
    bench.seconds(1.0).await;
    bench.hides(&["lines 1–"]);
    bench.press("4");
    bench.seconds(2.0).await;
    bench.press("/");
    bench.write("acceptance");
    bench.press("enter");
    bench.draw();
    assert!(bench.state.beside.is_cut());
    bench.shows(&["J K ", " more lines"]);
    bench.press("J J J J J J J J");
    bench.hides(&[" more lines"]);
    // On a run it is the pane beside the steps.
    bench.press("1");
    bench.take(Msg::Resize(120, 20));
    bench.stand_on("t42-refund-acceptance");
    bench.press("enter");
    bench.seconds(1.0).await;
    bench.shows(&["state         ✖ Failed"]);
    bench.press("J");
    bench.hides(&["state         ✖ Failed"]);
}

#[tokio::test(start_paused = true)]
async fn who_retries_one_failure_stands_on_the_next() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.press("g g");
    let now = bench.now();
    let failed = move |state: &State| {
        let run = state.shown().expect("a run");
        run.state(now) == RunState::Failed
    };
    let mut retried: Vec<String> = Vec::new();
    for _ in 0..3 {
        assert!(failed(&bench.state));
        let name = under(&bench.state);
        assert!(!retried.contains(&name), "{name} again");
        bench.press("x r");
        bench.until(5, asks).await;
        let dialog = bench.state.orders.dialog.as_ref().expect("a question");
        assert_eq!(&*dialog.order.key.name, name, "what was under the cursor");
        bench.press("y");
        retried.push(name);
        let next = under(&bench.state);
        bench.seconds(3.0).await;
        // Only the yes moves the cursor: what comes from the cluster does not.
        assert_eq!(under(&bench.state), next);
    }
    assert!(failed(&bench.state));
    for name in &retried {
        let mut runs = bench.state.fleet.iter();
        let run = runs.find(|run| *run.row.key.name == **name).expect("a run");
        assert_ne!(run.state(bench.now()), RunState::Failed, "{name}");
    }
    // Whoever says no stays.
    let here = under(&bench.state);
    bench.press("x r");
    bench.until(5, asks).await;
    bench.press("n");
    assert_eq!(under(&bench.state), here);
}

#[tokio::test(start_paused = true)]
async fn columns_without_room_say_so() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.take(Msg::Resize(80, 24));
    bench.press("C");
    let line = |bench: &mut Bench, of: &str| {
        let text = bench.text();
        let line = text.lines().find(|line| line.contains(of));
        line.expect("its line").to_string()
    };
    assert!(line(&mut bench, "how long it ran").contains("no room at this width"));
    assert!(!line(&mut bench, "since it ended").contains("no room"));
    // What is left out on purpose is not missing.
    bench.press("esc C");
    bench.write("took");
    bench.press("enter");
    assert!(!line(&mut bench, "how long it ran").contains("no room"));
    bench.press("enter esc");
    bench.take(Msg::Resize(200, 50));
    bench.press("C");
    bench.hides(&["no room"]);
}

#[tokio::test(start_paused = true)]
async fn the_beginning_of_a_namespace_means_what_begins_so() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    for (typed, says) in [
        ("wf ns=pay", "runs of payments"),
        ("wf ns=payments", "runs of payments"),
        ("ns pay,se", "runs of payments, search"),
        ("wf ns=c", "runs of catalog, checkout"),
        ("wf ns=zz", "there is no namespace `zz`"),
    ] {
        bench.press(":");
        bench.seconds(1.0).await;
        bench.write(typed);
        bench.shows(&[says]);
        bench.press("esc");
    }
}

#[tokio::test(start_paused = true)]
async fn a_form_says_which_keys_work_in_it() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.press("4");
    bench.seconds(2.0).await;
    bench.press("/");
    bench.write("acceptance");
    bench.press("enter x l");
    bench.seconds(2.0).await;
    bench.shows(&[
        "enter next, then what it would do",
        "tab next field",
        "esc cancel",
    ]);
    let form = |bench: &Bench| {
        let dialog = bench.state.orders.dialog.as_ref().expect("a dialog");
        dialog.form.clone().expect("a form")
    };
    let filled = form(&bench);
    let with = filled
        .entries
        .iter()
        .position(|entry| entry.field.options.is_empty() && !entry.editor.text().is_empty());
    let with = with.expect("a value that stands there already");
    for _ in 0..with {
        bench.press("tab");
    }
    bench.shows(&["typing takes its place"]);
    let before = filled.entries[with].editor.text().to_string();
    bench.write("7");
    assert_eq!(form(&bench).entries[with].editor.text(), "7");
    bench.shows(&[&format!("ctrl-r: {before} again")]);
    bench.press("ctrl-r");
    assert_eq!(form(&bench).entries[with].editor.text(), before);
}

#[tokio::test(start_paused = true)]
async fn a_theme_is_turned_to_by_its_name() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.state.habits.themes = ["dusk", "dawn", "auto"].map(str::to_string).to_vec();
    bench.press(":");
    bench.write("theme ");
    bench.shows(&["which theme? tab completes", "dusk", "dawn"]);
    bench.write("down");
    bench.shows(&["there is no theme `down`; did you mean `dawn`?"]);
    bench.press("backspace backspace backspace a tab");
    bench.shows(&["the theme dawn until the end"]);
    let now = bench.now();
    let effects = update::update(
        &mut bench.state,
        now,
        Msg::Key(KeyPress::plain(KeyCode::Enter)),
    );
    assert!(
        effects.contains(&Effect::Wear(Some("dawn".to_string()))),
        "{effects:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn tab_goes_through_the_completions_and_a_theme_is_tried_on() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.state.habits.themes = ["dawn", "dusk", "mono"].map(str::to_string).to_vec();
    let line = |bench: &Bench| {
        let line = bench.state.line.as_ref().expect("a line");
        line.editor.text().to_string()
    };
    let worn = |bench: &mut Bench, key: KeyCode| -> Vec<Option<String>> {
        let now = bench.now();
        let effects = update::update(&mut bench.state, now, Msg::Key(KeyPress::plain(key)));
        let worn = effects.into_iter().filter_map(|effect| match effect {
            Effect::Wear(name) => Some(name),
            _ => None,
        });
        worn.collect()
    };
    bench.press(":");
    bench.write("theme");
    // What is typed already is gone on from.
    assert_eq!(worn(&mut bench, KeyCode::Tab), []);
    assert_eq!(line(&bench), "theme ");
    for (key, name) in [
        (KeyCode::Tab, "dawn"),
        (KeyCode::Tab, "dusk"),
        (KeyCode::Tab, "mono"),
        (KeyCode::Tab, "dawn"),
        (KeyCode::BackTab, "mono"),
    ] {
        assert_eq!(worn(&mut bench, key), [Some(name.to_string())]);
        assert_eq!(line(&bench), format!("theme {name}"));
    }
    // Esc takes it off again; enter keeps it.
    assert_eq!(worn(&mut bench, KeyCode::Esc), [None]);
    bench.press(":");
    bench.write("theme d");
    assert_eq!(
        worn(&mut bench, KeyCode::BackTab),
        [Some("dusk".to_string())]
    );
    assert_eq!(worn(&mut bench, KeyCode::Enter), [Some("dusk".to_string())]);
    bench.press(":");
    bench.write("theme mon");
    assert_eq!(
        worn(&mut bench, KeyCode::Char('o')),
        [Some("mono".to_string())]
    );
    assert_eq!(worn(&mut bench, KeyCode::Esc), [Some("dusk".to_string())]);
}

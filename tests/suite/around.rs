//! Getting around: the command line, the finder, help as a palette, the way back, marks, copies and what may follow a key.
//! Apart from journeys, which are about what a cluster is asked; here it matters where a person comes to.

use std::sync::Arc;

use tiphys::app::command::TABLE;
use tiphys::app::config::Links;
use tiphys::app::copy::LIMIT;
use tiphys::app::effect::Effect;
use tiphys::app::msg::{ClusterMsg, Msg};
use tiphys::app::state::{Options, Tab};
use tiphys::cluster::Cluster;
use tiphys::model::delta::Scope;
use tiphys::runtime::effects::Source;
use tiphys::sim::resource::WORKFLOWS;
use tiphys::sim::store::Origin;
use tiphys::sim::{Embedded, Scenario};

use crate::bench::{self, Bench, EPOCH};
use crate::screens::{look, on_the_story};

/// The console on the story, everything read.
async fn story() -> (Embedded, Bench) {
    let cluster = bench::still(Scenario::Story);
    let bench = on_the_story(&cluster).await;
    (cluster, bench)
}

/// A picture at two sizes in the look of dark terminals, and one in ASCII.
fn look_at(name: &str, bench: &Bench) {
    for size in [(80, 24), (120, 40)] {
        let name = format!("{name}-{}x{}", size.0, size.1);
        look(&name, &bench.state, bench.now(), size, &bench::dusk());
    }
    let ascii = bench::dusk().ascii();
    let name = format!("{name}-100x30-ascii");
    look(&name, &bench.state, bench.now(), (100, 30), &ascii);
}

fn copied(bench: &Bench) -> Vec<Arc<str>> {
    let wanted = bench.wanted.iter();
    let texts = wanted.filter_map(|effect| match effect {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    });
    texts.collect()
}

fn name_shown(bench: &Bench) -> String {
    let key = bench.state.shown_run().expect("a run");
    key.name.to_string()
}

#[tokio::test(start_paused = true)]
async fn a_command_line_says_what_it_will_do_and_does_it() {
    let (_cluster, mut bench) = story().await;
    bench.press(":");
    bench.seconds(1.0).await;
    look_at("line-empty", &bench);
    for size in [(50, 12), (30, 5)] {
        let name = format!("line-empty-{}x{}", size.0, size.1);
        look(&name, &bench.state, bench.now(), size, &bench::dusk());
    }
    bench.write("wf ns=payments,checkout status:failed");
    look_at("line-preview", &bench);
    let matching = bench
        .state
        .fleet
        .iter()
        .filter(|run| ["payments", "checkout"].contains(&&*run.row.key.namespace))
        .filter(|run| run.state(bench.now()).word() == "Failed")
        .count();
    assert!(matching > 0);
    bench.shows(&[&format!(
        "runs of payments, checkout · status:failed · {matching} match"
    )]);
    bench.press("enter");
    bench.seconds(5.0).await;
    let names = ["payments", "checkout"].map(Into::into).to_vec();
    assert_eq!(bench.state.scope, Scope::Namespaces(names));
    assert_eq!(bench.state.runs.query.text(), "status:failed");
    bench.shows(&["payments,checkout", "/status:failed", "live"]);
    assert_eq!(
        bench
            .state
            .fleet
            .iter()
            .filter(|run| run.row.key.namespace == "search".into())
            .count(),
        0
    );

    // What is not said stays, and what was not read is not counted.
    bench.press(":");
    bench.write("ns all");
    bench.shows(&["runs of all namespaces · status:failed · not read yet"]);
    bench.press("enter");
    bench.seconds(5.0).await;
    assert_eq!(bench.state.scope, Scope::All);
    assert_eq!(bench.state.runs.query.text(), "status:failed");
    bench.press("[");
    bench.seconds(5.0).await;
    bench.shows(&["payments,checkout", "/status:failed"]);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_means_nothing_stays_with_what_was_meant() {
    let (_cluster, mut bench) = story().await;
    bench.press(":");
    bench.seconds(1.0).await;
    for (typed, said) in [
        (
            "fulscreen",
            "`fulscreen` is not a command; did you mean `full-screen`?",
        ),
        (
            "frobnicate",
            "`frobnicate` is not a command; `help` lists them",
        ),
        // What ends or changes something is not offered to who did not begin it right.
        (
            "top",
            "`top` is not a command; how many runs are in which state stands in the first line",
        ),
        ("exot", "`exot` is not a command; `help` lists them"),
        ("xray", "turn into a tree, a graph or bars: `turn-steps`"),
        (
            "stop t42-refund-acceptanc",
            "there is no run `t42-refund-acceptanc`; did you mean `t42-refund-acceptance`?",
        ),
        ("stop a b", "one run at a time; `b` is too much"),
        (
            "wf --sort newest",
            "`--sort`: there are no options here but words of the filter",
        ),
        ("wf -l", "`-l` wants a label after it"),
        ("wf team=qa", "label:team=qa"),
        (
            "paremeters",
            "`paremeters` is not a command; did you mean `parameters`?",
        ),
        (
            "wf status:fialed",
            "`fialed` is not a state; did you mean `failed`?",
        ),
        (
            "ns paymnts",
            "there is no namespace `paymnts`; did you mean `payments`?",
        ),
        (
            "wf @staging",
            "there is no context `staging`; tab completes",
        ),
        (
            "sort longst",
            "there is no order `longst`; did you mean `longest`?",
        ),
        (
            "get t42-refund-acceptanc",
            "did you mean `t42-refund-acceptance`?",
        ),
        ("quit now", "`quit` takes nothing after it"),
        ("wrap", "nothing here for: wrap long lines of the log"),
        ("wf ns=", "which namespace?"),
    ] {
        bench.press("ctrl-u");
        bench.write(typed);
        bench.shows(&[said]);
        bench.wanted.clear();
        bench.press("enter");
        bench.shows(&[typed, said]);
        assert!(bench.state.line.is_some(), "{typed}");
        assert_eq!(bench.wanted, [], "{typed}");
    }
    look_at("line-wrong", &bench);
    bench.press("ctrl-u");
    bench.write("wf payments");
    bench.shows(&["runs of payments"]);
    bench.press("ctrl-u");
    bench.write("wf -l team=qa");
    bench.shows(&["label:team=qa"]);
    bench.press("esc");
    assert_eq!(bench.state.said, Vec::<String>::new());
    bench.press(": backspace");
    assert!(bench.state.line.is_none());
}

/// Whatever command there is or will be, its name is a command line.
#[tokio::test(start_paused = true)]
async fn every_command_can_be_typed_by_its_name() {
    let (_cluster, mut bench) = story().await;
    bench.stand_on("t42-refund-acceptance");
    for info in TABLE.iter().filter(|info| !info.command.is_over()) {
        bench.press("esc esc esc :");
        bench.write(info.name);
        bench.hides(&["is not a command"]);
        // The bridge is told how it is to work.
        if info.command.applies(&bench.state) && info.name != "bridge" {
            bench.press("enter");
            let line = bench.state.line.as_ref().map(|line| line.editor.text());
            assert_eq!(line.unwrap_or_default(), "", "{}", info.name);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn words_complete_and_lines_come_back() {
    let (_cluster, mut bench) = story().await;
    bench.press(":");
    bench.seconds(1.0).await;
    let line = |bench: &Bench| {
        let line = bench.state.line.as_ref().expect("a line");
        line.editor.text().to_string()
    };
    bench.write("workf");
    bench.press("tab");
    assert_eq!(line(&bench), "workflows ");
    bench.write("ns=pay");
    bench.press("tab");
    assert_eq!(line(&bench), "workflows ns=payments ");
    bench.press("backspace");
    bench.write(",che");
    bench.press("tab");
    assert_eq!(line(&bench), "workflows ns=payments,checkout ");
    bench.write("stat");
    bench.press("tab");
    bench.write("fai");
    look_at("line-completions", &bench);
    bench.press("tab");
    assert_eq!(
        line(&bench),
        "workflows ns=payments,checkout status:failed "
    );
    // Up puts a completion into the line, down brings back what was typed.
    bench.write("!k");
    bench.press("up");
    assert!(line(&bench).ends_with(" !kind:"), "{}", line(&bench));
    bench.press("down");
    assert!(line(&bench).ends_with(" !k"), "{}", line(&bench));
    bench.press("backspace backspace enter");
    bench.seconds(3.0).await;

    bench.press(":");
    bench.write("sort name");
    bench.press("enter :");
    bench.press("up");
    assert_eq!(line(&bench), "sort name");
    bench.press("up");
    assert_eq!(line(&bench), "workflows ns=payments,checkout status:failed");
    bench.press("down down");
    assert_eq!(line(&bench), "");
    bench.write("wor");
    bench.press("up");
    assert_eq!(line(&bench), "workflows");
    // Past the other words that begin so stands what was said before.
    for _ in 0..9 {
        if !line(&bench).contains("status:failed") {
            bench.press("up");
        }
    }
    bench.press("enter");
    bench.shows(&["Runs by name"]);
    assert_eq!(bench.state.said.len(), 2, "{:?}", bench.state.said);
}

#[tokio::test(start_paused = true)]
async fn the_finder_goes_to_anything() {
    let (_cluster, mut bench) = story().await;
    bench.press("ctrl-p");
    bench.seconds(1.0).await;
    look_at("find-empty", &bench);
    bench.write("refund acc");
    look_at("find-typed", &bench);
    bench.press("enter");
    bench.seconds(2.0).await;
    assert_eq!(name_shown(&bench), "t42-refund-acceptance");
    assert!(bench.state.page().is_some());
    // On a Run page its steps come first; the one that was picked is opened to.
    bench.press("ctrl-p");
    bench.write("criterion-5(1)");
    bench.shows(&["step", "criterion-5(1)"]);
    bench.press("enter");
    let page = bench.state.page().expect("a page");
    let focus = bench.state.focus.as_ref().expect("a focus");
    let row = page.steps.row().expect("a step");
    assert_eq!(&*focus.tree().branches[row.branch].label, "criterion-5(1)");
    // By cause, by command, by namespace.
    bench.press("esc ctrl-p");
    bench.write("oomkilled");
    bench.press("enter");
    assert_eq!(name_shown(&bench), "nightly-reindex-x7k2p");
    // Of runs that say the word alike, what needs a human comes first.
    bench.press("esc ctrl-p");
    bench.write("criterion");
    let over = bench.state.overlay.as_ref().expect("the finder");
    let states: Vec<_> = over
        .choices(&bench.state, bench.now())
        .iter()
        .filter_map(|choice| choice.state)
        .collect();
    assert!(states.len() > 5 && states.is_sorted(), "{states:?}");
    bench.press("esc ctrl-p");
    bench.write("config-prob");
    bench.press("enter");
    bench.shows(&["Problems of the configuration"]);
    bench.press("esc ctrl-p");
    bench.write("namespace mobile");
    bench.press("enter");
    bench.seconds(3.0).await;
    assert_eq!(bench.state.scope, Scope::Namespaces(vec!["mobile".into()]));
}

/// A run that goes while the finder shows it is not silently another one.
#[tokio::test(start_paused = true)]
async fn the_finder_acts_on_the_run_that_was_shown() {
    let (cluster, mut bench) = story().await;
    bench.press("ctrl-p");
    bench.write("nightly-reindex");
    let first = bench
        .state
        .overlay
        .as_ref()
        .and_then(|over| over.shown.clone());
    let first = first.expect("a line under the cursor");
    let run = bench
        .state
        .fleet
        .iter()
        .find(|run| tiphys::app::overlay::Item::Run(run.row.key.clone()) == first)
        .expect("it is a run")
        .row
        .key
        .clone();
    cluster
        .api
        .store()
        .remove(WORKFLOWS, &run.namespace, &run.name, Origin::Client);
    // The world moves on without a frame in between.
    let session = bench.state.session;
    let gone = tiphys::model::delta::Delta::Gone(run.clone());
    let event = tiphys::model::delta::FeedEvent::Deltas(vec![gone]);
    let now = bench.now();
    let key = tiphys::app::key::KeyPress::parse("enter").expect("a key");
    let msg = Msg::Cluster(session, ClusterMsg::Rows(None, event));
    tiphys::app::update::update(&mut bench.state, now, msg);
    tiphys::app::update::update(&mut bench.state, now, Msg::Key(key));
    assert!(bench.state.page().is_none());
    bench.shows(&[&format!("{run} is gone; nothing was opened")]);
}

#[tokio::test(start_paused = true)]
async fn help_finds_by_letters_and_does_what_is_picked() {
    let (_cluster, mut bench) = story().await;
    bench.stand_on("t42-refund-acceptance");
    bench.press("enter ?");
    bench.write("fscr");
    bench.press("enter");
    assert!(bench.state.page().expect("a page").zoom);
}

#[tokio::test(start_paused = true)]
async fn what_may_follow_a_key_is_listed_after_a_moment() {
    let (_cluster, mut bench) = story().await;
    bench.press("g");
    bench.seconds(0.45).await;
    bench.hides(&["g and then"]);
    bench.seconds(0.1).await;
    bench.shows(&[
        "g and then",
        "To the first line",
        "What is wrong in the configuration",
    ]);
    look_at("which-key", &bench);
    bench.press("c");
    bench.hides(&["g and then"]);
    bench.shows(&["Problems of the configuration"]);
    // Who knows the keys never sees it, and esc ends the sequence without a word.
    bench.press("esc g g");
    bench.seconds(1.0).await;
    bench.hides(&["g and then"]);
    bench.press("g");
    bench.seconds(1.0).await;
    bench.press("esc");
    bench.hides(&["g and then", "means nothing"]);
    assert_eq!(bench.state.wake().filter(|at| *at <= bench.now()), None);
}

#[tokio::test(start_paused = true)]
async fn the_way_back_leads_through_every_place() {
    let (_cluster, mut bench) = story().await;
    bench.press("[");
    bench.shows(&["there is no place before this one"]);
    bench.stand_on("t42-refund-acceptance");
    bench.press("enter");
    bench.seconds(1.0).await;
    bench.press("j j v");
    let step = |bench: &Bench| {
        let page = bench.state.page().expect("a page");
        page.cursor.on().cloned()
    };
    let stood = step(&bench);
    bench.press("esc /");
    bench.write("status:waiting");
    bench.press("enter");
    bench.press("j enter");
    bench.seconds(1.0).await;
    let last = name_shown(&bench);
    // Back: the filtered list, the whole list, the page with its tab and its cursor.
    bench.press("[");
    bench.shows(&["/status:waiting"]);
    assert!(bench.state.page().is_none());
    bench.press("[");
    bench.hides(&["/status:waiting"]);
    bench.press("[");
    bench.seconds(1.0).await;
    assert_eq!(name_shown(&bench), "t42-refund-acceptance");
    assert_eq!(bench.state.page().expect("a page").tab, Tab::Events);
    assert_eq!(step(&bench), stood);
    bench.press("] ] ]");
    bench.seconds(1.0).await;
    assert_eq!(name_shown(&bench), last);
    bench.press("]");
    bench.shows(&["there is no place after this one"]);
    // A new way forward ends the old one.
    bench.press("[ [ esc 1 /");
    bench.write("status:failed");
    bench.press("enter ]");
    bench.shows(&["there is no place after this one", "/status:failed"]);
}

#[tokio::test(start_paused = true)]
async fn a_mark_brings_back_to_its_place() {
    let (_cluster, mut bench) = story().await;
    bench.press("'");
    bench.shows(&["no place is marked yet"]);
    bench.stand_on("t42-refund-acceptance");
    bench.press("enter p m");
    bench.shows(&["Mark this place", "a letter marks this place"]);
    bench.press("a");
    bench.shows(&["`a` is payments/t42-refund-acceptance · Parameters"]);
    bench.press(":");
    bench.write("ns search");
    bench.press("enter");
    bench.seconds(3.0).await;
    bench.press("m s '");
    look_at("marks", &bench);
    bench.press("x");
    bench.shows(&["nothing is marked `x`"]);
    bench.press("' a");
    bench.seconds(3.0).await;
    assert_eq!(bench.state.scope, Scope::All);
    assert_eq!(name_shown(&bench), "t42-refund-acceptance");
    assert_eq!(bench.state.page().expect("a page").tab, Tab::Parameters);
    bench.press("[");
    bench.seconds(3.0).await;
    assert_eq!(bench.state.scope, Scope::Namespaces(vec!["search".into()]));
}

#[tokio::test(start_paused = true)]
async fn what_is_copied_is_what_was_shown() {
    let (cluster, _) = story().await;
    let source = Source::Ready(Cluster::from_service(cluster.api.clone(), "demo"));
    let options = Options {
        context: Some("prod eu".into()),
        links: Links {
            run: Some("https://argo.example/workflows/{namespace}/{name}?uid={uid}".into()),
        },
        ..bench::options()
    };
    let mut bench = Bench::of(source, options, EPOCH);
    bench.seconds(20.0).await;
    bench.stand_on("t42-refund-acceptance");
    let key = bench.state.shown_run().expect("a run");
    bench.press("enter");
    bench.seconds(1.0).await;
    bench.press("c");
    bench.hides(&["the object"]);
    look_at("copy", &bench);
    bench.press("esc");
    let context = "--context 'prod eu'";
    for (letter, text) in [
        ("n", key.name.to_string()),
        ("f", key.to_string()),
        ("u", key.uid.to_string()),
        (
            "k",
            format!(
                "kubectl {context} get workflow -n payments {} -o yaml",
                key.name
            ),
        ),
        ("a", format!("argo get -n payments {} {context}", key.name)),
        ("t", format!("tiphys get run {key} {context}")),
        (
            "l",
            format!("https://argo.example/workflows/{key}?uid={}", key.uid),
        ),
    ] {
        bench.press(&format!("c {letter}"));
        assert_eq!(copied(&bench).pop().as_deref(), Some(&*text));
        bench.shows(&["copied "]);
    }
    // The pod belongs to the step under the cursor, and only a step that has one offers it.
    bench.press("e j c s c p");
    let texts = copied(&bench);
    assert!(
        texts[texts.len() - 2].starts_with("criterion-5"),
        "{texts:?}"
    );
    assert!(texts[texts.len() - 1].contains("criterion"), "{texts:?}");
    // YAML once it was read: the text of the tab, credentials masked.
    bench.press("y");
    bench.seconds(2.0).await;
    bench.press("c y");
    let yaml = copied(&bench).pop().expect("a text");
    let focus = bench.state.focus.as_ref().expect("a focus");
    assert_eq!(focus.yaml, Some(Ok(yaml.clone())));
    assert!(yaml.contains("kind: Workflow"));
    bench.shows(&["copied YAML of payments/t42-refund-acceptance"]);
}

#[tokio::test(start_paused = true)]
async fn what_no_terminal_takes_is_not_copied_and_that_is_said() {
    let (_cluster, mut bench) = story().await;
    bench.stand_on("t42-refund-acceptance");
    bench.press("y");
    bench.seconds(2.0).await;
    let focus = bench.state.focus.as_mut().expect("a focus");
    focus.yaml = Some(Ok("x".repeat(LIMIT + 999).into()));
    bench.press("c");
    bench.shows(&["76 kB: too long to copy"]);
    bench.press("y");
    bench.shows(&["nothing copied: 76 kB is more than the 75 kB"]);
    assert_eq!(copied(&bench), Vec::<Arc<str>>::new());
}

#[tokio::test(start_paused = true)]
async fn without_a_link_none_is_offered() {
    let (_cluster, mut bench) = story().await;
    bench.press("c");
    bench.shows(&["kubectl", "argo", "tiphys"]);
    bench.hides(&[" link"]);
    bench.press("l");
    assert!(bench.state.overlay.is_some());
    assert_eq!(copied(&bench), Vec::<Arc<str>>::new());
    bench.press("esc o");
    bench.shows(&["no address is configured: [links] run in config.toml"]);
    bench.press("?");
    bench.hides(&["browse"]);
}

/// What no browser shows is copied, so that it can be shown elsewhere.
#[test]
fn a_link_goes_to_the_browser_and_else_to_the_clipboard() {
    let now = EPOCH.parse().expect("a time");
    let mut state = bench::state();
    state.links.run = Some("https://argo.example/{namespace}/{name}".to_string());
    let key = tiphys::model::key::Key::new("pay", "t42 ?/é", "u");
    state.open = Some(tiphys::app::screens::run::RunPage::new(key, Tab::Summary));
    let press = tiphys::app::key::KeyPress::parse("o").expect("a key");
    let effects = tiphys::app::update::update(&mut state, now, Msg::Key(press));
    let link: Arc<str> = "https://argo.example/pay/t42%20%3F%2F%C3%A9".into();
    assert!(effects.contains(&Effect::Show(link.clone())), "{effects:?}");
    let why = Msg::NotShown(link.clone(), "there is no display".to_string());
    let effects = tiphys::app::update::update(&mut state, now, why);
    assert!(effects.contains(&Effect::Copy(link)), "{effects:?}");
    assert!(
        state
            .messages
            .all()
            .next()
            .expect("a word")
            .text
            .contains("copied")
    );
}

#[tokio::test(start_paused = true)]
async fn columns_are_left_out_and_come_back() {
    let (_cluster, mut bench) = story().await;
    bench.shows(&["TOOK", "WHY", "OOMKilled"]);
    bench.press("C");
    look_at("columns", &bench);
    // The list stays open, so that several can be turned off one after the other.
    bench.press("down down down down enter down down space esc");
    bench.hides(&["TOOK", "WHY"]);
    bench.shows(&["STEPS", "AGE", "nightly-reindex-x7k2p"]);
    look_at("columns-hidden", &bench);
    bench.press("C");
    bench.write("long it ran");
    bench.press("enter esc");
    bench.shows(&["TOOK"]);
    bench.hides(&["WHY"]);
}

#[tokio::test(start_paused = true)]
async fn a_border_is_pushed_to_both_sides() {
    let (_cluster, mut bench) = story().await;
    let border = |bench: &mut Bench| {
        let text = bench.text();
        let line = text.lines().nth(1).expect("a line").to_string();
        line.chars().position(|c| c == '┓').expect("a corner")
    };
    for keys in ["", "enter"] {
        if !keys.is_empty() {
            bench.press(keys);
            bench.seconds(1.0).await;
        }
        let usual = border(&mut bench);
        bench.press(">");
        assert_eq!(border(&mut bench), usual + 8, "a twentieth of 160");
        bench.press("< <");
        assert_eq!(border(&mut bench), usual - 8);
        bench.press(">");
        assert_eq!(border(&mut bench), usual);
        for _ in 0..30 {
            bench.press(">");
        }
        assert!(border(&mut bench) < 130, "the other pane can still be read");
        for _ in 0..8 {
            bench.press("<");
        }
        assert_eq!(border(&mut bench), usual);
    }
    // Where there is one pane there is no border.
    bench.take(Msg::Resize(80, 24));
    bench.press(">");
    bench.shows(&["nothing here for: more room for the list"]);
}

#[tokio::test(start_paused = true)]
async fn a_credential_is_never_copied() {
    let (cluster, mut bench) = story().await;
    bench.stand_on("t42-refund-acceptance");
    let key = bench.state.shown_run().expect("a run");
    let store = cluster.api.store();
    let mut object = store
        .get(WORKFLOWS, &key.namespace, &key.name)
        .expect("it is there")
        .value();
    let token = serde_json::json!({ "name": "api-token", "value": "hunter2" });
    object["spec"]["arguments"]["parameters"] = serde_json::json!([token]);
    store.put(WORKFLOWS, object, Origin::Client);
    bench.press("y");
    bench.seconds(3.0).await;
    let letters: Vec<String> = {
        bench.press("c");
        let over = bench.state.overlay.as_ref().expect("the menu");
        let choices = over.choices(&bench.state, bench.now());
        choices.into_iter().map(|choice| choice.left).collect()
    };
    bench.press("esc");
    assert!(letters.contains(&"y".to_string()), "{letters:?}");
    for letter in &letters {
        bench.press(&format!("c {letter}"));
    }
    let texts = copied(&bench);
    assert_eq!(texts.len(), letters.len());
    assert!(texts.iter().any(|text| text.contains("api-token")));
    assert!(texts.iter().all(|text| !text.contains("hunter2")));
}

#[tokio::test(start_paused = true)]
async fn a_run_is_acted_on_by_its_name_and_only_that_one() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.press(":");
    bench.write("stop t41-regression");
    bench.press("enter");
    bench.seconds(1.0).await;
    let dialog = bench.state.orders.dialog.as_ref().expect("it asks");
    assert_eq!(&*dialog.order.key.name, "t41-regression");
    bench.press("esc");
    // What is marked would be meant as well.
    bench.press("space :");
    bench.write("stop t41-regression");
    bench.shows(&["an action is about what is marked; esc unmarks"]);
}

#[tokio::test(start_paused = true)]
async fn a_whole_name_in_the_filter_is_the_run_under_the_cursor() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    // Others wait for a lock that it holds, and speak of it in their reason.
    bench.press("/");
    bench.write("t41-regression");
    bench.press("enter");
    let on = bench.state.shown_run().expect("a run");
    assert_eq!(&*on.name, "t41-regression");
}

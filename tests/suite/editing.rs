//! Editing a manifest: what the editor gets, what is tried, shown and sent, and what is not.
//! Apart from the other operations: here the request is written by a person.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tiphys::app::aside::Ended;
use tiphys::app::config::Habits;
use tiphys::app::effect::Effect;
use tiphys::app::orders::dialog::Face;
use tiphys::app::state::{Options, State};
use tiphys::cluster::Cluster;
use tiphys::model::act::Kind;
use tiphys::runtime::effects::Source;
use tiphys::runtime::journal::Journal;
use tiphys::sim::api::access::{Access, Rights, User};
use tiphys::sim::resource::{Res, TEMPLATES, WORKFLOWS};
use tiphys::sim::store::{Origin, Store};
use tiphys::sim::{Embedded, Scenario};

use crate::acting::console::{asks, writes};
use crate::bench::{self, Bench, EPOCH};
use crate::launching::stand;
use crate::screens::look_once;
use crate::tap::{Fate, Tap};

/// A run of the story that goes on.
const RUN: &str = "t41-regression";

async fn story_with(options: Options) -> (Embedded, Tap, Bench) {
    let cluster = bench::still(Scenario::Story);
    let tap = Tap::on(&cluster.api);
    let client = Cluster::from_service(tap.clone(), "demo");
    let mut bench = Bench::of(Source::Ready(client), options, EPOCH);
    bench.seconds(20.0).await;
    bench.stand_on(RUN);
    (cluster, tap, bench)
}

async fn story() -> (Embedded, Tap, Bench) {
    story_with(bench::options()).await
}

/// What the editor was given, each time.
type Given = Rc<RefCell<Vec<String>>>;

/// What a person makes of a text.
type Round = Box<dyn Fn(&str) -> String>;

/// An editor that makes something else of a text each time it is opened.
fn editor(bench: &mut Bench, rounds: Vec<Round>) -> Given {
    let given = Given::default();
    let seen = given.clone();
    let mut rounds = rounds.into_iter();
    bench.editor = Some(Box::new(move |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        let round = rounds.next().expect("it is not opened so often");
        std::fs::write(path, round(&text)).unwrap();
        seen.borrow_mut().push(text);
        Ended::Code(0)
    }));
    given
}

/// Puts a field into the specification.
fn adds(field: &str) -> Round {
    let with = format!("\nspec:\n  {field}\n");
    Box::new(move |text| {
        assert!(text.contains("\nspec:\n"), "{text}");
        text.replacen("\nspec:\n", &with, 1)
    })
}

fn replaces(that: &'static str, this: &'static str) -> Round {
    Box::new(move |text| {
        assert!(text.contains(that), "{that} is not in\n{text}");
        text.replace(that, this)
    })
}

fn object(store: &Store, res: Res, name: &str) -> Value {
    let (all, _) = store.snapshot(res, None, None, None).unwrap();
    let found = all.iter().find(|object| &*object.name == name);
    found
        .unwrap_or_else(|| panic!("there is no {name}"))
        .value()
}

/// Somebody else changes a run.
fn meddle(store: &Store, change: impl FnOnce(&mut Value)) {
    let mut object = object(store, WORKFLOWS, RUN);
    change(&mut object);
    store.put(WORKFLOWS, object, Origin::Client);
}

/// Trials of the server.
fn trials(cluster: &Embedded) -> usize {
    let seen = cluster.api.seen();
    let tried = seen.iter().filter(|seen| {
        seen.method == "PATCH" && seen.uri.ends_with("?fieldValidation=Strict&dryRun=All")
    });
    tried.count()
}

fn refused(state: &State) -> bool {
    let dialog = state.orders.dialog.as_ref();
    dialog.is_some_and(|dialog| matches!(dialog.face, Face::Refused(_)) && dialog.ready.is_none())
}

fn is_closed(state: &State) -> bool {
    state.orders.dialog.is_none()
}

fn kept(bench: &Bench) -> Vec<&str> {
    let texts = bench.wanted.iter().filter_map(|effect| match effect {
        Effect::KeepSheet(_, text, _) => Some(text.text()),
        _ => None,
    });
    texts.collect()
}

#[tokio::test(start_paused = true)]
async fn it_is_tried_shown_and_sent_once() {
    let (cluster, _, mut bench) = story().await;
    let folder = std::env::temp_dir().join(format!("tiphys-editing-{}", std::process::id()));
    let journal = Journal::at(&folder);
    bench = bench.noted_in(journal.clone());
    let given = editor(&mut bench, vec![adds("priority: 5")]);
    bench.press("x e");
    bench.until(5, asks).await;
    assert!(
        given.borrow()[0].starts_with("# Workflow checkout/t41-regression\n# Lines that begin")
    );
    assert!(!given.borrow()[0].contains("\nstatus:"));
    bench.shows(&[
        "Edit · checkout/t41-regression",
        "@ spec",
        "+   priority: 5",
        "changes spec.priority",
        "e edit again",
        "y Yes, apply",
    ]);
    assert_eq!((trials(&cluster), writes(&cluster)), (1, vec![]));
    // Enter is a no until somebody turns it.
    assert!(!bench.state.orders.dialog.as_ref().unwrap().yes);
    bench.press("y");
    bench.seconds(2.0).await;
    let path = format!("PATCH /apis/argoproj.io/v1alpha1/namespaces/checkout/workflows/{RUN}");
    assert_eq!((trials(&cluster), writes(&cluster)), (1, vec![path]));
    let now = object(cluster.api.store(), WORKFLOWS, RUN);
    assert_eq!(now["spec"]["priority"], 5);
    assert_eq!(now["metadata"]["annotations"]["tiphys.dev/action"], "edit");
    let entries = journal.read(9).unwrap();
    let told: Vec<String> = entries
        .iter()
        .map(tiphys::model::journal::Entry::sentence)
        .collect();
    assert_eq!(told, [format!("edit checkout/{RUN}: applied")]);
    let text = std::fs::read_to_string(journal.path()).unwrap();
    assert!(
        text.contains("add /spec/priority") && !text.contains("entrypoint"),
        "{text}"
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_or_empty_file_changes_nothing() {
    let (cluster, _, mut bench) = story().await;
    let same: Round = Box::new(ToString::to_string);
    let empty: Round = Box::new(|_| "# nothing\n\n".to_string());
    let spaced: Round = Box::new(|text| text.replace("\nspec:\n", "\nspec:  # mine\n"));
    editor(&mut bench, vec![same, empty, spaced]);
    for words in ["nothing was changed; nothing", "the file is empty; nothing"] {
        bench.press("x e");
        bench.until(5, is_closed).await;
        bench.shows(&[words]);
    }
    bench.press("x e");
    bench.until(5, refused).await;
    bench.shows(&["Nothing in it is changed"]);
    // An editor that fails, or is not there.
    bench.press("esc");
    bench.editor = Some(Box::new(|_| Ended::Code(1)));
    bench.press("x e");
    bench.until(5, is_closed).await;
    bench.shows(&["the editor ended with"]);
    bench.editor = None;
    bench.press("x e");
    bench.until(5, is_closed).await;
    bench.shows(&["there is no editor here"]);
    assert_eq!((trials(&cluster), writes(&cluster)), (0, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_mistake_stands_above_the_text_when_it_is_edited_again() {
    let (cluster, _, mut bench) = story().await;
    let given = editor(
        &mut bench,
        vec![
            adds("priority: a: b"),
            replaces("priority: a: b", "priority: 5"),
            replaces("priority: 5", "nonsense: 5"),
            replaces("nonsense: 5", "priority: 6"),
        ],
    );
    bench.press("x e");
    bench.until(5, refused).await;
    bench.shows(&["ine ", ": mapping values are not allowed", "e edit again"]);
    bench.press("e");
    bench.until(5, asks).await;
    let second = given.borrow()[1].clone();
    let at = second
        .lines()
        .position(|line| line == "  priority: a: b")
        .unwrap()
        + 1;
    assert!(second.contains(&format!("# line {at}:")), "{second}");
    assert!(
        second.contains("#     priority: a: b\n#                ^"),
        "{second}"
    );
    // Seen and not yet good.
    bench.press("e");
    bench.until(5, refused).await;
    bench.shows(&["unknown field \"spec.nonsense\""]);
    assert!(
        !given.borrow()[2].contains("# line"),
        "{}",
        given.borrow()[2]
    );
    bench.press("e");
    bench.until(5, asks).await;
    assert!(
        given.borrow()[3].contains("# the server would not take it"),
        "{}",
        given.borrow()[3]
    );
    bench.shows(&["+   priority: 6"]);
    assert_eq!(writes(&cluster), [""; 0]);
    bench.press("n");
    bench.seconds(1.0).await;
    bench.shows(&["nothing was sent"]);
    assert_eq!((writes(&cluster), kept(&bench)), (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn what_the_controller_writes_meanwhile_is_not_in_the_way() {
    let (cluster, _, mut bench) = story().await;
    let store = cluster.api.store().clone();
    let controller = store.clone();
    editor(
        &mut bench,
        vec![Box::new(move |text| {
            meddle(&controller, |object| {
                object["status"]["progress"] = "40/45".into()
            });
            adds("priority: 5")(text)
        })],
    );
    bench.press("x e");
    bench.until(5, asks).await;
    meddle(&store, |object| {
        object["status"]["progress"] = "41/45".into();
        object["spec"]["parallelism"] = 3.into();
    });
    bench.press("y");
    bench.seconds(2.0).await;
    assert_eq!(writes(&cluster).len(), 1);
    let now = object(&store, WORKFLOWS, RUN);
    assert_eq!(
        (&now["spec"]["priority"], &now["spec"]["parallelism"]),
        (&5.into(), &3.into())
    );
    assert_eq!(now["status"]["progress"], "41/45");
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_changes_in_the_same_place_is_not_overwritten() {
    let (cluster, _, mut bench) = story().await;
    let store = cluster.api.store().clone();
    let given = editor(
        &mut bench,
        vec![adds("priority: 5"), Box::new(ToString::to_string)],
    );
    bench.press("x e");
    bench.until(5, asks).await;
    meddle(&store, |object| {
        object["spec"]["priority"] = 9.into();
        object["spec"]["parallelism"] = 3.into();
    });
    bench.press("y");
    bench.until(5, refused).await;
    bench.shows(&["Somebody changed spec.priority since it was read"]);
    assert_eq!(writes(&cluster), [""; 0]);
    // Again: on what it is now, with what was written.
    bench.press("e");
    bench.until(5, asks).await;
    bench.shows(&["-   priority: 9", "+   priority: 5"]);
    let second = given.borrow()[1].clone();
    assert!(
        second.contains("# spec.priority was changed by somebody else too: this is yours"),
        "{second}"
    );
    assert!(
        second.contains("  priority: 5\n") && second.contains("  parallelism: 3\n"),
        "{second}"
    );
    bench.press("y");
    bench.seconds(2.0).await;
    assert_eq!(writes(&cluster).len(), 1);
    let now = object(&store, WORKFLOWS, RUN);
    assert_eq!(
        (&now["spec"]["priority"], &now["spec"]["parallelism"]),
        (&5.into(), &3.into())
    );
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_applied_is_kept_and_said_where() {
    let (cluster, tap, mut bench) = story().await;
    let folder = std::env::temp_dir().join(format!("tiphys-kept-{}", std::process::id()));
    bench = bench.noted_in(Journal::at(&folder));
    editor(
        &mut bench,
        vec![
            adds("nonsense: 5"),
            adds("priority: 5"),
            adds("priority: 6"),
        ],
    );
    bench.press("x e");
    bench.until(5, refused).await;
    bench.press("esc");
    bench.seconds(1.0).await;
    bench.shows(&["what was written is kept in"]);
    let file = std::fs::read_dir(folder.join("edits"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    assert!(
        std::fs::read_to_string(file)
            .unwrap()
            .contains("nonsense: 5")
    );
    // The server says no when it counts.
    bench.press("x e");
    bench.until(5, asks).await;
    tap.decide_writes(|_| Fate::Refused(403, "Forbidden"));
    bench.press("y");
    bench.until(5, refused).await;
    bench.shows(&["e edit again"]);
    bench.press("esc");
    assert_eq!(kept(&bench).len(), 2);
    // No answer, and nothing that would tell: nobody knows.
    tap.decide_writes(|_| Fate::Answered);
    bench.press("x e");
    bench.until(5, asks).await;
    let sent = Arc::new(AtomicBool::new(false));
    let is_sent = sent.clone();
    tap.decide_writes(move |_| {
        sent.store(true, Ordering::Relaxed);
        Fate::Refused(500, "InternalError")
    });
    tap.decide(move |uri| match uri.contains("/workflows/t41") {
        true if !is_sent.load(Ordering::Relaxed) => Fate::Answered,
        true => Fate::Refused(500, "InternalError"),
        false => Fate::Answered,
    });
    bench.press("y");
    bench.seconds(60.0).await;
    assert_eq!(writes(&cluster), [""; 0]);
    assert_eq!(kept(&bench).len(), 3);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_read_back() {
    let (cluster, tap, mut bench) = story().await;
    editor(&mut bench, vec![adds("priority: 5")]);
    bench.press("x e");
    bench.until(5, asks).await;
    tap.decide_writes(|_| Fate::Cut(0, true));
    bench.press("y");
    bench.seconds(5.0).await;
    bench.shows(&["edit checkout/t41-regression: taken"]);
    assert_eq!(writes(&cluster).len(), 1, "sent once");
}

#[tokio::test(start_paused = true)]
async fn nobody_edits_what_they_may_not_change() {
    let options = Options {
        readonly: true,
        ..bench::options()
    };
    let (cluster, _, mut bench) = story_with(options).await;
    let given = editor(&mut bench, vec![]);
    bench.press("x e");
    bench.seconds(1.0).await;
    bench.shows(&["edit not possible: this console was started with --readonly"]);
    let habits = Habits {
        protected: vec!["demo".to_string()],
        ..Habits::default()
    };
    bench.state.readonly = false;
    bench.state.habits = habits;
    bench.press("x e");
    bench.seconds(1.0).await;
    bench.shows(&["demo is protected"]);
    bench.state.habits = Habits::default();
    bench.press("space j space x e");
    bench.seconds(1.0).await;
    bench.shows(&["`edit` is not for many runs at once"]);
    assert_eq!((given.borrow().len(), writes(&cluster)), (0, vec![]));
}

#[tokio::test(start_paused = true)]
async fn without_the_right_to_change_it_the_editor_is_not_opened() {
    let viewer = [("token".to_string(), User::new("jane", Rights::Viewer))];
    let options = tiphys::sim::Options {
        access: Access::tokens(viewer),
        epoch: Some(EPOCH.parse().expect("a time")),
        ..tiphys::sim::Options::default()
    };
    let cluster = Embedded::paused(options).expect("the embedded data is whole");
    let tap = Tap::on(&cluster.api).with_token("token");
    let client = Cluster::from_service(tap, "demo");
    let mut bench = Bench::of(Source::Ready(client), bench::options(), EPOCH);
    bench.seconds(20.0).await;
    bench.stand_on(RUN);
    let given = editor(&mut bench, vec![]);
    bench.press("x e");
    bench.until(5, refused).await;
    bench.shows(&["may not"]);
    assert_eq!((given.borrow().len(), writes(&cluster)), (0, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_template_is_edited_and_its_credentials_stay_masked_on_the_screen() {
    let (cluster, _, mut bench) = story().await;
    let store: Arc<Store> = cluster.api.store().clone();
    let mut template = object(&store, TEMPLATES, "acceptance");
    template["spec"]["arguments"]["parameters"] = serde_json::json!([
        {"name": "api-token", "value": "hunter2"}, {"name": "tries", "value": "3"}]);
    store.put(TEMPLATES, template, Origin::Client);
    bench.press("4");
    bench.until(5, |state| state.origins.known.is_some()).await;
    stand(&mut bench, Kind::WorkflowTemplate, "acceptance");
    let given = editor(
        &mut bench,
        vec![Box::new(|text| {
            let text = text.replace("hunter2", "hunter3");
            adds("priority: 5")(&text)
        })],
    );
    bench.press("x e");
    bench.until(5, asks).await;
    assert!(given.borrow()[0].contains("hunter2"));
    bench.hides(&["hunter"]);
    bench.shows(&["•••••• (changed)", "runs that are launched from now on"]);
    let now = bench.now();
    look_once("editing", &bench.state, now, (80, 24));
    look_once("editing", &bench.state, now, (120, 40));
    bench.press("y");
    bench.seconds(2.0).await;
    let now = object(&store, TEMPLATES, "acceptance");
    assert_eq!(
        now["spec"]["arguments"]["parameters"][0]["value"],
        "hunter3"
    );
    assert_eq!(writes(&cluster).len(), 1);
}

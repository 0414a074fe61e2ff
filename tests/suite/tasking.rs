//! The Tasks screen: in which order tasks stand, what their keys do, what is sent for marked ones, what it looks like.
//! Apart from reading their files, which is tested beside the readers: here a project is given.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tiphys::app::state::State;
use tiphys::cluster::Cluster;
use tiphys::model::task::Project;
use tiphys::runtime::effects::Source;
use tiphys::sim::resource::{NAMESPACES, QARUNS};
use tiphys::sim::store::Origin;
use tiphys::sim::{Embedded, Scenario};
use tiphys::wire::taskmaster;

use crate::acting::console::{asks, writes};
use crate::bench::{self, Bench, EPOCH};
use crate::screens::{look_all, look_once};

/// Tasks as a file has them.
fn tasks() -> Value {
    let task = |id: u32, title: &str, status: &str, after: Value, strategy: &str| {
        json!({"id": id, "title": title, "status": status, "priority": "high", "dependencies": after,
               "description": format!("{title}, as it was asked for."), "details": "", "testStrategy": strategy, "subtasks": []})
    };
    let mut refunds = task(
        42,
        "Refunds",
        "review",
        json!([17]),
        "- `make refund-total` passes\n- A person reads the mail",
    );
    refunds["subtasks"] =
        json!([{"id": 1, "title": "Ledger", "status": "done", "dependencies": []}]);
    refunds["metadata"] = json!({"qa": {"service": "refunds", "image": "registry.example/qa:1"}, "qaRun": {"verdict": "fail"}});
    let mut cart = task(17, "Cart", "done", json!([]), "- `make cart` passes");
    cart["metadata"] = json!({"qa": {"service": "cart", "image": "registry.example/qa:1"}});
    json!({
        "master": {"tasks": [cart, refunds, task(44, "Load", "pending", json!([42]), "A person looks at the dashboard"),
                             task(47, "Transfers", "in-progress", json!([]), "- `make sepa` passes")]},
        "spikes": {"tasks": [task(1, "Search by picture", "pending", json!([]), "Ten people try it")]},
    })
}

fn project(tasks: &Value) -> Project {
    Project {
        folder: "/srv/shop".to_owned(),
        file: "/srv/shop/.taskmaster/tasks/tasks.json".to_owned(),
        book: taskmaster::tasks(tasks.to_string().as_bytes()).unwrap(),
        ..Project::default()
    }
}

type Given = Arc<Mutex<Result<Project, String>>>;

/// A console on the Tasks screen, and what its project is read as from now on.
async fn shown() -> (Embedded, Given, Bench) {
    let cluster = bench::still(Scenario::Empty);
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "payments"}});
    cluster
        .api
        .store()
        .put(NAMESPACES, namespace, Origin::Client);
    let options = tiphys::app::state::Options {
        scope: tiphys::model::delta::Scope::Namespaces(vec!["payments".into()]),
        ..bench::options()
    };
    let client = Cluster::from_service(cluster.api.clone(), "demo");
    let given: Given = Arc::new(Mutex::new(Ok(project(&tasks()))));
    let read = given.clone();
    let mut bench = Bench::of(Source::Ready(client), options, EPOCH)
        .with_tasks(Arc::new(move || read.lock().unwrap().clone()));
    bench.seconds(10.0).await;
    bench.press("3");
    bench.until(5, |state| state.tasks.known.is_some()).await;
    (cluster, given, bench)
}

/// The names of the lines of the list, in order.
fn order(bench: &Bench) -> Vec<String> {
    let rows = tiphys::app::tasks::selection(&bench.state).rows;
    rows.iter().map(|shown| shown.task.id.to_string()).collect()
}

fn made(state: &State) -> usize {
    let bulk = state.orders.bulk.as_ref();
    bulk.map_or(0, |bulk| bulk.counts().0)
}

#[tokio::test(start_paused = true)]
async fn what_can_be_begun_stands_first_and_is_narrowed_and_turned_by_tag() {
    let (_cluster, _, mut bench) = shown().await;
    assert_eq!(order(&bench), ["42", "47", "44", "17"]);
    bench.shows(&["after 42", "fail noted", "tag master of 2"]);
    bench.press("/");
    bench.write("in-progress");
    bench.press("enter");
    assert_eq!(order(&bench), ["47"]);
    bench.press("esc tab");
    bench.shows(&["Search by picture", "tag spikes of 2"]);
    bench.press("tab");
    assert_eq!(order(&bench).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn the_files_are_looked_at_while_they_are_shown_and_what_is_broken_leaves_what_was_known() {
    let (_cluster, given, mut bench) = shown().await;
    let mut changed = tasks();
    changed["master"]["tasks"][3]["title"] = "Transfers to Europe".into();
    *given.lock().unwrap() = Ok(project(&changed));
    bench.seconds(4.0).await;
    bench.shows(&["Transfers to Europe"]);
    *given.lock().unwrap() = Err("tasks.json:3:5: it ends too early".to_owned());
    bench.seconds(4.0).await;
    bench.shows(&[
        "Transfers to Europe",
        "cannot be read now",
        "tasks.json:3:5: it ends too early",
    ]);
    bench.press("1");
    bench.seconds(5.0).await;
    let reads = |bench: &Bench| {
        let reads = bench
            .wanted
            .iter()
            .filter(|effect| **effect == tiphys::app::effect::Effect::ReadTasks);
        reads.count()
    };
    let before = reads(&bench);
    bench.seconds(30.0).await;
    assert_eq!(reads(&bench), before, "not while something else is shown");
}

#[tokio::test(start_paused = true)]
async fn a_task_is_verified_through_the_form_and_what_was_made_of_a_criterion_is_remembered() {
    let (cluster, given, mut bench) = shown().await;
    bench.press("enter");
    bench.shows(&[
        "42 Refunds",
        "Criteria  2, 1 of them without a person",
        "42.1",
    ]);
    bench.press("d");
    bench.shows(&["New QARun  of task 42", "refunds"]);
    bench.hides(&["not right"]);
    // The second criterion is left out, and the way back and there again keeps that.
    bench.press("e");
    for _ in 0..7 {
        bench.press("j");
    }
    bench.press("space");
    let mut text = bench.text();
    assert!(text.contains("[ ]"), "{text}");
    bench.press("esc");
    bench.state.drafts.all.clear();
    bench.press("d");
    text = bench.text();
    assert!(text.contains("[ ]"), "{text}");
    bench.press("c");
    bench.until(5, asks).await;
    bench.press("y");
    bench.until(5, |state| state.orders.made.is_some()).await;
    let key = bench.state.orders.made.clone().unwrap();
    let spec = cluster
        .api
        .store()
        .get(QARUNS, "payments", &key.name)
        .unwrap()
        .value()["spec"]
        .clone();
    assert_eq!(spec["taskId"], "42");
    assert_eq!(spec["criteria"].as_array().unwrap().len(), 1);
    assert_eq!(
        spec["criteria"][0]["command"]["argv"],
        json!(["make", "refund-total"])
    );
    // Another text is another criterion.
    let mut changed = tasks();
    changed["master"]["tasks"][1]["testStrategy"] =
        "- `make refund-total` passes\n- A person reads both mails".into();
    *given.lock().unwrap() = Ok(project(&changed));
    bench.press("3");
    bench.seconds(4.0).await;
    bench.state.drafts.all.clear();
    bench.press("d");
    bench.hides(&["[ ]"]);
}

#[tokio::test(start_paused = true)]
async fn of_marked_tasks_those_that_are_whole_are_sent_one_after_the_other_and_the_others_named() {
    let (cluster, _, mut bench) = shown().await;
    for _ in 0..4 {
        bench.press("space");
    }
    bench.shows(&["4 marked"]);
    bench.press("d");
    bench.until(5, asks).await;
    bench.shows(&[
        "Create 2 of 4 runs",
        "task 47 is skipped: service",
        "task 44 is skipped",
    ]);
    assert_eq!(writes(&cluster), [""; 0]);
    bench.press("y");
    bench.until(10, |state| made(state) == 2).await;
    let path = "POST /apis/agents.platform/v1/namespaces/payments/qaruns";
    assert_eq!(writes(&cluster), [path, path]);
    assert!(bench.state.tasks.marks.is_empty());
}

#[tokio::test(start_paused = true)]
async fn how_it_looks() {
    let (_cluster, _, mut bench) = shown().await;
    look_all("tasks", &bench.state, bench.now());
    bench.press("enter");
    look_once("tasks-page", &bench.state, bench.now(), (80, 24));
    look_once("tasks-page", &bench.state, bench.now(), (120, 40));
}

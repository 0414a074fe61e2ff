//! QARuns in the console: one line for each, whatever it has of workflows; what is asked of one goes to it and to nothing else.
//! Apart from the controller, which is tested on its own: here a test writes what a controller would have.

use std::sync::Arc;

use serde_json::{Value, json};
use tiphys::app::orders::dialog::Face;
use tiphys::app::state::State;
use tiphys::cluster::Cluster;
use tiphys::model::phase::State as RunState;
use tiphys::runtime::effects::Source;
use tiphys::sim::resource::{CODERUNS, QARUNS, WORKFLOWS};
use tiphys::sim::store::{Object, Origin};
use tiphys::sim::{Embedded, Scenario};

use crate::acting::console::{asks, writes};
use crate::bench::{self, Bench, EPOCH};
use crate::tap::{Fate, Tap};

const NS: &str = "payments";
const AT: &str = "2026-11-22T02:10:00Z";

fn qarun(name: &str, task: &str, status: &Value) -> Value {
    json!({
        "apiVersion": "agents.platform/v1", "kind": "QARun",
        "metadata": {"name": name, "namespace": NS},
        "spec": {"taskId": task, "service": "refunds", "image": "qa:1", "retry": {"limit": 2},
            "criteria": [
                {"id": "total", "text": "The total is right", "kind": "command", "command": {"argv": ["true"]}},
                {"id": "mail", "text": "A mail is sent", "kind": "command", "command": {"argv": ["true"]}},
            ]},
        "status": status,
    })
}

/// A cluster with a QARun, before anything is looked at.
struct World {
    cluster: Embedded,
    bench: Bench,
}

impl World {
    async fn new(objects: &[Value]) -> Self {
        let cluster = bench::still(Scenario::Empty);
        for object in objects {
            cluster
                .api
                .store()
                .put(QARUNS, object.clone(), Origin::Client);
        }
        let mut bench = Bench::at(&cluster);
        bench.seconds(3.0).await;
        Self { cluster, bench }
    }

    fn uid(&self, name: &str) -> String {
        let object = self.cluster.api.store().get(QARUNS, NS, name).unwrap();
        object.value()["metadata"]["uid"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// A controller says something else of a QARun.
    fn says(&self, name: &str, status: &Value) {
        let store = self.cluster.api.store();
        let mut object = store.get(QARUNS, NS, name).unwrap().value();
        object["status"] = status.clone();
        store.put(QARUNS, object, Origin::Controller);
    }

    /// The workflow of an attempt.
    fn work(&self, qarun: &str, attempt: u32, phase: &str) -> Arc<Object> {
        let name = format!("{qarun}-a{attempt}");
        let over = matches!(phase, "Failed" | "Succeeded");
        let node = json!({"id": name, "name": name, "displayName": name, "type": "Pod", "phase": phase,
            "templateName": "main", "startedAt": AT, "finishedAt": over.then_some(AT), "message": "Error (exit code 9)"});
        let store = self.cluster.api.store();
        let there = store.get(WORKFLOWS, NS, &name);
        let mut object = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
            "metadata": {"name": name, "namespace": NS, "labels": {
                "workflows.argoproj.io/phase": phase, "workflows.argoproj.io/completed": over.to_string(),
                "task-id": "15.10", "service": "refunds", "agents.platform/qarun": qarun,
                "agents.platform/qarun-uid": self.uid(qarun), "agents.platform/attempt": attempt.to_string()}},
            "spec": {"entrypoint": "main", "templates": [{"name": "main", "container": {"image": "busybox"}}]},
            "status": {"phase": phase, "startedAt": AT, "finishedAt": over.then_some(AT), "nodes": {name: node}},
        });
        // It stays the same object.
        if let Some(there) = there {
            object["metadata"]["uid"] = there.value()["metadata"]["uid"].clone();
        }
        store.put(WORKFLOWS, object, Origin::Controller)
    }

    /// Names and states of the list.
    fn list(&self) -> Vec<(String, RunState)> {
        let now = self.bench.now();
        let shown = tiphys::app::select::runs(&self.bench.state, now).rows;
        shown
            .iter()
            .map(|shown| (shown.run.row.key.name.to_string(), shown.state))
            .collect()
    }
}

fn attempt(number: u32, phase: &str) -> Value {
    json!({"number": number, "workflow": format!("qa-a{number}"), "phase": phase, "startedAt": AT,
        "message": format!("attempt {number} was {phase}")})
}

fn under_cursor(state: &State) -> String {
    state.shown_run().unwrap().name.to_string()
}

#[tokio::test(start_paused = true)]
async fn a_qarun_and_its_workflow_are_one_line_that_the_cursor_stays_on() {
    let mut world = World::new(&[qarun("qa", "15.10", &json!({}))]).await;
    assert_eq!(world.list(), [("qa".to_owned(), RunState::Pending)]);
    world.bench.shows(&["15.10", "refunds"]);
    world.bench.press("j");
    // The first attempt is begun: its workflow is the line now, and the cursor on it.
    world.says("qa", &json!({"phase": "Running", "attempt": 1, "progress": "1/2", "attempts": [attempt(1, "Running")]}));
    world.work("qa", 1, "Running");
    world.bench.seconds(2.0).await;
    assert_eq!(world.list(), [("qa-a1".to_owned(), RunState::Running)]);
    assert_eq!(under_cursor(&world.bench.state), "qa-a1");
    world.bench.shows(&[
        "QARun qa · 1 of 2 criteria · attempt 1 of",
        "qa-a1 · 1 of 2 criteria",
    ]);
    // It fails, and another attempt follows: until then the QARun tells more than what is over.
    world.work("qa", 1, "Failed");
    world.says("qa", &json!({"phase": "Pending", "attempt": 1, "nextAttemptAt": "2026-11-22T02:20:00Z",
        "message": "attempt 1 ended: exit 9; another one follows", "attempts": [attempt(1, "Failed")]}));
    world.bench.seconds(2.0).await;
    assert_eq!(world.list(), [("qa".to_owned(), RunState::Waiting)]);
    assert_eq!(under_cursor(&world.bench.state), "qa");
    world.bench.shows(&["next attempt in", "attempt 1 ended"]);
    // The second one has a line, the first one is behind it and reached from the criteria.
    world.work("qa", 2, "Running");
    world.says(
        "qa",
        &json!({"phase": "Running", "attempt": 2, "progress": "0/2",
        "attempts": [attempt(1, "Failed"), attempt(2, "Running")]}),
    );
    world.bench.seconds(2.0).await;
    assert_eq!(world.list(), [("qa-a2".to_owned(), RunState::Running)]);
    world.bench.shows(&["attempt 2 of 3"]);
    world.bench.press("enter");
    world.bench.seconds(2.0).await;
    world.bench.press("C G");
    world.bench.shows(&["Attempts", "attempt 1 was Failed"]);
    world.bench.press("enter");
    world.bench.seconds(1.0).await;
    assert_eq!(under_cursor(&world.bench.state), "qa-a1");
    // Back in the list nobody stands on what is not in it.
    world.bench.press("q");
    world.bench.seconds(1.0).await;
    assert_eq!(under_cursor(&world.bench.state), "qa-a2");
}

#[tokio::test(start_paused = true)]
async fn what_it_came_to_counts_and_it_stays_when_its_workflow_goes() {
    let mut world = World::new(&[qarun(
        "qa",
        "15.10",
        &json!({"phase": "Running", "attempt": 1}),
    )])
    .await;
    world.work("qa", 1, "Succeeded");
    world.says(
        "qa",
        &json!({"phase": "Failed", "verdict": "fail", "attempt": 1, "progress": "2/2",
        "message": "mail is not met: no mail", "startedAt": AT, "finishedAt": AT}),
    );
    world.bench.seconds(2.0).await;
    // A workflow that ended well can have found that something does not hold.
    assert_eq!(world.list(), [("qa-a1".to_owned(), RunState::Failed)]);
    world.bench.shows(&["mail is not met: no mail", "fail"]);
    for (filter, count) in [
        ("verdict:fail", 1),
        ("verdict:pass", 0),
        ("is:qarun", 1),
        ("task:15.10", 1),
        ("task:15.1", 0),
        ("service:refund", 1),
        ("service:other", 0),
        ("!is:qarun", 0),
    ] {
        world.bench.press("esc esc /");
        world.bench.write(filter);
        world.bench.press("enter");
        let now = world.bench.now();
        let query = &world.bench.state.runs.query;
        let runs = world.bench.state.fleet.listed();
        let found = runs
            .filter(|run| query.matches(run, run.state(now), now))
            .count();
        assert_eq!(found, count, "{filter}");
    }
    world.bench.press("esc esc");
    world
        .cluster
        .api
        .store()
        .remove(WORKFLOWS, NS, "qa-a1", Origin::Controller);
    world.bench.seconds(2.0).await;
    let names: Vec<String> = world.list().into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"qa".to_owned()), "{names:?}");
    world.bench.press("g g k");
    world
        .cluster
        .api
        .store()
        .remove(QARUNS, NS, "qa", Origin::Client);
    world.bench.press("j k");
    world.bench.seconds(2.0).await;
    let live = world.bench.state.fleet.listed().filter(|run| !run.gone);
    assert_eq!(live.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_qarun_without_a_workflow_has_a_page() {
    let mut world = World::new(&[qarun(
        "qa",
        "15.10",
        &json!({"phase": "Pending", "message": "spec.criteria[0].id: is not a name"}),
    )])
    .await;
    assert_eq!(world.list(), [("qa".to_owned(), RunState::Stuck)]);
    world.bench.shows(&["refused · spec.criteria[0].id"]);
    world.bench.press("enter");
    world.bench.seconds(2.0).await;
    world
        .bench
        .shows(&["QARun qa", "0 of 2 met", "no workflow of it is at work"]);
    world.bench.press("C");
    world
        .bench
        .shows(&["total", "Not begun", "The total is right"]);
    world.bench.press("l");
    world.bench.shows(&["there is no log of it"]);
    world.bench.press("y");
    world.bench.seconds(2.0).await;
    world.bench.shows(&["kind: QARun"]);
    world.bench.press("w");
    world.bench.shows(&["refused"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_of_it_goes_through_its_spec_once() {
    let failed = json!({"phase": "Failed", "verdict": "fail", "attempt": 1, "attempts": [attempt(1, "Failed")]});
    let mut world = World::new(&[qarun("qa", "15.10", &failed)]).await;
    world.work("qa", 1, "Failed");
    world.bench.seconds(2.0).await;
    assert_eq!(under_cursor(&world.bench.state), "qa-a1");
    world.bench.press("x r");
    world.bench.until(5, asks).await;
    // Of whom it is asked stands there, and that it is not the workflow.
    world.bench.shows(&[
        "Retry · payments/qa",
        "QARun",
        "begins attempt 2",
        "kubectl patch qaruns.agents.platform",
    ]);
    assert_eq!(writes(&world.cluster), [""; 0]);
    world.bench.press("y");
    world.bench.seconds(2.0).await;
    let path = "PATCH /apis/agents.platform/v1/namespaces/payments/qaruns/qa";
    assert_eq!(writes(&world.cluster), [path]);
    world.bench.shows(&["retrying …"]);
    let object = world
        .cluster
        .api
        .store()
        .get(QARUNS, NS, "qa")
        .unwrap()
        .value();
    assert_eq!(object["spec"]["attempt"], 2);
    assert_eq!(
        object["metadata"]["annotations"]["tiphys.dev/action"],
        "retry"
    );
    // Asked again before the controller answers, nothing goes out.
    world.bench.press("x r");
    world.bench.seconds(2.0).await;
    assert!(world.bench.state.orders.dialog.is_none());
    assert_eq!(writes(&world.cluster).len(), 1);
    world.work("qa", 2, "Running");
    world.says("qa", &json!({"phase": "Running", "attempt": 2, "attempts": [attempt(1, "Failed"), attempt(2, "Running")]}));
    world.bench.seconds(2.0).await;
    assert_eq!(under_cursor(&world.bench.state), "qa-a2");
    for (keys, field, value) in [
        ("x s", "suspend", json!(true)),
        ("x u", "suspend", json!(false)),
        ("x c", "shutdown", json!("Stop")),
    ] {
        world.bench.press(keys);
        world.bench.until(5, asks).await;
        world.bench.press("y");
        world.bench.seconds(8.0).await;
        let object = world
            .cluster
            .api
            .store()
            .get(QARUNS, NS, "qa")
            .unwrap()
            .value();
        assert_eq!(object["spec"][field], value, "{keys}");
    }
    let sent = writes(&world.cluster);
    assert!(
        sent.len() == 4 && sent.iter().all(|one| one == path),
        "{sent:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn many_are_asked_each_once_and_a_changed_one_is_not() {
    let failed = |attempt: u32| json!({"phase": "Failed", "verdict": "fail", "attempt": attempt});
    let names = ["a", "b", "c"];
    let objects: Vec<Value> = names
        .iter()
        .map(|name| qarun(name, "1", &failed(1)))
        .collect();
    let mut world = World::new(&objects).await;
    world.bench.press("V x r");
    world.bench.until(5, asks).await;
    world.says("c", &json!({"phase": "Running", "attempt": 2}));
    world.bench.press("y");
    world.bench.seconds(5.0).await;
    let attempt = |name: &str| {
        let object = world.cluster.api.store().get(QARUNS, NS, name).unwrap();
        object.value()["spec"]["attempt"].clone()
    };
    assert_eq!(names.map(attempt), [json!(2), json!(2), Value::Null]);
    assert_eq!(writes(&world.cluster).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_changed_is_shown_again_before_anything_is_sent() {
    let mut world =
        World::new(&[qarun("qa", "1", &json!({"phase": "Running", "attempt": 1}))]).await;
    world.bench.press("x t");
    world.bench.until(5, asks).await;
    world.says(
        "qa",
        &json!({"phase": "Succeeded", "verdict": "pass", "attempt": 1}),
    );
    world.bench.press("y");
    world.bench.seconds(8.0).await;
    assert_eq!(writes(&world.cluster), [""; 0]);
    let dialog = world.bench.state.orders.dialog.as_ref().unwrap();
    assert!(matches!(dialog.face, Face::Refused(_)), "{:?}", dialog.face);
    world.bench.shows(&["it was Running, it is Succeeded"]);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_without_qaruns_says_so_only_when_it_is_asked() {
    let cluster = bench::still(Scenario::Story);
    let tap = Tap::on(&cluster.api);
    tap.decide(|uri| match uri.contains("/qaruns") {
        true => Fate::Refused(404, "NotFound"),
        false => Fate::Answered,
    });
    let source = Source::Ready(Cluster::from_service(tap, "demo"));
    let mut bench = Bench::of(source, bench::options(), EPOCH);
    bench.seconds(5.0).await;
    bench.hides(&["QARun"]);
    bench.shows(&["live"]);
    bench.press(":");
    bench.write("qaruns");
    bench.press("enter");
    bench.shows(&["this cluster does not know QARuns"]);
}

#[tokio::test(start_paused = true)]
async fn runs_of_agents_are_listed_and_lead_to_the_runs_of_their_task() {
    let mut world = World::new(&[
        qarun("qa", "15.10", &json!({})),
        qarun("other", "16", &json!({})),
    ])
    .await;
    world.bench.press("g d");
    world.bench.seconds(1.0).await;
    world
        .bench
        .shows(&["there is none, or this cluster knows neither"]);
    world.bench.press("esc");
    let coderun = json!({
        "apiVersion": "agents.platform/v1", "kind": "CodeRun",
        "metadata": {"name": "code-15", "namespace": NS},
        "spec": {"taskId": "15", "service": "refunds"},
        "status": {"phase": "Succeeded", "qaStatus": "approved", "pullRequestUrl": "https://git.example/pull/7"},
    });
    world
        .cluster
        .api
        .store()
        .put(CODERUNS, coderun, Origin::Client);
    world.bench.press("g d");
    world.bench.seconds(1.0).await;
    world.bench.shows(&[
        "CodeRun",
        "payments/code-15 task 15",
        "Succeeded  approved",
        "https://git.example/pull/7",
    ]);
    world.bench.press("enter");
    assert!(world.bench.state.overlay.is_none());
    // Agents take whole tasks: the part that a QARun is about is of it.
    world.bench.shows(&["qa ", "15.10"]);
    world.bench.hides(&["other"]);
}

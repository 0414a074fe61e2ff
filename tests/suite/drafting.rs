//! The form of a QARun: what its keys write, what is sent of it and when, what it looks like; and that it refuses what the server would.
//! Apart from the text of single fields, whose tests are beside them.

use serde_json::{Value, json};
use tiphys::app::draft::Source as From;
use tiphys::app::state::State;
use tiphys::cluster::Cluster;
use tiphys::library::{check, definition};
use tiphys::model::qarun::Spec;
use tiphys::runtime::effects::Source;
use tiphys::sim::resource::{NAMESPACES, QARUNS};
use tiphys::sim::store::Origin;
use tiphys::sim::{Embedded, Scenario};

use crate::acting::console::{asks, writes};
use crate::bench::{self, Bench, EPOCH};
use crate::screens::{look_all, look_once};
use crate::tap::{Fate, Tap};

const PATH: &str = "POST /apis/agents.platform/v1/namespaces/payments/qaruns";

/// A cluster without runs, with the namespace.
fn with_namespace() -> Embedded {
    let cluster = bench::still(Scenario::Empty);
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "payments"}});
    cluster
        .api
        .store()
        .put(NAMESPACES, namespace, Origin::Client);
    cluster
}

/// A console on a cluster without runs, that looks at one namespace.
async fn empty(readonly: bool) -> (Embedded, Tap, Bench) {
    let cluster = with_namespace();
    let tap = Tap::on(&cluster.api);
    let client = Cluster::from_service(tap.clone(), "demo");
    let options = tiphys::app::state::Options {
        scope: tiphys::model::delta::Scope::Namespaces(vec!["payments".into()]),
        readonly,
        ..bench::options()
    };
    let mut bench = Bench::of(Source::Ready(client), options, EPOCH);
    bench.seconds(10.0).await;
    (cluster, tap, bench)
}

/// Writes a QARun of one command into the form.
fn write_one(bench: &mut Bench) {
    bench.press("x q j enter");
    bench.write("checkout");
    bench.press("enter enter");
    bench.write("15.10");
    bench.press("enter");
    // To the criteria: another one, whose text is typed at once.
    bench.press("e enter");
    bench.write("The service builds");
    bench.press("esc j j j j enter");
    bench.write("make 'all of it'");
    bench.press("enter j enter");
    bench.write("registry.example/qa:1");
    bench.press("enter");
}

fn written(state: &State) -> bool {
    let draft = state.drafts.shown();
    draft.is_some_and(|draft| draft.stage == tiphys::app::draft::Stage::Written)
}

fn made(state: &State) -> bool {
    state.orders.made.is_some()
}

fn created(cluster: &Embedded, name: &str) -> Value {
    let object = cluster.api.store().get(QARUNS, "payments", name);
    object.expect("it is there").value()
}

#[tokio::test(start_paused = true)]
async fn what_is_written_is_tried_by_the_server_shown_and_sent_once() {
    let (cluster, _, mut bench) = empty(false).await;
    write_one(&mut bench);
    bench.hides(&["not right"]);
    bench.press("c");
    bench.until(5, asks).await;
    bench.shows(&[
        "1 criterion",
        "it would take it",
        "- all of it",
        "POST /apis/agents.platform/v1/namespaces/payments/qaruns",
    ]);
    assert_eq!(writes(&cluster), [""; 0], "trying keeps nothing");
    look_once("draft-agree", &bench.state, bench.now(), (120, 40));
    bench.press("y");
    bench.until(5, made).await;
    assert_eq!(writes(&cluster), [PATH]);
    let key = bench.state.orders.made.clone().unwrap();
    assert!(key.name.starts_with("t15-10-checkout-"), "{key}");
    let spec = &created(&cluster, &key.name)["spec"];
    assert_eq!(spec["taskId"], "15.10");
    assert_eq!(
        spec["criteria"],
        json!([{
            "id": "criterion-1", "text": "The service builds", "required": true, "kind": "command",
            "command": {"argv": ["make", "all of it"], "image": "registry.example/qa:1"},
            "provenance": {"source": "person"},
        }])
    );
    // It is done: the next one begins anew.
    assert!(bench.state.drafts.all.is_empty());
    bench.press("x q");
    bench.shows(&["✖ it needs a value"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_right_is_told_beside_it_and_not_sent() {
    let (cluster, _, mut bench) = empty(false).await;
    bench.press("x q c");
    bench.shows(&[
        "not yet: 2 fields are not right",
        "✖ it needs a value",
        "at least one criterion",
    ]);
    bench.press("enter");
    bench.write("Check out");
    bench.press("enter");
    bench.shows(&["lower-case letters, digits and -"]);
    // What is no number stays as it was typed, and can be taken back.
    bench.press("G k k k enter");
    bench.write("soon");
    bench.press("enter k");
    bench.shows(&["`soon` is not a length of time"]);
    bench.press("u");
    bench.hides(&["soon"]);
    bench.press("c");
    assert!(bench.state.orders.dialog.is_none());
    assert_eq!(writes(&cluster), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_draft_outlives_esc_and_other_screens_and_keys_of_runs_do_nothing_in_it() {
    let (_cluster, _, mut bench) = empty(false).await;
    write_one(&mut bench);
    bench.press("esc");
    bench.shows(&["the draft is kept", "No runs"]);
    bench.press("x q");
    bench.shows(&["as you left it", "checkout", "The service builds"]);
    // Half a word is not lost either.
    bench.press("g g j enter");
    bench.write("-v2");
    bench.press("ctrl-l");
    bench.press("enter 4 1 x q");
    bench.shows(&["checkout-v2"]);
    let before = bench.state.drafts.all.clone();
    for keys in ["x r", "x d", "x t", "l", "s", "V"] {
        bench.press(keys);
        assert!(bench.state.orders.dialog.is_none(), "{keys}");
    }
    assert_eq!(bench.state.drafts.all, before);
    bench.press("ctrl-r");
    bench.hides(&["checkout"]);
    bench.press("u");
    bench.shows(&["checkout-v2"]);
    // What nobody wrote into is not kept.
    bench.press("ctrl-r esc");
    bench.hides(&["the draft is kept"]);
}

#[tokio::test(start_paused = true)]
async fn a_console_that_may_not_write_asks_nothing_and_says_why() {
    let (cluster, _, mut bench) = empty(true).await;
    write_one(&mut bench);
    bench.press("c");
    bench.shows(&["create not possible: this console was started with --readonly"]);
    bench.seconds(2.0).await;
    assert!(
        !cluster
            .api
            .seen()
            .iter()
            .any(|seen| seen.uri.contains("qaruns?") && seen.method == "POST")
    );
    assert!(
        !bench.state.drafts.all.is_empty(),
        "it can be kept as a file or sent from elsewhere"
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_looked_for_and_a_draft_that_was_not_made_stays() {
    let (cluster, tap, mut bench) = empty(false).await;
    write_one(&mut bench);
    bench.press("c");
    bench.until(5, asks).await;
    tap.decide_writes(|uri| match uri.contains("dryRun") {
        true => Fate::Answered,
        false => Fate::Silent,
    });
    bench.press("y");
    bench.until(60, made).await;
    assert_eq!(writes(&cluster), [PATH], "read back, not sent again");
    tap.heal();
    // It is a run now, and its form the way to another one like it.
    bench.press("x q");
    bench.until(5, written).await;
    bench.press("j enter");
    bench.write("2");
    bench.press("enter c");
    bench.until(5, asks).await;
    tap.decide_writes(|_| Fate::Refused(403, "Forbidden"));
    bench.press("y");
    bench.seconds(3.0).await;
    bench.shows(&["was not done"]);
    assert_eq!(bench.state.drafts.all.len(), 1);
    tap.heal();
    bench.press("x q");
    bench.shows(&["as you left it", "The service builds"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_server_alone_refuses_is_told_before_anybody_says_yes() {
    let (cluster, tap, mut bench) = empty(false).await;
    write_one(&mut bench);
    tap.decide_writes(|_| Fate::NoSuchKind);
    bench.press("c");
    bench.until(5, asks).await;
    bench.shows(&["does not know QARuns"]);
    bench.press("y");
    assert_eq!(writes(&cluster), [""; 0]);
}

fn again() -> Value {
    json!({
        "apiVersion": "agents.platform/v1", "kind": "QARun",
        "metadata": {"name": "t42-refunds", "namespace": "payments"},
        "spec": {
            "taskId": "42", "service": "refunds", "image": "registry.example/qa:1", "attempt": 3, "shutdown": "Stop",
            "env": [{"name": "DB_PASSWORD", "value": "hunter2"}],
            "environments": [{"name": "staging", "url": "https://staging.example"}],
            "criteria": [
                {"id": "total", "text": "A refund returns the total to the cent", "kind": "command",
                 "command": {"argv": ["refunds", "check-total"]},
                 "provenance": {"source": "testStrategy", "start": 12, "end": 40}},
                {"id": "up", "text": "It answers", "kind": "http", "required": false, "http": {"url": "/healthz"}},
                {"id": "suite", "text": "The suite passes", "kind": "junit",
                 "junit": {"argv": ["make", "test"], "report": "out/junit.xml"}},
                {"id": "wording", "text": "The mail reads well", "kind": "manual",
                 "manual": {"instructions": "Read the mail of order 77", "who": ["ada"]}},
            ],
        },
    })
}

/// In the form of a QARun that is there, opened from the workflow it was made.
async fn of_a_qarun() -> (Embedded, Bench) {
    let cluster = with_namespace();
    let store = cluster.api.store();
    store.put(QARUNS, again(), Origin::Client);
    let workflow = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
        "metadata": {"name": "t42-refunds-a1", "namespace": "payments", "labels": {"agents.platform/qarun": "t42-refunds"}},
        "spec": {"entrypoint": "main", "templates": [{"name": "main", "container": {"image": "a", "command": ["true"]}}]},
    });
    store.put(tiphys::sim::resource::WORKFLOWS, workflow, Origin::Client);
    let mut bench = Bench::at(&cluster);
    bench.seconds(10.0).await;
    bench.stand_on("t42-refunds-a1");
    bench.press(": l a u n c h enter");
    bench.until(5, written).await;
    (cluster, bench)
}

#[tokio::test(start_paused = true)]
async fn a_qarun_is_run_again_with_changes() {
    let (cluster, mut bench) = of_a_qarun().await;
    assert!(
        matches!(&bench.state.drafts.all[0].source, From::Again(key) if &*key.name == "t42-refunds")
    );
    bench.shows(&["payments/t42-refunds again, with changes"]);
    // One is left out, one becomes a manual one.
    bench.press("g g j j j j j j j space j enter j j j j");
    bench.shows(&["▌  found out by"]);
    for _ in 0..3 {
        bench.press("right");
    }
    bench.shows(&[
        "▌  found out by      manual",
        "to do             It answers",
    ]);
    bench.press("c");
    bench.until(5, asks).await;
    bench.hides(&["hunter2"]);
    bench.press("y");
    bench.until(5, made).await;
    let key = bench.state.orders.made.clone().unwrap();
    let spec = created(&cluster, &key.name)["spec"].clone();
    let ids: Vec<&Value> = spec["criteria"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["id"])
        .collect();
    assert_eq!(ids, ["up", "suite", "wording"]);
    assert_eq!(spec["criteria"][0]["manual"]["instructions"], "It answers");
    assert_eq!(spec["criteria"][0].get("http"), None);
    // What the form does not show is carried along; what was asked of the other one is not.
    assert_eq!(spec["env"][0]["value"], "hunter2");
    assert_eq!((&spec["attempt"], spec.get("shutdown")), (&json!(1), None));
    let sent = cluster.api.seen();
    assert_eq!(
        sent.iter()
            .filter(|seen| seen.method == "POST" && seen.uri.ends_with("/qaruns"))
            .count(),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn how_it_looks() {
    let (_cluster, _, mut bench) = empty(false).await;
    bench.press("x q");
    look_once("draft-empty", &bench.state, bench.now(), (80, 24));
    let (_cluster, mut bench) = of_a_qarun().await;
    look_all("draft", &bench.state, bench.now());
    bench.press("g g j j j j j j j space j j enter");
    look_once("draft-criterion", &bench.state, bench.now(), (80, 24));
    look_once("draft-criterion", &bench.state, bench.now(), (200, 50));
    bench.press("j enter");
    bench.write(", and does so for every test of the suite although this text is too long for one line of it");
    look_once("draft-text", &bench.state, bench.now(), (80, 24));
    bench.press("esc j ctrl-u enter");
    bench.write("X y");
    bench.press("enter y");
    look_once("draft-yaml", &bench.state, bench.now(), (80, 24));
}

/// Wrong in one place each, as `place: value`.
const WRONG: [(&str, &str); 40] = [
    ("spec.taskId", "'-1'"),
    ("spec.service", "Check"),
    ("spec.service", "''"),
    ("spec.project.repository", "'ftp://x'"),
    ("spec.environments[0].name", "St"),
    ("spec.environments[0].url", "staging"),
    ("spec.criteria[0].id", "A b"),
    ("spec.criteria[0].text", "''"),
    ("spec.criteria[0].timeoutSeconds", "0"),
    ("spec.criteria[0].command.image", "'a b'"),
    ("spec.criteria[0].command.script", "''"),
    ("spec.criteria[0].command.workingDir", "'{{x}}'"),
    ("spec.criteria[0].command.expect.stdoutContains", "''"),
    ("spec.criteria[1].http.url", "healthz"),
    ("spec.criteria[1].http.url", "''"),
    ("spec.criteria[1].http.expect.status[0]", "99"),
    ("spec.criteria[1].http.expect.json[0].path", "'a..b'"),
    ("spec.criteria[1].http.headers[0].name", "'a b'"),
    ("spec.criteria[2].junit.report", "''"),
    ("spec.criteria[2].junit.allowedFailures", "100001"),
    ("spec.criteria[3].manual.instructions", "''"),
    ("spec.criteria[3].manual.who[0]", "''"),
    ("spec.criteria[4].metric.url", "prometheus"),
    ("spec.criteria[4].metric.query", "''"),
    ("spec.criteria[4].metric.threshold", "much"),
    ("spec.template.name", "A"),
    ("spec.retry.limit", "11"),
    ("spec.retry.backoff.seconds", "86401"),
    ("spec.retry.backoff.factor", "0"),
    ("spec.retry.backoff.maxSeconds", "86401"),
    ("spec.stepRetry.limit", "11"),
    ("spec.timeouts.runSeconds", "0"),
    ("spec.timeouts.criterionSeconds", "1209601"),
    ("spec.parallelism", "0"),
    ("spec.image", "'a b'"),
    ("spec.env[0].name", "1a"),
    ("spec.serviceAccountName", "A"),
    ("spec.testStrategy", "LONG"),
    ("spec.criteria[0].command.argv[0]", "LONG"),
    ("spec.environments[0].env[0].name", "a-b"),
];

/// Right in every place that is wrong there.
fn right() -> Value {
    let mut object = again();
    let spec = &mut object["spec"];
    let backoff = json!({"seconds": 1, "factor": 2, "maxSeconds": 3});
    spec["project"] = json!({"repository": "https://git.example/a.git"});
    spec["criteria"][1]["http"]["expect"] =
        json!({"status": [200], "json": [{"path": "a", "equals": "b"}]});
    spec["criteria"][1]["http"]["headers"] = json!([{"name": "a", "value": "b"}]);
    spec["criteria"].as_array_mut().unwrap().push(json!({
        "id": "fast", "text": "It is fast", "kind": "metric",
        "metric": {"url": "https://prom.example", "query": "up", "comparison": "<", "threshold": "0.3"},
    }));
    spec["template"] = json!({"name": "acceptance"});
    spec["retry"] = json!({"limit": 1, "backoff": backoff});
    spec["stepRetry"] = json!({"limit": 1});
    spec["timeouts"] = json!({"runSeconds": 60, "criterionSeconds": 60});
    spec["environments"][0]["env"] = json!([{"name": "A", "value": "b"}]);
    spec.as_object_mut().unwrap().remove("shutdown");
    object
}

/// What the form and what the server say of a spec: places.
async fn told(client: &Cluster, object: &Value) -> (Vec<String>, Result<(), String>) {
    let spec: Spec = serde_json::from_value(object["spec"].clone()).unwrap();
    let here = definition(&spec).into_iter().chain(check(&spec));
    let answer = client
        .create(tiphys::cluster::objects::QARUNS, "payments", object)
        .await;
    (
        here.map(|one| one.path).collect(),
        answer.map(drop).map_err(|why| why.to_string()),
    )
}

#[tokio::test(start_paused = true)]
async fn the_form_refuses_what_the_definition_refuses_and_at_the_same_place() {
    let cluster = with_namespace();
    let client = Cluster::from_service(cluster.api.clone(), "demo");
    let (here, there) = told(&client, &right()).await;
    assert_eq!((here, there), (Vec::new(), Ok(())));
    for (place, value) in WRONG {
        let mut object = right();
        object["metadata"]["name"] = "another".into();
        let value: Value = match value {
            "LONG" => "x".repeat(20_000).into(),
            value => serde_saphyr::from_str(value).unwrap(),
        };
        let pointer = format!("/{}", place.replace(['.', '['], "/").replace(']', ""));
        let parts: Vec<&str> = pointer[1..].split('/').collect();
        let mut at = &mut object;
        for part in parts {
            at = match part.parse::<usize>() {
                Ok(n) => &mut at[n],
                Err(_) => &mut at[part],
            };
        }
        *at = value;
        let (here, there) = told(&client, &object).await;
        let why = there.expect_err(place);
        assert!(why.contains(place), "{place}: the server says: {why}");
        assert!(
            here.iter().any(|path| path == place),
            "{place} is not among {here:?}; the server says: {why}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_commands_are_given_and_how_long_things_stay_is_written_line_by_line() {
    let (cluster, _, mut bench) = empty(false).await;
    write_one(&mut bench);
    for (field, text) in [
        ("spec.env", "MODE = fast\nTOKEN from secret shop/token"),
        ("spec.envFrom", "configmap logs as LOG_"),
        ("spec.resources.limits", "cpu = 2"),
        ("spec.artifacts", "report = out/r.html"),
        ("spec.ttl.workflowSeconds", "2d"),
    ] {
        bench
            .state
            .drafts
            .shown_mut()
            .unwrap()
            .cursor
            .put(field.to_owned());
        bench.press("enter");
        for (n, line) in text.lines().enumerate() {
            if n > 0 {
                bench.press("enter");
            }
            bench.write(line);
        }
        bench.press(if text.contains(['=', '\n', ' ']) {
            "esc"
        } else {
            "enter"
        });
    }
    bench.shows(&["MODE = fast"]);
    bench.press("c");
    bench.until(5, asks).await;
    bench.press("y");
    bench.until(5, made).await;
    let key = bench.state.orders.made.clone().unwrap();
    let spec = created(&cluster, &key.name)["spec"].clone();
    let token =
        json!({"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "shop", "key": "token"}}});
    assert_eq!(
        spec["env"],
        json!([{"name": "MODE", "value": "fast"}, token])
    );
    assert_eq!(
        spec["envFrom"],
        json!([{"configMapRef": {"name": "logs"}, "prefix": "LOG_"}])
    );
    assert_eq!(spec["resources"], json!({"limits": {"cpu": "2"}}));
    assert_eq!(
        spec["artifacts"],
        json!([{"name": "report", "path": "out/r.html"}])
    );
    assert_eq!(spec["ttl"], json!({"workflowSeconds": 172_800}));
}

//! The console that acts: what it asks, what it sends, and above all what it does not send.
//! Apart from the operations themselves: here it matters when a request goes out, and for which object.

use tiphys::app::config::Habits;
use tiphys::app::msg::Msg;
use tiphys::app::orders::dialog::Face;
use tiphys::app::state::{Options, State};
use tiphys::sim::Embedded;
use tiphys::sim::Scenario;
use tiphys::sim::api::access::{Access, Rights, User};
use tiphys::sim::resource::WORKFLOWS;
use tiphys::sim::store::Origin;

use crate::bench::{self, Bench, EPOCH};
use crate::tap::{Fate, Tap};
use tiphys::cluster::Cluster;
use tiphys::runtime::effects::Source;

/// A run of the story that failed.
const FAILED: &str = "t42-refund-acceptance";

async fn story_with(options: Options) -> (Embedded, Tap, Bench) {
    let cluster = bench::still(Scenario::Story);
    let tap = Tap::on(&cluster.api);
    let client = Cluster::from_service(tap.clone(), "demo");
    let mut bench = Bench::of(Source::Ready(client), options, EPOCH);
    bench.seconds(20.0).await;
    (cluster, tap, bench)
}

async fn story() -> (Embedded, Tap, Bench) {
    story_with(bench::options()).await
}

/// Requests that changed something, `METHOD /path`; not those that only ask, or are only tried.
pub fn writes(cluster: &Embedded) -> Vec<String> {
    let seen = cluster.api.seen();
    let writes = seen.iter().filter(|seen| {
        let asks = seen.uri.contains("selfsubject") || seen.uri.contains("dryRun=All");
        seen.method != "GET" && !asks
    });
    writes
        .map(|seen| {
            format!(
                "{} {}",
                seen.method,
                seen.uri.split('?').next().unwrap_or_default()
            )
        })
        .collect()
}

/// The dialog waits for an answer, and hears it.
pub fn asks(state: &State) -> bool {
    let dialog = state.orders.dialog.as_ref();
    dialog.is_some_and(|dialog| matches!(dialog.face, Face::Agree(_)) && dialog.ready.is_none())
}

fn face(bench: &Bench) -> Option<&Face> {
    bench
        .state
        .orders
        .dialog
        .as_ref()
        .map(|dialog| &dialog.face)
}

#[tokio::test(start_paused = true)]
async fn three_keys_retry_the_newest_failure() {
    let (cluster, _, mut bench) = story().await;
    bench.stand_on(FAILED);
    bench.press("x r");
    bench.until(5, asks).await;
    bench.shows(&[
        "Retry · payments/t42-refund-acceptance",
        "1 step runs again: criterion-5",
        "argo retry",
    ]);
    assert_eq!(writes(&cluster), [""; 0], "asking sends nothing");
    bench.press("y");
    bench.seconds(2.0).await;
    let sent = writes(&cluster);
    let (last, pods) = sent.split_last().expect("requests");
    assert!(
        last.starts_with("PATCH ") && last.ends_with(FAILED),
        "{sent:?}"
    );
    assert!(!pods.is_empty(), "{sent:?}");
    assert!(
        pods.iter()
            .all(|pod| pod.starts_with("DELETE /api/v1/namespaces/payments/pods/t42-")),
        "{sent:?}"
    );
    assert!(face(&bench).is_none());
    // Once is once, whatever is pressed afterwards.
    bench.press("y y enter");
    bench.seconds(5.0).await;
    assert_eq!(writes(&cluster), sent);
}

#[tokio::test(start_paused = true)]
async fn keys_typed_ahead_and_the_safe_answer_send_nothing() {
    let (cluster, _, mut bench) = story().await;
    bench.stand_on(FAILED);
    // All at once: the answer is not read by anybody who types like this.
    bench.press("x r y");
    bench.until(5, asks).await;
    assert_eq!(writes(&cluster), [""; 0]);
    // Enter takes the answer that has the focus, which is no.
    bench.press("enter");
    assert!(face(&bench).is_none());
    for answer in ["n", "esc", "tab tab enter"] {
        bench.press("x r");
        bench.until(5, asks).await;
        bench.press(answer);
        bench.seconds(7.0).await;
        assert!(face(&bench).is_none(), "{answer}");
    }
    assert_eq!(writes(&cluster), [""; 0]);
    bench.press("x r");
    bench.until(5, asks).await;
    bench.press("tab enter");
    bench.seconds(1.0).await;
    assert!(!writes(&cluster).is_empty(), "turned, enter means yes");
}

#[tokio::test(start_paused = true)]
async fn no_single_key_changes_anything() {
    let (cluster, _, mut bench) = story().await;
    bench.stand_on(FAILED);
    for key in "a b c d e f g h i k l m o p r s t u v w y z A B C D E F G H I J K L N O P Q R S T U W X Y Z ctrl-d ctrl-k backspace del".split(' ') {
        bench.press(key);
        bench.seconds(0.5).await;
        bench.press("esc esc esc esc");
        bench.seconds(7.0).await;
    }
    assert_eq!(writes(&cluster), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_ends_a_run_waits_and_can_be_taken_back() {
    let (cluster, _, mut bench) = story().await;
    bench.stand_on("t41-regression");
    bench.press("x c");
    bench.until(5, asks).await;
    bench.press("y");
    bench.seconds(4.0).await;
    assert_eq!(writes(&cluster), [""; 0]);
    bench.shows(&["stopping in a moment"]);
    bench.press("U");
    bench.seconds(10.0).await;
    assert_eq!(writes(&cluster), [""; 0]);
    bench.press("x c");
    bench.until(5, asks).await;
    bench.press("y");
    bench.seconds(6.0).await;
    assert_eq!(writes(&cluster).len(), 1);
    bench.shows(&["stopping"]);
    bench.press("U");
    bench.shows(&["has gone out"]);
}

#[tokio::test(start_paused = true)]
async fn another_object_of_the_same_name_is_never_meant() {
    let (cluster, _, mut bench) = story().await;
    bench.stand_on(FAILED);
    bench.press("x r");
    bench.until(5, asks).await;
    // Gone, and another one of its name is there: in between the watch says nothing (it stands still here).
    let store = cluster.api.store();
    let mut other = store.get(WORKFLOWS, "payments", FAILED).unwrap().value();
    store.remove(WORKFLOWS, "payments", FAILED, Origin::Client);
    let meta = other["metadata"].as_object_mut().unwrap();
    for given in ["uid", "resourceVersion", "creationTimestamp"] {
        meta.shift_remove(given);
    }
    store.put(WORKFLOWS, other, Origin::Client);
    bench.press("y");
    bench.seconds(10.0).await;
    assert_eq!(writes(&cluster), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_changed_is_asked_about_again() {
    let (cluster, _, mut bench) = story().await;
    bench.stand_on("t41-regression");
    bench.press("x s");
    bench.until(5, asks).await;
    let store = cluster.api.store();
    let mut object = store
        .get(WORKFLOWS, "checkout", "t41-regression")
        .unwrap()
        .value();
    object["status"]["phase"] = "Failed".into();
    store.put(WORKFLOWS, object, Origin::Controller);
    bench.press("y");
    bench.seconds(3.0).await;
    assert_eq!(writes(&cluster), [""; 0]);
    bench.shows(&[
        "It changed since it was shown",
        "it was Running, it is Failed",
        "It is over",
    ]);
}

#[tokio::test(start_paused = true)]
async fn read_only_and_protected_consoles_say_why_they_send_nothing() {
    let (cluster, _, mut bench) = story_with(Options {
        readonly: true,
        ..bench::options()
    })
    .await;
    bench.stand_on(FAILED);
    bench.press("x r");
    bench.shows(&["--readonly"]);
    assert!(face(&bench).is_none());
    assert_eq!(writes(&cluster), [""; 0]);

    let habits = Habits {
        protected: vec!["dem*".to_string()],
        ..Habits::default()
    };
    let (cluster, _, mut bench) = story_with(Options {
        habits,
        ..bench::options()
    })
    .await;
    bench.shows(&["PROTECTED"]);
    bench.stand_on("t41-regression");
    bench.press("x c");
    bench.shows(&["demo is protected; :unlock 10m"]);
    bench.press(":");
    bench.write("unlock 10m");
    bench.press("enter x c");
    bench.until(5, asks).await;
    // What ends a run wants the context's name.
    bench.press("y");
    bench.write("prod");
    bench.press("enter");
    bench.seconds(8.0).await;
    assert_eq!(writes(&cluster), [""; 0]);
    bench.press("ctrl-u");
    bench.write("demo");
    bench.press("enter");
    bench.seconds(8.0).await;
    assert_eq!(writes(&cluster).len(), 1);
    bench.seconds(600.0).await;
    bench.press("x t");
    bench.shows(&["demo is protected"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_server_does_not_allow_is_said_before_it_is_tried() {
    let viewer = [("token".to_string(), User::new("jane", Rights::Viewer))];
    let options = tiphys::sim::Options {
        access: Access::tokens(viewer),
        epoch: Some(EPOCH.parse().expect("a time")),
        ..tiphys::sim::Options::default()
    };
    let cluster = Embedded::paused(options).expect("the embedded data is whole");
    let tap = Tap::on(&cluster.api).with_token("token");
    let source = Source::Ready(Cluster::from_service(tap, "demo"));
    let mut bench = Bench::of(source, bench::options(), EPOCH);
    bench.seconds(20.0).await;
    bench.stand_on(FAILED);
    bench.press("x r");
    bench.until(5, asks).await;
    bench.shows(&["may not patch workflows.argoproj.io in payments"]);
    bench.press("y");
    bench.seconds(3.0).await;
    assert_eq!(writes(&cluster), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_looked_for_and_never_asked_again() {
    // The request arrives, its answer does not.
    let (cluster, tap, mut bench) = story().await;
    bench.stand_on("t41-regression");
    bench.press("x s");
    bench.until(5, asks).await;
    tap.decide_writes(|_| Fate::Cut(0, true));
    bench.press("y");
    bench.seconds(20.0).await;
    let sent = writes(&cluster);
    assert_eq!(sent.len(), 1, "{sent:?}");
    bench.press("g m");
    bench.shows(&["suspend checkout/t41-regression: taken"]);

    // It does not arrive.
    let (cluster, tap, mut bench) = story().await;
    bench.stand_on("t41-regression");
    bench.press("x s");
    bench.until(5, asks).await;
    tap.decide_writes(|_| Fate::Refused(504, "Timeout"));
    bench.press("y");
    bench.seconds(20.0).await;
    assert_eq!(writes(&cluster), [""; 0]);
    bench.press("g m");
    bench.shows(&["read back: it has not happened"]);
}

#[tokio::test(start_paused = true)]
async fn many_runs_are_done_one_by_one_with_a_result_each() {
    let (cluster, _, mut bench) = story().await;
    bench.press("/");
    bench.write("status:failed,succeeded ns:checkout");
    bench.press("enter V x r");
    bench.until(5, asks).await;
    bench.shows(&["marked runs", "is skipped: it succeeded"]);
    let many = bench
        .state
        .orders
        .dialog
        .as_ref()
        .unwrap()
        .many
        .clone()
        .unwrap();
    assert!(many.items.len() > 1 && !many.skipped.is_empty());
    bench.press("y");
    bench.seconds(30.0).await;
    let patched = writes(&cluster)
        .into_iter()
        .filter(|one| one.starts_with("PATCH"));
    let mut patched: Vec<String> = patched.collect();
    patched.sort();
    patched.dedup();
    assert_eq!(patched.len(), many.items.len(), "each once");
    assert!(bench.state.orders.bulk.as_ref().unwrap().is_over());
    assert_eq!(
        bench.state.orders.bulk.as_ref().unwrap().counts(),
        (many.items.len(), 0, 0)
    );
    bench.shows(&["applied", "skipped: it succeeded"]);
}

#[tokio::test(start_paused = true)]
async fn many_can_be_taken_back_where_their_list_stands() {
    let (cluster, _, mut bench) = story().await;
    bench.press("/");
    bench.write("status:failed ns:checkout");
    bench.press("enter V x d");
    bench.until(5, asks).await;
    bench.press("y");
    bench.seconds(2.0).await;
    bench.shows(&["delete in 3 s · U takes it back", "not sent yet"]);
    bench.press("U");
    bench.seconds(20.0).await;
    bench.shows(&["not sent: taken back"]);
    assert_eq!(writes(&cluster), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_cannot_be_agreed_to() {
    let (cluster, _, mut bench) = story().await;
    bench.stand_on(FAILED);
    bench.press("x d");
    bench.until(5, asks).await;
    bench.take(Msg::Resize(10, 3));
    bench.draw();
    bench.press("y");
    bench.seconds(20.0).await;
    assert_eq!(writes(&cluster), [""; 0]);
    bench.take(Msg::Resize(120, 40));
    bench.draw();
    bench.press("y");
    bench.seconds(20.0).await;
    assert_eq!(writes(&cluster).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn many_stop_when_the_first_one_does_not_go_well() {
    let (cluster, tap, mut bench) = story().await;
    bench.press("/");
    bench.write("status:failed ns:checkout");
    bench.press("enter V x r");
    bench.until(5, asks).await;
    tap.decide_writes(|uri| match uri.contains("/pods/") {
        true => Fate::Answered,
        false => Fate::Refused(403, "Forbidden"),
    });
    bench.press("y");
    bench.seconds(30.0).await;
    let bulk = bench.state.orders.bulk.as_ref().unwrap();
    let (done, not, waits) = bulk.counts();
    assert_eq!((done, waits), (0, 0));
    assert!(not > 1 && bulk.halted.is_some());
    assert_eq!(
        writes(&cluster)
            .iter()
            .filter(|one| one.starts_with("PATCH"))
            .count(),
        0
    );
    bench.shows(&["not sent: the first one did not go well"]);
}

#[tokio::test(start_paused = true)]
async fn an_approval_asks_for_its_values_and_passes() {
    let (cluster, _, mut bench) = story().await;
    bench.press("5");
    bench.seconds(2.0).await;
    bench.shows(&["Queue", "t39-payout-canary", "you may approve it"]);
    bench.stand_on("t39-payout-canary");
    bench.seconds(2.0).await;
    bench.press("x u");
    bench
        .until(5, |state| {
            let dialog = state.orders.dialog.as_ref();
            dialog.is_some_and(|dialog| dialog.form.is_some() && dialog.ready.is_none())
        })
        .await;
    bench.shows(&["answer", "left, right: yes no", "target"]);
    bench.press("right enter enter");
    bench.write("looks good");
    bench.press("enter");
    bench.until(5, asks).await;
    bench.shows(&["promote passes"]);
    bench.press("y");
    bench.seconds(2.0).await;
    assert_eq!(writes(&cluster).len(), 1);
    let object = cluster
        .api
        .store()
        .get(WORKFLOWS, "payments", "t39-payout-canary")
        .unwrap()
        .value();
    let node = object["status"]["nodes"].as_object().unwrap().values();
    let node = node
        .clone()
        .find(|node| node["displayName"] == "promote")
        .unwrap();
    assert_eq!(node["phase"], "Succeeded");
    assert_eq!(
        node["outputs"]["parameters"][0]["value"], "yes",
        "turned once from no"
    );
    assert!(
        node["message"].as_str().unwrap().ends_with("looks good"),
        "{node}"
    );
}

#[tokio::test(start_paused = true)]
async fn leaving_asks_while_something_is_under_way() {
    let (_cluster, _, mut bench) = story().await;
    bench.stand_on("t41-regression");
    bench.press("x c");
    bench.until(5, asks).await;
    bench.press("y");
    bench.wanted.clear();
    bench.press("ctrl-c");
    assert!(bench.wanted.is_empty(), "{:?}", bench.wanted);
    bench.shows(&["once more leaves"]);
    bench.press("ctrl-c");
    assert_eq!(bench.wanted, [tiphys::app::effect::Effect::Quit]);
}

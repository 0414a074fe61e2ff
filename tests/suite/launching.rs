//! The screen of templates and crons: what it shows, what it reads and when, and which requests its keys send.
//! Apart from what can be asked of runs: here nothing runs yet.

use tiphys::app::effect::Effect;
use tiphys::app::msg::{ClusterMsg, Msg};
use tiphys::app::orders::dialog::Face;
use tiphys::app::state::{Screen, State};
use tiphys::cluster::Cluster;
use tiphys::model::act::Kind;
use tiphys::model::key::Key;
use tiphys::model::origin::{Cron, Origin, Origins};
use tiphys::runtime::effects::Source;
use tiphys::sim::resource::{CRONS, WORKFLOWS};
use tiphys::sim::store::Origin as By;
use tiphys::sim::{Embedded, Scenario};

use crate::acting::console::{asks, writes};
use crate::bench::{self, Bench, EPOCH};
use crate::blessed;
use crate::screens::{look, look_all, look_once, picture};
use crate::tap::{Fate, Tap};

/// A console on the story that shows templates and crons.
async fn shown() -> (Embedded, Tap, Bench) {
    let cluster = bench::still(Scenario::Story);
    let tap = Tap::on(&cluster.api);
    let client = Cluster::from_service(tap.clone(), "demo");
    let mut bench = Bench::of(Source::Ready(client), bench::options(), EPOCH);
    bench.seconds(20.0).await;
    bench.press("4");
    bench.until(5, |state| state.origins.known.is_some()).await;
    (cluster, tap, bench)
}

/// Puts the cursor on the one of this kind and name.
pub fn stand(bench: &mut Bench, kind: Kind, name: &str) {
    let found = bench.state.origins.items().iter();
    let found = found.filter(|item| item.kind == kind);
    let uid = found
        .filter(|item| &*item.key.name == name)
        .map(|item| item.key.uid.clone())
        .next()
        .unwrap_or_else(|| panic!("there is no {name}"));
    bench.state.origins.cursor.put(uid);
    bench.take(Msg::Tick);
    bench.draw();
}

fn reads(bench: &Bench) -> usize {
    let wanted = bench.wanted.iter();
    let reads = wanted.filter(|effect| matches!(effect, Effect::ReadOrigins { .. }));
    reads.count()
}

fn fills(state: &State) -> bool {
    let dialog = state.orders.dialog.as_ref();
    dialog.is_some_and(|dialog| matches!(dialog.face, Face::Filling(_)) && dialog.ready.is_none())
}

#[tokio::test(start_paused = true)]
async fn how_it_looks() {
    let (_cluster, _, mut bench) = shown().await;
    look_all("templates", &bench.state, bench.now());
    look_once("templates", &bench.state, bench.now(), (50, 12));
    blessed::file(
        "src/ui/screens/origins.txt",
        &picture(&bench.state, bench.now(), (120, 40), &bench::dusk()).0,
    );
    for theme in ["contrast", "terminal"] {
        let theme_of = tiphys::ui::theme::Theme::built_in(theme).expect("it is built in");
        let name = format!("templates-120x40-{theme}");
        look(&name, &bench.state, bench.now(), (120, 40), &theme_of);
    }
    stand(&mut bench, Kind::CronWorkflow, "cron-e2e");
    look_once("templates-cron", &bench.state, bench.now(), (160, 45));
    stand(&mut bench, Kind::WorkflowTemplate, "acceptance");
    look_once("templates-template", &bench.state, bench.now(), (160, 45));
    look_once("templates-template", &bench.state, bench.now(), (80, 24));
    bench.press("x");
    bench.seconds(1.0).await;
    look_once("templates-menu", &bench.state, bench.now(), (120, 40));
    bench.press("esc y");
    bench.seconds(1.0).await;
    look_once("templates-yaml", &bench.state, bench.now(), (80, 24));
    // It is searched like the other texts, and the list behind it stays as it is.
    bench.press("/");
    bench.write("name:");
    bench.press("enter");
    bench.shows(&["/name: 1 of"]);
    bench.press("n");
    bench.shows(&["/name: 2 of"]);
    bench.press("esc");
    bench.hides(&["/name:"]);
    bench.press("esc /");
    bench.write("cron !suspended");
    bench.press("enter");
    look_once("templates-filtered", &bench.state, bench.now(), (120, 40));
    bench.press("/ ctrl-u");
    bench.write("nothing-like-it");
    look_once("templates-nothing", &bench.state, bench.now(), (80, 24));
}

#[tokio::test(start_paused = true)]
async fn it_is_read_when_it_is_opened_and_while_it_is_looked_at_and_not_otherwise() {
    let (cluster, _, mut bench) = shown().await;
    assert_eq!(reads(&bench), 1);
    bench.seconds(31.0).await;
    assert_eq!(reads(&bench), 3, "every 15 s");
    bench.press("1");
    let asked = cluster.api.seen().len();
    bench.seconds(60.0).await;
    assert_eq!(reads(&bench), 3, "not while something else is shown");
    let seen = cluster.api.seen();
    assert!(
        seen[asked..]
            .iter()
            .all(|seen| !seen.uri.contains("cronworkflows"))
    );
    bench.press("4");
    bench.seconds(1.0).await;
    assert_eq!(reads(&bench), 4);
    bench.press("ctrl-r");
    bench.seconds(1.0).await;
    assert_eq!(reads(&bench), 5);
    assert_eq!(writes(&cluster), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_template_is_launched_through_its_form_after_the_server_has_tried_it() {
    let (cluster, _, mut bench) = shown().await;
    stand(&mut bench, Kind::WorkflowTemplate, "acceptance");
    bench.press("x l");
    bench.until(5, fills).await;
    bench.shows(&[
        "Launch · payments/acceptance",
        "Environment the criteria run against",
        "preprod",
    ]);
    look_once("templates-form", &bench.state, bench.now(), (120, 40));
    // The next of the values it may have, then another commit.
    bench.press("right enter ctrl-u");
    bench.write("9d04e77");
    bench.press("enter");
    bench.until(5, asks).await;
    bench.shows(&[
        "it would take it",
        "argo submit -n payments --from workflowtemplate/acceptance -p env=preprod -p revision=9d04e77",
    ]);
    look_once("templates-agree", &bench.state, bench.now(), (120, 40));
    assert_eq!(writes(&cluster), [""; 0], "trying keeps nothing");
    let tried = cluster.api.seen();
    let tried: Vec<_> = tried
        .iter()
        .filter(|seen| seen.uri.contains("dryRun=All"))
        .collect();
    assert_eq!(tried.len(), 2, "without and with the values");
    bench.press("y");
    bench.until(5, |state| state.orders.made.is_some()).await;
    assert_eq!(
        writes(&cluster),
        ["POST /apis/argoproj.io/v1alpha1/namespaces/payments/workflows"]
    );
    let made = bench.state.orders.made.clone().expect("it was made");
    let object = cluster
        .api
        .store()
        .get(WORKFLOWS, "payments", &made.name)
        .expect("it is there")
        .value();
    assert_eq!(object["spec"]["workflowTemplateRef"]["name"], "acceptance");
    assert_eq!(
        object["spec"]["arguments"]["parameters"],
        serde_json::json!([{"name": "env", "value": "preprod"}, {"name": "revision", "value": "9d04e77"}])
    );
    bench.shows(&[&made.name, "g n opens it"]);
    bench.press("g n");
    bench.until(5, |state| state.open.is_some()).await;
    assert_eq!(bench.state.shown_run(), Some(made));
    assert_eq!(bench.state.screen, Screen::Runs);
    bench.press("[");
    assert_eq!(bench.state.screen, Screen::Origins, "the way back");
}

#[tokio::test(start_paused = true)]
async fn what_the_server_would_not_take_is_said_before_it_is_agreed_to() {
    let (cluster, tap, mut bench) = shown().await;
    stand(&mut bench, Kind::WorkflowTemplate, "cart-smoke");
    tap.decide_writes(|uri| match uri.contains("dryRun=All") {
        true => Fate::Refused(422, "admission webhook says no"),
        false => Fate::Answered,
    });
    bench.press("x l");
    bench.until(5, asks).await;
    bench.shows(&["the server would not take it: admission webhook says no"]);
    bench.press("y");
    bench.seconds(3.0).await;
    assert_eq!(writes(&cluster), [""; 0]);
    bench.press("esc");
    // A server that cannot try it does not hinder: that is said.
    tap.decide_writes(|uri| match uri.contains("dryRun=All") {
        true => Fate::Refused(500, "InternalError"),
        false => Fate::Answered,
    });
    bench.press("x l");
    bench.until(5, asks).await;
    bench.shows(&["the server was asked to try it, without an answer"]);
    bench.press("y");
    bench.until(5, |state| state.orders.made.is_some()).await;
    assert_eq!(writes(&cluster).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_template_of_the_cluster_asks_for_a_namespace_and_for_what_it_needs() {
    let (cluster, _, mut bench) = shown().await;
    stand(&mut bench, Kind::ClusterWorkflowTemplate, "smoke");
    bench.press("x l");
    bench.seconds(1.0).await;
    bench.shows(&["Launch smoke in which namespace?", "checkout"]);
    look_once("templates-place", &bench.state, bench.now(), (120, 40));
    bench.press("/");
    bench.write("search");
    bench.press("enter");
    bench.until(5, fills).await;
    bench.press("enter enter");
    bench.shows(&["needs a value"]);
    bench.write("qa.example:443");
    bench.press("enter enter");
    bench.until(5, asks).await;
    bench.press("y");
    bench.until(5, |state| state.orders.made.is_some()).await;
    assert_eq!(
        writes(&cluster),
        ["POST /apis/argoproj.io/v1alpha1/namespaces/search/workflows"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_cron_is_suspended_resumed_and_run_now() {
    let (cluster, _, mut bench) = shown().await;
    let path = "/apis/argoproj.io/v1alpha1/namespaces/search/cronworkflows/nightly-reindex";
    stand(&mut bench, Kind::CronWorkflow, "nightly-reindex");
    bench.press("x u");
    bench.shows(&["`approve` is not possible: it is not suspended"]);
    bench.press("x s");
    bench.until(5, asks).await;
    bench.shows(&[
        "Suspend · search/nightly-reindex",
        "CronWorkflow",
        "no scheduled run starts",
    ]);
    bench.press("y");
    let idle = |wanted: bool| {
        move |state: &State| {
            let crons = state.origins.items().iter();
            let mut crons = crons.filter(|item| item.kind == Kind::CronWorkflow);
            let cron = crons.find(|item| &*item.key.name == "nightly-reindex");
            cron.is_some_and(|cron| cron.is_idle() == wanted)
        }
    };
    // Read again at once, not in 15 s.
    bench.until(3, idle(true)).await;
    assert_eq!(writes(&cluster), [format!("PATCH {path}")]);
    bench.press("x u");
    bench.until(5, asks).await;
    bench.press("y");
    bench.until(3, idle(false)).await;
    assert_eq!(writes(&cluster).len(), 2);
    bench.press("x l");
    bench.until(5, asks).await;
    bench.press("y");
    bench.until(5, |state| state.orders.made.is_some()).await;
    let made = bench.state.orders.made.clone().expect("it was made");
    let object = cluster.api.store().get(WORKFLOWS, "search", &made.name);
    let object = object.expect("it is there").value();
    assert_eq!(
        object["metadata"]["ownerReferences"][0]["name"],
        "nightly-reindex"
    );
    assert_eq!(
        object["metadata"]["labels"]["workflows.argoproj.io/cron-workflow"],
        "nightly-reindex"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_is_about_the_object_that_was_chosen_and_no_other_of_its_name() {
    let (cluster, _, mut bench) = shown().await;
    stand(&mut bench, Kind::CronWorkflow, "nightly-reindex");
    bench.press("x s");
    bench.until(5, asks).await;
    let store = cluster.api.store();
    let old = store
        .get(CRONS, "search", "nightly-reindex")
        .expect("it is there")
        .value();
    store.remove(CRONS, "search", "nightly-reindex", By::Client);
    let mut new = old;
    for field in ["uid", "resourceVersion", "creationTimestamp"] {
        new["metadata"]
            .as_object_mut()
            .expect("an object")
            .remove(field);
    }
    store
        .create(CRONS, new, By::Client)
        .expect("it can be made anew");
    bench.press("y");
    bench.seconds(3.0).await;
    assert_eq!(writes(&cluster), [""; 0]);
    bench.shows(&["another object has its name now"]);
}

#[tokio::test(start_paused = true)]
async fn enter_shows_the_runs_of_one_and_the_finder_finds_it() {
    let (_cluster, _, mut bench) = shown().await;
    stand(&mut bench, Kind::WorkflowTemplate, "acceptance");
    bench.press("enter");
    assert_eq!(bench.state.screen, Screen::Runs);
    assert_eq!(bench.state.runs.query.text(), "from:acceptance ns:payments");
    bench.shows(&["t42-refund-acceptance"]);
    bench.press("4");
    // `smoke` is part of `cart-smoke`, whose runs are not meant.
    stand(&mut bench, Kind::ClusterWorkflowTemplate, "smoke");
    bench.press("enter");
    bench.hides(&["t17-cart-smoke"]);
    bench.press("esc ctrl-p");
    bench.write("weekly device");
    bench.shows(&["mobile/weekly-device-farm"]);
    bench.press("enter");
    assert_eq!(bench.state.screen, Screen::Origins);
    let on = bench
        .state
        .origins
        .cursor
        .on()
        .and_then(|uid| bench.state.origins.get(uid));
    assert_eq!(on.map(|item| &*item.key.name), Some("weekly-device-farm"));
    for words in [":crons", ":wftmpl", ":templates"] {
        bench.press("1 :");
        bench.write(&words[1..]);
        bench.press("enter");
        assert_eq!(bench.state.screen, Screen::Origins, "{words}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_said_and_what_was_read_before_stays() {
    let (_cluster, tap, mut bench) = shown().await;
    let all = bench.state.origins.items().len();
    tap.decide(|uri| match () {
        () if uri.contains("clusterworkflowtemplates") => Fate::NoSuchKind,
        () if uri.contains("/workflowtemplates") => Fate::Refused(403, "Forbidden"),
        () if uri.contains("cronworkflows") => Fate::Refused(500, "InternalError"),
        () => Fate::Answered,
    });
    bench.press("ctrl-r");
    bench.seconds(2.0).await;
    bench.shows(&[
        "templates forbidden",
        "crons server error",
        "cluster templates not installed",
    ]);
    look_once("templates-partial", &bench.state, bench.now(), (120, 40));
    look_once("templates-partial", &bench.state, bench.now(), (80, 24));
    let kept = bench.state.origins.items();
    assert_eq!(
        kept.len(),
        4,
        "crons stay as they were, what is refused is gone"
    );
    assert!(kept.iter().all(|item| item.kind == Kind::CronWorkflow));
    tap.heal();
    bench.seconds(16.0).await;
    assert_eq!(
        bench.state.origins.items().len(),
        all,
        "tried again by itself"
    );
    bench.hides(&["partial:"]);
}

#[tokio::test(start_paused = true)]
async fn strange_names_and_crowds_of_parameters_are_drawn_in_every_size() {
    let cluster = bench::still(Scenario::Empty);
    let mut bench = Bench::on(&cluster.api);
    bench.seconds(5.0).await;
    bench.press("4");
    bench.seconds(1.0).await;
    let long = "x".repeat(300);
    let item = |kind, at: usize, text: &str| Origin {
        kind,
        key: Key::new(text, text, format!("u-{at}")),
        version: 0,
        created: None,
        title: Some(text.into()),
        description: Some(text.into()),
        entrypoint: None,
        template: Some((text.into(), true)),
        parameters: (0..200)
            .map(|at| tiphys::model::workflow::Parameter {
                name: format!("{text}{at}").into(),
                value: Some(text.into()),
                choices: vec![text.into(); 20],
                description: Some(text.into()),
                supplied: at % 2 == 0,
            })
            .collect(),
        steps: usize::MAX,
        cron: (kind == Kind::CronWorkflow).then(|| {
            Box::new(Cron {
                schedules: vec![text.into(), "".into()],
                timezone: Some(text.into()),
                faults: vec![text.into()],
                active: vec![text.into()],
                last: Some(jiff::Timestamp::MAX),
                next: Some(tiphys::model::origin::Next {
                    at: jiff::Timestamp::MIN,
                    assumed: true,
                }),
                ..Cron::default()
            })
        }),
    };
    let texts = ["", "日本語", "{{evil}}", &long];
    let kinds = [
        Kind::CronWorkflow,
        Kind::WorkflowTemplate,
        Kind::ClusterWorkflowTemplate,
    ];
    let items = kinds.into_iter().enumerate().flat_map(|(a, kind)| {
        let item = &item;
        texts
            .iter()
            .enumerate()
            .map(move |(b, text)| item(kind, a * 10 + b, text))
    });
    let found = Origins {
        items: items.collect(),
        missing: Vec::new(),
        unreadable: u64::MAX,
    };
    let msg = Msg::Cluster(bench.state.session, ClusterMsg::Origins(Box::new(found)));
    bench.take(msg);
    for size in [
        (200, 50),
        (120, 40),
        (100, 18),
        (80, 24),
        (60, 15),
        (50, 12),
        (20, 5),
        (3, 3),
        (1, 1),
    ] {
        bench.take(Msg::Resize(size.0, size.1));
        for key in ["g g", "j", "j", "j", "G", "k", "ctrl-u", "x", "esc"] {
            bench.press(key);
        }
    }
}

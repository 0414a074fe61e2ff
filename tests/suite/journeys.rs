//! What a person does, what the screen says then, and which requests the cluster saw for it.
//! Apart from screens, because here it matters what is asked of a cluster and not how the answer looks.

use std::time::Duration;

use tiphys::app::effect::Effect;
use tiphys::app::msg::Msg;
use tiphys::app::state::{Connection, Options, State};
use tiphys::cluster::{Cluster, Target};
use tiphys::model::delta::Scope;
use tiphys::runtime::effects::Source;
use tiphys::sim::api::Api;
use tiphys::sim::resource::{PODS, WORKFLOWS};
use tiphys::sim::scenario::fleet::Fleet;
use tiphys::sim::serve::serve;
use tiphys::sim::store::Origin;
use tiphys::sim::{Embedded, Scenario};

use crate::bench::{self, Bench, EPOCH};
use crate::tap::{Fate, Tap};

/// A console on the story behind a tap, after everything was read.
async fn on_the_story() -> (Embedded, Tap, Bench) {
    let cluster = bench::still(Scenario::Story);
    let tap = Tap::on(&cluster.api);
    let mut bench = behind(&tap, bench::options());
    bench.seconds(20.0).await;
    (cluster, tap, bench)
}

fn behind(tap: &Tap, options: Options) -> Bench {
    let cluster = Cluster::from_service(tap.clone(), "demo");
    Bench::of(Source::Ready(cluster), options, EPOCH)
}

/// Requests since the count, `GET /path?query` with the query unescaped where it matters.
fn since(api: &Api, count: usize) -> Vec<String> {
    api.seen()[count..]
        .iter()
        .map(|seen| {
            format!("{} {}", seen.method, seen.uri)
                .replace("%3D", "=")
                .replace("%2F", "/")
        })
        .collect()
}

fn containing(requests: &[String], what: &str) -> usize {
    requests
        .iter()
        .filter(|request| request.contains(what) && !request.contains("continue="))
        .count()
}

#[tokio::test(start_paused = true)]
async fn the_cursor_over_ten_rows_reads_only_the_last() {
    let (cluster, tap, mut bench) = on_the_story().await;
    let before = cluster.api.seen().len();
    bench.wanted.clear();
    bench.press("j j j j j j j j j j");
    bench.seconds(1.0).await;
    let run = bench.state.shown_run().expect("a run under the cursor");
    assert!(
        matches!(&bench.wanted[..], [Effect::Watch(_, key), ..] if *key == run),
        "{:?}",
        bench.wanted
    );
    let asked = since(&cluster.api, before);
    let by_name: Vec<&String> = asked
        .iter()
        .filter(|request| request.contains("metadata.name="))
        .collect();
    assert!(!by_name.is_empty(), "{asked:?}");
    assert!(
        by_name
            .iter()
            .all(|request| request.contains(&format!("metadata.name={}", run.name))),
        "{asked:?}"
    );
    let watched = tap.streams();
    let of_runs = watched
        .iter()
        .filter(|uri| uri.contains("metadata.name"))
        .count();
    assert_eq!(of_runs, 1, "{watched:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_is_one_watch_its_pods_and_its_events_and_opening_it_asks_nothing_more() {
    let (cluster, tap, mut bench) = on_the_story().await;
    let before = cluster.api.seen().len();
    bench.stand_on("t17-cart-smoke");
    bench.seconds(1.0).await;
    let run = bench.state.shown_run().expect("a run under the cursor");
    let asked = since(&cluster.api, before);
    let space = format!("/namespaces/{}", run.namespace);
    for (what, wanted) in [
        (format!("{space}/workflows?limit="), 1),
        (format!("{space}/workflows?watch=1"), 1),
        (format!("{space}/pods?limit="), 1),
        (format!("{space}/pods?watch=1"), 1),
        (format!("{space}/events?limit="), 1),
        (format!("{space}/events?watch=1"), 1),
    ] {
        assert_eq!(containing(&asked, &what), wanted, "{what}: {asked:#?}");
    }
    let first_pages = asked
        .iter()
        .filter(|request| !request.contains("continue="))
        .count();
    assert!(
        first_pages <= 7,
        "six, and the last lines of one step: {asked:#?}"
    );
    let before = cluster.api.seen().len();
    let streams = tap.streams();
    bench.press("enter");
    bench.seconds(1.0).await;
    bench.shows(&["Steps", "Summary", &run.name]);
    assert_eq!(since(&cluster.api, before), Vec::<String>::new());
    assert_eq!(tap.streams(), streams);
}

#[tokio::test(start_paused = true)]
async fn events_of_a_run_whose_name_begins_with_this_ones_are_not_its_own() {
    let (cluster, _tap, mut bench) = on_the_story().await;
    let name = "t42-refund-acceptance";
    bench.stand_on(name);
    bench.press("enter v");
    bench.seconds(2.0).await;
    let focus = bench.state.focus.as_ref().expect("a run is looked at");
    let pods: Vec<String> = cluster
        .api
        .store()
        .snapshot(PODS, Some("payments"), None, None)
        .expect("now is known")
        .0
        .iter()
        .filter(|pod| pod.value()["metadata"]["labels"]["workflows.argoproj.io/workflow"] != name)
        .map(|pod| pod.name.to_string())
        .filter(|pod| pod.starts_with(&format!("{name}-")))
        .collect();
    assert!(
        !pods.is_empty(),
        "the story has another run of that name and more"
    );
    let own: Vec<&str> = focus.own_events().map(|event| &*event.object).collect();
    assert!(own.len() > 10);
    assert!(
        own.iter()
            .all(|object| !pods.iter().any(|pod| pod == object)),
        "{own:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_filter_asks_nothing() {
    let (cluster, _tap, mut bench) = on_the_story().await;
    let before = cluster.api.seen().len();
    bench.press("/");
    bench.write("status:failed");
    bench.press("enter");
    bench.seconds(2.0).await;
    bench.shows(&["/status:failed", "✖ Failed", "t42-refund-acceptance"]);
    bench.hides(&["● Running", "✔ Succeeded"]);
    bench.press("esc");
    bench.seconds(2.0).await;
    bench.shows(&["● Running"]);
    assert_eq!(since(&cluster.api, before), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn another_namespace_ends_the_old_watches_and_starts_new_ones() {
    let (cluster, tap, mut bench) = on_the_story().await;
    let everywhere = |uri: &String| uri.contains("/v1alpha1/workflows?watch=1");
    assert_eq!(
        tap.streams().iter().filter(|uri| everywhere(uri)).count(),
        2,
        "rows and whole objects: {:?}",
        tap.streams()
    );
    bench.press("#");
    bench.seconds(1.0).await;
    bench.shows(&["checkout", "payments"]);
    let before = cluster.api.seen().len();
    bench.write("search");
    bench.press("enter");
    bench.seconds(3.0).await;
    bench.shows(&["nightly-reindex-x7k2p", "live"]);
    bench.hides(&["t42-refund-acceptance", "t17-cart-smoke"]);
    assert_eq!(bench.state.scope, Scope::Namespaces(vec!["search".into()]));
    let streams = tap.streams();
    assert!(
        streams
            .iter()
            .all(|uri| uri.contains("/namespaces/search/")),
        "{streams:#?}"
    );
    let fleet = streams
        .iter()
        .filter(|uri| uri.contains("/workflows?") && !uri.contains("fieldSelector"));
    assert_eq!(fleet.count(), 2, "{streams:#?}");
    let asked = since(&cluster.api, before);
    assert!(
        asked
            .iter()
            .all(|request| !request.contains("/v1alpha1/workflows")),
        "{asked:#?}"
    );
    bench.press("0");
    bench.seconds(3.0).await;
    bench.shows(&["t42-refund-acceptance", "nightly-reindex-x7k2p"]);
    assert_eq!(
        tap.streams().iter().filter(|uri| everywhere(uri)).count(),
        2,
        "{:?}",
        tap.streams()
    );
}

#[tokio::test(start_paused = true)]
async fn a_log_is_followed_while_it_is_looked_at() {
    let (_cluster, tap, mut bench) = on_the_story().await;
    let followed = |tap: &Tap| {
        tap.streams()
            .iter()
            .filter(|uri| uri.contains("/log?"))
            .count()
    };
    bench.stand_on("t47-sepa-acceptance");
    bench.seconds(1.0).await;
    assert_eq!(followed(&tap), 0);
    bench.press("l");
    bench.seconds(3.0).await;
    bench.shows(&["Log", "INFO  50 rps for 480 s"]);
    assert!(followed(&tap) > 0, "{:?}", tap.streams());
    bench.press("esc");
    bench.seconds(1.0).await;
    bench.shows(&["Runs by attention"]);
    assert_eq!(followed(&tap), 0, "{:?}", tap.streams());
}

#[tokio::test(start_paused = true)]
async fn reading_in_the_background_is_bounded() {
    let cluster = bench::still(Scenario::Story);
    let tap = Tap::on(&cluster.api);
    let is_read = |uri: &str| uri.contains("/workflows/");
    tap.decide(move |uri| {
        if is_read(uri) {
            Fate::Slow(Duration::from_millis(300))
        } else {
            Fate::Answered
        }
    });
    let mut bench = behind(&tap, bench::options());
    bench.seconds(3.0).await;
    assert!(bench.state.fleet.unread() > 0, "it takes longer");
    bench.shows(&["not read yet"]);
    bench.seconds(30.0).await;
    assert_eq!(bench.state.fleet.unread(), 0);
    bench.hides(&["not read yet"]);
    assert_eq!(tap.most_reads_at_once(), 4);

    tap.heal();
    bench.press("ctrl-r");
    bench.seconds(20.0).await;
    assert_eq!(bench.state.fleet.unread(), 0);
    let times = tap.read_times();
    for (n, first) in times.iter().enumerate() {
        let within = times[n..]
            .iter()
            .take_while(|at| **at - *first < Duration::from_secs(1))
            .count();
        assert!(
            within <= 41,
            "{within} in the second after the read number {n}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_but_questions_is_ever_sent() {
    let (cluster, _tap, mut bench) = on_the_story().await;
    for keys in [
        "j j enter tab f F p e y l w t h s",
        "/ r e f enter n N esc esc esc",
        "G g g ctrl-d ctrl-u",
        "# esc @ esc s down enter",
        "? esc",
        "x d y",
        "X D ctrl-k delete backspace",
        "ctrl-r",
        "enter l z z tab 1 0",
        "ctrl-l",
    ] {
        bench.press(keys);
        bench.seconds(2.0).await;
    }
    assert!(bench.wanted.iter().all(|effect| !effect.writes()));
    let questions = [
        "/selfsubjectreviews",
        "/selfsubjectaccessreviews",
        "/selfsubjectrulesreviews",
    ];
    for seen in cluster.api.seen() {
        let asks = seen.method == "GET"
            || (seen.method == "POST" && questions.iter().any(|end| seen.uri.ends_with(end)));
        assert!(asks, "{} {}", seen.method, seen.uri);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_deleted_while_its_page_is_open_stays_until_one_leaves() {
    let (cluster, tap, mut bench) = on_the_story().await;
    bench.stand_on("t42-refund-acceptance");
    bench.press("enter");
    bench.seconds(1.0).await;
    let run = bench.state.shown_run().expect("a run");
    cluster
        .api
        .store()
        .remove(WORKFLOWS, &run.namespace, &run.name, Origin::Client);
    bench.seconds(1.0).await;
    bench.shows(&["(deleted)", "criterion-5", &run.name]);
    bench.press("esc");
    bench.seconds(1.0).await;
    bench.shows(&["Deleted", &run.name]);
    bench.press("j");
    bench.seconds(1.0).await;
    bench.hides(&["Deleted", "t42-refund-acceptance "]);
    assert!(bench.state.fleet.get(&run.uid).is_none());
    let watched = tap.streams();
    assert!(
        !watched
            .iter()
            .any(|uri| uri.contains(&format!("%3D{}&", run.name))),
        "{watched:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_run_of_the_same_name_is_another_run() {
    let (cluster, _tap, mut bench) = on_the_story().await;
    bench.stand_on("t42-refund-acceptance");
    bench.press("enter");
    bench.seconds(1.0).await;
    let run = bench.state.shown_run().expect("a run");
    let store = cluster.api.store();
    let mut object = store
        .get(WORKFLOWS, &run.namespace, &run.name)
        .expect("it is there")
        .value();
    store.remove(WORKFLOWS, &run.namespace, &run.name, Origin::Client);
    for field in ["uid", "resourceVersion", "creationTimestamp"] {
        object["metadata"]
            .as_object_mut()
            .expect("metadata")
            .remove(field);
    }
    store.put(WORKFLOWS, object, Origin::Client);
    bench.seconds(2.0).await;
    bench.shows(&["(deleted)"]);
    assert_eq!(bench.state.shown_run(), Some(run.clone()));
    let twins = bench
        .state
        .fleet
        .iter()
        .filter(|other| other.row.key.name == run.name)
        .count();
    assert_eq!(twins, 2, "the one that is gone and the one that came");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_forgotten_between_two_pages_is_read_again() {
    let fleet = Fleet {
        runs: 1_300,
        namespaces: 5,
        bytes: 2_000,
        ..Fleet::default()
    };
    let cluster = bench::still(Scenario::Fleet(fleet));
    let tap = Tap::on(&cluster.api);
    let store = cluster.api.store().clone();
    let mut forgets = 2;
    tap.decide(move |uri| {
        if uri.contains("continue=") && forgets > 0 {
            forgets -= 1;
            let known = store
                .snapshot(WORKFLOWS, None, None, None)
                .expect("now is known")
                .0;
            let gone = &known[forgets];
            store.remove(WORKFLOWS, &gone.namespace, &gone.name, Origin::Client);
            store.compact();
        }
        Fate::Answered
    });
    let mut bench = behind(&tap, bench::options());
    bench
        .until(60, |state| {
            state.fleet.complete() && state.fleet.stalest().is_none() && state.fleet.len() == 1_298
        })
        .await;
    bench.shows(&["live", "1298 runs"]);
    let whole_lists = since(&cluster.api, 0)
        .iter()
        .filter(|request| request.contains("/workflows?limit=500&includeObject"))
        .count();
    assert!(whole_lists > 1, "it was asked again from the start");
}

#[tokio::test(start_paused = true)]
async fn argo_installed_later_is_noticed() {
    let cluster = bench::still(Scenario::Story);
    let tap = Tap::on(&cluster.api);
    tap.decide(|uri| {
        if uri.contains("/argoproj.io/") {
            Fate::NoSuchKind
        } else {
            Fate::Answered
        }
    });
    let mut bench = behind(&tap, bench::options());
    bench.seconds(5.0).await;
    bench.shows(&[
        "Not installed",
        "workflows.argoproj.io",
        "Install Argo Workflows",
    ]);
    tap.heal();
    bench.until(120, |state| state.fleet.complete()).await;
    bench.shows(&["live", "t42-refund-acceptance"]);
    bench.hides(&["Not installed"]);
}

#[tokio::test(start_paused = true)]
async fn an_outage_keeps_the_rows_and_says_how_old_they_are() {
    let (_cluster, tap, mut bench) = on_the_story().await;
    bench.seconds(300.0).await;
    tap.decide(|_| Fate::Refused(503, "ServiceUnavailable"));
    // The server ends watches by itself after some minutes; none can be opened again.
    bench
        .until(600, |state| state.fleet.stalest().is_some())
        .await;
    bench.shows(&["stale", "t42-refund-acceptance"]);
    tap.heal();
    bench
        .until(120, |state| {
            state.fleet.stalest().is_none() && state.fleet.complete()
        })
        .await;
    bench.hides(&["stale"]);
    bench.shows(&["live", "t42-refund-acceptance"]);
}

#[tokio::test(start_paused = true)]
async fn a_flaky_server_is_asked_with_patience() {
    let cluster = bench::still(Scenario::Story);
    let tap = Tap::on(&cluster.api);
    tap.decide(|_| Fate::Refused(500, "InternalError"));
    let mut bench = behind(&tap, bench::options());
    bench.seconds(60.0).await;
    assert!(matches!(bench.state.connection, Connection::Down { .. }));
    bench.shows(&["Server error", "next try in"]);
    assert_eq!(cluster.api.seen().len(), 0, "no request came through");
    tap.heal();
    bench.until(60, |state| state.fleet.complete()).await;
    bench.shows(&["live"]);
}

/// Two served clusters, one kubeconfig. Real sockets, so real time: waited for, never slept.
#[tokio::test]
async fn another_context_is_another_cluster() {
    let (story, empty) = (bench::still(Scenario::Story), bench::still(Scenario::Empty));
    let loopback = || "127.0.0.1:0".parse().expect("an address");
    let (one, _) = serve(story.api.clone(), loopback()).await.expect("served");
    let (two, _) = serve(empty.api.clone(), loopback()).await.expect("served");
    let file = std::env::temp_dir().join(format!("tiphys-journey-{}.yaml", std::process::id()));
    let config = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: busy\n\
         clusters:\n- {{name: one, cluster: {{server: 'http://{one}'}}}}\n- {{name: two, cluster: {{server: 'http://{two}'}}}}\n\
         contexts:\n- {{name: busy, context: {{cluster: one, user: jane}}}}\n- {{name: quiet, context: {{cluster: two, user: jane}}}}\n\
         users:\n- {{name: jane, user: {{token: t}}}}\n"
    );
    std::fs::write(&file, config).expect("written");
    let target = Target {
        kubeconfig: Some(file.clone()),
        ..Target::default()
    };
    let mut bench = Bench::of(Source::Kubeconfig(target), bench::options(), EPOCH);
    let complete = |state: &State| state.fleet.complete();
    bench.until(20, complete).await;
    bench.shows(&["busy", "t42-refund-acceptance"]);
    bench.press("@");
    bench.until(20, |state| state.contexts.is_some()).await;
    bench.shows(&["busy", "quiet"]);
    bench.write("quiet");
    bench.press("enter");
    bench.until(20, complete).await;
    bench.shows(&["quiet", "No runs"]);
    bench.hides(&["t42-refund-acceptance"]);
    // What the first one still says is not heard.
    let late = tiphys::app::msg::ClusterMsg::NotConnected {
        why: tiphys::model::trouble::Trouble::Expired,
        retry_ms: 1,
    };
    bench.take(Msg::Cluster(bench.state.session - 1, late));
    assert!(matches!(bench.state.connection, Connection::Up { .. }));
    std::fs::remove_file(file).expect("removed");
}

//! What each screen looks like: text and styles of the story's screens in four sizes and three looks.
//! Apart from journeys, which press keys and watch requests; these only look.

use jiff::Timestamp;
use tiphys::app::effect::Effect;
use tiphys::app::msg::{ClusterMsg, Msg};
use tiphys::app::state::{self, State};
use tiphys::cluster::Cluster;
use tiphys::model::delta::{Delta, FeedEvent, Freshness, Scope};
use tiphys::model::trouble::Trouble;
use tiphys::runtime::effects::Source;
use tiphys::sim::api::access::{Access, Rights, User};
use tiphys::sim::resource::WORKFLOWS;
use tiphys::sim::store::Origin;
use tiphys::sim::{Embedded, Scenario};
use tiphys::ui::theme::Theme;

use crate::bench::{self, Bench};
use crate::blessed;
use crate::tap::Tap;

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (160, 45), (200, 50)];

fn looks() -> [(&'static str, Theme); 3] {
    let dusk = bench::dusk();
    [
        ("unicode", dusk.clone()),
        ("ascii", dusk.ascii()),
        ("mono", Theme::built_in("mono").expect("it is built in")),
    ]
}

/// A copy of the state in a terminal of this size, drawn.
pub fn picture(
    state: &State,
    now: Timestamp,
    (width, height): (u16, u16),
    theme: &Theme,
) -> (String, u64) {
    let mut copy = state.clone();
    // A new size asks nothing of the world.
    let _ = tiphys::app::update::update(&mut copy, now, Msg::Resize(width, height));
    // The first drawing learns what fits, the second shows it.
    bench::draw(&mut copy, theme, now);
    let buffer = bench::draw(&mut copy, theme, now);
    (bench::text(&buffer), bench::styles(&buffer))
}

/// Compares one picture with the one that is kept.
pub fn look(name: &str, state: &State, now: Timestamp, size: (u16, u16), theme: &Theme) {
    let (text, styles) = picture(state, now, size, theme);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, format!("{text}styles {styles:016x}\n")));
}

/// One picture in the look of dark terminals.
pub fn look_once(name: &str, state: &State, now: Timestamp, size: (u16, u16)) {
    look(
        &format!("{name}-{}x{}", size.0, size.1),
        state,
        now,
        size,
        &bench::dusk(),
    );
}

/// All sizes, all looks.
pub fn look_all(name: &str, state: &State, now: Timestamp) {
    for size in SIZES {
        for (look_name, theme) in looks() {
            look(
                &format!("{name}-{}x{}-{look_name}", size.0, size.1),
                state,
                now,
                size,
                &theme,
            );
        }
    }
}

/// A console on the story, after everything was read.
pub async fn on_the_story(cluster: &Embedded) -> Bench {
    let mut bench = Bench::at(cluster);
    bench.seconds(20.0).await;
    bench
}

/// Opens the first run that passes a filter, and lets its feeds speak.
pub async fn open(bench: &mut Bench, filter: &str) {
    bench.press("esc esc esc /");
    bench.write(filter);
    bench.press("enter g g enter");
    bench.seconds(2.0).await;
}

#[tokio::test(start_paused = true)]
async fn runs_of_the_story() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    look_all("runs", &bench.state, bench.now());
    look_once("runs", &bench.state, bench.now(), (50, 12));
    blessed::file(
        "src/ui/screens/runs.txt",
        &picture(&bench.state, bench.now(), (120, 40), &bench::dusk()).0,
    );
    let (frame, _) = picture(&bench.state, bench.now(), (120, 32), &bench::dusk());
    blessed::section("README.md", "picture", &format!("```text\n{frame}```\n"));

    bench.press("/");
    bench.write("status:failed ns:pay,check");
    look_once("filter-typed", &bench.state, bench.now(), (80, 24));
    look_once("filter-typed", &bench.state, bench.now(), (160, 45));
    bench.press("enter");
    bench.seconds(1.0).await;
    look_once("filtered", &bench.state, bench.now(), (120, 40));
    bench.press("/ ctrl-u");
    bench.write("stat:failed");
    look_once("filter-error", &bench.state, bench.now(), (80, 24));
    look_once("filter-error", &bench.state, bench.now(), (160, 45));
    bench.press("esc esc /");
    bench.write("name:no-such-run");
    bench.press("enter");
    look_once("filter-nothing", &bench.state, bench.now(), (120, 40));
}

#[tokio::test(start_paused = true)]
async fn overlays_of_the_story() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    for (name, keys) in [
        ("help", "?"),
        ("namespaces", "#"),
        ("sort", "s"),
        ("contexts", "@"),
    ] {
        bench.press(keys);
        bench.seconds(1.0).await;
        look_once(name, &bench.state, bench.now(), (120, 40));
        look_once(name, &bench.state, bench.now(), (80, 24));
        bench.press("esc");
    }
    bench.press("?");
    bench.write("log");
    look_once("help-searched", &bench.state, bench.now(), (80, 24));
}

#[tokio::test(start_paused = true)]
async fn the_run_that_failed() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.stand_on("t42-refund-acceptance");
    bench.press("enter");
    bench.seconds(2.0).await;
    look_all("run", &bench.state, bench.now());
    blessed::file(
        "src/ui/screens/run.txt",
        &picture(&bench.state, bench.now(), (120, 40), &bench::dusk()).0,
    );
    for (name, keys) in [
        ("run-log", "l"),
        ("run-parameters", "p"),
        ("run-events", "v"),
        ("run-yaml", "y"),
    ] {
        bench.press(keys);
        bench.seconds(2.0).await;
        look_once(name, &bench.state, bench.now(), (120, 40));
        look_once(name, &bench.state, bench.now(), (80, 24));
    }
    bench.press("l z");
    look_once("run-log-zoomed", &bench.state, bench.now(), (120, 40));
    bench.press("/");
    bench.write("refund");
    bench.press("enter");
    look_once("run-log-searched", &bench.state, bench.now(), (120, 40));
    bench.press("esc esc tab F");
    look_once("run-only-failures", &bench.state, bench.now(), (120, 40));
}

#[tokio::test(start_paused = true)]
async fn runs_that_wait_and_runs_that_are_large() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    for (name, filter) in [
        ("run-lock", "status:waiting"),
        ("run-approval", "status:approve"),
        ("run-image", "name:image-scan-8s2lp"),
        ("run-unschedulable", "name:t58-device-farm status:stuck"),
        ("run-flaky", "name:t51-login-ui dur>6m"),
        ("run-fan-out", "name:t36-relevance status:running"),
        ("run-dag", "name:t60-platform-upgrade status:running"),
        ("run-oom", "name:nightly-reindex-x7k2p"),
        ("run-deleted-pod", "ns:checkout msg:deleted"),
    ] {
        open(&mut bench, filter).await;
        assert!(
            bench.state.page().is_some(),
            "{filter} finds nothing:\n{}",
            bench.text()
        );
        look_once(name, &bench.state, bench.now(), (160, 45));
    }
    bench.press("esc esc");
    bench.shows(&["Runs by attention"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_deleted_under_the_cursor() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.press("j k");
    let key = bench.state.shown_run().expect("a run under the cursor");
    cluster
        .api
        .store()
        .remove(WORKFLOWS, &key.namespace, &key.name, Origin::Client);
    bench.seconds(1.0).await;
    look_once("runs-ghost", &bench.state, bench.now(), (160, 45));
    bench.press("enter");
    bench.seconds(1.0).await;
    look_once("run-ghost", &bench.state, bench.now(), (120, 40));
}

#[tokio::test(start_paused = true)]
async fn a_cluster_without_runs() {
    let cluster = bench::still(Scenario::Empty);
    let bench = on_the_story(&cluster).await;
    look_once("empty", &bench.state, bench.now(), (120, 40));
}

fn forbidden(namespace: Option<&str>) -> Trouble {
    Trouble::Forbidden {
        verb: "list".into(),
        resource: "workflows.argoproj.io".into(),
        namespace: namespace.map(str::to_string),
    }
}

/// States that a fresh console comes to, told message by message.
#[test]
fn a_console_that_has_nothing_to_show() {
    let now: Timestamp = bench::EPOCH.parse().expect("a time");
    let look_after = |name: &str, words: Vec<ClusterMsg>| {
        let mut state = bench::state();
        tiphys::app::update::start(&mut state);
        let session = state.session;
        for word in words {
            tiphys::app::update::update(&mut state, now, Msg::Cluster(session, word));
        }
        look_once(name, &state, now, (120, 40));
        look_once(name, &state, now, (80, 24));
        look_once(name, &state, now, (50, 12));
    };
    let down = |why| ClusterMsg::NotConnected {
        why,
        retry_ms: 6_000,
    };
    let rows = |source: Option<&str>, freshness| {
        ClusterMsg::Rows(source.map(Into::into), FeedEvent::Freshness(freshness))
    };
    look_after("connecting", vec![]);
    look_after(
        "unreachable",
        vec![
            ClusterMsg::Reaching("staging".into()),
            down(Trouble::Unreachable {
                server: "https://10.20.0.5:6443".into(),
                detail: "connection refused".into(),
            }),
        ],
    );
    look_after(
        "unauthorized",
        vec![down(Trouble::Unauthorized {
            detail: "the token has expired".into(),
        })],
    );
    look_after(
        "not-configured",
        vec![down(Trouble::NotConfigured {
            detail: "there is no kubeconfig at /home/jane/.kube/config".into(),
        })],
    );
    look_after(
        "reading",
        vec![
            connected(),
            rows(
                None,
                Freshness::Listing {
                    remaining: Some(4_500),
                },
            ),
        ],
    );
    look_after(
        "forbidden",
        vec![
            connected(),
            rows(
                None,
                Freshness::Denied {
                    why: forbidden(None),
                },
            ),
            rows(
                Some("default"),
                Freshness::Denied {
                    why: forbidden(Some("default")),
                },
            ),
        ],
    );
    look_after(
        "not-installed",
        vec![
            connected(),
            rows(
                None,
                Freshness::Denied {
                    why: Trouble::NoSuchKind {
                        resource: "workflows.argoproj.io".into(),
                    },
                },
            ),
        ],
    );
}

/// The server lists what does not exist as empty: an empty list of a chosen namespace is doubted, once.
#[test]
fn a_namespace_that_does_not_exist_is_said_to() {
    let now: Timestamp = bench::EPOCH.parse().expect("a time");
    let mut state = bench::state();
    state.scope = Scope::Namespaces(vec!["paymnets".into()]);
    tiphys::app::update::start(&mut state);
    let session = state.session;
    let source = Some("paymnets".into());
    let mut tell = |word| tiphys::app::update::update(&mut state, now, Msg::Cluster(session, word));
    let asked = [
        connected(),
        ClusterMsg::Rows(
            source.clone(),
            FeedEvent::Deltas(vec![Delta::Reset(vec![])]),
        ),
        ClusterMsg::Rows(source.clone(), FeedEvent::Freshness(Freshness::Live)),
        ClusterMsg::Active(source, FeedEvent::Freshness(Freshness::Live)),
    ]
    .map(&mut tell)
    .concat();
    let names = asked
        .iter()
        .filter(|effect| matches!(effect, Effect::ListNamespaces(_)));
    assert_eq!(names.count(), 1, "{asked:?}");
    tell(ClusterMsg::Namespaces(Ok(vec!["payments".into()])));
    for size in [(120, 40), (50, 12)] {
        look_once("unknown-namespace", &state, now, size);
    }
}

fn connected() -> ClusterMsg {
    ClusterMsg::Connected {
        context: "staging".into(),
        server: "https://10.20.0.5:6443".into(),
        version: "v1.36.2".into(),
        user: Some("jane".into()),
    }
}

#[tokio::test(start_paused = true)]
async fn data_that_is_old() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    let session = bench.state.session;
    let since = bench.now() - jiff::SignedDuration::from_secs(41);
    let why = Trouble::Unreachable {
        server: "https://10.20.0.5:6443".into(),
        detail: "connection refused".into(),
    };
    let stale = FeedEvent::Freshness(Freshness::Stale { since, why });
    bench.take(Msg::Cluster(session, ClusterMsg::Rows(None, stale)));
    look_once("stale", &bench.state, bench.now(), (120, 40));
    look_once("stale", &bench.state, bench.now(), (80, 24));
    look_once("stale", &bench.state, bench.now(), (50, 12));
}

/// Somebody who may read two of the four namespaces asked for, and somebody who may read none.
#[tokio::test(start_paused = true)]
async fn data_that_is_not_whole() {
    let inside = vec!["catalog".to_string(), "mobile".to_string()];
    let users = [
        ("half", User::new("jane", Rights::ViewerIn(inside))),
        ("none", User::new("joe", Rights::Nobody)),
    ];
    let options = tiphys::sim::Options {
        access: Access::tokens(users.map(|(token, user)| (token.to_string(), user))),
        epoch: Some(bench::EPOCH.parse().expect("a time")),
        ..tiphys::sim::Options::default()
    };
    let cluster = Embedded::paused(options).expect("the embedded data is whole");
    let names = ["catalog", "checkout", "mobile", "payments"];
    let console = |token, scope| {
        let tap = Tap::on(&cluster.api).with_token(token);
        let source = Source::Ready(Cluster::from_service(tap, "staging"));
        Bench::of(
            source,
            state::Options {
                scope,
                ..bench::options()
            },
            bench::EPOCH,
        )
    };
    let mut partial = console("half", Scope::Namespaces(names.map(Into::into).to_vec()));
    partial.seconds(20.0).await;
    look_once("partial", &partial.state, partial.now(), (120, 40));
    look_once("partial", &partial.state, partial.now(), (80, 24));
    partial.shows(&["partial: 2 of 4 namespaces", "checkout, payments"]);
    let mut none = console("none", Scope::All);
    none.seconds(20.0).await;
    look_once("forbidden-everywhere", &none.state, none.now(), (120, 40));
    none.shows(&["Forbidden", "not allowed to list workflows"]);
}

/// Whoever has only ASCII gets only ASCII; and no mark of any look is wider than a cell.
#[tokio::test(start_paused = true)]
async fn the_ascii_look_is_ascii() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    let ascii = bench::dusk().ascii();
    for keys in [
        "ctrl-l",
        "?",
        "esc",
        "#",
        "esc",
        "s",
        "esc",
        "/ x enter",
        "esc enter",
        "l",
        "p",
        "v",
        "y",
    ] {
        bench.press(keys);
        bench.seconds(1.0).await;
        for size in [(50, 12), (80, 24), (160, 45)] {
            let (text, _) = picture(&bench.state, bench.now(), size, &ascii);
            let odd: Vec<char> = text.chars().filter(|c| !c.is_ascii()).collect();
            assert!(
                odd.is_empty(),
                "{odd:?} after `{keys}` at {size:?}:\n{text}"
            );
        }
    }
}

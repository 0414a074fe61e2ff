//! What the program says by itself: messages, new failures by rule, what happened while nobody looked.
//! Apart from journeys, because here nothing is pressed: something happens in a cluster, and somebody must hear of it.

use serde_json::json;
use tiphys::app::config::Habits;
use tiphys::app::config::document::{Document, Source as File};
use tiphys::app::config::rules::{How, Rule};
use tiphys::app::config::views::View;
use tiphys::app::drawn::Target;
use tiphys::app::effect::Effect;
use tiphys::app::moving::Shares;
use tiphys::app::msg::Msg;
use tiphys::app::said::Level;
use tiphys::app::state::Options;
use tiphys::cluster::Cluster;
use tiphys::runtime::effects::Source;
use tiphys::sim::resource::WORKFLOWS;
use tiphys::sim::store::{Origin, Store};
use tiphys::sim::{Embedded, Scenario};

use crate::bench::{self, Bench, EPOCH};
use crate::cli::server::{Server, workflow};
use crate::pty::{self, Pty};
use crate::screens::look;
use crate::tap::{Fate, Tap};

/// Rules as `config.toml` says them.
fn rules(text: &str) -> Habits {
    let mut problems = Vec::new();
    let document = Document::read(&File::new("config.toml", text), &mut problems);
    let entry = document.get("notify").expect("rules");
    let rules = Rule::read(&document, entry, &mut problems);
    assert_eq!(problems, []);
    Habits {
        rules,
        ..Habits::default()
    }
}

/// A console on a cluster without runs, behind a tap, once it has seen that there are none.
async fn console(habits: Habits) -> (Embedded, Tap, Bench) {
    let cluster = bench::still(Scenario::Empty);
    let tap = Tap::on(&cluster.api);
    let source = Source::Ready(Cluster::from_service(tap.clone(), "demo"));
    let options = Options {
        habits,
        ..bench::options()
    };
    let mut bench = Bench::of(source, options, EPOCH);
    bench.seconds(5.0).await;
    bench.wanted.clear();
    (cluster, tap, bench)
}

/// Puts a run of one step into this phase.
fn run(store: &Store, namespace: &str, name: &str, phase: &str) {
    let done = !matches!(phase, "Running" | "Pending");
    let end = if done {
        json!("2026-11-22T02:14:30Z")
    } else {
        json!(null)
    };
    let message = if phase == "Failed" {
        "Error (exit code 3)"
    } else {
        ""
    };
    let object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
        "metadata": {"namespace": namespace, "name": name, "creationTimestamp": "2026-11-22T02:13:00Z", "labels": {
            "workflows.argoproj.io/phase": phase,
            "workflows.argoproj.io/completed": done.to_string(),
        }},
        "spec": {"entrypoint": "main", "templates": [{"name": "main", "container": {"image": "x"}}]},
        "status": {"phase": phase, "startedAt": "2026-11-22T02:13:30Z", "finishedAt": end, "message": message,
            "nodes": {name: {"id": name, "name": name, "displayName": "check", "type": "Pod", "phase": phase,
                "templateName": "main", "message": message, "startedAt": "2026-11-22T02:13:30Z", "finishedAt": end}}},
    });
    store.put(WORKFLOWS, object, Origin::Client);
}

/// What was said so far, the newest first.
fn said(bench: &Bench) -> Vec<String> {
    bench.state.messages.all().map(|m| m.text.clone()).collect()
}

/// What the terminal was asked to call out, and what hooks were told.
fn called(bench: &Bench) -> Vec<String> {
    let of = |effect: &Effect| match effect {
        Effect::Alert(alert) => Some(format!("{:?} {}", alert.how, alert.text)),
        Effect::Hook { argv, facts } => {
            let facts: Vec<String> = facts.iter().map(|(n, v)| format!("{n}={v}")).collect();
            Some(format!("{} {}", argv.join(" "), facts.join(" ")))
        }
        _ => None,
    };
    bench.wanted.iter().filter_map(of).collect()
}

#[tokio::test(start_paused = true)]
async fn a_new_failure_is_told_once_with_its_cause_and_old_ones_never() {
    let cluster = bench::still(Scenario::Empty);
    let store = cluster.api.store().clone();
    run(&store, "team", "old", "Failed");
    run(&store, "team", "busy", "Running");
    let tap = Tap::on(&cluster.api);
    let source = Source::Ready(Cluster::from_service(tap.clone(), "demo"));
    let mut bench = Bench::of(source, bench::options(), EPOCH);
    bench.seconds(30.0).await;
    assert_eq!(
        said(&bench),
        Vec::<String>::new(),
        "a first list is no news"
    );

    run(&store, "team", "busy", "Failed");
    bench.seconds(4.0).await;
    assert_eq!(said(&bench).len(), 1, "{:?}", said(&bench));
    assert!(
        said(&bench)[0].starts_with("team/busy failed: exit 3"),
        "{:?}",
        said(&bench)
    );
    bench.shows(&["team/busy failed: exit 3"]);
    // Neither a list that is read again nor another connection makes it new.
    tap.decide(|_| Fate::Refused(503, "ServiceUnavailable"));
    store.compact();
    bench
        .until(900, |state| state.fleet.stalest().is_some())
        .await;
    tap.heal();
    bench
        .until(200, |state| state.fleet.stalest().is_none())
        .await;
    bench.press("ctrl-r");
    bench.seconds(60.0).await;
    let failed = |bench: &Bench| {
        said(bench)
            .iter()
            .filter(|text| text.contains(" failed"))
            .count()
    };
    assert_eq!(failed(&bench), 1, "{:?}", said(&bench));
    // The next attempt is another failure.
    run(&store, "team", "busy", "Running");
    bench.seconds(2.0).await;
    run(&store, "team", "busy", "Failed");
    bench.seconds(5.0).await;
    assert_eq!(failed(&bench), 2, "{:?}", said(&bench));
}

#[tokio::test(start_paused = true)]
async fn rules_decide_how_and_a_burst_is_one_message() {
    let habits = rules(
        "[[notify]]\nfilter = \"ns:sandbox\"\nhow = []\n\
         [[notify]]\nfilter = \"status:failed ns:pay\"\nhow = [\"bell\", \"osc9\"]\nhook = [\"tell\", \"me\"]\nevery = \"60s\"\n\
         [[notify]]\nfilter = \"ns:search msg:exit\"\n",
    );
    let (cluster, _, mut bench) = console(habits).await;
    let store = cluster.api.store();
    run(store, "sandbox", "toy", "Failed");
    run(store, "payments", "one", "Failed");
    run(store, "search", "two", "Failed");
    run(store, "other", "three", "Failed");
    bench.seconds(4.0).await;
    let calls = called(&bench);
    assert_eq!(calls.len(), 2, "{calls:#?}");
    assert!(
        calls[0].starts_with("[Bell, Osc9] payments/one failed: exit 3"),
        "{calls:#?}"
    );
    for fact in [
        "tell me TIPHYS_TEXT=payments/one failed",
        "TIPHYS_COUNT=1",
        "TIPHYS_CONTEXT=demo",
        "TIPHYS_NAMESPACE=payments",
        "TIPHYS_NAME=one",
        "TIPHYS_STATE=failed",
        "TIPHYS_CAUSE=exit 3",
    ] {
        assert!(calls[1].contains(fact), "{fact}: {}", calls[1]);
    }
    bench.shows(&["search/two failed"]);
    bench.hides(&["sandbox/toy failed", "other/three failed"]);
    for kept in ["sandbox/toy failed", "other/three failed"] {
        assert!(
            said(&bench).iter().any(|text| text.starts_with(kept)),
            "{kept}"
        );
    }

    // What fails within the minute is told at its end, in one message.
    bench.wanted.clear();
    for name in ["a", "b", "c", "d", "e"] {
        run(store, "payments", name, "Failed");
        bench.seconds(3.0).await;
    }
    assert_eq!(called(&bench), Vec::<String>::new());
    bench.seconds(60.0).await;
    let calls = called(&bench);
    assert_eq!(calls.len(), 2, "{calls:#?}");
    assert_eq!(
        calls[0],
        "[Bell, Osc9] 5 runs failed: payments/a, payments/b, payments/c and 2 more"
    );
    assert!(calls[1].contains("TIPHYS_COUNT=5") && !calls[1].contains("TIPHYS_NAME="));
    assert!(
        calls[1].contains("TIPHYS_RUNS=payments/a payments/b payments/c payments/d payments/e")
    );
}

/// From `config.toml` to the bytes of the terminal and a program that runs.
#[test]
fn a_rule_rings_the_terminal_and_runs_a_program() {
    let server = Server::story();
    let home = std::env::temp_dir().join(format!("tiphys-rule-{}", std::process::id()));
    let (config, told) = (home.join(".config/tiphys"), home.join("told"));
    std::fs::create_dir_all(&config).expect("made");
    let text = format!(
        "[[notify]]\nhow = [\"bell\", \"osc9\", \"osc777\"]\n\
         hook = [\"sh\", \"-c\", \"printf '%s' \\\"$TIPHYS_NAME: $1\\\" > {0}.new; mv {0}.new {0}\", \"hook\", \"{{text}}\"]\n",
        told.display()
    );
    std::fs::write(config.join("config.toml"), text).expect("written");
    let mut command = pty::tiphys(&home);
    command.env("KUBECONFIG", &server.config);
    command.env("PATH", "/usr/bin:/bin");
    let mut pty = Pty::spawn(command);
    pty.wait("the runs", |screen| screen.contents().contains("live"));
    let more = json!({"status": {"nodes": {"reindex-check": {"message": "Error (exit code 4)"}}}});
    server.put(workflow("search", "reindex", "Failed", "1/2", more));
    let text = "search/reindex failed: exit 4 · check";
    pty.wait_for_output(&format!("\u{7}\u{1b}]9;{text}\u{7}"));
    pty.wait_for_output(&format!("\u{1b}]777;notify;Tiphys;{text}\u{7}"));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !told.exists() && std::time::Instant::now() < deadline {
        std::thread::yield_now();
    }
    let told = std::fs::read_to_string(told).expect("the hook ran");
    assert_eq!(told, format!("reindex: {text}"));
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
    std::fs::remove_dir_all(home).expect("removed");
}

#[tokio::test(start_paused = true)]
async fn quiet_hours_keep_a_failure_and_make_no_noise() {
    // It is 02:14 by the clock of a bench.
    let habits = rules(
        "[[notify]]\nhow = [\"toast\", \"bell\"]\nhook = [\"tell\"]\nquiet = \"22:00-02:15\"\nevery = \"0s\"\n",
    );
    let (cluster, _, mut bench) = console(habits).await;
    run(cluster.api.store(), "team", "night", "Failed");
    bench.seconds(5.0).await;
    assert_eq!(called(&bench), Vec::<String>::new());
    bench.hides(&["team/night failed"]);
    assert!(said(&bench)[0].starts_with("team/night failed"));
    bench.seconds(60.0).await;
    run(cluster.api.store(), "team", "morning", "Failed");
    bench.seconds(5.0).await;
    assert_eq!(called(&bench).len(), 2, "{:?}", called(&bench));
    assert!(matches!(&bench.wanted[..], wanted if wanted.iter().any(
        |effect| matches!(effect, Effect::Alert(alert) if alert.how == [How::Bell])
    )));
}

#[tokio::test(start_paused = true)]
async fn messages_are_kept_and_lead_to_the_run() {
    let (cluster, _, mut bench) = console(Habits::default()).await;
    run(cluster.api.store(), "team", "broken", "Failed");
    bench.seconds(5.0).await;
    bench.press("g x");
    bench.take(Msg::Report(
        Level::Warn,
        "the hook `page` ended with exit status: 1".into(),
    ));
    bench.take(Msg::Report(Level::Good, "a word that is much longer than any line of a terminal of eighty columns and goes on and on until it is cut somewhere near its end".into()));
    for size in [(80, 24), (120, 40)] {
        let name = format!("toasts-{}x{}", size.0, size.1);
        look(&name, &bench.state, bench.now(), size, &bench::dusk());
    }
    look(
        "toasts-50x12",
        &bench.state,
        bench.now(),
        (50, 12),
        &bench::dusk(),
    );
    bench.seconds(60.0).await;
    bench.hides(&["team/broken failed", "the hook"]);
    bench.press("g m");
    bench.shows(&[
        "Messages  UTC",
        "`g x` means nothing here",
        "team/broken failed: exit 3",
    ]);
    for size in [(80, 24), (120, 40)] {
        let name = format!("messages-{}x{}", size.0, size.1);
        look(&name, &bench.state, bench.now(), size, &bench::dusk());
    }
    bench.write("broken");
    bench.press("enter");
    let page = bench.state.page().expect("the run is open");
    assert_eq!(&*page.key.name, "broken");
}

#[tokio::test(start_paused = true)]
async fn views_are_tabs_with_counts_and_a_key_turns_between_them() {
    let text = "[[view]]\nname = \"Broken\"\nfilter = \"status:bad\"\nsort = \"ended\"\n\
        [[view]]\nname = \"Payments\"\nfilter = \"ns:payments\"\n";
    let mut problems = Vec::new();
    let document = Document::read(&File::new("config.toml", text), &mut problems);
    let entry = document.get("view").expect("views");
    let views = View::read(&document, entry, &mut problems);
    let cluster = bench::still(Scenario::Story);
    let source = Source::Ready(Cluster::from_service(cluster.api.clone(), "demo"));
    let options = Options {
        habits: Habits {
            views,
            ..Habits::default()
        },
        ..bench::options()
    };
    let mut bench = Bench::of(source, options, EPOCH);
    bench.seconds(20.0).await;
    bench.shows(&["[All 342]│ Broken 7 │ Payments", "tab view"]);
    bench.press("tab");
    bench.shows(&["[Broken 7]", "Runs by ended", "7 of 342"]);
    for size in [(80, 24), (120, 40), (50, 12)] {
        let name = format!("views-{}x{}", size.0, size.1);
        look(&name, &bench.state, bench.now(), size, &bench::dusk());
    }
    bench.press("backtab backtab");
    bench.shows(&["[Payments ", "Runs by attention"]);
    // A filter that is typed is none of them, and the first is the way back.
    bench.press("/ x enter");
    bench.hides(&["[All", "[Broken", "[Payments"]);
    bench.press("tab");
    bench.shows(&["[All 342]"]);
    let broken = bench
        .state
        .hits
        .iter()
        .find(|hit| hit.target == Target::View(1));
    let broken = broken.expect("a tab").clone();
    bench.take(Msg::Click(broken.x, broken.y));
    bench.shows(&["[Broken 7]"]);
}

#[tokio::test(start_paused = true)]
async fn a_border_moves_with_the_pointer_that_holds_it() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = Bench::on(&cluster.api);
    bench.seconds(20.0).await;
    let border = |bench: &mut Bench| {
        bench.draw();
        let hits = bench.state.hits.iter();
        let mut hits = hits.filter(|hit| hit.target == Target::Border);
        let hit = hits.next_back();
        hit.map(|hit| (hit.x, hit.y)).expect("a border")
    };
    for (size, keys) in [((160, 45), ""), ((120, 40), ""), ((120, 40), "enter")] {
        bench.state.shares = Shares::default();
        bench.take(Msg::Resize(size.0, size.1));
        if !keys.is_empty() {
            bench.press(keys);
        }
        bench.seconds(1.0).await;
        let (x, y) = border(&mut bench);
        // A pointer that holds nothing moves nothing.
        bench.take(Msg::Click(x / 2, 5));
        bench.take(Msg::Drag(x / 2 + 9, 9));
        assert_eq!(border(&mut bench), (x, y));
        bench.take(Msg::Click(x, y));
        bench.take(Msg::Drag(x.saturating_sub(12), y.saturating_sub(6)));
        let moved = border(&mut bench);
        let by = if x > 0 {
            x.abs_diff(moved.0).abs_diff(12)
        } else {
            y.abs_diff(moved.1).abs_diff(6)
        };
        assert!(by <= 1, "{size:?} {keys}: {:?} to {moved:?}", (x, y));
        bench.take(Msg::Drag(0, 0));
        let (x, y) = border(&mut bench);
        assert!(x.max(y) > 6, "something is left of both panes");
    }
}

/// Whatever is said: the line of the cursor is to be seen.
#[tokio::test(start_paused = true)]
async fn no_message_covers_the_cursor() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = Bench::on(&cluster.api);
    bench.seconds(20.0).await;
    bench.state.size = (80, 24);
    bench.draw();
    for keys in [
        "j",
        "j j j j j j j j j j j j j j j j j j j j",
        "k",
        "G",
        "k k k k k",
        "g g",
        "enter",
        "G",
    ] {
        bench.press(keys);
        for word in ["first", "second", "third"] {
            let text = format!(
                "{word} message that is long enough to be broken into lines of a box at the edge"
            );
            bench.take(Msg::Report(Level::Bad, text));
        }
        let text = bench.text();
        assert!(text.contains("third message"), "{text}");
        let cursor = text
            .lines()
            .find(|line| line.contains('▌'))
            .unwrap_or_default();
        assert!(
            !cursor.is_empty() && !cursor.contains("message") && !cursor.contains("lines of a box"),
            "after {keys}:\n{text}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_hears_what_happened_and_nothing_where_nothing_did() {
    let (cluster, _, mut bench) = console(rules("[[notify]]\nhow = []\n")).await;
    let store = cluster.api.store();
    for name in ["a", "b"] {
        run(store, "team", name, "Running");
    }
    bench.seconds(5.0).await;
    bench.take(Msg::Focus(false));
    bench.seconds(100.0).await;
    bench.take(Msg::Focus(true));
    assert_eq!(said(&bench), Vec::<String>::new());

    bench.take(Msg::Focus(false));
    bench.seconds(30.0).await;
    run(store, "team", "a", "Failed");
    run(store, "team", "b", "Succeeded");
    bench.seconds(150.0).await;
    // A second word that it is lost does not begin anew.
    bench.take(Msg::Focus(false));
    bench.take(Msg::Focus(true));
    let text = &said(&bench)[0];
    assert_eq!(
        text,
        "while you were away (3m, since 02:15 UTC): 1 failed, 1 finished"
    );
    bench.take(Msg::Focus(true));
    assert_eq!(said(&bench).len(), 2, "the failure and the word about it");
}

#[tokio::test(start_paused = true)]
async fn times_turn_and_the_mouse_goes_and_the_screen_says_so() {
    let cluster = bench::still(Scenario::Story);
    let source = Source::Ready(Cluster::from_service(cluster.api.clone(), "demo"));
    let zone = tiphys::model::zone::Zone::of(jiff::tz::TimeZone::fixed(jiff::tz::offset(3)));
    let options = Options {
        zone,
        ..bench::options()
    };
    let mut bench = Bench::of(source, options, EPOCH);
    bench.seconds(20.0).await;
    bench.stand_on("t42-refund-acceptance");
    bench.press("enter");
    bench.seconds(2.0).await;
    bench.shows(&["2026-11-22 05:", "+03"]);
    bench.press("g u");
    bench.shows(&["2026-11-22 02:", "UTC", "times are told in UTC"]);
    bench.press("l");
    bench.seconds(2.0).await;
    bench.shows(&["· UTC"]);
    bench.press("g u");
    bench.shows(&["· +03"]);

    bench.wanted.clear();
    bench.press("M");
    assert_eq!(bench.wanted, [Effect::Mouse(false)]);
    bench.seconds(20.0).await;
    bench.shows(&["mouse: terminal"]);
    bench.press("M");
    bench.hides(&["mouse: terminal"]);
    assert_eq!(bench.wanted.last(), Some(&Effect::Mouse(true)));
}

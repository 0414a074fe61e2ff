//! Reading a log on its page: errors, fields, filters, times, files, and what is said when a log is gone.
//! Apart from the log as a value, whose own tests are beside it; here keys are pressed and the screen is looked at.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use tiphys::app::aside::Ended;
use tiphys::app::effect::Effect;
use tiphys::app::keymap::Keymap;
use tiphys::app::msg::{ClusterMsg, Msg};
use tiphys::app::state::State;
use tiphys::model::log::{LogEvent, LogLine, LogSource};
use tiphys::sim::{Embedded, Scenario};
use tiphys::ui::theme::Theme;

use crate::bench::{self, Bench};
use crate::screens::{look, look_once, on_the_story, open};

/// Lines as programs write them, of two steps.
const LINES: [(&str, &str); 9] = [
    (
        "api",
        r#"{"time":"02:11:58.120","level":"info","msg":"order placed","order":77,"http":{"status":201}}"#,
    ),
    (
        "api",
        r#"{"time":"02:11:58.410","level":"warn","msg":"slow query","took_ms":1240}"#,
    ),
    ("web", "I1122 02:11:58.500000       1 main.go:12] ready"),
    (
        "api",
        r#"{"time":"02:11:58.900","level":"error","msg":"refund total","left":"19.90","right":"19.99","trace":"a b"}"#,
    ),
    ("web", "level=info msg=\"GET /ledger\" status=200"),
    (
        "web",
        "E1122 02:11:59.100000       1 main.go:40] connection refused",
    ),
    ("web", "\u{2718} pays with a saved card"),
    ("web", "    expected 19.99"),
    ("api", r#"{"level":"debug","msg":"bye"}"#),
];

/// The log of a run of the story, with these lines behind its own.
async fn on_a_log(size: (u16, u16)) -> (Embedded, Bench) {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.take(Msg::Resize(size.0, size.1));
    bench.stand_on("t42-refund-acceptance");
    bench.press("l z");
    bench.seconds(3.0).await;
    let key = bench.state.log_of.clone().expect("a log");
    let at = bench.now();
    let line = |(step, text): &(&str, &str)| {
        let source = Arc::new(LogSource {
            step: (*step).into(),
            pod: (*step).into(),
            container: "main".into(),
        });
        LogLine::new(Some(at), source, *text)
    };
    let lines = LogEvent::Lines(LINES.iter().map(line).collect());
    let session = bench.state.session;
    bench.take(Msg::Cluster(session, ClusterMsg::Log(key, lines)));
    (cluster, bench)
}

#[tokio::test(start_paused = true)]
async fn errors_and_warnings_are_jumped_to_and_counted() {
    let (_cluster, mut bench) = on_a_log((120, 20)).await;
    bench.shows(&["first error of criterion-5(1)", "5 errors", "1 warning"]);
    // The one it opened at is the second of all; the next one is a warning.
    bench.press("e");
    bench.shows(&["error or warning 3 of 6", "slow query"]);
    bench.press("e e");
    bench.shows(&["error or warning 5 of 6", "connection refused"]);
    bench.press("E E E E");
    bench.shows(&["error or warning 1 of 6"]);
    // Only a log without any says so.
    bench.press("&");
    bench.write("!.");
    bench.press("enter e");
    bench.shows(&["no line that is shown says it is an error"]);
}

#[tokio::test(start_paused = true)]
async fn json_is_read_by_its_fields_and_raw_on_a_key() {
    let (_cluster, mut bench) = on_a_log((120, 30)).await;
    bench.press("G");
    bench.shows(&["error refund total left=19.90 right=19.99 trace=\"a b\""]);
    bench.hides(&["\"msg\""]);
    look_once("log-fields", &bench.state, bench.now(), (120, 30));
    let (mono, now) = (
        Theme::built_in("mono").expect("it is built in"),
        bench.now(),
    );
    look("log-fields-80x24-mono", &bench.state, now, (80, 24), &mono);
    look(
        "log-fields-100x30-ascii",
        &bench.state,
        now,
        (100, 30),
        &bench::dusk().ascii(),
    );
    bench.press("J");
    bench.shows(&[r#""msg":"refund total""#]);
    bench.press("J t");
    bench.shows(&["since the run began", "+3:"]);
    bench.press("t");
    bench.shows(&["02:11:58.900 error refund total"]);
    bench.press("t /");
    bench.write("left=19");
    bench.press("enter");
    bench.shows(&["/left=19 1 of 1", "error refund total left=19.90"]);
}

#[tokio::test(start_paused = true)]
async fn a_filter_says_what_it_hides_and_esc_ends_it() {
    let (_cluster, mut bench) = on_a_log((120, 30)).await;
    bench.press("G &");
    bench.write(".level >= warn");
    bench.shows(&["only lines &", "slow query", "connection refused"]);
    bench.hides(&["order placed"]);
    bench.press("enter");
    bench.shows(&["&.level >= warn: 6 of 45 lines"]);
    look_once("log-filtered", &bench.state, bench.now(), (120, 30));
    // What is not understood leaves what was in force.
    bench.press("&");
    bench.write(" and");
    bench.press("enter");
    bench.shows(&["a question begins with a field"]);
    bench.press("esc");
    bench.shows(&["&.level >= warn: 6 of 45 lines"]);
    bench.press("& ctrl-u");
    bench.write(".http.status == 404");
    bench.press("enter");
    bench.shows(&["none of 45 lines passes the filter .http.status == 404"]);
    // The whole screen goes first, then the filter, then the page.
    bench.press("esc esc");
    bench.shows(&["45 lines"]);
    assert!(bench.state.open.is_some());
    bench.press("esc");
    assert!(bench.state.open.is_none());
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_is_saved_where_the_line_says() {
    let (_cluster, mut bench) = on_a_log((120, 30)).await;
    bench.press("&");
    bench.write("19.99");
    bench.press("enter S");
    bench.shows(&["save t42-refund-acceptance.log", "credentials masked"]);
    let path = std::env::temp_dir().join(format!("tiphys-logs-{}.log", std::process::id()));
    let path = path.to_str().expect("text").to_string();
    bench.press("esc :");
    bench.write(&format!("save {path}"));
    bench.press("enter");
    let saved = bench.wanted.iter().find_map(|effect| match effect {
        Effect::SaveLog(saved) => Some(saved.clone()),
        _ => None,
    });
    let saved = saved.expect("an effect");
    assert_eq!((&*saved.path, saved.masked), (&*path, true));
    assert!(saved.lines.iter().all(|line| line.text.contains("19.99")));
    let told = |state: &tiphys::app::state::State| {
        state
            .messages
            .all()
            .any(|said| said.text.starts_with("saved "))
    };
    bench.until(60, told).await;
    bench.shows(&[&path]);
    let text = std::fs::read_to_string(&path).expect("a file");
    std::fs::remove_file(&path).expect("a file");
    assert!(text.contains("[api] {\"time\""), "as it came: {text}");
    assert_eq!(text.lines().count(), saved.lines.len());

    bench.press(":");
    bench.write("save! x");
    bench.shows(&["credentials and all"]);
    bench.press("esc esc esc esc :");
    bench.write("save");
    bench.press("enter");
    bench.shows(&["no line of a log is shown"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_is_read_by_another_program_without_credentials() {
    let (_cluster, mut bench) = on_a_log((120, 30)).await;
    let (key, session) = (
        bench.state.log_of.clone().expect("a log"),
        bench.state.session,
    );
    let source = bench
        .state
        .log
        .shown()
        .last()
        .expect("a line")
        .source
        .clone();
    let line = LogLine::new(Some(bench.now()), source, "password=hunter2 level=fatal");
    let lines = ClusterMsg::Log(key, LogEvent::Lines(vec![line]));
    bench.take(Msg::Cluster(session, lines));
    let files: Rc<RefCell<Vec<(PathBuf, String)>>> = Rc::default();
    let seen = files.clone();
    bench.editor = Some(Box::new(move |path: &Path| {
        let text = std::fs::read_to_string(path).expect("a file");
        seen.borrow_mut().push((path.to_path_buf(), text));
        Ended::Code(0)
    }));
    bench.press("& l e v e l = enter");
    let shown = bench.state.log.len();
    for (at, key) in ["|", "O"].into_iter().enumerate() {
        bench.press(key);
        let over = |_: &State| files.borrow().len() > at;
        bench.until(10, over).await;
        bench.seconds(0.1).await;
        let (path, text) = files.borrow()[at].clone();
        assert_eq!(
            path.file_name().expect("a name"),
            "t42-refund-acceptance.log"
        );
        assert_eq!(text.lines().count(), shown, "{text}");
        assert!(
            text.contains("[web] level=info msg=\"GET /ledger\""),
            "{text}"
        );
        assert!(
            text.contains("password=••••••") && !text.contains("hunter2"),
            "{text}"
        );
        assert!(!path.exists(), "{} is left", path.display());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_marked_is_one_log_in_which_each_line_says_its_run() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    let (refund, cart) = ("t42-refund-acceptance", "t17-cart-smoke");
    for name in [cart, refund] {
        bench.stand_on(name);
        bench.press("space");
    }
    // Not a marked one: only what is marked is read.
    bench.stand_on("nightly-reindex-x7k2p");
    bench.press("l z");
    bench.seconds(5.0).await;
    bench.shows(&["2 runs", "complete"]);
    let runs = |bench: &Bench| -> BTreeSet<String> {
        let of = |line: LogLine| Some(line.source.step.split_once('/')?.0.to_string());
        bench
            .state
            .log
            .shown()
            .map(|line| of(line).expect("its run"))
            .collect()
    };
    assert_eq!(
        runs(&bench),
        BTreeSet::from([cart.to_string(), refund.to_string()])
    );
    let times: Vec<_> = bench.state.log.shown().map(|line| line.at).collect();
    assert!(times.is_sorted(), "merged by time");
    look_once("log-of-marked", &bench.state, bench.now(), (120, 30));
    // The page is of one of them, and its step is found among the lines of both.
    let page = bench.state.page().expect("a page").key.name.clone();
    bench.press("z s");
    let only = bench.state.log.only.clone().expect("one step");
    assert!(only.starts_with(&format!("{page}/")), "{only}");
    // Without marks it is the log of one run again.
    bench.press("esc esc l");
    bench.seconds(1.0).await;
    bench.hides(&["· 2 runs ·"]);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_gone_says_why_when_and_where_it_lies() {
    let cluster = bench::without_a_store();
    let mut bench = on_the_story(&cluster).await;
    open(&mut bench, "status:succeeded age>2h from:acceptance").await;
    bench.press("l");
    bench.seconds(3.0).await;
    bench.shows(&[
        "no pod of it is left",
        "start-mocks and 7 more: gone: podGC",
        "10 logs gone with their pods",
    ]);
    look_once("log-gone", &bench.state, bench.now(), (120, 30));
}

#[tokio::test(start_paused = true)]
async fn colours_that_a_log_came_with_stay() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    open(&mut bench, "name:t41-regression").await;
    bench.press("l z");
    bench.seconds(3.0).await;
    bench.press("g g");
    let tinted = bench.state.log.shown().filter(|line| line.tints.is_some());
    assert!(tinted.count() > 0, "{}", bench.text());
    look_once("log-colours", &bench.state, bench.now(), (120, 30));
}

#[tokio::test(start_paused = true)]
async fn a_log_is_read_less_far_back_and_all_of_it_again() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.stand_on("t42-refund-acceptance");
    bench.press("l");
    bench.seconds(3.0).await;
    let all = bench.state.log.len();
    let ask = |bench: &mut Bench, line: &str| {
        bench.press(":");
        bench.write(line);
        bench.press("enter");
    };
    ask(&mut bench, "tail 2");
    bench.seconds(3.0).await;
    let few = bench.state.log.len();
    assert!(few > 0 && few < all, "{few} of {all}");
    bench.shows(&["only the last 2 of each container fetched"]);
    ask(&mut bench, "tail all");
    ask(&mut bench, "since 3m");
    bench.seconds(3.0).await;
    let late = bench.state.log.len();
    assert!(late > 0 && late < all, "{late} of {all}");
    bench.shows(&["none fetched from before 02:1"]);
    ask(&mut bench, "since all");
    bench.seconds(3.0).await;
    assert_eq!(bench.state.log.len(), all, "nothing twice, nothing lost");
    ask(&mut bench, "since yesterday");
    bench.shows(&["`since` wants a time"]);
}

#[tokio::test(start_paused = true)]
async fn digits_of_k9s_say_how_far_back_a_log_goes() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.state.keymap = Keymap::preset("k9s").expect("it is built in").0;
    bench.stand_on("t42-refund-acceptance");
    bench.press("l");
    bench.seconds(3.0).await;
    let all = bench.state.log.len();
    bench.press("3");
    bench.seconds(3.0).await;
    bench.shows(&["none fetched from"]);
    bench.press("0");
    bench.seconds(3.0).await;
    assert_eq!(bench.state.log.len(), all);
    // On the list the same keys are what they were, and nothing was typed.
    bench.press("esc");
    assert!(bench.state.said.is_empty(), "{:?}", bench.state.said);
}

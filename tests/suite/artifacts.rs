//! Artifacts of a run: listed with sizes, looked into, downloaded; logs that outlived their pods.
//! Apart from the readers of contents and stores, whose own tests are beside them; here keys are pressed.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tiphys::app::state::{State, Tab};
use tiphys::sim::Scenario;

use crate::bench::{self, Bench};
use crate::screens::{look_once, on_the_story, open};
use crate::served::Served;

/// On the artifacts of the run of the story that failed.
async fn on_the_artifacts() -> (tiphys::sim::Embedded, Bench) {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    bench.stand_on("t42-refund-acceptance");
    bench.press("enter");
    bench.seconds(2.0).await;
    bench.press("a");
    bench
        .until(30, |state| sized(state) && state.open.is_some())
        .await;
    (cluster, bench)
}

/// Every artifact that was asked about has its size.
fn sized(state: &State) -> bool {
    let Some(focus) = &state.focus else {
        return false;
    };
    let mut all = focus.workflow.iter().flat_map(|run| &run.artifacts);
    let answered =
        |one: &tiphys::model::artifact::Artifact| matches!(focus.sizes.of(&one.id), Some(Some(_)));
    all.clone().any(answered) && !all.any(|one| matches!(focus.sizes.of(&one.id), Some(None)))
}

fn opened(state: &State) -> bool {
    let shelf = state.page().map(|page| &page.shelf);
    shelf.is_some_and(|shelf| {
        shelf
            .open
            .as_ref()
            .is_some_and(|open| open.preview.is_some())
    })
}

#[tokio::test(start_paused = true)]
async fn artifacts_of_the_step_under_the_cursor_are_listed_and_looked_into() {
    let (_cluster, mut bench) = on_the_artifacts().await;
    bench.shows(&[
        "criterion-5(0)",
        "out junit",
        "plain",
        "s3://qa-artifacts/t42-refund-acceptance/",
    ]);
    look_once("artifacts", &bench.state, bench.now(), (120, 30));
    // Of the whole run, where the cursor stands on it.
    bench.press("tab g g tab");
    bench.until(30, sized).await;
    bench.shows(&["criterion-1", "onExit", "summary"]);
    bench.press("tab e tab");
    bench.until(30, sized).await;
    bench.press("j enter");
    bench.until(30, opened).await;
    bench.shows(&[
        "junit · output of criterion-5",
        "6 tests: 1 failed, 1 skipped, 4 passed",
        "rounds half to even",
    ]);
    look_once("artifact-tests", &bench.state, bench.now(), (120, 30));
    bench.press("/");
    bench.write("audit");
    bench.press("enter");
    bench.shows(&["writes an audit entry"]);
    bench.press("esc esc");
    assert!(!opened(&bench.state));
    assert_eq!(
        bench.state.page().map(|page| page.tab),
        Some(Tab::Artifacts)
    );
    bench.press("esc");
    assert!(bench.state.page().is_none(), "one step out at a time");
}

#[tokio::test(start_paused = true)]
async fn an_artifact_is_downloaded_where_the_line_says_and_its_checksum_is_told() {
    let (_cluster, mut bench) = on_the_artifacts().await;
    bench.press("j S");
    bench.shows(&["save junit.xml"]);
    let path = std::env::temp_dir().join(format!("tiphys-artifact-{}.xml", std::process::id()));
    let shown = path.display().to_string();
    bench.press("esc :");
    bench.write(&format!("save {shown}"));
    bench.press("enter");
    let told = |state: &State| {
        state
            .messages
            .all()
            .any(|said| said.text.contains("sha256"))
    };
    bench.until(60, told).await;
    assert!(bench.state.downloads.is_empty());
    let text = std::fs::read_to_string(&path).expect("a file");
    assert!(
        text.starts_with("<?xml") && text.contains("<failure"),
        "{text}"
    );
    bench.press(":");
    bench.write(&format!("save {shown}"));
    bench.press("enter");
    let told = |state: &State| {
        state
            .messages
            .all()
            .any(|said| said.text.contains("no file is written over"))
    };
    bench.until(60, told).await;
    std::fs::remove_file(&path).expect("a file");
}

#[tokio::test(start_paused = true)]
async fn an_archived_log_is_read_where_the_pods_are_gone() {
    let cluster = bench::still(Scenario::Story);
    let mut bench = on_the_story(&cluster).await;
    open(&mut bench, "status:succeeded age>2h from:acceptance").await;
    bench.press("l");
    bench.until(60, |state| state.log.complete).await;
    bench.press("g g");
    bench.shows(&[
        "archived log, no timestamps (s3://qa-artifacts/",
        "Cloning into '/src'",
    ]);
    bench.hides(&["no pod of it is left", "gone: podGC", "argo=true"]);
    look_once("log-archived", &bench.state, bench.now(), (120, 30));
}

fn tiphys(served: &Served, line: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tiphys"));
    command
        .env_clear()
        .env("HOME", &served.folder)
        .env("PATH", "/usr/bin:/bin");
    command.arg("--kubeconfig").arg(served.config()).args(line);
    command.output().unwrap()
}

#[track_caller]
fn good(output: Output) -> String {
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{err}");
    String::from_utf8(output.stdout).unwrap()
}

/// Over the network, as on a cluster: two servers, keys from a Secret, signed requests.
#[test]
fn the_command_line_lists_shows_and_saves() {
    let served = Served::demo("artifacts");
    let run = "payments/t42-refund-acceptance";
    let list: Value =
        serde_json::from_str(&good(tiphys(&served, &["artifacts", run, "-o", "json"]))).unwrap();
    let list = list.as_array().unwrap();
    let of = |step: &str, name: &str| {
        let found = list
            .iter()
            .find(|one| one["step"] == step && one["name"] == name);
        found
            .unwrap_or_else(|| panic!("no {name} of {step}: {list:?}"))
            .clone()
    };
    let junit = of("criterion-5(1)", "junit");
    assert_eq!(
        (&junit["packing"], &junit["direction"]),
        (&"plain".into(), &"output".into())
    );
    let bytes = junit["bytes"].as_u64().unwrap();
    assert!(list.iter().all(|one| one["problem"].is_null()), "{list:?}");
    // The attempts have them; the step they are attempts of does not repeat the last one's.
    assert!(
        list.iter().all(|one| one["step"] != "criterion-5"),
        "{list:?}"
    );

    let table = good(tiphys(
        &served,
        &["artifacts", run, "junit", "--step", "criterion-5(1)"],
    ));
    assert!(
        table.starts_with("6 tests: 1 failed, 1 skipped, 4 passed"),
        "{table}"
    );
    let raw = tiphys(
        &served,
        &[
            "artifacts",
            run,
            "junit",
            "--step",
            "criterion-5(1)",
            "--save",
            "-",
        ],
    );
    let raw = good(raw);
    assert_eq!(raw.len() as u64, bytes);
    assert!(raw.starts_with("<?xml"), "{raw}");

    let path: PathBuf = served.folder.join("evidence.tgz");
    let to = path.display().to_string();
    let save = [
        "artifacts",
        run,
        "evidence",
        "--step",
        "criterion-5(1)",
        "--save",
        &to,
    ];
    let said = good(tiphys(&served, &save));
    let size = std::fs::metadata(&path).unwrap().len();
    assert!(said.ends_with(&format!("  {to}  {size} bytes\n")), "{said}");
    let again = tiphys(&served, &save);
    assert_eq!(again.status.code(), Some(1));
    let err = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(err.contains("no file is written over"), "{err}");

    let many = tiphys(&served, &["artifacts", run, "junit"]);
    let err = String::from_utf8_lossy(&many.stderr).into_owned();
    assert!(
        err.contains("artifacts of payments/t42-refund-acceptance are called junit")
            && err.contains("--step"),
        "{err}"
    );
}

/// The archived log of a step is its log, where its pod is gone.
#[test]
fn the_command_line_reads_archived_logs() {
    let served = Served::demo("archived");
    let line = [
        "get",
        "runs",
        "status:succeeded",
        "from:acceptance",
        "-o",
        "json",
    ];
    let runs: Vec<Value> = serde_json::from_str(&good(tiphys(&served, &line))).unwrap();
    // The one that ended first has lost its pods; the clock of this machine is not the story's.
    let ended = |run: &&Value| run["finishedAt"].as_str().unwrap_or("~").to_string();
    let run = runs.iter().min_by_key(ended).expect("a run");
    let run = format!(
        "{}/{}",
        run["namespace"].as_str().unwrap(),
        run["name"].as_str().unwrap()
    );
    let output = tiphys(&served, &["logs", &run, "--step", "checkout"]);
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(err.contains("archived log, no timestamps"), "{err}");
    let out = good(output);
    assert!(
        out.contains("Cloning into '/src'") && !out.contains("archived log"),
        "{out}"
    );
}

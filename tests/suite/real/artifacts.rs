//! Artifacts and archived logs as a real controller and a real store keep them, which checks every signature.
//! Apart from the embedded store, which only looks at whose key it is.

use std::process::Command;

use http::Method;
use serde_json::{Value, json};

use super::cluster::{Place, Real};
use super::{looking, script};
use crate::cli::server::Answer;

const ARTIFACTS: &str = include_str!("../../cluster/workflows/artifacts.yaml");

fn of<'l>(list: &'l Value, step: &str, direction: &str, name: &str) -> &'l Value {
    let mut all = list.as_array().unwrap().iter();
    let found =
        all.find(|one| one["step"] == step && one["direction"] == direction && one["name"] == name);
    found.unwrap_or_else(|| panic!("no {direction} {name} of {step}: {list}"))
}

#[test]
fn artifacts_are_listed_shown_and_saved_and_logs_outlive_their_pods() {
    let Some(real) = Real::given() else {
        return;
    };
    let place = Place::new(&real);
    place.submit(ARTIFACTS);
    place.ended("artifacts", "Succeeded");

    let list = script::json(&place, &["artifacts", "artifacts"]);
    assert_eq!(of(&list, "make", "output", "plain")["bytes"], 5);
    assert_eq!(of(&list, "make", "output", "report")["packing"], "tgz");
    assert_eq!(of(&list, "make", "output", "site")["objects"], 2);
    assert_eq!(of(&list, "make", "output", "site")["bytes"], 17);
    let given = of(&list, "use", "input", "report");
    assert_eq!(
        given["place"],
        of(&list, "make", "output", "report")["place"]
    );
    assert!(
        list.as_array()
            .unwrap()
            .iter()
            .all(|one| one["problem"].is_null()),
        "{list}"
    );

    let one =
        |words: &[&str]| script::tiphys(&place, &[&["artifacts", "artifacts"], words].concat());
    assert!(one(&["report"]).ends_with("\nmade\n"));
    assert!(one(&["site"]).contains("page.html"));
    assert_eq!(one(&["plain", "--save", "-"]), "made\n");

    let mut console = looking::Console::live(&place);
    console.press("\r");
    console.press("a");
    console.line(&["out", "plain", "5 B"]);
    console.line(&["out", "site", "17 B in 2 files"]);

    let pods = format!("/api/v1/namespaces/{}/pods", place.name);
    assert_eq!(real.ask(Method::DELETE, &pods, None).0, 200);
    real.until("the pods are gone", |real| {
        real.get(&pods)["items"]
            .as_array()
            .is_some_and(Vec::is_empty)
    });
    let log = script::run(&place, &["logs", "artifacts", "--step", "use"]);
    assert!(
        log.err.contains("archived log, no timestamps"),
        "{}",
        log.err
    );
    assert_eq!((log.code, &*log.out), (0, "made\n"));
    console.press("l");
    console.text("archived log, no timestamps");

    // Who may not read Secrets is told which right that is.
    if let Some(viewer) = std::env::var_os("TIPHYS_TEST_KUBECONFIG_VIEWER") {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tiphys"));
        command.arg("--kubeconfig").arg(viewer);
        command.args(["-n", &place.name, "artifacts", "artifacts"]);
        let answer = Answer::of(
            command
                .env("HOME", env!("CARGO_TARGET_TMPDIR"))
                .output()
                .unwrap(),
        );
        assert_eq!(answer.code, 3, "{}", answer.err);
        let secret = format!("the Secret {}/rig-s3, which you may not get", place.name);
        assert!(answer.err.contains(&secret), "{}", answer.err);
    }

    // A key that is wrong is refused by the store, and the sentence says so.
    let secret = format!("/api/v1/namespaces/{}/secrets/rig-s3", place.name);
    let wrong = json!({"stringData": {"secretkey": "not-this-one"}});
    assert_eq!(real.ask(Method::PATCH, &secret, Some(&wrong)).0, 200);
    let refused = script::run(&place, &["artifacts", "artifacts", "plain"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("refuses the keys"), "{}", refused.err);
    assert!(!refused.err.contains("not-this-one"), "{}", refused.err);
}

//! The script around a command, in the shell of this machine: what is given back word for word, and how ends are judged.
//! Apart from rendering, because only a shell can say what a shell does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use serde_json::{Value, json};
use tiphys::library::render;

use super::{made, sample, spec};

/// What came of a criterion.
#[derive(Debug)]
struct Done {
    code: Option<i32>,
    verdict: String,
    evidence: String,
}

/// A folder that stands for `/tiphys`, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("criterion-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs the container of the first criterion of a spec as Kubernetes would, with the folder for `/tiphys`.
fn run(name: &str, criterion: &Value) -> Done {
    let sample = sample();
    let mut spec = spec("{service: x, image: i}");
    spec.criteria = vec![serde_json::from_value(criterion.clone()).unwrap()];
    let workflow = render(&spec, &made(&sample)).unwrap();
    let container = &workflow["spec"]["templates"][1]["container"];
    let folder = folder(name);
    let at = folder.to_str().unwrap();
    let here = |text: &str| {
        text.replace("/tiphys", at)
            .replace("/workspace", at)
            .replace("/dev/termination-log", "/dev/null")
    };
    let texts = |key: &str| -> Vec<String> {
        let all = container[key].as_array().into_iter().flatten();
        all.map(|word| here(word.as_str().unwrap())).collect()
    };
    let words = [texts("command"), texts("args")].concat();
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).current_dir(&folder);
    // Kubernetes gives a container its pod's annotation.
    let script =
        &workflow["spec"]["podMetadata"]["annotations"]["agents.platform/criterion-script"];
    command.env("TIPHYS_SCRIPT", here(script.as_str().unwrap()));
    let plain = |one: &&Value| one["value"].is_string();
    for variable in container["env"].as_array().unwrap().iter().filter(plain) {
        command.env(
            variable["name"].as_str().unwrap(),
            here(variable["value"].as_str().unwrap()),
        );
    }
    let output = command.output().unwrap();
    let file = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    let done = Done {
        code: output.status.code(),
        verdict: file("verdict"),
        evidence: file("evidence"),
    };
    let _ = fs::remove_dir_all(&folder);
    done
}

fn command(check: Value) -> Value {
    json!({"id": "a", "text": "x", "kind": "command", "command": check})
}

#[test]
fn ends_are_judged() {
    for (check, code, verdict, evidence) in [
        (json!({"argv": ["true"]}), 0, "pass", ""),
        (
            json!({"argv": ["false"]}),
            1,
            "fail",
            "it ended with exit code 1, not 0\n",
        ),
        (
            json!({"script": "exit 7", "expect": {"exitCode": 7}}),
            0,
            "pass",
            "",
        ),
        (
            json!({"argv": ["true"], "expect": {"exitCode": 7}}),
            1,
            "fail",
            "it ended with exit code 0, not 7\n",
        ),
        (
            json!({"argv": ["no-such-program"]}),
            125,
            "inconclusive",
            "it could not run: exit code 127\n",
        ),
        (
            json!({"argv": ["printf", "%s\\n", "a", "-e b"], "expect": {"stdoutContains": "-e b"}}),
            0,
            "pass",
            "a\n-e b\n",
        ),
        (
            json!({"script": "echo a >&2", "expect": {"stdoutContains": "a"}}),
            1,
            "fail",
            "its output does not have: a\n",
        ),
        (
            json!({"script": "echo x12", "expect": {"stdoutMatches": "^x[0-9]+$"}}),
            0,
            "pass",
            "x12\n",
        ),
        (
            json!({"script": "echo x12", "expect": {"stdoutMatches": "("}}),
            125,
            "inconclusive",
            "grep cannot read the pattern: (\nx12\n",
        ),
    ] {
        let done = run("ends", &command(check.clone()));
        assert_eq!(
            (done.code, &*done.verdict, &*done.evidence),
            (Some(code), verdict, evidence),
            "{check}"
        );
    }
}

#[test]
fn a_report_decides_beside_the_exit_code() {
    let junit = |script: &str, allowed: u32| json!({"id": "a", "text": "x", "kind": "junit", "junit": {"script": script, "report": "r.xml", "allowedFailures": allowed}});
    let red = "echo '<testsuite><testcase/><testcase><failure message=\"x\"/></testcase><testcase><failures/></testcase></testsuite>' > r.xml; exit 1";
    let green = "echo '<testsuite><testcase name=\"a\"/></testsuite>' > r.xml";
    for (criterion, code, verdict) in [
        (junit(green, 0), 0, "pass"),
        (junit(red, 0), 1, "fail"),
        (junit(red, 1), 0, "pass"),
        (junit(&format!("{green}; exit 3"), 0), 1, "fail"),
        (junit("true", 0), 125, "inconclusive"),
        (junit("echo '<testsuite/>' > r.xml", 0), 125, "inconclusive"),
    ] {
        let done = run("report", &criterion);
        assert_eq!(
            (done.code, &*done.verdict),
            (Some(code), verdict),
            "{criterion}: {done:?}"
        );
    }
}

#[test]
fn long_output_leaves_its_last_lines() {
    let done = run(
        "long",
        &command(
            json!({"script": "i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i + 1)); done"}),
        ),
    );
    assert!(
        done.evidence.starts_with("line 480\n") && done.evidence.ends_with("line 499\n"),
        "{done:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Every word of a command arrives as it was written.
    #[test]
    fn words_arrive_as_they_were_written(words in prop::collection::vec(r#"[a-c{}$()\\"'`\n %*é-]{0,12}"#, 1..4)) {
        let mut argv = vec!["printf".to_owned(), "[%s]".to_owned()];
        argv.extend(words.iter().cloned());
        let done = run("words", &command(json!({"argv": argv})));
        let wanted: String = words.iter().map(|word| format!("[{word}]")).collect();
        prop_assert_eq!(done.code, Some(0));
        // The evidence is the tail of the output: all of it, for so few words.
        prop_assert_eq!(done.evidence, wanted);
    }
}

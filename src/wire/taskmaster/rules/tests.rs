#![allow(clippy::unwrap_used)]

use super::*;
use crate::model::qarun::{Check, Comparison};

fn said(text: &str) -> Vec<String> {
    read("criteria.toml", text)
        .1
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_whole_file_is_read_in_its_order() {
    let (rules, problems) = read(
        "criteria.toml",
        r#"
[defaults]
service = "shop"
image = "ghcr.io/acme/qa:1"
template = "smoke"

[environments]
staging = "https://staging.example"
qa = "http://qa.example"

[[map]]
kind = "tests"
command = "cargo nextest run"
report = "target/nextest/ci/junit.xml"
timeout = 900

[[drop]]
heading = "/sign-?off/"

[[map]]
match = "respon"
tasks = ["15", "16.*"]
url = "http://prometheus:9090"
query = "p95"

[[map]]
match = "health"
url = "/health"
status = [200, 204]

[[force]]
source = "file"
required = false

[[add]]
text = "The changelog says it"
who = "jane"
"#,
    );
    assert_eq!(problems, []);
    assert_eq!(rules.defaults.service.as_deref(), Some("shop"));
    let names: Vec<&str> = rules
        .defaults
        .environments
        .iter()
        .map(|one| &*one.name)
        .collect();
    assert_eq!(names, ["staging", "qa"]);
    let kinds: Vec<&str> = (rules.rules.iter())
        .map(|rule| match &rule.does {
            Does::Map(make) => make.check.kind(),
            Does::Drop => "drop",
            Does::Force { .. } => "force",
        })
        .collect();
    assert_eq!(kinds, ["junit", "drop", "metric", "http", "force"]);
    assert_eq!(rules.rules[0].place, "criteria.toml:11");
    let Does::Map(make) = &rules.rules[2].does else {
        panic!()
    };
    assert!(make.threshold_of_text && rules.rules[2].when.tasks == ["15", "16.*"]);
    let Some(Check::Manual { manual }) = rules.adds[0].make.as_ref().map(|make| &make.check) else {
        panic!()
    };
    assert_eq!(manual.who, ["jane"]);
}

#[test]
fn a_threshold_that_is_said_is_taken() {
    let (rules, problems) = read(
        "f",
        "[[map]]\nmatch='x'\nurl='http://p'\nquery='q'\ncomparison='>='\nthreshold='0.9'\n",
    );
    assert_eq!(problems, []);
    let Does::Map(make) = &rules.rules[0].does else {
        panic!()
    };
    let Check::Metric { metric } = &make.check else {
        panic!()
    };
    assert_eq!(
        (
            metric.comparison,
            &*metric.threshold,
            make.threshold_of_text
        ),
        (Comparison::AtLeast, "0.9", false)
    );
}

#[test]
fn each_mistake_has_a_place_and_the_rest_is_in_force() {
    let text = "[[map]]\nmatsh = \"x\"\ncommand = \"y\"\n[[drop]]\nmatch = \"fine\"\n[[drop]]\n[[force]]\nmatch = \"z\"\n";
    let (rules, problems) = read("f", text);
    assert_eq!(rules.rules.len(), 1, "{rules:?}");
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(
        said.iter()
            .any(|one| one == "2:1: there is no `matsh` here; did you mean `match`?"),
        "{said:?}"
    );
    assert!(
        said.iter()
            .any(|one| one.starts_with("6:1: this rule does not say which")),
        "{said:?}"
    );
    assert!(
        said.iter()
            .any(|one| one.starts_with("7:1: this rule forces nothing")),
        "{said:?}"
    );
}

#[test]
fn mistakes_of_every_kind_are_told() {
    for (text, wanted) in [
        (
            "[maps]\n",
            "1:2: there is no table `maps`; did you mean `map`?",
        ),
        ("map = 1\n", "1:7: `map` is a list of tables; [[map]]"),
        (
            "[[map]]\nmatch = \"/a[/\"\ncommand = \"x\"\n",
            "2:9: `match` is no expression",
        ),
        (
            "[[map]]\nmatch = 5\ncommand = \"x\"\n",
            "2:9: `match` is text",
        ),
        (
            "[[map]]\nmatch = \"x\"\n",
            "does not say how the criteria are found out",
        ),
        (
            "[[map]]\nmatch = \"x\"\nquery = \"q\"\n",
            "a query needs the URL",
        ),
        (
            "[[map]]\nmatch = \"x\"\nreport = \"q\"\n",
            "a report needs the command",
        ),
        (
            "[[map]]\nkind = \"test\"\ncommand = \"x\"\n",
            "did you mean `tests`?",
        ),
        (
            "[[force]]\nmatch = \"x\"\nrequired = \"no\"\n",
            "3:12: `required` is true or false",
        ),
        (
            "[[force]]\nmatch = \"x\"\ntimeout = 1.5\n",
            "`timeout` is a whole number",
        ),
        ("[[add]]\nid = \"a\"\n", "does not say what must hold"),
        ("[[add]]\ntext = \"x\"\nid = \"A b\"\n", "`A b` is no id"),
        (
            "[defaults]\nserviceAccount = \"x\"\n",
            "did you mean `service-account`?",
        ),
        ("[environments]\nqa = \"qa\"\n", "`qa` is no URL"),
        ("[[drop]\nmatch = \"x\"\n", "this is no TOML"),
        ("a = \n", "1:"),
    ] {
        let said = said(text).join("\n");
        assert!(said.contains(wanted), "{text}: {said}");
    }
}

//! Manifests there and back: every value as it was, every mistake named, what others changed taken over.
//! Apart from the text itself.

#![allow(clippy::unwrap_used)]
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn object() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
        "metadata": {"name": "e2e-7", "namespace": "payments", "uid": "u-1", "resourceVersion": "7", "generation": 3,
            "creationTimestamp": "2026-11-22T02:14:00Z", "managedFields": [{"manager": "x"}],
            "annotations": {LAST_APPLIED: "{}", stamp::AT: "2026-11-22T02:14:00Z", "why": "because"}},
        "spec": {"entrypoint": "main", "on": "yes", "version": "1.10", "arguments": {"parameters": [{"name": "api-token", "value": "hunter2"}]},
            "templates": [{"name": "main", "script": {"source": "set -e\ncurl a && b > c\n", "image": "x"}}]},
        "status": {"phase": "Running"},
    })
}

fn begun() -> Manifest {
    sheet(&object(), &Manifest::default()).unwrap().manifest
}

fn with(text: &str) -> Manifest {
    Manifest {
        text: text.into(),
        ..begun()
    }
}

fn wrong(text: &str) -> Vec<String> {
    let mistakes = check(&with(text)).unwrap_err();
    mistakes.iter().map(|one| one.sentence(0)).collect()
}

#[test]
fn what_is_edited_has_neither_status_nor_bookkeeping_and_every_value() {
    let manifest = begun();
    let text = manifest.text.text();
    for gone in [
        "status",
        "managedFields",
        "resourceVersion",
        "generation",
        "last-applied",
        "tiphys.dev",
    ] {
        assert!(!text.contains(gone), "{gone} in\n{text}");
    }
    for kept in [
        "uid: u-1",
        "why: because",
        "hunter2",
        "version: \"1.10\"",
        "source: |\n",
        "curl a && b > c",
    ] {
        assert!(text.contains(kept), "{kept} not in\n{text}");
    }
    let (base, edited) = wish(&manifest).unwrap();
    assert_eq!(base, edited);
    assert_eq!(base, bare(&object()));
}

#[test]
fn an_export_is_read_without_what_is_the_servers() {
    let export = unfolded(&object()).unwrap();
    assert!(wrong(&export).len() > 1);
    let own = without_servers(&export).unwrap();
    assert!(is_idle(&with(&own)));
    // What is a person's own stays, right or wrong, and a text of theirs stays as it is.
    let typo = without_servers("sepc: {}\nstatus: {}\n").unwrap();
    assert_eq!(typo, "sepc: {}\n");
    assert_eq!(without_servers(&own), None);
    assert_eq!(without_servers("a: b: c"), None);
}

#[test]
fn what_cannot_be_changed_is_named() {
    let text = begun().text.text().to_string();
    let name = text.replace("name: e2e-7", "name: e2e-8");
    assert_eq!(
        wrong(&name),
        ["metadata.name cannot be changed: it is e2e-7"]
    );
    let kind = text.replace("kind: Workflow", "kind: CronWorkflow");
    assert_eq!(wrong(&kind), ["kind cannot be changed: it is Workflow"]);
    let uid = text.replace("uid: u-1", "uid: u-2\n  resourceVersion: \"8\"");
    assert_eq!(
        wrong(&uid),
        [
            "metadata.uid cannot be changed: it is u-1",
            "metadata.resourceVersion is the server's: leave it out"
        ]
    );
    let status = format!("{text}status:\n  phase: Succeeded\n");
    assert!(wrong(&status)[0].starts_with("the status is the controller's"));
    let typo = text.replace("spec:", "spce:");
    assert_eq!(
        wrong(&typo),
        [
            "there is no field spce: did you mean spec?",
            "spec is missing, or is no object"
        ]
    );
    assert_eq!(wrong("- a\n").len(), 1);
    // What was printed for people is not written back.
    let masked = text.replace("hunter2", MASKED);
    assert!(wrong(&masked)[0].contains("where a credential is hidden"));
}

#[test]
fn a_mistake_in_the_yaml_has_its_place() {
    for (text, place) in [
        ("kind: Workflow\nspec:\n  a: b: c\n", "line 3:"),
        ("kind: Workflow\nkind: Workflow\n", "line 2:1"),
        ("a: [1, 2\nb: 3\n", "line 2:"),
        ("a: \"b\n", "line "),
        ("a: 1\n---\nb: 2\n", "line "),
    ] {
        let said = wrong(text);
        assert!(said[0].starts_with(place), "{text:?}: {said:?}");
        assert!(
            !said[0].contains("from_str") && !said[0].contains("Policy"),
            "{said:?}"
        );
        assert!(said[0].len() > place.len() + 8, "{said:?}");
        // Whatever stands above it does not count.
        let below = check(&with(&format!("# one\n# two\n{text}"))).unwrap_err();
        assert_eq!(below[0].sentence(0), said[0]);
    }
}

#[test]
fn what_others_changed_meanwhile_is_taken_over() {
    let text = begun()
        .text
        .text()
        .replace("entrypoint: main", "entrypoint: other # mine");
    let mine = with(&text);
    // Nobody did: the words stay.
    let again = sheet(&object(), &mine).unwrap();
    assert_eq!(
        (again.manifest.text.text(), again.notes.len()),
        (text.as_str(), 0)
    );
    let mut now = object();
    now["status"]["phase"] = "Failed".into();
    now["metadata"]["resourceVersion"] = "9".into();
    assert_eq!(sheet(&now, &mine).unwrap().manifest, mine);
    now["spec"]["version"] = "1.11".into();
    now["spec"]["entrypoint"] = "theirs".into();
    let again = sheet(&now, &mine).unwrap();
    let said: Vec<String> = again.notes.iter().map(|note| note.sentence(0)).collect();
    assert_eq!(
        said,
        ["spec.entrypoint was changed by somebody else too: this is yours"]
    );
    let (base, edited) = wish(&again.manifest).unwrap();
    assert_eq!(
        (&base["spec"]["entrypoint"], &edited["spec"]["entrypoint"]),
        (&json!("theirs"), &json!("other"))
    );
    assert_eq!(edited["spec"]["version"], "1.11");
}

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[ \\n\\t#:&*!|>'\"%@`{},\\[\\]?~a0-9.-]{0,12}",
        prop::sample::select(vec![
            "yes",
            "No",
            "null",
            "~",
            "1.0",
            "0x1f",
            "1_000",
            "012",
            ".inf",
            "2026-01-01",
            "=",
            "<<",
            "---",
            "a\r\nb",
            "\u{85}",
            "\u{feff}x",
        ])
        .prop_map(str::to_string),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 30, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn every_value_comes_back_as_it_was(spec in any_json()) {
        let object = json!({"kind": "Workflow", "metadata": {"name": "x"}, "spec": {"x": spec}});
        match sheet(&object, &Manifest::default()) {
            Ok(sheet) => {
                let (base, edited) = wish(&sheet.manifest).unwrap();
                prop_assert_eq!(&base, &edited);
                prop_assert_eq!(base, object);
            }
            Err(why) => prop_assert!(false, "{why}: {object}"),
        }
    }
}

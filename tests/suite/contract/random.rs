//! Random operations on the embedded cluster and on a real API server: the same answers.
//! Apart from the cases, which know what they want; this only knows that both must agree.
//!
//! `TIPHYS_CONTRACT_CASES` (32) says how many sequences, `TIPHYS_CONTRACT_SEED` with which seed; a failure prints it.

mod operations;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use regex::Regex;
use serde_json::{Value, json};

use super::site::*;
use operations::{Op, What, merge, object, operation, operations, pick};

/// What is put: by the current version, an old one, or none.
async fn replacement(site: &Site, op: &Op, one: &str) -> Value {
    let mut body = object(op);
    let current = site.get(one).await.json();
    match op.what {
        What::Put => {
            body["metadata"]["resourceVersion"] = current["metadata"]["resourceVersion"].clone()
        }
        What::PutStale => body["metadata"]["resourceVersion"] = "1".into(),
        _ => {}
    }
    body
}

/// What is applied, and how.
fn application(op: &Op) -> (String, Value) {
    let manager = pick(
        &[
            "fieldManager=one",
            "fieldManager=two",
            "fieldManager=one&force=true",
            "fieldManager=two&force=true",
        ],
        op.variant,
    );
    let query = if op.query == "dryRun=All" {
        "&dryRun=All"
    } else {
        ""
    };
    let mut body = object(op);
    body["metadata"] = json!({"name": op.name, "labels": {"x": (op.variant % 3).to_string()}});
    if op.core {
        body["data"] = pick(
            &[
                json!({"k": "1"}),
                json!({"k": "2", "l": "1"}),
                json!({"l": "2"}),
            ],
            op.variant / 4,
        );
    } else {
        body["spec"] = pick(
            &[
                json!({"entrypoint": "m", "priority": 1}),
                json!({"priority": 2}),
                json!({"templates": [{"name": "m"}], "nodeSelector": {"a": "b"}}),
            ],
            op.variant / 4,
        );
    }
    (format!("{manager}{query}"), body)
}

async fn perform(site: &Site, op: &Op) -> Answer {
    let many = if op.core {
        site.configs()
    } else {
        site.templates()
    };
    let one = format!("{many}/{}", op.name);
    let with = |uri: &str, more: &str| {
        format!(
            "{uri}?{}{}{more}",
            op.query,
            if op.query.is_empty() || more.is_empty() {
                ""
            } else {
                "&"
            }
        )
    };
    match op.what {
        What::Create => site.post(&with(&many, ""), &object(op)).await,
        What::Put | What::PutStale | What::PutBlind => {
            site.put(&with(&one, ""), &replacement(site, op, &one).await)
                .await
        }
        What::Merge => site.patch(&with(&one, ""), MERGE, &merge(op)).await,
        What::Json => {
            site.patch(&with(&one, ""), JSON_PATCH, &operations(op))
                .await
        }
        What::Strategic => site.patch(&with(&one, ""), STRATEGIC, &merge(op)).await,
        What::Apply => {
            let (query, body) = application(op);
            site.patch(&format!("{one}?{query}"), APPLY, &body).await
        }
        What::Delete => {
            let query = pick(&["", "dryRun=All", "propagationPolicy=Nope"], op.variant);
            let body = pick(
                &[
                    json!({}),
                    json!({"preconditions": {"uid": "1-1"}}),
                    json!({}),
                    json!({"preconditions": {"resourceVersion": "1"}}),
                ],
                op.variant / 3,
            );
            site.send(ask("DELETE", format!("{one}?{query}")).body(JSON, &body))
                .await
        }
        What::Get => {
            site.send(ask("GET", &one).accept(pick(&[JSON, PARTIAL, "text/html"], op.variant)))
                .await
        }
        What::List => {
            // Every real namespace has a config map of its own: a list of all is not comparable.
            let selector = pick(
                &[
                    "labelSelector=x!=0,x",
                    "labelSelector=x",
                    "labelSelector=x=1,y",
                    "labelSelector=x in (1,2)",
                    "labelSelector==",
                    "fieldSelector=metadata.name=a",
                    "labelSelector=x&limit=1",
                ],
                op.variant,
            );
            let at = format!("{many}?{selector}");
            site.send(ask("GET", at).accept(pick(&[JSON, PARTIALS], op.variant)))
                .await
        }
    }
}

/// What both must say: code, warnings, and the body without what differs from cluster to cluster.
fn told(site: &Site, answer: &Answer) -> Value {
    let uid = Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").unwrap();
    let version = Regex::new(r"ResourceVersion in record \(\d+\)").unwrap();
    let whole = Regex::new("(?s)patch: Invalid value: \".*\": (strict|json|converting)").unwrap();
    let cause =
        Regex::new("(?s)^Invalid value: \"(\\{|map).*\": (strict|json|converting)").unwrap();
    fn walk(value: &mut Value, edit: &dyn Fn(&str, &mut Value)) {
        match value {
            Value::Object(map) => map.iter_mut().for_each(|(key, value)| {
                edit(key, value);
                walk(value, edit);
            }),
            Value::Array(items) => items.iter_mut().for_each(|value| walk(value, edit)),
            _ => {}
        }
    }
    let mut body = bare(&answer.json(), &site.ns);
    let many = body["details"]["causes"]
        .as_array()
        .is_some_and(|all| all.len() > 1);
    walk(&mut body, &|key, value| {
        let Some(text) = value.as_str() else { return };
        *value = match key {
            "deletionTimestamp" => "T".into(),
            "continue" if !text.is_empty() => "TOKEN".into(),
            "message" => {
                let text = uid.replace_all(text, "UID");
                let text = version.replace_all(&text, "ResourceVersion in record (V)");
                let text = whole.replace_all(&text, "patch: Invalid value: OBJECT: $1");
                cause
                    .replace_all(&text, "Invalid value: OBJECT: $2")
                    .into_owned()
                    .into()
            }
            _ => return,
        };
    });
    if many {
        // Causes are found in the order of a map.
        body["message"] = Value::Null;
        let causes = body["details"]["causes"].as_array_mut().unwrap();
        causes.sort_by_key(Value::to_string);
    }
    json!({"code": answer.code, "warnings": answer.warnings(), "body": body})
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn random_operations_are_answered_alike() {
    let seed = number("TIPHYS_CONTRACT_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let cases = number("TIPHYS_CONTRACT_CASES").unwrap_or(32);
    on_both(async |ours, theirs| {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config = Config {
            cases: u32::try_from(cases).unwrap(),
            max_shrink_iters: 300,
            failure_persistence: None,
            ..Config::default()
        };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(config, rng);
        // Every difference instead of the smallest: for whoever brings the two together.
        let all = std::env::var_os("TIPHYS_CONTRACT_ALL").is_some();
        let found = std::cell::RefCell::new(Vec::<String>::new());
        let outcome = runner.run(&prop::collection::vec(operation(), 1..14), |operations| {
            // The runner is not asynchronous, the clusters are: they are asked from a thread of their own.
            tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(async {
                    for uri in [|site: &Site| site.configs(), |site: &Site| site.templates()] {
                        for site in [ours, theirs] {
                            for name in ["a", "b", "ap"] {
                                let one = format!("{}/{name}", uri(site));
                                site.delete(&one).await;
                                site.patch(&one, MERGE, &json!({"metadata": {"finalizers": null}}))
                                    .await;
                            }
                        }
                    }
                    for (n, op) in operations.iter().enumerate() {
                        let mine = told(ours, &perform(ours, op).await);
                        let real = told(theirs, &perform(theirs, op).await);
                        if all && mine != real {
                            found
                                .borrow_mut()
                                .push(format!("{op:?}\n  ours {mine}\n  real {real}"));
                            return Ok(());
                        }
                        prop_assert_eq!(mine, real, "operation {}: {:?}", n, op);
                    }
                    Ok(())
                })
            })
        });
        let found = found.into_inner();
        assert!(found.is_empty(), "seed {seed}:\n{}", found.join("\n"));
        match outcome {
            Ok(()) => println!("{cases} sequences with seed {seed}"),
            Err(TestError::Fail(why, input)) => panic!("seed {seed}: {why}\n{input:#?}"),
            Err(TestError::Abort(why)) => panic!("seed {seed}: {why}"),
        }
    });
}

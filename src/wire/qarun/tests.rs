//! Types and definition agree, field by field and both ways; what is read is read as it was written.
//! Apart from the envelope, because the walk over the definition is longer than it.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;

/// The schema of the definition.
fn schema() -> Value {
    let definition: Value = serde_saphyr::from_str(DEFINITION).unwrap();
    definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()
}

/// Every field a schema knows, as paths; items and free maps add nothing.
fn known(schema: &Value, path: &str, out: &mut BTreeSet<String>) {
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        out.insert(path.clone());
        known(part, &path, out);
    }
    if schema["items"].is_object() {
        known(&schema["items"], path, out);
    }
}

/// Every field a value has, as paths, as far as the schema has names for them.
fn used(value: &Value, schema: &Value, path: &str, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) if !schema["additionalProperties"].is_object() => {
            for (name, value) in map {
                let path = format!("{path}.{name}");
                out.insert(path.clone());
                used(value, &schema["properties"][name.as_str()], &path, out);
            }
        }
        Value::Array(items) => {
            for item in items {
                used(item, &schema["items"], path, out);
            }
        }
        _ => {}
    }
}

/// An object that says everything that can be said.
fn full() -> Value {
    let key = json!({"name": "s", "key": "k"});
    let env = json!([
        {"name": "A", "value": "1"},
        {"name": "B", "valueFrom": {"secretKeyRef": key, "configMapKeyRef": key}},
    ]);
    let headers =
        json!([{"name": "X", "value": "1"}, {"name": "Y", "valueFrom": {"secretKeyRef": key}}]);
    let retry =
        json!({"limit": 2, "on": "Both", "backoff": {"seconds": 1, "factor": 2, "maxSeconds": 3}});
    let criterion = |id: &str, kind: &str, check: Value| {
        json!({"id": id, "text": "t", "required": false, "kind": kind, kind: check, "timeoutSeconds": 5,
            "provenance": {"source": "details", "path": "p", "start": 1, "end": 2, "original": "o"}})
    };
    let time = "2026-11-22T02:14:00Z";
    json!({
        "apiVersion": "agents.platform/v1", "kind": "QARun",
        "metadata": {"name": "x", "namespace": "n", "uid": "u", "resourceVersion": "1", "generation": 1,
            "creationTimestamp": time, "deletionTimestamp": time, "finalizers": ["f/f"], "labels": {"a": "b"}, "annotations": {"a": "b"}},
        "spec": {
            "taskId": "15.10",
            "project": {"repository": "https://x", "revision": "main", "tag": "master",
                "credentials": {"sshPrivateKey": key, "username": key, "password": key}},
            "service": "refunds",
            "environments": [{"name": "staging", "url": "https://x", "env": env}],
            "criteria": [
                criterion("a", "command", json!({"image": "i", "argv": ["x"], "script": "x", "workingDir": "w", "env": env,
                    "expect": {"exitCode": 1, "stdoutContains": "x", "stdoutMatches": "y"}})),
                criterion("b", "http", json!({"url": "/", "method": "POST", "headers": headers, "body": "b", "insecureSkipVerify": true,
                    "expect": {"status": [200], "bodyContains": "x", "json": [{"path": "a.b", "equals": "1"}]}})),
                criterion("c", "metric", json!({"url": "http://p", "query": "up", "comparison": ">=", "threshold": "1.5", "headers": headers})),
                criterion("d", "junit", json!({"image": "i", "argv": ["x"], "script": "x", "workingDir": "w", "env": env,
                    "report": "r.xml", "allowedFailures": 1})),
                criterion("e", "manual", json!({"instructions": "look", "who": ["jane"]})),
            ],
            "testStrategy": "s",
            "template": {"kind": "Builtin", "name": "acceptance", "parameters": {"a": "b"}},
            "retry": retry, "stepRetry": retry,
            "timeouts": {"runSeconds": 1, "criterionSeconds": 2},
            "parallelism": 3,
            "resources": {"requests": {"cpu": 1}, "limits": {"memory": "1Gi"}},
            "image": "i", "env": env,
            "envFrom": [{"prefix": "P", "secretRef": {"name": "s"}, "configMapRef": {"name": "c"}}],
            "ttl": {"successSeconds": 1, "failureSeconds": 2, "workflowSeconds": 60},
            "artifacts": [{"name": "a", "path": "p"}],
            "serviceAccountName": "sa", "suspend": true, "shutdown": "Stop", "attempt": 2,
            "trigger": {"kind": "Schedule", "by": "jane", "reference": "r"},
        },
        "status": {
            "observedGeneration": 1, "phase": "Failed", "verdict": "fail", "attempt": 2,
            "attempts": [{"number": 1, "workflow": "w", "workflowUid": "u", "phase": "Error", "verdict": "inconclusive",
                "startedAt": time, "finishedAt": time, "infrastructure": true, "message": "m"}],
            "progress": "3/7", "environment": "staging",
            "criteria": [{"id": "a", "environment": "staging", "verdict": "pass", "attempt": 2, "step": "s", "evidence": "e",
                "artifact": "a", "message": "m", "startedAt": time, "finishedAt": time}],
            "failingStep": "s", "message": "m",
            "conditions": [{"type": "Complete", "status": "True", "observedGeneration": 1, "lastTransitionTime": time, "reason": "R", "message": "m"}],
            "startedAt": time, "finishedAt": time, "nextAttemptAt": time,
            "resourceSeconds": {"cpu": 1, "memory": 2},
            "artifacts": [{"name": "a", "criterion": "c", "environment": "e", "step": "s", "attempt": 1, "key": "k", "bucket": "b", "endpoint": "e"}],
        },
    })
}

#[test]
fn types_and_definition_have_the_same_fields() {
    let written = full();
    let read = QaRun::of(written.clone()).unwrap();
    let again = serde_json::to_value(&read).unwrap();
    assert_eq!(again, written, "the types know every field, and only these");
    let schema = schema();
    let (mut types, mut definition) = (BTreeSet::new(), BTreeSet::new());
    for part in ["spec", "status"] {
        let part_of = &schema["properties"][part];
        used(&again[part], part_of, part, &mut types);
        known(part_of, part, &mut definition);
    }
    let only =
        |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
    assert_eq!(only(&types, &definition), [""; 0], "the definition lacks");
    assert_eq!(only(&definition, &types), [""; 0], "the types lack");
}

#[test]
fn every_word_of_a_choice_is_read() {
    let said = |path: &[&str]| {
        let mut at = &schema();
        for name in path {
            at = if at["items"].is_object() {
                &at["items"]["properties"][*name]
            } else {
                &at["properties"][*name]
            };
        }
        at["enum"].as_array().unwrap().clone()
    };
    fn all<T: serde::de::DeserializeOwned + serde::Serialize>(words: Vec<Value>) {
        assert!(!words.is_empty());
        for word in words {
            let read: T = serde_json::from_value(word.clone()).unwrap();
            assert_eq!(serde_json::to_value(read).unwrap(), word);
        }
    }
    use crate::model::qarun::*;
    all::<RetryOn>(said(&["spec", "retry", "on"]));
    all::<TemplateKind>(said(&["spec", "template", "kind"]));
    all::<Shutdown>(said(&["spec", "shutdown"]));
    all::<TriggerKind>(said(&["spec", "trigger", "kind"]));
    all::<Method>(said(&["spec", "criteria", "http", "method"]));
    all::<Comparison>(said(&["spec", "criteria", "metric", "comparison"]));
    all::<Verdict>(said(&["status", "verdict"]));
    all::<ConditionStatus>(said(&["status", "conditions", "status"]));
    let phases: Vec<Value> = Phase::ALL.iter().map(|phase| phase.word().into()).collect();
    assert_eq!(said(&["status", "phase"]), phases);
}

#[test]
fn every_field_of_the_spec_is_fixed_or_free_on_purpose() {
    let schema = schema();
    let rules = schema["x-kubernetes-validations"].as_array().unwrap();
    let fixed: BTreeSet<&str> = (rules.iter())
        .filter_map(|rule| rule["fieldPath"].as_str()?.strip_prefix(".spec."))
        .collect();
    let free = ["suspend", "shutdown", "attempt", "ttl"];
    for name in schema["properties"]["spec"]["properties"]
        .as_object()
        .unwrap()
        .keys()
    {
        assert_ne!(fixed.contains(&**name), free.contains(&&**name), "{name}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_without_its_words() {
    let why = QaRun::read(br#"{"spec":{"service":"x","suspend":"hunter2"}}"#)
        .unwrap_err()
        .to_string();
    assert!(!why.contains("hunter2") && why.contains("shape"), "{why}");
    assert!(QaRun::read(b"{").is_err());
}

//! What the server itself adds to a new object of a built-in kind.
//! Apart, because each kind has its own defaults; only those are here that clients look at.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::super::super::resource::{CLAIMS, EVENTS, NAMESPACES, PODS, Res, SECRETS};

/// Completes a new object. Source: the defaults of Kubernetes 1.36.
pub fn fill(res: Res, value: &mut Value) {
    if res.custom() && res.status() {
        // A status that is written apart cannot come with the object.
        super::put(value, "status", None);
    }
    if res == NAMESPACES {
        let name = value["metadata"]["name"].clone();
        value["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
        value["spec"]["finalizers"] = json!(["kubernetes"]);
        value["status"] = json!({"phase": "Active"});
    } else if res == SECRETS {
        secret(value);
    } else if res == CLAIMS {
        default(&mut value["spec"], "volumeMode", json!("Filesystem"));
        value["status"] = json!({"phase": "Pending"});
    } else if res == EVENTS {
        for (key, empty) in [
            ("source", json!({})),
            ("firstTimestamp", Value::Null),
            ("lastTimestamp", Value::Null),
            ("eventTime", Value::Null),
            ("reportingComponent", json!("")),
            ("reportingInstance", json!("")),
        ] {
            default(value, key, empty);
        }
    } else if res == PODS && value["spec"].is_object() {
        pod(value);
    }
}

fn default(value: &mut Value, key: &str, empty: Value) {
    if let Some(map) = value.as_object_mut() {
        map.entry(key).or_insert(empty);
    }
}

fn secret(value: &mut Value) {
    default(value, "type", json!("Opaque"));
    let Some(map) = value.as_object_mut() else {
        return;
    };
    let Some(Value::Object(plain)) = map.shift_remove("stringData") else {
        return;
    };
    let data = map
        .entry("data")
        .or_insert_with(|| Value::Object(Map::new()));
    for (key, text) in plain {
        data[key] = STANDARD.encode(text.as_str().unwrap_or_default()).into();
    }
}

fn pod(value: &mut Value) {
    let spec = &mut value["spec"];
    for (key, usual) in [
        ("restartPolicy", json!("Always")),
        ("terminationGracePeriodSeconds", json!(30)),
        ("dnsPolicy", json!("ClusterFirst")),
        ("serviceAccountName", json!("default")),
        ("serviceAccount", json!("default")),
        ("securityContext", json!({})),
        ("schedulerName", json!("default-scheduler")),
        ("priority", json!(0)),
        ("enableServiceLinks", json!(true)),
        ("preemptionPolicy", json!("PreemptLowerPriority")),
    ] {
        default(spec, key, usual);
    }
    for container in spec["containers"].as_array_mut().into_iter().flatten() {
        let image = container["image"].as_str().unwrap_or_default();
        let latest = !image.rsplit('/').next().unwrap_or_default().contains(':')
            || image.ends_with(":latest");
        for (key, usual) in [
            ("resources", json!({})),
            ("terminationMessagePath", json!("/dev/termination-log")),
            ("terminationMessagePolicy", json!("File")),
            (
                "imagePullPolicy",
                json!(if latest { "Always" } else { "IfNotPresent" }),
            ),
        ] {
            default(container, key, usual);
        }
    }
    value["status"] = json!({"phase": "Pending", "qosClass": "BestEffort"});
}

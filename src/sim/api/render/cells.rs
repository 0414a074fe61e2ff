//! The cells of a Table's rows, by kind.
//! Apart from the columns, which are data. Source: `pkg/printers/internalversion` of Kubernetes 1.36.

use serde_json::{Value, json};

use super::super::super::clock::parse;
use super::super::super::resource::{
    CLAIMS, CONFIGMAPS, CRDS, EVENTS, LEASES, NAMESPACES, NODES, PODS, REPORTS, Res, SECRETS,
    WORKFLOWS,
};
use super::super::super::schema;
use super::super::super::store::Object;
use super::super::super::store::reported;
use super::human;

const NONE: &str = "<none>";
const UNKNOWN: &str = "<unknown>";

/// The cells of an object at a time.
pub fn cells(res: Res, item: &Object, now: i64) -> Value {
    if res == WORKFLOWS {
        let age = item.started.map(|started| human((now - started) / 1000));
        return json!([&*item.name, item.phase, age, item.message]);
    }
    let name = &*item.name;
    let age = human((now - item.created) / 1000);
    if res.custom() {
        let columns = schema::kind(res).and_then(|kind| kind.columns.as_array());
        return match columns {
            Some(columns) => defined(columns, name, &item.value(), now),
            None => json!([name, age]),
        };
    }
    let value = item.value();
    let count = |key: &str| value[key].as_object().map_or(0, serde_json::Map::len);
    let text = |path: &str| {
        value
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    if res == PODS {
        pod(&value, name, &age)
    } else if res == CONFIGMAPS {
        json!([name, count("data") + count("binaryData"), age])
    } else if res == SECRETS {
        json!([name, text("/type"), count("data"), age])
    } else if res == NAMESPACES {
        json!([name, text("/status/phase"), age])
    } else if res == EVENTS {
        event(&value, name, now)
    } else if res == REPORTS {
        event(&reported::older(&value), name, now)
    } else if res == NODES {
        node(&value, name, &age)
    } else if res == LEASES {
        json!([name, text("/spec/holderIdentity"), age])
    } else if res == CRDS {
        json!([name, text("/metadata/creationTimestamp")])
    } else if res == CLAIMS {
        let leaving = value["metadata"]["deletionTimestamp"].is_string();
        let phase = if leaving {
            "Terminating".to_owned()
        } else {
            text("/status/phase")
        };
        let bound = !text("/spec/volumeName").is_empty();
        let capacity = if bound {
            text("/status/capacity/storage")
        } else {
            String::new()
        };
        let modes: Vec<&str> = value["status"]["accessModes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(short)
            .collect();
        let modes = if bound {
            modes.join(",")
        } else {
            String::new()
        };
        let mode = value["spec"]["volumeMode"].as_str().unwrap_or("<unset>");
        json!([
            name,
            phase,
            text("/spec/volumeName"),
            capacity,
            modes,
            text("/spec/storageClassName"),
            "<unset>",
            age,
            mode
        ])
    } else {
        json!([name, age])
    }
}

/// The cells of columns that a definition names. A text or number is shown as it is; a date as its age.
fn defined(columns: &[Value], name: &str, value: &Value, now: i64) -> Value {
    let cell = |column: &Value| {
        let path = column["jsonPath"].as_str().unwrap_or_default();
        let found = value
            .pointer(&path.replace('.', "/"))
            .unwrap_or(&Value::Null);
        match (column["type"].as_str(), found.as_str()) {
            (Some("date"), Some(text)) => match parse(text) {
                Some(at) => human((now - at) / 1000).into(),
                None => "<invalid>".into(),
            },
            _ => found.clone(),
        }
    };
    let cells = columns.iter().map(cell);
    [Value::from(name)].into_iter().chain(cells).collect()
}

fn short(mode: &str) -> &str {
    match mode {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        other => other,
    }
}

/// The condition of the row of a pod that has ended.
pub fn ended(item: &Object) -> Option<Value> {
    let (reason, message) = match item.value()["status"]["phase"].as_str()? {
        "Succeeded" => ("Succeeded", "The pod has completed successfully."),
        "Failed" => ("Failed", "The pod failed."),
        _ => return None,
    };
    Some(json!([{"type": "Completed", "status": "True", "reason": reason, "message": message}]))
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value
        .pointer(path)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// How a container stands: the reason its state gives, or its signal or exit code.
fn reason(state: &Value) -> String {
    match state["reason"].as_str().filter(|reason| !reason.is_empty()) {
        Some(reason) => reason.to_owned(),
        None if state["signal"].as_i64().unwrap_or(0) != 0 => format!("Signal:{}", state["signal"]),
        None => format!("ExitCode:{}", state["exitCode"].as_i64().unwrap_or(0)),
    }
}

fn pod(pod: &Value, name: &str, age: &str) -> Value {
    let status = &pod["status"];
    let phase = status["phase"].as_str().unwrap_or_default();
    let said = status["reason"]
        .as_str()
        .filter(|reason| !reason.is_empty());
    let mut shown = said.unwrap_or(phase).to_owned();
    let inits = list(pod, "/status/initContainerStatuses");
    let holds = |kind: &str| {
        let conditions = list(pod, "/status/conditions").iter();
        conditions
            .filter(|c| c["type"] == kind)
            .any(|c| c["status"] == "True")
    };
    let mut initializing = false;
    for (n, init) in inits.iter().enumerate() {
        let state = &init["state"];
        let waiting = state["waiting"]["reason"].as_str().unwrap_or_default();
        if state["terminated"]["exitCode"] == 0 {
            continue;
        }
        shown = if state["terminated"].is_object() {
            format!("Init:{}", reason(&state["terminated"]))
        } else if !matches!(waiting, "" | "PodInitializing") {
            format!("Init:{waiting}")
        } else {
            format!("Init:{n}/{}", list(pod, "/spec/initContainers").len())
        };
        initializing = true;
        break;
    }
    let mut ready = 0;
    if !initializing || holds("Initialized") {
        let (mut running, mut failed) = (false, None);
        for container in list(pod, "/status/containerStatuses").iter().rev() {
            let state = &container["state"];
            let waiting = state["waiting"]["reason"].as_str().unwrap_or_default();
            if !waiting.is_empty() {
                waiting.clone_into(&mut shown);
            } else if state["terminated"].is_object() {
                shown = reason(&state["terminated"]);
                if state["terminated"]["exitCode"] != 0 {
                    failed = Some(shown.clone());
                }
            } else if container["ready"] == true && state["running"].is_object() {
                running = true;
                ready += 1;
            }
        }
        if shown == "Completed" {
            if running && holds("Ready") {
                "Running".clone_into(&mut shown);
            } else if let Some(failed) = failed {
                shown = failed;
            } else if running {
                "NotReady".clone_into(&mut shown);
            }
        }
    }
    if pod["metadata"]["deletionTimestamp"].is_string() && !matches!(phase, "Succeeded" | "Failed")
    {
        "Terminating".clone_into(&mut shown);
    }
    let restarts: i64 = list(pod, "/status/containerStatuses")
        .iter()
        .filter_map(|c| c["restartCount"].as_i64())
        .sum();
    let text = |value: &Value| {
        value
            .as_str()
            .filter(|text| !text.is_empty())
            .unwrap_or(NONE)
            .to_owned()
    };
    let ip = list(pod, "/status/podIPs")
        .first()
        .map_or(&status["podIP"], |ip| &ip["ip"]);
    json!([
        name,
        format!("{ready}/{}", list(pod, "/spec/containers").len()),
        shown,
        restarts.to_string(),
        age,
        text(ip),
        text(&pod["spec"]["nodeName"]),
        text(&status["nominatedNodeName"]),
        NONE,
    ])
}

fn event(event: &Value, name: &str, now: i64) -> Value {
    let since = |time: &Value| {
        time.as_str()
            .and_then(parse)
            .map(|at| human((now - at) / 1000))
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().trim().to_owned();
    let first = since(&event["firstTimestamp"]).or_else(|| since(&event["eventTime"]));
    let first = first.unwrap_or_else(|| UNKNOWN.to_owned());
    let mut last = since(&event["lastTimestamp"]).unwrap_or_else(|| first.clone());
    let mut count = event["count"]
        .as_i64()
        .filter(|count| *count > 0)
        .unwrap_or(1);
    if event["series"].is_object() {
        last = since(&event["series"]["lastObservedTime"]).unwrap_or_else(|| UNKNOWN.to_owned());
        count = event["series"]["count"].as_i64().unwrap_or(0);
    }
    let about = &event["involvedObject"];
    let mut target = text(&about["kind"]).to_lowercase();
    if !text(&about["name"]).is_empty() {
        target = format!("{target}/{}", text(&about["name"]));
    }
    let source = match (
        text(&event["source"]["component"]),
        text(&event["source"]["host"]),
    ) {
        (component, _) if component.is_empty() => {
            let parts = [
                text(&event["reportingComponent"]),
                text(&event["reportingInstance"]),
            ];
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            parts.join(", ")
        }
        (component, host) if host.is_empty() => component,
        (component, host) => format!("{component}, {host}"),
    };
    json!([
        last,
        text(&event["type"]),
        text(&event["reason"]),
        target,
        text(&about["fieldPath"]),
        source,
        text(&event["message"]),
        first,
        count,
        name,
    ])
}

fn node(node: &Value, name: &str, age: &str) -> Value {
    let ready = list(node, "/status/conditions")
        .iter()
        .find(|c| c["type"] == "Ready");
    let mut status = match ready {
        Some(ready) if ready["status"] == "True" => "Ready".to_owned(),
        Some(_) => "NotReady".to_owned(),
        None => "Unknown".to_owned(),
    };
    if node["spec"]["unschedulable"] == true {
        status.push_str(",SchedulingDisabled");
    }
    let labels = node["metadata"]["labels"].as_object();
    let roles: Vec<&str> = labels
        .into_iter()
        .flatten()
        .filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/"))
        .collect();
    let roles = if roles.is_empty() {
        NONE.to_owned()
    } else {
        roles.join(",")
    };
    let info = |key: &str| {
        node["status"]["nodeInfo"][key]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let known = |key: &str| {
        Some(info(key))
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| UNKNOWN.to_owned())
    };
    let address = |kind: &str| {
        let found = list(node, "/status/addresses")
            .iter()
            .find(|a| a["type"] == kind);
        found
            .and_then(|a| a["address"].as_str())
            .unwrap_or(NONE)
            .to_owned()
    };
    let mut kernel = known("kernelVersion");
    if !info("architecture").is_empty() {
        kernel = format!("{kernel} ({})", info("architecture"));
    }
    json!([
        name,
        status,
        roles,
        age,
        info("kubeletVersion"),
        address("InternalIP"),
        address("ExternalIP"),
        known("osImage"),
        kernel,
        known("containerRuntimeVersion"),
    ])
}

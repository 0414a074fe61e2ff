//! Puts the load of an embedded cluster onto a real one: the same objects under other uids, so that both can be compared.
//! Apart from measuring; it takes minutes, because a real API server takes some tens of such objects a second.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use serde_json::{Value, json};

use crate::peers::kubectl;
use crate::server::Server;

/// Marks the namespaces that are ours to fill and to delete.
const MARK: &str = "tiphys-bench";
/// Argo's controller leaves workflows of another instance alone.
const INSTANCE: &str = "workflows.argoproj.io/controller-instanceid";
/// Tasks of one template that are valid (CRDs of Argo Workflows 4.1, `maxItems`).
const TASKS: usize = 200;
/// A larger object is refused by etcd, whose limit is 1.5 MiB a request.
const MOST: usize = 1_400_000;
/// kubectl processes that write at the same time.
const WRITERS: usize = 4;

/// Makes the workflows of `from` on the cluster of `kubeconfig`, in namespaces of their own, unless they are there already.
///
/// # Errors
/// What kubectl says where it fails.
pub fn fill(from: &Server, kubeconfig: &Path) -> Result<(), String> {
    let start = Instant::now();
    let folder = from.folder();
    let cache = folder.join("cache");
    let read = kubectl(from.kubeconfig(), &cache)?
        .args(["get", "workflows.argoproj.io", "-A", "-o", "json"])
        .output()
        .map_err(|error| error.to_string())?;
    let mut list: Value =
        serde_json::from_slice(&read.stdout).map_err(|error| error.to_string())?;
    let mut items: Vec<Value> = list["items"]
        .as_array_mut()
        .map(std::mem::take)
        .unwrap_or_default();
    items.iter_mut().for_each(shorten);
    items.retain(|item| item.to_string().len() < MOST);
    let mut namespaces: Vec<String> = Vec::new();
    for item in &mut items {
        let meta = &mut item["metadata"];
        let namespace = format!("{MARK}-{}", meta["namespace"].as_str().unwrap_or_default());
        for field in [
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "managedFields",
        ] {
            meta.as_object_mut().map(|meta| meta.shift_remove(field));
        }
        meta["labels"][INSTANCE] = MARK.into();
        meta["namespace"] = namespace.as_str().into();
        if !namespaces.contains(&namespace) {
            namespaces.push(namespace);
        }
    }
    if count(kubeconfig, &cache)? == items.len() {
        return Ok(());
    }
    clear(kubeconfig, &cache)?;
    let spaces: Vec<Value> = namespaces
        .iter()
        .map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {MARK: "true"}}}))
        .collect();
    create(kubeconfig, folder, &[spaces])?;
    let size = items.len().div_ceil(WRITERS).max(1);
    let parts: Vec<Vec<Value>> = items.chunks(size).map(<[Value]>::to_vec).collect();
    create(kubeconfig, folder, &parts)?;
    eprintln!(
        "{} workflows made on the cluster in {:.0} s",
        items.len(),
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Argo's own schema allows no more tasks in one template; what was made of the others stays in the status.
fn shorten(item: &mut Value) {
    let templates = item
        .pointer_mut("/spec/templates")
        .and_then(Value::as_array_mut);
    for template in templates.into_iter().flatten() {
        let tasks = template.pointer_mut("/dag/tasks");
        if let Some(tasks) = tasks.and_then(Value::as_array_mut) {
            tasks.truncate(TASKS);
        }
    }
}

fn create(kubeconfig: &Path, folder: &Path, parts: &[Vec<Value>]) -> Result<(), String> {
    let mut writers = Vec::new();
    for (n, part) in parts.iter().enumerate() {
        let path = folder.join(format!("part-{n}.json"));
        let list = json!({"apiVersion": "v1", "kind": "List", "items": part});
        fs::write(&path, list.to_string()).map_err(|error| error.to_string())?;
        let writer = kubectl(kubeconfig, &folder.join(format!("cache-{n}")))?
            .args(["create", "--validate=ignore", "-f"])
            .arg(&path)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        writers.push(writer);
    }
    for writer in writers {
        let output = writer
            .wait_with_output()
            .map_err(|error| error.to_string())?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            let text: Vec<&str> = text.lines().take(3).collect();
            return Err(format!("kubectl create: {}", text.join(" ")));
        }
    }
    Ok(())
}

/// How many of our workflows are there.
fn count(kubeconfig: &Path, cache: &Path) -> Result<usize, String> {
    let output = kubectl(kubeconfig, cache)?
        .args(["get", "workflows.argoproj.io", "-A", "-o", "name", "-l"])
        .arg(format!("{INSTANCE}={MARK}"))
        .output()
        .map_err(|error| error.to_string())?;
    Ok(output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .count())
}

/// Deletes the namespaces that carry our mark, with all that is in them.
///
/// # Errors
/// What kubectl says where it fails.
pub fn clear(kubeconfig: &Path, cache: &Path) -> Result<(), String> {
    let status = kubectl(kubeconfig, cache)?
        .args(["delete", "namespace", "--ignore-not-found", "-l"])
        .arg(format!("{MARK}=true"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| error.to_string())?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("kubectl delete namespace: {status}"))
    }
}

//! What a pretended pod leaves in the store of artifacts: its plan's files, and its log.
//! Apart from the pod's life: nothing of it is made before somebody reads it.

use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{Pod, printing};
use crate::sim::argo::node::Node;
use crate::sim::argo::plan::Left;
use crate::sim::argo::world::World;

/// A checkout whose payment does not end, as a browser showed it.
const SCREENSHOT: &[u8] = include_bytes!("../../../../demo/test-failed-1.png");
/// A login that does not find its sensor, as a telephone showed it.
const DEVICE: &[u8] = include_bytes!("../../../../demo/device.png");

/// A pod that has ended has left its artifacts; its node lists them.
pub fn leave(world: &World, pod: &Pod, node: &mut Node) {
    let known = node.outputs["artifacts"].is_array();
    if world.catalogue.keeps.is_none()
        || known
        || pod.ended.is_none()
        || pod.started.is_none()
        || pod.removed
    {
        return;
    }
    let folder = format!("{}/{}", pod.run.name, pod.name);
    let mut list = Vec::new();
    let exit = pod.ended.map_or(0, |(_, exit)| exit);
    for (name, left) in world
        .catalogue
        .artifacts(&node.display, node.pod_template())
    {
        if !left.is_left(exit) {
            continue;
        }
        let (file, packed) = left.file();
        let kept = match packed {
            true => format!("{folder}/{name}.tgz"),
            false => format!("{folder}/{file}"),
        };
        let mut artifact =
            json!({"name": name, "path": format!("/out/{file}"), "s3": {"key": kept}});
        if !packed {
            artifact["archive"] = json!({"none": {}});
        }
        list.push(artifact);
        let (left, step, lines) = (*left, node.display.clone(), pod.plan.lines.clone());
        let message = pod.plan.step.message.clone();
        let making = move || content(left, &step, exit, message.as_deref(), &lines);
        world.store.objects.put(&kept, Arc::new(making));
    }
    let key = format!("{folder}/main.log");
    list.push(json!({"name": "main-logs", "s3": {"key": key}}));
    let teller = pod.clone();
    world
        .store
        .objects
        .put(&key, Arc::new(move || printing::said(&teller).into_bytes()));
    if !node.outputs.is_object() {
        node.outputs = json!({});
    }
    node.outputs["artifacts"] = Value::Array(list);
}

fn content(left: Left, step: &str, exit: i32, message: Option<&str>, lines: &[String]) -> Vec<u8> {
    match left {
        Left::Junit => junit(step, exit, message, lines).into_bytes(),
        Left::Report => packed(&[("report.md", report(step, exit, message, lines).as_bytes())]),
        Left::Device => DEVICE.to_vec(),
        Left::Screenshot => packed(&[(left.file().0, SCREENSHOT)]),
        Left::Summary => {
            let summary = json!({"step": step, "exitCode": exit, "lines": lines.len(), "passed": exit == 0});
            summary.to_string().into_bytes()
        }
        Left::Evidence => packed(&[
            ("evidence/requests.ndjson", requests(lines).as_bytes()),
            ("evidence/expected.diff", "--- expected\n+++ actual\n@@ -1,3 +1,3 @@\n order: 77\n-total: 19.99\n+total: 19.90\n currency: EUR\n".as_bytes()),
            ("evidence/notes.txt", format!("{step} ended with exit code {exit}\n").as_bytes()),
        ]),
    }
}

/// Words of a log without their colours.
fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        out.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    out + rest
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

fn junit(step: &str, exit: i32, message: Option<&str>, lines: &[String]) -> String {
    let names = [
        "answers in time",
        "keeps the ledger balanced",
        "rejects what is unknown",
        "rounds half to even",
        "writes an audit entry",
        "survives a restart",
    ];
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{0}\" tests=\"{1}\">\n",
        escaped(step),
        names.len()
    );
    for (at, name) in names.iter().enumerate() {
        let time = 0.08 + at as f64 * 0.21;
        let case = format!(
            "    <testcase classname=\"{}\" name=\"{name}\" time=\"{time:.2}\"",
            escaped(step)
        );
        xml += &match (at, exit) {
            (3, code) if code != 0 => {
                let why = message.unwrap_or("the step failed");
                let said: Vec<String> = lines.iter().map(|line| escaped(&plain(line))).collect();
                format!(
                    "{case}>\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                    escaped(why),
                    said.join("\n")
                )
            }
            (5, _) => format!("{case}>\n      <skipped/>\n    </testcase>\n"),
            _ => format!("{case}/>\n"),
        };
    }
    xml + "  </testsuite>\n</testsuites>\n"
}

fn report(step: &str, exit: i32, message: Option<&str>, lines: &[String]) -> String {
    let verdict = if exit == 0 { "met" } else { "not met" };
    let mut text = format!("# {step}: {verdict}\n\n");
    if let Some(message) = message.filter(|_| exit != 0) {
        text += &format!("> {message}\n\n");
    }
    text += "## What it said\n\n";
    for line in lines {
        text += &format!("    {}\n", plain(line));
    }
    text
}

fn requests(lines: &[String]) -> String {
    let line =
        |(at, line): (usize, &String)| json!({"n": at + 1, "said": plain(line)}).to_string() + "\n";
    lines.iter().enumerate().map(line).collect()
}

/// A compressed tar as Argo's executor makes one.
fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    let gzip = GzEncoder::new(Vec::new(), Compression::default());
    let mut tar = tar::Builder::new(gzip);
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // Into memory, which does not fail.
        let _ = tar.append_data(&mut header, name, *bytes);
    }
    let gzip = tar.into_inner().and_then(|mut gzip| {
        gzip.flush()?;
        gzip.finish()
    });
    gzip.unwrap_or_default()
}

//! W1 and W2: a cold start on a large fleet, how long until it is useful and complete, and what it keeps in memory.
//! Apart from the workloads that run for a while, because this one is started again and again.

use std::collections::BTreeSet;
use std::time::Duration;

use vt100::Screen;

use crate::floor::Less;
use crate::peers::{self, K9s};
use crate::process::Usage;
use crate::pty::Pty;
use crate::server::{Load, Server};
use crate::table::{Table, Value, percentile};
use crate::{Options, SIZE};

/// How long a start may take before the measurement is given up.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// After the list is complete, memory is looked at so much later.
const REST: Duration = Duration::from_secs(3);

/// Part of every namespace of the fleet.
pub const NAMED: &str = "qa-";

/// Starts of each program; the medians are told.
const ROUNDS: usize = 5;

#[derive(Default)]
struct Taken {
    first: Vec<f64>,
    complete: Vec<f64>,
    resident: Vec<u64>,
    peak: Vec<u64>,
    cpu: Vec<f64>,
}

/// Whether a failed run can be read with its reason.
fn failure_is_told(screen: &Screen) -> bool {
    screen
        .rows(0, SIZE.0)
        .any(|row| row.contains("Failed ") && (row.contains("exit ") || row.contains("child ")))
}

/// Whether the footer says that the list is complete.
pub fn is_live(screen: &Screen) -> bool {
    screen
        .rows(0, SIZE.0)
        .last()
        .is_some_and(|row| row.contains("live"))
}

/// Starts console, pager and kubectl in turns.
///
/// # Errors
/// Where one of them does not do what it should.
pub fn measure(options: &Options, table: &mut Table) -> Result<(), String> {
    let load = Load::Fleet {
        runs: options.runs,
        events: 0,
    };
    let server = Server::with(options, load)?;
    let rounds = if options.quick { 3 } else { ROUNDS };
    let (mut ours, mut theirs, mut k9s_took) =
        (Taken::default(), Taken::default(), Taken::default());
    let mut floor = Vec::new();
    let mut missing = BTreeSet::new();
    for _ in 0..rounds {
        floor.push(Less::start()?.first.as_secs_f64());
        console(&server, &mut ours)?;
        missing.extend(kubectl(&server, &mut theirs).err());
        missing.extend(k9s(&server, &mut k9s_took).err());
    }
    let load = format!("W1 {}", options.runs);
    let time = |of: &[f64]| percentile(of, 50).map(|s| Value::Time(Duration::from_secs_f64(s)));
    let size = |of: &[u64]| percentile(of, 50).map(Value::Bytes);
    let beside = |name, value: Option<Value>| value.map(|value| (name, value));
    let rows = [
        (
            "start → failed run and reason",
            time(&ours.first),
            beside("less, first page", time(&floor)),
            "≤ 300 ms",
        ),
        (
            "start → failed run and reason",
            time(&ours.first),
            beside("k9s, first rows", time(&k9s_took.first)),
            "≤ 300 ms",
        ),
        (
            "start → complete list",
            time(&ours.complete),
            beside("kubectl get wf -A", time(&theirs.complete)),
            "≤ 3 s",
        ),
        (
            "CPU until complete",
            time(&ours.cpu),
            beside("kubectl get wf -A", time(&theirs.cpu)),
            "–",
        ),
    ];
    table.rows(&load, rows);
    let load = format!("W2 {}", options.runs);
    let rows = [
        (
            "resident, 3 s after complete",
            size(&ours.resident),
            beside("k9s", size(&k9s_took.resident)),
            "≤ 40 MB",
        ),
        (
            "peak",
            size(&ours.peak),
            beside("kubectl get wf -A", size(&theirs.peak)),
            "≤ 60 MB",
        ),
    ];
    table.rows(&load, rows);
    missing.into_iter().for_each(|why| table.note(why));
    if let Some(pid) = server.pid() {
        let spent = Usage::of(pid)?.cpu.as_secs_f64();
        table.note(format!(
            "W1: the serving process used {spent:.1} s of CPU for all rounds, the making of the fleet included"
        ));
    }
    table
        .note("W2: whole objects of completed runs are still being read then, 40 a second at most");
    Ok(())
}

fn console(server: &Server, taken: &mut Taken) -> Result<(), String> {
    let pty = Pty::spawn(&server.console(), SIZE)?;
    taken
        .first
        .push(pty.wait(PATIENCE, failure_is_told)?.as_secs_f64());
    taken
        .complete
        .push(pty.wait(PATIENCE, is_live)?.as_secs_f64());
    taken.cpu.push(Usage::of(pty.pid())?.cpu.as_secs_f64());
    std::thread::sleep(REST);
    let usage = Usage::of(pty.pid())?;
    taken.resident.push(usage.resident);
    taken.peak.push(usage.peak);
    Ok(())
}

fn kubectl(server: &Server, taken: &mut Taken) -> Result<(), String> {
    let cache = server.folder().join("cache");
    let mut kubectl = peers::kubectl(server.kubeconfig(), &cache)?;
    kubectl.args(["get", "workflows.argoproj.io", "-A"]);
    let (time, usage) = peers::run(kubectl, "kubectl get wf -A")?;
    taken.complete.push(time.as_secs_f64());
    taken.peak.push(usage.peak);
    taken.cpu.push(usage.cpu.as_secs_f64());
    Ok(())
}

fn k9s(server: &Server, taken: &mut Taken) -> Result<(), String> {
    let k9s = K9s::start(server, NAMED)?;
    taken.first.push(k9s.first.as_secs_f64());
    std::thread::sleep(REST);
    let usage = Usage::of(k9s.pty.pid())?;
    taken.resident.push(usage.resident);
    taken.peak.push(usage.peak);
    Ok(())
}

//! W1 and W2: a cold start on a large fleet, how long until it is useful and complete, and what it keeps in memory.
//! Apart from the workloads that run for a while, because this one is started again and again.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use vt100::Screen;

use crate::floor::Less;
use crate::process::Usage;
use crate::pty::Pty;
use crate::server::Server;
use crate::table::{Table, Value, percentile};
use crate::{Options, SIZE};

/// How long a start may take before the measurement is given up.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// After the list is complete, memory is looked at so much later.
const REST: Duration = Duration::from_secs(3);

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
    let server = Server::start(options.runs, 0)?;
    let rounds = if options.quick { 3 } else { ROUNDS };
    let (mut ours, mut theirs) = (Taken::default(), Taken::default());
    let mut floor = Vec::new();
    let mut why_no_peer = None;
    for _ in 0..rounds {
        floor.push(Less::start()?.first.as_secs_f64());
        console(&server, &mut ours)?;
        if let Err(why) = kubectl(&server, &mut theirs) {
            why_no_peer = Some(why);
        }
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
    for (metric, ours, beside, budget) in rows {
        if let Some(ours) = ours {
            table.row((&load, metric), ours, beside, budget);
        }
    }
    let load = format!("W2 {}", options.runs);
    let rows = [
        (
            "resident, 3 s after complete",
            size(&ours.resident),
            None,
            "≤ 40 MB",
        ),
        (
            "peak",
            size(&ours.peak),
            beside("kubectl get wf -A", size(&theirs.peak)),
            "≤ 60 MB",
        ),
    ];
    for (metric, ours, beside, budget) in rows {
        if let Some(ours) = ours {
            table.row((&load, metric), ours, beside, budget);
        }
    }
    if let Some(why) = why_no_peer {
        table.note(why);
    }
    let spent = Usage::of(server.pid())?.cpu.as_secs_f64();
    table.note(format!(
        "W1: the serving process used {spent:.1} s of CPU for all rounds, the making of the fleet included"
    ));
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
    let start = Instant::now();
    let mut kubectl = Command::new("kubectl")
        .args(["get", "workflows.argoproj.io", "-A", "--kubeconfig"])
        .arg(server.kubeconfig())
        .arg("--cache-dir")
        .arg(server.folder().join("cache"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "kubectl: not on PATH".to_string(),
            _ => format!("kubectl: {error}"),
        })?;
    let mut usage = Usage::default();
    let status = loop {
        // Once it has ended there is nothing to be read of it: the last look counts.
        usage = Usage::of(kubectl.id())
            .ok()
            .filter(|now| now.peak > 0)
            .unwrap_or(usage);
        if let Some(status) = kubectl.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    if !status.success() {
        return Err(format!("kubectl get wf -A: {status}"));
    }
    taken.complete.push(start.elapsed().as_secs_f64());
    taken.peak.push(usage.peak);
    taken.cpu.push(usage.cpu.as_secs_f64());
    Ok(())
}

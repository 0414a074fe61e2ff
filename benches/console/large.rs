//! W5: one run of thousands of steps, opened and scrolled.
//! Apart from the fleet: here one object is large, there many are small.

use std::time::Duration;

use vt100::Screen;

use crate::floor::Less;
use crate::peers;
use crate::pty::Pty;
use crate::server::{Load, Server};
use crate::start::{PATIENCE, is_live};
use crate::table::{Table, Value, percentile};
use crate::{Options, SIZE};

/// Steps of the run.
const STEPS: usize = 5_000;
/// Times it is opened; the median is told.
const ROUNDS: usize = 5;
/// Lines scrolled.
const KEYS: usize = 200;

/// Opens the run and scrolls through its steps, beside `less`.
///
/// # Errors
/// Where the run does not open or does not scroll.
pub fn measure(options: &Options, table: &mut Table) -> Result<(), String> {
    let load = format!("W5 {STEPS} steps");
    let server = Server::with(options, Load::Big { nodes: STEPS })?;
    let rounds = if options.quick { 3 } else { ROUNDS };
    let (mut opened, mut theirs, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    let mut printed = Vec::new();
    for _ in 0..rounds {
        let cache = server.folder().join("cache");
        let mut kubectl = peers::kubectl(server.kubeconfig(), &cache)?;
        kubectl.args(["get", "workflows.argoproj.io", "-A", "-o", "yaml"]);
        kubectl.args(["--field-selector", "metadata.name=big-compressed"]);
        printed.push(peers::run(kubectl, "kubectl get -o yaml")?.0);
        let mut console = Pty::spawn(&server.console(), SIZE)?;
        console.wait(PATIENCE, is_live)?;
        // Compressed, as Argo keeps what is larger than a megabyte.
        console.press(b"/name:big-compressed\r")?;
        console.wait(PATIENCE, |screen| {
            let mut rows = screen.rows(0, SIZE.0);
            rows.any(|row| row.contains('▌') && row.contains(" big-compressed "))
        })?;
        let open = console.answer(b"\r", PATIENCE, is_open)?;
        opened.push(open);
        let mut less = Less::start()?;
        for _ in 0..KEYS / rounds {
            theirs.push(less.scroll(b"j")?);
            ours.push(console.answer(b"j", PATIENCE, |screen| {
                screen.rows(0, SIZE.0).find(|row| row.contains('▌'))
            })?);
        }
    }
    let time = |of: &[Duration], percent| percentile(of, percent).map(Value::Time);
    let less = time(&theirs, 50).map(|value| ("less", value));
    let less_worst = time(&theirs, 99).map(|value| ("less", value));
    let yaml = time(&printed, 50).map(|value| ("kubectl get -o yaml", value));
    table.rows(
        &load,
        [
            ("open → steps", time(&opened, 50), yaml, "≤ 100 ms"),
            ("scroll, p50", time(&ours, 50), less, "–"),
            ("scroll, p99", time(&ours, 99), less_worst, "≤ 16 ms"),
        ],
    );
    Ok(())
}

/// Whether the page shows the steps of the run.
fn is_open(screen: &Screen) -> bool {
    let text = screen.contents();
    text.contains("Parameters") && text.matches("step-0").count() > 10
}

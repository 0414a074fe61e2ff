//! W3: a thousand changes a second on runs that are on screen: what it costs, and whether keys and changes still come through.
//! Apart from the other workloads, because only here the world changes while it is looked at.

use std::time::{Duration, Instant};

use vt100::Screen;

use crate::floor::Less;
use crate::process::Usage;
use crate::pty::Pty;
use crate::server::{Load, Run, Server};
use crate::start::{PATIENCE, is_live};
use crate::table::{Table, Value, percentile};
use crate::{Options, SIZE};

/// Changes a second.
const EVENTS: u32 = 1_000;

/// Times each key latency is taken; a p99 of less is an anecdote.
const KEYS: usize = 400;
/// Keys pressed before the other program has its turn.
const TURN: usize = 40;

/// Labels changed to see how long it takes until they are on screen.
const MARKS: usize = 60;

/// Columns of the list at this width: state, then namespace, then name.
const NAMES: std::ops::Range<u16> = 13..62;

/// Measures the console under churn, keys against `less`.
///
/// # Errors
/// Where something on screen does not happen.
pub fn measure(options: &Options, table: &mut Table) -> Result<(), String> {
    let load = format!("W3 {} + {EVENTS}/s", options.runs);
    let server = Server::start(Load::Fleet {
        runs: options.runs,
        events: EVENTS,
    })?;
    let serving = server.pid().ok_or("the served cluster is not ours")?;
    let mut console = Pty::spawn(&server.console(), SIZE)?;
    console.wait(PATIENCE, is_live)?;
    // What changes is what runs: without the filter failed runs would hide it.
    console.press(b"/status:running\r")?;
    console.wait(PATIENCE, |screen| visible(screen).len() > 30)?;
    std::thread::sleep(Duration::from_secs(2));
    let window = options.window();
    let look = |pid| Usage::of(pid);
    let (before, theirs, bytes, start) = (
        look(console.pid())?,
        look(serving)?,
        console.bytes(),
        Instant::now(),
    );
    std::thread::sleep(window);
    let (after, spent) = (look(console.pid())?, start.elapsed());
    let served = look(serving)?.share_since(&theirs, spent);
    table.row(
        (&load, "CPU, hands off"),
        Value::Share(after.share_since(&before, spent)),
        Some(("the serving process", Value::Share(served))),
        "≤ 5 %",
    );
    let written = (console.bytes() - bytes) as f64 / spent.as_secs_f64();
    table.row(
        (&load, "bytes to the terminal"),
        Value::Rate(written),
        None,
        "–",
    );
    keys(&load, &mut console, table)?;
    marks(&load, &server, &console, table)?;
    table.row(
        (&load, "resident at the end"),
        Value::Bytes(look(console.pid())?.resident),
        None,
        "≤ 40 MB",
    );
    Ok(())
}

fn keys(load: &str, console: &mut Pty, table: &mut Table) -> Result<(), String> {
    let mut less = Less::start()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for turn in 0..KEYS / TURN {
        let key = if turn % 4 < 2 { b"j" } else { b"k" };
        for _ in 0..TURN {
            theirs.push(less.scroll(key)?);
        }
        for _ in 0..TURN {
            ours.push(console.answer(key, PATIENCE, under_cursor)?);
        }
    }
    for (percent, name, budget) in [
        (50, "key → frame, p50", "–"),
        (99, "key → frame, p99", "≤ 16.7 ms"),
    ] {
        if let (Some(ours), Some(theirs)) =
            (percentile(&ours, percent), percentile(&theirs, percent))
        {
            table.row(
                (load, name),
                Value::Time(ours),
                Some(("less", Value::Time(theirs))),
                budget,
            );
        }
    }
    Ok(())
}

/// Changes a label of one visible run after the other, and looks when the list shows it; then whether it shows all of them.
fn marks(load: &str, server: &Server, console: &Pty, table: &mut Table) -> Result<(), String> {
    let runs = console.look(visible);
    let mut times = Vec::new();
    for (mark, run) in (0..MARKS).zip(runs.iter().cycle()) {
        let text = format!("m{mark:04}");
        // Frames come at an even pace: a change right after one that was seen would always wait for a whole one.
        std::thread::sleep(Duration::from_millis(mark as u64 * 17 % 50));
        let sent = Instant::now();
        server.set_task(run, &text)?;
        let seen = console.when(PATIENCE, |screen| screen.contents().contains(&text))?;
        times.push(seen.saturating_duration_since(sent));
    }
    for (percent, name, budget) in [
        (50, "event → screen, p50", "–"),
        (99, "event → screen, p99", "≤ 100 ms"),
    ] {
        if let Some(time) = percentile(&times, percent) {
            table.row((load, name), Value::Time(time), None, budget);
        }
    }
    std::thread::sleep(Duration::from_secs(1));
    let lines = console.look(|screen| screen.rows(0, SIZE.0).collect::<Vec<_>>());
    let mut right = 0;
    for run in &runs {
        let task = server.task(run)?;
        right += usize::from(
            lines
                .iter()
                .any(|line| line.contains(&run.name) && line.contains(&format!(" {task} "))),
        );
    }
    table.row(
        (load, "labels on screen as on the server"),
        Value::Of(right, runs.len()),
        None,
        "all",
    );
    Ok(())
}

/// The name of the run under the cursor.
fn under_cursor(screen: &Screen) -> Option<String> {
    let row = (0..SIZE.1).find(|row| {
        screen
            .cell(*row, 1)
            .is_some_and(|cell| cell.contents() == "▌")
    })?;
    names(screen, row)
}

fn names(screen: &Screen, row: u16) -> Option<String> {
    let (from, to) = (NAMES.start, NAMES.end);
    screen.rows(from, to - from).nth(usize::from(row))
}

/// Running runs in the list, from the top.
fn visible(screen: &Screen) -> Vec<Run> {
    (0..SIZE.1)
        .filter(|row| {
            let state = screen.rows(0, NAMES.start).nth(usize::from(*row));
            state.is_some_and(|state| state.contains("Running"))
        })
        .filter_map(|row| {
            let names = names(screen, row)?;
            let mut words = names.split_whitespace();
            Some(Run {
                namespace: words.next()?.to_string(),
                name: words.next()?.to_string(),
            })
        })
        .collect()
}

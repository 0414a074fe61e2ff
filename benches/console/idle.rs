//! W4: a console that everything was told to and that nothing happens to.
//! Apart from the start, whose background reading must be over first.

use std::time::{Duration, Instant};

use crate::floor::Less;
use crate::peers::K9s;
use crate::process::Usage;
use crate::pty::Pty;
use crate::server::{Load, Server};
use crate::start::{NAMED, PATIENCE, is_live};
use crate::table::{Table, Value};
use crate::{Options, SIZE};

/// Workflows of a quick run: ten thousand are read in the background for four minutes.
const QUICK: usize = 1_000;
/// Some runs that ended hours ago, of those that every fleet has.
const OLD: &[u8] = b"/name:-0001 status:succeeded age>2h\r";
/// Longest wait until everything was read.
const READING: Duration = Duration::from_secs(1_800);

/// Watches console and pager doing nothing.
///
/// # Errors
/// Where the console never comes to rest.
pub fn measure(options: &Options, table: &mut Table) -> Result<(), String> {
    // Making them anew on a real cluster takes longer than reading them.
    let runs = if options.quick && options.cluster.is_none() {
        options.runs.min(QUICK)
    } else {
        options.runs
    };
    let load = format!("W4 {runs}");
    let server = Server::with(options, Load::Fleet { runs, events: 0 })?;
    let mut console = Pty::spawn(&server.console(), SIZE)?;
    console.wait(PATIENCE, is_live)?;
    let read = console.wait(READING, |screen| {
        is_live(screen) && !screen.contents().contains("not read yet")
    })?;
    let less = Less::start()?;
    std::thread::sleep(Duration::from_secs(5));
    let look = |pty: &Pty| Usage::of(pty.pid()).map(|usage| (usage, pty.bytes()));
    let (ours, theirs, start) = (look(&console)?, look(less.pty())?, Instant::now());
    std::thread::sleep(options.window());
    let (our_end, their_end, spent) = (look(&console)?, look(less.pty())?, start.elapsed());
    let rate = |number: u64| Value::Rate(number as f64 / spent.as_secs_f64());
    table.row(
        (&load, "idle CPU"),
        Value::Share(our_end.0.share_since(&ours.0, spent)),
        Some((
            "less",
            Value::Share(their_end.0.share_since(&theirs.0, spent)),
        )),
        "≤ 0.1 %",
    );
    table.row(
        (&load, "idle wake-ups"),
        rate(our_end.0.wakes.saturating_sub(ours.0.wakes)),
        Some((
            "less",
            rate(their_end.0.wakes.saturating_sub(theirs.0.wakes)),
        )),
        "≤ 1 /s",
    );
    table.row(
        (&load, "idle bytes, lengths and ages on screen turn"),
        rate(our_end.1 - ours.1),
        Some(("less", rate(their_end.1 - theirs.1))),
        "–",
    );
    let (old, wakes) = of_old(options, &mut console)?;
    table.row(
        (&load, "idle bytes, what is on screen ended hours ago"),
        old,
        Some(("less", rate(their_end.1 - theirs.1))),
        "0 /s",
    );
    table.row(
        (&load, "idle wake-ups, what is on screen ended hours ago"),
        wakes,
        None,
        "≤ 1 /s",
    );
    table.row(
        (&load, "resident, everything read"),
        Value::Bytes(our_end.0.resident),
        Some(("less", Value::Bytes(their_end.0.resident))),
        "≤ 40 MB",
    );
    if let Err(why) = beside_k9s(
        options,
        &server,
        &load,
        table,
        our_end.0.share_since(&ours.0, spent),
    ) {
        table.note(format!("W4: {why}"));
    }
    table.note(format!(
        "W4: everything was read {:.0} s after the start; ages on screen go on turning",
        read.as_secs_f64()
    ));
    Ok(())
}

/// Bytes and wake-ups while nothing on screen has a time that turns before its next full hour.
fn of_old(options: &Options, console: &mut Pty) -> Result<(Value, Value), String> {
    console.press(OLD)?;
    console.wait(PATIENCE, |screen| {
        let mut rows = screen.rows(0, SIZE.0);
        !rows.any(|row| row.contains("Failed ") || row.contains("Running "))
    })?;
    std::thread::sleep(Duration::from_secs(3));
    let look = |console: &Pty| Usage::of(console.pid()).map(|usage| (usage, console.bytes()));
    let (before, start) = (look(console)?, Instant::now());
    std::thread::sleep(options.window());
    let (after, spent) = (look(console)?, start.elapsed().as_secs_f64());
    let rate = |now: u64, before: u64| Value::Rate((now - before) as f64 / spent);
    Ok((rate(after.1, before.1), rate(after.0.wakes, before.0.wakes)))
}

/// The same idleness of k9s on the same cluster.
fn beside_k9s(
    options: &Options,
    server: &Server,
    load: &str,
    table: &mut Table,
    ours: f64,
) -> Result<(), String> {
    let k9s = K9s::start(server, NAMED)?;
    // It goes on reading for a while after its first rows.
    std::thread::sleep(options.window());
    let (before, start) = (Usage::of(k9s.pty.pid())?, Instant::now());
    std::thread::sleep(options.window());
    let after = Usage::of(k9s.pty.pid())?;
    let share = after.share_since(&before, start.elapsed());
    table.row(
        (load, "idle CPU"),
        Value::Share(ours),
        Some(("k9s", Value::Share(share))),
        "≤ 0.1 %",
    );
    Ok(())
}

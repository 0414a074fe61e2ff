//! W6 and W7: a long log that is there, and one that is written faster than anybody reads.
//! Apart from the fleet, whose objects are few beside the lines of one step.

use std::fmt::Write;
use std::time::{Duration, Instant};

use vt100::Screen;

use crate::floor::Less;
use crate::process::Usage;
use crate::pty::Pty;
use crate::server::{Load, Server};
use crate::start::{PATIENCE, is_live};
use crate::table::{Table, Value, percentile};
use crate::{Options, SIZE};

/// Lines of 120 bytes: 100 MB.
const WHOLE: u64 = 833_333;
/// Lines a second of the flood.
const RATE: u64 = 50_000;
/// Times the whole log is opened; the medians are told.
const ROUNDS: usize = 3;

/// Opens a log of 100 MB, waits until it is read, and searches it, beside `less` on the same lines.
///
/// # Errors
/// Where it is not shown or what is searched for is not found.
pub fn whole(options: &Options, table: &mut Table) -> Result<(), String> {
    let server = Server::start(Load::Flood {
        lines: WHOLE,
        rate: 0,
    })?;
    let last = format!("line {:09}", WHOLE - 1_000);
    let text = lines(WHOLE)?;
    let rounds = if options.quick { 1 } else { ROUNDS };
    let (mut opened, mut read, mut found, mut grown) = (vec![], vec![], vec![], vec![]);
    let (mut less_opened, mut less_found) = (vec![], vec![]);
    let mut kept = 0;
    for _ in 0..rounds {
        let mut console = Pty::spawn(&server.console(), SIZE)?;
        console.wait(PATIENCE, is_live)?;
        std::thread::sleep(Duration::from_millis(500));
        let before = Usage::of(console.pid())?;
        let pressed = Instant::now();
        opened.push(console.answer(b"l", PATIENCE, |screen| {
            screen.contents().contains("GET /orders/")
        })?);
        let complete = console.when(PATIENCE, |screen| status(screen).contains("complete"))?;
        read.push(complete.duration_since(pressed));
        std::thread::sleep(Duration::from_millis(500));
        let after = Usage::of(console.pid())?;
        grown.push(after.peak.saturating_sub(before.resident));
        kept = console.look(|screen| counts(&status(screen)).0);
        // Far from what is looked for, so that finding it moves the screen.
        console.press(b"gg")?;
        console.press(format!("/{last}").as_bytes())?;
        found.push(console.answer(b"\r", PATIENCE, |screen| {
            let lines = screen.rows(0, SIZE.0).skip(2).take(usize::from(SIZE.1) - 4);
            lines.into_iter().any(|row| row.contains(&last))
        })?);
        drop(console);
        let mut less = Less::on(&text, "line 000000010")?;
        less_opened.push(less.first);
        less_found.push(less.search(&last)?);
    }
    let time = |of: &[Duration]| percentile(of, 50).map(Value::Time);
    let beside = |of: &[Duration]| percentile(of, 50).map(|time| ("less", Value::Time(time)));
    table.rows(
        "W6 100 MB",
        [
            (
                "open → lines",
                time(&opened),
                beside(&less_opened),
                "≤ 150 ms (60)",
            ),
            ("open → read to the end", time(&read), None, "–"),
            (
                "search → shown",
                time(&found),
                beside(&less_found),
                "≤ 300 ms (80)",
            ),
            (
                "memory more than before",
                percentile(&grown, 50).map(Value::Bytes),
                None,
                "≤ 80 MB (64)",
            ),
        ],
    );
    table.note(format!(
        "W6: the search went over the {kept} lines that are kept of {WHOLE}; less has all of them in a file"
    ));
    Ok(())
}

/// Follows a log that is written at 50,000 lines a second, and presses keys meanwhile.
///
/// # Errors
/// Where it is not shown to its end.
pub fn flood(options: &Options, table: &mut Table) -> Result<(), String> {
    let window = options.window();
    let lines = RATE * window.as_secs();
    let load = format!("W7 {RATE} lines/s × {} s", window.as_secs());
    let server = Server::start(Load::Flood { lines, rate: RATE })?;
    let mut console = Pty::spawn(&server.console(), SIZE)?;
    console.wait(PATIENCE, is_live)?;
    console.answer(b"l", PATIENCE, |screen| {
        screen.contents().contains("GET /orders/")
    })?;
    let (before, start) = (Usage::of(console.pid())?, Instant::now());
    let mut keys = Vec::new();
    // The last seconds are for the lines that are still on their way.
    while start.elapsed() + Duration::from_secs(5) < window {
        // How times are told is the one thing on the screen that the log does not change by itself.
        keys.push(console.answer(b"t", PATIENCE, |screen| {
            let status = status(screen);
            (status.contains("UTC"), status.contains("since"))
        })?);
        std::thread::sleep(Duration::from_millis(97));
    }
    let (after, spent) = (Usage::of(console.pid())?, start.elapsed());
    console.wait(PATIENCE + window, |screen| {
        status(screen).contains("complete")
    })?;
    let end = Usage::of(console.pid())?;
    let (shown, older, lost) = console.look(|screen| counts(&status(screen)));
    let time = |percent| percentile(&keys, percent).map(Value::Time);
    table.rows(
        &load,
        [
            ("key → cells, p50", time(50), None, "–"),
            ("key → cells, p99", time(99), None, "≤ 16 ms"),
            (
                "CPU",
                Some(Value::Share(after.share_since(&before, spent))),
                None,
                "(≤ 30 %)",
            ),
            (
                "lines told of",
                Some(Value::Of((shown + older + lost) as usize, lines as usize)),
                None,
                "all",
            ),
            ("peak memory", Some(Value::Bytes(end.peak)), None, "–"),
        ],
    );
    table.note(format!(
        "W7: {shown} lines are kept, {older} older ones were shown and let go, {lost} are said to be lost"
    ));
    Ok(())
}

/// What the log says of itself above its lines.
fn status(screen: &Screen) -> String {
    let mut rows = screen.rows(0, SIZE.0);
    let row = rows.find(|row| row.contains(" lines"));
    row.unwrap_or_default()
}

/// Lines that are shown, those that are not kept, and those that were lost, of what the log says of itself.
fn counts(status: &str) -> (u64, u64, u64) {
    let before = |what: &str| -> u64 {
        let number = |text: &str| text.replace([',', '.', '_'], "").parse().ok();
        let at = status.find(what);
        at.and_then(|at| status[..at].split_whitespace().next_back())
            .and_then(number)
            .unwrap_or(0)
    };
    let shown = if status.contains(" lines ·")
        || status.trim_end_matches([' ', '┃']).ends_with(" lines")
    {
        before(" lines ")
    } else {
        0
    };
    (shown, before(" older lines"), before(" lines lost"))
}

/// The same amount of text for the pager.
fn lines(count: u64) -> Result<String, String> {
    let mut text = String::new();
    for n in 0..count {
        let line = format!(
            "INFO  line {n:09} GET /orders/{} 200 in {} ms",
            n * 7 % 9_973,
            n % 83
        );
        writeln!(text, "{line:<119}").map_err(|error| error.to_string())?;
    }
    Ok(text)
}

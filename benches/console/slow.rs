//! W11: a terminal at the end of a slow line: what a line of movement costs, and when the last of many keys is answered.
//! Apart from the other loads, whose terminal takes whatever comes.

use std::time::{Duration, Instant};

use crate::floor::Less;
use crate::pty::Pty;
use crate::server::{Load, Server};
use crate::start::{PATIENCE, is_live};
use crate::table::{Table, Value};
use crate::{Options, SIZE};

/// Bytes a second: a serial line, a bad connection to another continent.
const SPEEDS: [u32; 2] = [9_600, 115_200];
/// Runs in the list.
const RUNS: usize = 1_000;
/// Lines moved.
const LINES: u32 = 60;
/// Between two keys that are held down.
const REPEAT: Duration = Duration::from_millis(33);

/// Moves through the list on a fast and on slow lines, beside `less`.
///
/// # Errors
/// Where a key is lost: the line of the last one never comes.
pub fn measure(options: &Options, table: &mut Table) -> Result<(), String> {
    let runs = options.runs.min(RUNS);
    let server = Server::with(options, Load::Fleet { runs, events: 0 })?;
    let mut console = Pty::spawn(&server.console(), SIZE)?;
    // While runs are still being read they change places, and the line of the cursor with them.
    console.wait(PATIENCE, |screen| {
        is_live(screen) && !screen.contents().contains("not read yet")
    })?;
    let mut less = Less::start()?;
    let mut line = 1;
    let mut moved = |console: &mut Pty, pause: Duration| -> Result<Duration, String> {
        for _ in 0..LINES {
            console.press(b"j")?;
            std::thread::sleep(pause);
        }
        line += LINES;
        let wanted = format!(" {line} of {runs} ");
        let pressed = Instant::now();
        let at = console.when(PATIENCE, |screen| screen.contents().contains(&wanted))?;
        Ok(at.saturating_duration_since(pressed))
    };
    let before = (console.bytes(), less.pty().bytes());
    moved(&mut console, REPEAT)?;
    for _ in 0..LINES {
        less.scroll(b"j")?;
    }
    let each = |now: u64, before: u64| Value::Bytes((now - before) / u64::from(LINES));
    table.row(
        ("W11", "bytes for a line moved, with the preview of its run"),
        each(console.bytes(), before.0),
        Some(("less, a line", each(less.pty().bytes(), before.1))),
        "≤ 1 KB",
    );
    for speed in SPEEDS {
        console.slow_down(speed);
        let late = moved(&mut console, REPEAT)?;
        console.slow_down(0);
        let metric = format!("{speed} B/s: the last of {LINES} keys shown after");
        table.row(("W11", &metric), Value::Time(late), None, "no key lost");
    }
    Ok(())
}

//! What a process uses, as Linux tells in `/proc`.
//! Apart from the terminal it runs in: a server without one is measured the same way.

use std::fs;
use std::time::Duration;

/// Ticks of `/proc/PID/stat` in a second: `USER_HZ`, 100 on every Linux (proc(5)).
const TICKS: u64 = 100;

/// Totals since the process began.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Resident memory now, in bytes.
    pub resident: u64,
    /// The most it ever was, in bytes.
    pub peak: u64,
    /// Time on a processor.
    pub cpu: Duration,
    /// Times any of its threads went to sleep and was woken.
    pub wakes: u64,
}

impl Usage {
    /// Of a process now.
    ///
    /// # Errors
    /// Where it is gone, or this is not Linux.
    pub fn of(pid: u32) -> Result<Self, String> {
        let read =
            |path: String| fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"));
        let status = read(format!("/proc/{pid}/status"))?;
        let stat = read(format!("/proc/{pid}/stat"))?;
        // The name in parentheses may hold anything; user and system time are the 12th and 13th field behind it.
        let times = stat.rsplit(')').next().unwrap_or_default();
        let ticks: u64 = times
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        let threads =
            fs::read_dir(format!("/proc/{pid}/task")).map_err(|error| error.to_string())?;
        let wakes = threads
            .flatten()
            .filter_map(|thread| fs::read_to_string(thread.path().join("status")).ok())
            .map(|status| number(&status, "voluntary_ctxt_switches:"))
            .sum();
        Ok(Self {
            resident: number(&status, "VmRSS:") << 10,
            peak: number(&status, "VmHWM:") << 10,
            cpu: Duration::from_millis(ticks * 1000 / TICKS),
            wakes,
        })
    }

    /// Part of one processor used since an earlier look.
    pub fn share_since(&self, before: &Self, spent: Duration) -> f64 {
        self.cpu.saturating_sub(before.cpu).as_secs_f64() / spent.as_secs_f64()
    }
}

fn number(status: &str, name: &str) -> u64 {
    status
        .lines()
        .find_map(|line| {
            line.strip_prefix(name)?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0)
}

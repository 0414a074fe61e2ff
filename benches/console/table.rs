//! The table that is printed: one line per number, with what it is compared to and what was promised.
//! Apart from the measuring, so that every number is rounded and named in one place.

use std::fmt;
use std::time::Duration;

const HEAD: [&str; 6] = ["load", "metric", "tiphys", "beside it", "ratio", "budget"];

/// The table so far.
pub struct Table {
    rows: Vec<[String; HEAD.len()]>,
    notes: Vec<String>,
}

/// A measured number with its unit.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// A length of time.
    Time(Duration),
    /// Memory, or what went through a line.
    Bytes(u64),
    /// Part of one processor.
    Share(f64),
    /// So many a second.
    Rate(f64),
    /// A number that has no unit.
    Count(f64),
    /// So many of so many.
    Of(usize, usize),
}

impl Value {
    fn number(self) -> f64 {
        match self {
            Self::Time(time) => time.as_secs_f64(),
            Self::Bytes(bytes) => bytes as f64,
            Self::Share(number) | Self::Rate(number) | Self::Count(number) => number,
            Self::Of(part, whole) => part as f64 / whole as f64,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) if time.as_secs() >= 10 => write!(f, "{:.1} s", time.as_secs_f64()),
            Self::Time(time) => write!(f, "{:.2} ms", time.as_secs_f64() * 1000.0),
            Self::Bytes(bytes) if *bytes < 10_000 => write!(f, "{bytes} B"),
            Self::Bytes(bytes) => write!(f, "{:.1} MB", *bytes as f64 / f64::from(1 << 20)),
            Self::Share(share) => write!(f, "{:.2} %", share * 100.0),
            Self::Rate(rate) => write!(f, "{rate:.1} /s"),
            Self::Count(count) => write!(f, "{count:.2}"),
            Self::Of(part, whole) => write!(f, "{part} of {whole}"),
        }
    }
}

impl Table {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// A number of ours, what stands beside it, and what was promised.
    pub fn row(
        &mut self,
        (load, metric): (&str, &str),
        ours: Value,
        beside: Option<(&str, Value)>,
        budget: &str,
    ) {
        let (theirs, ratio) = match beside {
            None => ("–".to_string(), "–".to_string()),
            Some((name, value)) if value.number() == 0.0 => {
                (format!("{name} {value}"), "–".to_string())
            }
            Some((name, value)) => (
                format!("{name} {value}"),
                format!("{:.3}", ours.number() / value.number()),
            ),
        };
        self.rows.push([
            load.to_string(),
            metric.to_string(),
            ours.to_string(),
            theirs,
            ratio,
            budget.to_string(),
        ]);
        // Minutes pass between the rows of a run: who waits sees that something happens.
        eprintln!("{load}: {metric}: {ours}");
    }

    /// Several numbers of one load, as far as they were measured.
    pub fn rows<'a>(
        &mut self,
        load: &str,
        rows: impl IntoIterator<Item = (&'a str, Option<Value>, Option<(&'a str, Value)>, &'a str)>,
    ) {
        for (metric, ours, beside, budget) in rows {
            if let Some(ours) = ours {
                self.row((load, metric), ours, beside, budget);
            }
        }
    }

    /// Says what a number does not.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}

/// The nearest-rank percentile.
pub fn percentile<T: PartialOrd + Copy>(values: &[T], percent: usize) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or("?");
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let (columns, rows) = crate::SIZE;
        writeln!(f, "terminal {columns}×{rows}, {cores} cores, load {load}")?;
        writeln!(f, "| {} |", HEAD.join(" | "))?;
        writeln!(f, "|{}", "---|".repeat(HEAD.len()))?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}

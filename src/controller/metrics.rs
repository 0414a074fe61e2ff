//! What a controller counts, as Prometheus reads it.
//! Apart from serving it. Source of the format: Prometheus' text exposition format 0.0.4.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::cache::Cache;
use crate::model::qarun::Status;

/// Upper ends of the buckets of a decision's time, in seconds.
const QUICK: [f64; 6] = [0.01, 0.05, 0.25, 1.0, 5.0, 30.0];
/// Upper ends of the buckets of an attempt's time, in seconds.
const LONG: [f64; 6] = [30.0, 120.0, 600.0, 1800.0, 7200.0, 86400.0];

/// Everything that is counted.
#[derive(Debug, Default)]
pub struct Metrics {
    attempts: AtomicU64,
    retries: AtomicU64,
    errors: AtomicU64,
    conflicts: AtomicU64,
    requests: AtomicU64,
    queued: AtomicU64,
    reconciles: Mutex<Histogram>,
    durations: Mutex<Histogram>,
}

#[derive(Debug, Default)]
struct Histogram {
    counts: [u64; 6],
    count: u64,
    sum: f64,
}

impl Histogram {
    fn add(&mut self, seconds: f64, ends: &[f64; 6]) {
        for (count, end) in self.counts.iter_mut().zip(ends) {
            *count += u64::from(seconds <= *end);
        }
        self.count += 1;
        self.sum += seconds;
    }

    fn text(&self, name: &str, about: &str, ends: &[f64; 6]) -> String {
        let mut text = head(name, "histogram", about);
        for (count, end) in self.counts.iter().zip(ends) {
            let _ = writeln!(text, "{name}_bucket{{le=\"{end}\"}} {count}");
        }
        let (count, sum) = (self.count, self.sum);
        let _ = writeln!(
            text,
            "{name}_bucket{{le=\"+Inf\"}} {count}\n{name}_sum {sum}\n{name}_count {count}"
        );
        text
    }
}

fn head(name: &str, kind: &str, about: &str) -> String {
    format!("# HELP {name} {about}\n# TYPE {name} {kind}\n")
}

impl Metrics {
    /// A workflow was created; `again`: not because a person asked.
    pub fn count_attempt(&self, again: bool) {
        self.attempts.fetch_add(1, Relaxed);
        self.retries.fetch_add(u64::from(again), Relaxed);
    }

    /// A write met another version.
    pub fn count_conflict(&self) {
        self.conflicts.fetch_add(1, Relaxed);
    }

    /// The server is asked for something; watches are not counted, of which there are two or three.
    pub fn count_request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    /// A QARun was looked at, for so long.
    pub fn count_reconcile(&self, took: Duration, failed: bool) {
        self.errors.fetch_add(u64::from(failed), Relaxed);
        let mut times = self
            .reconciles
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        times.add(took.as_secs_f64(), &QUICK);
    }

    /// So many wait for their turn.
    pub fn set_queued(&self, count: usize) {
        self.queued.store(count as u64, Relaxed);
    }

    /// A status was written over another.
    pub fn learn(&self, before: Option<&Status>, next: &Status) {
        let ended = |status: Option<&Status>| {
            let all = status.into_iter().flat_map(|status| &status.attempts);
            all.filter(|one| one.finished_at.is_some()).count()
        };
        if ended(Some(next)) <= ended(before) {
            return;
        }
        let times = next
            .attempts
            .last()
            .and_then(|last| last.started_at.zip(last.finished_at));
        if let Some((from, to)) = times {
            let mut all = self
                .durations
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            all.add(to.duration_since(from).as_secs_f64().max(0.0), &LONG);
        }
    }

    /// All of it, with how many QARuns there are in each phase, and with each verdict.
    pub fn text(&self, cache: &Cache) -> String {
        let mut runs: BTreeMap<(String, &str), u64> = BTreeMap::new();
        for run in cache.runs() {
            let status = run.status();
            let phase = status.phase.unwrap_or_default().word().to_owned();
            let verdict = status.verdict.map_or("", |verdict| verdict.word());
            *runs.entry((phase, verdict)).or_default() += 1;
        }
        let mut text = head(
            "tiphys_qaruns",
            "gauge",
            "QARuns that there are, by phase and verdict.",
        );
        for ((phase, verdict), count) in runs {
            let phase: String = phase.chars().filter(char::is_ascii_alphanumeric).collect();
            let _ = writeln!(
                text,
                "tiphys_qaruns{{phase=\"{phase}\",verdict=\"{verdict}\"}} {count}"
            );
        }
        let plain = [
            (
                "tiphys_attempts_total",
                "counter",
                "Workflows that were created.",
                &self.attempts,
            ),
            (
                "tiphys_retries_total",
                "counter",
                "Those of them that followed a failed one by themselves.",
                &self.retries,
            ),
            (
                "tiphys_reconcile_errors_total",
                "counter",
                "Looks at a QARun that ended in an error.",
                &self.errors,
            ),
            (
                "tiphys_write_conflicts_total",
                "counter",
                "Writes that met a newer version.",
                &self.conflicts,
            ),
            (
                "tiphys_requests_total",
                "counter",
                "Requests that were sent, watches and lists apart.",
                &self.requests,
            ),
            (
                "tiphys_queue_length",
                "gauge",
                "QARuns that wait for their turn.",
                &self.queued,
            ),
        ];
        for (name, kind, about, value) in plain {
            text += &head(name, kind, about);
            let _ = writeln!(text, "{name} {}", value.load(Relaxed));
        }
        let of = |all: &Mutex<Histogram>, name: &str, about: &str, ends: &[f64; 6]| {
            all.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .text(name, about, ends)
        };
        text += &of(
            &self.reconciles,
            "tiphys_reconcile_seconds",
            "How long a look at a QARun takes.",
            &QUICK,
        );
        text += &of(
            &self.durations,
            "tiphys_attempt_seconds",
            "How long attempts take.",
            &LONG,
        );
        text
    }
}

//! What runs are launched from: workflow templates, those of the whole cluster, and crons.
//! Apart from runs, which only name what they came from.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::act::Kind;
use super::key::Key;
use super::row::label;
use super::schedule::Schedule;
use super::trouble::Trouble;
use super::workflow::Parameter;

/// A template or a cron. All text is clean (see [`super::text::clean`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// Its kind; never [`Kind::Workflow`].
    pub kind: Kind,
    /// Namespace (empty for one of the whole cluster), name, uid.
    pub key: Key,
    /// `metadata.resourceVersion` as a number, 0 where it is not one. Only compared.
    pub version: u64,
    /// `metadata.creationTimestamp`.
    pub created: Option<Timestamp>,
    /// `workflows.argoproj.io/title` of its annotations.
    pub title: Option<Arc<str>>,
    /// `workflows.argoproj.io/description` of its annotations.
    pub description: Option<Arc<str>>,
    /// Where a run of it begins; `None`: nothing can be launched from it, it only holds step templates for others.
    pub entrypoint: Option<Arc<str>>,
    /// The template its runs refer to, and whether that is one of the whole cluster.
    pub template: Option<(Arc<str>, bool)>,
    /// What can be given when a run of it starts. A value whose name promises a credential is masked.
    pub parameters: Vec<Parameter>,
    /// How many step templates it holds.
    pub steps: usize,
    /// What only a cron has.
    pub cron: Option<Box<Cron>>,
}

/// What only a cron has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cron {
    /// As they are written; it fires at each of them.
    pub schedules: Vec<Arc<str>>,
    /// The place whose clock they go by; `None`: that of the controller.
    pub timezone: Option<Arc<str>>,
    /// A condition that is asked each time.
    pub when: Option<Arc<str>>,
    /// Nothing is scheduled.
    pub suspended: bool,
    /// Its `stopStrategy` has ended it.
    pub ended: bool,
    /// `concurrencyPolicy`: `Allow` where none is written.
    pub policy: Arc<str>,
    /// When a run was last scheduled.
    pub last: Option<Timestamp>,
    /// Names of its runs that are not over, as the controller knows them.
    pub active: Vec<Arc<str>>,
    /// Runs it had that succeeded, where the controller counts them.
    pub succeeded: Option<u64>,
    /// Runs it had that did not.
    pub failed: Option<u64>,
    /// What the controller says is wrong with it, one sentence each.
    pub faults: Vec<Arc<str>>,
    /// When it fires next, reckoned when it was read.
    pub next: Option<Next>,
}

/// When a cron fires next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    /// The moment.
    pub at: Timestamp,
    /// No place is named for its clock: this holds if the controller's is UTC.
    pub assumed: bool,
}

impl Origin {
    /// The label by which its runs name it.
    pub fn label(&self) -> &'static str {
        match self.kind {
            Kind::ClusterWorkflowTemplate => label::CLUSTER_TEMPLATE,
            Kind::CronWorkflow => label::CRON,
            Kind::WorkflowTemplate | Kind::Workflow | Kind::QaRun => label::TEMPLATE,
        }
    }

    /// Its schedules, or how much it takes.
    pub fn when(&self) -> String {
        match &self.cron {
            Some(cron) => cron.schedules.join("; "),
            None if !self.can_start() => "steps only".to_string(),
            None => match self.parameters.len() {
                0 => "no parameter".to_string(),
                1 => "1 parameter".to_string(),
                count => format!("{count} parameters"),
            },
        }
    }

    /// A run can be started from it.
    pub fn can_start(&self) -> bool {
        self.entrypoint.is_some() || self.template.is_some()
    }

    /// It is a cron that starts nothing by itself.
    pub fn is_idle(&self) -> bool {
        (self.cron.as_ref()).is_some_and(|cron| cron.suspended || cron.ended)
    }
}

impl Cron {
    /// Finds out when it fires next. `place` gives the clock of a place by its name in the IANA time zone database.
    pub fn reckon(&mut self, now: Timestamp, place: impl Fn(&str) -> Option<TimeZone>) {
        self.next = self.next_after(now, place);
    }

    fn next_after(&self, now: Timestamp, place: impl Fn(&str) -> Option<TimeZone>) -> Option<Next> {
        if self.suspended || self.ended || self.schedules.is_empty() {
            return None;
        }
        let assumed = self.timezone.is_none();
        let zone = match &self.timezone {
            Some(name) => place(name)?,
            None => TimeZone::UTC,
        };
        let schedules: Vec<Schedule> = (self.schedules.iter())
            .map(|text| Schedule::parse(text))
            .collect::<Option<_>>()?;
        // A controller that has fired at another minute goes by another clock, or the schedule was changed since.
        if let (true, Some(last)) = (assumed, self.last)
            && !schedules.iter().any(|one| one.allows(last, &zone))
        {
            return None;
        }
        let next = schedules.iter().filter_map(|one| one.next(now, &zone));
        next.min().map(|at| Next { at, assumed })
    }

    /// Its schedules in words, where few words say exactly what they do.
    pub fn words(&self) -> Option<String> {
        match self.schedules.as_slice() {
            [one] => Schedule::parse(one)?.words(),
            _ => None,
        }
    }
}

/// What could not be read, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// Of which kind.
    pub kind: Kind,
    /// Where; `None`: everywhere.
    pub namespace: Option<Arc<str>>,
    /// Why.
    pub why: Trouble,
}

/// What runs can be launched from, as it was read at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Origins {
    /// Templates and crons, in no order.
    pub items: Vec<Origin>,
    /// What is not among them, and why.
    pub missing: Vec<Missing>,
    /// Objects that could not be understood.
    pub unreadable: u64,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn cron(schedules: &[&str]) -> Cron {
        Cron {
            schedules: schedules.iter().map(|one| (*one).into()).collect(),
            ..Cron::default()
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn reckoned(mut cron: Cron) -> Option<Next> {
        cron.reckon(at("2026-11-22T20:00:00Z"), |name| {
            (name == "Asia/Tokyo").then(|| TimeZone::fixed(jiff::tz::offset(9)))
        });
        cron.next
    }

    #[test]
    fn the_next_run_is_the_soonest_of_all_schedules_and_says_what_it_assumes() {
        let next = reckoned(cron(&["0 2 * * *", "30 23 * * *"])).unwrap();
        assert_eq!(next.at, at("2026-11-22T23:30:00Z"));
        assert!(next.assumed, "no place is named");
        let mut tokyo = cron(&["0 6 * * *"]);
        tokyo.timezone = Some("Asia/Tokyo".into());
        let next = reckoned(tokyo).unwrap();
        assert_eq!((next.at, next.assumed), (at("2026-11-22T21:00:00Z"), false));
    }

    #[test]
    fn nothing_is_said_that_is_not_known() {
        let mut suspended = cron(&["0 2 * * *"]);
        suspended.suspended = true;
        let mut elsewhere = cron(&["0 2 * * *"]);
        elsewhere.timezone = Some("Mars/Olympus".into());
        let mut other_clock = cron(&["0 2 * * *"]);
        other_clock.last = Some(at("2026-11-22T01:00:00Z"));
        let mut ended = cron(&["0 2 * * *"]);
        ended.ended = true;
        let cases = [
            suspended,
            elsewhere,
            other_clock,
            ended,
            cron(&[]),
            cron(&["0 2 * * *", "@every 90m"]),
        ];
        for one in cases {
            assert_eq!(reckoned(one.clone()), None, "{one:?}");
        }
    }
}

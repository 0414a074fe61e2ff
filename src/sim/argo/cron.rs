//! Cron workflows: when they fire, what they make, how much history they keep.
//! Apart from workflows, which do not know what made them.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::run::{Run, RunKey};
use super::world::World;
use crate::model::schedule::Schedule;
use crate::sim::clock::{at, rfc3339};
use crate::sim::resource::{CRONS, WORKFLOWS};
use crate::sim::store::{Edit, Origin};

/// A cron workflow.
#[derive(Clone, Debug)]
pub struct Cron {
    /// Where it is.
    pub key: RunKey,
    uid: String,
    schedules: Vec<Schedule>,
    zone: TimeZone,
    suspended: bool,
    forbid: bool,
    template: Value,
    meta: Value,
    keep: [usize; 2],
    active: Vec<String>,
    ended: [Vec<String>; 2],
    counts: [u64; 2],
    last: Option<i64>,
}

impl Cron {
    /// Reads a CronWorkflow; `None` where its schedule cannot be read (the controller only logs that).
    pub fn read(object: &Value) -> Option<Self> {
        let spec = &object["spec"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let schedules: Option<Vec<Schedule>> = match spec["schedules"].as_array() {
            Some(all) => all.iter().map(|s| Schedule::parse(s.as_str()?)).collect(),
            None => Some(vec![Schedule::parse(spec["schedule"].as_str()?)?]),
        };
        let limit = |key: &str, default: u64| {
            usize::try_from(spec[key].as_u64().unwrap_or(default)).unwrap_or(1)
        };
        Some(Self {
            key: RunKey::new(
                object["metadata"]["namespace"].as_str().unwrap_or_default(),
                object["metadata"]["name"].as_str().unwrap_or_default(),
            ),
            uid: text(&object["metadata"]["uid"]),
            schedules: schedules?,
            zone: (spec["timezone"].as_str())
                .and_then(|name| TimeZone::get(name).ok())
                .unwrap_or(TimeZone::UTC),
            suspended: spec["suspend"] == true,
            forbid: spec["concurrencyPolicy"] == "Forbid",
            template: spec["workflowSpec"].clone(),
            meta: spec["workflowMetadata"].clone(),
            keep: [
                limit("successfulJobsHistoryLimit", 3),
                limit("failedJobsHistoryLimit", 1),
            ],
            active: Vec::new(),
            ended: Default::default(),
            counts: [0, 0],
            last: None,
        })
    }

    /// When it fires next.
    pub fn next(&self, after: i64) -> Option<i64> {
        self.schedules
            .iter()
            .filter_map(|schedule| schedule.next(at(after), &self.zone))
            .map(jiff::Timestamp::as_millisecond)
            .min()
    }

    /// The workflow it makes now, if it may.
    pub fn fire(&mut self, world: &mut World) -> Option<Value> {
        if self.suspended || (self.forbid && !self.active.is_empty()) {
            return None;
        }
        let now = world.now;
        self.last = Some(now);
        let name = format!("{}-{}", self.key.name, now / 1000);
        let mut meta = json!({
            "name": name,
            "namespace": &*self.key.namespace,
            "labels": {"workflows.argoproj.io/cron-workflow": &*self.key.name},
            "annotations": {"workflows.argoproj.io/scheduled-time": rfc3339(now)},
            "ownerReferences": [{
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": CRONS.kind,
                "name": &*self.key.name,
                "uid": self.uid,
                "controller": true,
                "blockOwnerDeletion": true,
            }],
        });
        crate::sim::patch::merge(&mut meta, &self.meta);
        self.active.push(name);
        self.report(world);
        Some(json!({"metadata": meta, "spec": self.template}))
    }

    /// One of its workflows has ended: history beyond the limits goes.
    pub fn ended(&mut self, world: &mut World, run: &Run) {
        let name = run.name().to_owned();
        self.active.retain(|other| *other != name);
        let which = usize::from(run.phase() != "Succeeded");
        self.counts[which] += 1;
        self.ended[which].push(name);
        while self.ended[which].len() > self.keep[which] {
            let old = self.ended[which].remove(0);
            let key = RunKey::new(&self.key.namespace, &old);
            if let Some(object) = world.store.get(WORKFLOWS, &key.namespace, &old) {
                world
                    .store
                    .remove(WORKFLOWS, &key.namespace, &old, Origin::Controller);
                super::pods::collect_all(world, &key, &object.uid);
            }
        }
        self.report(world);
    }

    /// Writes its status.
    pub fn report(&self, world: &World) {
        let active: Vec<Value> = self
            .active
            .iter()
            .map(|name| json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "name": name, "namespace": &*self.key.namespace}))
            .collect();
        let status = json!({
            "active": active,
            "succeeded": self.counts[0],
            "failed": self.counts[1],
            "lastScheduledTime": self.last.map(rfc3339),
            "phase": "Active",
        });
        if world.quiet || (self.last.is_none() && self.active.is_empty()) {
            return;
        }
        let done = world.store.edit(
            CRONS,
            &self.key.namespace,
            &self.key.name,
            Origin::Controller,
            |current| {
                let mut value = current.value();
                value["status"] = status;
                Ok::<_, ()>(Edit::Replace(value))
            },
        );
        // A cron that is gone needs no status.
        drop(done);
    }
}

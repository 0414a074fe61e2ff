//! Pretended pods: scheduled, started, printing, ended, removed, as the scheduler and the kubelet would.
//! Apart from the workflow, which hears of its pods only later.

mod assess;
mod leaving;
mod object;
mod printing;

pub use assess::{assess, assess_members};
pub use leaving::leave;
pub use printing::print;
use printing::tell_lines;

use std::sync::Arc;

use super::RunKey;
use super::events;
use super::exec::Call;
use super::names::pod_name;
use super::plan::{Asked, Obstacle, Plan};
use super::run::Run;
use super::spec::Body;
use super::world::{Job, World};
use crate::sim::resource::PODS;
use crate::sim::store::Origin;

/// Name of the one Kubernetes node.
pub const HOST: &str = "demo-node-1";
/// How long a pod has to end after it was told to, milliseconds.
const GRACE: i64 = 10_000;

/// How long a daemon would run by itself, milliseconds.
const DAEMON: i64 = 86_400_000;
/// Address of every pod.
pub const ADDRESS: &str = "10.42.0.7";

/// What a pod comes to next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The scheduler looked at it.
    Scheduled,
    /// Its containers start, or cannot.
    Started,
    /// Its main container ends by itself.
    Ended,
    /// It was told to stop and stops.
    Killed,
    /// Somebody removes it.
    Removed,
    /// The kubelet tries the image again.
    Pull,
}

/// A pretended pod.
#[derive(Clone, Debug)]
pub struct Pod {
    /// Workflow.
    pub run: RunKey,
    /// Its uid.
    pub owner: String,
    /// Node id and name in the workflow.
    pub node: (String, String),
    /// Name.
    pub name: String,
    /// Uid.
    pub uid: String,
    /// Number, so that what was planned for an earlier pod of this name is not done to this one.
    pub serial: u64,
    /// What it does.
    pub plan: Plan,
    /// Image of main.
    pub image: String,
    /// Names of the working containers.
    pub mains: Vec<String>,
    /// Seconds it may run.
    pub deadline: Option<i64>,
    /// Created, scheduled, started, ended: milliseconds.
    pub created: i64,
    /// When a node took it.
    pub scheduled: Option<i64>,
    /// When main started.
    pub started: Option<i64>,
    /// When main ended, and its exit code.
    pub ended: Option<(i64, i32)>,
    /// Why it waits, reason and message.
    pub waiting: Option<(String, String)>,
    /// It was told to stop.
    pub killed: bool,
    /// It runs on beside what comes after it.
    pub daemon: bool,
    /// It was ended by its deadline.
    pub late: bool,
    /// It was removed while it worked.
    pub removed: bool,
    /// The controller has taken its result (label `completed`).
    pub completed: bool,
    /// Lines printed so far.
    pub printed: usize,
}

impl Pod {
    /// Ended or gone.
    pub fn over(&self) -> bool {
        self.ended.is_some()
    }

    fn key(&self) -> RunKey {
        RunKey {
            namespace: Arc::clone(&self.run.namespace),
            name: self.name.as_str().into(),
        }
    }

    fn id(&self) -> (&str, &str, &str) {
        (&self.run.namespace, &self.name, &self.uid)
    }
}

/// Creates the pod of a node. Where a pod of that name is left over from an earlier attempt, none is made:
/// the real controller does not see it, and the node waits for ever.
pub fn create(world: &mut World, run: &Run, call: &Call, id: &str) {
    let name = pod_name(run.name(), &call.name, &call.template.name);
    let key = RunKey::new(&run.key.namespace, &name);
    if world.store.get(PODS, &key.namespace, &name).is_some() {
        return;
    }
    let (display, attempt) = call.planned();
    let asked = Asked {
        annotations: &run.object["metadata"]["annotations"],
        display,
        template: &call.template.name,
        attempt,
        inputs: &super::exec::values(run, id),
        calm: world.calm.contains(&world.now),
    };
    let serial = world.serial();
    let mut rng = world.rng(&format!("{}/{name}/{}", key.namespace, run.uid));
    let mut plan = world.catalogue.plan(asked, &mut rng);
    let mut late = false;
    if let Some(most) = call.template.deadline
        && plan.run > most * 1000
    {
        plan.run = most * 1000;
        plan.exit = 143;
        late = true;
    }
    if call.template.daemon {
        // It serves until it is told to stop.
        plan.run = plan.run.max(DAEMON);
    }
    let mains = match &call.template.body {
        Body::Set(members) => members.iter().map(|(name, _)| name.clone()).collect(),
        _ => vec!["main".to_owned()],
    };
    let pod = Pod {
        run: run.key.clone(),
        owner: run.uid.clone(),
        node: (id.to_owned(), call.name.clone()),
        name,
        uid: world.store.uid(),
        serial,
        plan,
        image: call.template.image.clone(),
        mains,
        deadline: call.template.deadline,
        created: world.now,
        scheduled: None,
        started: None,
        ended: None,
        waiting: None,
        killed: false,
        daemon: call.template.daemon,
        late,
        removed: false,
        completed: false,
        printed: 0,
    };
    world.pods.insert(key.clone(), pod);
    let at = world.now + rng.range(50, 600);
    world.at(at, Job::Pod(key.clone(), serial, Stage::Scheduled));
    publish(world, &key);
}

/// Writes a pod to the store, unless it is quiet.
pub fn publish(world: &mut World, key: &RunKey) {
    if world.quiet {
        return;
    }
    if let Some(pod) = world.pods.get_mut(key)
        && !pod.removed
    {
        let now = world.now;
        tell_lines(&world.store, pod, now);
        world
            .store
            .put(PODS, object::render(pod), Origin::Controller);
    }
}

/// A pod comes to its next stage.
pub fn step(world: &mut World, key: &RunKey, serial: u64, stage: Stage) {
    let now = world.now;
    let Some(pod) = world
        .pods
        .get(key)
        .filter(|pod| pod.serial == serial && !pod.removed && !pod.over())
    else {
        return;
    };
    let mut pod = pod.clone();
    let mut rng = world.rng(&format!("{}/{serial}/{stage:?}/{now}", pod.uid));
    match stage {
        Stage::Scheduled => {
            if let Some(Obstacle::Unschedulable(words)) = &pod.plan.obstacle {
                let words = words.clone();
                pod.waiting = Some(("Unschedulable".to_owned(), words.clone()));
                events::pod(world, pod.id(), "FailedScheduling", &words, None);
            } else {
                pod.scheduled = Some(now);
                let text = format!(
                    "Successfully assigned {}/{} to {HOST}",
                    key.namespace, pod.name
                );
                events::pod(world, pod.id(), "Scheduled", &text, None);
                let at = now + rng.range(1_200, 4_000);
                world.at(at, Job::Pod(key.clone(), serial, Stage::Started));
            }
        }
        Stage::Started | Stage::Pull if pod.plan.obstacle == Some(Obstacle::Pull) => {
            pull(world, &mut pod, stage)
        }
        Stage::Started | Stage::Pull => {
            pod.started = Some(now);
            events::pod(
                world,
                pod.id(),
                "Started",
                "Container started",
                Some("spec.containers{main}"),
            );
            world.at(
                now + pod.plan.run,
                Job::Pod(key.clone(), serial, Stage::Ended),
            );
            if let Some(after) = pod.plan.step.deleted_after {
                let at = now + (after * 1000.0) as i64;
                world.at(at, Job::Pod(key.clone(), serial, Stage::Removed));
            }
            if !world.quiet {
                world.at(now, Job::Log(key.clone(), serial));
            }
        }
        Stage::Ended => pod.ended = Some((now, pod.plan.exit)),
        Stage::Killed => {
            let code = pod.plan.step.on_term.unwrap_or(143);
            pod.killed = true;
            pod.ended = Some((now, code));
        }
        Stage::Removed => {
            pod.removed = true;
            let store = Arc::clone(&world.store);
            store.remove(PODS, &key.namespace, &key.name, Origin::Controller);
            store.logs.forget(&key.namespace, &key.name);
        }
    }
    let (owner, cause) = (pod.run.clone(), format!("{}/{stage:?}/{now}", pod.uid));
    world.pods.insert(key.clone(), pod);
    publish(world, key);
    world.reconcile_late(&owner, &cause);
}

fn pull(world: &mut World, pod: &mut Pod, stage: Stage) {
    let image = pod.image.clone();
    let cause = format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: not found"
    );
    let tried = stage == Stage::Started
        || pod
            .waiting
            .as_ref()
            .is_some_and(|(reason, _)| reason == "ImagePullBackOff");
    let field = Some("spec.containers{main}");
    if tried {
        events::pod(
            world,
            pod.id(),
            "Failed",
            &format!("Failed to pull image \"{image}\": {cause}"),
            field,
        );
        pod.waiting = Some(("ErrImagePull".to_owned(), cause));
    } else {
        events::pod(
            world,
            pod.id(),
            "BackOff",
            &format!("Back-off pulling image \"{image}\""),
            field,
        );
        pod.waiting = Some((
            "ImagePullBackOff".to_owned(),
            format!("Back-off pulling image \"{image}\": ErrImagePull: {cause}"),
        ));
    }
    // The text flips between the two; the pause grows to the kubelet's five minutes.
    let wait = if tried { 15_000 } else { 285_000 };
    world.at(
        world.now + wait,
        Job::Pod(pod.key(), pod.serial, Stage::Pull),
    );
}

/// Tells a pod to stop; it ends a while later. One that has not started ends at once.
pub fn kill(world: &mut World, key: &RunKey) {
    let now = world.now;
    let Some(pod) = world
        .pods
        .get_mut(key)
        .filter(|pod| !pod.over() && !pod.killed)
    else {
        return;
    };
    pod.killed = true;
    let serial = pod.serial;
    if pod.started.is_none() {
        pod.ended = Some((now, 143));
        publish(world, key);
    } else {
        world.at(now + GRACE, Job::Pod(key.clone(), serial, Stage::Killed));
    }
}

/// The controller is done with a pod: label `completed`, and the pod is collected if the workflow says so.
pub fn complete(world: &mut World, run: &Run, key: &RunKey) {
    let Some(pod) = world.pods.get_mut(key).filter(|pod| !pod.completed) else {
        return;
    };
    pod.completed = true;
    let (serial, well) = (pod.serial, matches!(pod.ended, Some((_, 0))));
    publish(world, key);
    if let Some((strategy, delay)) = &run.spec.pod_gc
        && (strategy == "OnPodCompletion" || (strategy == "OnPodSuccess" && well))
    {
        let at = world.now + delay;
        world.at(at, Job::DeletePod(key.clone(), serial));
    }
}

/// Removes a pod whose time has come.
pub fn collect(world: &mut World, key: &RunKey, serial: u64) {
    let Some(pod) = world.pods.get(key).filter(|pod| pod.serial == serial) else {
        return;
    };
    if pod.over() {
        world.pods.remove(key);
        let store = Arc::clone(&world.store);
        store.remove(PODS, &key.namespace, &key.name, Origin::Controller);
        store.logs.forget(&key.namespace, &key.name);
    }
}

/// Removes all pods of a workflow.
pub fn collect_all(world: &mut World, run: &RunKey, owner: &str) {
    let mine: Vec<RunKey> = world
        .pods
        .iter()
        .filter(|(_, pod)| pod.run == *run && pod.owner == owner)
        .map(|(key, _)| key.clone())
        .collect();
    for key in mine {
        world.pods.remove(&key);
        world
            .store
            .remove(PODS, &key.namespace, &key.name, Origin::Controller);
        world.store.logs.forget(&key.namespace, &key.name);
    }
}

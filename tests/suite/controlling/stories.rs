//! What becomes of a QARun: it passes, fails, waits for people, is tried again, paused, cancelled, deleted, kept for a time.
//! Apart from the crash matrix, which tells one story many times.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tiphys::cluster::Cluster;
use tiphys::cluster::objects::{EVENTS, QARUNS, WORKFLOWS};
use tiphys::controller::run::{Health, run};
use tiphys::controller::{Controller, Time, serve};
use tiphys::model::delta::Scope;
use tiphys::model::qarun::{ConditionStatus, Phase, Spec, Verdict, condition};
use tiphys::sim::{Embedded, Options, Scenario};
use tiphys::wire::qarun::QaRun;

use super::world::{NS, Point, RUN, World, over};

const TWO: &str = "
service: refunds
image: i
criteria:
  - {id: total, text: t, kind: command, command: {argv: [x]}}
  - {id: mail, text: t, kind: command, command: {argv: [z]}}
";

const MANUAL: &str = "
service: refunds
image: i
criteria:
  - {id: total, text: t, kind: command, command: {argv: [x]}}
  - {id: copy, text: t, kind: manual, manual: {instructions: look at it}}
";

#[tokio::test(start_paused = true)]
async fn a_run_whose_criteria_are_met_passes_and_its_workflow_may_go() {
    let mut world = World::with(TWO, &[]).await;
    let controller = world.controller();
    world.until(&controller, over).await;
    world.look(&controller, 0).await;
    let status = world.status().await;
    assert_eq!(
        (status.phase.clone(), status.verdict),
        (Some(Phase::Succeeded), Some(Verdict::Pass))
    );
    assert_eq!(status.progress.as_deref(), Some("2/2"));
    assert_eq!(status.message.as_deref(), Some("2 of 2 criteria are met"));
    assert!(
        status
            .criteria
            .iter()
            .all(|one| one.verdict == Some(Verdict::Pass) && one.step.is_some())
    );
    let holds = |kind: &str| status.condition(kind).unwrap().status;
    assert_eq!(holds(condition::COMPLETE), ConditionStatus::True);
    assert_eq!(holds(condition::RECORDED), ConditionStatus::True);
    assert_eq!(holds(condition::ARTIFACTS_LOST), ConditionStatus::False);
    let works = world.works().await;
    assert_eq!((works.len(), works[0].is_held()), (1, false));
    assert_eq!(
        status.attempts[0].workflow_uid.as_deref(),
        Some(&*works[0].meta.uid)
    );
}

#[tokio::test(start_paused = true)]
async fn looking_again_and_again_writes_nothing() {
    let mut world = World::with(TWO, &[]).await;
    let controller = world.controller();
    world.until(&controller, over).await;
    world.look(&controller, 0).await;
    let sent = world.gate.sent().len();
    for _ in 0..100 {
        world.look(&controller, 0).await;
        world.pass(60).await;
    }
    assert_eq!(world.gate.sent().len(), sent);
    // And one who has just begun finds nothing to do either.
    let another = world.controller();
    world.look(&another, 0).await;
    assert_eq!(world.gate.sent().len(), sent);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_not_met_fails_the_run_and_is_named() {
    let mut world = World::with(TWO, &[json!({"mail": {"exit": 1, "outputs": {"verdict": "fail", "evidence": "it ended with 1"}}})]).await;
    let controller = world.controller();
    world.until(&controller, over).await;
    let status = world.status().await;
    assert_eq!(
        (status.phase.clone(), status.verdict),
        (Some(Phase::Failed), Some(Verdict::Fail))
    );
    assert_eq!(status.failing_step.as_deref(), Some("mail"));
    let mail = status.criteria.iter().find(|one| one.id == "mail").unwrap();
    assert_eq!(mail.evidence.as_deref(), Some("it ended with 1"));
    assert!(status.message.unwrap().starts_with("mail is not met"));
    assert_eq!(status.attempts[0].infrastructure, None);
}

#[tokio::test(start_paused = true)]
async fn a_manual_criterion_is_waited_for() {
    let mut world = World::with(MANUAL, &[]).await;
    let controller = world.controller();
    let waits =
        |run: Option<&QaRun>| run.is_some_and(|run| run.status().phase == Some(Phase::Suspended));
    world.until(&controller, waits).await;
    let status = world.status().await;
    assert_eq!(
        status.message.as_deref(),
        Some("waits for somebody to judge copy")
    );
    assert_eq!(status.progress.as_deref(), Some("1/2"));
    world.judge(1, "copy", "Failed").await;
    world.until(&controller, over).await;
    assert_eq!(world.status().await.verdict, Some(Verdict::Fail));
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_say_is_tried_again_as_often_as_allowed_and_a_person_may_ask_for_more() {
    let spec = format!("{TWO}\nretry: {{limit: 2, on: Infrastructure, backoff: {{seconds: 60}}}}");
    let broken = json!({"mail": {"exit": 125}});
    let mut world = World::with(&spec, &[broken.clone(), broken.clone(), broken]).await;
    let controller = world.controller();
    world.until(&controller, over).await;
    let status = world.status().await;
    assert_eq!(
        (status.phase.clone(), status.verdict),
        (Some(Phase::Error), Some(Verdict::Inconclusive))
    );
    assert_eq!((status.attempt, status.attempts.len()), (Some(3), 3));
    let gap = |n: usize| {
        let (end, next) = (
            status.attempts[n].finished_at,
            status.attempts[n + 1].started_at,
        );
        next.unwrap().duration_since(end.unwrap()).as_secs()
    };
    assert!(
        (60..75).contains(&gap(0)) && (120..135).contains(&gap(1)),
        "{} {}",
        gap(0),
        gap(1)
    );
    world.edit(json!({"spec": {"attempt": 4}})).await;
    world.until(&controller, over).await;
    let status = world.status().await;
    assert_eq!(
        (status.attempt, status.verdict),
        (Some(4), Some(Verdict::Pass))
    );
    assert!(world.gate.made().values().all(|count| *count == 1));
}

#[tokio::test(start_paused = true)]
async fn it_is_paused_and_goes_on_as_the_spec_says() {
    let mut world = World::with(&format!("{MANUAL}\nsuspend: true"), &[]).await;
    let controller = world.controller();
    world.look(&controller, 0).await;
    assert_eq!(world.status().await.phase, Some(Phase::Suspended));
    assert!(world.gate.made().is_empty(), "nothing is begun");
    world.edit(json!({"spec": {"suspend": false}})).await;
    world.look(&controller, 0).await;
    assert_eq!(world.gate.made().len(), 1);
    world.edit(json!({"spec": {"suspend": true}})).await;
    world.look(&controller, 0).await;
    assert!(world.works().await[0].suspended);
    assert_eq!(world.status().await.phase, Some(Phase::Suspended));
    world.edit(json!({"spec": {"suspend": false}})).await;
    world.look(&controller, 0).await;
    assert!(!world.works().await[0].suspended);
}

#[tokio::test(start_paused = true)]
async fn it_is_cancelled_before_and_while_it_runs() {
    let mut world = World::with(&format!("{TWO}\nshutdown: Stop"), &[]).await;
    let controller = world.controller();
    world.until(&controller, over).await;
    assert_eq!(world.status().await.phase, Some(Phase::Cancelled));
    assert!(world.gate.made().is_empty());

    let mut world = World::with(&format!("{MANUAL}\nretry: {{limit: 5, on: Both}}"), &[]).await;
    let controller = world.controller();
    world.look(&controller, 0).await;
    world.pass(30).await;
    world.edit(json!({"spec": {"shutdown": "Stop"}})).await;
    world.until(&controller, over).await;
    let status = world.status().await;
    assert_eq!(
        (status.phase.clone(), status.verdict),
        (Some(Phase::Cancelled), Some(Verdict::Inconclusive))
    );
    assert_eq!(
        status.attempts.len(),
        1,
        "nothing follows what somebody ended"
    );
}

#[tokio::test(start_paused = true)]
async fn a_workflow_that_is_gone_is_said_to_be_lost() {
    let mut world = World::with(MANUAL, &[]).await;
    let controller = world.controller();
    world.look(&controller, 0).await;
    world.pass(30).await;
    world.look(&controller, 0).await;
    let work = world.works().await.remove(0);
    world.take_away(&work).await;
    world.until(&controller, over).await;
    let status = world.status().await;
    assert_eq!(
        (status.phase.clone(), status.verdict),
        (Some(Phase::Error), Some(Verdict::Inconclusive))
    );
    assert_eq!(
        status.condition(condition::ARTIFACTS_LOST).unwrap().status,
        ConditionStatus::True
    );
}

#[tokio::test(start_paused = true)]
async fn another_workflow_of_the_name_is_not_touched() {
    let mut world = World::with(TWO, &[]).await;
    let controller = world.controller();
    let name = tiphys::controller::workflow_name(&world.run().await.unwrap(), 1);
    let other = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": name, "namespace": NS}, "spec": {
        "entrypoint": "m", "templates": [{"name": "m", "suspend": {}}],
    }});
    let direct = Cluster::from_service(world.embedded.api.clone(), "direct");
    let before = direct.create(WORKFLOWS, NS, &other).await.unwrap();
    world.until(&controller, over).await;
    let status = world.status().await;
    assert_eq!(status.phase, Some(Phase::Error));
    assert_eq!(
        status.condition(condition::SCHEDULED).unwrap().reason,
        "Conflict"
    );
    let version =
        |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).unwrap()["spec"].clone();
    let after = direct.kept(WORKFLOWS, NS, &name).await.unwrap().unwrap();
    assert_eq!(version(&after), version(&before));
}

/// A process can be stopped at any instruction, and no server can be asked to create something only if something else holds.
#[tokio::test(start_paused = true)]
async fn who_is_stopped_before_a_creation_until_all_is_over_makes_nothing_that_begins() {
    let mut world = World::with(TWO, &[]).await;
    let (late, other) = (Arc::new(world.controller()), world.controller());
    let wake = world.gate.stop_before_creating();
    world.tell(&late, 0).await;
    let uid = world.run().await.unwrap().metadata.uid;
    let stopped = tokio::spawn(async move { late.reconcile(&uid).await });
    tokio::task::yield_now().await;
    world.until(&other, over).await;
    world.look(&other, 0).await;
    let (first, before) = (world.works().await.remove(0), world.status().await);
    world.take_away(&first).await;
    assert_eq!(world.works().await.len(), 0);
    wake.notify_one();
    stopped.await.unwrap().unwrap();
    let second = world.works().await.remove(0);
    assert_ne!(second.meta.uid, first.meta.uid, "it was made all the same");
    for _ in 0..20 {
        world.look(&other, 0).await;
        world.pass(15).await;
    }
    let second = world.works().await.remove(0);
    assert!(second.is_over() && !second.is_held(), "{second:?}");
    let ran = |step: &&tiphys::model::workflow::Step| step.kind.is_leaf();
    assert_eq!(second.flow.steps.iter().filter(ran).count(), 0);
    assert_eq!(world.status().await, before);
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_workflow_runs_before_the_status_has_its_uid() {
    let mut world = World::with(TWO, &[]).await;
    // Finalizer, status, event, creation; and then the controller ends.
    let creation = 3;
    world.gate.end_at(creation, Point::Replied);
    let controller = world.controller();
    world.look(&controller, 0).await;
    let sent = world.gate.sent();
    assert!(
        sent[creation].starts_with("POST") && sent[creation].ends_with("/workflows"),
        "{sent:?}"
    );
    world.pass(600).await;
    let work = world.works().await.remove(0);
    assert!(
        work.is_kept_back() && work.flow.steps.is_empty(),
        "{work:?}"
    );
    world.gate.revive();
    let another = world.controller();
    world.until(&another, over).await;
    assert_eq!(world.status().await.verdict, Some(Verdict::Pass));
    assert!(world.gate.made().values().all(|count| *count == 1));
}

#[tokio::test(start_paused = true)]
async fn a_spec_that_nothing_can_be_made_of_says_so_and_is_not_tried_again() {
    let mut world = World::with(
        "{service: x, criteria: [{id: a, text: t, kind: command, command: {argv: [x]}}]}",
        &[],
    )
    .await;
    let controller = world.controller();
    world.look(&controller, 0).await;
    let status = world.status().await;
    let accepted = status.condition(condition::ACCEPTED).unwrap();
    assert_eq!(
        (accepted.status, status.phase.clone()),
        (ConditionStatus::False, Some(Phase::Pending))
    );
    assert!(accepted.message.contains("image"), "{}", accepted.message);
    let sent = world.gate.sent().len();
    world.look(&controller, 0).await;
    assert_eq!(world.gate.sent().len(), sent);
    world.edit(json!({"spec": {"image": "i"}})).await;
    world.until(&controller, over).await;
    assert_eq!(world.status().await.verdict, Some(Verdict::Pass));
}

#[tokio::test(start_paused = true)]
async fn it_is_deleted_when_its_time_has_come() {
    let mut world = World::with(&format!("{TWO}\nttl: {{successSeconds: 600}}"), &[]).await;
    let controller = world.controller();
    world.until(&controller, over).await;
    let end = world.status().await.finished_at.unwrap();
    world.until(&controller, |run| run.is_none()).await;
    let late = world
        .embedded
        .clock
        .timestamp()
        .duration_since(end)
        .as_secs();
    assert!((600..=610).contains(&late), "{late}");
    world.look(&controller, 0).await;
    world.pass(5).await;
    assert_eq!(world.works().await.len(), 0, "nothing is left");
}

#[tokio::test(start_paused = true)]
async fn deleting_one_that_runs_ends_its_workflow_and_holds_nothing_for_long() {
    let mut world = World::with(MANUAL, &[]).await;
    let controller = world.controller();
    world.look(&controller, 0).await;
    world.pass(30).await;
    world.look(&controller, 0).await;
    world.delete().await;
    let begun = world.embedded.clock.timestamp();
    world.until(&controller, |run| run.is_none()).await;
    assert!(
        world
            .embedded
            .clock
            .timestamp()
            .duration_since(begun)
            .as_secs()
            <= 60
    );
    world.pass(5).await;
    assert_eq!(world.works().await.len(), 0);
}

/// The whole of it, with feeds, on a cluster whose time runs: three at once, none of which knows of the others.
#[tokio::test(start_paused = true)]
async fn three_controllers_at_once_make_one_workflow_an_attempt() {
    let options = Options {
        scenario: Scenario::Empty,
        epoch: Some(crate::bench::EPOCH.parse().unwrap()),
        ..Options::default()
    };
    let embedded = Embedded::start(options).unwrap();
    let direct = Cluster::from_service(embedded.api.clone(), "direct");
    let mut controllers = Vec::new();
    for _ in 0..3 {
        let clock = embedded.clock.clone();
        let cluster = Cluster::from_service(embedded.api.clone(), "c");
        let controller = Arc::new(Controller::new(
            cluster,
            Time::of(move || clock.timestamp(), 1.0),
            50.0,
        ));
        let health = Arc::new(Health::default());
        let scope = Scope::Namespaces(vec![NS.into()]);
        let (worker, state) = (controller.clone(), health.clone());
        let job =
            tokio::spawn(
                async move { run(worker, state, &scope, 8, std::future::pending()).await },
            );
        controllers.push((controller, health, job));
    }
    for n in 0..10 {
        let spec: Spec = serde_saphyr::from_str(TWO).unwrap();
        let object = serde_json::to_value(QaRun::new(NS, &format!("{RUN}-{n}"), spec)).unwrap();
        direct.create(QARUNS, NS, &object).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(900)).await;
    let mut names = Vec::new();
    for n in 0..10 {
        let bytes = direct
            .kept(QARUNS, NS, &format!("{RUN}-{n}"))
            .await
            .unwrap()
            .unwrap();
        let status = QaRun::read(&bytes).unwrap().status();
        assert_eq!(
            (status.verdict, status.attempts.len()),
            (Some(Verdict::Pass), 1),
            "{status:#?}"
        );
        names.push(status.attempts[0].workflow.clone());
    }
    let (controller, health, _) = &controllers[0];
    let answer = |path: &str| serve::answer(path, controller, health).status().as_u16();
    assert_eq!(
        [
            answer("/healthz"),
            answer("/readyz"),
            answer("/metrics"),
            answer("/x")
        ],
        [200, 200, 200, 404]
    );
    let text = controller.metrics.text(&controller.cache);
    assert!(
        text.contains("tiphys_qaruns{phase=\"Succeeded\",verdict=\"pass\"} 10"),
        "{text}"
    );
    let created = |text: &str| -> u64 {
        let line = text
            .lines()
            .find(|line| line.starts_with("tiphys_attempts_total "));
        line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
    };
    let all: u64 = controllers
        .iter()
        .map(|(one, _, _)| created(&one.metrics.text(&one.cache)))
        .sum();
    assert_eq!(all, 10, "each once, whoever made it");
    assert!(direct.kept(EVENTS, NS, "none").await.unwrap().is_none());
    for (_, _, job) in controllers {
        job.abort();
    }
}

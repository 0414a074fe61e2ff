//! Plans for tasks, runs and rules that are written down.
//! Apart from deciding, which they are longer than.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::bridge::{KEY, label};
use crate::model::qarun::{Phase, Spec, Status};
use crate::model::task::{Priority, Status as TaskStatus, Task};

const NOW: &str = "2026-11-27T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A task in review: its id, and those it depends on.
fn subject(id: &str, needs: &[&str]) -> Subject {
    Subject {
        target: Target {
            tag: "master".to_owned(),
            id: TaskId::new(id),
        },
        task: Task {
            id: TaskId::new(id),
            status: TaskStatus::Review,
            dependencies: needs.iter().map(|id| TaskId::new(*id)).collect(),
            ..Task::default()
        },
        hash: format!("hash of {id}"),
        spec: Ok(Spec::default()),
        entry: None,
        boxes: Vec::new(),
    }
}

fn rules() -> Rules {
    Rules::default().of_folder("Shop Front")
}

/// The run of a subject, created at a time, and over where there is a verdict.
fn run(subject: &Subject, created: &str, verdict: Option<Verdict>) -> Arc<QaRun> {
    let name = run_name("shop-front", subject);
    let mut run = QaRun::new("qa", &name, Spec::default());
    run.metadata.creation_timestamp = Some(at(created));
    run.metadata.annotations = [(annotation::HASH.to_owned(), subject.hash.clone())].into();
    run.metadata.labels = [(label::PROJECT.to_owned(), "shop-front".to_owned())].into();
    run.status = verdict.map(|verdict| Status {
        phase: Some(Phase::Succeeded),
        verdict: Some(verdict),
        attempt: Some(1),
        finished_at: Some(at(NOW)),
        ..Status::default()
    });
    Arc::new(run)
}

fn plan(subjects: &[Subject], runs: &[Arc<QaRun>], rules: &Rules) -> Plan {
    let named = runs
        .iter()
        .map(|run| (run.metadata.name.clone(), run.clone()));
    decide(&View {
        subjects,
        runs: &named.collect(),
        rules,
        namespace: "qa",
        now: at(NOW),
    })
}

fn launched(plan: &Plan, subjects: &[Subject]) -> Vec<String> {
    let launch = |act: &Act| match act {
        Act::Launch { subject, .. } => Some(subjects[*subject].target.id.to_string()),
        Act::Tick { .. } | Act::Report { .. } => None,
    };
    plan.acts.iter().filter_map(launch).collect()
}

fn held(plan: &Plan, id: &str) -> String {
    let of = |held: &&Held| held.target.id.as_str() == id;
    plan.held
        .iter()
        .find(of)
        .map(|held| held.why.clone())
        .unwrap_or_default()
}

#[test]
fn a_name_is_a_label_and_differs_by_everything_that_makes_a_version() {
    let one = subject("15.10", &[]);
    let name = run_name("shop-front", &one);
    assert!(
        name.starts_with("shop-front-15-10-") && name.len() <= 44,
        "{name}"
    );
    let mut other = one.clone();
    other.hash.push('x');
    let mut tagged = one.clone();
    tagged.target.tag = "feature".to_owned();
    let names = [
        name,
        run_name("shop", &one),
        run_name("shop-front", &other),
        run_name("shop-front", &tagged),
        run_name("shop-front", &subject("15.1", &[])),
    ];
    let different: std::collections::BTreeSet<&String> = names.iter().collect();
    assert_eq!(different.len(), names.len(), "{names:?}");
    let strange = run_name(&"Ä".repeat(90), &subject("../задача", &[]));
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    assert!(
        strange.chars().all(good) && !strange.starts_with('-'),
        "{strange}"
    );
}

#[test]
fn what_others_depend_on_comes_first_and_what_depends_waits_until_it_has_passed() {
    let all = [
        subject("1", &["2"]),
        subject("2", &["3", "99"]),
        subject("3", &[]),
        subject("4", &["4"]),
    ];
    let first = plan(&all, &[], &rules());
    assert_eq!(launched(&first, &all), ["3"]);
    assert!(
        held(&first, "2").starts_with("it waits for 3,"),
        "{first:?}"
    );
    assert!(
        held(&first, "4").starts_with("it waits for 4,"),
        "itself: never"
    );
    for (verdict, then) in [
        (None, vec![]),
        (Some(Verdict::Fail), vec![]),
        (Some(Verdict::Inconclusive), vec![]),
        (Some(Verdict::Pass), vec!["2"]),
    ] {
        let runs = [run(&all[2], NOW, verdict)];
        assert_eq!(
            launched(&plan(&all, &runs, &rules()), &all),
            then,
            "{verdict:?}"
        );
    }
    let mut done = all.clone();
    done[1].task.status = TaskStatus::Done;
    assert_eq!(launched(&plan(&done, &[], &rules()), &done), ["3", "1"]);
    let ignored = Rules {
        dependencies: Dependencies::Ignored,
        ..rules()
    };
    assert_eq!(
        launched(&plan(&all, &[], &ignored), &all),
        ["3", "2", "1", "4"]
    );
}

#[test]
fn pressing_ones_come_first_and_no_more_than_the_rules_allow() {
    let mut all: Vec<Subject> = (1..=6).map(|n| subject(&n.to_string(), &[])).collect();
    all[4].task.priority = Priority::High;
    let two = Rules {
        at_once: 2,
        ..rules()
    };
    let first = plan(&all, &[], &two);
    assert_eq!(launched(&first, &all), ["5", "1"]);
    assert_eq!(
        held(&first, "2"),
        "2 QARuns are not over, and `at-once` is 2"
    );
    let hourly = Rules {
        per_hour: 2,
        ..rules()
    };
    let runs = [
        run(&all[0], "2026-11-27T10:59:59Z", Some(Verdict::Pass)),
        run(&all[1], "2026-11-27T11:20:00Z", Some(Verdict::Pass)),
    ];
    let next = plan(&all, &runs, &hourly);
    assert_eq!(launched(&next, &all), ["5"]);
    assert_eq!(
        held(&next, "3"),
        "2 QARuns were created within an hour, and `per-hour` is 2"
    );
    assert_eq!(next.again, Some(at("2026-11-27T12:20:00Z")));
}

#[test]
fn what_is_no_version_of_its_own_gets_nothing() {
    let mut all = [
        subject("1", &[]),
        subject("2", &[]),
        subject("3", &[]),
        subject("4", &[]),
    ];
    all[0].task.status = TaskStatus::InProgress;
    all[1].spec = Err("it has no criteria".to_owned());
    all[2].entry = Some(Entry {
        run: "qa/gone".to_owned(),
        hash: all[2].hash.clone(),
        ..Entry::default()
    });
    let skipping = Rules::read("[[rule]]\ntasks = [\"4*\"]\nskip = true").unwrap();
    let plan = plan(&all, &[], &skipping.of_folder("shop front"));
    assert_eq!(plan.acts, []);
    assert_eq!(held(&plan, "1"), "", "nobody asked for it");
    assert_eq!(held(&plan, "2"), "it has no criteria");
    assert!(held(&plan, "3").starts_with("its QARun qa/gone is gone without a verdict"));
    assert_eq!(held(&plan, "4"), "a rule leaves it out");
}

/// What a plan would tell the only task there is.
fn told(subject: &Subject, run: Arc<QaRun>, rules: &Rules) -> Vec<Change> {
    let plan = plan(std::slice::from_ref(subject), &[run], rules);
    match plan.acts.first() {
        Some(Act::Report { changes, .. }) => changes.clone(),
        _ => Vec::new(),
    }
}

fn key_of(changes: &[Change]) -> Entry {
    match &changes[0] {
        Change::Metadata { key, value } if key == KEY => {
            serde_json::from_value(value.clone()).unwrap()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_task_is_told_once_that_it_is_verified_and_once_what_was_found() {
    let mut one = subject("1", &[]);
    let begun = told(&one, run(&one, NOW, None), &rules());
    assert_eq!((begun.len(), key_of(&begun).verdict), (1, None));
    one.entry = Some(key_of(&begun));
    assert_eq!(told(&one, run(&one, NOW, None), &rules()), []);
    let over = run(&one, NOW, Some(Verdict::Pass));
    let found = told(&one, over.clone(), &rules());
    assert_eq!(key_of(&found).verdict, Some(Verdict::Pass));
    assert_eq!(
        found.len(),
        1,
        "the status is nobody's business unless a rule says so"
    );
    one.entry = Some(key_of(&found));
    assert_eq!(told(&one, over.clone(), &rules()), []);
    // Tried again: it says what the last try found until the next one has.
    let mut again = (*over).clone();
    again.spec.attempt = Some(2);
    assert_eq!(told(&one, Arc::new(again.clone()), &rules()), []);
    let status = again.status.as_mut().unwrap();
    (status.attempt, status.verdict) = (Some(2), Some(Verdict::Fail));
    let next = key_of(&told(&one, Arc::new(again), &rules()));
    assert_eq!((next.verdict, next.attempt), (Some(Verdict::Fail), Some(2)));
}

#[test]
fn the_status_follows_the_verdict_of_what_the_task_says_now() {
    let text = "[report]\npass = \"done\"\nfail = \"in-progress\"\nlink = \"https://qa/{namespace}/{name}\"";
    let rules = Rules::read(text).unwrap().of_folder("shop front");
    let one = subject("1", &[]);
    let moved = |changes: &[Change]| match changes.get(1) {
        Some(Change::Status { from, to }) => Some((from.clone(), to.clone())),
        _ => None,
    };
    let to = |to: &str| Some(("review".to_owned(), to.to_owned()));
    for (verdict, wanted, count) in [
        (Verdict::Pass, to("done"), 2),
        (Verdict::Fail, to("in-progress"), 3),
        (Verdict::Inconclusive, None, 1),
    ] {
        let changes = told(&one, run(&one, NOW, Some(verdict)), &rules);
        assert_eq!(
            (moved(&changes), changes.len()),
            (wanted, count),
            "{verdict:?}"
        );
        let link = key_of(&changes).link.unwrap();
        assert!(link.starts_with("https://qa/qa/shop-front-1-"), "{link}");
    }
    // It says something else now: the verdict is noted with what it was about, and the new version is verified.
    let over = run(&one, NOW, Some(Verdict::Pass));
    let mut changed = one.clone();
    changed.hash = "another".to_owned();
    changed.entry = Some(Entry {
        run: format!("qa/{}", over.metadata.name),
        hash: one.hash.clone(),
        ..Entry::default()
    });
    let plan = plan(&[changed.clone()], std::slice::from_ref(&over), &rules);
    assert_eq!(launched(&plan, &[changed.clone()]), ["1"]);
    assert_eq!(told(&changed, over, &rules).len(), 1);
}

#[test]
fn boxes_are_ticked_with_the_verdict_on_request_and_never_again() {
    let mut one = subject("1", &[]);
    let one_box = |id: &str, ticked| CheckBox {
        criteria: vec![(id.to_owned(), id.to_owned())],
        path: "docs/task-1/acceptance-criteria.md".to_owned(),
        label: id.to_owned(),
        at: 0,
        ticked,
    };
    one.boxes = vec![one_box("a", false), one_box("b", false), one_box("c", true)];
    let mut made = run(&one, NOW, Some(Verdict::Fail)).as_ref().clone();
    for (id, verdict) in [
        ("a", Verdict::Pass),
        ("b", Verdict::Fail),
        ("c", Verdict::Pass),
    ] {
        made.spec.criteria.push(crate::model::qarun::Criterion {
            id: id.to_owned(),
            text: id.to_owned(),
            ..serde_json::from_value(serde_json::json!(
                {"id": "x", "text": "x", "kind": "manual", "manual": {}}
            ))
            .unwrap()
        });
        let status = made.status.as_mut().unwrap();
        status.criteria.push(crate::model::qarun::CriterionStatus {
            id: id.to_owned(),
            verdict: Some(verdict),
            ..Default::default()
        });
    }
    let runs = [Arc::new(made.clone())];
    let on = Rules::read("[report]\ntick = true").unwrap();
    let on = on.of_folder("Shop Front");
    let ticks = |subject: &Subject, rules: &Rules| {
        let plan = plan(std::slice::from_ref(subject), &runs, rules);
        let labels = |act: &Act| match act {
            Act::Tick { boxes, .. } => boxes.iter().map(|one| one.label.clone()).collect(),
            _ => Vec::new(),
        };
        // Before the task is told: whoever ends in between does it again.
        let told = plan
            .acts
            .last()
            .is_some_and(|act| matches!(act, Act::Report { .. }));
        (
            plan.acts.iter().flat_map(labels).collect::<Vec<String>>(),
            told,
        )
    };
    assert_eq!(ticks(&one, &on), (vec!["a".to_owned()], true));
    assert_eq!(ticks(&one, &rules()), (Vec::new(), true));
    one.entry = Entry::of(&made, &one.hash, &on);
    assert_eq!(
        ticks(&one, &on),
        (Vec::new(), false),
        "a person may untick it"
    );
}

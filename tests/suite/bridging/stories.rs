//! What becomes of tasks that are to be verified, and of what others do with the file meanwhile.
//! Apart from the crash matrix, which tells one story many times.

use serde_json::json;
use tiphys::bridge::Looked;

use super::world::{FILE, NS, RULES, World};

fn some(word: &str) -> Option<String> {
    Some(word.to_owned())
}

#[tokio::test(start_paused = true)]
async fn each_task_in_review_is_verified_once_and_told_what_was_found() {
    let mut world = World::new();
    let bridge = world.plain(RULES);
    let first = world.look(&bridge).await;
    assert_eq!((first.done.len(), first.failed.len()), (4, 0), "{first:?}");
    assert_eq!(world.told(1), ("review".to_owned(), None));
    let run = world.task(1)["metadata"]["qaRun"]["run"].clone();
    assert!(
        run.as_str().unwrap().starts_with("default/shop-1-"),
        "{run}"
    );
    for _ in 0..40 {
        world.look(&bridge).await;
        world.pass(5).await;
    }
    assert_eq!(world.told(1), ("done".to_owned(), some("pass")));
    assert_eq!(world.told(2), ("in-progress".to_owned(), some("fail")));
    assert_eq!(world.told(3), ("pending".to_owned(), None));
    // What else is in the file is as it was: the file with what was told taken out again is the file before.
    let two = world.task(2);
    assert_eq!(two["metadata"]["jira"], json!("QA-7"));
    let note = two["details"].as_str().unwrap();
    assert!(note.starts_with("[tiphys] QA verdict at 2026-"), "{note}");
    assert!(note.contains("Z: fail, 0/1 criteria are met"), "{note}");
    assert!(
        note.contains("* fail: sepa check-cutoff ends with 0"),
        "{note}"
    );
    let begin = &FILE[..FILE.find("      {\n        \"id\": \"2\"").unwrap()];
    let begin = begin.split("\"status\"").next().unwrap();
    assert!(world.text().starts_with(begin));
    assert!(
        world
            .text()
            .ends_with(&FILE[FILE.find("      {\n        \"id\": 3").unwrap()..])
    );
    // And there is nothing more to do, for ever.
    let (text, sent) = (world.text(), world.gate.made());
    for _ in 0..20 {
        assert_eq!(world.look(&bridge).await.done, [""; 0]);
        world.pass(60).await;
    }
    assert_eq!((world.text(), world.gate.made()), (text, sent));
    let spec = &world.runs().await[0].spec;
    let trigger = spec.trigger.clone().unwrap();
    assert_eq!(trigger.reference.as_deref(), Some("review"));
    assert_eq!(world.runs().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_a_controller_it_waits_and_needs_nobody_to_start_it_again() {
    let mut world = World::new();
    world.up = false;
    let bridge = world.plain(RULES);
    for _ in 0..20 {
        world.look(&bridge).await;
        world.pass(60).await;
    }
    assert_eq!(world.told(1), ("review".to_owned(), None));
    world.up = true;
    for _ in 0..40 {
        world.look(&bridge).await;
        world.pass(5).await;
    }
    assert_eq!(world.told(1), ("done".to_owned(), some("pass")));
    assert!(world.gate.made().values().all(|times| *times == 1));
}

/// What `task-master set-status` 0.43.1 makes of a file that it has read some time ago: measured, see the reference.
fn as_task_master_writes(read: &str, id: &str, status: &str) -> String {
    let mut root: serde_json::Value = serde_json::from_str(read).unwrap();
    for task in root["master"]["tasks"].as_array_mut().unwrap() {
        let now = task["id"].to_string().trim_matches('"').to_owned();
        task["id"] = now.clone().into();
        let needs = task["dependencies"].as_array_mut().unwrap();
        needs
            .iter_mut()
            .for_each(|one| *one = one.to_string().trim_matches('"').into());
        task["subtasks"] = json!([]);
        if now == id {
            task["status"] = status.into();
            task["updatedAt"] = "2026-11-27T10:00:00.000Z".into();
        }
    }
    root["master"]["metadata"] = json!({"version": "1.0.0", "taskCount": 3});
    serde_json::to_string_pretty(&root).unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_task_master_puts_back_is_told_again_and_verified_never_again() {
    let mut world = World::new();
    let bridge = world.plain(RULES);
    let stale = world.text();
    for _ in 0..40 {
        world.look(&bridge).await;
        world.pass(5).await;
    }
    // It had read the file before any of this, and writes now.
    world.write(&as_task_master_writes(&stale, "3", "in-progress"));
    assert_eq!(world.told(1), ("review".to_owned(), None));
    let again = world.look(&bridge).await;
    assert_eq!(again.done.len(), 2, "{again:?}");
    assert_eq!(world.told(1), ("done".to_owned(), some("pass")));
    assert_eq!(world.told(2), ("in-progress".to_owned(), some("fail")));
    assert_eq!(world.told(3).0, "in-progress", "theirs stays");
    assert_eq!(world.gate.made().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_a_person_decides_stays() {
    let mut world = World::new();
    let bridge = world.plain(RULES);
    world.look(&bridge).await;
    // Somebody takes the task up again while it is verified.
    world.write(
        &world
            .text()
            .replacen("\"status\": \"review\"", "\"status\": \"deferred\"", 1),
    );
    for _ in 0..40 {
        world.look(&bridge).await;
        world.pass(5).await;
    }
    assert_eq!(world.told(1), ("deferred".to_owned(), some("pass")));
    // Somebody puts a task that failed back: what it says was verified, and it is said why nothing happens.
    world.write(
        &world
            .text()
            .replace("\"status\": \"in-progress\"", "\"status\": \"review\""),
    );
    let looked = world.look(&bridge).await;
    assert_eq!(looked.done, [""; 0]);
    assert!(
        looked.held[0]
            .why
            .starts_with("what it says was verified already: fail")
            || looked.held.is_empty(),
        "{looked:?}"
    );
    assert_eq!(world.told(2), ("review".to_owned(), some("fail")));
    assert_eq!(world.runs().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn another_version_is_verified_and_a_deleted_run_is_not_made_again() {
    let mut world = World::new();
    let bridge = world.plain("project = \"shop\"");
    for _ in 0..40 {
        world.look(&bridge).await;
        world.pass(5).await;
    }
    assert_eq!(world.told(2), ("review".to_owned(), some("fail")));
    world.delete_runs().await;
    let looked = world.look(&bridge).await;
    assert_eq!((looked.done, looked.held.len()), (Vec::new(), 2));
    assert!(looked.held[1].why.contains("verified already: fail"));
    world.write(
        &world
            .text()
            .replace("check-cutoff ends", "check-cutoff --all ends"),
    );
    let looked = world.look(&bridge).await;
    assert_eq!(looked.done.len(), 2, "created, and told: {looked:?}");
    let runs = world.runs().await;
    assert_eq!(runs.len(), 1);
    assert!(
        world.told(2).1.is_none(),
        "the verdict was about what it said before"
    );
    // Deleted before it was over: it is said, and nothing is created behind a person's back.
    world.up = false;
    world.delete_all_at_once().await;
    let looked = world.look(&bridge).await;
    let why = &looked
        .held
        .iter()
        .find(|held| held.target.id.as_str() == "2");
    assert!(
        why.unwrap().why.contains("is gone without a verdict"),
        "{looked:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn while_the_file_is_broken_nothing_is_lost() {
    let mut world = World::new();
    let bridge = world.plain(RULES);
    world.look(&bridge).await;
    let whole = world.text();
    world.write(&whole[..whole.len() / 2]);
    let mut broken = Looked::default();
    for _ in 0..40 {
        broken = world.look(&bridge).await;
        world.pass(5).await;
    }
    assert!(
        broken.failed.iter().any(|why| why.contains("restore it")),
        "{broken:?}"
    );
    assert_eq!(world.text(), whole[..whole.len() / 2]);
    world.write(&whole);
    world.look(&bridge).await;
    assert_eq!(world.told(2), ("in-progress".to_owned(), some("fail")));
    assert_eq!(world.gate.made().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_something_else_has_is_told_and_left() {
    let world = World::new();
    let bridge = world.plain(RULES);
    world.look(&bridge).await;
    let name = world.runs().await[0].metadata.name.clone();
    let other = World::new();
    let mut foreign = world.runs().await[0].clone();
    foreign.metadata.annotations.clear();
    foreign.metadata.uid = String::new();
    foreign.metadata.resource_version = String::new();
    other.put_run(&foreign).await;
    let bridge = other.plain(RULES);
    let looked = other.look(&bridge).await;
    let said = format!("{NS}/{name} is there and is about something else");
    assert!(
        looked.failed.iter().any(|why| why.contains(&said)),
        "{looked:?}"
    );
    assert_eq!(other.told(1), ("review".to_owned(), None));
}

//! What is shown before, and what is known after an answer that was lost.
//! Apart from what is sent.

use super::super::happened;
use super::*;

#[test]
fn text_of_a_cluster_is_clean_and_words_for_a_shell_are_quoted() {
    let evil = "w.b1\u{1b}[2J\u{202e}";
    let mut before = recorded("dag");
    before["status"]["nodes"]["w.b1"]["displayName"] = evil.into();
    before["status"]["phase"] = "Failed".into();
    let plan = ask(&before, RETRY).unwrap();
    let all = format!("{:?}", plan.preview);
    assert!(
        !all.contains('\u{1b}') && !all.contains("u{1b}") && !all.contains("u{202e}"),
        "{all}"
    );
    let said = refused(ask(&before, bypass("w.a", &[])));
    assert!(said.contains("has not failed"));
    for (word, quoted) in [
        ("a=b", "a=b"),
        ("", "''"),
        ("$(rm -rf /)", "'$(rm -rf /)'"),
        ("it's", "'it'\\''s'"),
    ] {
        assert_eq!(super::super::shell(word), quoted);
    }
}

#[test]
fn a_body_too_long_to_read_is_summed_up() {
    let inside = json!({"boundaryID": "w", "message": "x".repeat(40)});
    let mut nodes = vec![node("w", "DAG", "Failed", json!({}))];
    nodes.extend((0..400).map(|n| node(&format!("w.t{n}"), "Pod", "Failed", inside.clone())));
    let plan = ask(&workflow("Failed", &nodes, json!({})), RETRY).unwrap();
    let last = plan.preview.requests.last().unwrap();
    assert_eq!((&*last.method, plan.preview.requests.len()), ("PATCH", 401));
    assert!(
        last.body
            .contains("bytes of metadata, spec, status; nodes: 400 removed, 1 written"),
        "{}",
        last.body
    );
    let plan = ask(&workflow("Running", &[], json!({})), Operation::Stop).unwrap();
    assert!(
        plan.preview.requests[0]
            .body
            .starts_with("[{\"op\":\"test\"")
    );
}

#[test]
fn the_digest_knows_what_is_done_and_not_when() {
    let before = recorded("dag");
    let digest =
        |object: &Value, operation: Operation| ask(object, operation).unwrap().preview.digest;
    let first = digest(&before, RETRY);
    let mut newer = before.clone();
    newer["metadata"]["resourceVersion"] = "8".into();
    let mut later = jane();
    later.at = "2026-11-22T22:00:00Z".parse().unwrap();
    let again = plan(&order(Kind::Workflow, &newer, RETRY), &newer, &later).unwrap();
    assert_eq!(first, again.preview.digest);
    assert_eq!(
        (&*again.preview.version, &*again.preview.phase),
        ("8", "Failed")
    );
    let mut more = before.clone();
    more["status"]["nodes"]["w.c"]["phase"] = "Failed".into();
    more["status"]["nodes"]["w.e"]["phase"] = "Omitted".into();
    assert_ne!(first, digest(&more, RETRY));
    assert_ne!(first, digest(&before, one("w.b1")));
    assert_ne!(digest(&before, one("w.b1")), digest(&before, one("w.b2")));
}

#[test]
fn a_lost_answer_is_told_by_the_stamp() {
    let before = recorded("dag");
    let wanted = order(Kind::Workflow, &before, RETRY);
    let plan = plan(&wanted, &before, &jane()).unwrap();
    let (now, _) = after(&before, &plan);
    assert_eq!(happened(&wanted, &plan, Some(&now)), Some(true));
    assert_eq!(happened(&wanted, &plan, Some(&before)), Some(false));
    assert_eq!(
        happened(&wanted, &plan, None),
        None,
        "it went, nobody knows after what"
    );
    let mut others = before.clone();
    others["metadata"]["annotations"]["tiphys.dev/at"] = "2026-11-22T20:59:00Z".into();
    assert_eq!(
        happened(&wanted, &plan, Some(&others)),
        Some(false),
        "theirs was before ours"
    );
    others["metadata"]["annotations"]["tiphys.dev/at"] = "2026-11-22T21:00:01Z".into();
    assert_eq!(
        happened(&wanted, &plan, Some(&others)),
        None,
        "theirs may lie over ours"
    );
    others["metadata"]["uid"] = "another".into();
    assert_eq!(happened(&wanted, &plan, Some(&others)), None);
}

#[test]
fn a_lost_answer_of_a_json_patch_is_told_by_it_too() {
    let before = workflow("Running", &[], json!({}));
    let wanted = order(Kind::Workflow, &before, Operation::Stop);
    let plan = plan(&wanted, &before, &jane()).unwrap();
    let (now, _) = after(&before, &plan);
    assert_eq!(happened(&wanted, &plan, Some(&now)), Some(true));
    assert_eq!(happened(&wanted, &plan, Some(&before)), Some(false));
}

#[test]
fn what_was_to_be_made_or_deleted_is_looked_for() {
    let before = recorded("dag");
    let resubmit = Operation::Resubmit {
        memoized: false,
        parameters: Vec::new(),
    };
    let wanted = order(Kind::Workflow, &before, resubmit);
    let made = plan(&wanted, &before, &jane()).unwrap();
    let new = made.writes[0].body.clone().unwrap();
    assert_eq!(happened(&wanted, &made, Some(&new)), Some(true));
    assert_eq!(happened(&wanted, &made, None), Some(false));
    let mut others = new.clone();
    others["metadata"]["annotations"]["tiphys.dev/at"] = "2026-11-22T20:00:00Z".into();
    assert_eq!(
        happened(&wanted, &made, Some(&others)),
        Some(false),
        "a name that was taken"
    );
    let wanted = order(Kind::Workflow, &before, Operation::Delete { force: false });
    let gone = plan(&wanted, &before, &jane()).unwrap();
    assert_eq!(happened(&wanted, &gone, None), Some(true));
    assert_eq!(happened(&wanted, &gone, Some(&before)), Some(false));
    let mut going = before.clone();
    going["metadata"]["deletionTimestamp"] = NOW.into();
    assert_eq!(happened(&wanted, &gone, Some(&going)), Some(true));
    going["metadata"] = json!({"uid": "another"});
    assert_eq!(happened(&wanted, &gone, Some(&going)), Some(true));
}

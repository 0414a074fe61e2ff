#![allow(clippy::unwrap_used)]
//! What becomes of a document as keys change it.

use proptest::prelude::*;
use serde_json::json;

use super::rows::{CRITERIA, ENVIRONMENTS, What};
use super::*;

fn spec() -> Spec {
    serde_json::from_value(json!({
        "service": "pay",
        "criteria": [
            {"id": "a", "text": "A holds", "kind": "command", "command": {"argv": ["a"], "image": "i"}},
            {"id": "b", "text": "B holds", "kind": "http", "http": {"url": "https://b"}},
        ],
    }))
    .unwrap()
}

fn draft() -> Draft {
    Draft::of(Source::Blank, "payments", &spec())
}

fn row(draft: &Draft, place: &str) -> Row {
    draft.rows().into_iter().find(|row| row.place == place).unwrap_or_else(|| panic!("no line {place}"))
}

#[test]
fn what_is_left_out_is_not_sent_and_problems_stand_where_they_are_in_the_form() {
    let mut draft = draft();
    assert_eq!(draft.problems(), BTreeMap::new());
    draft.turn_off("spec.criteria[0]");
    draft.fold("spec.criteria[1]");
    draft.set(&row(&draft, "spec.criteria[1].http.url"), "b");
    let sent = draft.unnamed();
    assert_eq!(sent["spec"]["criteria"].as_array().unwrap().len(), 1);
    assert_eq!(sent["spec"]["criteria"][0]["id"], "b");
    assert!(sent["spec"]["criteria"][0].get("~open").is_none());
    let problems = draft.problems();
    assert_eq!(problems.keys().collect::<Vec<_>>(), ["spec.criteria[1].http.url"]);
    draft.turn_off("spec.criteria[1]");
    assert_eq!(draft.problems().keys().collect::<Vec<_>>(), ["spec.criteria[+]"]);
    assert!(draft.is_touched());
}

#[test]
fn another_kind_of_check_keeps_what_both_have_and_nothing_else() {
    let mut draft = draft();
    draft.fold("spec.criteria[0]");
    let kind = row(&draft, "spec.criteria[0].kind");
    draft.set(&kind, "junit");
    let one = &draft.unnamed()["spec"]["criteria"][0];
    assert_eq!((&one["kind"], &one["junit"]), (&json!("junit"), &json!({"argv": ["a"], "image": "i"})));
    assert_eq!(one.get("command"), None);
    draft.set(&kind, "manual");
    let one = &draft.unnamed()["spec"]["criteria"][0];
    assert_eq!(one["manual"], json!({"instructions": "A holds"}));
    assert_eq!(draft.problems(), BTreeMap::new());
}

#[test]
fn a_parameter_names_the_template_it_belongs_to() {
    let mut draft = draft();
    let order = row(&draft, "spec.template.parameters.order");
    draft.turn(&order, true);
    assert_eq!(draft.unnamed()["spec"]["template"], json!({"parameters": {"order": "sequence"}, "name": "acceptance"}));
    // Back is as it was said, forward of two is the same.
    draft.set(&order, "");
    assert_eq!(draft.unnamed()["spec"]["template"], json!({"name": "acceptance"}));
}

#[test]
fn a_name_is_made_of_task_and_service_and_is_one_that_kubernetes_allows() {
    let mut draft = draft();
    let name = |draft: &Draft| place::text(&draft.document(Timestamp::UNIX_EPOCH), "metadata.name").to_owned();
    assert!(name(&draft).starts_with("pay-"));
    draft.set(&row(&draft, "spec.taskId"), "15.10");
    assert!(name(&draft).starts_with("t15-10-pay-"));
    draft.set(&row(&draft, "spec.service"), &"x".repeat(63));
    assert!(name(&draft).len() <= 46);
    draft.set(&row(&draft, "metadata.name"), "mine");
    assert_eq!(name(&draft), "mine");
}

#[test]
fn another_item_has_a_name_of_its_own_and_a_dropped_one_takes_its_problems_along() {
    let mut draft = draft();
    draft.add(CRITERIA);
    assert_eq!(draft.cursor.on().unwrap(), "spec.criteria[2].text");
    assert_eq!(place::text(&draft.sheet.document, "spec.criteria[2].id"), "criterion-3");
    draft.set(&row(&draft, "spec.criteria[2].timeoutSeconds"), "soon");
    assert_eq!(draft.problems()["spec.criteria[2].timeoutSeconds"].len(), 1);
    let item = row(&draft, "spec.criteria[2]");
    draft.drop_at(&item);
    assert_eq!(draft.problems(), BTreeMap::new());
    assert!(draft.undo() && draft.problems().len() > 1);
    draft.add(ENVIRONMENTS);
    draft.drop_at(&row(&draft, "spec.environments[0]"));
    assert_eq!(draft.unnamed()["spec"].get("environments"), None);
}

proptest! {
    /// Whatever is typed into whichever field: every problem stands at a line, and what has none can be read back as a spec.
    #[test]
    fn any_text_in_any_field_leaves_a_form(changes in prop::collection::vec((any::<prop::sample::Index>(), ".{0,12}", 0..6_u8), 1..12)) {
        let mut draft = draft();
        for (at, text, what) in changes {
            let rows: Vec<Row> = draft.rows().into_iter().filter(Row::is_stop).collect();
            let row = at.get(&rows).clone();
            match (row.what, what) {
                (What::Item, 0) => draft.turn_off(&row.place),
                (What::Item, 1) => draft.drop_at(&row),
                (What::Item, _) => draft.fold(&row.place),
                (What::Add, _) => draft.add(row.place.rsplit_once('[').unwrap().0),
                (_, 0) => draft.turn(&row, true),
                (_, 1) => drop(draft.undo()),
                _ => draft.set(&row, &text),
            }
            let lines: Vec<String> = draft.rows().into_iter().map(|row| row.place).collect();
            for place in draft.problems().keys() {
                prop_assert!(lines.contains(place), "{place}");
            }
            prop_assert!(serde_json::from_value::<Spec>(draft.unnamed()["spec"].clone()).is_ok());
        }
    }
}

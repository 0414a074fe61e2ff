//! Workflow templates and crons as far as a person chooses among them and launches from them.
//! Apart from workflows: what is launched has no nodes and no phase.
//!
//! Source: Argo Workflows v4.1.2, `pkg/apis/workflow/v1alpha1`.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::argo::Condition;
use super::error::WireError;
use super::facts::{object, utf8};
use super::intern::Interner;
use super::lax::{Flag, Number, Text};
use super::listing::Read;
use super::nest::{List, Obj};
use super::row::{Meta, time};
use super::spec::Spec;
use super::workflow::{line, message, parameters};
use crate::model::act::Kind;
use crate::model::origin::{Cron, Origin};

/// Annotation with a few words on what it is.
const TITLE: &str = "workflows.argoproj.io/title";
/// Annotation with a sentence or more.
const DESCRIPTION: &str = "workflows.argoproj.io/description";
/// Conditions by which the controller says that something is wrong.
const FAULTS: [&str; 2] = ["SpecError", "SubmissionError"];

type Body<'a> = Spec<'a, IgnoredAny>;

#[derive(Default, Deserialize)]
#[serde(default)]
struct TemplateWire<'a> {
    #[serde(borrow)]
    metadata: Obj<Meta<'a>>,
    #[serde(borrow)]
    spec: Obj<Body<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CronWire<'a> {
    #[serde(borrow)]
    metadata: Obj<Meta<'a>>,
    #[serde(borrow)]
    spec: Obj<CronSpec<'a>>,
    #[serde(borrow)]
    status: Obj<CronStatus<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CronSpec<'a> {
    #[serde(borrow)]
    schedule: Text<'a>,
    #[serde(borrow)]
    schedules: List<Text<'a>>,
    #[serde(borrow)]
    timezone: Text<'a>,
    #[serde(borrow)]
    when: Text<'a>,
    suspend: Flag,
    #[serde(borrow)]
    concurrency_policy: Text<'a>,
    #[serde(borrow)]
    workflow_spec: Obj<Body<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CronStatus<'a> {
    #[serde(borrow)]
    active: List<Obj<Reference<'a>>>,
    #[serde(borrow)]
    last_scheduled_time: Text<'a>,
    #[serde(borrow)]
    conditions: List<Obj<Condition<'a>>>,
    succeeded: Number,
    failed: Number,
    #[serde(borrow)]
    phase: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reference<'a> {
    #[serde(borrow)]
    name: Text<'a>,
}

/// Decodes one template or cron.
///
/// # Errors
/// [`WireError`] where the bytes are no JSON object.
pub fn origin(bytes: &[u8], kind: Kind, names: &mut Interner) -> Result<Origin, WireError> {
    let text = utf8(bytes);
    if kind == Kind::CronWorkflow {
        let wire: CronWire<'_> = object(&text)?;
        let none = CronSpec::default();
        let spec = wire.spec.get().unwrap_or(&none);
        let mut origin = shared(kind, wire.metadata.get(), spec.workflow_spec.get(), names);
        origin.cron = Some(Box::new(cron(spec, wire.status.get())));
        return Ok(origin);
    }
    let wire: TemplateWire<'_> = object(&text)?;
    Ok(shared(kind, wire.metadata.get(), wire.spec.get(), names))
}

/// The same, as an item of a list: what has no name or no uid cannot be acted on, and is counted as unreadable.
pub fn item(bytes: &[u8], kind: Kind, names: &mut Interner) -> Read<Origin> {
    match origin(bytes, kind, names) {
        Ok(origin) if origin.key.name.is_empty() || origin.key.uid.as_str().is_empty() => {
            Read::Malformed("the object has no name or no uid".to_string())
        }
        Ok(origin) => Read::Item(origin),
        Err(error) => Read::Malformed(error.to_string()),
    }
}

fn shared(
    kind: Kind,
    meta: Option<&Meta<'_>>,
    spec: Option<&Body<'_>>,
    names: &mut Interner,
) -> Origin {
    let none = Meta::default();
    let meta = meta.unwrap_or(&none);
    let reference = spec.and_then(|spec| spec.workflow_template_ref.get());
    let note = |name: &str| meta.annotations.find(name).and_then(message);
    Origin {
        kind,
        key: meta.key(names),
        version: meta.resource_version.or_empty().parse().unwrap_or(0),
        created: time(&meta.creation_timestamp),
        title: note(TITLE),
        description: note(DESCRIPTION),
        entrypoint: spec.and_then(|spec| line(&spec.entrypoint)),
        template: reference.and_then(|it| Some((line(&it.name)?, it.cluster_scope.is_set()))),
        parameters: spec
            .and_then(|spec| spec.arguments.get())
            .map(|arguments| parameters(&arguments.parameters))
            .unwrap_or_default(),
        steps: spec.map_or(0, |spec| spec.templates.get().len()),
        cron: None,
    }
}

fn cron(spec: &CronSpec<'_>, status: Option<&CronStatus<'_>>) -> Cron {
    let none = CronStatus::default();
    let status = status.unwrap_or(&none);
    let many = spec.schedules.get().iter().filter_map(line);
    let mut schedules: Vec<_> = many.collect();
    if schedules.is_empty() {
        schedules.extend(line(&spec.schedule));
    }
    let active = status.active.get().iter().filter_map(Obj::get);
    let wrong = |condition: &&Condition<'_>| {
        condition.status.get() == Some("True") && FAULTS.contains(&condition.kind.or_empty())
    };
    let conditions = status.conditions.get().iter().filter_map(Obj::get);
    let policy = spec.concurrency_policy.filled().unwrap_or("Allow");
    Cron {
        schedules,
        timezone: line(&spec.timezone),
        when: line(&spec.when),
        suspended: spec.suspend.is_set(),
        ended: status.phase.get() == Some("Stopped"),
        policy: crate::model::text::clean(policy).into(),
        last: time(&status.last_scheduled_time),
        active: active.filter_map(|one| line(&one.name)).collect(),
        succeeded: status.succeeded.get(),
        failed: status.failed.get(),
        faults: (conditions.filter(wrong))
            .map(|one| {
                message(&one.message)
                    .or_else(|| line(&one.kind))
                    .unwrap_or_default()
            })
            .collect(),
        next: None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::model::key::Key;
    use crate::model::secret::MASKED;

    fn read(kind: Kind, object: &Value) -> Origin {
        origin(object.to_string().as_bytes(), kind, &mut Interner::new()).unwrap()
    }

    #[test]
    fn a_template_is_what_can_be_launched_with_which_values() {
        let template = read(
            Kind::WorkflowTemplate,
            &json!({
                "metadata": {
                    "name": "load", "namespace": "checkout", "uid": "u-1", "resourceVersion": "7",
                    "annotations": {TITLE: "Load test", DESCRIPTION: "Drives the shop\nfor minutes."},
                },
                "spec": {
                    "entrypoint": "main",
                    "arguments": {"parameters": [
                        {"name": "rps", "value": 500, "enum": ["100", "500"], "description": "requests a second"},
                        {"name": "api-token", "value": "hunter2"},
                        {"name": "target"},
                    ]},
                    "templates": [{"name": "main"}, {"name": "drive"}],
                },
            }),
        );
        assert_eq!(template.key, Key::new("checkout", "load", "u-1"));
        assert_eq!(template.title.as_deref(), Some("Load test"));
        assert_eq!(
            template.description.as_deref(),
            Some("Drives the shop for minutes.")
        );
        assert_eq!((template.steps, template.can_start()), (2, true));
        let shown: Vec<_> = (template.parameters.iter())
            .map(|one| (&*one.name, one.value.as_deref(), one.choices.len()))
            .collect();
        assert_eq!(
            shown,
            [
                ("rps", Some("500"), 2),
                ("api-token", Some(MASKED), 0),
                ("target", None, 0)
            ]
        );
        assert_eq!(template.cron, None);
    }

    #[test]
    fn a_cron_says_when_it_fires_what_it_runs_and_what_is_wrong() {
        let origin = read(
            Kind::CronWorkflow,
            &json!({
                "metadata": {"name": "nightly", "namespace": "search", "uid": "u-2"},
                "spec": {
                    "schedules": ["0 2 * * *"], "schedule": "1 1 1 1 1", "timezone": "Europe/Berlin",
                    "suspend": true, "concurrencyPolicy": "Forbid", "when": "{{= cronworkflow.failed < 3 }}",
                    "workflowSpec": {"workflowTemplateRef": {"name": "reindex", "clusterScope": true}},
                },
                "status": {
                    "active": [{"name": "nightly-1"}, {}], "lastScheduledTime": "2026-11-22T02:00:00Z",
                    "conditions": [
                        {"type": "SubmissionError", "status": "True", "message": "template\u{1b}[31m reindex not found"},
                        {"type": "SpecError", "status": "False", "message": "old"},
                    ],
                    "succeeded": 3, "failed": "1", "phase": "Stopped",
                },
            }),
        );
        assert_eq!(origin.template, Some(("reindex".into(), true)));
        assert!(origin.can_start() && origin.is_idle());
        let cron = origin.cron.unwrap();
        assert_eq!(cron.schedules, ["0 2 * * *".into()]);
        assert_eq!(cron.timezone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(cron.when.as_deref(), Some("{{= cronworkflow.failed < 3 }}"));
        assert!(cron.suspended && cron.ended);
        assert_eq!(&*cron.policy, "Forbid");
        assert_eq!(cron.active, ["nightly-1".into()]);
        assert_eq!((cron.succeeded, cron.failed), (Some(3), Some(1)));
        assert_eq!(cron.faults, ["template␛[31m reindex not found".into()]);
    }

    #[test]
    fn the_old_form_of_a_schedule_counts_where_there_is_no_new_one() {
        let old = json!({"spec": {"schedule": "*/5 * * * *", "schedules": []}});
        let cron = read(Kind::CronWorkflow, &old).cron.unwrap();
        assert_eq!(cron.schedules, ["*/5 * * * *".into()]);
        assert_eq!(&*cron.policy, "Allow");
    }

    #[test]
    fn what_cannot_be_named_is_counted_as_unreadable() {
        let mut names = Interner::new();
        for bad in [
            "7",
            "[",
            "{}",
            r#"{"metadata":{"name":"a"}}"#,
            r#"{"metadata":[1]}"#,
        ] {
            for kind in Kind::ALL {
                let read = item(bad.as_bytes(), kind, &mut names);
                assert!(matches!(read, Read::Malformed(_)), "{bad} {kind:?}");
            }
        }
    }

    /// Any value in any place that is read.
    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
            Just(json!("\u{1b}]0;x\u{7}\u{202e}")),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            let names = prop::sample::select(vec![
                "name",
                "parameters",
                "value",
                "enum",
                "schedules",
                "workflowSpec",
                "active",
                "conditions",
                "type",
                "status",
                "arguments",
                "templates",
                "workflowTemplateRef",
            ]);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map(names, inner, 0..3).prop_map(|map| {
                    map.into_iter()
                        .map(|(name, value)| (name.to_string(), value))
                        .collect::<serde_json::Map<_, _>>()
                        .into()
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn hostile_objects_are_read_or_refused_and_their_text_is_clean(
            meta in any_value(), spec in any_value(), inner in any_value(), status in any_value(), at in 0_usize..4,
        ) {
            let mut spec = spec;
            if let Some(map) = spec.as_object_mut() {
                map.insert("workflowSpec".to_string(), inner.clone());
                map.insert("arguments".to_string(), json!({"parameters": [inner]}));
            }
            let object = json!({"metadata": meta, "spec": spec, "status": status});
            let read = origin(object.to_string().as_bytes(), Kind::ALL[at], &mut Interner::new());
            if let Ok(mut read) = read {
                let told = serde_json::to_string(&read).unwrap();
                prop_assert!(told.chars().all(crate::model::text::is_safe), "{told}");
                if let Some(cron) = &mut read.cron {
                    cron.reckon(jiff::Timestamp::UNIX_EPOCH, |_| None);
                    let _ = cron.words();
                }
            }
        }
    }
}

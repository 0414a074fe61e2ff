//! The object an order is about, as it was read, and what every operation asks of it.
//! Apart from the operations; here nothing is decided but whether it is the right object.

use jiff::Timestamp;
use serde_json::Value;

use super::refuse;
use crate::model::act::{Actor, Kind, Order, Refusal};
use crate::model::name;
use crate::wire::podname::PodNames;

/// An object as the API gave it.
pub(super) struct Object<'a> {
    /// All of it.
    pub raw: &'a Value,
    /// Who asks, and when.
    pub actor: &'a Actor,
    kind: Kind,
}

impl<'a> Object<'a> {
    /// Refuses another object than the one that was chosen, and one whose name could not stand in a path.
    pub(super) fn new(order: &Order, raw: &'a Value, actor: &'a Actor) -> Result<Self, Refusal> {
        let object = Self {
            raw,
            actor,
            kind: order.kind,
        };
        if object.uid() != order.key.uid.as_str() || object.uid().is_empty() {
            return Err(refuse(
                "another object has its name now",
                "look at the list again",
            ));
        }
        let named = is_name(object.name())
            && (is_name(object.namespace()) || order.kind == Kind::ClusterWorkflowTemplate);
        if !named {
            return Err(refuse(
                "its name is not one that Kubernetes allows",
                "nothing is sent for it",
            ));
        }
        Ok(object)
    }

    /// Text at a JSON pointer; empty where there is none.
    pub(super) fn text(&self, path: &str) -> &'a str {
        self.raw
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(super) fn uid(&self) -> &'a str {
        self.text("/metadata/uid")
    }

    pub(super) fn name(&self) -> &'a str {
        self.text("/metadata/name")
    }

    pub(super) fn namespace(&self) -> &'a str {
        self.text("/metadata/namespace")
    }

    pub(super) fn version(&self) -> &'a str {
        self.text("/metadata/resourceVersion")
    }

    pub(super) fn phase(&self) -> &'a str {
        self.text("/status/phase")
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn is_cron(&self) -> bool {
        self.kind == Kind::CronWorkflow
    }

    /// It is over, well or not.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.phase(), "Succeeded" | "Failed" | "Error")
    }

    /// It ended badly.
    pub(super) fn is_bad(&self) -> bool {
        matches!(self.phase(), "Failed" | "Error")
    }

    /// `spec.suspend`.
    pub(super) fn is_suspended(&self) -> bool {
        self.raw.pointer("/spec/suspend") == Some(&Value::Bool(true))
    }

    /// `Stop` or `Terminate` was asked for.
    pub(super) fn shutdown(&self) -> &'a str {
        self.text("/spec/shutdown")
    }

    /// It is being deleted, and waits for its finalizers.
    pub(super) fn is_going(&self) -> bool {
        !self.text("/metadata/deletionTimestamp").is_empty()
    }

    /// Something runs when it ends.
    pub(super) fn has_exit(&self) -> bool {
        let has = |path: &str| self.spec().pointer(path).is_some_and(|it| !it.is_null());
        has("/onExit") || has("/hooks/exit")
    }

    /// Texts of a list.
    pub(super) fn texts(&self, path: &str) -> Vec<&'a str> {
        let list = self.raw.pointer(path).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// The moment of the order.
    pub(super) fn now(&self) -> String {
        second(self.actor.at)
    }

    /// Its path.
    pub(super) fn path(&self) -> String {
        let (namespace, name) = (self.namespace(), self.name());
        let (api, plural) = (self.kind.api(), self.kind.plural());
        match self.kind.is_of_cluster() {
            true => format!("{api}/{plural}/{name}"),
            false => format!("{api}/namespaces/{namespace}/{plural}/{name}"),
        }
    }

    /// Its plural with group.
    pub(super) fn resource(&self) -> &'static str {
        self.kind.resource()
    }

    /// The specification that is in force: of a workflow from a template the stored one.
    pub(super) fn spec(&self) -> &'a Value {
        let stored = self.raw.pointer("/status/storedWorkflowTemplateSpec");
        let own = self.raw.get("spec");
        stored
            .filter(|spec| spec.is_object())
            .or(own)
            .unwrap_or(&Value::Null)
    }

    /// How its pods are named.
    pub(super) fn pod_names(&self) -> PodNames<'a> {
        let format = self.text("/metadata/annotations/workflows.argoproj.io~1pod-name-format");
        PodNames {
            workflow: self.name(),
            by_id: format == "v1",
        }
    }

    /// A name for what is made of it, always the same for the same order: an answer that is lost can be looked for by it.
    pub(super) fn new_name(&self, prefix: &str, verb: &str) -> String {
        /// Longest name of a workflow: it becomes the value of a label (63 bytes).
        const LONGEST: usize = 63;
        let seed = format!("{}|{verb}|{}", self.uid(), self.actor.asked.as_nanosecond());
        let suffix = name::suffix(&seed);
        let prefix: String = prefix.chars().take(LONGEST - name::SUFFIX - 1).collect();
        format!("{}-{suffix}", prefix.trim_end_matches(['-', '.']))
    }
}

/// A name that Kubernetes allows, and that can stand in a path (RFC 1123, lower case).
pub(super) fn is_name(text: &str) -> bool {
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    let end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= 253
        && text.chars().all(valid)
        && text.starts_with(end)
        && text.ends_with(end)
        && !text.contains("..")
}

/// A moment as Kubernetes writes it: to the second (RFC 3339).
pub(super) fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

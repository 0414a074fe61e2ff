//! The kinds of object the embedded cluster serves, as its discovery documents name them.
//! Apart, because routing, storing, tables and discovery must agree on one list.

/// One kind of object.
#[derive(Debug)]
pub struct Resource {
    /// Position in [`RESOURCES`].
    pub slot: usize,
    /// API group; empty for the core group.
    pub group: &'static str,
    /// API version.
    pub version: &'static str,
    /// Name in paths.
    pub plural: &'static str,
    /// Name of one.
    pub singular: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Lives in a namespace.
    pub namespaced: bool,
    /// Short names.
    pub short: &'static [&'static str],
}

/// Reference to a kind; compared by [`Resource::slot`].
pub type Res = &'static Resource;

impl PartialEq for Resource {
    fn eq(&self, other: &Self) -> bool {
        self.slot == other.slot
    }
}

impl Resource {
    /// `apiVersion` of its objects.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `workflows.argoproj.io`, as messages name the resource.
    pub fn qualified(&self) -> String {
        qualify(self.plural, self.group)
    }

    /// `Workflow.argoproj.io`, as validation messages name the kind.
    pub fn qualified_kind(&self) -> String {
        qualify(self.kind, self.group)
    }

    /// Defined by a CustomResourceDefinition: lists carry `apiVersion` and `kind` in every item.
    pub fn custom(&self) -> bool {
        self.group == ARGO || self.group == PLATFORM
    }

    /// The server counts the changes of its objects in `metadata.generation`.
    pub fn counts_generations(&self) -> bool {
        self.custom() || self.plural == "pods" || self.plural == "customresourcedefinitions"
    }

    /// Another form of what is written elsewhere.
    pub fn read_only(&self) -> bool {
        self.group == REPORTED
    }

    /// Its status is written by a sub-resource of its own, and only there.
    pub fn status(&self) -> bool {
        STATUS.contains(&self.plural)
    }
}

fn qualify(name: &str, group: &str) -> String {
    if group.is_empty() {
        name.to_owned()
    } else {
        format!("{name}.{group}")
    }
}

/// Argo's API group.
pub const ARGO: &str = "argoproj.io";

/// The platform's API group.
pub const PLATFORM: &str = crate::model::qarun::GROUP;

const fn argo(
    slot: usize,
    plural: &'static str,
    singular: &'static str,
    kind: &'static str,
    namespaced: bool,
    short: &'static [&'static str],
) -> Resource {
    Resource {
        slot,
        group: ARGO,
        version: "v1alpha1",
        plural,
        singular,
        kind,
        namespaced,
        short,
    }
}

const fn core(
    slot: usize,
    plural: &'static str,
    singular: &'static str,
    kind: &'static str,
    namespaced: bool,
    short: &'static [&'static str],
) -> Resource {
    Resource {
        slot,
        group: "",
        version: "v1",
        plural,
        singular,
        kind,
        namespaced,
        short,
    }
}

/// Group of the definitions of custom resources.
pub const DEFINITIONS: &str = "apiextensions.k8s.io";

/// Group of events in their newer form.
pub const REPORTED: &str = "events.k8s.io";

/// Group of what programs agree by.
pub const COORDINATION: &str = "coordination.k8s.io";

/// Kinds with a `status` sub-resource. Source: the same discovery documents; of QARuns their definition.
const STATUS: [&str; 10] = [
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "pods",
    "workflowartifactgctasks",
    "workflowtasksets",
    "customresourcedefinitions",
    "qaruns",
    "coderuns",
    "docsruns",
];

/// All kinds. Source of names: the discovery documents of Kubernetes 1.36 and Argo Workflows 4.1.2; of QARuns their definition.
#[rustfmt::skip]
pub static RESOURCES: [Resource; 22] = [
    argo(0, "workflows", "workflow", "Workflow", true, &["wf"]),
    argo(1, "workflowtemplates", "workflowtemplate", "WorkflowTemplate", true, &["wftmpl"]),
    argo(2, "clusterworkflowtemplates", "clusterworkflowtemplate", "ClusterWorkflowTemplate", false, &["clusterwftmpl", "cwft"]),
    argo(3, "cronworkflows", "cronworkflow", "CronWorkflow", true, &["cwf", "cronwf"]),
    argo(4, "workflowartifactgctasks", "workflowartifactgctask", "WorkflowArtifactGCTask", true, &["wfat"]),
    argo(5, "workfloweventbindings", "workfloweventbinding", "WorkflowEventBinding", true, &["wfeb"]),
    argo(6, "workflowtaskresults", "workflowtaskresult", "WorkflowTaskResult", true, &[]),
    argo(7, "workflowtasksets", "workflowtaskset", "WorkflowTaskSet", true, &["wfts"]),
    core(8, "configmaps", "configmap", "ConfigMap", true, &["cm"]),
    core(9, "events", "event", "Event", true, &["ev"]),
    core(10, "namespaces", "namespace", "Namespace", false, &["ns"]),
    core(11, "nodes", "node", "Node", false, &["no"]),
    core(12, "persistentvolumeclaims", "persistentvolumeclaim", "PersistentVolumeClaim", true, &["pvc"]),
    core(13, "pods", "pod", "Pod", true, &["po"]),
    core(14, "secrets", "secret", "Secret", true, &[]),
    core(15, "serviceaccounts", "serviceaccount", "ServiceAccount", true, &["sa"]),
    Resource { slot: 16, group: DEFINITIONS, version: "v1", plural: "customresourcedefinitions", singular: "customresourcedefinition",
        kind: "CustomResourceDefinition", namespaced: false, short: &["crd", "crds"] },
    Resource { slot: 17, group: REPORTED, version: "v1", plural: "events", singular: "event", kind: "Event", namespaced: true, short: &["ev"] },
    Resource { slot: 18, group: PLATFORM, version: "v1", plural: "qaruns", singular: "qarun", kind: "QARun", namespaced: true, short: &["qar"] },
    Resource { slot: 19, group: PLATFORM, version: "v1", plural: "coderuns", singular: "coderun", kind: "CodeRun", namespaced: true, short: &["cr"] },
    Resource { slot: 20, group: PLATFORM, version: "v1", plural: "docsruns", singular: "docsrun", kind: "DocsRun", namespaced: true, short: &["dr"] },
    Resource { slot: 21, group: COORDINATION, version: "v1", plural: "leases", singular: "lease", kind: "Lease", namespaced: true, short: &[] },
];

/// Workflows.
pub static WORKFLOWS: Res = &RESOURCES[0];
/// Workflow templates.
pub static TEMPLATES: Res = &RESOURCES[1];
/// Cluster workflow templates.
pub static CLUSTER_TEMPLATES: Res = &RESOURCES[2];
/// Cron workflows.
pub static CRONS: Res = &RESOURCES[3];
/// ConfigMaps.
pub static CONFIGMAPS: Res = &RESOURCES[8];
/// Kubernetes events.
pub static EVENTS: Res = &RESOURCES[9];
/// The same events in their newer form: kept in step by the store, and only to be read.
pub static REPORTS: Res = &RESOURCES[17];
/// Namespaces.
pub static NAMESPACES: Res = &RESOURCES[10];
/// Kubernetes nodes.
pub static NODES: Res = &RESOURCES[11];
/// Secrets.
pub static SECRETS: Res = &RESOURCES[14];
/// Persistent volume claims.
pub static CLAIMS: Res = &RESOURCES[12];
/// Service accounts.
pub static ACCOUNTS: Res = &RESOURCES[15];
/// Definitions of custom resources.
pub static CRDS: Res = &RESOURCES[16];
/// Pods.
pub static PODS: Res = &RESOURCES[13];
/// CodeRuns.
pub static CODERUNS: Res = &RESOURCES[19];
/// Leases.
pub static LEASES: Res = &RESOURCES[21];
/// QARuns.
pub static QARUNS: Res = &RESOURCES[18];

/// The kind at a group, version and plural name.
pub fn find(group: &str, version: &str, plural: &str) -> Option<Res> {
    RESOURCES
        .iter()
        .find(|r| r.group == group && r.version == version && r.plural == plural)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_stands_in_its_slot() {
        for (slot, resource) in RESOURCES.iter().enumerate() {
            assert_eq!(resource.slot, slot, "{}", resource.plural);
        }
        assert_eq!(WORKFLOWS.kind, "Workflow");
        assert_eq!(PODS.kind, "Pod");
        assert_eq!(EVENTS.kind, "Event");
        assert_eq!(QARUNS.kind, crate::model::qarun::KIND);
        assert_eq!(QARUNS.plural, crate::model::qarun::PLURAL);
        assert_eq!(
            find("argoproj.io", "v1alpha1", "cronworkflows"),
            Some(CRONS)
        );
    }
}

//! The kinds of object that something can be asked of, and where the API has them.
//! Apart from what can be asked, because reading needs them too.

use serde::{Deserialize, Serialize};

use super::qarun;

/// The kinds of object that something can be asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// A workflow.
    Workflow,
    /// A cron workflow.
    CronWorkflow,
    /// A workflow template of a namespace.
    WorkflowTemplate,
    /// A workflow template of the whole cluster; its key has no namespace.
    ClusterWorkflowTemplate,
    /// A QARun.
    QaRun,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Workflow,
        Self::CronWorkflow,
        Self::WorkflowTemplate,
        Self::ClusterWorkflowTemplate,
        Self::QaRun,
    ];

    /// Its plural in paths of the API.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Workflow => "workflows",
            Self::CronWorkflow => "cronworkflows",
            Self::WorkflowTemplate => "workflowtemplates",
            Self::ClusterWorkflowTemplate => "clusterworkflowtemplates",
            Self::QaRun => qarun::PLURAL,
        }
    }

    /// Its name in objects and sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Workflow => "Workflow",
            Self::CronWorkflow => "CronWorkflow",
            Self::WorkflowTemplate => "WorkflowTemplate",
            Self::ClusterWorkflowTemplate => "ClusterWorkflowTemplate",
            Self::QaRun => qarun::KIND,
        }
    }

    /// Plural with group, as rights and sentences name it.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Workflow => "workflows.argoproj.io",
            Self::CronWorkflow => "cronworkflows.argoproj.io",
            Self::WorkflowTemplate => "workflowtemplates.argoproj.io",
            Self::ClusterWorkflowTemplate => "clusterworkflowtemplates.argoproj.io",
            Self::QaRun => "qaruns.agents.platform",
        }
    }

    /// Where the API has its group and version.
    pub fn api(self) -> &'static str {
        match self {
            Self::QaRun => "/apis/agents.platform/v1",
            _ => "/apis/argoproj.io/v1alpha1",
        }
    }

    /// It is of the whole cluster and has no namespace.
    pub fn is_of_cluster(self) -> bool {
        self == Self::ClusterWorkflowTemplate
    }
}

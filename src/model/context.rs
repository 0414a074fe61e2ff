//! A context of the kubeconfig: which cluster, as whom, in which namespace.
//! Apart from the client, so that a picker can list contexts without knowing what connects them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One context of the kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextInfo {
    /// Its name.
    pub name: Arc<str>,
    /// The cluster's name in the kubeconfig.
    pub cluster: Arc<str>,
    /// Its default namespace.
    pub namespace: Option<Arc<str>>,
    /// It is the one in use.
    pub current: bool,
}

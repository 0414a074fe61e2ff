//! The program on a real Kubernetes with a real Argo: `TIPHYS_TEST_KUBECONFIG` names a kubeconfig of an administrator, and
//! nothing else leads there. `tests/cluster/up` starts such a cluster. Apart from the suites on the embedded cluster, which
//! need no machine of a certain kind: here every answer, pod and log line is somebody else's.
//!
//! Only in namespaces that these tests make, mark and remove. What disturbs the cluster itself (a server killed, its history
//! compacted) runs only on a rig of ours, which `TIPHYS_TEST_RIG` names: the folder with the command `part`.

mod artifacts;
mod bridging;
mod cluster;
mod controlling;
mod criteria;
mod disturbed;
mod examples;
mod forbidden;
mod forwarding;
mod installing;
mod looking;
mod proxy;
pub mod runs;
mod script;
mod shell;
mod waiting;

pub use cluster::{PATIENCE, Place, Real};

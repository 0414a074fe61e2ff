//! The Kubernetes API as cases: what is asked, and what must be answered, by the embedded cluster and by a real API server.
//! Apart from the API's own tests, because these speak HTTP alone and are true of any cluster.
//!
//! Every case runs on the embedded cluster. With `TIPHYS_TEST_KUBECONFIG` naming a kubeconfig of an administrator it runs
//! there as well, in a namespace it makes, marks and deletes; never by `KUBECONFIG`. The wanted answers are those of
//! Kubernetes 1.36 with the full definitions of Argo Workflows 4.1.
//!
//! What the embedded cluster leaves out, and the cases therefore do not look at: `metadata.managedFields` of objects that
//! nobody applied; the rest of a pod's defaults; finer types below the fields of built-in kinds.

mod applying;
mod asking;
mod creating;
mod deleting;
mod discovering;
mod listing;
mod objects;
mod patching;
mod pods;
mod qaruns;
mod random;
mod refusing;
mod replacing;
mod rights;
mod running;
mod schemas;
mod selecting;
mod shapes;
mod site;
mod watching;

//! The workflow templates: what is rendered, that a cluster takes and runs it, and that nothing a person wrote comes to life in it.
//! Apart from the unit tests beside the code, because these need a cluster, a shell, or a look.

mod rendering;
mod running;
mod shell;

use serde_json::Value;
use tiphys::library::Made;
use tiphys::model::qarun::Spec;
use tiphys::wire::qarun::QaRun;

/// A QARun of everything that can be verified.
pub fn sample() -> QaRun {
    let value: Value = serde_saphyr::from_str(include_str!("data/qaruns/acceptance.yaml")).unwrap();
    QaRun::of(value).unwrap()
}

/// A spec, from YAML.
pub fn spec(yaml: &str) -> Spec {
    serde_saphyr::from_str(yaml).unwrap()
}

/// What its first attempt is made for.
pub fn made(run: &QaRun) -> Made<'_> {
    Made {
        workflow: "qa-15-10-0b1e9c1a-a1",
        namespace: &run.metadata.namespace,
        run: &run.metadata.name,
        uid: &run.metadata.uid,
        attempt: 1,
        digest: "sha256:0",
    }
}

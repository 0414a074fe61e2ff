//! A place in which a person can run something: a container of a run's pod that runs now.
//! Apart from how one gets there, so that console and scripts choose among the same places.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::key::Key;
use super::pod::{ContainerState, Pod, is_executor};

/// The container that Argo gives a step of one container; where there are several, the usual one.
/// Source: Argo Workflows, `common.MainContainerName`.
const MAIN: &str = "main";

/// A container, and what is run in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Inside {
    /// The run.
    pub run: Key,
    /// Display name of the step; the pod's name where that is not known.
    pub step: Arc<str>,
    /// The pod as it was when it was chosen: another one of its name is not it.
    pub pod: Key,
    /// The container.
    pub container: Arc<str>,
    /// Program and arguments; empty: a shell.
    pub command: Vec<String>,
}

impl fmt::Display for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, container {}", self.pod, self.container)
    }
}

/// The places in these pods of a run, by pod, the usual container of each first. Argo's own are there only for who names them.
pub fn places<'p>(
    run: &Key,
    pods: impl IntoIterator<Item = &'p Pod>,
    container: Option<&str>,
    step: impl Fn(&Pod) -> Option<Arc<str>>,
) -> Vec<Inside> {
    let mut places = Vec::new();
    let mut pods: Vec<&Pod> = pods.into_iter().filter(|pod| !pod.deleting).collect();
    pods.sort_by(|a, b| a.key.cmp(&b.key));
    for pod in pods {
        let wanted = |name: &str| match container {
            Some(wanted) => wanted == name,
            None => !is_executor(name),
        };
        let runs = |state: &ContainerState| matches!(state, ContainerState::Running(_));
        let mut names: Vec<&Arc<str>> = (pod.containers.iter())
            .filter(|container| runs(&container.state) && wanted(&container.name))
            .map(|container| &container.name)
            .collect();
        names.sort_by_key(|name| &***name != MAIN);
        places.extend(names.into_iter().map(|name| Inside {
            run: run.clone(),
            step: step(pod).unwrap_or_else(|| pod.key.name.clone()),
            pod: pod.key.clone(),
            container: name.clone(),
            command: Vec::new(),
        }));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::pod::Container;

    fn pod(name: &str, deleting: bool, containers: &[(&str, bool)]) -> Pod {
        let containers = containers.iter().map(|(name, runs)| Container {
            name: (*name).into(),
            init: false,
            state: match runs {
                true => ContainerState::Running(None),
                false => ContainerState::Waiting(None),
            },
            restarts: 0,
        });
        Pod {
            key: Key::new("ns", name, "u"),
            node_id: None,
            node_name: None,
            phase: "Running".into(),
            host: None,
            reason: None,
            containers: containers.collect(),
            deleting,
        }
    }

    #[test]
    fn the_usual_container_is_first_and_the_executor_is_there_for_who_names_it() {
        let run = Key::new("ns", "run", "r");
        let pods = [
            pod(
                "b",
                false,
                &[("wait", true), ("proxy", true), ("main", true)],
            ),
            pod("a", false, &[("main", false), ("wait", true)]),
            pod("c", true, &[("main", true)]),
        ];
        let of = |container| -> Vec<String> {
            let found = places(&run, &pods, container, |_| None);
            found.iter().map(ToString::to_string).collect()
        };
        assert_eq!(of(None), ["ns/b, container main", "ns/b, container proxy"]);
        assert_eq!(
            of(Some("wait")),
            ["ns/a, container wait", "ns/b, container wait"]
        );
        assert!(of(Some("nope")).is_empty());
    }
}

//! What the controller may do, each verb with its reason.
//! Apart from the documents, so that a right cannot be given without saying why.

use serde_json::{Value, json};

use crate::cli::output;

/// Rights to one resource.
pub struct Right {
    /// API group; empty for the core one.
    group: &'static str,
    /// Plural name, with its sub-resource.
    resource: &'static str,
    /// Only the object of this name.
    name: Option<&'static str>,
    /// Verbs and what each is for.
    verbs: &'static [(&'static str, &'static str)],
}

/// Name of the Lease that says which of several controllers works.
pub const LEASE: &str = "tiphys-controller";

/// Where QARuns are run. No Secrets, no pods, no logs: what is needed of a run is in its workflow, and keys are read by Argo.
pub const RUNS: [Right; 5] = [
    Right {
        group: "agents.platform",
        resource: "qaruns",
        name: None,
        verbs: &[
            ("get", "reads one again before it decides"),
            ("list", "finds those that are there"),
            ("watch", "hears of changes"),
            ("patch", "puts its finalizer on and takes it off"),
            ("delete", "deletes one whose time (spec.ttl) is over"),
        ],
    },
    Right {
        group: "agents.platform",
        resource: "qaruns/status",
        name: None,
        verbs: &[(
            "update",
            "writes what was found, and raises the attempt, only if nobody else has",
        )],
    },
    Right {
        group: "agents.platform",
        resource: "qaruns/finalizers",
        name: None,
        verbs: &[(
            "update",
            "owns workflows in a way that blocks deletion (blockOwnerDeletion)",
        )],
    },
    Right {
        group: "argoproj.io",
        resource: "workflows",
        name: None,
        verbs: &[
            ("get", "reads one whose creation had no answer"),
            ("list", "finds those of its runs"),
            ("watch", "hears of their ends"),
            ("create", "makes one for each attempt"),
            (
                "patch",
                "lets them begin, stops, suspends and resumes them, and takes its finalizer off",
            ),
        ],
    },
    Right {
        group: "",
        resource: "events",
        name: None,
        verbs: &[("create", "says what happened to a run")],
    },
];

/// Where the controller lives.
pub const HOME: [Right; 2] = [
    Right {
        group: "coordination.k8s.io",
        resource: "leases",
        name: None,
        verbs: &[("create", "makes the lease of whoever works")],
    },
    Right {
        group: "coordination.k8s.io",
        resource: "leases",
        name: Some(LEASE),
        verbs: &[
            ("get", "looks who works"),
            ("update", "says that it still works"),
        ],
    },
];

/// As rules of a role.
pub fn rules(rights: &[Right]) -> Value {
    let rule = |right: &Right| {
        let verbs: Vec<&str> = right.verbs.iter().map(|(verb, _)| *verb).collect();
        let mut rule =
            json!({"apiGroups": [right.group], "resources": [right.resource], "verbs": verbs});
        if let Some(name) = right.name {
            rule["resourceNames"] = json!([name]);
        }
        rule
    };
    rights.iter().map(rule).collect()
}

/// As a table for people: where, what, on what, why.
pub fn table() -> String {
    let places = [
        ("where QARuns run", &RUNS[..]),
        ("its own namespace", &HOME[..]),
    ];
    let mut rows = Vec::new();
    for (place, rights) in places {
        for right in rights {
            let resource = match right.group {
                "" => right.resource.to_owned(),
                group => format!("{}.{group}", right.resource),
            };
            let resource = right
                .name
                .map_or(resource.clone(), |name| format!("{resource}/{name}"));
            let row = |(verb, why): &(&str, &str)| {
                [place, verb, &resource, why].map(str::to_owned).to_vec()
            };
            rows.extend(right.verbs.iter().map(row));
        }
    }
    output::table(Some(&["WHERE", "VERB", "RESOURCE", "WHY"]), &rows)
}

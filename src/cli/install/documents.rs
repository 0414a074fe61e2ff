//! The documents that make a controller: written as the server keeps them, so that applying them again changes nothing.
//! Apart from what is asked on the command line.

use serde_json::{Value, json};

use super::rights::{self, HOME, RUNS};
use crate::sim::schema;

/// Name of all of it.
const NAME: &str = "tiphys-controller";
/// Port of health and metrics.
const PORT: u16 = 8080;
/// User and group of the container.
const USER: u32 = 65532;
/// How many there are: one works, the other takes over.
const REPLICAS: u32 = 2;

/// What is asked for.
pub struct Wish<'a> {
    /// Image of the controller.
    pub image: &'a str,
    /// Namespace it lives in.
    pub home: &'a str,
    /// That namespace as well.
    pub create_namespace: bool,
    /// Where QARuns are run; everywhere, if nothing.
    pub namespaces: Option<&'a [String]>,
    /// The definition as well.
    pub definition: bool,
}

/// All documents, in the order in which they need each other.
pub fn all(wish: &Wish) -> Vec<Value> {
    let mut all = Vec::new();
    if wish.definition {
        all.push(schema::platform().clone());
    }
    if wish.create_namespace {
        all.push(
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
                "name": wish.home,
                "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
            }}),
        );
    }
    all.push(json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata(Some(wish.home))}));
    all.extend(roles(wish));
    all.extend([deployment(wish), service(wish), budget(wish)]);
    all
}

fn labels() -> Value {
    json!({"app.kubernetes.io/name": "tiphys", "app.kubernetes.io/component": "controller"})
}

fn metadata(namespace: Option<&str>) -> Value {
    let mut metadata = json!({"name": NAME, "labels": labels()});
    if let Some(namespace) = namespace {
        metadata["namespace"] = namespace.into();
    }
    metadata
}

/// Rights where runs are, and at home.
fn roles(wish: &Wish) -> Vec<Value> {
    let mut all = match wish.namespaces {
        None => pair(wish, None, rights::rules(&RUNS)).to_vec(),
        Some(names) => names
            .iter()
            .flat_map(|name| pair(wish, Some(name), rights::rules(&RUNS)))
            .collect(),
    };
    // A namespace can be both: two roles there have two names.
    for mut document in pair(wish, Some(wish.home), rights::rules(&HOME)) {
        document["metadata"]["name"] = format!("{NAME}-lease").into();
        if document["roleRef"].is_object() {
            document["roleRef"]["name"] = format!("{NAME}-lease").into();
        }
        all.push(document);
    }
    all
}

/// A role and who has it, in a namespace or everywhere.
fn pair(wish: &Wish, namespace: Option<&str>, rules: Value) -> [Value; 2] {
    let kind = if namespace.is_some() {
        "Role"
    } else {
        "ClusterRole"
    };
    let version = "rbac.authorization.k8s.io/v1";
    [
        json!({"apiVersion": version, "kind": kind, "metadata": metadata(namespace), "rules": rules}),
        json!({
            "apiVersion": version, "kind": format!("{kind}Binding"), "metadata": metadata(namespace),
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": NAME},
            "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": wish.home}],
        }),
    ]
}

fn deployment(wish: &Wish) -> Value {
    let mut args = vec!["controller".to_owned()];
    for name in wish.namespaces.into_iter().flatten() {
        args.extend(["-n".to_owned(), name.clone()]);
    }
    let probe = |path: &str, period: u32| {
        json!({
            "httpGet": {"path": path, "port": "http", "scheme": "HTTP"},
            "periodSeconds": period, "timeoutSeconds": 2, "failureThreshold": 3, "successThreshold": 1,
        })
    };
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(Some(wish.home)),
        "spec": {
            "replicas": REPLICAS,
            "selector": {"matchLabels": labels()},
            "template": {
                "metadata": {"labels": labels()},
                "spec": {
                    "serviceAccountName": NAME,
                    "terminationGracePeriodSeconds": 30,
                    "securityContext": {
                        "runAsNonRoot": true, "runAsUser": USER, "runAsGroup": USER, "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "topologySpreadConstraints": [{
                        "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
                        "labelSelector": {"matchLabels": labels()},
                    }],
                    "containers": [{
                        "name": "controller",
                        "image": wish.image,
                        "args": args,
                        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
                        "livenessProbe": probe("/healthz", 10),
                        "readinessProbe": probe("/readyz", 5),
                        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
                        "securityContext": {
                            "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]},
                        },
                    }],
                },
            },
        },
    })
}

fn service(wish: &Wish) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": metadata(Some(wish.home)),
        "spec": {
            "type": "ClusterIP",
            "selector": labels(),
            "ports": [{"name": "http", "port": PORT, "targetPort": "http", "protocol": "TCP"}],
        },
    })
}

fn budget(wish: &Wish) -> Value {
    json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata(Some(wish.home)),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": labels()}},
    })
}

//! Paths and queries of requests, taken apart.
//! Apart from the handlers, which never look at a path.

use http::Method;

use super::super::resource::{PODS, Res, find};

/// What a path names.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// All objects of a kind, in a namespace or everywhere.
    Collection {
        /// Kind.
        res: Res,
        /// Namespace.
        namespace: Option<String>,
    },
    /// One object.
    Object {
        /// Kind.
        res: Res,
        /// Namespace.
        namespace: Option<String>,
        /// Name.
        name: String,
    },
    /// The status of one object, of a kind that writes it apart.
    Status {
        /// Kind.
        res: Res,
        /// Namespace.
        namespace: Option<String>,
        /// Name.
        name: String,
    },
    /// A sub-resource of an object that its kind does not have.
    NoSub {
        /// Kind.
        res: Res,
        /// Namespace.
        namespace: Option<String>,
        /// Name.
        name: String,
    },
    /// A pod's log.
    Log {
        /// Namespace.
        namespace: String,
        /// Pod.
        name: String,
    },
    /// A connection into a pod: `exec`, `attach`, `portforward`.
    Connect {
        /// Namespace.
        namespace: String,
        /// Pod.
        name: String,
        /// Which.
        sub: String,
    },
    /// `/openapi/v3` and what lies below it.
    OpenApi(String),
    /// `/api`, `/apis/…`, `/version`: the path without its last slash.
    Discovery(String),
    /// A review of the caller's rights, by plural name.
    Review(String),
    /// `/healthz`, `/livez`, `/readyz`.
    Health,
    /// Nothing here, said by the API server itself.
    Missing,
    /// Nothing here, said by nobody: plain text.
    Unknown,
}

/// Reads a path.
pub fn target(path: &str) -> Target {
    let parts: Vec<String> = path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(decode)
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [] => Target::Discovery(String::new()),
        ["healthz" | "livez" | "readyz", ..] => Target::Health,
        ["openapi", "v3", rest @ ..] => Target::OpenApi(rest.join("/")),
        ["version"] | ["api"] | ["api", "v1"] | ["apis"] => Target::Discovery(parts.join("/")),
        ["apis", _] | ["apis", _, _] => Target::Discovery(parts.join("/")),
        [
            "apis",
            "authorization.k8s.io" | "authentication.k8s.io",
            "v1",
            plural,
        ] => Target::Review((*plural).to_owned()),
        ["api", version, rest @ ..] => resource("", version, rest),
        ["apis", group, version, rest @ ..] => resource(group, version, rest),
        _ => Target::Unknown,
    }
}

fn resource(group: &str, version: &str, rest: &[&str]) -> Target {
    // What a group is served by answers for paths it does not know.
    let missing = if group.is_empty() {
        Target::Missing
    } else {
        Target::Unknown
    };
    let (namespace, plural, tail) = match rest {
        ["namespaces", name, "status"] if group.is_empty() => {
            (None, "namespaces", &[*name, "status"][..])
        }
        ["namespaces", namespace, plural, tail @ ..] => (Some(*namespace), *plural, tail),
        [plural, tail @ ..] => (None, *plural, tail),
        [] => return missing,
    };
    let Some(res) = find(group, version, plural) else {
        return missing;
    };
    if namespace.is_some() && !res.namespaced {
        return missing;
    }
    let place = namespace.map(str::to_owned);
    match (tail, namespace) {
        ([], _) => Target::Collection {
            res,
            namespace: place,
        },
        (_, None) if res.namespaced => missing,
        ([name], _) => Target::Object {
            res,
            namespace: place,
            name: (*name).to_owned(),
        },
        ([name, "log"], Some(namespace)) if res == PODS => Target::Log {
            namespace: namespace.to_owned(),
            name: (*name).to_owned(),
        },
        ([name, sub @ ("exec" | "attach" | "portforward")], Some(namespace)) if res == PODS => {
            Target::Connect {
                namespace: namespace.to_owned(),
                name: (*name).to_owned(),
                sub: (*sub).to_owned(),
            }
        }
        ([name, "status"], _) if res.status() => Target::Status {
            res,
            namespace: place,
            name: (*name).to_owned(),
        },
        ([name, _], _) if res.custom() => Target::NoSub {
            res,
            namespace: place,
            name: (*name).to_owned(),
        },
        _ => missing,
    }
}

/// The verb rights are asked for.
pub fn verb(method: &Method, target: &Target, query: &Query) -> &'static str {
    let many = matches!(target, Target::Collection { .. });
    match *method {
        Method::GET if matches!(target, Target::Connect { .. }) => "create",
        Method::GET if query.flag("watch") => "watch",
        Method::GET if many => "list",
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE if many => "deletecollection",
        Method::DELETE => "delete",
        _ => "get",
    }
}

/// The parameters of a request; the last of a name counts.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query.
    pub fn parse(text: &str) -> Self {
        Self(
            text.split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| {
                    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (
                        decode(&key.replace('+', " ")),
                        decode(&value.replace('+', " ")),
                    )
                })
                .collect(),
        )
    }

    /// A parameter's text, if it is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }

    /// A parameter that is there and says neither `false` nor `0`, as the API server reads a flag.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| !matches!(value, "false" | "0"))
    }

    /// All values of a parameter.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let found = self
            .0
            .iter()
            .filter(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str()).collect()
    }

    /// A number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name).and_then(|text| text.parse().ok())
    }
}

fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let code = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(code) => {
                out.push(code);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::super::resource::{CLUSTER_TEMPLATES, NAMESPACES, WORKFLOWS};
    use super::*;

    #[test]
    fn paths_name_what_kubernetes_says_they_name() {
        let object = |res, namespace: Option<&str>, name: &str| Target::Object {
            res,
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        };
        for (path, expected) in [
            (
                "/apis/argoproj.io/v1alpha1/namespaces/a/workflows/x",
                object(WORKFLOWS, Some("a"), "x"),
            ),
            (
                "/apis/argoproj.io/v1alpha1/clusterworkflowtemplates/x",
                object(CLUSTER_TEMPLATES, None, "x"),
            ),
            (
                "/api/v1/namespaces/payments",
                object(NAMESPACES, None, "payments"),
            ),
            (
                "/apis/argoproj.io/v1alpha1/workflows",
                Target::Collection {
                    res: WORKFLOWS,
                    namespace: None,
                },
            ),
            (
                "/api/v1/namespaces/a/pods/p/log",
                Target::Log {
                    namespace: "a".into(),
                    name: "p".into(),
                },
            ),
            ("/apis/argoproj.io/v1alpha9/workflows", Target::Unknown),
            ("/api/v1/", Target::Discovery("api/v1".into())),
            ("/readyz", Target::Health),
        ] {
            assert_eq!(target(path), expected, "{path}");
        }
    }

    #[test]
    fn queries_are_decoded() {
        let query = Query::parse("labelSelector=a%3Db%2Cc%20in%20%28d%29&watch=1&limit=&x=a+b");
        assert_eq!(query.get("labelSelector"), Some("a=b,c in (d)"));
        assert!(query.flag("watch"));
        assert_eq!(query.get("limit"), None);
        assert_eq!(query.get("x"), Some("a b"));
    }
}

//! A cluster that cases are told to: the embedded one or a real one, behind one small HTTP client.
//! Apart from the cases, which do not know which one they talk to.

use std::time::Duration;

use http::Request;
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tiphys::sim::api::access::{Access, Rights, User};
use tiphys::sim::{Embedded, Options, Scenario};
use tower::ServiceExt;

pub use super::asking::{Answer, Ask, ask, bare};
pub use super::objects::{config, template, workflow};
pub use super::running::{on_both, on_each};

pub const TABLE: &str = "application/json;as=Table;g=meta.k8s.io;v=v1";
pub const PARTIAL: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
pub const PARTIALS: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
pub const JSON: &str = "application/json";
pub const MERGE: &str = "application/merge-patch+json";
pub const JSON_PATCH: &str = "application/json-patch+json";
pub const STRATEGIC: &str = "application/strategic-merge-patch+json";
pub const APPLY: &str = "application/apply-patch+yaml";

/// Whoever reads in the namespace of the case and nowhere else.
pub const VIEWER: &str = "tiphys-viewer";
/// Whoever may do nothing.
pub const NOBODY: &str = "tiphys-nobody";
/// Marks what the cases made.
const MARK: &str = "tiphys.dev/contract";
const TOKEN: &str = "contract-admin";

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Who {
    Admin,
    As(&'static str),
    Anonymous,
    BadToken,
}

enum At {
    Embedded(Box<Embedded>),
    Real(Box<Clients>),
}

/// Clients of a real API server, by who they are.
struct Clients {
    admin: kube::Client,
    anonymous: kube::Client,
    stranger: kube::Client,
}

/// A cluster with a namespace of the case.
pub struct Site {
    at: At,
    /// The namespace.
    pub ns: String,
}

impl Site {
    pub async fn embedded() -> Self {
        let ns = "contract-here".to_owned();
        let people = [User::new(VIEWER, Rights::ViewerIn(vec![ns.clone()]))];
        let admin = User::new("admin", Rights::Admin);
        let access = Access::tokens([(TOKEN.to_owned(), admin)]).and_people(people);
        let embedded = Embedded::paused(Options {
            scenario: Scenario::Empty,
            access,
            ..Options::default()
        });
        let site = Self {
            at: At::Embedded(Box::new(embedded.unwrap())),
            ns,
        };
        let name = json!({"metadata": {"name": site.ns}});
        site.post("/api/v1/namespaces", &name).await.expect(201);
        site
    }

    pub async fn real(kubeconfig: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let file = kube::config::Kubeconfig::read_from(kubeconfig).expect("a kubeconfig");
        let config = kube::Config::from_custom_kubeconfig(file, &Default::default()).await;
        let mut config = config.expect("a kubeconfig that names a cluster");
        // A refusal is an answer here, not a reason to ask again.
        config.default_retry = false;
        let client = |config: &kube::Config| kube::Client::try_from(config.clone()).unwrap();
        let admin = client(&config);
        config.auth_info = kube::config::AuthInfo::default();
        let anonymous = client(&config);
        config.auth_info = serde_json::from_value(json!({"token": "nobody-has-this"})).unwrap();
        let mut site = Self {
            at: At::Real(Box::new(Clients {
                admin,
                anonymous,
                stranger: client(&config),
            })),
            ns: String::new(),
        };
        let namespace =
            json!({"metadata": {"generateName": "tiphys-contract-", "labels": {MARK: "true"}}});
        let made = site
            .post("/api/v1/namespaces", &namespace)
            .await
            .expect(201);
        made.json()["metadata"]["name"]
            .as_str()
            .unwrap()
            .clone_into(&mut site.ns);
        site.let_the_viewer_in().await;
        site
    }

    /// Gives [`VIEWER`] the right to read in the namespace.
    async fn let_the_viewer_in(&self) {
        let rbac = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{}", self.ns);
        let rules = json!([
            {"apiGroups": ["argoproj.io"], "resources": ["*"], "verbs": ["get", "list", "watch"]},
            {"apiGroups": [""], "resources": ["pods", "pods/log", "configmaps", "events"], "verbs": ["get", "list", "watch"]},
        ]);
        let role = json!({"metadata": {"name": "reader"}, "rules": rules});
        self.post(&format!("{rbac}/roles"), &role).await.expect(201);
        let binding = json!({
            "metadata": {"name": "reader"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": VIEWER}],
        });
        self.post(&format!("{rbac}/rolebindings"), &binding)
            .await
            .expect(201);
        // Rights are known a moment after they were given.
        let list = self.templates();
        self.eventually(async || {
            self.send(ask("GET", &list).who(Who::As(VIEWER))).await.code == 200
        })
        .await;
    }

    /// Takes away what the case made.
    pub async fn leave(&self) {
        if let At::Real(_) = self.at {
            let uri = format!("/api/v1/namespaces/{}", self.ns);
            self.send(ask("DELETE", uri)).await;
        }
    }

    /// The path of a kind in the namespace.
    pub fn path(&self, group: &str, plural: &str) -> String {
        let root = if group.is_empty() { "/api/v1" } else { group };
        format!("{root}/namespaces/{}/{plural}", self.ns)
    }

    /// The path of Argo's workflows.
    pub fn workflows(&self) -> String {
        self.path("/apis/argoproj.io/v1alpha1", "workflows")
    }

    /// The path of Argo's workflow templates: nobody but the cases touches them.
    pub fn templates(&self) -> String {
        self.path("/apis/argoproj.io/v1alpha1", "workflowtemplates")
    }

    /// The path of config maps.
    pub fn configs(&self) -> String {
        self.path("", "configmaps")
    }

    pub async fn send(&self, ask: Ask) -> Answer {
        let mut request = Request::builder()
            .method(ask.method)
            .uri(ask.uri.replace(' ', "%20"));
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        if let Who::As(name) = ask.who {
            request = request.header("impersonate-user", name);
        }
        let (parts, bytes) = match &self.at {
            At::Embedded(embedded) => {
                request = match ask.who {
                    Who::Admin | Who::As(_) => {
                        request.header("authorization", format!("Bearer {TOKEN}"))
                    }
                    Who::BadToken => request.header("authorization", "Bearer nobody-has-this"),
                    Who::Anonymous => request,
                };
                let request = request.body(Full::new(ask.body)).unwrap();
                let response = embedded.api.clone().oneshot(request).await.unwrap();
                let (parts, body) = response.into_parts();
                (parts, body.collect().await.unwrap().to_bytes())
            }
            At::Real(clients) => {
                let client = match ask.who {
                    Who::Admin | Who::As(_) => &clients.admin,
                    Who::Anonymous => &clients.anonymous,
                    Who::BadToken => &clients.stranger,
                };
                let request = request.body(kube::client::Body::from(ask.body)).unwrap();
                let response = client.send(request).await.expect("an answer");
                let (parts, body) = response.into_parts();
                (parts, body.collect().await.unwrap().to_bytes())
            }
        };
        Answer {
            code: parts.status.as_u16(),
            headers: parts.headers,
            bytes,
            ns: self.ns.clone(),
        }
    }

    pub async fn get(&self, uri: &str) -> Answer {
        self.send(ask("GET", uri)).await
    }

    pub async fn post(&self, uri: &str, body: &Value) -> Answer {
        self.send(ask("POST", uri).body(JSON, body)).await
    }

    pub async fn put(&self, uri: &str, body: &Value) -> Answer {
        self.send(ask("PUT", uri).body(JSON, body)).await
    }

    pub async fn patch(&self, uri: &str, kind: &str, body: &Value) -> Answer {
        self.send(ask("PATCH", uri).body(kind, body)).await
    }

    pub async fn delete(&self, uri: &str) -> Answer {
        self.send(ask("DELETE", uri)).await
    }

    /// Makes an object and tells its version.
    pub async fn make(&self, uri: &str, body: &Value) -> String {
        let made = self.post(uri, body).await.expect(201).json();
        made["metadata"]["resourceVersion"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Waits until something holds that a controller does in the background.
    pub async fn eventually(&self, holds: impl AsyncFn() -> bool) {
        for _ in 0..300 {
            if holds().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("it did not happen within half a minute");
    }
}

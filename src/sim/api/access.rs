//! Who asks and what they may do.
//! Apart, so that 401 and 403 are decided in one place, before any handler runs.

use http::{HeaderMap, Response, StatusCode, header};
use serde_json::{Value, json};

use super::super::clock::rfc3339;
use super::super::resource::{ARGO, NAMESPACES, PLATFORM, PODS, RESOURCES, Res, Resource};
use super::super::schema::Cause;
use super::route::Target;
use super::status::{self, Failure};
use super::{Body, Call, body, json, protobuf};

/// Who sends no token.
const ANONYMOUS: &str = "system:anonymous";

/// What of discovery somebody may read: everybody the version, everybody with a name the kinds.
fn may_read_path(user: &User, path: &str) -> bool {
    path == "version"
        || user.rights == Rights::Admin
        || (user.name != ANONYMOUS && !path.is_empty())
}

/// What somebody may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Everything.
    Admin,
    /// Reading, everywhere.
    Viewer,
    /// Reading in these namespaces; nothing at cluster scope.
    ViewerIn(Vec<String>),
    /// Reading and changing workflows and pods in these namespaces; nothing at cluster scope.
    OperatorIn(Vec<String>),
    /// Nothing but asking about themselves.
    Nobody,
}

/// Somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Name.
    pub name: String,
    /// Groups.
    pub groups: Vec<String>,
    /// Rights.
    pub rights: Rights,
}

impl User {
    /// Somebody with these rights, in the group every authenticated user is in.
    pub fn new(name: &str, rights: Rights) -> Self {
        Self {
            name: name.to_owned(),
            groups: vec!["system:authenticated".to_owned()],
            rights,
        }
    }
}

/// Bearer tokens and whose they are. Without any, everybody is an administrator.
#[derive(Clone, Debug, Default)]
pub struct Access {
    tokens: Vec<(String, User)>,
    people: Vec<User>,
}

impl Access {
    /// Everybody may do everything.
    pub fn open() -> Self {
        Self::default()
    }

    /// Only these tokens are known; no token is `system:anonymous`, who may do nothing.
    pub fn tokens(tokens: impl IntoIterator<Item = (String, User)>) -> Self {
        Self {
            tokens: tokens.into_iter().collect(),
            people: Vec::new(),
        }
    }

    /// The same, and an administrator may act as these. Whoever else an administrator acts as has no rights.
    pub fn and_people(mut self, people: impl IntoIterator<Item = User>) -> Self {
        self.people.extend(people);
        self
    }

    /// Who sends a request, or who it is sent in the name of.
    ///
    /// # Errors
    /// 401 for a token nobody has, 403 for acting as somebody else without the right to, 400 for acting as no one.
    pub fn user(&self, headers: &HeaderMap) -> Result<User, Failure> {
        let sender = self.sender(headers)?;
        let all = |name: &str| {
            let values = headers.get_all(name).iter();
            let texts = values.filter_map(|value| value.to_str().ok().map(str::to_owned));
            texts.collect::<Vec<_>>()
        };
        let (names, mut groups) = (all("impersonate-user"), all("impersonate-group"));
        let Some(name) = names.first() else {
            if groups.is_empty() {
                return Ok(sender);
            }
            let groups: Vec<String> = groups.iter().map(|group| format!("\"{group}\"")).collect();
            return Err(status::bad_request(format!(
                "requested &user.DefaultInfo{{Name:\"\", UID:\"\", Groups:[]string{{{}}}, Extra:map[string][]string(nil)}} without impersonating a user name",
                groups.join(", ")
            )));
        };
        if sender.rights != Rights::Admin {
            return Err(status::forbidden_impersonation(&sender.name, name));
        }
        groups.push("system:authenticated".to_owned());
        let known = self.people.iter().find(|user| user.name == *name);
        Ok(User {
            name: name.clone(),
            groups,
            rights: known.map_or(Rights::Nobody, |user| user.rights.clone()),
        })
    }

    fn sender(&self, headers: &HeaderMap) -> Result<User, Failure> {
        if self.tokens.is_empty() {
            return Ok(User::new("demo", Rights::Admin));
        }
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Ok(User {
                name: ANONYMOUS.to_owned(),
                groups: vec!["system:unauthenticated".to_owned()],
                rights: Rights::Nobody,
            });
        };
        let token = value.to_str().unwrap_or_default().strip_prefix("Bearer ");
        self.tokens
            .iter()
            .find(|(known, _)| Some(known.as_str()) == token)
            .map(|(_, user)| user.clone())
            .ok_or_else(status::unauthorized)
    }

    /// Whether a request may go on.
    ///
    /// # Errors
    /// 403 in the server's words.
    pub fn check(
        &self,
        user: &User,
        verb: &str,
        target: &Target,
        path: &str,
    ) -> Result<(), Failure> {
        let (res, namespace, name, sub) = match target {
            Target::Collection { res, namespace } => (*res, namespace.as_deref(), "", ""),
            Target::Object {
                res,
                namespace,
                name,
            } => (*res, namespace.as_deref(), name.as_str(), ""),
            Target::Status {
                res,
                namespace,
                name,
            } => (*res, namespace.as_deref(), name.as_str(), "status"),
            Target::NoSub {
                res,
                namespace,
                name,
            } => (*res, namespace.as_deref(), name.as_str(), "none"),
            Target::Log { namespace, name } => {
                (PODS, Some(namespace.as_str()), name.as_str(), "log")
            }
            Target::Connect {
                namespace,
                name,
                sub,
            } => (PODS, Some(namespace.as_str()), name.as_str(), sub.as_str()),
            Target::Discovery(path) if !may_read_path(user, path) => {
                return Err(status::forbidden_path(
                    &user.name,
                    "get",
                    &format!("/{path}"),
                ));
            }
            Target::OpenApi(path) if user.name == ANONYMOUS => {
                let path = format!("/openapi/v3/{path}");
                return Err(status::forbidden_path(
                    &user.name,
                    "get",
                    path.trim_end_matches('/'),
                ));
            }
            Target::Missing | Target::Unknown if user.rights != Rights::Admin => {
                return Err(status::forbidden_path(&user.name, verb, path));
            }
            _ => return Ok(()),
        };
        // A namespace is judged as being in itself.
        let namespace = match namespace {
            None if res == NAMESPACES && !name.is_empty() => Some(name),
            namespace => namespace,
        };
        if allowed(&user.rights, verb, res, sub, namespace) {
            return Ok(());
        }
        let at = match namespace {
            Some(namespace) => format!("in the namespace \"{namespace}\""),
            None => "at the cluster scope".to_owned(),
        };
        Err(status::forbidden(res, name, sub, verb, &user.name, &at))
    }

    /// Answers a review of the caller's own rights.
    ///
    /// # Errors
    /// 404 for reviews that do not exist, 400 for a body that is no JSON.
    pub(super) fn review(&self, call: &Call, kind: &str) -> Result<Response<Body>, Failure> {
        let Some(name) = review_kind(kind) else {
            return Err(status::no_such_resource());
        };
        if call.method != http::Method::POST {
            return Err(status::method_not_allowed());
        }
        let mut body = asked_for(call, name)?;
        let user = &call.user;
        let answer = match kind {
            "selfsubjectreviews" => json!({
                "kind": "SelfSubjectReview",
                "apiVersion": "authentication.k8s.io/v1",
                "metadata": {"creationTimestamp": rfc3339(call.store.clock().millis())},
                "status": {"userInfo": {"username": user.name, "groups": user.groups}},
            }),
            "selfsubjectaccessreviews" => {
                one_of(&body["spec"])?;
                let allowed = asked(user, &body["spec"]);
                json!({
                    "kind": "SelfSubjectAccessReview",
                    "apiVersion": "authorization.k8s.io/v1",
                    "metadata": {},
                    "spec": body["spec"].take(),
                    "status": {"allowed": allowed},
                })
            }
            "selfsubjectrulesreviews" => {
                let namespace = body["spec"]["namespace"].as_str().unwrap_or_default();
                if namespace.is_empty() {
                    return Err(status::bad_request("no namespace on request"));
                }
                json!({
                    "kind": "SelfSubjectRulesReview",
                    "apiVersion": "authorization.k8s.io/v1",
                    "metadata": {},
                    "spec": {},
                    "status": rules(&user.rights, namespace),
                })
            }
            _ => return Err(Failure::page_not_found()),
        };
        Ok(json(StatusCode::CREATED, &answer))
    }
}

fn reading(verb: &str) -> bool {
    matches!(verb, "get" | "list" | "watch")
}

fn allowed(rights: &Rights, verb: &str, res: Res, sub: &str, namespace: Option<&str>) -> bool {
    let secret = res.plural == "secrets";
    let inside = |names: &[String]| {
        namespace.is_some_and(|namespace| names.iter().any(|name| name == namespace))
    };
    match rights {
        Rights::Admin => true,
        Rights::Viewer => reading(verb) && !secret,
        Rights::ViewerIn(names) => reading(verb) && !secret && inside(names),
        Rights::OperatorIn(names) => {
            let changes = (res.custom() || (res == PODS && verb == "delete")) && sub.is_empty();
            !secret && inside(names) && (reading(verb) || changes)
        }
        Rights::Nobody => false,
    }
}

/// The review in a request, in whichever form it was sent.
fn asked_for(call: &Call, kind: &str) -> Result<Value, Failure> {
    let read = match body::media_type(call) {
        protobuf::TYPE => protobuf::review(&call.body).ok_or_else(|| "no protobuf".to_owned()),
        form => body::read(&call.body, form == "application/yaml"),
    };
    read.map_err(|why| {
        status::bad_request(format!(
            "the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json parse error: {why} ({})",
            String::from_utf8_lossy(&call.body)
        ))
    })
}

fn review_kind(plural: &str) -> Option<&'static str> {
    Some(match plural {
        "selfsubjectreviews" => "SelfSubjectReview",
        "selfsubjectaccessreviews" => "SelfSubjectAccessReview",
        "selfsubjectrulesreviews" => "SelfSubjectRulesReview",
        _ => return None,
    })
}

/// A review asks about a resource or about a path, not both.
fn one_of(spec: &Value) -> Result<(), Failure> {
    let (field, why) = match (
        spec["resourceAttributes"].is_object(),
        &spec["nonResourceAttributes"],
    ) {
        (true, Value::Object(path)) => {
            let text = |key: &str| path.get(key).cloned().unwrap_or_else(|| "".into());
            let shown = json!({"Path": text("path"), "Verb": text("verb")});
            (
                "spec.nonResourceAttributes",
                format!("Invalid value: {shown}: cannot be specified in combination with resourceAttributes"),
            )
        }
        (false, other) if !other.is_object() => (
            "spec.resourceAttributes",
            "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified".to_owned(),
        ),
        _ => return Ok(()),
    };
    let cause = Cause::new("FieldValueInvalid", field, why);
    Err(status::invalid_as("", "authorization.k8s.io", "", &[cause]))
}

fn asked(user: &User, spec: &Value) -> bool {
    if user.rights == Rights::Admin {
        return true;
    }
    let path = &spec["nonResourceAttributes"];
    if path.is_object() {
        let at = path["path"].as_str().unwrap_or_default();
        return path["verb"] == "get" && may_read_path(user, at.trim_start_matches('/'));
    }
    let what = &spec["resourceAttributes"];
    let text = |key: &str| what[key].as_str().unwrap_or_default();
    if text("verb") == "create" && text("group") == "authorization.k8s.io" {
        return text("resource").starts_with("selfsubject");
    }
    let Some(res) = RESOURCES
        .iter()
        .find(|res| res.group == text("group") && res.plural == text("resource"))
    else {
        return false;
    };
    let namespace = what["namespace"].as_str().filter(|n| !n.is_empty());
    let sub = text("subresource");
    if !matches!(sub, "" | "log") {
        return false;
    }
    allowed(&user.rights, text("verb"), res, sub, namespace)
}

fn rules(rights: &Rights, namespace: &str) -> Value {
    let mut resource = Vec::new();
    let read = json!(["get", "list", "watch"]);
    let open = match rights {
        Rights::Admin => {
            resource.push(json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}));
            false
        }
        Rights::Viewer => true,
        Rights::ViewerIn(names) | Rights::OperatorIn(names) => names.iter().any(|n| n == namespace),
        Rights::Nobody => false,
    };
    if open {
        let plurals = |fits: &dyn Fn(&Resource) -> bool| -> Vec<&str> {
            let all = RESOURCES.iter();
            let all = all.filter(|r| fits(r) && r.plural != "secrets");
            all.map(|r| r.plural).collect()
        };
        let mut built_in = plurals(&|r| !r.custom());
        built_in.push("pods/log");
        let defined = [ARGO, PLATFORM].map(|group| (group, plurals(&|r| r.group == group)));
        for (group, names) in &defined {
            resource.push(json!({"verbs": read, "apiGroups": [group], "resources": names}));
        }
        resource.push(json!({"verbs": read, "apiGroups": [""], "resources": built_in}));
        if matches!(rights, Rights::OperatorIn(_)) {
            for (group, names) in &defined {
                resource.push(json!({"verbs": ["create", "update", "patch", "delete"], "apiGroups": [group], "resources": names}));
            }
            resource.push(json!({"verbs": ["delete"], "apiGroups": [""], "resources": ["pods"]}));
        }
    }
    resource.push(json!({"verbs": ["create"], "apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]}));
    resource.push(json!({"verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]}));
    let paths = [
        json!({"verbs": ["get"], "nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"]}),
    ];
    json!({"resourceRules": resource, "nonResourceRules": paths, "incomplete": false})
}

//! What is decided for a whole cluster: who may be admitted, and how many workflows go on at once.

use http::Method;
use serde_json::{Value, json};

use super::cluster::{Place, Real};
use super::script;
use super::waiting::{one, told};

const ADMISSION: &str = "/apis/admissionregistration.k8s.io/v1";
const SETTINGS: &str = "/api/v1/namespaces/argo/configmaps/workflow-controller-configmap";

/// An object that belongs to no namespace. Dropped, it is removed.
struct Kept<'a> {
    real: &'a Real,
    path: String,
}

impl<'a> Kept<'a> {
    #[track_caller]
    fn new(real: &'a Real, plural: &str, object: &Value) -> Self {
        let all = format!("{ADMISSION}/{plural}");
        real.create(&all, object);
        let name = object["metadata"]["name"].as_str().unwrap();
        let path = format!("{all}/{name}");
        Self { real, path }
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        let _ = self.real.ask(Method::DELETE, &self.path, None);
    }
}

/// Argo's limit on all workflows, which its controller reads again when it changes. Dropped, there is none.
struct Limit<'a>(&'a Real);

impl<'a> Limit<'a> {
    fn set(real: &'a Real, limit: &Value) -> u16 {
        let data = json!({"data": {"parallelism": limit}});
        real.ask(Method::PATCH, SETTINGS, Some(&data)).0
    }
}

impl Drop for Limit<'_> {
    fn drop(&mut self) {
        Limit::set(self.0, &Value::Null);
    }
}

fn rule() -> Value {
    json!({"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]})
}

fn here(place: &Place<'_>) -> Value {
    json!({"matchLabels": {"kubernetes.io/metadata.name": place.name}})
}

#[test]
fn who_refused_a_pod_and_in_which_words_is_told() {
    let Some(real) = Real::given() else {
        return;
    };
    let (policed, hooked) = (Place::new(&real), Place::new(&real));
    let named = json!({"name": policed.name});
    let policy = json!({"metadata": named, "spec": {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [rule()]},
        "validations": [{"expression": "false", "message": "a pod names its cost centre"}]}});
    let binding = json!({"metadata": named, "spec": {
        "policyName": policed.name, "validationActions": ["Deny"],
        "matchResources": {"namespaceSelector": here(&policed)}}});
    // Nobody listens there.
    let hook = json!({"metadata": {"name": hooked.name}, "webhooks": [{
        "name": "guard.example.com", "clientConfig": {"url": "https://127.0.0.1:1/validate"},
        "rules": [rule()], "namespaceSelector": here(&hooked), "sideEffects": "None",
        "timeoutSeconds": 2, "admissionReviewVersions": ["v1"]}]});
    let _kept = [
        Kept::new(&real, "validatingadmissionpolicies", &policy),
        Kept::new(&real, "validatingadmissionpolicybindings", &binding),
        Kept::new(&real, "validatingwebhookconfigurations", &hook),
    ];
    // A rule is in force a moment after it is there.
    for place in [&policed, &hooked] {
        let pods = format!("/api/v1/namespaces/{}/pods?dryRun=All", place.name);
        let pod = json!({"metadata": {"name": "probe"},
            "spec": {"containers": [{"name": "main", "image": "busybox"}]}});
        real.until("pods are refused", |real| {
            real.ask(Method::POST, &pods, Some(&pod)).0 >= 400
        });
        place.submit(&one("one"));
    }
    let words = [
        "was not allowed to start",
        "denied request: a pod names its cost centre",
    ];
    told(&policed, &["one"], &words);
    let words = [
        "cannot start",
        "failed calling webhook \"guard.example.com\"",
    ];
    told(&hooked, &["one"], &words);
}

#[test]
fn the_limit_of_the_controller_is_told_from_that_of_a_namespace() {
    let Some((real, _rig)) = Real::to_disturb() else {
        return;
    };
    let (busy, still) = (Place::new(&real), Place::new(&real));
    busy.submit(&one("one"));
    busy.until("one", "begun", |one| one["status"]["phase"] == "Running");
    let limit = Limit(&real);
    assert_eq!(Limit::set(&real, &json!("1")), 200);
    // The controller reads its settings again when it hears of them, and does not say that it did.
    let probes = Place::new(&real);
    let mut tried = 0;
    real.until("the limit is in force", |_| {
        tried += 1;
        let name = format!("probe-{tried}");
        probes.submit(&one(&name));
        let probe = probes.until(&name, "looked at", |run| run["status"]["phase"].is_string());
        probe["status"]["phase"] == "Pending"
    });
    still.submit(&one("two"));
    let words = ["It is queued", "too many workflows run: 0 in"];
    told(&still, &["two"], &words);
    // Only who looks at all namespaces knows whose limit it is.
    let two = format!("{}/two", still.name);
    let all = script::everywhere(&still, &["why", &two]).out;
    let whose = "so that it is the limit of the controller for all namespaces";
    assert!(all.contains(whose), "{all}");
    assert!(all.contains(&format!("{}/one", busy.name)), "{all}");
    drop(limit);
    still.until("two", "begun", |run| run["status"]["phase"] == "Running");
}

//! The real cluster fails in every way that can be made to happen: the console says so, recovers by itself, and then shows what the server has.
//! Apart from the faults of the embedded cluster: here server, credentials and rights are somebody else's.

use serde_json::{Value, json};

use super::cluster::{Place, Real};
use super::looking::{Console, home};
use super::proxy::wired;

/// Ends by itself at once.
const SHORT: &str = "
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: NAME}
spec:
  entrypoint: main
  templates: [{name: main, suspend: {duration: 1s}}]
";

fn submit(place: &Place<'_>, name: &str) {
    place.submit(&SHORT.replace("NAME", name));
}

#[test]
fn cut_connections_are_made_again_and_nothing_is_missed() {
    let Some(real) = Real::given() else { return };
    let place = Place::new(&real);
    let (kubeconfig, wire) = wired(&real.kubeconfig, &home(&place), |_| {});
    submit(&place, "before");
    let console = Console::on(&place, &kubeconfig);
    console.is_live();
    for round in 0..3 {
        wire.cut();
        // Made and gone while nobody looks; and one that stays.
        submit(&place, &format!("passing-{round}"));
        submit(&place, &format!("during-{round}"));
        place.ended(&format!("during-{round}"), "Succeeded");
        real.delete(&format!("{}/passing-{round}", place.argo("workflows")));
        wire.mend();
        console.equals_the_server(&place);
        console.is_live();
    }
    console.quit();
}

#[test]
fn an_outage_is_said_and_ends_by_itself() {
    let Some(real) = Real::given() else { return };
    let place = Place::new(&real);
    let (kubeconfig, wire) = wired(&real.kubeconfig, &home(&place), |_| {});
    submit(&place, "before");
    let console = Console::on(&place, &kubeconfig);
    console.is_live();
    console.line(&["Succeeded", "before"]);
    wire.cut();
    console.text("stale");
    // What was seen stays, and says that it is old.
    console.line(&["Succeeded", "before"]);
    wire.mend();
    console.is_live();
    console.quit();
}

#[test]
fn a_killed_api_server_is_waited_for() {
    let Some((real, rig)) = Real::to_disturb() else {
        return;
    };
    let place = Place::new(&real);
    submit(&place, "before");
    let console = Console::live(&place);
    console.line(&["Succeeded", "before"]);
    rig.run(&["part", "apiserver", "kill"]);
    console.text("stale");
    rig.start_server(&real);
    submit(&place, "after");
    console.is_live();
    console.line(&["Succeeded", "after"]);
    console.equals_the_server(&place);
    console.quit();
}

#[test]
fn a_compacted_history_is_read_anew() {
    let Some((real, rig)) = Real::to_disturb() else {
        return;
    };
    let place = Place::new(&real);
    let (kubeconfig, wire) = wired(&real.kubeconfig, &home(&place), |_| {});
    submit(&place, "before");
    submit(&place, "deleted");
    let console = Console::on(&place, &kubeconfig);
    console.is_live();
    console.line(&["Succeeded", "deleted"]);
    wire.cut();
    real.delete(&format!("{}/deleted", place.argo("workflows")));
    submit(&place, "after");
    place.ended("after", "Succeeded");
    // etcd forgets what the console would ask for; the server is started anew, so that its own memory of it goes too.
    rig.run(&["compact"]);
    rig.start_server(&real);
    wire.mend();
    console.line(&["Succeeded", "after"]);
    console.equals_the_server(&place);
    console.is_live();
    console.quit();
}

/// An account that may see workflows, pods and events of the namespace, and how its right is given.
struct Account {
    binding: (String, Value),
    tokens: String,
    secrets: String,
}

impl Account {
    fn new(place: &Place<'_>) -> Self {
        let core = format!("/api/v1/namespaces/{}", place.name);
        let rbac = format!(
            "/apis/rbac.authorization.k8s.io/v1/namespaces/{}",
            place.name
        );
        let rules = json!([
            {"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["get", "list", "watch"]},
            {"apiGroups": [""], "resources": ["pods", "pods/log", "events"], "verbs": ["get", "list", "watch"]},
        ]);
        place.real.create(
            &format!("{core}/serviceaccounts"),
            &json!({"metadata": {"name": "looker"}}),
        );
        place.real.create(
            &format!("{rbac}/roles"),
            &json!({"metadata": {"name": "looker"}, "rules": rules}),
        );
        let binding = json!({"metadata": {"name": "looker"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "looker"},
        "subjects": [
            {"kind": "ServiceAccount", "name": "looker", "namespace": place.name},
            {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": Self::person(place)},
        ]});
        let account = Self {
            binding: (format!("{rbac}/rolebindings"), binding),
            tokens: format!("{core}/serviceaccounts/looker/token"),
            secrets: format!("{core}/secrets"),
        };
        account.give(place.real);
        account
    }

    /// A person with the same right; unlike accounts, of no group that somebody may have given rights.
    fn person(place: &Place<'_>) -> String {
        format!("{}-looker", place.name)
    }

    fn give(&self, real: &Real) {
        real.create(&self.binding.0, &self.binding.1);
    }

    /// Takes the right away, and waits until the server knows: what is asked before that is still allowed.
    fn take(&self, place: &Place<'_>) {
        let (real, namespace) = (place.real, &place.name);
        real.delete(&format!("{}/looker", self.binding.0));
        let question = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {
            "user": Self::person(place),
            "resourceAttributes": {"namespace": namespace, "verb": "list", "group": "argoproj.io", "resource": "workflows"}}});
        real.until("the right is gone", |real| {
            let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
            real.create(path, &question)["status"]["allowed"] == false
        });
    }

    /// A token that lives as long as the secret of this name.
    fn token(&self, real: &Real, secret: &str) -> String {
        let made = real.create(&self.secrets, &json!({"metadata": {"name": secret}}));
        let bound = json!({"apiVersion": "v1", "kind": "Secret", "name": secret, "uid": made["metadata"]["uid"]});
        let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": {"audiences": [], "boundObjectRef": bound}});
        let answer = real.create(&self.tokens, &request);
        answer["status"]["token"].as_str().unwrap().to_string()
    }

    /// Ends a token by its secret, and waits until the server has forgotten that it was good (it remembers for 10 s).
    fn end(&self, real: &Real, secret: &str, token: &str) {
        real.delete(&format!("{}/{secret}", self.secrets));
        let question = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}});
        real.until("the token is refused", |real| {
            let path = "/apis/authentication.k8s.io/v1/tokenreviews";
            real.create(path, &question)["status"]["authenticated"] != true
        });
    }
}

#[test]
fn revoked_rights_are_said_and_given_back_rights_are_used() {
    let Some(real) = Real::given() else { return };
    let place = Place::new(&real);
    let account = Account::new(&place);
    let person = Account::person(&place);
    let (kubeconfig, wire) = wired(&real.kubeconfig, &home(&place), |user| {
        user["as"] = person.into();
    });
    submit(&place, "before");
    let console = Console::on(&place, &kubeconfig);
    console.is_live();
    console.line(&["Succeeded", "before"]);
    account.take(&place);
    // A watch that is open goes on being served: rights are asked for when one is opened.
    wire.cut();
    wire.mend();
    console.text("forbidden in");
    account.give(&real);
    submit(&place, "after");
    console.line(&["Succeeded", "after"]);
    console.is_live();
    console.equals_the_server(&place);
    console.quit();
}

#[test]
fn an_expired_token_is_replaced_by_the_credential_plugin() {
    let Some(real) = Real::given() else { return };
    let place = Place::new(&real);
    let account = Account::new(&place);
    let folder = home(&place);
    let credential = folder.join("credential.json");
    let write = |secret: &str| {
        let token = account.token(&real, secret);
        let answer = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
            "status": {"token": token}});
        std::fs::write(&credential, answer.to_string()).unwrap();
        token
    };
    let first = write("first");
    let plugin = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never",
        "command": "cat", "args": [credential.display().to_string()]}});
    let (kubeconfig, wire) = wired(&real.kubeconfig, &folder, |user| *user = plugin);
    submit(&place, "before");
    let console = Console::on(&place, &kubeconfig);
    console.is_live();
    console.line(&["Succeeded", "before"]);
    // The old token dies with its secret while the plugin has none that lives.
    account.end(&real, "first", &first);
    wire.cut();
    wire.mend();
    console.text("does not accept the credentials");
    write("second");
    submit(&place, "after");
    console.line(&["Succeeded", "after"]);
    console.is_live();
    console.quit();
}

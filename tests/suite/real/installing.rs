//! What a cluster is given to run QARuns, and what runs there: applied twice it is the same, one of two controllers works, and a
//! QARun is made from a template that somebody else wrote.
//! Apart from the controller's crashes, which need no installation.

use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use http::Method;
use kube::config::{Kubeconfig, NamedContext};
use serde_json::{Value, json};

use super::cluster::{ARGO, Place, Real};
use super::controlling::{Worker, define};

/// The program, with the rig's kubeconfig.
fn tiphys(real: &Real, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tiphys"));
    command
        .arg("--kubeconfig")
        .arg(&real.kubeconfig)
        .args(words);
    command
}

#[track_caller]
fn good(output: Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    out
}

/// Of what is applied a namespace's controller only; its image is nowhere, so that nothing of it runs.
fn install<'a>(place: &'a Place<'_>, more: &[&'a str]) -> Vec<&'a str> {
    let own = [
        "install",
        "--image",
        "registry.invalid/tiphys:0",
        "--scope",
        "namespace",
    ];
    let there = ["-n", &place.name, "--into", &place.name];
    [&own[..], &there, more].concat()
}

#[test]
fn what_is_installed_twice_is_the_same_and_kubectl_sees_no_difference() {
    let Some(real) = Real::given() else {
        return;
    };
    let place = Place::new(&real);
    let apply = install(&place, &["--apply", "--yes", "--force"]);
    let first = good(tiphys(&real, &apply).output().unwrap());
    assert!(first.contains("created"), "{first}");
    let again = good(tiphys(&real, &apply).output().unwrap());
    let same = |line: &str| line.starts_with("unchanged ");
    assert!(
        again.lines().all(same) && again.lines().count() > 5,
        "{again}"
    );
    let kubectl = std::env::var("TIPHYS_KUBECTL").unwrap_or_else(|_| "kubectl".to_owned());
    if Command::new(&kubectl)
        .args(["version", "--client"])
        .output()
        .is_err()
    {
        println!("kubectl was not asked: there is none in the path and TIPHYS_KUBECTL names none");
        return;
    }
    let printed = good(tiphys(&real, &install(&place, &[])).output().unwrap());
    let mut diff = Command::new(kubectl)
        .arg("--kubeconfig")
        .arg(&real.kubeconfig)
        .args(["diff", "--server-side", "--field-manager=tiphys", "-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    diff.stdin
        .take()
        .unwrap()
        .write_all(printed.as_bytes())
        .unwrap();
    let shown = good(diff.wait_with_output().unwrap());
    assert_eq!(shown, "", "nothing differs");
}

/// A controller that ends with the test, however that ends.
struct Candidate(Child);

impl Candidate {
    fn new(real: &Real, place: &Place<'_>) -> Self {
        let words = [
            "-n",
            &place.name,
            "controller",
            "--metrics-addr",
            "127.0.0.1:0",
        ];
        let mut command = tiphys(real, &words);
        let silent = command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(silent.spawn().unwrap())
    }

    fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Candidate {
    fn drop(&mut self) {
        self.kill();
    }
}

#[test]
fn one_of_two_controllers_has_the_lease_and_the_other_takes_over() {
    let Some(real) = Real::given() else {
        return;
    };
    define(&real);
    let place = Place::new(&real);
    // It lies in the namespace of the kubeconfig.
    let file = Kubeconfig::read_from(&real.kubeconfig).unwrap();
    let named = |context: &NamedContext| context.context.as_ref()?.namespace.clone();
    let home = file.contexts.iter().find_map(named);
    let home = home.unwrap_or_else(|| "default".to_owned());
    let lease = format!("/apis/coordination.k8s.io/v1/namespaces/{home}/leases/tiphys-controller");
    let lease = &*lease;
    let holder = |real: &Real| {
        let (_, lease) = real.ask(Method::GET, lease, None);
        lease["spec"]["holderIdentity"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    // Somebody else's, if another one works on this cluster, is not ours to take.
    let before = real.ask(Method::GET, lease, None);
    assert!(
        before.0 == 404 || before.1["spec"]["holderIdentity"] == "",
        "the lease is in use: {}",
        before.1
    );
    let mut one = Candidate::new(&real, &place);
    real.until("one has the lease", |real| !holder(real).is_empty());
    let first = holder(&real);
    let mut other = Candidate::new(&real, &place);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(holder(&real), first, "it keeps it");
    one.kill();
    let killed = Instant::now();
    real.until("the other has it", |real| {
        let now = holder(real);
        !now.is_empty() && now != first
    });
    assert!(
        killed.elapsed() > Duration::from_secs(8),
        "not before the first one would have stopped"
    );
    // One that is asked to end gives it back.
    let asked = Command::new("kill").arg(other.0.id().to_string()).status();
    assert!(asked.unwrap().success());
    assert!(other.0.wait().unwrap().success());
    let (_, left) = real.ask(Method::GET, lease, None);
    assert_eq!(
        (
            &left["spec"]["holderIdentity"],
            &left["spec"]["leaseTransitions"]
        ),
        (&json!(""), &json!(1)),
        "{left}"
    );
    real.delete(lease);
}

/// A template of one step, which is told what to say.
fn template(kind: &str, name: &str) -> Value {
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": {
        "entrypoint": "main",
        "arguments": {"parameters": [{"name": "end"}]},
        "templates": [{"name": "main", "container": {"image": "busybox", "command": ["sh", "-c", "exit {{workflow.parameters.end}}"]}}],
    }})
}

#[test]
fn a_run_is_made_from_a_template_of_the_namespace_and_of_the_cluster() {
    let Some(real) = Real::given() else {
        return;
    };
    define(&real);
    let place = Place::new(&real);
    real.create(
        &place.argo("workflowtemplates"),
        &template("WorkflowTemplate", "here"),
    );
    let everywhere = place.name.clone();
    let clustered = format!("{ARGO}/clusterworkflowtemplates");
    real.create(
        &clustered,
        &template("ClusterWorkflowTemplate", &everywhere),
    );
    let qaruns = format!("/apis/agents.platform/v1/namespaces/{}/qaruns", place.name);
    let run = |name: &str, kind: &str, template: &str, end: &str| {
        json!({"apiVersion": "agents.platform/v1", "kind": "QARun", "metadata": {"name": name}, "spec": {
            "service": "refunds", "template": {"kind": kind, "name": template, "parameters": {"end": end}},
        }})
    };
    let all = [
        ("green", "WorkflowTemplate", "here", "0", "pass"),
        ("red", "ClusterWorkflowTemplate", &*everywhere, "1", "fail"),
    ];
    for (name, kind, template, end, _) in all {
        real.create(&qaruns, &run(name, kind, template, end));
    }
    let worker = Worker::controller(&place);
    for (name, _, _, _, verdict) in all {
        let path = format!("{qaruns}/{name}");
        real.until("it has its verdict", |real| {
            real.get(&path)["status"]["verdict"].is_string()
        });
        let status = real.get(&path)["status"].take();
        assert_eq!(status["verdict"], verdict, "{name}: {status}");
    }
    drop(worker);
    real.delete(&format!("{clustered}/{everywhere}"));
    for (name, ..) in all {
        // Nobody is there to let it go.
        let free = json!({"metadata": {"finalizers": []}});
        let (code, said) = real.ask(Method::PATCH, &format!("{qaruns}/{name}"), Some(&free));
        assert_eq!(code, 200, "{said}");
    }
}

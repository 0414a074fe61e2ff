//! A real kubectl on the embedded cluster: what people type first, and what it says.
//! Apart from the contract, because kubectl asks in its own ways. It is `TIPHYS_KUBECTL`, or the one in the path.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::served::Served;

/// The demo at a standstill, on loopback, with a kubectl pointed at it.
struct Demo {
    kubectl: String,
    served: Served,
}

/// What a command said.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    #[track_caller]
    fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self.out
    }
}

impl Demo {
    /// Nothing where there is no kubectl; that is said.
    fn start(test: &str) -> Option<Self> {
        let kubectl = std::env::var("TIPHYS_KUBECTL").unwrap_or_else(|_| "kubectl".to_owned());
        let version = Command::new(&kubectl)
            .args(["version", "--client"])
            .output();
        if !version.is_ok_and(|output| output.status.success()) {
            println!("skipped: there is no kubectl in the path and TIPHYS_KUBECTL names none");
            return None;
        }
        Some(Self {
            kubectl,
            served: Served::demo(test),
        })
    }

    fn command(&self, line: &[&str]) -> Command {
        let mut command = Command::new(&self.kubectl);
        command
            .arg("--kubeconfig")
            .arg(self.served.config())
            .arg("--cache-dir")
            .arg(self.served.folder.join("cache"))
            .args(line)
            .env_remove("KUBECONFIG")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, line: &[&str]) -> Said {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(line).output().unwrap();
        Said {
            code: status.code(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    fn good(&self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        println!("$ kubectl {line}");
        self.run(&words).good()
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.served.folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

const RUN: &str = "payments/t42-refund-acceptance";

fn header(text: &str) -> Vec<&str> {
    text.lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect()
}

#[test]
fn what_there_is_can_be_listed_and_read() {
    let Some(demo) = Demo::start("get") else {
        return;
    };
    let (ns, run) = RUN.split_once('/').unwrap();
    let all = demo.good("get workflows -A");
    assert_eq!(
        header(&all),
        ["NAMESPACE", "NAME", "STATUS", "AGE", "MESSAGE"]
    );
    assert!(all.lines().count() > 300, "{all}");
    let row = all.lines().find(|line| line.contains(run)).unwrap();
    assert!(row.contains("Failed"), "{row}");
    assert_eq!(
        header(&demo.good(&format!("get wf {run} -n {ns} -o wide"))),
        ["NAME", "STATUS", "AGE", "MESSAGE"]
    );
    let yaml = demo.good(&format!("get wf {run} -n {ns} -o yaml"));
    assert!(
        yaml.starts_with("apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n"),
        "{yaml}"
    );
    assert_eq!(
        header(&demo.good("get pods -A -o wide")),
        [
            "NAMESPACE",
            "NAME",
            "READY",
            "STATUS",
            "RESTARTS",
            "AGE",
            "IP",
            "NODE",
            "NOMINATED",
            "NODE",
            "READINESS",
            "GATES"
        ]
    );
    assert_eq!(
        header(&demo.good("get events -A")),
        [
            "NAMESPACE",
            "LAST",
            "SEEN",
            "TYPE",
            "REASON",
            "OBJECT",
            "MESSAGE"
        ]
    );
    assert_eq!(
        header(&demo.good("get nodes")),
        ["NAME", "STATUS", "ROLES", "AGE", "VERSION"]
    );
    assert_eq!(header(&demo.good("get ns")), ["NAME", "STATUS", "AGE"]);
    assert_eq!(header(&demo.good("get crd")), ["NAME", "CREATED", "AT"]);
    assert_eq!(header(&demo.good("get all -A"))[..2], ["NAMESPACE", "NAME"]);
    assert!(
        demo.good("get wf -A -l workflows.argoproj.io/phase=Failed -o name")
            .contains(&format!("workflow.argoproj.io/{run}"))
    );
    let missing = demo.run(&["get", "wf", "none", "-n", ns]);
    assert_eq!(
        (missing.code, missing.err.as_str()),
        (
            Some(1),
            "Error from server (NotFound): workflows.argoproj.io \"none\" not found\n"
        )
    );
}

#[test]
fn kinds_and_fields_are_explained() {
    let Some(demo) = Demo::start("explain") else {
        return;
    };
    let kinds = demo.good("api-resources");
    for wanted in [
        "workflows",
        "cronworkflows",
        "pods",
        "customresourcedefinitions",
        "selfsubjectaccessreviews",
    ] {
        assert!(
            kinds.lines().any(|line| line.starts_with(wanted)),
            "{wanted}: {kinds}"
        );
    }
    assert!(demo.good("api-versions").contains("argoproj.io/v1alpha1"));
    let spec = demo.good("explain wf.spec");
    assert!(
        spec.contains("KIND:       Workflow") && spec.contains("FIELD: spec"),
        "{spec}"
    );
    assert!(
        spec.lines().any(|line| line.trim() == "suspend\t<boolean>"),
        "{spec}"
    );
    assert!(
        demo.good("explain workflow.spec.templates.container.env")
            .contains("valueFrom")
    );
    assert!(
        demo.good("explain configmap")
            .contains("KIND:       ConfigMap")
    );
    assert!(demo.good("version").contains("Server Version: v1.36."));
}

#[test]
fn runs_and_pods_are_described_with_their_events() {
    let Some(demo) = Demo::start("describe") else {
        return;
    };
    let (ns, run) = RUN.split_once('/').unwrap();
    let told = demo.good(&format!("describe wf {run} -n {ns}"));
    assert!(
        told.contains("Kind:         Workflow") && told.contains("WorkflowFailed"),
        "{told}"
    );
    let selector = format!("workflows.argoproj.io/workflow={run}");
    let pods = demo.good(&format!("get pods -n {ns} -l {selector} -o name"));
    let pod = pods.lines().next().unwrap();
    let told = demo.good(&format!("describe {pod} -n {ns}"));
    assert!(
        told.contains("Controlled By:") && told.contains("Scheduled"),
        "{told}"
    );
    let log = demo.good(&format!("logs -f {pod} -n {ns} -c main"));
    assert!(!log.is_empty());
    let tail = demo.good(&format!("logs {pod} -n {ns} -c main --tail 1 --timestamps"));
    assert_eq!(tail.lines().count(), 1, "{tail}");
    let inside = demo.run(&["exec", pod, "-n", ns, "-c", "main", "--", "true"]);
    assert_ne!(
        inside.code,
        Some(0),
        "nothing runs in there: {}",
        inside.err
    );
}

#[test]
fn objects_are_made_changed_and_deleted() {
    let Some(demo) = Demo::start("apply") else {
        return;
    };
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: made}\nspec:\n  entrypoint: m\n  templates:\n  - name: m\n    container: {image: 'a:1'}\n";
    let file = demo.file("made.yaml", text);
    assert_eq!(
        demo.good(&format!("apply -f {file} --dry-run=server")),
        "workflowtemplate.argoproj.io/made created (server dry run)\n"
    );
    assert_eq!(
        demo.good(&format!("apply -f {file}")),
        "workflowtemplate.argoproj.io/made created\n"
    );
    assert_eq!(
        demo.good(&format!("apply -f {file}")),
        "workflowtemplate.argoproj.io/made unchanged\n"
    );
    let file = demo.file("changed.yaml", &text.replace("a:1", "b:2"));
    assert_eq!(
        demo.run(&["diff", "-f", &file]).code,
        Some(1),
        "there is a difference"
    );
    assert_eq!(
        demo.good(&format!("apply -f {file}")),
        "workflowtemplate.argoproj.io/made configured\n"
    );
    let wrong = demo.file("wrong.yaml", &text.replace("entrypoint", "entripoint"));
    let refused = demo.run(&["apply", "-f", &wrong]);
    assert!(
        refused.err.contains("unknown field \"spec.entripoint\""),
        "{}",
        refused.err
    );
    assert!(
        demo.good("patch wftmpl made --type merge -p {\"spec\":{\"priority\":3}}")
            .contains("patched")
    );
    assert!(
        demo.good(
            "patch wftmpl made --type json -p [{\"op\":\"remove\",\"path\":\"/spec/priority\"}]"
        )
        .contains("patched")
    );
    assert!(demo.good("label wftmpl made a=b").contains("labeled"));
    assert!(demo.good("annotate wftmpl made a=b").contains("annotated"));
    assert!(
        demo.good(&format!("apply --server-side --field-manager me -f {file}"))
            .contains("serverside-applied")
    );
    assert!(demo.good("delete wftmpl made").contains("deleted"));
    let file = demo.file(
        "config.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n",
    );
    assert_eq!(
        demo.good(&format!("apply -f {file}")),
        "configmap/c created\n"
    );
    let file = demo.file(
        "config.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {c: d}\n",
    );
    let changed = demo.run(&["apply", "-f", &file]);
    assert_eq!(
        (changed.out.as_str(), changed.err.as_str()),
        ("configmap/c configured\n", "")
    );
    assert_eq!(demo.good("get cm c -o jsonpath={.data}"), "{\"c\":\"d\"}");
    assert_eq!(
        demo.good("create configmap e --from-literal=x=y"),
        "configmap/e created\n"
    );
    assert_eq!(demo.good("delete cm c e"), "configmap \"c\" deleted from payments namespace\nconfigmap \"e\" deleted from payments namespace\n".replace(" from payments namespace", suffix(&demo)));
    assert!(demo.good("create namespace fresh").contains("created"));
    assert!(demo.good("delete namespace fresh").contains("deleted"));
}

/// Newer kubectls say where something was deleted.
fn suffix(demo: &Demo) -> &'static str {
    let new = demo.good("version --client").contains("v1.36");
    if new { " from payments namespace" } else { "" }
}

#[test]
fn rights_are_asked_for_and_metrics_are_absent() {
    let Some(demo) = Demo::start("rights") else {
        return;
    };
    assert_eq!(demo.good("auth can-i create workflows"), "yes\n");
    assert!(demo.good("auth can-i --list").contains("*.*"));
    assert!(demo.good("auth whoami").contains("demo"));
    let denied = demo.run(&["auth", "can-i", "delete", "pods", "--as", "somebody"]);
    assert_eq!((denied.code, denied.out.as_str()), (Some(1), "no\n"));
    let top = demo.run(&["top", "pods"]);
    assert_eq!(
        (top.code, top.err.as_str()),
        (Some(1), "error: Metrics API not available\n")
    );
}

#[test]
fn a_watch_goes_on_as_the_world_does() {
    let Some(demo) = Demo::start("watch") else {
        return;
    };
    let mut child = demo
        .command(&["get", "wf", "-A", "-w"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let shown = demo.good("get wf -A").lines().count();
    for _ in 0..shown {
        lines.next().unwrap().unwrap();
    }
    // Whatever happens in ten minutes of the demo changes some run.
    demo.served.embedded.advance(Duration::from_secs(600));
    let news = lines.next().unwrap().unwrap();
    assert!(news.split_whitespace().count() >= 3, "{news}");
    child.kill().unwrap();
    let _ = child.wait();
}

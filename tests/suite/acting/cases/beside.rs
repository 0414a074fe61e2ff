//! The same operation by us and by `argo`, on two runs that are alike: what the controller makes of both must be alike too.
//! Apart from the cases, which say what is to come: here Argo's own client says it. `TIPHYS_ARGO` names that program, of the
//! version of the cluster's controller.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use super::*;
use crate::real::Real;

/// Pairs that are tried beside each other; most of the time is waiting.
const TOGETHER: usize = 8;

/// Argo's own client.
struct Argo {
    program: PathBuf,
    kubeconfig: PathBuf,
    namespace: String,
}

impl Argo {
    /// Runs it and gives what it printed.
    #[track_caller]
    fn run(&self, words: &[&str]) -> String {
        let output = Command::new(&self.program)
            .env("KUBECONFIG", &self.kubeconfig)
            .args(["-n", &self.namespace])
            .args(words)
            .output()
            .expect("TIPHYS_ARGO can be run");
        let said = String::from_utf8_lossy(&output.stdout).trim().to_string();
        let failed = String::from_utf8_lossy(&output.stderr).to_string();
        assert!(output.status.success(), "argo {words:?}: {said} {failed}");
        said
    }
}

/// Two runs are alike, `ours` and `theirs`; each does its part with the one of its name.
struct Pair {
    name: &'static str,
    /// What is submitted under a name.
    submit: fn(&str) -> String,
    /// Waits until it can be asked.
    ready: fn(&World<'_>, &str),
    /// Asks; the run that shows what came of it.
    ours: fn(&World<'_>, &str) -> String,
    /// Asks the same.
    theirs: fn(&Argo, &str) -> String,
    /// Waits until it is done.
    done: fn(&World<'_>, &str),
}

fn plain(name: &str, templates: &str) -> String {
    workflow(name, "", templates)
}

fn failed(world: &World<'_>, name: &str) {
    over(world, name);
    world.mend(name);
}

fn passed(world: &World<'_>, name: &str) {
    world.ended(name, "Succeeded");
}

fn over(world: &World<'_>, name: &str) {
    world.ended(name, "Failed");
}

fn running(world: &World<'_>, name: &str) {
    world.until(name, "running", runs);
}

fn waiting(world: &World<'_>, name: &str) {
    world.until(name, "waiting", waits);
}

fn acts(world: &World<'_>, name: &str, operation: Operation) -> String {
    let made = world.done(name, operation);
    made.map_or_else(|| name.to_string(), |made| made.name.to_string())
}

fn said(argo: &Argo, words: &[&str], name: &str) -> String {
    argo.run(words);
    name.to_string()
}

/// A gate that needs no value.
const DOOR: &str = "
    - name: main
      steps:
        - [{name: ask, template: gate}]
        - [{name: use, template: ok}]
    - name: gate
      suspend: {}
";

/// The first step takes so long that there is time to ask.
const BUSY: &str = "
    - name: main
      steps:
        - [{name: first, template: busy}]
        - [{name: next, template: ok}]
    - name: busy
      container: {image: busybox, command: [sleep, '15']}
";

/// A retry of what failed and works by now, of a workflow of its own kind.
const fn retry(name: &'static str, submit: fn(&str) -> String) -> Pair {
    Pair {
        name,
        submit,
        ready: failed,
        ours: |world, name| acts(world, name, RETRY),
        theirs: |argo, name| said(argo, &["retry", name], name),
        done: passed,
    }
}

const PAIRS: &[Pair] = &[
    retry("retry of a DAG", |name| plain(name, DAG)),
    retry("retry of steps", |name| plain(name, STEPS)),
    retry("retry of nested groups", |name| plain(name, NESTED)),
    retry("retry of a fan-out", |name| {
        plain(name, &FAN_OUT.replace("NAME", name))
    }),
    Pair {
        name: "suspend and resume",
        submit: |name| plain(name, BUSY),
        ready: running,
        ours: |world, name| {
            world.done(name, Operation::Suspend);
            acts(world, name, Operation::Resume)
        },
        theirs: |argo, name| {
            argo.run(&["suspend", name]);
            said(argo, &["resume", name], name)
        },
        done: passed,
    },
    Pair {
        name: "approve",
        submit: |name| plain(name, DOOR),
        ready: waiting,
        ours: |world, name| {
            let step = id(&world.get(name), "ask");
            let (values, message) = (Vec::new(), "".into());
            acts(
                world,
                name,
                Operation::Approve {
                    step,
                    values,
                    message,
                },
            )
        },
        theirs: |argo, name| {
            said(
                argo,
                &["resume", name, "--node-field-selector", "displayName=ask"],
                name,
            )
        },
        done: passed,
    },
    Pair {
        name: "reject",
        submit: |name| plain(name, DOOR),
        ready: waiting,
        ours: |world, name| {
            let step = id(&world.get(name), "ask");
            let message = "not today".into();
            acts(world, name, Operation::Reject { step, message })
        },
        theirs: |argo, name| {
            let words = [
                "stop",
                name,
                "--node-field-selector",
                "displayName=ask",
                "--message",
                "not today",
            ];
            said(argo, &words, name)
        },
        done: over,
    },
    Pair {
        name: "stop",
        submit: |name| plain(name, BUSY),
        ready: running,
        ours: |world, name| acts(world, name, Operation::Stop),
        theirs: |argo, name| said(argo, &["stop", name], name),
        done: over,
    },
    Pair {
        name: "terminate",
        submit: |name| plain(name, BUSY),
        ready: running,
        ours: |world, name| acts(world, name, Operation::Terminate),
        theirs: |argo, name| said(argo, &["terminate", name], name),
        done: over,
    },
    Pair {
        name: "resubmit",
        submit: |name| plain(name, STEPS),
        ready: over,
        ours: |world, name| {
            let parameters = Vec::new();
            acts(
                world,
                name,
                Operation::Resubmit {
                    memoized: false,
                    parameters,
                },
            )
        },
        theirs: |argo, name| argo.run(&["resubmit", name, "-o", "name"]),
        done: over,
    },
    Pair {
        name: "resubmit memoized",
        submit: |name| plain(name, STEPS),
        ready: failed,
        ours: |world, name| {
            let parameters = Vec::new();
            acts(
                world,
                name,
                Operation::Resubmit {
                    memoized: true,
                    parameters,
                },
            )
        },
        theirs: |argo, name| argo.run(&["resubmit", name, "--memoized", "-o", "name"]),
        done: passed,
    },
    Pair {
        name: "launch from a template",
        submit: |name| TEMPLATE.replace("name: smoke", &format!("name: {name}")),
        ready: |_, _| {},
        ours: |world, name| {
            let object = world.object("workflowtemplates", name);
            let order = launch(&[("city", "Colchis")], world.namespace());
            made(world.act_on(Kind::WorkflowTemplate, &object, order))
        },
        theirs: |argo, name| {
            let from = format!("workflowtemplate/{name}");
            argo.run(&[
                "submit",
                "--from",
                &from,
                "-p",
                "city=Colchis",
                "-o",
                "name",
            ])
        },
        done: passed,
    },
    Pair {
        name: "launch from a cron",
        submit: |name| CRON.replace("name: yearly", &format!("name: {name}")),
        ready: |_, _| {},
        ours: |world, name| {
            let object = world.object("cronworkflows", name);
            let order = launch(&[], world.namespace());
            made(world.act_on(Kind::CronWorkflow, &object, order))
        },
        theirs: |argo, name| {
            argo.run(&["submit", "--from", &format!("cronwf/{name}"), "-o", "name"])
        },
        done: passed,
    },
];

#[track_caller]
fn made(outcome: Outcome) -> String {
    match outcome {
        Outcome::Applied {
            made: Some(made), ..
        } => made.name.to_string(),
        other => panic!("{other:?}"),
    }
}

/// What two runs that were treated alike have in common: how the run and each of its steps ended, the specification that was
/// carried out, and what the labels say. Times, names and who did it are each run's own.
fn shape(workflow: &Value, origin: &str) -> BTreeMap<String, String> {
    let name = workflow["metadata"]["name"].as_str().unwrap();
    // The ids of nodes end in a number of their own.
    let id = regex::Regex::new("RUN-[0-9]+").unwrap();
    let plain = |text: String| {
        let text = text.replace(name, "RUN").replace(origin, "ORIGIN");
        id.replace_all(&text, "RUN-ID").into_owned()
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let mut shape = BTreeMap::new();
    let status = &workflow["status"];
    for field in ["phase", "message", "progress"] {
        shape.insert(field.to_string(), plain(text(&status[field])));
    }
    shape.insert("spec".to_string(), plain(workflow["spec"].to_string()));
    let labels = workflow["metadata"]["labels"].as_object();
    for (label, value) in labels.into_iter().flatten() {
        if !["actor", "creator"].iter().any(|who| label.contains(who)) {
            shape.insert(format!("label {label}"), plain(text(value)));
        }
    }
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for node in status["nodes"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(_, node)| node)
    {
        let line = [
            &node["displayName"],
            &node["type"],
            &node["templateName"],
            &node["phase"],
        ]
        .map(text)
        .join(" ");
        *count.entry(plain(line)).or_default() += 1;
    }
    shape.extend(
        count
            .into_iter()
            .map(|(line, count)| (format!("step {line}"), count.to_string())),
    );
    shape
}

fn tried(pair: &Pair, real: &Real, program: &Path) -> Vec<String> {
    let world = World::real(real);
    let argo = Argo {
        program: program.to_path_buf(),
        kubeconfig: real.kubeconfig.clone(),
        namespace: world.namespace().to_string(),
    };
    for name in ["ours", "theirs"] {
        world.submit(&(pair.submit)(name), &[]);
    }
    for name in ["ours", "theirs"] {
        (pair.ready)(&world, name);
    }
    let ours = (pair.ours)(&world, "ours");
    let theirs = (pair.theirs)(&argo, "theirs");
    (pair.done)(&world, &ours);
    (pair.done)(&world, &theirs);
    let (ours, theirs) = (
        shape(&world.get(&ours), "ours"),
        shape(&world.get(&theirs), "theirs"),
    );
    let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    keys.into_iter()
        .filter(|key| ours.get(*key) != theirs.get(*key))
        .map(|key| {
            format!(
                "{}: {key}: ours {:?}, argo's {:?}",
                pair.name,
                ours.get(key),
                theirs.get(key)
            )
        })
        .collect()
}

#[test]
fn what_we_do_comes_to_the_same_as_what_argo_does() {
    let Some(real) = Real::given() else { return };
    let Some(program) = std::env::var_os("TIPHYS_ARGO").map(PathBuf::from) else {
        println!("skipped: TIPHYS_ARGO does not name Argo's own client");
        return;
    };
    let wanted = std::env::var("TIPHYS_ACTING").unwrap_or_default();
    let pairs = Mutex::new(PAIRS.iter().filter(|pair| pair.name.contains(&wanted)));
    let next = || pairs.lock().unwrap().next();
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..TOGETHER {
            scope.spawn(|| {
                while let Some(pair) = next() {
                    let tried = || tried(pair, &real, &program);
                    match catch_unwind(AssertUnwindSafe(tried)) {
                        Ok(different) if different.is_empty() => println!("{}: alike", pair.name),
                        Ok(different) => wrong.lock().unwrap().extend(different),
                        Err(_) => wrong
                            .lock()
                            .unwrap()
                            .push(format!("{}: did not end", pair.name)),
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

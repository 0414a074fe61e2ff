//! The cases: what is submitted, what is asked, and what a controller of Argo 4.1 was seen to make of it.
//! Apart from where they run. Source of the expectations: recordings of a live controller, and `argo`'s own outcome where it has one.

use serde_json::Value;
use tiphys::model::act::{Kind, Operation, Outcome, Value as Given};

use super::world::{World, began, id, phases};
use corners::*;

mod beside;
mod corners;

/// A case.
pub struct Case {
    /// Its name.
    pub name: &'static str,
    /// Submits its workflows.
    pub submit: fn(&World<'_>),
    /// Asks, and holds what comes of it.
    pub run: fn(&World<'_>),
}

macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        /// All of them.
        pub const ALL: &[Case] = &[$(Case {
            name: stringify!($name),
            submit: $name::submit,
            run: $name::run,
        }),*];
    };
}

cases![
    dag_retry,
    dag_one,
    dag_bypass,
    steps_retry,
    steps_one,
    steps_bypass,
    attempts_retry,
    attempts_one,
    attempts_bypass,
    fan_out_retry,
    fan_out_bypass,
    nested_retry,
    nested_bypass,
    set_retry,
    set_bypass,
    exit_retry,
    exit_one,
    rejected,
    approved,
    stopped,
    stopped_while_suspended,
    terminated,
    live_retry,
    live_bypass,
    outputs,
    again,
    memoized,
    from_template,
    from_cron,
    deleted,
    changed_parameters,
    corner_whole_attempts,
    corner_whole_one,
    corner_hook_of_a_group,
    corner_failed_hook,
    corner_exit_handler,
    corner_stopped_beside,
    corner_memoized_dag,
    corner_default_output,
    corner_begun_anew,
];

/// Step templates every workflow has: one that passes, one that fails until it is mended, one that takes its time.
fn workflow(name: &str, spec: &str, templates: &str) -> String {
    format!(
        r#"
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {{name: {name}}}
spec:
  entrypoint: main
{spec}
  templates:
    - name: ok
      container: {{image: busybox, command: ["true"]}}
    - name: may
      container:
        image: busybox
        command: [sh, -c, 'test -n "$OK"']
        env: [{{name: OK, valueFrom: {{configMapKeyRef: {{name: {name}-mended, key: ok, optional: true}}}}}}]
    - name: slow
      container: {{image: busybox, command: [sleep, "45"]}}
{templates}"#
    )
}

const RETRY: Operation = Operation::Retry {
    parameters: Vec::new(),
};

fn one(workflow: &Value, step: &str) -> Operation {
    Operation::RetryStep {
        step: id(workflow, step),
    }
}

fn bypass(workflow: &Value, step: &str, values: &[(&str, &str)]) -> Operation {
    Operation::Bypass {
        step: id(workflow, step),
        values: given(values),
        message: "known to be broken".into(),
    }
}

fn given(values: &[(&str, &str)]) -> Vec<Given> {
    let given = values.iter().map(|(name, value)| Given {
        name: (*name).into(),
        value: (*value).into(),
    });
    given.collect()
}

/// Phases of some steps by name.
#[track_caller]
fn are(workflow: &Value, steps: &[(&str, &str)]) {
    let all = phases(workflow);
    for (step, phase) in steps {
        let found: Vec<&str> = all
            .iter()
            .filter(|(name, _)| name == step)
            .map(|(_, phase)| phase.as_str())
            .collect();
        assert_eq!(found, [*phase], "{step}: {all:?}");
    }
}

#[track_caller]
fn lacks(workflow: &Value, step: &str) {
    let all = phases(workflow);
    assert!(all.iter().all(|(name, _)| name != step), "{step}: {all:?}");
}

/// Steps that were not run again.
#[track_caller]
fn untouched(before: &Value, after: &Value, steps: &[&str]) {
    for step in steps {
        assert_eq!(began(before, step), began(after, step), "{step}");
    }
}

/// Two of a DAG fail: b1 and b2; d wants both, f wants b1, c and e have nothing to do with them.
const DAG: &str = "
    - name: main
      dag:
        failFast: false
        tasks:
          - {name: a, template: ok}
          - {name: b1, template: may, dependencies: [a]}
          - {name: b2, template: may, dependencies: [a]}
          - {name: c, template: ok, dependencies: [a]}
          - {name: d, template: ok, dependencies: [b1, b2]}
          - {name: e, template: ok, dependencies: [c]}
          - {name: f, template: ok, dependencies: [b1]}
";

mod dag_retry {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("dag-retry", "", DAG), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("dag-retry", "Failed");
        world.mend("dag-retry");
        world.done("dag-retry", RETRY);
        let done = world.ended("dag-retry", "Succeeded");
        untouched(&failed, &done, &["a", "c", "e"]);
        are(
            &done,
            &[
                ("b1", "Succeeded"),
                ("b2", "Succeeded"),
                ("d", "Succeeded"),
                ("f", "Succeeded"),
            ],
        );
        let notes = &done["metadata"]["annotations"];
        assert_eq!(notes["tiphys.dev/action"], "retry");
        assert!(notes["tiphys.dev/actor"].is_string(), "{notes}");
    }
}

mod dag_one {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("dag-one", "", DAG), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("dag-one", "Failed");
        world.mend("dag-one");
        let prepared = world.prepare("dag-one", one(&failed, "b1")).unwrap();
        assert_eq!(prepared.preview.warns.len(), 1, "{:?}", prepared.preview);
        assert!(
            prepared.preview.warns[0].contains("b2"),
            "{:?}",
            prepared.preview.warns
        );
        world.done("dag-one", one(&failed, "b1"));
        let done = world.ended("dag-one", "Failed");
        are(
            &done,
            &[
                ("b1", "Succeeded"),
                ("f", "Succeeded"),
                ("b2", "Failed"),
                ("d", "Omitted"),
            ],
        );
        untouched(&failed, &done, &["a", "b2", "c", "e"]);
    }
}

mod dag_bypass {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("dag-bypass", "", DAG), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("dag-bypass", "Failed");
        world.done("dag-bypass", bypass(&failed, "b1", &[]));
        let half = world.ended("dag-bypass", "Failed");
        are(
            &half,
            &[
                ("b1", "Succeeded"),
                ("f", "Succeeded"),
                ("b2", "Failed"),
                ("d", "Omitted"),
            ],
        );
        world.done("dag-bypass", bypass(&half, "b2", &[]));
        let done = world.ended("dag-bypass", "Succeeded");
        are(&done, &[("d", "Succeeded")]);
        untouched(&failed, &done, &["a", "b1", "b2", "c", "e"]);
    }
}

/// The second row fails beside a step that passes.
const STEPS: &str = "
    - name: main
      steps:
        - [{name: s1, template: ok}]
        - [{name: s2a, template: may}, {name: s2b, template: ok}, {name: s2c, template: may}]
        - [{name: s3, template: ok}]
";

mod steps_retry {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("steps-retry", "", STEPS), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("steps-retry", "Failed");
        world.mend("steps-retry");
        world.done("steps-retry", RETRY);
        let done = world.ended("steps-retry", "Succeeded");
        untouched(&failed, &done, &["s1", "s2b"]);
        are(&done, &[("s3", "Succeeded")]);
    }
}

mod steps_one {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("steps-one", "", STEPS), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("steps-one", "Failed");
        world.mend("steps-one");
        world.done("steps-one", one(&failed, "s2a"));
        let done = world.ended("steps-one", "Failed");
        are(&done, &[("s2a", "Succeeded"), ("s2c", "Failed")]);
        lacks(&done, "s3");
        untouched(&failed, &done, &["s1", "s2b", "s2c"]);
    }
}

mod steps_bypass {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("steps-bypass", "", STEPS), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("steps-bypass", "Failed");
        world.done("steps-bypass", bypass(&failed, "s2a", &[]));
        let half = world.ended("steps-bypass", "Failed");
        world.done("steps-bypass", bypass(&half, "s2c", &[]));
        let done = world.ended("steps-bypass", "Succeeded");
        are(&done, &[("s3", "Succeeded")]);
        untouched(&failed, &done, &["s1", "s2a", "s2b", "s2c"]);
    }
}

/// Two steps with one attempt more each; z wants x.
const ATTEMPTS: &str = "
    - name: main
      dag:
        failFast: false
        tasks:
          - {name: x, template: again}
          - {name: x2, template: again}
          - {name: z, template: ok, dependencies: [x]}
    - name: again
      retryStrategy: {limit: 1}
      container:
        image: busybox
        command: [sh, -c, 'test -n \"$OK\"']
        env: [{name: OK, valueFrom: {configMapKeyRef: {name: NAME-mended, key: ok, optional: true}}}]
";

mod attempts_retry {
    use super::*;
    pub fn submit(world: &World<'_>) {
        let templates = ATTEMPTS.replace("NAME", "attempts-retry");
        world.submit(&workflow("attempts-retry", "", &templates), &["again"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("attempts-retry", "Failed");
        are(
            &failed,
            &[("x(0)", "Failed"), ("x(1)", "Failed"), ("z", "Omitted")],
        );
        world.mend("attempts-retry");
        world.done("attempts-retry", RETRY);
        let done = world.ended("attempts-retry", "Succeeded");
        are(
            &done,
            &[
                ("x(0)", "Succeeded"),
                ("x2(0)", "Succeeded"),
                ("z", "Succeeded"),
            ],
        );
        lacks(&done, "x(1)");
    }
}

mod attempts_one {
    use super::*;
    pub fn submit(world: &World<'_>) {
        let templates = ATTEMPTS.replace("NAME", "attempts-one");
        world.submit(&workflow("attempts-one", "", &templates), &["again"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("attempts-one", "Failed");
        world.mend("attempts-one");
        // An attempt stands for its step.
        world.done("attempts-one", one(&failed, "x(1)"));
        let done = world.ended("attempts-one", "Failed");
        are(
            &done,
            &[("x", "Succeeded"), ("z", "Succeeded"), ("x2", "Failed")],
        );
        untouched(&failed, &done, &["x2(0)", "x2(1)"]);
    }
}

mod attempts_bypass {
    use super::*;
    pub fn submit(world: &World<'_>) {
        let templates = ATTEMPTS.replace("NAME", "attempts-bypass");
        world.submit(&workflow("attempts-bypass", "", &templates), &["again"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("attempts-bypass", "Failed");
        world.done("attempts-bypass", bypass(&failed, "x", &[]));
        let half = world.ended("attempts-bypass", "Failed");
        are(&half, &[("x", "Succeeded"), ("z", "Succeeded")]);
        world.done("attempts-bypass", bypass(&half, "x2(1)", &[]));
        world.ended("attempts-bypass", "Succeeded");
    }
}

/// Items b and d fail; join wants all.
const FAN_OUT: &str = "
    - name: main
      dag:
        tasks:
          - {name: each, template: item, withItems: [a, b, c, d], arguments: {parameters: [{name: it, value: '{{item}}'}]}}
          - {name: join, template: ok, dependencies: [each]}
    - name: item
      inputs: {parameters: [{name: it}]}
      container:
        image: busybox
        command: [sh, -c, 'case {{inputs.parameters.it}} in b|d) test -n \"$OK\";; esac']
        env: [{name: OK, valueFrom: {configMapKeyRef: {name: NAME-mended, key: ok, optional: true}}}]
";

mod fan_out_retry {
    use super::*;
    pub fn submit(world: &World<'_>) {
        let templates = FAN_OUT.replace("NAME", "fan-out-retry");
        world.submit(
            &workflow("fan-out-retry", "", &templates),
            &["each(1:b)", "each(3:d)"],
        );
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("fan-out-retry", "Failed");
        world.mend("fan-out-retry");
        world.done("fan-out-retry", RETRY);
        let done = world.ended("fan-out-retry", "Succeeded");
        untouched(&failed, &done, &["each(0:a)", "each(2:c)"]);
        are(&done, &[("each", "Succeeded"), ("join", "Succeeded")]);
    }
}

mod fan_out_bypass {
    use super::*;
    pub fn submit(world: &World<'_>) {
        let templates = FAN_OUT.replace("NAME", "fan-out-bypass");
        world.submit(
            &workflow("fan-out-bypass", "", &templates),
            &["each(1:b)", "each(3:d)"],
        );
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("fan-out-bypass", "Failed");
        world.done("fan-out-bypass", bypass(&failed, "each(1:b)", &[]));
        let half = world.ended("fan-out-bypass", "Failed");
        are(&half, &[("join", "Omitted")]);
        world.done("fan-out-bypass", bypass(&half, "each(3:d)", &[]));
        let done = world.ended("fan-out-bypass", "Succeeded");
        are(&done, &[("join", "Succeeded")]);
    }
}

/// A DAG of steps of a DAG; z wants the whole of it.
const NESTED: &str = "
    - name: main
      dag:
        failFast: false
        tasks:
          - {name: outer, template: middle}
          - {name: z, template: ok, dependencies: [outer]}
    - name: middle
      steps:
        - [{name: before, template: ok}]
        - [{name: inner, template: deep}]
        - [{name: later, template: ok}]
    - name: deep
      dag:
        failFast: false
        tasks:
          - {name: p, template: may}
          - {name: q, template: ok}
          - {name: n1, template: ok, dependencies: [p]}
";

mod nested_retry {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("nested-retry", "", NESTED), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("nested-retry", "Failed");
        world.mend("nested-retry");
        world.done("nested-retry", RETRY);
        let done = world.ended("nested-retry", "Succeeded");
        untouched(&failed, &done, &["before", "q"]);
        are(
            &done,
            &[
                ("n1", "Succeeded"),
                ("later", "Succeeded"),
                ("z", "Succeeded"),
            ],
        );
    }
}

mod nested_bypass {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("nested-bypass", "", NESTED), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("nested-bypass", "Failed");
        world.done("nested-bypass", bypass(&failed, "p", &[]));
        let done = world.ended("nested-bypass", "Succeeded");
        untouched(&failed, &done, &["before", "q", "p"]);
        are(&done, &[("n1", "Succeeded"), ("z", "Succeeded")]);
    }
}

/// The second of two containers of one pod fails.
const SET: &str = "
    - name: main
      steps:
        - [{name: set, template: both}]
        - [{name: z, template: ok}]
    - name: both
      containerSet:
        containers:
          - {name: first, image: busybox, command: ['true']}
          - name: main
            image: busybox
            command: [sh, -c, 'test -n \"$OK\"']
            dependencies: [first]
            env: [{name: OK, valueFrom: {configMapKeyRef: {name: NAME-mended, key: ok, optional: true}}}]
";

mod set_retry {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(
            &workflow("set-retry", "", &SET.replace("NAME", "set-retry")),
            &["both"],
        );
    }
    pub fn run(world: &World<'_>) {
        world.ended("set-retry", "Failed");
        world.mend("set-retry");
        world.done("set-retry", RETRY);
        let done = world.ended("set-retry", "Succeeded");
        are(&done, &[("set", "Succeeded"), ("z", "Succeeded")]);
    }
}

mod set_bypass {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(
            &workflow("set-bypass", "", &SET.replace("NAME", "set-bypass")),
            &["both"],
        );
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("set-bypass", "Failed");
        world.done("set-bypass", bypass(&failed, "set", &[]));
        let done = world.ended("set-bypass", "Succeeded");
        are(&done, &[("z", "Succeeded")]);
        untouched(&failed, &done, &["set"]);
    }
}

/// A failed step whose exit hook succeeds: Argo's own retry does not run it again.
const EXIT: &str = "
    - name: main
      steps:
        - [{name: s1, template: ok}]
        - [{name: s2, template: may, hooks: {exit: {template: ok}}}]
        - [{name: s3, template: ok}]
";

mod exit_retry {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("exit-retry", "  onExit: ok", EXIT), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("exit-retry", "Failed");
        let exit = began(&failed, "exit-retry.onExit");
        world.mend("exit-retry");
        world.pass(2);
        world.done("exit-retry", RETRY);
        let done = world.ended("exit-retry", "Succeeded");
        are(&done, &[("s2", "Succeeded"), ("s3", "Succeeded")]);
        untouched(&failed, &done, &["s1"]);
        assert_ne!(
            began(&done, "exit-retry.onExit"),
            exit,
            "the exit handler runs again"
        );
    }
}

mod exit_one {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("exit-one", "  onExit: ok", EXIT), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("exit-one", "Failed");
        world.mend("exit-one");
        world.done("exit-one", one(&failed, "s2"));
        let done = world.ended("exit-one", "Succeeded");
        are(&done, &[("s2", "Succeeded"), ("s3", "Succeeded")]);
    }
}

/// A step that waits for a person, who gives a version and chooses.
const GATE: &str = "
    - name: main
      steps:
        - [{name: ask, template: gate}]
        - [{name: use, template: print, arguments: {parameters: [{name: text, value: '{{steps.ask.outputs.parameters.version}}/{{steps.ask.outputs.parameters.go}}'}]}}]
    - name: gate
      suspend: {}
      inputs:
        parameters:
          - {name: go, default: 'no', enum: ['no', 'yes'], description: Go on?}
      outputs:
        parameters:
          - {name: version, valueFrom: {supplied: {}}}
          - {name: go, valueFrom: {supplied: {}}}
    - name: print
      inputs: {parameters: [{name: text}]}
      container: {image: busybox, command: [echo, '{{inputs.parameters.text}}']}
";

fn waits(workflow: &Value) -> bool {
    let nodes = workflow["status"]["nodes"].as_object();
    nodes
        .into_iter()
        .flatten()
        .any(|(_, node)| node["type"] == "Suspend" && node["phase"] == "Running")
}

fn approve(workflow: &Value, values: &[(&str, &str)]) -> Operation {
    Operation::Approve {
        step: id(workflow, "ask"),
        values: given(values),
        message: "looks good".into(),
    }
}

mod approved {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("approved", "", GATE), &[]);
    }
    pub fn run(world: &World<'_>) {
        let waiting = world.until("approved", "waiting", waits);
        // Without the value that a later step uses the workflow would hang: it is asked for, and nothing would be sent.
        let asked = world
            .prepare("approved", approve(&waiting, &[]))
            .unwrap()
            .preview;
        let names: Vec<&str> = asked.fields.iter().map(|field| &*field.name).collect();
        assert_eq!(names, ["version", "go"]);
        assert!(
            asked.fields[0].required && asked.requests.is_empty(),
            "{asked:?}"
        );
        assert_eq!(
            asked.fields[1]
                .options
                .iter()
                .map(|one| &**one)
                .collect::<Vec<_>>(),
            ["no", "yes"]
        );
        let wrong = world.prepare(
            "approved",
            approve(&waiting, &[("version", "1"), ("go", "maybe")]),
        );
        assert!(wrong.unwrap_err().to_string().contains("maybe"));
        let yes = approve(&waiting, &[("version", "1.2.3"), ("go", "yes")]);
        world.done("approved", yes.clone());
        // The second one who approves comes too late.
        let late = world.prepare("approved", yes).unwrap_err().to_string();
        assert!(
            late.contains("somebody has answered") || late.contains("it is over"),
            "{late}"
        );
        let done = world.ended("approved", "Succeeded");
        let used = &done["status"]["nodes"][&*id(&done, "use")]["inputs"]["parameters"][0]["value"];
        assert_eq!(used, "1.2.3/yes");
        let node = &done["status"]["nodes"][&*id(&done, "ask")];
        assert!(
            node["message"].as_str().unwrap().ends_with(": looks good"),
            "{node}"
        );
    }
}

mod rejected {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("rejected", "", GATE), &[]);
    }
    pub fn run(world: &World<'_>) {
        let waiting = world.until("rejected", "waiting", waits);
        let no = Operation::Reject {
            step: id(&waiting, "ask"),
            message: "not today".into(),
        };
        world.done("rejected", no);
        let failed = world.ended("rejected", "Failed");
        let message = &failed["status"]["nodes"][&*id(&failed, "ask")]["message"];
        assert!(
            message.as_str().unwrap().ends_with(": not today"),
            "{message}"
        );
        // Argo's retry does nothing about it; this asks again.
        world.done("rejected", one(&failed, "ask"));
        let waiting = world.until("rejected", "waiting again", waits);
        world.done(
            "rejected",
            approve(&waiting, &[("version", "2"), ("go", "yes")]),
        );
        world.ended("rejected", "Succeeded");
    }
}

/// Two tasks, the first of which takes its time and ends well when it is told to end.
const LONG: &str = "
    - name: main
      dag:
        tasks:
          - {name: long, template: patient}
          - {name: next, template: ok, dependencies: [long]}
    - name: patient
      container: {image: busybox, command: [sh, -c, 'trap \"exit 0\" TERM; sleep 90 & wait']}
";

fn runs(workflow: &Value) -> bool {
    let nodes = workflow["status"]["nodes"].as_object();
    nodes
        .into_iter()
        .flatten()
        .any(|(_, node)| node["type"] == "Pod" && node["phase"] == "Running")
}

mod stopped {
    use super::*;
    /// What takes its time is submitted when its turn has come.
    pub fn submit(_: &World<'_>) {}
    pub fn run(world: &World<'_>) {
        world.submit(&workflow("stopped", "", LONG), &[]);
        if !world.is_real() {
            set_plan(
                world,
                "stopped",
                r#"{"patient": {"seconds": 90, "on-term": 0}}"#,
            );
        }
        world.until("stopped", "running", runs);
        world.pass(5);
        world.done("stopped", Operation::Stop);
        let failed = world.ended("stopped", "Failed");
        assert!(
            failed["status"]["message"]
                .as_str()
                .unwrap()
                .contains("Stop"),
            "{}",
            failed["status"]["message"]
        );
        let long = &failed["status"]["nodes"][&*id(&failed, "long")];
        assert_eq!(long["message"], "workflow shutdown with strategy:  Stop");
        lacks(&failed, "next");
        let why = world
            .prepare("stopped", Operation::Stop)
            .unwrap_err()
            .to_string();
        assert!(why.contains("it is over"), "{why}");
        // Told to stop it ends well. Whether that counts depends on who looks first: on some controllers it is Failed all the same.
        let passed = long["phase"] == "Succeeded";
        match world.prepare("stopped", RETRY) {
            Err(why) => assert!(
                passed && why.to_string().contains("continue goes on"),
                "{why}"
            ),
            Ok(prepared) => assert!(!passed, "{long}: {prepared:?}"),
        }
        world.done("stopped", Operation::Continue);
        let done = world.ended("stopped", "Succeeded");
        are(&done, &[("long", "Succeeded"), ("next", "Succeeded")]);
        if passed {
            untouched(&failed, &done, &["long"]);
        }
    }
}

/// Tells the pretended pods what to do.
fn set_plan(world: &World<'_>, name: &str, plan: &str) {
    world.plan(name, plan);
}

mod stopped_while_suspended {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("halted", "", GATE), &[]);
    }
    pub fn run(world: &World<'_>) {
        world.until("halted", "waiting", waits);
        world.done("halted", Operation::Suspend);
        let why = world
            .prepare("halted", Operation::Suspend)
            .unwrap_err()
            .to_string();
        assert!(why.contains("suspended already"), "{why}");
        world.done("halted", Operation::Resume);
        assert!(world.get("halted")["spec"].get("suspend").is_none());
        world.done("halted", Operation::Suspend);
        // A stop beside `suspend` would be ignored for ever: it takes it away.
        world.done("halted", Operation::Stop);
        world.ended("halted", "Failed");
    }
}

mod terminated {
    use super::*;
    /// What takes its time is submitted when its turn has come.
    pub fn submit(_: &World<'_>) {}
    pub fn run(world: &World<'_>) {
        world.submit(&workflow("terminated", "  onExit: ok", LONG), &[]);
        if !world.is_real() {
            set_plan(
                world,
                "terminated",
                r#"{"patient": {"seconds": 90, "on-term": 143}}"#,
            );
        }
        world.until("terminated", "running", runs);
        world.done("terminated", Operation::Terminate);
        let failed = world.ended("terminated", "Failed");
        lacks(&failed, "terminated.onExit");
    }
}

/// One step fails while another one takes its time.
const LIVE: &str = "
    - name: main
      dag:
        failFast: false
        tasks:
          - {name: long, template: slow}
          - {name: bad, template: may}
          - {name: after, template: ok, dependencies: [bad]}
";

fn has_failed(workflow: &Value) -> bool {
    let all = phases(workflow);
    let is = |name: &str, phase: &str| all.contains(&(name.to_string(), phase.to_string()));
    is("bad", "Failed") && is("long", "Running") && is("after", "Omitted")
}

mod live_retry {
    use super::*;
    /// What takes its time is submitted when its turn has come.
    pub fn submit(_: &World<'_>) {}
    pub fn run(world: &World<'_>) {
        world.submit(&workflow("live-retry", "", LIVE), &["may"]);
        if !world.is_real() {
            set_plan(
                world,
                "live-retry",
                r#"{"slow": {"seconds": 60}, "may": {"exit": 1}}"#,
            );
        }
        let live = world.until("live-retry", "failed in part", has_failed);
        let why = world.prepare("live-retry", RETRY).unwrap_err().to_string();
        assert!(why.contains("it is not over"), "{why}");
        world.mend("live-retry");
        if !world.is_real() {
            set_plan(world, "live-retry", r#"{"slow": {"seconds": 60}}"#);
        }
        world.done("live-retry", one(&live, "bad"));
        let done = world.ended("live-retry", "Succeeded");
        are(&done, &[("after", "Succeeded"), ("bad", "Succeeded")]);
        untouched(&live, &done, &["long"]);
    }
}

mod live_bypass {
    use super::*;
    /// What takes its time is submitted when its turn has come.
    pub fn submit(_: &World<'_>) {}
    pub fn run(world: &World<'_>) {
        world.submit(&workflow("live-bypass", "", LIVE), &["may"]);
        if !world.is_real() {
            set_plan(
                world,
                "live-bypass",
                r#"{"slow": {"seconds": 60}, "may": {"exit": 1}}"#,
            );
        }
        let live = world.until("live-bypass", "failed in part", has_failed);
        world.done("live-bypass", bypass(&live, "bad", &[]));
        let done = world.ended("live-bypass", "Succeeded");
        are(&done, &[("after", "Succeeded")]);
        untouched(&live, &done, &["long", "bad"]);
    }
}

/// A step that fails before it gives what a later one uses.
const OUTPUTS: &str = "
    - name: main
      dag:
        tasks:
          - {name: make, template: maker}
          - {name: use, template: print, dependencies: [make], arguments: {parameters: [{name: text, value: '{{tasks.make.outputs.parameters.number}}'}]}}
    - name: maker
      container: {image: busybox, command: ['false']}
      outputs: {parameters: [{name: number, valueFrom: {path: /tmp/number}}]}
    - name: print
      inputs: {parameters: [{name: text}]}
      container: {image: busybox, command: [echo, '{{inputs.parameters.text}}']}
";

mod outputs {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("outputs", "", OUTPUTS), &["maker"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("outputs", "Failed");
        let asked = world
            .prepare("outputs", bypass(&failed, "make", &[]))
            .unwrap()
            .preview;
        let names: Vec<&str> = asked.fields.iter().map(|field| &*field.name).collect();
        assert_eq!(names, ["number"]);
        assert!(
            asked.requests.is_empty(),
            "without the value it would hang: {asked:?}"
        );
        world.done("outputs", bypass(&failed, "make", &[("number", "42")]));
        let done = world.ended("outputs", "Succeeded");
        let used = &done["status"]["nodes"][&*id(&done, "use")]["inputs"]["parameters"][0]["value"];
        assert_eq!(used, "42");
    }
}

mod again {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("again", "", STEPS), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("again", "Failed");
        let resubmit = Operation::Resubmit {
            memoized: false,
            parameters: Vec::new(),
        };
        let made = world.done("again", resubmit).expect("a new run");
        let new = world.get(&made.name);
        let label = "workflows.argoproj.io/resubmitted-from-workflow";
        assert_eq!(new["metadata"]["labels"][label], "again");
        assert_eq!(new["spec"]["templates"], failed["spec"]["templates"]);
        assert_eq!(
            world.get("again")["metadata"]["resourceVersion"],
            failed["metadata"]["resourceVersion"]
        );
        world.ended(&made.name, "Failed");
    }
}

mod memoized {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("memoized", "", STEPS), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        world.ended("memoized", "Failed");
        world.mend("memoized");
        let resubmit = Operation::Resubmit {
            memoized: true,
            parameters: Vec::new(),
        };
        let made = world.done("memoized", resubmit).expect("a new run");
        let done = world.ended(&made.name, "Succeeded");
        are(
            &done,
            &[
                ("s1", "Skipped"),
                ("s2a", "Succeeded"),
                ("s2b", "Skipped"),
                ("s2c", "Succeeded"),
                ("s3", "Succeeded"),
            ],
        );
    }
}

const TEMPLATE: &str = "
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: smoke}
spec:
  entrypoint: main
  arguments:
    parameters:
      - {name: city, enum: [Iolcus, Colchis], description: Where to}
      - {name: ship, value: Argo}
  templates:
    - name: main
      inputs: {parameters: [{name: city}, {name: ship}]}
      container: {image: busybox, command: [echo, '{{inputs.parameters.ship}} to {{inputs.parameters.city}}']}
";

/// The template's own parameters reach `main` where the workflow names it as its entry.
fn launch(values: &[(&str, &str)], namespace: &str) -> Operation {
    Operation::Launch {
        namespace: namespace.into(),
        parameters: given(values),
    }
}

mod from_template {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(TEMPLATE, &[]);
    }
    pub fn run(world: &World<'_>) {
        let template = world.object("workflowtemplates", "smoke");
        let ns = world.namespace().to_string();
        let asked = world
            .prepare_on(Kind::WorkflowTemplate, &template, launch(&[], &ns))
            .unwrap()
            .preview;
        assert!(
            asked.requests.is_empty() && asked.fields[0].required,
            "{asked:?}"
        );
        let wrong = world.prepare_on(
            Kind::WorkflowTemplate,
            &template,
            launch(&[("city", "Troy")], &ns),
        );
        assert!(
            wrong
                .unwrap_err()
                .to_string()
                .contains("one of Iolcus, Colchis")
        );
        let outcome = world.act_on(
            Kind::WorkflowTemplate,
            &template,
            launch(&[("city", "Colchis")], &ns),
        );
        let Outcome::Applied {
            made: Some(made), ..
        } = outcome
        else {
            panic!("{outcome:?}");
        };
        let done = world.ended(&made.name, "Succeeded");
        assert_eq!(
            done["metadata"]["labels"]["workflows.argoproj.io/workflow-template"],
            "smoke"
        );
        let like = launch(&[("city", "Iolcus")], &ns);
        let next = world.done(&made.name, like).expect("one like it");
        let done = world.ended(&next.name, "Succeeded");
        assert_eq!(
            done["spec"]["arguments"]["parameters"][0]["value"],
            "Iolcus"
        );
    }
}

const CRON: &str = "
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: yearly}
spec:
  schedules: ['0 0 1 1 *']
  concurrencyPolicy: Forbid
  workflowMetadata: {labels: {team: qa}}
  workflowSpec:
    entrypoint: main
    templates: [{name: main, container: {image: busybox, command: [sleep, '20']}}]
";

mod from_cron {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(CRON, &[]);
    }
    pub fn run(world: &World<'_>) {
        let cron = || world.object("cronworkflows", "yearly");
        let ns = world.namespace().to_string();
        let outcome = world.act_on(Kind::CronWorkflow, &cron(), Operation::Suspend);
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
        assert_eq!(cron()["spec"]["suspend"], true);
        let outcome = world.act_on(Kind::CronWorkflow, &cron(), Operation::Resume);
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
        let outcome = world.act_on(Kind::CronWorkflow, &cron(), launch(&[], &ns));
        let Outcome::Applied {
            made: Some(made), ..
        } = outcome
        else {
            panic!("{outcome:?}");
        };
        let labels = &world.get(&made.name)["metadata"]["labels"];
        assert_eq!(labels["workflows.argoproj.io/cron-workflow"], "yearly");
        assert_eq!(labels["team"], "qa");
        world.ended(&made.name, "Succeeded");
    }
}

mod deleted {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(
            &workflow(
                "deleted",
                "",
                "    - {name: main, container: {image: busybox, command: ['true']}}\n",
            ),
            &[],
        );
    }
    pub fn run(world: &World<'_>) {
        world.ended("deleted", "Succeeded");
        world.done("deleted", Operation::Delete { force: false });
        for _ in 0..60 {
            if world.find("deleted").is_none() {
                return;
            }
            world.pass(1);
        }
        panic!("it is still there");
    }
}

/// A list of items comes from a parameter.
const ITEMS: &str = "
    - name: main
      steps:
        - [{name: each, template: item, withParam: '{{workflow.parameters.items}}', arguments: {parameters: [{name: it, value: '{{item}}'}]}}]
    - name: item
      inputs: {parameters: [{name: it}]}
      container: {image: busybox, command: [sh, -c, 'test {{inputs.parameters.it}} != bad']}
";

mod changed_parameters {
    use super::*;
    pub fn submit(world: &World<'_>) {
        let spec = "  arguments: {parameters: [{name: items, value: '[\"bad\"]'}]}";
        world.submit(&workflow("changed", spec, ITEMS), &["each(0:bad)"]);
    }
    pub fn run(world: &World<'_>) {
        world.ended("changed", "Failed");
        let retry = Operation::Retry {
            parameters: given(&[("items", r#"["one","two"]"#)]),
        };
        world.done("changed", retry);
        let done = world.ended("changed", "Succeeded");
        are(
            &done,
            &[("each(0:one)", "Succeeded"), ("each(1:two)", "Succeeded")],
        );
        lacks(&done, "each(0:bad)");
    }
}

//! Cases that are met rarely: attempts that hold steps, hooks of groups and hooks that fail, what a stop left half done.
//! Apart from the plain ones, because `argo` has no outcome to compare with: what is expected is that the work is done.

use super::*;

/// Nothing of it is left open.
#[track_caller]
fn all_over(workflow: &Value) {
    for (step, phase) in phases(workflow) {
        assert!(
            !["Running", "Pending", ""].contains(&phase.as_str()),
            "{step}: {phase}"
        );
    }
}

/// A row of steps that is tried twice as a whole, beside a step that fails.
const WHOLE: &str = "
    - name: main
      dag:
        tasks:
          - {name: x, template: row}
          - {name: side, template: may}
          - {name: z, template: ok, dependencies: [x, side]}
    - name: row
      retryStrategy: {limit: 1, retryPolicy: Always}
      steps:
        - [{name: p, template: ok}]
        - [{name: q, template: may}]
";

pub mod corner_whole_attempts {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("whole", "", WHOLE), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("whole", "Failed");
        are(&failed, &[("x(0)", "Failed"), ("x(1)", "Failed")]);
        world.mend("whole");
        world.done("whole", RETRY);
        let done = world.ended("whole", "Succeeded");
        are(
            &done,
            &[
                ("x(0)", "Failed"),
                ("x(1)", "Succeeded"),
                ("x", "Succeeded"),
                ("z", "Succeeded"),
            ],
        );
        all_over(&done);
    }
}

pub mod corner_whole_one {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("whole-one", "", WHOLE), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("whole-one", "Failed");
        world.mend("whole-one");
        // The step as a whole: its attempts are forgotten.
        world.done("whole-one", one(&failed, "x"));
        let done = world.ended("whole-one", "Failed");
        are(
            &done,
            &[
                ("x(0)", "Succeeded"),
                ("x", "Succeeded"),
                ("side", "Failed"),
                ("z", "Omitted"),
            ],
        );
        lacks(&done, "x(1)");
        world.done("whole-one", one(&done, "side"));
        all_over(&world.ended("whole-one", "Succeeded"));
    }
}

const HOOKED: &str = "
    - name: main
      steps:
        - [{name: g, template: group, hooks: {exit: {template: ok}}}]
        - [{name: after, template: ok}]
    - name: group
      steps:
        - [{name: p, template: may}]
";

pub mod corner_hook_of_a_group {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("hooked", "", HOOKED), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("hooked", "Failed");
        let first = began(&failed, "g.onExit");
        world.mend("hooked");
        world.pass(2);
        world.done("hooked", one(&failed, "p"));
        let done = world.ended("hooked", "Succeeded");
        are(&done, &[("p", "Succeeded"), ("after", "Succeeded")]);
        assert_ne!(
            began(&done, "g.onExit"),
            first,
            "it ran with the failed group only"
        );
        all_over(&done);
    }
}

const FAILED_HOOK: &str = "
    - name: main
      steps:
        - [{name: s, template: ok, hooks: {exit: {template: may}}}]
        - [{name: after, template: ok}]
";

/// A hook that fails does not fail the run; it can be run again all the same.
pub mod corner_failed_hook {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("failed-hook", "", FAILED_HOOK), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let before = world.ended("failed-hook", "Succeeded");
        are(&before, &[("s.onExit", "Failed")]);
        world.mend("failed-hook");
        world.done("failed-hook", one(&before, "s.onExit"));
        let done = world.ended("failed-hook", "Succeeded");
        are(&done, &[("s.onExit", "Succeeded"), ("after", "Succeeded")]);
        untouched(&before, &done, &["s", "after"]);
        all_over(&done);
    }
}

const PLAIN: &str = "
    - name: main
      steps:
        - [{name: s, template: ok}]
    - name: bye
      steps:
        - [{name: first, template: ok}]
        - [{name: last, template: may}]
";

pub mod corner_exit_handler {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("exits", "  onExit: bye", PLAIN), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("exits", "Failed");
        are(&failed, &[("s", "Succeeded"), ("last", "Failed")]);
        world.mend("exits");
        world.done("exits", one(&failed, "last"));
        let done = world.ended("exits", "Succeeded");
        are(&done, &[("first", "Succeeded"), ("last", "Succeeded")]);
        untouched(&failed, &done, &["s"]);
        all_over(&done);
    }
}

/// Of two groups beside each other one fails at once; the other is stopped while its first row runs.
const HALVES: &str = "
    - name: main
      dag:
        failFast: false
        tasks:
          - {name: bad, template: fails}
          - {name: cut, template: goes}
    - name: fails
      steps:
        - [{name: p, template: may}]
    - name: goes
      steps:
        - [{name: long, template: patient}]
        - [{name: next, template: ok}]
    - name: patient
      container: {image: busybox, command: [sh, -c, 'trap \"exit 0\" TERM; sleep 90 & wait']}
";

pub mod corner_stopped_beside {
    use super::*;
    pub fn submit(_: &World<'_>) {}
    pub fn run(world: &World<'_>) {
        world.submit(&workflow("halves", "", HALVES), &[]);
        world.plan(
            "halves",
            r#"{"may": {"exit": 1}, "patient": {"seconds": 90, "on-term": 0}}"#,
        );
        world.until("halves", "running", |now| {
            let all = phases(now);
            let is = |step: &str, phase: &str| all.contains(&(step.into(), phase.into()));
            is("p", "Failed") && is("long", "Running")
        });
        world.pass(5);
        world.done("halves", Operation::Stop);
        let failed = world.ended("halves", "Failed");
        let why = world
            .prepare("halves", Operation::Continue)
            .unwrap_err()
            .to_string();
        assert!(why.contains("a step failed: p"), "{why}");
        world.mend("halves");
        world.done("halves", RETRY);
        let done = world.ended("halves", "Succeeded");
        are(&done, &[("p", "Succeeded"), ("next", "Succeeded")]);
        all_over(&done);
        let long = &failed["status"]["nodes"][&*id(&failed, "long")];
        if long["phase"] == "Succeeded" {
            untouched(&failed, &done, &["long"]);
        }
    }
}

const MEMO: &str = "
    - name: main
      dag:
        tasks:
          - {name: a, template: ok}
          - {name: twice, template: tried, dependencies: [a]}
          - {name: b, template: may, dependencies: [a]}
          - {name: c, template: ok, dependencies: [b]}
          - {name: d, template: ok, dependencies: [c, twice]}
    - name: tried
      retryStrategy: {limit: 1}
      container: {image: busybox, command: ['true']}
";

/// What was left out is decided anew, and what came to its end with attempts stands.
pub mod corner_memoized_dag {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("memo-dag", "", MEMO), &["may"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("memo-dag", "Failed");
        are(
            &failed,
            &[
                ("c", "Omitted"),
                ("d", "Omitted"),
                ("twice(0)", "Succeeded"),
            ],
        );
        world.mend("memo-dag");
        let resubmit = Operation::Resubmit {
            memoized: true,
            parameters: Vec::new(),
        };
        let made = world.done("memo-dag", resubmit).expect("a new run");
        let done = world.ended(&made.name, "Succeeded");
        are(
            &done,
            &[
                ("a", "Skipped"),
                ("twice(0)", "Skipped"),
                ("b", "Succeeded"),
                ("c", "Succeeded"),
                ("d", "Succeeded"),
            ],
        );
        all_over(&done);
    }
}

const FALLBACK: &str = "
    - name: main
      dag:
        tasks:
          - {name: make, template: maker}
          - {name: use, template: print, dependencies: [make], arguments: {parameters: [{name: text, value: '{{tasks.make.outputs.parameters.number}}'}]}}
    - name: maker
      container: {image: busybox, command: ['false']}
      outputs: {parameters: [{name: number, valueFrom: {path: /tmp/none, default: '7'}}]}
    - name: print
      inputs: {parameters: [{name: text}]}
      container: {image: busybox, command: [echo, '{{inputs.parameters.text}}']}
";

/// An output falls back to its default only where a pod has run to its end; a bypass gives it.
pub mod corner_default_output {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("fallback", "", FALLBACK), &["maker"]);
    }
    pub fn run(world: &World<'_>) {
        let failed = world.ended("fallback", "Failed");
        world.done("fallback", bypass(&failed, "make", &[]));
        let done = world.ended("fallback", "Succeeded");
        let used = &done["status"]["nodes"][&*id(&done, "use")]["inputs"]["parameters"][0]["value"];
        assert_eq!(used, "7");
        all_over(&done);
    }
}

/// Its only task runs a template that is not there.
const NOTHING: &str = "
    - name: main
      dag:
        tasks:
          - {name: a, template: nowhere}
";

/// It came to no step: the controller looks at it again, and says what is wrong with it.
pub mod corner_begun_anew {
    use super::*;
    pub fn submit(world: &World<'_>) {
        world.submit(&workflow("nothing", "", NOTHING), &[]);
    }
    pub fn run(world: &World<'_>) {
        let over = |now: &Value| now["status"]["finishedAt"].is_string();
        let before = world.until("nothing", "over", over);
        let finished = before["status"]["finishedAt"].clone();
        world.pass(2);
        world.done("nothing", RETRY);
        let after = world.until("nothing", "over again", |now| {
            over(now) && now["status"]["finishedAt"] != finished
        });
        // Whether it calls that failed or an error is the controller's affair: it was seen to say one, then the other.
        let said = |now: &Value| {
            let phase = now["status"]["phase"].as_str().unwrap_or_default();
            let message = now["status"]["message"].as_str().unwrap_or_default();
            let bad = matches!(phase, "Failed" | "Error");
            assert!(bad && !message.is_empty(), "{}", now["status"]);
            message.to_string()
        };
        said(&before);
        assert!(said(&after).contains("nowhere"), "{}", after["status"]);
    }
}

//! The Summary tab: where the run is and why, then the step under the cursor.
//! Apart from the preview, which has room for the first question only.

use std::sync::Arc;

use crate::app::copy;
use crate::app::drawn::Drawn;
use crate::app::focus::Focus;
use crate::app::screens::run::RunPage;
use crate::model::clock;
use crate::model::facts::{Cause, Compression, NodesSource};
use crate::model::key::Key;
use crate::model::phase::StepPhase;
use crate::model::pod::{ContainerState, Pod};
use crate::model::qarun::{Sheet, Standing, Verdict};
use crate::model::tree::BranchKind;
use crate::model::workflow::{Step, StepKind, Workflow};
use crate::ui::Scene;
use crate::ui::detail::{fact, heading, step};
use crate::ui::paint::{Line, Painter};
use crate::ui::screens::runs::{reason, took};
use crate::ui::steps;
use crate::ui::theme::Role;

/// Most runs of agents that are told of.
const AGENTS: usize = 5;

pub(super) fn lines(
    p: &Painter<'_>,
    scene: &Scene<'_>,
    page: &RunPage,
    focus: &Focus,
    width: usize,
    drawn: &mut Drawn,
) -> Vec<Line> {
    let mut lines = Vec::new();
    run(&mut lines, p, scene, width, drawn);
    if let Some(sheet) = &focus.sheet {
        of_qarun(&mut lines, focus, sheet, width);
        agents(&mut lines, p, scene, sheet, width);
        if focus.workflow.is_some() {
            heading(&mut lines, "Workflow");
        }
    }
    if let Some(workflow) = &focus.workflow {
        about(&mut lines, workflow, width);
        if let Some(step) = step(page, focus) {
            let target = copy::target(scene.state);
            about_step(
                &mut lines,
                (&focus.key, &target),
                step,
                focus.pod_of(step),
                width,
            );
            if let Some(count) = attempts(page, focus) {
                let sign = p.theme.glyphs.times;
                let text = format!("{count}, {sign}{count} in the graph");
                fact(&mut lines, "attempts", &text, Role::Text, width);
            }
            let tail = steps::tail_lines(focus, 12);
            if focus.tail.as_ref().is_some_and(|tail| tail.node == step.id) && !tail.is_empty() {
                heading(&mut lines, "Last lines");
                for text in tail {
                    lines.push(
                        Line::of(format!("{} ", p.theme.glyphs.quote), Role::Faint)
                            .and(text, Role::Text),
                    );
                }
            }
        }
        for problem in &workflow.problems {
            fact(&mut lines, "not readable", problem, Role::Warn, width);
        }
    }
    lines
}

fn run(lines: &mut Vec<Line>, p: &Painter<'_>, scene: &Scene<'_>, width: usize, drawn: &mut Drawn) {
    let Some(run) = scene.state.shown() else {
        return;
    };
    let state = run.state(scene.now);
    let glyphs = p.theme.glyphs;
    fact(
        lines,
        "state",
        &format!("{} {}", glyphs.state(state), state.word()),
        Role::of(state),
        width,
    );
    let why = reason(p, scene, run, state).plain();
    if !why.is_empty() {
        fact(lines, "why", &why, Role::Text, width);
    }
    if let Some(facts) = &run.facts {
        if let Cause::Failed(fault) = &facts.cause
            && let Some(message) = &fault.message
            && !why.contains(&**message)
        {
            fact(lines, "message", message, Role::Text, width);
        }
        if let Some(message) = &facts.row.message
            && !why.contains(&**message)
        {
            fact(lines, "workflow says", message, Role::Dim, width);
        }
        if let Some(progress) = facts.steps() {
            let mut line = Line::of(format!("{:<14}", "steps"), Role::Dim);
            line.push(format!("{progress}  "), Role::Text);
            line.0.extend(steps::leaves(p, &facts.leaves).0);
            lines.push(line);
        }
        if let Some(shutdown) = &facts.shutdown {
            fact(lines, "shutdown", shutdown, Role::Wait, width);
        }
    }
    if let Some(took) = took(run, state, scene.now, drawn) {
        fact(lines, "took", &took, Role::Text, width);
    }
    for (label, time) in [
        ("created", run.row.created),
        (
            "started",
            run.facts.as_ref().and_then(|facts| facts.started),
        ),
        ("ended", run.ended()),
    ] {
        if let Some(time) = time {
            let seconds = clock::seconds_between(time, scene.now);
            drawn.turns(scene.now, seconds);
            let text = format!(
                "{}  {} ago",
                scene.state.zone.told(time, "%Y-%m-%d %H:%M:%S %Z"),
                clock::age(seconds)
            );
            fact(lines, label, &text, Role::Text, width);
        }
    }
}

/// What the QARun it is of says.
fn of_qarun(lines: &mut Vec<Line>, focus: &Focus, sheet: &Sheet, width: usize) {
    heading(lines, format!("QARun {}", sheet.key.name));
    let word = |text: &Option<Arc<str>>| text.as_deref().unwrap_or_default().to_owned();
    let findings = focus.criteria();
    let met = findings.iter().filter(|one| one.standing.is_met()).count();
    let criteria = match findings.len() {
        0 => String::new(),
        all => format!("{met} of {all} met"),
    };
    let at = sheet.attempts.last().map_or(0, |last| last.number);
    let facts = [
        (
            "verdict",
            sheet.verdict.map_or("", Verdict::word).to_owned(),
        ),
        ("criteria", criteria),
        ("says", word(&sheet.message)),
        ("task", word(&sheet.task)),
        ("service", sheet.service.to_string()),
        ("in", sheet.environments.join(", ")),
        ("template", sheet.template.to_string()),
        ("verifies", word(&sheet.project)),
        ("asked by", word(&sheet.trigger)),
        (
            "attempt",
            if at > 0 {
                at.to_string()
            } else {
                String::new()
            },
        ),
        ("shutdown", word(&sheet.shutdown)),
        (
            "suspended",
            if sheet.suspended {
                "spec.suspend is set".to_owned()
            } else {
                String::new()
            },
        ),
    ];
    for (label, text) in facts.iter().filter(|(_, text)| !text.is_empty()) {
        let role = match (*label, sheet.verdict) {
            ("verdict", Some(verdict)) => Role::of(Standing::Found(verdict).state()),
            _ => Role::Text,
        };
        fact(lines, label, text, role, width);
    }
}

/// What agents did for its task: the newest first.
fn agents(lines: &mut Vec<Line>, p: &Painter<'_>, scene: &Scene<'_>, sheet: &Sheet, width: usize) {
    let task = sheet.task.as_deref().unwrap_or_default();
    let runs: Vec<_> = scene.state.agents.about(task).take(AGENTS).collect();
    for (at, run) in runs.into_iter().enumerate() {
        if at == 0 {
            heading(lines, format!("Agents on task {task}"));
        }
        let (state, dot) = (run.state(), p.theme.glyphs.dot);
        let word = run.phase.as_deref().unwrap_or_else(|| state.word());
        let age = run
            .created
            .map(|at| clock::age(clock::seconds_between(at, scene.now)));
        let more = [
            age.map(Into::into),
            run.service.clone(),
            run.qa.clone(),
            run.message.clone(),
        ];
        let mut text = format!("{} {word} {dot} {}", p.theme.glyphs.state(state), run.key);
        for part in more.into_iter().flatten() {
            text += &format!(" {dot} {part}");
        }
        fact(lines, run.agent.kind(), &text, Role::of(state), width);
        if let Some(url) = &run.pull_request {
            fact(lines, "", url, Role::Text, width);
        }
    }
}

fn about(lines: &mut Vec<Line>, workflow: &Workflow, width: usize) {
    let row = &workflow.facts.row;
    fact(lines, "uid", row.key.uid.as_str(), Role::Dim, width);
    if let Some(origin) = row.origin() {
        fact(lines, "from", origin, Role::Text, width);
    }
    if let Some(task) = row.task() {
        fact(lines, "task", task, Role::Text, width);
    }
    if let Some(account) = &workflow.service_account {
        fact(lines, "runs as", account, Role::Text, width);
    }
    if let Some(parallelism) = workflow.parallelism {
        fact(
            lines,
            "parallelism",
            &parallelism.to_string(),
            Role::Text,
            width,
        );
    }
    if let Some(strategy) = &workflow.pod_gc {
        fact(lines, "pod clean-up", strategy, Role::Text, width);
    }
    if let Some((cpu, memory)) = workflow.resources {
        let text = format!(
            "{} of one cpu, {} of 100 MiB requested",
            clock::exact(cpu as i64),
            clock::exact(memory as i64)
        );
        fact(lines, "resources", &text, Role::Dim, width);
    }
    for condition in &workflow.conditions {
        fact(lines, "condition", condition, Role::Dim, width);
    }
    let nodes = match &workflow.facts.nodes {
        NodesSource::Compressed(Compression::Gzip) => "compressed with gzip",
        NodesSource::Compressed(Compression::Zstd) => "compressed with zstd",
        NodesSource::Compressed(Compression::Brotli) => "compressed with brotli",
        NodesSource::Offloaded => {
            "kept in Argo's database: not readable through the Kubernetes API, pods are all there is"
        }
        NodesSource::Unreadable(why) => why,
        NodesSource::None | NodesSource::Inline => "",
    };
    if !nodes.is_empty() {
        fact(lines, "step data", nodes, Role::Dim, width);
    }
}

/// How often the step under the cursor was tried, where that was more than once.
fn attempts(page: &RunPage, focus: &Focus) -> Option<usize> {
    let branch = &focus.tree().branches[page.steps.row()?.branch];
    let count = branch.children.len();
    (branch.kind == BranchKind::Retry && count > 1).then_some(count)
}

fn about_step(
    lines: &mut Vec<Line>,
    (key, target): (&Key, &str),
    step: &Step,
    pod: Option<&Pod>,
    width: usize,
) {
    heading(lines, format!("Step {}", step.display));
    if step.kind == StepKind::Suspend && step.phase == StepPhase::Running {
        // This version only reads: it says who can do it.
        let argo = format!(
            "argo resume -n {} {} --node-field-selector displayName={}{target}",
            key.namespace, key.name, step.display
        );
        fact(lines, "goes on with", &argo, Role::Human, width);
    }
    if let Some(message) = &step.message {
        fact(lines, "message", message, Role::Text, width);
    }
    if step.is_bypassed() {
        let text = "it failed, and was counted as passed by hand";
        fact(lines, "bypassed", text, Role::Wait, width);
    }
    if let Some(code) = &step.exit_code {
        fact(lines, "exit code", code, Role::Text, width);
    }
    if let Some(template) = &step.template {
        fact(lines, "template", template, Role::Dim, width);
    }
    if let (Some(started), Some(finished)) = (step.started, step.finished) {
        fact(
            lines,
            "took",
            &clock::exact(clock::seconds_between(started, finished)),
            Role::Text,
            width,
        );
    }
    if step.cached {
        fact(
            lines,
            "cached",
            "the result was memoized: no pod ran",
            Role::Text,
            width,
        );
    }
    if let Some(lock) = &step.lock {
        fact(lines, "waits for", lock, Role::Wait, width);
    }
    match pod {
        Some(pod) => about_pod(lines, pod, width),
        None => {
            if let Some(pod) = &step.pod {
                fact(
                    lines,
                    "pod",
                    &format!("{pod}  (not there)"),
                    Role::Dim,
                    width,
                );
            }
        }
    }
    if let Some(host) = &step.host {
        fact(lines, "node", host, Role::Dim, width);
    }
    // An archived log is a log: it is read there.
    let own = step
        .artifacts
        .iter()
        .filter(|name| !name.ends_with("-logs"));
    let own: Vec<&str> = own.map(|name| &**name).collect();
    if !own.is_empty() {
        fact(lines, "artifacts", &own.join(", "), Role::Text, width);
    }
}

fn about_pod(lines: &mut Vec<Line>, pod: &Pod, width: usize) {
    let deleting = if pod.deleting { ", being deleted" } else { "" };
    fact(
        lines,
        "pod",
        &format!("{}  {}{deleting}", pod.key.name, pod.phase),
        Role::Text,
        width,
    );
    if let Some(reason) = &pod.reason {
        fact(lines, "pod waits", reason, Role::Warn, width);
    }
    for container in &pod.containers {
        let state = match &container.state {
            ContainerState::Waiting(None) => "not started".to_string(),
            ContainerState::Waiting(Some(reason)) => reason.to_string(),
            ContainerState::Running(_) => "running".to_string(),
            ContainerState::Ended { code, reason, .. } => match reason {
                Some(reason) => format!("{reason}, exit {code}"),
                None => format!("exit {code}"),
            },
        };
        fact(
            lines,
            "",
            &format!("{}: {state}", container.name),
            Role::Dim,
            width,
        );
    }
}

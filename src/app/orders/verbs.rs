//! From a command to the order it means where one stands: which object, which step, and whether it makes sense there at all.
//! Apart from asking and sending, so that menus can say beforehand what is not possible and why.

use std::sync::Arc;

use crate::app::command::Command;
use crate::app::criteria;
use crate::app::failures;
use crate::app::fleet::Run;
use crate::app::focus::Focus;
use crate::app::inside;
use crate::app::orders::guard;
use crate::app::origins;
use crate::app::state::State;
use crate::model::act::{Kind, Operation, Order};
use crate::model::facts::Cause;
use crate::model::key::Key;
use crate::model::manifest::Manifest;
use crate::model::phase::Phase;
use crate::model::workflow::Step;

/// Commands that change something, in the order of the menu.
pub const ACTIONS: [Command; 14] = [
    Command::Retry,
    Command::RetryStep,
    Command::Bypass,
    Command::Approve,
    Command::Reject,
    Command::SuspendRun,
    Command::Continue,
    Command::StopRun,
    Command::TerminateRun,
    Command::Resubmit,
    Command::ResubmitMemoized,
    Command::LaunchLike,
    Command::Edit,
    Command::DeleteRun,
];

/// It changes something in the cluster.
pub fn is_action(command: Command) -> bool {
    ACTIONS.contains(&command)
}

/// It is in the menu of what acts, which says why something is not possible.
pub fn is_in_menu(command: Command) -> bool {
    is_action(command) || command == Command::Shell
}

/// It can be done to many runs at once.
pub fn takes_many(command: Command) -> bool {
    matches!(
        command,
        Command::Retry
            | Command::SuspendRun
            | Command::Approve
            | Command::StopRun
            | Command::TerminateRun
            | Command::Resubmit
            | Command::ResubmitMemoized
            | Command::DeleteRun
    )
}

/// An action would be about many runs at once: all marked ones, or those of a cause.
pub(in crate::app) fn means_many(state: &State) -> bool {
    !state.runs.marks.is_empty() && state.lists_runs() || failures::means_many(state)
}

/// What a command asks of the run that is looked at.
///
/// # Errors
/// Why it makes no sense there: one clause, with what does.
pub fn order(state: &State, command: Command) -> Result<Order, String> {
    if origins::under_cursor(state).is_some() {
        return origins::order(state, command);
    }
    let key = state.shown_run().ok_or("there is no run here")?;
    let run = state.fleet.get(&key.uid).ok_or("the run is gone")?;
    if is_of_qarun(run, command) {
        return of_qarun(run, command);
    }
    let operation = match command {
        Command::RetryStep => Operation::RetryStep {
            step: failed_step(state, run)?,
        },
        Command::Bypass => Operation::Bypass {
            step: failed_step(state, run)?,
            values: Vec::new(),
            message: "".into(),
        },
        Command::Approve => approval(state, run)?,
        Command::Reject => Operation::Reject {
            step: waiting_step(state, &key)?,
            message: "".into(),
        },
        command => whole(run, command)?,
    };
    Ok(Order {
        kind: Kind::Workflow,
        key,
        operation,
    })
}

/// What a command asks of a run that is one of many: of itself, or of its QARun.
///
/// # Errors
/// Why it makes no sense for this run.
pub fn each(run: &Run, command: Command) -> Result<Order, String> {
    if is_of_qarun(run, command) {
        return of_qarun(run, command);
    }
    Ok(Order {
        kind: Kind::Workflow,
        key: run.row.key.clone(),
        operation: whole(run, command)?,
    })
}

/// A command is meant for the QARun of a run: of one that has no workflow everything is; else what its controller would undo
/// or not hear of, were it asked of the workflow.
fn is_of_qarun(run: &Run, command: Command) -> bool {
    let Some(brief) = &run.qarun else {
        return false;
    };
    run.is_qarun()
        || matches!(
            command,
            Command::Retry | Command::SuspendRun | Command::StopRun | Command::TerminateRun
        )
        || command == Command::Approve && brief.suspended && !brief.is_over()
}

/// What a command asks of the QARun of a run.
fn of_qarun(run: &Run, command: Command) -> Result<Order, String> {
    let brief = run.qarun.as_ref().ok_or("it is of no QARun")?;
    let operation = match command {
        _ if run.gone => return Err("it is gone".to_string()),
        Command::Retry if brief.next.is_some() && !brief.is_over() => {
            return Err("the next attempt follows by itself; stop ends it".to_string());
        }
        Command::Retry if !brief.is_over() => {
            return Err("its QARun is not over; retry-step runs a failed step again".to_string());
        }
        Command::Retry => Operation::Retry {
            parameters: Vec::new(),
        },
        Command::Edit => Operation::Edit {
            manifest: Manifest::default(),
        },
        Command::DeleteRun => Operation::Delete { force: false },
        Command::SuspendRun | Command::Approve | Command::StopRun | Command::TerminateRun
            if brief.is_over() =>
        {
            return Err("it is over; retry begins another attempt".to_string());
        }
        Command::SuspendRun if brief.suspended => {
            return Err("it is suspended already; approve goes on".to_string());
        }
        Command::SuspendRun => Operation::Suspend,
        Command::Approve if brief.suspended => Operation::Resume,
        Command::Approve => return Err("it is not suspended".to_string()),
        Command::StopRun => Operation::Stop,
        Command::TerminateRun => Operation::Terminate,
        _ => return Err("it has no workflow now; retry begins another attempt".to_string()),
    };
    Ok(Order {
        kind: Kind::QaRun,
        key: brief.key().clone(),
        operation,
    })
}

/// What a command asks of a run as a whole.
///
/// # Errors
/// Why it makes no sense for this run.
pub fn whole(run: &Run, command: Command) -> Result<Operation, String> {
    let phase = run.row.phase;
    let cause = run.facts.as_deref().map(|facts| &facts.cause);
    let bad = matches!(phase, Phase::Failed | Phase::Error);
    match command {
        _ if run.gone => Err("it is gone".to_string()),
        Command::Retry | Command::ResubmitMemoized | Command::Continue if !bad => {
            Err(match phase.is_done() {
                true => "it succeeded; resubmit runs it again".to_string(),
                false => "it is not over; retry-step runs a failed step of it again".to_string(),
            })
        }
        Command::Retry => Ok(Operation::Retry {
            parameters: Vec::new(),
        }),
        Command::Continue => Ok(Operation::Continue),
        Command::Resubmit | Command::ResubmitMemoized => Ok(Operation::Resubmit {
            memoized: command == Command::ResubmitMemoized,
            parameters: Vec::new(),
        }),
        Command::LaunchLike => Ok(Operation::Launch {
            namespace: run.row.key.namespace.clone(),
            parameters: Vec::new(),
        }),
        Command::Edit => Ok(Operation::Edit {
            manifest: Manifest::default(),
        }),
        Command::DeleteRun => Ok(Operation::Delete { force: false }),
        _ if phase.is_done() => Err("it is over".to_string()),
        Command::SuspendRun => match cause {
            Some(Cause::Suspended { step: None, .. }) => {
                Err("it is suspended already; approve goes on".to_string())
            }
            _ => Ok(Operation::Suspend),
        },
        Command::Approve => match cause {
            Some(Cause::Suspended { step: None, .. }) => Ok(Operation::Resume),
            Some(Cause::Approval { .. }) => {
                Err("an approval is given on its step, one at a time".to_string())
            }
            _ => Err("it is not suspended".to_string()),
        },
        Command::StopRun => Ok(Operation::Stop),
        Command::TerminateRun => Ok(Operation::Terminate),
        _ => Err("it is not possible here".to_string()),
    }
}

/// Lets a waiting step pass, or the whole workflow go on.
fn approval(state: &State, run: &Run) -> Result<Operation, String> {
    let approve = |step| Operation::Approve {
        step,
        values: Vec::new(),
        message: "".into(),
    };
    match run.facts.as_deref().map(|facts| &facts.cause) {
        // The step under the cursor may wait although the whole is suspended too.
        Some(Cause::Suspended { step: None, .. }) => match step_under_cursor(state) {
            Some(step) if step.is_waiting() => Ok(approve(step.id.clone())),
            _ => Ok(Operation::Resume),
        },
        _ if run.row.phase.is_done() => Err("it is over".to_string()),
        _ => Ok(approve(waiting_step(state, &run.row.key)?)),
    }
}

/// The step of the Run page's cursor, where one stands on a step.
pub(in crate::app) fn step_under_cursor(state: &State) -> Option<&Step> {
    let page = state.page()?;
    let focus = state.focus_on(&page.key)?;
    focus.step(page.steps.row()?.branch)
}

/// The step that waits for a person: under the cursor, else the only one. Among criteria none is meant but the one under
/// the cursor: the same one may wait in another environment.
fn waiting_step(state: &State, key: &Key) -> Result<Arc<str>, String> {
    if let Some(step) = step_under_cursor(state).filter(|step| step.is_waiting()) {
        return Ok(step.id.clone());
    }
    if state.page().is_some_and(criteria::on_tab) {
        return Err(
            "this criterion waits for nobody; those that do are marked Approve".to_string(),
        );
    }
    let steps = steps(state, key)?;
    let mut waiting = steps.iter().filter(|step| step.is_waiting());
    match (waiting.next(), waiting.count()) {
        (None, _) => Err("no step waits for an approval".to_string()),
        (Some(step), 0) => Ok(step.id.clone()),
        (Some(_), more) => Err(format!(
            "{} steps wait; open the run and choose one",
            more + 1
        )),
    }
}

/// The steps of a run, as far as they are read.
fn steps<'a>(state: &'a State, key: &Key) -> Result<&'a [Step], String> {
    state
        .focus_on(key)
        .and_then(|focus: &Focus| focus.workflow.as_deref())
        .map(|workflow| workflow.steps.as_slice())
        .ok_or_else(|| "its steps are being read".to_string())
}

/// The step that failed: under the cursor of the Run page, else the one at the root of the failure.
fn failed_step(state: &State, run: &Run) -> Result<Arc<str>, String> {
    if state.page().is_some() {
        let step = step_under_cursor(state).ok_or("there is no step under the cursor")?;
        return match step.phase.is_bad() {
            true => Ok(step.id.clone()),
            false => Err(format!(
                "{} has not failed; e goes to one that has",
                step.display
            )),
        };
    }
    match run.facts.as_deref().map(|facts| &facts.cause) {
        Some(Cause::Failed(fault)) => Ok(fault.node.clone()),
        Some(_) => Err("no step of it failed".to_string()),
        None => Err("its steps are being read".to_string()),
    }
}

/// What an action does here, for a menu.
pub fn told(state: &State, command: Command) -> &'static str {
    let origin = origins::under_cursor(state).map(|origin| origin.kind);
    let of_qarun = origin.is_none() && state.shown().is_some_and(|run| is_of_qarun(run, command));
    match (command, origin) {
        (Command::Retry, _) if of_qarun => {
            "Retry its QARun: another attempt, a new workflow; of this one nobody would take note"
        }
        (Command::SuspendRun, _) if of_qarun => {
            "Suspend its QARun: what runs goes on, nothing new starts"
        }
        (Command::Approve, _) if of_qarun => "Resume its QARun",
        (Command::StopRun, _) if of_qarun => {
            "Stop its QARun: steps end, exit handlers run, no attempt follows"
        }
        (Command::TerminateRun, _) if of_qarun => "Terminate its QARun at once; no attempt follows",
        (Command::DeleteRun, _) if of_qarun => {
            "Delete the QARun, with the workflows of its attempts"
        }
        (Command::LaunchLike, Some(Kind::CronWorkflow)) => "Run it now, with other parameters",
        (Command::LaunchLike, Some(_)) => "Launch a run of it",
        (Command::SuspendRun, Some(_)) => "Suspend it: no run is scheduled any more",
        (Command::Approve, Some(_)) => "Resume it: runs are scheduled again",
        (Command::DeleteRun, Some(_)) => "Delete it; the manifest is kept in the trash",
        (command, _) => command.info().doc,
    }
}

/// What lies in the way of an action here, for a menu that greys it out; `None`: nothing that is known.
pub fn hindrance(state: &State, command: Command) -> Option<String> {
    if state.readonly {
        return Some(guard::READ_ONLY.to_string());
    }
    if origins::under_cursor(state).is_some() {
        return origins::order(state, command).err();
    }
    let key = state.shown_run()?;
    if command == Command::Shell {
        return inside::hindrance(state);
    }
    let of_qarun = state.shown().is_some_and(|run| is_of_qarun(run, command));
    if let Some(Ok(Some(why))) = state.orders.rights.get(&key.namespace)
        && !of_qarun
        && !matches!(command, Command::LaunchLike | Command::DeleteRun)
    {
        return Some(why.to_string());
    }
    if means_many(state) {
        return (!takes_many(command)).then(|| "not of many at once".to_string());
    }
    order(state, command).err()
}

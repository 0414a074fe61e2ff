//! The verbs on runs: what each can be told, and the operation it means.
//! Apart from carrying it out, which is the same for all of them.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use futures::{StreamExt as _, stream};

use super::carry::Wish;
use super::report::{End, Item};
use super::step::Pick;
use super::target::{Found, Targets};
use super::values::{once, pair};
use super::{AGAIN, Agreement, Desk, STATUS, TARGETS};
use crate::cli::Common;
use crate::cli::ask;
use crate::cli::console::Look;
use crate::cli::fail::{self, FAILED, Failure};
use crate::model::act::{Kind, Operation, Order, Value};
use crate::model::key::Key;

/// Objects read at the same time for their steps.
const AT_ONCE: usize = 8;

/// Run what failed again, and what depends on it
#[derive(Debug, Args)]
#[command(after_help = format!("\
With --step one failed step runs again, or a rejected approval asks again; others that failed stay
failed. Works for a run that goes on, too.

Examples:
  tiphys retry payments/e2e-7
  tiphys retry status:failed ns:payments 'age<2h' --dry-run
  tiphys retry e2e-7 --step criterion-5 --yes
  tiphys retry e2e-7 -p image=shop:1.4.2

{TARGETS}{AGAIN}{STATUS}"))]
pub struct Retry {
    #[command(flatten)]
    targets: Targets,
    /// Only this step: its name as shown, or its id
    #[arg(long, value_name = "NAME", conflicts_with = "parameters")]
    step: Option<String>,
    /// Change a parameter of the run; can be given several times
    #[arg(short, long = "parameter", value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<Value>,
    #[command(flatten)]
    agreement: Agreement,
}

/// Count a failed step as passed: what depends on it runs
#[derive(Debug, Args)]
#[command(after_help = format!("\
Values of the step that a later one uses and that are missing have to be given, else the run would
hang. The reason is kept in the run.

Examples:
  tiphys bypass e2e-7 --step flaky-check --reason 'known: QA-812'
  tiphys bypass e2e-7 --step build --reason 'built by hand' --set image=shop:1.4.2

{TARGETS}{AGAIN}{STATUS}"))]
pub struct Bypass {
    #[command(flatten)]
    targets: Targets,
    /// The step: its name as shown, or its id
    #[arg(long, value_name = "NAME")]
    step: String,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,
    /// A value that the step gives to later ones; can be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<Value>,
    #[command(flatten)]
    agreement: Agreement,
}

/// Let a step pass that waits for a person
#[derive(Debug, Args)]
#[command(after_help = format!("\
A run that is suspended as a whole is resumed, not approved.

Examples:
  tiphys approve payments/canary
  tiphys approve canary --step promote --set version=1.4.2 --message 'looks good'

{TARGETS}{AGAIN}{STATUS}"))]
pub struct Approve {
    #[command(flatten)]
    targets: Targets,
    /// The step, where several wait: its name as shown, or its id
    #[arg(long, value_name = "NAME")]
    step: Option<String>,
    /// A value that the step asks for; can be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<Value>,
    /// What is kept in the run beside your name
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    message: String,
    #[command(flatten)]
    agreement: Agreement,
}

/// Fail a step that waits for a person
#[derive(Debug, Args)]
#[command(after_help = format!("\
Examples:
  tiphys reject payments/canary --reason 'error rate went up'

{TARGETS}{AGAIN}{STATUS}"))]
pub struct Reject {
    #[command(flatten)]
    targets: Targets,
    /// The step, where several wait: its name as shown, or its id
    #[arg(long, value_name = "NAME")]
    step: Option<String>,
    /// What is kept in the run beside your name
    #[arg(
        long,
        visible_alias = "message",
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    reason: String,
    #[command(flatten)]
    agreement: Agreement,
}

/// Make a new run of the same specification
#[derive(Debug, Args)]
#[command(after_help = format!("\
Examples:
  tiphys resubmit payments/e2e-7
  tiphys resubmit e2e-7 --memoized --yes -o name

{TARGETS}{STATUS}"))]
pub struct Resubmit {
    #[command(flatten)]
    targets: Targets,
    /// Do not run again what succeeded
    #[arg(long)]
    memoized: bool,
    /// Change a parameter; can be given several times
    #[arg(short, long = "parameter", value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<Value>,
    #[command(flatten)]
    agreement: Agreement,
}

/// Delete runs, with their pods and logs
#[derive(Debug, Args)]
#[command(after_help = format!("\
The manifest of each is kept in $XDG_STATE_HOME/tiphys/trash before.

Examples:
  tiphys delete status:succeeded 'age>7d' --dry-run
  tiphys delete payments/e2e-7

{TARGETS}{AGAIN}{STATUS}"))]
pub struct Delete {
    #[command(flatten)]
    targets: Targets,
    /// Without waiting for finalizers; what they guard is left behind
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    agreement: Agreement,
}

/// A verb on whole runs that has no options of its own.
#[derive(Debug, Args)]
#[command(after_help = format!("{TARGETS}{AGAIN}{STATUS}"))]
pub struct Whole {
    #[command(flatten)]
    targets: Targets,
    #[command(flatten)]
    agreement: Agreement,
}

/// Ending runs. Argo's own `stop` fails the steps that wait where it is given a selector of steps, and has a message only
/// for them: that is [`Reject`] here, and who types it hears so.
#[derive(Debug, Args)]
#[command(after_help = format!("{TARGETS}{AGAIN}{STATUS}"))]
pub struct Stop {
    #[command(flatten)]
    whole: Whole,
    /// Argo has a message only for a step that waits: `tiphys reject` says it
    #[arg(long, value_name = "TEXT", hide = true)]
    message: Option<String>,
    /// Argo fails the steps that wait with it: `tiphys reject` does that
    #[arg(long, value_name = "SELECTOR", hide = true)]
    node_field_selector: Option<String>,
}

impl Stop {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        let what = match (&self.node_field_selector, &self.message) {
            (Some(_), _) => "a stop of steps that wait is a rejection",
            (None, Some(_)) => "a stop of a whole run carries no message, in Argo neither",
            (None, None) => return self.whole.run(common, look, Operation::Stop),
        };
        let next =
            "`tiphys reject RUN --step STEP --message TEXT` fails a step that waits and says why.";
        fail::end(Err(Failure::new(what, next)), FAILED, FAILED)
    }
}

/// What a verb asks of each run.
struct Ask<'a> {
    operation: Operation,
    /// How its step is found, where it is about one.
    pick: Option<Pick<'a>>,
}

impl Retry {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        let pick = self.step.as_deref().map(|name| Pick {
            name: Some(name),
            waiting: false,
        });
        let ask = || {
            Ok(Ask {
                operation: match pick {
                    Some(_) => Operation::RetryStep { step: "".into() },
                    None => Operation::Retry {
                        parameters: once(&self.parameters)?,
                    },
                },
                pick,
            })
        };
        carry_out(common, look, &self.agreement, &self.targets, ask)
    }
}

impl Bypass {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        let ask = || {
            Ok(Ask {
                operation: Operation::Bypass {
                    step: "".into(),
                    values: once(&self.set)?,
                    message: self.reason.as_str().into(),
                },
                pick: Some(Pick {
                    name: Some(&self.step),
                    waiting: false,
                }),
            })
        };
        carry_out(common, look, &self.agreement, &self.targets, ask)
    }
}

impl Approve {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        let ask = || {
            Ok(Ask {
                operation: Operation::Approve {
                    step: "".into(),
                    values: once(&self.set)?,
                    message: self.message.as_str().into(),
                },
                pick: Some(waiting(self.step.as_deref())),
            })
        };
        carry_out(common, look, &self.agreement, &self.targets, ask)
    }
}

impl Reject {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        let ask = || {
            Ok(Ask {
                operation: Operation::Reject {
                    step: "".into(),
                    message: self.reason.as_str().into(),
                },
                pick: Some(waiting(self.step.as_deref())),
            })
        };
        carry_out(common, look, &self.agreement, &self.targets, ask)
    }
}

impl Resubmit {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        let ask = || {
            Ok(whole(Operation::Resubmit {
                memoized: self.memoized,
                parameters: once(&self.parameters)?,
            }))
        };
        carry_out(common, look, &self.agreement, &self.targets, ask)
    }
}

impl Delete {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        let force = self.force;
        let ask = || Ok(whole(Operation::Delete { force }));
        carry_out(common, look, &self.agreement, &self.targets, ask)
    }
}

impl Whole {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look, operation: Operation) -> ExitCode {
        let ask = || Ok(whole(operation));
        carry_out(common, look, &self.agreement, &self.targets, ask)
    }
}

fn whole(operation: Operation) -> Ask<'static> {
    Ask {
        operation,
        pick: None,
    }
}

fn waiting(name: Option<&str>) -> Pick<'_> {
    Pick {
        name,
        waiting: true,
    }
}

/// Reads the command line, finds the runs and their steps, and carries it out.
fn carry_out<'a>(
    common: &Common,
    look: &Look,
    agreement: &Agreement,
    targets: &Targets,
    ask: impl FnOnce() -> Result<Ask<'a>, Failure>,
) -> ExitCode {
    // What is wrong with the command line is said before anybody is asked for anything.
    let wish = targets.read().and_then(|wanted| Ok((wanted, ask()?)));
    let (wanted, ask) = match wish {
        Ok(wish) => wish,
        Err(why) => return fail::end(Err(why), FAILED, FAILED),
    };
    super::run(common, look, agreement, |desk| async move {
        let Found {
            keys,
            named,
            missing,
        } = wanted.find(&desk.cluster, desk.common).await?;
        let items = stream::iter(keys)
            .map(|key| desk.item(key, &ask))
            .buffered(AT_ONCE)
            .collect()
            .await;
        desk.carry_out(Wish {
            items,
            named,
            missing,
        })
        .await
    })
}

impl Desk<'_> {
    /// The order for one run, about the step that is meant.
    async fn item(&self, key: Key, ask: &Ask<'_>) -> Item {
        let mut item = Item::open(Order {
            kind: Kind::Workflow,
            key,
            operation: ask.operation.clone(),
        });
        let Some(pick) = ask.pick else {
            return item;
        };
        match self.step(&item.order.key, pick).await {
            Ok((id, name)) => {
                item.order.operation = item.order.operation.at(id);
                item.step = Some(name);
            }
            Err(end) => item.end = Some(end),
        }
        item
    }

    async fn step(&self, key: &Key, pick: Pick<'_>) -> Result<(Arc<str>, Arc<str>), End> {
        let workflow = ask::workflow(&self.cluster, key).await;
        let workflow = workflow.map_err(|why| match why {
            Failure::Said { what, .. } | Failure::Usage(what) => End::Not(what),
            Failure::Closed => End::Not("it was not read".to_string()),
        })?;
        if let Some(why) = ask::missing_steps(&workflow) {
            return Err(End::Skipped(why));
        }
        pick.of(&workflow.steps).map_err(End::Skipped)
    }
}

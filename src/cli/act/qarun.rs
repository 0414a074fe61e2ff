//! `tiphys qarun retry|stop|terminate|suspend|resume`: QARuns through their spec.
//! Apart from runs, which are workflows: what is asked of the workflow of an attempt its QARun does not hear of.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::carry::Wish;
use super::report::Item;
use super::{AGAIN, Agreement, STATUS};
use crate::cli::Common;
use crate::cli::console::Look;
use crate::cli::qaruns;
use crate::model::act::{Kind, Operation, Order};

/// What can be asked of QARuns.
#[derive(Debug, Subcommand)]
pub enum QaRunVerb {
    /// Begin another attempt of QARuns that are over: a new workflow, in which everything is verified again
    #[command(after_help = format!("{AGAIN}{STATUS}"))]
    Retry(Named),
    /// End QARuns; exit handlers of their workflows run, no attempt follows
    #[command(after_help = format!("{AGAIN}{STATUS}"))]
    Stop(Named),
    /// End QARuns at once, without the exit handlers of their workflows
    #[command(after_help = format!("{AGAIN}{STATUS}"))]
    Terminate(Named),
    /// Let QARuns begin no attempt and no new step; what runs goes on
    #[command(after_help = format!("{AGAIN}{STATUS}"))]
    Suspend(Named),
    /// Let suspended QARuns go on
    #[command(after_help = format!("{AGAIN}{STATUS}"))]
    Resume(Named),
}

/// QARuns by name.
#[derive(Debug, Args)]
pub struct Named {
    /// QARuns: NAME, or NAMESPACE/NAME where several have it
    #[arg(value_name = "QARUN", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    agreement: Agreement,
}

impl QaRunVerb {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        let (named, operation) = match self {
            Self::Retry(named) => (
                named,
                Operation::Retry {
                    parameters: Vec::new(),
                },
            ),
            Self::Stop(named) => (named, Operation::Stop),
            Self::Terminate(named) => (named, Operation::Terminate),
            Self::Suspend(named) => (named, Operation::Suspend),
            Self::Resume(named) => (named, Operation::Resume),
        };
        super::run(common, look, &named.agreement, |desk| async move {
            let mut items: Vec<Item> = Vec::new();
            for name in &named.names {
                let key = qaruns::find(&desk.cluster, common, name).await?;
                if items.iter().all(|item| item.order.key != key) {
                    items.push(Item::open(Order {
                        kind: Kind::QaRun,
                        key,
                        operation: operation.clone(),
                    }));
                }
            }
            desk.carry_out(Wish {
                items,
                named: true,
                missing: Vec::new(),
            })
            .await
        })
    }
}

//! `tiphys launch`: a new run from a template, or one like another run.
//! Apart from resubmitting, whose run knows what it was made from.

use std::process::ExitCode;
use std::sync::Arc;

use clap::{ArgGroup, Args};

use super::carry::Wish;
use super::report::Item;
use super::values::{once, pair};
use super::{Agreement, Desk, STATUS};
use crate::cli::Common;
use crate::cli::console::Look;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::naming;
use crate::model::act::{Kind, Operation, Order, Value};
use crate::model::delta::Scope;

/// Make a new run from a template, or like another run
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("from").required(true).args(["template", "cluster_template", "like"]))]
#[command(after_help = format!("\
It runs where its template or the other run is; from a template of the cluster it runs in the
namespace of -n, else in that of the context.

Examples:
  tiphys launch payments/smoke -p env=qa --dry-run
  tiphys wait $(tiphys launch payments/smoke --yes -o name) --timeout 30m
  tiphys launch --cluster-template load-test -n checkout
  tiphys launch --like payments/e2e-7 -p image=shop:1.4.2

{STATUS}"))]
pub struct Launch {
    /// A WorkflowTemplate: NAME, or NAMESPACE/NAME where several have it
    template: Option<String>,
    /// A ClusterWorkflowTemplate
    #[arg(long, value_name = "NAME")]
    cluster_template: Option<String>,
    /// A run of which it is a copy
    #[arg(long, value_name = "RUN")]
    like: Option<String>,
    /// A parameter; can be given several times
    #[arg(short, long = "parameter", value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<Value>,
    #[command(flatten)]
    agreement: Agreement,
}

impl Launch {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        let parameters = match once(&self.parameters) {
            Ok(parameters) => parameters,
            Err(why) => return fail::end(Err(why), FAILED, FAILED),
        };
        super::run(common, look, &self.agreement, |desk| async move {
            let order = self.order(&desk, parameters).await?;
            desk.carry_out(Wish::one(order)).await
        })
    }

    async fn order(&self, desk: &Desk<'_>, parameters: Vec<Value>) -> Result<Order, Failure> {
        let (cluster, common) = (&desk.cluster, desk.common);
        let (kind, key) = match (&self.template, &self.cluster_template, &self.like) {
            (Some(name), _, _) => {
                let kind = Kind::WorkflowTemplate;
                (kind, naming::object(cluster, common, kind, name).await?)
            }
            (_, Some(name), _) => {
                let kind = Kind::ClusterWorkflowTemplate;
                (kind, naming::object(cluster, common, kind, name).await?)
            }
            (_, _, Some(run)) => (Kind::Workflow, naming::find(cluster, common, run).await?),
            (None, None, None) => {
                let what = "name a template, or a run with --like".to_string();
                return Err(Failure::Usage(what));
            }
        };
        let namespace = match kind {
            Kind::ClusterWorkflowTemplate => home(desk)?,
            _ => key.namespace.clone(),
        };
        Ok(Order {
            kind,
            key,
            operation: Operation::Launch {
                namespace,
                parameters,
            },
        })
    }
}

/// Where what has no namespace of its own runs.
pub(super) fn home(desk: &Desk<'_>) -> Result<Arc<str>, Failure> {
    match desk.common.scope() {
        Scope::All => Ok(desk.cluster.default_namespace().clone()),
        Scope::Namespaces(names) => match &names[..] {
            [name] => Ok(name.clone()),
            _ => Err(Failure::Usage(
                "it runs in one namespace: name one with -n".to_string(),
            )),
        },
    }
}

impl Wish {
    /// One order that was named.
    pub(super) fn one(order: Order) -> Self {
        Self {
            items: vec![Item::open(order)],
            named: true,
            missing: Vec::new(),
        }
    }
}

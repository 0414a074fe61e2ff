//! `tiphys template install`: the WorkflowTemplate that is made of a QARun, printed, or applied to a cluster.
//! Apart from rendering: this one may ask a cluster.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::render::Written;
use super::source::{qarun, refused};
use crate::cli::Common;
use crate::cli::act::{self, Agreement};
use crate::cli::console::Look;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::output;
use crate::library;

/// Print or apply the WorkflowTemplate that is made of a QARun, to launch from
#[derive(Debug, Args)]
#[command(after_help = "\
It is printed; with --apply it is applied (server-side, as the field manager tiphys), after it was tried and agreed to.
What is launched from it belongs to no QARun: its criteria are steps, and nobody writes a verdict into a status.")]
pub struct Install {
    /// File with a QARun, - for standard input
    #[arg(value_name = "FILE")]
    file: String,
    /// Name of the template; the name of the QARun where nothing is said
    #[arg(long)]
    name: Option<String>,
    /// Apply it instead of printing it
    #[arg(long)]
    apply: bool,
    /// Take over fields that others own
    #[arg(long, requires = "apply")]
    force: bool,
    #[command(flatten)]
    agreement: Agreement,
}

impl Install {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        let template = match self.template(common) {
            Ok(template) => template,
            Err(why) => return fail::end(Err(why), FAILED, 0),
        };
        if self.apply {
            return act::apply(common, look, &self.agreement, &[template], self.force);
        }
        let printed = Written::Yaml
            .text(&template)
            .and_then(|text| output::print(&text));
        fail::end(printed.map(|()| ExitCode::SUCCESS), FAILED, 0)
    }

    fn template(&self, common: &Common) -> Result<Value, Failure> {
        let run = qarun(&self.file)?;
        let name = self.name.as_deref().unwrap_or(&run.metadata.name);
        let namespace = common.namespaces.first().unwrap_or(&run.metadata.namespace);
        if namespace.is_empty() && self.apply {
            return Err(Failure::Usage(
                "name the namespace of the template with -n, or in the QARun".to_owned(),
            ));
        }
        library::render_template(&run.spec, name, namespace)
            .map_err(|problems| refused(&self.file, &problems))
    }
}

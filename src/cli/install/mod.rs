//! `tiphys install`: everything a cluster needs to run QARuns, printed, or applied.
//! Apart from `crd`, which is the definition alone: an administrator may keep the two apart.

mod documents;
mod rights;

pub(super) use rights::LEASE;

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::cli::Common;
use crate::cli::act::{self, Agreement};
use crate::cli::console::Look;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::output;

/// Print or apply what a cluster needs to run QARuns: definition, rights, controller
#[derive(Debug, Args)]
#[command(after_help = "\
It is printed; with --apply it is applied (server-side, as the field manager tiphys), after it was tried and agreed to. Saying it
again changes nothing, and `kubectl diff --server-side --field-manager=tiphys -f -` of what is printed shows nothing.

With --scope namespace the controller has no right outside the namespaces given with -n; the definition is of the whole cluster
all the same (--without-crd leaves it to an administrator).

Examples:
  tiphys install --image registry.example/tiphys:0.1.0 | kubectl apply --server-side -f -
  tiphys install --image registry.example/tiphys:0.1.0 --scope namespace -n payments -n checkout
  tiphys install --image registry.example/tiphys:0.1.0 --apply --dry-run
  tiphys install --rights                                 # what the controller may do, and why")]
pub struct Install {
    /// Image of the controller: this program, in a registry the cluster can reach
    #[arg(long, value_name = "IMAGE", required_unless_present = "rights", value_parser = image)]
    image: Option<String>,
    /// Namespace the controller lives in
    #[arg(long, value_name = "NS", default_value = "tiphys")]
    into: String,
    /// Make that namespace as well
    #[arg(long)]
    create_namespace: bool,
    /// Where QARuns are run: everywhere, or only in the namespaces given with -n
    #[arg(long, value_enum, default_value_t)]
    scope: Scope,
    /// Leave the definition of QARuns out
    #[arg(long)]
    without_crd: bool,
    /// Print what the controller may do, and why, and nothing else
    #[arg(long, conflicts_with = "apply")]
    rights: bool,
    /// Apply it instead of printing it
    #[arg(long)]
    apply: bool,
    /// Take over fields that others own
    #[arg(long, requires = "apply")]
    force: bool,
    #[command(flatten)]
    agreement: Agreement,
}

/// An image's name, as far as it can be wrong by a slip of the hand: the grammar is the registry's.
fn image(text: &str) -> Result<String, String> {
    match text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        true => Err("it is no name of an image, which has no spaces: registry/name:tag".to_owned()),
        false => Ok(text.to_owned()),
    }
}

/// Where QARuns are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Scope {
    /// In every namespace
    #[default]
    Cluster,
    /// In those given with -n
    Namespace,
}

impl Install {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        let ended = |printed: Result<(), Failure>| {
            fail::end(printed.map(|()| ExitCode::SUCCESS), FAILED, 0)
        };
        if self.rights {
            return ended(output::print(&rights::table()));
        }
        let documents = match self.documents(common) {
            Ok(documents) => documents,
            Err(why) => return ended(Err(why)),
        };
        if self.apply {
            return act::apply(common, look, &self.agreement, &documents, self.force);
        }
        ended(text(&documents).and_then(|text| output::print(&text)))
    }

    fn documents(&self, common: &Common) -> Result<Vec<Value>, Failure> {
        let namespaces = match self.scope {
            Scope::Cluster => None,
            Scope::Namespace if common.namespaces.is_empty() => {
                return Err(Failure::Usage(
                    "--scope namespace wants the namespaces, each with -n".to_owned(),
                ));
            }
            Scope::Namespace => Some(common.namespaces.as_slice()),
        };
        let wish = documents::Wish {
            image: self.image.as_deref().unwrap_or_default(),
            home: &self.into,
            create_namespace: self.create_namespace,
            namespaces,
            definition: !self.without_crd,
        };
        Ok(documents::all(&wish))
    }
}

/// Documents one after the other.
fn text(documents: &[Value]) -> Result<String, Failure> {
    let mut text = String::new();
    for document in documents {
        text += "---\n";
        text += &output::yaml(document)?;
    }
    Ok(text)
}

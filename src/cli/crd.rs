//! `tiphys crd`: the definition of QARuns, as a cluster takes it.
//! Apart from `install`, because a definition is what an administrator reads and applies first, and often alone.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::cli::fail::{self, FAILED};
use crate::cli::output;
use crate::sim::schema;
use crate::wire::qarun::DEFINITION;

/// Print the definition of QARuns, to be applied to a cluster
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tiphys crd | kubectl apply --server-side -f -
  tiphys crd -o json")]
pub struct Crd {
    /// Form of the definition
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    output: Form,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Form {
    /// As it is written, with comments
    #[default]
    Yaml,
    /// For programs
    Json,
}

impl Crd {
    /// Prints it.
    pub fn run(&self) -> ExitCode {
        let printed = match self.output {
            Form::Yaml => output::print(DEFINITION),
            Form::Json => output::json(schema::platform()).and_then(|text| output::print(&text)),
        };
        fail::end(printed.map(|()| ExitCode::SUCCESS), FAILED, 0)
    }
}

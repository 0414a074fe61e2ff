//! `tiphys completions SHELL`: the script that makes a shell complete our command line.
//! Apart, as every verb: what it takes and what it prints.

use std::io;
use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

/// For which shell.
#[derive(Debug, Args)]
pub struct Completions {
    /// Shell to write for
    shell: Shell,
}

impl Completions {
    /// Prints the script for this command line.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub fn run(&self, command: &mut Command) -> color_eyre::Result<ExitCode> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, command, "tiphys", &mut script);
        match io::Write::write_all(&mut io::stdout(), &script) {
            // `tiphys completions bash | head` is no failure.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(ExitCode::SUCCESS),
        }
    }
}

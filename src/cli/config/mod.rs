//! `tiphys config`: what is configured, what is wrong with it, and how to write it.
//! Apart from the console, which shows the same problems, so that a file can be checked where there is no terminal.

mod schema;
mod show;

use std::io;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::console::Look;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::output::print;

const HELP: &str = "\
The directory is ~/.config/tiphys or $XDG_CONFIG_HOME/tiphys, which need not exist, or the one that
$TIPHYS_CONFIG or --config names. Tiphys never writes into it. A running console takes a saved file up within a second.

  config.toml        theme = \"auto\"           or dusk, dawn, contrast, mono, terminal, NAME
                     keymap = \"k9s\"           or default, emacs, NAME
                     [[notify]]               what is told of new failures, and how
                     filter = \"ns:payments\"   how = [\"toast\", \"bell\", \"osc9\", \"osc777\"]
                     hook = [\"page-me\"]       quiet = \"22:00-07:00\"  every = \"30s\"
                     [[view]]                 a tab of the Runs screen
                     name = \"Payments\"       filter = \"ns:payments\"  sort = \"ended\"
  keymap.toml        [global]                 a scope: global list runs run steps log picker prompt
                     \"alt-q\" = \"quit\"         keys = command; keys of a sequence: \"g g\"
                     \"q\" = \"none\"             takes a key away
  keymaps/NAME.toml  inherits = \"emacs\"       a keymap of your own, as keymap.toml
  themes/NAME.toml   inherits = \"dusk\"        a theme of your own:
                     [palette]
                     red = \"#ff5555\"
                     [style]
                     \"state.failed\" = { fg = \"red\", bold = true }
                     [glyph]
                     running = \"▶\"

Examples:
  tiphys config check                  before a commit of your dotfiles
  tiphys config show --origin          which file and line each key comes from
  tiphys config schema keymap > keymap.schema.json
  $EDITOR \"$(tiphys config path)/config.toml\"";

/// Check, show and explain the configuration
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Config {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say what is wrong in the files, with the line and what was probably meant
    #[command(after_help = CHECK)]
    Check,
    /// Print settings, keys and theme that are in force
    #[command(after_help = SHOW)]
    Show(show::Show),
    /// Print the JSON Schema of a kind of file, for editors
    #[command(after_help = SCHEMA)]
    Schema {
        /// Which kind of file
        #[arg(value_enum, default_value_t = Kind::Config)]
        of: Kind,
    },
    /// Print the directory of the configuration
    Path,
}

const CHECK: &str = "\
All files of the directory are checked, also themes and keymaps that are not in use.

Exit status:
  0  nothing is wrong
  1  something is; each problem is on standard output as FILE:LINE:COLUMN";

const SHOW: &str = "\
What is printed can be copied into the files.

Examples:
  tiphys config show --origin | grep quit
  tiphys --keymap emacs config show keymap";

const SCHEMA: &str = "\
Editors with a TOML language server (taplo, tombi) complete and check by it, for example with a first line
  #:schema ./keymap.schema.json";

/// The kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// config.toml
    Config,
    /// keymap.toml and keymaps/NAME.toml
    Keymap,
    /// themes/NAME.toml
    Theme,
}

impl Config {
    /// Does it.
    pub fn run(&self, look: &Look) -> ExitCode {
        let reads = !matches!(self.verb, Verb::Schema { .. } | Verb::Path);
        if let Some(why) = look.mistaken_dir().filter(|_| reads) {
            return fail::end(Err(Failure::Usage(why)), FAILED, 0);
        }
        let done = match &self.verb {
            Verb::Check => check(look),
            Verb::Show(show) => show.run(look),
            Verb::Schema { of } => said(schema::text(*of)),
            Verb::Path => path(look),
        };
        fail::end(done, FAILED, 0)
    }
}

fn said(text: Result<String, serde_json::Error>) -> Result<ExitCode, Failure> {
    let text = text.map_err(|error| Failure::from(io::Error::other(error)))?;
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn path(look: &Look) -> Result<ExitCode, Failure> {
    let Some(dir) = look.home().dir else {
        return Err(Failure::new(
            "there is no home directory",
            "Name a directory with --config.",
        ));
    };
    print(&format!("{}\n", dir.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn check(look: &Look) -> Result<ExitCode, Failure> {
    let home = look.home();
    let loaded = home.load(None);
    let problems = home.check(&loaded);
    let dir = home.dir.unwrap_or_default();
    let files = match loaded.files.count() {
        0 => format!("{}: there are no files; nothing is wrong", dir.display()),
        1 => format!("{}: 1 file", dir.display()),
        n => format!("{}: {n} files", dir.display()),
    };
    if problems.is_empty() {
        let end = match loaded.files.count() {
            0 => "",
            _ => ", nothing is wrong",
        };
        print(&format!("{files}{end}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let count = match problems.len() {
        1 => "1 problem".to_string(),
        n => format!("{n} problems"),
    };
    let text: String = problems.iter().map(|p| format!("{p}\n\n")).collect();
    print(&format!("{text}{count}; everything else is in force\n"))?;
    Ok(ExitCode::from(FAILED))
}

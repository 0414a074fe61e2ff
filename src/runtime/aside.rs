//! Somebody else has the terminal: a program in the foreground, or a job of this one that is given its two ends.
//! Apart from the loop, which goes on meanwhile without drawing, and from the terminal's modes.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures::future::BoxFuture;
use ratatui::layout::Size;
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::isatty;
use tokio::process::Command;
use tokio::sync::watch;

use super::ends::Ends;
use super::session::Visit;
use crate::app::aside::{Ended, Program};
use crate::app::orders::Ticket;

/// How long one that is told to end is waited for before it is killed.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// How it ended, or one sentence on why it did not begin or was lost.
pub type Told = Result<Ended, String>;

/// Who gets the terminal.
pub(super) enum Guest {
    /// A program, with its arguments.
    Program(Program, Vec<String>),
    /// A process in a container.
    Visit(Box<Visit>),
}

/// Who has the terminal. Dropped, it is killed.
pub(super) struct Away {
    /// The number of what was asked for.
    pub ticket: Ticket,
    over: BoxFuture<'static, Told>,
    child: Option<Pid>,
    size: watch::Sender<Size>,
}

impl Away {
    /// Gives it the terminal, which has this size.
    ///
    /// # Errors
    /// One sentence, where the program cannot be started.
    pub(super) fn start(
        ticket: Ticket,
        guest: Guest,
        ends: Ends,
        size: Size,
    ) -> Result<Self, String> {
        let (size, sizes) = watch::channel(size);
        match guest {
            Guest::Program(program, args) => {
                let argv = command(&program, args);
                let (child, over) = spawn(&argv)?;
                Ok(Self {
                    ticket,
                    over,
                    child,
                    size,
                })
            }
            Guest::Visit(visit) => Ok(Self {
                ticket,
                over: Box::pin(visit.hold(ends, sizes)),
                child: None,
                size,
            }),
        }
    }

    /// Waits for its end. Cancel safe; not to be asked again once it has answered.
    pub(super) async fn over(&mut self) -> Told {
        self.over.as_mut().await
    }

    /// It is a program of this machine, which the terminal's keys reach by themselves.
    pub(super) fn is_program(&self) -> bool {
        self.child.is_some()
    }

    /// The window changed its size, or this program was continued. A program in the foreground hears that itself.
    pub(super) fn looks_again(&self, size: Size) {
        self.size.send_replace(size);
    }

    /// Ends it: a program by this signal, and where it does not obey, by force.
    pub(super) async fn end(mut self, signal: i32) {
        let Some(child) = self.child else {
            return;
        };
        if let Some(signal) = Signal::from_named_raw(signal) {
            // Nobody else waits for it, so that the number is still its own.
            let _ = kill_process(child, signal);
        }
        let _ = tokio::time::timeout(LAST_WAIT, self.over()).await;
    }
}

type Started = (Option<Pid>, BoxFuture<'static, Told>);

/// Starts a program in our own group: ctrl-c, ctrl-z and a new size reach it as they would from a shell, and who stops it stops
/// us too.
fn spawn(argv: &[String]) -> Result<Started, String> {
    let (program, args) = argv.split_first().ok_or("no program is named")?;
    let mut command = Command::new(program);
    command.args(args).kill_on_drop(true);
    let failed = |why: io::Error| format!("`{program}` cannot be started: {why}");
    // The ends of ours do not wait, which a program does not expect. What it has to say of itself goes where it can be seen.
    if !isatty(io::stdin().as_fd()) {
        command.stdin(tty().map_err(failed)?);
    }
    if !isatty(io::stdout().as_fd()) {
        command.stdout(tty().map_err(failed)?);
    }
    if !isatty(io::stderr().as_fd()) {
        command.stderr(tty().map_err(failed)?);
    }
    let mut child = command.spawn().map_err(failed)?;
    let number = child.id().and_then(|id| i32::try_from(id).ok());
    let over = Box::pin(async move {
        match child.wait().await {
            Ok(status) => Ok(ended(status)),
            Err(why) => Err(format!("how it ended is not known: {why}")),
        }
    });
    Ok((number.and_then(Pid::from_raw), over))
}

fn tty() -> io::Result<Stdio> {
    let file = File::options().read(true).write(true).open("/dev/tty")?;
    Ok(file.into())
}

fn ended(status: ExitStatus) -> Ended {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Code(code),
        (None, signal) => Ended::Signal(signal.unwrap_or_default()),
    }
}

/// Name and arguments of a program, as the environment says.
pub fn command(program: &Program, args: Vec<String>) -> Vec<String> {
    argv(program, args, |name| std::env::var(name).ok())
}

/// Name and arguments of a program. What a variable says is a command as in git: with blanks or anything else that a shell
/// reads, the shell reads it, and the arguments come after it as they are.
/// Source: git, `git-var(1)`, `prepare_shell_cmd` in run-command.c.
fn argv(
    program: &Program,
    args: Vec<String>,
    variable: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let said = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let command = match program {
        Program::Editor => said("VISUAL")
            .or_else(|| said("EDITOR"))
            .unwrap_or_else(|| "vi".to_string()),
        Program::Pager => said("PAGER").unwrap_or_else(|| "less".to_string()),
        Program::Named(name) => return [vec![name.clone()], args].concat(),
    };
    let plain = !command.contains(|c| "|&;<>()$`\\\"' \t\n*?[#~=%".contains(c));
    let mut argv = match plain {
        true => vec![command],
        false => vec![
            "sh".to_string(),
            "-c".to_string(),
            format!("{command} \"$@\""),
            command,
        ],
    };
    argv.extend(args);
    argv
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(program: &Program, variables: &[(&str, &str)]) -> Vec<String> {
        argv(program, vec!["a b".to_string()], |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_string())
        })
    }

    #[test]
    fn a_variable_is_a_command_and_an_argument_stays_one() {
        let editor = Program::Editor;
        assert_eq!(words(&editor, &[]), ["vi", "a b"]);
        let both = [("VISUAL", "nvim"), ("EDITOR", "ed")];
        assert_eq!(words(&editor, &both), ["nvim", "a b"]);
        let blank = [("VISUAL", " "), ("EDITOR", "ed")];
        assert_eq!(words(&editor, &blank), ["ed", "a b"]);
        assert_eq!(
            words(&editor, &[("EDITOR", "code --wait")]),
            ["sh", "-c", "code --wait \"$@\"", "code --wait", "a b"]
        );
        assert_eq!(words(&Program::Pager, &both), ["less", "a b"]);
        assert_eq!(words(&Program::Named("x y".into()), &both), ["x y", "a b"]);
    }
}

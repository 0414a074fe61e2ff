//! Programs of the person's own that are run when something failed: no shell, no terminal, a time limit.
//! Apart from the effects on a cluster, because these touch only the machine the program runs on.

use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::mailbox::Mailbox;
use crate::app::msg::Msg;
use crate::app::said::Level;
use crate::model::mask::mask;
use crate::model::text::clean_message;

/// Longest time one may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(50);
/// How many may run at the same time.
const AT_ONCE: usize = 4;
/// Stands for the sentence in an argument.
const SENTENCE: &str = "{text}";
/// Bytes of its output that go to the log file.
const OUTPUT: u64 = 4 << 10;

/// Runs hooks, each in a thread of its own: they are few, and wait.
#[derive(Debug)]
pub struct Hooks {
    mailbox: Mailbox,
    running: Arc<AtomicUsize>,
    limit: Duration,
}

impl Hooks {
    /// None runs. What goes wrong with one is said through the mailbox.
    pub fn new(mailbox: Mailbox) -> Self {
        Self {
            mailbox,
            running: Arc::default(),
            limit: LIMIT,
        }
    }

    /// Runs one; returns at once.
    pub fn run(&self, argv: Vec<String>, facts: Vec<(String, String)>) {
        let name = argv.first().cloned().unwrap_or_default();
        let (mailbox, running, limit) = (self.mailbox.clone(), self.running.clone(), self.limit);
        let say = move |what: String| {
            tracing::warn!(%what, "hook");
            let text = format!("the hook `{name}` {what}");
            mailbox.push(Msg::Report(Level::Warn, text));
        };
        if running.fetch_add(1, Ordering::AcqRel) >= AT_ONCE {
            running.fetch_sub(1, Ordering::AcqRel);
            say(format!("was not run: {AT_ONCE} run already"));
            return;
        }
        let ended = running.clone();
        let job = move || {
            if let Err(what) = run(&argv, facts, limit) {
                say(what);
            }
            ended.fetch_sub(1, Ordering::AcqRel);
        };
        let thread = std::thread::Builder::new().name("hook".into()).spawn(job);
        if let Err(error) = thread {
            running.fetch_sub(1, Ordering::AcqRel);
            tracing::error!(%error, "no thread for a hook");
        }
    }
}

/// Runs it to its end; what went wrong otherwise.
fn run(argv: &[String], facts: Vec<(String, String)>, limit: Duration) -> Result<(), String> {
    let (program, args) = argv.split_first().ok_or("names no program")?;
    let (output, ours) = io::pipe().map_err(|error| format!("cannot be run: {error}"))?;
    let facts: Vec<(String, String)> = facts
        .into_iter()
        .map(|(name, value)| (name, mask(&value).into_owned()))
        .collect();
    let text = facts.iter().find(|(name, _)| name == "TIPHYS_TEXT");
    let text = text.map(|(_, text)| text.as_str()).unwrap_or_default();
    // An argument stays one, whatever the sentence holds.
    let args = args.iter().map(|arg| arg.replace(SENTENCE, text));
    let mut command = Command::new(program);
    command
        .args(args)
        .envs(facts)
        .stdin(Stdio::null())
        .stdout(
            ours.try_clone()
                .map_err(|error| format!("cannot be run: {error}"))?,
        )
        .stderr(ours)
        // A group of its own: it ends with all it has started, and the terminal's keys do not reach it.
        .process_group(0);
    let child = command.spawn();
    // The writing ends that the command holds are closed, or nobody would see the end of the output.
    drop(command);
    let mut child = child.map_err(|error| format!("cannot be run: {error}"))?;
    log_output(program.clone(), output);
    wait(&mut child, limit)
}

/// What it writes goes to the log file, up to a bound, and nowhere else.
fn log_output(program: String, mut output: io::PipeReader) {
    let job = move || {
        let mut kept = Vec::new();
        // A program that closes its output early has said what it wanted to.
        let _ = output.by_ref().take(OUTPUT).read_to_end(&mut kept);
        let _ = io::copy(&mut output, &mut io::sink());
        let text = String::from_utf8_lossy(&kept);
        for line in text.lines() {
            let line = mask(line).into_owned();
            tracing::info!(%program, line = %clean_message(&line), "hook");
        }
    };
    if let Err(error) = std::thread::Builder::new()
        .name("hook output".into())
        .spawn(job)
    {
        tracing::error!(%error, "no thread for the output of a hook");
    }
}

fn wait(child: &mut Child, limit: Duration) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("ended with {status}")),
            Ok(None) if begun.elapsed() < limit => std::thread::sleep(LOOK),
            Ok(None) => {
                end(child);
                return Err(format!(
                    "took longer than {} s and was ended",
                    limit.as_secs()
                ));
            }
            Err(error) => return Err(format!("cannot be waited for: {error}")),
        }
    }
}

fn end(child: &mut Child) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended by itself just now.
        let _ = kill_process_group(pid, Signal::KILL);
    }
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn argv(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_string()).collect()
    }

    #[test]
    fn it_finds_the_facts_and_no_shell_reads_its_arguments() {
        let dir = std::env::temp_dir().join(format!("tiphys-hook-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let file = dir.join("told; touch never");
        let script = "printf '%s|%s|%s' \"$TIPHYS_NAME\" \"$TIPHYS_CAUSE\" \"$2\" > \"$1\"";
        let words = [
            "sh",
            "-c",
            script,
            "hook",
            file.to_str().unwrap(),
            "<{text}>",
        ];
        let facts = vec![
            ("TIPHYS_TEXT".to_string(), "a; b \"c\"".to_string()),
            ("TIPHYS_NAME".to_string(), "$(id)".to_string()),
            (
                "TIPHYS_CAUSE".to_string(),
                "password=hunter2hunter2".to_string(),
            ),
        ];
        run(&argv(&words), facts, LIMIT).unwrap();
        let told = std::fs::read_to_string(&file).unwrap();
        assert!(told.starts_with("$(id)|password="), "{told}");
        assert!(
            !told.contains("hunter2") && told.ends_with("|<a; b \"c\">"),
            "{told}"
        );
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn what_goes_wrong_is_said_and_what_hangs_is_ended_with_its_children() {
        let error = run(&argv(&["no-such-program-of-tiphys"]), Vec::new(), LIMIT).unwrap_err();
        assert!(error.starts_with("cannot be run"), "{error}");
        let error = run(&argv(&["false"]), Vec::new(), LIMIT).unwrap_err();
        assert!(error.contains("exit status: 1"), "{error}");
        let hang = argv(&["sh", "-c", "sleep 600 & sleep 600"]);
        let error = run(&hang, Vec::new(), Duration::ZERO).unwrap_err();
        assert!(error.contains("was ended"), "{error}");
    }

    #[tokio::test]
    async fn a_failing_hook_is_a_message() {
        let mailbox = Mailbox::new();
        Hooks::new(mailbox.clone()).run(argv(&["false"]), Vec::new());
        let batch = mailbox.recv_batch().await;
        let [Msg::Report(Level::Warn, text)] = &batch[..] else {
            panic!("{batch:?}");
        };
        assert_eq!(text, "the hook `false` ended with exit status: 1");
    }
}

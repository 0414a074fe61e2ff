//! A person in a container: the two ends of a terminal joined to a process there, and the trail that it leaves here.
//! Apart from the terminal's other guests, because this one is no program of this machine.

use std::io::{self, Read as _, Write};
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use jiff::Timestamp;
use ratatui::layout::Size;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{mpsc, watch};

use super::acting::note;
use super::aside::Told;
use super::ends::{End, Ends};
use super::journal::Journal;
use crate::app::aside::Ended;
use crate::cluster::Cluster;
use crate::cluster::exec::Opened;
use crate::model::act::{Kind, Operation, Order, Outcome, Request, Sent};
use crate::model::inside::Inside;
use crate::model::journal::Entry;
use crate::model::text::clean;

/// The key that leaves where nothing answers any more: ctrl-], as in telnet.
const ESCAPE: u8 = 0x1d;
/// So often, one right after the other; fewer are for what runs there.
const TIMES: usize = 3;
/// All of them within this time.
const AT_ONCE: Duration = Duration::from_secs(1);
/// Bytes typed or pasted that wait for a process that reads nothing; more stay in the terminal.
const TYPED: usize = 1 << 20;
/// Bytes of one read.
const CHUNK: usize = 16 << 10;

/// A process in a container that somebody can be joined to.
pub struct Visit {
    inside: Inside,
    opened: Opened,
    trail: Trail,
}

/// Starts what is asked for, if that is allowed and the container still is what was chosen; the trail says so first.
///
/// # Errors
/// One sentence: what is in the way, and what to do.
pub async fn begin(
    cluster: &Cluster,
    inside: Inside,
    terminal: bool,
    at: Timestamp,
    journal: Option<Journal>,
) -> Result<Visit, String> {
    cluster.may_enter(&inside).await?;
    let trail = Trail::begin(cluster, &inside, at, journal);
    match cluster.enter(&inside, terminal).await {
        Ok(opened) => Ok(Visit {
            inside,
            opened,
            trail,
        }),
        Err(why) => {
            trail.end(Outcome::NotApplied {
                why: why.as_str().into(),
            });
            Err(why)
        }
    }
}

impl Visit {
    /// Joins it to a terminal until it ends, or until the person leaves it.
    ///
    /// What comes from the container goes to the terminal as it is: this is the one place where text from a cluster is not
    /// cleaned, because a person asked for a terminal there. Whoever lent the terminal puts it in order again.
    pub async fn hold(mut self, ends: Ends, mut sizes: watch::Receiver<Size>) -> Told {
        let told = hold(&self.inside, &mut self.opened, ends, &mut sizes).await;
        self.trail.tell(&told);
        told.map(Ended::Code)
    }

    /// Joins it to standard input, output and error, which are no terminal.
    pub async fn pipe(mut self) -> Told {
        let Opened {
            input,
            output,
            errors,
            end,
            ..
        } = &mut self.opened;
        let mut input = std::mem::replace(input, Box::new(tokio::io::sink()));
        let mut typed = standard_input();
        let fed = tokio::spawn(async move {
            while let Some(bytes) = typed.recv().await {
                if input.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            let _ = input.shutdown().await;
        });
        let mut said = std::pin::pin!(async {
            let out = copy(output, io::stdout());
            let err = async {
                match errors {
                    Some(errors) => copy(errors, io::stderr()).await,
                    None => Ok(()),
                }
            };
            tokio::try_join!(out, err).map(drop)
        });
        let unwritten = |why: io::Error| format!("what it says cannot be written: {why}");
        // Where the connection breaks, its output never says that it has ended.
        let told = tokio::select! {
            biased;
            written = &mut said => match written {
                Ok(()) => end.await,
                Err(why) => Err(unwritten(why)),
            },
            told = &mut *end => match told {
                Ok(code) => said.await.map(|()| code).map_err(unwritten),
                lost => lost,
            },
        };
        fed.abort();
        self.trail.tell(&told);
        told.map(Ended::Code)
    }
}

/// What comes by standard input. It may never end although the process does: a thread of its own reads it.
fn standard_input() -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut chunk = vec![0; CHUNK];
        while let Ok(count @ 1..) = io::stdin().lock().read(&mut chunk) {
            if send.blocking_send(chunk[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    receive
}

/// Copies all that is said; whoever reads it may be slow, and then everything waits.
async fn copy(from: &mut (impl AsyncRead + Unpin), mut to: impl Write) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        match from.read(&mut chunk).await? {
            0 => return Ok(()),
            count => {
                to.write_all(&chunk[..count])?;
                to.flush()?;
            }
        }
    }
}

/// Carries keys there and what is said back, until the process says no more; its exit status.
async fn hold(
    inside: &Inside,
    opened: &mut Opened,
    ends: Ends,
    sizes: &mut watch::Receiver<Size>,
) -> Result<i32, String> {
    let lost = |why: io::Error| format!("the terminal is lost: {why}");
    let mut shown = format!(
        "{}: exit or ctrl-d leaves; where nothing answers any more, ctrl-] three times\r\n",
        clean(&inside.to_string())
    )
    .into_bytes();
    ends.raw().map_err(lost)?;
    let (keyboard, screen) = (End::of(ends.input), End::of(ends.output));
    let mut escape = Escape::default();
    let (mut typed, mut reads, mut speaks) = (Vec::new(), true, true);
    let mut told: Option<Result<i32, String>> = None;
    let (mut keys, mut words) = (vec![0; CHUNK], vec![0; CHUNK]);
    let mut size = Some(*sizes.borrow_and_update());
    while speaks || !shown.is_empty() {
        size = size.filter(|size| !opened.resize(size.width, size.height));
        if let Some(Err(_)) = &told
            && shown.is_empty()
        {
            // Where the connection broke the output never says that it has ended: what came before is all there is.
            match opened.output.read(&mut words).now_or_never() {
                Some(Ok(count @ 1..)) => shown.extend_from_slice(&words[..count]),
                _ => break,
            }
        }
        tokio::select! {
            read = keyboard.read(&mut keys), if typed.len() < TYPED => {
                let count = read.map_err(lost)?;
                if count == 0 {
                    return Err("the terminal is closed".to_string());
                }
                if escape.is_pressed(&keys[..count], Instant::now()) {
                    return Err(format!("you left {inside}; what runs there may go on"));
                }
                if reads {
                    typed.extend_from_slice(&keys[..count]);
                }
            }
            taken = opened.input.write(&typed), if !typed.is_empty() => match taken {
                Ok(count @ 1..) => drop(typed.drain(..count)),
                // It reads no more; what it says is still to be heard.
                _ => {
                    reads = false;
                    typed.clear();
                }
            },
            said = opened.output.read(&mut words), if speaks && shown.is_empty() => match said {
                Ok(count @ 1..) => shown.extend_from_slice(&words[..count]),
                _ => speaks = false,
            },
            written = screen.write(&shown), if !shown.is_empty() => {
                let count = written.map_err(lost)?;
                shown.drain(..count);
            }
            ended = &mut opened.end, if told.is_none() => told = Some(ended),
            changed = sizes.changed() => {
                // Whoever lent the terminal is gone, and this with it.
                changed.map_err(|_| "the terminal is taken back".to_string())?;
                // A program that was stopped and goes on may find other modes.
                keyboard.raw().map_err(lost)?;
                size = Some(*sizes.borrow_and_update());
            }
            // A size that could not be told yet.
            () = tokio::time::sleep(Duration::from_millis(50)), if size.is_some() => {}
        }
    }
    match told {
        Some(told) => told,
        None => (&mut opened.end).await,
    }
}

/// Whether the keys that leave were pressed.
#[derive(Debug, Default)]
struct Escape {
    times: Vec<Instant>,
}

impl Escape {
    fn is_pressed(&mut self, keys: &[u8], now: Instant) -> bool {
        for key in keys {
            if *key != ESCAPE {
                self.times.clear();
                continue;
            }
            self.times.retain(|at| now.duration_since(*at) < AT_ONCE);
            self.times.push(now);
            if self.times.len() == TIMES {
                return true;
            }
        }
        false
    }
}

/// What is left of it in the journal: that it began, and how it ended. Nothing of what was typed or seen.
struct Trail {
    entry: Entry,
    journal: Option<Journal>,
}

impl Trail {
    fn begin(cluster: &Cluster, inside: &Inside, at: Timestamp, journal: Option<Journal>) -> Self {
        let Inside {
            run,
            step,
            pod,
            container,
            ..
        } = inside;
        let path = format!(
            "/api/v1/namespaces/{}/pods/{}/exec?container={container}",
            pod.namespace, pod.name
        );
        let trail = Self {
            entry: Entry {
                at,
                who: cluster.known_as(),
                context: cluster.context().clone(),
                server: cluster.server().clone(),
                order: Order {
                    kind: Kind::Workflow,
                    key: run.clone(),
                    operation: Operation::Shell {
                        step: step.clone(),
                        pod: pod.name.clone(),
                        container: container.clone(),
                    },
                },
                sent: vec![Sent {
                    request: Request {
                        method: "GET".into(),
                        path: path.into(),
                        body: "".into(),
                    },
                    answer: "ok".into(),
                }],
                outcome: None,
                trash: None,
            },
            journal,
        };
        trail.note();
        trail
    }

    fn note(&self) {
        if let Some(journal) = &self.journal {
            let _ = note(journal, &self.entry);
        }
    }

    fn tell(self, told: &Result<i32, String>) {
        self.end(match told {
            Ok(code) => Outcome::Applied {
                expect: Ended::Code(*code).to_string().into(),
                made: None,
            },
            Err(why) => Outcome::Unknown {
                why: why.as_str().into(),
            },
        });
    }

    fn end(mut self, outcome: Outcome) {
        self.entry.outcome = Some(outcome);
    }
}

impl Drop for Trail {
    /// However it ends, that is the last word.
    fn drop(&mut self) {
        self.entry.outcome.get_or_insert_with(|| Outcome::Unknown {
            why: "it was cut off: this program ended first".into(),
        });
        self.note();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_times_at_once_leaves_and_nothing_else_does() {
        let begun = Instant::now();
        let at = |millis| begun + Duration::from_millis(millis);
        let mut escape = Escape::default();
        assert!(!escape.is_pressed(b"\x1d\x1da\x1d", at(0)));
        assert!(!escape.is_pressed(b"\x1d", at(10)));
        assert!(escape.is_pressed(b"\x1d", at(20)));
        let mut slow = Escape::default();
        for step in 0..10 {
            assert!(!slow.is_pressed(b"\x1d", at(step * 600)), "{step}");
        }
        assert!(Escape::default().is_pressed(b"x\x1d\x1d\x1d", at(0)));
    }
}

//! A program in a terminal of our own: keys in, a screen out, with the moment of every change.
//! Apart from what is measured with it. The screen is a real terminal's model, because a program that writes only the
//! cells that change never writes the words one would look for in its bytes.

use std::io::{Read, Write};
use std::num::NonZero;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::{Parser, Screen};

/// Pieces in which a slow terminal takes the bytes of a second.
const TURNS: usize = 50;

/// A running program and its screen. Dropped, the program is killed.
pub struct Pty {
    // Held open: closing it hangs the program up.
    _master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    pid: u32,
    started: Instant,
    seen: Arc<Seen>,
}

struct Seen {
    /// Bytes a second that the terminal takes; 0: as many as come.
    speed: AtomicU32,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: Parser,
    bytes: u64,
    /// When the last bytes arrived.
    at: Instant,
    over: bool,
}

impl Pty {
    /// Starts a program with this command's arguments and environment.
    ///
    /// # Errors
    /// One sentence, where the terminal or the program cannot be had.
    pub fn spawn(command: &Command, (columns, rows): (u16, u16)) -> Result<Self, String> {
        let size = PtySize {
            rows,
            cols: columns,
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).map_err(sentence)?;
        let mut builder = CommandBuilder::new(command.get_program());
        builder.args(command.get_args());
        builder.env("TERM", "xterm-256color");
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => builder.env(name, value),
                None => builder.env_remove(name),
            }
        }
        let mut output = pair.master.try_clone_reader().map_err(sentence)?;
        let keyboard = pair.master.take_writer().map_err(sentence)?;
        let started = Instant::now();
        let child = pair.slave.spawn_command(builder).map_err(sentence)?;
        let seen = Arc::new(Seen {
            speed: AtomicU32::new(0),
            state: Mutex::new(State {
                parser: Parser::new(cells(rows)?, cells(columns)?, 0),
                bytes: 0,
                at: started,
                over: false,
            }),
            changed: Condvar::new(),
        });
        let eye = seen.clone();
        std::thread::spawn(move || {
            let mut chunk = vec![0; 64 << 10];
            loop {
                let room = match eye.speed.load(Ordering::Relaxed) as usize {
                    0 => chunk.len(),
                    speed => (speed / TURNS).clamp(1, chunk.len()),
                };
                let count = output.read(&mut chunk[..room]).unwrap_or(0);
                eye.take(&chunk[..count]);
                if room < chunk.len() {
                    // What was read takes its time on the line.
                    let speed = room as u32 * TURNS as u32;
                    std::thread::sleep(Duration::from_secs(1) * count as u32 / speed);
                }
                if count == 0 {
                    return;
                }
            }
        });
        Ok(Self {
            _master: pair.master,
            keyboard,
            pid: child.process_id().ok_or("the program has no process id")?,
            child,
            started,
            seen,
        })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Bytes it has written so far.
    pub fn bytes(&self) -> u64 {
        self.seen.lock().bytes
    }

    /// Makes the terminal take only so many bytes a second from now on.
    pub fn slow_down(&self, speed: u32) {
        self.seen.speed.store(speed, Ordering::Relaxed);
    }

    /// Types.
    ///
    /// # Errors
    /// Where the program's terminal is closed.
    pub fn press(&mut self, keys: &[u8]) -> Result<(), String> {
        self.keyboard.write_all(keys).map_err(sentence)?;
        self.keyboard.flush().map_err(sentence)
    }

    /// From the start of the program to the moment when the screen looks like this.
    ///
    /// # Errors
    /// With the screen as it is, where it does not look like this in time.
    pub fn wait(
        &self,
        patience: Duration,
        like: impl Fn(&Screen) -> bool,
    ) -> Result<Duration, String> {
        let at = self
            .seen
            .until(Instant::now() + patience, |screen| like(screen))?;
        Ok(at.duration_since(self.started))
    }

    /// The moment when the screen looked like this.
    ///
    /// # Errors
    /// With the screen as it is, where it does not look like this in time.
    pub fn when(
        &self,
        patience: Duration,
        like: impl Fn(&Screen) -> bool,
    ) -> Result<Instant, String> {
        self.seen.until(Instant::now() + patience, like)
    }

    /// What is on the screen now.
    pub fn look<T>(&self, look: impl Fn(&Screen) -> T) -> T {
        look(self.seen.lock().parser.screen())
    }

    /// From a key press to the moment when what `look` sees is different.
    ///
    /// # Errors
    /// With the screen as it is, where nothing changes in time.
    pub fn answer<T: PartialEq>(
        &mut self,
        keys: &[u8],
        patience: Duration,
        look: impl Fn(&Screen) -> T,
    ) -> Result<Duration, String> {
        let before = look(self.seen.lock().parser.screen());
        let pressed = Instant::now();
        self.press(keys)?;
        let at = self
            .seen
            .until(pressed + patience, |screen| look(screen) != before)?;
        Ok(at.duration_since(pressed))
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Seen {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, bytes: &[u8]) {
        let at = Instant::now();
        let mut state = self.lock();
        state.parser.process(bytes);
        state.bytes += bytes.len() as u64;
        state.at = at;
        state.over = bytes.is_empty();
        drop(state);
        self.changed.notify_all();
    }

    /// When the bytes arrived that made the screen look like this.
    fn until(&self, deadline: Instant, like: impl Fn(&Screen) -> bool) -> Result<Instant, String> {
        let mut state = self.lock();
        loop {
            if like(state.parser.screen()) {
                return Ok(state.at);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || state.over {
                let screen = state.parser.screen().contents();
                let what = if state.over {
                    "it ended"
                } else {
                    "no answer in time"
                };
                return Err(format!("{what}; the screen:\n{screen}"));
            }
            (state, _) = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn cells(count: u16) -> Result<NonZero<u16>, String> {
    NonZero::new(count).ok_or_else(|| "a terminal without cells".to_string())
}

fn sentence(error: impl std::fmt::Display) -> String {
    error.to_string()
}

//! The real binary in a terminal of the test's own: keys in, a screen out, modes looked at.
//! Apart from the tests that use it; it waits for what must be seen and never for time to pass.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{Termios, tcgetattr};
use vt100::{Parser, Screen};

/// How long anything may take on a busy machine before it counts as never.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program in a terminal of 24 rows and 100 columns.
pub struct Pty {
    master: Option<Box<dyn MasterPty + Send>>,
    keyboard: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    /// The program's side, held open so that its modes can be seen after it has ended.
    slave: File,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    patience: Duration,
}

struct Seen {
    parser: Parser,
    bytes: Vec<u8>,
    closed: bool,
    /// Nothing is taken from the program.
    stopped: bool,
}

/// The binary under test, with a home of its own and a kubeconfig that does not exist.
pub fn tiphys(home: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tiphys"));
    command.env_clear();
    command.env("TERM", "xterm-256color");
    command.env("HOME", home);
    command.env("LANG", "C.UTF-8");
    command.env("KUBECONFIG", home.join("no-such-kubeconfig"));
    command
}

impl Pty {
    pub fn spawn(command: CommandBuilder) -> Self {
        Self::spawn_sized(command, (100, 24), PATIENCE)
    }

    /// In a terminal of so many columns and rows; whatever takes longer than this never happens.
    pub fn spawn_sized(
        command: CommandBuilder,
        (columns, rows): (u16, u16),
        patience: Duration,
    ) -> Self {
        let size = PtySize {
            rows,
            cols: columns,
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let slave = File::options()
            .read(true)
            .write(true)
            .open(pair.master.tty_name().unwrap())
            .unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let cells = |count| NonZero::new(count).unwrap();
        let seen = Arc::new((
            Mutex::new(Seen {
                parser: Parser::new(cells(rows), cells(columns), 0),
                bytes: Vec::new(),
                closed: false,
                stopped: false,
            }),
            Condvar::new(),
        ));
        let eye = seen.clone();
        std::thread::spawn(move || {
            let mut chunk = [0; 8192];
            while let Ok(count @ 1..) = output.read(&mut chunk) {
                let Ok(held) = eye.0.lock() else { return };
                let held = eye.1.wait_while(held, |seen| seen.stopped && !seen.closed);
                drop(held);
                // A test that failed while it looked leaves nothing to look at.
                let Ok(mut seen) = eye.0.lock() else { return };
                if seen.closed {
                    return;
                }
                seen.parser.process(&chunk[..count]);
                seen.bytes.extend_from_slice(&chunk[..count]);
                eye.1.notify_all();
            }
        });
        Self {
            keyboard: Some(pair.master.take_writer().unwrap()),
            master: Some(pair.master),
            child,
            slave,
            seen,
            patience,
        }
    }

    pub fn press(&mut self, keys: &str) {
        let keyboard = self.keyboard.as_mut().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }

    /// Waits until the screen looks like this.
    pub fn wait(&self, what: &str, like: impl Fn(&Screen) -> bool) {
        assert!(
            self.within(self.patience, like),
            "never seen: {what}; the screen:\n{}",
            self.seen.0.lock().unwrap().parser.screen().contents()
        );
    }

    /// Whether the screen looks like this before so much time has passed.
    pub fn within(&self, patience: Duration, like: impl Fn(&Screen) -> bool) -> bool {
        let deadline = Instant::now() + patience;
        let mut seen = self.seen.0.lock().unwrap();
        while !like(seen.parser.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
        true
    }

    /// Takes nothing more from the program, or takes it again: a line that is stuck.
    pub fn stop_reading(&self, stop: bool) {
        self.seen.0.lock().unwrap().stopped = stop;
        self.seen.1.notify_all();
    }

    /// Bytes that were taken from the program so far.
    pub fn taken(&self) -> usize {
        self.seen.0.lock().unwrap().bytes.len()
    }

    /// What the program has written so far.
    pub fn written(&self) -> String {
        String::from_utf8_lossy(&self.seen.0.lock().unwrap().bytes).into_owned()
    }

    /// What the screen is like now.
    pub fn look<T>(&self, at: impl Fn(&Screen) -> T) -> T {
        at(self.seen.0.lock().unwrap().parser.screen())
    }

    /// Waits until the program has written this: a question that no screen shows.
    pub fn wait_for_output(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.seen.0.lock().unwrap();
        while !String::from_utf8_lossy(&seen.bytes).contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "never written: {text:?}");
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits until the console is drawn.
    pub fn wait_for_console(&self) {
        self.wait("the console", |screen| {
            screen.alternate_screen() && screen.contents().contains("KUBECONFIG")
        });
    }

    pub fn modes(&self) -> Termios {
        tcgetattr(&self.slave).unwrap()
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        let size = PtySize {
            rows,
            cols: columns,
            ..PtySize::default()
        };
        let cells = |count: u16| NonZero::new(count.clamp(1, 300)).unwrap();
        let mut seen = self.seen.0.lock().unwrap();
        seen.parser
            .screen_mut()
            .set_size(cells(rows), cells(columns));
        self.master.as_ref().unwrap().resize(size).unwrap();
    }

    pub fn signal(&self, signal: Signal) {
        let pid = self.child.process_id().unwrap();
        let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Takes the terminal away as a closed window does.
    pub fn hang_up(&mut self) {
        self.keyboard = None;
        self.master = None;
        self.seen.0.lock().unwrap().closed = true;
        // The reader holds the last handle on the master's side; anything it reads makes it let go.
        self.slave.write_all(b".").unwrap();
    }

    /// Waits for the program's end; its exit status.
    pub fn end(&mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(Instant::now() < deadline, "the program does not end");
            std::thread::yield_now();
        }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It has usually ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

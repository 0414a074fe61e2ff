//! Taking the terminal and giving it back as it was: at the end, on a panic, on a stop.
//! Apart from drawing on it, because it must work when nothing else does.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ratatui::layout::Size;
use ratatui::{CompletedFrame, Frame};
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcsetattr};

use super::clipboard;
use super::screen::{self, Screen};
use super::signals::Orders;

/// Alternate screen, bracketed paste, button and wheel reports in SGR form, word when it turns dark or light, no cursor.
/// Source: xterm control sequences, "DEC Private Mode Set"; 2031 of contour.
const TAKE: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?1000h\x1b[?1006h\x1b[?2031h\x1b[?25l\x1b[2J";
/// The end of an update that was cut off, plain attributes, then the modes back in reverse.
const GIVE_BACK: &[u8] =
    b"\x1b[?2026l\x1b[0m\x1b[?2031l\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?1049l\x1b[?25h";

/// What is the background (OSC 11), and who are you (DA1): every terminal answers the second, so that its answer says that
/// there will be none to the first. Source: xterm control sequences.
const ASK: &[u8] = b"\x1b]11;?\x1b\\\x1b[c";

/// What must be undone, where the panic hook finds it too. `None` while the terminal is the shell's.
static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);

#[derive(Debug)]
struct Taken {
    input: OwnedFd,
    output: OwnedFd,
    modes: Termios,
}

/// The two ends of the terminal a person sits at.
#[derive(Debug)]
pub struct Tty {
    input: OwnedFd,
    output: OwnedFd,
}

impl Tty {
    /// Standard input and output where they are a terminal, else the controlling one (`tiphys | tee` still works).
    ///
    /// # Errors
    /// Where there is no terminal at all.
    pub fn open() -> io::Result<Self> {
        Ok(Self {
            input: open_end(io::stdin().as_fd())?,
            output: open_end(io::stdout().as_fd())?,
        })
    }

    /// A handle to read from.
    ///
    /// # Errors
    /// Where no more file descriptors are to be had.
    pub fn input(&self) -> io::Result<OwnedFd> {
        self.input.try_clone()
    }
}

/// The terminal is opened anew where possible: a file description of our own can be non-blocking without making the
/// shell's so, and a write that cannot block cannot make the program unkillable behind a frozen connection.
fn open_end(standard: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let open = |path: &str| File::options().read(true).write(true).open(path);
    let own = if isatty(standard) {
        // Linux opens the device behind the link, also in a container that has no name for it.
        open(&format!("/proc/self/fd/{}", standard.as_raw_fd())).or_else(|_| open("/dev/tty"))
    } else {
        open("/dev/tty")
    };
    match own {
        Ok(file) => {
            rustix::io::ioctl_fionbio(&file, true)?;
            Ok(file.into())
        }
        // Then we share, and blocking stays as it is.
        Err(_) if isatty(standard) => standard.try_clone_to_owned(),
        Err(error) => Err(error),
    }
}

/// The terminal while it is ours. Dropped, it is the shell's again, as it was.
#[derive(Debug)]
pub struct Terminal {
    tty: Tty,
    inner: ratatui::Terminal<Screen>,
}

impl Terminal {
    /// Takes the terminal.
    ///
    /// # Errors
    /// Where it has no modes to set, or cannot be written.
    pub fn take(tty: Tty, orders: &Orders) -> io::Result<Self> {
        take(&tty)?;
        let screen = Screen::new(tty.output.try_clone()?, orders.ending());
        match ratatui::Terminal::new(screen) {
            Ok(inner) => Ok(Self { tty, inner }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Draws a frame; only cells that differ from the last one are written.
    ///
    /// # Errors
    /// Where the terminal is gone, or the program must end and the terminal takes nothing.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<CompletedFrame<'_>> {
        self.inner.draw(render)
    }

    /// Its size, fit to draw on.
    pub fn size(&self) -> Size {
        screen::size(&self.tty.output)
    }

    /// Another handle to read keys from.
    ///
    /// # Errors
    /// Where no more file descriptors are to be had.
    pub fn input(&self) -> io::Result<OwnedFd> {
        self.tty.input()
    }

    /// Asks for the background; the answer comes between the keys.
    ///
    /// # Errors
    /// Where the terminal is gone, or takes nothing now.
    pub fn ask_background(&mut self) -> io::Result<()> {
        screen::write_all(&self.tty.output, ASK, &AtomicBool::new(true))
    }

    /// Gives a text to the clipboard. Whether the terminal takes it no terminal says.
    ///
    /// # Errors
    /// Where the terminal is gone, or the program must end and the terminal takes nothing.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let tmux = std::env::var_os("TMUX").is_some_and(|value| !value.is_empty());
        let bytes = clipboard::sequence(text, tmux);
        self.inner.backend_mut().send(&bytes)
    }

    /// Forgets what is on screen: the next frame paints everything.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn repaint(&mut self) -> io::Result<()> {
        self.inner.backend_mut().forget();
        self.inner.clear()
    }

    /// How long it took to accept the last frame.
    pub fn last_write(&self) -> Duration {
        self.inner.backend().last_write()
    }

    /// Bytes written to it so far.
    pub fn written(&self) -> u64 {
        self.inner.backend().written()
    }

    /// Gives it back for a while: to the shell when the program stops.
    pub fn release(&mut self) {
        give_back();
    }

    /// Takes it again after [`Terminal::release`], or after a stop that nobody could see coming; the next frame paints
    /// everything.
    ///
    /// # Errors
    /// As [`Terminal::take`].
    pub fn retake(&mut self) -> io::Result<()> {
        // After a SIGSTOP the shell has set its own modes and ours are still noted as set. What was typed since is kept.
        undo(OptionalActions::Now);
        take(&self.tty)?;
        self.repaint()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

fn take(tty: &Tty) -> io::Result<()> {
    let modes = tcgetattr(&tty.input)?;
    let mut raw = modes.clone();
    raw.make_raw();
    let taken = Taken {
        input: tty.input.try_clone()?,
        output: tty.output.try_clone()?,
        modes,
    };
    tcsetattr(&tty.input, OptionalActions::Now, &raw)?;
    *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(taken);
    screen::write_all(&tty.output, TAKE, &AtomicBool::new(true))
}

/// Gives the terminal back if it is ours. Never waits and never fails: a terminal that is gone needs nothing.
/// What was typed ahead is thrown away: half a mouse report would be a command to the shell.
pub fn give_back() {
    undo(OptionalActions::Flush);
}

fn undo(how: OptionalActions) {
    let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(taken) = taken {
        let _ = screen::write_all(&taken.output, GIVE_BACK, &AtomicBool::new(true));
        let _ = tcsetattr(&taken.input, how, &taken.modes);
    }
}

/// Makes a panic of the drawing thread give the terminal back before it is reported. Another thread's panic is only
/// noted in the log file: its job is restarted or ends the program, and the screen stays whole.
/// Call it after the hook that reports is installed, and from the thread that draws.
pub fn restore_on_panic() {
    let report = std::panic::take_hook();
    let drawing = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!(%panic, "panic");
        let ours = std::thread::current().id() == drawing;
        let taken = TAKEN
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some();
        if ours || !taken {
            give_back();
            report(panic);
        }
    }));
}

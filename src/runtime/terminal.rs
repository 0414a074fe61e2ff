//! Taking the terminal and giving it back as it was: at the end, on a panic, on a stop.
//! Apart from drawing on it, because it must work when nothing else does.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{Pid, getpgrp, tcgetpgrp, tcsetpgrp};
use ratatui::layout::Size;
use ratatui::{CompletedFrame, Frame};
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcsetattr};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::clipboard;
use super::ends::{self, Ends, Loan, watch};
use super::envelope::Between;
use super::screen::{self, Screen};

/// Alternate screen, bracketed paste, word when it turns dark or light and when it gets or loses the focus, no cursor.
/// Source: xterm control sequences, "DEC Private Mode Set"; 2031 of contour.
const TAKE: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?2031h\x1b[?1004h\x1b[?25l\x1b[2J";
/// Reports of buttons, of the wheel, and of the pointer while a button is held, in SGR form; and none.
const MOUSE: [&[u8]; 2] = [b"\x1b[?1006l\x1b[?1002l", b"\x1b[?1002h\x1b[?1006h"];
/// The title is put on the terminal's own stack before the first of ours, and taken from it at the end; a terminal without
/// that stack gets an empty one. Source: xterm control sequences, "Window manipulation" 22 and 23, OSC 2.
const KEEP_TITLE: &[u8] = b"\x1b[22;2t";
const TITLE_BACK: &[u8] = b"\x1b]2;\x1b\\\x1b[23;2t";
/// Longest wait for a terminal that takes nothing when it is given back.
const LAST_WAIT: Duration = Duration::from_secs(1);
/// The end of an update that was cut off, plain attributes, then the modes back in reverse.
const GIVE_BACK: &[u8] =
    b"\x1b[?2026l\x1b[0m\x1b[?1004l\x1b[?2031l\x1b[?1006l\x1b[?1002l\x1b[?2004l\x1b[?1049l\x1b[?25h";

/// What a program that was ended in the middle of its work may have left: the alternate screen (47 and 1047, because 1049 would
/// move the cursor on the other one too), reports of keys, mouse, focus and paste, margins, line drawing, colours, a hidden
/// cursor; DECSTR resets the rest. Source: xterm control sequences; VT220 manual, "soft terminal reset".
const AFTER_GUEST: &[u8] = b"\x1b[?2026l\x1b[?1047l\x1b[?47l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1004l\x1b[?2004l\
\x1b[>4m\x1b7\x1b[r\x1b8\x1b[!p\x1b[?1l\x1b>\x1b(B\x0f\x1b[0m\x1b[?7h\x1b[?25h";

/// What is the background (OSC 11), and who are you (DA1): every terminal answers the second, so that its answer says that
/// there will be none to the first. Source: xterm control sequences.
const ASK: &[u8] = b"\x1b]11;?\x1b\\\x1b[c";

/// Who are you in words (XTVERSION), how many pixels is a cell (XTWINOPS 16), and DA1 again, which also says whether it shows
/// sixels. Source: xterm control sequences.
const ASK_PICTURES: &[u8] = b"\x1b[>0q\x1b[16t\x1b[c";

/// What must be undone, where the panic hook finds it too. `None` while the terminal is the shell's.
static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);

#[derive(Debug)]
struct Taken {
    input: OwnedFd,
    output: OwnedFd,
    modes: Termios,
    /// The title was set.
    titled: bool,
    /// Somebody else has it for a while.
    guest: Option<Guest>,
}

/// Somebody else has the terminal, who may not give it back as it was.
#[derive(Debug)]
struct Guest {
    /// The group of processes that the terminal's keys are for, where it is ours.
    group: Option<Pid>,
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

    /// Lends it as it is.
    ///
    /// # Errors
    /// Where it has no modes, or no more file descriptors are to be had.
    pub fn lend(self) -> io::Result<(Loan, Ends)> {
        note_modes(&self)?;
        mark_lent();
        let loan = Loan::of(self.output.try_clone()?);
        let Self { input, output } = self;
        Ok((loan, Ends { input, output }))
    }

    /// Its size, fit to draw on.
    pub fn size(&self) -> Size {
        screen::size(&self.output)
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
    /// Says when it takes something again; `None` where the system cannot say it.
    ready: Option<AsyncFd<OwnedFd>>,
    title: Option<String>,
}

impl Terminal {
    /// Takes the terminal.
    ///
    /// # Errors
    /// Where it has no modes to set, or cannot be written.
    pub fn take(tty: Tty) -> io::Result<Self> {
        take(&tty)?;
        let screen = Screen::new(tty.output.try_clone()?);
        let ready = watch(tty.output.try_clone()?, Interest::WRITABLE);
        match ratatui::Terminal::new(screen) {
            Ok(inner) => Ok(Self {
                tty,
                inner,
                ready,
                title: None,
            }),
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
        self.send(ASK)
    }

    /// Asks how it shows pictures; the answer comes between the keys.
    ///
    /// # Errors
    /// Where the terminal is gone, or takes nothing now.
    pub fn ask_pictures(&mut self) -> io::Result<()> {
        self.send(ASK_PICTURES)
    }

    /// Lines are not moved while a picture stands on them: it would move with them.
    pub fn hold_still(&mut self, still: bool) {
        self.inner.backend_mut().hold_still(still);
    }

    /// Writes what is no part of a frame, after all that is on its way.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inner.backend_mut().send(bytes)
    }

    /// Sets its title, where it is another one than before. The text must be safe.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn title(&mut self, text: &str) -> io::Result<()> {
        if self.title.as_deref() == Some(text) {
            return Ok(());
        }
        if self.title.replace(text.to_string()).is_none() {
            self.send(KEEP_TITLE)?;
            let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(taken) = taken.as_mut() {
                taken.titled = true;
            }
        }
        self.send(format!("\x1b]2;{text}\x1b\\").as_bytes())
    }

    /// Gives the title back that was there before.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn untitle(&mut self) -> io::Result<()> {
        if self.title.take().is_none() {
            return Ok(());
        }
        if let Some(taken) = TAKEN
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
        {
            taken.titled = false;
        }
        self.send(TITLE_BACK)
    }

    /// Wheel and clicks are reported, or are the terminal's own.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn mouse(&mut self, ours: bool) -> io::Result<()> {
        self.send(MOUSE[usize::from(ours)])
    }

    /// It has not taken everything yet.
    pub fn is_behind(&self) -> bool {
        self.inner.backend().is_behind()
    }

    /// Waits until it takes something again. Cancel safe.
    pub async fn takes(&self) {
        match &self.ready {
            Some(fd) => {
                if let Ok(mut ready) = fd.writable().await {
                    ready.clear_ready();
                }
            }
            None => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }

    /// Gives it what it takes now of what waits.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn push(&mut self) -> io::Result<()> {
        self.inner.backend_mut().push()
    }

    /// Gives a text to the clipboard. Whether the terminal takes it no terminal says.
    ///
    /// # Errors
    /// Where the terminal is gone, or the program must end and the terminal takes nothing.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let bytes = clipboard::sequence(text, Between::here());
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
        // What was on its way must not follow into the shell's screen.
        self.inner.backend_mut().forget();
        give_back();
    }

    /// Lends it to somebody else, as it was before it was taken; [`Terminal::retake`] ends that, and whatever ends this
    /// program gives it back as it was, too.
    ///
    /// # Errors
    /// Where no more file descriptors are to be had.
    pub fn lend(&mut self) -> io::Result<Ends> {
        self.inner.backend_mut().forget();
        self.title = None;
        lend();
        Ok(Ends {
            input: self.tty.input.try_clone()?,
            output: self.tty.output.try_clone()?,
        })
    }

    /// Takes it again after [`Terminal::release`] or [`Terminal::lend`], or after a stop that nobody could see coming; the next frame paints
    /// everything.
    ///
    /// # Errors
    /// As [`Terminal::take`].
    pub fn retake(&mut self) -> io::Result<()> {
        // After a SIGSTOP the shell has set its own modes and ours are still noted as set. What was typed since is kept.
        undo(OptionalActions::Now);
        take(&self.tty)?;
        self.title = None;
        self.repaint()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

fn take(tty: &Tty) -> io::Result<()> {
    note_modes(tty)?;
    ends::raw(&tty.input)?;
    screen::write_within(&tty.output, TAKE, LAST_WAIT)
}

/// Notes what the terminal is now: this is what it will be made again.
fn note_modes(tty: &Tty) -> io::Result<()> {
    let modes = tcgetattr(&tty.input)?;
    let taken = Taken {
        input: tty.input.try_clone()?,
        output: tty.output.try_clone()?,
        modes,
        titled: false,
        guest: None,
    };
    *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(taken);
    Ok(())
}

/// Gives the terminal back if it is ours. Waits a moment for a slow one and never fails: one that is gone needs nothing.
/// What was typed ahead is thrown away: half a mouse report would be a command to the shell.
pub fn give_back() {
    undo(OptionalActions::Flush);
}

fn undo(how: OptionalActions) {
    let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(taken) = taken {
        taken.restore(how);
    }
}

/// Gives it back and notes that it is lent: it is ours to restore.
fn lend() {
    if let Some(taken) = TAKEN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .as_mut()
    {
        taken.restore(OptionalActions::Flush);
        taken.titled = false;
    }
    mark_lent();
}

fn mark_lent() {
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(taken) = taken.as_mut() {
        let group = tcgetpgrp(&taken.input).ok();
        taken.guest = Some(Guest {
            group: group.filter(|group| *group == getpgrp()),
        });
    }
}

impl Taken {
    /// Makes the terminal what it was. Never fails: one that is gone needs nothing.
    fn restore(&self, how: OptionalActions) {
        let title = if self.titled { TITLE_BACK } else { &[] };
        let bytes = match &self.guest {
            None => [GIVE_BACK, title].concat(),
            Some(guest) => {
                if let Some(group) = guest.group {
                    regain(&self.input, group);
                }
                AFTER_GUEST.to_vec()
            }
        };
        let _ = screen::write_within(&self.output, &bytes, LAST_WAIT);
        let _ = tcsetattr(&self.input, how, &self.modes);
    }
}

/// Makes our group the one that the terminal's keys are for, where a guest with jobs of its own was killed before it could.
/// The system stops who asks for that from behind (SIGTTOU), unless the signal is blocked.
fn regain(input: &OwnedFd, group: Pid) {
    if tcgetpgrp(input) == Ok(group) {
        return;
    }
    let mut background = SigSet::empty();
    background.add(Signal::SIGTTOU);
    if background.thread_block().is_ok() {
        let _ = tcsetpgrp(input, group);
        let _ = background.thread_unblock();
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

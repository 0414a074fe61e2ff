//! The backend that turns cells into bytes: one write a frame, none when nothing changed, none that can hang the program.
//! Apart from the terminal's modes, so that what a frame costs is measured without a terminal.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Begin and end of a synchronized update: a terminal that knows it shows the frame at once, others ignore it.
/// Source: DEC private mode 2026, <https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036>.
const BEGIN_FRAME: &[u8] = b"\x1b[?2026h";
const END_FRAME: &[u8] = b"\x1b[?2026l";

/// How often a write that the terminal does not take looks whether the program must end.
const STUCK_CHECK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// Largest size drawn, in columns and rows. Nobody reads more, and the two cell buffers must not be a memory bomb.
const MAX_SIZE: Size = Size::new(1000, 500);
/// Size of a terminal that does not know its own (serial lines say 0×0).
const USUAL_SIZE: Size = Size::new(80, 24);

/// A ratatui backend on a file descriptor.
#[derive(Debug)]
pub struct Screen {
    fd: OwnedFd,
    frame: Vec<u8>,
    cursor: Cursor,
    ending: Arc<AtomicBool>,
    written: u64,
    last_write: Duration,
}

/// What the terminal's cursor is known to be; `None` where it is not known.
#[derive(Debug, Default)]
struct Cursor {
    shown: Option<bool>,
    at: Option<Position>,
}

impl Screen {
    /// Draws on `fd`, which may be non-blocking; gives up a write that hangs once `ending` is set.
    pub fn new(fd: OwnedFd, ending: Arc<AtomicBool>) -> Self {
        Self {
            fd,
            frame: Vec::new(),
            cursor: Cursor::default(),
            ending,
            written: 0,
            last_write: Duration::ZERO,
        }
    }

    /// Bytes written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// How long the terminal took to accept the last frame: what a slow line is known by.
    pub fn last_write(&self) -> Duration {
        self.last_write
    }

    /// Sends what is no frame, between two of them.
    ///
    /// # Errors
    /// As [`write_all`].
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len() as u64;
        write_all(&self.fd, bytes, &self.ending)
    }

    /// Forgets what the cursor is: something else has written to the terminal.
    pub fn forget(&mut self) {
        self.cursor = Cursor::default();
        self.frame.clear();
    }

    fn queue(&mut self) -> CrosstermBackend<&mut Vec<u8>> {
        CrosstermBackend::new(&mut self.frame)
    }
}

/// Writes everything, waiting for a terminal that takes nothing now, unless the program must end meanwhile.
///
/// # Errors
/// `Interrupted` where it gave up; else the terminal's own.
pub fn write_all(fd: impl AsFd, mut bytes: &[u8], ending: &AtomicBool) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(&fd, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                if ending.load(Ordering::Acquire) {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                match poll(&mut [PollFd::new(&fd, PollFlags::OUT)], Some(&STUCK_CHECK)) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The terminal's size as the kernel knows it, made fit to draw on.
pub fn size(fd: impl AsFd) -> Size {
    match rustix::termios::tcgetwinsize(fd) {
        Ok(size) => drawable(size.ws_col, size.ws_row),
        Err(_) => USUAL_SIZE,
    }
}

fn drawable(columns: u16, rows: u16) -> Size {
    if columns == 0 || rows == 0 {
        return USUAL_SIZE;
    }
    Size::new(columns.min(MAX_SIZE.width), rows.min(MAX_SIZE.height))
}

impl Backend for Screen {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.cursor.at = None;
        self.queue().draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor.shown.replace(false) != Some(false) {
            self.queue().hide_cursor()?;
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.cursor.shown.replace(true) != Some(true) {
            self.queue().show_cursor()?;
        }
        Ok(())
    }

    /// The place last set: the terminal is never asked, because its answer would come between the keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor.at.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor.at.replace(position) != Some(position) {
            self.queue().set_cursor_position(position)?;
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.queue().clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(size(&self.fd))
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size()?,
            pixels: Size::default(),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let frame = [BEGIN_FRAME, self.frame.as_slice(), END_FRAME].concat();
        self.frame.clear();
        let start = Instant::now();
        let outcome = write_all(&self.fd, &frame, &self.ending);
        self.last_write = start.elapsed();
        self.written += frame.len() as u64;
        outcome
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    use ratatui::Terminal;

    use super::*;

    fn screen() -> (UnixStream, Terminal<Screen>) {
        let (terminal, ours) = UnixStream::pair().unwrap();
        terminal.set_nonblocking(true).unwrap();
        ours.set_nonblocking(true).unwrap();
        let screen = Screen::new(ours.into(), Arc::default());
        (terminal, Terminal::new(screen).unwrap())
    }

    fn draw(terminal: &mut Terminal<Screen>, text: &str) -> u64 {
        let before = terminal.backend().written();
        terminal
            .draw(|frame| frame.render_widget(text, frame.area()))
            .unwrap();
        terminal.backend().written() - before
    }

    #[test]
    fn a_frame_that_shows_nothing_new_writes_nothing() {
        let (mut other, mut terminal) = screen();
        assert!(draw(&mut terminal, "12 running") > 0);
        assert_eq!(draw(&mut terminal, "12 running"), 0);
        let changed = draw(&mut terminal, "13 running");
        assert!((1..80).contains(&changed), "{changed} bytes for one cell");
        let mut seen = vec![0; 1 << 16];
        let count = other.read(&mut seen).unwrap();
        assert_eq!(count as u64, terminal.backend().written());
    }

    #[test]
    fn each_frame_is_one_synchronized_update() {
        let (mut other, mut terminal) = screen();
        draw(&mut terminal, "a");
        draw(&mut terminal, "b");
        let mut seen = vec![0; 1 << 16];
        let count = other.read(&mut seen).unwrap();
        let seen = String::from_utf8_lossy(&seen[..count]).into_owned();
        let frames: Vec<&str> = seen.split("\u{1b}[?2026h").collect();
        assert_eq!(frames.len(), 3);
        assert!(frames[0].is_empty());
        assert!(
            frames[1..]
                .iter()
                .all(|frame| frame.ends_with("\u{1b}[?2026l"))
        );
    }

    #[test]
    fn the_cursor_is_moved_only_when_it_must_be() {
        let (_other, mut terminal) = screen();
        let mut at = |column| {
            let before = terminal.backend().written();
            terminal
                .draw(|frame| frame.set_cursor_position((column, 0)))
                .unwrap();
            terminal.backend().written() - before
        };
        assert!(at(3) > 0);
        assert_eq!(at(3), 0);
        assert!(at(4) > 0);
    }

    #[test]
    fn a_terminal_that_takes_nothing_is_left_alone_once_the_program_must_end() {
        let (_other, ours) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let flood = vec![b'x'; 8 << 20];
        let error = write_all(&ours, &flood, &AtomicBool::new(true)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Interrupted);
    }

    #[test]
    fn a_slow_terminal_gets_every_byte() {
        let (mut other, ours) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let reading = std::thread::spawn(move || {
            let mut seen = Vec::new();
            other.read_to_end(&mut seen).unwrap();
            seen.len()
        });
        write_all(&ours, &vec![b'x'; 4 << 20], &AtomicBool::new(false)).unwrap();
        drop(ours);
        assert_eq!(reading.join().unwrap(), 4 << 20);
    }

    #[test]
    fn absurd_sizes_are_made_drawable() {
        assert_eq!(drawable(0, 0), USUAL_SIZE);
        assert_eq!(drawable(0, 50), USUAL_SIZE);
        assert_eq!(drawable(1, 1), Size::new(1, 1));
        assert_eq!(drawable(u16::MAX, u16::MAX), MAX_SIZE);
    }
}

//! The backend that turns cells into bytes: one write a frame, none when nothing changed, none that waits for the terminal.
//! Apart from the terminal's modes, so that what a frame costs is measured without a terminal.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::pen;
use super::scroll::Shown;

/// Begin and end of a synchronized update: a terminal that knows it shows the frame at once, others ignore it.
/// Source: DEC private mode 2026, <https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036>.
const BEGIN_FRAME: &[u8] = b"\x1b[?2026h";
const END_FRAME: &[u8] = b"\x1b[?2026l";

/// Largest size drawn, in columns and rows. Nobody reads more, and the two cell buffers must not be a memory bomb.
const MAX_SIZE: Size = Size::new(1000, 500);
/// Size of a terminal that does not know its own (serial lines say 0×0).
const USUAL_SIZE: Size = Size::new(80, 24);

/// A ratatui backend on a file descriptor.
///
/// What the terminal does not take at once waits here, and whoever draws leaves out frames until it has gone: a slow line
/// shows what is, not what was, and nobody waits for it.
#[derive(Debug)]
pub struct Screen {
    fd: OwnedFd,
    frame: Vec<u8>,
    /// What the terminal has not taken yet.
    behind: Vec<u8>,
    /// Since when the oldest of it waits.
    since: Option<Instant>,
    cursor: Cursor,
    shown: Shown,
    /// Something stands on it that is no cell: lines must not be moved.
    still: bool,
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
    /// Draws on `fd`, which should be non-blocking.
    pub fn new(fd: OwnedFd) -> Self {
        Self {
            fd,
            frame: Vec::new(),
            behind: Vec::new(),
            since: None,
            cursor: Cursor::default(),
            shown: Shown::default(),
            still: false,
            written: 0,
            last_write: Duration::ZERO,
        }
    }

    /// Bytes of frames so far, taken by the terminal or on their way.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// How long the terminal took to accept the last frame: what a slow line is known by.
    pub fn last_write(&self) -> Duration {
        self.last_write
    }

    /// Lines are not moved from now on, or are again.
    pub fn hold_still(&mut self, still: bool) {
        self.still = still;
    }

    /// The terminal has not taken everything yet: another frame would only come later.
    pub fn is_behind(&self) -> bool {
        !self.behind.is_empty()
    }

    /// Forgets what the cursor is and what was on its way: something else has written to the terminal.
    pub fn forget(&mut self) {
        self.cursor = Cursor::default();
        self.frame.clear();
        self.behind.clear();
        self.since = None;
    }

    /// Writes something that is no part of a frame, after all that is on its way.
    ///
    /// # Errors
    /// The terminal's own.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.behind.extend_from_slice(bytes);
        self.written += bytes.len() as u64;
        self.since.get_or_insert_with(Instant::now);
        self.push()
    }

    /// Gives the terminal as much as it takes now of what waits.
    ///
    /// # Errors
    /// The terminal's own.
    pub fn push(&mut self) -> io::Result<()> {
        let taken = write_some(&self.fd, &self.behind)?;
        self.behind.drain(..taken);
        if self.behind.is_empty()
            && let Some(since) = self.since.take()
        {
            self.last_write = since.elapsed();
        }
        Ok(())
    }

    fn queue(&mut self) -> CrosstermBackend<&mut Vec<u8>> {
        CrosstermBackend::new(&mut self.frame)
    }
}

/// Writes as much as is taken without waiting; how many bytes that were.
fn write_some(fd: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    let mut taken = 0;
    while taken < bytes.len() {
        match rustix::io::write(&fd, &bytes[taken..]) {
            Ok(count) => taken += count,
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(taken)
}

/// Writes everything, waiting for a terminal that takes nothing now no longer than this in all.
///
/// # Errors
/// `TimedOut` where it gave up; else the terminal's own.
pub fn write_within(fd: impl AsFd, bytes: &[u8], patience: Duration) -> io::Result<()> {
    let begun = Instant::now();
    let mut rest = bytes;
    loop {
        let taken = write_some(&fd, rest)?;
        rest = &rest[taken..];
        if rest.is_empty() {
            return Ok(());
        }
        let left = patience.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let left = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        };
        match poll(&mut [PollFd::new(&fd, PollFlags::OUT)], Some(&left)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
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
        let content: Vec<(u16, u16, &Cell)> = content.collect();
        let moved = self.shown.take(content.iter().copied());
        match moved.filter(|_| !self.still) {
            Some((scroll, rest)) => {
                self.frame.extend(scroll.bytes());
                let rest = rest.iter().map(|(x, y, cell)| (*x, *y, cell));
                pen::write(&mut self.frame, rest);
            }
            None => pen::write(&mut self.frame, content.into_iter()),
        }
        Ok(())
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
        self.shown.clear();
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
        self.send(&frame)
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
        let screen = Screen::new(ours.into());
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
    fn a_terminal_that_takes_nothing_is_not_waited_for_and_gets_every_byte_in_the_end() {
        let (mut other, mut terminal) = screen();
        let flood = vec![b'x'; 4 << 20];
        let screen = terminal.backend_mut();
        screen.send(&flood).unwrap();
        assert!(screen.is_behind());
        // What comes later waits behind it.
        screen.send(b"title").unwrap();
        let mut seen = Vec::new();
        let mut chunk = vec![0; 1 << 16];
        while screen.is_behind() {
            let count = other.read(&mut chunk).unwrap();
            seen.extend_from_slice(&chunk[..count]);
            screen.push().unwrap();
        }
        while let Ok(count @ 1..) = other.read(&mut chunk) {
            seen.extend_from_slice(&chunk[..count]);
        }
        assert_eq!(seen.len(), flood.len() + 5);
        assert!(seen.ends_with(b"xtitle"));
    }

    #[test]
    fn the_end_waits_for_a_terminal_that_takes_nothing_but_not_for_ever() {
        let (_other, ours) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let flood = vec![b'x'; 8 << 20];
        let error = write_within(&ours, &flood, Duration::ZERO).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
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
        write_within(&ours, &vec![b'x'; 4 << 20], Duration::from_secs(30)).unwrap();
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

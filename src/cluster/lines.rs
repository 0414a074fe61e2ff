//! Bytes of a stream cut into lines, with a bound on each.
//! Apart from what the lines mean: watches and logs are cut alike.

use bytes::{Buf as _, Bytes, BytesMut};

/// What happens to a line over the limit. The stream goes on behind it either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// It is dropped whole and counted: half an object is none.
    Drop,
    /// Its beginning is kept: half a sentence is one.
    Cut,
}

/// One line, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its bytes.
    pub bytes: Bytes,
    /// It went on, and the rest is lost.
    pub cut: bool,
}

/// Cuts a stream into lines of bounded length.
#[derive(Debug)]
pub struct Lines {
    buffer: BytesMut,
    searched: usize,
    limit: usize,
    over: Over,
    /// Bytes are skipped up to the next line end; with [`Over::Cut`] this is what was kept of the line.
    skipping: Option<Bytes>,
    dropped: u64,
}

impl Lines {
    /// Lines of at most `limit` bytes.
    pub fn new(limit: usize, over: Over) -> Self {
        Self {
            buffer: BytesMut::new(),
            searched: 0,
            limit,
            over,
            skipping: None,
            dropped: 0,
        }
    }

    /// More bytes of the stream.
    pub fn push(&mut self, data: &[u8]) {
        self.buffer.extend_from_slice(data);
    }

    /// The next whole line.
    pub fn pop(&mut self) -> Option<Line> {
        loop {
            let found = memchr::memchr(b'\n', &self.buffer[self.searched..]);
            let Some(offset) = found else {
                self.searched = self.buffer.len();
                if self.buffer.len() > self.limit || self.skipping.is_some() {
                    self.skip();
                }
                return None;
            };
            let line = self.buffer.split_to(self.searched + offset).freeze();
            self.buffer.advance(1);
            self.searched = 0;
            if let Some(line) = self.ended(line) {
                return Some(line);
            }
        }
    }

    /// What follows the last line end: a line that was cut off, or one without an end.
    pub fn rest(&mut self) -> Option<Line> {
        self.searched = 0;
        let rest = self.buffer.split().freeze();
        if rest.is_empty() && self.skipping.is_none() {
            return None;
        }
        self.ended(rest)
    }

    fn skip(&mut self) {
        if self.skipping.is_none() {
            let head = self.buffer.split_to(self.limit.min(self.buffer.len()));
            self.skipping = Some(match self.over {
                Over::Drop => Bytes::new(),
                Over::Cut => head.freeze(),
            });
        }
        self.buffer.clear();
        self.searched = 0;
    }

    fn ended(&mut self, line: Bytes) -> Option<Line> {
        let head = self.skipping.take();
        if head.is_none() && line.len() <= self.limit {
            return Some(Line {
                bytes: line,
                cut: false,
            });
        }
        match self.over {
            Over::Drop => {
                self.dropped += 1;
                None
            }
            Over::Cut => Some(Line {
                bytes: head.unwrap_or_else(|| line.slice(..self.limit)),
                cut: true,
            }),
        }
    }

    /// How many over-long lines were dropped since this was asked last.
    pub fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn cut(limit: usize, chunks: &[&[u8]]) -> (Vec<Vec<u8>>, Option<Vec<u8>>, u64) {
        let mut lines = Lines::new(limit, Over::Drop);
        let mut out = Vec::new();
        for chunk in chunks {
            lines.push(chunk);
            while let Some(line) = lines.pop() {
                out.push(line.bytes.to_vec());
            }
        }
        let rest = lines.rest().map(|rest| rest.bytes.to_vec());
        (out, rest, lines.take_dropped())
    }

    #[test]
    fn lines_do_not_depend_on_how_the_stream_is_chopped() {
        let text: &[u8] = b"one\ntwo\n\nthree";
        for at in 0..text.len() {
            let (lines, rest, dropped) = cut(100, &[&text[..at], &text[at..]]);
            assert_eq!(lines, [b"one".to_vec(), b"two".to_vec(), b"".to_vec()]);
            assert_eq!(rest.as_deref(), Some(&b"three"[..]));
            assert_eq!(dropped, 0);
        }
    }

    #[test]
    fn an_endless_line_is_dropped_in_bounded_memory_and_the_next_one_is_read() {
        let chunk = vec![b'x'; 64];
        let mut lines = Lines::new(100, Over::Drop);
        for _ in 0..1000 {
            lines.push(&chunk);
            assert_eq!(lines.pop(), None);
            assert!(lines.buffer.len() <= 200);
        }
        lines.push(b"\nnext\n");
        assert_eq!(&lines.pop().unwrap().bytes[..], b"next");
        assert_eq!(lines.take_dropped(), 1);
    }

    #[test]
    fn a_long_line_of_a_log_keeps_its_beginning() {
        for chunk in [1, 7, 50] {
            let mut lines = Lines::new(10, Over::Cut);
            let mut out = Vec::new();
            for part in b"0123456789abcdef\nshort\nxxxxxxxxxxxxxxx".chunks(chunk) {
                lines.push(part);
                while let Some(line) = lines.pop() {
                    out.push(line);
                }
            }
            out.extend(lines.rest());
            let texts: Vec<_> = out.iter().map(|l| (&l.bytes[..], l.cut)).collect();
            assert_eq!(
                texts,
                [
                    (&b"0123456789"[..], true),
                    (&b"short"[..], false),
                    (&b"xxxxxxxxxx"[..], true)
                ]
            );
        }
    }
}

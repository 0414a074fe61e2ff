//! Events of a stream, out of bytes in any pieces.
//! Apart from what the events say. Source: WHATWG HTML, "Server-sent events", 9.2.5 and 9.2.6.

/// Longest line, in bytes.
const LINE: usize = super::ANSWER;

/// What of a stream is not an event yet.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    /// The last byte was a CR: an LF after it ends no other line.
    after_cr: bool,
    /// A line was read.
    begun: bool,
    data: String,
    /// The event that is being read has data.
    said: bool,
}

/// A line does not end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endless;

impl Events {
    /// The data of the events that end with these bytes. What is not UTF-8 becomes `�`.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<Vec<String>, Endless> {
        let mut all = Vec::new();
        for &byte in bytes {
            match byte {
                b'\n' if self.after_cr => self.after_cr = false,
                b'\n' | b'\r' => {
                    self.after_cr = byte == b'\r';
                    all.extend(self.end_line());
                }
                byte => {
                    self.after_cr = false;
                    self.line.push(byte);
                }
            }
            if self.line.len() + self.data.len() > LINE {
                return Err(Endless);
            }
        }
        Ok(all)
    }

    fn end_line(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        let mut line = &line[..];
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        }
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            return std::mem::take(&mut self.said).then_some(data);
        }
        // Every event of this API says its type in its data too: the field `event` is not needed.
        let value = line.strip_prefix(b"data")?;
        let value = match value.strip_prefix(b":") {
            Some(value) => value.strip_prefix(b" ").unwrap_or(value),
            None if value.is_empty() => value,
            None => return None,
        };
        if std::mem::replace(&mut self.said, true) {
            self.data.push('\n');
        }
        self.data.push_str(&String::from_utf8_lossy(value));
        None
    }
}

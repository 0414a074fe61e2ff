//! JSON with the place of everything: the bytes each value stands in, numbers as they were written, members in their order.
//! Apart from the usual decoder, which forgets all of that: who changes one value of a file that others write too has to know its
//! bytes, and `1.10` is another subtask than `1.1`.
//!
//! The grammar is RFC 8259 without extensions. Reading is total: any bytes end in a [`Document`] or in a [`Broken`] with its place.

use std::fmt;
use std::ops::Range;

use crate::model::task::Place;

/// Deepest nesting; Task Master's own files have six levels.
pub const DEPTH: usize = 64;

/// What other editors put before the text to say that it is UTF-8.
pub const BOM: &str = "\u{feff}";

/// A value and the bytes it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Its bytes, with quotes or brackets.
    pub at: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A text, decoded.
    Text(String),
    /// `[…]`
    List(Vec<Value>),
    /// `{…}`, members in their order; a key can be there twice.
    Object(Vec<Member>),
}

/// `"key": value`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The key, decoded.
    pub key: String,
    /// The key's bytes, with its quotes.
    pub key_at: Range<usize>,
    /// The value.
    pub value: Value,
}

/// A text that is JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The value it is.
    pub root: Value,
    /// It begins with a byte order mark.
    pub bom: bool,
    /// Bytes of keys that their object has already. The last one holds, as in JavaScript.
    pub twice: Vec<Range<usize>>,
}

/// Why bytes are no JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The byte.
    pub at: usize,
    /// The same for people.
    pub place: Place,
    /// What is wrong there.
    pub what: String,
    /// What can be done.
    pub help: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.place, self.what, self.help)
    }
}

impl std::error::Error for Broken {}

impl Value {
    /// The member of this key; of several the last, which is the one JavaScript sees.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.member(key).map(|member| &member.value)
    }

    /// The same with the key's own place.
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.members()?
            .iter()
            .rev()
            .find(|member| member.key == key)
    }

    /// Of an object, its members.
    pub fn members(&self) -> Option<&[Member]> {
        match &self.kind {
            Kind::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Of a list, its values.
    pub fn items(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// Of a text, the text.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// It is `null`.
    pub fn is_null(&self) -> bool {
        self.kind == Kind::Null
    }

    /// What it is, as people say it.
    pub fn noun(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "true or false",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "text",
            Kind::List(_) => "a list",
            Kind::Object(_) => "an object",
        }
    }
}

impl Document {
    /// Reads bytes that are one JSON value, as a file is.
    ///
    /// # Errors
    /// Where they are not: the first place that cannot go on as it does.
    pub fn read(bytes: &[u8]) -> Result<Self, Broken> {
        let text = utf8(bytes)?;
        let bom = text.starts_with(BOM);
        let mut reader = Reader {
            text,
            at: if bom { BOM.len() } else { 0 },
            twice: Vec::new(),
        };
        reader.space();
        if reader.peek().is_none() {
            return Err(reader.wrong(
                "there is nothing in it",
                "a file without tasks says {\"master\": {\"tasks\": []}}",
            ));
        }
        let root = reader.value(0)?;
        reader.space();
        if reader.peek().is_some() {
            return Err(reader.wrong(
                "there is more behind the end of the JSON value",
                "a file is one value: take out what follows it",
            ));
        }
        let twice = reader.twice;
        Ok(Self { root, bom, twice })
    }
}

/// The bytes as text.
fn utf8(bytes: &[u8]) -> Result<&str, Broken> {
    let save = "save it as UTF-8";
    let wrong = |at: usize, place: Place, what: &str| Broken {
        at,
        place,
        what: what.to_owned(),
        help: save.to_owned(),
    };
    let first = Place::default();
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(wrong(0, first, "this is UTF-16"));
    }
    std::str::from_utf8(bytes).map_err(|why| {
        let at = why.valid_up_to();
        let before = std::str::from_utf8(&bytes[..at]).unwrap_or_default();
        wrong(at, Place::of(before, at), "this byte is no UTF-8")
    })
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    twice: Vec<Range<usize>>,
}

type Read<T> = Result<T, Broken>;

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Read<Value> {
        let start = self.at;
        if depth > DEPTH {
            let what = format!("nested deeper than {DEPTH} levels");
            return Err(self.wrong(&what, "no file of Task Master is"));
        }
        let kind = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Kind::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Value {
            at: start..self.at,
            kind,
        })
    }

    fn object(&mut self, depth: usize) -> Read<Kind> {
        let mut members: Vec<Member> = Vec::new();
        self.at += 1;
        self.space();
        if self.take(b'}') {
            return Ok(Kind::Object(members));
        }
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a key in double quotes"));
            }
            let key = self.string()?;
            let key_at = start..self.at;
            self.space();
            if !self.take(b':') {
                return Err(self.unexpected("`:`"));
            }
            self.space();
            let value = self.value(depth + 1)?;
            members.push(Member { key, key_at, value });
            self.space();
            if self.take(b'}') {
                break;
            }
            if !self.take(b',') {
                return Err(self.unexpected("`,` or `}`"));
            }
            self.space();
        }
        self.note_twice(&members);
        Ok(Kind::Object(members))
    }

    fn note_twice(&mut self, members: &[Member]) {
        let mut keys: Vec<(&str, &Range<usize>)> = members
            .iter()
            .map(|member| (&*member.key, &member.key_at))
            .collect();
        keys.sort_by_key(|(key, at)| (*key, at.start));
        let again = keys.windows(2).filter(|pair| pair[0].0 == pair[1].0);
        self.twice.extend(again.map(|pair| pair[1].1.clone()));
        self.twice.sort_by_key(|at| at.start);
    }

    fn list(&mut self, depth: usize) -> Read<Kind> {
        let mut items = Vec::new();
        self.at += 1;
        self.space();
        if self.take(b']') {
            return Ok(Kind::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.take(b']') {
                return Ok(Kind::List(items));
            }
            if !self.take(b',') {
                return Err(self.unexpected("`,` or `]`"));
            }
            self.space();
        }
    }

    /// A text, from its first quote.
    fn string(&mut self) -> Read<String> {
        let begin = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|c: char| c == '"' || c == '\\' || c < ' ');
            let Some(plain) = plain else {
                // The end of the file is far from what is wrong: the quote that nothing closes.
                self.at = begin;
                return Err(self.wrong(
                    "the text that begins here has no end",
                    "the file was cut off, or a closing quote is missing: restore it, for instance from git",
                ));
            };
            out.push_str(&rest[..plain]);
            self.at += plain;
            if self.take(b'"') {
                return Ok(out);
            }
            if self.peek() != Some(b'\\') {
                return Err(self.wrong(
                    "a line end or control character in a text",
                    "within quotes a line end is written \\n; or a closing quote is missing",
                ));
            }
            out.push(self.escape()?);
        }
    }

    /// `\n`, `\u00e9`, or two of the latter that are one character. Half of such a pair is `�`: Rust's texts cannot hold it.
    fn escape(&mut self) -> Read<char> {
        let begin = self.at;
        self.at += 1;
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let first = self.unit(begin)?;
                if !(0xd800..0xdc00).contains(&first) {
                    return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                let second = self.at;
                if !self.text[second..].starts_with("\\u") {
                    return Ok(char::REPLACEMENT_CHARACTER);
                }
                self.at += 2;
                let low = self.unit(second)?;
                if !(0xdc00..0xe000).contains(&low) {
                    self.at = second;
                    return Ok(char::REPLACEMENT_CHARACTER);
                }
                let both = 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00);
                char::from_u32(both).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => {
                self.at = begin;
                return Err(self.wrong(
                    "no such escape",
                    "a backslash itself is written \\\\; escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX",
                ));
            }
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self, begin: usize) -> Read<u32> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or_default();
        let good = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let unit = u32::from_str_radix(digits, 16)
            .ok()
            .filter(|_| good)
            .ok_or_else(|| {
                self.at = begin;
                self.wrong(
                    "\\u without four hexadecimal digits",
                    "write the character itself",
                )
            })?;
        self.at += 4;
        Ok(unit)
    }

    fn number(&mut self) -> Read<Kind> {
        let begin = self.at;
        self.take(b'-');
        let whole = self.digits();
        let padded = whole > 1 && self.text.as_bytes().get(self.at - whole) == Some(&b'0');
        let mut good = whole > 0 && !padded;
        if self.take(b'.') {
            good &= self.digits() > 0;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            good &= self.digits() > 0;
        }
        let number = &self.text[begin..self.at];
        if good {
            return Ok(Kind::Number(number.to_owned()));
        }
        let what = format!("`{number}` is no number of JSON");
        self.at = begin;
        Err(self.wrong(&what, "put it in double quotes, or mend it"))
    }

    fn digits(&mut self) -> usize {
        let begin = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - begin
    }

    fn word(&mut self) -> Read<Kind> {
        let words = [
            ("null", Kind::Null),
            ("true", Kind::Bool(true)),
            ("false", Kind::Bool(false)),
        ];
        for (word, kind) in words {
            let rest = &self.text[self.at..];
            let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if rest
                .strip_prefix(word)
                .is_some_and(|rest| !rest.starts_with(goes_on))
            {
                self.at += word.len();
                return Ok(kind);
            }
        }
        Err(self.unexpected("a value"))
    }

    /// Something else stands here than `wanted`.
    fn unexpected(&self, wanted: &str) -> Broken {
        let rest = &self.text[self.at..];
        let Some(next) = rest.chars().next() else {
            return self.wrong(
                &format!("the file ends here, where {wanted} is missing"),
                "it was cut off: restore it, for instance from git, or wait for who is writing it",
            );
        };
        let before = self.text[..self.at].trim_end().chars().next_back();
        let help = match next {
            '}' | ']' if before == Some(',') => {
                "JSON allows no comma before a closing bracket: take it out"
            }
            '/' => "JSON has no comments: take it out",
            '\'' => "JSON has double quotes only",
            '"' | '{' | '[' if wanted.contains("`,`") => "a comma is missing before it",
            _ => "mend it, or restore the file, for instance from git",
        };
        self.wrong(&format!("here stands `{next}` instead of {wanted}"), help)
    }

    fn wrong(&self, what: &str, help: &str) -> Broken {
        let begin = self.text[..self.at].rfind('\n').map_or(0, |end| end + 1);
        let line = &self.text[begin..];
        let marks = ["<<<<<<< ", "=======\n", "=======\r", "||||||| ", ">>>>>>> "];
        let (at, what, help) = match marks.iter().any(|mark| line.starts_with(mark)) {
            true => (
                begin,
                "a mark of a merge conflict",
                "two versions stand in the file: choose between them (`git diff` shows both), and take the marks out",
            ),
            false => (self.at, what, help),
        };
        Broken {
            at,
            place: Place::of(self.text, at),
            what: what.to_owned(),
            help: help.to_owned(),
        }
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;

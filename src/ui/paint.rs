//! Text into cells: cut to the room there is, never raw, never half a character.
//! Apart from the screens, because this is the only place that writes cells.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::model::text::clean;
use crate::ui::theme::{Role, Theme};

/// A line of differently meant pieces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line(pub Vec<(String, Role)>);

impl Line {
    /// One piece.
    pub fn of(text: impl Into<String>, role: Role) -> Self {
        Self(vec![(text.into(), role)])
    }

    /// Another piece after it.
    #[must_use]
    pub fn and(mut self, text: impl Into<String>, role: Role) -> Self {
        self.push(text, role);
        self
    }

    /// Another piece after it.
    pub fn push(&mut self, text: impl Into<String>, role: Role) {
        self.0.push((text.into(), role));
    }

    /// This one, and after it another.
    #[must_use]
    pub fn joined(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// One of several that can be turned to, with its key where it has one: the one that is in force stands in brackets,
    /// so that it is told from the others without colour; the others are as wide.
    pub fn tab(&mut self, key: Option<&str>, name: &str, current: bool) {
        let (open, close, role) = match current {
            true => ("[", "]", Role::Accent),
            false => (" ", " ", Role::Dim),
        };
        self.push(open, role);
        if let Some(key) = key {
            self.push(format!("{key} "), if current { role } else { Role::Key });
        }
        self.push(name, role);
        self.push(close, role);
    }

    /// Gives byte ranges of its text, which are sorted and apart, another role.
    pub fn paint(&mut self, ranges: impl IntoIterator<Item = (usize, usize)>, role: Role) {
        let ranges: Vec<(usize, usize)> = ranges.into_iter().collect();
        if ranges.is_empty() {
            return;
        }
        let mut start = 0;
        for (text, own) in std::mem::take(&mut self.0) {
            let end = start + text.len();
            let mut at = start;
            for &(from, to) in &ranges {
                let (from, to) = (from.clamp(at, end), to.clamp(at, end));
                if from < to {
                    self.push(&text[at - start..from - start], own);
                    self.push(&text[from - start..to - start], role);
                    at = to;
                }
            }
            self.push(&text[at - start..], own);
            start = end;
        }
        self.0.retain(|(text, _)| !text.is_empty());
    }

    /// The bytes of its text from here to there, which begin and end with characters.
    fn slice(&self, from: usize, to: usize) -> Self {
        let mut start = 0;
        let mut line = Self::default();
        for (text, role) in &self.0 {
            let end = start + text.len();
            let (a, b) = (from.clamp(start, end), to.clamp(start, end));
            if a < b {
                line.push(&text[a - start..b - start], *role);
            }
            start = end;
        }
        line
    }

    /// Broken into lines of at most so many cells, at spaces where one is near. An empty line is a line.
    pub fn wrapped(&self, width: usize) -> Vec<Self> {
        let text = self.plain();
        let mut from = 0;
        let mut lines: Vec<Self> = Vec::new();
        for piece in wrap(&text, width) {
            // Spaces at which it was broken are in no piece.
            from += text[from..].find(piece).unwrap_or(0);
            lines.push(self.slice(from, from + piece.len()));
            from += piece.len();
        }
        if lines.is_empty() {
            lines.push(Self::default());
        }
        lines
    }

    /// Without its first cells; half a character is a blank.
    pub fn from_cell(&self, cells: usize) -> Self {
        if cells == 0 {
            return self.clone();
        }
        let text = self.plain();
        let mut used = 0;
        for (at, grapheme) in text.grapheme_indices(true) {
            if used >= cells {
                let mut line = Self::of(" ".repeat(used - cells), Role::Text);
                line.0.extend(self.slice(at, text.len()).0);
                line.0.retain(|(text, _)| !text.is_empty());
                return line;
            }
            used += grapheme.width();
        }
        Self::default()
    }

    /// Its text without roles.
    pub fn plain(&self) -> String {
        self.0.iter().map(|(text, _)| text.as_str()).collect()
    }

    /// Cells it takes.
    pub fn width(&self) -> usize {
        self.0.iter().map(|(text, _)| text.width()).sum()
    }
}

/// Draws into a buffer with a theme.
pub struct Painter<'a> {
    /// The cells.
    pub buffer: &'a mut Buffer,
    /// Styles and marks.
    pub theme: &'a Theme,
    /// The line of the cursor, once it was drawn.
    pub cursor: Option<u16>,
}

impl<'a> Painter<'a> {
    /// Draws into these cells.
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self {
            buffer,
            theme,
            cursor: None,
        }
    }
}

impl Painter<'_> {
    /// Puts text at a cell, cut to `width` cells; returns how many it took. Outside the buffer nothing happens.
    pub fn put(&mut self, x: u16, y: u16, width: u16, text: &str, role: Role) -> u16 {
        self.put_styled(x, y, width, text, self.theme.style(role))
    }

    /// [`Painter::put`] with a style.
    pub fn put_styled(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) -> u16 {
        let area = self.buffer.area;
        if y >= area.bottom() || x >= area.right() {
            return 0;
        }
        let width = width.min(area.right() - x);
        let text = match self.theme.glyphs.ascii {
            true => plain_ascii(text),
            false => clean(text),
        };
        let text = fit(&text, usize::from(width), self.theme.glyphs.ellipsis);
        let (end, _) = self
            .buffer
            .set_stringn(x, y, text.as_ref(), usize::from(width), style);
        end - x
    }

    /// Puts text so that it ends before `x + width`.
    pub fn put_right(&mut self, x: u16, y: u16, width: u16, text: &str, role: Role) {
        let cells = u16::try_from(clean(text).width())
            .unwrap_or(u16::MAX)
            .min(width);
        self.put(x + (width - cells), y, cells, text, role);
    }

    /// Puts the pieces of a line one after the other; returns how many cells they took. The piece that is cut is the last.
    pub fn put_line(&mut self, x: u16, y: u16, width: u16, line: &Line) -> u16 {
        let mut used = 0;
        for (at, (text, role)) in line.0.iter().enumerate() {
            let room = usize::from(width - used);
            let cells = text.width();
            // Where what follows does not fit at all, this piece must say so.
            let more = cells == room
                && line.0[at + 1..]
                    .iter()
                    .any(|(text, _)| !text.trim().is_empty());
            if more && room > 0 {
                let cut = fit(text, room - 1, "").into_owned() + self.theme.glyphs.ellipsis;
                return used + self.put(x + used, y, width - used, &cut, *role);
            }
            used += self.put(x + used, y, width - used, text, *role);
            if cells > room || used >= width {
                break;
            }
        }
        used
    }

    /// Lays a style over cells that have text already; the match one stands on is seen in the line of the cursor too.
    pub fn tint(&mut self, area: Rect, role: Role) {
        if role == Role::Select {
            self.cursor = Some(area.y);
        }
        let area = area.intersection(self.buffer.area);
        let style = self.theme.style(role);
        let here = self.theme.style(Role::Here).bg;
        for position in area.positions() {
            let cell = &mut self.buffer[position];
            if role != Role::Select || here.is_none_or(|here| cell.bg != here) {
                cell.set_style(style);
            }
        }
    }

    /// Empties cells.
    pub fn wipe(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                self.buffer[(x, y)].reset();
            }
        }
        self.buffer.set_style(area, self.theme.style(Role::Text));
    }

    /// A box with a title; the focused one is thick and coloured. Returns what is inside.
    pub fn frame(&mut self, area: Rect, title: &Line, focused: bool) -> Rect {
        let mut padded = Line::default();
        if !title.0.is_empty() {
            padded.push(" ", Role::Text);
            padded.0.extend(title.0.iter().cloned());
            padded.push(" ", Role::Text);
        }
        self.tabbed(area, &padded, focused)
    }

    /// A box whose title, as tabs do, brings its own space.
    pub fn tabbed(&mut self, area: Rect, title: &Line, focused: bool) -> Rect {
        if area.width < 2 || area.height < 2 {
            return Rect::new(area.x, area.y, 0, 0);
        }
        let glyphs = &self.theme.glyphs;
        let [tl, tr, bl, br, across, down] = if focused { glyphs.thick } else { glyphs.plain };
        let role = if focused { Role::Focus } else { Role::Border };
        let (right, bottom) = (area.right() - 1, area.bottom() - 1);
        for x in area.left() + 1..right {
            self.put(x, area.top(), 1, across, role);
            self.put(x, bottom, 1, across, role);
        }
        for y in area.top() + 1..bottom {
            self.put(area.left(), y, 1, down, role);
            self.put(right, y, 1, down, role);
        }
        for (x, y, corner) in [
            (area.left(), area.top(), tl),
            (right, area.top(), tr),
            (area.left(), bottom, bl),
            (right, bottom, br),
        ] {
            self.put(x, y, 1, corner, role);
        }
        if area.width > 6 {
            let room = area.width - 4;
            self.put_line(area.left() + 2, area.top(), room, title);
        }
        Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2)
    }

    /// A word on the lower border of a box, at its right end.
    pub fn foot(&mut self, area: Rect, text: &Line) {
        let width = text.width() as u16;
        if text.0.is_empty() || area.height < 2 || area.width < 8 {
            return;
        }
        let width = width.min(area.width - 6);
        let (x, y) = (area.right() - width - 4, area.bottom() - 1);
        self.put(x, y, 1, " ", Role::Text);
        self.put_line(x + 1, y, width, text);
        self.put(x + 1 + width, y, 1, " ", Role::Text);
    }
}

/// Safe text for a terminal that draws ASCII only, in as many cells: our own marks have a stand-in, the rest is `?`.
fn plain_ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return clean(text);
    }
    let stand_in = |c: char| match c {
        c if c.is_ascii() => c,
        '·' | '—' | '–' => '-',
        '…' => '~',
        '×' => 'x',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        _ => '?',
    };
    let cells = |c: char| unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
    let text: String = clean(text)
        .chars()
        .flat_map(|c| std::iter::repeat_n(stand_in(c), cells(c)))
        .collect();
    Cow::Owned(text)
}

/// Cuts text to `width` cells; what is cut ends with the ellipsis. Graphemes stay whole.
pub fn fit<'a>(text: &'a str, width: usize, ellipsis: &str) -> Cow<'a, str> {
    if text.len() <= width && text.is_ascii() || text.width() <= width {
        return Cow::Borrowed(text);
    }
    if width == 0 {
        return Cow::Borrowed("");
    }
    let room = width - 1;
    let mut used = 0;
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let cells = grapheme.width();
        if used + cells > room {
            break;
        }
        used += cells;
        end = at + grapheme.len();
    }
    Cow::Owned(format!("{}{ellipsis}", text[..end].trim_end()))
}

/// Cuts a name to `width` cells in its middle: what tells apart the runs of one template is the end of their names.
pub fn fit_name<'a>(name: &'a str, width: usize, ellipsis: &str) -> Cow<'a, str> {
    /// Characters at the end that stay: those that a server appends to a generated name, and the dash before them.
    const TAIL: usize = 6;
    let tail = name.len().saturating_sub(TAIL);
    if name.width() <= width || width < 2 * TAIL || !name.is_ascii() {
        return fit(name, width, ellipsis);
    }
    let head = fit(&name[..tail], width - TAIL, ellipsis);
    Cow::Owned(format!("{head}{}", &name[tail..]))
}

/// Breaks text into pieces of at most `width` cells, at spaces where one is near; no piece for an empty text.
pub fn wrap(text: &str, width: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let width = width.max(1);
    let mut rest = text;
    while !rest.is_empty() {
        if rest.width() <= width {
            pieces.push(rest);
            break;
        }
        let mut used = 0;
        let mut end = 0;
        let (mut space, mut comma) = (None, None);
        for (at, grapheme) in rest.grapheme_indices(true) {
            let cells = grapheme.width();
            if used + cells > width && end > 0 {
                break;
            }
            used += cells;
            end = at + grapheme.len();
            match grapheme {
                " " => space = Some(end),
                "," => comma = Some(end),
                _ => {}
            }
        }
        // A break must not waste more than half the line. What is written without spaces, as JSON is, has its joints at
        // commas.
        let fits = |at: &usize| *at * 2 >= end;
        if let Some(joint) = space.filter(fits).or(comma.filter(fits)) {
            end = joint;
        }
        pieces.push(rest[..end].trim_end());
        rest = &rest[end..];
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(fit("refund", 6, "…"), "refund");
        assert_eq!(fit("refund total", 6, "…"), "refun…");
        assert_eq!(fit("日本語", 4, "…"), "日…");
        assert_eq!(fit("日本語", 5, "…"), "日本…");
        assert_eq!(fit("e\u{301}e\u{301}e\u{301}", 2, "…"), "e\u{301}…");
        assert_eq!(fit("x", 0, "…"), "");
    }

    #[test]
    fn without_unicode_text_keeps_its_width() {
        assert_eq!(plain_ascii("exit 1 · criterion…"), "exit 1 - criterion~");
        assert_eq!(plain_ascii("日本 e\u{301}"), "???? e");
        assert_eq!(plain_ascii("plain"), "plain");
    }

    #[test]
    fn a_line_is_broken_and_pushed_aside_with_its_roles() {
        let line = Line::of("key: ", Role::Accent).and("日本 value", Role::Text);
        let texts = |lines: Vec<Line>| -> Vec<String> { lines.iter().map(Line::plain).collect() };
        assert_eq!(texts(line.wrapped(9)), ["key: 日本", " value"]);
        assert_eq!(line.wrapped(9)[0].0[1], ("日本".to_string(), Role::Text));
        assert_eq!(Line::default().wrapped(9), [Line::default()]);
        assert_eq!(line.from_cell(0), line);
        assert_eq!(line.from_cell(2).plain(), "y: 日本 value");
        assert_eq!(
            line.from_cell(6).plain(),
            " 本 value",
            "half a character is a blank"
        );
        assert_eq!(line.from_cell(99), Line::default());
    }

    #[test]
    fn text_is_broken_at_spaces_else_at_commas_else_anywhere() {
        assert_eq!(wrap("one two three", 9), ["one two", "three"]);
        assert_eq!(
            wrap(r#"{"spec":{"suspend":true,"shutdown":"Stop"}}"#, 30),
            [r#"{"spec":{"suspend":true,"#, r#""shutdown":"Stop"}}"#]
        );
        assert_eq!(wrap("a,b c,d", 6), ["a,b", "c,d"]);
        assert_eq!(wrap("abcdefgh", 5), ["abcde", "fgh"]);
    }

    #[test]
    fn wrapping_loses_no_character() {
        let text = "assertion failed: refund total left: 19.90 日本語日本語日本語";
        for width in 1..40 {
            let pieces = wrap(text, width);
            let joined: String = pieces.concat().split_whitespace().collect();
            assert_eq!(joined, text.split_whitespace().collect::<String>());
            assert!(
                pieces.iter().all(|piece| piece.width() <= width.max(2)),
                "{width}: {pieces:?}"
            );
        }
    }
}

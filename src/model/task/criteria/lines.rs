//! Lines of Markdown, each with what stands out about it.
//! Apart from what a line means, because documents and fields of a task are read by the same marks.

use std::ops::Range;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line<'t> {
    /// Its bytes, without the line end.
    pub(super) at: Range<usize>,
    /// Cells before the first character; a tab counts as four.
    pub(super) indent: usize,
    /// How it begins.
    pub(super) mark: Mark,
    /// What stands behind its mark.
    pub(super) content: &'t str,
}

/// How a line begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// There is nothing.
    Blank,
    /// `#`, so many.
    Heading(usize),
    /// `- [ ]`, and whether it is ticked.
    Box(bool),
    /// `-`, `*`, `+` or `•`.
    Bullet,
    /// `1.` or `1)`, with the number.
    Number(u32),
    /// Three backticks or tildes.
    Fence,
    /// Anything else.
    Prose,
}

/// The lines of a text.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    let mut all = Vec::new();
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end();
        let content = line.trim_start();
        let blanks = &line[..line.len() - content.len()];
        let indent = blanks.chars().map(|c| if c == '\t' { 4 } else { 1 }).sum();
        let (mark, content) = mark(content);
        all.push(Line {
            at: start..start + line.len(),
            indent,
            mark,
            content,
        });
        start += whole.len();
    }
    all
}

fn mark(text: &str) -> (Mark, &str) {
    if text.is_empty() {
        return (Mark::Blank, text);
    }
    if let Some(language) = text
        .strip_prefix("```")
        .or_else(|| text.strip_prefix("~~~"))
    {
        return (Mark::Fence, language.trim());
    }
    let level = text.bytes().take_while(|byte| *byte == b'#').count();
    if (1..=6).contains(&level) && text[level..].starts_with([' ', '\t']) {
        return (
            Mark::Heading(level),
            text[level..].trim_matches([' ', '\t', '#']),
        );
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (mark, rest) = if let Some(rest) = bullet(text) {
        (Mark::Bullet, rest)
    } else if let Some(rest) = text[digits..].strip_prefix(['.', ')'])
        && (1..=3).contains(&digits)
        && rest.starts_with([' ', '\t'])
    {
        (
            Mark::Number(text[..digits].parse().unwrap_or_default()),
            rest,
        )
    } else {
        return (Mark::Prose, text);
    };
    let rest = rest.trim_start();
    for (sign, ticked) in [("[ ]", false), ("[x]", true), ("[X]", true), ("[]", false)] {
        if let Some(rest) = rest.strip_prefix(sign) {
            return (Mark::Box(ticked), rest.trim_start());
        }
    }
    (mark, rest)
}

/// What stands behind a bullet. `**bold**` is none.
fn bullet(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(['-', '*', '+', '•', '–'])?;
    rest.starts_with([' ', '\t']).then_some(rest)
}

impl Line<'_> {
    /// It is part of a list.
    pub(super) fn is_item(&self) -> bool {
        matches!(self.mark, Mark::Box(_) | Mark::Bullet | Mark::Number(_))
    }

    /// Where its content begins.
    pub(super) fn from(&self) -> usize {
        self.at.end - self.content.len()
    }

    /// Its content's bytes.
    pub(super) fn content_at(&self) -> Range<usize> {
        self.from()..self.at.end
    }
}

/// The next line that is not blank, from `n` on.
pub(super) fn next_said<'l, 't>(lines: &'l [Line<'t>], n: usize) -> Option<(usize, &'l Line<'t>)> {
    (lines.iter().enumerate().skip(n)).find(|(_, line)| line.mark != Mark::Blank)
}

/// What follows an item and is part of it: lines that are indented deeper and no items; the line behind them.
pub(super) fn goes_on(lines: &[Line<'_>], n: usize) -> usize {
    let indent = lines[n].indent;
    let mut end = n + 1;
    while let Some(line) = lines.get(end)
        && line.mark == Mark::Prose
        && line.indent > indent
    {
        end += 1;
    }
    end
}

/// Something of the list stands below this item.
pub(super) fn has_below(lines: &[Line<'_>], n: usize) -> bool {
    let deeper = |line: &Line<'_>| line.is_item() && line.indent > lines[n].indent;
    next_said(lines, goes_on(lines, n)).is_some_and(|(_, line)| deeper(line))
}

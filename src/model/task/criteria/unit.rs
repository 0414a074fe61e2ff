//! A piece of text that is taken for one criterion, before it is known how it would be checked.
//! Apart from the readers that cut it out, which are of several kinds, and from the one that judges it.

use std::ops::Range;

/// Where a piece was cut out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A document of acceptance criteria.
    Document,
    /// A block of a field that says it is about acceptance.
    Block,
    /// The field for it.
    Field,
    /// `testStrategy`.
    Strategy,
}

/// How a piece stood out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A checkbox, and whether it is ticked.
    Box(bool),
    /// A line with an id of its own: `FR-1.2`.
    Named,
    /// A line of a list.
    Item,
    /// Given, when, then.
    Scenario,
    /// Lines to be typed, or code.
    Code,
    /// A sentence, or a clause of one.
    Sentence,
}

/// Lines to be typed, and what is expected of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Code {
    /// They are for a shell.
    pub(super) shell: bool,
    /// The lines without comments.
    pub(super) text: String,
    /// What is said to come of it.
    pub(super) expected: String,
}

/// A piece.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Unit {
    /// Its bytes.
    pub(super) at: Range<usize>,
    /// What it says, markup taken off.
    pub(super) text: String,
    /// The headings it stands below, the outermost first.
    pub(super) headings: Vec<String>,
    /// How it stood out.
    pub(super) shape: Shape,
    /// What is to be typed.
    pub(super) code: Option<Code>,
    /// The id it gives itself.
    pub(super) id: Option<String>,
    /// Why it is probably none, where that is so.
    pub(super) doubt: Option<&'static str>,
}

impl Unit {
    /// A piece that says this.
    pub(super) fn new(at: Range<usize>, text: impl Into<String>, shape: Shape) -> Self {
        Self {
            at,
            text: text.into(),
            headings: Vec::new(),
            shape,
            code: None,
            id: None,
            doubt: None,
        }
    }

    /// All of a text as one; nothing where it is empty.
    pub(super) fn whole(text: &str) -> Option<Self> {
        let plain = plain(text.trim().trim_start_matches(['-', '*', '•']).trim());
        (!plain.is_empty()).then(|| Self::new(0..text.len(), plain, Shape::Item))
    }

    /// The same below these headings.
    pub(super) fn below(mut self, headings: &[String]) -> Self {
        self.headings = headings.to_vec();
        self
    }
}

/// Markdown as people read it: without the marks of bold, links as their words; what stands in backticks stays.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (n, part) in text.split('`').enumerate() {
        if n > 0 {
            out.push('`');
        }
        match n % 2 {
            1 => out.push_str(part),
            _ => out.push_str(&part.replace("**", "").replace("__", "")),
        }
    }
    out.trim().to_owned()
}

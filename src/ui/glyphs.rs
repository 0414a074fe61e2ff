//! The marks drawn besides text, in Unicode and in plain ASCII.
//! Apart from styles, because a terminal can lack either.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::model::phase::State;
use crate::model::text::is_safe;
use crate::ui::theme::state_name;

/// Marks that a theme file chose, by name.
pub type Marks = BTreeMap<String, &'static str>;

/// A set of marks. Every mark is one cell wide; a test holds that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// Whether this is the ASCII set.
    pub ascii: bool,
    /// Cuts text short.
    pub ellipsis: &'static str,
    /// Between two facts.
    pub dot: &'static str,
    /// A cell that was not read yet.
    pub unread: &'static str,
    /// A value that does not exist.
    pub none: &'static str,
    /// The cursor's gutter.
    pub cursor: &'static str,
    /// Beside lines of a log shown inline.
    pub quote: &'static str,
    /// Between tabs.
    pub bar: &'static str,
    /// A closed branch.
    pub folded: &'static str,
    /// An open branch.
    pub open: &'static str,
    /// Descending order.
    pub down: &'static str,
    /// Ascending order.
    pub up: &'static str,
    /// A marked line.
    pub mark: &'static str,
    /// Several of them.
    pub times: &'static str,
    /// Corners and sides of a plain box: ┌ ┐ └ ┘ ─ │.
    pub plain: [&'static str; 6],
    /// Corners and sides of the focused box: ┏ ┓ ┗ ┛ ━ ┃.
    pub thick: [&'static str; 6],
    /// Branches of a tree: a sibling follows, the last one, a level with more below, a level without.
    pub tree: [&'static str; 4],
    /// Lines of a graph by the weight of each arm of a cell: 0 none, 1 light, 2 heavy; left + 3 right + 9 up + 27 down.
    pub lines: [&'static str; 81],
    /// Bars in time: on the critical path and its end where another attempt follows, others and their end, waiting.
    pub bars: [&'static str; 5],
    /// The present on a time axis.
    pub now: &'static str,
    /// A progress bar's cell: empty, half, full. Empty where the set has no half.
    pub fill: [&'static str; 3],
    /// How many there were in a part of a time, from none to the most.
    pub levels: [&'static str; 9],
    /// On a scrollbar: what is in view, an error, a match.
    pub scroll: [&'static str; 3],
    /// The marks of the states, in the order of [`State::ALL`].
    pub states: [&'static str; State::ALL.len()],
}

/// For terminals that draw Unicode.
pub const UNICODE: Glyphs = Glyphs {
    ascii: false,
    ellipsis: "…",
    dot: "·",
    unread: "·",
    none: "—",
    cursor: "▌",
    quote: "┃",
    bar: "│",
    folded: "▸",
    open: "▾",
    down: "▼",
    up: "▲",
    mark: "◆",
    times: "×",
    plain: ["┌", "┐", "└", "┘", "─", "│"],
    thick: ["┏", "┓", "┗", "┛", "━", "┃"],
    tree: ["├ ", "└ ", "│ ", "  "],
    lines: [
        " ", "╴", "╸", "╶", "─", "╾", "╺", "╼", "━", "╵", "┘", "┙", "└", "┴", "┵", "┕", "┶", "┷",
        "╹", "┚", "┛", "┖", "┸", "┹", "┗", "┺", "┻", "╷", "┐", "┑", "┌", "┬", "┭", "┍", "┮", "┯",
        "│", "┤", "┥", "├", "┼", "┽", "┝", "┾", "┿", "╿", "┦", "┩", "┞", "╀", "╃", "┡", "╄", "╇",
        "╻", "┒", "┓", "┎", "┰", "┱", "┏", "┲", "┳", "╽", "┧", "┪", "┟", "╁", "╅", "┢", "╆", "╈",
        "┃", "┨", "┫", "┠", "╂", "╉", "┣", "╊", "╋",
    ],
    bars: ["▇", "▌", "━", "╸", "░"],
    now: "┊",
    fill: ["─", "╾", "━"],
    levels: ["·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    scroll: ["█", "✖", "◆"],
    states: [
        "✖", "⚠", "ǁ", "▲", "?", "⧗", "ǁ", "●", "◷", "◌", "○", "✔", "?",
    ],
};

/// For all others.
pub const ASCII: Glyphs = Glyphs {
    ascii: true,
    ellipsis: "~",
    dot: "-",
    unread: ".",
    none: "-",
    cursor: ">",
    quote: "|",
    bar: "|",
    folded: "+",
    open: "-",
    down: "v",
    up: "^",
    mark: "*",
    times: "x",
    plain: ["+", "+", "+", "+", "-", "|"],
    thick: ["#", "#", "#", "#", "=", "#"],
    tree: ["|-", "`-", "| ", "  "],
    lines: [
        " ", "-", "=", "-", "-", "=", "=", "=", "=", "|", "+", "#", "+", "+", "#", "#", "#", "#",
        "#", "#", "#", "#", "#", "#", "#", "#", "#", "|", "+", "#", "+", "+", "#", "#", "#", "#",
        "|", "+", "#", "+", "+", "#", "#", "#", "#", "#", "#", "#", "#", "#", "#", "#", "#", "#",
        "#", "#", "#", "#", "#", "#", "#", "#", "#", "#", "#", "#", "#", "#", "#", "#", "#", "#",
        "#", "#", "#", "#", "#", "#", "#", "#", "#",
    ],
    bars: ["#", "|", "=", "|", "."],
    now: ":",
    fill: ["-", "-", "#"],
    levels: [".", ":", ":", "-", "-", "=", "=", "#", "#"],
    scroll: ["%", "X", "*"],
    states: [
        "X", "!", "=", "^", "?", "W", "=", "*", ".", "-", "o", "v", "?",
    ],
};

impl Glyphs {
    /// The mark of a state. Sets as Argo's own CLI uses them, with the states it lacks added.
    pub fn state(&self, state: State) -> &'static str {
        self.states[state as usize]
    }

    /// The same with these marks instead. A set that is ASCII takes only those that are.
    #[must_use]
    pub fn with(mut self, marks: &Marks) -> Self {
        let ascii = self.ascii;
        for (name, mark) in marks {
            if let Some(place) = self.named(name).filter(|_| !ascii || mark.is_ascii()) {
                *place = mark;
            }
        }
        self
    }

    /// The ASCII set, with the marks that differ from the Unicode set and are ASCII.
    #[must_use]
    pub fn in_ascii(mut self) -> Self {
        let (mut ascii, mut unicode) = (ASCII, UNICODE);
        for name in names() {
            if let (Some(to), Some(from), Some(usual)) =
                (ascii.named(name), self.named(name), unicode.named(name))
                && from != usual
                && from.is_ascii()
            {
                *to = from;
            }
        }
        ascii
    }

    /// The mark of this name in theme files.
    fn named(&mut self, name: &str) -> Option<&mut &'static str> {
        Some(match name {
            "ellipsis" => &mut self.ellipsis,
            "dot" => &mut self.dot,
            "unread" => &mut self.unread,
            "none" => &mut self.none,
            "cursor" => &mut self.cursor,
            "quote" => &mut self.quote,
            "bar" => &mut self.bar,
            "folded" => &mut self.folded,
            "open" => &mut self.open,
            "down" => &mut self.down,
            "up" => &mut self.up,
            "mark" => &mut self.mark,
            "times" => &mut self.times,
            name => {
                let at = State::ALL.iter().position(|s| state_name(*s) == name)?;
                &mut self.states[at]
            }
        })
    }

    /// A cell of a graph's lines from its arms (1 left, 2 right, 4 up, 8 down) and those of them that are lit, which are heavy:
    /// what is lit is seen without colour too.
    pub fn line(&self, arms: u8, lit: u8) -> &'static str {
        let weight = |arm: u8| usize::from(arms & arm != 0) + usize::from(arms & lit & arm != 0);
        self.lines[weight(1) + 3 * weight(2) + 9 * weight(4) + 27 * weight(8)]
    }

    /// So many of at most so many, as a bar that grows upwards. It looks full only when it is, and begun as soon as it is.
    pub fn level(&self, count: usize, most: usize) -> &'static str {
        let steps = self.levels.len() - 1;
        let level = (count * steps / most.max(1)).min(steps);
        self.levels[level.max(usize::from(count > 0))]
    }

    /// A bar of so many cells, its filled part and the rest. It looks full only when it is, and begun as soon as it is.
    pub fn progress(&self, ratio: f64, cells: usize) -> (String, String) {
        if cells == 0 {
            return (String::new(), String::new());
        }
        let [empty, half, full] = self.fill;
        let mut halves = (ratio.clamp(0.0, 1.0) * (2 * cells) as f64).floor() as usize;
        if ratio < 1.0 {
            halves = halves.min((2 * cells).saturating_sub(1));
        }
        if ratio > 0.0 {
            halves = halves.max(1);
        }
        let mut filled = full.repeat(halves / 2);
        if halves % 2 == 1 {
            filled.push_str(half);
        }
        (filled, empty.repeat(cells - halves.div_ceil(2)))
    }
}

/// Names of the marks that theme files can choose.
pub fn names() -> Vec<&'static str> {
    let mut names = vec![
        "ellipsis", "dot", "unread", "none", "cursor", "quote", "bar", "folded", "open", "down",
        "up", "mark", "times",
    ];
    names.extend(State::ALL.map(state_name));
    names
}

/// A mark from a file. It is kept as long as the process lives: there are as many as somebody ever writes.
///
/// # Errors
/// A sentence where it is not one character that is one cell wide.
pub fn mark(text: &str) -> Result<&'static str, String> {
    static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    if !text.chars().all(is_safe) {
        return Err("a control character is not a mark".to_string());
    }
    if text.width() != 1 || text.graphemes(true).count() != 1 || text.len() > 16 {
        return Err(format!("`{text}` is {} cells wide", text.width()));
    }
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(text) {
        return Ok(known);
    }
    let new: &'static str = String::leak(text.to_string());
    kept.insert(new);
    Ok(new)
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn every_mark_is_one_cell_wide() {
        for set in [UNICODE, ASCII] {
            let singles = [
                set.ellipsis,
                set.dot,
                set.unread,
                set.none,
                set.cursor,
                set.quote,
                set.bar,
                set.folded,
                set.open,
                set.down,
                set.up,
                set.mark,
                set.times,
                set.now,
            ];
            for mark in singles
                .iter()
                .chain(&set.plain)
                .chain(&set.thick)
                .chain(&set.fill)
                .chain(&set.lines)
                .chain(&set.bars)
                .chain(&set.levels)
                .chain(&set.scroll)
                .copied()
                .chain(State::ALL.map(|state| set.state(state)))
            {
                assert_eq!(mark.width(), 1, "{mark:?}");
                assert!(!set.ascii || mark.is_ascii(), "{mark:?}");
            }
            assert!(set.tree.iter().all(|part| part.width() == 2));
        }
    }

    #[test]
    fn lit_arms_are_heavy_and_no_two_cells_look_alike() {
        assert_eq!(UNICODE.line(0, 0), " ");
        assert_eq!(UNICODE.line(3, 0), "─");
        assert_eq!(UNICODE.line(3, 3), "━");
        assert_eq!(UNICODE.line(14, 0), "├");
        assert_eq!(UNICODE.line(14, 12), "┠");
        assert_eq!(UNICODE.line(11, 9), "┱");
        assert_eq!(UNICODE.line(3, 15), "━", "only what is there is lit");
        assert_eq!(
            (ASCII.line(15, 0), ASCII.line(15, 3), ASCII.line(12, 12)),
            ("+", "#", "#")
        );
        let all: std::collections::BTreeSet<_> = UNICODE.lines.iter().collect();
        assert_eq!(all.len(), UNICODE.lines.len());
    }

    #[test]
    fn a_level_is_empty_only_where_there_is_none_and_full_only_at_the_most() {
        let levels: String = (0..=9).map(|count| UNICODE.level(count, 9)).collect();
        assert_eq!(levels, "·▁▁▂▃▄▅▆▇█");
        assert_eq!((UNICODE.level(1, 1_000), UNICODE.level(0, 0)), ("▁", "·"));
    }

    #[test]
    fn a_bar_looks_full_only_when_it_is() {
        let bar = |set: Glyphs, ratio, cells| {
            let (filled, rest) = set.progress(ratio, cells);
            filled + &rest
        };
        assert_eq!(bar(UNICODE, 0.5, 0), "");
        assert_eq!(bar(UNICODE, 0.0, 5), "─────");
        assert_eq!(bar(UNICODE, 0.01, 5), "╾────");
        assert_eq!(bar(UNICODE, 0.7, 5), "━━━╾─");
        assert_eq!(bar(UNICODE, 0.9999, 5), "━━━━╾");
        assert_eq!(bar(UNICODE, 1.0, 5), "━━━━━");
        assert_eq!(bar(ASCII, 0.5, 4), "##--");
    }
}

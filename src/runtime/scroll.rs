//! Lines that move up or down on the screen as a whole: the terminal moves them itself, and only what is new is written.
//! Apart from the backend, because finding them is a question of two pictures and no terminal.
//!
//! What moves lines are scrolling margins (DECSTBM) with a line feed at the lower or a reverse index at the upper one:
//! every terminal since the VT100 knows them.

use std::cmp::Reverse;

use ratatui::buffer::Cell;
use unicode_width::UnicodeWidthStr;

/// Bytes below which changes are just written: counters of many lines, which go up thirty times a second.
const CHEAP: usize = 400;
/// Lines by which a picture is taken to have moved at most.
const FAR: usize = 12;
/// Lines that must have moved together.
const TOGETHER: usize = 4;
/// Bytes that the sequences themselves cost.
const COST: usize = 24;
/// Bytes that it costs to write elsewhere than behind the last cell, with the style that is there.
const JUMP: usize = 10;

/// A cell to write.
pub type Change = (u16, u16, Cell);

/// Lines between two margins that move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scroll {
    /// The first line, from 0.
    top: usize,
    /// The last line.
    bottom: usize,
    /// So many lines up, negative is down.
    up: isize,
}

impl Scroll {
    /// What makes a terminal do it, with plain attributes so that the free lines are plain.
    pub fn bytes(self) -> Vec<u8> {
        let count = self.up.unsigned_abs();
        let (line, step) = match self.up > 0 {
            true => (self.bottom, "\n"),
            false => (self.top, "\x1bM"),
        };
        let (top, bottom) = (self.top + 1, self.bottom + 1);
        let line = line + 1;
        let steps = step.repeat(count);
        format!("\x1b[0m\x1b[{top};{bottom}r\x1b[{line};1H{steps}\x1b[r").into_bytes()
    }

    /// Does the same to lines of cells.
    fn apply(self, rows: &mut [Vec<Cell>]) {
        let lines = &mut rows[self.top..=self.bottom];
        let count = self.up.unsigned_abs().min(lines.len());
        let free = match self.up > 0 {
            true => {
                lines.rotate_left(count);
                let kept = lines.len() - count;
                &mut lines[kept..]
            }
            false => {
                lines.rotate_right(count);
                &mut lines[..count]
            }
        };
        free.iter_mut().for_each(Vec::clear);
    }
}

/// What a terminal shows, as far as it was written; what was not is blank.
#[derive(Debug, Default)]
pub struct Shown {
    rows: Vec<Vec<Cell>>,
    /// What it showed one picture earlier; kept for its memory.
    before: Vec<Vec<Cell>>,
}

impl Shown {
    /// Everything is blank.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    /// Takes changes in. Where lines have moved: how, and the cells that are to be written after that.
    pub fn take<'a>(
        &mut self,
        changes: impl Iterator<Item = (u16, u16, &'a Cell)>,
    ) -> Option<(Scroll, Vec<Change>)> {
        let (mut changed, mut cost) = (Vec::new(), Cost::default());
        for change in changes {
            cost.add(change.0, change.1);
            changed.push(change);
        }
        let dear = cost.bytes >= CHEAP;
        if dear {
            self.before.clone_from(&self.rows);
        }
        for (x, y, cell) in changed {
            put(&mut self.rows, usize::from(x), usize::from(y), cell);
        }
        if !dear {
            return None;
        }
        let scroll = moved(&self.before, &self.rows)?;
        scroll.apply(&mut self.before);
        let rest = difference(&self.before, &self.rows);
        let mut after = Cost::default();
        rest.iter().for_each(|(x, y, _)| after.add(*x, *y));
        (after.bytes + COST < cost.bytes).then_some((scroll, rest))
    }
}

/// About how many bytes it takes to write some cells in their order.
#[derive(Debug, Default)]
struct Cost {
    bytes: usize,
    next: Option<(u16, u16)>,
}

impl Cost {
    fn add(&mut self, x: u16, y: u16) {
        self.bytes += match self.next == Some((x, y)) {
            true => 1,
            false => JUMP,
        };
        self.next = Some((x.saturating_add(1), y));
    }
}

/// Stands for the right half of a wide character: it is written with the left one.
fn half() -> Cell {
    let mut cell = Cell::default();
    cell.set_symbol("");
    cell
}

fn put(rows: &mut Vec<Vec<Cell>>, x: usize, y: usize, cell: &Cell) {
    let width = cell.symbol().width().max(1);
    if rows.len() <= y {
        rows.resize_with(y + 1, Vec::new);
    }
    let row = &mut rows[y];
    if row.len() < x + width {
        row.resize(x + width, Cell::default());
    }
    row[x] = cell.clone();
    row[x + 1..x + width].fill_with(half);
}

/// How most of the lines that changed have moved, if enough of them did.
fn moved(before: &[Vec<Cell>], after: &[Vec<Cell>]) -> Option<Scroll> {
    let height = before.len().min(after.len());
    let far = FAR.min(height.saturating_sub(1));
    let changed: Vec<usize> = (0..height)
        .filter(|y| !same(&before[*y], &after[*y]))
        .collect();
    let mut best: Option<(usize, Scroll)> = None;
    for distance in 1..=far {
        for down in [false, true] {
            let source = |y: usize| match down {
                false => Some(y + distance).filter(|y| *y < height),
                true => y.checked_sub(distance),
            };
            let mut count = 0;
            let (mut top, mut bottom) = (usize::MAX, 0);
            for &y in &changed {
                let Some(from) = source(y).filter(|from| same(&before[*from], &after[y])) else {
                    continue;
                };
                count += 1;
                top = top.min(y).min(from);
                bottom = bottom.max(y).max(from);
            }
            let up = isize::try_from(distance).unwrap_or(1);
            let scroll = Scroll {
                top,
                bottom,
                up: if down { -up } else { up },
            };
            let better = best.is_none_or(|(most, _)| Reverse(most) > Reverse(count));
            if count >= TOGETHER && better {
                best = Some((count, scroll));
            }
        }
    }
    best.map(|(_, scroll)| scroll)
}

/// Two lines look alike; cells that were never written are blank.
fn same(a: &[Cell], b: &[Cell]) -> bool {
    let common = a.len().min(b.len());
    let blank = Cell::default();
    a[..common] == b[..common]
        && a[common..].iter().all(|cell| *cell == blank)
        && b[common..].iter().all(|cell| *cell == blank)
}

/// The cells that make one picture of the other.
fn difference(from: &[Vec<Cell>], to: &[Vec<Cell>]) -> Vec<Change> {
    let blank = Cell::default();
    let mut changes = Vec::new();
    for (y, row) in to.iter().enumerate() {
        let old = from.get(y).map(Vec::as_slice).unwrap_or_default();
        for x in 0..row.len().max(old.len()) {
            let cell = row.get(x).unwrap_or(&blank);
            if old.get(x).unwrap_or(&blank) != cell
                && !cell.symbol().is_empty()
                && let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y))
            {
                changes.push((x, y, cell.clone()));
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::super::pen;
    use super::*;

    const AREA: Rect = Rect::new(0, 0, 60, 20);

    /// A list from `first` on between two lines that stay, with a word of two cells in each line.
    fn picture(first: usize, cursor: u16) -> Buffer {
        let mut buffer = Buffer::empty(AREA);
        buffer.set_string(0, 0, "header", Style::new());
        for y in 1..19 {
            let line = first + usize::from(y);
            let letter = char::from(b'a' + u8::try_from(line % 26).unwrap());
            let text = format!("line {line} 日本 {}", letter.to_string().repeat(30));
            buffer.set_string(0, y, text, Style::new().bold());
        }
        buffer.set_style(Rect::new(0, cursor, 60, 1), Style::new().reversed());
        buffer.set_string(0, 19, "footer", Style::new());
        buffer
    }

    /// Shows the pictures one after the other in a terminal, with and without moving lines; the bytes of the last one.
    fn show(pictures: &[Buffer]) -> (usize, bool) {
        let mut shown = Shown::default();
        let mut terminal = vt100::Parser::new(
            std::num::NonZero::new(20).unwrap(),
            std::num::NonZero::new(60).unwrap(),
            0,
        );
        let mut last = Buffer::empty(AREA);
        let mut outcome = (0, false);
        for picture in pictures {
            let changes = last.diff(picture);
            let found = shown.take(changes.iter().map(|(x, y, cell)| (*x, *y, *cell)));
            let mut bytes = Vec::new();
            match &found {
                Some((scroll, rest)) => {
                    bytes.extend(scroll.bytes());
                    let rest = rest.iter().map(|(x, y, cell)| (*x, *y, cell));
                    pen::write(&mut bytes, rest);
                }
                None => pen::write(&mut bytes, changes.into_iter()),
            }
            terminal.process(&bytes);
            for y in 0..20 {
                let row: String = (0..60)
                    .filter_map(|x| terminal.screen().cell(y, x))
                    .map(|cell| {
                        if cell.has_contents() {
                            cell.contents()
                        } else {
                            " "
                        }
                    })
                    .collect();
                let wanted: String = (0..60).map(|x| picture[(x, y)].symbol()).collect();
                let plain = |text: &str| text.replace(' ', "");
                assert_eq!(plain(&row), plain(&wanted), "line {y}");
                let inverse = terminal.screen().cell(y, 0).unwrap().inverse();
                let reversed = picture[(0, y)].style().add_modifier;
                let reversed = reversed.contains(ratatui::style::Modifier::REVERSED);
                assert_eq!(inverse, reversed, "line {y}");
            }
            outcome = (bytes.len(), found.is_some());
            last = picture.clone();
        }
        outcome
    }

    #[test]
    fn a_list_that_scrolls_is_moved_and_only_the_new_line_is_written() {
        let (whole, _) = show(&[picture(0, 5)]);
        for (from, to) in [
            ((0, 17), (1, 17)),
            ((9, 2), (8, 2)),
            ((0, 9), (7, 9)),
            ((30, 3), (22, 3)),
        ] {
            let (bytes, moved) = show(&[picture(from.0, from.1), picture(to.0, to.1)]);
            assert!(moved, "{from:?} {to:?}");
            assert!(bytes < whole * 2 / 3, "{bytes} of {whole}");
        }
        // And on and on, up and down, without a cell that is wrong.
        let firsts = [0, 1, 2, 3, 2, 9, 8, 40, 41, 29, 28, 27, 39];
        let pictures: Vec<Buffer> = firsts.map(|first| picture(first, 10)).to_vec();
        show(&pictures);
    }

    #[test]
    fn other_pictures_are_written_as_they_are() {
        let (_, moved) = show(&[picture(0, 5), picture(500, 5)]);
        assert!(!moved);
        let (_, moved) = show(&[picture(0, 5), picture(0, 6)]);
        assert!(!moved, "two lines changed");
    }
}

//! A cursor in a list that changes under it: it stands on a name, and remembers where that was.
//! Apart from any list, so that no screen invents a second way to lose the selection.

use serde::{Deserialize, Serialize};

/// Where the cursor is in a list of `I`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cursor<I> {
    /// What it stands on; `None` follows the first line.
    on: Option<I>,
    /// First visible line, as drawn last.
    pub top: usize,
}

impl<I> Default for Cursor<I> {
    fn default() -> Self {
        Self { on: None, top: 0 }
    }
}

/// A movement in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// So many lines down, negative is up.
    By(isize),
    /// To the first line.
    First,
    /// To the last line.
    Last,
}

impl Move {
    /// Where it leads from a line of so many, of which there is at least one.
    pub fn from(self, index: usize, len: usize) -> usize {
        let last = len.saturating_sub(1);
        match self {
            Self::By(lines) => index.saturating_add_signed(lines).min(last),
            Self::First => 0,
            Self::Last => last,
        }
    }
}

impl<I: Clone + PartialEq> Cursor<I> {
    /// What it stands on, if it was ever put somewhere.
    pub fn on(&self) -> Option<&I> {
        self.on.as_ref()
    }

    /// Puts it on an item.
    pub fn put(&mut self, item: I) {
        self.on = Some(item);
    }

    /// Lets it follow the first line again.
    pub fn release(&mut self) {
        self.on = None;
        self.top = 0;
    }

    /// Its line in `items`: of its item, else the first.
    pub fn index(&self, items: &[I]) -> Option<usize> {
        if items.is_empty() {
            return None;
        }
        let found = self
            .on
            .as_ref()
            .and_then(|on| items.iter().position(|item| item == on));
        Some(found.unwrap_or(0))
    }

    /// Moves it; stays where it is in an empty list.
    pub fn go(&mut self, items: &[I], how: Move) {
        let Some(index) = self.index(items) else {
            return;
        };
        self.on = Some(items[how.from(index, items.len())].clone());
    }
}

/// The first visible line that keeps `index` in a window of `height` lines, nearest to `top`; two lines of context stay visible where there is room.
pub fn window(top: usize, index: usize, height: usize, len: usize) -> usize {
    if height == 0 {
        return index;
    }
    let margin = if height > 8 { 2 } else { 0 };
    let lowest = (index + margin + 1).min(len).saturating_sub(height);
    let highest = index.saturating_sub(margin);
    top.clamp(lowest.min(highest), highest)
        .min(len.saturating_sub(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_on_its_item_when_others_come_and_go() {
        let mut cursor = Cursor::default();
        cursor.go(&["a", "b", "c"], Move::By(1));
        assert_eq!(cursor.on(), Some(&"b"));
        assert_eq!(cursor.index(&["x", "y", "a", "b"]), Some(3));
        assert_eq!(cursor.index(&["x"]), Some(0));
        cursor.go(&["x", "b"], Move::By(9));
        assert_eq!(cursor.on(), Some(&"b"));
        cursor.go(&["x", "b"], Move::First);
        assert_eq!(cursor.on(), Some(&"x"));
    }

    #[test]
    fn the_window_follows_the_cursor_and_never_shows_emptiness_below() {
        assert_eq!(window(0, 0, 10, 100), 0);
        assert_eq!(window(0, 9, 10, 100), 2);
        assert_eq!(window(50, 99, 10, 100), 90);
        assert_eq!(window(95, 5, 10, 8), 0);
        assert_eq!(window(3, 4, 2, 10), 3);
        assert_eq!(window(7, 2, 0, 10), 2);
    }
}

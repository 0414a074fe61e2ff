//! The preview beside or under a list: how far it is scrolled, without leaving the list.
//! Apart from the list, whose cursor decides what is in it: of another object it begins anew.

use serde::{Deserialize, Serialize};

use crate::model::key::Uid;

/// Lines a key scrolls it by.
pub(super) const STEP: isize = 3;

/// Where the preview was drawn last, and how much of it there was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Left column, row, columns and rows, with the frame.
    pub area: (u16, u16, u16, u16),
    /// Lines that fit.
    pub height: usize,
    /// Lines there are.
    pub lines: usize,
    /// The first one shown; where the head stood still above lines that were passed over, how many those were.
    pub top: usize,
}

/// How far the preview is scrolled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// The object that was scrolled, and the first line shown of it.
    at: Option<(Uid, usize)>,
    /// As drawn last; `None`: there is none.
    pub seen: Option<Seen>,
}

impl Beside {
    /// The first line shown of this object; `None`: nobody has scrolled it.
    pub fn top(&self, uid: &Uid) -> Option<usize> {
        let at = self.at.as_ref().filter(|(of, _)| of == uid);
        at.map(|(_, top)| *top)
    }

    /// There is more of it than fits.
    pub fn is_cut(&self) -> bool {
        self.seen.is_some_and(|seen| seen.lines > seen.height)
    }

    /// Scrolls it by so many lines, negative is up.
    pub(super) fn scroll(&mut self, uid: Uid, by: isize) {
        let Some(seen) = self.seen else {
            return;
        };
        let last = seen.lines.saturating_sub(seen.height);
        let from = self.top(&uid).unwrap_or(seen.top);
        self.at = Some((uid, from.saturating_add_signed(by).min(last)));
    }

    /// Whether this cell belongs to it.
    pub(super) fn holds(&self, (column, row): (u16, u16)) -> bool {
        self.seen.is_some_and(|seen| {
            let (x, y, width, height) = seen.area;
            (x..x.saturating_add(width)).contains(&column)
                && (y..y.saturating_add(height)).contains(&row)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_at_its_ends_and_begins_anew_for_another_object() {
        let mut beside = Beside::default();
        let (a, b) = (Uid::new("a"), Uid::new("b"));
        beside.scroll(a.clone(), 3);
        assert_eq!(beside.top(&a), None, "nothing was drawn yet");
        beside.seen = Some(Seen {
            area: (50, 1, 30, 12),
            height: 10,
            lines: 15,
            top: 2,
        });
        beside.scroll(a.clone(), 1);
        assert_eq!(beside.top(&a), Some(3), "on from what was in view");
        beside.scroll(a.clone(), 9);
        assert_eq!(beside.top(&a), Some(5));
        beside.scroll(a.clone(), -9);
        assert_eq!(beside.top(&a), Some(0));
        assert_eq!(beside.top(&b), None);
        assert!(beside.holds((79, 12)) && !beside.holds((80, 12)) && !beside.holds((49, 5)));
    }
}

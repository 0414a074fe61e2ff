//! Which of the layouts fits a terminal of a given size.
//! Apart from drawing, because what is not shown is not read from the cluster either.

/// The layouts, by size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Under 60×15: one line that still says how many runs fail, and what fits of the list.
    Tiny,
    /// Up to 99 columns: one pane, with a strip about the cursor's run where there are 20 rows.
    Narrow,
    /// 100 to 139 columns: the preview lies under the list.
    Middle,
    /// From 140 columns: the preview stands beside the list.
    Wide,
}

impl Layout {
    /// The layout of so many columns and rows.
    pub fn of((columns, rows): (u16, u16)) -> Self {
        match (columns, rows) {
            (..60, _) | (_, ..15) => Self::Tiny,
            (..100, _) => Self::Narrow,
            (..140, _) => Self::Middle,
            _ => Self::Wide,
        }
    }

    /// The Run page shows tree and tab beside each other.
    pub fn has_two_panes(self) -> bool {
        matches!(self, Self::Middle | Self::Wide)
    }
}

/// The size of a pane after a person leaned on its border so many times, each a twentieth of the whole: it never leaves
/// less than these to itself and to the other pane.
pub fn lean(size: u16, whole: u16, times: i8, (least, others): (u16, u16)) -> u16 {
    let step = i32::from(whole) / 20;
    let wanted = i32::from(size) + step * i32::from(times);
    let most = i32::from(whole) - i32::from(others);
    let size = wanted.min(most).max(i32::from(least)).min(i32::from(whole));
    u16::try_from(size).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_border_stops_before_a_pane_is_too_small() {
        for (size, whole, times, leaned) in [
            (60, 100, 0, 60),
            (60, 100, 2, 70),
            (60, 100, -4, 40),
            (60, 100, 100, 80),
            (60, 100, -100, 30),
            (10, 20, 1, 20),
            (0, 0, 3, 0),
        ] {
            assert_eq!(lean(size, whole, times, (30, 20)), leaned, "{times}");
        }
    }

    #[test]
    fn sizes_fall_into_their_layout() {
        for (size, layout) in [
            ((59, 40), Layout::Tiny),
            ((200, 14), Layout::Tiny),
            ((60, 15), Layout::Narrow),
            ((80, 24), Layout::Narrow),
            ((99, 50), Layout::Narrow),
            ((100, 30), Layout::Middle),
            ((139, 45), Layout::Middle),
            ((140, 45), Layout::Wide),
            ((0, 0), Layout::Tiny),
            ((u16::MAX, u16::MAX), Layout::Wide),
        ] {
            assert_eq!(Layout::of(size), layout, "{size:?}");
        }
    }
}

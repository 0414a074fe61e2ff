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

#[cfg(test)]
mod tests {
    use super::*;

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

//! The scrollbar of a log, on the right border of its pane: where one is, and where errors and matches are.
//! Apart from the lines, which it maps.

use ratatui::layout::Rect;

use crate::app::log::LogView;
use crate::ui::paint::Painter;
use crate::ui::theme::Role;

/// Draws it where not all lines fit. `top` is the first visible line, of `count`.
pub(super) fn draw(
    p: &mut Painter<'_>,
    log: &LogView,
    (top, count): (usize, usize),
    body: Rect,
    focused: bool,
) {
    let (len, cells) = (log.len(), usize::from(body.height));
    if count >= len || cells == 0 {
        return;
    }
    let x = body.right();
    let from = top * cells / len;
    let to = ((top + count) * cells).div_ceil(len).max(from + 1);
    let thumb = if focused { Role::Focus } else { Role::Dim };
    let [full, error, hit] = p.theme.glyphs.scroll;
    for ((at, cell), y) in log.map(cells).into_iter().enumerate().zip(body.y..) {
        if (from..to).contains(&at) {
            p.put(x, y, 1, full, thumb);
        }
        if cell.error {
            p.put(x, y, 1, error, Role::Bad);
        } else if cell.hit {
            p.put(x, y, 1, hit, Role::Wait);
        }
    }
}

//! Pictures as sixels: bands of six rows, in each the pixels of one colour after those of another.
//! Apart from the palette, because this is only how it is written.
//!
//! Source: DEC, VT330/VT340 Programmer Reference Manual, volume 2, chapter 14.

use super::palette;
use crate::model::picture::Picture;

/// Rows of a band.
const BAND: usize = 6;
/// Equal columns from which on it is shorter to count them.
const COUNTED: usize = 4;

/// The picture at the cursor. `P2=1`: pixels that are not written stay as they are.
pub(super) fn written(picture: &Picture) -> Vec<u8> {
    let palette = palette::of(picture);
    let width = picture.width as usize;
    let mut out = format!("\x1bP0;1;0q\"1;1;{};{}", picture.width, picture.height).into_bytes();
    for (number, colour) in palette.colours.iter().enumerate() {
        // Parts in hundredths.
        let [red, green, blue] = colour.map(|part| (u32::from(part) * 100 + 127) / 255);
        out.extend(format!("#{number};2;{red};{green};{blue}").into_bytes());
    }
    let mut masks = vec![0_u8; width * palette::MOST];
    for band in palette.pixels.chunks(width * BAND) {
        let mut used: Vec<u8> = Vec::new();
        let mut is_used = [false; palette::MOST];
        masks.fill(0);
        for (y, row) in band.chunks(width).enumerate() {
            for (x, colour) in row.iter().enumerate() {
                masks[usize::from(*colour) * width + x] |= 1 << y;
                if !std::mem::replace(&mut is_used[usize::from(*colour)], true) {
                    used.push(*colour);
                }
            }
        }
        for (n, colour) in used.iter().enumerate() {
            if n > 0 {
                out.push(b'$');
            }
            out.extend(format!("#{colour}").into_bytes());
            let at = usize::from(*colour) * width;
            line(&mut out, &masks[at..at + width]);
        }
        out.push(b'-');
    }
    out.extend(b"\x1b\\");
    out
}

/// The columns of one colour in a band; what is empty at its end is left out.
fn line(out: &mut Vec<u8>, masks: &[u8]) {
    let end = masks.iter().rposition(|mask| *mask != 0);
    for same in masks[..end.map_or(0, |end| end + 1)].chunk_by(|a, b| a == b) {
        let letter = b'?' + same[0];
        match same.len() {
            count if count < COUNTED => out.extend(std::iter::repeat_n(letter, count)),
            count => {
                out.extend(format!("!{count}").into_bytes());
                out.push(letter);
            }
        }
    }
}

//! Pictures as kitty takes them: a file in pieces under a number, shown in so many cells, and taken away by its number.
//! Apart from the others, which cover cells and know no numbers.
//!
//! Source: <https://sw.kovidgoyal.net/kitty/graphics-protocol/>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The number of the one picture that is shown: "Ti" as a number, so that it is nobody else's.
const NUMBER: u32 = 0x5469;
/// Letters of a piece, at most (a multiple of four, as the protocol wants).
const PIECE: usize = 4096;

/// Sends a file and shows it at the cursor, which stays (`C=1`); nothing is answered (`q=2`).
pub(super) fn shown(png: &[u8], (columns, rows): (u16, u16)) -> Vec<u8> {
    let text = STANDARD.encode(png);
    let mut out = Vec::with_capacity(text.len() + 256);
    let mut pieces = text.as_bytes().chunks(PIECE).peekable();
    let mut first = true;
    while let Some(piece) = pieces.next() {
        let more = u8::from(pieces.peek().is_some());
        let head = match first {
            true => {
                format!("\x1b_Ga=T,f=100,i={NUMBER},p=1,c={columns},r={rows},C=1,q=2,m={more};")
            }
            false => format!("\x1b_Gq=2,m={more};"),
        };
        out.extend(head.into_bytes());
        out.extend(piece);
        out.extend(b"\x1b\\");
        first = false;
    }
    out
}

/// Takes it away, with what the terminal kept of it.
pub(super) fn gone() -> Vec<u8> {
    format!("\x1b_Ga=d,d=I,i={NUMBER},q=2\x1b\\").into_bytes()
}

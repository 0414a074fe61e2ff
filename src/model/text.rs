//! Text from outside made safe: nothing a cluster says can move a cursor, ring a bell or turn a line around.
//! Apart, because every decoder and every printer needs the same answer.

use std::borrow::Cow;

/// Longest text kept of a message; attackers choose its size, screens do not show more.
pub const MESSAGE_CAP: usize = 4096;

/// Whether a character may reach a terminal as it is.
///
/// Refused: C0 and C1 controls, DEL, line and paragraph separators, the bidirectional controls
/// (Unicode UAX #9: U+061C, U+200E, U+200F, U+202A–202E, U+2066–2069), zero-width space, joiners' abuse
/// (U+200B, U+2060–2064, U+FEFF), interlinear annotation and the tag block used for hidden text.
pub fn is_safe(c: char) -> bool {
    !(c.is_control()
        || matches!(
            c,
            '\u{061c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        ))
}

/// One line of safe text: controls become visible (`␛`, `␀`), line ends and tabs become a space,
/// invisible and direction-changing characters become `�`.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_safe) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(visible).collect())
}

/// [`clean`], and cut to [`MESSAGE_CAP`] bytes with an ellipsis.
pub fn clean_message(text: &str) -> Cow<'_, str> {
    if text.len() <= MESSAGE_CAP {
        return clean(text);
    }
    let mut end = MESSAGE_CAP;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Cow::Owned(format!("{}…", clean(&text[..end])))
}

fn visible(c: char) -> char {
    match c {
        c if is_safe(c) => c,
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        '\u{7f}' => '␡',
        // The Unicode block "Control Pictures" has a picture for each of the C0 controls.
        c if (c as u32) < 0x20 => char::from_u32(0x2400 + c as u32).unwrap_or('�'),
        _ => '�',
    }
}

/// `1 image`, `3 images`, `2 lines of the template`.
pub fn counted(count: usize, noun: &str) -> String {
    let (first, rest) = noun
        .split_once(" of ")
        .map_or((noun, ""), |(a, _)| (a, &noun[a.len()..]));
    match count {
        1 => format!("1 {noun}"),
        many => format!("{many} {first}s{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_become_visible_text() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}"), "a␛[31mred␇");
        assert_eq!(clean("two\r\nlines\tand a tab"), "two  lines and a tab");
        assert_eq!(clean("\u{202e}evil\u{2066}"), "�evil�");
        assert_eq!(clean("\u{9b}2J"), "�2J");
        assert!(matches!(clean("plain – ünïcode ✔"), Cow::Borrowed(_)));
    }

    #[test]
    fn long_messages_are_cut_at_a_character() {
        let long = "ä".repeat(MESSAGE_CAP);
        let cut = clean_message(&long);
        assert!(cut.len() <= MESSAGE_CAP + '…'.len_utf8());
        assert!(cut.ends_with('…'));
    }
}

//! Bytes of a terminal into keys, pastes, wheel and clicks.
//! Apart from reading them, so that any bytes in any pieces can be tried; and our own, because crossterm's reader
//! spins on a dead terminal and takes an escape sequence that arrives in two pieces for the escape key.

mod sequence;

use std::time::Duration;

use self::sequence::{ESC, Piece, key, piece, with};
use crate::app::key::KeyCode;
use crate::app::msg::Msg;
use crate::model::text::is_safe;

/// How long the rest of an escape sequence may take; what the escape key costs.
const ESCAPE_WAIT: Duration = Duration::from_millis(40);
/// How long the rest of an answer of the terminal may take: it comes over the same slow line as a frame goes.
const ANSWER_WAIT: Duration = Duration::from_secs(1);
/// How long the rest of a paste may take.
const PASTE_WAIT: Duration = Duration::from_secs(2);
/// Longest paste kept, in bytes: prompts take words, not files.
const PASTE_CAP: usize = 64 << 10;
const PASTE_END: &[u8] = b"\x1b[201~";

/// The decoder: holds the start of what is not complete yet.
#[derive(Debug, Default)]
pub struct Decoder {
    held: Vec<u8>,
    paste: Option<Vec<u8>>,
}

impl Decoder {
    /// Takes bytes in as they come, and gives what they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Msg> {
        self.held.extend_from_slice(bytes);
        let mut out = Vec::new();
        let mut done = 0;
        loop {
            if self.paste.is_some() {
                match self.paste_piece(done) {
                    Some((used, msg)) => {
                        done += used;
                        out.push(msg);
                    }
                    None => return out,
                }
            }
            match piece(&self.held[done..]) {
                Piece::Whole(used, msg) => {
                    done += used;
                    out.extend(msg);
                }
                Piece::PasteStart(used) => {
                    done += used;
                    self.paste = Some(Vec::new());
                }
                Piece::Part => break,
            }
        }
        self.held.drain(..done);
        out
    }

    /// How long to wait for more before [`Decoder::silence`] decides; `None` where nothing is open.
    pub fn patience(&self) -> Option<Duration> {
        match (&self.paste, self.held.as_slice()) {
            (Some(_), _) => Some(PASTE_WAIT),
            (None, []) => None,
            (None, [ESC, b']' | b'P', _, ..]) => Some(ANSWER_WAIT),
            (None, _) => Some(ESCAPE_WAIT),
        }
    }

    /// Nothing followed: the escape byte was the escape key, `ESC [` was alt-[, half a character is nothing, and a
    /// paste without an end has ended: a terminal that forgets the mark must not swallow every key after it.
    pub fn silence(&mut self) -> Vec<Msg> {
        let held = std::mem::take(&mut self.held);
        if let Some(mut paste) = self.paste.take() {
            paste.extend(held);
            return vec![Msg::Paste(clean_paste(&paste))];
        }
        let msg = match held.as_slice() {
            [ESC] => Some(key(KeyCode::Esc)),
            [ESC, c @ (b'[' | b'O' | b']' | b'P')] => {
                Some(with(KeyCode::Char(*c as char), false, true))
            }
            _ => None,
        };
        msg.into_iter().collect()
    }

    /// Moves bytes from `held[done..]` to the paste; the message and how many bytes were used once its end is there.
    fn paste_piece(&mut self, done: usize) -> Option<(usize, Msg)> {
        let paste = self.paste.as_mut()?;
        let rest = &self.held[done..];
        let end = rest
            .windows(PASTE_END.len())
            .position(|window| window == PASTE_END);
        // The end mark itself may be cut, so its length stays behind.
        let text = match end {
            Some(end) => end,
            None => rest.len().saturating_sub(PASTE_END.len() - 1),
        };
        let room = PASTE_CAP.saturating_sub(paste.len());
        paste.extend_from_slice(&rest[..text.min(room)]);
        if end.is_none() {
            self.held.drain(..done + text);
            return None;
        }
        let text = clean_paste(&self.paste.take()?);
        Some((end? + PASTE_END.len(), Msg::Paste(text)))
    }
}

/// One line of safe text: line ends and tabs become spaces, everything else that is not safe is left out.
fn clean_paste(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_end_matches(['\r', '\n']).replace("\r\n", " ");
    text.chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\t' => Some(' '),
            c => is_safe(c).then_some(c),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use proptest::prelude::*;

    use super::sequence::SEQUENCE_CAP;
    use super::*;
    use crate::app::config::Background;
    use crate::app::graphics::{Answer, Protocol};
    use crate::app::key::KeyPress;
    use crate::app::keymap::{self, Keymap, terminal};

    fn keys(bytes: &str) -> Vec<Msg> {
        let mut decoder = Decoder::default();
        let mut out = decoder.feed(bytes.as_bytes());
        out.extend(decoder.silence());
        out
    }

    fn check(bytes: &str, names: &str) {
        let expected: Vec<Msg> = KeyPress::parse_all(names)
            .unwrap()
            .into_iter()
            .map(Msg::Key)
            .collect();
        assert_eq!(keys(bytes), expected, "{bytes:?}");
    }

    /// The bytes are what xterm, the Linux console, rxvt and kitty send (their own documentation).
    #[test]
    fn keys_are_read_as_terminals_send_them() {
        check("jG/é✔", "j G / é ✔");
        check("\r\t\u{7f} ", "enter tab backspace space");
        check(
            "\u{3}\u{4}\u{1a}\u{0}\u{1d}",
            "ctrl-c ctrl-d ctrl-z ctrl-space ctrl-]",
        );
        check("\u{1b}", "esc");
        check("\u{1b}\u{1b}", "esc esc");
        check("\u{1b}x\u{1b}é", "alt-x alt-é");
        check(
            "\u{1b}[A\u{1b}OB\u{1b}[1;2C\u{1b}[1;5D",
            "up down shift-right ctrl-left",
        );
        check(
            "\u{1b}[H\u{1b}[4~\u{1b}[5~\u{1b}[6~\u{1b}[3~",
            "home end pageup pagedown del",
        );
        check(
            "\u{1b}OP\u{1b}[15~\u{1b}[24~\u{1b}[[A\u{1b}[1;5S",
            "f1 f5 f12 f1 ctrl-f4",
        );
        check("\u{1b}[Z\u{1b}[9;2u", "backtab backtab");
        check(
            "\u{1b}[97;5u\u{1b}[27;6;100~\u{1b}[103;2u",
            "ctrl-a ctrl-d G",
        );
        check("\u{1b}[", "alt-[");
    }

    #[test]
    fn what_is_not_for_us_is_left_out_and_what_follows_is_not() {
        check("\u{1b}[97;1:3uj", "j");
        check("\u{1b}[12;40Rj", "j");
        check("\u{1b}]4;1;rgb:ffff/0000/0000\u{7}j", "j");
        check("\u{1b}]11;rgb:nonsense\u{1b}\\j", "j");
        check("\u{1b}]11;rgb:\u{3}j", "ctrl-c j");
        check("\u{1b}]", "alt-]");
        check("\u{1b}P\u{1b}Pq", "alt-P alt-P q");
    }

    fn over(sixel: bool) -> Msg {
        Msg::Terminal(Answer::Over { sixel })
    }

    #[test]
    fn what_the_terminal_answers_is_never_keys() {
        let dark = Msg::Background(Background::Dark);
        let light = Msg::Background(Background::Light);
        for (bytes, msg) in [
            ("\u{1b}]11;rgb:1e1e/1e1e/1e1e\u{7}", &dark),
            ("\u{1b}]11;rgb:ffff/ffff/ffff\u{1b}\\", &light),
            ("\u{1b}]11;rgb:fd/f6/e3\u{1b}\\", &light),
            ("\u{1b}]11;rgb:0/0/0\u{7}", &dark),
            ("\u{1b}]11;rgba:ffff/ffff/ffff/8000\u{7}", &light),
            ("\u{1b}[?997;1n", &dark),
            ("\u{1b}[?997;2n", &light),
            ("\u{1b}[?62;22c", &over(false)),
            ("\u{1b}[?62;4;22c", &over(true)),
            ("\u{1b}[?64;14;40c", &over(false)),
            ("\u{1b}[6;18;9t", &Msg::Terminal(Answer::Cell(9, 18))),
            (
                "\u{1b}P>|kitty(0.35.2)\u{1b}\\",
                &Msg::Terminal(Answer::Name(Protocol::Kitty)),
            ),
            ("\u{1b}[I", &Msg::Focus(true)),
            ("\u{1b}[O", &Msg::Focus(false)),
        ] {
            assert_eq!(keys(bytes), std::slice::from_ref(msg), "{bytes:?}");
        }
        for bytes in [
            "\u{1b}P>|XTerm(388)\u{1b}\\",
            "\u{1b}[6;0;0t",
            "\u{1b}[4;600;800t",
            "\u{1b}P>|\u{9b}31m\u{1b}\\",
        ] {
            assert_eq!(keys(bytes), [], "{bytes:?}");
        }
        let mut late = Decoder::default();
        assert_eq!(late.feed(b"\x1b]11;rgb:ff"), []);
        assert_eq!(late.patience(), Some(ANSWER_WAIT));
        assert_eq!(late.feed(b"ff/ffff/ffff\x1b"), []);
        assert_eq!(late.feed(b"\\j"), [light, key(KeyCode::Char('j'))]);
        assert_eq!(late.feed(b"\x1b]11;rg"), []);
        assert_eq!(late.silence(), [], "half an answer is nothing");
    }

    #[test]
    fn the_wheel_and_the_first_button_are_heard() {
        assert_eq!(
            keys(
                "\u{1b}[<64;10;5M\u{1b}[<65;10;5M\u{1b}[<0;10;5M\u{1b}[<32;11;5M\u{1b}[<0;10;5m\u{1b}[<35;1;1M"
            ),
            [
                Msg::Wheel(-3, 9, 4),
                Msg::Wheel(3, 9, 4),
                Msg::Click(9, 4),
                Msg::Drag(10, 4)
            ]
        );
        assert_eq!(keys("\u{1b}[M *%"), [Msg::Click(9, 4)]);
        assert_eq!(keys("\u{1b}[<0;0;0M"), []);
    }

    #[test]
    fn a_paste_is_one_line_of_safe_text_and_never_keys() {
        assert_eq!(
            keys("a\u{1b}[200~rm -rf\r\n/\u{1b}[31m\u{7}\u{202e}x\n\u{1b}[201~b"),
            [
                key(KeyCode::Char('a')),
                Msg::Paste("rm -rf /[31mx".into()),
                key(KeyCode::Char('b'))
            ]
        );
        let mut lost = Decoder::default();
        assert_eq!(lost.feed(b"\x1b[200~half"), []);
        assert_eq!(lost.patience(), Some(PASTE_WAIT));
        assert_eq!(lost.silence(), [Msg::Paste("half".into())]);
        assert_eq!(lost.feed(b"j"), [key(KeyCode::Char('j'))]);
        let long = format!("\u{1b}[200~{}\u{1b}[201~q", "y".repeat(PASTE_CAP * 3));
        let out = keys(&long);
        assert_eq!(out.len(), 2);
        assert!(matches!(&out[0], Msg::Paste(text) if text.len() == PASTE_CAP));
    }

    /// Every key that a terminal without the kitty protocol has a sequence for.
    fn sendable() -> Vec<KeyPress> {
        let mut sequences: Vec<Vec<u8>> = Vec::new();
        for byte in 0..=0x7f {
            sequences.extend([vec![byte], vec![ESC, byte]]);
        }
        for modifier in 1..=8 {
            for last in "ABCDFHPQRS".chars() {
                sequences.push(format!("\u{1b}[1;{modifier}{last}").into_bytes());
            }
            for number in 2..=34 {
                sequences.push(format!("\u{1b}[{number};{modifier}~").into_bytes());
            }
        }
        sequences.push(b"\x1b[Z".to_vec());
        let keys = sequences.iter().flat_map(|bytes| {
            let mut decoder = Decoder::default();
            let mut msgs = decoder.feed(bytes);
            msgs.extend(decoder.silence());
            msgs
        });
        keys.filter_map(|msg| match msg {
            Msg::Key(key) => Some(key),
            _ => None,
        })
        .collect()
    }

    #[test]
    fn the_keys_that_keymaps_may_name_are_those_that_are_read() {
        let sendable = sendable();
        for key in &sendable {
            assert_eq!(terminal::reaches(*key), Some(*key), "{key}");
        }
        for (name, _) in keymap::BUILT_IN {
            for binding in Keymap::preset(name).unwrap().0.bindings() {
                for key in &binding.keys {
                    assert!(sendable.contains(key), "{key} of {name}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn pieces_mean_the_same_as_the_whole(
            parts in prop::collection::vec(prop::sample::select(vec![
                "j", "é", "✔", "\u{1b}[A", "\u{1b}OP", "\u{1b}[<0;3;4M", "\u{1b}[1;5D", "\u{1b}x",
                "\u{1b}[200~some\ntext\u{1b}[201~", "\r", "\u{1b}[M *%", "\u{1b}[[B",
                "\u{1b}]11;rgb:ffff/ffff/ffff\u{1b}\\", "\u{1b}]11;rgb:0/0/0\u{7}", "\u{1b}[?62c",
                "\u{1b}P>|WezTerm 2024\u{1b}\\", "\u{1b}P>|kitty(1)\u{7}", "\u{1b}[6;20;10t", "\u{1b}Px",
            ]), 0..12),
            cuts in prop::collection::vec(1usize..7, 1..60),
        ) {
            let bytes: Vec<u8> = parts.concat().into_bytes();
            let whole = Decoder::default().feed(&bytes);
            let mut decoder = Decoder::default();
            let mut pieces = Vec::new();
            let mut rest = bytes.as_slice();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (head, tail) = rest.split_at((*cut).min(rest.len()));
                pieces.extend(decoder.feed(head));
                rest = tail;
            }
            prop_assert_eq!(whole, pieces);
        }

        #[test]
        fn any_bytes_are_survived_and_little_is_held(bytes in prop::collection::vec(
            prop_oneof![3 => any::<u8>(), 2 => Just(ESC), 2 => Just(b'['), 1 => Just(b';'), 1 => 0x30u8..0x40],
            0..2000,
        )) {
            let mut decoder = Decoder::default();
            for chunk in bytes.chunks(7) {
                for msg in decoder.feed(chunk) {
                    if let Msg::Paste(text) = msg {
                        prop_assert!(text.chars().all(is_safe));
                    }
                }
                prop_assert!(decoder.held.len() <= SEQUENCE_CAP + 8);
            }
            decoder.silence();
            prop_assert_eq!(decoder.patience(), None);
        }
    }
}

//! Text for the terminal's clipboard, as the sequence a terminal takes it by (OSC 52): it works through SSH too.
//! Apart from the terminal, because a multiplexer wants it in another envelope.
//!
//! Sources: xterm control sequences, "Operating System Commands" 52; tmux(1), `allow-passthrough` and `set-clipboard`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::envelope::Between;

/// The bytes that give this text to the clipboard. tmux by default takes the sequence from nobody but passes on what it
/// is told to, or the other way round, by its settings: it is told both, and the clipboard has the same text twice.
pub fn sequence(text: &str, between: Between) -> Vec<u8> {
    let plain = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    let wrapped = between.wrap(&plain);
    match between {
        Between::Tmux => (plain + &wrapped).into_bytes(),
        Between::Nothing | Between::Screen => wrapped.into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_text_reaches_the_terminal_as_it_is() {
        let bytes = sequence("t42\n\u{1b}[2J ü", Between::Nothing);
        assert_eq!(bytes, b"\x1b]52;c;dDQyChtbMkogw7w=\x07");
    }

    #[test]
    fn tmux_gets_it_in_both_envelopes() {
        let bytes = sequence("a", Between::Tmux);
        assert_eq!(
            bytes,
            b"\x1b]52;c;YQ==\x07\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\"
        );
    }
}

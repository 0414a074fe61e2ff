//! Sequences for the terminal outside of a multiplexer, in the envelope in which one passes them on.
//! Apart from what is sent, because the clipboard and messages need the same.
//!
//! Sources: tmux(1), `allow-passthrough`; GNU screen's manual, "String escapes" (`ESC P … ESC \\`, at most 768 bytes).

/// What stands between the program and the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// Nothing that wants an envelope.
    Nothing,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

/// Bytes of a sequence in one of screen's envelopes.
const PIECE: usize = 600;

impl Between {
    /// As the environment has it.
    pub fn here() -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match (is_set("TMUX"), is_set("STY")) {
            (true, _) => Self::Tmux,
            (false, true) => Self::Screen,
            (false, false) => Self::Nothing,
        }
    }

    /// The sequence in its envelope. It ends with BEL, not with `ESC \\`: that would end screen's envelope.
    pub fn wrap(self, sequence: &str) -> String {
        match self {
            Self::Nothing => sequence.to_string(),
            Self::Tmux => {
                let inside = sequence.replace('\x1b', "\x1b\x1b");
                format!("\x1bPtmux;{inside}\x1b\\")
            }
            Self::Screen => {
                let mut wrapped = String::new();
                let mut rest = sequence;
                while !rest.is_empty() {
                    let end = rest.floor_char_boundary(PIECE.min(rest.len()));
                    wrapped += &format!("\x1bP{}\x1b\\", &rest[..end]);
                    rest = &rest[end..];
                }
                wrapped
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_multiplexer_gets_its_own_envelope() {
        let sequence = "\x1b]9;failed\x07";
        assert_eq!(Between::Nothing.wrap(sequence), sequence);
        assert_eq!(
            Between::Tmux.wrap(sequence),
            "\x1bPtmux;\x1b\x1b]9;failed\x07\x1b\\"
        );
        assert_eq!(
            Between::Screen.wrap(sequence),
            "\x1bP\x1b]9;failed\x07\x1b\\"
        );
    }

    #[test]
    fn screen_gets_long_ones_in_pieces_that_it_takes() {
        let long = format!("\x1b]52;c;{}\x07", "ü".repeat(2_000));
        let wrapped = Between::Screen.wrap(&long);
        let pieces: Vec<&str> = wrapped.split("\x1bP").skip(1).collect();
        assert!(
            pieces.iter().all(|piece| piece.len() <= 768),
            "{}",
            pieces.len()
        );
        let joined: String = pieces
            .iter()
            .map(|piece| piece.trim_end_matches("\x1b\\"))
            .collect();
        assert_eq!(joined, long);
    }
}

//! What a terminal says of how it shows pictures, and what is sent to it.
//! Apart from drawing: the state knows what was answered, the screen decides by it, and only the runtime writes sequences.
//!
//! A terminal is believed, never tried: by its name (XTVERSION), by the list of what it can (DA1). Both questions are control
//! sequences, which one that does not know them leaves out without a trace; kitty's own question would be printed by some.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::picture::Picture;

/// How a terminal takes pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// kitty's: pictures are kept by number, placed and taken away.
    Kitty,
    /// iTerm2's: a file in a sequence, which covers cells until something is written there.
    Iterm2,
    /// DEC's: six rows of a palette at a time, which cover cells in the same way.
    Sixel,
}

/// What pictures are to be shown by, as a person wants it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wish {
    /// What the terminal says that it can, else half blocks.
    #[default]
    Auto,
    /// This.
    By(Protocol),
    /// Half blocks, whatever it can.
    Blocks,
    /// Words only.
    None,
}

impl Wish {
    /// Words for it in `config.toml`.
    pub const WORDS: [&'static str; 6] = ["auto", "kitty", "iterm2", "sixel", "blocks", "none"];

    /// What such a word means; any other is `auto`.
    pub fn of(word: &str) -> Self {
        match word {
            "kitty" => Self::By(Protocol::Kitty),
            "iterm2" => Self::By(Protocol::Iterm2),
            "sixel" => Self::By(Protocol::Sixel),
            "blocks" => Self::Blocks,
            "none" => Self::None,
            _ => Self::Auto,
        }
    }
}

/// A piece of a terminal's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Its name is one that takes pictures in this way.
    Name(Protocol),
    /// A cell has so many pixels across and down.
    Cell(u16, u16),
    /// It has answered everything it will, and whether it shows sixels.
    Over {
        /// It does.
        sixel: bool,
    },
}

/// What was answered so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graphics {
    name: Option<Protocol>,
    cell: Option<(u16, u16)>,
    sixel: bool,
}

impl Graphics {
    /// Pixels of a cell where nothing was said: about what most fonts have.
    const CELL: (u16, u16) = (10, 20);

    /// Takes an answer in.
    pub fn take(&mut self, answer: Answer) {
        match answer {
            Answer::Name(protocol) => self.name = Some(protocol),
            Answer::Cell(across, down) => self.cell = Some((across, down)),
            Answer::Over { sixel } => self.sixel |= sixel,
        }
    }

    /// How it is given pictures; `None`: as half blocks. A sixel has the size that it is drawn in, so that the size of a
    /// cell must be known.
    pub fn protocol(&self, wish: Wish) -> Option<Protocol> {
        match wish {
            Wish::By(protocol) => Some(protocol),
            Wish::Auto => self
                .name
                .or(self.cell.and(self.sixel.then_some(Protocol::Sixel))),
            Wish::Blocks | Wish::None => None,
        }
    }

    /// Pixels of a cell across and down.
    pub fn cell(&self) -> (u16, u16) {
        self.cell.unwrap_or(Self::CELL)
    }
}

/// How a terminal of such a name takes pictures; `None`: its name does not say.
/// Sources: the kitty graphics protocol's list of terminals; iTerm2 and WezTerm on inline images.
pub fn by_name(name: &str) -> Option<Protocol> {
    let known = [
        ("kitty", Protocol::Kitty),
        ("ghostty", Protocol::Kitty),
        ("iterm2", Protocol::Iterm2),
        ("wezterm", Protocol::Iterm2),
    ];
    let name = name.to_ascii_lowercase();
    let found = known.iter().find(|(start, _)| name.starts_with(start));
    found.map(|(_, protocol)| *protocol)
}

/// A picture that the terminal itself is to show, over cells that were left blank for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// What.
    pub picture: Arc<Picture>,
    /// By what.
    pub protocol: Protocol,
    /// Left column and top row.
    pub at: (u16, u16),
    /// Columns and rows.
    pub cells: (u16, u16),
    /// Pixels of a cell.
    pub cell: (u16, u16),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_believed_and_a_person_before_it() {
        let mut graphics = Graphics::default();
        assert_eq!(graphics.protocol(Wish::Auto), None);
        graphics.take(Answer::Over { sixel: true });
        // How large a sixel would be nobody has said.
        assert_eq!(graphics.protocol(Wish::Auto), None);
        graphics.take(Answer::Cell(9, 18));
        assert_eq!(graphics.protocol(Wish::Auto), Some(Protocol::Sixel));
        graphics.take(Answer::Name(Protocol::Kitty));
        assert_eq!(graphics.protocol(Wish::Auto), Some(Protocol::Kitty));
        assert_eq!(graphics.protocol(Wish::of("blocks")), None);
        assert_eq!(graphics.protocol(Wish::of("none")), None);
        let wanted = Wish::of("iterm2");
        assert_eq!(graphics.protocol(wanted), Some(Protocol::Iterm2));
        assert_eq!(graphics.cell(), (9, 18));
    }

    #[test]
    fn names_are_as_terminals_answer_them() {
        for (name, protocol) in [
            ("kitty(0.35.2)", Some(Protocol::Kitty)),
            ("ghostty 1.2.0", Some(Protocol::Kitty)),
            ("iTerm2 3.5.4", Some(Protocol::Iterm2)),
            ("WezTerm 20240203-110809-5046fc22", Some(Protocol::Iterm2)),
            ("tmux 3.4", None),
            ("XTerm(388)", None),
            ("foot(1.16.2)", None),
        ] {
            assert_eq!(by_name(name), protocol, "{name}");
        }
        for word in Wish::WORDS {
            assert_eq!(Wish::of(word) == Wish::Auto, word == "auto");
        }
    }
}

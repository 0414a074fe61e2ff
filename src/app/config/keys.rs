//! The keys of `config.toml` that say one thing each: their names, what they may say and what they are for.
//! Apart from reading them, because this table only grows.

use super::claude::Claude;
use crate::app::graphics::Wish;

/// Chosen by what the terminal is.
pub const AUTO: &str = "auto";

/// What a setting may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The name of a theme; `auto` too, where that is said.
    Theme(bool),
    /// The name of a keymap.
    Keymap,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// The template of an address.
    Link,
    /// Names, where `*` stands for any text; as text with commas, or a list.
    Names,
    /// Seconds, 0 to 60.
    Seconds,
    /// Of `[claude]`, which checks its own.
    Claude(Claude),
    /// A folder or file; `~/` is home.
    Path,
}

impl Kind {
    /// It is written as a number.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Seconds | Self::Claude(Claude::Number(..)))
    }

    /// A number says what text would: `colors = 256`.
    pub fn takes_numbers(self) -> bool {
        self.is_number() || matches!(self, Self::Word(_))
    }
}

/// A key of `config.toml`.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it may say.
    pub kind: Kind,
    /// What it is for.
    pub doc: &'static str,
}

/// Every key of `config.toml`; `tiphys config schema` and the README are derived from it.
pub const KEYS: [Key; 25] = [
    Key {
        name: "theme",
        kind: Kind::Theme(true),
        doc: "How it looks; `auto` fits the terminal's background",
    },
    Key {
        name: "dark_theme",
        kind: Kind::Theme(false),
        doc: "The theme that `auto` takes in dark terminals",
    },
    Key {
        name: "light_theme",
        kind: Kind::Theme(false),
        doc: "The theme that `auto` takes in light terminals",
    },
    Key {
        name: "keymap",
        kind: Kind::Keymap,
        doc: "Which keys; keymap.toml is laid over it",
    },
    Key {
        name: "glyphs",
        kind: Kind::Word(&[AUTO, "unicode", "ascii"]),
        doc: "Marks; `auto` is Unicode where the locale is UTF-8",
    },
    Key {
        name: "colors",
        kind: Kind::Word(&[AUTO, "truecolor", "256", "16", "none"]),
        doc: "Depth of colour; `auto` believes COLORTERM, TERM and NO_COLOR",
    },
    Key {
        name: "pictures",
        kind: Kind::Word(&Wish::WORDS),
        doc: "How pictures among artifacts are shown; `auto` believes what the terminal answers, `blocks` always works, `none` is words",
    },
    Key {
        name: "reduced_motion",
        kind: Kind::Flag,
        doc: "Times on screen change every ten seconds instead of each second",
    },
    Key {
        name: "times",
        kind: Kind::Word(&["local", "utc"]),
        doc: "The clock that times are told by, until `g u` turns it",
    },
    Key {
        name: "title",
        kind: Kind::Flag,
        doc: "The terminal's title says how many runs failed",
    },
    Key {
        name: "mouse",
        kind: Kind::Flag,
        doc: "Wheel and clicks are for the program; `M` gives them to the terminal and back",
    },
    Key {
        name: "restore",
        kind: Kind::Flag,
        doc: "Begin with the namespaces, filter, order and open run of the last time in this context",
    },
    Key {
        name: "protected",
        kind: Kind::Names,
        doc: "Contexts that start read-only, `*prod*`; `:unlock 10m` lifts it, and what ends or deletes wants the context's name typed",
    },
    Key {
        name: "undo",
        kind: Kind::Seconds,
        doc: "Seconds in which a stop, terminate or delete can be taken back before it is sent; 0 sends at once",
    },
    Key {
        name: "trash",
        kind: Kind::Flag,
        doc: "Keep the manifest of what is deleted, credentials masked, for its owner only, the last 200; read at the start",
    },
    Key {
        name: "history",
        kind: Kind::Flag,
        doc: "Keep how runs ended when they are gone from the cluster, for their owner only; read at the start",
    },
    Key {
        name: "project",
        kind: Kind::Path,
        doc: "The project of Task Master whose tasks are shown, `~/shop`: its folder or its tasks.json, instead of the folder one is in; read at the start",
    },
    Key {
        name: "links.run",
        kind: Kind::Link,
        doc: "The address of a run in Argo's UI or elsewhere, to show in the browser and to copy",
    },
    Key {
        name: "claude.model",
        kind: Kind::Claude(Claude::Model),
        doc: "The model that `tiphys tasks propose` asks",
    },
    Key {
        name: "claude.base_url",
        kind: Kind::Claude(Claude::Base),
        doc: "Where it is asked: an endpoint of the Messages API; the key goes there",
    },
    Key {
        name: "claude.secret",
        kind: Kind::Claude(Claude::Secret),
        doc: "Where the key lies in the cluster, where ANTHROPIC_API_KEY is not set; without a key nobody is asked",
    },
    Key {
        name: "claude.timeout",
        kind: Kind::Claude(Claude::Number(5, 600)),
        doc: "Seconds for a question, with all that is tried again",
    },
    Key {
        name: "claude.criteria",
        kind: Kind::Claude(Claude::Number(1, 100)),
        doc: "Most criteria of one question",
    },
    Key {
        name: "claude.tokens",
        kind: Kind::Claude(Claude::Number(256, 64_000)),
        doc: "Most tokens of one answer",
    },
    Key {
        name: "claude.calls",
        kind: Kind::Claude(Claude::Number(0, 10_000)),
        doc: "Most questions a day (UTC); what was answered once is not asked again",
    },
];

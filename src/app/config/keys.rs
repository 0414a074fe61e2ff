//! The keys of `config.toml` that say one thing each: their names, what they may say and what they are for.
//! Apart from reading them, because this table only grows.

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
    /// A folder or file; `~/` is home.
    Path,
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
pub const KEYS: [Key; 18] = [
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
];

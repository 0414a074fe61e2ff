//! What templates there are and what each can be told.
//! Apart from rendering: this is what a person chooses from.

use crate::model::qarun::Builtin;

/// A template of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub builtin: Builtin,
    /// What it does, a sentence.
    pub about: &'static str,
    /// What it can be told.
    pub parameters: &'static [Parameter],
}

/// What a template can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Name.
    pub name: &'static str,
    /// The values it takes, the first where nothing is said.
    pub values: &'static [&'static str],
    /// What it decides.
    pub about: &'static str,
}

const FAIL_FAST: Parameter = Parameter {
    name: "failFast",
    values: &["false", "true"],
    about: "Begin no more criteria after one that is not met",
};

const STOP: Parameter = Parameter {
    name: "failFast",
    values: &["false", "true"],
    about: "Begin no more environments after one that is red",
};

const ORDER: Parameter = Parameter {
    name: "order",
    values: &["parallel", "sequence"],
    about: "Environments beside each other, or one after the other as they are named",
};

/// All of them.
pub fn entries() -> [Entry; 3] {
    Builtin::ALL.map(entry)
}

/// One of them.
pub fn entry(builtin: Builtin) -> Entry {
    let (about, parameters): (_, &'static [Parameter]) = match builtin {
        Builtin::Acceptance => (
            "Every criterion, beside each other as far as parallelism goes; manual ones wait for an approval",
            &[FAIL_FAST, ORDER],
        ),
        Builtin::MultiEnvironment => (
            "Every criterion in every environment, a branch for each",
            &[ORDER, STOP],
        ),
        Builtin::Smoke => (
            "The criteria one after the other, until a required one is not met",
            &[ORDER],
        ),
    };
    Entry {
        builtin,
        about,
        parameters,
    }
}

//! Names of criteria: what steps and verdicts are called by, the same as long as the text is.
//! Apart from reading them, because a name must be unique among all that were read.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::Candidate;
use crate::model::qarun::Check;

/// Longest id of a criterion (`wire/qarun/crd.yaml`).
pub(crate) const LONGEST: usize = 40;
/// Longest of those that are made of a text: short enough to be read in a list.
const COMFORTABLE: usize = 32;

/// A name for a text, a DNS label: its first words, or a number of it where it has none in Latin letters.
pub(crate) fn of(text: &str) -> String {
    let mut name = String::new();
    for word in text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let gap = usize::from(!name.is_empty());
        if !name.is_empty() && name.len() + gap + word.len() > COMFORTABLE {
            break;
        }
        if gap > 0 {
            name.push('-');
        }
        name.extend(
            word.chars()
                .take(COMFORTABLE)
                .map(|c| c.to_ascii_lowercase()),
        );
    }
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let latin = text.bytes().filter(u8::is_ascii_alphabetic).count();
    match latin * 2 < letters || name.is_empty() {
        true => format!("c-{}", &fingerprint(text)[..8]),
        false => name,
    }
}

/// A number of a text: the first 16 hexadecimal digits of the SHA-256 of its words.
pub(crate) fn fingerprint(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let digest = Sha256::digest(words.join(" "));
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Gives each its own name. One that says what another one says in the same place, or finds out the same, is not taken.
pub(in crate::model::task) fn unique(mut all: Vec<Candidate>) -> Vec<Candidate> {
    let mut names: HashMap<String, usize> = HashMap::new();
    for n in 0..all.len() {
        let (before, rest) = all.split_at_mut(n);
        let Some(one) = rest.first_mut() else { break };
        if let Some(same) = before
            .iter()
            .find(|other| other.chosen && is_same(other, one))
        {
            one.chosen = false;
            one.because = format!("it is said already by {}", same.criterion.id);
        }
        let base = one.criterion.id.clone();
        let mut name = base.clone();
        while names.contains_key(&name) {
            let count = names.entry(base.clone()).or_insert(1);
            *count += 1;
            let tail = format!("-{count}");
            let room = LONGEST - tail.len();
            name = format!(
                "{}{tail}",
                base.get(..room.min(base.len()))
                    .unwrap_or(&base)
                    .trim_end_matches('-')
            );
        }
        names.insert(name.clone(), 1);
        one.criterion.id = name;
    }
    all
}

fn is_same(a: &Candidate, b: &Candidate) -> bool {
    let words = |one: &Candidate| fingerprint(&one.criterion.text.to_lowercase());
    let by_hand = matches!(a.criterion.check, Check::Manual { .. });
    (!by_hand && a.criterion.check == b.criterion.check)
        || (a.heading == b.heading && words(a) == words(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels_of_the_first_words() {
        for (text, name) in [
            ("Verify tab switching logic.", "verify-tab-switching-logic"),
            ("`cargo test` passes", "cargo-test-passes"),
            (
                "Returns 401 for missing/invalid tokens when nobody is logged in",
                "returns-401-for-missing-invalid",
            ),
            ("x", "x"),
        ] {
            assert_eq!(of(text), name);
        }
        let name = of("测试OCR识别准确率");
        assert!(name.starts_with("c-") && name.len() == 10, "{name}");
        assert!(of(&"long".repeat(30)).len() <= LONGEST);
    }
}

//! One copy of every label name and value that many rows share.
//! Apart from the decoders, because one interner lives as long as a feed and each decode borrows it.

use std::collections::HashSet;
use std::sync::Arc;

/// Most different texts remembered; beyond it the memory is started anew, and sharing with it.
const CAP: usize = 65_536;
/// Longest text worth sharing, in bytes; label values end at 63.
const LONGEST: usize = 256;

/// Hands out the same `Arc<str>` for the same text. Memory is bounded: 65,536 texts of at most 256 bytes.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    texts: HashSet<Arc<str>>,
}

impl Interner {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// The shared copy of `text`.
    pub fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new: Arc<str> = Arc::from(text);
        if text.len() <= LONGEST {
            if self.texts.len() >= CAP {
                self.texts.clear();
            }
            self.texts.insert(new.clone());
        }
        new
    }

    /// How many texts are remembered.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_the_same_allocation() {
        let mut names = Interner::new();
        let first = names.get("workflows.argoproj.io/phase");
        let second = names.get("workflows.argoproj.io/phase");
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(names.len(), 1);
    }

    #[test]
    fn memory_is_bounded_in_number_and_length() {
        let mut names = Interner::new();
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(&*names.get(&long), long.as_str());
        assert!(names.is_empty());
        for number in 0..CAP * 2 + 10 {
            names.get(&number.to_string());
        }
        assert!(names.len() <= CAP);
    }
}

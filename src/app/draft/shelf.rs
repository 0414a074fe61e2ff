//! All drafts that are not done, of which one is on the screen.
//! Apart from the draft itself: here nothing is written.

use serde::{Deserialize, Serialize};

use super::{Draft, Source, Stage, Typed};
use crate::model::key::Key;
use crate::model::qarun::Spec;
use crate::model::trouble::Trouble;

/// All drafts that are not done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Drafts {
    /// Those that were begun.
    pub all: Vec<Draft>,
    /// The one on the screen.
    open: Option<Source>,
}

impl Drafts {
    /// The one on the screen.
    pub fn shown(&self) -> Option<&Draft> {
        let open = self.open.as_ref()?;
        self.all.iter().find(|draft| draft.source == *open)
    }

    /// The same, to be changed.
    pub fn shown_mut(&mut self) -> Option<&mut Draft> {
        let open = self.open.as_ref()?;
        self.all.iter_mut().find(|draft| draft.source == *open)
    }

    /// One is on the screen.
    pub fn is_open(&self) -> bool {
        self.shown().is_some()
    }

    /// Text is being typed into one.
    pub fn typed(&self) -> Option<&Typed> {
        self.shown()?.typed.as_ref()
    }

    /// Shows one; where it was begun before, as it was left. Whether it is a new one.
    pub fn show(&mut self, draft: Draft) -> bool {
        self.open = Some(draft.source.clone());
        let begun = self.all.iter_mut().find(|one| one.source == draft.source);
        match begun {
            // What could not be read is read again.
            Some(one) if one.is_touched() && one.stage == Stage::Written => false,
            Some(one) => {
                *one = draft;
                true
            }
            None => {
                self.all.push(draft);
                true
            }
        }
    }

    /// Leaves the one on the screen; it is kept where somebody has written in it. Whether it is.
    pub fn close(&mut self) -> bool {
        let Some(draft) = self.shown_mut() else {
            return false;
        };
        draft.keep_typed();
        let touched = draft.is_touched() || draft.sent.is_some();
        let source = self.open.take();
        if !touched {
            self.all
                .retain(|draft| Some(&draft.source) != source.as_ref());
        }
        touched
    }

    /// Drafts that somebody has written in and that are nowhere else: how many.
    pub fn unsent(&self) -> usize {
        let kept = |draft: &&Draft| draft.is_touched() && draft.sent.is_none();
        self.all.iter().filter(kept).count()
    }

    /// The one on the screen was agreed to by this name: it is kept until it is known to be made.
    pub fn sent(&mut self, key: &Key) {
        if let Some(draft) = self.shown_mut() {
            draft.sent = Some(key.clone());
            draft.yaml = false;
        }
        self.open = None;
    }

    /// What was agreed to is made: its draft is done.
    pub fn done(&mut self, key: &Key) {
        self.all.retain(|draft| draft.sent.as_ref() != Some(key));
    }

    /// It was not made: it can be changed again.
    pub fn again(&mut self, key: &Key) {
        for draft in self
            .all
            .iter_mut()
            .filter(|draft| draft.sent.as_ref() == Some(key))
        {
            draft.sent = None;
        }
    }

    /// What one begins with was read.
    pub fn read(&mut self, key: &Key, answer: Result<Spec, Trouble>) {
        let reads = |draft: &&mut Draft| {
            draft.stage == Stage::Reading && draft.source == Source::Again(key.clone())
        };
        let Some(draft) = self.all.iter_mut().find(reads) else {
            return;
        };
        match answer {
            Err(why) => draft.stage = Stage::Lost(why),
            Ok(mut spec) => {
                spec.suspend = None;
                spec.shutdown = None;
                spec.attempt = None;
                *draft = Draft {
                    cursor: draft.cursor.clone(),
                    ..Draft::of(draft.source.clone(), &key.namespace, &spec)
                };
            }
        }
    }
}

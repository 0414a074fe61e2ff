//! The watch engine: list, watch, resume, re-list, as a state machine that never waits and never asks the time.
//! Apart from the connection (`feed`), so that every fault of a server can be played to it in a test.
//!
//! ```text
//!            page with token              last page
//!          ┌──────┐                ┌────────────────────┐
//!   start ─▶ Listing ──────────────┘                    ▼
//!            ▲  │ refused: Denied, 30 s to 5 min      Watching ◀─┐ ended: at once
//!            │  │ failed: Stale, back-off             │   │      │ broken: at once, then back-off
//!            │  └─▶ Waiting ─▶ Listing                │   └──────┘ silent, failed: Stale, back-off
//!            └────────────── expired (410) ───────────┘
//! ```
//! The first list goes out page by page; every later one is collected and replaces everything in one
//! [`Delta::Reset`], so that what was deleted in between is gone and nothing flickers.

use std::collections::HashMap;
use std::time::Duration;

use super::ledger::Ledger;
use super::pace::Pace;
use crate::model::delta::{Delta, FeedEvent, Freshness};
use crate::model::key::{Key, Uid};
use crate::model::trouble::Trouble;
use crate::wire::listing::Page;
use crate::wire::status::Status;
use crate::wire::watch::{Frame, Versioned};
use jiff::Timestamp;

/// A refused source is asked again after so long, then after twice as long, up to the longest: rights come seldom.
const DENIED: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(300));
/// A watch that lived so long wipes out the failures before it.
const SETTLED: Duration = Duration::from_secs(10);
/// What the driver does next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Read a page.
    List {
        /// Its token; `None` for the first.
        token: Option<String>,
    },
    /// Open a watch.
    Watch {
        /// From this version on.
        version: String,
    },
    /// Wait, then say [`Machine::waited`].
    Wait(Duration),
}

/// How a watch ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Close {
    /// By its end, as watches do.
    Ended,
    /// In the middle: reset, cut line, bad chunk.
    Broken(Trouble),
    /// The server does not answer any more, or refused to open it.
    Failed(Trouble),
}

#[derive(Clone, Debug, PartialEq)]
enum At {
    Listing(Option<String>),
    Watching,
    Waiting(Duration, Box<At>),
}

/// The state of one source. Feed it what happens, ask it what is next, take what it has to say.
#[derive(Debug)]
pub struct Machine<T> {
    at: At,
    /// Pages go out at once: nothing of this source has been complete yet.
    plain: bool,
    shown: bool,
    collected: Vec<Versioned<T>>,
    ledger: Ledger,
    early: HashMap<Uid, Key>,
    version: String,
    failures: u32,
    refusals: u32,
    heard: bool,
    last_word: Timestamp,
    freshness: Freshness,
    deltas: Vec<Delta<Key, T>>,
    out: Vec<FeedEvent<Key, T>>,
    pace: Pace,
    malformed: u64,
}

impl<T> Machine<T> {
    /// A source nothing is known of. `seed` spreads the back-off; at most `cap` objects are followed.
    pub fn new(now: Timestamp, seed: u64, cap: usize) -> Self {
        Self {
            at: At::Listing(None),
            plain: true,
            shown: false,
            collected: Vec::new(),
            ledger: Ledger::new(cap),
            early: HashMap::new(),
            version: String::new(),
            failures: 0,
            refusals: 0,
            heard: false,
            last_word: now,
            freshness: Freshness::Connecting,
            deltas: Vec::new(),
            out: Vec::new(),
            pace: Pace::new(seed),
            malformed: 0,
        }
    }

    /// What to do now.
    pub fn next(&self) -> Next {
        match &self.at {
            At::Listing(token) => Next::List {
                token: token.clone(),
            },
            At::Watching => Next::Watch {
                version: self.version.clone(),
            },
            At::Waiting(time, _) => Next::Wait(*time),
        }
    }

    /// The wait is over.
    pub fn waited(&mut self) {
        if let At::Waiting(_, then) = &self.at {
            self.at = (**then).clone();
        }
    }

    /// What there is to say, in order.
    pub fn take(&mut self) -> Vec<FeedEvent<Key, T>> {
        self.flush();
        std::mem::take(&mut self.out)
    }

    /// How many objects and lines could not be read, since this was asked last.
    pub fn take_malformed(&mut self) -> u64 {
        std::mem::take(&mut self.malformed)
    }

    /// Lines that could not even be looked at.
    pub fn count_malformed(&mut self, lines: u64) {
        self.malformed += lines;
    }

    /// Objects found by a quick, selective list before the first complete one.
    pub fn early(&mut self, page: Page<Versioned<T>>, now: Timestamp) {
        self.last_word = now;
        self.malformed += page.malformed;
        if !self.plain {
            return;
        }
        for found in page.items {
            self.early.insert(found.key.uid.clone(), found.key.clone());
            self.put(found);
        }
    }

    /// A page was read, or was not.
    pub fn listed(&mut self, page: Result<Page<Versioned<T>>, Trouble>, now: Timestamp) {
        let At::Listing(token) = &self.at else {
            return;
        };
        let first_page = token.is_none();
        match page {
            Ok(page) => self.page(page, first_page, now),
            // The token is too old, or the server has lost its mind about it: from the start.
            Err(Trouble::Expired | Trouble::Invalid { .. }) if !first_page => {
                self.relist();
            }
            Err(why) => self.failed(why),
        }
    }

    fn page(&mut self, page: Page<Versioned<T>>, first_page: bool, now: Timestamp) {
        self.last_word = now;
        self.malformed += page.malformed;
        if first_page {
            self.collected.clear();
        }
        if self.plain {
            for object in page.items {
                self.early.remove(&object.key.uid);
                self.put(object);
            }
        } else {
            self.collected.extend(page.items);
        }
        self.version = page.version;
        if let Some(next) = page.next {
            if self.plain {
                self.say(Freshness::Listing {
                    remaining: page.remaining,
                });
            }
            self.at = At::Listing(Some(next));
            return;
        }
        if self.plain {
            for (_, key) in std::mem::take(&mut self.early) {
                self.ledger.forget(&key.uid);
                self.deltas.push(Delta::Gone(key));
            }
        } else {
            self.reset();
        }
        self.plain = false;
        self.at = At::Watching;
    }

    fn reset(&mut self) {
        self.ledger.clear();
        self.early.clear();
        let collected = std::mem::take(&mut self.collected);
        // Pages of a continuation can overlap: the ledger lets each object through once.
        let items = collected
            .into_iter()
            .filter(|object| self.ledger.put(&object.key.uid, object.version))
            .map(|object| object.item)
            .collect();
        self.deltas.clear();
        self.deltas.push(Delta::Reset(items));
        self.shown = true;
    }

    /// The watch is open: what we have is complete and will stay so.
    pub fn opened(&mut self, now: Timestamp) {
        self.last_word = now;
        self.heard = false;
        self.refusals = 0;
        self.say(Freshness::Live);
    }

    /// Any byte came.
    pub fn word(&mut self, now: Timestamp) {
        self.last_word = now;
    }

    /// A line came. False: the stream is of no use any more, drop it.
    pub fn frame(
        &mut self,
        frame: Frame<Versioned<T>>,
        why: impl FnOnce(&Status) -> Trouble,
    ) -> bool {
        match frame {
            Frame::Put(object) => {
                self.heard();
                self.advance(object.version);
                self.put(object);
            }
            Frame::Gone(object) => {
                self.heard();
                self.advance(object.version);
                self.gone(object.key, object.version);
            }
            Frame::Bookmark(version) => {
                self.heard();
                match version.parse() {
                    Ok(number) => self.advance(number),
                    Err(_) => self.version = version,
                }
            }
            Frame::Ignored => {}
            Frame::Malformed(_) => self.malformed += 1,
            Frame::Error(status) => {
                let expired =
                    status.code == 410 || matches!(status.reason.as_str(), "Expired" | "Gone");
                if expired {
                    self.relist();
                } else {
                    self.failed(why(&status));
                }
                return false;
            }
        }
        true
    }

    /// The watch is over after it was open for `lived`, or was never opened.
    pub fn closed(&mut self, close: Close, lived: Duration) {
        if self.at != At::Watching {
            return;
        }
        let settled = lived >= SETTLED;
        if settled {
            self.failures = 0;
        }
        match close {
            Close::Ended if self.heard || settled => {}
            // A server that ends every watch at once must not be asked in a circle.
            Close::Ended => self.wait_for(None, At::Watching),
            Close::Broken(_) if self.failures == 0 => self.failures = 1,
            Close::Broken(why) | Close::Failed(why) => self.failed(why),
        }
    }

    fn heard(&mut self) {
        self.heard = true;
        self.failures = 0;
    }

    fn advance(&mut self, version: u64) {
        if version > self.version.parse().unwrap_or(0) {
            self.version = version.to_string();
        }
    }

    fn relist(&mut self) {
        if self.shown {
            self.plain = false;
        }
        self.collected.clear();
        if !self.plain {
            self.stale(Trouble::Expired);
        }
        // Once at once; a server that forgets again and again is given time.
        if self.failures == 0 {
            self.failures = 1;
            self.at = At::Listing(None);
        } else {
            self.wait_for(None, At::Listing(None));
        }
    }

    fn failed(&mut self, why: Trouble) {
        let listing = matches!(self.at, At::Listing(_));
        match why {
            Trouble::Expired => self.relist(),
            Trouble::Forbidden { .. } | Trouble::NoSuchKind { .. } => {
                self.collected.clear();
                let doubled = DENIED.0 * (1 << self.refusals.min(8));
                self.refusals = self.refusals.saturating_add(1);
                let wait = self.pace.about(doubled.min(DENIED.1));
                self.at = At::Waiting(wait, Box::new(At::Listing(None)));
                if self.shown {
                    self.plain = false;
                }
                self.say(Freshness::Denied { why });
            }
            why => {
                let ordered = match &why {
                    Trouble::Busy { retry_after, .. } => *retry_after,
                    _ => None,
                };
                self.stale(why);
                let then = if listing {
                    self.at.clone()
                } else {
                    At::Watching
                };
                self.wait_for(ordered, then);
            }
        }
    }

    fn stale(&mut self, why: Trouble) {
        // Still the same outage: it began with the last word of the server, whatever it is called now.
        let since = self.last_word;
        self.say(Freshness::Stale { since, why });
    }

    fn wait_for(&mut self, ordered: Option<u64>, then: At) {
        self.failures = self.failures.saturating_add(1);
        let wait = self.pace.after(self.failures, ordered);
        self.at = At::Waiting(wait, Box::new(then));
    }

    fn put(&mut self, object: Versioned<T>) {
        self.shown = true;
        if self.ledger.put(&object.key.uid, object.version) {
            self.deltas.push(Delta::Put(object.item));
        }
    }

    fn gone(&mut self, key: Key, version: u64) {
        if self.ledger.gone(&key.uid, version) {
            self.deltas.push(Delta::Gone(key));
        }
    }

    fn flush(&mut self) {
        if !self.deltas.is_empty() {
            self.out
                .push(FeedEvent::Deltas(std::mem::take(&mut self.deltas)));
        }
    }

    fn say(&mut self, freshness: Freshness) {
        if self.freshness == freshness {
            return;
        }
        self.flush();
        self.freshness = freshness.clone();
        self.out.push(FeedEvent::Freshness(freshness));
    }
}

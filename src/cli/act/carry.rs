//! From what is wished to results: what each would do, whether it may, and then one after the other.
//! Apart from the single write, which the console carries out in the same way.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};

use super::report::{End, Item};
use super::{Desk, Form, UNKNOWN, agree, values};
use crate::app::orders::bulk;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::output;
use crate::model::act::{Cannot, Outcome, Prepared, Shown};
use crate::model::trouble::Trouble;
use crate::runtime::acting;

/// Objects read at the same time to see what would be done.
const AT_ONCE: usize = 8;
/// Exit status after a second interrupt: one write was under way.
const TORN: i32 = UNKNOWN as i32;

/// What a verb wishes.
pub(super) struct Wish {
    /// Orders; those that are over already are only reported.
    pub(super) items: Vec<Item>,
    /// The objects were named, not chosen by a filter.
    pub(super) named: bool,
    /// What could not be read: there may be more.
    pub(super) missing: Vec<String>,
}

impl Desk<'_> {
    /// Does it, or shows what it would do.
    pub(super) async fn carry_out(&self, wish: Wish) -> Result<ExitCode, Failure> {
        let Wish {
            items,
            named,
            missing,
        } = wish;
        for text in &missing {
            fail::warn(&format!("partial: {text}"));
        }
        let asked = Timestamp::now();
        let mut items: Vec<Item> = stream::iter(items)
            .map(|item| self.prepared(item, asked))
            .buffered(AT_ONCE)
            .collect()
            .await;
        if named {
            // What a person names is not skipped: it was asked for, and is not done.
            for item in &mut items {
                item.end = item.end.take().map(End::meant);
            }
        }
        if self.agreement.dry_run {
            self.rehearse(&mut items)?;
        } else {
            for item in &items {
                if let Some(end) = &item.end {
                    self.tell(item, end)?;
                }
            }
            let open: Vec<&Item> = items.iter().filter(|item| item.end.is_none()).collect();
            if !open.is_empty() && !self.agreement.yes {
                let agreed = agree::agreed(&open, self.cluster.context()).await?;
                if !agreed {
                    return Err(Failure::Said {
                        what: "nothing was sent".to_string(),
                        next: None,
                    });
                }
            }
            self.send(&mut items, asked).await;
        }
        if self.agreement.output == Form::Json {
            let records: Vec<_> = items.iter().map(Item::record).collect();
            match output::print(&output::json(&records)?) {
                // What was done is done, whoever reads of it.
                Ok(()) | Err(Failure::Closed) => {}
                Err(why) => return Err(why),
            }
        }
        let ends = items.iter().filter_map(|item| item.end.as_ref());
        let partial = if missing.is_empty() { 0 } else { FAILED };
        let status = ends.map(End::status).fold(partial, u8::max);
        Ok(ExitCode::from(status))
    }

    /// The same item with what it would do, or why it cannot be done.
    async fn prepared(&self, mut item: Item, asked: Timestamp) -> Item {
        // What was asked about already is not asked again.
        if item.end.is_some() || item.preview.is_some() {
            return item;
        }
        match self.cluster.prepare(&item.order, asked).await {
            Err(Cannot::Refused(why)) => item.end = Some(End::Skipped(why.to_string())),
            Err(why @ Cannot::Mistaken(_)) => item.end = Some(End::Not(why.to_string())),
            Err(Cannot::Trouble(Trouble::NotFound { .. })) => {
                item.end = Some(End::Not("it is gone".to_string()));
            }
            Err(Cannot::Trouble(why)) => item.end = Some(End::Not(why.to_string())),
            Ok(Prepared { preview, denied }) => {
                if !denied.is_empty() {
                    item.end = Some(End::Not(denied.join("; ")));
                } else if let Some(lacking) = values::lacking(&item.order.operation, &preview) {
                    item.end = Some(End::Not(lacking));
                }
                item.preview = Some(Box::new(preview));
            }
        }
        item
    }

    /// Shows what would be done, and sends nothing.
    fn rehearse(&self, items: &mut [Item]) -> Result<(), Failure> {
        let all = items.len();
        let would = items.iter().filter(|item| item.end.is_none()).count();
        for item in items {
            let text = match (&item.end, &item.preview) {
                (None, Some(preview)) => agree::full(item, preview),
                (Some(end), _) => item.line(end),
                (None, None) => String::new(),
            };
            item.end.get_or_insert(End::DryRun);
            match self.agreement.output {
                Form::Text => output::print(&text)?,
                Form::Name => fail::say(&text),
                Form::Json => {}
            }
        }
        if all > 1 {
            fail::say(&format!(
                "it would be done to {would} of {all}; nothing was sent\n"
            ));
        }
        Ok(())
    }

    /// Sends those that are not over, one after the other, until something speaks against it.
    async fn send(&self, items: &mut [Item], asked: Timestamp) {
        let alone = items.iter().filter(|item| item.end.is_none()).count() == 1;
        let interrupted = listen();
        let mut halted: Option<String> = None;
        for at in 0..items.len() {
            if items[at].end.is_some() {
                continue;
            }
            if halted.is_none() && interrupted.load(Ordering::Relaxed) {
                halted = Some("a person ended it".to_string());
            }
            let end = match &halted {
                Some(why) => End::Unsent(why.clone()),
                None => self.one(&items[at], asked, alone).await,
            };
            let told = self.tell(&items[at], &end);
            items[at].end = Some(end);
            halted = halted.or_else(|| speaks_against(items, told));
        }
    }

    async fn one(&self, item: &Item, asked: Timestamp, alone: bool) -> End {
        let Some(preview) = &item.preview else {
            return End::Not("it was not read".to_string());
        };
        let shown = Shown {
            phase: preview.phase.clone(),
            asked,
            digest: alone.then_some(preview.digest),
        };
        let now = Timestamp::now();
        let journal = self.journal.as_ref();
        let done = acting::carry(&self.cluster, &item.order, &shown, now, journal).await;
        for text in &done.untold {
            fail::warn(&format!("{}: {text}", item.subject()));
        }
        End::Over(done)
    }

    /// Says how it ended for one object.
    fn tell(&self, item: &Item, end: &End) -> Result<(), Failure> {
        match self.agreement.output {
            Form::Text => output::print(&item.line(end)),
            Form::Name => match item.name(end) {
                Some(name) => output::print(&name),
                None => {
                    fail::say(&item.line(end));
                    Ok(())
                }
            },
            Form::Json => Ok(()),
        }
    }
}

/// Why the next one is not sent.
fn speaks_against(items: &[Item], told: Result<(), Failure>) -> Option<String> {
    match told {
        Ok(()) => {}
        Err(Failure::Closed) => return Some("nobody reads the results any more".to_string()),
        Err(Failure::Said { what, .. } | Failure::Usage(what)) => {
            fail::warn(&what);
            return Some(what);
        }
    }
    let over = items.iter().filter_map(|item| match &item.end {
        Some(End::Over(done)) => Some(&done.outcome),
        _ => None,
    });
    bulk::halts(&over.collect::<Vec<&Outcome>>())
}

/// An interrupt ends nothing at once any more: what is under way is ended first.
static SENDS: AtomicBool = AtomicBool::new(false);

/// Something is being sent, and who interrupts it is heard there.
pub(super) fn sends() -> bool {
    SENDS.load(Ordering::Relaxed)
}

/// Whether somebody has interrupted since. A second time ends the program, with one write under way.
fn listen() -> Arc<AtomicBool> {
    SENDS.store(true, Ordering::Relaxed);
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    // Where it cannot be heard it ends the program at once, as it does everywhere.
    let Ok(mut interrupts) = signal(SignalKind::interrupt()) else {
        return interrupted;
    };
    tokio::spawn(async move {
        interrupts.recv().await;
        flag.store(true, Ordering::Relaxed);
        fail::warn("the one under way is ended first; ctrl-c again leaves it as it is");
        interrupts.recv().await;
        fail::warn(
            "left: nobody knows what became of the one under way; `tiphys journal` says which it was",
        );
        std::process::exit(TORN);
    });
    interrupted
}

//! The demo's two days: how they are told, and how those who begin at the same moment share one telling.
//! Apart from the cluster that goes on from there, because the telling takes seconds and a copy takes none.

use std::sync::{Arc, Mutex, PoisonError};

use super::argo::Engine;
use super::clock::{Clock, at};
use super::embedded::{Options, play};
use super::scenario::standing;
use super::scenario::story::{self, Broken, HISTORY, Story};
use super::store::Store;

/// Tellings that are kept; of more the first goes.
const KEPT: usize = 4;

/// What makes one telling differ from another.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    seed: u64,
    now: i64,
    incidents: bool,
    bucket: Option<String>,
}

/// A cluster at the end of the history. Nobody acts on it.
struct Told {
    store: Arc<Store>,
    engine: Engine,
    story: Story,
}

/// Several ask at once in a test run: the first one tells, the others wait for it.
static TOLD: Mutex<Vec<(Asked, Told)>> = Mutex::new(Vec::new());

/// A store with what every cluster has.
pub(super) fn beginning(options: &Options, clock: &Clock) -> Arc<Store> {
    let store = Arc::new(Store::new(clock.clone(), options.seed));
    for name in ["default", "argo"] {
        story::namespace(&store, name);
    }
    story::node(&store);
    store
}

/// Tells the history that ends `now` (milliseconds) into a store.
///
/// # Errors
/// Where the embedded data is broken.
pub(super) fn tell(
    options: &Options,
    store: &Arc<Store>,
    now: i64,
) -> Result<(Engine, Story), Broken> {
    let seed = options.seed;
    let catalogue = match &options.bucket {
        Some(endpoint) => story::catalogue()?.keeping(endpoint),
        None => story::catalogue()?,
    };
    let mut engine = Engine::new(Arc::clone(store), catalogue, seed, now - HISTORY);
    let mut story = Story::new(seed, now)?;
    if options.incidents {
        story = story.with_incidents();
    }
    story.furnish(store, &mut engine)?;
    engine.quiet(now);
    play(&mut engine, Some(&mut story), now, None);
    engine.loud();
    Ok((engine, story))
}

/// A copy of the cluster at the end of its history, under a clock of its own.
///
/// # Errors
/// As [`tell`].
pub(super) fn copy(
    options: &Options,
    clock: &Clock,
    now: i64,
) -> Result<(Arc<Store>, Engine, Story), Broken> {
    let asked = Asked {
        seed: options.seed,
        now,
        incidents: options.incidents,
        bucket: options.bucket.clone(),
    };
    // A test that failed while it told has pushed nothing.
    let mut all = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let there = all.iter().position(|(other, _)| *other == asked);
    let place = match there {
        Some(place) => place,
        None => {
            let told = whole(options, now)?;
            if all.len() == KEPT {
                all.remove(0);
            }
            all.push((asked, told));
            all.len() - 1
        }
    };
    let told = &all[place].1;
    let store = Arc::new(told.store.copy(clock.clone()));
    let engine = told.engine.on(Arc::clone(&store));
    let story = told.story.on(Arc::clone(&store));
    Ok((store, engine, story))
}

fn whole(options: &Options, now: i64) -> Result<Told, Broken> {
    let store = beginning(options, &Clock::by_hand(at(now)));
    let (engine, story) = tell(options, &store, now)?;
    standing::furnish(&store, now);
    store.compact();
    Ok(Told {
        store,
        engine,
        story,
    })
}

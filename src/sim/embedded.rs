//! The whole embedded cluster in one value: API, pretended Argo, scenario, clock.
//! Apart, because the command line starts one and tests hold another still.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch::Receiver;
use tokio::task::JoinHandle;

use super::api::Api;
use super::api::access::Access;
use super::argo::Engine;
use super::argo::plan::Catalogue;
use super::bucket;
use super::clock::{Clock, at};
use super::scenario::fleet::Churn;
use super::scenario::flood::Writer;
use super::scenario::story;
use super::scenario::{Actor, Scenario, big, standing};
use super::store::Store;
use super::told;

/// What an embedded cluster is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// What happens in it.
    pub scenario: Scenario,
    /// Seed of all chance.
    pub seed: u64,
    /// How much faster than the wall its time runs.
    pub speed: f64,
    /// What time it is there at the start; the wall's if none.
    pub epoch: Option<Timestamp>,
    /// Who may do what.
    pub access: Access,
    /// Failures of which several have one cause are part of the story.
    pub incidents: bool,
    /// Host and port of the store of artifacts, as the runs name it; `None`: there is none.
    pub bucket: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            scenario: Scenario::Story,
            seed: 42,
            speed: 1.0,
            epoch: None,
            access: Access::open(),
            incidents: false,
            bucket: Some(bucket::ENDPOINT.to_string()),
        }
    }
}

/// An embedded cluster. It stops when this is dropped.
pub struct Embedded {
    /// The API: a service for clients in this process, or for [`super::serve::serve`].
    pub api: Api,
    /// Its clock.
    pub clock: Clock,
    /// Where its runs say that their artifacts lie.
    endpoint: String,
    director: Arc<Mutex<Director>>,
    job: Option<JoinHandle<()>>,
}

struct Director {
    engine: Engine,
    actor: Option<Box<dyn Actor>>,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedded")
            .field("now", &self.clock.timestamp())
            .finish_non_exhaustive()
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(job) = self.job.take() {
            job.abort();
        }
    }
}

impl Embedded {
    /// Tells the history at once and lets time run in a background job. Wants a tokio runtime.
    ///
    /// # Errors
    /// Where the embedded data is broken.
    pub fn start(options: Options) -> Result<Self, story::Broken> {
        let epoch = options.epoch.unwrap_or_else(Timestamp::now);
        let clock = Clock::running(epoch, options.speed);
        let mut embedded = Self::build(&options, clock, epoch.as_millisecond())?;
        let director = Arc::clone(&embedded.director);
        let edits = embedded.api.store().subscribe_edits();
        embedded.job = Some(tokio::spawn(run(director, embedded.clock.clone(), edits)));
        Ok(embedded)
    }

    /// Tells the history at once and stands still until [`Embedded::advance`]. Without an epoch it is 2026-11-22T02:14:00Z.
    ///
    /// # Errors
    /// Where the embedded data is broken.
    pub fn paused(options: Options) -> Result<Self, story::Broken> {
        let epoch = options.epoch.unwrap_or_else(|| at(1_795_313_640_000));
        let (clock, now) = (Clock::by_hand(epoch), epoch.as_millisecond());
        if options.scenario != Scenario::Story {
            return Self::build(&options, clock, now);
        }
        let (store, engine, story) = told::copy(&options, &clock, now)?;
        let director = Director {
            engine,
            actor: Some(Box::new(story)),
        };
        Ok(Self::of(&options, clock, store, director))
    }

    fn build(options: &Options, clock: Clock, now: i64) -> Result<Self, story::Broken> {
        let store = told::beginning(options, &clock);
        let seed = options.seed;
        let director = match &options.scenario {
            Scenario::Empty => Director {
                engine: Engine::new(Arc::clone(&store), Catalogue::default(), seed, now),
                actor: None,
            },
            Scenario::Fleet(fleet) => Director {
                actor: Some(Box::new(Churn::furnish(*fleet, &store, seed, now))),
                engine: Engine::new(Arc::clone(&store), Catalogue::default(), seed, now),
            },
            Scenario::Flood(flood) => Director {
                actor: Some(Box::new(Writer::furnish(*flood, &store, now))),
                engine: Engine::new(Arc::clone(&store), Catalogue::default(), seed, now),
            },
            Scenario::Big { nodes } => {
                big::furnish(&store, *nodes, now);
                Director {
                    engine: Engine::new(Arc::clone(&store), Catalogue::default(), seed, now),
                    actor: None,
                }
            }
            Scenario::Story => {
                let (engine, story) = told::tell(options, &store, now)?;
                Director {
                    engine,
                    actor: Some(Box::new(story)),
                }
            }
        };
        standing::furnish(&store, now);
        // Nobody watched the past.
        store.compact();
        Ok(Self::of(options, clock, store, director))
    }

    fn of(options: &Options, clock: Clock, store: Arc<Store>, director: Director) -> Self {
        Self {
            api: Api::with_access(store, options.access.clone()),
            clock,
            endpoint: options.bucket.clone().unwrap_or_default(),
            director: Arc::new(Mutex::new(director)),
            job: None,
        }
    }

    /// The store of its artifacts, as a server.
    pub fn bucket(&self) -> bucket::Service {
        bucket::service(Arc::clone(self.api.store()), &self.endpoint)
    }

    /// Moves the time of a paused cluster; everything that is due happens, each thing at its own time.
    pub fn advance(&self, by: Duration) {
        let mut director = lock(&self.director);
        director.engine.observe();
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let to = self.clock.millis().saturating_add(by);
        director.run_until(to, Some(&self.clock));
        self.clock.set(to);
    }
}

fn lock(director: &Mutex<Director>) -> MutexGuard<'_, Director> {
    director.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Director {
    fn next(&self) -> Option<i64> {
        next(&self.engine, self.actor.as_deref())
    }

    fn run_until(&mut self, to: i64, clock: Option<&Clock>) {
        let actor = self.actor.as_mut();
        play(
            &mut self.engine,
            actor.map(|actor| &mut **actor as &mut dyn Actor),
            to,
            clock,
        );
    }
}

fn next(engine: &Engine, actor: Option<&dyn Actor>) -> Option<i64> {
    let actor = actor.and_then(Actor::next);
    [engine.next(), actor].into_iter().flatten().min()
}

/// Everything that is due until then happens, each thing at its own time, which a clock is put to.
pub(super) fn play(
    engine: &mut Engine,
    mut actor: Option<&mut dyn Actor>,
    to: i64,
    clock: Option<&Clock>,
) {
    while let Some(due) = next(engine, actor.as_deref()).filter(|due| *due <= to) {
        if let Some(clock) = clock {
            clock.set(due);
        }
        engine.run_until(due);
        if let Some(actor) = &mut actor
            && actor.next().is_some_and(|at| at <= due)
        {
            actor.act(engine);
        }
    }
    engine.run_until(to);
}

async fn run(director: Arc<Mutex<Director>>, clock: Clock, mut edits: Receiver<u64>) {
    loop {
        let wait = {
            let mut director = lock(&director);
            edits.borrow_and_update();
            director.run_until(clock.millis(), None);
            director.engine.observe();
            let next = director.next().unwrap_or(i64::MAX);
            clock.until(next).unwrap_or(Duration::from_secs(1))
        };
        tokio::select! {
            biased;
            () = tokio::time::sleep(wait.min(Duration::from_secs(3600))) => {}
            changed = edits.changed() => if changed.is_err() { return },
        }
    }
}

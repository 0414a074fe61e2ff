//! `tiphys demo`: the console on a cluster embedded in this process, or that cluster served for other programs.
//! Apart from the console, which cannot tell it from any other cluster.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::{Args, ValueEnum};
use color_eyre::eyre::{WrapErr, bail, eyre};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use jiff::Timestamp;
use tokio::runtime::Runtime;

use crate::cli::console::{self, Look};
use crate::cli::{Common, project, staged};
use crate::cluster::Cluster;
use crate::model::trouble::Trouble;
use crate::runtime::console::{Clock, Console};
use crate::runtime::effects::{Maker, Source};
use crate::runtime::journal::Journal;
use crate::sim::scenario::fleet::Fleet;
use crate::sim::scenario::flood::Flood;
use crate::sim::serve::{kubeconfig, serve, serve_bucket};
use crate::sim::{Embedded, Options, Scenario};

/// Run the console on a living cluster embedded in the process: no network, nothing to install
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  tiphys demo                                      the console, alive
  tiphys demo --speed 10                           ten times as fast
  tiphys demo --headless --listen 127.0.0.1:8001 --kubeconfig demo.yaml
                                                   only the API; in another terminal:
                                                   kubectl --kubeconfig demo.yaml get workflows -A")]
pub struct Demo {
    /// Seed of everything that happens by chance
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// How many times as fast as the wall clock its time runs
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Serve its API on this loopback address too (port 0 takes a free one); --kubeconfig names a file to write for it
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Only serve, without the console, until it is interrupted
    #[arg(long, requires = "listen")]
    headless: bool,
    /// What happens in it
    #[arg(long, value_enum, default_value_t = Kind::Story)]
    scenario: Kind,
    /// Workflows of the fleet scenario
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    runs: usize,
    /// Namespaces of the fleet scenario
    #[arg(long, value_name = "N", default_value_t = 50)]
    fleet_namespaces: usize,
    /// Changes a second of the fleet scenario
    #[arg(long, value_name = "N", default_value_t = 0.0)]
    events: f64,
    /// Steps of the one large run of the big scenario
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    nodes: usize,
    /// Lines of the log of the flood scenario
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    lines: u64,
    /// Lines a second of the flood scenario; at 0 all are there at the start
    #[arg(long, value_name = "N", default_value_t = 0)]
    rate: u64,
}

/// The name of its one context.
const CONTEXT: &str = "demo";

/// An embedded cluster that will be there; it lives as long as somebody holds this.
type Making = Shared<BoxFuture<'static, Result<Arc<Embedded>, String>>>;

fn maker(making: Making, readonly: bool) -> Maker {
    Arc::new(move || {
        let making = making.clone();
        async move {
            let embedded = making
                .await
                .map_err(|detail| Trouble::NotConfigured { detail })?;
            let cluster = Cluster::guarded(embedded.api.clone(), CONTEXT, readonly);
            Ok(cluster.with_stores(embedded.bucket()))
        }
        .boxed()
    })
}

fn broken(why: String) -> color_eyre::Report {
    eyre!("the embedded cluster cannot be made: {why}")
}

/// Scenarios of the embedded cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Six namespaces, some forty live runs and three hundred finished ones
    Story,
    /// Many workflows of 25 KB, for measuring
    Fleet,
    /// One run with very many steps, inline and compressed
    Big,
    /// One run with a very long log
    Flood,
    /// No workflow at all
    Empty,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && (0.01..=1_000.0).contains(&speed) => Ok(speed),
        _ => Err("a number from 0.01 to 1000".to_string()),
    }
}

impl Demo {
    /// The story, at the wall's pace.
    ///
    /// # Errors
    /// Where the embedded data is broken.
    pub fn story(seed: u64) -> color_eyre::Result<Embedded> {
        let options = Options {
            seed,
            incidents: true,
            ..Options::default()
        };
        Embedded::start(options).map_err(broken)
    }

    fn options(&self) -> Options {
        let scenario = match self.scenario {
            Kind::Story => Scenario::Story,
            Kind::Empty => Scenario::Empty,
            Kind::Big => Scenario::Big { nodes: self.nodes },
            Kind::Flood => Scenario::Flood(Flood {
                lines: self.lines,
                rate: self.rate,
            }),
            Kind::Fleet => Scenario::Fleet(Fleet {
                runs: self.runs,
                namespaces: self.fleet_namespaces,
                events_per_second: self.events,
                ..Fleet::default()
            }),
        };
        Options {
            scenario,
            seed: self.seed,
            speed: self.speed,
            incidents: true,
            ..Options::default()
        }
    }

    /// Runs it.
    ///
    /// # Errors
    /// Where it cannot be served, or the console cannot be shown.
    pub fn run(&self, common: &Common, look: &Look) -> color_eyre::Result<ExitCode> {
        if common.kubeconfig.is_some() && self.listen.is_none() {
            bail!(
                "--kubeconfig names the file to write for --listen; without --listen nothing is served"
            );
        }
        if common.context.is_some() {
            bail!("the embedded cluster has one context; --context is for real ones");
        }
        let runtime = console::runtime()?;
        let started = Instant::now();
        let epoch = Timestamp::now();
        // Other programs reach its store of artifacts too, where they reach its API.
        let store = match self.listen {
            Some(_) => Some(TcpListener::bind("127.0.0.1:0")?),
            None => None,
        };
        let bucket = match &store {
            Some(store) => Some(store.local_addr()?.to_string()),
            None => None,
        };
        let making = self.making(&runtime, epoch, bucket);
        if let Some(addr) = self.listen {
            let embedded = runtime.block_on(making.clone()).map_err(broken)?;
            if let Some(store) = store {
                let _inside = runtime.enter();
                serve_bucket(embedded.bucket(), store)?;
            }
            let addr =
                runtime.block_on(self.serve(&embedded, addr, common.kubeconfig.as_deref()))?;
            if self.headless {
                // It serves whether or not somebody reads where.
                let _ = writeln!(std::io::stdout(), "serving http://{addr}");
                runtime.block_on(interrupted())?;
                return Ok(ExitCode::SUCCESS);
            }
        }
        let speed = self.speed;
        let now = move || epoch + started.elapsed().mul_f64(speed);
        let home = look.home();
        let loaded = Look::load(&home)?;
        let mut state = common.state(loaded.config.clone());
        state.context = Some(CONTEXT.into());
        // The file is written for other programs; without it none can reach this cluster.
        state.alone = common.kubeconfig.is_none();
        let console = Console {
            state,
            source: Source::Made(CONTEXT.into(), maker(making, common.readonly)),
            themes: loaded.themes.clone(),
            home: Some((home, loaded)),
            // What is done to a cluster that ends with the program is told while it lasts.
            journal: Journal::of_demo(),
            tasks: Some(project::of_demo(now)),
            // The embedded clock starts at the same moment; the console must not wait for it to be asked.
            clock: Clock::of(now, speed),
        };
        console::run(common, console, runtime)
    }

    /// The embedded cluster, made beside the console: its history takes a moment, the first frame must not.
    fn making(&self, runtime: &Runtime, epoch: Timestamp, bucket: Option<String>) -> Making {
        let options = Options {
            epoch: Some(epoch),
            bucket: bucket.or(Options::default().bucket),
            ..self.options()
        };
        let (tells, speed) = (self.scenario == Kind::Story, self.speed);
        let made = runtime.spawn_blocking(move || Embedded::start(options).map(Arc::new));
        async move {
            let made = made.await.unwrap_or_else(|error| Err(error.to_string()))?;
            if tells {
                tokio::spawn(staged::work(made.clone(), speed));
            }
            Ok(made)
        }
        .boxed()
        .shared()
    }

    async fn serve(
        &self,
        embedded: &Embedded,
        addr: SocketAddr,
        file: Option<&Path>,
    ) -> color_eyre::Result<SocketAddr> {
        let (addr, _) = serve(embedded.api.clone(), addr)
            .await
            .wrap_err_with(|| format!("{addr} cannot be served"))?;
        if let Some(file) = file {
            let file: PathBuf = file.to_path_buf();
            std::fs::write(&file, kubeconfig(addr, CONTEXT))
                .wrap_err_with(|| format!("the kubeconfig {} cannot be written", file.display()))?;
        }
        Ok(addr)
    }
}

/// Until somebody interrupts or ends the process.
async fn interrupted() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut end = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => outcome,
        _ = end.recv() => Ok(()),
        _ = hangup.recv() => Ok(()),
    }
}

//! `tiphys`: the console on a cluster; and what every verb that draws shares: theme, keys, clock.
//! Apart from the loop, which is given all of it ready made.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use color_eyre::eyre::{WrapErr, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::runtime::Runtime;

use crate::app::config::Config;
use crate::app::config::problem::did_you_mean;
use crate::app::memory::{self, Memories};
use crate::app::query::Query;
use crate::app::said::Level;
use crate::app::state::{Options, State};
use crate::cli::Common;
use crate::cli::fail;
use crate::cli::project;
use crate::cluster::{self, Target};
use crate::model::delta::Scope;
use crate::model::text::clean_message;
use crate::model::zone::Zone;
use crate::runtime::config::{self, Asked, Facts, Home, Loaded};
use crate::runtime::console::{self, Clock, Console};
use crate::runtime::effects::Source;
use crate::runtime::journal::Journal;
use crate::runtime::{keeper, logfile, terminal};

/// What says the same without a screen.
const IN_LINES: &str = "`tiphys watch --fleet` tells what changes line by line, `tiphys get runs` and `tiphys logs` write plain text";

/// How the console looks and listens.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Look and keys")]
pub struct Look {
    /// Theme: auto, dusk, dawn, contrast, mono, terminal, one of your own, or a file
    #[arg(long, global = true, value_name = "NAME|FILE")]
    pub theme: Option<String>,
    /// Draw with ASCII only (chosen by itself where the locale is not UTF-8)
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Keymap: default, k9s, emacs, one of your own, or a file; your keymap.toml has no word in it then
    #[arg(long, global = true, value_name = "NAME|FILE")]
    pub keymap: Option<String>,
    /// Project of Task Master whose tasks are shown: its folder or its tasks.json, instead of the folder one is in
    #[arg(long, value_name = "DIR|FILE", value_hint = clap::ValueHint::AnyPath)]
    pub project: Option<PathBuf>,
    /// Begin anew, not where you left off in this context (as with -n and -A)
    #[arg(long, global = true)]
    pub no_restore: bool,
    /// Directory of the configuration, instead of ~/.config/tiphys
    #[arg(long, global = true, value_name = "DIR", env = "TIPHYS_CONFIG", value_hint = clap::ValueHint::DirPath)]
    pub config: Option<PathBuf>,
}

impl Look {
    /// Where the configuration comes from, for this terminal.
    pub fn home(&self) -> Home {
        let facts = Facts::of(|name| std::env::var(name).ok());
        self.home_for(facts)
    }

    /// Where the configuration comes from, for a file or a pipe: it has every colour, and only the locale and NO_COLOR count.
    pub fn home_on_paper(&self) -> Home {
        let Facts { no_color, utf8, .. } = self.home().facts;
        self.home_for(Facts {
            no_color,
            utf8,
            ..Facts::default()
        })
    }

    /// Whether text that is printed must be ASCII: it was asked for, or the locale knows nothing else.
    pub fn ascii_on_paper(&self) -> bool {
        self.ascii || !self.home().facts.utf8
    }

    fn home_for(&self, facts: Facts) -> Home {
        let dir = self.config.clone().or_else(config::usual_dir);
        Home {
            // What is watched must not depend on where the program is.
            dir: dir.map(|dir| std::path::absolute(&dir).unwrap_or(dir)),
            asked: Asked {
                theme: self.theme.clone(),
                keymap: self.keymap.clone(),
                ascii: self.ascii,
            },
            facts,
        }
    }

    /// Reads the configuration. What is wrong in its files is shown in the console.
    ///
    /// # Errors
    /// Where the command line names what is not there.
    pub fn load(home: &Home) -> color_eyre::Result<Loaded> {
        let loaded = home.load(None);
        let asked = ["--theme", "--keymap"];
        let mut problems = loaded.config.problems.iter();
        match problems.find(|problem| asked.contains(&&*problem.place.file)) {
            Some(wrong) => bail!("{}: {}", wrong.place, wrong.sentence()),
            None => Ok(loaded),
        }
    }
}

impl Common {
    /// Which cluster.
    pub fn target(&self) -> Target {
        Target {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            readonly: self.readonly,
        }
    }

    /// Which namespaces.
    pub fn scope(&self) -> Scope {
        if self.namespaces.is_empty() {
            return Scope::All;
        }
        let mut names: Vec<std::sync::Arc<str>> = Vec::new();
        // `-n a,b` is what people type who know `ns:a,b`.
        for name in self.namespaces.iter().flat_map(|names| names.split(',')) {
            if !name.is_empty() && !names.iter().any(|known| **known == *name) {
                names.push(name.into());
            }
        }
        Scope::Namespaces(names)
    }

    /// The kubeconfig that was named, as it is found from anywhere: what is copied is pasted somewhere else.
    pub(super) fn kubeconfig_elsewhere(&self) -> Option<Arc<str>> {
        let path = self.kubeconfig.as_ref()?;
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        Some(path.display().to_string().into())
    }

    /// The state a console begins with.
    pub fn state(&self, config: Config) -> State {
        State::new(Options {
            context: self.context.as_deref().map(Into::into),
            kubeconfig: self.kubeconfig_elsewhere(),
            alone: false,
            scope: self.scope(),
            readonly: self.readonly,
            keymap: config.keymap,
            reduced_motion: config.reduced_motion,
            problems: config.problems,
            query: Query::default(),
            links: config.links,
            habits: config.habits,
            zone: Zone::of(TimeZone::system()),
        })
    }

    /// Begins where somebody left off in the context, unless the command line says which namespaces.
    fn restore(&self, state: &mut State) {
        let named = self.all_namespaces || !self.namespaces.is_empty();
        let Some(path) = keeper::usual_path().filter(|_| !named) else {
            return;
        };
        let now = Timestamp::now();
        let kept = keeper::read(&path).unwrap_or_else(|problem| {
            state.tell(now, Level::Warn, problem);
            BTreeMap::new()
        });
        state.memories = Some(Memories::new(kept));
        // Where there is no kubeconfig that is said by whoever connects.
        let contexts = cluster::contexts(&self.target()).unwrap_or_default();
        let current = contexts.into_iter().find(|context| context.current);
        if let Some(context) = current {
            memory::restore(state, now, &context.name);
        }
    }

    /// Begins the log file. The usual one may be missing, which is said; one that was asked for may not.
    ///
    /// # Errors
    /// Where `--log` names a file that cannot be written.
    pub fn start_log(&self) -> color_eyre::Result<()> {
        let Some(path) = self.log.clone().or_else(logfile::usual_path) else {
            return Ok(());
        };
        let level = std::env::var("TIPHYS_LOG").ok();
        match logfile::install(&path, level.as_deref()) {
            Err(why) if self.log.is_some() => {
                bail!("--log {}: it cannot be written: {why}", path.display())
            }
            Err(why) => fail::say(&format!("no log: {}: {why}\n", path.display())),
            Ok(()) => {}
        }
        Ok(())
    }
}

/// The async runtime of a console: one thread besides the one that draws, and as many as are needed for heavy decoding.
/// A second one would mostly be woken to hand the other's work on: a watch passes through three jobs.
///
/// # Errors
/// Where no thread can be started.
pub fn runtime() -> color_eyre::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .wrap_err("the async runtime cannot start")
}

/// Runs the console in this terminal.
///
/// # Errors
/// Where there is no terminal that can show it.
pub fn run(common: &Common, console: Console, runtime: Runtime) -> color_eyre::Result<ExitCode> {
    if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
        bail!("TERM=dumb cannot show the console; {IN_LINES}");
    }
    common.start_log()?;
    terminal::restore_on_panic();
    let exit = runtime.block_on(console::run(console));
    // Jobs that wait for the network must not hold up the end.
    runtime.shutdown_background();
    exit.wrap_err_with(|| format!("the console needs a terminal; {IN_LINES}"))
}

/// Why the cluster that was named on the command line is none: what is not in a kubeconfig does not come by waiting for it.
fn nowhere(common: &Common) -> Option<String> {
    let known = match cluster::contexts(&common.target()) {
        Ok(known) => known,
        Err(why) => return common.kubeconfig.as_ref().map(|_| why.to_string()),
    };
    let wanted = common.context.as_deref()?;
    let names: Vec<&str> = known.iter().map(|context| &*context.name).collect();
    let all = format!("there are {}", names.join(", "));
    (!names.contains(&wanted)).then(|| {
        let help = did_you_mean(wanted, names.iter().copied(), &all);
        clean_message(&format!("there is no context `{wanted}`; {help}")).into_owned()
    })
}

/// The console on a real cluster.
///
/// # Errors
/// As [`run`], and where an option cannot be read.
pub fn on_cluster(common: &Common, look: &Look) -> color_eyre::Result<ExitCode> {
    if let Some(why) = nowhere(common) {
        fail::say(&format!("tiphys: {why}\n"));
        return Ok(ExitCode::from(fail::USAGE));
    }
    let home = look.home();
    let loaded = Look::load(&home)?;
    let mut state = common.state(loaded.config.clone());
    if !look.no_restore && state.habits.restore {
        common.restore(&mut state);
    }
    state.keeps_past = state.habits.history;
    let named = look.project.clone();
    let named = named.or_else(|| project::configured(&state.habits.project));
    let journal = Journal::usual().map(|file| file.with_trash(state.habits.trash));
    let console = Console {
        state,
        source: Source::Kubeconfig(common.target()),
        themes: loaded.themes.clone(),
        clock: Clock::system(),
        home: Some((home, loaded)),
        journal,
        tasks: Some(project::of(named)),
    };
    run(common, console, runtime()?)
}

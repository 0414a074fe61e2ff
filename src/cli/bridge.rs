//! `tiphys bridge`: verifies tasks as they reach a status, and tells them what was found, until it is told to end.
//! Apart from the room of the same name: here are the options, the files, the signals, and what is said.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use crate::app::bridging::{self, Told};
use crate::bridge::{Bridge as Worker, FromFiles, Held, Looked, Project, Rules, Said, run};
use crate::cli::Common;
use crate::cli::ask;
use crate::cli::controller::ending;
use crate::cli::fail::{FAILED, Failure};
use crate::cli::output::print;
use crate::cli::project;
use crate::cluster::Cluster;
use crate::model::text::clean_message;
use crate::taskmaster::{Files, Real, Root, roots};
use crate::wire::taskmaster::edit::Target;

/// `--once` looks again after so long whether what it wrote still stands: Task Master writes what it had read before.
const AGAIN: Duration = Duration::from_secs(3);
/// How often it does at most.
const LOOKS: usize = 5;

/// Verify Task Master's tasks as they reach a status, and note in tasks.json what was found
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
It runs beside a checkout, reads .taskmaster/tasks/tasks.json and watches it. A task that comes to the status review gets one
QARun for what it says (title, description, details, test strategy, criteria): neither a verdict, nor what Task Master rewrites
by itself, nor a second bridge brings it another one, and a QARun that was deleted is not made again. Another text is another
version, and is verified. Tasks that depend on others wait until those are done or have passed.

What was found is noted under the task's metadata.qaRun, one value changed in the file and not a byte more, under Task Master's own lock;
what Task Master puts back is noted again. It runs no program, git least of all. `tiphys controller` makes workflows of QARuns.

.tiphys/bridge.toml, all of which can be left out (it is read again when it changes; one with a mistake changes nothing):
  project = \"shop\"                 in names of QARuns; the folder's name
  namespace = \"qa\"                 -n says it too; else the context's
  on-status = [\"review\"]           --on-status says it too
  tags = [\"master\"]                --tag says it too; else the current one
  subtasks = false                 subtasks get QARuns of their own
  dependencies = \"passed\"          or \"ignored\"
  at-once = 4                      QARuns that are not over
  per-hour = 30                    QARuns created
  [report]
  pass = \"done\"                    the status of a task that passed, if it is to change
  fail = \"in-progress\"             of one that failed; its details say why
  tick = false                     true: checkboxes of acceptance-criteria.md whose criteria passed
  link = \"https://qa.example/{namespace}/{name}\"
  [run]                            fields of every QARun's spec (`tiphys crd`)
  image = \"ghcr.io/acme/qa:2\"
  [[rule]]                         tasks, tags, priorities, labels that must fit; of several the later one wins
  tasks = [\"15.*\"]
  run = {environments = [{name = \"staging\"}]}
  [[rule]]
  labels = [\"docs\"]
  skip = true

It needs the rights to get, list, watch and create qaruns.agents.platform in the namespace. Its log goes to standard error.

Examples:
  tiphys bridge --dry-run                 what would be done now, and what waits for what
  tiphys bridge -n qa                     until SIGTERM or SIGINT
  tiphys bridge -n qa --once              what there is to do now, for a cron job
  tiphys bridge --project ../shop --tag release --on-status review --on-status done")]
pub struct Bridge {
    /// The project's folder, or its tasks.json; looked for here and above where nothing is said
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::AnyPath)]
    project: Option<PathBuf>,
    /// The tag whose tasks are verified; can be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// The status in which a task is verified (default: review); can be given several times
    #[arg(long = "on-status", value_name = "STATUS")]
    on_status: Vec<String>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Do what there is to do now, and end
    #[arg(long)]
    once: bool,
}

impl Bridge {
    /// Works until it is told to end.
    pub fn run(&self, common: &Common) -> ExitCode {
        ask::run(common, (FAILED, 0), self.work(common))
    }

    async fn work(&self, common: &Common) -> Result<ExitCode, Failure> {
        if common.readonly && !self.dry_run {
            let what = "a bridge writes, and --readonly lets nothing out that does; --dry-run says what it would do";
            return Err(Failure::Usage(what.to_owned()));
        }
        let root = self.root()?;
        if common.namespaces.len() > 1 {
            let what = "a bridge creates QARuns in one namespace: say -n once".to_owned();
            return Err(Failure::Usage(what));
        }
        let files = Files::real();
        let source = FromFiles::new(files.disk.clone(), root.clone(), self.said(common));
        let rules = self.rules(&source)?;
        // Before anything is asked: a signal that comes meanwhile is not to end it in the middle.
        let stop = ending().map_err(|why| Failure::Said {
            what: format!("signals cannot be set up: {why}"),
            next: None,
        })?;
        let cluster = common.connect().await?;
        let worker = between(&cluster, &root, source, rules, files, Timestamp::now);
        let worker = match self.dry_run {
            true => worker.only_saying(),
            false => worker,
        };
        if self.dry_run || self.once {
            worker
                .ask()
                .await
                .map_err(|why| Failure::of(&cluster, &why))?;
        }
        match (self.dry_run, self.once) {
            (true, _) => foresee(&worker).await,
            (false, true) => once(&worker).await,
            (false, false) => {
                if common.log.is_none() {
                    let level = std::env::var("TIPHYS_LOG").ok();
                    let _ = crate::runtime::logfile::install_on_stderr(level.as_deref());
                }
                let file = root.file.display();
                tracing::info!("between {file} and {}", worker.namespace());
                let changes = Box::pin(project::changes(root));
                run(Arc::new(worker), changes, stop, tell).await;
                tracing::info!("ends");
                Ok(ExitCode::SUCCESS)
            }
        }
    }

    /// Where the tasks are.
    fn root(&self) -> Result<Root, Failure> {
        if let Some(path) = &self.project {
            return roots::named(&Real, path).map_err(|why| {
                let what = format!("{} has no tasks: {why}", path.display());
                Failure::new(
                    what,
                    "--project names a folder with .taskmaster, or a tasks.json.",
                )
            });
        }
        let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let found = roots::search(&Real, &here);
        found.here.into_iter().next().ok_or_else(|| {
            let below = found.below.first();
            let next = match below {
                Some(root) => format!(
                    "There is one below: --project {} means it.",
                    root.folder.display()
                ),
                None => "`task-master init` makes one; --project names another folder.".to_owned(),
            };
            let what = format!(
                "there is no .taskmaster/tasks/tasks.json in {} or above it",
                here.display()
            );
            Failure::new(what, next)
        })
    }

    /// What is said over the project's rules.
    fn said(&self, common: &Common) -> Said {
        Said {
            namespace: common.namespaces.first().cloned(),
            tags: self.tags.clone(),
            on_status: self.on_status.clone(),
        }
    }

    /// The project's rules; with a mistake in them nothing begins.
    fn rules(&self, source: &FromFiles) -> Result<Rules, Failure> {
        source.read_rules().map_err(|why| match why.strip_prefix("--on-status") {
            Some(_) => Failure::Usage(why),
            None => Failure::new(
                why,
                "Nothing is done under rules with a mistake; `tiphys bridge --help` says what there is.",
            ),
        })
    }
}

/// The bridge between a project's files and a cluster, in the namespace of the rules, else that of the context.
pub(super) fn between(
    cluster: &Cluster,
    root: &Root,
    source: FromFiles,
    rules: Rules,
    files: Files,
    now: impl Fn() -> Timestamp + Send + Sync + 'static,
) -> Worker {
    let namespace = rules.namespace.clone();
    let namespace = namespace.unwrap_or_else(|| cluster.default_namespace().to_string());
    let project = Project {
        folder: root.folder.clone(),
        file: root.file.clone(),
        source: Arc::new(source),
        files,
    };
    Worker::new(cluster.clone(), &namespace, project, rules, now)
}

/// What came of a look, as the console takes it.
pub(super) fn heard(looked: &Looked) -> Told {
    let of = |target: &Target| (target.tag.clone(), target.id.to_string());
    let would = looked.would.iter();
    let held = looked.held.iter();
    Told::Looked(Box::new(bridging::Looked {
        done: looked.done.clone(),
        would: would
            .map(|(target, what)| (of(target), what.clone()))
            .collect(),
        held: held
            .map(|held| (of(&held.target), format!("no QARun: {}", held.why)))
            .collect(),
        failed: looked.failed.clone(),
    }))
}

/// Says what would be done.
async fn foresee(worker: &Worker) -> Result<ExitCode, Failure> {
    let looked = worker.look().await;
    let mut text = String::new();
    for (target, what) in &looked.would {
        text += &clean_message(&format!("{target}: {what}"));
        text.push('\n');
    }
    text += &waiting(&looked.held);
    if text.is_empty() && looked.failed.is_empty() {
        text = "There is nothing to do: no task is to be verified.\n".to_owned();
    }
    print(&text)?;
    ended(&looked.failed)
}

/// Does what there is to do, and looks again whether it stands.
async fn once(worker: &Worker) -> Result<ExitCode, Failure> {
    let mut looked = worker.look().await;
    let mut text = lines(&looked.done);
    for _ in 0..LOOKS {
        if looked.done.is_empty() {
            break;
        }
        tokio::time::sleep(AGAIN).await;
        looked = worker.look().await;
        text += &lines(&looked.done);
    }
    text += &waiting(&looked.held);
    print(&text)?;
    ended(&looked.failed)
}

fn lines(all: &[String]) -> String {
    let line = |one: &String| format!("{}\n", clean_message(one));
    all.iter().map(line).collect()
}

fn waiting(held: &[Held]) -> String {
    let line = |held: &Held| {
        let text = format!("{}: nothing is created: {}", held.target, held.why);
        format!("{}\n", clean_message(&text))
    };
    held.iter().map(line).collect()
}

/// What could not be done is an error.
fn ended(failed: &[String]) -> Result<ExitCode, Failure> {
    match failed {
        [] => Ok(ExitCode::SUCCESS),
        all => Err(Failure::Said {
            what: all.join("; "),
            next: None,
        }),
    }
}

/// What came of a look, into the log.
fn tell(looked: &Looked) {
    for one in &looked.done {
        tracing::info!("{}", clean_message(one));
    }
    for one in &looked.failed {
        tracing::warn!("{}", clean_message(one));
    }
    for held in &looked.held {
        tracing::debug!("{}: {}", held.target, held.why);
    }
}

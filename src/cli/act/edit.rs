//! `tiphys edit`: the manifest of an object in an editor, or from a file.
//! Apart from the other verbs, whose orders are whole before anything is read.

use std::io::{self, Read as _};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{ArgGroup, Args};
use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};

use super::carry::{self, Wish};
use super::report::{End, Item};
use super::{Agreement, Desk, STATUS};
use crate::app::aside::Program;
use crate::cli::Common;
use crate::cli::console::Look;
use crate::cli::fail::{self, Failure};
use crate::cli::naming;
use crate::model::act::{Cannot, Kind, Operation, Order};
use crate::model::manifest::{Manifest, Mistake, headed, is_blank, parted};
use crate::runtime::aside;
use crate::runtime::sheet::{self, Sheets};
use crate::wire::manifest::without_servers;

/// Exit status of a program that ctrl-c ended.
const INTERRUPTED: i32 = 130;

/// Edit the manifest of a run, a template or a cron
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("object").required(true).args(["run", "template", "cluster_template", "cron"]))]
#[command(after_help = format!("\
The editor is $VISUAL, else $EDITOR, else vi. Its file is only yours to read and is removed afterwards;
what could not be applied is kept, and said where. Credentials stand in it as they are.
Only what was changed is sent, if it still is what was read, after the server has tried it (dryRun) and
the difference was shown. Status and version of the object are not part of the text.

Examples:
  tiphys edit payments/e2e-7
  tiphys edit --cron nightly
  EDITOR=cat tiphys edit --template smoke --dry-run > smoke.yaml
  tiphys edit --template smoke --file smoke.yaml --dry-run

{STATUS}"))]
pub struct Edit {
    /// A run: NAME, or NAMESPACE/NAME where several have it
    run: Option<String>,
    /// A WorkflowTemplate
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// A ClusterWorkflowTemplate
    #[arg(long, value_name = "NAME")]
    cluster_template: Option<String>,
    /// A CronWorkflow
    #[arg(long, value_name = "NAME")]
    cron: Option<String>,
    /// Take the edited text from a file instead of an editor; `-` is standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    agreement: Agreement,
}

/// What became of the editing.
enum Edited {
    /// Something to be sent, or only shown.
    Wish(Box<Item>),
    /// Nothing was changed.
    Nothing,
}

impl Edit {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        super::run(common, look, &self.agreement, |desk| async move {
            let order = self.order(&desk).await?;
            let subject = order.key.clone();
            let edited = match &self.file {
                Some(file) => taken(&desk, order, file).await?,
                None => written(&desk, order).await?,
            };
            let Edited::Wish(item) = edited else {
                fail::say(&format!(
                    "edit {subject}: nothing was changed; nothing was sent\n"
                ));
                return Ok(ExitCode::SUCCESS);
            };
            let order = item.order.clone();
            let code = desk
                .carry_out(Wish {
                    items: vec![*item],
                    named: true,
                    missing: Vec::new(),
                })
                .await?;
            if code != ExitCode::SUCCESS && self.file.is_none() {
                keep(&desk, &order);
            }
            Ok(code)
        })
    }

    /// Which object, of which nothing has been read yet.
    async fn order(&self, desk: &Desk<'_>) -> Result<Order, Failure> {
        let (cluster, common) = (&desk.cluster, desk.common);
        let named = [
            (Kind::WorkflowTemplate, &self.template),
            (Kind::ClusterWorkflowTemplate, &self.cluster_template),
            (Kind::CronWorkflow, &self.cron),
            (Kind::Workflow, &self.run),
        ];
        let named = (named.iter()).find_map(|(kind, name)| Some((*kind, name.as_deref()?)));
        let (kind, key) = match named {
            Some((Kind::Workflow, name)) => {
                (Kind::Workflow, naming::find(cluster, common, name).await?)
            }
            Some((kind, name)) => (kind, naming::object(cluster, common, kind, name).await?),
            None => {
                return Err(Failure::Usage(
                    "name a run, a template or a cron".to_string(),
                ));
            }
        };
        Ok(Order {
            kind,
            key,
            operation: Operation::Edit {
                manifest: Manifest::default(),
            },
        })
    }
}

/// The text is there already: what is wrong with it is said, and that is all.
async fn taken(desk: &Desk<'_>, order: Order, file: &PathBuf) -> Result<Edited, Failure> {
    let text = text_of(file)?;
    if is_blank(&text) {
        return Ok(Edited::Nothing);
    }
    let text = match without_servers(&text) {
        Some(own) => {
            let file = file.display();
            fail::say(&format!(
                "{file}: the status and the versions in it are the server's and are not sent\n"
            ));
            own
        }
        None => text,
    };
    let above = parted(&text).0;
    let (order, _) = read(desk, order).await?;
    let order = with(order, text);
    match desk.cluster.prepare(&order, Timestamp::now()).await {
        Err(Cannot::Mistaken(mistakes)) => {
            let lines = mistakes.iter().map(|one| one.sentence(above));
            let lines: Vec<String> = lines.collect();
            let file = file.display();
            Err(Failure::new(
                format!("{file}: {}", lines.join("; ")),
                "Nothing was sent.",
            ))
        }
        Err(Cannot::Refused(why)) if is_idle(&order) => {
            tracing::debug!(%why, "nothing to do");
            Ok(Edited::Nothing)
        }
        Err(why) => Err(refused(desk, &why)),
        Ok(prepared) => Ok(Edited::Wish(Box::new(item(order, prepared)))),
    }
}

/// As often as it takes: what is wrong stands above the text when it is opened again.
async fn written(desk: &Desk<'_>, order: Order) -> Result<Edited, Failure> {
    let editing = Arc::new(AtomicBool::new(false));
    listen(editing.clone());
    let (mut order, mut notes) = read(desk, order).await?;
    let (mut touched, mut moved) = (false, false);
    for round in 0.. {
        let before = text(&order).to_string();
        let (_, sheet) = headed(order.kind, &order.key, &before, &notes);
        editing.store(true, Ordering::Relaxed);
        let back = opened(round, &order.key.name, &sheet).await;
        editing.store(false, Ordering::Relaxed);
        let back = match back {
            Ok(back) => back,
            Err(why) => return Err(given_up(desk, &order, touched, &why)),
        };
        let same = parted(&back).1 == parted(&sheet).1;
        // What others changed meanwhile may be taken as it was laid together.
        if is_blank(&back) || (same && !moved) {
            return match touched {
                true => Err(given_up(desk, &order, touched, "nothing more was changed")),
                false => Ok(Edited::Nothing),
            };
        }
        (touched, moved) = (true, false);
        order = with(order, back);
        let why = match desk.cluster.prepare(&order, Timestamp::now()).await {
            Ok(prepared) => return Ok(Edited::Wish(Box::new(item(order, prepared)))),
            Err(why) => why,
        };
        notes = match why {
            Cannot::Mistaken(mistakes) => mistakes,
            Cannot::Refused(_) if is_idle(&order) => return Ok(Edited::Nothing),
            Cannot::Refused(why) => {
                let before = manifest(&order).map(|it| it.read.clone());
                let (fresh, mut both) = read(desk, order).await?;
                moved = manifest(&fresh).map(|it| it.read.clone()) != before;
                order = fresh;
                both.insert(0, Mistake::of(why.to_string()));
                both
            }
            Cannot::Trouble(why) => {
                keep(desk, &order);
                return Err(Failure::of(&desk.cluster, &why));
            }
        };
        fail::say(&format!(
            "edit {}: {}; the editor again\n",
            order.key, notes[0].what
        ));
    }
    Ok(Edited::Nothing)
}

/// The same order, on what the object is now.
async fn read(desk: &Desk<'_>, order: Order) -> Result<(Order, Vec<Mistake>), Failure> {
    let sheet = desk.cluster.manifest(&order).await;
    let sheet = sheet.map_err(|why| refused(desk, &why))?;
    let operation = Operation::Edit {
        manifest: sheet.manifest,
    };
    Ok((Order { operation, ..order }, sheet.notes))
}

fn manifest(order: &Order) -> Option<&Manifest> {
    match &order.operation {
        Operation::Edit { manifest } => Some(manifest),
        _ => None,
    }
}

fn text(order: &Order) -> &str {
    manifest(order).map_or("", |manifest| manifest.text.text())
}

/// The same order with another text.
fn with(mut order: Order, text: String) -> Order {
    if let Operation::Edit { manifest } = &mut order.operation {
        manifest.text = text.into();
    }
    order
}

/// The text says what the object is already.
fn is_idle(order: &Order) -> bool {
    manifest(order).is_some_and(crate::wire::manifest::is_idle)
}

/// With what the server made of it.
fn item(order: Order, prepared: crate::model::act::Prepared) -> Item {
    let denied = prepared.denied.join("; ");
    Item {
        preview: Some(Box::new(prepared.preview)),
        end: (!denied.is_empty()).then_some(End::Not(denied)),
        ..Item::open(order)
    }
}

fn refused(desk: &Desk<'_>, why: &Cannot) -> Failure {
    match why {
        Cannot::Trouble(why) => Failure::of(&desk.cluster, why),
        why => Failure::Said {
            what: why.to_string(),
            next: None,
        },
    }
}

/// Nothing is sent; what was written before is kept.
fn given_up(desk: &Desk<'_>, order: &Order, touched: bool, why: &str) -> Failure {
    if touched {
        keep(desk, order);
    }
    Failure::Said {
        what: format!("edit {}: {why}; nothing was sent", order.key),
        next: None,
    }
}

/// Keeps what was written, and says where.
fn keep(desk: &Desk<'_>, order: &Order) {
    let name = format!("{}-{}", order.key.namespace, order.key.name);
    match sheet::keep(desk.journal.as_ref(), &name, text(order), Timestamp::now()) {
        Ok(file) => fail::warn(&format!("what was written is kept in {}", file.display())),
        Err(why) => fail::warn(&format!("what was written is lost: {why}")),
    }
}

fn text_of(file: &PathBuf) -> Result<String, Failure> {
    let text = match file.as_os_str() == "-" {
        true => {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text).map(|_| text)
        }
        false => std::fs::read_to_string(file),
    };
    text.map_err(|why| {
        let what = format!("{} cannot be read: {why}", file.display());
        Failure::Said { what, next: None }
    })
}

/// What an editor makes of a text.
async fn opened(round: u64, name: &str, text: &str) -> Result<String, String> {
    let (name, text) = (name.to_string(), text.to_string());
    let edit = move || {
        let mut sheets = Sheets::default();
        let path = sheets.put(round, &sheet::manifest(&name), text.as_bytes())?;
        let argv = aside::command(&Program::Editor, vec![path.display().to_string()]);
        let (program, args) = argv.split_first().ok_or("no editor is named")?;
        let status = Command::new(program).args(args).status();
        let status = status.map_err(|why| format!("`{program}` cannot be started: {why}"))?;
        match status.success() {
            true => sheets.take(round),
            false => Err(format!("the editor ended with {status}")),
        }
    };
    let edited = tokio::task::spawn_blocking(edit).await;
    edited.unwrap_or_else(|why| Err(why.to_string()))
}

/// An interrupt that is typed in the editor is the editor's; at any other time it ends this program, as it does everywhere.
fn listen(editing: Arc<AtomicBool>) {
    let Ok(mut interrupts) = signal(SignalKind::interrupt()) else {
        return;
    };
    tokio::spawn(async move {
        while interrupts.recv().await.is_some() {
            if !editing.load(Ordering::Relaxed) && !carry::sends() {
                std::process::exit(INTERRUPTED);
            }
        }
    });
}

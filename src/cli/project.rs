//! The project whose tasks the console shows: of the folder one is in, one that was named, or that of the demo.
//! Apart from `tiphys tasks`, which prints.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};
use jiff::Timestamp;

use crate::bridge::{self, FromFiles, Said};
use crate::cli::bridge::{between, heard};
use crate::runtime::effects::{Asked, Changing, Read, Tasks, Working};
use crate::runtime::made;
use crate::runtime::watching::{Changes, Places};
use crate::taskmaster::given::Given;
use crate::taskmaster::replace::is_passing;
use crate::taskmaster::{Disk, Files, Real, Root, load, roots};

/// The demo's.
const GIVEN: [(&str, &str); 5] = [
    (
        "shop/.taskmaster/tasks/tasks.json",
        include_str!("../../demo/project/tasks.json"),
    ),
    (
        "shop/.taskmaster/reports/task-complexity-report.json",
        include_str!("../../demo/project/report.json"),
    ),
    (
        "shop/docs/task-42/acceptance-criteria.md",
        include_str!("../../demo/project/refunds.md"),
    ),
    (
        "shop/.tiphys/criteria.toml",
        include_str!("../../demo/project/criteria.toml"),
    ),
    (
        "shop/.tiphys/bridge.toml",
        include_str!("../../demo/project/bridge.toml"),
    ),
];

/// Where a project is, asked each time: it may be made, or moved, while one looks.
type Place = Arc<dyn Fn() -> Result<Root, String> + Send + Sync>;

/// The project that was named, else the one of this folder.
pub(super) fn of(named: Option<PathBuf>) -> Tasks {
    let place = move || match &named {
        Some(path) => roots::named(&Real, path)
            .map_err(|why| format!("{} cannot be taken for tasks: {why}", path.display())),
        None => here(),
    };
    let place: Place = Arc::new(place);
    let watched = place.clone();
    let changes = move || match watched() {
        Ok(root) => changes(root).boxed(),
        // There is nothing to watch; it is looked for again now and then.
        Err(_) => futures::stream::pending().boxed(),
    };
    Tasks {
        made: made::usual_path(),
        ..with(Files::real(), place, Arc::new(changes), Timestamp::now)
    }
}

/// The project that config.toml names; nothing where it names none.
pub(super) fn configured(text: &str) -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    match text.strip_prefix("~/") {
        _ if text.is_empty() => None,
        Some(below) => home().map(|home| home.join(below)),
        None => Some(PathBuf::from(text)),
    }
}

/// That of the demo, which is written like any other and ends with the program.
pub(super) fn of_demo(now: impl Fn() -> Timestamp + Clone + Send + Sync + 'static) -> Tasks {
    let files = Files {
        disk: Arc::new(Given::new(&GIVEN)),
        time: Arc::new(Real),
    };
    let disk = files.disk.clone();
    let place = move || roots::named(&*disk, Path::new("shop")).map_err(|why| why.to_string());
    let nothing = || -> BoxStream<'static, ()> { futures::stream::pending().boxed() };
    with(files, Arc::new(place), Arc::new(nothing), now)
}

/// A project of these files.
fn with(
    files: Files,
    place: Place,
    changes: Changing,
    now: impl Fn() -> Timestamp + Clone + Send + Sync + 'static,
) -> Tasks {
    let (disk, at) = (files.disk.clone(), place.clone());
    let read: Read = Arc::new(move || load(&*disk, &at()?).map_err(|why| why.to_string()));
    let told = changes.clone();
    let bridge: Working = Arc::new(move |asked: Asked| {
        let (files, place) = (files.clone(), place.clone());
        let (changes, now) = (told.clone(), now.clone());
        async move { work(asked, files, &place()?, changes(), now).await }.boxed()
    });
    Tasks {
        read,
        changes,
        bridge,
        made: None,
    }
}

/// Works as `tiphys bridge` does, until it is to end.
async fn work(
    asked: Asked,
    files: Files,
    root: &Root,
    changes: BoxStream<'static, ()>,
    now: impl Fn() -> Timestamp + Send + Sync + 'static,
) -> Result<(), String> {
    let mut tell = asked.tell;
    let source = FromFiles::new(files.disk.clone(), root.clone(), Said::default());
    let mut rules = source.read_rules()?;
    if rules.namespace.is_none() {
        rules.namespace = asked.namespace.map(|name| name.to_string());
    }
    let worker = between(&asked.cluster, root, source, rules, files, now);
    let worker = match asked.dry {
        true => worker.only_saying(),
        false => worker,
    };
    tell(crate::app::bridging::Told::Begun(worker.namespace().into()));
    bridge::run(Arc::new(worker), changes, asked.stop, |looked| {
        tell(heard(looked));
    })
    .await;
    Ok(())
}

/// The project of the folder one is in; of several below it none is guessed.
fn here() -> Result<Root, String> {
    let folder = std::env::current_dir()
        .map_err(|why| format!("this folder cannot be looked into: {why}"))?;
    let found = roots::search(&Real, &folder);
    match (found.here.first(), found.below.as_slice()) {
        (Some(root), _) => Ok(root.clone()),
        (None, [one]) => Ok(one.clone()),
        (None, []) => Err(format!(
            "there is no {} in {} or above",
            roots::NAMES[0],
            folder.display()
        )),
        (None, several) => {
            let names: Vec<String> = several
                .iter()
                .map(|root| root.folder.display().to_string())
                .collect();
            Err(format!(
                "there are several projects here: {}",
                names.join(", ")
            ))
        }
    }
}

/// Says when something in a project's files changed that can matter here.
pub(super) fn changes(root: Root) -> impl futures::Stream<Item = ()> + Send {
    let begun = Changes::new("the tasks", matters);
    futures::stream::unfold((begun, root), |(mut changes, root)| async move {
        // What happened in a folder before it was watched nobody has told.
        if !changes.look_at(places(&root)) {
            changes.next().await;
        }
        Some(((), (changes, root)))
    })
}

/// The folders of a project in which something about its tasks stands.
fn places(root: &Root) -> Places {
    let tasks = root.file.parent().unwrap_or(&root.folder).to_owned();
    let home = tasks.parent().unwrap_or(&root.folder).to_owned();
    let docs = [home.join("docs"), root.folder.join("docs")];
    let reports = home.join("reports");
    let mut folders = vec![tasks, home, reports, root.folder.join(".tiphys")];
    for docs in docs {
        for name in Real.names(&docs).unwrap_or_default() {
            if name.to_string_lossy().starts_with("task-") {
                folders.push(docs.join(name));
            }
        }
        folders.push(docs);
    }
    Places::within(&folders)
}

/// Locks and files on their way are nothing to look at.
fn matters(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !is_passing(&name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_project_of_the_demo_is_whole_and_its_criteria_need_few_people() {
        let project = (of_demo(Timestamp::now).read)().unwrap();
        assert_eq!(project.wrong, []);
        assert_eq!(project.book.counts(), (13, 5));
        let tag = project.tag().unwrap();
        assert_eq!(
            tag.task("42")
                .unwrap()
                .complexity
                .as_ref()
                .unwrap()
                .score
                .as_ref(),
            "7"
        );
        let of = |id: &str| project.criteria(tag.task(id).unwrap());
        assert_eq!(of("42").len(), 4);
        assert!(of("42").iter().filter(|one| one.is_executable()).count() >= 3);
        assert!(of("21").len() >= 3);
    }
}

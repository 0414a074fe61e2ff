//! The project whose tasks the console shows: of the folder one is in, one that was named, or that of the demo.
//! Apart from `tiphys tasks`, which prints.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::task::Project;
use crate::runtime::effects::Tasks;
use crate::taskmaster::given::Given;
use crate::taskmaster::{Disk, Real, Root, load, roots};

/// The demo's.
const GIVEN: Given = Given(&[
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
]);

/// Reads the project that was named, else the one of this folder.
pub(super) fn reader(named: Option<PathBuf>) -> Tasks {
    Arc::new(move || {
        let root = match &named {
            Some(path) => roots::named(&Real, path)
                .map_err(|why| format!("{} cannot be taken for tasks: {why}", path.display()))?,
            None => here()?,
        };
        read(&Real, &root)
    })
}

/// Reads that of the demo.
pub(super) fn reader_of_demo() -> Tasks {
    Arc::new(|| {
        let root = roots::named(&GIVEN, Path::new("shop")).map_err(|why| why.to_string())?;
        read(&GIVEN, &root)
    })
}

fn read(disk: &dyn Disk, root: &Root) -> Result<Project, String> {
    load(disk, root).map_err(|why| why.to_string())
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_project_of_the_demo_is_whole_and_its_criteria_need_few_people() {
        let project = reader_of_demo()().unwrap();
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

//! The file that remembers what people made of criteria in the form, by project and by the fingerprint of the text each was read from.
//! Apart from the project's own files, in which nothing of it is ever written: it is one person's, in the state directory, for its
//! owner only.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::private;
use crate::app::screens::tasks::{Kept, Made};

/// Largest file that is read, in bytes.
const CAP: u64 = 4 << 20;
/// Criteria of a project that are remembered, the newest.
const CRITERIA: usize = 500;
/// Projects that are remembered.
const PROJECTS: usize = 50;

/// The file. Unknown fields are let pass.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Book {
    #[serde(default)]
    projects: BTreeMap<String, Vec<Entry>>,
}

/// A criterion; the newest is the last.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    fingerprint: String,
    #[serde(flatten)]
    made: Made,
}

/// Where it lies: `tiphys/criteria.json` in the user's state directory. Nothing where there is no home.
pub fn usual_path() -> Option<PathBuf> {
    private::place("criteria.json")
}

fn all(path: &Path) -> Book {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(CAP).read_to_string(&mut text));
    match read {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Book::default(),
        Err(error) => tracing::warn!(%error, path = %path.display(), "cannot be read"),
        Ok(_) => {}
    }
    serde_json::from_str(&text).unwrap_or_else(|error| {
        tracing::warn!(%error, path = %path.display(), "is ignored");
        Book::default()
    })
}

/// What was made of the criteria of a project.
pub fn read(path: &Path, project: &str) -> Kept {
    let entries = all(path).projects.remove(project).unwrap_or_default();
    let pair = |entry: Entry| (entry.fingerprint, entry.made);
    entries.into_iter().map(pair).collect()
}

/// Adds to it; what other programs wrote of other criteria stays.
///
/// # Errors
/// Where it cannot be written.
pub fn write(path: &Path, project: &str, made: &Kept) -> io::Result<()> {
    let mut file = all(path);
    let entries = file.projects.entry(project.to_owned()).or_default();
    entries.retain(|entry| !made.contains_key(&entry.fingerprint));
    entries.extend(made.iter().map(|(fingerprint, made)| Entry {
        fingerprint: fingerprint.clone(),
        made: made.clone(),
    }));
    entries.drain(..entries.len().saturating_sub(CRITERIA));
    while file.projects.len() > PROJECTS {
        let other = file.projects.keys().find(|name| *name != project).cloned();
        file.projects.remove(&other.unwrap_or_default());
    }
    let text = serde_json::to_string(&file)? + "\n";
    private::replace(path, &text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use serde_json::json;

    use super::*;

    fn made(fingerprint: &str, off: bool) -> Kept {
        let criterion = json!({"id": fingerprint, "text": "x"});
        [(fingerprint.to_owned(), Made { off, criterion })].into()
    }

    #[test]
    fn it_is_kept_by_project_for_its_owner_only_and_the_oldest_goes() {
        let folder = std::env::temp_dir().join(format!("tiphys-made-{}", std::process::id()));
        let path = folder.join("tiphys/criteria.json");
        assert_eq!(read(&path, "/shop"), Kept::new());
        write(&path, "/shop", &made("a", true)).unwrap();
        write(&path, "/other", &made("a", false)).unwrap();
        write(&path, "/shop", &made("b", false)).unwrap();
        write(&path, "/shop", &made("a", false)).unwrap();
        let shop = read(&path, "/shop");
        assert_eq!((shop.len(), shop["a"].off), (2, false));
        assert_eq!(read(&path, "/other").len(), 1);
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        let many: Kept = (0..CRITERIA)
            .flat_map(|n| made(&format!("n{n:03}"), false))
            .collect();
        write(&path, "/shop", &many).unwrap();
        let shop = read(&path, "/shop");
        assert_eq!((shop.len(), shop.contains_key("a")), (CRITERIA, false));
        fs::write(&path, "{\"projects\": [").unwrap();
        assert_eq!(read(&path, "/shop"), Kept::new());
        write(&path, "/shop", &made("a", true)).unwrap();
        assert_eq!(read(&path, "/shop").len(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}

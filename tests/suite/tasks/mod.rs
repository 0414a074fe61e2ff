//! Task Master's files of public projects, where they are at hand: what is read of them, and how well criteria are found.
//! Apart from the unit tests, which hold the same on small texts of their own.

mod corpus;
mod measured;

use std::path::PathBuf;

/// A folder of the corpus; nothing, with the reason printed, where there is none.
fn folder(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("TIPHYS_CORPUS").map(PathBuf::from);
    if root.is_none() {
        println!("skipped: TIPHYS_CORPUS is not set");
    }
    root.map(|root| root.join(name))
        .filter(|path| path.is_dir())
}

//! Texts that a test derives and a file keeps: the file is compared, or rewritten where `TIPHYS_BLESS=1`.
//! Apart from the snapshots, because these files are read by people and by the documentation.

use std::fs;
use std::path::{Path, PathBuf};

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn blessing() -> bool {
    std::env::var_os("TIPHYS_BLESS").is_some_and(|value| value == "1")
}

/// Fails unless the file holds exactly this.
#[track_caller]
pub fn file(file: &str, text: &str) {
    if blessing() {
        fs::write(path(file), text).expect("the file can be written");
        return;
    }
    let kept = fs::read_to_string(path(file)).unwrap_or_default();
    assert!(
        kept == text,
        "{file} is not what the program says now; TIPHYS_BLESS=1 rewrites it:\n{text}"
    );
}

/// Fails unless the file holds exactly this between `<!-- name:begin -->` and `<!-- name:end -->`.
#[track_caller]
pub fn section(file: &str, name: &str, text: &str) {
    let (begin, end) = (
        format!("<!-- {name}:begin -->\n"),
        format!("<!-- {name}:end -->"),
    );
    let whole = fs::read_to_string(path(file)).expect("the file can be read");
    let from = whole
        .find(&begin)
        .unwrap_or_else(|| panic!("{file} has no {begin}"))
        + begin.len();
    let to = from
        + whole[from..]
            .find(&end)
            .unwrap_or_else(|| panic!("{file} has no {end}"));
    if blessing() {
        let new = format!("{}{text}{}", &whole[..from], &whole[to..]);
        fs::write(path(file), new).expect("the file can be written");
        return;
    }
    assert!(
        &whole[from..to] == text,
        "`{name}` of {file} is not what the program says now; TIPHYS_BLESS=1 rewrites it:\n{text}"
    );
}

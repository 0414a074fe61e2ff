//! A log into a file of its own: for its owner only, over no other file, credentials masked unless told otherwise.
//! Apart from the loop, because a disk can be slow.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::app::log::{Before, Saved};
use crate::app::msg::Msg;
use crate::app::said::Level;
use crate::model::mask::Masker;
use crate::runtime::mailbox::Mailbox;

/// Begins to write it down; what became of it is said through the mailbox.
pub(super) fn start(saved: Saved, mailbox: &Mailbox) {
    let mailbox = mailbox.clone();
    tokio::task::spawn_blocking(move || mailbox.push(save(&saved)));
}

/// Writes it down and says what became of it.
fn save(saved: &Saved) -> Msg {
    let path = place(&saved.path);
    let shown = path.display();
    match write(&path, saved) {
        Ok(masked) => {
            let mut text = format!("saved {} lines to {shown}", saved.lines.len());
            if masked > 0 {
                text += &format!(", credentials masked in {masked} of them");
            }
            Msg::Report(Level::Good, text)
        }
        Err(why) => {
            let text = match why.kind() {
                ErrorKind::AlreadyExists => {
                    format!(
                        "not saved: {shown} exists, and no file is written over; `:save NAME` takes another"
                    )
                }
                _ => format!("not saved to {shown}: {why}"),
            };
            Msg::Report(Level::Bad, text)
        }
    }
}

/// The whole path, also where a name was given relative to home or to where the program was started.
pub(super) fn place(path: &str) -> PathBuf {
    let path = match path.strip_prefix("~/") {
        Some(rest) => match etcetera::home_dir() {
            Ok(home) => home.join(rest),
            Err(_) => PathBuf::from(path),
        },
        None => PathBuf::from(path),
    };
    std::path::absolute(&path).unwrap_or(path)
}

/// In how many lines something was masked. What was begun and could not be ended is removed: half a log looks like one.
fn write(path: &Path, saved: &Saved) -> io::Result<usize> {
    let file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    write_lines(BufWriter::new(file), saved).inspect_err(|_| {
        // The first trouble is the one to tell.
        let _ = fs::remove_file(path);
    })
}

/// The same as text, for a program that reads it.
pub(super) fn text(saved: &Saved) -> Vec<u8> {
    let mut text = Vec::new();
    // Writing into memory cannot fail.
    let _ = write_lines(&mut text, saved);
    text
}

fn write_lines(mut file: impl Write, saved: &Saved) -> io::Result<usize> {
    let before = Before {
        time: true,
        step: saved.labelled,
    };
    let mut maskers: HashMap<_, Masker> = HashMap::new();
    let mut count = 0;
    let mut text = String::new();
    for line in &saved.lines {
        text.clear();
        before.write(&mut text, line);
        if saved.masked {
            let masked = maskers.entry(&line.source).or_default().line(&line.text);
            count += usize::from(*masked != *line.text);
            text += &masked;
        } else {
            text += &line.text;
        }
        text.push('\n');
        file.write_all(text.as_bytes())?;
    }
    file.flush()?;
    Ok(count)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Arc;

    use super::*;
    use crate::model::log::{LogLine, LogSource};

    fn saved(path: &Path, masked: bool) -> Saved {
        let line = |step: &str, second, text: &str| {
            let source = Arc::new(LogSource {
                step: step.into(),
                pod: step.into(),
                container: "main".into(),
            });
            LogLine::new(jiff::Timestamp::from_second(second).ok(), source, text)
        };
        Saved {
            path: path.to_str().unwrap().into(),
            lines: vec![
                line("a", 1, "starts"),
                line("b", 2, "-----BEGIN RSA PRIVATE KEY-----"),
                line("a", 3, "password=hunter2"),
                line("b", 4, "MIIEow"),
            ],
            labelled: true,
            masked,
        }
    }

    #[test]
    fn a_log_is_saved_once_for_its_owner_with_its_credentials_masked() {
        let folder = std::env::temp_dir().join(format!("tiphys-save-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.log");
        let Msg::Report(level, told) = save(&saved(&path, true)) else {
            panic!("no report");
        };
        assert_eq!(level, Level::Good, "{told}");
        assert!(
            told.contains(path.to_str().unwrap()) && told.contains("masked in 3"),
            "{told}"
        );
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("1970-01-01T00:00:01.000Z [a] starts\n"),
            "{text}"
        );
        assert!(
            !text.contains("hunter2") && !text.contains("MIIEow"),
            "{text}"
        );
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );

        let Msg::Report(level, told) = save(&saved(&path, false)) else {
            panic!("no report");
        };
        assert_eq!(level, Level::Bad);
        assert!(told.contains("exists"), "{told}");
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            text,
            "nothing is written over"
        );
        let other = folder.join("b.log");
        save(&saved(&other, false));
        assert!(fs::read_to_string(&other).unwrap().contains("hunter2"));
        let nowhere = folder.join("no/such/c.log");
        assert!(matches!(
            save(&saved(&nowhere, true)),
            Msg::Report(Level::Bad, _)
        ));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_full_disk_leaves_no_half_of_a_log() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::from(ErrorKind::StorageFull))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert!(write_lines(Full, &saved(Path::new("x"), true)).is_err());
    }
}

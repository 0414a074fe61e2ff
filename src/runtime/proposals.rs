//! Answers that were paid for, by what was asked, and how often was asked today: one file for its owner only, of a bounded size.
//! Apart from asking. There is no key in it; what a kept answer says is held to the same rules as a new one's.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::private;

/// Largest file that is read, in bytes.
const CAP: u64 = 8 << 20;
/// Largest file that is written, in bytes.
const SIZE: usize = 4 << 20;
/// Answers that are kept; the oldest go.
const ANSWERS: usize = 200;

/// The file.
#[derive(Clone, Debug)]
pub struct Proposals {
    path: PathBuf,
}

/// What it says.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// The day that `calls` are of.
    day: String,
    calls: u32,
    /// The newest last.
    answers: Vec<Answer>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    number: String,
    input: Value,
}

impl Proposals {
    /// The usual one, `tiphys/proposals.json` in the user's state directory; nothing where there is no home.
    pub fn usual() -> Option<Self> {
        private::place("proposals.json").map(Self::at)
    }

    /// One that lies there.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// What was answered to the question of this number.
    ///
    /// # Errors
    /// One sentence, where there is a file and it cannot be read.
    pub fn answer(&self, number: &str) -> Result<Option<Value>, String> {
        let kept = self.read()?;
        let found = (kept.answers.into_iter()).find(|answer| answer.number == number);
        Ok(found.map(|answer| answer.input))
    }

    /// How many questions went out on this day.
    ///
    /// # Errors
    /// As [`Self::answer`].
    pub fn calls(&self, day: &str) -> Result<u32, String> {
        let kept = self.read()?;
        Ok(if kept.day == day { kept.calls } else { 0 })
    }

    /// Counts a question before it goes out; whether it may, because there were fewer than `most` on this day.
    ///
    /// # Errors
    /// One sentence, where it cannot be counted: then nothing may go out.
    pub fn count(&self, day: &str, most: u32) -> Result<bool, String> {
        self.change(|kept| {
            if kept.day != day {
                kept.day = day.to_owned();
                kept.calls = 0;
            }
            let may = kept.calls < most;
            kept.calls += u32::from(may);
            may
        })
    }

    /// Keeps an answer.
    ///
    /// # Errors
    /// One sentence, where it cannot be kept.
    pub fn keep(&self, number: &str, input: &Value) -> Result<(), String> {
        self.change(|kept| {
            kept.answers.retain(|answer| answer.number != number);
            kept.answers.push(Answer {
                number: number.to_owned(),
                input: input.clone(),
            });
        })
    }

    fn read(&self) -> Result<Kept, String> {
        let wrong = |why: &dyn std::fmt::Display| {
            format!(
                "{} cannot be read: {why}; without it everything is asked and counted anew",
                self.path.display()
            )
        };
        let mut text = String::new();
        match File::open(&self.path) {
            Ok(file) => file
                .take(CAP)
                .read_to_string(&mut text)
                .map_err(|why| wrong(&why))?,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Kept::default()),
            Err(why) => return Err(wrong(&why)),
        };
        serde_json::from_str(&text).map_err(|why| wrong(&why))
    }

    /// Reads, changes and writes it while no other program does.
    fn change<T>(&self, how: impl FnOnce(&mut Kept) -> T) -> Result<T, String> {
        let wrong = |why: io::Error| format!("{} cannot be written: {why}", self.path.display());
        private::folder_of(&self.path).map_err(wrong)?;
        let lock = private::open(&self.path.with_extension("lock")).map_err(wrong)?;
        lock.lock().map_err(wrong)?;
        let mut kept = self.read()?;
        let done = how(&mut kept);
        private::replace(&self.path, &text(&mut kept)).map_err(wrong)?;
        Ok(done)
    }
}

/// The file as it is written, without the oldest answers where there are too many or they are too long.
fn text(kept: &mut Kept) -> String {
    let many = kept.answers.len().saturating_sub(ANSWERS);
    kept.answers.drain(..many);
    loop {
        let text = serde_json::to_string(kept).unwrap_or_default() + "\n";
        if text.len() <= SIZE || kept.answers.is_empty() {
            return text;
        }
        let half = kept.answers.len().div_ceil(2);
        kept.answers.drain(..half);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt as _;

    use serde_json::json;

    use super::*;

    fn file(name: &str) -> Proposals {
        let folder = format!("tiphys-proposals-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(folder).join("proposals.json");
        let _ = std::fs::remove_dir_all(path.parent().unwrap());
        Proposals::at(path)
    }

    #[test]
    fn answers_are_kept_for_their_owner_and_the_oldest_go() {
        let file = file("kept");
        assert_eq!(file.answer("1").unwrap(), None);
        for n in 0..=ANSWERS {
            file.keep(&n.to_string(), &json!({"n": n})).unwrap();
        }
        assert_eq!(file.answer("0").unwrap(), None);
        assert_eq!(file.answer("200").unwrap(), Some(json!({"n": 200})));
        let mode = std::fs::metadata(&file.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let huge = json!("x".repeat(SIZE));
        file.keep("huge", &huge).unwrap();
        assert!(std::fs::metadata(&file.path).unwrap().len() <= SIZE as u64);
    }

    #[test]
    fn a_day_has_so_many_questions() {
        let file = file("calls");
        assert_eq!(file.count("2026-11-27", 2), Ok(true));
        assert_eq!(file.count("2026-11-27", 2), Ok(true));
        assert_eq!(file.count("2026-11-27", 2), Ok(false));
        assert_eq!(file.calls("2026-11-27"), Ok(2));
        assert_eq!(file.count("2026-11-28", 1), Ok(true));
        assert_eq!(file.count("2026-11-28", 0), Ok(false));
        std::fs::write(&file.path, "{").unwrap();
        assert!(
            file.count("2026-11-28", 9)
                .unwrap_err()
                .contains("cannot be read")
        );
    }
}

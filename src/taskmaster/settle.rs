//! A change that is looked at again after it was made, for Task Master may put back what stood there before.
//! Apart from making it: who works all the time (`tiphys bridge`) sees that by watching, who works once waits here.
//!
//! `task-master set-status` reads the file, then waits for the lock for up to two and a half seconds, then writes all of a tag as
//! it had read it. What was written in between is gone, whoever wrote it. Nothing says so; only a look at the file does.

use std::path::Path;
use std::time::Duration;

use super::disk::Files;
use super::error::Error;
use super::replace::{Change, Done, replace};

/// When it is looked at again: a Task Master that read before we wrote has written by then, or given up.
const LOOKS: [Duration; 4] = [
    Duration::from_millis(300),
    Duration::from_millis(700),
    Duration::from_millis(1500),
    Duration::from_millis(2500),
];
/// How often it is made again at most.
const ROUNDS: usize = 20;

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Something was written.
    pub changed: bool,
    /// How often somebody put back what stood there before.
    pub overwritten: usize,
    /// It stood at the last look. False: it is put back each time, and nobody tries any more.
    pub stands: bool,
}

/// Makes a change, and makes it again until it stands for five seconds, so often at most.
///
/// # Errors
/// As [`replace`]; a file that is busy is waited for as long as there are rounds.
pub fn settle(files: &Files, path: &Path, change: Change<'_>) -> Result<Settled, Error> {
    let mut settled = Settled {
        changed: patiently(files, path, change)? == Done::Replaced,
        overwritten: 0,
        stands: false,
    };
    if !settled.changed {
        settled.stands = true;
        return Ok(settled);
    }
    for _ in 0..ROUNDS {
        let mut looks = LOOKS.into_iter();
        settled.stands = loop {
            let Some(wait) = looks.next() else { break true };
            files.time.wait(wait);
            if patiently(files, path, change)? == Done::Replaced {
                settled.overwritten += 1;
                break false;
            }
        };
        if settled.stands {
            break;
        }
    }
    Ok(settled)
}

/// Tries again where that may help.
fn patiently(files: &Files, path: &Path, change: Change<'_>) -> Result<Done, Error> {
    for _ in 0..ROUNDS {
        match replace(files, path, change) {
            Err(why) if why.is_passing() => files.time.wait(LOOKS[0]),
            other => return other,
        }
    }
    replace(files, path, change)
}

#[cfg(test)]
mod tests;

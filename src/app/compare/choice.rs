//! Which two runs are compared when somebody asks for it.
//! Apart from what is read of them.

use super::Against;
use crate::app::fleet::Run;
use crate::app::state::State;
use crate::model::compare::Pair;
use crate::model::key::Key;
use crate::model::peers;
use crate::model::row::Row;

/// Others of its kind that are offered where no green one is known.
const OFFERED: usize = 50;

/// The two that are marked; one that is marked and the one under the cursor; else the one under the cursor and the last green
/// one of its kind. On a Run page marks are out of sight and mean nothing.
///
/// # Errors
/// Where it is not clear which.
pub(super) fn asked(state: &State) -> Result<Against, String> {
    let here = state.shown_run();
    let marked = match state.lists_runs() {
        true => state.runs.marks.keys(),
        false => Vec::new(),
    };
    let run = |key: &Key| state.fleet.get(&key.uid);
    match (&marked[..], here) {
        ([one, other], _) => {
            let made = |key: &Key| run(key).and_then(|run| run.row.created);
            let (here, there) = match made(one) >= made(other) {
                true => (one, other),
                false => (other, one),
            };
            let why = "the older of the two that are marked";
            Ok(pair(here, there, why))
        }
        ([one], Some(here)) if *one != here => Ok(pair(&here, one, "the one that is marked")),
        ([] | [_], Some(here)) => match run(&here) {
            Some(run) => Ok(green(state, run)),
            None => Err(format!("{here} is gone; nothing was compared")),
        },
        ([] | [_], None) => Err("no run is under the cursor".to_string()),
        (many, _) => Err(format!(
            "{} runs are marked, and two can be compared: space takes a mark away, esc all of them",
            many.len()
        )),
    }
}

fn pair(here: &Key, there: &Key, why: &str) -> Against {
    let (here, there) = (here.clone(), there.clone());
    Against::Run(Pair { here, there }, why.to_string())
}

/// The last green run of its kind; where none is known, where it was looked for.
pub(super) fn green(state: &State, run: &Run) -> Against {
    let others = || {
        state
            .fleet
            .iter()
            .filter(|other| !other.gone && !other.is_qarun())
    };
    let rows = others().map(|other| &other.row);
    if let Some(peer) = peers::green(&run.row, rows) {
        return pair(&run.row.key, &peer.row.key, &peer.why);
    }
    let mut others: Vec<&Row> = others()
        .map(|other| &other.row)
        .filter(|other| peers::kin(&run.row, other).is_some())
        .collect();
    others.sort_by_key(|row| std::cmp::Reverse((row.created, row.key.clone())));
    let others: Vec<Key> = others.iter().map(|row| row.key.clone()).collect();
    let why = nothing(&run.row, others.len(), state.fleet.complete());
    Against::Nothing {
        here: run.row.key.clone(),
        why,
        others: others.into_iter().take(OFFERED).collect(),
    }
}

/// Why there is nothing to compare a run with.
pub fn nothing(run: &Row, others: usize, complete: bool) -> String {
    let (kind, place) = (peers::of(run).told(), &run.key.namespace);
    let looked = match others {
        0 => "it is the only one there is".to_string(),
        1 => "the one other there is did not end well".to_string(),
        many => format!("of the {many} others there are none ended well"),
    };
    let more = match complete {
        true => "",
        false => " so far, for not all runs are read yet",
    };
    format!(
        "No green run of {kind} is known in {place}: {looked}{more}. One that ended long ago may be gone by its time to live (ttlStrategy)"
    )
}

//! W9: a filter typed over a hundred thousand runs, key by key, from the key to the drawn cells.
//! Apart from what goes through a terminal: bytes and processes would hide what the selection itself costs.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tiphys::app::drawn;
use tiphys::app::key::{KeyCode, KeyPress};
use tiphys::app::keymap::{DEFAULT, Keymap};
use tiphys::app::msg::{ClusterMsg, Msg};
use tiphys::app::state::{Options as Start, State};
use tiphys::app::update::{start, update};
use tiphys::model::delta::{Delta, FeedEvent, Freshness};
use tiphys::model::key::Key;
use tiphys::model::phase::Phase;
use tiphys::model::row::{Row, label};
use tiphys::ui;
use tiphys::ui::theme::Theme;

use crate::table::{Table, Value};
use crate::{Options, SIZE};

/// What the budget is about.
const RUNS: usize = 100_000;

/// Filters that are typed, each from the empty one: a name, a state with a namespace, what nothing has.
const TYPED: [&str; 3] = ["nightly-0", "status:failed ns:pay", "zebra"];

/// Types the filters and reports the keys.
///
/// # Errors
/// Where the theme is not there, which cannot be.
pub fn measure(options: &Options, table: &mut Table) -> Result<(), String> {
    let theme = Theme::built_in("dusk").ok_or("no theme")?;
    let rounds = if options.quick { 3 } else { 9 };
    let names: Vec<String> = (0..RUNS).map(name).collect();
    let mut state = fleet(&names);
    let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
    let (mut keys, mut floors) = (Vec::new(), Vec::new());
    let mut matching = 0;
    for _ in 0..rounds {
        for text in TYPED {
            press(
                &mut state,
                &theme,
                &mut buffer,
                KeyPress::plain(KeyCode::Char('/')),
            );
            for (at, c) in text.char_indices() {
                let typed = &text[..at + c.len_utf8()];
                floors.push(pass(&names, typed));
                let key = KeyPress::plain(KeyCode::Char(c));
                keys.push(press(&mut state, &theme, &mut buffer, key));
            }
            matching = matching.max(state.runs.query.text().len());
            for code in [KeyCode::Esc, KeyCode::Esc] {
                press(&mut state, &theme, &mut buffer, KeyPress::plain(code));
            }
        }
    }
    if matching == 0 {
        return Err("no filter was in force".to_string());
    }
    keys.sort_unstable();
    floors.sort_unstable();
    let at = |of: &[Duration], share: usize| of[(of.len() * share / 100).min(of.len() - 1)];
    let beside = |share| ("one pass over the names", Value::Time(at(&floors, share)));
    let budget = "≤ 16 ms (5)";
    for (metric, share) in [("key to cells, median", 50), ("key to cells, p95", 95)] {
        let ours = Value::Time(at(&keys, share));
        table.row(("W9", metric), ours, Some(beside(share)), budget);
    }
    Ok(())
}

/// One key, up to the cells of the screen.
fn press(state: &mut State, theme: &Theme, buffer: &mut Buffer, key: KeyPress) -> Duration {
    let begun = Instant::now();
    black_box(update(state, now(), Msg::Key(key)));
    buffer.reset();
    let learned = ui::draw(state, theme, now(), buffer);
    drawn::learn(state, learned);
    begun.elapsed()
}

/// The least a filter can do: to look for a text in each name.
fn pass(names: &[String], text: &str) -> Duration {
    let begun = Instant::now();
    black_box(names.iter().filter(|name| name.contains(text)).count());
    begun.elapsed()
}

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365)
}

fn name(at: usize) -> String {
    const KINDS: [&str; 5] = ["nightly", "smoke", "acceptance", "regression", "load"];
    format!("{}-{at:05x}", KINDS[at % KINDS.len()])
}

/// Runs of fifty namespaces as the row feed has them: one in a hundred failed, one in fifty runs.
fn fleet(names: &[String]) -> State {
    let namespaces: Vec<Arc<str>> = (0..50).map(|n| format!("payments-{n}").into()).collect();
    let labels = |phase: &str| -> Arc<[(Arc<str>, Arc<str>)]> {
        vec![(label::PHASE.into(), phase.into())].into()
    };
    let (failed, running, done) = (labels("Failed"), labels("Running"), labels("Succeeded"));
    let row = |(at, name): (usize, &String)| {
        let (phase, labels) = match at % 100 {
            0 => (Phase::Failed, &failed),
            1 | 2 => (Phase::Running, &running),
            _ => (Phase::Succeeded, &done),
        };
        Delta::Put(Row {
            key: Key::new(
                namespaces[at % 50].clone(),
                name.as_str(),
                format!("uid-{at}"),
            ),
            version: 1,
            created: Some(now() - SignedDuration::from_secs(at as i64)),
            phase,
            completed: phase.is_done(),
            message: None,
            labels: labels.clone(),
            malformed: None,
            series: None,
        })
    };
    let deltas = names.iter().enumerate().map(row).collect();
    let mut state = State::new(Start {
        keymap: Keymap::parse(DEFAULT).0,
        ..Start::default()
    });
    start(&mut state);
    state.size = SIZE;
    for event in [
        FeedEvent::Deltas(deltas),
        FeedEvent::Freshness(Freshness::Live),
    ] {
        let msg = Msg::Cluster(state.session, ClusterMsg::Rows(None, event));
        update(&mut state, now(), msg);
    }
    state
}

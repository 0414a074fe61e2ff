//! What a frame writes, how much of it is built, and what a run weighs: the budgets that do not depend on a clock.
//! Apart from the benches, which measure time and memory of a process; nothing here can be slow on a busy machine.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashSet;
use std::io::Read;
use std::os::unix::net::UnixStream;

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use tiphys::app::drawn::{self, Target};
use tiphys::app::fleet::Run;
use tiphys::app::key::KeyPress;
use tiphys::app::keymap::{DEFAULT, Keymap};
use tiphys::app::msg::{ClusterMsg, Msg};
use tiphys::app::state::{Options, State};
use tiphys::app::update::{start, update};
use tiphys::model::delta::{Delta, FeedEvent, Freshness};
use tiphys::model::row::Row;
use tiphys::runtime::screen::Screen;
use tiphys::ui;
use tiphys::ui::theme::Theme;
use tiphys::wire::table::Rows;
use tiphys::wire::watch::Decode;

const SIZE: Rect = Rect::new(0, 0, 200, 50);

fn now() -> Timestamp {
    "2026-11-22T20:00:00Z".parse().unwrap()
}

/// One run in 25 has failed, one in 40 runs, as in the fleet that is measured.
fn phase(at: usize) -> &'static str {
    match at % 200 {
        3 | 33 | 63 | 93 | 123 | 143 | 163 | 183 => "Failed",
        10 | 50 | 90 | 130 | 170 => "Running",
        _ => "Succeeded",
    }
}

/// Rows as the API server writes them and the row feed reads them.
fn rows(count: usize) -> Vec<Row> {
    let rows: Vec<String> = (0..count)
        .map(|at| {
            let (phase, namespace) = (phase(at), at % 50);
            let created = now() - SignedDuration::from_secs(600 + at as i64);
            format!(
                r#"{{"cells":["t{at}-acceptance","{phase}","9m","child 't{at}-acceptance-2871234' failed"],"object":{{"metadata":{{
                "name":"t{at}-acceptance","namespace":"qa-{namespace:02}","uid":"9b0f7a2e-4f9b-4a2b-9c1d-{at:012}","resourceVersion":"{at}",
                "creationTimestamp":"{created:.0}","labels":{{"service":"service-{}","task-id":"{}",
                "workflows.argoproj.io/completed":"true","workflows.argoproj.io/phase":"{phase}","workflows.argoproj.io/workflow-template":"acceptance"}}}}}}}}"#,
                at % 40,
                at % 400,
            )
        })
        .collect();
    let page = format!(
        r#"{{"kind":"Table","metadata":{{"resourceVersion":"9"}},"columnDefinitions":[{{"name":"Name"}},{{"name":"Status"}},{{"name":"Age"}},{{"name":"Message"}}],"rows":[{}]}}"#,
        rows.join(",")
    );
    let page = Rows::default().page(page.as_bytes()).unwrap();
    assert_eq!((page.items.len(), page.malformed), (count, 0));
    page.items.into_iter().map(|found| found.item).collect()
}

/// A console in a terminal whose bytes are counted.
struct Console {
    state: State,
    theme: Theme,
    terminal: Terminal<Screen>,
    other: UnixStream,
}

impl Console {
    fn new(count: usize) -> Self {
        Self::sized(count, SIZE)
    }

    fn sized(count: usize, size: Rect) -> Self {
        let (keymap, _) = Keymap::parse(DEFAULT);
        let mut state = State::new(Options {
            keymap,
            ..Options::default()
        });
        start(&mut state);
        let session = state.session;
        let words = [
            ClusterMsg::Connected {
                context: "bench".into(),
                server: "http://127.0.0.1".into(),
                version: "v1.36.2".into(),
                user: None,
            },
            ClusterMsg::Rows(None, FeedEvent::Deltas(vec![Delta::Reset(rows(count))])),
            ClusterMsg::Rows(None, FeedEvent::Freshness(Freshness::Live)),
            ClusterMsg::Active(None, FeedEvent::Freshness(Freshness::Live)),
        ];
        update(&mut state, now(), Msg::Resize(size.width, size.height));
        for word in words {
            update(&mut state, now(), Msg::Cluster(session, word));
        }
        let (other, ours) = UnixStream::pair().unwrap();
        other.set_nonblocking(true).unwrap();
        let viewport = Viewport::Fixed(size);
        let screen = Screen::new(ours.into());
        Self {
            state,
            theme: Theme::built_in("dusk").unwrap(),
            terminal: Terminal::with_options(screen, TerminalOptions { viewport }).unwrap(),
            other,
        }
    }

    /// Draws a frame: bytes it wrote, and lines of the list it built.
    fn draw(&mut self) -> (u64, usize) {
        let before = self.terminal.backend().written();
        let mut learned = None;
        self.terminal
            .draw(|frame| {
                let buffer = frame.buffer_mut();
                learned = Some(ui::draw(&self.state, &self.theme, now(), buffer));
            })
            .unwrap();
        let learned = learned.unwrap();
        let is_run = |target: &Target| matches!(target, Target::Run(_));
        let lines = learned
            .hits
            .iter()
            .filter(|hit| is_run(&hit.target))
            .count();
        drawn::learn(&mut self.state, learned);
        let written = self.terminal.backend().written() - before;
        let mut seen = vec![0; 1 << 20];
        let read = self.other.read(&mut seen).unwrap_or(0);
        assert_eq!(read as u64, written, "a frame is one write");
        (written, lines)
    }

    fn press(&mut self, key: &str) -> (u64, usize) {
        let key = KeyPress::parse(key).unwrap();
        update(&mut self.state, now(), Msg::Key(key));
        self.draw()
    }
}

#[test]
fn a_frame_writes_what_changed_and_nothing_else() {
    let mut console = Console::new(1_000);
    let (whole, lines) = console.draw();
    assert!(whole > 5_000 && lines > 40, "{whole} bytes, {lines} lines");
    assert_eq!(console.draw().0, 0, "nothing changed");
    update(&mut console.state, now(), Msg::Tick);
    assert_eq!(
        console.draw().0,
        0,
        "time passed, but no text reads differently"
    );
    let (moved, _) = console.press("j");
    assert!(
        (1..2_000).contains(&moved),
        "a cursor that moves writes {moved} bytes"
    );
    for _ in 0..lines {
        console.press("j");
    }
    let (scrolled, _) = console.press("j");
    assert!(
        (1..whole / 3).contains(&scrolled),
        "a list that scrolls by one line writes {scrolled} of {whole} bytes"
    );
}

/// Bytes of a step down at the lower edge of the list, the most of a few.
fn scrolled(size: Rect) -> u64 {
    let mut console = Console::sized(1_000, size);
    let (_, lines) = console.draw();
    for _ in 0..lines {
        console.press("j");
    }
    (0..20).map(|_| console.press("j").0).max().unwrap_or(0)
}

/// What a slow line can bear: at 9,600 bytes a second nine lines of a list go by in one.
#[test]
fn a_scrolled_line_costs_a_kilobyte_at_most() {
    for (width, height) in [(80, 24), (120, 40), (139, 45), (200, 50)] {
        let bytes = scrolled(Rect::new(0, 0, width, height));
        assert!(
            (1..=1_024).contains(&bytes),
            "{bytes} bytes for a line at {width}x{height}"
        );
    }
}

#[test]
fn lines_built_for_a_frame_do_not_grow_with_the_fleet() {
    let mut small = Console::new(100);
    let mut large = Console::new(10_000);
    let (_, lines) = small.draw();
    assert!(lines < usize::from(SIZE.height));
    assert_eq!(large.draw().1, lines);
    assert_eq!(large.press("G").1, lines);
}

/// Bytes on the heap of what these rows refer to, each allocation once, with the two counters of an `Arc`.
fn referred(rows: &[Row]) -> usize {
    let mut seen = HashSet::new();
    let mut bytes = 0;
    let mut count = |at: *const u8, size: usize| {
        if seen.insert(at) {
            bytes += size + 2 * size_of::<usize>();
        }
    };
    for row in rows {
        for text in [&row.key.namespace, &row.key.name]
            .into_iter()
            .chain(&row.message)
        {
            count(text.as_ptr(), text.len());
        }
        count(row.key.uid.as_str().as_ptr(), row.key.uid.as_str().len());
        count(row.labels.as_ptr().cast(), size_of_val(&*row.labels));
        for (name, value) in &*row.labels {
            count(name.as_ptr(), name.len());
            count(value.as_ptr(), value.len());
        }
    }
    bytes
}

#[test]
fn ten_thousand_runs_weigh_less_than_six_megabytes() {
    let rows = rows(10_000);
    let bytes = referred(&rows) + rows.len() * size_of::<Run>();
    assert!(bytes < 6_000_000, "{bytes} bytes");
}

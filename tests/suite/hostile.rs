//! Hostile input: any keys in any order, any news in between, names and messages that try to be commands.
//! Apart from the screens' own tests, because here nothing particular is expected, only that nothing breaks.
#![allow(clippy::expect_used)]

use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tiphys::app::drawn;
use tiphys::app::effect::Effect;
use tiphys::app::key::{KeyCode, KeyPress};
use tiphys::app::keymap::{DEFAULT, Keymap};
use tiphys::app::msg::{ClusterMsg, Msg};
use tiphys::app::state::{Options, State};
use tiphys::app::update::{start, update};
use tiphys::model::delta::{Delta, FeedEvent, Freshness};
use tiphys::model::key::Key;
use tiphys::model::log::{LogEvent, LogLine, LogSource};
use tiphys::model::text::is_safe;
use tiphys::model::trouble::Trouble;
use tiphys::ui;
use tiphys::ui::theme::Theme;
use tiphys::wire;

const NASTY: &[&str] = &[
    "\u{1b}[2J\u{1b}[31mred",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]52;c;ZXZpbA==\u{7}",
    "\u{9b}31m",
    "a\rb\nc\td",
    "\u{202e}txt.exe\u{2066}",
    "zero\u{200b}width\u{feff}",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "日本語のテスト名前",
    "👩‍👩‍👧‍👦 family",
    "\u{0}\u{7f}",
    "",
    "[red]markup[/red] {braces} %s",
];

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

fn workflow(name: &str, uid: u32, version: u32, phase: &str, message: &str) -> Vec<u8> {
    let object = serde_json::json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": name, "namespace": message, "uid": format!("uid-{uid}"),
            "resourceVersion": version.to_string(),
            "creationTimestamp": "2026-11-22T11:00:00Z",
            "labels": {"workflows.argoproj.io/phase": phase, "task-id": message},
        },
        "spec": {"entrypoint": "main", "templates": [{"name": "main", "dag": {"tasks": [
            {"name": "a", "template": "leaf"}, {"name": "b", "template": "leaf", "dependencies": ["a"]}]}},
            {"name": "leaf", "container": {"image": "x"}}]},
        "status": {
            "phase": phase, "startedAt": "2026-11-22T11:00:01Z", "message": message, "progress": "1/2",
            "nodes": {
                name: {"id": name, "name": name, "displayName": name, "type": "DAG", "phase": phase,
                       "templateName": "main", "startedAt": "2026-11-22T11:00:01Z", "children": ["n1"]},
                "n1": {"id": "n1", "name": format!("{name}.a"), "displayName": message, "type": "Pod", "phase": phase,
                       "boundaryID": name, "templateName": "leaf", "message": message, "startedAt": "2026-11-22T11:00:02Z"},
            }
        }
    });
    serde_json::to_vec(&object).expect("json")
}

/// What can happen, in few words.
#[derive(Clone, Debug)]
enum Step {
    Key(KeyPress),
    Paste(usize),
    Click(u16, u16),
    Wheel(i16, u16, u16),
    Resize(u16, u16),
    Put(u32, usize, usize),
    Gone(u32),
    Reset(Vec<u32>),
    Facts(u32, usize, usize),
    Workflow(usize, usize),
    Log(usize),
    Broken,
    Later(i64),
}

const PHASES: &[&str] = &[
    "",
    "Pending",
    "Running",
    "Succeeded",
    "Failed",
    "Error",
    "💥",
];

fn key() -> impl Strategy<Value = KeyPress> {
    let code = prop_oneof![
        6 => proptest::sample::select(" jkgGlyseipfFzwt#@0/?nNqxo1:ab".chars().collect::<Vec<_>>()).prop_map(KeyCode::Char),
        1 => any::<char>().prop_map(KeyCode::Char),
        3 => proptest::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::BackTab, KeyCode::Backspace, KeyCode::Delete,
            KeyCode::Up, KeyCode::Down, KeyCode::Left, KeyCode::Right, KeyCode::Home, KeyCode::End,
            KeyCode::PageUp, KeyCode::PageDown, KeyCode::F(5),
        ]),
    ];
    (
        code,
        proptest::bool::weighted(0.1),
        proptest::bool::weighted(0.03),
    )
        .prop_map(|(code, ctrl, alt)| KeyPress {
            ctrl,
            alt,
            ..KeyPress::plain(code)
        })
}

fn step() -> impl Strategy<Value = Step> {
    let text = 0..NASTY.len();
    let phase = 0..PHASES.len();
    prop_oneof![
        12 => key().prop_map(Step::Key),
        1 => text.clone().prop_map(Step::Paste),
        1 => (0..220_u16, 0..60_u16).prop_map(|(x, y)| Step::Click(x, y)),
        1 => (-5..5_i16, 0..200_u16, 0..60_u16).prop_map(|(lines, x, y)| Step::Wheel(lines, x, y)),
        1 => (0..260_u16, 0..80_u16).prop_map(|(x, y)| Step::Resize(x, y)),
        4 => (0..12_u32, text.clone(), phase.clone()).prop_map(|(n, t, p)| Step::Put(n, t, p)),
        1 => (0..12_u32).prop_map(Step::Gone),
        1 => proptest::collection::vec(0..12_u32, 0..6).prop_map(Step::Reset),
        3 => (0..12_u32, text.clone(), phase.clone()).prop_map(|(n, t, p)| Step::Facts(n, t, p)),
        3 => (text.clone(), phase).prop_map(|(t, p)| Step::Workflow(t, p)),
        2 => text.prop_map(Step::Log),
        1 => Just(Step::Broken),
        1 => (0..4_000_i64).prop_map(Step::Later),
    ]
}

struct Bench {
    state: State,
    now: Timestamp,
    version: u32,
    theme: Theme,
}

impl Bench {
    fn new() -> Self {
        let keymap = Keymap::parse(DEFAULT).0;
        let mut state = State::new(Options {
            keymap,
            ..Options::default()
        });
        start(&mut state);
        Self {
            state,
            now: now(),
            version: 1,
            theme: Theme::built_in("dusk").expect("dusk"),
        }
    }

    fn cluster(&self, msg: ClusterMsg) -> Msg {
        Msg::Cluster(self.state.session, msg)
    }

    fn row(&mut self, n: u32, text: usize, phase: usize) -> tiphys::model::row::Row {
        self.version += 1;
        let bytes = workflow(
            &format!("run-{n}{}", NASTY[text]),
            n,
            self.version,
            PHASES[phase],
            NASTY[text],
        );
        wire::facts(&bytes).expect("facts").row
    }

    fn message(&mut self, step: Step) -> Option<Msg> {
        Some(match step {
            Step::Key(key) => Msg::Key(key),
            Step::Paste(text) => Msg::Paste(NASTY[text].to_string()),
            Step::Click(x, y) => Msg::Click(x, y),
            Step::Wheel(lines, x, y) => Msg::Wheel(lines, x, y),
            Step::Resize(x, y) => Msg::Resize(x, y),
            Step::Later(millis) => {
                self.now = tiphys::app::state::later(self.now, millis);
                Msg::Tick
            }
            Step::Put(n, text, phase) => {
                let row = self.row(n, text, phase);
                self.cluster(ClusterMsg::Rows(
                    None,
                    FeedEvent::Deltas(vec![Delta::Put(row)]),
                ))
            }
            Step::Gone(n) => {
                let key = Key::new("", "", format!("uid-{n}"));
                self.cluster(ClusterMsg::Rows(
                    None,
                    FeedEvent::Deltas(vec![Delta::Gone(key)]),
                ))
            }
            Step::Reset(all) => {
                let rows = all.into_iter().map(|n| self.row(n, 0, 4)).collect();
                self.cluster(ClusterMsg::Rows(
                    None,
                    FeedEvent::Deltas(vec![Delta::Reset(rows)]),
                ))
            }
            Step::Facts(n, text, phase) => {
                self.version += 1;
                let bytes = workflow("named", n, self.version, PHASES[phase], NASTY[text]);
                let facts = wire::facts(&bytes).expect("facts");
                self.cluster(ClusterMsg::Active(
                    None,
                    FeedEvent::Deltas(vec![Delta::Put(facts)]),
                ))
            }
            Step::Workflow(text, phase) => {
                let key = self.state.focus.as_ref()?.key.clone();
                self.version += 1;
                let number = key.uid.as_str().trim_start_matches("uid-").parse().ok()?;
                let bytes = workflow(&key.name, number, self.version, PHASES[phase], NASTY[text]);
                let workflow = Arc::new(wire::workflow(&bytes).expect("workflow"));
                self.cluster(ClusterMsg::Workflow(
                    key,
                    FeedEvent::Deltas(vec![Delta::Put(workflow)]),
                ))
            }
            Step::Log(text) => {
                let key = self.state.log_of.clone()?;
                let source = Arc::new(LogSource {
                    step: NASTY[text].into(),
                    pod: "pod".into(),
                    container: "main".into(),
                });
                let line = LogLine {
                    at: Some(self.now),
                    source,
                    text: NASTY[text].into(),
                    tints: None,
                };
                self.cluster(ClusterMsg::Log(key, LogEvent::Lines(vec![line])))
            }
            Step::Broken => {
                let why = Trouble::Unreachable {
                    server: "https://10.0.0.1".into(),
                    detail: "no route".into(),
                };
                let stale = Freshness::Stale {
                    since: self.now,
                    why,
                };
                self.cluster(ClusterMsg::Rows(None, FeedEvent::Freshness(stale)))
            }
        })
    }

    /// One message, one frame; what must hold after every one of them.
    fn run(&mut self, step: Step) -> Result<(), TestCaseError> {
        let Some(msg) = self.message(step) else {
            return Ok(());
        };
        let shown = self.state.shown_run();
        let effects = update(&mut self.state, self.now, msg);
        for effect in &effects {
            prop_assert!(!effect.writes(), "{effect:?}");
            if let Effect::Watch(_, key)
            | Effect::FollowLog(_, key, ..)
            | Effect::ReadYaml(_, _, key) = effect
            {
                let known = self.state.shown_run().is_some_and(|run| run == *key)
                    || shown.as_ref() == Some(key);
                prop_assert!(known, "{effect:?} is not about the run on screen");
            }
        }
        let (width, height) = self.state.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let learned = ui::draw(&self.state, &self.theme, self.now, &mut buffer);
        for cell in buffer.content() {
            prop_assert!(
                cell.symbol().chars().all(is_safe_in_cell),
                "{:?}",
                cell.symbol()
            );
        }
        drawn::learn(&mut self.state, learned);
        Ok(())
    }
}

/// Joiners are part of graphemes; everything that moves a cursor or turns a line is not.
fn is_safe_in_cell(c: char) -> bool {
    is_safe(c) || c == '\u{200d}'
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn any_keys_and_any_news_never_panic_and_never_reach_another_object(
        steps in proptest::collection::vec(step(), 1..120)
    ) {
        let mut bench = Bench::new();
        for step in steps {
            bench.run(step)?;
        }
    }
}

#[test]
fn what_happened_can_be_written_down_and_replayed() {
    let mut bench = Bench::new();
    let mut copy = Bench::new();
    for n in 0..5 {
        for step in [
            Step::Put(n, n as usize, 4),
            Step::Key(KeyPress::plain(KeyCode::Char('j'))),
        ] {
            let msg = bench.message(step).expect("a message");
            let written = serde_json::to_string(&msg).expect("written");
            update(&mut bench.state, bench.now, msg);
            let read: Msg = serde_json::from_str(&written).expect("read");
            update(&mut copy.state, copy.now, read);
        }
    }
    assert_eq!(bench.state, copy.state);
}

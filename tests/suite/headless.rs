//! The console without a terminal on an embedded API in the same process: keys in, the picture that stays out.
//! Apart from the screens' tests, because here the whole program runs: effects, feeds, mailbox, frames.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tiphys::app::keymap::{DEFAULT, Keymap};
use tiphys::app::state::{Options, State};
use tiphys::cluster::Cluster;
use tiphys::runtime::console::{Clock, Console};
use tiphys::runtime::effects::Source;
use tiphys::runtime::headless::Headless;
use tiphys::runtime::mailbox::Mailbox;
use tiphys::sim::api::Api;
use tiphys::sim::clock::{self, parse};
use tiphys::sim::resource::WORKFLOWS;
use tiphys::sim::store::{Origin, Store};
use tiphys::ui::theme::Theme;

fn workflow(name: &str, phase: &str) -> Value {
    let time = "2026-11-22T20:00:00Z";
    json!({
        "metadata": {"name": name, "namespace": "team", "uid": format!("uid-{name}"), "creationTimestamp": time,
            "labels": {"workflows.argoproj.io/phase": phase,
                "workflows.argoproj.io/completed": (phase != "Running").to_string()}},
        "spec": {"entrypoint": "main", "templates": [{"name": "main", "container": {"image": "x"}}]},
        "status": {"phase": phase, "startedAt": time, "progress": "0/1", "nodes": {
            name: {"id": name, "name": name, "displayName": name, "type": "Pod", "phase": phase,
                "templateName": "main", "startedAt": time, "message": "Error (exit code 9)"}}},
    })
}

/// A console on these runs at five past eight. Time is tokio's, which the tests hold still.
fn console(runs: &[(&str, &str)]) -> (Headless, Arc<Store>) {
    let start = clock::at(parse("2026-11-22T20:05:00Z").unwrap());
    let time = clock::Clock::running(start, 1.0);
    let store = Arc::new(Store::new(time.clone(), 1));
    for (name, phase) in runs {
        store.put(WORKFLOWS, workflow(name, phase), Origin::Client);
    }
    let api = Api::new(store.clone());
    let console = Console {
        state: State::new(Options {
            keymap: Keymap::parse(DEFAULT).0,
            ..Options::default()
        }),
        source: Source::Ready(Cluster::from_service(api, "test")),
        themes: Theme::built_in("mono").unwrap().into(),
        clock: Clock::of(move || time.timestamp(), 1.0),
        home: None,
        journal: None,
        tasks: None,
    };
    (Headless::new(console, Mailbox::new(), (120, 30)), store)
}

fn line(text: &str, word: &str) -> String {
    let found = text.lines().find(|line| line.contains(word));
    found.unwrap_or_default().to_string()
}

#[tokio::test(start_paused = true)]
async fn a_settled_console_has_read_what_it_shows() {
    let (mut console, _store) = console(&[("nightly", "Succeeded"), ("broken", "Failed")]);
    assert!(console.settle().await, "{}", console.text());
    let text = console.text();
    assert!(line(&text, "Failed").contains("broken"), "{text}");
    assert!(line(&text, "Failed").contains("exit 9"), "{text}");
    assert!(console.state().focus.as_ref().unwrap().workflow.is_some());
    assert_eq!(console.state().fleet.unread(), 0);
}

#[tokio::test(start_paused = true)]
async fn keys_are_pressed_one_after_the_other_and_the_world_goes_on_between() {
    let (mut console, store) = console(&[("nightly", "Succeeded"), ("broken", "Failed")]);
    console.settle().await;
    assert!(console.press("j enter").await.unwrap());
    let page = console.state().page().unwrap();
    assert_eq!(&*page.key.name, "nightly");
    assert!(console.press("esc").await.unwrap());
    assert!(console.state().page().is_none());
    store.put(WORKFLOWS, workflow("later", "Running"), Origin::Client);
    console.watch(Duration::from_secs(1)).await;
    assert!(line(&console.text(), "Running").contains("later"));
    assert!(console.press("hyper-q").await.is_err());
    assert!(!console.is_over());
    console.press("ctrl-c j").await.unwrap();
    assert!(console.is_over());
}

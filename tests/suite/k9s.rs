//! A real k9s on the embedded cluster: it finds the kinds, lists and watches them, and opens what is under its cursor.
//! Apart from kubectl, because k9s keeps watches open and reads the cluster through discovery alone. `TIPHYS_K9S` names it;
//! `tests/cluster/build --extras` builds it.

use std::time::Duration;

use portable_pty::CommandBuilder;
use tiphys::sim::resource::WORKFLOWS;
use tiphys::sim::store::Origin;
use vt100::Screen;

use crate::pty::Pty;
use crate::served::Served;

const SIZE: (u16, u16) = (180, 45);
const PATIENCE: Duration = Duration::from_secs(60);

/// A k9s at the workflows of all namespaces; without one says that the test is skipped.
fn on_the_workflows(served: &Served) -> Option<Pty> {
    let Some(program) = std::env::var_os("TIPHYS_K9S") else {
        println!("skipped: TIPHYS_K9S does not name a k9s");
        return None;
    };
    let mut k9s = CommandBuilder::new(program);
    k9s.env_clear();
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8")] {
        k9s.env(name, value);
    }
    for name in ["HOME", "K9S_CONFIG_DIR", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
        k9s.env(name, &served.folder);
    }
    k9s.arg("--kubeconfig");
    k9s.arg(served.config());
    k9s.args(["-A", "-c", "workflows", "--splashless", "--logoless"]);
    let pty = Pty::spawn_sized(k9s, SIZE, PATIENCE);
    pty.wait("the workflows", |screen| shows(screen, "Workflows(all)"));
    Some(pty)
}

fn shows(screen: &Screen, text: &str) -> bool {
    screen
        .contents()
        .to_lowercase()
        .contains(&text.to_lowercase())
}

#[test]
fn k9s_lists_describes_and_follows() {
    let served = Served::demo("k9s");
    let Some(mut k9s) = on_the_workflows(&served) else {
        return;
    };
    let store = served.embedded.api.store();
    let (all, _) = store.snapshot(WORKFLOWS, None, None, None).expect("now");
    let titled = format!("[{}]", all.len());
    k9s.wait("how many there are", |screen| shows(screen, &titled));

    // A row that changes while it is looked at.
    k9s.press("/t42-refund\r");
    k9s.wait("the filtered rows", |screen| {
        shows(screen, "</t42-refund>") && shows(screen, "t42-refund-acceptance")
    });
    let run = all
        .iter()
        .find(|run| &*run.name == "t42-refund-acceptance")
        .expect("the story has it");
    let mut value = run.value();
    value["status"]["phase"] = "Error".into();
    store.put(WORKFLOWS, value, Origin::Client);
    k9s.wait("the new phase", |screen| {
        let rows = screen.rows(0, SIZE.0);
        rows.into_iter()
            .any(|row| row.contains("t42-refund-acceptance ") && row.contains("Error"))
    });

    k9s.press("y");
    k9s.wait("its YAML", |screen| shows(screen, "kind: Workflow"));
    k9s.press("\u{1b}");
    k9s.wait("the list again", |screen| shows(screen, "Workflows(all)"));
    k9s.press("d");
    k9s.wait("what it is", |screen| shows(screen, "API Version:"));
    k9s.press("\u{1b}");
    k9s.wait("the list again", |screen| shows(screen, "Workflows(all)"));

    k9s.press(":pods\r");
    k9s.wait("the pods", |screen| shows(screen, "Pods(all)"));
    k9s.press("/acceptance\r");
    k9s.wait("pods of runs", |screen| {
        shows(screen, "</acceptance>") && shows(screen, "criterion")
    });
    k9s.press("l");
    k9s.wait("a log", |screen| shows(screen, "Logs("));
    k9s.press("\u{1b}");
    // Together with what follows it would be another key.
    k9s.wait("the pods again", |screen| !shows(screen, "Logs("));
    for (kind, word) in [
        ("namespaces", "payments"),
        ("cronworkflows", "search"),
        ("events", "WorkflowNode"),
        ("nodes", "demo-node-1"),
        ("configmaps", "payments"),
    ] {
        k9s.press(&format!(":{kind}\r"));
        k9s.wait(kind, |screen| {
            shows(screen, &format!("{kind}(")) && shows(screen, word)
        });
    }
    k9s.press(":quit\r");
}

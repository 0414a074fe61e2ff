//! What a console saw end is told after the cluster has forgotten it, by the next console and by `tiphys history`.
//! Apart from the table it is kept in, which has tests of its own; here the built binary does both.

use portable_pty::CommandBuilder;
use serde_json::{Value, json};
use tiphys::sim::resource::WORKFLOWS;
use tiphys::sim::store::Origin;

use crate::cli::server::{Server, workflow};
use crate::pty::{Pty, tiphys};

/// A run of the template `smoke` that ended.
fn smoke(server: &Server, name: &str, phase: &str) {
    let labels = json!({"workflows.argoproj.io/workflow-template": "smoke"});
    let more = json!({"metadata": {"labels": labels}});
    server.put(workflow("search", name, phase, "2/2", more));
}

fn console(server: &Server) -> CommandBuilder {
    std::fs::create_dir_all(&server.home).unwrap();
    let mut command = tiphys(&server.home);
    command.env("KUBECONFIG", &server.config);
    command.env("XDG_STATE_HOME", &server.home);
    command
}

fn quit(mut pty: Pty) {
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
}

#[test]
fn how_runs_ended_outlives_them_and_the_program() {
    let server = Server::story();
    let empty = server.run(&["history"]);
    assert_eq!((empty.code, empty.out.as_str()), (0, ""));
    assert!(empty.err.contains("nothing is kept yet"), "{empty:?}");

    smoke(&server, "smoke-1", "Succeeded");
    smoke(&server, "smoke-2", "Failed");
    let pty = Pty::spawn(console(&server));
    // Another program may read what this one keeps.
    server.until("all three are kept", || {
        let lines = server.run(&["history"]).out;
        let one = server.run(&["history", "payments/refund"]);
        lines.contains("1 of 2") && one.code == 0
    });
    quit(pty);
    for name in ["smoke-1", "smoke-2", "refund"] {
        let namespace = if name == "refund" {
            "payments"
        } else {
            "search"
        };
        server
            .store
            .remove(WORKFLOWS, namespace, name, Origin::Client);
    }

    let told = server.run(&["history", "smoke", "-o", "json"]).good();
    let runs: Value = serde_json::from_str(&told).unwrap();
    let mut ends: Vec<_> = (runs.as_array().unwrap().iter())
        .map(|run| {
            (
                run["name"].as_str().unwrap(),
                run["phase"].as_str().unwrap(),
            )
        })
        .collect();
    ends.sort_unstable();
    assert_eq!(ends, [("smoke-1", "Succeeded"), ("smoke-2", "Failed")]);
    let one = server
        .run(&["history", "payments/refund", "-o", "json"])
        .good();
    let one: Value = serde_json::from_str(&one).unwrap();
    assert_eq!(
        (&one[0]["short"], &one[0]["step"]),
        (&json!("exit 3"), &json!("check"))
    );
    let none = server.run(&["history", "nothing-of-this-name"]);
    assert_eq!(none.code, 1);
    assert!(none.err.contains("no run or template named"), "{none:?}");

    smoke(&server, "smoke-3", "Running");
    let mut pty = Pty::spawn(console(&server));
    pty.wait("the runs", |screen| screen.contents().contains("smoke-3"));
    pty.press("/smoke-3\r");
    pty.wait("how it usually goes", |screen| {
        screen.contents().contains("1 of the last 2 passed")
    });
    quit(pty);
}

#[test]
fn who_wants_no_history_has_none() {
    let server = Server::story();
    let config = server.home.join(".config/tiphys");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "history = false\n").unwrap();
    let pty = Pty::spawn(console(&server));
    pty.wait("the runs", |screen| screen.contents().contains("refund"));
    quit(pty);
    assert!(!server.home.join("tiphys/history.db").exists());
}

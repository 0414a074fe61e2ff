//! `tiphys report`: the whole of it for a run that failed, with text in it that would like to be more than text.
//! Apart from the console, which shows the same.

use serde_json::json;
use tiphys::sim::clock::parse;
use tiphys::sim::resource::PODS;
use tiphys::sim::store::Origin;

use super::server::{Server, workflow};

#[test]
fn hostile_text_and_secrets_do_not_get_through() {
    let server = Server::new();
    let node = "evil-x7k2p-check";
    server.put(workflow(
        "payments",
        "evil-x7k2p",
        "Failed",
        "1/2",
        json!({
            "metadata": {"creationTimestamp": "2026-11-22T20:00:00Z",
                "labels": {"workflows.argoproj.io/workflow-template": "smoke", "task-id": "42"},
                "annotations": {"workflows.argoproj.io/pod-name-format": "v1"}},
            "spec": {"arguments": {"parameters": [
                    {"name": "revision", "value": "`8c1f`\n# owned"}, {"name": "api-token", "value": "hunter2"}]},
                "templates": [{"name": "main", "dag": {"tasks": [{"name": "build", "template": "leaf"},
                    {"name": "check", "template": "leaf", "dependencies": ["build"]}]}},
                    {"name": "leaf", "container": {"image": "acme/shop:1"}}]},
            "status": {"nodes": {node: {
                "message": "exit 1\n# owned\n<script>alert(1)</script> | `x` password=hunter2 [a](http://evil)",
                "outputs": {"exitCode": "1"}}}},
        }),
    ));
    let pod = json!({"metadata": {"name": node, "namespace": "payments",
            "labels": {"workflows.argoproj.io/workflow": "evil-x7k2p"}},
        "spec": {"nodeName": "node-1", "containers": [{"name": "main"}]},
        "status": {"phase": "Failed", "containerStatuses": [{"name": "main", "restartCount": 0, "ready": false,
            "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}]}});
    server.store.put(PODS, pod, Origin::Client);
    let time = parse("2026-11-22T20:00:10Z").unwrap();
    let said = ["begin", "```", "# owned", "TOKEN=hunter2", "boom \u{1b}[2J"];
    let lines = said.map(|text| (i128::from(time) * 1_000_000, text.into()));
    server
        .store
        .logs
        .append("payments", node, "main", lines.into());
    server.store.logs.end("payments", node, "main");

    let out = server.run(&["report", "evil-x7k2p"]).good();
    assert!(out.starts_with("# payments/evil-x7k2p: Failed\n"), "{out}");
    assert!(!out.contains("hunter2") && !out.contains('\u{1b}'), "{out}");
    for words in [
        "- **Task**: `42`",
        "- **revision**: `` `8c1f` # owned ``",
        "exit code 1",
        "````text\n",
        "Z ```\n20:00:10Z # owned\n",
        "boom",
        "No green run of template smoke is known in payments",
        "Nothing was done to it from this machine.",
        "tiphys why payments/evil-x7k2p --kubeconfig ",
    ] {
        assert!(out.contains(words), "{words} in\n{out}");
    }
    // Outside of what is quoted no line is a head or a tag of the cluster's; in a sentence what means something is escaped.
    let mut fence = None;
    for line in out.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(open) if ticks == open => fence = None,
            None if ticks >= 3 => fence = Some(ticks),
            None => assert!(
                !line.starts_with("# owned") && !line.starts_with('<'),
                "{line}"
            ),
            Some(_) => {}
        }
    }
    assert!(
        out.contains(r"\<script\>alert(1)\</script\> \| \`x\`"),
        "{out}"
    );
    assert_eq!(fence, None, "{out}");

    let none = server.run(&["report", "nope"]);
    assert_eq!((none.code, none.out.as_str()), (1, ""));
    assert!(none.err.contains("no run called nope"), "{}", none.err);
}

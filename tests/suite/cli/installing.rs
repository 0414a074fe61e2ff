//! `tiphys crd`, `install` and `template render|check|install`: what a cluster is given, and what is made of a QARun.
//! Apart from verbs on runs that are there.

use serde_json::{Value, json};
use tiphys::sim::resource::TEMPLATES;

use super::server::Server;

const QARUN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/suite/data/qaruns/acceptance.yaml"
);

/// Compares a text with the one that is kept.
fn look(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn documents(text: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(text).unwrap()
}

#[test]
fn the_definition_is_printed_as_it_is_written_and_as_json() {
    let server = Server::new();
    let yaml = server.run(&["crd"]).good();
    assert_eq!(yaml, tiphys::wire::qarun::DEFINITION);
    let json: Value = serde_json::from_str(&server.run(&["crd", "-o", "json"]).good()).unwrap();
    assert_eq!(json, documents(&yaml)[0]);
}

#[test]
fn every_right_of_the_controller_has_its_reason() {
    let server = Server::new();
    look(
        "install-rights",
        &server.run(&["install", "--rights"]).good(),
    );
}

#[test]
fn what_is_installed_looks_like_this() {
    let server = Server::new();
    let install = [
        "install",
        "--image",
        "registry.example/tiphys:0.1.0",
        "--without-crd",
    ];
    look("install-cluster", &server.run(&install).good());
    let scoped = [
        &install[..],
        &[
            "--scope",
            "namespace",
            "-n",
            "payments",
            "-n",
            "search",
            "--create-namespace",
        ],
    ]
    .concat();
    look("install-namespaces", &server.run(&scoped).good());
    let nowhere = server.run(&[&install[..], &["--scope", "namespace"]].concat());
    assert_eq!(nowhere.code, 2, "{nowhere:?}");
    let slip = server.run(&["install", "--image", "registry.example /tiphys:1"]);
    assert_eq!(slip.code, 2, "{slip:?}");
    assert!(slip.err.contains("no name of an image"), "{slip:?}");
}

#[test]
fn no_right_reaches_secrets_or_into_pods_and_a_namespace_needs_no_cluster_role() {
    let server = Server::new();
    let install = [
        "install",
        "--image",
        "i",
        "--scope",
        "namespace",
        "-n",
        "payments",
    ];
    let all = documents(&server.run(&install).good());
    let kinds: Vec<&str> = all
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| kind.starts_with("Cluster"))
            .count(),
        0
    );
    for rule in all
        .iter()
        .flat_map(|one| one["rules"].as_array().into_iter().flatten())
    {
        let text = rule.to_string();
        for never in [
            "secrets",
            "pods",
            "\"*\"",
            "configmaps",
            "escalate",
            "impersonate",
        ] {
            assert!(!text.contains(never), "{text}");
        }
    }
    let deployment = all.iter().find(|one| one["kind"] == "Deployment").unwrap();
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["args"], json!(["controller", "-n", "payments"]));
}

#[test]
fn a_qarun_is_checked_and_rendered_without_a_cluster() {
    let server = Server::new();
    let out = server.run(&["template", "check", QARUN]).good();
    assert!(out.ends_with("QARun qa-15-10: nothing is wrong\n"), "{out}");
    let out = server
        .run(&[
            "templates",
            "render",
            QARUN,
            "--name",
            "by-hand",
            "-o",
            "json",
        ])
        .good();
    let workflow: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(workflow["metadata"]["name"], "by-hand");
    assert!(workflow["metadata"]["ownerReferences"].is_null());
    let bad = server.home.join("bad.yaml");
    let text = std::fs::read_to_string(QARUN).unwrap();
    let text = text
        .replace("service: refunds", "service: Re_funds")
        .replace("serviceAccountName", "serviceAcountName");
    std::fs::create_dir_all(&server.home).unwrap();
    std::fs::write(&bad, text).unwrap();
    let file = bad.to_str().unwrap();
    let answer = server.run(&["template", "check", file, "-o", "json"]);
    assert_eq!((answer.code, &*answer.err), (1, ""));
    let said: Value = serde_json::from_str(&answer.out).unwrap();
    let paths: Vec<&str> = said[0]["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["spec.serviceAcountName", "spec.service"]);
    let answer = server.run(&["template", "render", file]);
    assert_eq!((answer.code, &*answer.out), (1, ""));
    assert!(
        answer.err.contains("spec.service") && answer.err.contains("2 problems"),
        "{}",
        answer.err
    );
}

#[test]
fn a_workflow_is_checked_by_its_names_and_numbers_are_read_as_kubectl_does() {
    let server = Server::new();
    std::fs::create_dir_all(&server.home).unwrap();
    let path = server.home.join("wf.yaml");
    let check = |entrypoint: &str| {
        let text = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {{generateName: smoke-}}\nspec:\n  entrypoint: {entrypoint}\n  \
             templates:\n  - name: main\n    inputs: {{artifacts: [{{name: a, path: /a, mode: 0755, raw: {{data: x}}}}]}}\n    \
             container: {{image: busybox}}\n"
        );
        std::fs::write(&path, text).unwrap();
        server.run(&["template", "check", path.to_str().unwrap()])
    };
    assert!(
        check("main")
            .good()
            .ends_with("Workflow smoke-…: nothing is wrong\n")
    );
    let bad = check("mian");
    assert_eq!(bad.code, 1);
    assert!(
        bad.out
            .contains("spec.entrypoint: there is no template `mian`: there are main"),
        "{}",
        bad.out
    );
}

#[test]
fn a_template_to_launch_from_is_tried_applied_and_applied_again() {
    let server = Server::new();
    let install = ["template", "install", QARUN, "--name", "refunds"];
    let printed = documents(&server.run(&install).good());
    assert_eq!(printed[0]["kind"], "WorkflowTemplate");
    let with = |more: &[&'static str]| server.run(&[&install[..], more].concat());
    assert_eq!(with(&["--apply"]).code, 2, "nobody is there to be asked");
    let out = with(&["--apply", "--dry-run"]).good();
    assert_eq!(out, "created WorkflowTemplate payments/refunds\n");
    assert!(
        server.store.get(TEMPLATES, "payments", "refunds").is_none(),
        "it was only tried"
    );
    let out = with(&["--apply", "--yes"]).good();
    assert_eq!(out, "created WorkflowTemplate payments/refunds\n");
    let made = server.store.get(TEMPLATES, "payments", "refunds").unwrap();
    assert_eq!(
        made.value()["metadata"]["managedFields"][0]["manager"],
        "tiphys"
    );
    let out = with(&["--apply", "--yes"]).good();
    assert_eq!(out, "unchanged WorkflowTemplate payments/refunds\n");
    let again = server.store.get(TEMPLATES, "payments", "refunds").unwrap();
    assert_eq!(again.version, made.version, "nothing was written");
    let told = server.run(&["journal"]).good();
    assert_eq!(
        told.lines().count(),
        1,
        "what was only tried is not told: {told}"
    );
    assert!(
        told.contains("apply WorkflowTemplate payments/refunds: applied"),
        "{told}"
    );
    let refused = server.run(&[
        "--readonly",
        "template",
        "install",
        QARUN,
        "--apply",
        "--yes",
    ]);
    assert_eq!(refused.code, 2, "{refused:?}");
}

#[test]
fn what_is_refused_is_said_and_nothing_after_it_is_sent() {
    let server = Server::new();
    let install = [
        "install", "--image", "i", "--into", "search", "--apply", "--yes",
    ];
    // The embedded cluster has no roles.
    let answer = server.run(&install);
    assert_eq!(answer.code, 1);
    let lines: Vec<&str> = answer.out.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "created CustomResourceDefinition qaruns.agents.platform",
            "created ServiceAccount search/tiphys-controller",
        ]
    );
    assert!(
        lines[2].starts_with("not applied ClusterRole tiphys-controller: "),
        "{lines:?}"
    );
    let rest = &lines[3..];
    assert!(
        rest.len() == 6 && rest.iter().all(|line| line.starts_with("not sent ")),
        "{rest:?}"
    );
    let again = server.run(&install);
    let unchanged = again.out.lines().take(2);
    assert!(
        unchanged.clone().all(|line| line.starts_with("unchanged ")),
        "{}",
        again.out
    );
}

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::super::sample::{self, node};
use crate::model::artifact::{Access, Artifact, Direction, Packing, Place};

fn artifacts(nodes: &[Value], more: Value) -> Vec<Artifact> {
    let bytes = sample::workflow("Succeeded", nodes, more);
    super::super::workflow(&bytes).unwrap().artifacts
}

fn repository() -> Value {
    json!({"status": {"artifactRepositoryRef": {"default": true, "artifactRepository": {"archiveLogs": true,
        "s3": {"bucket": "shared", "endpoint": "s3.example:9000", "insecure": true, "region": "us-east-1",
            "accessKeySecret": {"name": "cred", "key": "id"}, "secretKeySecret": {"name": "cred", "key": "secret"}}}}}})
}

fn outputs(list: Value) -> Value {
    json!({"displayName": "make", "outputs": {"artifacts": list}})
}

#[test]
fn an_artifact_with_a_key_alone_lies_in_the_store_of_the_run() {
    let list = json!([{"name": "report", "path": "/tmp/report.txt", "s3": {"key": "w/p/report.tgz"}},
        {"name": "main-logs", "s3": {"key": "w/p/main.log"}},
        {"name": "z", "archive": {"zip": {}}, "deleted": true, "s3": {"key": "w/p/z.zip"}},
        {"name": "n", "archive": {"none": {}}, "s3": {"key": "w/p/n"}}]);
    let found = artifacts(
        &[node("w", "Pod", "Succeeded", outputs(list))],
        repository(),
    );
    let told: Vec<String> = found.iter().map(|one| one.place.to_string()).collect();
    assert_eq!(told[0], "s3://shared/w/p/report.tgz at s3.example:9000");
    let packing: Vec<Packing> = found.iter().map(|one| one.packing).collect();
    use Packing::{Plain, Tgz, Zip};
    assert_eq!(packing, [Tgz, Plain, Zip, Plain]);
    assert_eq!(found[1].log_of(), Some("main"));
    assert!(found[2].deleted && !found[0].deleted);
    assert_eq!(
        (&*found[0].step, found[0].id.direction),
        ("make", Direction::Output)
    );
    let Place::S3(s3) = &found[0].place else {
        panic!("{:?}", found[0].place);
    };
    assert!(s3.insecure && matches!(s3.access, Access::Keys { .. }));
}

#[test]
fn a_bucket_of_its_own_counts_alone_and_a_template_comes_before_the_run() {
    let own =
        json!([{"name": "own", "s3": {"key": "k", "bucket": "mine", "endpoint": "other:9000"}}]);
    let found = artifacts(&[node("w", "Pod", "Succeeded", outputs(own))], repository());
    let Place::S3(s3) = &found[0].place else {
        panic!("{:?}", found[0].place);
    };
    // Nothing of the run's store is mixed in: not its keys either.
    assert_eq!(
        (&*s3.bucket, &*s3.endpoint, &s3.access),
        ("mine", "other:9000", &Access::Ambient)
    );
    assert_eq!(s3.region, None);

    let mut more = repository();
    more["spec"] = json!({"templates": [{"name": "t", "archiveLocation":
        {"s3": {"bucket": "of-template", "endpoint": "t:9000"}}}]});
    let mut pod = outputs(json!([{"name": "a", "s3": {"key": "k"}}]));
    pod["templateName"] = "t".into();
    let found = artifacts(&[node("w", "Pod", "Succeeded", pod)], more);
    assert_eq!(found[0].place.to_string(), "s3://of-template/k at t:9000");
}

#[test]
fn other_places_are_named_and_a_login_is_not_kept() {
    let list = json!([
        {"name": "txt", "raw": {"data": "inline\n"}},
        {"name": "open", "http": {"url": "https://x.example/a.json"}},
        {"name": "closed", "http": {"url": "https://x.example/a.json", "headers": [{"name": "Authorization", "value": "hunter2"}]}},
        {"name": "src", "git": {"repo": "https://git.example/r.git"}},
        {"name": "g", "gcs": {"bucket": "b", "key": "k"}},
        {"name": "az", "azure": {"container": "c", "blob": "k", "endpoint": "https://a"}},
        {"name": "later", "from": "{{tasks.a.outputs.artifacts.x}}"},
        {"name": "keyed", "s3": {"key": "k"}},
        {"s3": {"key": "nameless"}}, 7, null]);
    let pod = json!({"displayName": "use", "inputs": {"artifacts": list}});
    let found = artifacts(&[node("w", "Pod", "Running", pod)], json!({}));
    let told: Vec<String> = found.iter().map(|one| one.place.to_string()).collect();
    assert_eq!(
        told,
        [
            "in the run's own object",
            "https://x.example/a.json",
            "http with a login: https://x.example/a.json",
            "git: https://git.example/r.git",
            "gcs: b/k",
            "azure: c/k",
            "the run does not say where it is (yet)",
            "it has a key and no store: no artifact repository stands in the run's status",
        ]
    );
    assert!(!format!("{found:?}").contains("hunter2"));
    assert_eq!(found[0].packing, Packing::Plain);
}

#[test]
fn a_retried_step_has_the_artifacts_of_its_attempts_once() {
    let list = || json!([{"name": "x", "s3": {"key": "w/last/x.tgz"}}]);
    let mut retry = outputs(list());
    retry["children"] = json!(["a"]);
    let nodes = [
        node("w", "Retry", "Succeeded", retry),
        node("a", "Pod", "Succeeded", outputs(list())),
    ];
    let found = artifacts(&nodes, repository());
    assert_eq!(found.len(), 1);
    assert_eq!(&*found[0].id.node, "a");
}

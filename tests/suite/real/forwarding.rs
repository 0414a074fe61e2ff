//! A store inside the cluster, which this machine has no way to: a pod that serves files, and a Service in front of it.
//! Apart from the rig's own store, which the machine reaches.

use http::Method;
use serde_json::{Value, json};

use super::cluster::{Place, Real};
use super::script;

/// A run that is over and left one object, as the controller writes it: nobody looks at it any more.
fn left(place: &Place<'_>) -> Value {
    let key = |key: &str| json!({"name": "rig-s3", "key": key});
    let s3 = json!({"key": "run/plain.txt", "bucket": "bucket", "insecure": true,
        "endpoint": format!("store.{}.svc:80", place.name),
        "accessKeySecret": key("accesskey"), "secretKeySecret": key("secretkey")});
    let node = json!({"id": "left", "name": "left", "displayName": "left", "type": "Pod", "phase": "Succeeded",
        "templateName": "main", "startedAt": "2026-11-22T02:14:00Z", "finishedAt": "2026-11-22T02:14:05Z",
        "outputs": {"artifacts": [{"name": "plain", "path": "/plain.txt", "archive": {"none": {}}, "s3": s3}]}});
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
        "metadata": {"name": "left", "labels": {"workflows.argoproj.io/completed": "true", "workflows.argoproj.io/phase": "Succeeded"}},
        "spec": {"entrypoint": "main", "templates": [{"name": "main", "container": {"image": "busybox"}}]},
        "status": {"phase": "Succeeded", "startedAt": "2026-11-22T02:14:00Z", "finishedAt": "2026-11-22T02:14:05Z",
            "nodes": {"left": node}}})
}

#[test]
fn a_store_inside_a_real_cluster_is_read_through_its_api_server() {
    let Some(real) = Real::given() else {
        return;
    };
    let place = Place::new(&real);
    let core = format!("/api/v1/namespaces/{}", place.name);
    let serve = "mkdir -p /www/bucket/run && echo made > /www/bucket/run/plain.txt && exec httpd -f -p 9000 -h /www";
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "store", "labels": {"app": "store"}},
        "spec": {"containers": [{"name": "main", "image": "busybox", "command": ["sh", "-c", serve],
            "ports": [{"name": "api", "containerPort": 9000}],
            "readinessProbe": {"tcpSocket": {"port": 9000}, "periodSeconds": 1}}]}});
    real.create(&format!("{core}/pods"), &pod);
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "store"},
        "spec": {"selector": {"app": "store"}, "ports": [{"port": 80, "targetPort": "api"}]}});
    real.create(&format!("{core}/services"), &service);
    real.create(&place.argo("workflows"), &left(&place));
    real.until("the store is ready and its keys are there", |real| {
        let pod = real.get(&format!("{core}/pods/store"));
        let conditions = pod["status"]["conditions"].as_array().cloned();
        let ready = conditions
            .unwrap_or_default()
            .iter()
            .any(|one| one["type"] == "Ready" && one["status"] == "True");
        ready
            && real
                .ask(Method::GET, &format!("{core}/secrets/rig-s3"), None)
                .0
                == 200
    });

    let way = format!(
        "a port-forward to port 9000 of the pod {}/store",
        place.name
    );
    let list = script::run(&place, &["artifacts", "left", "-o", "json"]);
    assert_eq!(list.code, 0, "{}", list.err);
    assert!(
        list.err
            .contains(&format!("the store was asked through {way}")),
        "{}",
        list.err
    );
    let all: Value = serde_json::from_str(&list.out).unwrap();
    assert_eq!(all[0]["bytes"], 5, "{all}");
    let text = script::tiphys(&place, &["artifacts", "left", "plain"]);
    assert_eq!(text, format!("read through {way}\nmade\n"));
    assert_eq!(
        script::tiphys(&place, &["artifacts", "left", "plain", "--save", "-"]),
        "made\n"
    );
}

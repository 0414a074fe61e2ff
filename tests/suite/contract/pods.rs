//! Pods: logs and connections that cannot be had.
//! Apart, because pods are the kind with sub-resources that are not objects.

use serde_json::json;

use super::site::*;

#[test]
fn what_a_missing_pod_has_is_missing() {
    on_each(async |site| {
        let pod = format!("{}/none", site.path("", "pods"));
        for (method, sub) in [
            ("GET", "log"),
            ("GET", "exec?command=x"),
            ("POST", "exec?command=x"),
            ("POST", "portforward"),
            ("GET", "status"),
        ] {
            site.send(ask(method, format!("{pod}/{sub}")))
                .await
                .refused(
                    404,
                    "NotFound",
                    "pods \"none\" not found",
                    json!({"name": "none", "kind": "pods"}),
                );
        }
    });
}

#[test]
fn a_pod_without_a_node_has_an_empty_log_and_no_connections() {
    on_each(async |site| {
        // The account that every pod needs is made in the background.
        let account = format!("{}/default", site.path("", "serviceaccounts"));
        let wait = async || site.get(&account).await.code == 200;
        site.eventually(wait).await;
        let body = json!({"metadata": {"name": "p"}, "spec": {"schedulerName": "nobody", "automountServiceAccountToken": false,
            "containers": [{"name": "m", "image": "x:1"}, {"name": "n", "image": "y"}]}});
        let made = site.post(&site.path("", "pods"), &body).await.object(201);
        assert_eq!(made["status"]["phase"], "Pending");
        assert_eq!(made["spec"]["restartPolicy"], "Always");
        // Whether it is pulled again is for admission to say.
        assert!(made["spec"]["containers"][0]["imagePullPolicy"].is_string());
        let pod = format!("{}/p", site.path("", "pods"));
        let log = site.get(&format!("{pod}/log?container=m")).await;
        assert_eq!((log.code, log.text().as_str()), (204, ""));
        site.get(&format!("{pod}/log")).await.refused(
            400,
            "BadRequest",
            "a container name must be specified for pod p, choose one of: [m n]",
            json!(null),
        );
        site.get(&format!("{pod}/log?container=nope"))
            .await
            .refused(
                400,
                "BadRequest",
                "container nope is not valid for pod p",
                json!(null),
            );
        for method in ["GET", "POST"] {
            let sent = ask(method, format!("{pod}/exec?command=x&container=m"));
            site.send(sent).await.refused(
                400,
                "BadRequest",
                "pod p does not have a host assigned",
                json!(null),
            );
        }
        let gone = site
            .delete(&format!("{pod}?gracePeriodSeconds=0"))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&gone["kind"], &gone["metadata"]["name"]),
            (&json!("Pod"), &json!("p")),
            "a deleted pod is told whole"
        );
        site.get(&pod).await.expect(404);
    });
}

#[test]
fn containers_are_patched_by_name() {
    on_each(async |site| {
        let account = format!("{}/default", site.path("", "serviceaccounts"));
        site.eventually(async || site.get(&account).await.code == 200)
            .await;
        let body = json!({"metadata": {"name": "p"}, "spec": {"schedulerName": "nobody", "automountServiceAccountToken": false,
            "containers": [{"name": "m", "image": "x:1"}, {"name": "n", "image": "y:1"}]}});
        site.make(&site.path("", "pods"), &body).await;
        let patch = json!({"spec": {"containers": [{"name": "n", "image": "y:2"}]}});
        let done = site
            .patch(&format!("{}/p", site.path("", "pods")), STRATEGIC, &patch)
            .await
            .object(200);
        let images: Vec<_> = done["spec"]["containers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| &c["image"])
            .collect();
        assert_eq!(images, ["x:1", "y:2"]);
        site.delete(&format!("{}/p?gracePeriodSeconds=0", site.path("", "pods")))
            .await
            .expect(200);
    });
}

//! What a cluster says it serves: version, groups, kinds in both forms, OpenAPI as far as kubectl reads it, definitions.
//! Apart from the kinds' own answers.

use serde_json::{Value, json};

use super::site::*;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const ALL: [&str; 8] = [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];

/// An entry without what only a real server can know.
fn entry(list: &Value, key: &str, name: &str) -> Value {
    let found = list
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry[key] == name);
    let mut found = found.unwrap_or_else(|| panic!("{name} is listed")).clone();
    found.as_object_mut().unwrap().remove("storageVersionHash");
    if let Some(Value::Array(verbs)) = found.get_mut("verbs") {
        verbs.sort_by_key(Value::to_string);
    }
    found
}

#[test]
fn the_version_is_told() {
    on_each(async |site| {
        let version = site.get("/version").await.expect(200).json();
        assert_eq!(
            (&version["major"], &version["minor"]),
            (&json!("1"), &json!("36"))
        );
        assert!(
            version["gitVersion"]
                .as_str()
                .unwrap()
                .starts_with("v1.36.")
        );
        for path in ["/healthz", "/livez", "/readyz"] {
            assert_eq!(site.get(path).await.expect(200).text(), "ok");
        }
    });
}

#[test]
fn groups_and_kinds_are_listed() {
    on_each(async |site| {
        let api = site.get("/api").await.expect(200).json();
        assert_eq!(
            (&api["kind"], &api["versions"]),
            (&json!("APIVersions"), &json!(["v1"]))
        );
        let groups = site.get("/apis").await.expect(200).json();
        for (name, version) in [
            ("argoproj.io", "v1alpha1"),
            ("events.k8s.io", "v1"),
            ("authentication.k8s.io", "v1"),
            ("authorization.k8s.io", "v1"),
            ("apiextensions.k8s.io", "v1"),
        ] {
            let it = json!({"groupVersion": format!("{name}/{version}"), "version": version});
            let wanted = json!({"name": name, "versions": [it], "preferredVersion": it});
            assert_eq!(entry(&groups["groups"], "name", name), wanted);
            let mut alone = site.get(&format!("/apis/{name}")).await.expect(200).json();
            assert_eq!(
                (alone["kind"].take(), alone["apiVersion"].take()),
                (json!("APIGroup"), json!("v1"))
            );
        }
        let core = site.get("/api/v1").await.expect(200).json();
        assert_eq!(
            (&core["kind"], &core["groupVersion"]),
            (&json!("APIResourceList"), &json!("v1"))
        );
        let kinds = &core["resources"];
        for (name, singular, kind, namespaced, short) in [
            ("configmaps", "configmap", "ConfigMap", true, Some("cm")),
            ("events", "event", "Event", true, Some("ev")),
            ("nodes", "node", "Node", false, Some("no")),
            (
                "persistentvolumeclaims",
                "persistentvolumeclaim",
                "PersistentVolumeClaim",
                true,
                Some("pvc"),
            ),
            ("secrets", "secret", "Secret", true, None),
            (
                "serviceaccounts",
                "serviceaccount",
                "ServiceAccount",
                true,
                Some("sa"),
            ),
        ] {
            let mut wanted = json!({"name": name, "singularName": singular, "namespaced": namespaced, "kind": kind, "verbs": ALL});
            if let Some(short) = short {
                wanted["shortNames"] = json!([short]);
            }
            assert_eq!(entry(kinds, "name", name), wanted);
        }
        assert_eq!(entry(kinds, "name", "pods")["categories"], json!(["all"]));
        assert_eq!(
            entry(kinds, "name", "namespaces")["verbs"]
                .as_array()
                .unwrap()
                .len(),
            7,
            "namespaces are deleted one by one"
        );
        assert_eq!(
            entry(kinds, "name", "pods/log"),
            json!({"name": "pods/log", "singularName": "", "namespaced": true, "kind": "Pod", "verbs": ["get"]})
        );
        for sub in [
            "pods/status",
            "namespaces/status",
            "nodes/status",
            "persistentvolumeclaims/status",
        ] {
            assert_eq!(
                entry(kinds, "name", sub)["verbs"],
                json!(["get", "patch", "update"])
            );
        }
    });
}

#[test]
fn argos_kinds_are_listed() {
    on_each(async |site| {
        let list = site
            .get("/apis/argoproj.io/v1alpha1")
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&list["apiVersion"], &list["groupVersion"]),
            (&json!("v1"), &json!("argoproj.io/v1alpha1"))
        );
        let mut names: Vec<_> = list["resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["name"].as_str().unwrap())
            .collect();
        // Definitions are listed in the order in which they were found.
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "clusterworkflowtemplates",
                "cronworkflows",
                "workflowartifactgctasks",
                "workflowartifactgctasks/status",
                "workfloweventbindings",
                "workflows",
                "workflowtaskresults",
                "workflowtasksets",
                "workflowtasksets/status",
                "workflowtemplates"
            ]
        );
        assert_eq!(
            entry(&list["resources"], "name", "clusterworkflowtemplates"),
            json!({"name": "clusterworkflowtemplates", "singularName": "clusterworkflowtemplate", "namespaced": false, "kind": "ClusterWorkflowTemplate",
                "verbs": ALL, "shortNames": ["clusterwftmpl", "cwft"]})
        );
    });
}

#[test]
fn the_aggregated_form_says_the_same() {
    on_each(async |site| {
        for (path, group, version, resource, wanted) in [
            (
                "/apis",
                json!({"name": "argoproj.io"}),
                "v1alpha1",
                "workflows",
                json!({"resource": "workflows", "responseKind": {"group": "argoproj.io", "version": "v1alpha1", "kind": "Workflow"}, "scope": "Namespaced",
                    "singularResource": "workflow", "verbs": ALL, "shortNames": ["wf"]}),
            ),
            (
                "/apis",
                json!({"name": "authorization.k8s.io"}),
                "v1",
                "selfsubjectaccessreviews",
                json!({"resource": "selfsubjectaccessreviews", "responseKind": {"group": "", "version": "", "kind": "SelfSubjectAccessReview"}, "scope": "Cluster",
                    "singularResource": "selfsubjectaccessreview", "verbs": ["create"]}),
            ),
            (
                "/apis",
                json!({"name": "apiextensions.k8s.io"}),
                "v1",
                "customresourcedefinitions",
                json!({"resource": "customresourcedefinitions", "responseKind": {"group": "", "version": "", "kind": "CustomResourceDefinition"}, "scope": "Cluster",
                    "singularResource": "customresourcedefinition", "verbs": ALL, "shortNames": ["crd", "crds"], "categories": ["api-extensions"],
                    "subresources": [{"subresource": "status", "responseKind": {"group": "", "version": "", "kind": "CustomResourceDefinition"}, "verbs": ["get", "patch", "update"]}]}),
            ),
            (
                "/api",
                json!({}),
                "v1",
                "configmaps",
                json!({"resource": "configmaps", "responseKind": {"group": "", "version": "", "kind": "ConfigMap"}, "scope": "Namespaced",
                    "singularResource": "configmap", "verbs": ALL, "shortNames": ["cm"]}),
            ),
        ] {
            let answer = site
                .send(ask("GET", path).accept(AGGREGATED))
                .await
                .expect(200);
            assert_eq!(answer.headers["content-type"], AGGREGATED);
            let list = answer.json();
            assert_eq!(
                (&list["kind"], &list["apiVersion"]),
                (
                    &json!("APIGroupDiscoveryList"),
                    &json!("apidiscovery.k8s.io/v2")
                )
            );
            let item = list["items"]
                .as_array()
                .unwrap()
                .iter()
                .find(|item| item["metadata"]["name"] == group["name"]);
            let served = &item.unwrap()["versions"][0];
            assert_eq!(
                (&served["version"], &served["freshness"]),
                (&json!(version), &json!("Current"))
            );
            assert_eq!(entry(&served["resources"], "resource", resource), wanted);
        }
    });
}

#[test]
fn openapi_describes_argos_kinds() {
    on_each(async |site| {
        let index = site.get("/openapi/v3").await.expect(200).json();
        let url = index["paths"]["apis/argoproj.io/v1alpha1"]["serverRelativeURL"]
            .as_str()
            .unwrap();
        assert!(url.starts_with("/openapi/v3/apis/argoproj.io/v1alpha1?hash="));
        let document = site.get(url).await.expect(200).json();
        let schema = &document["components"]["schemas"]["io.argoproj.v1alpha1.Workflow"];
        assert_eq!(
            schema["x-kubernetes-group-version-kind"],
            json!([{"group": "argoproj.io", "kind": "Workflow", "version": "v1alpha1"}])
        );
        assert_eq!(schema["required"], json!(["metadata", "spec"]));
        let spec = &schema["properties"]["spec"]["properties"];
        assert_eq!(spec["suspend"]["type"], "boolean");
        assert_eq!(
            spec["templates"]["items"]["properties"]["container"]["required"],
            json!(null),
            "nothing is required of a container"
        );
        assert_eq!(
            schema["properties"]["metadata"]["allOf"][0]["$ref"],
            "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
        );
        let patch = &document["paths"]["/apis/argoproj.io/v1alpha1/namespaces/{namespace}/workflows/{name}"]
            ["patch"];
        let options: Vec<_> = patch["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["name"].as_str().unwrap())
            .collect();
        for wanted in ["dryRun", "fieldManager", "fieldValidation"] {
            assert!(options.contains(&wanted), "{options:?}");
        }
    });
}

#[test]
fn definitions_can_be_read() {
    on_each(async |site| {
        let uri = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/workflows.argoproj.io";
        let crd = site.get(uri).await.expect(200).json();
        assert_eq!(
            (&crd["kind"], &crd["spec"]["group"], &crd["spec"]["scope"]),
            (
                &json!("CustomResourceDefinition"),
                &json!("argoproj.io"),
                &json!("Namespaced")
            )
        );
        assert_eq!(
            crd["spec"]["names"],
            json!({"kind": "Workflow", "listKind": "WorkflowList", "plural": "workflows", "shortNames": ["wf"], "singular": "workflow"})
        );
        let version = &crd["spec"]["versions"][0];
        assert_eq!(
            (&version["name"], &version["served"], &version["storage"]),
            (&json!("v1alpha1"), &json!(true), &json!(true))
        );
        assert_eq!(
            version["additionalPrinterColumns"]
                .as_array()
                .unwrap()
                .len(),
            3
        );
        assert_eq!(crd["status"]["storedVersions"], json!(["v1alpha1"]));
        let established = crd["status"]["conditions"]
            .as_array()
            .unwrap()
            .iter()
            .any(|c| c["type"] == "Established" && c["status"] == "True");
        assert!(established);
    });
}

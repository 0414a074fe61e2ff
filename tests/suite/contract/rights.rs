//! Who may do what: reviews of one's own rights, 401 and 403.
//! Apart from the rest, where an administrator asks.

use serde_json::{Value, json};

use super::site::*;

const ACCESS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const RULES: &str = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
const MYSELF: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

async fn review(site: &Site, who: Who, uri: &str, spec: Value) -> Answer {
    site.send(ask("POST", uri).body(JSON, &json!({"spec": spec})).who(who))
        .await
}

#[test]
fn strangers_are_unauthorized_and_the_nameless_forbidden() {
    on_each(async |site| {
        let stranger = site
            .send(ask("GET", site.templates()).who(Who::BadToken))
            .await;
        stranger.refused(401, "Unauthorized", "Unauthorized", json!(null));
        let nameless = site
            .send(ask("GET", site.templates()).who(Who::Anonymous))
            .await;
        nameless.refused(
            403,
            "Forbidden",
            "workflowtemplates.argoproj.io is forbidden: User \"system:anonymous\" cannot list resource \"workflowtemplates\" in API group \"argoproj.io\" in the namespace \"NS\"",
            json!({"group": "argoproj.io", "kind": "workflowtemplates"}),
        );
        site.send(ask("GET", "/api").who(Who::Anonymous))
            .await
            .refused(
                403,
                "Forbidden",
                "forbidden: User \"system:anonymous\" cannot get path \"/api\"",
                json!({}),
            );
        site.send(ask("GET", "/version").who(Who::Anonymous))
            .await
            .expect(200);
        site.send(ask("GET", "/healthz").who(Who::Anonymous))
            .await
            .expect(200);
    });
}

#[test]
fn what_is_forbidden_is_said_exactly() {
    on_each(async |site| {
        let ns = &site.ns;
        let argo = json!({"name": "x", "group": "argoproj.io", "kind": "workflowtemplates"});
        let one = format!("{}/x", site.templates());
        let place = format!("in API group \"argoproj.io\" in the namespace \"{ns}\"");
        for (method, uri, subject, verb, resource, at, details) in [
            (
                "DELETE",
                one.clone(),
                "workflowtemplates.argoproj.io \"x\"",
                "delete",
                "workflowtemplates",
                place.clone(),
                argo.clone(),
            ),
            (
                "PATCH",
                one.clone(),
                "workflowtemplates.argoproj.io \"x\"",
                "patch",
                "workflowtemplates",
                place.clone(),
                argo.clone(),
            ),
            (
                "PUT",
                one.clone(),
                "workflowtemplates.argoproj.io \"x\"",
                "update",
                "workflowtemplates",
                place.clone(),
                argo,
            ),
            (
                "DELETE",
                site.templates(),
                "workflowtemplates.argoproj.io",
                "deletecollection",
                "workflowtemplates",
                place.clone(),
                json!({"group": "argoproj.io", "kind": "workflowtemplates"}),
            ),
            (
                "GET",
                "/apis/argoproj.io/v1alpha1/workflows".to_owned(),
                "workflows.argoproj.io",
                "list",
                "workflows",
                "in API group \"argoproj.io\" at the cluster scope".to_owned(),
                json!({"group": "argoproj.io", "kind": "workflows"}),
            ),
            (
                "GET",
                format!("/api/v1/namespaces/{ns}"),
                &format!("namespaces \"{ns}\""),
                "get",
                "namespaces",
                format!("in API group \"\" in the namespace \"{ns}\""),
                json!({"name": ns, "kind": "namespaces"}),
            ),
            (
                "GET",
                format!("{}/x/log", site.path("", "pods")),
                "pods \"x\"",
                "get",
                "pods/log",
                format!("in API group \"\" in the namespace \"{ns}\""),
                json!({"name": "x", "kind": "pods"}),
            ),
            (
                "POST",
                format!("{}/x/exec", site.path("", "pods")),
                "pods \"x\"",
                "create",
                "pods/exec",
                format!("in API group \"\" in the namespace \"{ns}\""),
                json!({"name": "x", "kind": "pods"}),
            ),
        ] {
            let sent = ask(method, uri)
                .body(MERGE, &json!({}))
                .who(Who::As(NOBODY));
            let message = format!(
                "{subject} is forbidden: User \"{NOBODY}\" cannot {verb} resource \"{resource}\" {at}"
            );
            site.send(sent)
                .await
                .refused(403, "Forbidden", &message, details);
        }
    });
}

#[test]
fn whoever_has_a_name_may_see_what_there_is() {
    on_each(async |site| {
        site.send(ask("GET", "/nope").who(Who::As(NOBODY)))
            .await
            .refused(
                403,
                "Forbidden",
                "forbidden: User \"tiphys-nobody\" cannot get path \"/nope\"",
                json!({}),
            );
        for path in ["/api", "/apis", "/apis/argoproj.io/v1alpha1", "/openapi/v3"] {
            site.send(ask("GET", path).who(Who::As(NOBODY)))
                .await
                .expect(200);
        }
    });
}

#[test]
fn a_failure_stays_a_status_where_a_table_was_wanted() {
    on_each(async |site| {
        let sent = ask("GET", site.templates())
            .accept(TABLE)
            .who(Who::As(NOBODY));
        assert_eq!(site.send(sent).await.expect(403).json()["kind"], "Status");
        let missing = site
            .send(ask("GET", format!("{}/none", site.templates())).accept(TABLE))
            .await;
        assert_eq!(missing.expect(404).json()["kind"], "Status");
    });
}

#[test]
fn a_viewer_reads_in_one_namespace() {
    on_each(async |site| {
        site.make(&site.templates(), &template("a", json!({})))
            .await;
        let as_viewer = async |method: &'static str, uri: &str| {
            site.send(
                ask(method, uri)
                    .body(MERGE, &json!({}))
                    .who(Who::As(VIEWER)),
            )
            .await
            .code
        };
        assert_eq!(as_viewer("GET", &site.templates()).await, 200);
        assert_eq!(
            as_viewer("GET", &format!("{}/a", site.templates())).await,
            200
        );
        assert_eq!(
            as_viewer("PATCH", &format!("{}/a", site.templates())).await,
            403
        );
        assert_eq!(
            as_viewer("DELETE", &format!("{}/a", site.templates())).await,
            403
        );
        assert_eq!(
            as_viewer("GET", "/apis/argoproj.io/v1alpha1/workflowtemplates").await,
            403
        );
        assert_eq!(as_viewer("GET", &site.path("", "secrets")).await, 403);
    });
}

#[test]
fn access_can_be_asked_for_before_it_is_tried() {
    on_each(async |site| {
        let ns = &site.ns;
        let about = |verb: &str, group: &str, resource: &str, sub: &str| json!({"resourceAttributes": {"namespace": ns, "verb": verb, "group": group, "resource": resource, "subresource": sub}});
        for (spec, admin, viewer) in [
            (about("list", "argoproj.io", "workflows", ""), true, true),
            (about("patch", "argoproj.io", "workflows", ""), true, false),
            (about("get", "", "pods", "log"), true, true),
            (about("delete", "", "pods", ""), true, false),
            (about("create", "", "pods", "exec"), true, false),
            (
                json!({"resourceAttributes": {"verb": "get", "resource": "nosuch"}}),
                true,
                false,
            ),
            (
                json!({"resourceAttributes": {"verb": "list", "group": "argoproj.io", "resource": "workflows"}}),
                true,
                false,
            ),
            (
                json!({"nonResourceAttributes": {"path": "/version", "verb": "get"}}),
                true,
                true,
            ),
        ] {
            for (who, allowed) in [(Who::Admin, admin), (Who::As(VIEWER), viewer)] {
                let answer = review(site, who, ACCESS, spec.clone())
                    .await
                    .expect(201)
                    .json();
                assert_eq!(answer["kind"], "SelfSubjectAccessReview");
                assert_eq!(answer["status"]["allowed"], allowed, "{who:?} {spec}");
            }
        }
        for spec in [json!({}), json!(null)] {
            review(site, Who::Admin, ACCESS, spec).await.invalid(&[(
                "FieldValueInvalid",
                "spec.resourceAttributes",
                "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified",
            )]);
        }
    });
}

#[test]
fn rules_and_names_can_be_asked_for() {
    on_each(async |site| {
        let rules = async |who| {
            review(site, who, RULES, json!({"namespace": site.ns}))
                .await
                .expect(201)
                .json()
        };
        let admin = rules(Who::Admin).await;
        assert_eq!(admin["status"]["incomplete"], false);
        let everything = json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]});
        assert!(
            admin["status"]["resourceRules"]
                .as_array()
                .unwrap()
                .contains(&everything)
        );
        let nobody = rules(Who::As(NOBODY)).await;
        assert_eq!(
            nobody["status"]["resourceRules"],
            json!([{"verbs": ["create"], "apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]},
                {"verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]}])
        );
        review(site, Who::Admin, RULES, json!({})).await.refused(
            400,
            "BadRequest",
            "no namespace on request",
            json!(null),
        );
        let me = site
            .send(
                ask("POST", MYSELF)
                    .body(JSON, &json!({}))
                    .who(Who::As(NOBODY))
                    .header("impersonate-group", "g"),
            )
            .await
            .expect(201)
            .json();
        assert_eq!(
            me["status"]["userInfo"],
            json!({"username": NOBODY, "groups": ["g", "system:authenticated"]})
        );
        assert!(me["metadata"]["creationTimestamp"].is_string());
    });
}

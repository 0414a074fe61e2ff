//! Who may do what.
//! Apart from the other tests of the API, which share their helpers.

use super::*;
use crate::sim::api::access::{Access, Rights, User};
use crate::sim::{Options, Scenario};

fn guarded() -> Embedded {
    let user = |name: &str, rights| (format!("{name}-token"), User::new(name, rights));
    Embedded::paused(Options {
        scenario: Scenario::Empty,
        access: Access::tokens([
            user("admin", Rights::Admin),
            user("viewer", Rights::Nobody),
            user("jane", Rights::Viewer),
            user("olga", Rights::OperatorIn(vec!["default".to_owned()])),
        ]),
        ..Options::default()
    })
    .unwrap()
}

#[tokio::test]
async fn rights_are_refused_in_the_recorded_words() {
    let cluster = guarded();
    let api = &cluster.api;
    let as_user = |who: &'static str, method: &'static str, uri: String| async move {
        let bearer = format!("Bearer {who}-token");
        ask(
            api,
            method,
            &uri,
            &[("authorization", &bearer), ("content-type", MERGE)],
            "{}",
        )
        .await
    };
    let ns: &[(&str, &str)] = &[("sem-lim", "default")];
    let list = as_user("viewer", "GET", WFS.to_owned()).await;
    assert_eq!(list.code, 403);
    same_failure("403-list.json", &list.json(), ns);
    same_failure(
        "403-list-all.json",
        &as_user(
            "viewer",
            "GET",
            "/apis/argoproj.io/v1alpha1/workflows".into(),
        )
        .await
        .json(),
        ns,
    );
    same_failure(
        "403-delete.json",
        &as_user("viewer", "DELETE", format!("{WFS}/backoff"))
            .await
            .json(),
        ns,
    );
    same_failure(
        "403-patch.json",
        &as_user("viewer", "PATCH", format!("{WFS}/backoff"))
            .await
            .json(),
        ns,
    );
    same_failure(
        "403-log.json",
        &as_user(
            "viewer",
            "GET",
            "/api/v1/namespaces/default/pods/mtx-holder/log".into(),
        )
        .await
        .json(),
        ns,
    );
    let unknown = as_user("nobody", "GET", WFS.to_owned()).await;
    assert_eq!(unknown.code, 401);
    same_failure("401-bad-token.json", &unknown.json(), ns);
    let anonymous = ask(api, "GET", WFS, &[], "").await;
    assert_eq!(anonymous.code, 403);
    same_failure("403-anonymous.json", &anonymous.json(), ns);
    assert_eq!(as_user("jane", "GET", WFS.to_owned()).await.code, 200);
    assert_eq!(as_user("jane", "PATCH", format!("{WFS}/x")).await.code, 403);
    assert_eq!(as_user("olga", "PATCH", format!("{WFS}/x")).await.code, 404);
    assert_eq!(
        as_user("olga", "GET", "/apis/argoproj.io/v1alpha1/workflows".into())
            .await
            .code,
        403
    );
}

#[tokio::test]
async fn reviews_tell_the_rights() {
    let cluster = guarded();
    let api = &cluster.api;
    let review = |verb: &str, group: &str, resource: &str| json!({"kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": {"namespace": "default", "verb": verb, "group": group, "resource": resource}}});
    for (who, verb, group, resource, allowed) in [
        ("jane", "list", "argoproj.io", "workflows", true),
        ("jane", "delete", "", "pods", false),
        ("olga", "patch", "argoproj.io", "workflows", true),
        ("olga", "delete", "", "pods", true),
        ("olga", "get", "", "secrets", false),
        ("viewer", "list", "argoproj.io", "workflows", false),
    ] {
        let bearer = format!("Bearer {who}-token");
        let body = review(verb, group, resource).to_string();
        let answer = ask(
            api,
            "POST",
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            &[("authorization", &bearer)],
            &body,
        )
        .await;
        assert_eq!(answer.code, 201);
        assert_eq!(
            answer.json()["status"]["allowed"],
            allowed,
            "{who} {verb} {resource}"
        );
    }
    let bearer = [("authorization", "Bearer jane-token")];
    let me = ask(
        api,
        "POST",
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        &bearer,
        "{}",
    )
    .await
    .json();
    assert_eq!(me["status"]["userInfo"]["username"], "jane");
}

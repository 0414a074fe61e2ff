//! Lists: pages, tokens, versions, and options that contradict each other.
//! Apart from the shapes lists come in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::site::*;

fn names(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["metadata"]["name"].as_str().unwrap().to_owned())
        .collect()
}

fn token(version: i64, start: &str) -> String {
    URL_SAFE_NO_PAD
        .encode(json!({"v": "meta.k8s.io/v1", "rv": version, "start": start}).to_string())
}

async fn five(site: &Site) -> String {
    let uri = site.templates();
    for name in ["a", "b", "c", "d", "e"] {
        site.make(
            &uri,
            &template(
                name,
                json!({"vowel": (name == "a" || name == "e").to_string()}),
            ),
        )
        .await;
    }
    uri
}

#[test]
fn an_empty_list_is_a_list() {
    on_each(async |site| {
        let list = site.get(&site.templates()).await.expect(200).json();
        assert!(list["metadata"]["resourceVersion"].is_string());
        assert_eq!(
            bare(&list, ""),
            json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "WorkflowTemplateList", "metadata": {"continue": ""}, "items": []})
        );
        let core = site.get(&site.path("", "events")).await.object(200);
        assert_eq!(
            core,
            json!({"apiVersion": "v1", "kind": "EventList", "metadata": {}, "items": []})
        );
        let elsewhere = site
            .get("/api/v1/namespaces/tiphys-no-such/pods")
            .await
            .object(200);
        assert_eq!(
            elsewhere["items"],
            json!([]),
            "a namespace that is not there has nothing in it"
        );
    });
}

#[test]
fn items_of_built_in_kinds_do_not_say_what_they_are() {
    on_each(async |site| {
        site.make(&site.configs(), &config("z", json!({"a": "b"})))
            .await;
        let list = site
            .get(&format!("{}?fieldSelector=metadata.name=z", site.configs()))
            .await
            .expect(200)
            .json();
        assert_eq!(
            bare(&list["items"], &site.ns),
            json!([{"metadata": {"name": "z", "namespace": "NS"}, "data": {"a": "b"}}])
        );
        five(site).await;
        let list = site.get(&site.templates()).await.expect(200).json();
        assert_eq!(
            (&list["items"][0]["kind"], names(&list).len()),
            (&json!("WorkflowTemplate"), 5)
        );
    });
}

#[test]
fn pages_are_of_one_version() {
    on_each(async |site| {
        let uri = five(site).await;
        let first = site.get(&format!("{uri}?limit=2")).await.expect(200).json();
        assert_eq!(
            (names(&first), &first["metadata"]["remainingItemCount"]),
            (vec!["a".into(), "b".into()], &json!(3))
        );
        let version = &first["metadata"]["resourceVersion"];
        let next = first["metadata"]["continue"].as_str().unwrap();
        let told: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(next).unwrap()).unwrap();
        assert_eq!(told["rv"].to_string(), version.as_str().unwrap());
        site.make(&uri, &template("bb", json!({}))).await;
        site.delete(&format!("{uri}/d")).await.expect(200);
        let rest = site
            .get(&format!("{uri}?limit=9&continue={next}"))
            .await
            .expect(200)
            .json();
        assert_eq!(names(&rest), ["c", "d", "e"], "as it was at the first page");
        assert_eq!(&rest["metadata"]["resourceVersion"], version);
        assert_eq!(rest["metadata"]["continue"], "");
        assert!(rest["metadata"]["remainingItemCount"].is_null());
    });
}

#[test]
fn a_selection_does_not_say_how_much_is_left() {
    on_each(async |site| {
        let uri = five(site).await;
        let first = site
            .get(&format!("{uri}?limit=1&labelSelector=vowel=true"))
            .await
            .expect(200)
            .json();
        assert_eq!(names(&first), ["a"]);
        assert!(first["metadata"]["remainingItemCount"].is_null());
        let next = first["metadata"]["continue"].as_str().unwrap();
        let rest = site
            .get(&format!(
                "{uri}?limit=1&labelSelector=vowel=true&continue={next}"
            ))
            .await
            .expect(200)
            .json();
        assert_eq!(names(&rest), ["e"]);
    });
}

#[test]
fn a_list_from_the_cache_is_not_cut() {
    on_each(async |site| {
        let uri = five(site).await;
        let cached = site
            .get(&format!("{uri}?limit=1&resourceVersion=0"))
            .await
            .expect(200)
            .json();
        assert_eq!(names(&cached).len(), 5);
        let negative = site
            .get(&format!("{uri}?limit=-1"))
            .await
            .expect(200)
            .json();
        assert_eq!(names(&negative).len(), 5);
    });
}

#[test]
fn a_token_that_is_too_old_holds_one_that_goes_on() {
    on_each(async |site| {
        let uri = five(site).await;
        let gone = site
            .get(&format!("{uri}?limit=2&continue={}", token(1, "/b\0")))
            .await;
        let status = gone.expect(410).json();
        assert_eq!(status["reason"], "Expired");
        assert_eq!(
            status["message"],
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."
        );
        let next = status["metadata"]["continue"].as_str().unwrap();
        let rest = site
            .get(&format!("{uri}?limit=2&continue={next}"))
            .await
            .expect(200)
            .json();
        assert_eq!(names(&rest), ["c", "d"]);
    });
}

#[test]
fn tokens_that_are_none_are_refused() {
    on_each(async |site| {
        let version = URL_SAFE_NO_PAD.encode(r#"{"v":"x","rv":1,"start":"a"}"#);
        for (token, why) in [
            (
                "garbage",
                "invalid character '\\u0081' looking for beginning of value",
            ),
            ("!!", "illegal base64 data at input byte 0"),
            ("e30", "server does not recognize this encoded version "),
            (
                version.as_str(),
                "server does not recognize this encoded version x",
            ),
            (
                "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ",
                "incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
            ),
        ] {
            let message = format!("invalid continue token: continue key is not valid: {why}");
            let answer = site
                .get(&format!("{}?continue={token}", site.templates()))
                .await;
            answer.refused(400, "BadRequest", &message, json!(null));
        }
        let both = format!(
            "{}?continue={}&resourceVersion=5",
            site.templates(),
            token(240, "a")
        );
        site.get(&both).await.refused(
            400,
            "BadRequest",
            "specifying resource version is not allowed when using continue",
            json!(null),
        );
    });
}

#[test]
fn versions_that_are_gone_or_to_come_are_refused() {
    on_each(async |site| {
        let uri = five(site).await;
        site.get(&format!(
            "{uri}?resourceVersion=1&resourceVersionMatch=Exact"
        ))
        .await
        .refused(
            410,
            "Expired",
            "The resourceVersion for the provided list is too old.",
            json!(null),
        );
        for uri in [
            format!("{uri}?resourceVersion=999999999&resourceVersionMatch=NotOlderThan"),
            format!("{uri}/a?resourceVersion=999999999"),
        ] {
            let answer = site.get(&uri).await.expect(504);
            assert_eq!(answer.headers["retry-after"], "1");
            let status = answer.json();
            assert_eq!(status["reason"], "Timeout");
            assert!(
                status["message"]
                    .as_str()
                    .unwrap()
                    .starts_with("Timeout: Too large resource version: 999999999, current: ")
            );
            assert_eq!(
                status["details"],
                json!({"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}], "retryAfterSeconds": 1})
            );
        }
        let now = site.get(&uri).await.json()["metadata"]["resourceVersion"]
            .as_str()
            .unwrap()
            .to_owned();
        site.delete(&format!("{uri}/e")).await.expect(200);
        let then = site
            .get(&format!(
                "{uri}?resourceVersion={now}&resourceVersionMatch=Exact"
            ))
            .await
            .expect(200)
            .json();
        assert_eq!(names(&then).len(), 5, "as it was");
    });
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    on_each(async |site| {
        let field = "resourceVersionMatch";
        for (query, causes) in [
            (
                "resourceVersionMatch=Exact",
                vec![(
                    "FieldValueForbidden",
                    field,
                    "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
                )],
            ),
            (
                "resourceVersionMatch=Nope&resourceVersion=5",
                vec![(
                    "FieldValueNotSupported",
                    field,
                    "Unsupported value: \"Nope\": supported values: \"Exact\", \"NotOlderThan\", \"\"",
                )],
            ),
            (
                "resourceVersionMatch=Exact&resourceVersion=0",
                vec![(
                    "FieldValueForbidden",
                    field,
                    "Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
                )],
            ),
            (
                "sendInitialEvents=true",
                vec![(
                    "FieldValueForbidden",
                    "sendInitialEvents",
                    "Forbidden: sendInitialEvents is forbidden for list",
                )],
            ),
            (
                "watch=1&resourceVersionMatch=NotOlderThan",
                vec![(
                    "FieldValueForbidden",
                    field,
                    "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
                )],
            ),
            (
                "watch=1&sendInitialEvents=true",
                vec![(
                    "FieldValueForbidden",
                    field,
                    "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
                )],
            ),
            (
                "watch=1&sendInitialEvents=true&resourceVersionMatch=Exact",
                vec![
                    (
                        "FieldValueForbidden",
                        field,
                        "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
                    ),
                    (
                        "FieldValueNotSupported",
                        field,
                        "Unsupported value: \"Exact\": supported values: \"NotOlderThan\"",
                    ),
                ],
            ),
        ] {
            let answer = site.get(&format!("{}?{query}", site.templates())).await;
            answer.invalid(&causes);
            assert_eq!(answer.json()["details"]["kind"], "ListOptions", "{query}");
        }
    });
}

#[test]
fn numbers_that_are_none_are_refused() {
    on_each(async |site| {
        let version = "resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": invalid syntax";
        for (query, code, reason, message) in [
            (
                "limit=abc",
                400,
                "BadRequest",
                "strconv.ParseInt: parsing \"abc\": invalid syntax".to_owned(),
            ),
            (
                "timeoutSeconds=abc",
                400,
                "BadRequest",
                "strconv.ParseInt: parsing \"abc\": invalid syntax".to_owned(),
            ),
            (
                "resourceVersion=abc",
                400,
                "BadRequest",
                format!("invalid resource version: {version}"),
            ),
            ("watch=1&resourceVersion=abc", 500, "", version.to_owned()),
        ] {
            let answer = site.get(&format!("{}?{query}", site.templates())).await;
            answer.refused(code, reason, &message, json!(null));
        }
    });
}

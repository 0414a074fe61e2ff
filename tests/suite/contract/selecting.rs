//! Label and field selectors: what they select and how broken ones are refused.
//! Apart from listing, because watches and collections are selected alike.

use serde_json::json;

use super::site::*;

#[test]
fn labels_select() {
    on_each(async |site| {
        let uri = site.templates();
        for (name, labels) in [
            ("a", json!({"app": "shop", "tier": "2"})),
            ("b", json!({"app": "bank"})),
            ("c", json!({})),
        ] {
            site.make(&uri, &template(name, labels)).await;
        }
        for (selector, wanted) in [
            ("app", "a b"),
            ("!app", "c"),
            ("app=shop", "a"),
            ("app==shop", "a"),
            ("app!=shop", "b c"),
            ("app in (shop,bank)", "a b"),
            ("app notin (shop)", "b c"),
            ("tier>1", "a"),
            ("tier<2", ""),
            ("app=shop,tier=3", ""),
            ("app in ()", ""),
            ("app=", ""),
        ] {
            let escaped = selector.replace('>', "%3E").replace('<', "%3C");
            let list = site
                .get(&format!("{uri}?labelSelector={escaped}"))
                .await
                .expect(200)
                .json();
            let names: Vec<_> = list["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|i| i["metadata"]["name"].as_str().unwrap())
                .collect();
            assert_eq!(names.join(" "), wanted, "{selector}");
        }
    });
}

#[test]
fn broken_label_selectors_are_refused() {
    on_each(async |site| {
        for (selector, why) in [
            (
                "a b c",
                "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
            ),
            (
                "a in b",
                "unable to parse requirement: found 'b' expected: '('",
            ),
            (
                "a in (x",
                "unable to parse requirement: found '', expected: ',' or ')'",
            ),
            (
                "!!",
                "unable to parse requirement: found '!', expected: identifier",
            ),
            (
                "=x",
                "found '=', expected: !, identifier, or 'end of string'",
            ),
            (
                ",a=b",
                "found ',', expected: !, identifier, or 'end of string'",
            ),
            ("a=b=c", "found '=', expected: ',' or 'end of string'"),
            ("a=b c", "found 'c', expected: ',' or 'end of string'"),
            ("a=b,", "found '', expected: identifier after ','"),
            ("a,,b", "found ',', expected: identifier after ','"),
            (
                "a%3Eb",
                "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
            ),
        ] {
            for method in ["GET", "DELETE"] {
                let sent = ask(
                    method,
                    format!("{}?labelSelector={selector}", site.templates()),
                );
                site.send(sent)
                    .await
                    .refused(400, "BadRequest", why, json!(null));
            }
        }
    });
}

/// How many items a field selector leaves.
async fn selected(site: &Site, uri: &str, selector: &str) -> usize {
    let answer = site.get(&format!("{uri}?fieldSelector={selector}")).await;
    let list = answer.expect(200).json();
    list["items"].as_array().unwrap().len()
}

#[test]
fn fields_select_where_the_kind_has_them() {
    on_each(async |site| {
        let uri = site.templates();
        for name in ["a", "b"] {
            site.make(&uri, &template(name, json!({}))).await;
        }
        let ns = &site.ns;
        for (selector, wanted) in [
            ("metadata.name=a".to_owned(), 1),
            ("metadata.name==a".to_owned(), 1),
            ("metadata.name!=a".to_owned(), 1),
            (format!("metadata.namespace={ns},metadata.name=b"), 1),
            ("metadata.namespace=other".to_owned(), 0),
            (",".to_owned(), 2),
        ] {
            assert_eq!(selected(site, &uri, &selector).await, wanted, "{selector}");
        }
        let about = json!({"kind": "Pod", "namespace": ns, "name": "x"});
        let event = json!({"metadata": {"name": "e"}, "involvedObject": about, "reason": "R", "message": "m", "type": "Warning"});
        let events = site.path("", "events");
        site.make(&events, &event).await;
        for (selector, wanted) in [
            ("involvedObject.name=x,type=Warning", 1),
            ("involvedObject.kind=Node", 0),
            ("reason=R", 1),
        ] {
            assert_eq!(
                selected(site, &events, selector).await,
                wanted,
                "{selector}"
            );
        }
        for selector in ["status.phase=Running", "spec.nodeName=x"] {
            site.get(&format!(
                "{}?fieldSelector={selector}",
                site.path("", "pods")
            ))
            .await
            .expect(200);
        }
    });
}

#[test]
fn broken_field_selectors_are_refused() {
    on_each(async |site| {
        for (selector, why) in [
            (
                "status.phase=Running",
                "field label not supported: status.phase",
            ),
            (
                "metadata.labels.x=y",
                "field label not supported: metadata.labels.x",
            ),
            (
                "nonsense",
                "invalid selector: 'nonsense'; can't understand 'nonsense'",
            ),
            (
                "metadata.name",
                "invalid selector: 'metadata.name'; can't understand 'metadata.name'",
            ),
        ] {
            let answer = site
                .get(&format!("{}?fieldSelector={selector}", site.templates()))
                .await;
            answer.refused(400, "BadRequest", why, json!(null));
        }
    });
}

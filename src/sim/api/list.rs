//! Reading: one object, or a list in pages.
//! Apart from watching, which begins where a list ends.

mod token;

use std::sync::Arc;
use std::time::Duration;

use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::super::resource::{EVENTS, PODS, Res};
use super::super::schema::Cause;
use super::super::selector::{FieldSelector, LabelSelector};
use super::super::store::Object;
use super::render::{self, Shape};
use super::status::{self, Failure, bad_request};
use super::{Body, Call, json_bytes, json_maybe_gzip};
use token::Token;

/// How long the server waits for a version from the future before it gives up.
const FUTURE_WAIT: Duration = Duration::from_secs(3);

/// Which objects a request selects.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    labels: LabelSelector,
    fields: FieldSelector,
    name: Option<String>,
}

impl Filter {
    /// Reads the selectors of a request.
    ///
    /// # Errors
    /// 400 in the server's words.
    pub fn of(call: &Call, res: Res, name: Option<&str>) -> Result<Self, Failure> {
        let labels = call.query.get("labelSelector").unwrap_or_default();
        let fields = call.query.get("fieldSelector").unwrap_or_default();
        let filter = Self {
            labels: LabelSelector::parse(labels).map_err(bad_request)?,
            fields: FieldSelector::parse(fields).map_err(bad_request)?,
            name: name.map(str::to_owned),
        };
        for (path, _, _) in &filter.fields.0 {
            let known = matches!(path.as_str(), "metadata.name" | "metadata.namespace")
                || (res == EVENTS
                    && (path.starts_with("involvedObject.")
                        || matches!(
                            path.as_str(),
                            "reason" | "type" | "source" | "reportingComponent"
                        )))
                || (res == PODS
                    && matches!(
                        path.as_str(),
                        "spec.nodeName" | "status.phase" | "status.podIP" | "spec.restartPolicy"
                    ));
            if !known {
                return Err(bad_request(format!("field label not supported: {path}")));
            }
        }
        Ok(filter)
    }

    /// No selector that makes counting the rest a lie.
    fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.0.is_empty() && self.name.is_none()
    }

    /// Whether an object is selected.
    pub fn matches(&self, item: &Object) -> bool {
        if self.name.as_ref().is_some_and(|name| **name != *item.name)
            || !self.labels.matches(&item.labels)
        {
            return false;
        }
        let mut parsed = None;
        self.fields.0.iter().all(|(path, equal, value)| {
            let same = match path.as_str() {
                "metadata.name" => *item.name == **value,
                "metadata.namespace" => *item.namespace == **value,
                path => {
                    let object = parsed.get_or_insert_with(|| item.value());
                    let path = if path == "source" {
                        "source.component"
                    } else {
                        path
                    };
                    let found = object.pointer(&format!("/{}", path.replace('.', "/")));
                    found.and_then(Value::as_str).unwrap_or_default() == value
                }
            };
            same == *equal
        })
    }
}

/// One object.
pub async fn get(
    call: &Call,
    res: Res,
    namespace: &str,
    name: &str,
) -> Result<Response<Body>, Failure> {
    let shape = render::shape(&call.headers, &call.query)?;
    if let Some(text) = call.query.get("resourceVersion") {
        let version = text
            .parse()
            .map_err(|_| status::internal(status::not_a_version(text)))?;
        wait_for(call, version).await?;
    }
    let found = call.store.get(res, namespace, name);
    let item = found.ok_or_else(|| status::not_found(res, name))?;
    if shape == Shape::Partials {
        return Err(status::internal("content is not a list"));
    }
    let mut out = Vec::with_capacity(item.body.len() + 64);
    if let Shape::Table(_) = shape {
        let listed = Listed {
            items: vec![item.clone()],
            version: item.version,
            resume: None,
            remaining: None,
        };
        write_list(&mut out, call, res, shape, &listed);
    } else {
        render::object(&mut out, shape, &item);
    }
    Ok(json_maybe_gzip(call, out))
}

struct Listed {
    items: Vec<Arc<Object>>,
    version: u64,
    resume: Option<String>,
    remaining: Option<usize>,
}

/// A list.
pub async fn answer(
    call: &Call,
    res: Res,
    namespace: Option<&str>,
) -> Result<Response<Body>, Failure> {
    let shape = render::shape(&call.headers, &call.query)?;
    numbers(call)?;
    let filter = Filter::of(call, res, None)?;
    options(call)?;
    if shape == Shape::Partial {
        return Err(status::list_asked_as_one(res));
    }
    let listed = select(call, res, namespace, &filter).await?;
    let mut out =
        Vec::with_capacity(listed.items.iter().map(|i| i.body.len()).sum::<usize>() / 2 + 512);
    write_list(&mut out, call, res, shape, &listed);
    Ok(json_maybe_gzip(call, out))
}

/// Refuses what is no number where the server wants one.
pub fn numbers(call: &Call) -> Result<(), Failure> {
    for name in ["limit", "timeoutSeconds"] {
        if let Some(text) = call.query.get(name)
            && text.parse::<i64>().is_err()
        {
            let text = Value::from(text);
            return Err(bad_request(format!(
                "strconv.ParseInt: parsing {text}: invalid syntax"
            )));
        }
    }
    Ok(())
}

/// Refuses options that contradict each other. Source: `ValidateListOptions` of k8s.io/apimachinery.
fn options(call: &Call) -> Result<(), Failure> {
    const MATCH: &str = "resourceVersionMatch";
    let query = &call.query;
    let mut causes = Vec::new();
    let mut forbidden = |field: &str, why: &str| {
        causes.push(Cause::new(
            "FieldValueForbidden",
            field,
            format!("Forbidden: {why}"),
        ));
    };
    let version = query.get("resourceVersion");
    if let Some(word) = query.get(MATCH) {
        if version.is_none() {
            forbidden(
                MATCH,
                "resourceVersionMatch is forbidden unless resourceVersion is provided",
            );
        }
        if query.get("continue").is_some() {
            forbidden(
                MATCH,
                "resourceVersionMatch is forbidden when continue is provided",
            );
        }
        if word == "Exact" && version == Some("0") {
            forbidden(
                MATCH,
                "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
            );
        }
        if !matches!(word, "Exact" | "NotOlderThan") {
            causes.push(status::unsupported_match(
                word,
                "\"Exact\", \"NotOlderThan\", \"\"",
            ));
        }
    }
    if query.get("sendInitialEvents").is_some() {
        causes.push(Cause::new(
            "FieldValueForbidden",
            "sendInitialEvents",
            "Forbidden: sendInitialEvents is forbidden for list",
        ));
    }
    if causes.is_empty() {
        return Ok(());
    }
    Err(status::invalid_options("ListOptions", &causes))
}

async fn select(
    call: &Call,
    res: Res,
    namespace: Option<&str>,
    filter: &Filter,
) -> Result<Listed, Failure> {
    let token = match call.query.get("continue") {
        Some(text) => Some(Token::read(text, namespace)?),
        None => None,
    };
    let asked = call.query.get("resourceVersion");
    if token.is_some() && asked.is_some_and(|asked| asked != "0") {
        return Err(bad_request(
            "specifying resource version is not allowed when using continue",
        ));
    }
    let at = match (&token, asked) {
        (Some(token), _) => u64::try_from(token.version).ok(),
        (None, Some("0") | None) => None,
        (None, Some(asked)) => {
            let asked = asked.parse().map_err(|_| {
                let why = status::not_a_version(asked);
                bad_request(format!("invalid resource version: {why}"))
            })?;
            wait_for(call, asked).await?;
            let exact = call.query.get("resourceVersionMatch") == Some("Exact");
            exact.then_some(asked)
        }
    };
    let from = token.as_ref().map(|token| &token.start);
    let (objects, version) =
        call.store
            .snapshot(res, namespace, at, from)
            .map_err(|_| match &token {
                Some(token) => status::page_gone(Token::write(-1, &token.start, namespace)),
                None => status::version_gone(),
            })?;
    // A list from the watch cache (resourceVersion=0) is not chunked.
    let limit = match (asked, &token) {
        (Some("0"), None) => None,
        _ => call.query.number("limit").filter(|limit| *limit > 0),
    };
    let mut all = objects.into_iter();
    let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) else {
        return Ok(Listed {
            items: all.filter(|item| filter.matches(item)).collect(),
            version,
            resume: None,
            remaining: None,
        });
    };
    let items: Vec<Arc<Object>> = all
        .by_ref()
        .filter(|item| filter.matches(item))
        .take(limit)
        .collect();
    // Whether what is left would be selected is not looked at.
    let left = all.count();
    let resume = items.last().filter(|_| left > 0).map(|last| {
        let page = match &token {
            Some(token) if token.version < 0 => -1,
            _ => i64::try_from(version).unwrap_or(-1),
        };
        // The smallest key after the last one.
        let next = (
            Arc::clone(&last.namespace),
            Arc::from(format!("{}\0", last.name)),
        );
        Token::write(page, &next, namespace)
    });
    Ok(Listed {
        items,
        version,
        remaining: resume.as_ref().filter(|_| filter.is_empty()).map(|_| left),
        resume,
    })
}

/// Waits a while for a version that is not there yet.
async fn wait_for(call: &Call, version: u64) -> Result<(), Failure> {
    if version <= call.store.version() {
        return Ok(());
    }
    tokio::time::sleep(FUTURE_WAIT).await;
    let current = call.store.version();
    if version <= current {
        return Ok(());
    }
    Err(status::too_large(version, current))
}

fn write_list(out: &mut Vec<u8>, call: &Call, res: Res, shape: Shape, listed: &Listed) {
    let mut meta = json!({});
    if res.custom() && shape == Shape::Full {
        meta["continue"] = listed.resume.clone().unwrap_or_default().into();
    }
    meta["resourceVersion"] = listed.version.to_string().into();
    if let Some(resume) = &listed.resume {
        meta["continue"] = resume.clone().into();
    }
    if let Some(remaining) = listed.remaining {
        meta["remainingItemCount"] = remaining.into();
    }
    let head = match shape {
        Shape::Full => format!(
            r#"{{"kind":"{}List","apiVersion":"{}","metadata":{meta},"items":["#,
            res.kind,
            res.api_version()
        ),
        Shape::Partial | Shape::Partials => format!(
            r#"{{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{meta},"items":["#
        ),
        Shape::Table(_) => format!(
            r#"{{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{meta},"columnDefinitions":{},"rows":["#,
            render::columns(res)
        ),
    };
    if listed.items.is_empty() && shape == Shape::Partials {
        // An empty list of metadata is no list.
        out.extend_from_slice(head.trim_end_matches('[').as_bytes());
        out.extend_from_slice(b"null}");
        return;
    }
    out.extend_from_slice(head.as_bytes());
    let now = call.store.clock().millis();
    for (n, item) in listed.items.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        match shape {
            Shape::Table(include) => render::row(out, res, include, item, now),
            Shape::Full if !res.custom() => {
                out.push(b'{');
                out.extend_from_slice(item.tail());
            }
            shape => render::object(out, shape, item),
        }
    }
    out.extend_from_slice(b"]}");
}

/// A list of these objects.
pub fn of(res: Res, items: Vec<Value>, version: u64) -> Value {
    let mut meta = json!({"resourceVersion": version.to_string()});
    if res.custom() {
        meta["continue"] = "".into();
    }
    json!({"kind": format!("{}List", res.kind), "apiVersion": res.api_version(), "metadata": meta, "items": items})
}

/// A single object as an answer with a code.
pub fn one(code: StatusCode, item: &Object) -> Response<Body> {
    json_bytes(code, item.body.clone())
}

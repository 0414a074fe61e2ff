//! A QARun that a person has written: one request that makes it, and what is told of it beforehand.
//! Apart from the other operations, which are about an object that is there and was read.
//!
//! The name is in the document before anybody is asked, and the stamp tells whose it is: an answer that is lost can be looked for.

use serde_json::{Map, Value};

use super::object::is_name;
use super::write::{self, Method, Write};
use super::{Draft, refuse};
use crate::model::act::{Actor, Kind, Refusal};
use crate::model::manifest::{Hidden, Piece, Side};
use crate::model::qarun::{API_VERSION, KIND, Spec};
use crate::model::yaml;

/// What would be sent to make this object, and its lines as they are shown.
pub(super) fn create(document: &Hidden, actor: &Actor) -> Result<(Draft, Vec<Piece>), Refusal> {
    let again = "write it again";
    let Ok(mut object) = serde_json::from_str::<Value>(document.text()) else {
        return Err(refuse("what was written is not left any more", again));
    };
    let text = |path: &str| {
        let text = object.pointer(path).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    if (text("/apiVersion").as_str(), text("/kind").as_str()) != (API_VERSION, KIND) {
        return Err(refuse("it is no QARun", again));
    }
    let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
    if !is_name(&namespace) || !is_name(&name) {
        let why = format!("`{namespace}/{name}` is not a name that Kubernetes allows");
        return Err(refuse(why, "name it otherwise"));
    }
    let Ok(spec) = serde_json::from_value::<Spec>(object["spec"].clone()) else {
        let why = "a field of its spec has another shape than the definition says";
        return Err(refuse(why, again));
    };
    let lines = told(&object);
    if !object["metadata"]["annotations"].is_object() {
        object["metadata"]["annotations"] = Value::Object(Map::new());
    }
    if let (Some(notes), Value::Object(stamps)) = (
        object["metadata"]["annotations"].as_object_mut(),
        write::stamps_of(actor, "create"),
    ) {
        notes.extend(stamps);
    }
    let mut draft = Draft {
        says: vec![says(&namespace, &name, &spec)],
        ..Draft::default()
    };
    let people = spec
        .criteria
        .iter()
        .filter(|one| one.check.waits_for_people());
    match people.count() {
        0 => {}
        1 => draft
            .warns
            .push("a person is waited for: 1 criterion is manual".to_owned()),
        n => draft
            .warns
            .push(format!("a person is waited for: {n} criteria are manual")),
    }
    draft.writes.push(Write {
        method: Method::Post,
        path: format!(
            "{}/namespaces/{namespace}/{}",
            Kind::QaRun.api(),
            Kind::QaRun.plural()
        ),
        content: Some("application/json"),
        body: Some(object),
        verb: "create",
        resource: Kind::QaRun.resource(),
        namespace: namespace.into(),
        name: None,
        missing_is_fine: false,
        places_only: false,
    });
    Ok((draft, lines))
}

/// One sentence on what begins.
fn says(namespace: &str, name: &str, spec: &Spec) -> String {
    let required = spec.criteria.iter().filter(|one| one.required).count();
    let criteria = match (spec.criteria.len(), required) {
        (0, _) => "no criteria of its own".to_owned(),
        (1, _) => "1 criterion".to_owned(),
        (all, required) if all == required => format!("{all} criteria"),
        (all, required) => format!("{all} criteria, {required} of them required"),
    };
    let place = match spec.environments.len() {
        0 => String::new(),
        _ => format!(" on {}", spec.environment_names().replace(',', ", ")),
    };
    let template = spec.template().name;
    format!("a new QARun {name} starts in {namespace}: {criteria}{place}, by {template}")
}

/// The object as a person reads it, each line as one that is new; what looks like a credential is masked.
fn told(object: &Value) -> Vec<Piece> {
    let text = yaml::render(&yaml::tidy(object.clone())).unwrap_or_default();
    let new = |line: &str| Piece {
        side: Side::New,
        text: line.into(),
    };
    text.lines().map(new).collect()
}

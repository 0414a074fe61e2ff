//! The specification a run ran by, as it is compared with that of another: without its parameters, which are compared by
//! name, and with the images of its step templates.
//! Apart from [`super::workflow()`], which keeps of a specification what it promises.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::model::compare::Image;
use crate::model::text::clean;
use crate::model::workflow::Parameter;

/// Where the specification is that is in force for a run of a template.
const STORED: &str = "/status/storedWorkflowTemplateSpec";

/// Where a step template has its one container.
const ALONE: [&str; 2] = ["container", "script"];
/// Where it has more.
const LISTS: [&str; 3] = ["/containerSet/containers", "/initContainers", "/sidecars"];

/// The specification in force, with the step templates of other objects it used; `None` where the run refers to a template whose
/// specification the controller has not stored yet.
pub fn recipe(object: &Value) -> Option<Value> {
    let refers = object.pointer("/spec/workflowTemplateRef").is_some();
    let stored = object.pointer(STORED).filter(|spec| spec.is_object());
    let spec = match stored {
        Some(stored) => stored,
        None => object.get("spec").filter(|_| !refers)?,
    };
    let mut spec = spec.clone();
    if let Some(fields) = spec.as_object_mut() {
        let arguments = fields.get_mut("arguments").and_then(Value::as_object_mut);
        let empty = arguments.is_some_and(|arguments| {
            arguments.shift_remove("parameters");
            arguments.is_empty()
        });
        if empty {
            fields.shift_remove("arguments");
        }
    }
    let mut recipe = Map::new();
    recipe.insert("spec".to_string(), spec);
    let used = object.pointer("/status/storedTemplates");
    let used = used.and_then(Value::as_object);
    if let Some(used) = used.filter(|used| !used.is_empty()) {
        // The controller stores them in the order it meets them; that is no difference.
        let sorted: BTreeMap<&String, &Value> = used.iter().collect();
        let sorted = sorted
            .into_iter()
            .map(|(name, value)| (name.clone(), value.clone()));
        recipe.insert(
            "storedTemplates".to_string(),
            sorted.collect::<Map<_, _>>().into(),
        );
    }
    Some(Value::Object(recipe))
}

/// The images of its step templates.
pub fn images(recipe: &Value) -> Vec<Image> {
    let own = recipe.pointer("/spec/templates").and_then(Value::as_array);
    let own = own.into_iter().flatten().map(|template| {
        let name = template.get("name").and_then(Value::as_str);
        (name.unwrap_or_default(), template)
    });
    let used = recipe.get("storedTemplates").and_then(Value::as_object);
    let used = used.into_iter().flatten();
    let used = used.map(|(name, template)| (name.as_str(), template));
    let mut images = Vec::new();
    for (name, template) in own.chain(used) {
        for (container, image) in containers(template) {
            images.push(Image {
                template: clean(name).into(),
                container: clean(container).into(),
                image: clean(image).into(),
            });
        }
    }
    images
}

/// Gives the containers of one the images they have in another, so that images, which are compared by themselves, are no difference
/// of the rest.
pub fn with_images_of(recipe: &mut Value, other: &Value) {
    let known: BTreeMap<(Arc<str>, Arc<str>), Arc<str>> = images(other)
        .into_iter()
        .map(|one| ((one.template, one.container), one.image))
        .collect();
    let lend = |name: &str, template: &mut Value| {
        let of = |container: &str| known.get(&(clean(name).into(), clean(container).into()));
        for field in ALONE {
            if let Some(image) = template.pointer_mut(&format!("/{field}/image"))
                && let Some(other) = of("main")
            {
                *image = other.to_string().into();
            }
        }
        for path in LISTS {
            let list = template.pointer_mut(path).and_then(Value::as_array_mut);
            for one in list.into_iter().flatten() {
                let container = one.get("name").and_then(Value::as_str).map(str::to_string);
                let other = of(container.as_deref().unwrap_or_default());
                if let (Some(image), Some(other)) = (one.get_mut("image"), other) {
                    *image = other.to_string().into();
                }
            }
        }
    };
    let own = recipe.pointer_mut("/spec/templates");
    for template in own.and_then(Value::as_array_mut).into_iter().flatten() {
        let name = template
            .get("name")
            .and_then(Value::as_str)
            .map(str::to_string);
        lend(&name.unwrap_or_default(), template);
    }
    let used = recipe
        .get_mut("storedTemplates")
        .and_then(Value::as_object_mut);
    for (name, template) in used.into_iter().flatten() {
        lend(name, template);
    }
}

/// The containers of a step template, each with its image.
fn containers(template: &Value) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let alone = ALONE.iter().filter_map(|field| template.get(*field));
    found.extend(alone.map(|one| ("main", one)));
    for path in LISTS {
        let list = template.pointer(path).and_then(Value::as_array);
        found.extend(list.into_iter().flatten().map(|one| {
            let name = one.get("name").and_then(Value::as_str);
            (name.unwrap_or_default(), one)
        }));
    }
    found
        .into_iter()
        .filter_map(|(name, one)| Some((name, one.get("image")?.as_str()?)))
        .collect()
}

/// Names of parameters that look the same, for they are masked, and are not.
pub fn hidden(
    (here, mine): (&Value, &[Parameter]),
    (there, theirs): (&Value, &[Parameter]),
) -> Vec<Arc<str>> {
    let (here, there) = (given(here), given(there));
    let alike = mine.iter().filter(|one| {
        let other = theirs.iter().find(|other| other.name == one.name);
        other.is_some_and(|other| other.value == one.value)
    });
    let differs = |one: &&Parameter| here.get(&one.name) != there.get(&one.name);
    alike.filter(differs).map(|one| one.name.clone()).collect()
}

/// The raw values of parameters by their names.
fn given(object: &Value) -> BTreeMap<Arc<str>, &Value> {
    let spec = object.pointer(STORED).or_else(|| object.get("spec"));
    let parameters = spec.and_then(|spec| spec.pointer("/arguments/parameters"));
    let parameters = parameters.and_then(Value::as_array).into_iter().flatten();
    parameters
        .filter_map(|one| {
            let name = one.get("name")?.as_str()?;
            let value = one.get("value").or_else(|| one.get("default"))?;
            Some((clean(name).into(), value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn object() -> Value {
        json!({"spec": {"workflowTemplateRef": {"name": "t"}, "arguments": {"parameters": [{"name": "x", "value": "1"}]}},
            "status": {"storedWorkflowTemplateSpec": {"entrypoint": "main",
                "arguments": {"parameters": [{"name": "x", "value": "1"}]},
                "templates": [
                    {"name": "a", "container": {"image": "one:1"}, "sidecars": [{"name": "db", "image": "pg:16"}]},
                    {"name": "s", "script": {"image": "two:1", "source": "x"}, "initContainers": [{"name": "i", "image": "init:1"}]},
                    {"name": "set", "containerSet": {"containers": [{"name": "c1", "image": "c:1"}, {"name": "c2"}]}},
                    {"name": "pause", "suspend": {}}]},
              "storedTemplates": {"namespaced/b/x": {"container": {"image": "b:1"}}, "namespaced/a/x": {}}}})
    }

    #[test]
    fn it_is_what_the_run_ran_by_without_its_parameters() {
        let recipe = recipe(&object()).unwrap();
        assert_eq!(recipe["spec"]["entrypoint"], "main");
        assert!(recipe["spec"].get("arguments").is_none());
        let stored = recipe["storedTemplates"].as_object().unwrap();
        let names: Vec<&String> = stored.keys().collect();
        assert_eq!(names, ["namespaced/a/x", "namespaced/b/x"]);
        let told: Vec<String> = images(&recipe)
            .iter()
            .map(|one| format!("{} {} {}", one.template, one.container, one.image))
            .collect();
        assert_eq!(
            told,
            [
                "a main one:1",
                "a db pg:16",
                "s main two:1",
                "s i init:1",
                "set c1 c:1",
                "namespaced/b/x main b:1"
            ]
        );
    }

    #[test]
    fn images_can_be_made_no_difference() {
        let one = recipe(&object()).unwrap();
        let text = one
            .to_string()
            .replace(":1\"", ":2\"")
            .replace("main", "other");
        let mut two: Value = serde_json::from_str(&text).unwrap();
        with_images_of(&mut two, &one);
        assert_eq!(images(&two), images(&one));
        assert_eq!(two["spec"]["entrypoint"], "other");
    }

    #[test]
    fn a_template_that_was_not_stored_is_not_known() {
        let mut object = object();
        object["status"] = json!({});
        assert_eq!(recipe(&object), None);
        let inline = json!({"spec": {"entrypoint": "m", "arguments": {"artifacts": [{"name": "a"}], "parameters": []}}});
        let recipe = recipe(&inline).unwrap();
        assert_eq!(
            recipe,
            json!({"spec": {"entrypoint": "m", "arguments": {"artifacts": [{"name": "a"}]}}})
        );
    }

    #[test]
    fn of_a_masked_parameter_it_is_known_that_it_differs() {
        let run = |token: &str, x: &str| {
            json!({"metadata": {"name": "w", "namespace": "n", "uid": "u"}, "spec": {"arguments": {"parameters": [
                {"name": "api-token", "value": token}, {"name": "x", "value": x}]}}})
        };
        let read = |value: &Value| crate::wire::workflow(value.to_string().as_bytes()).unwrap();
        let (one, two) = (run("hunter1", "1"), run("hunter2", "2"));
        let (mine, theirs) = (read(&one), read(&two));
        let told = hidden((&one, &mine.parameters), (&two, &theirs.parameters));
        assert_eq!(told, [Arc::from("api-token")]);
        assert!(hidden((&one, &mine.parameters), (&one, &mine.parameters)).is_empty());
    }
}

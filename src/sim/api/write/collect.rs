//! Garbage: what was owned by an object that is gone.
//! Apart from deleting, because a finalizer that is taken off ends an object as well.

use memchr::memmem;
use serde_json::{Value, json};

use super::super::super::clock::rfc3339;
use super::super::super::resource::{NAMESPACES, PODS, RESOURCES, Res};
use super::super::super::store::{Edit, Object, Origin, Store};

/// The owners an object names.
fn owners(value: &Value) -> Vec<Value> {
    value["metadata"]["ownerReferences"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

/// The objects that name `owner` as theirs. Their metadata is searched as text, so that few are parsed.
fn dependents(store: &Store, owner: &Object) -> Vec<(Res, std::sync::Arc<Object>)> {
    let place = Some(&*owner.namespace).filter(|place| !place.is_empty());
    let finder = memmem::Finder::new(owner.uid.as_bytes());
    let mut found = Vec::new();
    for res in RESOURCES
        .iter()
        .filter(|res| res.namespaced || place.is_none())
    {
        let Ok((items, _)) = store.snapshot(res, place, None, None) else {
            continue;
        };
        for item in items {
            if finder.find(item.metadata()).is_some()
                && item.uid != owner.uid
                && owners(&item.value()).iter().any(|o| o["uid"] == *owner.uid)
            {
                found.push((res, item));
            }
        }
    }
    found
}

/// Another owner of an object that is still there.
fn lives(store: &Store, owner: &Value, namespace: &str) -> bool {
    let text = |key: &str| owner[key].as_str().unwrap_or_default();
    let res = RESOURCES
        .iter()
        .find(|res| res.kind == text("kind") && res.api_version() == text("apiVersion"));
    res.is_some_and(|res| {
        let namespace = if res.namespaced { namespace } else { "" };
        store
            .get(res, namespace, text("name"))
            .is_some_and(|there| *there.uid == *text("uid"))
    })
}

/// Removes what an object owned, as the garbage collector does in the background: what has another owner that lives
/// only loses the reference, what finalizers hold is marked.
pub fn owned_by(store: &Store, owner: &Object) {
    if owner.value()["kind"] == NAMESPACES.kind {
        for res in RESOURCES.iter().filter(|res| res.namespaced) {
            if let Ok((items, _)) = store.snapshot(res, Some(&owner.name), None, None) {
                for item in items {
                    store.remove(res, &item.namespace, &item.name, Origin::Client);
                }
            }
        }
        return;
    }
    for (res, item) in dependents(store, owner) {
        let others = owners(&item.value())
            .into_iter()
            .filter(|o| o["uid"] != *owner.uid);
        if others
            .into_iter()
            .any(|other| lives(store, &other, &item.namespace))
        {
            disown(store, res, &item, &owner.uid);
        } else {
            end(store, res, &item);
        }
    }
}

/// Takes a reference to an owner off what it owned.
pub fn orphan(store: &Store, owner: &Object) {
    for (res, item) in dependents(store, owner) {
        disown(store, res, &item, &owner.uid);
    }
}

fn disown(store: &Store, res: Res, item: &Object, uid: &str) {
    let edit = store.edit(
        res,
        &item.namespace,
        &item.name,
        Origin::Client,
        |current| {
            let mut value = current.value();
            let left: Vec<Value> = owners(&value)
                .into_iter()
                .filter(|o| o["uid"] != *uid)
                .collect();
            if let Some(meta) = value["metadata"].as_object_mut() {
                if left.is_empty() {
                    meta.shift_remove("ownerReferences");
                } else {
                    meta.insert("ownerReferences".to_owned(), left.into());
                }
            }
            Ok::<_, std::convert::Infallible>(Edit::Replace(value))
        },
    );
    // Nobody refuses this.
    let _ = edit;
}

/// Marks an object for deletion.
pub fn mark(store: &Store, res: Res, value: &mut Value) {
    let now = rfc3339(store.clock().millis());
    let meta = &mut value["metadata"];
    if meta["deletionTimestamp"].is_string() {
        return;
    }
    meta["deletionGracePeriodSeconds"] = 0.into();
    meta["deletionTimestamp"] = now.into();
    if res.counts_generations() {
        meta["generation"] = (meta["generation"].as_u64().unwrap_or(0) + 1).into();
    }
}

/// Ends one object: removes it with all it owned, or marks it where finalizers hold it.
pub fn end(store: &Store, res: Res, item: &Object) {
    let mut held = false;
    let edit = store.edit(
        res,
        &item.namespace,
        &item.name,
        Origin::Client,
        |current| {
            let mut value = current.value();
            held = value["metadata"]["finalizers"] != json!(null);
            if held {
                mark(store, res, &mut value);
                return Ok::<_, std::convert::Infallible>(Edit::Replace(value));
            }
            Ok(Edit::Remove)
        },
    );
    if held || !matches!(edit, Ok(Some(_))) {
        return;
    }
    if res == PODS {
        store.logs.forget(&item.namespace, &item.name);
    }
    owned_by(store, item);
}

//! What runs can be launched from: templates and crons of the namespaces one looks at.
//! Apart from feeds: these change a few times a day and are looked at now and then, so they are listed, not watched.

use std::sync::Arc;

use futures::stream::{StreamExt as _, iter};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::connect::Cluster;
use super::error;
use super::fleet::ARGO;
use super::request::{Ask, offload, query};
use crate::model::act::Kind;
use crate::model::delta::Scope;
use crate::model::key::Key;
use crate::model::origin::{Missing, Origin, Origins};
use crate::model::trouble::Trouble;
use crate::wire::intern::Interner;
use crate::wire::listing::{self, Read};
use crate::wire::origin;

/// Kinds that are listed; cron first: they are few and small.
const KINDS: [Kind; 3] = [
    Kind::CronWorkflow,
    Kind::WorkflowTemplate,
    Kind::ClusterWorkflowTemplate,
];
/// Lists under way at once.
const AT_ONCE: usize = 8;
/// Most objects of one kind in one place: far beyond any cluster, short of exhausting memory.
const MOST: usize = 20_000;
/// Objects of one page: a template has some tens of kilobytes.
const PAGE: u32 = 100;

/// What one list gave.
#[derive(Default)]
struct Listed {
    items: Vec<Origin>,
    unreadable: u64,
    /// Why it is not all there is.
    cut: Option<Trouble>,
}

impl Cluster {
    /// Reads what runs can be launched from in these namespaces, and what of the whole cluster. What cannot be read is said
    /// for each kind and place, and takes nothing away from the others. Where all namespaces at once are refused, each is
    /// asked for itself, as far as their names are known.
    pub async fn origins(&self, scope: &Scope, now: Timestamp) -> Origins {
        self.origins_of(&KINDS, scope, now).await
    }

    /// [`Cluster::origins`] of these kinds only.
    pub async fn origins_of(&self, kinds: &[Kind], scope: &Scope, now: Timestamp) -> Origins {
        let lists = kinds.iter().flat_map(|kind| match (kind, scope) {
            (Kind::ClusterWorkflowTemplate, _) | (_, Scope::All) => vec![(*kind, None)],
            (_, Scope::Namespaces(names)) => names
                .iter()
                .map(|name| (*kind, Some(name.clone())))
                .collect(),
        });
        let mut found = self.lists(lists.collect()).await;
        let refused: Vec<Kind> = (found.missing.iter())
            .filter(|one| one.kind != Kind::ClusterWorkflowTemplate && one.namespace.is_none())
            .filter(|one| matches!(one.why, Trouble::Forbidden { .. }))
            .map(|one| one.kind)
            .collect();
        if !refused.is_empty() {
            let names = match self.namespaces().await {
                Ok(names) => names,
                Err(_) => vec![self.default_namespace().clone()],
            };
            let lists = refused
                .iter()
                .flat_map(|kind| names.iter().map(|name| (*kind, Some(name.clone()))));
            let more = self.lists(lists.collect()).await;
            // What every namespace refuses is said once, as it was said for all of them.
            for kind in refused {
                let no = more.missing.iter().filter(|one| one.kind == kind).count();
                if no < names.len() {
                    let whole = |one: &Missing| one.kind == kind && one.namespace.is_none();
                    found.missing.retain(|one| !whole(one));
                    let own = more.missing.iter().filter(|one| one.kind == kind);
                    found.missing.extend(own.cloned());
                }
            }
            found.items.extend(more.items);
            found.unreadable += more.unreadable;
        }
        for cron in found.items.iter_mut().filter_map(|item| item.cron.as_mut()) {
            cron.reckon(now, |name| TimeZone::get(name).ok());
        }
        found
    }

    /// Those of one kind in a namespace, or in all of them.
    ///
    /// # Errors
    /// As the server says.
    pub async fn list(
        &self,
        kind: Kind,
        namespace: Option<&Arc<str>>,
    ) -> Result<Vec<Origin>, Trouble> {
        Ok(self.list_of(kind, namespace).await?.items)
    }

    /// The template or cron of this name, as it is now.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub async fn find(&self, kind: Kind, namespace: &str, name: &str) -> Result<Origin, Trouble> {
        let key = Key::new(namespace, name, "");
        let object = self.as_it_is(kind, &key).await?;
        let body = object.to_string();
        match origin::item(body.as_bytes(), kind, &mut Interner::new()) {
            Read::Item(found) => Ok(found),
            Read::Skip => Err(Trouble::NotFound {
                what: format!("{} {key}", kind.name()),
            }),
            Read::Malformed(why) => Err(error::unreadable(kind.name(), &why)),
        }
    }

    /// A template or cron as it is, for a person: see [`super::yaml::tidy`] for what is left out and masked.
    ///
    /// # Errors
    /// As the server says; [`Trouble::NotFound`] where it is gone, or another object has taken its name.
    pub async fn whole(&self, kind: Kind, key: &Key) -> Result<Value, Trouble> {
        let object = self.as_it_is(kind, key).await?;
        let uid = object.pointer("/metadata/uid").and_then(Value::as_str);
        if uid != Some(key.uid.as_str()) {
            return Err(Trouble::NotFound {
                what: format!("{} {key}", kind.name()),
            });
        }
        Ok(super::yaml::tidy(object))
    }

    async fn lists(&self, lists: Vec<(Kind, Option<Arc<str>>)>) -> Origins {
        let asked = iter(lists).map(|(kind, namespace)| async move {
            let answer = self.list_of(kind, namespace.as_ref()).await;
            (kind, namespace, answer)
        });
        let mut answers = asked.buffered(AT_ONCE);
        let mut found = Origins::default();
        while let Some((kind, namespace, answer)) = answers.next().await {
            match answer {
                Ok(listed) => {
                    found.items.extend(listed.items);
                    found.unreadable += listed.unreadable;
                    let cut = listed.cut.map(|why| Missing {
                        kind,
                        namespace,
                        why,
                    });
                    found.missing.extend(cut);
                }
                Err(why) => found.missing.push(Missing {
                    kind,
                    namespace,
                    why,
                }),
            }
        }
        found
    }

    async fn list_of(&self, kind: Kind, namespace: Option<&Arc<str>>) -> Result<Listed, Trouble> {
        let plural = kind.plural();
        let place = match namespace {
            Some(name) => format!("/namespaces/{}", query(name)),
            None => String::new(),
        };
        let mut listed = Listed::default();
        let mut next: Option<String> = None;
        loop {
            let mut path = format!("{ARGO}{place}/{plural}?limit={PAGE}");
            if let Some(token) = &next {
                path += &format!("&continue={}", query(token));
            }
            let ask = Ask::get("list", kind.resource(), path).within(namespace);
            let body = self.read(&ask).await?;
            let page = offload(body.len(), move || {
                let mut names = Interner::new();
                listing::list(&body, |json| origin::item(json, kind, &mut names))
            })
            .await?
            .map_err(|why| error::unreadable(&format!("the list of {plural}"), &why))?;
            listed.items.extend(page.items);
            listed.unreadable += page.malformed;
            next = page.next;
            if next.is_some() && listed.items.len() >= MOST {
                let detail = format!("there are more than {MOST} {plural}, the rest is not read");
                listed.cut = Some(Trouble::Server { detail });
                return Ok(listed);
            }
            if next.is_none() {
                return Ok(listed);
            }
        }
    }
}

//! QARuns as they are now.
//! Apart from the fleet, which is fed with workflows: these are listed when somebody asks, for they know their own workflows.

use std::sync::Arc;

use super::connect::Cluster;
use super::error;
use super::request::{Ask, offload, query};
use crate::model::act::Kind;
use crate::model::key::Key;
use crate::model::qarun::{API_VERSION, PLURAL, Spec};
use crate::model::trouble::Trouble;
use crate::wire::listing::{self, Read};
use crate::wire::qarun::QaRun;

/// What is asked for, as rights name it.
const RESOURCE: &str = "qaruns.agents.platform";
/// Objects of one page: one has some tens of kilobytes.
const PAGE: u32 = 100;
/// Most objects of one place: far beyond any cluster, short of exhausting memory.
const MOST: usize = 20_000;

/// What a list gave.
#[derive(Debug, Default)]
pub struct QaRuns {
    /// Those that could be read.
    pub items: Vec<QaRun>,
    /// How many could not.
    pub unreadable: u64,
}

impl Cluster {
    /// Those of a namespace, or of all of them.
    ///
    /// # Errors
    /// As the server says; [`Trouble::NoSuchKind`] or [`Trouble::NotFound`] where it does not know what a QARun is.
    pub async fn qaruns(&self, namespace: Option<&Arc<str>>) -> Result<QaRuns, Trouble> {
        let place = match namespace {
            Some(name) => format!("/namespaces/{}", query(name)),
            None => String::new(),
        };
        let mut found = QaRuns::default();
        let mut next: Option<String> = None;
        loop {
            let mut path = format!("/apis/{API_VERSION}{place}/{PLURAL}?limit={PAGE}");
            if let Some(token) = &next {
                path += &format!("&continue={}", query(token));
            }
            let ask = Ask::get("list", RESOURCE, path).within(namespace);
            let body = self.read(&ask).await?;
            let page = offload(body.len(), move || listing::list(&body, item))
                .await?
                .map_err(|why| error::unreadable("the list of QARuns", &why))?;
            found.items.extend(page.items);
            found.unreadable += page.malformed;
            next = page.next;
            if next.is_none() {
                return Ok(found);
            }
            if found.items.len() >= MOST {
                let detail = format!("there are more than {MOST} QARuns: name a namespace");
                return Err(Trouble::Server { detail });
            }
        }
    }
}

impl Cluster {
    /// What one asks for, by its namespace and name.
    ///
    /// # Errors
    /// As the server says; and where it has another shape than its definition allows.
    pub async fn qarun_spec(&self, key: &Key) -> Result<Spec, Trouble> {
        let object = self.as_it_is(Kind::QaRun, key).await?;
        match QaRun::of(object) {
            Ok(run) => Ok(run.spec),
            Err(why) => Err(error::unreadable("the QARun", &why)),
        }
    }
}

fn item(json: &[u8]) -> Read<QaRun> {
    match QaRun::read(json) {
        Ok(run) => Read::Item(run),
        Err(why) => Read::Malformed(why.to_string()),
    }
}

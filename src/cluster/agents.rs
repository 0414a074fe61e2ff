//! CodeRuns and DocsRuns as they are now, of whichever group is installed.
//! Apart from the fleet: they are listed when somebody looks for what belongs to a task.

use std::sync::Arc;

use super::connect::Cluster;
use super::error;
use super::request::{Ask, offload, query};
use crate::model::agent::{Agent, AgentRun};
use crate::model::delta::Scope;
use crate::model::trouble::Trouble;
use crate::wire::agent::agent_run;
use crate::wire::listing;

/// Objects of one page.
const PAGE: u32 = 200;
/// Most objects of one kind: far beyond any cluster, short of exhausting memory.
const MOST: usize = 10_000;

/// What there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentRuns {
    /// Those that could be read, the newest first.
    pub items: Vec<AgentRun>,
    /// One of the kinds at least is known to the cluster.
    pub known: bool,
}

impl Cluster {
    /// Those of a namespace, or of all of them. A kind that the cluster does not know is left out.
    ///
    /// # Errors
    /// As the server says of a kind it knows.
    pub async fn agent_runs(&self, namespace: Option<&Arc<str>>) -> Result<AgentRuns, Trouble> {
        let mut found = AgentRuns::default();
        for group in Agent::GROUPS {
            for agent in Agent::ALL {
                match self.agent_runs_of(agent, group, namespace).await {
                    Ok(items) => {
                        found.known = true;
                        found.items.extend(items);
                    }
                    Err(Trouble::NoSuchKind { .. } | Trouble::NotFound { .. }) => {}
                    Err(why) => return Err(why),
                }
            }
        }
        (found.items).sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.key.cmp(&b.key)));
        // One object can be served by both groups' names no more than once each: its uid tells.
        found.items.dedup_by(|a, b| a.key.uid == b.key.uid);
        Ok(found)
    }

    /// Those of these namespaces. Where all at once may not be asked, those of the context's own.
    ///
    /// # Errors
    /// As the server says.
    pub async fn agents_in(&self, scope: &Scope) -> Result<Vec<AgentRun>, Trouble> {
        let names = match scope {
            Scope::Namespaces(names) => names.clone(),
            Scope::All => match self.agent_runs(None).await {
                Err(Trouble::Forbidden { .. }) => vec![self.default_namespace().clone()],
                answer => return answer.map(|found| found.items),
            },
        };
        let mut all = Vec::new();
        for name in &names {
            all.extend(self.agent_runs(Some(name)).await?.items);
        }
        Ok(all)
    }

    async fn agent_runs_of(
        &self,
        agent: Agent,
        group: &'static str,
        namespace: Option<&Arc<str>>,
    ) -> Result<Vec<AgentRun>, Trouble> {
        let place = match namespace {
            Some(name) => format!("/namespaces/{}", query(name)),
            None => String::new(),
        };
        let plural = agent.plural();
        let mut found: Vec<AgentRun> = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let mut path = format!("/apis/{group}/v1{place}/{plural}?limit={PAGE}");
            if let Some(token) = &next {
                path += &format!("&continue={}", query(token));
            }
            let ask = Ask::get("list", plural, path).within(namespace);
            let body = self.read(&ask).await?;
            let page = offload(body.len(), move || {
                listing::list(&body, |json| agent_run(json, agent, group))
            })
            .await?
            .map_err(|why| error::unreadable(&format!("the list of {plural}"), &why))?;
            found.extend(page.items);
            next = page.next;
            if next.is_none() || found.len() >= MOST {
                return Ok(found);
            }
        }
    }
}

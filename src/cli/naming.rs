//! Objects by the names people give them: `NAME`, or `NAMESPACE/NAME` where several have it.
//! Apart from filters: a name that means nothing, or two things, is an error.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::app::config::problem::nearest;
use crate::cli::Common;
use crate::cli::ask::{self, Depth};
use crate::cli::fail::Failure;
use crate::cluster::Cluster;
use crate::model::act::Kind;
use crate::model::delta::Scope;
use crate::model::key::Key;
use crate::model::trouble::Trouble;

/// Most names offered where one is not found or not clear.
const OFFERED: usize = 10;

/// The run that `NAME` or `NAMESPACE/NAME` means.
pub(super) async fn find(cluster: &Cluster, common: &Common, asked: &str) -> Result<Key, Failure> {
    let asked = [asked.to_string()];
    let mut keys = find_all(cluster, common, &asked).await?;
    keys.pop()
        .ok_or_else(|| unknown(RUNS, None, &[], &asked[0], &[]))
}

/// The runs that names mean, each once, in their order.
pub(super) async fn find_all(
    cluster: &Cluster,
    common: &Common,
    asked: &[String],
) -> Result<Vec<Key>, Failure> {
    let asked = asked.iter().map(|name| parts(name, RUNS.0));
    let asked: Vec<(Option<&str>, &str)> = asked.collect::<Result<_, _>>()?;
    let named = asked.iter().filter_map(|(namespace, _)| *namespace);
    let mut named: Vec<Arc<str>> = named.map(Arc::from).collect();
    let scope = match common.scope() {
        Scope::All if asked.iter().any(|(namespace, _)| namespace.is_none()) => Scope::All,
        Scope::Namespaces(more) if asked.iter().any(|(namespace, _)| namespace.is_none()) => {
            named.extend(more);
            Scope::Namespaces(named)
        }
        _ => Scope::Namespaces(named),
    };
    let scope = once(scope);
    let (fleet, missing) = ask::fleet(cluster, &scope, Depth::Rows).await?;
    let mut known: Vec<&Key> = fleet.iter().map(|run| &run.row.key).collect();
    known.sort();
    let wanted = common.scope();
    let mut found: Vec<Key> = Vec::new();
    for (namespace, name) in asked {
        let within = known
            .iter()
            .copied()
            .filter(|key| match (namespace, &wanted) {
                (Some(namespace), _) => *key.namespace == *namespace,
                (None, Scope::Namespaces(names)) => names.contains(&key.namespace),
                (None, Scope::All) => true,
            });
        let within: Vec<&Key> = within.collect();
        let key = choose(RUNS, namespace, &within, name, &missing)?;
        if !found.contains(&key) {
            found.push(key);
        }
    }
    Ok(found)
}

/// The same scope with each namespace once.
fn once(scope: Scope) -> Scope {
    match scope {
        Scope::All => Scope::All,
        Scope::Namespaces(names) => {
            let names: BTreeSet<Arc<str>> = names.into_iter().collect();
            Scope::Namespaces(names.into_iter().collect())
        }
    }
}

/// Namespace, where it is said, and name.
///
/// # Errors
/// Where it is neither `NAME` nor `NAMESPACE/NAME`.
pub(super) fn parts<'a>(asked: &'a str, noun: &str) -> Result<(Option<&'a str>, &'a str), Failure> {
    match asked.split_once('/') {
        Some((namespace, name))
            if !namespace.is_empty() && !name.is_empty() && !name.contains('/') =>
        {
            Ok((Some(namespace), name))
        }
        None if !asked.is_empty() => Ok((None, asked)),
        _ => Err(Failure::Usage(format!(
            "`{asked}` is not a {noun}: write NAME or NAMESPACE/NAME"
        ))),
    }
}

/// The template or cron that `NAME` or `NAMESPACE/NAME` means; one of the whole cluster has no namespace.
pub(super) async fn object(
    cluster: &Cluster,
    common: &Common,
    kind: Kind,
    asked: &str,
) -> Result<Key, Failure> {
    let noun = noun(kind);
    let (namespace, name) = parts(asked, noun.0)?;
    let home = match (kind, namespace) {
        (Kind::ClusterWorkflowTemplate, Some(_)) => {
            let what = format!("`{asked}`: a template of the cluster is in no namespace");
            return Err(Failure::Usage(what));
        }
        (Kind::ClusterWorkflowTemplate, None) => Some(""),
        _ => namespace,
    };
    if let Some(home) = home {
        match cluster.find(kind, home, name).await {
            Ok(found) => return Ok(found.key),
            Err(Trouble::NotFound { .. }) => {}
            Err(why) => return Err(Failure::of(cluster, &why)),
        }
    }
    // What is called almost so is offered.
    let scope = match namespace {
        _ if kind == Kind::ClusterWorkflowTemplate => Scope::All,
        Some(namespace) => Scope::Namespaces(vec![namespace.into()]),
        None => common.scope(),
    };
    let (found, missing) = everywhere(cluster, &scope, |namespace| async move {
        cluster.list(kind, namespace.as_ref()).await
    })
    .await
    .or_else(|why| match home {
        // That it is not there is known already.
        Some(_) => Ok((Vec::new(), Vec::new())),
        None => Err(why),
    })?;
    let mut keys: Vec<&Key> = found.iter().map(|origin| &origin.key).collect();
    keys.sort();
    choose(noun, namespace, &keys, name, &missing)
}

/// What a question gives in every namespace that is wanted, and where it was refused, one sentence each. Where all of them at
/// once may not be asked, the context's own is.
pub(super) async fn everywhere<T, F>(
    cluster: &Cluster,
    scope: &Scope,
    ask: impl Fn(Option<Arc<str>>) -> F,
) -> Result<(Vec<T>, Vec<String>), Failure>
where
    F: Future<Output = Result<Vec<T>, Trouble>>,
{
    let mut missing = Vec::new();
    let names = match scope {
        Scope::Namespaces(names) => names.clone(),
        Scope::All => match ask(None).await {
            Ok(all) => return Ok((all, missing)),
            Err(why @ Trouble::Forbidden { .. }) => {
                let own = cluster.default_namespace().clone();
                missing.push(format!(
                    "only namespace {own} is read: {why}; name others with -n"
                ));
                vec![own]
            }
            Err(why) => return Err(Failure::of(cluster, &why)),
        },
    };
    let mut found = Vec::new();
    let mut refused = None;
    let mut answers = 0;
    for name in names {
        match ask(Some(name)).await {
            Ok(some) => {
                found.extend(some);
                answers += 1;
            }
            Err(why) => {
                missing.push(why.to_string());
                refused = Some(why);
            }
        }
    }
    match refused {
        Some(why) if answers == 0 => Err(Failure::of(cluster, &why)),
        _ => Ok((found, missing)),
    }
}

/// What this kind of object is called here, and what lists it.
fn noun(kind: Kind) -> Noun {
    match kind {
        Kind::Workflow => RUNS,
        Kind::CronWorkflow => ("cron", "`tiphys cron list`"),
        Kind::WorkflowTemplate => ("template", "`tiphys template list`"),
        Kind::ClusterWorkflowTemplate => (
            "template of the cluster",
            "`tiphys template list --kind cluster`",
        ),
        Kind::QaRun => QARUN,
    }
}

/// What a kind of object is called, and what lists the names of it.
pub(super) type Noun = (&'static str, &'static str);
/// QARuns.
pub(super) const QARUN: Noun = ("QARun", "`tiphys qaruns -o name`");
/// Runs.
pub(super) const RUNS: Noun = ("run", "`tiphys get runs -o name`");

/// The one object of this name among these, which are sorted; `namespace`: the one that was named with it.
pub(super) fn choose(
    noun: Noun,
    namespace: Option<&str>,
    keys: &[&Key],
    name: &str,
    missing: &[String],
) -> Result<Key, Failure> {
    let called: Vec<&Key> = keys
        .iter()
        .copied()
        .filter(|key| *key.name == *name)
        .collect();
    match called[..] {
        [key] => Ok(key.clone()),
        [] => Err(unknown(noun, namespace, keys, name, missing)),
        _ => Err(Failure::new(
            format!("{} {}s are called {name}", called.len(), noun.0),
            format!("Say which: {}", listed(&called)),
        )),
    }
}

fn unknown(
    (noun, lists): Noun,
    namespace: Option<&str>,
    keys: &[&Key],
    name: &str,
    missing: &[String],
) -> Failure {
    let mut what = format!("there is no {noun} called {name}");
    if let Some(namespace) = namespace {
        what.push_str(&format!(" in {namespace}"));
    }
    if !missing.is_empty() {
        what.push_str(&format!(" in what could be read ({})", missing.join("; ")));
    }
    let nearest = nearest(name, keys.iter().map(|key| &*key.name));
    let near = |key: &&&Key| key.name.contains(name) || Some(&*key.name) == nearest;
    let near: Vec<&Key> = keys.iter().filter(near).copied().collect();
    let next = if near.is_empty() {
        format!("{lists} lists all that can be named.")
    } else {
        format!("Near it: {}", listed(&near))
    };
    Failure::new(what, next)
}

fn listed(keys: &[&Key]) -> String {
    let names: Vec<String> = keys.iter().take(OFFERED).map(ToString::to_string).collect();
    match keys.len().saturating_sub(OFFERED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn said(failure: Failure) -> (String, String) {
        match failure {
            Failure::Said { what, next } => (what, next.unwrap_or_default()),
            other => (format!("{other:?}"), String::new()),
        }
    }

    #[test]
    fn a_name_means_the_one_run_that_has_it() {
        let keys = [
            Key::new("a", "build", "1"),
            Key::new("a", "nightly", "2"),
            Key::new("b", "nightly", "3"),
            Key::new("b", "nightly-2", "4"),
        ];
        let keys: Vec<&Key> = keys.iter().collect();
        assert_eq!(
            choose(RUNS, None, &keys, "build", &[])
                .unwrap()
                .uid
                .as_str(),
            "1"
        );
        let (what, next) = said(choose(RUNS, None, &keys, "nightly", &[]).unwrap_err());
        assert_eq!(what, "2 runs are called nightly");
        assert_eq!(next, "Say which: a/nightly, b/nightly");
        let (what, next) =
            said(choose(RUNS, None, &keys, "night", &["not allowed".into()]).unwrap_err());
        assert_eq!(
            what,
            "there is no run called night in what could be read (not allowed)"
        );
        assert_eq!(next, "Near it: a/nightly, b/nightly, b/nightly-2");
        let (what, next) = said(choose(RUNS, Some("a"), &keys[..2], "biuld", &[]).unwrap_err());
        assert_eq!(what, "there is no run called biuld in a");
        assert_eq!(next, "Near it: a/build");
    }

    #[test]
    fn a_long_list_of_names_ends() {
        let keys: Vec<Key> = (0..12)
            .map(|n| Key::new("a", format!("r{n:02}"), "u"))
            .collect();
        let keys: Vec<&Key> = keys.iter().collect();
        assert!(listed(&keys).ends_with("a/r09 and 2 more"));
    }
}

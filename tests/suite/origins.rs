//! What runs are launched from, read from a cluster: all kinds, each kind's refusal, rights that end at namespaces.
//! Apart from the screen that shows it, because the command line reads the same.

use std::sync::Arc;

use jiff::Timestamp;
use tiphys::cluster::Cluster;
use tiphys::model::act::Kind;
use tiphys::model::delta::Scope;
use tiphys::model::origin::Origins;
use tiphys::model::trouble::Trouble;
use tiphys::sim::Scenario;

use crate::bench::{self, EPOCH};
use crate::tap::{Fate, Tap};

fn now() -> Timestamp {
    EPOCH.parse().expect("a time")
}

async fn read(scope: &Scope, decide: fn(&str) -> Fate) -> Origins {
    let cluster = bench::still(Scenario::Story);
    let tap = Tap::on(&cluster.api);
    tap.decide(decide);
    Cluster::from_service(tap, "demo")
        .origins(scope, now())
        .await
}

fn named(found: &Origins, kind: Kind) -> Vec<String> {
    let own = found.items.iter().filter(|item| item.kind == kind);
    let mut names: Vec<String> = own.map(|item| item.key.to_string()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn every_template_and_cron_is_read_once_with_the_next_run_of_crons() {
    let found = read(&Scope::All, |_| Fate::Answered).await;
    assert_eq!((found.missing.len(), found.unreadable), (0, 0));
    let crons = named(&found, Kind::CronWorkflow);
    assert!(
        crons.contains(&"catalog/hourly-import".to_string()),
        "{crons:?}"
    );
    assert!(named(&found, Kind::WorkflowTemplate).len() >= 12);
    assert_eq!(named(&found, Kind::ClusterWorkflowTemplate), ["smoke"]);
    let import = found
        .items
        .iter()
        .find(|item| &*item.key.name == "hourly-import");
    let cron = import.and_then(|item| item.cron.as_ref()).expect("a cron");
    let next = cron.next.expect("its schedule is plain");
    assert_eq!(next.at, "2026-11-22T02:20:00Z".parse().expect("a time"));
}

#[tokio::test]
async fn a_kind_that_is_refused_or_unknown_takes_nothing_from_the_others() {
    let found = read(&Scope::All, |uri| match () {
        () if uri.contains("clusterworkflowtemplates") => Fate::NoSuchKind,
        () if uri.contains("cronworkflows") => Fate::Refused(403, "Forbidden"),
        () => Fate::Answered,
    })
    .await;
    assert!(named(&found, Kind::WorkflowTemplate).len() >= 12);
    let said: Vec<_> = (found.missing.iter())
        .map(|one| (one.kind, one.namespace.clone(), one.why.word()))
        .collect();
    assert_eq!(
        said,
        [
            (Kind::CronWorkflow, None, "forbidden"),
            (Kind::ClusterWorkflowTemplate, None, "not installed"),
        ],
        "once, not for each namespace"
    );
}

#[tokio::test]
async fn where_only_namespaces_may_be_read_each_is_asked_and_what_is_refused_is_named() {
    let found = read(&Scope::All, |uri| {
        let mine = uri.contains("/namespaces/payments/") || uri.starts_with("/api/v1/namespaces");
        match mine {
            true => Fate::Answered,
            false => Fate::Refused(403, "Forbidden"),
        }
    })
    .await;
    let templates = named(&found, Kind::WorkflowTemplate);
    assert!(!templates.is_empty() && templates.iter().all(|name| name.starts_with("payments/")));
    let refused = |kind: Kind| found.missing.iter().filter(|one| one.kind == kind).count();
    assert!(refused(Kind::WorkflowTemplate) > 3);
    let search: Arc<str> = "search".into();
    assert!(
        found
            .missing
            .iter()
            .any(|one| one.namespace.as_ref() == Some(&search)
                && matches!(one.why, Trouble::Forbidden { .. }))
    );
}

#[tokio::test]
async fn chosen_namespaces_are_asked_and_no_others() {
    let scope = Scope::Namespaces(vec!["search".into(), "mobile".into()]);
    let found = read(&scope, |uri| {
        match uri.contains("/namespaces/") || uri.contains("clusterw") {
            true => Fate::Answered,
            false => Fate::Refused(500, "asked for everything"),
        }
    })
    .await;
    assert_eq!(found.missing, []);
    assert_eq!(
        named(&found, Kind::CronWorkflow),
        ["mobile/weekly-device-farm", "search/nightly-reindex"]
    );
    assert_eq!(named(&found, Kind::ClusterWorkflowTemplate), ["smoke"]);
}

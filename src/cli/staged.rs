//! The QARuns of the demo, and who works on them: the real controller, on the embedded cluster.
//! Apart from the demo's options: the cluster knows no controller of ours, as a real one knows none of its own.

use std::future::pending;
use std::sync::Arc;

use serde_json::Value;

use crate::cluster::Cluster;
use crate::cluster::objects::QARUNS;
use crate::controller::run;
use crate::controller::{Controller, Time};
use crate::model::delta::Scope;
use crate::sim::Embedded;

/// What is asked for when the demo begins.
const ASKED: &str = include_str!("../../demo/qaruns.yaml");
/// QARuns looked after at once.
const AT_ONCE: usize = 4;
/// Requests a second: the cluster is in this very process.
const REQUESTS: f64 = 50.0;

/// Creates the QARuns, and works on them as long as the cluster is there.
pub(super) async fn work(embedded: Arc<Embedded>, speed: f64) {
    let cluster = Cluster::from_service(embedded.api.clone(), "controller");
    match asked() {
        Ok(asked) => create(&cluster, &asked).await,
        Err(why) => tracing::warn!(why, "demo/qaruns.yaml"),
    }
    let clock = embedded.clock.clone();
    let time = Time::of(move || clock.timestamp(), speed);
    let controller = Arc::new(Controller::new(cluster, time, REQUESTS));
    run::run(
        controller,
        Arc::default(),
        &Scope::All,
        AT_ONCE,
        pending::<()>(),
    )
    .await;
}

fn asked() -> Result<Vec<Value>, String> {
    serde_saphyr::from_str(ASKED).map_err(|why| why.to_string())
}

async fn create(cluster: &Cluster, asked: &[Value]) {
    for one in asked {
        let namespace = one["metadata"]["namespace"].as_str().unwrap_or_default();
        if let Err(why) = cluster.create(QARUNS, namespace, one).await {
            let name = one["metadata"]["name"].as_str().unwrap_or_default();
            tracing::warn!(name, %why, "this QARun of the demo was not made");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use super::*;
    use crate::library;
    use crate::model::qarun::{Phase, Verdict};
    use crate::sim::Options;
    use crate::wire::qarun::QaRun;

    #[test]
    fn what_the_demo_asks_for_has_no_mistakes() {
        let asked = asked().unwrap();
        assert!(asked.len() >= 10);
        for one in asked {
            let run = QaRun::read(one.to_string().as_bytes()).unwrap();
            let problems = library::check(&run.spec);
            assert!(
                problems.is_empty(),
                "{}: {problems:?}",
                one["metadata"]["name"]
            );
        }
    }

    /// Ten virtual minutes of the demo: the QARuns come to the ends that are planned for them in steps.yaml.
    #[tokio::test(start_paused = true)]
    async fn they_come_to_their_ends() {
        let embedded = Arc::new(Embedded::start(Options::default()).unwrap());
        let job = tokio::spawn(work(embedded.clone(), 1.0));
        let cluster = Cluster::from_service(embedded.api.clone(), "demo");
        tokio::time::sleep(Duration::from_secs(600)).await;
        let mut ends = Vec::new();
        for one in asked().unwrap() {
            let (space, name) = (&one["metadata"]["namespace"], &one["metadata"]["name"]);
            let (space, name) = (space.as_str().unwrap(), name.as_str().unwrap());
            let kept = cluster.kept(QARUNS, space, name).await.unwrap().unwrap();
            let status = QaRun::read(&kept).unwrap().status();
            let phase = status.phase.as_ref().map_or("", Phase::word).to_owned();
            let attempt = status.attempt.unwrap_or(0);
            ends.push((name.to_owned(), phase, status.verdict, attempt));
        }
        job.abort();
        let (pass, fail) = (Some(Verdict::Pass), Some(Verdict::Fail));
        let told = [
            // Waits for a person, who reads the mail.
            ("t42-refunds", "Suspended", None, 1),
            // Does not pass the second time either.
            ("t47-sepa", "Failed", fail, 2),
            ("t17-cart", "Succeeded", pass, 1),
            // What is not met is not required.
            ("t21-coupons", "Succeeded", pass, 1),
            ("t51-login", "Succeeded", pass, 1),
            // Is not to begin yet.
            ("t36-relevance", "Suspended", None, 0),
            ("t12-images", "Failed", fail, 1),
            // The ledger never answers: nobody can say.
            ("t39-payout", "Error", Some(Verdict::Inconclusive), 3),
            ("t60-upgrade", "Suspended", None, 1),
            ("t33-passkeys", "Succeeded", pass, 1),
        ];
        let told = told.map(|(name, phase, verdict, attempt)| {
            (name.to_owned(), phase.to_owned(), verdict, attempt)
        });
        assert_eq!(ends, told);
    }
}

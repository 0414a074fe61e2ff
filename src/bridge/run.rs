//! The loop of a bridge: QARuns are followed, files are watched, and whenever something happened everything is looked at once.
//! Apart from a look ([`super::work`]), which tests take without a loop.

use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt as _};
use tokio::time::{Instant, sleep_until};

use super::work::{Bridge, Looked};
use crate::cluster::objects::QARUNS;
use crate::model::delta::{Delta, FeedEvent, Freshness};
use crate::model::key::Key;
use crate::wire::qarun::{QaRun, watched};
use crate::wire::watch::Objects;

/// It is looked at at least this often: what no event told is found all the same.
const SWEEP: Duration = Duration::from_secs(60);
/// What could not be done is tried again after so long, and twice as long each time.
const AGAIN: Duration = Duration::from_secs(2);
/// Several events at once are one look.
const CALM: Duration = Duration::from_millis(50);

/// Works until `stop` is over, then ends what is under way. `changes` says that files may have changed; `tell` hears of every
/// look at which something was done or could not be.
pub async fn run(
    bridge: Arc<Bridge>,
    mut changes: impl Stream<Item = ()> + Unpin,
    stop: impl Future<Output = ()>,
    mut tell: impl FnMut(&Looked),
) {
    let mut feed = bridge.cluster().keep_up(
        QARUNS,
        Some(bridge.namespace().into()),
        Some(bridge.selector()),
        Objects(watched),
    );
    let mut stop = std::pin::pin!(stop);
    let mut complete = false;
    let mut failures = 0_u32;
    let mut due = Instant::now();
    loop {
        tokio::select! {
            () = &mut stop => break,
            heard = feed.next() => match heard {
                Some(event) => {
                    complete |= hear(&bridge, event);
                    due = due.min(Instant::now() + CALM);
                }
                None => break,
            },
            Some(()) = changes.next() => due = due.min(Instant::now() + CALM),
            () = sleep_until(due), if complete => {
                let looked = bridge.look().await;
                failures = match looked.failed.is_empty() {
                    true => 0,
                    false => failures.saturating_add(1),
                };
                tell(&looked);
                due = Instant::now() + wait(&bridge, &looked, failures);
            }
        }
    }
}

/// How long nothing has to be looked at.
fn wait(bridge: &Bridge, looked: &Looked, failures: u32) -> Duration {
    let mut wait = SWEEP;
    if failures > 0 {
        wait = wait.min(AGAIN * 2_u32.saturating_pow(failures - 1));
    }
    if let Some(at) = looked.again {
        let left = at.duration_since(bridge.now()).as_secs_f64();
        wait = wait.min(Duration::from_secs_f64(left.clamp(0.1, 1e6)));
    }
    wait
}

/// Notes what the cluster says; true once it was heard of in full.
fn hear(bridge: &Bridge, event: FeedEvent<Key, Arc<QaRun>>) -> bool {
    match event {
        FeedEvent::Freshness(Freshness::Live) => return true,
        FeedEvent::Freshness(Freshness::Stale { why, .. }) => {
            tracing::warn!(%why, "the watch of QARuns broke off; it is opened again");
        }
        FeedEvent::Freshness(Freshness::Denied { why }) => {
            tracing::error!(%why, hint = why.hint(), "QARuns cannot be followed");
        }
        FeedEvent::Freshness(_) => {}
        FeedEvent::Deltas(all) => {
            for delta in all {
                match delta {
                    Delta::Put(run) => bridge.put(run),
                    Delta::Gone(key) => bridge.drop(&key),
                    Delta::Reset(all) => bridge.reset(all),
                }
            }
        }
    }
    false
}

//! The run that is looked at, and the QARun it is of: watched as long as somebody does.
//! Apart from questions that have one answer.

use futures::{Stream, StreamExt};

use super::Effects;
use crate::app::msg::{ClusterMsg, Msg, Session};
use crate::model::key::Key;
use crate::runtime::mailbox::Valve;
use crate::runtime::standing::standing;

impl Effects {
    pub(super) fn watch(&mut self, session: Session, key: &Key) {
        self.run.clear(&self.mailbox);
        let ready = self.cluster.clone();
        let valve = self.run.valve.clone();
        let key = key.clone();
        self.run.spawn(async move {
            let Some(cluster) = standing(ready).await else {
                return;
            };
            let words = |msg| Msg::Cluster(session, msg);
            tokio::join!(
                forward(cluster.watch_run(&key), &valve, |event| words(
                    ClusterMsg::Workflow(key.clone(), event)
                )),
                forward(cluster.pods(&key), &valve, |event| words(ClusterMsg::Pods(
                    key.clone(),
                    event
                ))),
                forward(cluster.events(&key), &valve, |event| words(
                    ClusterMsg::Events(key.clone(), event)
                )),
            );
        });
    }

    pub(super) fn watch_qarun(&mut self, session: Session, run: Key, qarun: Key) {
        self.qarun.clear(&self.mailbox);
        let ready = self.cluster.clone();
        let valve = self.qarun.valve.clone();
        self.qarun.spawn(async move {
            let Some(cluster) = standing(ready).await else {
                return;
            };
            let words = |msg| Msg::Cluster(session, msg);
            let object = forward(cluster.watch_qarun(&qarun), &valve, |event| {
                words(ClusterMsg::QaRun(run.clone(), event))
            });
            if run != qarun {
                return object.await;
            }
            let events = forward(cluster.events(&qarun), &valve, |event| {
                words(ClusterMsg::Events(run.clone(), event))
            });
            tokio::join!(object, events);
        });
    }
}

async fn forward<T>(
    mut events: impl Stream<Item = T> + Unpin,
    valve: &Valve,
    word: impl Fn(T) -> Msg,
) {
    while let Some(event) = events.next().await {
        if !valve.push(word(event)) {
            return;
        }
    }
}

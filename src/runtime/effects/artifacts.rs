//! What is wanted of artifacts: sizes, a look into one, downloads.
//! Apart from the other effects, because a download goes on whatever is looked at meanwhile.

use std::sync::Arc;

use super::Effects;
use crate::app::artifacts::Fetching;
use crate::app::effect::Effect;
use crate::app::msg::{ClusterMsg, Msg};
use crate::app::orders::Ticket;
use crate::app::said::Level;
use crate::model::artifact::{Artifact, Id};
use crate::model::key::Key;
use crate::runtime::fetching;
use crate::runtime::standing::standing;

impl Effects {
    /// Carries one of them out; any other is none of these.
    pub(super) fn artifacts(&mut self, effect: Effect) {
        match effect {
            Effect::ReadSizes(session, key, artifacts) => {
                self.read(session, |cluster| async move {
                    let ids: Vec<Id> = artifacts.iter().map(|one| one.id.clone()).collect();
                    let sizes = cluster.measures(&key, artifacts).await;
                    ClusterMsg::Sizes(key, ids.into_iter().zip(sizes).collect())
                });
            }
            Effect::ReadArtifact(session, key, artifact) => {
                self.read(session, |cluster| async move {
                    let answer = cluster.preview(&key, &artifact).await;
                    ClusterMsg::Artifact(key, artifact.id, Box::new(answer))
                });
            }
            Effect::Download(ticket, key, artifact, path) => {
                self.download(ticket, key, *artifact, path);
            }
            Effect::StopDownload(ticket) => self.stop(ticket),
            _ => {}
        }
    }

    /// A download goes on until it is stopped or the program ends.
    fn download(&mut self, ticket: Ticket, key: Key, artifact: Artifact, path: Arc<str>) {
        let (mailbox, ready) = (self.mailbox.clone(), self.cluster.clone());
        self.downloads.retain(|(_, job)| !job.is_finished());
        let job = tokio::spawn(async move {
            let told = match standing(ready).await {
                Some(cluster) => {
                    let has = |done, total| {
                        mailbox.push(Msg::Fetching(ticket, Fetching::Has(done, total)));
                    };
                    fetching::fetch(&cluster, &key, &artifact, &path, has).await
                }
                None => {
                    let text = "not saved: the connection was left before";
                    Fetching::Over(Level::Bad, text.to_string())
                }
            };
            mailbox.push(Msg::Fetching(ticket, told));
        });
        self.downloads.push((ticket, job));
    }

    /// Stops a download. What was written stays, for the next time.
    fn stop(&mut self, ticket: Ticket) {
        let known = self
            .downloads
            .iter()
            .position(|(known, _)| *known == ticket);
        let Some(at) = known else {
            return;
        };
        let (_, job) = self.downloads.remove(at);
        job.abort();
        let text = "download stopped; saved under the same name again it goes on where it stopped";
        let over = Fetching::Over(Level::Info, text.to_string());
        self.mailbox.push(Msg::Fetching(ticket, over));
    }
}

//! Two runs compared, and the logs of one of their steps.
//! Apart from the other effects, because each reads several things for one answer.

use super::Effects;
use crate::app::effect::Effect;
use crate::app::msg::ClusterMsg;

impl Effects {
    /// Carries one of them out; any other is none of these.
    pub(super) fn compare(&mut self, effect: Effect) {
        match effect {
            Effect::Compare(session, pair, at) => self.read(session, move |cluster| async move {
                let answer = cluster.compare(&pair, at).await;
                ClusterMsg::Compared(pair, Box::new(answer))
            }),
            Effect::CompareLogs {
                session,
                pair,
                path,
                here,
                there,
            } => self.read(session, move |cluster| async move {
                let told = cluster.compare_logs(&pair, here, there).await;
                ClusterMsg::LogsCompared(pair, path, Box::new(told))
            }),
            _ => {}
        }
    }
}

//! Effects on a kubeconfig, without a cluster behind it.
//! Apart from what is carried out.

#![allow(clippy::unwrap_used)]
use super::*;
use crate::cluster::Target;

#[tokio::test]
async fn the_context_asked_for_last_is_the_current_one() {
    let file = std::env::temp_dir().join(format!("tiphys-contexts-{}", std::process::id()));
    let text = "{current-context: a, clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}], users: [], \
        contexts: [{name: a, context: {cluster: c}}, {name: b, context: {cluster: c}}]}";
    std::fs::write(&file, text).unwrap();
    let mailbox = Mailbox::new();
    let source = Source::Kubeconfig(Target {
        kubeconfig: Some(file.clone()),
        ..Target::default()
    });
    let mut effects = Effects::new(source, false, mailbox.clone());
    for (session, asked, expected) in [(1, None, "a"), (2, Some("b"), "b"), (3, None, "a")] {
        effects.carry_out(Effect::Connect {
            session,
            context: asked.map(Into::into),
            scope: Scope::All,
        });
        effects.carry_out(Effect::ListContexts(session));
        let contexts = 'heard: loop {
            for msg in mailbox.recv_batch().await {
                if let Msg::Cluster(at, ClusterMsg::Contexts(contexts)) = msg
                    && at == session
                {
                    break 'heard contexts.unwrap();
                }
            }
        };
        let current = contexts.iter().filter(|context| context.current);
        assert_eq!(current.map(|c| &*c.name).collect::<Vec<_>>(), [expected]);
    }
    std::fs::remove_file(file).unwrap();
}

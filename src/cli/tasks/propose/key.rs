//! The key: from the environment, or from a Secret of the cluster; never from a file or the command line.
//! Apart from asking, because most questions need none: they are shown, or were answered before.

use crate::cli::Common;
use crate::cli::fail::Failure;
use crate::cluster::claude::Key;
use crate::model::claude::SecretField;

/// The variable that holds the key.
const KEY: &str = "ANTHROPIC_API_KEY";
/// The variable that names a field of a Secret.
const SECRET: &str = "ANTHROPIC_API_KEY_SECRET";

/// The key; `secret` is what the configuration names.
pub(super) async fn key(common: &Common, secret: &str) -> Result<Key, Failure> {
    let said = |name: &str| {
        std::env::var(name)
            .ok()
            .filter(|text| !text.trim().is_empty())
    };
    if let Some(text) = said(KEY) {
        return Key::of(&text).ok_or_else(|| {
            Failure::new(
                format!("${KEY} is no key: it has characters that no header can have"),
                "Nothing was sent; set it anew.",
            )
        });
    }
    let (from, field) = match (said(SECRET), secret) {
        (Some(field), _) => (format!("${SECRET}"), field),
        (None, "") => return Err(nowhere()),
        (None, field) => (
            "`secret` of [claude] in config.toml".to_owned(),
            field.to_owned(),
        ),
    };
    let field = SecretField::of(&field).map_err(|(what, help)| {
        Failure::new(format!("{from}: {what}: {help}"), "Nothing was sent.")
    })?;
    of_secret(common, &field).await
}

async fn of_secret(common: &Common, field: &SecretField) -> Result<Key, Failure> {
    let cluster = common.connect().await?;
    let found = cluster.claude_key(field).await;
    let found = found.map_err(|why| Failure::of(&cluster, &why))?;
    found.ok_or_else(|| {
        let SecretField {
            namespace,
            name,
            key,
        } = field;
        Failure::new(
            format!(
                "the Secret {namespace}/{name} has no field {key} that could be a key (context {})",
                cluster.context()
            ),
            "Nothing was sent; `kubectl describe secret` names its fields.",
        )
    })
}

fn nowhere() -> Failure {
    Failure::new(
        "Claude is not asked without a key: nothing was sent",
        format!(
            "Set ${KEY}, or name a Secret of the cluster: secret = \"NAMESPACE/NAME/KEY\" of [claude] in config.toml, or ${SECRET}. --dry-run needs none."
        ),
    )
}

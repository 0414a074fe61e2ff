//! Where objects can be seen elsewhere: templates of addresses, filled with names that an address can hold.
//! Apart from the other settings, because what goes into an address comes from a cluster.

use serde::{Deserialize, Serialize};

use crate::model::key::Key;

/// Words that stand for something of a run.
pub const WORDS: [&str; 3] = ["{namespace}", "{name}", "{uid}"];

/// Templates of addresses. What is not said is not offered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// Of a run.
    pub run: Option<String>,
}

impl Links {
    /// The address of a run.
    pub fn run(&self, key: &Key) -> Option<String> {
        let names = [&*key.namespace, &*key.name, key.uid.as_str()];
        let filled = WORDS.iter().zip(names);
        let template = self.run.clone()?;
        Some(filled.fold(template, |text, (word, name)| {
            text.replace(word, &escaped(name))
        }))
    }
}

/// A name as an address takes it (RFC 3986): a server that is not what it should be could call an object anything.
fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Whether this is the template of an address, with no other words in braces than [`WORDS`].
pub(super) fn check(template: &str) -> Result<(), (String, String)> {
    let is_web = ["http://", "https://"]
        .iter()
        .any(|head| template.starts_with(head));
    if !is_web {
        let help = "https://argo.example/workflows/{namespace}/{name}".to_string();
        return Err(("an address begins with https://".to_string(), help));
    }
    let known = WORDS.iter();
    let rest = known.fold(template.to_string(), |text, word| text.replace(word, ""));
    if let Some(at) = rest.find(['{', '}']) {
        let strange: String = rest[at..].chars().take_while(|c| *c != '/').collect();
        let what = format!("`{strange}` stands for nothing");
        return Err((what, format!("there are {}", WORDS.join(", "))));
    }
    Ok(())
}

//! Where Claude is asked and where its key lies: what a person may configure, checked.
//! Apart from asking, because a configuration is checked where nothing is asked.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The model, unless said otherwise.
pub const MODEL: &str = "claude-sonnet-4-5";
/// The endpoint, unless said otherwise.
pub const BASE: &str = "https://api.anthropic.com";
/// Longest name of a model, in bytes.
const LONGEST: usize = 128;

/// What is wrong, and what would be right.
pub type Wrong = (String, String);

/// An endpoint of the Messages API: https, or http to this machine alone, because the key goes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(String);

impl Endpoint {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of(text: &str) -> Result<Self, Wrong> {
        let wrong = |what: &str| Err((what.to_owned(), format!("base_url = \"{BASE}\"")));
        let (plain, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            _ => return wrong("the address of the Messages API begins with https://"),
        };
        let authority = rest.split('/').next().unwrap_or_default();
        if !rest.bytes().all(|byte| byte.is_ascii_graphic()) || rest.contains(['?', '#', '\\', '"'])
        {
            return wrong("the address of the Messages API is a host and a path, and nothing else");
        }
        if authority.contains('@') {
            return wrong("the address of the Messages API holds no credentials");
        }
        let Some(host) = host(authority) else {
            return wrong("the address of the Messages API names no host");
        };
        if plain && !is_here(host) {
            return wrong(
                "the key would go over the network unencrypted: http is for this machine alone",
            );
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }

    /// Where messages are sent.
    pub fn messages(&self) -> String {
        format!("{}/v1/messages", self.0)
    }
}

/// The host of a host with or without port.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(_) => {
            let end = authority.find(']')? + 1;
            (&authority[..end], &authority[end..])
        }
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    let fits = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    (fits && !host.is_empty()).then_some(host)
}

fn is_here(host: &str) -> bool {
    let six = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    match six {
        Some(six) => six
            .parse::<Ipv6Addr>()
            .is_ok_and(|address| address.is_loopback()),
        None => {
            host == "localhost"
                || host
                    .parse::<Ipv4Addr>()
                    .is_ok_and(|address| address.is_loopback())
        }
    }
}

/// A name a model can have.
///
/// # Errors
/// What is wrong with it.
pub fn model(text: &str) -> Result<(), Wrong> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/@".contains(&byte);
    match (1..=LONGEST).contains(&text.len()) && text.bytes().all(letter) {
        true => Ok(()),
        false => Err((
            "this is no name of a model".to_owned(),
            format!("model = \"{MODEL}\""),
        )),
    }
}

/// A field of a Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretField {
    /// Namespace of the Secret.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The key in it.
    pub key: String,
}

impl SecretField {
    /// Reads `namespace/name/key`.
    ///
    /// # Errors
    /// What is wrong with it. What was written is not repeated: it may be the key itself.
    pub fn of(text: &str) -> Result<Self, Wrong> {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let plain = |part: &&str| (1..=253).contains(&part.len()) && part.bytes().all(letter);
        let parts: Vec<&str> = text.split('/').collect();
        match parts[..] {
            [namespace, name, key] if parts.iter().all(plain) => Ok(Self {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                key: key.to_owned(),
            }),
            _ => Err((
                "a field of a Secret is NAMESPACE/NAME/KEY".to_owned(),
                "\"qa/claude/api-key\"".to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_key_goes_over_tls_or_stays_on_this_machine() {
        for (text, messages) in [
            (BASE, "https://api.anthropic.com/v1/messages"),
            (
                "https://gateway.example:8443/anthropic/",
                "https://gateway.example:8443/anthropic/v1/messages",
            ),
            ("http://127.0.0.1:9/", "http://127.0.0.1:9/v1/messages"),
            ("http://[::1]:9", "http://[::1]:9/v1/messages"),
            ("http://localhost", "http://localhost/v1/messages"),
        ] {
            assert_eq!(Endpoint::of(text).unwrap().messages(), messages);
        }
        for text in [
            "",
            "api.anthropic.com",
            "ftp://a",
            "https://",
            "https:///x",
            "http://api.anthropic.com",
            "http://127.0.0.1.evil.example",
            "http://127.0.0.1:1.evil.example",
            "http://localhost:80@evil.example",
            "http://localhost.evil.example",
            "http://10.0.0.1",
            "http://[::2]",
            "https://key@host",
            "https://host?x",
            "https://host#x",
            "https://ho st",
            "https://host:0",
            "https://höst",
        ] {
            assert!(Endpoint::of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_field_is_three_names_and_a_mistake_does_not_repeat_what_may_be_a_key() {
        let field = SecretField::of("qa/claude/api-key").unwrap();
        assert_eq!(
            (&*field.namespace, &*field.name, &*field.key),
            ("qa", "claude", "api-key")
        );
        for text in ["", "a/b", "a/b/c/d", "a//c", "a/b/c d", "sk-ant-secret"] {
            let (what, help) = SecretField::of(text).unwrap_err();
            assert!(!format!("{what}{help}").contains("sk-ant"));
        }
        assert!(model(MODEL).is_ok() && model("anthropic/claude@1:2").is_ok());
        for text in ["", "a b", "a\n", "a\"", &"m".repeat(129)] {
            assert!(model(text).is_err(), "{text}");
        }
    }
}

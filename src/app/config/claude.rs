//! `[claude]` of `config.toml`: who is asked for proposals, with what, and how much of it.
//! Apart from the other settings, because none of these is about the console.

use serde::{Deserialize, Serialize};

use super::settings::{Origin, Setting};
use crate::model::claude::{BASE, Endpoint, MODEL, SecretField, Wrong, model};

/// What a setting of it may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claude {
    /// The name of a model.
    Model,
    /// The address of an endpoint.
    Base,
    /// A field of a Secret; empty: none.
    Secret,
    /// A number from here to there.
    Number(u32, u32),
}

impl Claude {
    /// Whether a setting can say this text.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn check(self, name: &str, value: &str) -> Result<(), Wrong> {
        match self {
            Self::Model => model(value),
            Self::Base => Endpoint::of(value).map(|_| ()),
            Self::Secret if value.is_empty() => Ok(()),
            Self::Secret => SecretField::of(value).map(|_| ()),
            Self::Number(from, to) => match value.parse::<u32>() {
                Ok(number) if (from..=to).contains(&number) => Ok(()),
                _ => Err((
                    format!("`{name}` is a number"),
                    format!("from {from} to {to}, without quotes"),
                )),
            },
        }
    }
}

/// What it says. Every text was checked when it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// Who is asked.
    pub model: Setting<String>,
    /// Where.
    pub base_url: Setting<String>,
    /// Where the key lies in the cluster; empty: nowhere.
    pub secret: Setting<String>,
    /// Seconds of a question.
    pub timeout: Setting<String>,
    /// Most criteria of a question.
    pub criteria: Setting<String>,
    /// Most tokens of an answer.
    pub tokens: Setting<String>,
    /// Most questions a day.
    pub calls: Setting<String>,
}

impl Default for Asking {
    fn default() -> Self {
        let usual = |text: &str| Setting {
            value: text.to_owned(),
            origin: Origin::Default,
        };
        Self {
            model: usual(MODEL),
            base_url: usual(BASE),
            secret: usual(""),
            timeout: usual("120"),
            criteria: usual("20"),
            tokens: usual("8000"),
            calls: usual("50"),
        }
    }
}

impl Asking {
    /// The setting of this key.
    pub(super) fn named(&self, name: &str) -> Option<&Setting<String>> {
        Some(match name {
            "claude.model" => &self.model,
            "claude.base_url" => &self.base_url,
            "claude.secret" => &self.secret,
            "claude.timeout" => &self.timeout,
            "claude.criteria" => &self.criteria,
            "claude.tokens" => &self.tokens,
            "claude.calls" => &self.calls,
            _ => return None,
        })
    }

    pub(super) fn named_mut(&mut self, name: &str) -> Option<&mut Setting<String>> {
        Some(match name {
            "claude.model" => &mut self.model,
            "claude.base_url" => &mut self.base_url,
            "claude.secret" => &mut self.secret,
            "claude.timeout" => &mut self.timeout,
            "claude.criteria" => &mut self.criteria,
            "claude.tokens" => &mut self.tokens,
            "claude.calls" => &mut self.calls,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;
    use crate::app::config::settings::{KEYS, Kind};

    #[test]
    fn what_holds_unless_said_otherwise_may_be_said() {
        let asking = Asking::default();
        let mut seen = 0;
        for key in &KEYS {
            if let Kind::Claude(says) = key.kind {
                let value = &asking.named(key.name).expect("a setting").value;
                assert_eq!(says.check(key.name, value), Ok(()), "{}", key.name);
                seen += 1;
            }
        }
        assert_eq!(seen, 7);
        assert!(Claude::Number(5, 600).check("claude.timeout", "4").is_err());
        assert!(
            Claude::Base
                .check("claude.base_url", "http://evil.example")
                .is_err()
        );
        assert!(Claude::Secret.check("claude.secret", "sk-ant-x").is_err());
    }
}

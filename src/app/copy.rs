//! What can be copied about a run: names, command lines that ask for it, its link, its YAML as it is shown.
//! Apart from the list to choose from, because what is offered is decided here: nothing that is not on screen, and
//! YAML only with its credentials masked.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::effect::Effect;
use crate::app::fleet::Run;
use crate::app::overlay::{Choice, Item, Overlay, OverlayKind};
use crate::app::state::State;
use crate::model::key::Key;
use crate::model::kind::Kind;
use crate::model::mask::mask;

/// The longest text that is copied, in bytes. Terminals take sequences of 100,000 bytes; base64 makes three bytes four.
/// Source: hterm's `osc52.sh`, <https://chromium.googlesource.com/apps/libapps/+/HEAD/hterm/etc/osc52.sh>.
pub const LIMIT: usize = 74_994;

/// Something that can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The run's name.
    Name,
    /// Namespace and name.
    Full,
    /// The run's uid.
    Uid,
    /// The name of the step under the cursor.
    Step,
    /// The pod of that step.
    Pod,
    /// The kubectl command line.
    Kubectl,
    /// The argo command line.
    Argo,
    /// The command line of this program.
    Tiphys,
    /// The link.
    Link,
    /// The object.
    Yaml,
    /// The line of the log one stands on.
    Line,
}

impl What {
    const ALL: [Self; 11] = [
        Self::Name,
        Self::Full,
        Self::Uid,
        Self::Step,
        Self::Pod,
        Self::Kubectl,
        Self::Argo,
        Self::Tiphys,
        Self::Link,
        Self::Yaml,
        Self::Line,
    ];

    /// The letter that takes it, and what it is called.
    fn words(self) -> (char, &'static str) {
        match self {
            Self::Name => ('n', "name"),
            Self::Full => ('f', "namespace/name"),
            Self::Uid => ('u', "uid"),
            Self::Step => ('s', "step"),
            Self::Pod => ('p', "pod"),
            Self::Kubectl => ('k', "kubectl"),
            Self::Argo => ('a', "argo"),
            Self::Tiphys => ('t', "tiphys"),
            Self::Link => ('l', "link"),
            Self::Yaml => ('y', "YAML"),
            Self::Line => ('i', "line of the log"),
        }
    }

    /// The text of it; `None` where it is not known.
    fn text(self, state: &State, key: &Key, step: Option<&Arc<str>>) -> Option<Arc<str>> {
        // A server that is not what it should be could call an object anything.
        let (namespace, name) = (quoted(&key.namespace), quoted(&key.name));
        let target = target(state);
        let line = |line: String| (!state.alone).then(|| Arc::from(line));
        let focus = state.focus_on(key);
        let alone = state.fleet.get(&key.uid).is_some_and(Run::is_qarun);
        let step = || {
            let focus = focus?;
            focus.step(focus.branch(step?)?)
        };
        Some(match self {
            Self::Name => key.name.clone(),
            Self::Full => key.to_string().into(),
            Self::Uid => key.uid.as_str().into(),
            Self::Step => step()?.display.clone(),
            Self::Pod => step()?.pod.clone()?,
            Self::Kubectl if alone => line(format!(
                "kubectl{target} get {} -n {namespace} {name} -o yaml",
                Kind::QaRun.resource()
            ))?,
            Self::Argo | Self::Link if alone => return None,
            Self::Tiphys if alone => line(format!("tiphys qarun {namespace}/{name}{target}"))?,
            Self::Kubectl => line(format!(
                "kubectl{target} get workflow -n {namespace} {name} -o yaml"
            ))?,
            Self::Argo => line(format!("argo get -n {namespace} {name}{target}"))?,
            Self::Tiphys => line(format!("tiphys get run {namespace}/{name}{target}"))?,
            Self::Link => state.links.run(key)?.into(),
            Self::Line if state.log_of.as_ref() == Some(key) => {
                mask(&state.log.stood_on()?.text).into()
            }
            Self::Line => return None,
            Self::Yaml => match &focus?.yaml {
                Some(Ok(text)) if !text.is_empty() => text.clone(),
                _ => return None,
            },
        })
    }
}

/// What leads another program to this cluster: pasted elsewhere, a command must not be about another one.
pub fn target(state: &State) -> String {
    let mut text = String::new();
    if let Some(kubeconfig) = &state.kubeconfig {
        text.push_str(&format!(" --kubeconfig {}", quoted(kubeconfig)));
    }
    let context = state.context.as_ref().or(state.reaching.as_ref());
    if let Some(context) = context.filter(|name| !name.is_empty() && !state.alone) {
        text.push_str(&format!(" --context {}", quoted(context)));
    }
    text
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_string();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Lines of the menu: the letter, the text, what it is.
pub(super) fn choices(state: &State, key: &Key, step: Option<&Arc<str>>) -> Vec<Choice> {
    let known = What::ALL
        .into_iter()
        .filter_map(|what| Some((what, what.text(state, key, step)?)));
    known
        .map(|(what, text)| {
            let (letter, word) = what.words();
            let text = match what {
                What::Yaml if text.len() > LIMIT => format!("{}: too long to copy", size(&text)),
                What::Yaml => format!("the object, credentials masked, {}", size(&text)),
                _ => text.to_string(),
            };
            Choice {
                left: letter.to_string(),
                ..Choice::of(Item::Copy(what), text, word)
            }
        })
        .collect()
}

fn size(text: &str) -> String {
    format!("{} kB", text.len().div_ceil(1_000))
}

/// Copies one thing about the run that the menu was opened for.
pub(super) fn take(
    state: &mut State,
    now: Timestamp,
    overlay: &Overlay,
    what: What,
    effects: &mut Vec<Effect>,
) {
    let OverlayKind::Copy { key, step } = &overlay.kind else {
        return;
    };
    let (_, word) = what.words();
    let Some(text) = what.text(state, key, step.as_ref()) else {
        return state.say(
            now,
            format!("the {word} of {key} is not known any more"),
            true,
        );
    };
    if text.len() > LIMIT {
        let limit = LIMIT.div_ceil(1_000);
        let size = size(&text);
        let text = format!("{size} is more than the {limit} kB that many terminals take");
        return state.say(now, format!("nothing copied: {text}"), true);
    }
    let told = match what {
        What::Yaml => format!("YAML of {key}, {}", size(&text)),
        _ => text.to_string(),
    };
    state.say(now, format!("copied {told}"), false);
    effects.push(Effect::Copy(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_a_word_as_one() {
        assert_eq!(quoted("arn:aws:eks/prod@eu"), "arn:aws:eks/prod@eu");
        assert_eq!(quoted("it's mine; rm"), r"'it'\''s mine; rm'");
    }

    #[test]
    fn no_two_things_share_a_letter() {
        let letters: std::collections::BTreeSet<char> =
            What::ALL.iter().map(|what| what.words().0).collect();
        assert_eq!(letters.len(), What::ALL.len());
    }
}

//! Verbs of `argo` and `kubectl` that are called otherwise here: who types them is told what does it.
//! Apart from the verbs themselves: a second name for each would have to be learned by everybody else.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// What is typed, and what does it here.
const ELSEWHERE: [(&[&str], &str); 12] = [
    (&["list", "ls", "ps"], "tiphys get runs [FILTER]"),
    (
        &["describe"],
        "tiphys get run NAME, tiphys get steps NAME and tiphys why NAME",
    ),
    (&["lint", "validate"], "tiphys template check FILE"),
    (
        &["archive"],
        "tiphys history [NAME]: what was seen from here and is gone from the cluster",
    ),
    (
        &["submit", "run", "create", "apply"],
        "tiphys launch TEMPLATE -p NAME=VALUE, of what is in the cluster; kubectl create -f FILE sends a file",
    ),
    (
        &["node"],
        "tiphys approve NAME --set NAME=VALUE, tiphys reject NAME or tiphys bypass NAME",
    ),
    (
        &["cp", "copy"],
        "tiphys artifacts NAME ARTIFACT --save FILE",
    ),
    (&["version"], "tiphys --version"),
    (&["exec", "ssh"], "tiphys shell NAME [STEP]"),
    (&["events"], "tiphys why NAME, and v on the page of a run"),
    (
        &["server", "auth"],
        "nothing: there is no server, and what may be done is what the kubeconfig may",
    ),
    (
        &["contexts", "ctx"],
        "tiphys --context NAME; # chooses one in the console",
    ),
];

/// What does here what this command line was refused for.
pub fn meant(refused: &Error) -> Option<String> {
    if refused.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let Some(ContextValue::String(word)) = refused.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let (_, what) = ELSEWHERE
        .iter()
        .find(|(words, _)| words.contains(&word.as_str()))?;
    Some(format!(
        "there is no verb `{word}`; what does it here is\n  {what}"
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::{CommandFactory as _, Parser as _};

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn who_types_what_argo_calls_it_is_told_what_does_it_here() {
        let told = |word: &str| meant(&Cli::try_parse_from(["tiphys", word, "x"]).unwrap_err());
        assert!(told("list").unwrap().contains("tiphys get runs"));
        assert!(told("lint").unwrap().contains("template check"));
        assert_eq!(told("xyz"), None);
    }

    #[test]
    fn what_is_told_there_is_and_what_is_typed_is_not() {
        let verbs: Vec<String> = (Cli::command().get_subcommands())
            .flat_map(|verb| {
                verb.get_name_and_visible_aliases()
                    .into_iter()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect();
        for (words, what) in ELSEWHERE {
            assert!(
                !verbs.iter().any(|verb| words.contains(&verb.as_str())),
                "{words:?}"
            );
            for place in what.split("tiphys ").skip(1) {
                let verb = place.split([' ', ',', ':', ';']).next().unwrap();
                let is_one = verb.starts_with("--") || verbs.iter().any(|v| v == verb);
                assert!(is_one, "{verb} in {what}");
            }
        }
    }
}

//! What the environment says of the terminal and of its person.
//! Apart from reading the environment, so that every terminal can be tried in a test.

use crate::ui::theme::colour::Depth;

/// What is known of the terminal before anything is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Colour is not wanted (<https://no-color.org>).
    pub no_color: bool,
    /// How many colours there are.
    pub depth: Depth,
    /// The locale speaks UTF-8.
    pub utf8: bool,
    /// The terminal can be asked for its background without showing the question.
    pub answers: bool,
}

/// A file or a pipe: nothing is lost and nobody answers.
impl Default for Facts {
    fn default() -> Self {
        Self {
            no_color: false,
            depth: Depth::True,
            utf8: true,
            answers: false,
        }
    }
}

impl Facts {
    /// What these variables say.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| variable(name).unwrap_or_default();
        let term = text("TERM");
        Self {
            no_color: !text("NO_COLOR").is_empty(),
            depth: Depth::of(&text("COLORTERM"), &term),
            utf8: utf8(&variable),
            answers: answers(&term, !text("TMUX").is_empty()),
        }
    }
}

/// The first of LC_ALL, LC_CTYPE, LANG that is set decides (POSIX); none set is the C locale, but terminals of today are
/// UTF-8 and containers seldom say so.
fn utf8(variable: &impl Fn(&str) -> Option<String>) -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(|name| variable(name))
        .find(|value| !value.is_empty())
        .is_none_or(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        })
}

/// Terminals that print a question they do not know are not asked. tmux, which calls itself `screen`, knows it.
fn answers(term: &str, tmux: bool) -> bool {
    let deaf = [
        "dumb", "linux", "cons25", "eterm", "Eterm", "screen", "sun", "vt",
    ];
    tmux || !term.is_empty() && !deaf.iter().any(|name| term.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(variables: &[(&str, &str)]) -> Facts {
        Facts::of(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_string())
        })
    }

    #[test]
    fn the_environment_is_believed() {
        let usual = facts(&[
            ("TERM", "xterm-256color"),
            ("COLORTERM", "truecolor"),
            ("LANG", "de_DE.UTF-8"),
        ]);
        let expected = Facts {
            answers: true,
            ..Facts::default()
        };
        assert_eq!(usual, expected);
        assert!(facts(&[("NO_COLOR", "1")]).no_color);
        assert!(!facts(&[("NO_COLOR", "")]).no_color);
        assert!(!facts(&[("LC_ALL", "C"), ("LANG", "C.UTF-8")]).utf8);
        assert!(facts(&[("LC_ALL", ""), ("LANG", "C.UTF-8")]).utf8);
        assert!(facts(&[]).utf8);
        for (term, tmux, asked) in [
            ("xterm", false, true),
            ("xterm-kitty", false, true),
            ("tmux-256color", true, true),
            ("screen-256color", true, true),
            ("screen-256color", false, false),
            ("linux", false, false),
            ("vt220", false, false),
            ("", false, false),
        ] {
            assert_eq!(answers(term, tmux), asked, "{term} {tmux}");
        }
    }
}

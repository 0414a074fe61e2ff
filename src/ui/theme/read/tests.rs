//! What a theme file says, and what is said of it where it is wrong.
//! Apart from reading, because each case is a file.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::super::Theme;
use super::*;
use crate::model::phase::State;

fn read(text: &str) -> (Theme, Vec<Problem>) {
    let none = BTreeMap::new();
    let mut problems = Vec::new();
    let line = shelf(&none).lineage(&Source::new("t.toml", text), &mut problems);
    let sheet = Sheet::of(&line, &mut problems);
    (Theme::of(&sheet), problems)
}

fn check(text: &str, wrong: &[&str]) -> Theme {
    let (theme, problems) = read(text);
    let said: Vec<String> = problems
        .iter()
        .map(|p| format!("{}:{} {}", p.place.line, p.place.column, p.sentence()))
        .collect();
    assert_eq!(said, wrong, "{text}");
    theme
}

#[test]
fn a_role_takes_the_style_of_its_parent() {
    let failed = Role::of(State::Failed);
    for (entries, role, fg) in [
        ("text = \"1\"\n", failed, 1),
        ("bad = \"2\"\n", failed, 2),
        ("state = { fg = 3 }\nbad = \"2\"\n", failed, 3),
        ("state.failed = \"4\"\nbad = \"2\"\n", failed, 4),
        ("\"state.failed\" = \"5\"\n", failed, 5),
        ("state.error = \"6\"\ntext = \"1\"\n", failed, 1),
        ("text = \"1\"\n", Role::Key, 1),
    ] {
        let theme = check(&format!("[style]\n{entries}"), &[]);
        assert_eq!(theme.style(role).fg, Some(Color::Indexed(fg)), "{entries}");
    }
}

#[test]
fn a_younger_palette_colours_the_styles_it_inherits() {
    let theme = check("inherits = \"dusk\"\n[palette]\nred = \"#010203\"\n", &[]);
    let bad = theme.style(Role::Bad);
    assert_eq!(bad.fg, Some(Color::Rgb(1, 2, 3)));
    assert!(bad.add_modifier.contains(Modifier::BOLD));
}

#[test]
fn a_bad_entry_is_named_and_the_rest_counts() {
    let theme = check(
        "inherit = \"dusk\"\ninherits = \"dusk\"\n[palette]\npink = \"hot\"\n[style]\nbad = { fg = \"rde\", bold = true, blink = true, dim = 1 }\nok = { fg = \"#010203\" }\nnope = {}\nstate.faild = \"red\"\n",
        &[
            "1:1 `inherit` does not belong into a theme; did you mean `inherits`?",
            "4:8 `hot` is not a colour; write \"#rrggbb\", a name of the sixteen, a number from 0 to 255, or \"default\"",
            "8:1 `nope` is not a role; `tiphys config show` lists them all",
            "9:7 `state.faild` is not a role; did you mean `state.failed`?",
            "6:14 `rde` is not a colour; did you mean `red`?",
            "6:34 `blink` is not part of a style; there are fg, bg, bold, dim, italic, underline, reverse",
            "6:54 `dim` is true or false; without quotes",
        ],
    );
    assert_eq!(theme.style(Role::Ok).fg, Some(Color::Rgb(1, 2, 3)));
    let dusk = Theme::built_in("dusk").unwrap();
    assert_eq!(theme.style(Role::Bad), dusk.style(Role::Bad));
    assert_eq!(theme.style(Role::Accent), dusk.style(Role::Accent));
}

#[test]
fn marks_are_one_cell_wide() {
    let theme = check(
        "[glyph]\nset = \"ascii\"\ncursor = \"*\"\nfailed = \"🔥\"\nrunning = \"ab\"\nlost = \"\"\ncursr = \"x\"\nnone = \"\\u001b\"\n",
        &[
            "4:10 `🔥` is 2 cells wide; a mark is one character that is one cell wide",
            "5:11 `ab` is 2 cells wide; a mark is one character that is one cell wide",
            "6:8 `` is 0 cells wide; a mark is one character that is one cell wide",
            "7:1 `cursr` is not a mark; did you mean `cursor`?",
            "8:8 a control character is not a mark; a mark is one character that is one cell wide",
        ],
    );
    assert!(theme.glyphs.ascii);
    assert_eq!(theme.glyphs.cursor, "*");
    assert_eq!(theme.glyphs.state(State::Failed), "X");
    let theme = check(
        "[glyph]\nrunning = \"▶\"\nfold = \"x\"\n",
        &["3:1 `fold` is not a mark; did you mean `folded`?"],
    );
    assert_eq!(theme.glyphs.state(State::Running), "▶");
    assert_eq!(theme.ascii().glyphs.state(State::Running), "*");
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "(?s).{0,200}", parts in prop::collection::vec(prop::sample::select(vec![
        "[style]", "[palette]", "[glyph]", "\n", "\"", "=", "state", ".", "failed", " ", "{", "}", "fg", "#", "red", ",", "é", "set", "inherits",
    ]), 0..60)) {
        let _ = read(&text);
        let _ = read(&parts.concat());
    }

    #[test]
    fn bad_lines_cost_only_themselves(bad in prop::collection::vec((0..8usize, prop::sample::select(vec![
        "dim = red", "= 3", "\"a", "nope = \"red\"", "key = { fg = ", "accent = \"redd\"", "}", "state.nope = 1",
    ])), 0..6)) {
        let good = ["bad", "ok", "run", "wait", "human", "link", "match", "prod"];
        let mut lines: Vec<String> = good.iter().enumerate().map(|(at, role)| format!("{role} = \"{at}\"")).collect();
        for (at, line) in &bad {
            lines.insert(*at, (*line).to_string());
        }
        let (theme, problems) = read(&format!("[style]\n{}\n", lines.join("\n")));
        for (at, role) in [Role::Bad, Role::Ok, Role::Run, Role::Wait, Role::Human, Role::Link, Role::Match, Role::Prod].into_iter().enumerate() {
            prop_assert_eq!(theme.style(role).fg, Some(Color::Indexed(at as u8)), "{:?}", role);
        }
        prop_assert!(bad.is_empty() || !problems.is_empty());
    }
}

//! The keys that work now, as far as the last line has room: the most particular first, help always.
//! Apart from the rest of that line, which tells how fresh the data is.

use crate::app::command::{Command, Scope, TABLE};
use crate::app::draft::Typed;
use crate::app::orders::dialog::{Dialog, Face};
use crate::app::overlay::{Overlay, OverlayKind};
use crate::app::state::{Prompt, PromptKind};
use crate::app::tasks;
use crate::ui::Scene;
use crate::ui::paint::Painter;
use crate::ui::theme::Role;

/// Cells in which what stands among the keys of a page takes the place of none that matters more.
const ROOM: u16 = 90;

/// Writes them from here on.
pub(super) fn draw(p: &mut Painter<'_>, scene: &Scene<'_>, x: u16, y: u16, room: u16) {
    let state = scene.state;
    if !state.pending.is_empty() {
        let keys: Vec<String> = state.pending.iter().map(ToString::to_string).collect();
        p.put(x, y, room, &format!("{} …", keys.join(" ")), Role::Key);
        return;
    }
    let scopes = state.key_scopes();
    let typing = typing(scene);
    if !typing.is_empty() {
        return draw_typing(p, scene, typing, (x, y, room));
    }
    let mut hints: Vec<(usize, (String, &str))> = TABLE
        .iter()
        .filter(|info| !info.hint.is_empty() && info.command.applies(state))
        .filter(|info| state.offers(&scopes, info) || state.overlay.is_some())
        // On a list there are more runs to look at first.
        .filter(|info| info.command != Command::Compare || state.page().is_some())
        .filter(|info| info.command != Command::Draft || tasks::meant(state).is_some())
        .filter_map(|info| {
            // Of one run that is looked at the question is what is different: where there is room for it beside the next
            // failure, it stands among the keys of its page.
            let scope = match info.command {
                Command::Compare if room >= ROOM => Scope::Run,
                Command::Draft => Scope::Tasks,
                _ => info.scope,
            };
            let rank = scopes.iter().position(|one| *one == scope);
            let keys = state.keymap.keys_of(&scopes, info.command)?;
            // What another screen has too comes after what is of this one only.
            Some((rank.map_or(1, |rank| 2 * rank), (keys, info.hint)))
        })
        .collect();
    // The most particular keys are worth most: those of the innermost scope stand first.
    hints.sort_by_key(|(rank, _)| *rank);
    let mut hints: Vec<(String, &str)> = hints.into_iter().map(|(_, hint)| hint).collect();
    // What can be done about a run is behind one key, which opens a menu.
    let over = state.overlay.is_some() || state.orders.dialog.is_some();
    let menu = state.keymap.keys_of(&scopes, Command::LaunchLike);
    let menu = menu.filter(|_| Command::LaunchLike.applies(state) && !over);
    if let Some((first, _)) = menu.as_deref().and_then(|keys| keys.split_once(' ')) {
        hints.insert(hints.len().min(1), (first.to_string(), "act"));
    }
    // The way out of a filter is looked for by who sees nothing.
    let narrowed = state.lists_runs() && !state.runs.query.is_empty() && !over;
    if let Some(keys) = state
        .keymap
        .keys_of(&scopes, Command::Clear)
        .filter(|_| narrowed)
    {
        hints.retain(|(_, hint)| *hint != Command::Clear.info().hint);
        hints.insert(hints.len().min(1), (keys, "all runs"));
    }
    // Help is the way to all the others, so it is never the one that does not fit.
    let help = state.keymap.keys_of(&scopes, Command::Help);
    hints.retain(|(_, hint)| *hint != Command::Help.info().hint);
    let reserve = help.as_ref().map_or(0, |keys| keys.len() as u16 + 6);
    let mut used = 0;
    for (keys, hint) in &hints {
        let width = (keys.len() + hint.len() + 3) as u16;
        if used + width + reserve > room {
            continue;
        }
        used += p.put(x + used, y, room - used, keys, Role::Key);
        let hint = match *hint {
            "filter" if state.page().is_some() || state.shows_manifest() => "search",
            hint => hint,
        };
        used += p.put(x + used, y, room - used, &format!(" {hint}  "), Role::Dim);
    }
    if let Some(keys) = help {
        used += p.put(x + used, y, room.saturating_sub(used), &keys, Role::Key);
        p.put(x + used, y, room.saturating_sub(used), " help", Role::Dim);
    }
}

/// What the keys do while something is written, asked or chosen from; none where nothing is.
fn typing(scene: &Scene<'_>) -> &'static [(Command, &'static str)] {
    let state = scene.state;
    match (&state.line, &state.prompt) {
        (Some(_), _) => &[
            (Command::Accept, "do it"),
            (Command::Complete, "complete"),
            (Command::Up, "choose"),
            (Command::Clear, "close"),
        ],
        (
            None,
            Some(Prompt {
                kind: PromptKind::Filter | PromptKind::Failures,
                ..
            }),
        ) => &[
            (Command::Accept, "keep"),
            (Command::Complete, "complete"),
            (Command::Clear, "as before"),
        ],
        (None, Some(_)) => &[(Command::Accept, "keep"), (Command::Clear, "as before")],
        (None, None) => match (&state.orders.dialog, &state.overlay) {
            (Some(dialog), _) => in_dialog(dialog),
            (None, Some(over)) => in_overlay(over),
            (None, None) => match state.drafts.typed() {
                Some(Typed::Line(_)) => &[
                    (Command::Accept, "keep"),
                    (Command::Complete, "keep, type into the next"),
                    (Command::Clear, "as before"),
                ],
                Some(Typed::Page(_)) => &[(Command::Done, "keep")],
                None => &[],
            },
        },
    }
}

/// Writes what the keys do there.
fn draw_typing(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    typing: &[(Command, &str)],
    (x, y, room): (u16, u16, u16),
) {
    let state = scene.state;
    let scopes = state.key_scopes();
    let mut used = 0;
    for (command, word) in typing {
        let keys = state.keymap.keys_of(&scopes, *command);
        // What a list takes over from the screens has its key there.
        let taken = matches!(
            command,
            Command::Copy
                | Command::ShowLog
                | Command::Fold
                | Command::SaveLog
                | Command::PageLog
                | Command::EditLog
        );
        let keys = keys.or_else(|| {
            let screens = [Scope::Steps, Scope::Log, Scope::Global];
            state.keymap.keys_of(&screens, *command).filter(|_| taken)
        });
        if let Some(mut keys) = keys {
            // Up and down are one thing.
            let up = (*command == Command::Down).then_some(Command::Up);
            if let Some(up) = up.and_then(|up| state.keymap.keys_of(&scopes, up)) {
                keys = format!("{keys} {up}");
            }
            used += p.put(x + used, y, room - used, &keys, Role::Key);
            used += p.put(x + used, y, room - used, &format!(" {word}  "), Role::Dim);
        }
    }
    let over = state.overlay.as_ref();
    let word = over
        .filter(|_| scopes == [Scope::Picker])
        .map_or("", letters);
    if !word.is_empty() {
        used += p.put(x + used, y, room - used, "letters", Role::Key);
        p.put(x + used, y, room - used, &format!(" {word}"), Role::Dim);
    }
}

/// What the keys do in a list over the screen; those that do nothing there have no key and are left out.
fn in_overlay(over: &Overlay) -> &'static [(Command, &'static str)] {
    match over.kind {
        OverlayKind::Columns => &[
            (Command::Accept, "show or hide"),
            (Command::Clear, "close"),
            (Command::Down, "move"),
        ],
        OverlayKind::Namespaces => &[
            (Command::Accept, "see them"),
            (Command::Mark, "mark"),
            (Command::Clear, "close"),
            (Command::Down, "move"),
        ],
        OverlayKind::Problems | OverlayKind::Journal => {
            &[(Command::Clear, "close"), (Command::Down, "move")]
        }
        OverlayKind::CodeRuns => &[
            (Command::Accept, "runs of its task"),
            (Command::Clear, "close"),
            (Command::Down, "move"),
        ],
        OverlayKind::Messages => &[
            (Command::Accept, "open the run"),
            (Command::Clear, "close"),
            (Command::Down, "move"),
        ],
        OverlayKind::Compare => &[
            (Command::Accept, "go there"),
            (Command::Clear, "close"),
            (Command::ShowLog, "logs"),
            (Command::Fold, "fold"),
            (Command::Copy, "copy"),
            (Command::Down, "move"),
        ],
        OverlayKind::Report { .. } => &[
            (Command::SaveLog, "save"),
            (Command::Copy, "copy"),
            (Command::PageLog, "pager"),
            (Command::EditLog, "editor"),
            (Command::Clear, "close"),
            (Command::Down, "move"),
        ],
        OverlayKind::Why { .. } => &[
            (Command::Accept, "go there"),
            (Command::Copy, "copy"),
            (Command::Clear, "close"),
            (Command::Down, "move"),
        ],
        _ => &[
            (Command::Accept, "choose"),
            (Command::Clear, "close"),
            (Command::Down, "move"),
        ],
    }
}

/// What letters do in a list over the screen: one thing in all of its lines.
fn letters(over: &Overlay) -> &'static str {
    match over.kind {
        OverlayKind::Marks { set: true } => "mark",
        _ if over.kind == OverlayKind::Bulk || over.is_read() => "",
        _ if over.takes_letters() => "take a line",
        _ => "narrow",
    }
}

/// What the keys do in a form and in the question after it.
fn in_dialog(dialog: &Dialog) -> &'static [(Command, &'static str)] {
    match (&dialog.face, &dialog.typed) {
        (Face::Filling(_), _) => &[
            (Command::Accept, "next, then what it would do"),
            (Command::Complete, "next field"),
            (Command::Up, "field before"),
            (Command::Clear, "cancel"),
        ],
        (Face::Agree(_), Some(_)) => &[
            (Command::Accept, "send, once the name stands there"),
            (Command::Clear, "cancel"),
        ],
        _ => &[],
    }
}

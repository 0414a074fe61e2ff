//! The question before anything is changed, and the form before it: what, of which object, by which requests.
//! Apart from lists over the screen: nothing here is chosen by moving to it.

mod many;

use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::app::command::{Command, Scope};
use crate::app::drawn::Drawn;
use crate::app::orders::dialog::{Dialog, Face, to_type};
use crate::app::orders::form::{Entry, Form};
use crate::app::orders::guard;
use crate::model::act::{Kind, Prepared, Preview};
use crate::model::manifest::{Piece, Side};
use crate::ui::paint::{Line, Painter, wrap};
use crate::ui::theme::Role;
use crate::ui::{Scene, typing};

/// Widest it gets, in cells.
const WIDEST: u16 = 100;
/// Names listed before the rest is counted.
const NAMED: usize = 8;

pub(super) fn draw(
    p: &mut Painter<'_>,
    scene: &Scene<'_>,
    dialog: &Dialog,
    area: Rect,
    drawn: &mut Drawn,
) {
    let width = WIDEST.min(area.width);
    let inner = usize::from(width.saturating_sub(4));
    let (form, body) = match (&dialog.face, &dialog.form) {
        (Face::Filling(_), Some(form)) => (Some(form), Vec::new()),
        _ => (None, body(p, scene, dialog, inner)),
    };
    let head = head(p, scene, dialog, inner);
    let lines = match form {
        Some(form) => form.entries.len() * 3,
        None => body.len(),
    };
    // The frame, the head, a line of space, the answers.
    let fixed = head.len() as u16 + 4;
    let height = (lines as u16).saturating_add(fixed).min(area.height);
    let rect = Rect::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 3,
        width,
        height,
    );
    p.wipe(rect);
    let inside = p.frame(rect, &Line::of(title(scene, dialog), Role::Title), true);
    let room = inside.width.saturating_sub(2);
    for (line, y) in head.iter().zip(inside.y..inside.bottom()) {
        p.put_line(inside.x + 1, y, room, line);
    }
    let top = inside.y + head.len() as u16;
    let space = inside.bottom().saturating_sub(top + 2);
    let list = Rect::new(inside.x + 1, top, room, space);
    match form {
        Some(form) => draw_form(p, form, list),
        None => {
            let from = dialog.top.min(lines.saturating_sub(usize::from(space)));
            drawn.dialog = Some((usize::from(space), lines));
            let shown = body.iter().skip(from);
            for (line, y) in shown.zip(list.top()..list.bottom()) {
                p.put_line(list.x, y, list.width, line);
            }
            let below = lines.saturating_sub(from + usize::from(space));
            if below > 0 {
                let keys = &scene.state.keymap;
                let key = keys
                    .keys_of(&[Scope::List], Command::Down)
                    .unwrap_or_default();
                let text = format!("{below} more lines {key} {}", p.theme.glyphs.down);
                p.put_right(list.x, list.bottom(), list.width, &text, Role::Faint);
            }
        }
    }
    answers(
        p,
        scene,
        dialog,
        Rect::new(inside.x + 1, inside.bottom().saturating_sub(1), room, 1),
    );
}

/// `Retry · payments/checkout-7`.
fn title(scene: &Scene<'_>, dialog: &Dialog) -> String {
    let verb = capital(dialog.order.operation.verb());
    match &dialog.many {
        Some(many) => many::title(&verb, many, !scene.state.runs.marks.is_empty()),
        None => match step_name(scene, dialog) {
            Some(step) => format!("{verb} {step} · {}", dialog.order.key),
            None => format!("{verb} · {}", dialog.order.key),
        },
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// The name of the step it is about, as the tree shows it; else its id.
fn step_name(scene: &Scene<'_>, dialog: &Dialog) -> Option<String> {
    let id = dialog.order.operation.step()?;
    let focus = scene.state.focus_on(&dialog.order.key);
    let workflow = focus.and_then(|focus| focus.workflow.as_deref());
    let step = workflow.and_then(|wf| wf.steps.iter().find(|step| step.id == *id));
    Some(match step {
        // An attempt is told by its step.
        Some(step) if step.attempt => {
            let display = step.display.rsplit_once('(').map(|(step, _)| step);
            display.unwrap_or(&step.display).to_string()
        }
        Some(step) => step.display.to_string(),
        None => id.to_string(),
    })
}

/// Which object that is, so that nobody says yes to another of its name; and why it is asked again.
fn head(p: &Painter<'_>, scene: &Scene<'_>, dialog: &Dialog, width: usize) -> Vec<Line> {
    let state = scene.state;
    let mut line = Line::default();
    if dialog.many.is_none() {
        let uid = &dialog.order.key.uid;
        let brief = state.fleet.qarun(uid).map(|brief| brief.state(scene.now));
        let run = || state.fleet.get(uid).map(|run| run.state(scene.now));
        if let Some(now) = brief.or_else(run) {
            let mark = p.theme.glyphs.state(now);
            line.push(format!("{mark} {}  ", now.word()), Role::of(now));
        }
        if dialog.order.kind != Kind::Workflow {
            line.push(format!("{}  ", dialog.order.kind.name()), Role::Text);
        }
        if !dialog.order.operation.is_of_nothing() {
            line.push(format!("uid {}  ", dialog.order.key.uid), Role::Dim);
        }
    }
    line.push(format!("context {}", guard::context(state)), Role::Dim);
    if guard::is_protected(state) {
        line.push("  protected", Role::Bad);
    }
    let mut lines = vec![line];
    if let Some(notice) = &dialog.notice {
        lines.extend(
            wrap(notice, width)
                .into_iter()
                .map(|piece| Line::of(piece, Role::Warn)),
        );
    }
    lines.push(Line::default());
    lines
}

/// Everything between the head and the answers.
fn body(p: &Painter<'_>, scene: &Scene<'_>, dialog: &Dialog, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |text: &str, role| {
        lines.extend(
            wrap(text, width)
                .into_iter()
                .map(|piece| Line::of(piece, role)),
        );
    };
    match &dialog.face {
        Face::Reading => say("reading it as it is now …", Role::Dim),
        Face::Editing => say("the editor has its manifest", Role::Dim),
        Face::Refused(why) => {
            for line in capital(why).lines() {
                say(line, Role::Warn);
            }
        }
        Face::Filling(_) => {}
        Face::Agree(prepared) => {
            if let Some(many) = &dialog.many {
                lines.extend(many::summary(many, width));
                lines.extend(many::those(p, many, width));
                lines.push(Line::default());
                let first = match many.items.len() {
                    1 => format!("What is done to {}:", dialog.order.key),
                    _ => format!(
                        "The first one, {}, tells how it goes; the others follow one after the other:",
                        dialog.order.key
                    ),
                };
                lines.extend(
                    wrap(&first, width)
                        .into_iter()
                        .map(|piece| Line::of(piece, Role::Dim)),
                );
            }
            lines.extend(what(p, prepared, width));
            lines.extend(difference(&prepared.preview.diff, width));
            lines.extend(how(scene, &prepared.preview, width));
        }
    }
    lines
}

/// What happens, and what is easily overlooked.
fn what(p: &Painter<'_>, prepared: &Prepared, width: usize) -> Vec<Line> {
    let preview = &prepared.preview;
    let mut lines = Vec::new();
    let mark = |mark: &str, text: &str, role: Role, lines: &mut Vec<Line>| {
        for (at, piece) in wrap(text, width.saturating_sub(2)).into_iter().enumerate() {
            let sign = if at == 0 { mark } else { " " };
            lines.push(Line::of(format!("{sign} "), role).and(piece, role));
        }
    };
    for why in &prepared.denied {
        let sign = p.theme.glyphs.state(crate::model::phase::State::Failed);
        mark(sign, why, Role::Bad, &mut lines);
    }
    for text in &preview.says {
        mark(p.theme.glyphs.dot, text, Role::Text, &mut lines);
    }
    for text in &preview.warns {
        let sign = p.theme.glyphs.state(crate::model::phase::State::Error);
        mark(sign, text, Role::Warn, &mut lines);
    }
    for (names, one, many) in [
        (&preview.again, "step runs again", "steps run again"),
        (&preview.pods, "pod is deleted", "pods are deleted"),
    ] {
        if !names.is_empty() {
            let word = if names.len() == 1 { one } else { many };
            let named: Vec<&str> = names.iter().take(NAMED).map(|name| &**name).collect();
            let rest = names.len().saturating_sub(NAMED);
            let more = if rest > 0 {
                format!(" and {rest} more")
            } else {
                String::new()
            };
            let text = format!("{} {word}: {}{more}", names.len(), named.join(", "));
            mark(p.theme.glyphs.dot, &text, Role::Text, &mut lines);
        }
    }
    lines
}

/// What changes of the object, as a unified difference.
fn difference(pieces: &[Piece], width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if !pieces.is_empty() {
        lines.push(Line::default());
    }
    for piece in pieces {
        let role = match piece.side {
            Side::Place => Role::Accent,
            Side::Same => Role::Dim,
            Side::Old => Role::Bad,
            Side::New => Role::Ok,
            Side::Near => Role::Text,
        };
        let mark = piece.side.mark();
        if piece.text.is_empty() {
            lines.push(Line::of(mark, role));
        }
        for (at, part) in wrap(&piece.text, width.saturating_sub(mark.len()))
            .into_iter()
            .enumerate()
        {
            let mark = if at == 0 { mark } else { "  " };
            lines.push(Line::of(format!("{mark}{part}"), role));
        }
    }
    lines
}

/// The requests, and what does the same from a shell.
fn how(scene: &Scene<'_>, preview: &Preview, width: usize) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    for request in &preview.requests {
        let text = format!("{} {}", request.method, request.path);
        lines.extend(
            wrap(&text, width)
                .into_iter()
                .map(|piece| Line::of(piece, Role::Accent)),
        );
        // An object that is made is told above, line by line.
        if !request.body.is_empty() && !(preview.diff.iter().any(|_| &*request.method == "POST")) {
            let pieces = wrap(&request.body, width.saturating_sub(2)).into_iter();
            lines.extend(pieces.map(|piece| Line::of(format!("  {piece}"), Role::Dim)));
        }
    }
    if let Some(command) = &preview.equivalent {
        let shell = match scene.state.alone {
            true => "as a command (no other program reaches this cluster)",
            false => "the same from a shell",
        };
        lines.push(Line::default());
        lines.push(Line::of(shell, Role::Faint));
        lines.extend(
            wrap(command, width.saturating_sub(2))
                .into_iter()
                .map(|piece| Line::of(format!("  {piece}"), Role::Dim)),
        );
    }
    lines
}

/// Three lines for each value: its name and what it is for, what was typed, what is wrong.
fn draw_form(p: &mut Painter<'_>, form: &Form, area: Rect) {
    // The one being typed is always in view.
    let fit = usize::from(area.height / 3).max(1);
    let first = (form.at + 1).saturating_sub(fit);
    for (line, (at, entry)) in form
        .entries
        .iter()
        .enumerate()
        .skip(first)
        .take(fit)
        .enumerate()
    {
        let y = area.y + line as u16 * 3;
        draw_entry(
            p,
            entry,
            at == form.at,
            form.tried,
            Rect::new(area.x, y, area.width, 3),
        );
    }
}

fn draw_entry(p: &mut Painter<'_>, entry: &Entry, here: bool, tried: bool, area: Rect) {
    let field = &entry.field;
    let role = if here { Role::Accent } else { Role::Text };
    let mut line = Line::of(field.name.to_string(), role);
    if field.required {
        line.push(" needed", Role::Faint);
    }
    if !field.description.is_empty() {
        line.push(format!("  {}", field.description), Role::Dim);
    }
    p.put_line(area.x, area.y, area.width, &line);
    let room = area.width.saturating_sub(2);
    if here {
        p.put(area.x, area.y + 1, 1, p.theme.glyphs.cursor, Role::Focus);
    }
    let used = match here {
        // As a whole it gives way to what is typed.
        true if entry.fresh => {
            let style = p.theme.style(Role::Text).add_modifier(Modifier::REVERSED);
            p.put_styled(area.x + 2, area.y + 1, room, entry.editor.text(), style)
        }
        true => typing::draw(p, &entry.editor, area.x + 2, area.y + 1, room),
        false => p.put(
            area.x + 2,
            area.y + 1,
            room,
            entry.editor.text(),
            Role::Text,
        ),
    };
    if let Some(why) = entry.problem().filter(|_| tried) {
        p.put(
            area.x + 4 + used,
            area.y + 1,
            room.saturating_sub(used + 2),
            &why,
            Role::Bad,
        );
    } else if here {
        p.put(
            area.x + 4 + used,
            area.y + 1,
            room.saturating_sub(used + 2),
            &aid(entry),
            Role::Faint,
        );
    }
}

/// What the keys do with a value: those it may have, that typing takes its place, how its default comes back.
fn aid(entry: &Entry) -> String {
    let field = &entry.field;
    if !field.options.is_empty() {
        let options: Vec<&str> = field.options.iter().map(|one| &**one).collect();
        return format!("left, right: {}", options.join(" "));
    }
    match &field.default {
        _ if entry.fresh => "typing takes its place; left, right: change it".to_string(),
        Some(default) if entry.has_left_default() => format!("ctrl-r: {default} again"),
        _ => String::new(),
    }
}

/// The last line: what enter does, and which keys answer.
fn answers(p: &mut Painter<'_>, scene: &Scene<'_>, dialog: &Dialog, area: Rect) {
    let verb = dialog.order.operation.verb();
    let deaf = dialog.ready.is_some_and(|ready| scene.now < ready);
    match (&dialog.face, &dialog.typed) {
        (Face::Reading | Face::Editing, _) => {
            p.put(area.x, area.y, area.width, "esc cancels", Role::Dim);
        }
        (Face::Refused(_), _) => {
            let text = match dialog.has_draft() {
                true => "e edit again · enter or esc closes and keeps what was written",
                false => "enter or esc closes",
            };
            p.put(area.x, area.y, area.width, text, Role::Dim);
        }
        (Face::Filling(_), _) => {
            let text = "enter: next, then what it would do · tab moves · esc cancels";
            p.put(area.x, area.y, area.width, text, Role::Dim);
        }
        (Face::Agree(_), Some(editor)) => {
            let word = to_type(scene.state, dialog).map(|(_, word)| word);
            let text = format!("type {} and enter: ", word.unwrap_or_default());
            let used = p.put(area.x, area.y, area.width, &text, Role::Warn);
            typing::draw(
                p,
                editor,
                area.x + used,
                area.y,
                area.width.saturating_sub(used),
            );
        }
        (Face::Agree(prepared), None) => {
            let denied = !prepared.denied.is_empty();
            let mut x = area.x;
            let end = area.right();
            // The answer that enter gives stands in brackets: it is told without colour too.
            let button = |p: &mut Painter<'_>, x: u16, text: &str, on: bool, role: Role| {
                let (open, close) = if on { ("[", "]") } else { (" ", " ") };
                let text = format!("{open}{text}{close}");
                let used = p.put(x, area.y, end.saturating_sub(x), &text, role);
                if on {
                    p.tint(Rect::new(x, area.y, used, 1), Role::Select);
                }
                used
            };
            let no = if dialog.yes { Role::Dim } else { Role::Focus };
            x += button(p, x, "n No", !dialog.yes, no) + 2;
            let yes = match (deaf || denied, dialog.yes) {
                (true, _) => Role::Faint,
                (false, true) => Role::Focus,
                (false, false) => Role::Text,
            };
            let verb = if dialog.draft.is_some() {
                "apply"
            } else {
                verb
            };
            let text = format!("y Yes, {verb}");
            x += button(p, x, &text, dialog.yes, yes) + 2;
            if dialog.has_values() {
                p.put(x, area.y, end.saturating_sub(x), "p parameters", Role::Dim);
            }
            if dialog.has_draft() {
                p.put(x, area.y, end.saturating_sub(x), "e edit again", Role::Dim);
            }
        }
    }
}

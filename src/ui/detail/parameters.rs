//! The Parameters tab: what the run and the step were given and what they gave back.
//! Apart from the Summary, because values can be long.

use crate::app::focus::Focus;
use crate::app::screens::run::RunPage;
use crate::model::workflow::Parameter;
use crate::ui::detail::{heading, step};
use crate::ui::paint::{Line, wrap};
use crate::ui::theme::Role;

pub(super) fn lines(page: &RunPage, focus: &Focus, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let Some(workflow) = &focus.workflow else {
        return vec![Line::of("reading the run …", Role::Dim)];
    };
    group(
        &mut lines,
        "Arguments of the run",
        &workflow.parameters,
        width,
    );
    group(&mut lines, "Outputs of the run", &workflow.outputs, width);
    if let Some(step) = step(page, focus) {
        let name = &step.display;
        group(
            &mut lines,
            &format!("Inputs of {name}"),
            &step.inputs,
            width,
        );
        group(
            &mut lines,
            &format!("Outputs of {name}"),
            &step.outputs,
            width,
        );
        if let Some(result) = &step.result {
            heading(&mut lines, format!("Result of {name}"));
            text(&mut lines, result, width);
        }
    }
    if lines.is_empty() {
        lines.push(Line::of(
            "neither the run nor the step under the cursor has parameters",
            Role::Dim,
        ));
    }
    lines
}

/// Each with its value, what it may be and what it is for.
pub(in crate::ui) fn group(
    lines: &mut Vec<Line>,
    title: &str,
    parameters: &[Parameter],
    width: usize,
) {
    if parameters.is_empty() {
        return;
    }
    heading(lines, title);
    let label = parameters
        .iter()
        .map(|parameter| parameter.name.chars().count())
        .max()
        .unwrap_or(0)
        .clamp(6, 28);
    for parameter in parameters {
        let (value, role) = match (&parameter.value, parameter.supplied) {
            (Some(value), true) => (
                format!("a person supplies it, {value} if they do not"),
                Role::Human,
            ),
            (Some(value), false) => (value.to_string(), Role::Text),
            (None, true) => ("a person supplies it".to_string(), Role::Human),
            (None, false) => ("no value".to_string(), Role::Dim),
        };
        let room = width.saturating_sub(label + 2).max(8);
        let pieces = wrap(&value, room);
        for (at, piece) in pieces.iter().enumerate() {
            let name = if at == 0 { &*parameter.name } else { "" };
            lines.push(Line::of(format!("{name:<label$}  "), Role::Dim).and(*piece, role));
        }
        if pieces.is_empty() {
            lines.push(
                Line::of(format!("{:<label$}  ", parameter.name), Role::Dim)
                    .and("(empty)", Role::Faint),
            );
        }
        if !parameter.choices.is_empty() {
            let choices = format!("one of {}", parameter.choices.join(", "));
            for piece in wrap(&choices, room) {
                lines.push(Line::of(format!("{:<label$}  {piece}", ""), Role::Dim));
            }
        }
        if let Some(description) = &parameter.description {
            for piece in wrap(description, room) {
                lines.push(Line::of(format!("{:<label$}  {piece}", ""), Role::Dim));
            }
        }
    }
}

fn text(lines: &mut Vec<Line>, text: &str, width: usize) {
    for piece in wrap(text, width) {
        lines.push(Line::of(piece, Role::Text));
    }
}

//! The Events tab: Kubernetes events about the run and its pods, newest first.
//! Apart from the log: this is what the cluster says, that is what the programs say.

use crate::app::drawn::Drawn;
use crate::app::focus::Focus;
use crate::model::clock;
use crate::model::delta::Freshness;
use crate::model::event::KubeEvent;
use crate::ui::Scene;
use crate::ui::paint::{Line, wrap};
use crate::ui::theme::Role;

pub(super) fn lines(
    scene: &Scene<'_>,
    focus: &Focus,
    width: usize,
    drawn: &mut Drawn,
) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Freshness::Denied { why } | Freshness::Stale { why, .. } = &focus.events_freshness {
        lines.push(Line::of(why.to_string(), Role::Warn));
    }
    let mut events: Vec<&KubeEvent> = focus.own_events().collect();
    if events.is_empty() {
        let text = match focus.events_freshness {
            Freshness::Live => "no event: Kubernetes keeps them for an hour, often less",
            _ => "reading the events …",
        };
        lines.push(Line::of(text, Role::Dim));
        return lines;
    }
    events.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.key.cmp(&b.key)));
    for event in events {
        let age = event.last.map_or_else(String::new, |last| {
            let seconds = clock::seconds_between(last, scene.now);
            drawn.turns(scene.now, seconds);
            clock::age(seconds)
        });
        let role = if event.warning {
            Role::Warn
        } else {
            Role::Text
        };
        let times = if event.count > 1 {
            format!(" ×{}", event.count)
        } else {
            String::new()
        };
        lines.push(
            Line::of(format!("{age:>4}  "), Role::Dim)
                .and(format!("{}{times}", event.reason), role)
                .and(format!("  {} {}", event.kind, event.object), Role::Dim),
        );
        for piece in wrap(&event.message, width.saturating_sub(6)) {
            lines.push(Line::of("      ", Role::Dim).and(piece, Role::Text));
        }
    }
    lines
}

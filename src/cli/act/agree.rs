//! What would be done, as people read it, and the question whether it shall be.
//! Apart from doing it. Everything here goes to standard error, but for a rehearsal, which is an answer.

use std::io::{self, BufRead as _};

use super::report::{Item, unified};
use crate::cli::fail::{self, Failure};
use crate::model::act::Preview;
use crate::model::text::clean;

/// Names listed of steps that run again.
const LISTED: usize = 20;

/// All that is known of what would be done to one object.
pub(super) fn full(item: &Item, preview: &Preview) -> String {
    let phase = match &*preview.phase {
        "" => String::new(),
        phase => format!(" ({phase})"),
    };
    let mut text = format!("{}{phase}\n", clean(&item.subject()));
    let mut line = |text_of: &str| {
        text.push_str("  ");
        text.push_str(text_of.trim_end());
        text.push('\n');
    };
    for said in &preview.says {
        line(said);
    }
    for warned in &preview.warns {
        line(&format!("! {warned}"));
    }
    for (title, names) in [
        ("runs again", &preview.again),
        ("deletes pods", &preview.pods),
    ] {
        if !names.is_empty() {
            line(&format!("{title}: {}", some(names)));
        }
    }
    for piece in unified(&preview.diff) {
        line(&piece);
    }
    for request in &preview.requests {
        line(&format!("> {} {}", request.method, request.path));
        if !request.body.is_empty() {
            line(&format!("  {}", request.body));
        }
    }
    if let Some(equivalent) = &preview.equivalent {
        line(&format!("same as: {equivalent}"));
    }
    text
}

/// One line of it, for one of many.
fn brief(item: &Item, preview: &Preview) -> String {
    let mut text = clean(&item.subject()).into_owned();
    if !preview.again.is_empty() {
        text += &format!(", runs again: {}", some(&preview.again));
    }
    for warned in &preview.warns {
        text += &format!("\n  ! {warned}");
    }
    text + "\n"
}

fn some(names: &[std::sync::Arc<str>]) -> String {
    let shown: Vec<&str> = names.iter().take(LISTED).map(|name| &**name).collect();
    match names.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What stands above the question: the first in full, the others in a line each.
fn shown(items: &[&Item]) -> String {
    let mut text = String::new();
    let known = items
        .iter()
        .filter_map(|item| Some((*item, item.preview.as_deref()?)));
    for (at, (item, preview)) in known.enumerate() {
        text += &match at {
            0 => full(item, preview),
            _ => brief(item, preview),
        };
    }
    text
}

/// `retry payments/e2e-7?`, `retry 3 runs?`
fn question(items: &[&Item]) -> String {
    match items {
        [item] => format!("{}?", clean(&item.subject())),
        items => {
            let first = items.first().map(|item| &item.order);
            let verb = first.map_or("do", |order| order.operation.verb());
            let noun = match first.map(|order| order.kind) {
                Some(crate::model::act::Kind::CronWorkflow) => "crons",
                _ => "runs",
            };
            format!("{verb} {} {noun}?", items.len())
        }
    }
}

/// Shows it and asks; whether the answer was yes. The end of standard input is a no.
pub(super) async fn agreed(items: &[&Item], context: &str) -> Result<bool, Failure> {
    let text = format!(
        "{}{} (context {}) [y/N] ",
        shown(items),
        question(items),
        clean(context)
    );
    answered(text).await
}

/// Asks, and whether the answer is a yes.
pub(in crate::cli) async fn answered(text: String) -> Result<bool, Failure> {
    let answer = tokio::task::spawn_blocking(move || {
        fail::say(&text);
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map(|_| answer)
    });
    match answer.await {
        Ok(Ok(answer)) => Ok(matches!(answer.trim(), "y" | "Y" | "yes")),
        Ok(Err(why)) => Err(Failure::new(
            format!("the answer cannot be read: {why}; nothing was sent"),
            "With --yes nobody is asked.",
        )),
        Err(_) => Ok(false),
    }
}

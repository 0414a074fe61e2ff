//! Objects that are not there yet: tried by the server, shown, agreed to, created.
//! Apart from applying, which says what there must be; this makes something new or nothing.

use std::process::ExitCode;

use serde_json::Value;

use super::carry::Wish;
use super::launch::home;
use super::report::Item;
use super::{Agreement, run};
use crate::cli::Common;
use crate::cli::console::Look;
use crate::cli::fail::Failure;
use crate::model::act::{Kind, Operation, Order};
use crate::model::key::Key;

/// Creates QARuns. `documents` makes them for the namespace they are to be in.
pub(in crate::cli) fn create(
    common: &Common,
    look: &Look,
    agreement: &Agreement,
    documents: impl FnOnce(&str) -> Result<Vec<Value>, Failure>,
) -> ExitCode {
    run(common, look, agreement, |desk| async move {
        let namespace = home(&desk)?;
        let orders = documents(&namespace)?.iter().map(order).collect::<Vec<_>>();
        let wish = Wish {
            items: orders.into_iter().map(Item::open).collect(),
            named: true,
            missing: Vec::new(),
        };
        desk.carry_out(wish).await
    })
}

fn order(document: &Value) -> Order {
    let text = |key: &str| document["metadata"][key].as_str().unwrap_or_default();
    Order {
        kind: Kind::QaRun,
        key: Key::new(text("namespace"), text("name"), text("name")),
        operation: Operation::Create {
            document: document.to_string().into(),
        },
    }
}

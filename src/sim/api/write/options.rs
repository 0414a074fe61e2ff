//! The options of writes in a query: `dryRun`, `fieldValidation`, `fieldManager`, `force`.
//! Apart, because every kind of write refuses them in the same words under another name.

use serde_json::Value;

use super::super::super::schema::Cause;
use super::super::Call;
use super::super::status::{self, Failure};

/// What is to be done about fields that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fields {
    /// Nothing.
    Ignore,
    /// Name them in the answer.
    Warn,
    /// Refuse them.
    Strict,
}

/// Options of a write.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Nothing is to be stored.
    pub dry: bool,
    /// About unknown fields; `Warn` unless something else is said.
    pub fields: Fields,
}

impl Options {
    /// Reads them; `kind` is what the server calls them.
    ///
    /// # Errors
    /// 422 in its words.
    pub fn of(call: &Call, kind: &str) -> Result<Self, Failure> {
        let mut causes = Vec::new();
        let dry = call.query.all("dryRun");
        if dry.iter().any(|word| *word != "All") {
            causes.push(dry_run(&dry.iter().copied().map(Value::from).collect()));
        }
        let fields = match call.query.get("fieldValidation") {
            None | Some("Warn") => Fields::Warn,
            Some("Ignore") => Fields::Ignore,
            Some("Strict") => Fields::Strict,
            Some(other) => {
                causes.push(Cause::new(
                    "FieldValueNotSupported",
                    "fieldValidation",
                    format!("Unsupported value: {}: supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"", Value::from(other)),
                ));
                Fields::Warn
            }
        };
        let manager = call.query.get("fieldManager").unwrap_or_default();
        if manager.len() > 128 {
            causes.push(Cause::new(
                "FieldValueTooLong",
                "fieldManager",
                "Too long: may not be more than 128 bytes",
            ));
        }
        if kind == "PatchOptions" {
            patch(call, &mut causes);
        }
        if causes.is_empty() {
            return Ok(Self {
                dry: !dry.is_empty(),
                fields,
            });
        }
        Err(status::invalid_options(kind, &causes))
    }
}

/// A word of `dryRun` that is not `All`.
pub fn dry_run(words: &Value) -> Cause {
    Cause::new(
        "FieldValueNotSupported",
        "dryRun",
        format!("Unsupported value: {words}: supported values: \"All\""),
    )
}

fn patch(call: &Call, causes: &mut Vec<Cause>) {
    if super::body::media_type(call) == super::patching::APPLY {
        if call.query.get("fieldManager").is_none() {
            causes.push(Cause::new(
                "FieldValueRequired",
                "fieldManager",
                "Required value: is required for apply patch",
            ));
        }
    } else if call.query.get("force").is_some() {
        causes.push(Cause::new(
            "FieldValueForbidden",
            "force",
            "Forbidden: may not be specified for non-apply patch",
        ));
    }
}

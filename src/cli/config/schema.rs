//! JSON Schemas of the configuration files, for editors that complete and check while somebody writes.
//! Apart from reading the files, which says more than a schema can; both are derived from the same tables.
//!
//! Format: JSON Schema 2020-12, <https://json-schema.org/specification>.

use serde_json::{Map, Value, json};

use super::Kind;
use crate::app::command::{Scope, TABLE};
use crate::app::config::claude::Claude;
use crate::app::config::rules::{self, Fields, How};
use crate::app::config::settings::{KEYS, Kind as Says};
use crate::app::config::views;
use crate::app::keymap;
use crate::app::select::SortKey;
use crate::ui::glyphs;
use crate::ui::theme::read::{MODIFIERS, role_names};
use crate::ui::theme::{BUILT_IN, Role, colour};

/// The schema of a kind of file.
pub(super) fn text(of: Kind) -> Result<String, serde_json::Error> {
    let schema = match of {
        Kind::Config => config(),
        Kind::Keymap => keymap(),
        Kind::Theme => theme(),
    };
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}

fn file(title: &str, mut properties: Map<String, Value>) -> Value {
    let link = json!({ "type": "string", "description": "This schema" });
    properties.insert("$schema".to_string(), link);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// One of these names, or one of a person's own.
fn name(built_in: &[(&str, &str)], besides: Option<&str>, doc: &str) -> Value {
    let names: Vec<&str> = besides
        .into_iter()
        .chain(built_in.iter().map(|(name, _)| *name))
        .collect();
    json!({ "description": doc, "anyOf": [{ "enum": names }, { "type": "string" }] })
}

fn config() -> Value {
    let mut properties = Map::new();
    for key in &KEYS {
        let schema = match key.kind {
            Says::Theme(auto) => name(BUILT_IN, auto.then_some("auto"), key.doc),
            Says::Keymap => name(keymap::BUILT_IN, None, key.doc),
            Says::Word(words) => {
                let numbers = words.iter().filter_map(|word| word.parse::<u16>().ok());
                let all: Vec<Value> = words
                    .iter()
                    .map(|word| json!(word))
                    .chain(numbers.map(|number| json!(number)))
                    .collect();
                json!({ "description": key.doc, "enum": all })
            }
            Says::Flag => json!({ "description": key.doc, "type": "boolean" }),
            Says::Names => json!({ "description": key.doc, "anyOf": [
                { "type": "string" }, { "type": "array", "items": { "type": "string" } },
            ] }),
            Says::Seconds => {
                json!({ "description": key.doc, "type": "integer", "minimum": 0, "maximum": 60 })
            }
            Says::Claude(Claude::Number(from, to)) => {
                json!({ "description": key.doc, "type": "integer", "minimum": from, "maximum": to })
            }
            Says::Link | Says::Path | Says::Claude(_) => {
                json!({ "description": key.doc, "type": "string" })
            }
        };
        match key.name.split_once('.') {
            None => {
                properties.insert(key.name.to_string(), schema);
            }
            Some((table, name)) => {
                let empty =
                    json!({ "type": "object", "properties": {}, "additionalProperties": false });
                let table = properties.entry(table.to_string()).or_insert(empty);
                table["properties"][name] = schema;
            }
        }
    }
    let mut notify = items(rules::FIELDS);
    let words: Vec<&str> = How::ALL.iter().map(|(_, name)| *name).collect();
    notify["items"]["properties"]["how"]["items"] = json!({ "enum": words });
    properties.insert("notify".to_string(), notify);
    let mut view = items(views::FIELDS);
    let orders: Vec<&str> = SortKey::ALL.iter().map(|key| key.name()).collect();
    view["items"]["properties"]["sort"]["enum"] = json!(orders);
    view["items"]["required"] = json!(["name"]);
    properties.insert("view".to_string(), view);
    file("Tiphys: config.toml", properties)
}

/// Tables of one name.
fn items(fields: &Fields) -> Value {
    let properties = fields.iter().map(|(name, says, doc)| {
        let mut schema = match *says {
            "list" => json!({ "type": "array", "items": { "type": "string" } }),
            "flag" => json!({ "type": "boolean" }),
            _ => json!({ "type": "string" }),
        };
        schema["description"] = json!(doc);
        ((*name).to_string(), schema)
    });
    let properties: Map<String, Value> = properties.collect();
    let item = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    json!({ "type": "array", "items": item })
}

fn keymap() -> Value {
    let commands = TABLE
        .iter()
        .map(|info| json!({ "const": info.name, "description": info.doc }));
    let none = json!({ "const": "none", "description": "Takes the key away" });
    let line = json!({ "pattern": "^:", "description": "A line as it is typed: `:since 10m`" });
    let commands: Vec<Value> = commands.chain([none, line]).collect();
    let inherits = name(
        keymap::BUILT_IN,
        Some("none"),
        "The keymap that this one is laid over, key by key",
    );
    let mut properties = Map::from_iter([("inherits".to_string(), inherits)]);
    for scope in Scope::ALL {
        let keys =
            json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/command" } });
        properties.insert(scope.name().to_string(), keys);
    }
    let mut schema = file("Tiphys: keymap.toml, keymaps/NAME.toml", properties);
    schema["$defs"] = json!({ "command": { "oneOf": commands } });
    schema
}

fn theme() -> Value {
    let modifiers = MODIFIERS
        .iter()
        .map(|(name, _)| ((*name).to_string(), json!({ "type": "boolean" })));
    let colours = ["fg", "bg"].map(|name| (name.to_string(), json!({ "$ref": "#/$defs/colour" })));
    let fields: Map<String, Value> = colours.into_iter().chain(modifiers).collect();
    let roles: Map<String, Value> = role_names()
        .into_iter()
        .map(|name| {
            let role = Role::all().find(|role| role.name() == name);
            let doc = role.map_or("every state".to_string(), Role::doc);
            (name, json!({ "$ref": "#/$defs/style", "description": doc }))
        })
        .collect();
    let marks = glyphs::names();
    let mut glyphs: Map<String, Value> = marks
        .into_iter()
        .map(|name| (name.to_string(), json!({ "type": "string" })))
        .collect();
    glyphs.insert("set".to_string(), json!({ "enum": ["unicode", "ascii"] }));
    let names: Vec<&str> = colour::NAMES.iter().map(|(name, _)| *name).collect();
    let table = |inside: Value| json!({ "type": "object", "additionalProperties": inside });
    let closed = |properties: Map<String, Value>| json!({ "type": "object", "properties": properties, "additionalProperties": false });
    let properties = Map::from_iter([
        (
            "inherits".to_string(),
            name(
                BUILT_IN,
                Some("none"),
                "The theme that this one is laid over",
            ),
        ),
        (
            "palette".to_string(),
            table(json!({ "$ref": "#/$defs/colour" })),
        ),
        ("style".to_string(), closed(roles)),
        ("glyph".to_string(), closed(glyphs)),
    ]);
    let mut schema = file("Tiphys: themes/NAME.toml", properties);
    schema["properties"]["style"]["properties"]["state"] = json!({
        "description": "every state; or a style for each",
        "anyOf": [{ "$ref": "#/$defs/style" }, table(json!({ "$ref": "#/$defs/style" }))],
    });
    schema["$defs"] = json!({
        "colour": {
            "description": "#rrggbb, a name of the palette or of the sixteen, a number of the 256, or default",
            "anyOf": [
                { "enum": names },
                { "const": "default" },
                { "type": "string" },
                { "type": "integer", "minimum": 0, "maximum": 255 },
            ],
        },
        "style": { "anyOf": [{ "$ref": "#/$defs/colour" }, closed(fields)] },
    });
    schema
}

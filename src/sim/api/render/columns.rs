//! The columns of Tables, by kind.
//! Apart from the cells, because they are data: the built-in kinds' as recorded, the others' from their definitions.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::super::super::resource::Res;
use super::super::super::schema;

const TEXT: &str = include_str!("../../../../demo/columns.json");

fn recorded() -> &'static Value {
    static ALL: OnceLock<Value> = OnceLock::new();
    ALL.get_or_init(|| serde_json::from_str(TEXT).unwrap_or_default())
}

/// `columnDefinitions` of a kind.
pub fn columns(res: Res) -> Value {
    let all = recorded();
    if !res.custom() {
        let mut columns = all[res.plural].clone();
        for column in columns.as_array_mut().into_iter().flatten() {
            let shared = column["description"]
                .as_str()
                .and_then(|text| all.get(text));
            if let Some(shared) = shared {
                column["description"] = shared.clone();
            }
        }
        return columns;
    }
    let mut columns = vec![
        json!({"name": "Name", "type": "string", "format": "name", "description": all["@name"], "priority": 0}),
    ];
    let defined = schema::kind(res).and_then(|kind| kind.columns.as_array());
    match defined {
        Some(defined) => columns.extend(defined.iter().map(|column| {
            let format = column["format"].as_str().unwrap_or_default();
            json!({"name": column["name"], "type": column["type"], "format": format, "description": column["description"], "priority": column["priority"].as_u64().unwrap_or(0)})
        })),
        None => columns.push(
            json!({"name": "Age", "type": "date", "format": "", "description": all["@created"], "priority": 0}),
        ),
    }
    columns.into()
}

/// Cells of the empty row a Table bookmark carries.
pub fn empty_cells(res: Res) -> Value {
    let count = columns(res).as_array().map_or(1, Vec::len);
    let mut cells = vec![Value::from("")];
    cells.resize(count, Value::Null);
    Value::Array(cells)
}

//! Kubernetes events, in either of the two shapes the API still sends.
//! Apart from the objects they are about, which they name and nothing more.

use serde::Deserialize;

use super::intern::Interner;
use super::lax::{Number, Text};
use super::listing::Read;
use super::nest::Obj;
use super::row::{Meta, time};
use super::watch::Versioned;
use crate::model::event::KubeEvent;
use crate::model::text::{clean, clean_message};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct EventWire<'a> {
    #[serde(borrow)]
    metadata: Obj<Meta<'a>>,
    #[serde(borrow)]
    involved_object: Obj<Reference<'a>>,
    #[serde(borrow)]
    reason: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    count: Number,
    #[serde(borrow)]
    first_timestamp: Text<'a>,
    #[serde(borrow)]
    last_timestamp: Text<'a>,
    #[serde(borrow)]
    event_time: Text<'a>,
    #[serde(borrow)]
    series: Obj<Series<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reference<'a> {
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Series<'a> {
    count: Number,
    #[serde(borrow)]
    last_observed_time: Text<'a>,
}

/// Reads one event if it is about `run` or one of its pods, whose names start with the run's and a dash.
pub fn event(json: &[u8], run: &str, names: &mut Interner) -> Read<Versioned<KubeEvent>> {
    let wire: EventWire<'_> = match serde_json::from_slice(json) {
        Ok(wire) => wire,
        Err(error) => return Read::Malformed(error.to_string()),
    };
    let Some(meta) = wire.metadata.get() else {
        return Read::Malformed("the event has no metadata".to_string());
    };
    let (kind, object) = match wire.involved_object.get() {
        Some(about) => (about.kind.or_empty(), about.name.or_empty()),
        None => return Read::Skip,
    };
    let ours = match object.strip_prefix(run) {
        Some("") => true,
        Some(rest) => kind == "Pod" && rest.starts_with('-'),
        None => false,
    };
    if !ours {
        return Read::Skip;
    }
    let series = wire.series.get();
    let last = series
        .and_then(|series| time(&series.last_observed_time))
        .or_else(|| time(&wire.last_timestamp))
        .or_else(|| time(&wire.event_time))
        .or_else(|| time(&wire.first_timestamp))
        .or_else(|| time(&meta.creation_timestamp));
    let count = series
        .and_then(|series| series.count.get())
        .or(wire.count.get())
        .unwrap_or(1);
    let key = meta.key(names);
    Read::Item(Versioned {
        version: meta.resource_version.or_empty().parse().unwrap_or(0),
        item: KubeEvent {
            key: key.clone(),
            kind: names.get(&clean(kind)),
            object: names.get(&clean(object)),
            warning: wire.kind.get() == Some("Warning"),
            reason: names.get(&clean(wire.reason.or_empty())),
            message: clean_message(wire.message.or_empty()).into(),
            count: count.clamp(1, u64::from(u32::MAX)) as u32,
            last,
        },
        key,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Read<Versioned<KubeEvent>> {
        event(json.as_bytes(), "run", &mut Interner::new())
    }

    #[test]
    fn both_shapes_give_count_and_last_time() {
        let old = r#"{"metadata":{"name":"e","namespace":"n","uid":"1","resourceVersion":"3"},"type":"Warning","reason":"BackOff",
            "message":"Back-off","count":4,"lastTimestamp":"2026-01-01T00:00:04Z","eventTime":null,"involvedObject":{"kind":"Pod","name":"run-77"}}"#;
        let new = r#"{"metadata":{"name":"e","namespace":"n","uid":"1"},"type":"Normal","reason":"FailedScheduling","firstTimestamp":null,
            "lastTimestamp":null,"eventTime":"2026-01-01T00:00:01.123456Z","series":{"count":7,"lastObservedTime":"2026-01-01T00:00:09.5Z"},
            "involvedObject":{"kind":"Workflow","name":"run"}}"#;
        for (json, count, last, warning) in [
            (old, 4, "2026-01-01T00:00:04Z", true),
            (new, 7, "2026-01-01T00:00:09.5Z", false),
        ] {
            let Read::Item(read) = read(json) else {
                panic!("an event of the run is read");
            };
            assert_eq!(read.item.count, count);
            assert_eq!(read.item.last, last.parse().ok());
            assert_eq!(read.item.warning, warning);
        }
    }

    #[test]
    fn events_of_others_are_skipped() {
        for (kind, name) in [("Pod", "runner-1"), ("Workflow", "run-2"), ("Pod", "other")] {
            let json = format!(
                r#"{{"metadata":{{"name":"e"}},"involvedObject":{{"kind":"{kind}","name":"{name}"}}}}"#
            );
            assert_eq!(read(&json), Read::Skip, "{kind} {name}");
        }
    }
}

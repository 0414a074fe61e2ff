//! The shapes of an answer: whole objects, metadata only, and Tables.
//! Apart, because lists and watches print the same objects differently.

mod cells;
mod columns;

use http::{HeaderMap, header};

use super::super::resource::{PODS, Res};
use super::super::store::Object;
use super::route::Query;
use super::status::{Failure, bad_request, not_acceptable};

pub use columns::{columns, empty_cells};

/// The shape a caller asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Objects.
    Full,
    /// `PartialObjectMetadata`.
    Partial,
    /// `PartialObjectMetadataList`; of a watch the same as [`Shape::Partial`].
    Partials,
    /// `Table`.
    Table(Include),
}

/// What a Table row carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Include {
    /// Nothing.
    None,
    /// Metadata.
    Metadata,
    /// The object.
    Object,
}

/// What the caller asked for: a shape, and whether written as YAML.
///
/// # Errors
/// 406 where nothing in `Accept` can be served; 400 for an unknown `includeObject` of a Table.
pub fn shape(headers: &HeaderMap, query: &Query) -> Result<Shape, Failure> {
    accepted(headers, query).map(|(shape, _)| shape)
}

/// The caller wants YAML.
pub fn yaml(headers: &HeaderMap) -> bool {
    accepted(headers, &Query::default()).is_ok_and(|(_, yaml)| yaml)
}

/// `Accept` names a type that is served, whatever else it says of it.
pub fn any_type(headers: &HeaderMap) -> bool {
    let mut ranges = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|range| range.split(';').next().unwrap_or_default().trim())
        .peekable();
    ranges.peek().is_none()
        || ranges.any(|kind| {
            matches!(
                kind,
                "application/json"
                    | "application/yaml"
                    | "application/vnd.kubernetes.protobuf"
                    | "application/*"
                    | "*/*"
            )
        })
}

fn accepted(headers: &HeaderMap, query: &Query) -> Result<(Shape, bool), Failure> {
    let mut ranges: Vec<(f32, &str)> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|range| {
            let quality = range
                .split(';')
                .find_map(|part| part.trim().strip_prefix("q="));
            (quality.and_then(|q| q.parse().ok()).unwrap_or(1.0), range)
        })
        .collect();
    if ranges.is_empty() {
        return Ok((Shape::Full, false));
    }
    ranges.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, range) in ranges {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        if !matches!(
            kind,
            "application/json" | "application/yaml" | "application/*" | "*/*"
        ) {
            continue;
        }
        let (mut form, mut group, mut version) = (None, "", "");
        for part in parts {
            match part.split_once('=') {
                Some(("as", value)) => form = Some(value),
                Some(("g", value)) => group = value,
                Some(("v", value)) => version = value,
                _ => {}
            }
        }
        let meta = group == "meta.k8s.io" && version == "v1";
        let shape = match form {
            None => Shape::Full,
            Some("Table") if meta => Shape::Table(include(query)?),
            Some("PartialObjectMetadata") if meta => Shape::Partial,
            Some("PartialObjectMetadataList") if meta => Shape::Partials,
            Some(_) => continue,
        };
        return Ok((shape, kind == "application/yaml"));
    }
    Err(not_acceptable())
}

fn include(query: &Query) -> Result<Include, Failure> {
    Ok(match query.get("includeObject") {
        None | Some("Metadata") => Include::Metadata,
        Some("None") => Include::None,
        Some("Object") => Include::Object,
        Some(other) => {
            return Err(bad_request(format!(
                "Unable to convert to Table as requested: includeObject: Invalid value: \"{other}\": must be 'Metadata', 'Object', 'None', or empty"
            )));
        }
    })
}

/// Appends one object in a shape that is not a Table.
pub fn object(out: &mut Vec<u8>, shape: Shape, item: &Object) {
    if shape == Shape::Full {
        out.extend_from_slice(&item.body);
        return;
    }
    out.extend_from_slice(
        br#"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":"#,
    );
    out.extend_from_slice(item.metadata());
    out.push(b'}');
}

/// Appends one row of a Table.
pub fn row(out: &mut Vec<u8>, res: Res, include: Include, item: &Object, now: i64) {
    out.extend_from_slice(br#"{"cells":"#);
    out.extend_from_slice(cells::cells(res, item, now).to_string().as_bytes());
    if res == PODS
        && let Some(ended) = cells::ended(item)
    {
        out.extend_from_slice(format!(r#","conditions":{ended}"#).as_bytes());
    }
    out.extend_from_slice(br#","object":"#);
    match include {
        Include::None => out.extend_from_slice(b"null"),
        Include::Metadata => object(out, Shape::Partial, item),
        Include::Object => object(out, Shape::Full, item),
    }
    out.push(b'}');
}

/// An age as `kubectl` shows it. Source: `HumanDuration` of k8s.io/apimachinery.
fn human(seconds: i64) -> String {
    if seconds < -1 {
        return "<invalid>".to_owned();
    }
    let s = seconds.max(0);
    let (minutes, hours, days) = (s / 60, s / 3600, s / 86_400);
    let two = |big: i64, unit: char, small: i64, part: char| {
        if small == 0 {
            format!("{big}{unit}")
        } else {
            format!("{big}{unit}{small}{part}")
        }
    };
    match s {
        0..120 => format!("{s}s"),
        120..600 => two(minutes, 'm', s % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, 'd', hours % 24, 'h'),
        691_200..63_072_000 => format!("{days}d"),
        _ => two(days / 365, 'y', days % 365, 'd'),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_kubectls() {
        for (seconds, text) in [
            (0, "0s"),
            (119, "119s"),
            (349, "5m49s"),
            (1500, "25m"),
            (11_000, "3h3m"),
            (30_000, "8h"),
            (200_000, "2d7h"),
        ] {
            assert_eq!(human(seconds), text);
        }
    }

    #[test]
    fn the_first_shape_that_can_be_served_is_served() {
        let ask = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            shape(&headers, &Query::default()).ok()
        };
        assert_eq!(ask("application/json"), Some(Shape::Full));
        assert_eq!(
            ask("application/json;as=Table;g=meta.k8s.io;v=v1"),
            Some(Shape::Table(Include::Metadata))
        );
        assert_eq!(
            ask(
                "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json"
            ),
            Some(Shape::Partials)
        );
        assert_eq!(
            ask("application/json;as=Table;g=meta.k8s.io;v=v9,*/*"),
            Some(Shape::Full)
        );
        assert_eq!(ask("application/xml"), None);
    }
}

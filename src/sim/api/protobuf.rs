//! Reviews and a few small kinds that kubectl sends as protobuf, read into the JSON they stand for.
//! Apart, because nothing else is read in that form: objects of other kinds are refused with 415.
//!
//! Format: `k8s\0`, then `runtime.Unknown { 1: TypeMeta { 1: apiVersion, 2: kind }, 2: raw }`, the raw bytes being the
//! object. Field numbers: `generated.proto` of `k8s.io/api` and of `k8s.io/apimachinery/pkg/apis/meta/v1`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// The type of such a body.
pub const TYPE: &str = "application/vnd.kubernetes.protobuf";

/// A length-delimited field: its number and its bytes. Other wire types are passed over.
fn fields(mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
    let mut found = Vec::new();
    while let Some((key, rest)) = varint(bytes) {
        let (number, kind) = (key >> 3, key & 7);
        bytes = match kind {
            0 => match varint(rest) {
                Some((_, rest)) => rest,
                None => break,
            },
            1 => rest.get(8..).unwrap_or_default(),
            5 => rest.get(4..).unwrap_or_default(),
            2 => {
                let Some((length, rest)) = varint(rest) else {
                    break;
                };
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let Some(content) = rest.get(..length) else {
                    break;
                };
                found.push((number, content));
                &rest[length..]
            }
            _ => break,
        };
    }
    found
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (n, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * n);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[n + 1..]));
        }
    }
    None
}

fn last<'a>(all: &[(u64, &'a [u8])], number: u64) -> Option<&'a [u8]> {
    all.iter()
        .rev()
        .find(|(n, _)| *n == number)
        .map(|(_, bytes)| *bytes)
}

/// Texts by their numbers, which start at one.
fn texts(bytes: &[u8], names: &[&str]) -> Value {
    let all = fields(bytes);
    let mut out = Map::new();
    for (number, name) in (1..).zip(names) {
        if let Some(text) = last(&all, number).filter(|text| !text.is_empty()) {
            out.insert((*name).to_owned(), String::from_utf8_lossy(text).into());
        }
    }
    Value::Object(out)
}

/// A review of one's own rights as JSON; nothing where the bytes are none.
pub fn review(bytes: &[u8]) -> Option<Value> {
    let unknown = fields(bytes.strip_prefix(b"k8s\0")?);
    let mut object = texts(last(&unknown, 1)?, &["apiVersion", "kind"]);
    let raw = fields(last(&unknown, 2).unwrap_or_default());
    let spec = last(&raw, 2).unwrap_or_default();
    object["spec"] = match object["kind"].as_str()? {
        "SelfSubjectAccessReview" => {
            let parts = fields(spec);
            let mut spec = Map::new();
            if let Some(what) = last(&parts, 1) {
                let names = [
                    "namespace",
                    "verb",
                    "group",
                    "version",
                    "resource",
                    "subresource",
                    "name",
                ];
                spec.insert("resourceAttributes".to_owned(), texts(what, &names));
            }
            if let Some(path) = last(&parts, 2) {
                spec.insert(
                    "nonResourceAttributes".to_owned(),
                    texts(path, &["path", "verb"]),
                );
            }
            Value::Object(spec)
        }
        "SelfSubjectRulesReview" => texts(spec, &["namespace"]),
        _ => Value::Object(Map::new()),
    };
    Some(object)
}

/// The entries of a map of texts, or of bytes, which JSON writes in base64.
fn map(all: &[(u64, &[u8])], number: u64, bytes: bool) -> Value {
    let entries = all.iter().filter(|(n, _)| *n == number);
    let entries = entries.map(|(_, entry)| {
        let entry = fields(entry);
        let value = last(&entry, 2).unwrap_or_default();
        let value = if bytes {
            STANDARD.encode(value)
        } else {
            String::from_utf8_lossy(value).into_owned()
        };
        let key = String::from_utf8_lossy(last(&entry, 1).unwrap_or_default());
        (key.into_owned(), Value::from(value))
    });
    Value::Object(entries.collect())
}

/// An object of one of the small kinds as JSON; nothing for others.
pub fn object(bytes: &[u8]) -> Option<Value> {
    let unknown = fields(bytes.strip_prefix(b"k8s\0")?);
    let mut object = texts(last(&unknown, 1)?, &["apiVersion", "kind"]);
    let raw = fields(last(&unknown, 2).unwrap_or_default());
    let meta = last(&raw, 1).unwrap_or_default();
    object["metadata"] = texts(meta, &["name", "generateName", "namespace"]);
    let meta = fields(meta);
    object["metadata"]["labels"] = map(&meta, 11, false);
    object["metadata"]["annotations"] = map(&meta, 12, false);
    match object["kind"].as_str()? {
        "ConfigMap" => {
            object["data"] = map(&raw, 2, false);
            object["binaryData"] = map(&raw, 3, true);
        }
        "Secret" => {
            object["data"] = map(&raw, 2, true);
            object["stringData"] = map(&raw, 4, false);
            if let Some(kind) = last(&raw, 3).filter(|kind| !kind.is_empty()) {
                object["type"] = String::from_utf8_lossy(kind).into();
            }
        }
        "Namespace" | "ServiceAccount" => {}
        _ => return None,
    }
    Some(object)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_review_as_kubectl_sends_it_is_read() {
        let field = |number: u8, bytes: &[u8]| {
            let mut out = vec![number << 3 | 2, u8::try_from(bytes.len()).unwrap_or(0)];
            out.extend_from_slice(bytes);
            out
        };
        let what = [
            field(1, b"payments"),
            field(2, b"create"),
            field(3, b"argoproj.io"),
            field(5, b"workflows"),
        ]
        .concat();
        let raw = [field(1, b""), field(2, &field(1, &what)), field(3, &[8, 0])].concat();
        let kind = [
            field(1, b"authorization.k8s.io/v1"),
            field(2, b"SelfSubjectAccessReview"),
        ]
        .concat();
        let body = [b"k8s\0".to_vec(), field(1, &kind), field(2, &raw)].concat();
        assert_eq!(
            review(&body),
            Some(
                json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": {"namespace": "payments", "verb": "create", "group": "argoproj.io", "resource": "workflows"}}})
            )
        );
        assert_eq!(review(b"{}"), None);
    }
}

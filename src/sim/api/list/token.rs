//! `continue` tokens of lists.
//! Apart, because a token comes back from outside and may be anything.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use serde_json::{Value, json};

use super::super::super::store::Key;
use super::super::body;
use super::super::status::{Failure, bad_request};

/// Go does not mind bits that are left over.
const CODE: GeneralPurpose =
    GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));

/// Where a list goes on. Format: base64 of `{"v":"meta.k8s.io/v1","rv":…,"start":…}`, as the API server writes it.
pub struct Token {
    /// Of which version; below zero whatever is there now.
    pub version: i64,
    /// The first key that is wanted.
    pub start: Key,
}

impl Token {
    /// Reads a token.
    ///
    /// # Errors
    /// 400 in the words of the server.
    pub fn read(text: &str, namespace: Option<&str>) -> Result<Self, Failure> {
        let wrong = |why: &str| {
            bad_request(format!(
                "invalid continue token: continue key is not valid: {why}"
            ))
        };
        let bytes = CODE.decode(text).map_err(|why| match why {
            base64::DecodeError::InvalidByte(at, _)
            | base64::DecodeError::InvalidLastSymbol(at, _) => {
                wrong(&format!("illegal base64 data at input byte {at}"))
            }
            _ => wrong(&format!("illegal base64 data at input byte {}", text.len())),
        })?;
        let token: Value =
            serde_json::from_slice(&bytes).map_err(|_| wrong(&body::explain(&bytes)))?;
        let form = token["v"].as_str().unwrap_or_default();
        if form != "meta.k8s.io/v1" {
            return Err(wrong(&format!(
                "server does not recognize this encoded version {form}"
            )));
        }
        let (Some(version), Some(start)) = (token["rv"].as_i64(), token["start"].as_str()) else {
            return Err(wrong(
                "incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
            ));
        };
        let start = start.trim_start_matches('/');
        let (ns, name) = match namespace {
            Some(namespace) => (namespace, start),
            None => start.split_once('/').unwrap_or(("", start)),
        };
        Ok(Self {
            version,
            start: (ns.into(), name.into()),
        })
    }

    /// Writes a token.
    pub fn write(version: i64, start: &Key, namespace: Option<&str>) -> String {
        let path = match namespace {
            Some(_) => format!("/{}", start.1),
            None => format!("{}/{}", start.0, start.1),
        };
        CODE.encode(json!({"v": "meta.k8s.io/v1", "rv": version, "start": path}).to_string())
    }
}

//! `status.compressedNodes` unpacked: base64 of gzip, zstd or brotli of the nodes' JSON.
//! Apart, because it is the one place where a small input could become a big one, and the cap stands here.
//!
//! Source: Argo Workflows v4.1.2, `util/file/fileutil.go`: magic `28 b5 2f fd` is zstd, `1f 8b` gzip, anything else brotli.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::model::facts::Compression;

/// Largest size unpacked, in bytes. The API server takes objects of 1.5 MB; a thousandfold deflates at best.
pub const INFLATED_CAP: u64 = 256 << 20;

/// The JSON text, and how it was packed.
///
/// # Errors
/// One sentence: not base64, damaged, larger than [`INFLATED_CAP`], or not text.
pub fn inflate(text: &str) -> Result<(String, Compression), String> {
    inflate_within(text, INFLATED_CAP)
}

fn inflate_within(text: &str, cap: u64) -> Result<(String, Compression), String> {
    let packed = STANDARD
        .decode(text.trim())
        .map_err(|error| format!("compressedNodes is not base64: {error}"))?;
    let (bytes, how) = if packed.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let decoder = ruzstd::decoding::StreamingDecoder::new(packed.as_slice())
            .map_err(|error| format!("compressedNodes is damaged (zstd): {error}"))?;
        (read(decoder, cap, "zstd")?, Compression::Zstd)
    } else if packed.starts_with(&[0x1f, 0x8b]) {
        let decoder = flate2::read::GzDecoder::new(packed.as_slice());
        (read(decoder, cap, "gzip")?, Compression::Gzip)
    } else {
        let decoder = brotli_decompressor::Decompressor::new(packed.as_slice(), 4096);
        (read(decoder, cap, "brotli")?, Compression::Brotli)
    };
    let json =
        String::from_utf8(bytes).map_err(|_| "compressedNodes does not hold text".to_string())?;
    Ok((json, how))
}

fn read(from: impl Read, cap: u64, how: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    from.take(cap + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("compressedNodes is damaged ({how}): {error}"))?;
    if bytes.len() as u64 > cap {
        return Err(format!("compressedNodes unpacks to more than {cap} bytes"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> String {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        STANDARD.encode(encoder.finish().unwrap())
    }

    #[test]
    fn gzip_and_zstd_are_told_apart_by_their_magic() {
        let (json, how) = inflate(&gzip(b"{\"a\":{}}")).unwrap();
        assert_eq!((json.as_str(), how), ("{\"a\":{}}", Compression::Gzip));
        let zstd = ruzstd::encoding::compress_to_vec(
            b"{\"b\":{}}".as_slice(),
            ruzstd::encoding::CompressionLevel::Fastest,
        );
        let (json, how) = inflate(&STANDARD.encode(zstd)).unwrap();
        assert_eq!((json.as_str(), how), ("{\"b\":{}}", Compression::Zstd));
    }

    #[test]
    fn the_rest_is_brotli() {
        // Made with the reference encoder (`zlib.brotliCompressSync` of Node.js).
        let (json, how) = inflate("iwOAeyJjIjp7fX0D").unwrap();
        assert_eq!((json.as_str(), how), ("{\"c\":{}}", Compression::Brotli));
    }

    #[test]
    fn a_bomb_stops_at_the_cap() {
        let bomb = gzip(&vec![b' '; 1 << 20]);
        let error = inflate_within(&bomb, 1 << 16).unwrap_err();
        assert!(error.contains("more than 65536 bytes"), "{error}");
    }

    #[test]
    fn damage_is_a_sentence() {
        assert!(inflate("!!").unwrap_err().contains("not base64"));
        let cut = STANDARD.encode([0x1f, 0x8b, 8, 0]);
        assert!(inflate(&cut).unwrap_err().contains("damaged (gzip)"));
    }
}

//! Pictures: PNG, JPEG, GIF (its first frame) and WebP as pixels, and in words what they are.
//! Apart from texts, because a few bytes of a picture can claim to become gigabytes: what it claims is looked at before
//! anything is decoded, and nothing is read of it but pixels.

use std::io::Cursor;
use std::sync::Arc;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::Bytes;
use crate::model::artifact::size;
use crate::model::picture::{self, PIXELS, Picture, SIDE, Shrink};
use crate::model::preview::{Kind, PICTURE, Preview};
use crate::model::text::clean;

/// Bytes that a decoder may take while it works.
const MEMORY: usize = 192 << 20;

/// Formats by their first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Png,
    Jpeg,
    Gif,
    Webp,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Gif => "GIF",
            Self::Webp => "WebP",
        }
    }
}

/// What begins so. Sources: PNG 5.2; JPEG B.1.1.3 (SOI and the first byte of a marker); GIF89a 17; WebP container, "File
/// header".
pub(super) fn format(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Format::Png),
        [0xff, 0xd8, 0xff, ..] => Some(Format::Jpeg),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some(Format::Webp),
        _ => None,
    }
}

/// What it is in words, and its pixels where they can be had.
pub(super) fn show(preview: &mut Preview, bytes: Bytes<'_>, format: Format) {
    let much = bytes.total.map(|total| format!(", {}", size(total)));
    let much = much.unwrap_or_default();
    let name = format.name();
    if !bytes.whole {
        preview.push(Kind::Head, format!("a picture ({name}){much}"));
        let most = size(PICTURE as u64);
        let told = format!("it is larger than {most}: download it to look at it");
        return preview.push(Kind::Note, told);
    }
    match decoded(bytes.bytes, format) {
        Ok((picture, (width, height), rows)) => {
            let told = format!("a picture ({name}) of {width} × {height} pixels{much}");
            preview.push(Kind::Head, told);
            if rows < height {
                let told =
                    format!("the first {rows} of its {height} rows; a download has all of it");
                preview.push(Kind::Note, told);
            }
            preview.picture = Some(Arc::new(picture));
        }
        Err(why) => {
            preview.push(Kind::Head, format!("a picture ({name}){much}"));
            let why = clean(&why);
            preview.push(Kind::Warning, format!("it cannot be shown: {why}"));
        }
    }
}

/// Pixels, how many it has across and down, and rows that are kept; or why it is not to be had.
type Decoded = Result<(Picture, (u32, u32), u32), String>;

fn decoded(bytes: &[u8], format: Format) -> Decoded {
    match format {
        Format::Png => png(bytes),
        Format::Jpeg => jpeg(bytes),
        Format::Gif => gif(bytes),
        Format::Webp => webp(bytes),
    }
}

/// Refuses what claims to be larger than can be decoded.
fn bounded(width: u32, height: u32) -> Result<(), String> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err("it has no pixels".to_string());
    }
    if width > SIDE || height > SIDE || pixels > PIXELS {
        return Err(format!(
            "it claims {width} × {height} pixels, which is more than is decoded"
        ));
    }
    Ok(())
}

/// Takes rows of so many bytes a pixel: grey, grey and alpha, RGB, RGBA.
fn shrunk(size: (u32, u32), depth: usize, rows: impl Iterator<Item = impl AsRef<[u8]>>) -> Picture {
    let (kept, to) = picture::kept(size.0, size.1);
    let mut shrink = Shrink::new((size.0, kept), to);
    for row in rows.take(kept as usize) {
        shrink.row(row.as_ref().chunks_exact(depth).map(on_white));
    }
    shrink.picture()
}

/// A pixel on white paper: what is drawn on nothing is drawn in black, as a rule.
fn on_white(pixel: &[u8]) -> [u8; 3] {
    let over = |part: u8, alpha: u8| {
        let alpha = u16::from(alpha);
        // At most 255 × 255 / 255.
        ((u16::from(part) * alpha + 255 * (255 - alpha)) / 255) as u8
    };
    match *pixel {
        [grey] => [grey; 3],
        [grey, alpha] => [over(grey, alpha); 3],
        [red, green, blue] => [red, green, blue],
        [red, green, blue, alpha] => [red, green, blue].map(|part| over(part, alpha)),
        _ => [0; 3],
    }
}

fn whole(pixels: &[u8], (width, height): (u32, u32), depth: usize) -> (Picture, (u32, u32), u32) {
    let (kept, _) = picture::kept(width, height);
    let rows = pixels.chunks_exact((width as usize * depth).max(1));
    (shrunk((width, height), depth, rows), (width, height), kept)
}

fn png(bytes: &[u8]) -> Decoded {
    let told = |why: png::DecodingError| why.to_string();
    let limits = png::Limits { bytes: MEMORY };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    // Words and profiles of a picture can be compressed, and are not wanted.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let info = decoder.read_header_info().map_err(told)?;
    let (width, height) = (info.width, info.height);
    bounded(width, height)?;
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(told)?;
    let depth = reader.output_color_type().0.samples();
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("it is too large")?];
    reader.next_frame(&mut pixels).map_err(told)?;
    Ok(whole(&pixels, (width, height), depth))
}

fn jpeg(bytes: &[u8]) -> Decoded {
    let told = |why: zune_jpeg::errors::DecodeErrors| why.to_string();
    let options = DecoderOptions::new_cmd()
        .set_max_width(SIDE as usize)
        .set_max_height(SIDE as usize)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(told)?;
    let (width, height) = decoder.dimensions().ok_or("it has no size")?;
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let (width, height) = (side(width), side(height));
    bounded(width, height)?;
    let pixels = decoder.decode().map_err(told)?;
    let depth = decoder
        .output_colorspace()
        .map_or(3, |space| space.num_components());
    Ok(whole(&pixels, (width, height), depth))
}

fn gif(bytes: &[u8]) -> Decoded {
    let told = |why: gif::DecodingError| why.to_string();
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let limit = std::num::NonZeroU64::new(MEMORY as u64).ok_or("no memory")?;
    options.set_memory_limit(gif::MemoryLimit::Bytes(limit));
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(told)?;
    let (width, height) = (u32::from(decoder.width()), u32::from(decoder.height()));
    bounded(width, height)?;
    let frame = decoder.next_frame_info().map_err(told)?;
    let frame = frame.ok_or("it has no frame")?;
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (across, down) = (frame.width, frame.height);
    bounded(across.into(), down.into())?;
    let mut pixels = vec![0; decoder.buffer_size()];
    decoder.read_into_buffer(&mut pixels).map_err(told)?;
    // A frame is a part of its screen, and the rest of that shows nothing.
    let row = |y: usize| {
        let mut row = vec![0_u8; width as usize * 4];
        let inside = y.checked_sub(top).filter(|y| *y < usize::from(down));
        if let Some(y) = inside {
            let from = y * usize::from(across) * 4;
            let there = pixels.get(from..from + usize::from(across) * 4);
            let to = row.get_mut(left * 4..).unwrap_or_default();
            for (to, from) in to.iter_mut().zip(there.unwrap_or_default()) {
                *to = *from;
            }
        }
        row
    };
    let (kept, _) = picture::kept(width, height);
    let picture = shrunk((width, height), 4, (0..height as usize).map(row));
    Ok((picture, (width, height), kept))
}

fn webp(bytes: &[u8]) -> Decoded {
    let told = |why: image_webp::DecodingError| why.to_string();
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(told)?;
    decoder.set_memory_limit(MEMORY);
    let (width, height) = decoder.dimensions();
    bounded(width, height)?;
    let depth = if decoder.has_alpha() { 4 } else { 3 };
    let mut pixels = vec![0; decoder.output_buffer_size().ok_or("it is too large")?];
    decoder.read_image(&mut pixels).map_err(told)?;
    Ok(whole(&pixels, (width, height), depth))
}

#[cfg(test)]
mod tests;

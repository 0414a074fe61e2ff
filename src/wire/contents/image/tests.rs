#![allow(clippy::unwrap_used)]

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;

use super::*;
use crate::model::artifact::Packing;
use crate::wire::contents::preview;

/// A chunk of a PNG (PNG 5.3): length, kind, data, checksum of the last two.
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(kind);
    sum.update(data);
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], kind, data, &sum.sum().to_be_bytes()].concat()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A PNG as the standard says: eight bits a part, of this colour type, with these chunks before its pixels.
fn png_of(width: u32, height: u32, colour: u8, more: &[Vec<u8>], rows: &[u8]) -> Vec<u8> {
    let mut head = [width.to_be_bytes(), height.to_be_bytes()].concat();
    head.extend([8, colour, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    out.extend(chunk(b"IHDR", &head));
    out.extend(more.concat());
    out.extend(chunk(b"IDAT", &deflated(rows)));
    out.extend(chunk(b"IEND", &[]));
    out
}

fn look(bytes: &[u8]) -> Preview {
    let bytes = Bytes {
        bytes,
        total: Some(bytes.len() as u64),
        whole: true,
    };
    preview(bytes, "shot", Packing::Plain)
}

fn said(preview: &Preview) -> String {
    let lines = preview.lines.iter();
    lines.map(|line| format!("{}\n", line.text)).collect()
}

#[test]
fn a_picture_is_pixels_and_what_it_is_in_words() {
    // Two by two: red, green, blue, white; each row begins with its filter.
    let rows = [0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 255, 255, 255, 255];
    let bytes = png_of(2, 2, 2, &[], &rows);
    let seen = look(&bytes);
    let told = format!("a picture (PNG) of 2 × 2 pixels, {} B\n", bytes.len());
    assert_eq!(said(&seen), told);
    let picture = seen.picture.unwrap();
    assert_eq!((picture.width, picture.height), (2, 2));
    assert_eq!(
        picture.rgb(),
        [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]
    );
}

#[test]
fn what_is_transparent_stands_on_white() {
    let seen = look(&png_of(2, 1, 6, &[], &[0, 0, 0, 0, 0, 0, 0, 0, 128]));
    assert_eq!(seen.picture.unwrap().rgb(), [255, 255, 255, 127, 127, 127]);
    let grey = look(&png_of(1, 1, 0, &[], &[0, 77]));
    assert_eq!(grey.picture.unwrap().rgb(), [77; 3]);
}

/// One red pixel, by the standards' own smallest files: GIF89a appendix, WebP lossless, JPEG baseline.
#[test]
fn the_other_formats_are_read() {
    // Screen 2×1 of the palette red, blue; a frame of one pixel at its right, of colour 1.
    let gif =
        b"GIF89a\x02\0\x01\0\x80\0\0\xff\0\0\0\0\xff,\x01\0\0\0\x01\0\x01\0\0\x02\x02L\x01\0;";
    let seen = look(gif);
    assert_eq!(
        said(&seen),
        format!("a picture (GIF) of 2 × 1 pixels, {} B\n", gif.len())
    );
    assert_eq!(seen.picture.unwrap().rgb(), [255, 255, 255, 0, 0, 255]);
    let webp = look(include_bytes!("../data/red.webp"));
    assert_eq!(webp.picture.unwrap().rgb(), [255, 0, 0].repeat(12));
    let jpeg = look(include_bytes!("../data/red.jpg")).picture.unwrap();
    assert_eq!((jpeg.width, jpeg.height), (4, 3));
    let near = |pixel: &[u8]| pixel[0] > 250 && pixel[1] < 5 && pixel[2] < 5;
    assert!(jpeg.rgb().chunks(3).all(near), "{:?}", jpeg.rgb());
}

#[test]
fn a_bomb_is_refused_before_it_is_decoded() {
    for (width, height) in [(30_000, 30_000), (u32::MAX >> 1, 1), (1, 40_000), (0, 5)] {
        let seen = look(&png_of(width, height, 2, &[], &[0; 64]));
        assert_eq!(seen.picture, None, "{width} {height}");
        assert!(
            said(&seen).contains("it cannot be shown"),
            "{}",
            said(&seen)
        );
    }
    let seen = look(b"GIF89a\xff\xff\xff\xff\x80\0\0\xff\0\0\0\0\xff,\0\0\0\0\xff\xff\xff\xff\0\x02\x02L\x01\0;");
    assert!(
        said(&seen).contains("it claims 65535 × 65535 pixels"),
        "{}",
        said(&seen)
    );
}

#[test]
fn words_in_a_picture_are_never_read() {
    let hostile = b"Comment\0\x1b]0;owned\x07\x1b[2J\x1bP+q\x1b\\";
    let bomb = [&b"Comment\0\0"[..], &deflated(&vec![b'a'; 64 << 20])].concat();
    let profile = [&b"p\0\0"[..], &deflated(&vec![0; 64 << 20])].concat();
    let more = [
        chunk(b"tEXt", hostile),
        chunk(b"zTXt", &bomb),
        chunk(b"iCCP", &profile),
    ];
    let seen = look(&png_of(1, 1, 2, &more, &[0, 1, 2, 3]));
    assert_eq!(seen.lines.len(), 1);
    assert!(said(&seen).chars().all(|c| !c.is_control() || c == '\n'));
    assert_eq!(seen.picture.unwrap().rgb(), [1, 2, 3]);
}

#[test]
fn a_long_page_is_shown_from_its_top() {
    let row = [&[0_u8][..], &[9; 300]].concat();
    let seen = look(&png_of(100, 900, 2, &[], &row.repeat(900)));
    assert!(
        said(&seen).contains("the first 225 of its 900 rows"),
        "{}",
        said(&seen)
    );
    let picture = seen.picture.unwrap();
    assert_eq!((picture.width, picture.height), (100, 225));
}

#[test]
fn what_was_not_read_to_its_end_is_only_told() {
    let bytes = png_of(1, 1, 2, &[], &[0, 1, 2, 3]);
    let part = Bytes {
        bytes: &bytes[..60],
        total: Some(9 << 20),
        whole: false,
    };
    let seen = preview(part, "shot.png", Packing::Plain);
    assert_eq!(seen.picture, None);
    assert_eq!(
        said(&seen),
        "a picture (PNG), 9.0 MiB\nit is larger than 8.0 MiB: download it to look at it\n"
    );
}

proptest! {
    /// Whatever is broken in a file, it ends in words.
    #[test]
    fn broken_files_are_survived(
        which in 0_usize..4,
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let whole: [&[u8]; 4] = [
            &png_of(2, 2, 2, &[], &[0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 255, 255, 255, 255]),
            b"GIF89a\x02\0\x01\0\x80\0\0\xff\0\0\0\0\xff,\x01\0\0\0\x01\0\x01\0\0\x02\x02L\x01\0;",
            include_bytes!("../data/red.webp"),
            include_bytes!("../data/red.jpg"),
        ];
        let mut bytes = whole[which].to_vec();
        for (at, byte) in hits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let seen = look(&bytes);
        prop_assert!(!seen.lines.is_empty());
        prop_assert!(said(&seen).chars().all(|c| !c.is_control() || c == '\n'));
    }
}

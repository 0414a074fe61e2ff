#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::*;

fn picture(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 3]) -> Arc<Picture> {
    let at = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let rgb: Vec<u8> = at.flat_map(|(x, y)| colour(x, y)).collect();
    Arc::new(Picture::new(width, height, rgb.into()).unwrap())
}

fn placed(protocol: Protocol, picture: &Arc<Picture>) -> Placed {
    Placed {
        picture: Arc::clone(picture),
        protocol,
        at: (3, 1),
        cells: (2, 1),
        cell: (10, 20),
    }
}

fn sent(scenery: Scenery) -> String {
    match scenery {
        Scenery::Send(bytes) => String::from_utf8(bytes).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Six rows of one sixel are a letter of six bits above `?`; the manual's own example is built so.
#[test]
fn sixels_are_bands_of_six_rows_of_a_palette() {
    let red_above_blue = picture(5, 7, |_, y| if y < 1 { [255, 0, 0] } else { [0, 0, 255] });
    let text = sixel::written(&red_above_blue);
    // The first row is bit 0 (`@`), the other five are 62 (`}`); the second band has one row of blue.
    assert_eq!(
        String::from_utf8(text).unwrap(),
        "\x1bP0;1;0q\"1;1;5;7#0;2;100;0;0#1;2;0;0;100#0!5@$#1!5}-#1!5@-\x1b\\"
    );
}

#[test]
fn many_colours_become_near_ones() {
    let many = picture(64, 64, |x, y| {
        [(x * 4) as u8, (y * 4) as u8, ((x ^ y) * 4) as u8]
    });
    let palette = palette::of(&many);
    assert!(palette.colours.len() <= palette::MOST);
    assert!(palette.colours.len() > 200, "{}", palette.colours.len());
    let (pixels, _) = many.rgb().as_chunks::<3>();
    let off = |(pixel, at): (&[u8; 3], &u8)| {
        let near = palette.colours[usize::from(*at)];
        (0..3)
            .map(|part| u64::from(pixel[part].abs_diff(near[part])))
            .sum::<u64>()
    };
    let sum: u64 = pixels.iter().zip(&palette.pixels).map(off).sum();
    // 8 of 255 for each part, at the mean.
    assert!(sum / (3 * 64 * 64) <= 8, "{sum}");
}

#[test]
fn a_file_of_pixels_only_goes_to_kitty_and_iterm() {
    let one = picture(20, 20, |x, _| [x as u8, 0, 0]);
    for protocol in [Protocol::Kitty, Protocol::Iterm2] {
        let text = sent(Stage::default().set(Some(placed(protocol, &one))));
        let (start, end) = match protocol {
            Protocol::Kitty => ("\x1b_Ga=T,f=100,i=21609,p=1,c=2,r=1,C=1,q=2,m=0;", "\x1b\\"),
            _ => ("preserveAspectRatio=0;doNotMoveCursor=1:", "\x07"),
        };
        let inside = text.strip_prefix("\x1b7\x1b[2;4H").unwrap();
        let inside = inside.strip_suffix("\x1b8").unwrap();
        let file = inside.split_once(start).unwrap().1;
        let file = STANDARD.decode(file.strip_suffix(end).unwrap()).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, one.rgb());
    }
}

#[test]
fn a_large_file_goes_to_kitty_in_pieces_that_it_takes() {
    let bytes = vec![7; 10_000];
    let text = String::from_utf8(kitty::shown(&bytes, (80, 24))).unwrap();
    let pieces: Vec<&str> = text.split_terminator("\x1b\\").collect();
    assert_eq!(pieces.len(), 4);
    let more: Vec<bool> = pieces.iter().map(|piece| piece.contains("m=1;")).collect();
    assert_eq!(more, [true, true, true, false]);
    let data: String = pieces
        .iter()
        .map(|piece| piece.split_once(';').unwrap().1)
        .collect();
    assert!(
        pieces
            .iter()
            .all(|piece| piece.split_once(';').unwrap().1.len() <= 4096)
    );
    assert_eq!(STANDARD.decode(data).unwrap(), bytes);
}

#[test]
fn what_stands_is_sent_once_and_taken_away() {
    let one = picture(2, 2, |_, _| [1, 2, 3]);
    let mut stage = Stage::default();
    assert_eq!(stage.set(None), Scenery::Stays);
    assert!(sent(stage.set(Some(placed(Protocol::Kitty, &one)))).contains("a=T"));
    assert!(stage.is_set());
    assert_eq!(
        stage.set(Some(placed(Protocol::Kitty, &one))),
        Scenery::Stays
    );
    assert_eq!(sent(stage.set(None)), "\x1b_Ga=d,d=I,i=21609,q=2\x1b\\");
    assert_eq!(stage.strike(), b"");
    // What covers cells is covered by cells.
    let sixel = placed(Protocol::Sixel, &one);
    assert!(sent(stage.set(Some(sixel.clone()))).contains("\x1bP0;1;0q"));
    let moved = Placed {
        at: (0, 0),
        ..sixel
    };
    assert_eq!(stage.set(Some(moved.clone())), Scenery::Repaint);
    assert!(sent(stage.set(Some(moved))).contains("\x1b[1;1H"));
    stage.forget();
    assert_eq!(stage.set(None), Scenery::Stays);
}

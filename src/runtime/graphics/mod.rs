//! Pictures that the terminal shows itself: what is sent so that one stands where its place was left, and goes again.
//! Apart from frames, because a picture is no cell: it stays until it is taken away, and must not be sent with every frame.
//!
//! What is sent is made of pixels only: nothing of the file that they came from is in it.

mod kitty;
mod palette;
mod sixel;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::app::graphics::{Placed, Protocol};
use crate::model::picture::Picture;

/// What stands on the terminal.
#[derive(Debug, Default)]
pub struct Stage {
    shown: Option<Placed>,
}

/// What is to be done so that the terminal shows what was drawn.
#[derive(Debug, PartialEq)]
pub enum Scenery {
    /// Nothing: it does.
    Stays,
    /// The screen is to be painted anew, which covers what stands there, and then the stage is set again.
    Repaint,
    /// This is to be sent, after the frame.
    Send(Vec<u8>),
}

impl Stage {
    /// Something stands there.
    pub fn is_set(&self) -> bool {
        self.shown.is_some()
    }

    /// Everything on the terminal was wiped away, or somebody else has it.
    pub fn forget(&mut self) {
        self.shown = None;
    }

    /// What it takes to show this, and nothing else.
    pub fn set(&mut self, wanted: Option<Placed>) -> Scenery {
        if same(self.shown.as_ref(), wanted.as_ref()) {
            return Scenery::Stays;
        }
        let mut bytes = match self.shown.take() {
            None => Vec::new(),
            Some(old) if old.protocol == Protocol::Kitty => kitty::gone(),
            Some(_) => return Scenery::Repaint,
        };
        if let Some(placed) = &wanted {
            bytes.extend(shown(placed));
        }
        self.shown = wanted;
        Scenery::Send(bytes)
    }

    /// What takes away what a repaint does not, before the terminal is given back.
    pub fn strike(&mut self) -> Vec<u8> {
        match self.shown.take() {
            Some(old) if old.protocol == Protocol::Kitty => kitty::gone(),
            _ => Vec::new(),
        }
    }
}

/// The same picture at the same place: a picture is one allocation for as long as it is looked at.
fn same(one: Option<&Placed>, other: Option<&Placed>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => {
            let place = |placed: &Placed| (placed.protocol, placed.at, placed.cells, placed.cell);
            std::sync::Arc::ptr_eq(&one.picture, &other.picture) && place(one) == place(other)
        }
        _ => false,
    }
}

/// The cursor is put where it was: a frame believes that it knows.
fn shown(placed: &Placed) -> Vec<u8> {
    let (column, row) = placed.at;
    let mut bytes = format!("\x1b7\x1b[{};{}H", row + 1, column + 1).into_bytes();
    let sent = match placed.protocol {
        Protocol::Kitty => kitty::shown(&png(&fitted(placed)), placed.cells),
        Protocol::Iterm2 => iterm2(&png(&fitted(placed)), placed.cells),
        Protocol::Sixel => sixel::written(&fitted(placed)),
    };
    bytes.extend(sent);
    bytes.extend(b"\x1b8");
    bytes
}

/// As many pixels as its place has.
fn fitted(placed: &Placed) -> Picture {
    let side = |cells: u16, pixels: u16| u32::from(cells) * u32::from(pixels);
    let (across, down) = placed.cell;
    let (columns, rows) = placed.cells;
    placed
        .picture
        .scaled(side(columns, across), side(rows, down))
}

/// A file of nothing but pixels.
fn png(picture: &Picture) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width, picture.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    // Into memory, and as many bytes as it says.
    if let Ok(mut writer) = encoder.write_header() {
        let _ = writer.write_image_data(picture.rgb());
    }
    bytes
}

/// Source: <https://iterm2.com/documentation-images.html>.
fn iterm2(file: &[u8], (columns, rows): (u16, u16)) -> Vec<u8> {
    let text = STANDARD.encode(file);
    let size = file.len();
    let how = format!(
        "size={size};width={columns};height={rows};preserveAspectRatio=0;doNotMoveCursor=1"
    );
    format!("\x1b]1337;File=inline=1;{how}:{text}\x07").into_bytes()
}

#[cfg(test)]
mod tests;

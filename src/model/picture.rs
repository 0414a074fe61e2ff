//! A picture as pixels, small enough to keep, and how it is fitted into a room.
//! Apart from how a terminal shows it, because half blocks and graphics show the same.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// Longest side of a picture that is decoded, in pixels: a page of a browser can be this long.
pub const SIDE: u32 = 32_768;
/// Pixels of a picture that is decoded; of more a decoder would want more memory than a console should take.
pub const PIXELS: u64 = 32 << 20;
/// Pixels that are kept across and down: more than any terminal shows of one, but its fonts are read at this.
pub const KEPT: (u32, u32) = (1_600, 1_200);

/// A picture without transparency.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Picture {
    /// Pixels across, not 0.
    pub width: u32,
    /// Pixels down, not 0.
    pub height: u32,
    /// Three bytes a pixel (red, green, blue), rows from the top.
    rgb: Arc<[u8]>,
}

/// A picture in a recording.
#[derive(Serialize, Deserialize)]
struct Written {
    width: u32,
    height: u32,
    rgb: String,
}

impl From<Picture> for Written {
    fn from(picture: Picture) -> Self {
        Self {
            width: picture.width,
            height: picture.height,
            rgb: STANDARD.encode(&picture.rgb),
        }
    }
}

impl TryFrom<Written> for Picture {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let rgb = STANDARD.decode(written.rgb);
        let rgb = rgb.map_err(|why| format!("a picture is no base64: {why}"))?;
        let lacking = || "a picture has not as many pixels as it says".to_string();
        Self::new(written.width, written.height, rgb.into()).ok_or_else(lacking)
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}×{})", self.width, self.height)
    }
}

impl Picture {
    /// `None`: there are not just so many pixels, or none.
    pub fn new(width: u32, height: u32, rgb: Arc<[u8]>) -> Option<Self> {
        let wanted = u64::from(width) * u64::from(height) * 3;
        (wanted > 0 && wanted == rgb.len() as u64).then_some(Self { width, height, rgb })
    }

    /// Its bytes, three a pixel, rows from the top.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The same in so many pixels at most its own, each the mean of what it stands for.
    #[must_use]
    pub fn scaled(&self, width: u32, height: u32) -> Self {
        let (width, height) = (width.clamp(1, self.width), height.clamp(1, self.height));
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let mut shrink = Shrink::new((self.width, self.height), (width, height));
        for row in self.rgb.chunks_exact(self.width as usize * 3) {
            shrink.row(row.as_chunks().0.iter().copied());
        }
        shrink.picture()
    }

    /// Columns and rows of a room of so many cells that it takes, undistorted and never larger than it is.
    pub fn cells(&self, room: (u16, u16), cell: (u16, u16)) -> (u16, u16) {
        let (across, down) = (f64::from(cell.0.max(1)), f64::from(cell.1.max(1)));
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let by_width = f64::from(room.0) * across / width;
        let by_height = f64::from(room.1) * down / height;
        let scale = by_width.min(by_height).min(1.0);
        let cells = |pixels: f64, cell: f64, most: u16| {
            ((pixels * scale / cell).round() as u16).clamp(1, most.max(1))
        };
        (cells(width, across, room.0), cells(height, down, room.1))
    }
}

/// What is kept of a picture of so many pixels: rows from its top, and in how many pixels. A telephone's screen is kept
/// whole; a longer page is read from its top, because all of it would be a strip that nobody can read.
pub fn kept(width: u32, height: u32) -> (u32, (u32, u32)) {
    let rows = height.min(width.saturating_mul(9) / 4).max(height.min(64));
    let scale = |most: u32, side: u32| f64::from(most) / f64::from(side.max(1));
    let scale = scale(KEPT.0, width).min(scale(KEPT.1, rows)).min(1.0);
    let side = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
    (rows, (side(width), side(rows)))
}

/// Makes a smaller picture of rows as they come: no more than two rows are held besides the result.
pub struct Shrink {
    from: (u32, u32),
    to: (u32, u32),
    /// Sums of the row that is being made.
    sums: Vec<[u32; 3]>,
    counts: Vec<u32>,
    row: u32,
    rgb: Vec<u8>,
}

impl Shrink {
    /// From so many pixels to so many, which are not more.
    pub fn new(from: (u32, u32), to: (u32, u32)) -> Self {
        let to = (to.0.clamp(1, from.0.max(1)), to.1.clamp(1, from.1.max(1)));
        Self {
            from,
            to,
            sums: vec![[0; 3]; to.0 as usize],
            counts: vec![0; to.0 as usize],
            row: 0,
            rgb: Vec::with_capacity(to.0 as usize * to.1 as usize * 3),
        }
    }

    /// The next row, from the top.
    pub fn row(&mut self, pixels: impl Iterator<Item = [u8; 3]>) {
        if self.row >= self.from.1 {
            return;
        }
        let (from, to) = (u64::from(self.from.0), u64::from(self.to.0));
        for (x, pixel) in pixels.take(self.from.0 as usize).enumerate() {
            let at = (x as u64 * to / from) as usize;
            for (sum, part) in self.sums[at].iter_mut().zip(pixel) {
                *sum += u32::from(part);
            }
            self.counts[at] += 1;
        }
        let line = |row: u32| u64::from(row) * u64::from(self.to.1) / u64::from(self.from.1);
        let over = line(self.row) != line(self.row + 1);
        self.row += 1;
        if over {
            self.end_row();
        }
    }

    fn end_row(&mut self) {
        for (sums, count) in self.sums.iter_mut().zip(&mut self.counts) {
            let mean = sums.map(|sum| u8::try_from(sum / (*count).max(1)).unwrap_or(u8::MAX));
            self.rgb.extend(mean);
            (*sums, *count) = ([0; 3], 0);
        }
    }

    /// What was made; rows that did not come are black.
    pub fn picture(mut self) -> Picture {
        self.rgb
            .resize(self.to.0 as usize * self.to.1 as usize * 3, 0);
        Picture {
            width: self.to.0,
            height: self.to.1,
            rgb: self.rgb.into(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(width: u32, height: u32) -> Picture {
        let rgb = [9, 8, 7].repeat((width * height) as usize);
        Picture::new(width, height, rgb.into()).unwrap()
    }

    #[test]
    fn a_pixel_is_the_mean_of_what_it_stands_for() {
        let rgb = [[0; 3], [100, 0, 0], [200; 3], [0, 100, 0]].concat();
        let picture = Picture::new(4, 1, rgb.into()).unwrap();
        assert_eq!(picture.scaled(2, 1).rgb(), [50, 0, 0, 100, 150, 100]);
        assert_eq!(picture.scaled(9, 9), picture, "never larger");
    }

    #[test]
    fn it_fits_its_room_undistorted() {
        let screen = plain(1280, 720);
        // 80 cells of 10 by 20 pixels are 800 pixels; 450 of them down are 22.5 cells.
        assert_eq!(screen.cells((80, 40), (10, 20)), (80, 23));
        assert_eq!(screen.cells((80, 9), (10, 20)), (32, 9));
        assert_eq!(plain(20, 20).cells((80, 40), (10, 20)), (2, 1));
        assert_eq!(screen.cells((0, 0), (0, 0)), (1, 1));
        assert_eq!(kept(1280, 720), (720, (1280, 720)));
        assert_eq!(kept(3200, 1800), (1800, (1600, 900)));
        assert_eq!(kept(1080, 2340), (2340, (554, 1200)));
        assert_eq!(kept(400, 12_000), (900, (400, 900)));
        assert_eq!(kept(1, 50), (50, (1, 50)));
    }

    #[test]
    fn a_recording_holds_all_of_it_and_lies_are_refused() {
        let picture = plain(3, 2);
        let text = serde_json::to_string(&picture).unwrap();
        assert_eq!(serde_json::from_str::<Picture>(&text).unwrap(), picture);
        let lie = text.replace("\"width\":3", "\"width\":4");
        assert!(serde_json::from_str::<Picture>(&lie).is_err());
        assert!(Picture::new(0, 0, Arc::from([])).is_none());
    }

    proptest! {
        #[test]
        fn any_size_becomes_any_smaller_one(from in (1_u32..60, 1_u32..60), to in (0_u32..70, 0_u32..70)) {
            let picture = plain(from.0, from.1).scaled(to.0, to.1);
            prop_assert!(picture.width <= from.0 && picture.height <= from.1);
            prop_assert_eq!(picture.rgb(), [9, 8, 7].repeat((picture.width * picture.height) as usize));
        }
    }
}

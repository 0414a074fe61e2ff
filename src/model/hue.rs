//! Colours by what the eye calls them: of any of a terminal's the nearest that has a name.
//! Apart from themes, which say how a name looks: a log has colours of its own before there is a screen.

use serde::{Deserialize, Serialize};

/// A colour by name, or what stands out without one. White is how text looks anyway, and none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // the names say it
pub enum Hue {
    Grey,
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
    Bold,
}

/// Levels of red, green and blue in xterm's cube of 6×6×6 (colours 16–231).
pub const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Hue {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Grey,
        Self::Red,
        Self::Green,
        Self::Yellow,
        Self::Blue,
        Self::Magenta,
        Self::Cyan,
        Self::Bold,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::Red => "red",
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Blue => "blue",
            Self::Magenta => "magenta",
            Self::Cyan => "cyan",
            Self::Bold => "bold",
        }
    }

    /// Of one of a terminal's 256: the sixteen, xterm's cube, its greys.
    pub fn of_index(index: u8) -> Option<Self> {
        match index {
            0 | 8 => Some(Self::Grey),
            1 | 9 => Some(Self::Red),
            2 | 10 => Some(Self::Green),
            3 | 11 => Some(Self::Yellow),
            4 | 12 => Some(Self::Blue),
            5 | 13 => Some(Self::Magenta),
            6 | 14 => Some(Self::Cyan),
            7 | 15 => None,
            _ => Self::of_rgb(xterm(index)?),
        }
    }

    /// Of red, green and blue.
    pub fn of_rgb(rgb: (u8, u8, u8)) -> Option<Self> {
        match degrees(rgb) {
            Some(degrees) => Some(Self::of_degrees(degrees)),
            None => (rgb.0.max(rgb.1).max(rgb.2) < 0xa0).then_some(Self::Grey),
        }
    }

    /// Of a place on the colour circle.
    pub fn of_degrees(degrees: u16) -> Self {
        match degrees {
            0..=17 | 330..=360 => Self::Red,
            18..=74 => Self::Yellow,
            75..=159 => Self::Green,
            160..=194 => Self::Cyan,
            195..=259 => Self::Blue,
            _ => Self::Magenta,
        }
    }
}

/// Red, green and blue of xterm's cube (16–231) and of its 24 greys (232–255: 8, 18, … 238); `None` for the sixteen
/// before them, which are as a person set them.
pub fn xterm(index: u8) -> Option<(u8, u8, u8)> {
    match index {
        0..=15 => None,
        16..=231 => {
            let at = usize::from(index - 16);
            Some((CUBE[at / 36], CUBE[at / 6 % 6], CUBE[at % 6]))
        }
        232.. => {
            let grey = 8 + 10 * (index - 232);
            Some((grey, grey, grey))
        }
    }
}

/// Degrees on the colour circle; `None` for what is grey to the eye.
pub fn degrees((r, g, b): (u8, u8, u8)) -> Option<u16> {
    let (max, min) = (r.max(g).max(b), r.min(g).min(b));
    let chroma = f64::from(max - min);
    if chroma < 48.0 {
        return None;
    }
    let (r, g, b) = (f64::from(r), f64::from(g), f64::from(b));
    let max = f64::from(max);
    let sixths = if max == r {
        ((g - b) / chroma).rem_euclid(6.0)
    } else if max == g {
        (b - r) / chroma + 2.0
    } else {
        (r - g) / chroma + 4.0
    };
    Some((sixths * 60.0).round() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_has_the_name_people_give_it() {
        for (index, hue) in [
            (1, Some(Hue::Red)),
            (12, Some(Hue::Blue)),
            (15, None),
            (8, Some(Hue::Grey)),
            (196, Some(Hue::Red)),
            (208, Some(Hue::Yellow)),
            (46, Some(Hue::Green)),
            (240, Some(Hue::Grey)),
            (255, None),
        ] {
            assert_eq!(Hue::of_index(index), hue, "{index}");
        }
        assert_eq!(Hue::of_rgb((0, 200, 200)), Some(Hue::Cyan));
        assert_eq!(Hue::of_rgb((200, 0, 200)), Some(Hue::Magenta));
        let names: std::collections::BTreeSet<_> = Hue::ALL.map(Hue::name).into();
        assert_eq!(names.len(), Hue::ALL.len());
    }
}

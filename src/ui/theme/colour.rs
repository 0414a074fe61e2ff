//! Colours as terminals have them: read from text, brought down to 256 or 16, compared.
//! Apart from roles, because all of it is arithmetic on red, green and blue.

use ratatui::style::{Color, Modifier, Style};

use crate::app::config::Background;
use crate::model::hue::{self, CUBE, Hue};

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// 24 bits.
    True,
    /// The 256 of xterm.
    Indexed,
    /// The 16 that every colour terminal has.
    Sixteen,
    /// None.
    Mono,
}

impl Depth {
    /// What `COLORTERM` and `TERM` say of a terminal.
    pub fn of(colorterm: &str, term: &str) -> Self {
        // Set by terminals with 24 bits: <https://github.com/termstandard/colors>.
        if ["truecolor", "24bit"].contains(&colorterm) {
            return Self::True;
        }
        // Terminals whose own entry says it where an SSH session has lost COLORTERM.
        let true_colour = [
            "-direct",
            "alacritty",
            "contour",
            "foot",
            "ghostty",
            "kitty",
            "rio",
            "wezterm",
        ];
        if true_colour.iter().any(|name| term.contains(name)) {
            return Self::True;
        }
        if term.contains("256") {
            return Self::Indexed;
        }
        let colourless = ["vt1", "vt2", "vt3", "vt4", "vt5"];
        if colourless.iter().any(|name| term.starts_with(name)) || term.ends_with("-m") {
            return Self::Mono;
        }
        Self::Sixteen
    }

    /// The nearest style that such a terminal shows.
    pub fn fit(self, style: Style) -> Style {
        match self {
            Self::True => style,
            Self::Indexed => Style {
                fg: style.fg.map(indexed),
                bg: style.bg.map(indexed),
                ..style
            },
            Self::Sixteen => sixteen_style(style),
            Self::Mono => Style {
                fg: None,
                bg: None,
                ..style
            },
        }
    }
}

fn indexed(colour: Color) -> Color {
    match colour {
        Color::Rgb(r, g, b) => Color::Indexed(nearest_indexed((r, g, b))),
        other => other,
    }
}

/// The nearest of xterm's cube and its 24 greys (colours 232–255: 8, 18, … 238).
fn nearest_indexed((r, g, b): (u8, u8, u8)) -> u8 {
    let level = |value: u8| {
        let nearest = CUBE
            .iter()
            .enumerate()
            .min_by_key(|(_, level)| level.abs_diff(value));
        nearest.map_or(0, |(index, _)| index)
    };
    let (x, y, z) = (level(r), level(g), level(b));
    let mean = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let step = (mean.saturating_sub(3) / 10).min(23) as u8;
    let grey = 8 + 10 * step;
    let away = |(r2, g2, b2): (u8, u8, u8)| {
        let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        square(r, r2) + square(g, g2) + square(b, b2)
    };
    if away((grey, grey, grey)) < away((CUBE[x], CUBE[y], CUBE[z])) {
        return 232 + step;
    }
    (16 + 36 * x + 6 * y + z) as u8
}

/// A background without a hue would be the terminal's own, or hide the text on it: it becomes reversed text.
fn sixteen_style(mut style: Style) -> Style {
    let is_grey = |colour: Color| matches!(colour, Color::Rgb(..)) && hue(colour).is_none();
    if style.bg.is_some_and(is_grey) {
        // Black or white behind all text is a theme's own paper, and stays.
        match style.bg.map(sixteen) {
            paper @ Some(Color::Black | Color::White) if style.fg.is_some() => style.bg = paper,
            _ => {
                style.bg = None;
                style.fg = Some(Color::Reset);
                style.add_modifier |= Modifier::REVERSED;
                return style;
            }
        }
    } else {
        style.bg = style.bg.map(sixteen);
    }
    style.fg = style.fg.map(sixteen);
    style
}

/// The one of the sixteen with the same hue, or a grey: distances in red, green and blue would make every pastel grey.
fn sixteen(colour: Color) -> Color {
    let Some((r, g, b)) =
        rgb(colour).filter(|_| matches!(colour, Color::Rgb(..) | Color::Indexed(_)))
    else {
        return colour;
    };
    let (max, min) = (r.max(g).max(b), r.min(g).min(b));
    let bright = max >= 0xcc;
    match hue(Color::Rgb(r, g, b)) {
        None => match (u16::from(max) + u16::from(min)) / 2 {
            0..=0x33 => Color::Black,
            0x34..=0x9f => Color::DarkGray,
            0xa0..=0xd4 => Color::Gray,
            _ => Color::White,
        },
        Some(degrees) => {
            let (dark, light) = match Hue::of_degrees(degrees) {
                Hue::Red => (Color::Red, Color::LightRed),
                Hue::Yellow => (Color::Yellow, Color::LightYellow),
                Hue::Green => (Color::Green, Color::LightGreen),
                Hue::Cyan => (Color::Cyan, Color::LightCyan),
                Hue::Blue => (Color::Blue, Color::LightBlue),
                // No place on the circle is grey or bold.
                Hue::Magenta | Hue::Grey | Hue::Bold => (Color::Magenta, Color::LightMagenta),
            };
            if bright { light } else { dark }
        }
    }
}

/// Degrees on the colour circle; `None` for what is grey to the eye.
fn hue(colour: Color) -> Option<u16> {
    hue::degrees(rgb(colour)?)
}

/// Names of the sixteen in theme files, dark then bright.
pub const NAMES: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// A colour as theme files write it: `#rrggbb`, a name of the sixteen, a number of the 256, or `default` for the terminal's own.
pub fn parse(text: &str) -> Option<Color> {
    if text == "default" {
        return Some(Color::Reset);
    }
    if let Some(hex) = text.strip_prefix('#') {
        let is_hex = hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit());
        let number = u32::from_str_radix(hex, 16).ok().filter(|_| is_hex)?;
        let [_, r, g, b] = number.to_be_bytes();
        return Some(Color::Rgb(r, g, b));
    }
    let named = NAMES.iter().find(|(name, _)| *name == text);
    named
        .map(|(_, colour)| *colour)
        .or_else(|| text.parse().ok().map(Color::Indexed))
}

/// A colour as theme files write it.
pub fn text(colour: Color) -> String {
    match colour {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Indexed(index) => index.to_string(),
        other => NAMES
            .iter()
            .find(|(_, colour)| *colour == other)
            .map_or("default", |(name, _)| name)
            .to_string(),
    }
}

/// Red, green and blue; of the sixteen as xterm draws them. `None` for the terminal's own colour.
pub fn rgb(colour: Color) -> Option<(u8, u8, u8)> {
    Some(match colour {
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Indexed(index @ 16..) => hue::xterm(index)?,
        Color::Indexed(index) => rgb(NAMES[usize::from(index)].1)?,
        Color::Reset => return None,
        Color::Black => (0, 0, 0),
        Color::Red => (205, 0, 0),
        Color::Green => (0, 205, 0),
        Color::Yellow => (205, 205, 0),
        Color::Blue => (0, 0, 238),
        Color::Magenta => (205, 0, 205),
        Color::Cyan => (0, 205, 205),
        Color::Gray => (229, 229, 229),
        Color::DarkGray => (127, 127, 127),
        Color::LightRed => (255, 0, 0),
        Color::LightGreen => (0, 255, 0),
        Color::LightYellow => (255, 255, 0),
        Color::LightBlue => (92, 92, 255),
        Color::LightMagenta => (255, 0, 255),
        Color::LightCyan => (0, 255, 255),
        Color::White => (255, 255, 255),
    })
}

/// Relative luminance, 0 to 1 (WCAG 2.2).
fn luminance((r, g, b): (u8, u8, u8)) -> f64 {
    let linear = |value: u8| {
        let part = f64::from(value) / 255.0;
        match part <= 0.040_45 {
            true => part / 12.92,
            false => ((part + 0.055) / 1.055).powf(2.4),
        }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// How well one colour is seen on another, 1 to 21 (WCAG 2.2, "contrast ratio").
pub fn contrast(one: (u8, u8, u8), other: (u8, u8, u8)) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// A background is dark where white is read better on it than black.
pub fn background(rgb: (u8, u8, u8)) -> Background {
    match contrast(rgb, (255, 255, 255)) >= contrast(rgb, (0, 0, 0)) {
        true => Background::Dark,
        false => Background::Light,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn terminals_have_the_colours_they_say() {
        for (colorterm, term, depth) in [
            ("truecolor", "xterm-256color", Depth::True),
            ("24bit", "screen", Depth::True),
            ("", "xterm-kitty", Depth::True),
            ("", "xterm-ghostty", Depth::True),
            ("", "xterm-direct", Depth::True),
            ("", "xterm-256color", Depth::Indexed),
            ("yes", "tmux-256color", Depth::Indexed),
            ("", "linux", Depth::Sixteen),
            ("", "xterm", Depth::Sixteen),
            ("", "screen", Depth::Sixteen),
            ("", "", Depth::Sixteen),
            ("", "vt220", Depth::Mono),
            ("", "linux-m", Depth::Mono),
        ] {
            assert_eq!(Depth::of(colorterm, term), depth, "{colorterm} {term}");
        }
    }

    #[test]
    fn colours_come_down_to_what_there_is() {
        for (hex, index, name) in [
            ("#000000", 16, "black"),
            ("#ffffff", 231, "bright-white"),
            ("#ff0000", 196, "bright-red"),
            ("#808080", 244, "bright-black"),
            ("#d7dae0", 253, "bright-white"),
            ("#ff7b72", 209, "bright-red"),
            ("#e3b341", 179, "bright-yellow"),
            ("#f0883e", 209, "bright-yellow"),
            ("#8ddb8c", 114, "bright-green"),
            ("#56d4bc", 79, "bright-cyan"),
            ("#6cb6ff", 75, "bright-blue"),
            ("#c8a6ff", 183, "bright-magenta"),
            ("#116329", 22, "green"),
            ("#687182", 243, "bright-black"),
        ] {
            let colour = parse(hex).unwrap();
            assert_eq!(indexed(colour), Color::Indexed(index), "{hex}");
            assert_eq!(text(sixteen(colour)), name, "{hex}");
        }
        let named = Style::new().fg(Color::Red).bg(Color::Indexed(3));
        assert_eq!(Depth::Indexed.fit(named), named);
    }

    #[test]
    fn colours_read_back_as_they_are_written() {
        for word in ["#10151d", "red", "bright-black", "white", "208", "default"] {
            assert_eq!(text(parse(word).unwrap()), word);
        }
        for wrong in ["#12345", "#12345g", "#+12345", "256", "-1", "reddish", ""] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn contrast_is_as_the_guidelines_compute_it() {
        let (black, white) = ((0, 0, 0), (255, 255, 255));
        assert!((contrast(black, white) - 21.0).abs() < 1e-9);
        // The example of WebAIM's checker: #777777 on white is 4.48.
        assert!((contrast((0x77, 0x77, 0x77), white) - 4.48).abs() < 0.01);
        assert_eq!(background((0x28, 0x2c, 0x34)), Background::Dark);
        assert_eq!(background((0xfd, 0xf6, 0xe3)), Background::Light);
        assert_eq!(background((0x00, 0x00, 0xff)), Background::Dark);
    }
}

//! Roles become styles here and nowhere else: the last step before a cell.
//! Apart from drawing, so that a theme is a file.

pub mod colour;
pub mod read;
mod role;

use ratatui::style::{Color, Style};

pub use role::{Role, state_name};

use crate::app::config::Background;
use crate::ui::glyphs::{ASCII, Glyphs, UNICODE};
use colour::Depth;
use read::Sheet;

/// Themes that are built in, by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("dusk", include_str!("../../../themes/dusk.toml")),
    ("dawn", include_str!("../../../themes/dawn.toml")),
    ("contrast", include_str!("../../../themes/contrast.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
    ("terminal", include_str!("../../../themes/terminal.toml")),
];

/// Styles and marks.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    styles: [Style; Role::COUNT],
    /// The marks.
    pub glyphs: Glyphs,
    depth: Depth,
}

impl Theme {
    /// The theme of a sheet: each role takes the first entry there is on its way to `text`.
    pub fn of(sheet: &Sheet) -> Self {
        let mut styles = [Style::default(); Role::COUNT];
        for role in Role::all() {
            styles[role.index()] = role
                .ways()
                .iter()
                .find_map(|name| sheet.style(name))
                .unwrap_or_default();
        }
        let set = if sheet.ascii { ASCII } else { UNICODE };
        Self {
            styles,
            glyphs: set.with(&sheet.marks),
            depth: Depth::True,
        }
    }

    /// A built-in theme. `None`: there is none of this name.
    pub fn built_in(name: &str) -> Option<Self> {
        Some(Self::of(&Sheet::built_in(name)?.0))
    }

    /// The same with ASCII marks; those that a file chose stay where they are ASCII.
    #[must_use]
    pub fn ascii(mut self) -> Self {
        self.glyphs = self.glyphs.in_ascii();
        self
    }

    /// How many colours its terminal has.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// Whether it has any.
    pub fn has_colours(&self) -> bool {
        let mut styles = self.styles.iter();
        styles.any(|style| style.fg.is_some() || style.bg.is_some())
    }

    /// The same for a terminal of so many colours.
    #[must_use]
    pub fn at(mut self, depth: Depth) -> Self {
        let kind = self.kind();
        self.depth = depth;
        for style in &mut self.styles {
            *style = depth.fit(*style);
        }
        // Paper has no text of its own that a background without a hue would hide.
        if depth == Depth::Sixteen {
            let paper = kind.map(|kind| match kind {
                Background::Light => Color::White,
                Background::Dark | Background::Silent => Color::Black,
            });
            self.styles[Role::Ground.index()] = Style {
                bg: paper,
                ..Style::default()
            };
        }
        self
    }

    /// The kind of terminal its colours are made for; `None` where it takes the terminal's own.
    fn kind(&self) -> Option<Background> {
        match self.style(Role::Ground).bg {
            Some(Color::White) => Some(Background::Light),
            Some(Color::Black) => Some(Background::Dark),
            Some(ground @ (Color::Rgb(..) | Color::Indexed(_))) => {
                colour::rgb(ground).map(colour::background)
            }
            _ => None,
        }
    }

    /// The same with a background of its own under everything.
    fn painted(mut self) -> Self {
        let ground = self.style(Role::Ground).bg;
        let text = &mut self.styles[Role::Text.index()];
        text.bg = text.bg.or(ground);
        self
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role.index()]
    }
}

/// The themes of a console: one for each background a terminal can have.
#[derive(Clone, Debug, PartialEq)]
pub struct Themes {
    /// For dark terminals, and for those that have not said yet.
    pub dark: Theme,
    /// For light ones.
    pub light: Theme,
    /// For those that were asked and do not say: with a background of its own.
    pub silent: Theme,
}

impl Themes {
    /// The theme for this background.
    pub fn on(&self, background: Option<Background>) -> &Theme {
        match background {
            Some(Background::Light) => &self.light,
            Some(Background::Silent) => &self.silent,
            Some(Background::Dark) | None => &self.dark,
        }
    }

    /// Two themes, one for each kind.
    pub fn two(dark: Theme, light: Theme) -> Self {
        let silent = dark.clone().painted();
        Self {
            dark,
            light,
            silent,
        }
    }

    /// One theme, whatever the terminal is: where that is of the other kind, or is not known to be of its own, its
    /// background is painted. A terminal that has not said yet is dark, as most are.
    pub fn only(theme: Theme) -> Self {
        let on = |background| match theme.kind() {
            Some(kind) if kind != background => theme.clone().painted(),
            _ => theme.clone(),
        };
        Self {
            dark: on(Background::Dark),
            light: on(Background::Light),
            silent: theme.clone().painted(),
        }
    }

    /// Whether it is worth asking the terminal.
    pub fn differ(&self) -> bool {
        self.dark != self.light
    }
}

impl From<Theme> for Themes {
    fn from(theme: Theme) -> Self {
        Self {
            light: theme.clone(),
            silent: theme.clone(),
            dark: theme,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ratatui::style::Modifier;

    use super::*;
    use colour::{contrast, rgb};

    #[test]
    fn the_built_in_themes_are_whole() {
        for (name, _) in BUILT_IN {
            let (sheet, problems) = Sheet::built_in(name).unwrap();
            assert_eq!(problems, [], "{name}");
            for role in Role::all() {
                let own = role.name();
                let said = own.contains('.') || sheet.style(&own).is_some();
                assert!(said, "{name} lacks {own}");
            }
        }
    }

    #[test]
    fn mono_has_no_colour_and_terminal_has_only_the_sixteen() {
        let colours = |name: &str| -> Vec<Color> {
            let theme = Theme::built_in(name).unwrap();
            Role::all()
                .flat_map(|role| [theme.style(role).fg, theme.style(role).bg])
                .flatten()
                .collect()
        };
        assert_eq!(colours("mono"), []);
        for colour in colours("terminal") {
            let named = !matches!(colour, Color::Rgb(..) | Color::Indexed(_));
            assert!(named, "{colour:?}");
        }
    }

    /// The usual backgrounds of terminals that the theme is for, and the least contrast of all its text on them and on its
    /// own ground (WCAG 2.2, 1.4.3 and 1.4.6). What is read second is read too.
    const READABLE: [(&str, &[Color], f64); 3] = [
        (
            "dusk",
            &[Color::Rgb(0, 0, 0), Color::Rgb(0x1e, 0x1e, 0x1e)],
            4.5,
        ),
        (
            "dawn",
            &[Color::Rgb(0xff, 0xff, 0xff), Color::Rgb(0xfd, 0xf6, 0xe3)],
            4.5,
        ),
        ("contrast", &[Color::Rgb(0, 0, 0)], 7.0),
    ];

    #[test]
    fn text_can_be_read_on_its_background() {
        for (name, backgrounds, least) in READABLE {
            let theme = Theme::built_in(name).unwrap();
            let select = theme.style(Role::Select);
            let ground = theme.style(Role::Ground).bg;
            for role in Role::all() {
                let style = theme.style(role);
                // Borders are not text.
                let Some(fg) = style.fg.filter(|_| role != Role::Border) else {
                    continue;
                };
                let own = style.bg.or(theme.style(Role::Text).bg);
                let under: Vec<Color> = match own {
                    Some(own) => vec![own],
                    None => backgrounds.iter().copied().chain(ground).collect(),
                };
                for bg in under {
                    let found = contrast(rgb(fg).unwrap(), rgb(bg).unwrap());
                    assert!(found >= least, "{name} {role:?} on {bg:?}: {found:.2}");
                }
                // On the line of the cursor, where a style of its own is not in force.
                if let Some(bg) = select.bg.filter(|_| style.bg.is_none()) {
                    let fg = select.fg.unwrap_or(fg);
                    let found = contrast(rgb(fg).unwrap(), rgb(bg).unwrap());
                    assert!(found >= least, "{name} {role:?} selected: {found:.2}");
                }
            }
        }
    }

    #[test]
    fn a_theme_for_another_kind_of_terminal_brings_its_background() {
        let under = |name: &str, depth, background| {
            let themes = Themes::only(Theme::built_in(name).unwrap().at(depth));
            themes.on(background).style(Role::Text).bg
        };
        let (dark, light) = (Some(Background::Dark), Some(Background::Light));
        let paper = Some(Color::Rgb(0xfb, 0xfc, 0xfd));
        assert_eq!(under("dawn", Depth::True, dark), paper);
        assert_eq!(under("dawn", Depth::True, None), paper);
        assert_eq!(under("dawn", Depth::True, light), None);
        // Who was asked and does not say may be of either kind.
        assert_eq!(under("dawn", Depth::True, Some(Background::Silent)), paper);
        assert!(under("dusk", Depth::True, Some(Background::Silent)).is_some());
        assert_eq!(
            under("terminal", Depth::True, Some(Background::Silent)),
            None
        );
        assert_eq!(under("dusk", Depth::True, dark), None);
        assert!(under("dusk", Depth::Indexed, light).is_some());
        assert_eq!(under("dawn", Depth::Sixteen, dark), Some(Color::White));
        assert_eq!(under("dusk", Depth::Sixteen, light), Some(Color::Black));
        assert_eq!(under("dusk", Depth::Sixteen, dark), None);
        for name in ["mono", "terminal"] {
            assert_eq!(under(name, Depth::True, light), None);
            assert_eq!(under(name, Depth::True, dark), None);
        }
    }

    #[test]
    fn on_sixteen_colours_a_selected_line_is_still_seen() {
        for (name, _) in BUILT_IN {
            let select = Theme::built_in(name)
                .unwrap()
                .at(Depth::Sixteen)
                .style(Role::Select);
            let seen = select.add_modifier.contains(Modifier::REVERSED) || select.bg.is_some();
            assert!(seen, "{name}: {select:?}");
        }
    }
}

//! Roles become styles here and nowhere else: the last step before a cell.
//! Apart from drawing, so that a theme is a file.

pub mod colour;
pub mod read;
mod role;

use ratatui::style::Style;

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

    /// The same for a terminal of so many colours.
    #[must_use]
    pub fn at(mut self, depth: Depth) -> Self {
        for style in &mut self.styles {
            *style = depth.fit(*style);
        }
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
    /// For dark terminals, and for those that do not say.
    pub dark: Theme,
    /// For light ones.
    pub light: Theme,
}

impl Themes {
    /// The theme for this background.
    pub fn on(&self, background: Option<Background>) -> &Theme {
        match background {
            Some(Background::Light) => &self.light,
            _ => &self.dark,
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
            dark: theme,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ratatui::style::{Color, Modifier};

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

    /// The usual backgrounds of terminals that the theme is for, and the least contrast of its text on them (WCAG 2.2, 1.4.3 and 1.4.6).
    const READABLE: [(&str, &[Color], f64, f64); 3] = [
        (
            "dusk",
            &[Color::Rgb(0, 0, 0), Color::Rgb(0x1e, 0x1e, 0x1e)],
            4.5,
            3.0,
        ),
        (
            "dawn",
            &[Color::Rgb(0xff, 0xff, 0xff), Color::Rgb(0xfd, 0xf6, 0xe3)],
            4.5,
            3.0,
        ),
        ("contrast", &[Color::Rgb(0, 0, 0)], 7.0, 7.0),
    ];

    #[test]
    fn text_can_be_read_on_its_background() {
        for (name, backgrounds, least, least_dim) in READABLE {
            let theme = Theme::built_in(name).unwrap();
            let select = theme.style(Role::Select);
            for role in Role::all() {
                let style = theme.style(role);
                let is_dim = [Role::Dim, Role::Faint].map(|dim| theme.style(dim).fg);
                let is_dim = is_dim.contains(&style.fg);
                let least = if is_dim { least_dim } else { least };
                // Borders are not text.
                let Some(fg) = style.fg.filter(|_| role != Role::Border) else {
                    continue;
                };
                for under in backgrounds {
                    let bg = style.bg.unwrap_or(*under);
                    let found = contrast(rgb(fg).unwrap(), rgb(bg).unwrap());
                    assert!(found >= least, "{name} {role:?} on {bg:?}: {found:.2}");
                }
                // On the line of the cursor, where a style of its own is not in force.
                if let Some(bg) = select.bg.filter(|_| style.bg.is_none()) {
                    let fg = select.fg.unwrap_or(fg);
                    let found = contrast(rgb(fg).unwrap(), rgb(bg).unwrap());
                    let readable = found >= least || role == Role::Faint && found >= 2.5;
                    assert!(readable, "{name} {role:?} selected: {found:.2}");
                }
            }
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

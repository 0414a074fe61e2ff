//! `tiphys config show`: settings, keys and theme in force as the files would say them, each with where it was said.
//! Apart from reading them, because the text is for people and for copying.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use crate::app::command::Scope;
use crate::app::config::problem::Place;
use crate::app::keymap::Binding;
use crate::cli::console::Look;
use crate::cli::fail::Failure;
use crate::cli::output::print;
use crate::runtime::config::Loaded;
use crate::ui::theme::colour;
use crate::ui::theme::read::MODIFIERS;

/// Widest line that is filled up to the place it comes from.
const COLUMN: usize = 48;

/// Print settings, keys and theme that are in force
#[derive(Debug, Args)]
pub struct Show {
    /// Only this
    #[arg(value_enum)]
    only: Option<Part>,
    /// With the file and line that each comes from
    #[arg(long)]
    origin: bool,
}

/// Parts of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// What config.toml decides
    Settings,
    /// Keys by scope
    Keymap,
    /// The theme, or the two that are chosen between
    Theme,
}

/// Lines with where each comes from; a headline comes from nowhere.
type Lines = Vec<(String, Option<String>)>;

impl Show {
    /// Does it.
    pub fn run(&self, look: &Look) -> Result<ExitCode, Failure> {
        let home = look.home_on_paper();
        let loaded = home.load(None);
        let mut lines = Lines::new();
        let wants = |part| self.only.is_none_or(|only| only == part);
        if wants(Part::Settings) {
            headline(&mut lines, "config.toml");
            let settings = loaded.settings.lines();
            lines.extend(settings.into_iter().map(|(l, o)| (l, Some(o.to_string()))));
            for rule in &loaded.settings.rules {
                let from = rule.place.as_ref().map(Place::line_text);
                tables(&mut lines, "notify", rule.lines(), from);
            }
            for view in &loaded.settings.views {
                tables(&mut lines, "view", view.lines(), None);
            }
        }
        if wants(Part::Keymap) {
            headline(&mut lines, "keymap.toml");
            lines.push(("inherits = \"none\"".to_string(), None));
            keymap(&mut lines, &loaded);
        }
        if wants(Part::Theme) {
            let worn = home.worn(&loaded.files, &loaded.settings, &mut Vec::new());
            for (what, name, sheet) in worn {
                let what = match what {
                    "" => String::new(),
                    what => format!(" ({what})"),
                };
                headline(&mut lines, &format!("themes/{name}.toml{what}"));
                let palette = sheet.palette.iter().map(|(name, (colour, place))| {
                    let line = format!("{} = \"{}\"", key(name), colour::text(*colour));
                    (line, Some(place.line_text()))
                });
                table(&mut lines, "palette", palette.collect());
                let styles = sheet.styles.iter().map(|(role, (style, place))| {
                    let line = format!("{} = {}", key(role), style_text(*style));
                    (line, Some(place.line_text()))
                });
                table(&mut lines, "style", styles.collect());
                let marks = sheet.marks.iter();
                let marks = marks.map(|(name, mark)| (format!("{} = {mark:?}", key(name)), None));
                table(&mut lines, "glyph", marks.collect());
            }
        }
        print(&text(&lines, self.origin))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn headline(lines: &mut Lines, what: &str) {
    if !lines.is_empty() {
        lines.push((String::new(), None));
    }
    lines.push((format!("# {what}"), None));
}

fn table(lines: &mut Lines, name: &str, inside: Lines) {
    if !inside.is_empty() {
        lines.push((String::new(), None));
        lines.push((format!("[{name}]"), None));
        lines.extend(inside);
    }
}

/// One of several tables of the same name.
fn tables(lines: &mut Lines, name: &str, inside: Vec<String>, from: Option<String>) {
    lines.push((String::new(), None));
    lines.push((format!("[[{name}]]"), from));
    lines.extend(inside.into_iter().map(|line| (line, None)));
}

fn keymap(lines: &mut Lines, loaded: &Loaded) {
    for scope in Scope::ALL {
        let bindings = loaded.config.keymap.bindings().iter();
        let inside = bindings.filter(|b| b.scope == scope).map(|binding| {
            let line = binding_text(binding);
            (line, Some(binding.place.line_text()))
        });
        table(lines, scope.name(), inside.collect());
    }
}

fn binding_text(binding: &Binding) -> String {
    let name = binding.deed.text();
    format!("{:?} = {name:?}", binding.keys_text())
}

/// A key of TOML, in quotes where it must be.
fn key(name: &str) -> String {
    let is_bare = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    match !name.is_empty() && name.bytes().all(is_bare) {
        true => name.to_string(),
        false => format!("{name:?}"),
    }
}

fn style_text(style: Style) -> String {
    let colours = [("fg", style.fg), ("bg", style.bg)];
    let colours = colours
        .into_iter()
        .filter_map(|(name, colour)| Some(format!("{name} = \"{}\"", colour::text(colour?))));
    let modifiers = MODIFIERS
        .iter()
        .filter(|(_, modifier)| style.add_modifier.contains(*modifier))
        .map(|(name, _)| format!("{name} = true"));
    let parts: Vec<String> = colours.chain(modifiers).collect();
    match parts.is_empty() {
        true => "{}".to_string(),
        false => format!("{{ {} }}", parts.join(", ")),
    }
}

fn text(lines: &Lines, origin: bool) -> String {
    let mut text = String::new();
    let widest = lines.iter().map(|(line, _)| line.width()).max();
    let column = widest.unwrap_or(0).min(COLUMN);
    for (line, from) in lines {
        text.push_str(line);
        if let Some(from) = from.as_ref().filter(|_| origin) {
            text.push_str(&" ".repeat(column.saturating_sub(line.width())));
            text.push_str(&format!("  # {from}"));
        }
        text.push('\n');
    }
    text
}

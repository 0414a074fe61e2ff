//! A link in the person's browser: which program shows it, started so that it cannot touch the screen.
//! Apart from the other effects, because it is the only program this one starts by itself.

use std::process::{Command, Stdio};

/// The program that shows links here. `None`: there is none, as behind SSH without a display.
fn program(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let said = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(browser) = said("BROWSER") {
        // Several are written with colons between them; the first is the one that is wanted.
        return browser.split(':').next().map(str::to_string);
    }
    if cfg!(target_os = "macos") {
        return Some("open".to_string());
    }
    let display = said("DISPLAY").or_else(|| said("WAYLAND_DISPLAY"));
    display.map(|_| "xdg-open".to_string())
}

/// Shows a link; waits until the program that was started for it ends.
///
/// # Errors
/// A sentence that says why it is not shown.
pub fn show(link: &str) -> Result<(), String> {
    let program = program(|name| std::env::var(name).ok());
    let program = program.ok_or("there is no display for a browser here")?;
    let ended = Command::new(&program)
        .arg(link)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program}: {status}")),
        Err(why) => Err(format!("{program}: {why}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_which_program() {
        let of = |variables: &[(&str, &str)]| {
            program(|name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_string())
            })
        };
        let usual = if cfg!(target_os = "macos") {
            "open"
        } else {
            "xdg-open"
        };
        assert_eq!(
            of(&[("BROWSER", "firefox:w3m")]).as_deref(),
            Some("firefox")
        );
        assert_eq!(
            of(&[("BROWSER", ""), ("DISPLAY", ":0")]).as_deref(),
            Some(usual)
        );
        if !cfg!(target_os = "macos") {
            assert_eq!(of(&[]), None);
        }
    }
}

//! Pictures among artifacts in a terminal that says it can show them: what is asked, what is sent, and that it goes again.
//! Apart from the sequences, whose own tests are beside them; here the terminal answers, and the screen is what it shows.

use std::path::{Path, PathBuf};

use vt100::Screen;

use crate::pty::{Pty, tiphys};

/// The questions: a name, the pixels of a cell, and what every terminal answers last.
const ASKED: &str = "\u{1b}[>0q\u{1b}[16t\u{1b}[c";

struct Home(PathBuf);

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn home(name: &str) -> Home {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("picturing-{name}"));
    let _ = std::fs::remove_dir_all(&home);
    std::fs::create_dir_all(&home).unwrap();
    Home(home)
}

fn blocks(screen: &Screen) -> bool {
    screen.contents().contains("▀▀▀▀")
}

/// On what a telephone showed when a step of the demo failed.
fn on_a_picture(home: &Home, words: &[&str]) -> Pty {
    let mut command = tiphys(&home.0);
    command.env("COLORTERM", "truecolor");
    command.args(["demo"]);
    command.args(words);
    let mut pty = Pty::spawn_sized(command, (120, 40), std::time::Duration::from_secs(120));
    let shows = |pty: &Pty, text: &str| {
        pty.wait(text, |screen| screen.contents().contains(text));
    };
    shows(&pty, "t33-passkeys-w7z2f");
    pty.press("/name:t33-passkeys status:failed\r\r");
    shows(&pty, "e2e-biometrics");
    pty.press("ea");
    shows(&pty, "8.8 KiB");
    pty.press("\r");
    shows(&pty, "a picture (PNG) of 540 × 960 pixels, 8.8 KiB");
    pty
}

fn ends(pty: &mut Pty) -> String {
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
    pty.written()
}

#[test]
fn a_terminal_that_is_kitty_shows_it_and_loses_it_with_the_place() {
    let home = home("kitty");
    let mut pty = on_a_picture(&home, &[]);
    // Until it has answered, and where it does not, there are half blocks.
    pty.wait("half blocks", blocks);
    pty.wait_for_output(ASKED);
    pty.press("\u{1b}P>|kitty(0.35.2)\u{1b}\\\u{1b}[6;20;10t\u{1b}[?62;52c");
    pty.wait_for_output("\u{1b}_Ga=T,f=100,i=21609,p=1,");
    pty.wait("a place left for it", |screen| !blocks(screen));
    // What lies over it is never under it.
    pty.press("?");
    pty.wait_for_output("\u{1b}_Ga=d,d=I,i=21609,q=2\u{1b}\\");
    pty.press("\u{1b}");
    pty.wait("no help", |screen| {
        !screen.contents().contains("type to search")
    });
    pty.press("\u{1b}");
    pty.wait("the list", |screen| {
        screen.contents().contains("out screenshot")
    });
    let written = ends(&mut pty);
    let count = |text: &str| written.matches(text).count();
    assert_eq!(count(ASKED), 1);
    assert_eq!(count("\u{1b}_Ga=T,"), count("\u{1b}_Ga=d,"));
    let gone = written.rfind("\u{1b}_Ga=d,").unwrap();
    assert!(gone < written.rfind("\u{1b}[?1049l").unwrap());
}

#[test]
fn a_terminal_with_sixels_gets_one_and_is_painted_anew_when_it_goes() {
    let home = home("sixel");
    let mut pty = on_a_picture(&home, &[]);
    pty.wait_for_output(ASKED);
    // foot has no name that says it, and says it with the 4 of DA1.
    pty.press("\u{1b}P>|foot(1.16.2)\u{1b}\\\u{1b}[6;20;10t\u{1b}[?62;4;22c");
    pty.wait_for_output("\u{1b}P0;1;0q\"1;1;");
    pty.wait("a place left for it", |screen| !blocks(screen));
    pty.press("\u{1b}");
    pty.wait("the list", |screen| {
        screen.contents().contains("out screenshot")
    });
    let written = ends(&mut pty);
    let sixel = written.rfind("\u{1b}P0;1;0q").unwrap();
    assert!(
        written[sixel..].contains("\u{1b}[2J"),
        "it is never painted over"
    );
}

#[test]
fn words_and_blocks_are_asked_for_nothing() {
    let home = home("blocks");
    std::fs::create_dir_all(home.0.join(".config/tiphys")).unwrap();
    std::fs::write(
        home.0.join(".config/tiphys/config.toml"),
        "pictures = \"blocks\"\n",
    )
    .unwrap();
    let mut pty = on_a_picture(&home, &[]);
    pty.wait("half blocks", blocks);
    assert!(!ends(&mut pty).contains(ASKED));
}

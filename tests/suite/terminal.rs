//! However the console ends or stops, the terminal is the shell's again, as it was.
//! Apart from what is on the screen: here the real binary runs in a real terminal, and nothing else can show this.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::PathBuf;

use portable_pty::CommandBuilder;
use rustix::process::Signal;
use rustix::termios::LocalModes;

use crate::cli::server::Server;
use crate::pty::{Pty, tiphys};

/// A home of this test's own, removed at its end.
struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tiphys-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn assert_given_back(pty: &Pty) {
    let modes = pty.modes().local_modes;
    assert!(
        modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG),
        "{modes:?}"
    );
    pty.wait(
        "the shell's screen, its cursor, no mouse and no paste marks",
        |screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        },
    );
}

#[test]
fn a_console_without_a_cluster_says_so_and_leaves_no_trace_when_it_quits() {
    let home = Home::new("quit");
    let mut pty = Pty::spawn(tiphys(&home.0));
    pty.wait_for_console();
    assert!(!pty.modes().local_modes.contains(LocalModes::ICANON));
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
    assert_given_back(&pty);
    assert!(home.0.join(".local/state/tiphys/tiphys.log").is_file());
}

#[test]
fn every_signal_that_ends_it_gives_the_terminal_back() {
    for (signal, code) in [
        (Signal::TERM, 143),
        (Signal::HUP, 129),
        (Signal::INT, 130),
        (Signal::QUIT, 131),
    ] {
        let home = Home::new(&format!("signal-{}", signal.as_raw()));
        let mut pty = Pty::spawn(tiphys(&home.0));
        pty.wait_for_console();
        pty.signal(signal);
        assert_eq!(pty.end(), code, "{signal:?}");
        assert_given_back(&pty);
    }
}

#[test]
fn a_closed_window_ends_it() {
    let home = Home::new("closed");
    let mut pty = Pty::spawn(tiphys(&home.0));
    pty.wait_for_console();
    pty.hang_up();
    assert_eq!(pty.end(), 129);
}

#[test]
fn ctrl_z_gives_the_shell_its_terminal_and_fg_brings_the_console_back() {
    let home = Home::new("stop");
    let binary = tiphys(&home.0);
    let mut shell = CommandBuilder::new("sh");
    shell.args(["-i"]);
    shell.env_clear();
    for (name, value) in binary.iter_full_env_as_str() {
        shell.env(name, value);
    }
    shell.env("PS1", "ready> ");
    shell.env("PATH", "/usr/bin:/bin");
    let mut pty = Pty::spawn(shell);
    let prompt = |screen: &vt100::Screen| screen.contents().trim_end().ends_with("ready>");
    pty.wait("the prompt", prompt);
    pty.press(&format!("{}\n", env!("CARGO_BIN_EXE_tiphys")));
    pty.wait_for_console();
    pty.press("\u{1a}");
    pty.wait("the prompt again", |screen| {
        !screen.alternate_screen() && !screen.hide_cursor() && prompt(screen)
    });
    pty.press("fg\n");
    pty.wait_for_console();
    pty.press("\u{3}");
    pty.wait("the prompt at the end", |screen| {
        !screen.alternate_screen() && !screen.hide_cursor() && prompt(screen)
    });
}

#[test]
fn ctrl_z_where_no_shell_could_wake_it_goes_on() {
    let home = Home::new("orphan");
    let mut pty = Pty::spawn(tiphys(&home.0));
    pty.wait_for_console();
    pty.press("\u{1a}");
    pty.wait("a word about it", |screen| {
        screen.contents().contains("no shell")
    });
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
}

#[test]
fn keys_are_heard_while_the_terminal_takes_nothing_and_it_ends_all_the_same() {
    let home = Home::new("stuck");
    let mut pty = Pty::spawn(tiphys(&home.0));
    pty.wait_for_console();
    pty.stop_reading(true);
    // Each paints the whole screen: together more than a terminal takes that nobody reads.
    pty.press(&"\u{c}".repeat(400));
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
}

#[test]
fn a_line_that_was_stuck_shows_what_is_and_not_all_that_was() {
    let home = Home::new("newest");
    let mut pty = Pty::spawn(tiphys(&home.0));
    pty.wait_for_console();
    let whole = pty.taken();
    pty.stop_reading(true);
    pty.press(&"\u{c}".repeat(2_000));
    pty.press("gm");
    pty.stop_reading(false);
    pty.wait("the newest picture", |screen| {
        screen.contents().contains("Messages")
    });
    let taken = pty.taken() - whole;
    // A kernel's buffer or two and some frames; never two thousand.
    assert!(taken < 200 * whole, "{taken} bytes for frames of {whole}");
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
    assert_given_back(&pty);
}

#[test]
fn the_title_tells_how_it_is_and_the_old_one_comes_back() {
    let home = Home::new("title");
    let mut pty = Pty::spawn(tiphys(&home.0));
    pty.wait_for_console();
    pty.wait_for_output("\u{1b}[22;2t\u{1b}]2;current context - tiphys\u{1b}\\");
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
    pty.wait_for_output("\u{1b}]2;\u{1b}\\\u{1b}[23;2t");

    let off = Home::new("no-title");
    let config = off.0.join(".config/tiphys");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "title = false\nmouse = false\n").unwrap();
    let mut pty = Pty::spawn(tiphys(&off.0));
    pty.wait_for_console();
    pty.wait("the mouse is the terminal's", |screen| {
        screen.contents().contains("mouse: terminal")
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
    });
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
    assert_given_back(&pty);
    assert!(!pty.written().contains("\u{1b}]2;"));
}

#[test]
fn the_mouse_is_given_to_the_terminal_and_taken_back() {
    let home = Home::new("mouse");
    let mut pty = Pty::spawn(tiphys(&home.0));
    pty.wait_for_console();
    let mode = |screen: &vt100::Screen| screen.mouse_protocol_mode();
    pty.wait("reports", |screen| {
        mode(screen) == vt100::MouseProtocolMode::ButtonMotion
    });
    pty.press("M");
    pty.wait("none", |screen| {
        mode(screen) == vt100::MouseProtocolMode::None
            && screen.contents().contains("mouse: terminal")
    });
    pty.press("M");
    pty.wait("reports again", |screen| {
        mode(screen) == vt100::MouseProtocolMode::ButtonMotion
    });
    pty.wait_for_output("\u{1b}[?1004h");
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
    pty.wait_for_output("\u{1b}[?1004l");
}

#[test]
fn a_terminal_that_cannot_show_it_is_told_what_can_be_read_in_lines() {
    let home = Home::new("dumb");
    let mut command = tiphys(&home.0);
    command.env("TERM", "dumb");
    let mut pty = Pty::spawn(command);
    assert_eq!(pty.end(), 1);
    pty.wait("what else there is", |screen| {
        let text = screen.contents();
        text.contains("tiphys watch --fleet") && text.contains("tiphys get runs")
    });
    assert!(!pty.look(|screen| screen.alternate_screen()));
}

#[test]
fn who_comes_back_begins_where_they_left_off_and_a_broken_file_is_only_a_word() {
    let home = Home::new("restore");
    let server = Server::story();
    let command = |args: &[&str]| {
        let mut command = tiphys(&home.0);
        command.env("KUBECONFIG", &server.config);
        command.args(args);
        command
    };
    let shows = |text: &'static str| move |screen: &vt100::Screen| screen.contents().contains(text);
    let mut pty = Pty::spawn(command(&[]));
    pty.wait("the runs", shows("reindex"));
    pty.press("/ns:pay\r");
    pty.wait("fewer runs", |screen| {
        !screen.contents().contains("reindex") && screen.contents().contains("refund")
    });
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
    let file = home.0.join(".local/state/tiphys/session.json");
    assert!(std::fs::read_to_string(&file).unwrap().contains("ns:pay"));

    let mut pty = Pty::spawn(command(&[]));
    pty.wait("the same filter", |screen| {
        let text = screen.contents();
        text.contains("as you left it: filter ns:pay") && text.contains("/ns:pay")
    });
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
    for args in [&["--no-restore"][..], &["-A"]] {
        let mut pty = Pty::spawn(command(args));
        pty.wait("everything", shows("reindex"));
        pty.press("\u{3}");
        assert_eq!(pty.end(), 0);
        assert!(
            std::fs::read_to_string(&file).unwrap().contains("ns:pay"),
            "{args:?}"
        );
    }
    std::fs::write(&file, "{\"contexts\": nonsense").unwrap();
    let mut pty = Pty::spawn(command(&[]));
    pty.wait("everything, and a word about the file", |screen| {
        let text = screen.contents();
        text.contains("reindex") && text.contains("session.json")
    });
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
    assert!(!home.0.join(".config").exists(), "nothing is written there");
}

#[test]
fn absurd_sizes_and_a_storm_of_them_are_survived() {
    let home = Home::new("sizes");
    let mut pty = Pty::spawn(tiphys(&home.0));
    pty.wait_for_console();
    for size in [(0, 0), (1, 1), (65535, 65535), (2, 300), (300, 2)] {
        pty.resize(size.0, size.1);
    }
    for columns in 1..200 {
        pty.resize(columns, 24);
    }
    pty.resize(100, 24);
    pty.wait_for_console();
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
}

/// What is copied goes to the terminal between two frames, and what may follow a key is shown by the clock of the program.
#[test]
fn a_copy_reaches_the_terminals_clipboard() {
    let home = Home::new("copy");
    let mut demo = tiphys(&home.0);
    demo.arg("demo");
    let mut pty = Pty::spawn(demo);
    pty.wait("the runs", |screen| {
        screen.contents().contains("t42-refund-acceptance")
    });
    pty.press("g");
    pty.wait("what may follow", |screen| {
        screen.contents().contains("g and then")
    });
    pty.press("gc");
    pty.wait("the menu", |screen| {
        screen.contents().contains("namespace/name")
    });
    let name = pty.look(|screen| {
        let text = screen.contents();
        let rest = text.split("n  ").nth(1).unwrap_or_default();
        rest.split_whitespace()
            .next()
            .unwrap_or_default()
            .to_string()
    });
    pty.press("n");
    pty.wait("a word about it", |screen| {
        screen.contents().contains(&format!("copied {name}"))
    });
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(&name);
    pty.wait_for_output(&format!("\u{1b}]52;c;{text}\u{7}"));
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
}

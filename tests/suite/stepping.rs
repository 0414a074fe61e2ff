//! Somebody else has the terminal for a while, and the console returns whole, whatever became of them.
//! Apart from how it ends (`terminal`): this file runs the console's own loop in a terminal, from this very test binary.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::process::ExitCode;

use portable_pty::CommandBuilder;
use rustix::process::Signal;
use rustix::termios::LocalModes;
use tiphys::app::aside::{Aside, Program};
use tiphys::app::effect::Effect;
use tiphys::cluster::Target;
use tiphys::runtime::console::{self, Clock, Console};
use tiphys::runtime::effects::Source;
use tiphys::runtime::terminal;
use tiphys::ui::theme::Themes;

use crate::bench;
use crate::pty::Pty;

/// The script that the console of [`stage`] lets have the terminal.
const SCRIPT: &str = "TIPHYS_TEST_GUEST";

/// The console without a cluster, which lets a script have the terminal at once. It is no test: the others run it in a terminal.
#[test]
#[ignore = "the others of this file run it"]
fn stage() {
    let Ok(script) = std::env::var(SCRIPT) else {
        return;
    };
    let console = Console {
        state: bench::state(),
        source: Source::Kubeconfig(Target::default()),
        themes: Themes::only(bench::dusk()),
        clock: Clock::system(),
        home: None,
        journal: None,
        tasks: None,
    };
    let program = Program::Named("sh".to_string());
    let args = vec!["-c".to_string(), script];
    let guest = Effect::Aside(1, Aside::Run { program, args });
    terminal::restore_on_panic();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let code = runtime
        .block_on(console::begin_with(console, vec![guest]))
        .unwrap();
    let code = (0..=u8::MAX).find(|number| ExitCode::from(*number) == code);
    std::process::exit(code.unwrap().into());
}

fn guest(script: &str) -> Pty {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "stepping::stage", "--ignored", "--nocapture"]);
    command.env_clear();
    for (name, value) in [
        ("TERM", "xterm-256color"),
        ("LANG", "C.UTF-8"),
        ("PATH", "/usr/bin:/bin"),
        ("KUBECONFIG", "/no/such/KUBECONFIG"),
        (SCRIPT, script),
    ] {
        command.env(name, value);
    }
    Pty::spawn(command)
}

fn shows(text: &str) -> impl Fn(&vt100::Screen) -> bool {
    move |screen| !screen.alternate_screen() && screen.contents().contains(text)
}

fn assert_cooked(pty: &Pty) {
    let modes = pty.modes().local_modes;
    let usual = LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
    assert!(modes.contains(usual), "{modes:?}");
}

#[track_caller]
fn leave(mut pty: Pty) {
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
    assert_cooked(&pty);
    pty.wait("the shell's screen", |screen| {
        !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
    });
}

#[test]
fn it_reads_lines_on_a_plain_terminal_and_the_console_returns_whole() {
    let mut pty = guest("printf 'name? '; read name; echo \"hello $name\"; read end");
    pty.wait("the question", shows("name? "));
    assert_cooked(&pty);
    assert!(pty.look(|screen| !screen.hide_cursor() && !screen.bracketed_paste()));
    pty.press("Ada\n");
    pty.wait("the answer", shows("hello Ada"));
    pty.press("\n");
    pty.wait_for_console();
    assert!(!pty.modes().local_modes.contains(LocalModes::ICANON));
    // Keys are the console's again.
    pty.press("gm");
    pty.wait("messages", |screen| screen.contents().contains("Messages"));
    leave(pty);
}

#[test]
fn an_interrupt_is_for_the_one_who_has_the_terminal() {
    // Some shells end a `read` that is interrupted and some begin it again: it lasts until it is told.
    let lasts = "while [ \"$c\" != end ]; do read c; done";
    let script = format!("trap 'echo caught' INT; echo ready; read a; read b; echo over; {lasts}");
    let mut pty = guest(&script);
    pty.wait("it", shows("ready"));
    pty.press("\u{3}");
    pty.wait("it hears it", shows("caught"));
    pty.press("x\ny\n");
    pty.wait("it goes on", shows("over"));
    pty.press("end\n");
    pty.wait_for_console();
    leave(pty);
    // One that does not mind it ends, and the console says so.
    let mut pty = guest("echo ready; exec sleep 600");
    pty.wait("it", shows("ready"));
    pty.press("\u{3}");
    pty.wait_for_console();
    pty.wait("a word about it", |screen| {
        screen.contents().contains("ended by signal 2")
    });
    pty.wait_for_console();
    leave(pty);
}

#[test]
fn what_a_killed_one_left_behind_is_undone() {
    let modes = "printf '\\033[?1049h\\033[?1003h\\033[?2004h\\033[?25l\\033[5;9r\\033(0'";
    let pty = guest(&format!("{modes}; stty raw -echo; echo ready; kill -9 $$"));
    pty.wait_for_console();
    pty.wait("a word about it", |screen| {
        screen.contents().contains("ended by signal 9")
    });
    assert!(pty.look(|screen| screen.contents().contains("context")));
    leave(pty);
}

#[test]
fn a_new_size_reaches_it_and_the_console_after_it() {
    let mut pty = guest("trap 'stty size' WINCH; echo ready; read a; read b; read c");
    pty.wait("it", shows("ready"));
    pty.resize(90, 30);
    pty.press("\n");
    pty.wait("its size", shows("30 90"));
    pty.press("\n\n\n");
    pty.wait_for_console();
    pty.wait("the last line of thirty", |screen| {
        screen
            .rows(0, 90)
            .nth(29)
            .is_some_and(|row| !row.trim().is_empty())
    });
    leave(pty);
}

#[test]
fn a_console_that_is_ended_ends_it_too_and_gives_the_terminal_back() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let script =
            "stty -echo; trap 'echo told; exit' TERM HUP; echo ready; while :; do read a; done";
        let mut pty = guest(script);
        pty.wait("it", shows("ready"));
        pty.signal(signal);
        assert_eq!(pty.end(), code);
        pty.wait("it was told", shows("told"));
        assert_cooked(&pty);
    }
    // One that does not listen is killed.
    let mut pty = guest("trap '' TERM; echo ready; while :; do read a || exit; done");
    pty.wait("it", shows("ready"));
    pty.signal(Signal::TERM);
    assert_eq!(pty.end(), 143);
    assert_cooked(&pty);
}

#[test]
fn one_that_cannot_be_had_is_a_message() {
    let pty = guest("exit 7");
    pty.wait_for_console();
    pty.wait("a word about it", |screen| {
        screen.contents().contains("exit status 7")
    });
    leave(pty);
}

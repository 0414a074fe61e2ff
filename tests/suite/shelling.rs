//! A shell in a container: the console steps aside for it and returns, the command line joins it to its own terminal.
//! Apart from other guests of the terminal (`stepping`): here the other end is a server that speaks as a kubelet's does.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use portable_pty::CommandBuilder;
use rustix::process::Signal;
use rustix::termios::LocalModes;
use tiphys::cluster::Cluster;
use tiphys::model::inside::Inside;
use tiphys::model::key::Key;
use tiphys::sim::api::access::Rights;
use tiphys::sim::resource::PODS;
use tiphys::sim::store::Origin;

use crate::cli::server::{Answer, Server};
use crate::exec::{Containers, pod};
use crate::pty::{Pty, tiphys};

fn terminal(config: &std::path::Path, home: &std::path::Path, line: &[&str]) -> CommandBuilder {
    std::fs::create_dir_all(home).unwrap();
    let mut command = tiphys(home);
    command.env("KUBECONFIG", config);
    command.args(line);
    command
}

fn open(containers: &Containers, line: &[&str]) -> Pty {
    Pty::spawn(terminal(&containers.config, &containers.server.home, line))
}

fn shows(text: &str) -> impl Fn(&vt100::Screen) -> bool {
    move |screen| screen.contents().contains(text)
}

fn assert_given_back(pty: &Pty) {
    let modes = pty.modes().local_modes;
    let usual = LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
    assert!(modes.contains(usual), "{modes:?}");
    pty.wait("the shell's screen", |screen| {
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
    });
}

/// What the journal says, by the program itself.
fn journal(containers: &Containers) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tiphys"));
    command
        .arg("journal")
        .env("HOME", &containers.server.home)
        .env_remove("XDG_STATE_HOME");
    Answer::of(command.output().unwrap()).good()
}

/// A console whose cursor is on the run that goes on.
fn console(containers: &Containers) -> Pty {
    let mut pty = open(containers, &["--no-restore"]);
    pty.wait("the runs", shows("reindex"));
    pty.press("/name:reindex\r\r");
    pty.wait("its steps", |screen| {
        let text = screen.contents();
        text.contains("search/reindex") && text.contains("main: running")
    });
    pty
}

#[test]
fn a_command_line_is_joined_to_it_and_ends_as_it_does() {
    let containers = Containers::new(Server::story());
    let mut pty = open(&containers, &["shell", "search/reindex"]);
    pty.wait("where it is and how to leave", |screen| {
        let text = screen.contents();
        text.contains("search/reindex-check-1, container main")
            && text.contains("ctrl-] three times")
    });
    pty.wait("the prompt", shows("$ "));
    assert!(!pty.modes().local_modes.contains(LocalModes::ICANON));
    pty.press("size\r");
    pty.wait("its size", shows("size 100x24"));
    pty.resize(90, 30);
    // A key that the terminal would take is for the container.
    pty.press("\u{3}\u{1a}\r");
    pty.wait("two of its keys", shows("not found"));
    pty.press("size\r");
    pty.wait("its new size", shows("size 90x30"));
    pty.press("mess\r");
    pty.wait(
        "what it does to the terminal",
        vt100::Screen::alternate_screen,
    );
    pty.press("exit 3\r");
    assert_eq!(pty.end(), 3);
    assert_given_back(&pty);
    let asked = containers.asked();
    let [asked] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert!(
        asked.starts_with("/api/v1/namespaces/search/pods/reindex-check-1/exec?"),
        "{asked}"
    );
    for part in [
        "stdin=true",
        "stdout=true",
        "tty=true",
        "container=main",
        "command=%2Fbin%2Fsh",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    let told = journal(&containers);
    assert!(
        told.contains("shell search/reindex (step check): ended with exit status 3"),
        "{told}"
    );
    assert!(!told.contains("mess"), "{told}");
}

#[test]
fn a_connection_that_breaks_or_hangs_is_left_and_said() {
    let containers = Containers::new(Server::story());
    let mut pty = open(
        &containers,
        &["shell", "search/reindex", "check", "-c", "main"],
    );
    pty.wait("the prompt", shows("$ "));
    pty.press("cut\r");
    assert_eq!(pty.end(), 255);
    pty.wait("what became of it", shows("what ran there may go on"));
    assert_given_back(&pty);

    let mut pty = open(&containers, &["shell", "search/reindex"]);
    pty.wait("the prompt", shows("$ "));
    pty.press("hang\r");
    pty.wait("it is heard", shows("hang"));
    pty.press("\u{1d}\u{1d}\u{1d}");
    assert_eq!(pty.end(), 255);
    pty.wait("what became of it", shows("you left"));
    assert_given_back(&pty);

    let mut pty = open(&containers, &["shell", "search/reindex"]);
    pty.wait("the prompt", shows("$ "));
    pty.signal(Signal::TERM);
    assert_eq!(pty.end(), 143);
    assert_given_back(&pty);
    assert!(journal(&containers).contains("it was cut off"));
}

#[test]
fn a_script_pipes_through_it() {
    let containers = Containers::new(Server::story());
    let mut command = Command::new(env!("CARGO_BIN_EXE_tiphys"));
    command.args(["shell", "search/reindex", "--", "cat", "-u"]);
    command
        .env("KUBECONFIG", &containers.config)
        .env("HOME", &containers.server.home);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let text = "line\n".repeat(50_000);
    let mut input = child.stdin.take().unwrap();
    let typed = text.clone();
    let typing = std::thread::spawn(move || input.write_all(typed.as_bytes()).unwrap());
    let answer = Answer::of(child.wait_with_output().unwrap());
    typing.join().unwrap();
    assert_eq!((answer.code, answer.err.as_str()), (0, "cat begins\n"));
    assert!(answer.out == text, "{} bytes", answer.out.len());
    assert!(containers.asked()[0].contains("command=cat&command=-u"));
}

#[test]
fn the_console_steps_aside_and_returns() {
    let containers = Containers::new(Server::story());
    let mut pty = console(&containers);
    pty.press("x!");
    pty.wait("the shell instead of the console", |screen| {
        !screen.alternate_screen() && screen.contents().contains("$ ")
    });
    pty.press("size\r");
    pty.wait("its size", shows("size 100x24"));
    pty.resize(110, 30);
    pty.press("mess\r");
    pty.wait(
        "what it does to the terminal",
        vt100::Screen::alternate_screen,
    );
    pty.press("exit 4\r");
    pty.wait("the console, whole, and a word about it", |screen| {
        let text = screen.contents();
        screen.alternate_screen()
            && text.contains("ended with exit status 4")
            && screen
                .rows(0, 110)
                .nth(29)
                .is_some_and(|row| row.contains("live"))
    });
    pty.press("gj");
    pty.wait(
        "the journal",
        shows("shell search/reindex (step check): ended"),
    );
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
    assert_given_back(&pty);
}

#[test]
fn several_containers_are_a_choice_and_a_bare_image_is_explained() {
    let containers = Containers::new(Server::story());
    let both = pod("reindex-check-2", &["bare", "main", "wait"]);
    containers.server.store.put(PODS, both, Origin::Client);
    let mut pty = console(&containers);
    pty.press("x!");
    pty.wait("the containers", |screen| {
        let text = screen.contents();
        text.contains("Shell in which container?")
            && text.contains("bare")
            && !text.contains("wait ·")
    });
    pty.press("\u{1b}");
    pty.wait("none", |screen| {
        !screen.contents().contains("which container")
    });
    pty.press(":shell bare\r");
    pty.wait("why not", |screen| {
        let text = screen.contents();
        screen.alternate_screen() && text.contains("there is no shell in its image")
    });
    pty.press(":shell nope\r");
    pty.wait("why not", shows("no container nope"));
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
}

#[test]
fn who_may_not_is_told_before_anything_is_sent() {
    let containers = Containers::new(Server::story());
    let mut pty = open(&containers, &["--no-restore", "--readonly"]);
    pty.wait("the runs", shows("reindex"));
    pty.press("/name:reindex\r");
    pty.wait("one run", |screen| !screen.contents().contains("refund"));
    pty.press("x!");
    pty.wait("why not", shows("--readonly"));
    pty.press("\u{3}");
    assert_eq!(pty.end(), 0);
    assert!(containers.asked().is_empty());
    let answer = containers
        .server
        .run(&["--readonly", "shell", "search/reindex"]);
    assert_eq!(answer.code, 2, "{}", answer.err);

    let server = Server::for_user(Rights::OperatorIn(vec!["search".to_string()]));
    server.furnish();
    server
        .store
        .put(PODS, pod("reindex-check-1", &["main"]), Origin::Client);
    let answer = server.run(&["-n", "search", "shell", "search/reindex"]);
    assert_eq!(answer.code, 255);
    assert!(
        answer.err.contains("may not create pods/exec in search"),
        "{}",
        answer.err
    );
    let answer = server.run(&["-n", "search", "shell", "search/nightly"]);
    assert!(
        answer
            .err
            .contains("no container of any step of search/nightly runs now"),
        "{}",
        answer.err
    );
}

/// The embedded cluster pretends its containers, and says so.
#[tokio::test]
async fn it_is_this_pod_or_none_and_the_embedded_cluster_has_nothing_to_enter() {
    let server = tokio::task::spawn_blocking(Server::story).await.unwrap();
    server
        .store
        .put(PODS, pod("reindex-check-1", &["main"]), Origin::Client);
    let cluster = Cluster::from_service(server.api.clone(), "test");
    let found = server.store.get(PODS, "search", "reindex-check-1").unwrap();
    let uid = found.value()["metadata"]["uid"]
        .as_str()
        .unwrap()
        .to_string();
    let mut inside = Inside {
        run: Key::new("search", "reindex", "uid-search-reindex"),
        step: "check".into(),
        pod: Key::new("search", "reindex-check-1", &*uid),
        container: "main".into(),
        command: Vec::new(),
    };
    assert_eq!(cluster.may_enter(&inside).await, Ok(()));
    let why = cluster.enter(&inside, true).await.err().unwrap();
    assert!(
        why.contains("the containers of the embedded cluster are pretended"),
        "{why}"
    );
    inside.container = "other".into();
    let why = cluster.may_enter(&inside).await.unwrap_err();
    assert!(why.contains("there is no such container"), "{why}");
    inside.pod = Key::new("search", "reindex-check-1", "another");
    let why = cluster.may_enter(&inside).await.unwrap_err();
    assert!(why.contains("another pod is called"), "{why}");
    inside.pod = Key::new("search", "gone", "another");
    let why = cluster.may_enter(&inside).await.unwrap_err();
    assert!(why.contains("is gone"), "{why}");
    tokio::task::spawn_blocking(move || drop(server))
        .await
        .unwrap();
}

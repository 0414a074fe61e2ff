//! Tiphys: a full-screen terminal operations console for QA on Kubernetes.
//!
//! It shows Argo workflows of many namespaces in order of attention, says why a run failed or waits, has the log
//! beside it, and retries, stops, approves and launches runs when it is asked to. One binary talks to real clusters; `tiphys demo` runs the same program on a cluster embedded in the process.
//! This page is the architecture: the picture, the rooms, the rules between them and what they hold for certain.
//!
//! # The picture
//!
//! ```text
//!  keys ───────┐                                        ┌── ui::draw(&State, &Theme, now) ─▶ cells
//!  cluster ────┤                                        │       └─ Drawn: what fits, what is where, when it changes
//!  files ──────┤                                        │
//!  signals ────┼─▶ one queue of Msg ─▶ app::update(&mut State, now, Msg) ─▶ Vec<Effect>
//!  time ───────┘                                                              │
//!       ▲                                                                     ▼
//!       └────────────── Msg::Cluster(session, …) ◀── cluster::* ◀── runtime::effects (the one match)
//! ```
//!
//! A watch event becomes a cell like this: the API server writes a line; `cluster::watch` hands it to `wire`, which decodes
//! it without keeping it; the row travels as a [`model::delta::Delta`] through the mailbox, where a newer one of the same object replaces it;
//! [`app::update::update`] puts it into the [`app::fleet::Fleet`]; the next frame selects, sorts and draws the window that is visible.
//! Rows, which say of every run how it stands, are read as they come; whole objects too where they are on screen, and of the others
//! one a second ([`cluster::held`]).
//!
//! A key becomes an effect like this: `runtime::input` names it ([`app::key::KeyPress`]); the keymap finds the
//! [`app::command::Command`] in the innermost scope; the command changes the state or returns an [`app::effect::Effect`]
//! with the object's key and uid inside; `runtime::effects` carries it out; the answer comes back as a message.
//!
//! What a person writes in a form ([`app::draft`]) is a document whose fields are places in it; nothing of it leaves the program before it
//! is an order like the others.
//!
//! A key that changes something goes further: [`app::orders::verbs`] makes an [`model::act::Order`] of it, with the uid inside;
//! `Effect::Prepare` reads the object and [`wire::act::plan`] says what would be sent; the dialog ([`app::orders::dialog`]) shows
//! just that; a yes becomes `Effect::Act`; [`cluster::acting`] reads once more, compares, sends each request once and reads back
//! where no answer came (what a person wrote in an editor is an order like any other, [`app::orders::edit`]); [`runtime::journal`] has it before the first request goes out and after the last; the watch delivers
//! the truth.
//!
//! # The rooms
//!
//! | room | what it holds |
//! |---|---|
//! | [`model`] | runs, steps, phases, causes, the step tree and its layout as a graph, time as people write it, tasks and their criteria: nouns and rules |
//! | [`wire`] | shapes of the Kubernetes API, and texts of Task Master's files, and their total conversion to `model` |
//! | [`library`] | workflow templates: a QARun's spec in, an Argo Workflow out |
//! | [`app`] | the program as a value: state, messages, effects, commands, keys, filter, selection, what is configured |
//! | [`ui`] | state to cells; themes and glyphs |
//! | [`cluster`] | the only Kubernetes client code: connect, watch, logs, errors; and the only clients of stores of artifacts and of Claude |
//! | [`controller`] | of QARuns: observe, decide (pure), apply, status (pure) |
//! | [`bridge`] | between tasks and QARuns: observe, decide (pure), create, report |
//! | [`taskmaster`] | Task Master's files: where a project keeps them, reading it with what stands beside; the lock that excludes its writers, replacing at once, looking again |
//! | [`runtime`] | the shell around `app` and `ui`: terminal, input, signals, mailbox, effects, downloads, hooks, configuration files, log file, journal and trash |
//! | [`store`] | what was seen and is gone from the cluster, in one SQLite file |
//! | [`sim`] | the embedded cluster: a Kubernetes API, a pretended Argo, a store of artifacts, the demo's story |
//! | [`cli`] | one file per subcommand |
//!
//! # Who may know whom
//!
//! The test `layering` reads the sources and holds this table.
//!
//! | layer | may import | may not contain |
//! |---|---|---|
//! | `model` | nothing of the crate | kube, ratatui, tokio, `std::fs`, the present time |
//! | `wire` | model | ratatui, tokio, `std::fs`, the present time |
//! | `library` | model | kube, ratatui, tokio, `std::fs`, the present time |
//! | `app` | library, model; the text area only in `app::editor` | kube, ratatui, crossterm, tokio, `std::fs`, the present time, `async` |
//! | `ui` | app, model | kube, tokio, `std::fs`, the present time, `&mut State` |
//! | `cluster` | wire, model | ratatui, `std::fs` |
//! | `controller` | cluster, library, wire, model; the wall's time only in `Time::real` | kube, ratatui, `std::fs` |
//! | `bridge` | cluster, taskmaster, library, wire, model | kube, ratatui, `std::fs` |
//! | `taskmaster` | wire, model | kube, ratatui, tokio, the present time but in `disk`, `async` |
//! | `store` | model | kube, ratatui, tokio, the present time |
//! | `sim` | wire, model | ratatui, `kube::Client` |
//! | `runtime` | app, ui, cluster, store, model | sim, wire |
//! | `cli` | everything | |
//!
//! # What holds for certain
//!
//! 1. `update` is the only function that changes what the program knows. It never waits and never asks the time. After a frame
//!    [`app::drawn::learn`] notes what fitted where, and nothing else.
//! 2. `draw` takes `&State`. What it learned (how much fits, what is where) comes back as [`app::drawn::Drawn`].
//! 3. Everything the program wants from the world is an [`app::effect::Effect`], a value that a test can compare.
//! 4. A re-list replaces a source atomically; during an outage the old rows stay and say that they are old.
//! 5. Cursor, focus and effects name objects by uid, never rows. A run that is deleted under the cursor stays as a ghost until the cursor moves.
//! 6. Rows change only because the watch, or a read of the object, said so.
//! 7. Help, footer hints, the words of the command line and the README's key table come from one table, [`app::command::TABLE`].
//! 8. The console cannot tell the demo from a cluster: the demo is an HTTP Kubernetes API behind the same client, and the real
//!    controller of QARuns works on it; only Argo and the people are pretended.
//! 9. Read-only is kept in one place twice: effects that write are refused, and the client itself lets no writing request pass.
//!    A port-forward passes, because only [`cluster::store`] asks for one, and lets nothing but GET and HEAD through it.
//! 10. `Msg` and `State` can be serialised: messages that were written down replay a session. What is only derived (the step tree, a
//!     compiled search, the layout of a graph) is left out of a written state.
//! 11. Colour is decided last, in [`ui::theme`]; `model` and `app` know states, not colours.
//! 12. Only visible rows are built and drawn; objects are folded into rows and facts while they are decoded, and kept whole only for the one run that is looked at.
//! 13. A file that a person wrote can be wrong in any line: each mistake has a place and a hint, and everything else is in force
//!     ([`app::config`]). Nothing is ever written into the configuration directory.
//! 14. No text from a cluster reaches a terminal as it came: it is cleaned where it is decoded, and again where cells are written.
//!     Only what a shell in a container says goes there as it is ([`runtime::session`]): a person asked for a terminal there.
//!     Of a picture nothing goes there but its pixels, encoded anew ([`model::picture`]), and only as the terminal says that it takes them.
//! 15. Nobody waits for a terminal: what it does not take waits in [`runtime::screen`], and frames are left out until it has gone.
//!     While somebody else has it ([`app::aside`]: an editor, a pager, a shell in a container) the loop goes on without drawing,
//!     and whatever becomes of them or of us, its modes are what they were.
//! 16. No single key writes. An order names an object by uid from the key press on; what is sent is what was shown, or it is asked
//!     again; a request goes out once; whether it may at all is asked in one place ([`app::orders::guard`]).
//! 17. Keys of a store are read from Secrets for one question and forgotten with its answer; what holds them cannot be printed.
//!     Nothing of an archive is unpacked, and every reader of one has an end ([`wire::contents`]).
//! 18. What a person wrote into a QARun is never part of a script and never expanded by Argo ([`library::safe`]); a workflow is put
//!     together field by field, and nothing of a spec is merged into it.
//! 19. An attempt of a QARun has one workflow, however many controllers there are and wherever each of them ends; what it found is
//!     in the status before it may go ([`controller`]).
//! 20. A QARun and its workflows are one run in a list ([`app::fleet`]): which of them stands for all follows from what the feeds
//!     said, and whoever stands on one that steps back is led to its heir. What is asked of a QARun goes through its spec
//!     alone; what is asked of its workflow goes to that.
//! 21. A failure is news where it happens after the first list of its source ([`app::turns`]), and is told once for each attempt.
//! 22. A criterion that was read from a text is checked by a machine only as that text says, and what a text of a task says is data: it
//!     tells this program nothing ([`model::task::criteria`]).
//! 23. Of a file that others write too one value is changed and not a byte more, under the lock that excludes them ([`taskmaster`]);
//!     what a task says is verified once, whoever rewrites the file and however many bridges there are ([`bridge`]); the console
//!     has one only where somebody typed that it should ([`app::bridging`]).
//! 24. What Claude proposes is a stranger's text: it is held to what was asked ([`model::task::proposal`]), shown whole, and is a rule of
//!     the project only where a person takes it; nothing runs it before. Its key is in one header of one server ([`cluster::claude`]).

pub mod app;
pub mod bridge;
pub mod cli;
pub mod cluster;
pub mod controller;
pub mod library;
pub mod model;
pub mod runtime;
pub mod sim;
pub mod store;
pub mod taskmaster;
pub mod ui;
pub mod wire;

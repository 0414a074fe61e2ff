//! The loop: messages in, effects out, a frame when something changed.
//! Apart from what it calls, all of which can be tried without it.

mod lending;
mod staging;

use std::io;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::app::drawn::{self, Drawn};
use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::app::orders::Ticket;
use crate::app::state::{State, Whisper};
use crate::app::update;
use crate::runtime::alert;
use crate::runtime::aside::{Away, Guest};
use crate::runtime::background::Question;
pub use crate::runtime::clock::Clock;
use crate::runtime::config::{Feed, Home, Loaded};
use crate::runtime::effects::{Effects, Rest, Source, Tasks};
use crate::runtime::envelope::Between;
use crate::runtime::graphics::Stage;
use crate::runtime::hook::Hooks;
use crate::runtime::input::Input;
use crate::runtime::journal::Journal;
use crate::runtime::keeper::{self, Keeper};
use crate::runtime::mailbox::Mailbox;
use crate::runtime::past::{self, Historian};
use crate::runtime::session::Visit;
use crate::runtime::signals::{self, Ending, Order, Orders};
use crate::runtime::terminal::{Terminal, Tty};
use crate::ui;
use crate::ui::theme::Themes;

/// Shortest time between two frames that no key asked for.
const FRAME: Duration = Duration::from_millis(50);

/// Longest time between two frames on a slow line: one that took nothing for a minute is not one that needs four.
const SLOWEST: Duration = Duration::from_secs(1);

/// Shortest time between two ticks, whatever the state says it waits for.
const TICK: Duration = Duration::from_millis(5);

/// What the console is run with.
pub struct Console {
    /// The state it begins with.
    pub state: State,
    /// Where clusters come from.
    pub source: Source,
    /// How it looks.
    pub themes: Themes,
    /// Its clock.
    pub clock: Clock,
    /// Where its configuration is read again when that changes, and what was read.
    pub home: Option<(Home, Loaded)>,
    /// Where what is done is written down.
    pub journal: Option<Journal>,
    /// Reads the tasks of a project.
    pub tasks: Option<Tasks>,
}

/// Everything that lives as long as the loop.
struct Shell {
    console: Console,
    mailbox: Mailbox,
    effects: Effects,
    visits: UnboundedReceiver<(Ticket, Visit)>,
    terminal: Terminal,
    input: Option<Input>,
    orders: Orders,
    config: Option<Feed>,
    background: Question,
    pictures: Question,
    /// What stands on the terminal that is no cell.
    stage: Stage,
    /// The terminal knows what a question and a title is.
    answers: bool,
    hooks: Hooks,
    /// Keeps where somebody left off, where anything is remembered.
    keeper: Option<Keeper>,
    historian: Option<Historian>,
    /// Something changed since the last frame.
    dirty: bool,
    /// The terminal is the shell's until somebody continues us, or a guest's until it ends.
    released: bool,
    /// Who has the terminal instead.
    away: Option<Away>,
    /// When a guest gave it back last.
    back: Option<Instant>,
    last_frame: Instant,
    last_tick: Instant,
}

/// Why the loop ended.
enum Exit {
    Quit,
    Ending(Ending),
}

/// Takes the terminal and runs until a person quits, a signal ends it, or the terminal is gone.
///
/// # Errors
/// Where there is no terminal, or it cannot be taken.
pub async fn run(console: Console) -> io::Result<ExitCode> {
    begin_with(console, Vec::new()).await
}

/// The same, which carries these out first, after what it begins with anyway.
///
/// # Errors
/// As [`run`].
pub async fn begin_with(mut console: Console, more: Vec<Effect>) -> io::Result<ExitCode> {
    let (orders, mut ordered) = Orders::new();
    signals::listen(orders.clone())?;
    let tty = Tty::open()?;
    let keys = tty.input()?;
    let mailbox = Mailbox::new();
    let terminal = Terminal::take(tty)?;
    let mut effects = Effects::new(
        console.source.clone(),
        console.state.readonly,
        mailbox.clone(),
    )
    .noted_in(console.journal.clone())
    .with_tasks(console.tasks.clone());
    let answers = console.home.as_ref().is_some_and(|h| h.0.facts.answers);
    let hooks = Hooks::new(mailbox.clone());
    let file = keeper::usual_path().filter(|_| console.state.memories.is_some());
    let keeper = file.and_then(|file| Keeper::start(file, mailbox.clone()).ok());
    let file = past::usual_path().filter(|_| console.state.keeps_past);
    let historian = file.and_then(|file| Historian::start(file, mailbox.clone()).ok());
    let config = console.home.take();
    let config = config.map(|(home, loaded)| Feed::start(home, loaded));
    let mut shell = Shell {
        input: Some(Input::start(keys, mailbox.clone(), orders.clone())?),
        console,
        mailbox,
        visits: effects.visits(),
        effects,
        terminal,
        orders,
        config,
        background: Question::of(answers),
        pictures: Question::of(answers),
        stage: Stage::default(),
        answers,
        hooks,
        keeper,
        historian,
        dirty: true,
        released: false,
        away: None,
        back: None,
        last_frame: Instant::now(),
        last_tick: Instant::now(),
    };
    let exit = shell.run(&mut ordered, more).await;
    if let Some(away) = shell.away.take() {
        let ending = match exit {
            Ok(Exit::Ending(ending)) => ending,
            _ => Ending::Closed,
        };
        away.end(ending.signal()).await;
    }
    if let Ok(Exit::Quit) = exit {
        shell.background.hear_out(&shell.mailbox).await;
        shell.pictures.hear_out(&shell.mailbox).await;
    }
    shell.effects.rest().await;
    // A terminal that is gone needs nothing.
    let _ = shell.strike();
    shell.terminal.release();
    match exit {
        Ok(Exit::Quit) => Ok(ExitCode::SUCCESS),
        Ok(Exit::Ending(ending)) => Ok(ExitCode::from(ending.exit_code())),
        Err(error) => {
            tracing::error!(%error, "the terminal failed");
            Ok(ExitCode::from(last_order(&mut ordered).exit_code()))
        }
    }
}

/// Why the terminal takes nothing any more: because the program was told to end meanwhile, or because it is gone.
fn last_order(ordered: &mut UnboundedReceiver<Order>) -> Ending {
    while let Ok(order) = ordered.try_recv() {
        if let Order::End(ending) = order {
            return ending;
        }
    }
    Ending::Closed
}

impl Shell {
    async fn run(
        &mut self,
        ordered: &mut UnboundedReceiver<Order>,
        more: Vec<Effect>,
    ) -> io::Result<Exit> {
        self.resize()?;
        let mut first = update::start(&mut self.console.state);
        first.extend(more);
        if let Some(exit) = self.carry_out(first)? {
            return Ok(exit);
        }
        if !self.released {
            self.terminal.mouse(self.console.state.mouse)?;
        }
        self.draw()?;
        self.ask_background()?;
        loop {
            let wait = self.wait();
            // Where a frame is owed it comes in some milliseconds: what the feeds say until then is taken in for it at once,
            // because each waking costs more than most of what they say.
            let mailbox = self.mailbox.clone();
            let owed = self.dirty && !self.released && self.pace() == FRAME;
            let word = async {
                if owed {
                    mailbox.person().await;
                    mailbox.batch()
                } else {
                    mailbox.recv_batch().await
                }
            };
            let config = async {
                match &mut self.config {
                    Some(feed) => feed.next().await,
                    None => std::future::pending().await,
                }
            };
            let over = async {
                match &mut self.away {
                    Some(away) => away.over().await,
                    None => std::future::pending().await,
                }
            };
            let behind = self.terminal.is_behind();
            let exit = tokio::select! {
                biased;
                order = ordered.recv() => self.obey(order)?,
                () = self.terminal.takes(), if behind => self.catch_up()?,
                Some((ticket, visit)) = self.visits.recv() => {
                    self.step_aside(ticket, Guest::Visit(Box::new(visit)))?
                }
                told = over => self.come_back(told)?,
                loaded = config => self.configure(loaded)?,
                batch = word => self.take(batch)?,
                () = tokio::time::sleep(wait) => self.tick()?,
            };
            if let Some(exit) = exit {
                return Ok(exit);
            }
        }
    }

    /// Gives the terminal what waits; once it has everything the newest picture follows.
    fn catch_up(&mut self) -> io::Result<Option<Exit>> {
        self.terminal.push()?;
        match self.is_due() {
            true => self.take(self.mailbox.batch()),
            false => Ok(None),
        }
    }

    /// Until the next frame where one is owed or something is due, whichever is first.
    fn wait(&self) -> Duration {
        let tick = match self.console.state.wake() {
            // A state that is never content with the time must not become a loop without rest.
            Some(at) => self
                .console
                .clock
                .until(at)
                .max(TICK.saturating_sub(self.last_tick.elapsed())),
            None => Duration::from_secs(3_600),
        };
        // One that the terminal cannot take yet is not due before it says so.
        if self.dirty && !self.released && !self.terminal.is_behind() {
            return tick.min(self.pace().saturating_sub(self.last_frame.elapsed()));
        }
        tick
    }

    /// Shortest time between frames on this terminal. One that takes long to accept a frame is a slow line: it gets the
    /// next one after four times that, so that it shows what is and not what was.
    fn pace(&self) -> Duration {
        FRAME.max((self.terminal.last_write() * 4).min(SLOWEST))
    }

    fn tick(&mut self) -> io::Result<Option<Exit>> {
        let now = self.console.clock.now();
        if self.console.state.wake().is_some_and(|at| at <= now) {
            self.last_tick = Instant::now();
            self.dirty |= self.visibly_due(now);
            if let Some(exit) = self.update(Msg::Tick)? {
                return Ok(Some(exit));
            }
        }
        if self.is_due() {
            return self.take(self.mailbox.batch());
        }
        Ok(None)
    }

    /// Whether what is due can be seen. A read in the background shows nothing until it is answered.
    fn visibly_due(&self, now: Timestamp) -> bool {
        let state = &self.console.state;
        let due = [
            state.next_change,
            state.messages.until(),
            state.aim.as_ref().map(|(_, at)| *at),
            match state.whisper {
                Whisper::Due(at) => Some(at),
                _ => None,
            },
        ];
        due.into_iter().flatten().any(|at| at <= now)
    }

    fn is_due(&self) -> bool {
        self.dirty && !self.terminal.is_behind() && self.last_frame.elapsed() >= self.pace()
    }

    fn draw_when_due(&mut self) -> io::Result<()> {
        if self.is_due() {
            self.draw()?;
        }
        Ok(())
    }

    /// Takes messages in. A key is answered with a frame at once, the rest as soon as a frame is due.
    fn take(&mut self, batch: Vec<Msg>) -> io::Result<Option<Exit>> {
        let urgent = batch
            .iter()
            .any(|msg| !matches!(msg, Msg::Cluster(..) | Msg::Tick));
        for msg in batch {
            if let Some(exit) = self.update(msg)? {
                return Ok(Some(exit));
            }
        }
        self.dirty = true;
        // On a slow line the answer to each key would only stand in the way of the answer to the last one.
        if urgent && self.pace() == FRAME {
            self.draw()?;
        } else {
            self.draw_when_due()?;
        }
        Ok(None)
    }

    /// Takes over a configuration that was read: keys, looks and what is wrong with them at once.
    fn configure(&mut self, loaded: Loaded) -> io::Result<Option<Exit>> {
        self.console.themes = loaded.themes;
        let exit = self.take(vec![Msg::Config(Box::new(loaded.config))])?;
        self.ask_background()?;
        Ok(exit)
    }

    /// Asks for the background where it decides something; until the answer comes the screen is as on a dark one.
    fn ask_background(&mut self) -> io::Result<()> {
        let wanted = !self.released && self.console.themes.differ();
        if self.background.ask(wanted) {
            self.terminal.ask_background()?;
        }
        Ok(())
    }

    fn update(&mut self, msg: Msg) -> io::Result<Option<Exit>> {
        self.background.hear(&msg);
        self.pictures.hear(&msg);
        // What was typed before somebody else got the terminal was meant for neither.
        let is_person = matches!(
            msg,
            Msg::Key(_) | Msg::Paste(_) | Msg::Wheel(..) | Msg::Click(..) | Msg::Drag(..)
        );
        if self.away.is_some() && is_person {
            return Ok(None);
        }
        let now = self.console.clock.now();
        let effects = update::update(&mut self.console.state, now, msg);
        self.carry_out(effects)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> io::Result<Option<Exit>> {
        for effect in effects {
            match self.effects.carry_out(effect) {
                None => {}
                // The terminal is the shell's now.
                Some(Rest::Alert(_) | Rest::Mouse(_) | Rest::Copy(_)) if self.released => {}
                Some(Rest::Alert(alert)) => {
                    let bytes = alert::bytes(&alert, self.answers, Between::here());
                    self.terminal.send(&bytes)?;
                }
                Some(Rest::Hook(argv, facts)) => self.hooks.run(argv, facts),
                Some(Rest::Remember(context, memory)) => {
                    if let Some(keeper) = &self.keeper {
                        keeper.keep(context, memory);
                    }
                }
                Some(Rest::KeepPast(context, runs)) => {
                    if let Some(historian) = &self.historian {
                        historian.keep(context, runs);
                    }
                }
                Some(Rest::Recall(session, context)) => {
                    if let Some(historian) = &self.historian {
                        historian.recall(session, context);
                    }
                }
                Some(Rest::Mouse(ours)) => self.terminal.mouse(ours)?,
                Some(Rest::Quit) => return Ok(Some(Exit::Quit)),
                Some(Rest::Suspend) => self.suspend()?,
                Some(Rest::Run(ticket, program, args)) => {
                    let guest = Guest::Program(program, args);
                    if let Some(exit) = self.step_aside(ticket, guest)? {
                        return Ok(Some(exit));
                    }
                }
                Some(Rest::Copy(text)) => self.terminal.copy(&text)?,
                Some(Rest::ReadConfig) => {
                    if let Some(feed) = &self.config {
                        feed.ask();
                    }
                }
                Some(Rest::Wear(name)) => {
                    if let Some(feed) = &self.config {
                        feed.wear(name);
                    }
                }
            }
        }
        Ok(None)
    }

    fn resize(&mut self) -> io::Result<Option<Exit>> {
        let size = self.terminal.size();
        self.dirty = true;
        self.update(Msg::Resize(size.width, size.height))
    }

    /// Puts the title on the terminal's window, where that is wanted and the terminal knows what it is.
    fn entitle(&mut self, title: &str) -> io::Result<()> {
        match self.answers && self.console.state.habits.title {
            true => self.terminal.title(title),
            false => self.terminal.untitle(),
        }
    }

    /// Writes the frame of the present.
    fn frame(&mut self) -> io::Result<Option<Drawn>> {
        let now = self.console.clock.now();
        let state = &self.console.state;
        let theme = self.console.themes.on(state.background);
        let mut learned = None;
        self.terminal.draw(|frame| {
            learned = Some(ui::draw(state, theme, now, frame.buffer_mut()));
        })?;
        Ok(learned)
    }

    /// Forgets what is on the terminal: everything is painted anew.
    fn repaint(&mut self) -> io::Result<()> {
        self.strike()?;
        self.terminal.repaint()
    }

    fn draw(&mut self) -> io::Result<()> {
        if self.released {
            return Ok(());
        }
        if self.terminal.is_behind() {
            self.dirty = true;
            return Ok(());
        }
        if self.console.state.repaint {
            self.repaint()?;
            self.console.state.repaint = false;
        }
        self.terminal.hold_still(self.stage.is_set());
        if let Some(mut learned) = self.frame()? {
            let asked = self.pictures.ask(learned.pictured && self.wants_pictures());
            if asked {
                self.terminal.ask_pictures()?;
            }
            self.stage(learned.picture.take())?;
            self.entitle(&learned.title)?;
            drawn::learn(&mut self.console.state, learned);
            self.effects.near(self.console.state.runs_on_screen());
        }
        self.dirty = false;
        self.last_frame = Instant::now();
        Ok(())
    }
}

//! What the configuration files say now, taken over into a console that is at work.
//! Apart from reading them, and from the state, of which this is one change among many.

use jiff::Timestamp;

use crate::app::config::Config;
use crate::app::line::Line;
use crate::app::said::Level;
use crate::app::state::{State, Whisper};

impl State {
    /// Takes over what the configuration files say now.
    pub fn configure(&mut self, now: Timestamp, config: Config) {
        let Config {
            keymap,
            reduced_motion,
            habits,
            problems,
            links,
        } = config;
        // What a key has turned since stays, unless the file says something else now.
        if habits.utc != self.habits.utc {
            self.zone.utc = habits.utc;
        }
        if habits.mouse != self.habits.mouse {
            self.mouse = habits.mouse;
        }
        if habits.rules != self.habits.rules {
            self.news.judge_again(now);
        }
        // While a theme is tried on, seeing it says enough.
        let fitting = self.line.as_ref().is_some_and(Line::is_fitting);
        let quiet = std::mem::take(&mut self.undressing) || fitting;
        let text = match habits.theme == self.habits.theme {
            true => "config read again".to_string(),
            false => format!("the theme is {}", habits.theme),
        };
        self.habits = habits;
        // Keys pressed so far meant something in the old keymap only.
        self.pending.clear();
        self.whisper = Whisper::None;
        self.keymap = keymap;
        self.links = links;
        self.reduced_motion = reduced_motion;
        match problems.len() {
            0 if quiet => {}
            0 => self.tell(now, Level::Info, text),
            1 => self.tell(now, Level::Warn, "config: 1 problem, the rest is in force"),
            n => {
                let text = format!("config: {n} problems, the rest is in force");
                self.tell(now, Level::Warn, text);
            }
        }
        self.problems = problems;
    }
}

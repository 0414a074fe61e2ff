//! `tiphys frame`: the console after some keys as one frame of text, without a terminal.
//! Apart from the console, whose screen nobody can paste into a report.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::app::key::KeyPress;
use crate::cli::Common;
use crate::cli::ask;
use crate::cli::console::Look;
use crate::cli::demo::Demo;
use crate::cli::fail::{self, FAILED, Failure, PARTIAL};
use crate::cli::output::print;
use crate::cli::project;
use crate::cluster::Cluster;
use crate::runtime::console::{Clock, Console};
use crate::runtime::effects::Source;
use crate::runtime::headless::Headless;
use crate::runtime::mailbox::Mailbox;
use crate::sim::Embedded;

const HELP: &str = "\
Examples:
  tiphys frame --demo --size 120x40
  tiphys frame --demo --keys 'enter l'
  tiphys frame --keys '/ f a i l enter' -n payments > report.txt

Exit status:
  0  the frame is complete
  1  it could not be drawn; the reason is on standard error
  2  the command line is wrong
  3  something could not be read, or was still on its way when it was drawn;
     standard error says which";

/// Print one frame of the console as text, after some keys
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Frame {
    /// Keys to press first, as in keymaps: 'j j enter', 'ctrl-d', '/ f o o enter'
    #[arg(long, value_name = "KEYS", value_parser = keys)]
    keys: Option<String>,
    /// Columns and rows
    #[arg(long, value_name = "WxH", default_value = "160x45", value_parser = size)]
    size: (u16, u16),
    /// Let so many seconds pass before the keys
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    after: Option<Duration>,
    /// With colours
    #[arg(long)]
    ansi: bool,
    /// Of the embedded cluster instead of a real one
    #[arg(long)]
    demo: bool,
    /// Seed of the embedded cluster
    #[arg(long, default_value_t = 42, requires = "demo")]
    seed: u64,
}

fn keys(text: &str) -> Result<String, String> {
    KeyPress::parse_all(text).map(|_| text.to_string())
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let sides = text.split_once('x').and_then(|(width, height)| {
        let side = |text: &str| {
            text.parse::<u16>()
                .ok()
                .filter(|side| (1..=500).contains(side))
        };
        Some((side(width)?, side(height)?))
    });
    sides.ok_or_else(|| "write it like 120x40, at most 500x500".to_string())
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse::<f64>()
        .ok()
        .filter(|seconds| (0.0..=3_600.0).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "a number of seconds from 0 to 3600".to_string())
}

impl Frame {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        ask::run(common, (FAILED, 0), async {
            let (console, embedded) = self.console(common, look).map_err(|why| Failure::Said {
                what: format!("{why:#}"),
                next: None,
            })?;
            let mut headless = Headless::new(console, Mailbox::new(), self.size);
            let mut complete = headless.settle().await;
            if let Some(time) = self.after {
                headless.watch(time).await;
                complete = headless.settle().await;
            }
            if let Some(keys) = &self.keys {
                let pressed = headless.press(keys).await;
                complete = pressed.map_err(Failure::Usage)?;
            }
            print(&if self.ansi {
                headless.ansi()
            } else {
                headless.text()
            })?;
            drop(embedded);
            if let Some(why) = headless.trouble() {
                fail::warn(&format!("partial: {why}"));
            } else if !complete {
                fail::warn("something was still on its way when the frame was drawn");
            } else {
                return Ok(ExitCode::SUCCESS);
            }
            Ok(ExitCode::from(PARTIAL))
        })
    }

    /// The console, and the embedded cluster it looks at, which lives as long as it is held.
    fn console(
        &self,
        common: &Common,
        look: &Look,
    ) -> color_eyre::Result<(Console, Option<Embedded>)> {
        let embedded = match self.demo {
            true => Some(Demo::story(self.seed)?),
            false => None,
        };
        // On a real cluster a picture is of the cluster.
        let (source, clock, tasks) = match &embedded {
            Some(embedded) => {
                let clock = embedded.clock.clone();
                let now = clock.clone();
                let cluster = Cluster::guarded(embedded.api.clone(), "demo", common.readonly)
                    .with_stores(embedded.bucket());
                (
                    Source::Ready(cluster),
                    Clock::of(move || clock.timestamp(), 1.0),
                    Some(project::of_demo(move || now.timestamp())),
                )
            }
            None => {
                let mut target = common.target();
                target.readonly = true;
                (Source::Kubeconfig(target), Clock::system(), None)
            }
        };
        let home = look.home_on_paper();
        let loaded = Look::load(&home)?;
        let mut state = common.state(loaded.config.clone());
        state.alone = self.demo;
        // A picture of a real cluster changes nothing in it, whatever keys are pressed for it.
        state.readonly |= !self.demo;
        let console = Console {
            state,
            source,
            themes: loaded.themes.clone(),
            clock,
            home: Some((home, loaded)),
            journal: None,
            tasks,
        };
        Ok((console, embedded))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_size_is_two_numbers_a_frame_can_have() {
        assert_eq!(size("120x40").unwrap(), (120, 40));
        for wrong in ["120", "120x", "0x10", "10x501", "ax2", "-1x5"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
        assert!(keys("j j enter").is_ok() && keys("hyper-q").is_err());
        assert!(seconds("1.5").is_ok() && seconds("NaN").is_err() && seconds("-1").is_err());
    }
}

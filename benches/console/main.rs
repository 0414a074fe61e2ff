//! `cargo bench --bench console`: the console driven through a terminal and compared with other programs in the same run.
//! Apart from the tests, which assert nothing about a clock: what is judged here is the ratio to what is measured beside it.
//!
//! `cargo bench --bench console -- [--quick] [--runs N] [--window SECONDS] [W1 W3 …]`. The workloads are W1 to W7, W9, W11 and W14; words
//! restrict the run to those that are named. `--qaruns N` says how many QARuns W14 is about: 5,000 take twenty minutes. `--runs 100000` is the large fleet, and wants 4 GB for the serving process.
//! `--cluster KUBECONFIG` measures W1, W2, W4 and W5 on a real cluster instead, with the same workflows, made in namespaces
//! of their own (`tiphys-bench-…`) and deleted at the end. kubectl and k9s stand beside it where they are on PATH, or
//! named by `TIPHYS_KUBECTL` and `TIPHYS_K9S`.

mod churn;
mod drain;
mod fill;
mod floor;
mod idle;
mod keys;
mod large;
mod logs;
mod peers;
mod process;
mod pty;
mod server;
mod slow;
mod start;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use table::Table;

/// Columns and rows of every measured terminal.
const SIZE: (u16, u16) = (200, 50);

/// Workflows on a real cluster, unless `--runs` says otherwise behind `--cluster`: what an API server of this size holds.
const MOST_REAL: usize = 5_000;

/// What is measured, and how long.
#[derive(Clone, Debug)]
pub struct Options {
    quick: bool,
    /// A real cluster instead of the embedded one.
    cluster: Option<PathBuf>,
    runs: usize,
    /// QARuns of W14.
    qaruns: Option<usize>,
    seconds: Option<u64>,
    wanted: Vec<String>,
}

impl Options {
    /// How long a program is watched.
    fn window(&self) -> Duration {
        let usual = if self.quick { 15 } else { 60 };
        Duration::from_secs(self.seconds.unwrap_or(usual))
    }

    fn wants(&self, name: &str) -> bool {
        let named = |word: &String| name.split(' ').any(|one| one == word);
        self.wanted.is_empty() || self.wanted.iter().any(named)
    }

    fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            quick: false,
            cluster: None,
            runs: 10_000,
            qaruns: None,
            seconds: None,
            wanted: Vec::new(),
        };
        let mut words = words.into_iter();
        let number = |name: &str, word: Option<String>| {
            word.and_then(|word| word.parse::<u64>().ok())
                .ok_or_else(|| format!("{name} wants a number"))
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                // Cargo passes it.
                "--bench" => {}
                "--quick" => options.quick = true,
                "--cluster" => {
                    let path = words.next().ok_or("--cluster wants a kubeconfig")?;
                    options.cluster = Some(path.into());
                    options.runs = options.runs.min(MOST_REAL);
                }
                "--runs" => options.runs = number(&word, words.next())? as usize,
                "--qaruns" => options.qaruns = Some(number(&word, words.next())? as usize),
                "--window" => options.seconds = Some(number(&word, words.next())?),
                word if word.starts_with('-') => return Err(format!("{word} is not known")),
                word => options.wanted.push(word.to_string()),
            }
        }
        Ok(options)
    }
}

type Workload = fn(&Options, &mut Table) -> Result<(), String>;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    let mut table = Table::new();
    let workloads: [(&str, Workload); 9] = [
        ("W1 W2", start::measure),
        ("W3", churn::measure),
        ("W4", idle::measure),
        ("W5", large::measure),
        ("W6", logs::whole),
        ("W7", logs::flood),
        ("W9", keys::measure),
        ("W11", slow::measure),
        ("W14", drain::measure),
    ];
    for (name, measure) in workloads {
        // A real API server does not make a thousand changes a second, nor a kubelet so many lines.
        let possible = !["W3", "W6", "W7", "W14"].contains(&name) || options.cluster.is_none();
        if possible
            && options.wants(name)
            && let Err(why) = measure(&options, &mut table)
        {
            table.note(format!("not measured: {name}: {why}"));
        }
    }
    if let Some(kubeconfig) = &options.cluster {
        let cache = std::env::temp_dir().join("tiphys-bench-cache");
        if let Err(why) = fill::clear(kubeconfig, &cache) {
            table.note(format!("namespaces tiphys-bench-… are left: {why}"));
        }
    }
    print!("{table}");
    ExitCode::SUCCESS
}

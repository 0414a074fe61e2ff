//! `tiphys compare RUN [OTHER]`: in what a run differs from another, in the console's lines.
//! Apart from `why`, which reads one run: here two are laid beside each other, and the log of what failed where it is asked for.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;

use crate::app::compare::{self, Against};
use crate::app::state::{Options, State};
use crate::cli::Common;
use crate::cli::ask::{self, Depth};
use crate::cli::fail::{FAILED, Failure};
use crate::cli::naming;
use crate::cli::output::compared::answer;
use crate::cli::output::{json, print, yaml};
use crate::cli::why::Form;
use crate::cluster::Cluster;
use crate::model::compare::Pair;
use crate::model::delta::Scope;
use crate::model::key::Key;
use crate::model::peers;
use crate::model::text::clean;

const HELP: &str = "\
Without OTHER it is compared with the last run of the same template in its
namespace that ended well before it was made; of runs without a template those
whose names begin alike count. `here` is RUN, `there` the other one; what
changed goes from there to here. Credentials are masked; that they differ is told.

JSON and YAML: {here, there: {namespace, name, uid, phase, took}, why,
parameters: [{name, there, here}], masked: [name], images: [{templates, there,
here}], template: [line], steps: [{step, there, here}], times: [{step, there,
here, factor, critical}], failing: [{step, there, here: {state, message,
exitCode, attempts}, inputs}], logs: [{step, here, there, near,
alike, lines, missing}], same: {parameters, images, template, steps, times}, missing: [text]};
times are seconds; lines begin with `-` (only there), `+` (only here), `~` (with
other numbers), `@` (where it is) or a space. `template` leaves images out.

Exit status:
  0  it was told, however much differs
  1  a run is not there or cannot be read, or none was found to compare with
  2  the command line is wrong";

/// Say in what a run differs from the last green one of its template, or from another run
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Compare {
    /// NAME, or NAMESPACE/NAME where several have it
    run: String,
    /// The run to compare it with
    other: Option<String>,
    /// Read the logs of the failing step in both runs too, and lay them beside each other
    #[arg(long)]
    logs: bool,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    output: Form,
}

impl Compare {
    /// Does it.
    pub fn run(&self, common: &Common) -> ExitCode {
        ask::run(common, (FAILED, 0), async {
            let cluster = common.connect().await?;
            let (pair, why) = self.pair(&cluster, common).await?;
            let now = Timestamp::now();
            let told = cluster.compare(&pair, now).await;
            let told = told.map_err(|why| Failure::of(&cluster, &why))?;
            let mut found = compare::Compare::new(Against::Run(pair.clone(), why.clone()));
            if self.logs {
                for failing in &told.failing {
                    let [here, there] = compare::sources(failing);
                    let logs = cluster.compare_logs(&pair, here, there).await;
                    let logs = Some(Arc::new(logs));
                    found.logs.insert(failing.path.clone(), logs);
                }
            }
            found.answer = Some(Ok(Arc::new(told)));
            let Some(told) = found.told() else {
                return Ok(ExitCode::from(FAILED));
            };
            print(&match self.output {
                Form::Text => lines(&found, now),
                Form::Json => json(&answer(told, &why, &found.logs))?,
                Form::Yaml => yaml(&answer(told, &why, &found.logs))?,
            })?;
            Ok(ExitCode::SUCCESS)
        })
    }

    /// Which two, and why the second one.
    async fn pair(&self, cluster: &Cluster, common: &Common) -> Result<(Pair, String), Failure> {
        let here = naming::find(cluster, common, &self.run).await?;
        if let Some(other) = &self.other {
            let there = naming::find(cluster, common, other).await?;
            if here == there {
                let what = format!("{here} is compared with itself: name another run");
                return Err(Failure::Usage(what));
            }
            return Ok((Pair { here, there }, "as it was asked for".to_string()));
        }
        green(cluster, here).await
    }
}

/// The last green run of its kind.
pub(super) async fn green(cluster: &Cluster, here: Key) -> Result<(Pair, String), Failure> {
    let scope = Scope::Namespaces(vec![here.namespace.clone()]);
    let (fleet, _) = ask::fleet(cluster, &scope, Depth::Rows).await?;
    let run = fleet.get(&here.uid).ok_or_else(|| ask::gone(&here))?;
    let rows = || fleet.iter().map(|run| &run.row);
    let Some(peer) = peers::green(&run.row, rows()) else {
        let kin = rows().filter(|other| peers::kin(&run.row, other).is_some());
        return Err(Failure::new(
            compare::nothing(&run.row, kin.count(), true),
            format!("Name another run: tiphys compare {here} OTHER"),
        ));
    };
    let there = peer.row.key.clone();
    Ok((Pair { here, there }, peer.why))
}

/// No control character gets through.
fn lines(found: &compare::Compare, now: Timestamp) -> String {
    let text = compare::text(found, &State::new(Options::default()), now);
    text.lines()
        .map(|line| format!("{}\n", clean(line)))
        .collect()
}

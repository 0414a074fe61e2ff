//! `tiphys controller`: runs the QARuns of a cluster until it is told to end.
//! Apart from the room of the same name: here are the options, the signals and the socket.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Common;
use crate::cli::ask;
use crate::cli::fail::{FAILED, Failure};
use crate::cli::install::LEASE;
use crate::controller::lease::Candidate;
use crate::controller::run::Health;
use crate::controller::{Controller as Worker, Time, run, serve};
use crate::runtime::logfile;

/// Run QARuns: make workflows of them, and write into their status what came of it
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
It works until SIGTERM or SIGINT, then ends what is under way; another one goes on where it ended, for it keeps nothing. Of several
one works, the one that holds the Lease tiphys-controller in its namespace; should two work all the same, an attempt still has one
workflow. Without -n it looks after every namespace, which wants the rights that
`tiphys install --rights` names; `tiphys install` prints what runs it in a cluster.

The log goes to standard error (TIPHYS_LOG=debug says each request). On --metrics-addr there is /metrics (Prometheus), /healthz and
/readyz.

Examples:
  tiphys controller -n payments                    in one namespace, as whoever the kubeconfig says
  tiphys controller --metrics-addr 127.0.0.1:9090 & curl -s 127.0.0.1:9090/metrics
  kubectl apply -f qarun.yaml && kubectl get qaruns -w")]
pub struct Controller {
    /// How many QARuns are looked after at once
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
    /// How many requests a second are sent at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    qps: u16,
    /// Where it says how it goes: /metrics, /healthz, /readyz
    #[arg(long, value_name = "ADDR", default_value = "0.0.0.0:8080")]
    metrics_addr: SocketAddr,
    /// Work whether or not another one does
    #[arg(long)]
    no_lease: bool,
}

impl Controller {
    /// Works until it is told to end.
    pub fn run(&self, common: &Common) -> ExitCode {
        ask::run(common, (FAILED, 0), self.work(common))
    }

    async fn work(&self, common: &Common) -> Result<ExitCode, Failure> {
        if common.readonly {
            let what = "a controller writes, and --readonly lets nothing out that does".to_owned();
            return Err(Failure::Usage(what));
        }
        if common.log.is_none() {
            let level = std::env::var("TIPHYS_LOG").ok();
            logfile::install_on_stderr(level.as_deref()).map_err(|why| said("the log", &why))?;
        }
        // Before anything is asked: a signal that comes meanwhile is not to end it in the middle.
        let stop = ending().map_err(|why| said("signals", &why))?;
        let listener = TcpListener::bind(self.metrics_addr).await.map_err(|why| {
            let what = format!("{} cannot be listened on: {why}", self.metrics_addr);
            Failure::new(
                what,
                "Choose another one with --metrics-addr, or port 0 for any.",
            )
        })?;
        let cluster = common.connect().await?;
        let server = cluster.server().to_string();
        tracing::info!(
            server,
            qps = self.qps,
            concurrency = self.concurrency,
            "begins"
        );
        let health = Arc::new(Health::default());
        let worker = Arc::new(Worker::new(
            cluster.clone(),
            Time::real(),
            f64::from(self.qps),
        ));
        let answers = tokio::spawn(serve::serve(listener, worker.clone(), health.clone()));
        let candidate = (!self.no_lease).then(|| Candidate::new(cluster, LEASE, &identity()));
        let (scope, most) = (common.scope(), usize::from(self.concurrency));
        let mut stop = std::pin::pin!(stop);
        loop {
            if let Some(candidate) = &candidate {
                health.stand_by();
                tokio::select! {
                    () = &mut stop => break,
                    () = candidate.win() => {}
                }
            }
            let stopped = AtomicBool::new(false);
            let end = async {
                tokio::select! {
                    () = &mut stop => stopped.store(true, Relaxed),
                    () = lost(candidate.as_ref()) => {}
                }
            };
            run::run(worker.clone(), health.clone(), &scope, most, end).await;
            if stopped.load(Relaxed) {
                break;
            }
        }
        if let Some(candidate) = candidate {
            candidate.leave().await;
        }
        answers.abort();
        tracing::info!("ends");
        Ok(ExitCode::SUCCESS)
    }
}

/// Is over when the lease is lost; never where there is none.
async fn lost(candidate: Option<&Candidate>) {
    match candidate {
        Some(candidate) => candidate.keep().await,
        None => std::future::pending().await,
    }
}

/// A name that no other controller has: the pod's, and a number for those outside of one.
fn identity() -> String {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "tiphys".to_owned());
    let started = jiff::Timestamp::now().as_microsecond();
    format!("{host}_{}_{started}", std::process::id())
}

fn said(what: &str, why: &io::Error) -> Failure {
    Failure::Said {
        what: format!("{what} cannot be set up: {why}"),
        next: None,
    }
}

/// Is over when somebody asks for the end.
pub(super) fn ending() -> io::Result<impl Future<Output = ()>> {
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

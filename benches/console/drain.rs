//! W14: many QARuns at once, and one controller that may ask the server for only so much.
//! Apart from the consoles: nothing is drawn here, and what is counted is what the controller says of itself.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Options;
use crate::process::Usage;
use crate::server::{Load, Server, ask};
use crate::table::{Table, Value};

/// QARuns that are created in a second.
const PACE: usize = 100;
/// Requests a second that the controller is let; its own default.
const BUDGET: usize = 50;
/// Requests a run that patience is reckoned with.
const MOST: usize = 20;

/// A controller on a server. Dropped, it ends.
struct Controller {
    process: Child,
    metrics: String,
}

impl Controller {
    fn on(server: &Server) -> Result<Self, String> {
        // Free a moment ago; nothing else on this machine asks for ports now.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let metrics = free.map_err(|error| error.to_string())?.to_string();
        let process = Command::new(env!("CARGO_BIN_EXE_tiphys"))
            .arg("--kubeconfig")
            .arg(server.kubeconfig())
            .args(["controller", "--qps", &BUDGET.to_string(), "--metrics-addr"])
            .arg(&metrics)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let controller = Self { process, metrics };
        let deadline = Instant::now() + Duration::from_secs(20);
        while ask(&controller.metrics, "GET", "/readyz", "text/plain", "").is_err() {
            if Instant::now() > deadline {
                return Err("the controller does not get ready".to_string());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(controller)
    }

    /// The sum of a metric over all its labels, of those lines that have this word.
    fn count(&self, metric: &str, word: &str) -> Result<usize, String> {
        let text = ask(&self.metrics, "GET", "/metrics", "text/plain", "")?;
        let lines = text
            .lines()
            .filter(|line| line.starts_with(metric) && line.contains(word));
        let number = |line: &str| line.rsplit(' ').next()?.parse::<usize>().ok();
        Ok(lines.filter_map(number).sum())
    }

    fn usage(&self) -> Result<Usage, String> {
        Usage::of(self.process.id())
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A QARun of three criteria, as the first of the templates is meant for.
fn qarun(n: usize) -> String {
    let criterion = |id: &str| {
        format!(
            r#"{{"id":"{id}","text":"the {id} of the order are right","kind":"command","command":{{"argv":["check","{id}"]}}}}"#
        )
    };
    let criteria = ["total", "mail", "refund"].map(criterion).join(",");
    format!(
        r#"{{"apiVersion":"agents.platform/v1","kind":"QARun","metadata":{{"name":"run-{n}","namespace":"default"}},"spec":{{"taskId":"15.{n}","service":"orders","image":"registry.local/qa/orders:1","criteria":[{criteria}]}}}}"#
    )
}

/// Creates them at that pace, and waits until all are over.
///
/// # Errors
/// Where the server or the controller does not do its part.
pub fn measure(options: &Options, table: &mut Table) -> Result<(), String> {
    let usual = if options.quick { 200 } else { 1000 };
    let many = options.qaruns.unwrap_or(usual);
    let server = Server::start(Load::Nothing)?;
    let controller = Controller::on(&server)?;
    let before = controller.usage()?;
    let begun = Instant::now();
    for n in 0..many {
        let due = Duration::from_secs_f64(n as f64 / PACE as f64);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
        let collection = "/apis/agents.platform/v1/namespaces/default/qaruns";
        server.create(collection, &qarun(n))?;
    }
    let most = Duration::from_secs((60 + many * MOST / BUDGET) as u64);
    let over = || controller.count("tiphys_qaruns{", "verdict=\"pass\"");
    while over()? < many {
        if begun.elapsed() > most {
            return Err(format!("{} of {many} QARuns are over", over()?));
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    let took = begun.elapsed();
    // What follows the last verdict is asked for too: workflows are let go.
    std::thread::sleep(Duration::from_secs(3));
    let asked = controller.count("tiphys_requests_total ", "")?;
    let usage = controller.usage()?;
    let load = format!("W14 {many} QARuns");
    let each = Value::Count(asked as f64 / many as f64);
    table.rows(
        &load,
        [
            ("API calls a run", Some(each), None, "≤ 12, target ≤ 8"),
            ("drained after", Some(Value::Time(took)), None, "–"),
            (
                "memory of the controller",
                Some(Value::Bytes(usage.resident)),
                Some(("before", Value::Bytes(before.resident))),
                "≤ 40 MB, target ≤ 25 MB",
            ),
            (
                "the most it was",
                Some(Value::Bytes(usage.peak)),
                None,
                "≤ 40 MB",
            ),
        ],
    );
    let conflicts = controller.count("tiphys_write_conflicts_total ", "")?;
    let errors = controller.count("tiphys_reconcile_errors_total ", "")?;
    table.note(format!(
        "W14: {BUDGET} requests a second; {conflicts} writes met another version, {errors} looks ended in an error"
    ));
    Ok(())
}

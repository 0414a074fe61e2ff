//! The cluster that is measured against: the embedded one, served on loopback by a process of its own, or a real one.
//! Apart from the consoles, so that what it costs is never counted as theirs.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::{Options, fill};

/// Longest wait for 100,000 workflows to be made up.
const PATIENCE: Duration = Duration::from_secs(180);

/// Namespaces of the fleet.
const NAMESPACES: usize = 50;

/// What a cluster holds while it is measured.
#[derive(Clone, Copy, Debug)]
pub enum Load {
    /// So many workflows with so many changes a second.
    Fleet {
        /// Workflows.
        runs: usize,
        /// Changes a second.
        events: u32,
    },
    /// Nothing yet.
    Nothing,
    /// One run of so many steps, inline and compressed.
    Big {
        /// Steps.
        nodes: usize,
    },
    /// One run whose log has so many lines of 120 bytes.
    Flood {
        /// Lines.
        lines: u64,
        /// Lines a second; at 0 they are there from the start.
        rate: u64,
    },
}

impl Load {
    fn arguments(self) -> Vec<String> {
        let of = |scenario: &str, pairs: [(&str, String); 2]| {
            let pairs = pairs.map(|(name, value)| [format!("--{name}"), value]);
            let mut all = vec!["--scenario".to_string(), scenario.to_string()];
            all.extend(pairs.concat());
            all
        };
        let namespaces = ("fleet-namespaces", NAMESPACES.to_string());
        match self {
            Self::Fleet { runs, events } => {
                let mut all = of("fleet", [("runs", runs.to_string()), namespaces]);
                all.extend(["--events".to_string(), events.to_string()]);
                all
            }
            Self::Flood { lines, rate } => of(
                "flood",
                [("lines", lines.to_string()), ("rate", rate.to_string())],
            ),
            Self::Nothing => vec!["--scenario".to_string(), "empty".to_string()],
            Self::Big { nodes } => of("big", [("nodes", nodes.to_string()), namespaces]),
        }
    }
}

/// A cluster with a load on it. Dropped, the embedded one ends.
pub struct Server {
    process: Option<Child>,
    folder: PathBuf,
    kubeconfig: PathBuf,
    address: String,
}

impl Server {
    /// The cluster that was named, with this load made on it, or else an embedded one that is served.
    ///
    /// # Errors
    /// One sentence, where it does not begin to serve or does not take the load.
    pub fn with(options: &Options, load: Load) -> Result<Self, String> {
        let embedded = Self::start(load)?;
        match &options.cluster {
            None => Ok(embedded),
            Some(kubeconfig) => {
                fill::fill(&embedded, kubeconfig)?;
                let folder = embedded.folder.with_extension("real");
                fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
                Ok(Self {
                    process: None,
                    folder,
                    kubeconfig: kubeconfig.clone(),
                    address: String::new(),
                })
            }
        }
    }

    /// Serves an embedded cluster.
    ///
    /// # Errors
    /// One sentence, where it does not begin to serve.
    pub fn start(load: Load) -> Result<Self, String> {
        // Several may be there at once, one after the other with the same load too.
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("tiphys-bench-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let kubeconfig = folder.join("config");
        let process = Command::new(env!("CARGO_BIN_EXE_tiphys"))
            .args(["demo", "--headless", "--listen", "127.0.0.1:0"])
            .args(load.arguments())
            .arg("--kubeconfig")
            .arg(&kubeconfig)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut server = Self {
            process: Some(process),
            folder,
            kubeconfig,
            address: String::new(),
        };
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let config = fs::read_to_string(server.kubeconfig()).unwrap_or_default();
            let line = config.lines().find_map(|line| line.split_once("http://"));
            if let Some((_, address)) = line.filter(|_| config.contains("token:")) {
                server.address = address.trim().to_string();
                return Ok(server);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err("the embedded cluster does not begin to serve".to_string())
    }

    /// The file that leads to it.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// A folder for what programs leave behind.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The id of the serving process, where it is ours.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// A console on it; the log goes where it harms nobody.
    pub fn console(&self) -> Command {
        let mut console = Command::new(env!("CARGO_BIN_EXE_tiphys"));
        console
            .arg("--kubeconfig")
            .arg(self.kubeconfig())
            // One measurement must not begin where another left off.
            .arg("--no-restore")
            .arg("--log")
            .arg(self.folder.join("log"))
            .env("LANG", "C.UTF-8")
            .env_remove("LC_ALL")
            .env_remove("NO_COLOR");
        console
    }

    /// Gives a workflow the label that the TASK column shows.
    ///
    /// # Errors
    /// Where the server does not take it.
    pub fn set_task(&self, run: &Run, task: &str) -> Result<(), String> {
        let patch = format!(r#"{{"metadata":{{"labels":{{"task-id":"{task}"}}}}}}"#);
        self.ask("PATCH", run, &patch).map(drop)
    }

    /// The label that the TASK column shows.
    ///
    /// # Errors
    /// Where the server does not tell it.
    pub fn task(&self, run: &Run) -> Result<String, String> {
        let object: serde_json::Value =
            serde_json::from_str(&self.ask("GET", run, "")?).map_err(|error| error.to_string())?;
        let task = &object["metadata"]["labels"]["task-id"];
        Ok(task.as_str().unwrap_or_default().to_string())
    }

    /// Creates an object in a collection, `/apis/…/qaruns`.
    ///
    /// # Errors
    /// Where the server does not take it.
    pub fn create(&self, collection: &str, body: &str) -> Result<String, String> {
        ask(&self.address, "POST", collection, "application/json", body)
    }

    fn ask(&self, method: &str, run: &Run, body: &str) -> Result<String, String> {
        let (namespace, name) = (&run.namespace, &run.name);
        let path = format!("/apis/argoproj.io/v1alpha1/namespaces/{namespace}/workflows/{name}");
        let kind = "application/merge-patch+json";
        ask(&self.address, method, &path, kind, body)
    }
}

/// One request to a server on this machine, and the body of its answer.
///
/// # Errors
/// Where there is none, or it says no.
pub fn ask(
    address: &str,
    method: &str,
    path: &str,
    kind: &str,
    body: &str,
) -> Result<String, String> {
    let said = |error: std::io::Error| format!("{method} {path}: {error}");
    let mut socket = TcpStream::connect(address).map_err(said)?;
    let length = body.len();
    write!(
        socket,
        "{method} {path} HTTP/1.1\r\n\
         Host: bench\r\nConnection: close\r\nAuthorization: Bearer tiphys-demo\r\n\
         Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .map_err(said)?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).map_err(said)?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 20") => Ok(body.to_string()),
        _ => Err(answer.lines().next().unwrap_or_default().to_string()),
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and a leftover in the temporary folder harms nobody.
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A workflow by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

//! Into a container: a process started in it through the API server, with its input, output, size and end.
//! Apart from the other requests, because this one is a connection that stays, and speaks no JSON.

use std::time::Duration;

use futures::channel::mpsc;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::api::{Api, AttachParams, AttachedProcess, TerminalSize};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::connect::Cluster;
use super::error;
use super::request::{Ask, JSON, query};
use super::run::CORE;
use crate::model::inside::Inside;
use crate::model::pod::ContainerState;
use crate::model::trouble::Trouble;
use crate::wire;
use crate::wire::intern::Interner;
use crate::wire::listing::Read;

/// What is run where nothing else is asked for: the shell that people like better, where the image has it.
const SHELL: [&str; 3] = [
    "/bin/sh",
    "-c",
    "command -v bash >/dev/null 2>&1 && exec bash || exec sh",
];
/// Longest wait for the connection to the container: the API server asks the kubelet, and that the container runtime.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes on their way in each direction, at most.
const ROOM: usize = 64 << 10;

/// A process in a container. Dropped, its connection is cut; what becomes of the process is its own affair.
pub struct Opened {
    /// Its standard input. Shut down, it has read everything.
    pub input: Box<dyn AsyncWrite + Send + Unpin>,
    /// Its standard output; of a process on a terminal everything it says.
    pub output: Box<dyn AsyncRead + Send + Unpin>,
    /// Its standard error, where it has no terminal.
    pub errors: Option<Box<dyn AsyncRead + Send + Unpin>>,
    /// Its exit status, or one sentence on why that is not known. To be asked beside its output, which says
    /// nothing more, not even that it has ended, where the connection breaks; once.
    pub end: BoxFuture<'static, Result<i32, String>>,
    sizes: Option<mpsc::Sender<TerminalSize>>,
}

impl Opened {
    /// Tells it the size of its terminal, in columns and rows; `false` where that must be tried again in a moment.
    pub fn resize(&mut self, columns: u16, rows: u16) -> bool {
        let Some(sizes) = &mut self.sizes else {
            return true;
        };
        let size = TerminalSize {
            width: columns,
            height: rows,
        };
        match sizes.try_send(size) {
            Ok(()) => true,
            // One that has ended needs no size.
            Err(why) => !why.is_full(),
        }
    }
}

impl Cluster {
    /// Whether something can be run there: asks what is allowed, and whether the pod is the one that was chosen and its
    /// container runs.
    ///
    /// # Errors
    /// One sentence: why not, and what to do.
    pub async fn may_enter(&self, inside: &Inside) -> Result<(), String> {
        let namespace = &inside.pod.namespace;
        let refused = self.refuses("create", "pods/exec", namespace).await;
        if let Some(why) = refused.map_err(|why| why.to_string())? {
            return Err(format!("{why}; ask for `create` of `pods/exec` there"));
        }
        let path = format!(
            "{CORE}/namespaces/{namespace}/pods/{}",
            query(&inside.pod.name)
        );
        let ask = Ask::get("get", "pods", path)
            .within(Some(namespace))
            .named(&inside.pod.name);
        let gone = || format!("the pod {} is gone; look at the step again", inside.pod);
        let body = match self.read(&ask).await {
            Ok(body) => body,
            Err(Trouble::NotFound { .. }) => return Err(gone()),
            Err(why) => return Err(why.to_string()),
        };
        let pod = match wire::pod::pod(&body, None, &mut Interner::new()) {
            Read::Item(read) => read.item,
            _ => return Err(format!("the pod {} cannot be read", inside.pod)),
        };
        if pod.key.uid != inside.pod.uid {
            return Err(format!(
                "another pod is called {} by now; look at the step again",
                inside.pod
            ));
        }
        let container = (pod.containers.iter()).find(|one| one.name == inside.container);
        match container.map(|one| &one.state) {
            Some(ContainerState::Running(_)) => Ok(()),
            Some(_) => Err(format!(
                "{inside} does not run; its log is what is left of it"
            )),
            None => Err(format!("{inside}: there is no such container")),
        }
    }

    /// Starts a process there, on a terminal or without one. It is asked for once: what was refused has started nothing.
    ///
    /// # Errors
    /// One sentence, where the server or the node refuses.
    pub async fn enter(&self, inside: &Inside, terminal: bool) -> Result<Opened, String> {
        let (client, generation) = self.client();
        let mut answer = self.start(client, inside, terminal).await?;
        if let Err(kube::Error::Api(said)) = &answer
            && said.code == 401
            && let Some(client) = (self.renew(generation).await).map_err(|why| why.to_string())?
        {
            answer = self.start(client, inside, terminal).await?;
        }
        match answer {
            Ok(process) => opened(process, inside),
            Err(error) => Err(self.refusal(&error, inside)),
        }
    }

    async fn start(
        &self,
        client: kube::Client,
        inside: &Inside,
        terminal: bool,
    ) -> Result<Result<AttachedProcess, kube::Error>, String> {
        let pods: Api<Pod> = Api::namespaced(client, &inside.pod.namespace);
        let how = AttachParams {
            container: Some(inside.container.to_string()),
            stdin: true,
            stdout: true,
            // A terminal has one way out.
            stderr: !terminal,
            tty: terminal,
            max_stdin_buf_size: Some(ROOM),
            max_stdout_buf_size: Some(ROOM),
            max_stderr_buf_size: Some(ROOM),
        };
        let command: Vec<&str> = match inside.command.is_empty() {
            true => SHELL.to_vec(),
            false => inside.command.iter().map(String::as_str).collect(),
        };
        timeout(PATIENCE, pods.exec(&inside.pod.name, command, &how))
            .await
            .map_err(|_| {
                let seconds = PATIENCE.as_secs();
                format!(
                    "no answer within {seconds} s from {inside}; it may have started all the same"
                )
            })
    }

    fn refusal(&self, error: &kube::Error, inside: &Inside) -> String {
        let kube::Error::Api(said) = error else {
            return error::no_answer(error, self.server()).to_string();
        };
        let said = wire::status::Status {
            code: said.code,
            message: said.message.clone(),
            ..wire::status::Status::default()
        };
        let mut ask = Ask::get("create", "pods/exec", String::new())
            .within(Some(&inside.pod.namespace))
            .named(&inside.pod.name);
        ask.accept = JSON;
        match error::from_status(&said, &ask) {
            // The node's own words say more than who passed them on.
            Trouble::Server { detail } => format!("{inside}: {detail}"),
            why => why.to_string(),
        }
    }
}

fn opened(mut process: AttachedProcess, inside: &Inside) -> Result<Opened, String> {
    let lacks = || "the connection has no input or output".to_string();
    let input = process.stdin().ok_or_else(lacks)?;
    let output = process.stdout().ok_or_else(lacks)?;
    let status = process.take_status().ok_or_else(lacks)?;
    let errors = process.stderr();
    let sizes = process.terminal_size();
    let inside = inside.clone();
    let end = async move {
        match status.await {
            Some(status) => exit(&status, &inside),
            // Without its last word: the connection says what became of it.
            None => Err(match process.join().await {
                Ok(()) => "the connection was closed; what ran there may go on".to_string(),
                Err(why) => {
                    let why = error::safe(&why.to_string());
                    format!("the connection broke off ({why}); what ran there may go on")
                }
            }),
        }
    };
    Ok(Opened {
        input: Box::new(input),
        output: Box::new(output),
        errors: errors.map(|errors| Box::new(errors) as Box<dyn AsyncRead + Send + Unpin>),
        end: Box::pin(end),
        sizes,
    })
}

/// The exit status, as the last word of the connection tells it.
/// Source: Kubernetes, `apimachinery/pkg/util/remotecommand`: reason `NonZeroExitCode`, cause `ExitCode`.
fn exit(status: &Status, inside: &Inside) -> Result<i32, String> {
    if status.status.as_deref() == Some("Success") {
        return Ok(0);
    }
    let causes = (status.details.iter()).flat_map(|details| details.causes.iter().flatten());
    let code = causes
        .filter(|cause| cause.reason.as_deref() == Some("ExitCode"))
        .find_map(|cause| cause.message.as_deref()?.parse().ok());
    if let Some(code) = code {
        return Ok(code);
    }
    let said = error::safe(status.message.as_deref().unwrap_or("it does not say why"));
    let missing =
        said.contains("no such file or directory") || said.contains("executable file not found");
    match missing && inside.command.is_empty() {
        true => Err(format!(
            "there is no shell in its image; `kubectl debug -it -n {} {} --image=busybox --target={}` brings one ({inside})",
            inside.pod.namespace, inside.pod.name, inside.container
        )),
        false => Err(format!("{inside}: {said}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::key::Key;
    use serde_json::json;

    fn told(status: serde_json::Value) -> Result<i32, String> {
        let inside = Inside {
            run: Key::new("qa", "run", "r"),
            step: "check".into(),
            pod: Key::new("qa", "run-check-1", "p"),
            container: "main".into(),
            command: Vec::new(),
        };
        exit(&serde_json::from_value(status).unwrap(), &inside)
    }

    #[test]
    fn the_last_word_tells_the_exit_status_or_why_there_is_none() {
        assert_eq!(told(json!({"metadata": {}, "status": "Success"})), Ok(0));
        let code = json!({"status": "Failure", "reason": "NonZeroExitCode",
            "message": "command terminated with non-zero exit code: Error executing in Docker Container: 130",
            "details": {"causes": [{"reason": "ExitCode", "message": "130"}]}});
        assert_eq!(told(code), Ok(130));
        let shell = json!({"status": "Failure", "reason": "InternalError",
            "message": "Internal error occurred: error executing command in container: failed to exec in container: failed to start exec \"1\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"/bin/sh\": stat /bin/sh: no such file or directory: unknown"});
        assert_eq!(
            told(shell).unwrap_err(),
            "there is no shell in its image; `kubectl debug -it -n qa run-check-1 --image=busybox --target=main` brings one (qa/run-check-1, container main)"
        );
        let other = json!({"status": "Failure", "message": "container is \u{1b}[31mgone"});
        assert_eq!(
            told(other).unwrap_err(),
            "qa/run-check-1, container main: container is ␛[31mgone"
        );
    }
}

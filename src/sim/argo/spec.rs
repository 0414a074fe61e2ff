//! A workflow's spec, compiled once: templates, tasks, strategies.
//! Apart from execution, which walks it on every pass.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::depends::{Depends, Outcome};
use super::vars::duration;

/// Name and value, unfilled.
pub type Arguments = Vec<(String, String)>;

/// A compiled spec.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    /// Template it enters.
    pub entrypoint: String,
    /// Template of the exit handler.
    pub on_exit: Option<String>,
    /// Hooks while it runs: name, condition, template. The exit handler is not among them.
    pub hooks: Vec<(String, String, String)>,
    /// Its templates.
    pub templates: BTreeMap<String, Arc<Template>>,
    /// `arguments.parameters`.
    pub arguments: Arguments,
    /// Most pods at once.
    pub parallelism: Option<usize>,
    /// Locks of the whole workflow.
    pub locks: Vec<LockRef>,
    /// Seconds it is kept after it ended: in any case, well, badly.
    pub ttl: [Option<i64>; 3],
    /// `podGC`: strategy and delay in milliseconds.
    pub pod_gc: Option<(String, i64)>,
}

/// A lock a workflow or template wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockRef {
    /// A mutex by name.
    Mutex(String),
    /// A semaphore: ConfigMap and key.
    Semaphore(String, String),
}

/// A retry strategy.
#[derive(Clone, Debug, Default)]
pub struct Retry {
    /// Most retries; none means no end.
    pub limit: Option<usize>,
    /// `Always`, `OnFailure`, `OnError`, `OnTransientError`.
    pub policy: String,
    /// First wait, milliseconds, and its factor.
    pub backoff: Option<(i64, f64)>,
}

/// A compiled template.
#[derive(Clone, Debug)]
pub struct Template {
    /// Name.
    pub name: String,
    /// What it does.
    pub body: Body,
    /// Declared inputs.
    pub inputs: Value,
    /// Declared outputs.
    pub outputs: Value,
    /// Retry strategy.
    pub retry: Option<Retry>,
    /// Locks.
    pub locks: Vec<LockRef>,
    /// Most pods at once inside it.
    pub parallelism: Option<usize>,
    /// Seconds a pod may run.
    pub deadline: Option<i64>,
    /// Its pod runs on beside what comes after it.
    pub daemon: bool,
    /// Image of its main container.
    pub image: String,
    /// As it was written.
    pub raw: Value,
}

/// What a template does.
#[derive(Clone, Debug)]
pub enum Body {
    /// `dag`.
    Dag(Vec<Task>),
    /// `steps`.
    Steps(Vec<Vec<Task>>),
    /// `suspend`, with its milliseconds.
    Suspend(Option<i64>),
    /// `containerSet`: names and what they wait for.
    Set(Vec<(String, Vec<String>)>),
    /// `http` or `plugin`.
    Agent,
    /// A pod; `true` where its output is the result (a script).
    Pod(bool),
}

/// Which template a task runs.
#[derive(Clone, Debug)]
pub enum Which {
    /// One of the same object.
    Local(String),
    /// One of another object.
    Ref {
        /// Object.
        name: String,
        /// Template in it.
        template: String,
        /// A ClusterWorkflowTemplate.
        cluster: bool,
    },
    /// Written in place.
    Inline(Arc<Template>),
}

/// What a fan-out runs over.
#[derive(Clone, Debug)]
pub enum Items {
    /// `withItems`, and `withSequence` once it is counted.
    List(Vec<Value>),
    /// `withParam`: JSON once it is filled.
    Param(String),
}

/// A DAG task or a step.
#[derive(Clone, Debug)]
pub struct Task {
    /// Name.
    pub name: String,
    /// Template.
    pub which: Which,
    /// Arguments.
    pub arguments: Arguments,
    /// Condition.
    pub when: Option<String>,
    /// Fan-out.
    pub items: Option<Items>,
    /// What it waits for (DAG).
    pub depends: Depends,
    /// `continueOn`: failed, error.
    pub continue_on: (bool, bool),
    /// Exit hook: template and arguments.
    pub hook: Option<(String, Arguments)>,
}

impl Spec {
    /// What the controller says of the first task or step that names a template which is not there.
    /// Source: Argo v4.1.2 `workflow/validate/validate.go`; the words of a task were seen live.
    pub fn undefined(&self) -> Option<String> {
        let missing = |task: &Task| match &task.which {
            Which::Local(name) if !self.templates.contains_key(name) => Some(name.clone()),
            _ => None,
        };
        self.templates.values().find_map(|template| {
            let of = &template.name;
            let said = |place: String, name: String| {
                format!("templates.{of}.{place} template name '{name}' undefined")
            };
            match &template.body {
                Body::Dag(tasks) => (tasks.iter())
                    .find_map(|task| Some(said(format!("tasks.{}", task.name), missing(task)?))),
                Body::Steps(rows) => (rows.iter().enumerate()).find_map(|(at, row)| {
                    row.iter().find_map(|step| {
                        Some(said(format!("steps[{at}].{}", step.name), missing(step)?))
                    })
                }),
                _ => None,
            }
        })
    }

    /// Compiles a spec.
    pub fn compile(spec: &Value) -> Self {
        let defaults = retry(&spec["templateDefaults"]["retryStrategy"]);
        let templates = array(&spec["templates"])
            .map(|raw| {
                let mut template = Template::compile(raw);
                if template.retry.is_none() {
                    template.retry.clone_from(&defaults);
                }
                (template.name.clone(), Arc::new(template))
            })
            .collect();
        let ttl = &spec["ttlStrategy"];
        let gc = &spec["podGC"];
        let hook = &spec["hooks"]["exit"]["template"];
        let hooks = spec["hooks"].as_object().into_iter().flatten();
        let hooks = hooks
            .filter(|(name, _)| *name != "exit")
            .map(|(name, hook)| {
                (
                    name.clone(),
                    text(&hook["expression"]),
                    text(&hook["template"]),
                )
            })
            .collect();
        Self {
            hooks,
            entrypoint: text(&spec["entrypoint"]),
            on_exit: spec["onExit"].as_str().or(hook.as_str()).map(str::to_owned),
            templates,
            arguments: arguments(&spec["arguments"]),
            parallelism: count(&spec["parallelism"]),
            locks: locks(&spec["synchronization"]),
            ttl: [
                "secondsAfterCompletion",
                "secondsAfterSuccess",
                "secondsAfterFailure",
            ]
            .map(|key| ttl[key].as_i64()),
            pod_gc: gc["strategy"].as_str().map(|strategy| {
                let delay = gc["deleteDelayDuration"].as_str().and_then(duration);
                (strategy.to_owned(), delay.unwrap_or(5000))
            }),
        }
    }
}

impl Template {
    /// Compiles a template.
    pub fn compile(raw: &Value) -> Self {
        let body = if let Some(tasks) = raw["dag"]["tasks"].as_array() {
            let tasks = tasks.iter().map(Task::compile).collect();
            Body::Dag(reached(tolerant(tasks), &targets(raw)))
        } else if let Some(groups) = raw["steps"].as_array() {
            let group = |group: &Value| match group {
                Value::Array(steps) => steps.iter().map(Task::compile).collect(),
                one => vec![Task::compile(one)],
            };
            Body::Steps(groups.iter().map(group).collect())
        } else if raw["suspend"].is_object() {
            let length = &raw["suspend"]["duration"];
            Body::Suspend(
                length
                    .as_i64()
                    .map(|s| s * 1000)
                    .or_else(|| length.as_str().and_then(duration)),
            )
        } else if raw["containerSet"].is_object() {
            let member = |c: &Value| {
                let waits = array(&c["dependencies"]).map(text).collect();
                (text(&c["name"]), waits)
            };
            Body::Set(
                array(&raw["containerSet"]["containers"])
                    .map(member)
                    .collect(),
            )
        } else if raw["http"].is_object() || raw["plugin"].is_object() {
            Body::Agent
        } else {
            Body::Pod(raw["script"].is_object())
        };
        let deadline = &raw["activeDeadlineSeconds"];
        Self {
            name: text(&raw["name"]),
            body,
            inputs: raw["inputs"].clone(),
            outputs: raw["outputs"].clone(),
            retry: retry(&raw["retryStrategy"]),
            locks: locks(&raw["synchronization"]),
            parallelism: count(&raw["parallelism"]),
            daemon: raw["daemon"] == true,
            deadline: deadline
                .as_i64()
                .or_else(|| deadline.as_str()?.parse().ok()),
            image: ["container", "script"]
                .iter()
                .find_map(|kind| raw[kind]["image"].as_str())
                .unwrap_or("busybox:1.36")
                .to_owned(),
            raw: raw.clone(),
        }
    }
}

impl Task {
    fn compile(raw: &Value) -> Self {
        let continue_on = &raw["continueOn"];
        let continue_on = (continue_on["failed"] == true, continue_on["error"] == true);
        let which = if raw["inline"].is_object() {
            Which::Inline(Arc::new(Template::compile(&raw["inline"])))
        } else if let Some(name) = raw["templateRef"]["name"].as_str() {
            Which::Ref {
                name: name.to_owned(),
                template: text(&raw["templateRef"]["template"]),
                cluster: raw["templateRef"]["clusterScope"] == true,
            }
        } else {
            Which::Local(text(&raw["template"]))
        };
        let hook = &raw["hooks"]["exit"];
        let hook = hook["template"]
            .as_str()
            .or(raw["onExit"].as_str())
            .map(|template| (template.to_owned(), arguments(&hook["arguments"])));
        Self {
            name: text(&raw["name"]),
            which,
            arguments: arguments(&raw["arguments"]),
            when: raw["when"].as_str().map(str::to_owned),
            items: items(raw),
            depends: depends(raw),
            continue_on,
            hook,
        }
    }
}

/// The tasks a DAG template is about, where it names them (`dag.target`).
pub fn targets(raw: &Value) -> Vec<&str> {
    let named = raw["dag"]["target"].as_str().unwrap_or_default();
    named.split_whitespace().collect()
}

/// The targets and what they depend on; all tasks, where there are none.
fn reached(mut tasks: Vec<Task>, targets: &[&str]) -> Vec<Task> {
    if targets.is_empty() {
        return tasks;
    }
    let mut wanted: BTreeSet<String> = targets.iter().map(|name| (*name).to_owned()).collect();
    loop {
        let count = wanted.len();
        for task in &tasks {
            if wanted.contains(&task.name) {
                wanted.extend(task.depends.names().into_iter().map(str::to_owned));
            }
        }
        if wanted.len() == count {
            break;
        }
    }
    tasks.retain(|task| wanted.contains(&task.name));
    tasks
}

/// A failed task whose `continueOn` allows it counts as done for what depends on it.
fn tolerant(mut tasks: Vec<Task>) -> Vec<Task> {
    let forgiving: BTreeMap<String, (bool, bool)> = tasks
        .iter()
        .filter(|task| task.continue_on != (false, false))
        .map(|task| (task.name.clone(), task.continue_on))
        .collect();
    if !forgiving.is_empty() {
        for task in &mut tasks {
            task.depends = task.depends.forgive(&forgiving);
        }
    }
    tasks
}

fn depends(raw: &Value) -> Depends {
    if let Some(expression) = raw["depends"].as_str() {
        return Depends::parse(expression);
    }
    let all: Vec<Depends> = array(&raw["dependencies"])
        .map(|name| Depends::Task(text(name), Outcome::Fine))
        .collect();
    if all.is_empty() {
        Depends::Nothing
    } else {
        Depends::All(all)
    }
}

fn items(raw: &Value) -> Option<Items> {
    if let Some(items) = raw["withItems"].as_array() {
        return Some(Items::List(items.clone()));
    }
    if let Some(param) = raw["withParam"].as_str() {
        return Some(Items::Param(param.to_owned()));
    }
    let sequence = raw["withSequence"].as_object()?;
    let number = |key: &str| -> Option<i64> {
        let value = sequence.get(key)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    };
    let start = number("start").unwrap_or(0);
    let end = match (number("count"), number("end")) {
        (Some(count), _) => start + count - 1,
        (None, end) => end.unwrap_or(start),
    };
    Some(Items::List(
        (start..=end).map(|n| n.to_string().into()).collect(),
    ))
}

fn retry(raw: &Value) -> Option<Retry> {
    raw.as_object()?;
    let backoff = &raw["backoff"];
    let factor = backoff["factor"]
        .as_f64()
        .or_else(|| backoff["factor"].as_str()?.parse().ok());
    Some(Retry {
        limit: count(&raw["limit"]),
        policy: raw["retryPolicy"]
            .as_str()
            .unwrap_or("OnFailure")
            .to_owned(),
        backoff: backoff["duration"]
            .as_str()
            .and_then(duration)
            .map(|first| (first, factor.unwrap_or(1.0))),
    })
}

fn locks(raw: &Value) -> Vec<LockRef> {
    let mutexes = array(&raw["mutexes"]).chain(raw.get("mutex"));
    let semaphores = array(&raw["semaphores"]).chain(raw.get("semaphore"));
    mutexes
        .map(|mutex| LockRef::Mutex(text(&mutex["name"])))
        .chain(semaphores.map(|semaphore| {
            let key = &semaphore["configMapKeyRef"];
            LockRef::Semaphore(text(&key["name"]), text(&key["key"]))
        }))
        .collect()
}

/// `parameters` of arguments as name and value.
pub fn arguments(raw: &Value) -> Arguments {
    array(&raw["parameters"])
        .map(|p| (text(&p["name"]), plain(&p["value"])))
        .collect()
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn count(value: &Value) -> Option<usize> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    usize::try_from(number).ok()
}

/// A value as it stands in a parameter.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

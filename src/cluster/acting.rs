//! The one way a write leaves the program: read, compared with what was shown, sent once, and read back where no answer came.
//! Apart from reading, which may be tried again as often as one likes; a write may not.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use jiff::Timestamp;
use serde_json::Value;

use super::compared::{difference, left_behind, version};
use super::connect::Cluster;
use super::editing;
use super::error::safe;
use super::request::{Ask, JSON, query};
use crate::model::act::{
    Actor, Cannot, Kind, Operation, Order, Outcome, Prepared, Refusal, Request, Sent, Shown,
};
use crate::model::key::Key;
use crate::model::mask::mask;
use crate::model::text::clean;
use crate::model::trouble::Trouble;
use crate::wire::act::{self, Plan, Write};
use crate::wire::manifest;

/// Longest wait for the answer to a write.
const DEADLINE: Duration = Duration::from_secs(10);
/// So often a write that met another writer is made anew from what the object is then.
const TRIES: usize = 4;
/// So long a pod that was deleted may take to end; Kubernetes gives it 30 s unless its spec says otherwise.
const ENDS_WITHIN: Duration = Duration::from_secs(60);
/// Waits before each look at an object whose answer was lost.
const LOOKS: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

/// What became of an order, with the requests that went out.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    /// How it ended.
    pub outcome: Outcome,
    /// The requests and their answers, in their order.
    pub sent: Vec<Sent>,
}

/// How a row of requests ended.
enum End {
    /// All were taken; the answer to the last one.
    Done(Value),
    /// Somebody else wrote between reading and writing: nothing of this one happened.
    Raced(Trouble),
    /// The server said no.
    Refused(Trouble),
    /// No answer: it may have happened.
    Lost(Trouble),
}

/// What the server says to something that it is only to try.
enum Tried {
    /// It would be taken; what would become of the object.
    Taken(Value),
    /// It would not, and why.
    Refused(Arc<str>),
    /// It did not say.
    Unknown(Arc<str>),
}

impl Cluster {
    /// Reads the object and says what an order would do to it, and what of it we may not. Changes nothing.
    ///
    /// # Errors
    /// When it cannot be read, is another object by now, or is not in a state for it.
    pub async fn prepare(&self, order: &Order, at: Timestamp) -> Result<Prepared, Cannot> {
        if let Operation::Edit { manifest } = &order.operation {
            manifest::check(manifest).map_err(editing::told)?;
        }
        let object = self.subject(order).await?;
        let plan = act::plan(order, &object, &self.actor(at, at))?;
        let mut denied = self.denied(&plan.writes).await?;
        let mut preview = plan.preview;
        let edit = match &order.operation {
            Operation::Edit { manifest } => Some(manifest),
            _ => None,
        };
        if (order.operation.creates() || edit.is_some()) && denied.is_empty() {
            for write in &plan.writes {
                let made = match self.tried(write).await {
                    Tried::Taken(made) => {
                        let text = "the server has tried it without keeping it: it would take it";
                        preview.says.push(text.into());
                        Some(made)
                    }
                    Tried::Refused(why) if edit.is_some() => {
                        return Err(editing::refused(&why).into());
                    }
                    Tried::Refused(why) => {
                        denied.push(why);
                        continue;
                    }
                    Tried::Unknown(why) => {
                        preview.warns.push(why);
                        None
                    }
                };
                if let Some(manifest) = edit {
                    preview.diff = editing::difference(&object, made.as_ref(), manifest)?;
                }
            }
        }
        for request in &mut preview.requests {
            request.body = masked(&request.body);
        }
        Ok(Prepared { preview, denied })
    }

    /// Carries an order out, if the object still is what was shown. `before` is called once, when it is certain that
    /// something will be sent: with the object as it is then, and the requests.
    pub async fn carry(
        &self,
        order: &Order,
        shown: &Shown,
        at: Timestamp,
        before: impl FnOnce(&Value, &[Request]) + Send,
    ) -> Carried {
        let mut sent = Vec::new();
        let outcome = self.try_carry(order, shown, at, before, &mut sent).await;
        Carried { outcome, sent }
    }

    async fn try_carry(
        &self,
        order: &Order,
        shown: &Shown,
        at: Timestamp,
        before: impl FnOnce(&Value, &[Request]) + Send,
        sent: &mut Vec<Sent>,
    ) -> Outcome {
        let mut before = Some(before);
        // What met another writer, and the version it was made from.
        let mut raced: Option<(Trouble, String)> = None;
        for _ in 0..TRIES {
            let object = match self.subject(order).await {
                Ok(object) => object,
                Err(Trouble::NotFound { .. }) => return changed("it is gone"),
                Err(why) => return not(&why),
            };
            let version = version(&object);
            // A test of a patch that does not hold and a patch that is not wanted have the same answer: nobody wrote, so it is not wanted.
            if let Some((why @ Trouble::Invalid { .. }, before)) = &raced
                && *before == version
            {
                let why = format!("{why}{}", left_behind(sent)).into();
                return Outcome::NotApplied { why };
            }
            if let Some(why) = difference(order, shown, &object) {
                return changed(&why);
            }
            let plan = match act::plan(order, &object, &self.actor(at, shown.asked)) {
                Ok(plan) => plan,
                Err(Refusal { why, instead }) => {
                    let why = format!("{why}; {instead}").into();
                    return Outcome::NotApplied { why };
                }
            };
            if shown
                .digest
                .is_some_and(|digest| digest != plan.preview.digest)
            {
                return changed("it would do something else now than was shown");
            }
            if plan.writes.is_empty() {
                let why = "a value is missing that it cannot go on without".into();
                return Outcome::NotApplied { why };
            }
            if let Some(before) = before.take() {
                before(&object, &plan.preview.requests);
            }
            match self.send_all(&plan, sent).await {
                End::Done(answer) => return applied(&order.operation, &answer),
                End::Raced(why) => raced = Some((why, version)),
                End::Refused(why) => {
                    let why = format!("{why}{}", left_behind(sent)).into();
                    return Outcome::NotApplied { why };
                }
                End::Lost(why) => return self.look_back(order, &plan, why).await,
            }
        }
        match raced {
            Some((why, _)) => Outcome::NotApplied {
                why: format!("{why}, {TRIES} times in a row{}", left_behind(sent)).into(),
            },
            None => changed("it changed"),
        }
    }

    /// Sends the requests of a plan one after the other, each once.
    async fn send_all(&self, plan: &Plan, sent: &mut Vec<Sent>) -> End {
        let mut last = Value::Null;
        let mut ending = Vec::new();
        for write in &plan.writes {
            if write.method != act::Method::Delete
                && let Err(why) = self.gone(&mut ending).await
            {
                return End::Refused(why);
            }
            let ask = ask(write);
            let answer = self.read(&ask).await;
            sent.push(Sent {
                request: told(write),
                answer: match &answer {
                    Ok(_) => "ok".into(),
                    Err(why) => why.to_string().into(),
                },
            });
            match answer {
                // An answer that cannot be read is one all the same: its head said that it was done.
                Ok(body) => last = serde_json::from_slice(&body).unwrap_or(Value::Null),
                Err(Trouble::NotFound { .. }) if write.missing_is_fine => {}
                Err(why) => return judged(write, why),
            }
            let grace = last.pointer("/metadata/deletionGracePeriodSeconds");
            if write.resource == "pods"
                && grace.and_then(Value::as_u64).is_some_and(|left| left > 0)
            {
                ending.push(write);
            }
        }
        End::Done(last)
    }

    /// Waits until pods that were deleted while they still ran are gone: the controller cannot make a pod of a name that is
    /// taken, and does not look again when it becomes free.
    /// Source: Argo 4.1.4 seen live: "Failed pod creation: already exists", and the step stays Pending.
    async fn gone(&self, ending: &mut Vec<&Write>) -> Result<(), Trouble> {
        let until = tokio::time::Instant::now() + ENDS_WITHIN;
        while let Some(write) = ending.last() {
            let path = write.path.split('?').next().unwrap_or_default();
            let mut ask = Ask::get("get", "pods", path.to_string());
            ask.namespace = Some(write.namespace.clone());
            ask.name = write.name.clone();
            match self.read(&ask).await {
                Err(Trouble::NotFound { .. }) => drop(ending.pop()),
                // Who may delete a pod and not see it cannot wait for its end.
                Err(Trouble::Forbidden { .. }) => return Ok(()),
                _ if tokio::time::Instant::now() < until => tokio::time::sleep(LOOKS[0]).await,
                _ => {
                    return Err(Trouble::Server {
                        detail: format!(
                            "the pod {} was told to end and has not within {} s",
                            write.name.as_deref().unwrap_or_default(),
                            ENDS_WITHIN.as_secs()
                        ),
                    });
                }
            }
        }
        Ok(())
    }

    /// No answer came: the object is read until it tells whether the write happened.
    async fn look_back(&self, order: &Order, plan: &Plan, why: Trouble) -> Outcome {
        for wait in LOOKS {
            tokio::time::sleep(wait).await;
            let now = match self.written(order, plan).await {
                Ok(object) => Some(object),
                Err(Trouble::NotFound { .. }) => None,
                Err(_) => continue,
            };
            match act::happened(order, plan, now.as_ref()) {
                Some(true) => {
                    return applied(&order.operation, now.as_ref().unwrap_or(&Value::Null));
                }
                Some(false) => {
                    let why = format!("{why}; read back: it has not happened").into();
                    return Outcome::NotApplied { why };
                }
                None => {}
            }
        }
        Outcome::Unknown {
            why: why.to_string().into(),
        }
    }

    /// The object a plan writes: a new one by the name it was to have, else the object of the order.
    async fn written(&self, order: &Order, plan: &Plan) -> Result<Value, Trouble> {
        let made = plan.writes.last().filter(|_| order.operation.creates());
        let name = made
            .and_then(|write| write.body.as_ref())
            .and_then(|body| body.pointer("/metadata/name")?.as_str().map(str::to_string));
        match (made, name) {
            (Some(write), Some(name)) => {
                let key = Key::new(write.namespace.clone(), name.as_str(), "");
                let kind = match order.operation.is_of_nothing() {
                    true => order.kind,
                    false => Kind::Workflow,
                };
                self.as_it_is(kind, &key).await
            }
            _ => self.as_it_is(order.kind, &order.key).await,
        }
    }

    /// The object an order is about, as it is; nothing where the order makes what is not there.
    async fn subject(&self, order: &Order) -> Result<Value, Trouble> {
        match order.operation.is_of_nothing() {
            true => Ok(Value::Null),
            false => self.as_it_is(order.kind, &order.key).await,
        }
    }

    /// The whole object as the server has it, by its name.
    pub(crate) async fn as_it_is(&self, kind: Kind, key: &Key) -> Result<Value, Trouble> {
        let mut ask = Ask::get("get", kind.resource(), path(kind, key)).named(&key.name);
        ask.namespace = (!key.namespace.is_empty()).then(|| key.namespace.clone());
        ask.limit = DEADLINE;
        let body = self.read(&ask).await?;
        serde_json::from_slice(&body).map_err(|why| super::error::unreadable("the object", &why))
    }

    /// Asks the server what it would say to something new: it checks it as if it came, and keeps nothing.
    /// Source: Kubernetes API, `dryRun=All`.
    async fn tried(&self, write: &Write) -> Tried {
        let mut ask = ask(write);
        let sign = if ask.path.contains('?') { '&' } else { '?' };
        ask.path.push(sign);
        ask.path += "dryRun=All";
        let why = match self.read(&ask).await {
            Ok(body) => return Tried::Taken(serde_json::from_slice(&body).unwrap_or_default()),
            Err(why) => why,
        };
        match &why {
            // Admission webhooks that cannot be tried refuse every trial, and only the trial.
            Trouble::Invalid { causes } if causes.iter().any(|one| one.contains("dry run")) => {}
            Trouble::Invalid { causes } => {
                let causes: Vec<String> = causes.iter().map(|one| safe(one)).collect();
                return Tried::Refused(
                    format!("the server would not take it: {}", causes.join("; ")).into(),
                );
            }
            // Something new is refused as not found where its namespace is.
            Trouble::NotFound { .. } | Trouble::NoSuchKind { .. } if write.name.is_some() => {
                return Tried::Refused("it is gone".into());
            }
            Trouble::NotFound { .. } | Trouble::NoSuchKind { .. } => {
                let text = format!("there is no namespace {}", write.namespace);
                return Tried::Refused(text.into());
            }
            Trouble::Forbidden { .. } => {
                return Tried::Refused(format!("the server would not take it: {why}").into());
            }
            _ => {}
        }
        Tried::Unknown(format!("the server was asked to try it, without an answer: {why}").into())
    }

    /// What of these writes the server does not allow us, one sentence each.
    async fn denied(&self, writes: &[Write]) -> Result<Vec<Arc<str>>, Trouble> {
        let mut asked: Vec<(&str, &str, &Arc<str>)> = writes
            .iter()
            .map(|write| (write.verb, write.resource, &write.namespace))
            .collect();
        asked.sort_unstable();
        asked.dedup();
        let mut denied = Vec::new();
        for (verb, resource, namespace) in asked {
            if let Some(why) = self.refuses(verb, resource, namespace).await? {
                denied.push(why);
            }
        }
        Ok(denied)
    }

    fn actor(&self, at: Timestamp, asked: Timestamp) -> Actor {
        Actor {
            name: self.known_as(),
            at,
            asked,
        }
    }
}

fn path(kind: Kind, key: &Key) -> String {
    let (namespace, name) = (query(&key.namespace), query(&key.name));
    let (api, plural) = (kind.api(), kind.plural());
    match kind.is_of_cluster() {
        true => format!("{api}/{plural}/{name}"),
        false => format!("{api}/namespaces/{namespace}/{plural}/{name}"),
    }
}

/// A write as a request.
fn ask(write: &Write) -> Ask {
    let mut ask = Ask::get(write.verb, write.resource, write.path.clone());
    ask.method = match write.method {
        act::Method::Patch => Method::PATCH,
        act::Method::Put => Method::PUT,
        act::Method::Post => Method::POST,
        act::Method::Delete => Method::DELETE,
    };
    ask.body = write.bytes();
    ask.content = write.content.unwrap_or(JSON);
    ask.namespace = Some(write.namespace.clone());
    ask.name = write.name.clone();
    ask.limit = DEADLINE;
    ask
}

/// A write as the journal tells it.
fn told(write: &Write) -> Request {
    let mut request = write.told();
    request.body = masked(&request.body);
    request
}

fn masked(text: &str) -> Arc<str> {
    clean(&mask(text)).into()
}

/// What a refusal or a silence means for a write.
fn judged(write: &Write, why: Trouble) -> End {
    match &why {
        // The version or a test of the patch does not hold; where something is made, its name is taken.
        Trouble::Conflict { .. } if write.method != act::Method::Post => End::Raced(why),
        Trouble::Conflict { .. } => End::Lost(why),
        Trouble::Invalid { .. } if is_test(write) => End::Raced(why),
        // A proxy says that it is busy too, and it may have passed the request on.
        Trouble::Timeout { .. }
        | Trouble::Unreachable { .. }
        | Trouble::Server { .. }
        | Trouble::Busy { .. } => End::Lost(why),
        _ => End::Refused(why),
    }
}

/// A JSON patch answers a test that does not hold like any other fault of it (422).
fn is_test(write: &Write) -> bool {
    write.content == Some("application/json-patch+json")
}

fn changed(why: &str) -> Outcome {
    Outcome::Changed { why: why.into() }
}

fn not(why: &Trouble) -> Outcome {
    Outcome::NotApplied {
        why: why.to_string().into(),
    }
}

fn applied(operation: &Operation, answer: &Value) -> Outcome {
    let text = |path: &str| answer.pointer(path).and_then(Value::as_str).map(safe);
    let made = operation.creates().then(|| {
        Some(Key::new(
            text("/metadata/namespace")?,
            text("/metadata/name")?,
            text("/metadata/uid")?,
        ))
    });
    Outcome::Applied {
        expect: operation.expect().into(),
        made: made.flatten(),
    }
}

//! Steps that the agent carries out: HTTP requests, and plugins.
//! Apart from pods: they have none of their own, and what they say is what the agent would say of an answer.
//!
//! Source of the words: Argo v4.1.2 `workflow/executor/agent.go`; Go `net/http` for requests that nobody answers.

use serde_json::{Value, json};

use super::exec::{self, Call};
use super::node::{Kind, Phase};
use super::plan::{Asked, Plan};
use super::run::Run;
use super::spec::Template;
use super::world::World;

/// How long the agent is given for a request that does not say, in seconds. Source: the same file.
const TIMEOUT: i64 = 30;

/// Makes or goes on with a node of the agent.
pub fn run(world: &mut World, run: &mut Run, call: &Call, id: &str) {
    if !run.nodes.contains_key(id) {
        if run.shut_for(&call.name) {
            return;
        }
        exec::ensure(world, run, call, Kind::Http, Phase::Pending);
    }
    let mut rng = world.rng(&format!("{}/{id}", run.uid));
    let (display, attempt) = call.planned();
    let asked = Asked {
        annotations: &run.object["metadata"]["annotations"],
        display,
        template: &call.template.name,
        attempt,
        inputs: &exec::values(run, id),
        calm: world.calm.contains(&world.now),
    };
    let plan = world.catalogue.plan(asked, &mut rng);
    let most = most(&call.template) * 1000;
    let begun = run.nodes.get(id).and_then(|node| node.started);
    let until = begun.map_or(world.now, |at| at.0) + plan.run.min(most);
    if world.now < until {
        let key = run.key.clone();
        return world.reconcile(&key, until);
    }
    let (phase, message) = said(&call.template, &plan, plan.run > most);
    if let (Some(node), Some(result)) = (run.nodes.get_mut(id), &plan.step.result) {
        node.outputs = json!({"result": result});
    }
    exec::finish(world, run, id, phase, message);
}

fn most(template: &Template) -> i64 {
    let said = &template.raw["http"]["timeoutSeconds"];
    said.as_i64().filter(|most| *most > 0).unwrap_or(TIMEOUT)
}

/// What became of it. A plan that ends with 1 is an answer that is not what it must be, any other code is no answer.
fn said(template: &Template, plan: &Plan, late: bool) -> (Phase, Option<String>) {
    let http = &template.raw["http"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (method, url) = (text(&http["method"]), text(&http["url"]));
    let asked = format!("{} \"{url}\"", capital(&method));
    let message = match (late, plan.exit) {
        (true, _) => format!("{asked}: context deadline exceeded"),
        (_, 0) => return (Phase::Succeeded, None),
        (_, 1) => match http["successCondition"].as_str() {
            Some(condition) => format!("successCondition '{condition}' evaluated false"),
            None => "received non-2xx response code: 503".to_owned(),
        },
        _ => {
            let host = url.split("://").last().unwrap_or_default();
            let host = host.split(['/', ':', '?']).next().unwrap_or_default();
            format!("{asked}: dial tcp: lookup {host}: no such host")
        }
    };
    (Phase::Failed, Some(message))
}

/// `Get`, as Go writes a method in an error.
fn capital(method: &str) -> String {
    let method = if method.is_empty() { "GET" } else { method };
    let (first, rest) = method.split_at(1.min(method.len()));
    format!("{first}{}", rest.to_lowercase())
}

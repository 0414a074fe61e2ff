//! Criteria that run a command: a pod of the criterion's image, our script around the command.
//! Apart from requests, because only these have a shell and only these see the checked-out code.

use serde_json::{Map, Value, json};

use super::output;
use super::safe::shielded;
use super::step::Place;
use crate::model::qarun::{
    CommandCheck, Criterion, EnvVar, JunitCheck, KeyRef, Project, Quantity, Resources,
};

/// The script that runs a command and judges it. It takes texts as arguments and variables, never as part of itself.
const SCRIPT: &str = include_str!("criterion.sh");
/// What a container is started with: the script, which stands once in the workflow and reaches each pod as an annotation. Written
/// out in every step it would make the workflow of a hundred criteria too large for Argo.
const RUN: &str = "eval \"$TIPHYS_SCRIPT\"";
/// The annotation.
const NOTE: &str = "agents.platform/criterion-script";

/// Where the code is, and where a command starts.
pub const WORKSPACE: &str = "/workspace";
/// Where the script keeps what it found; the home of commands, which run without one of their own.
pub const KEPT: &str = "/tiphys";

/// User and group of every container: one that no image uses.
pub const USER: u32 = 65532;

/// What a command asks for where a spec says nothing, and may have at most.
const REQUESTS: [(&str, &str); 2] = [("cpu", "100m"), ("memory", "128Mi")];
const LIMITS: [(&str, &str); 1] = [("memory", "1Gi")];

/// What a command is made of, of either kind.
struct Command<'a> {
    image: Option<&'a str>,
    argv: &'a [String],
    script: Option<&'a str>,
    dir: Option<&'a str>,
    env: &'a [EnvVar],
}

/// A command that is judged by its end and its output.
pub fn command(place: Place, criterion: &Criterion, check: &CommandCheck) -> Value {
    let expect = check.expect.clone().unwrap_or_default();
    let mut told = vec![("TIPHYS_EXIT", expect.exit_code.unwrap_or(0).to_string())];
    let texts = [
        ("TIPHYS_CONTAINS", expect.stdout_contains),
        ("TIPHYS_MATCHES", expect.stdout_matches),
    ];
    for (name, text) in texts {
        told.extend(text.map(|text| (name, shielded(&text))));
    }
    let what = Command {
        image: check.image.as_deref(),
        argv: &check.argv,
        script: check.script.as_deref(),
        dir: check.working_dir.as_deref(),
        env: &check.env,
    };
    made(place, criterion, &what, &told, None)
}

/// A command that is judged by the report it leaves.
pub fn junit(place: Place, criterion: &Criterion, check: &JunitCheck) -> Value {
    let report = below(&check.report);
    let told = [
        ("TIPHYS_REPORT", shielded(&report)),
        (
            "TIPHYS_ALLOWED",
            check.allowed_failures.unwrap_or(0).to_string(),
        ),
    ];
    let what = Command {
        image: check.image.as_deref(),
        argv: &check.argv,
        script: check.script.as_deref(),
        dir: check.working_dir.as_deref(),
        env: &check.env,
    };
    made(place, criterion, &what, &told, Some(&report))
}

/// What every pod of a workflow carries.
pub fn annotations() -> Value {
    json!({NOTE: SCRIPT})
}

fn made(
    place: Place,
    criterion: &Criterion,
    what: &Command,
    told: &[(&str, String)],
    report: Option<&str>,
) -> Value {
    let words: Vec<String> = match what.script {
        Some(script) => ["sh", "-c", script].map(shielded).to_vec(),
        None => what.argv.iter().map(|word| shielded(word)).collect(),
    };
    let mut container = json!({
        "image": what.image.or(place.spec.image.as_deref()).unwrap_or_default(),
        "command": ["sh", "-c", RUN, "criterion"],
        "args": words,
        "workingDir": what.dir.map_or(WORKSPACE.to_owned(), below),
        "env": variables(place, what.env, told),
        "resources": resources(place.spec.resources.as_ref()),
        "securityContext": security(),
    });
    if !place.spec.env_from.is_empty() {
        container["envFrom"] = json!(place.spec.env_from);
    }
    let (mounts, volumes, inputs) = room(place.spec.project.as_ref());
    container["volumeMounts"] = mounts;
    let mut template = json!({
        "activeDeadlineSeconds": place.seconds(criterion),
        "container": container,
        "volumes": volumes,
        "outputs": outputs(place, report),
    });
    if let Some(inputs) = inputs {
        template["inputs"] = inputs;
    }
    template
}

/// A path below the workspace.
fn below(path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    format!("{WORKSPACE}/{}", path.trim_start_matches("./"))
}

/// The variables of a command; of those with one name the innermost counts.
fn variables(place: Place, own: &[EnvVar], told: &[(&str, String)]) -> Vec<Value> {
    let outer = place.spec.env.iter();
    let middle = place.environment.into_iter().flat_map(|one| &one.env);
    let mut all: Vec<&EnvVar> = Vec::new();
    for variable in outer.chain(middle).chain(own) {
        all.retain(|other| other.name != variable.name);
        all.push(variable);
    }
    let about = [
        ("TIPHYS_SERVICE", Some(&place.spec.service)),
        ("TIPHYS_TASK", place.spec.task_id.as_ref()),
        ("TIPHYS_ENVIRONMENT", place.environment.map(|one| &one.name)),
        (
            "TIPHYS_URL",
            place.environment.and_then(|one| one.url.as_ref()),
        ),
    ];
    let fixed = [("HOME", KEPT), ("TMPDIR", KEPT)];
    let fixed = fixed
        .into_iter()
        .filter(|(name, _)| all.iter().all(|one| one.name != *name));
    let plain = |name: &str, value: &str| json!({"name": name, "value": value});
    let script = json!({"fieldPath": format!("metadata.annotations['{NOTE}']")});
    let script = json!({"name": "TIPHYS_SCRIPT", "valueFrom": {"fieldRef": script}});
    let mut out = vec![script];
    out.extend(fixed.map(|(name, value)| plain(name, value)));
    let about = about
        .into_iter()
        .filter_map(|(name, value)| Some(plain(name, value?)));
    out.extend(about);
    out.extend(told.iter().map(|(name, value)| plain(name, value)));
    out.extend(all.iter().map(|variable| json!(variable)));
    out
}

/// What a command may use: what a spec says, by resource, over what holds otherwise.
pub fn resources(said: Option<&Resources>) -> Value {
    let said = said.cloned().unwrap_or_default();
    let over = |usual: &[(&str, &str)], said: &std::collections::BTreeMap<String, Quantity>| {
        let mut all: Map<String, Value> = usual
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect();
        all.extend(
            said.iter()
                .map(|(name, value)| (name.clone(), value.to_string().into())),
        );
        all
    };
    let mut requests = over(&REQUESTS, &said.requests);
    let limits = over(&LIMITS, &said.limits);
    // The server refuses a request above its limit: where only a limit is said, it is what is asked for as well.
    for name in said
        .limits
        .keys()
        .filter(|name| !said.requests.contains_key(*name))
    {
        requests.insert(name.clone(), limits[name].clone());
    }
    json!({"requests": requests, "limits": limits})
}

/// What no container needs.
pub fn security() -> Value {
    json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}})
}

/// The workspace, with the code where there is a repository, and a place for what is found: mounts, volumes, inputs.
fn room(project: Option<&Project>) -> (Value, Value, Option<Value>) {
    let mut mounts = vec![json!({"name": "tiphys", "mountPath": KEPT})];
    let mut volumes = vec![json!({"name": "tiphys", "emptyDir": {"sizeLimit": "1Gi"}})];
    let inputs = project.and_then(checkout);
    if inputs.is_none() {
        mounts.push(json!({"name": "workspace", "mountPath": WORKSPACE}));
        volumes.push(json!({"name": "workspace", "emptyDir": {}}));
    }
    (mounts.into(), volumes.into(), inputs)
}

/// The code, fetched by Argo's own init container, which alone sees the keys.
fn checkout(project: &Project) -> Option<Value> {
    let mut git = json!({"repo": project.repository.as_ref()?});
    if let Some(revision) = &project.revision {
        git["revision"] = revision.clone().into();
    }
    let credentials = project.credentials.clone().unwrap_or_default();
    let keys: [(&str, Option<KeyRef>); 3] = [
        ("sshPrivateKeySecret", credentials.ssh_private_key),
        ("usernameSecret", credentials.username),
        ("passwordSecret", credentials.password),
    ];
    for (field, key) in keys {
        if let Some(key) = key {
            git[field] = json!(key);
        }
    }
    Some(json!({"artifacts": [{"name": "source", "path": WORKSPACE, "git": git}]}))
}

/// What is read from a step that ended, and kept of it.
fn outputs(place: Place, report: Option<&str>) -> Value {
    // The defaults are those of a command that had no time to be judged.
    let file = |name: &str, otherwise: &str| json!({"name": name, "valueFrom": {"path": format!("{KEPT}/{name}"), "default": otherwise}});
    let mut outputs =
        json!({"parameters": [file(output::VERDICT, "inconclusive"), file(output::EVIDENCE, "")]});
    let asked = &place.spec.artifacts;
    if asked.is_empty() {
        // Argo fails a step with an artifact where no store is configured: nothing is kept that nobody asked for.
        return outputs;
    }
    let artifact = |name: &str, path: &str| json!({"name": name, "path": path, "optional": true});
    let mut artifacts: Vec<Value> = asked
        .iter()
        .map(|one| artifact(&one.name, &below(&one.path)))
        .collect();
    if let Some(report) = report.filter(|_| asked.iter().all(|one| one.name != output::JUNIT)) {
        let mut junit = artifact(output::JUNIT, report);
        junit["archive"] = json!({"none": {}});
        artifacts.push(junit);
    }
    outputs["artifacts"] = artifacts.into();
    outputs
}

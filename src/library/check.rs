//! What is wrong with a spec that its schema lets through.
//! Apart from the schema, which knows fields and not what becomes of them: images that are missing, names that are ours, texts that
//! Argo would replace parts of.

use super::Problem;
use super::catalogue::entry;
use super::safe::{BRACES, decimal};
use crate::model::qarun::{
    Builtin, Check, Criterion, EnvVar, Environment, Header, Spec, TemplateKind,
};

/// Names of variables that a step's own machinery has.
const OURS: [&str; 2] = ["TIPHYS_", "ARGO_"];
/// Most templates of one workflow: criteria times environments, about.
const TEMPLATES: usize = 500;

/// Everything that keeps a workflow from being made of a spec, with the path of each.
pub fn check(spec: &Spec) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut found = |path: &str, what: String| problems.push(Problem::new(path, what));
    template(spec, &mut found);
    let account = spec.service_account_name.as_deref();
    plain("spec.service", Some(&spec.service), &mut found);
    plain("spec.serviceAccountName", account, &mut found);
    unique(spec, &mut found);
    if spec.template().kind == TemplateKind::Builtin {
        ours(spec, &mut found);
    } else {
        theirs(spec, &mut found);
    }
    problems
}

/// What is wrong where the steps are made here.
fn ours(spec: &Spec, found: Found) {
    variables("spec.env", &spec.env, found);
    plain("spec.image", spec.image.as_deref(), found);
    for (n, environment) in spec.environments.iter().enumerate() {
        let path = format!("spec.environments[{n}]");
        variables(&format!("{path}.env"), &environment.env, found);
        plain(&format!("{path}.url"), environment.url.as_deref(), found);
    }
    let project = spec.project.clone().unwrap_or_default();
    let texts = [
        ("repository", project.repository),
        ("revision", project.revision),
    ];
    for (field, text) in texts {
        plain(&format!("spec.project.{field}"), text.as_deref(), found);
    }
    for (n, artifact) in spec.artifacts.iter().enumerate() {
        let path = format!("spec.artifacts[{n}].path");
        plain(&path, Some(&artifact.path), found);
    }
    for (n, criterion) in spec.criteria.iter().enumerate() {
        one(&format!("spec.criteria[{n}]"), criterion, spec, found);
    }
}

/// What a workflow made from somebody else's template could only forget. Its criteria are the steps of their names.
fn theirs(spec: &Spec, found: Found) {
    let said = [
        ("environments", spec.environments.len() > 1),
        ("env", !spec.env.is_empty()),
        ("envFrom", !spec.env_from.is_empty()),
        ("image", spec.image.is_some()),
        ("resources", spec.resources.is_some()),
        ("stepRetry", spec.step_retry.is_some()),
        ("artifacts", !spec.artifacts.is_empty()),
    ];
    for (field, said) in said {
        if said {
            let what = "a template that is not builtin does not take it; tell it what it needs by spec.template.parameters";
            found(&format!("spec.{field}"), what.to_owned());
        }
    }
}

fn unique(spec: &Spec, found: Found) {
    for (n, criterion) in spec.criteria.iter().enumerate() {
        let mut before = spec.criteria.iter().take(n);
        if before.any(|other| other.id == criterion.id) {
            let what = format!("there is another criterion `{}`", criterion.id);
            found(&format!("spec.criteria[{n}].id"), what);
        }
    }
}

type Found<'a> = &'a mut dyn FnMut(&str, String);

fn template(spec: &Spec, found: Found) {
    let template = spec.template();
    for (name, value) in &template.parameters {
        let path = format!("spec.template.parameters.{name}");
        plain(&path, Some(value), found);
    }
    let Some(builtin) = template.builtin() else {
        if template.kind == TemplateKind::Builtin {
            let names: Vec<&str> = Builtin::ALL.iter().map(|one| one.name()).collect();
            found(
                "spec.template.name",
                format!(
                    "there is no builtin template `{}`; there are {}",
                    template.name,
                    names.join(", ")
                ),
            );
        }
        return;
    };
    for (name, value) in &template.parameters {
        let path = format!("spec.template.parameters.{name}");
        match entry(builtin)
            .parameters
            .iter()
            .find(|one| one.name == name)
        {
            None => found(
                &path,
                format!("the template {} takes no such parameter", builtin.name()),
            ),
            Some(one) if !one.values.contains(&&**value) => {
                found(
                    &path,
                    format!("`{value}` is not one of {}", one.values.join(", ")),
                );
            }
            Some(_) => {}
        }
    }
    if spec.criteria.is_empty() {
        found(
            "spec.criteria",
            format!(
                "the template {} needs at least one criterion",
                builtin.name()
            ),
        );
    }
    if builtin == Builtin::MultiEnvironment && spec.environments.is_empty() {
        found(
            "spec.environments",
            "the template multi-environment needs at least one environment".to_owned(),
        );
    }
    let steps = spec.criteria.len() * spec.environments.len().max(1);
    if steps > TEMPLATES {
        found(
            "spec.criteria",
            format!("{steps} steps in all environments together, {TEMPLATES} are allowed"),
        );
    }
}

fn one(path: &str, criterion: &Criterion, spec: &Spec, found: Found) {
    let base = format!("{path}.{}", criterion.check.kind());
    let at = |rest: &str| format!("{base}.{rest}");
    match &criterion.check {
        Check::Command { command } => {
            runs(
                &base,
                command.image.as_deref(),
                &command.argv,
                command.script.as_deref(),
                spec,
                found,
            );
            variables(&at("env"), &command.env, found);
            plain(&at("workingDir"), command.working_dir.as_deref(), found);
            let expect = command.expect.clone().unwrap_or_default();
            for (field, text) in [
                ("stdoutContains", expect.stdout_contains),
                ("stdoutMatches", expect.stdout_matches),
            ] {
                if text.is_some_and(|text| text.contains('\n')) {
                    found(
                        &at(&format!("expect.{field}")),
                        "it is held against one line, and has several".to_owned(),
                    );
                }
            }
        }
        Check::Junit { junit } => {
            runs(
                &base,
                junit.image.as_deref(),
                &junit.argv,
                junit.script.as_deref(),
                spec,
                found,
            );
            variables(&at("env"), &junit.env, found);
            plain(&at("workingDir"), junit.working_dir.as_deref(), found);
            plain(&at("report"), Some(&junit.report), found);
        }
        Check::Http { http } => {
            plain(&at("url"), Some(&http.url), found);
            headers(&at("headers"), &http.headers, found);
            let without = |one: &Environment| one.url.is_none();
            if http.url.starts_with('/')
                && (spec.environments.is_empty() || spec.environments.iter().any(without))
            {
                found(
                    &at("url"),
                    "a path needs an environment with a url, in every environment there is"
                        .to_owned(),
                );
            }
        }
        Check::Metric { metric } => {
            plain(&at("url"), Some(&metric.url), found);
            headers(&at("headers"), &metric.headers, found);
            if !decimal(&metric.threshold) {
                found(
                    &at("threshold"),
                    format!("`{}` is no decimal number", metric.threshold),
                );
            }
        }
        Check::Manual { .. } => {
            if criterion.timeout_seconds.is_some() {
                let what = "Argo would take the end of that time for an approval; spec.timeouts.runSeconds ends the whole attempt";
                found(&format!("{path}.timeoutSeconds"), what.to_owned());
            }
        }
        Check::Unknown => found(
            &format!("{path}.kind"),
            "there is no such kind; there are command, http, metric, junit, manual".to_owned(),
        ),
    }
}

/// What a step with a command needs.
fn runs(
    at: &str,
    image: Option<&str>,
    argv: &[String],
    script: Option<&str>,
    spec: &Spec,
    found: Found,
) {
    if image.or(spec.image.as_deref()).is_none_or(str::is_empty) {
        found(
            &format!("{at}.image"),
            "no image: name one here or in spec.image".to_owned(),
        );
    }
    plain(&format!("{at}.image"), image, found);
    if argv.is_empty() == script.is_none() {
        found(at, "a command is either argv or a script".to_owned());
    }
    let words = argv.iter().map(String::as_str).chain(script);
    for word in words.filter(|word| word.contains('\0')) {
        found(
            at,
            format!(
                "a NUL cannot be in an argument ({} characters)",
                word.chars().count()
            ),
        );
    }
}

fn variables(path: &str, all: &[EnvVar], found: Found) {
    for (n, variable) in all.iter().enumerate() {
        let path = format!("{path}[{n}]");
        if OURS.iter().any(|ours| variable.name.starts_with(ours)) {
            found(
                &format!("{path}.name"),
                format!("names that begin with {} are taken", OURS.join(" or ")),
            );
        }
        plain(&format!("{path}.value"), variable.value.as_deref(), found);
    }
}

fn headers(path: &str, all: &[Header], found: Found) {
    for (n, header) in all.iter().enumerate() {
        plain(
            &format!("{path}[{n}].value"),
            header.value.as_deref(),
            found,
        );
    }
}

/// Refuses what Argo would replace, where nothing could give the text back.
fn plain(path: &str, text: Option<&str>, found: Found) {
    if text.is_some_and(|text| text.contains(BRACES)) {
        let what = "it has `{{`, which Argo would replace; take it from a Secret or ConfigMap, or write it in a script";
        found(path, what.to_owned());
    }
}

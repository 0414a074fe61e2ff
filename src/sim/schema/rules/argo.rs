//! The rules of Argo's kinds.
//! Apart from those of QARuns: these look at one value, none at what it was.

use serde_json::Value;

const LOCATIONS: [&str; 10] = [
    "s3",
    "git",
    "http",
    "artifactory",
    "hdfs",
    "raw",
    "oss",
    "gcs",
    "azure",
    "plugin",
];
const TYPES: [&str; 10] = [
    "container",
    "script",
    "dag",
    "steps",
    "resource",
    "suspend",
    "containerSet",
    "data",
    "http",
    "plugin",
];

/// Whether a rule, named by its message, holds; nothing where it is not known.
pub fn holds(message: &str, value: &Value) -> Option<bool> {
    let has = |key: &str| value.get(key).is_some();
    let count =
        |value: &Value, keys: &[&str]| keys.iter().filter(|key| value.get(**key).is_some()).count();
    let every =
        |rule: &dyn Fn(&Value) -> bool| value.as_array().is_none_or(|all| all.iter().all(rule));
    let groups = |t: &Value| t.get("steps").is_some() || t.get("dag").is_some();
    Some(match message {
        "at most one artifact location can be specified" => count(value, &LOCATIONS) <= 1,
        "'resourcesDuration.*' metrics cannot be used in real-time gauges" => {
            value["realtime"] != true
                || !value["value"]
                    .as_str()
                    .unwrap_or_default()
                    .contains("resourcesDuration.")
        }
        "cannot use both 'depends' and 'dependencies'" => !(has("depends") && has("dependencies")),
        "cannot use 'continueOn' when using 'depends'" => !(has("depends") && has("continueOn")),
        "task name cannot begin with a digit when using 'depends' or 'dependencies'" => {
            !(has("depends") || has("dependencies"))
                || !value["name"]
                    .as_str()
                    .unwrap_or_default()
                    .starts_with(|c: char| c.is_ascii_digit())
        }
        "only one of count or end can be defined" => !(has("count") && has("end")),
        "only one of manifest or manifestFrom can be specified" => {
            !(has("manifest") && has("manifestFrom"))
        }
        "template must have at most one template type" => every(&|t| count(t, &TYPES) <= 1),
        "timeout cannot be applied to steps or dag templates" => {
            every(&|t| t["timeout"].as_str().unwrap_or_default().is_empty() || !groups(t))
        }
        "activeDeadlineSeconds is only valid for leaf templates" => {
            every(&|t| t.get("activeDeadlineSeconds").is_none() || !groups(t))
        }
        _ => return None,
    })
}

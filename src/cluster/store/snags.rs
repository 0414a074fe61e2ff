//! What a store says went wrong, as a sentence and what to do next.
//! Apart from the questions, so that nothing secret of a store slips into a sentence anywhere.

use std::error::Error;

use crate::cluster::error::safe;
use crate::model::artifact::{Place, S3, SecretField, Snag};
use crate::model::trouble::Trouble;

/// How a store that only the cluster reaches is reached from here.
fn reach(endpoint: &str) -> String {
    let why = "it is asked from this machine, not from inside the cluster";
    match service(endpoint) {
        Some((name, namespace, port)) => {
            let host = endpoint.split(':').next().unwrap_or(endpoint);
            format!(
                "{why}: run `kubectl port-forward -n {namespace} svc/{name} {port}:{port}` and put `127.0.0.1 {host}` into /etc/hosts, or run tiphys in the cluster"
            )
        }
        None => format!("{why}: check the address, the VPN and the proxy"),
    }
}

/// Name, namespace and port of the Service that an address inside the cluster is of.
/// Source: Kubernetes, "DNS for Services and Pods": `NAME.NAMESPACE.svc[.ZONE]`, of which pods may leave out the end.
pub(super) fn service(endpoint: &str) -> Option<(&str, &str, u16)> {
    let (host, port) = endpoint.split_once(':').unwrap_or((endpoint, "80"));
    let mut labels = host.split('.');
    let (name, namespace, rest) = (labels.next()?, labels.next()?, labels.next());
    let inside = rest.is_none_or(|rest| rest == "svc");
    let is_name = |label: &str| label.bytes().any(|byte| byte.is_ascii_alphabetic());
    (inside && is_name(name) && is_name(namespace)).then_some((name, namespace, port.parse().ok()?))
}

/// An artifact that lies where this program does not look.
pub(super) fn not_here(place: &Place) -> Snag {
    match place {
        Place::Nowhere(why) => Snag::new(why, "look at the step's YAML, and again when it has run"),
        other => Snag::new(
            format!("it lies in a store that is not read here ({other})"),
            "S3-compatible stores, HTTP addresses without a login and `raw` data are; name an argo-server (ARGO_SERVER, ARGO_TOKEN), or take this one with that store's own tools",
        )
        .everywhere(),
    }
}

/// One that is gone by rule.
pub(super) fn deleted() -> Snag {
    Snag::new(
        "Argo's artifact collector has deleted it (artifactGC)",
        "nothing brings it back; `strategy: Never` of the artifact keeps the next one",
    )
}

/// A store that asks for a role.
pub(super) fn ambient(s3: &S3) -> Snag {
    let snag = Snag::new(
        format!(
            "the bucket {} at {} is opened by a role of the pod (useSDKCreds or none), which nobody has outside",
            s3.bucket, s3.endpoint
        ),
        "give the artifact repository accessKeySecret and secretKeySecret, or take it with the store's own tools",
    );
    snag.everywhere()
}

/// A Secret that was not given.
pub(super) fn secret(name: &str, namespace: &str, why: &Trouble) -> Snag {
    let snag = match why {
        Trouble::Forbidden { .. } => Snag::new(
            format!(
                "the keys of the store lie in the Secret {namespace}/{name}, which you may not get"
            ),
            format!("ask for the right: kubectl auth can-i get secrets/{name} -n {namespace}"),
        ),
        Trouble::NotFound { .. } => Snag::new(
            format!("the Secret {namespace}/{name} with the keys of the store does not exist"),
            "Argo looks for it in the namespace of the run; create it there",
        ),
        other => Snag::new(
            format!("the Secret {namespace}/{name} could not be read: {other}"),
            other.hint(),
        ),
    };
    snag.everywhere()
}

/// A Secret that is none.
pub(super) fn unreadable(name: &str, namespace: &str) -> Snag {
    Snag::new(
        format!("the Secret {namespace}/{name} cannot be read as one"),
        "look at it with kubectl",
    )
}

/// A field that does not help.
pub(super) fn field(field: &SecretField, namespace: &str, what: &str) -> Snag {
    let SecretField { name, key } = field;
    Snag::new(
        format!("the field {key} of the Secret {namespace}/{name} {what}"),
        "the artifact repository names the field; one of the two is wrong",
    )
}

/// A store that cannot be set up as the run says.
pub(super) fn setting(s3: &S3, why: &str) -> Snag {
    Snag::new(
        safe(&format!(
            "the store of bucket {} at {} cannot be asked: {why}",
            s3.bucket, s3.endpoint
        )),
        "look at the artifact repository of the run",
    )
}

/// A key no object can be asked by.
pub(super) fn key(s3: &S3) -> Snag {
    Snag::new(
        format!("the key {} has empty or relative parts", s3.key),
        "take it with the store's own tools",
    )
}

/// Nothing under the key.
pub(super) fn absent(s3: &S3, is_log: bool) -> Snag {
    let what = if is_log { "the archived log" } else { "it" };
    Snag::new(
        format!(
            "{what} is not in the store: no object s3://{}/{} at {}",
            s3.bucket, s3.key, s3.endpoint
        ),
        "it was deleted there, by a lifecycle rule of the bucket or by a person",
    )
}

/// More objects below a key than one file is made of.
pub(super) fn many(s3: &S3, most: usize) -> Snag {
    Snag::new(
        format!(
            "the folder s3://{}/{} has {most} files or more",
            s3.bucket, s3.key
        ),
        "take it with a client of the store: it is not made one file of here",
    )
}

/// An object's name that harms who unpacks it.
pub(super) fn name(s3: &S3, name: &str) -> Snag {
    Snag::new(
        format!(
            "the folder s3://{}/{} holds {name}, whose name is none for a file below it",
            s3.bucket, s3.key
        ),
        "nothing was saved; look at who writes there, and take single files with a client of the store",
    )
}

/// An object that a tar cannot hold.
pub(super) fn unpackable(s3: &S3, name: &str, why: &std::io::Error) -> Snag {
    Snag::new(
        format!(
            "{name} of the folder s3://{}/{} cannot be packed: {why}",
            s3.bucket, s3.key
        ),
        "take it with a client of the store",
    )
}

/// An object that is not as large as it was when its folder was listed.
pub(super) fn changed(s3: &S3, name: &str) -> Snag {
    Snag::new(
        format!(
            "{} of the folder s3://{}/{} changed while it was read",
            safe(name),
            s3.bucket,
            s3.key
        ),
        "ask again when nobody writes there",
    )
}

/// Nothing comes any more.
pub(super) fn silent(seconds: u64) -> Snag {
    Snag::new(
        format!("the store has been silent for {seconds} s"),
        "try again; a download goes on where it stopped",
    )
}

/// An HTTP address that does not give it.
pub(super) fn http(url: &str, why: &str) -> Snag {
    let place = Place::Http(url.into());
    Snag::new(
        format!("{place} does not give it: {}", safe(why)),
        "open the address in a browser, or ask whoever runs that server",
    )
}

/// What the store's library says.
pub(super) fn of(error: &object_store::Error, s3: &S3) -> Snag {
    use object_store::Error as E;
    let all = chain(error);
    let (code, message) = (tag(&all, "Code"), tag(&all, "Message"));
    let said = |fallback: &str| match (&code, &message) {
        (Some(code), Some(message)) => safe(&format!("{message} ({code})")),
        (Some(code), None) => safe(code),
        _ => fallback.to_string(),
    };
    let at = format!("bucket {} at {}", s3.bucket, s3.endpoint);
    match (error, code.as_deref()) {
        (_, Some("NoSuchBucket")) => Snag::new(
            format!("there is no {at}"),
            "look at the artifact repository of the run",
        ),
        (E::NotFound { .. }, _) => absent(s3, false),
        (E::PermissionDenied { .. } | E::Unauthenticated { .. }, _) => Snag::new(
            format!("the {at} refuses the keys: {}", said("no reason given")),
            "the keys in the Secret are wrong, or may not read this object (s3:GetObject, s3:ListBucket)",
        )
        .everywhere(),
        (E::Precondition { .. }, _) => Snag::new(
            format!(
                "the object {} has changed since its first part was read",
                s3.key
            ),
            "remove the part and begin again",
        ),
        (_, Some(_)) => Snag::new(
            format!("the {at} refuses: {}", said("")),
            "look at the store's own log",
        ),
        _ if all.contains("certificate") => Snag::new(
            safe(&format!(
                "{} shows a certificate that is not trusted: {}",
                s3.endpoint,
                root(error)
            )),
            "name who signed it in caSecret of the artifact repository, or trust it on this machine",
        ),
        _ => Snag::new(
            safe(&format!(
                "{} cannot be reached: {}",
                s3.endpoint,
                root(error)
            )),
            reach(&s3.endpoint),
        )
        .everywhere(),
    }
}

/// The text between `<name>` and `</name>`, of a refusal in XML.
fn tag(text: &str, name: &str) -> Option<String> {
    let rest = text.split_once(&format!("<{name}>"))?.1;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.chars().take(300).collect())
}

/// All an error says, with everything below it.
fn chain(error: &dyn Error) -> String {
    let mut all = error.to_string();
    let mut link = error.source();
    while let Some(error) = link {
        all.push('\n');
        all.push_str(&error.to_string());
        link = error.source();
    }
    all
}

/// What lies at the bottom of an error, short.
pub(super) fn root(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(below) = error.source() {
        error = below;
    }
    let text: String = error.to_string().chars().take(300).collect();
    if text.contains("deadline has elapsed") {
        return "no answer in time".to_string();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_of_the_cluster_is_told_by_its_name() {
        for (endpoint, found) in [
            ("minio.argo.svc:9000", Some(("minio", "argo", 9000))),
            (
                "minio.argo.svc.cluster.local:9000",
                Some(("minio", "argo", 9000)),
            ),
            ("minio.argo:9000", Some(("minio", "argo", 9000))),
            ("s3.eu-west-1.amazonaws.com", None),
            ("10.0.0.7:9000", None),
            ("minio:9000", None),
        ] {
            assert_eq!(service(endpoint), found, "{endpoint}");
        }
        let next = reach("minio.argo.svc:9000");
        assert!(
            next.contains("kubectl port-forward -n argo svc/minio 9000:9000"),
            "{next}"
        );
        assert!(next.contains("127.0.0.1 minio.argo.svc"), "{next}");
    }
}

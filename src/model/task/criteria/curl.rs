//! A `curl` of one request as a request of a check.
//! Apart from commands: what `curl` asks of a machine beside it is asked of the environment that is verified.

use crate::model::qarun::{Header, HttpCheck, Method};

/// The request, and whether its host was the typist's own machine: then the URL is a path, below that of the environment.
/// Nothing where the line does more than one plain request.
pub(super) fn request(line: &str) -> Option<(HttpCheck, bool)> {
    let joined = line.replace("\\\n", " ");
    let words = split(&joined)?;
    let mut words = words.into_iter();
    if words.next()? != "curl" {
        return None;
    }
    let mut check = HttpCheck::default();
    let mut method = None;
    while let Some(word) = words.next() {
        match &*word {
            "-X" | "--request" => method = Some(words.next()?),
            "-H" | "--header" => {
                let header = words.next()?;
                let (name, value) = header.split_once(':')?;
                check.headers.push(Header {
                    name: name.trim().to_owned(),
                    value: Some(value.trim().to_owned()),
                    value_from: None,
                });
            }
            "-d" | "--data" | "--data-raw" | "--json" => {
                if word == "--json" {
                    check.headers.push(Header {
                        name: "Content-Type".to_owned(),
                        value: Some("application/json".to_owned()),
                        value_from: None,
                    });
                }
                check.body = Some(words.next()?);
            }
            "-I" | "--head" => method = Some("HEAD".to_owned()),
            "-k" | "--insecure" => check.insecure_skip_verify = Some(true),
            "-i" | "-s" | "-S" | "-f" | "-v" | "-L" | "-sS" | "-fsS" | "-si" | "-is" | "-sf"
            | "-fs" | "--silent" | "--fail" | "--include" | "--verbose" | "--location"
            | "--show-error" => {}
            word if word.starts_with('-') || !check.url.is_empty() => return None,
            _ => check.url = word,
        }
    }
    let (url, own) = place(&check.url)?;
    check.url = url;
    let body = check.body.is_some();
    check.method = match method.as_deref() {
        None if body => Some(Method::Post),
        None | Some("GET") => None,
        Some("HEAD") => Some(Method::Head),
        Some("POST") => Some(Method::Post),
        Some("PUT") => Some(Method::Put),
        Some("PATCH") => Some(Method::Patch),
        Some("DELETE") => Some(Method::Delete),
        Some("OPTIONS") => Some(Method::Options),
        Some(_) => return None,
    };
    Some((check, own))
}

/// A URL, where the host is the machine it is typed on its path; and whether that is so.
pub(super) fn place(url: &str) -> Option<(String, bool)> {
    if url.starts_with('/') {
        return Some((url.to_owned(), true));
    }
    let lower = url.to_lowercase();
    let bare = ["http://", "https://"]
        .iter()
        .find_map(|scheme| lower.strip_prefix(scheme));
    let rest = bare.unwrap_or(&lower);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    if [
        "localhost",
        "127.0.0.1",
        "0.0.0.0",
        "[",
        "host.docker.internal",
    ]
    .contains(&name)
    {
        let path = &url[url.len() - (rest.len() - host.len())..];
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        return Some((path, true));
    }
    bare.is_some().then(|| (url.to_owned(), false))
}

/// The words of a shell's line; nothing where it has more than words: pipes, redirections, variables, several commands.
fn split(line: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.trim().chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' => word.push(chars.next()?),
                        '$' | '`' => return None,
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            '|' | '&' | ';' | '<' | '>' | '$' | '`' | '(' | ')' | '\n' | '*' => return None,
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word.take());
    Some(words)
}

/// The words of a line that has nothing but words.
pub(super) fn argv(line: &str) -> Option<Vec<String>> {
    split(line).filter(|words| {
        words
            .first()
            .is_some_and(|word| !super::command::assigns(word))
            && !words.iter().any(|word| word.contains(['~', '?', '[', '{']))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_plain_request_is_read() {
        let (check, own) = request("curl -X POST -H \"Content-Type: application/json\" \\\n  -d '{\"a\":1}' http://localhost:8080/api/cart?x=1").unwrap();
        assert!(own);
        assert_eq!(
            (&*check.url, check.method, check.body.as_deref()),
            ("/api/cart?x=1", Some(Method::Post), Some("{\"a\":1}"))
        );
        assert_eq!(check.headers[0].name, "Content-Type");
        let (check, own) = request("curl -i https://shop.example/health").unwrap();
        assert_eq!(
            (&*check.url, own, check.method),
            ("https://shop.example/health", false, None)
        );
        assert_eq!(request("curl localhost:3000").unwrap().0.url, "/");
    }

    #[test]
    fn what_does_more_is_none() {
        for line in [
            "curl http://x | jq .",
            "curl -H \"Bearer $T\" http://x/",
            "curl http://x && curl http://y",
            "wget http://x",
            "curl",
            "curl -o f http://x",
            "for i in 1; do curl http://x; done",
            "curl example",
            "curl 'http://x",
        ] {
            assert_eq!(request(line), None, "{line}");
        }
    }
}

//! Node ids and pod names, derived as the controller derives them.
//! Apart, because a retry finds its pods by computing these names.

/// FNV-1a, 32 bits, over UTF-8 bytes. Source: <http://www.isthe.com/chongo/tech/comp/fnv/>.
pub fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// Id of a node: the workflow's name for its root, else `<workflow>-<hash of the node's name>`.
pub fn node_id(workflow: &str, name: &str) -> String {
    if workflow == name {
        name.to_owned()
    } else {
        format!("{workflow}-{}", fnv1a(name))
    }
}

/// Name of a node's pod in the `v2` format: `<workflow>-<template>-<hash>`, cut to 253 bytes before the hash.
pub fn pod_name(workflow: &str, name: &str, template: &str) -> String {
    if workflow == name {
        return name.to_owned();
    }
    let mut prefix = workflow.to_owned();
    if !template.is_empty() {
        prefix.push('-');
        prefix.push_str(template);
    }
    if prefix.len() > 242 {
        let mut end = 242;
        while !prefix.is_char_boundary(end) {
            end -= 1;
        }
        prefix.truncate(end);
    }
    format!("{prefix}-{}", fnv1a(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_published_vectors() {
        for (text, hash) in [
            ("appr-promotion-ffsv4.app1.wait-approval", 3_235_686_597),
            ("appr-promotion-ffsv4.app1", 3_079_407_832),
            ("hello", 1_335_831_723),
            ("agent", 1_340_600_742),
            ("こんにちは", 486_186_189),
        ] {
            assert_eq!(fnv1a(text), hash, "{text}");
        }
    }

    #[test]
    fn names_are_the_controllers() {
        // Seen on Argo Workflows 4.1.2.
        assert_eq!(node_id("fan-cli", "fan-cli.fan(1:b)"), "fan-cli-2412482156");
        assert_eq!(node_id("x", "x"), "x");
        assert_eq!(
            pod_name("oom-and-deadline", "oom-and-deadline.slow-start", "badcmd"),
            "oom-and-deadline-badcmd-428698509"
        );
        assert_eq!(pod_name("w", "w", "t"), "w");
    }
}

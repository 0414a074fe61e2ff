//! Names of pods, computed as the controller computes them.
//! Apart, because logs of a pod that is gone can only be asked for by a name nobody tells any more.
//!
//! Source: Argo Workflows v4.1.2, `workflow/util/pod_name.go`: version 1 is the node id, version 2 is
//! `workflow[-template]-FNV1a32(node name)` with the prefix cut at 253 − 10 − 1 bytes.

pub use crate::model::name::fnv1a32;

/// Longest prefix in bytes: a resource name (253), less ten digits of a hash and the dash before them.
const PREFIX_CAP: usize = 242;

/// Who names the pods of a workflow.
#[derive(Clone, Copy, Debug)]
pub struct PodNames<'a> {
    /// Name of the workflow.
    pub workflow: &'a str,
    /// Annotation `workflows.argoproj.io/pod-name-format` says `v1`.
    pub by_id: bool,
}

impl PodNames<'_> {
    /// Name of the pod of a node with this id and full name, made from this template. For a member of a containerSet, pass its pod's.
    pub fn of(&self, id: &str, name: &str, template: Option<&str>) -> String {
        if self.by_id {
            return id.to_string();
        }
        if name == self.workflow {
            return self.workflow.to_string();
        }
        let mut prefix = self.workflow.to_string();
        if let Some(template) = template.filter(|name| !name.is_empty()) {
            prefix.push('-');
            prefix.push_str(template);
        }
        // Go cuts bytes; a name of a Kubernetes object is ASCII, so a character boundary is only missing in a broken one.
        let mut end = prefix.len().min(PREFIX_CAP);
        while !prefix.is_char_boundary(end) {
            end -= 1;
        }
        prefix.truncate(end);
        format!("{prefix}-{}", fnv1a32(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of Argo's own tests and of a live controller.
    #[test]
    fn hashes_are_the_controllers() {
        for (text, hash) in [
            ("appr-promotion-ffsv4.app1.wait-approval", 3_235_686_597),
            ("appr-promotion-ffsv4.app1", 3_079_407_832),
            ("hello", 1_335_831_723),
            ("world", 933_488_787),
            ("agent", 1_340_600_742),
            ("こんにちは", 486_186_189),
        ] {
            assert_eq!(fnv1a32(text), hash, "{text}");
        }
    }

    #[test]
    fn the_second_format_names_workflow_template_and_hash() {
        let names = PodNames {
            workflow: "wf",
            by_id: false,
        };
        assert_eq!(names.of("wf-1", "wf", Some("main")), "wf");
        assert_eq!(
            names.of("wf-1", "hello", Some("main")),
            "wf-main-1335831723"
        );
        assert_eq!(names.of("wf-1", "hello", None), "wf-1335831723");
    }

    #[test]
    fn the_first_format_is_the_node_id() {
        let names = PodNames {
            workflow: "wf",
            by_id: true,
        };
        assert_eq!(names.of("wf-77", "wf.a", Some("main")), "wf-77");
    }

    #[test]
    fn long_names_are_cut_so_that_the_whole_fits_253() {
        let workflow = "w".repeat(200);
        let names = PodNames {
            workflow: &workflow,
            by_id: false,
        };
        let name = names.of("id", "appr-promotion-ffsv4.app1", Some(&"t".repeat(100)));
        assert_eq!(name.len(), 253);
        assert!(name.ends_with("-3079407832"));
    }
}

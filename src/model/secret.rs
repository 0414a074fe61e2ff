//! Which names promise a credential, and what stands in place of one.
//! Apart from the masking of text, because decoding asks the same of parameters and may not know the client.

/// What stands in place of a credential.
pub const MASKED: &str = "••••••";

/// Words that promise one, without the marks between their parts.
const WORDS: [&str; 8] = [
    "token",
    "secret",
    "password",
    "passwd",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
];

/// Whether a thing of this name is likely to hold a credential: `api-key`, `API_KEY` and `apiKey` are one word.
pub fn names_a_secret(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, '-' | '_'))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    WORDS.iter().any(|word| plain.contains(word))
}

/// Whether a text is nothing but a template expression: it shows where a value comes from, and is none.
/// Source: Argo Workflows, variables are written `{{name}}` and `{{=expression}}`.
pub fn is_expression(text: &str) -> bool {
    let text = text.trim();
    let inside = text
        .strip_prefix("{{")
        .and_then(|text| text.strip_suffix("}}"));
    // One expression: what stands between two of them is a value.
    inside.is_some_and(|inside| !inside.contains("{{") && !inside.contains("}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known() {
        for name in [
            "GITHUB_TOKEN",
            "apiKey",
            "api-key",
            "db-password",
            "AWS_SECRET_ACCESS_KEY",
        ] {
            assert!(names_a_secret(name), "{name}");
        }
        for name in ["LOG_LEVEL", "key", "api", ""] {
            assert!(!names_a_secret(name), "{name}");
        }
    }

    #[test]
    fn an_expression_is_one_and_nothing_else() {
        assert!(is_expression(" {{workflow.uid}} ") && is_expression("{{=1+1}}"));
        for text in ["", "x{{a}}", "{{a}}hunter2{{b}}", "{{"] {
            assert!(!is_expression(text), "{text}");
        }
    }
}

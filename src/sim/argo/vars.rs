//! `{{…}}` in arguments and conditions.
//! Apart, because an unresolved variable is what makes a workflow hang.

/// A variable nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved(pub String);

/// Replaces every `{{name}}` by what `look` says. Expressions (`{{=…}}`) are left as they are.
///
/// # Errors
/// The first name that is not known.
pub fn fill(text: &str, look: &dyn Fn(&str) -> Option<String>) -> Result<String, Unresolved> {
    if !text.contains("{{") {
        return Ok(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(end) = rest[start..].find("}}") else {
            break;
        };
        out.push_str(&rest[..start]);
        let name = rest[start + 2..start + end].trim();
        if name.starts_with('=') {
            out.push_str(&rest[start..start + end + 2]);
        } else {
            out.push_str(&look(name).ok_or_else(|| Unresolved(name.to_owned()))?);
        }
        rest = &rest[start + end + 2..];
    }
    out.push_str(rest);
    Ok(out)
}

/// A duration of Argo: seconds, or `1h30m`, `20m`, `500ms`. Milliseconds.
pub fn duration(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Some((seconds * 1000.0) as i64);
    }
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit_end = rest[digits..]
            .find(|c: char| c.is_ascii_digit())
            .map_or(rest.len(), |n| n + digits);
        total += number
            * match &rest[digits..unit_end] {
                "ms" => 1.0,
                "s" => 1000.0,
                "m" => 60_000.0,
                "h" => 3_600_000.0,
                "d" => 86_400_000.0,
                _ => return None,
            };
        rest = &rest[unit_end..];
    }
    Some(total as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_or_named() {
        let look = |name: &str| (name == "item").then(|| "x".to_owned());
        assert_eq!(
            fill("a {{item}}{{ item }} b", &look),
            Ok("a xx b".to_owned())
        );
        assert_eq!(fill("{{none}}", &look), Err(Unresolved("none".to_owned())));
        assert_eq!(fill("{{=1+1}} {{", &look), Ok("{{=1+1}} {{".to_owned()));
    }

    #[test]
    fn durations_are_go_or_seconds() {
        for (text, ms) in [
            ("30", Some(30_000)),
            ("1h30m", Some(5_400_000)),
            ("500ms", Some(500)),
            ("20m", Some(1_200_000)),
            ("x", None),
        ] {
            assert_eq!(duration(text), ms, "{text}");
        }
    }
}

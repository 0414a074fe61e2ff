//! A document of acceptance criteria cut into pieces.
//! Apart from fields of a task: a document has headings, checkboxes, scenarios and code with what is expected of it.
//!
//! Four styles of public projects are known: checkboxes below numbered headings; a heading with requirement, verification, code and
//! what is expected; lines with ids (`FR-1.1`) and test cases; checkboxes that begin with a name in bold.

use std::ops::Range;

use super::lines::{Line, Mark, goes_on, has_below, lines, next_said};
use super::strategy::title;
use super::unit::{Code, Shape, Unit, plain};
use super::words::{ASIDE, NAMED, SECTION, STORY, TRIES};

/// The pieces of a document, with their bytes in it.
pub(super) fn units(text: &str) -> Vec<Unit> {
    let mut reader = Reader {
        text,
        lines: lines(text),
        headings: Vec::new(),
        above: Vec::new(),
        requirement: None,
        units: Vec::new(),
    };
    let mut n = 0;
    while n < reader.lines.len() {
        n = reader.line(n).max(n + 1);
    }
    reader.flush();
    reader.units
}

struct Reader<'t> {
    text: &'t str,
    lines: Vec<Line<'t>>,
    /// The headings around, with their levels.
    headings: Vec<(usize, String)>,
    /// The items that what follows stands below, with their indents.
    above: Vec<(usize, String)>,
    /// What a section says must hold; it waits for code that finds it out.
    requirement: Option<Unit>,
    units: Vec<Unit>,
}

impl Reader<'_> {
    /// Takes a line and what belongs to it; the next one.
    fn line(&mut self, n: usize) -> usize {
        let line = self.lines[n].clone();
        match line.mark {
            Mark::Blank => n + 1,
            Mark::Heading(level) => {
                self.flush();
                self.headings.retain(|(above, _)| *above < level);
                self.headings.push((level, title(line.content)));
                self.above.clear();
                n + 1
            }
            Mark::Fence => self.fence(n),
            Mark::Box(_) => self.item(n, true),
            _ if self.is_story(n) => self.story(n),
            Mark::Bullet | Mark::Number(_) => {
                let taken = self.is_section() && !self.is_aside();
                let named = NAMED.is_in(line.content);
                match taken || named {
                    true => self.item(n, false),
                    false => n + 1,
                }
            }
            Mark::Prose => self.prose(n),
        }
    }

    fn is_section(&self) -> bool {
        self.headings
            .iter()
            .skip(1)
            .any(|(_, heading)| SECTION.is_in(heading))
    }

    fn is_aside(&self) -> bool {
        self.headings
            .last()
            .is_some_and(|(_, heading)| ASIDE.is_in(heading))
    }

    /// The headings without that of the document, and the items above.
    fn below(&self) -> Vec<String> {
        let headings = self.headings.iter().filter(|(level, _)| *level > 1);
        let headings = headings.map(|(_, heading)| heading.clone());
        headings
            .chain(self.above.iter().map(|(_, item)| item.clone()))
            .collect()
    }

    fn push(&mut self, unit: Unit) {
        let below = self.below();
        self.units.push(unit.below(&below));
    }

    /// What a section says must hold counts without code too.
    fn flush(&mut self) {
        self.units.extend(self.requirement.take());
    }

    fn item(&mut self, n: usize, boxed: bool) -> usize {
        let line = self.lines[n].clone();
        self.above.retain(|(indent, _)| *indent < line.indent);
        if has_below(&self.lines, n) {
            self.above.push((line.indent, title(line.content)));
            return n + 1;
        }
        let end = goes_on(&self.lines, n);
        let at = line.from()..self.lines[end - 1].at.end;
        let words: Vec<&str> = self.text[at.clone()].split_whitespace().collect();
        let (id, said) = named(&words.join(" "));
        if said.is_empty() {
            return end;
        }
        let shape = match line.mark {
            Mark::Box(ticked) if boxed => Shape::Box(ticked),
            _ if id.is_some() => Shape::Named,
            _ => Shape::Item,
        };
        let mut unit = Unit::new(at, said, shape);
        unit.id = id;
        self.push(unit);
        end
    }

    /// A line of its own: with an id, or with what a section says must hold.
    fn prose(&mut self, n: usize) -> usize {
        let line = self.lines[n].clone();
        let (id, said) = named(line.content);
        if id.is_some() && !said.is_empty() {
            self.flush();
            let mut unit = Unit::new(line.content_at(), said, Shape::Named);
            unit.id = id;
            self.push(unit);
            return n + 1;
        }
        if let Some(said) = label(line.content, &["requirement", "requirements", "criterion"]) {
            self.flush();
            let unit = Unit::new(line.content_at(), plain(said), Shape::Named);
            if !unit.text.is_empty() {
                let below = self.below();
                self.requirement = Some(unit.below(&below));
            }
        }
        n + 1
    }

    /// Given, when and then follow each other from here.
    fn is_story(&self, n: usize) -> bool {
        let word = |line: &Line<'_>| STORY.group(line.content, 1).map(str::to_lowercase);
        let first = word(&self.lines[n]);
        if !first.is_some_and(|first| first == "given" || first == "when") {
            return false;
        }
        let marked = self.lines[n].content.contains([':', '*']) || self.lines[n].is_item();
        let near = self.lines[n..]
            .iter()
            .take(12)
            .take_while(|line| !matches!(line.mark, Mark::Heading(_)));
        let words: Vec<String> = near.filter_map(word).collect();
        let has = |wanted: &str| words.iter().any(|word| word == wanted);
        has("then") && (has("given") && has("when") || marked)
    }

    /// A scenario: one piece, its title the heading's.
    fn story(&mut self, n: usize) -> usize {
        let mut parts: Vec<(String, String)> = Vec::new();
        let mut end = n;
        let mut then = false;
        while let Some((at, line)) = next_said(&self.lines, end) {
            let story = STORY
                .captures(line.content)
                .filter(|_| line.mark != Mark::Fence);
            let word = story.as_ref().map(|story| story[1].to_lowercase());
            let again = then && matches!(word.as_deref(), Some("given" | "when"));
            if matches!(line.mark, Mark::Heading(_) | Mark::Fence | Mark::Box(_)) || again {
                break;
            }
            match (word, story, parts.last_mut()) {
                (Some(word), Some(story), _) => {
                    then |= word == "then";
                    parts.push((word, plain(&story[2])));
                }
                (_, _, Some((_, said))) if line.is_item() || line.indent > 0 => {
                    let gap = if said.is_empty() { "" } else { "; " };
                    *said = format!("{said}{gap}{}", plain(line.content));
                }
                _ => break,
            }
            end = at + 1;
        }
        let said: Vec<String> = parts
            .iter()
            .map(|(word, said)| format!("{word} {said}"))
            .collect();
        let title = self.headings.last().map(|(_, heading)| untitled(heading));
        let text = match title.filter(|title| !title.is_empty()) {
            Some(title) => format!("{title}: {}", said.join(", ")),
            None => said.join(", "),
        };
        let at = self.lines[n].from()..self.lines[end.max(n + 1) - 1].at.end;
        self.push(Unit::new(at, text, Shape::Scenario));
        end.max(n + 1)
    }

    /// Code, and what is expected of it.
    fn fence(&mut self, n: usize) -> usize {
        let language = self.lines[n]
            .content
            .split([' ', '{', ','])
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let close = (n + 1..self.lines.len())
            .find(|at| self.lines[*at].mark == Mark::Fence)
            .unwrap_or(self.lines.len());
        let after = (close + 1).min(self.lines.len());
        let (expected, end) = self.expected(after);
        let body = n + 1..close;
        if body.is_empty() {
            return after;
        }
        let shell = matches!(
            &*language,
            "bash" | "sh" | "shell" | "zsh" | "console" | "terminal"
        ) || (language.is_empty() && self.looks_typed(&body));
        let tries = self
            .headings
            .iter()
            .any(|(level, heading)| *level > 1 && TRIES.is_in(heading));
        let illustrates = (self.lines[..n].iter().rev())
            .find(|line| line.mark != Mark::Blank)
            .is_some_and(Line::is_item);
        let requirement = self.requirement.take();
        if expected.is_empty()
            && requirement.is_none()
            && (!tries || illustrates || self.is_aside())
        {
            return end;
        }
        match shell && expected.is_empty() && requirement.is_none() {
            true => self.commands(body),
            false => {
                let last = self.lines[end - 1].at.end.max(self.lines[close - 1].at.end);
                let at = self.lines[body.start].at.start..last;
                self.tried(at, &body, shell, expected, requirement);
            }
        }
        end
    }

    /// The first line is one that is typed.
    fn looks_typed(&self, body: &Range<usize>) -> bool {
        let mut lines = self.lines[body.clone()].iter();
        lines
            .find(|line| line.mark != Mark::Blank)
            .is_some_and(|line| {
                let raw = self.text[line.at.clone()].trim();
                raw.starts_with("$ ") || super::command::is_one(raw)
            })
    }

    /// `**Expected**: …` with its list, from a line on: what it says, and the line behind it.
    fn expected(&self, from: usize) -> (String, usize) {
        let Some((at, line)) = next_said(&self.lines, from) else {
            return (String::new(), from);
        };
        let labels = [
            "expected",
            "expected result",
            "expected output",
            "expected results",
            "expected behavior",
        ];
        let Some(said) = label(line.content, &labels) else {
            return (String::new(), from);
        };
        let mut parts: Vec<String> = Some(plain(said))
            .into_iter()
            .filter(|said| !said.is_empty())
            .collect();
        let mut end = at + 1;
        while let Some((next, line)) = next_said(&self.lines, end)
            && matches!(line.mark, Mark::Bullet | Mark::Number(_))
        {
            parts.push(plain(line.content));
            end = next + 1;
        }
        (parts.join("; "), end)
    }

    /// All of a code as one piece.
    fn tried(
        &mut self,
        at: Range<usize>,
        body: &Range<usize>,
        shell: bool,
        expected: String,
        requirement: Option<Unit>,
    ) {
        let text = self.code(body, shell);
        let title = self
            .headings
            .last()
            .map_or(String::new(), |(_, heading)| untitled(heading));
        let said = match &requirement {
            Some(requirement) => requirement.text.clone(),
            None if expected.is_empty() => title,
            None if title.is_empty() => expected.clone(),
            None => format!("{title}: {expected}"),
        };
        let at = requirement.as_ref().map_or(at.start, |unit| unit.at.start)..at.end;
        let mut unit = Unit::new(at, said, Shape::Code);
        unit.code = Some(Code {
            shell,
            text,
            expected,
        });
        self.push(unit);
    }

    /// The lines of code without prompts, and of a shell without comments.
    fn code(&self, body: &Range<usize>, shell: bool) -> String {
        let lines = self.lines[body.clone()]
            .iter()
            .map(|line| &self.text[line.at.clone()]);
        let kept = lines.filter(|line| !shell || !line.trim_start().starts_with('#'));
        let lines: Vec<&str> = kept
            .map(|line| line.strip_prefix("$ ").unwrap_or(line))
            .collect();
        lines.join("\n").trim_matches('\n').to_owned()
    }

    /// Lines of a shell, a piece each; those that belong together are one.
    fn commands(&mut self, body: Range<usize>) {
        let mut comment = String::new();
        let mut fresh = true;
        let mut n = body.start;
        while n < body.end {
            let raw = self.text[self.lines[n].at.clone()].trim();
            if raw.is_empty() {
                fresh = true;
                comment.clear();
            } else if let Some(said) = raw.strip_prefix('#') {
                let said = said.trim();
                match label(said, &["expected", "expect", "should", "output"]) {
                    Some(expected) => self.expects(expected, n),
                    None => {
                        comment = said
                            .trim_start_matches(|c: char| c.is_ascii_digit() || ". )".contains(c))
                            .to_owned()
                    }
                }
                fresh = true;
            } else {
                let end = self.block(n, body.end);
                self.typed(n..end, &comment, fresh);
                fresh = false;
                n = end;
                continue;
            }
            n += 1;
        }
    }

    /// What a comment below a command says must come of it.
    fn expects(&mut self, expected: &str, n: usize) {
        if let Some(unit) = self.units.last_mut()
            && let Some(code) = &mut unit.code
        {
            code.expected = expected.to_owned();
            unit.text = format!("{}: {expected}", unit.text);
            unit.at.end = self.lines[n].at.end;
        }
    }

    /// The line behind a command: lines that go on with `\`, and all up to the next blank line or comment where a block, a loop or a
    /// directory is opened.
    fn block(&self, n: usize, end: usize) -> usize {
        let raw = |n: usize| self.text[self.lines[n].at.clone()].trim();
        let opens = [
            "for ",
            "while ",
            "if ",
            "cd ",
            "export ",
            "set ",
            "function ",
        ];
        let whole =
            opens.iter().any(|word| raw(n).starts_with(word)) || super::command::assigns(raw(n));
        let mut at = n + 1;
        while at < end
            && (raw(at - 1).ends_with('\\')
                || (whole && !raw(at).is_empty() && !raw(at).starts_with('#')))
        {
            at += 1;
        }
        at
    }

    /// A command of several.
    fn typed(&mut self, body: Range<usize>, comment: &str, fresh: bool) {
        let whole = self.code(&body, true);
        let (text, behind) = match whole.split_once(" #") {
            Some((text, behind)) if !whole.contains('\n') => {
                (text.trim_end().to_owned(), behind.trim())
            }
            _ => (whole.clone(), ""),
        };
        if super::command::only_assigns(&text) {
            return;
        }
        let comment = match behind {
            "" if fresh => comment,
            behind => behind,
        };
        let first = text.lines().next().unwrap_or_default();
        let said = match comment {
            "" => format!("`{first}`"),
            comment => format!("{comment}: `{first}`"),
        };
        let at = self.lines[body.start].from()..self.lines[body.end - 1].at.end;
        let mut unit = Unit::new(at, said, Shape::Code);
        let expected = comment.to_owned();
        unit.code = Some(Code {
            shell: true,
            text,
            expected: if super::judge::says_outcome(&expected) {
                expected
            } else {
                String::new()
            },
        });
        self.push(unit);
    }
}

/// `**FR-1.1**: text`: the id, and the text.
fn named(line: &str) -> (Option<String>, String) {
    match NAMED.captures(line) {
        Some(found) => (Some(found[1].to_owned()), plain(&found[2])),
        None => (None, plain(line)),
    }
}

/// `**Expected**: text`, `Expected: text`: the text, where the line begins with one of these words.
fn label<'t>(line: &'t str, words: &[&str]) -> Option<&'t str> {
    let bare = line.trim_start_matches('*');
    let (word, rest) = bare.split_once(':')?;
    let word = word.trim_end_matches('*').trim().to_lowercase();
    words
        .contains(&&*word)
        .then(|| rest.trim_start_matches('*').trim())
}

/// A heading without its number: `3. Health Check`, `Test Case 1: Create User`, `✓ Name`.
fn untitled(heading: &str) -> String {
    let bare = heading.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '`');
    let bare = bare.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ')');
    let bare = match bare.split_once(':') {
        Some((first, rest))
            if !rest.trim().is_empty() && first.ends_with(|c: char| c.is_ascii_digit()) =>
        {
            rest
        }
        _ => bare,
    };
    bare.trim().to_owned()
}

//! The words by which pieces are told apart.
//! Apart from who asks, so that what is known of language stands in one place: English first, and the little that is enough for Chinese
//! and Korean, in which one task in thirty is written.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// A pattern that is compiled when it is first asked; one that does not compile matches nothing (a test tries them all).
pub(super) struct Pattern {
    #[cfg(test)]
    text: &'static str,
    regex: LazyLock<Option<Regex>, fn() -> Option<Regex>>,
}

macro_rules! patterns {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:expr;)+) => {
        $(
            $(#[doc = $doc])+
            pub(super) static $name: Pattern = Pattern {
                #[cfg(test)]
                text: $text,
                regex: LazyLock::new(|| Regex::new($text).ok()),
            };
        )+
        #[cfg(test)]
        static ALL: &[&Pattern] = &[$(&$name),+];
    };
}

patterns! {
    /// A clause that begins with what is to be found out.
    VERIFIES = r"(?i)^(?:(?:and|then|also|finally)\s+)?(?:re-?)?(?:verify|validate|test|testing|check|ensure|confirm|measure|assert|inspect|review|benchmark|monitor|compare|simulate|profile|evaluate|audit|(?:stress|load|unit|integration|e2e|end-to-end|smoke|manual|manually)(?:[ -]tests?|[ -]testing)?)\s+\S";
    /// Talk of a suite of tests, which a person does not go through by hand.
    SUITE = r"(?i)\b(?:unit|integration|e2e|end-to-end|regression|smoke|snapshot|component|contract|security|load|property|functional|api|automated|widget|golden|ui)[ -](?:and [a-z]+ )?tests?\b|\btest (?:suite|cases?|runner)\b|\b(?:all|existing|backend|frontend|the|project|repository)\s+(?:[a-z]+\s+)?tests?\s+(?:pass|run|succeed|complete|continue)|\btests? (?:pass|run|succeed)\b|\bvisual regression tests?\b|\bno test failures\b|\brun all tests\b|^tests? for\b|^test: |\btest success rate\b|\bunit test\b|单元测试|集成测试|端到端测试|단위 테스트|통합 테스트|유닛 테스트|테스트$";
    /// Tests that people make all the same.
    BY_HAND = r"(?i)\b(?:manual(?:ly)?|user acceptance|usability|visual(?:ly)? (?:test|check|inspect|verif|review|confirm)\w*|by hand|exploratory|cross-browser|uat)\b";
    /// A heading that makes what stands below it a suite.
    SUITE_HEADING = r"(?i)^(?:\d+\.\s*)?(?:automated\s+)?(?:unit|integration|e2e|end-to-end|regression|smoke)\s+tests?\b|단위 테스트|통합 테스트|单元测试|集成测试";
    /// What leads up to a test and is none.
    PREPARES = r"(?i)^(?:create|set ?up|prepare|build|write|define|use|mock|seed|generate|add)\b.*\b(?:sample|fixtures?|mocks?|mock data|test data|testing|test component|test project|test environment|test cases|test prompts?|test inputs?|test files|harness)\b";
    /// A heading of what tests are made with.
    MATERIAL = r"(?i)^(?:test data|sample data|test accounts?|tools?|테스트 데이터|测试数据)$";
    /// A sentence that explains the one before.
    EXPLAINS = r"(?i)^(?:this|these|that|those|it|note|notes|for example|for instance|e\.g\.|i\.e\.|such as)\b";
    /// A clause that is the first half of one with its purpose behind a comma.
    LEADS = r"(?i)^(?:start|build|create|make|deploy|launch|open|install|set ?up|send|move|disconnect|connect|click|navigate|log ?in|run|execute|use|using|with|when|after|given|if|once|for|in|during|by|to|on|trigger|simulate|attempt|try)\b";
    /// A section of a document whose lines are criteria even without boxes.
    SECTION = r"(?i)\b(?:definition of done|acceptance|success|criteria|verification|validation|checklist|must have|should have|nice to have|requirements?|metrics|deliverables|quality|done when|benchmarks?|expectations?)\b";
    /// One whose lines are not.
    ASIDE = r"(?i)\b(?:notes?|overview|background|references?|resources|rollback|risks?|context|out of scope|assumptions?|introduction|summary|next steps|dependencies|troubleshooting|purpose)\b";
    /// A section whose code is a test.
    TRIES = r"(?i)\b(?:tests?|testing|scenarios?|cases?|verif\w+|validat\w+|checks?|benchmarks?)\b|^(?:TC|AC)[ -]?\d";
    /// It need not hold.
    OPTIONAL = r"(?i)\(optional\b|\boptional but\b|\bnice[ -]to[ -]have|\bshould have\b|\bif (?:available|applicable)\b|\bfuture enhancement\b|\bbonus\b|\bstretch\b";
    /// `FR-1.2: …`, with the id and the rest.
    NAMED = r"^(?:\*\*)?((?:[A-Z]{1,5}-?\d+(?:[.\-]\d+)*|[A-Z]{2,5}(?:-[A-Z]+)+-\d+))(?:\*\*)?\s*[:：\-–—.]\s*(?:\*\*)?\s*(.*)$";
    /// `Given …`, `**When**: …`, with the word and the rest.
    STORY = r"(?i)^(?:[-*]\s+)?\*{0,2}(given|when|then|and|but)\*{0,2}\s*:?\*{0,2}\s*(.*)$";
    /// A heading that says that acceptance follows, with what follows on the line.
    ACCEPTANCE = r"(?i)^\s*(?:[-*•]\s+|\d+[.)]\s+|#{1,6}\s+)?\**\s*(?:acceptance|success)\s+criteri(?:a|on)\s*\**\s*[:：]?\s*\**\s*(.*)$";
    /// It went well: said of a command, its exit status says the same.
    WENT_WELL = r"(?i)\b(?:pass(?:es|ing|ed)?|succe(?:ed|eds|ss|ssful|ssfully)|complet(?:e|es|ed)|works?|without (?:any )?(?:type ?script )?errors?|no errors?|runs?|execut(?:e|es|ed)|exits? (?:with )?(?:code )?(?:0|zero)|compil(?:es|ation)|builds?|is green|starts|ok)\b";
    /// The same, said of a command right behind it, before what that stands for.
    LEADS_WELL = r"(?i)^\s*(?:passes|succeeds|is green|completes(?: successfully)?|runs (?:cleanly|successfully)|exits? (?:with )?(?:code )?(?:0|zero))\s*(?::|—|–|\s-\s)";
    /// That nothing is found, which some commands are there for.
    NOTHING = r"(?i)(?:\b(?:shows?|reports?|produces?|finds?|prints?|gives?|returns?|outputs?|has|with)\s+)?\b(?:no|zero|0|without(?: any)?)\s+(?:[a-z-]+\s+){0,2}(?:errors?|issues?|problems?|vulnerabilit(?:y|ies)|violations?|findings?|warnings?)\b(?:\s+(?:found|reported))?";
    /// Commands that fail for whatever they find. Those that also know warnings only where they are told to.
    STRICT = r"^(?:[A-Z_]+=\S+\s+)*(?:(?:npx|pnpm|yarn|poetry run|uv run|python3? -m)\s+)?(?:cargo clippy\b.*-D\s*warnings\b|cargo (?:audit|deny check)\b|cargo fmt\b.*--check\b|eslint\b.*--max-warnings[ =]0\b|npm audit\s*$|pip-audit\b|tsc\b|go vet\b|mypy\b|ruff check\b|flake8\b|shellcheck\b|hadolint\b|helm lint\b.*--strict\b|golangci-lint run\b|yamllint\b.*(?:-s|--strict)\b|black\b.*--check\b|prettier\b.*--check\b)";
    /// Something else that its exit status does not say.
    SHOWS = r"(?i)\b(?:warnings?|clean|shows?|prints?|displays?|outputs?|contains?|returns?|generat(?:e|es|ed)|creat(?:e|es|ed)|lists?|reports?|coverage)\b";
    /// It goes on and on: said of what a command starts.
    STAYS = r"(?i)\b(?:watch mode|(?:keeps?|continues?|stays?) (?:running|up)|process continues|(?:server|application|app|service) (?:starts|runs)|starts (?:the )?(?:server|application|app|service)|listen(?:s|ing) on)\b";
    /// What never ends by itself.
    ENDLESS = r"^(?:[A-Z_]+=\S+\s+)*(?:cargo run\b|cargo watch\b|npm (?:start|run (?:start|dev|serve|watch)\b)|(?:pnpm|yarn|bun) (?:run )?(?:start|dev|serve|watch)\b|next dev\b|vite\s*$|docker(?:-| )compose up(?:\s|$)|docker run\b|kubectl port-forward\b|kubectl logs .*-f\b|tail -f\b|watch\b|flask run\b|uvicorn\b|gunicorn\b|rails s\b|python3? -m http\.server|python3? (?:app|main|server|manage)\.py(?: runserver)?\s*$|flutter run\b|node server|nodemon\b|trunk serve\b|go run\b|redis-server\b|gradlew? bootRun\b)";
    /// What changes something beyond the workspace it runs in: nobody but a person or a rule says that it is run.
    CHANGES = r"(?i)\b(?:sudo\s|kubectl\s+(?:\S+\s+)*?(?:apply|delete|scale|patch|edit|create|replace|rollout|drain|cordon|exec|annotate|label)\b|helm\s+(?:install|upgrade|uninstall|rollback|delete)\b|terraform\s+(?:apply|destroy)\b|docker\s+push\b|git\s+(?:push|reset|clean|checkout|commit|merge|rebase)\b|(?:npm|pnpm|yarn|cargo|poetry|gem)\s+publish\b|rm\s+-\w*r|ansible-playbook\b|(?:aws|gcloud|az)\s+\w)|\|\s*(?:sudo\s+)?(?:ba|z)?sh\b";
    /// What ends well whatever it finds.
    ALWAYS_WELL = r"^(?:cargo clippy|npm audit fix|npm outdated|cargo outdated)\b";
    /// Something that whoever types it puts in.
    PLACEHOLDER = r"(?i)<[a-z][a-z0-9 _-]*>|\byour[_-]|_here\b|\bxxx+\b|\.\.\.|…|changeme|\[[a-z_ -]+\]|\{[a-z_]+\}";
    /// A threshold: sign or words, number, unit.
    THRESHOLD = r"(?i)(<=|>=|≤|≥|<|>|\bunder\b|\bbelow\b|\bless than\b|\bfewer than\b|\bwithin\b|\bat most\b|\bno more than\b|\bat least\b|\bminimum(?: of)?\b|\bmore than\b|\bover\b|\babove\b|\bmaximum(?: of)?\b|\bmax\b|\bmin\b|\bup to\b|\bexceeds?\b)\s*~?\$?(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|secs?|seconds?|mins?|minutes?|hours?|%|percent|kb|mb|gb|kib|mib|gib|fps|rps|qps|req/s|requests?/s(?:ec(?:ond)?)?)(?:\b|$|\s|[).,;])";
    /// A share that is asked for without a sign: `95% success rate`, `80% coverage`.
    SHARE = r"(?i)\b(\d{1,2}(?:\.\d+)?)\s*(%)\+?\s+(?:[a-z]+\s+)?(?:coverage|success rate|accuracy|uptime|availability|hit rate)\b";
    /// A method and path, or a URL.
    ADDRESS = r#"\b(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\s+`?(https?://[^\s`'",;)]+|/[A-Za-z0-9_\-./{}:]*)|(https?://[^\s`'",;)]+)|(?:^|[\s`('"])(/[A-Za-z][A-Za-z0-9_\-./{}:]*)"#;
    /// A status of HTTP, where it is said to be one.
    STATUS = r"(?i)\b(?:http(?:/\d(?:\.\d)?)?\s+(?:status\s+)?(?:code\s+)?|status(?:\s+code)?(?:\s+of)?\s*:?\s*|returns?\s+(?:an?\s+)?|respon(?:ds|se)(?:\s+with)?\s+(?:an?\s+)?|expect(?:ed|s)?:?\s+|gives?\s+(?:an?\s+)?|test\s+|^)([1-5]\d\d)\b|\b([1-5]\d\d)\s+(?:ok|created|accepted|no content|moved|found|not modified|bad request|unauthorized|forbidden|not found|method not allowed|conflict|gone|unprocessable|too many|internal server|not implemented|bad gateway|service unavailable|status|response)\b";
    /// A text that is said to come out, in quotes.
    QUOTED = r#"(?i)(?:contains?|includes?|shows?|says?|prints?|outputs?|displays?|response|returns?|body)[^"“`]{0,24}["“]([^"”]{1,200})["”]"#;
    /// An exit status.
    EXITS = r"(?i)\bexit(?:s|ed)?(?:\s+(?:status|code|with))*\s*:?\s*(\d{1,3})\b";
}

impl Pattern {
    /// It is somewhere in the text.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.regex
            .as_ref()
            .is_some_and(|regex| regex.is_match(text))
    }

    /// What of the text it matches, and its groups.
    pub(super) fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.regex.as_ref()?.captures(text)
    }

    /// The text of a group.
    pub(super) fn group<'t>(&self, text: &'t str, group: usize) -> Option<&'t str> {
        Some(self.captures(text)?.get(group)?.as_str())
    }
}

/// Programs that are known to be such where a text names them in backticks or tells to run them.
pub(super) const PROGRAMS: &[&str] = &[
    "alembic",
    "ansible",
    "argo",
    "bandit",
    "bash",
    "bats",
    "behave",
    "biome",
    "black",
    "buf",
    "bun",
    "bundle",
    "bunx",
    "busted",
    "cargo",
    "cargo-nextest",
    "cmake",
    "composer",
    "ctest",
    "curl",
    "cypress",
    "dart",
    "deno",
    "diesel",
    "docker",
    "docker-compose",
    "dotnet",
    "elm",
    "eslint",
    "flake8",
    "flutter",
    "flyway",
    "forge",
    "gcc",
    "git",
    "go",
    "golangci-lint",
    "gradle",
    "gradlew",
    "hadolint",
    "hardhat",
    "helm",
    "isort",
    "jest",
    "just",
    "k6",
    "karma",
    "kubectl",
    "kubeconform",
    "kustomize",
    "lighthouse",
    "lein",
    "make",
    "meson",
    "mix",
    "mocha",
    "mvn",
    "mypy",
    "newman",
    "ninja",
    "nix",
    "node",
    "nox",
    "npm",
    "npx",
    "nx",
    "php",
    "phpunit",
    "pip",
    "pip-audit",
    "playwright",
    "pnpm",
    "poetry",
    "pre-commit",
    "prettier",
    "prisma",
    "promtool",
    "psql",
    "pylint",
    "pyright",
    "pytest",
    "python",
    "python3",
    "rake",
    "rspec",
    "rubocop",
    "ruby",
    "ruff",
    "rustc",
    "sbt",
    "sh",
    "shellcheck",
    "solc",
    "sqlx",
    "swift",
    "terraform",
    "tox",
    "trivy",
    "tsc",
    "tsx",
    "turbo",
    "uv",
    "uvx",
    "vitest",
    "wget",
    "wrk",
    "xcodebuild",
    "yamllint",
    "yarn",
    "zig",
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in ALL {
            assert!(Regex::new(pattern.text).is_ok(), "{}", pattern.text);
        }
    }

    #[test]
    fn programs_are_in_order_and_there_once() {
        assert!(PROGRAMS.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn a_named_line_gives_its_id_and_its_text() {
        for (line, id, rest) in [
            ("**FR-1.2**: It must", "FR-1.2", "It must"),
            ("TC-3: Login", "TC-3", "Login"),
            ("AC1 - works", "AC1", "works"),
            ("NFR-2 — fast", "NFR-2", "fast"),
        ] {
            let found = NAMED.captures(line).unwrap();
            assert_eq!((&found[1], &found[2]), (id, rest), "{line}");
        }
        assert!(!NAMED.is_in("HTTP server setup"));
    }
}

//! `tiphys tasks propose`: Claude is asked how criteria can be found out that no rule made executable; its answers become rules that a
//! person reads, or nothing. Apart from all else about tasks, because here something of them leaves this machine.

mod key;
mod question;
mod rules;
mod show;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::Value;

use self::question::{Question, about, count, criteria, withheld};
use self::rules::Rules;
use self::show::{Found, rehearsed};
use super::place::Place;
use crate::app::config::claude::Asking;
use crate::cli::Common;
use crate::cli::act::{answered, is_asked};
use crate::cli::ask;
use crate::cli::console::Look;
use crate::cli::fail::{self, FAILED, Failure};
use crate::cli::output::{json, print};
use crate::cluster::claude::Claude;
use crate::cluster::store::carrier::network;
use crate::model::claude::Endpoint;
use crate::model::task::proposal::{Limits, Proposal, Refused};
use crate::model::task::{Project, Standing, Task, standing};
use crate::model::text::counted;
use crate::runtime::proposals::Proposals;
use crate::wire::claude::{Read, read};

const HELP: &str = "\
Criteria that no rule of .tiphys/criteria.toml made executable are sent to Claude, with the texts of
their task, the servers and environments that task and project name, and the commands of the
project's rules; what looks like a credential is hidden, and a criterion that holds one is not asked
about. Nothing else is sent, and nothing at all without a key: $ANTHROPIC_API_KEY, or a Secret of the
cluster ($ANTHROPIC_API_KEY_SECRET or `secret` of [claude] in config.toml, NAMESPACE/NAME/KEY).
--dry-run shows what would be sent, and to whom.

What comes back is a stranger's text. Shown is only what a QARun would be taken with: command, junit,
http or metric, of a criterion that was asked about, on servers that task or project name; it cannot
change whether a criterion is required, nor name an image, a variable, a header or a Secret. What is
not allowed is refused, with the reason. Nothing is ever run by this verb.

--write asks about each proposal (--yes takes all, where an earlier call has shown them) and appends
those that are taken to .tiphys/criteria.toml as [[map]] rules; what stood there stays as it is, byte for byte. Read them in git before you launch: from then
on they are rules like any other.

[claude] in config.toml says model, base_url, secret, timeout (seconds of a question), criteria (of
one question), tokens (of one answer) and calls (a day). What was answered once is kept in
$XDG_STATE_HOME/tiphys/proposals.json and not asked again, until text, model or rules change.

-o json is {model, proposals [{task, criterion, text, kind, the check, timeoutSeconds, reason, rule}],
refused [{task, criterion, why}], left [{task, criterion}]}; with --dry-run a list of {task, url,
answered, body}.

Exit status:
  0  all questions are answered; that may be with no proposal
  1  a question was not answered: nothing is written
  2  the command line is wrong, or --write has nobody to ask

Examples:
  tiphys tasks propose 15 --dry-run
  tiphys tasks propose 15
  tiphys tasks propose 15 16 --write && git diff .tiphys/criteria.toml";

/// Ask Claude how criteria could be found out by a machine; what it proposes becomes a rule only where you take it
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Propose {
    /// Ids of tasks, or of subtasks as 15.10; all that are not over where none is named
    #[arg(value_name = "TASK")]
    tasks: Vec<String>,
    #[command(flatten)]
    place: Place,
    /// Show what would be sent, and to whom; needs no key
    #[arg(long)]
    dry_run: bool,
    /// Append what is taken to .tiphys/criteria.toml, after asking about each
    #[arg(long, conflicts_with = "dry_run")]
    write: bool,
    /// Take every proposal without asking, where a call before this one has shown them all
    #[arg(short, long, requires = "write")]
    yes: bool,
    /// Ask again, also what was answered before
    #[arg(long)]
    anew: bool,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM")]
    output: Form,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

impl Propose {
    /// Does it.
    pub fn run(&self, common: &Common, look: &Look) -> ExitCode {
        ask::run(common, (FAILED, 0), self.done(common, look))
    }

    async fn done(&self, common: &Common, look: &Look) -> Result<ExitCode, Failure> {
        if self.write && !self.yes && !is_asked() {
            return Err(Failure::Usage(
                "there is no terminal to ask in: without --write the proposals are shown, and --yes takes those that were".to_owned(),
            ));
        }
        let project = self.place.open()?;
        let asking = configured(look)?;
        let endpoint = Endpoint::of(&asking.base_url.value);
        let endpoint = endpoint.map_err(|(what, help)| Failure::new(what, help))?;
        let messages = endpoint.messages();
        let mut questions = Vec::new();
        let mut kept_back = 0;
        for task in self.meant(&project)? {
            questions.extend(about(&project, task, &asking, &messages));
            kept_back += withheld(&project, task);
        }
        if kept_back > 0 {
            fail::warn(&format!(
                "{} with what looks like a credential: nobody is asked; say by a rule how it is found out",
                criteria(kept_back)
            ));
        } else if questions.is_empty() {
            fail::warn(
                "there is nothing to ask: every criterion is executable, dropped, or a person's because a rule says so",
            );
        }
        let shelf = Proposals::usual().ok_or_else(|| {
            Failure::new(
                "there is no home to count questions in: nothing was sent",
                "Set HOME or XDG_STATE_HOME.",
            )
        })?;
        let desk = Desk {
            asking: &asking,
            endpoint,
            shelf: &shelf,
            anew: self.anew,
        };
        if self.dry_run {
            return desk.rehearse(&messages, questions, self.output == Form::Json);
        }
        if self.yes {
            desk.all_shown(&questions)?;
        }
        let answers = desk.answers(common, &questions).await?;
        let rules = Rules::of(&project)?;
        let mut found = Found {
            model: asking.model.value.clone(),
            ..Found::default()
        };
        for (question, answer) in questions.iter().zip(&answers.read) {
            let (offers, refused) = offers(&project, &rules, question, answer, &found.model)?;
            found.add(question, offers, refused);
        }
        print(&match self.output {
            Form::Text => found.text(),
            Form::Json => json(&found)?,
        })?;
        if let Some(failure) = answers.failure {
            return Err(failure);
        }
        if self.write {
            self.written(&project, &rules, &found).await?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The tasks that were named, each once; else those that are not over.
    fn meant<'p>(&self, project: &'p Project) -> Result<Vec<&'p Task>, Failure> {
        if self.tasks.is_empty() {
            let tag = self.place.tag(project)?;
            return Ok((tag.all())
                .filter(|task| standing(tag, task) != Standing::Over)
                .collect());
        }
        let mut all: Vec<&Task> = Vec::new();
        for id in &self.tasks {
            let (_, task) = self.place.task(project, id)?;
            if !all.iter().any(|other| other.id == task.id) {
                all.push(task);
            }
        }
        Ok(all)
    }

    /// Asks about each proposal, and writes those that are taken.
    async fn written(
        &self,
        project: &Project,
        rules: &Rules,
        found: &Found,
    ) -> Result<(), Failure> {
        let mut taken = Vec::new();
        for offer in &found.proposals {
            let question = || format!("\n{}take this one? [y/N] ", offer.text());
            if self.yes || answered(question()).await? {
                taken.push(offer.rule.clone());
            }
        }
        if taken.is_empty() {
            fail::warn("nothing was written");
            return Ok(());
        }
        rules.append(project, &taken)?;
        fail::warn(&format!(
            "{} appended to {}: read the difference before it is used; it is in force now",
            counted(taken.len(), "rule"),
            rules.path()
        ));
        Ok(())
    }
}

/// What `[claude]` says. Under a file with a mistake nothing is sent: another server than the one that was meant would get the key.
fn configured(look: &Look) -> Result<Asking, Failure> {
    let loaded = look.home_on_paper().load(None);
    let wrong =
        (loaded.config.problems.iter()).find(|problem| problem.place.file.ends_with("config.toml"));
    match wrong {
        None => Ok(loaded.settings.claude),
        Some(problem) => Err(Failure::new(
            format!("{}: {}", problem.place, problem.sentence()),
            "Nothing was sent under a configuration with a mistake; `tiphys config check` prints all.",
        )),
    }
}

/// What is asked with.
struct Desk<'a> {
    asking: &'a Asking,
    endpoint: Endpoint,
    shelf: &'a Proposals,
    anew: bool,
}

/// The inputs of the tool, in the order of the questions, as far as they were answered.
#[derive(Default)]
struct Answers {
    read: Vec<Value>,
    failure: Option<Failure>,
}

impl Desk<'_> {
    fn kept(&self, question: &Question<'_>) -> Result<Option<Value>, Failure> {
        if self.anew {
            return Ok(None);
        }
        self.shelf.answer(&question.number).map_err(unkept)
    }

    fn rehearse(
        &self,
        messages: &str,
        questions: Vec<Question<'_>>,
        json: bool,
    ) -> Result<ExitCode, Failure> {
        let mut all = Vec::new();
        for question in questions {
            let kept = self.kept(&question)?.is_some();
            all.push((question, kept));
        }
        print(&rehearsed(messages, &all, json)?)?;
        let (day, most) = (today(), count(&self.asking.calls.value));
        let calls = self.shelf.calls(&day).map_err(unkept)?;
        let new = all.iter().filter(|(_, kept)| !kept).count();
        fail::warn(&format!(
            "nothing was sent: {} would be; {calls} of {most} went out today",
            counted(new, "question")
        ));
        Ok(ExitCode::SUCCESS)
    }

    /// What is taken without a question was shown by a call before this one.
    fn all_shown(&self, questions: &[Question<'_>]) -> Result<(), Failure> {
        for question in questions {
            if self.kept(question)?.is_none() {
                return Err(Failure::Usage(format!(
                    "what would be proposed for task {} was never shown, and --yes takes nothing unseen: \
                     run `tiphys tasks propose {}` first and read it",
                    question.task.id.as_str(),
                    question.task.id.as_str()
                )));
            }
        }
        Ok(())
    }

    /// Answers from before, else from Claude. After the first question without an answer no other is asked.
    async fn answers(
        &self,
        common: &Common,
        questions: &[Question<'_>],
    ) -> Result<Answers, Failure> {
        let mut answers = Answers::default();
        let mut client = None;
        for question in questions {
            let input = match self.kept(question)? {
                Some(input) => Ok(input),
                None => {
                    if client.is_none() {
                        client = Some(self.client(common).await?);
                    }
                    match &client {
                        Some(client) => self.asked(client, question).await,
                        None => break,
                    }
                }
            };
            match input {
                Ok(input) => answers.read.push(input),
                Err(failure) => {
                    answers.failure = Some(failure);
                    break;
                }
            }
        }
        Ok(answers)
    }

    async fn client(&self, common: &Common) -> Result<Claude, Failure> {
        let key = key::key(common, &self.asking.secret.value).await?;
        let carrier = network(None).map_err(|why| {
            Failure::new(format!("no TLS can be set up: {why}"), "Nothing was sent.")
        })?;
        let patience = Duration::from_secs(count(&self.asking.timeout.value).into());
        Ok(Claude::new(carrier, self.endpoint.clone(), key, patience))
    }

    async fn asked(&self, client: &Claude, question: &Question<'_>) -> Result<Value, Failure> {
        let most = count(&self.asking.calls.value);
        if !self.shelf.count(&today(), most).map_err(unkept)? {
            return Err(Failure::new(
                format!(
                    "{} went out today (UTC), which is what `calls` of [claude] allows",
                    counted(usize::try_from(most).unwrap_or_default(), "question")
                ),
                "Ask again tomorrow, or allow more in config.toml.",
            ));
        }
        tracing::info!(task = %question.task.id, criteria = question.asked.len(), "Claude is asked");
        let input = client
            .ask(&question.body)
            .await
            .map_err(|why| Failure::new(format!("task {}: {why}", question.task.id), why.hint()))?;
        // Only what can be read is worth keeping: something else would be asked for again.
        limited(question, &input)?;
        if let Err(why) = self.shelf.keep(&question.number, &input) {
            fail::warn(&format!("the answer is not kept: {why}"));
        }
        Ok(input)
    }
}

/// An answer as it may be shown.
fn limited(question: &Question<'_>, input: &Value) -> Result<Read, Failure> {
    let limits = Limits {
        asked: &question.asked,
        servers: &question.servers,
    };
    read(input, &limits).map_err(|why| {
        Failure::new(
            format!(
                "task {}: the answer is no list of proposals: {why}",
                question.task.id
            ),
            "Ask again with --anew.",
        )
    })
}

/// The proposals of an answer with their rules, and what is refused.
#[allow(clippy::type_complexity, reason = "it goes into one place")]
fn offers(
    project: &Project,
    rules: &Rules,
    question: &Question<'_>,
    input: &Value,
    model: &str,
) -> Result<(Vec<(Proposal, String)>, Vec<Refused>), Failure> {
    let Read {
        proposals,
        mut refused,
    } = limited(question, input)?;
    let mut offers = Vec::new();
    for proposal in proposals {
        let of = |one: &&crate::model::task::Candidate| one.criterion.id == proposal.criterion;
        let Some(one) = question.criteria.iter().find(of) else {
            continue;
        };
        match rules.rule(project, question.task, one, &proposal, model) {
            Ok(rule) => offers.push((proposal, rule)),
            Err(why) => refused.push(Refused {
                criterion: proposal.criterion,
                why,
            }),
        }
    }
    Ok((offers, refused))
}

fn today() -> String {
    Timestamp::now().strftime("%Y-%m-%d").to_string()
}

fn unkept(why: String) -> Failure {
    Failure::new(
        why,
        "Nothing was sent: questions are counted there. Mend or remove it.",
    )
}

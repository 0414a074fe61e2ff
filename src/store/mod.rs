//! What was seen and is gone from the cluster: runs that ended, in one SQLite file that several programs may share.
//! Apart from who asks and who tells: here are only the table, its versions and its bounds.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, Row, TransactionBehavior, named_params, params};
use serde_json::Value;

use crate::model::key::Key;
use crate::model::past::{Fault, Past};
use crate::model::phase::Phase;
use crate::model::usual::Took;

/// The table as this program knows it, in SQLite's `user_version`.
const VERSION: i64 = 2;
/// Runs that are kept; the ones that ended first go.
const MOST: usize = 50_000;
/// How long another program that writes is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Each makes the next version of the table of the one before; the first makes the table. They are never changed, only added to.
const STEPS: [&str; VERSION as usize] = [TABLE, LENGTHS];

/// Times are seconds since 1970, as Argo writes them; `flaky` is a JSON array of names.
const TABLE: &str = "
CREATE TABLE runs (
    context TEXT NOT NULL,
    uid TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    origin TEXT,
    task TEXT,
    service TEXT,
    phase TEXT NOT NULL,
    started INTEGER,
    finished INTEGER NOT NULL,
    step TEXT,
    short TEXT,
    message TEXT,
    flaky TEXT NOT NULL,
    PRIMARY KEY (context, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_by_end ON runs (finished);
CREATE INDEX runs_by_origin ON runs (context, namespace, origin, finished);
";

/// `cause` is a [`CauseId`] as text; `took` is a JSON object of seconds by step.
const LENGTHS: &str = "
ALTER TABLE runs ADD COLUMN cause TEXT;
ALTER TABLE runs ADD COLUMN took TEXT NOT NULL DEFAULT '{}';
";

/// A run that was retried ended again: its newer end counts.
const KEEP: &str = "
INSERT INTO runs (context, uid, namespace, name, origin, task, service, phase, started, finished, step, short, message, flaky, cause, took)
VALUES (:context, :uid, :namespace, :name, :origin, :task, :service, :phase, :started, :finished, :step, :short, :message, :flaky, :cause, :took)
ON CONFLICT (context, uid) DO UPDATE SET
    phase = excluded.phase, started = excluded.started, finished = excluded.finished,
    step = excluded.step, short = excluded.short, message = excluded.message, flaky = excluded.flaky,
    cause = excluded.cause, took = excluded.took
WHERE excluded.finished > finished OR (excluded.finished = finished AND excluded.phase <> phase)";

const COLUMNS: &str = "uid, namespace, name, origin, task, service, phase, started, finished, step, short, message, flaky, cause, took";

/// Why there is no memory, or why it cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A newer program has been here: nothing of it is touched.
    #[error(
        "it was written by a newer tiphys (version {0} of its table; this one knows {VERSION}): use that one, or move the file away"
    )]
    Newer(i64),
    /// SQLite says no.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Which of the kept runs are asked for, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Of this context only: its name in the kubeconfig.
    pub context: Option<String>,
    /// Of these namespaces only; none: all.
    pub namespaces: Vec<String>,
    /// Launched from this, or with this name.
    pub name: Option<String>,
    /// At most so many.
    pub most: usize,
}

/// The open file.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
}

impl Store {
    /// Opens the file, which exists (a new one is empty) and whose rights are its owner's affair: what SQLite puts beside
    /// it gets the same.
    ///
    /// # Errors
    /// Where it is no database, one of a newer program, or cannot be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        let known: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if known > VERSION {
            return Err(StoreError::Newer(known));
        }
        // Readers do not wait for the one who writes. Source: https://www.sqlite.org/wal.html
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        connection.execute_batch("PRAGMA synchronous = NORMAL")?;
        // Two programs that start at once: the second finds the table made.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let known: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let made = usize::try_from(known).unwrap_or_default();
        for step in STEPS.iter().skip(made) {
            transaction.execute_batch(step)?;
        }
        if known < VERSION {
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        transaction.commit()?;
        Ok(Self { connection })
    }

    /// Keeps runs of a context, all or none.
    ///
    /// # Errors
    /// Where they cannot be written: a full disk, another program that does not let go.
    pub fn keep(&mut self, context: &str, runs: &[Past]) -> Result<(), StoreError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut insert = transaction.prepare(KEEP)?;
            for past in runs {
                let fault = past.fault.as_ref();
                let flaky: Vec<&str> = past.flaky.iter().map(|step| &**step).collect();
                insert.execute(named_params! {
                    ":context": context,
                    ":uid": past.key.uid.as_str(),
                    ":namespace": &*past.key.namespace,
                    ":name": &*past.key.name,
                    ":origin": past.origin.as_deref(),
                    ":task": past.task.as_deref(),
                    ":service": past.service.as_deref(),
                    ":phase": past.phase.api_word(),
                    ":started": past.started.map(Timestamp::as_second),
                    ":finished": past.finished.as_second(),
                    ":step": fault.and_then(|fault| fault.step.as_deref()),
                    ":short": fault.map(|fault| &*fault.short),
                    ":message": fault.and_then(|fault| fault.message.as_deref()),
                    ":flaky": serde_json::json!(flaky).to_string(),
                    ":cause": past.cause.map(|cause| cause.to_string()),
                    ":took": lengths(&past.took),
                })?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Lets the oldest go, so that not more than the bound are kept.
    ///
    /// # Errors
    /// As [`Self::keep`].
    pub fn thin(&mut self) -> Result<(), StoreError> {
        self.thin_to(MOST)
    }

    fn thin_to(&mut self, most: usize) -> Result<(), StoreError> {
        let sql = "DELETE FROM runs WHERE (context, uid) IN \
                   (SELECT context, uid FROM runs ORDER BY finished DESC LIMIT -1 OFFSET ?1)";
        self.connection.execute(sql, params![most as i64])?;
        Ok(())
    }

    /// The last runs of every origin of a context, at most so many of each, the oldest first.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn recall(&self, context: &str, of_each: usize) -> Result<Vec<Past>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM (SELECT *, row_number() OVER \
             (PARTITION BY namespace, origin ORDER BY finished DESC, uid) AS place \
             FROM runs WHERE context = ?1 AND origin IS NOT NULL) \
             WHERE place <= ?2 ORDER BY finished, uid"
        );
        let mut select = self.connection.prepare(&sql)?;
        let rows = select.query_map(params![context, of_each as i64], past)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Kept runs, each with its context, the newest first.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn ask(&self, ask: &Ask) -> Result<Vec<(Arc<str>, Past)>, StoreError> {
        // The names of many namespaces travel as one value: SQLite takes them apart.
        let sql = format!(
            "SELECT {COLUMNS}, context FROM runs \
             WHERE (:context IS NULL OR context = :context) \
             AND (:name IS NULL OR origin = :name OR name = :name) \
             AND (:all OR namespace IN (SELECT value FROM json_each(:namespaces))) \
             ORDER BY finished DESC, uid LIMIT :most"
        );
        let mut select = self.connection.prepare(&sql)?;
        let wanted = named_params! {
            ":context": ask.context,
            ":name": ask.name,
            ":all": ask.namespaces.is_empty(),
            ":namespaces": serde_json::json!(ask.namespaces).to_string(),
            ":most": ask.most as i64,
        };
        let rows = select.query_map(wanted, |row| {
            Ok((row.get::<_, String>(15)?.into(), past(row)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn lengths(took: &[Took]) -> String {
    let steps = took.iter();
    let steps = steps.map(|one| (one.step.to_string(), one.seconds.into()));
    Value::Object(steps.collect()).to_string()
}

fn past(row: &Row<'_>) -> rusqlite::Result<Past> {
    let text = |at: usize| row.get::<_, String>(at);
    let maybe =
        |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(at)?.map(Arc::from));
    let time = |seconds: i64| Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    let flaky: Vec<String> = serde_json::from_str(&text(12)?).unwrap_or_default();
    let took: IndexMap<String, u32> = serde_json::from_str(&text(14)?).unwrap_or_default();
    let short = maybe(10)?;
    let fault = match short {
        Some(short) => Some(Fault {
            step: maybe(9)?,
            short,
            message: maybe(11)?,
        }),
        None => None,
    };
    Ok(Past {
        key: Key::new(text(1)?, text(2)?, text(0)?),
        origin: maybe(3)?,
        task: maybe(4)?,
        service: maybe(5)?,
        phase: Phase::parse(&text(6)?),
        started: row.get::<_, Option<i64>>(7)?.map(time),
        finished: time(row.get(8)?),
        fault,
        flaky: flaky.into_iter().map(Arc::from).collect(),
        cause: maybe(13)?.and_then(|cause| cause.parse().ok()),
        took: took
            .into_iter()
            .map(|(step, seconds)| Took {
                step: step.into(),
                seconds,
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests;

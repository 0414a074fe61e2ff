//! What was heard of QARuns and of their workflows, each only ever replaced by a newer version of itself.
//! Apart from feeds and answers, which both fill it: an answer to a write is often here before the watch has it, and what the watch
//! then says of the time before is not listened to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::wire::qarun::{Metadata, QaRun, Work};

/// Uid of a QARun.
pub type Uid = Arc<str>;

/// What is known.
#[derive(Debug, Default)]
pub struct Cache {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// In order, as all maps here: two controllers that hear the same do the same.
    runs: BTreeMap<Uid, Arc<QaRun>>,
    /// By uid of the QARun, then of the workflow.
    works: BTreeMap<Uid, BTreeMap<String, Arc<Work>>>,
}

/// Versions are numbers that grow, as Kubernetes 1.35 promises and etcd has always had them; one that is none is taken for newer.
fn is_newer(new: &Metadata, old: &Metadata) -> bool {
    match (
        new.resource_version.parse::<u64>(),
        old.resource_version.parse::<u64>(),
    ) {
        (Ok(new), Ok(old)) => new > old,
        _ => new.resource_version != old.resource_version,
    }
}

impl Cache {
    fn locked(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A QARun as it is, if that is news.
    pub fn put_run(&self, run: Arc<QaRun>) {
        let mut inner = self.locked();
        let uid: Uid = run.metadata.uid.as_str().into();
        let old = inner.runs.get(&uid);
        if old.is_none_or(|old| is_newer(&run.metadata, &old.metadata)) {
            inner.runs.insert(uid, run);
        }
    }

    /// A workflow as it is, if that is news. One that is of no QARun is left out.
    pub fn put_work(&self, work: Arc<Work>) {
        let Some(uid) = work.run_uid().map(Uid::from) else {
            return;
        };
        let mut inner = self.locked();
        let works = inner.works.entry(uid).or_default();
        let old = works.get(&work.meta.uid);
        if old.is_none_or(|old| is_newer(&work.meta, &old.meta)) {
            works.insert(work.meta.uid.clone(), work);
        }
    }

    /// A QARun is gone.
    pub fn drop_run(&self, uid: &str) {
        self.locked().runs.remove(uid);
    }

    /// A workflow is gone; of which QARun it was.
    pub fn drop_work(&self, uid: &str) -> Option<Uid> {
        let mut inner = self.locked();
        let (run, _) = inner
            .works
            .iter()
            .find(|(_, works)| works.contains_key(uid))?;
        let run = run.clone();
        if let Some(works) = inner.works.get_mut(&run) {
            works.remove(uid);
            if works.is_empty() {
                inner.works.remove(&run);
            }
        }
        Some(run)
    }

    /// A QARun and its workflows, those of lower attempts first.
    pub fn of(&self, uid: &str) -> (Option<Arc<QaRun>>, Vec<Arc<Work>>) {
        let inner = self.locked();
        let works = inner
            .works
            .get(uid)
            .into_iter()
            .flat_map(BTreeMap::values)
            .cloned();
        let mut works: Vec<_> = works.collect();
        works.sort_by(|a, b| {
            (a.meta.name.len(), &a.meta.name).cmp(&(b.meta.name.len(), &b.meta.name))
        });
        (inner.runs.get(uid).cloned(), works)
    }

    /// Every QARun, and every one that only workflows speak of.
    pub fn uids(&self) -> Vec<Uid> {
        let inner = self.locked();
        let mut all: Vec<Uid> = inner
            .runs
            .keys()
            .chain(inner.works.keys())
            .cloned()
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// Every QARun.
    pub fn runs(&self) -> Vec<Arc<QaRun>> {
        self.locked().runs.values().cloned().collect()
    }

    /// Uids of the QARuns of a namespace, or of all.
    pub fn runs_in(&self, namespace: Option<&str>) -> Vec<Uid> {
        let inner = self.locked();
        let inside = |run: &QaRun| namespace.is_none_or(|one| one == run.metadata.namespace);
        inner
            .runs
            .iter()
            .filter(|(_, run)| inside(run))
            .map(|(uid, _)| uid.clone())
            .collect()
    }

    /// Uids of the workflows of a namespace, or of all.
    pub fn works_in(&self, namespace: Option<&str>) -> Vec<String> {
        let inner = self.locked();
        let inside = |work: &Work| namespace.is_none_or(|one| one == work.meta.namespace);
        let all = inner.works.values().flat_map(BTreeMap::values);
        all.filter(|work| inside(work))
            .map(|work| work.meta.uid.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::qarun::Spec;

    fn run(version: &str) -> Arc<QaRun> {
        let mut run = QaRun::new("ns", "r", Spec::default());
        run.metadata.uid = "u".to_owned();
        run.metadata.resource_version = version.to_owned();
        Arc::new(run)
    }

    #[test]
    fn what_is_older_than_what_is_known_is_not_listened_to() {
        let cache = Cache::default();
        let version = || {
            cache
                .of("u")
                .0
                .map(|run| run.metadata.resource_version.clone())
        };
        cache.put_run(run("10"));
        cache.put_run(run("9"));
        assert_eq!(version().as_deref(), Some("10"));
        cache.put_run(run("101"));
        assert_eq!(version().as_deref(), Some("101"));
        cache.drop_run("u");
        assert_eq!(version(), None);
    }
}

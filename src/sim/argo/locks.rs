//! Mutexes and semaphores: who holds, who waits, in which order.
//! Apart, because locks outlive the pass of any one workflow.

use std::collections::BTreeMap;

use super::RunKey;

/// Lock names, each with its holders.
pub type Held = Vec<(String, Vec<String>)>;

/// All locks by name (`ns/Mutex/x`, `ns/ConfigMap/y/key`).
#[derive(Clone, Debug, Default)]
pub struct Locks {
    held: BTreeMap<String, Vec<String>>,
    waiting: BTreeMap<String, Vec<(String, RunKey)>>,
}

impl Locks {
    /// Takes all of `wanted` (name and capacity) for `holder`, or none: then the name of the first that is not to be had.
    pub fn take(
        &mut self,
        wanted: &[(String, usize)],
        holder: &str,
        run: &RunKey,
    ) -> Result<(), String> {
        for (name, capacity) in wanted {
            let held = self.held.entry(name.clone()).or_default();
            if held.iter().any(|other| other == holder) {
                continue;
            }
            let line = self.waiting.entry(name.clone()).or_default();
            let before = line.iter().position(|(other, _)| other == holder);
            let ahead = before.unwrap_or(line.len());
            if held.len() + ahead >= *capacity {
                if before.is_none() {
                    line.push((holder.to_owned(), run.clone()));
                }
                return Err(name.clone());
            }
        }
        for (name, _) in wanted {
            let held = self.held.entry(name.clone()).or_default();
            if !held.iter().any(|other| other == holder) {
                held.push(holder.to_owned());
            }
            if let Some(line) = self.waiting.get_mut(name) {
                line.retain(|(other, _)| other != holder);
            }
        }
        Ok(())
    }

    /// Who holds a lock.
    pub fn holders(&self, name: &str) -> &[String] {
        self.held.get(name).map_or(&[], Vec::as_slice)
    }

    /// Lets go of everything `holder` holds or waits for; the workflows that may go on now.
    pub fn release(&mut self, holder: &str) -> Vec<RunKey> {
        let mut next = Vec::new();
        for line in self.waiting.values_mut() {
            line.retain(|(other, _)| other != holder);
        }
        for (name, held) in &mut self.held {
            let before = held.len();
            held.retain(|other| other != holder);
            if held.len() < before
                && let Some(line) = self.waiting.get(name)
            {
                next.extend(line.iter().take(before).map(|(_, run)| run.clone()));
            }
        }
        self.held.retain(|_, held| !held.is_empty());
        next
    }

    /// Holders that begin with a text: the locks of a workflow and its nodes.
    pub fn holders_of(&self, prefix: &str) -> Vec<String> {
        let all = self.held.values().flatten();
        let lines = self.waiting.values().flatten().map(|(holder, _)| holder);
        let mut found: Vec<String> = all
            .chain(lines)
            .filter(|holder| {
                holder
                    .strip_prefix(prefix)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
            .cloned()
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// Lock names held and waited for by a workflow (with its nodes): `(name, holders)`.
    pub fn of(&self, prefix: &str) -> (Held, Held) {
        let mine = |holder: &str| {
            holder
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let holding = self.held.iter().filter_map(|(name, held)| {
            let own: Vec<String> = held.iter().filter(|h| mine(h)).cloned().collect();
            (!own.is_empty()).then(|| (name.clone(), own))
        });
        let waiting = self.waiting.iter().filter_map(|(name, line)| {
            let waits = line.iter().any(|(holder, _)| mine(holder));
            waits.then(|| (name.clone(), self.holders(name).to_vec()))
        });
        (holding.collect(), waiting.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_are_given_in_order_and_all_or_none() {
        let mut locks = Locks::default();
        let run = |name: &str| RunKey::new("n", name);
        let a = [("n/Mutex/a".to_owned(), 1)];
        let both = [("n/Mutex/b".to_owned(), 1), ("n/Mutex/a".to_owned(), 1)];
        assert_eq!(locks.take(&a, "n/one", &run("one")), Ok(()));
        assert_eq!(
            locks.take(&both, "n/two", &run("two")),
            Err("n/Mutex/a".to_owned())
        );
        assert!(
            locks.holders("n/Mutex/b").is_empty(),
            "waiting for one holds none"
        );
        assert_eq!(
            locks.take(&a, "n/three", &run("three")),
            Err("n/Mutex/a".to_owned())
        );
        assert_eq!(locks.release("n/one"), [run("two")]);
        assert_eq!(
            locks.take(&a, "n/three", &run("three")),
            Err("n/Mutex/a".to_owned()),
            "not before its turn"
        );
        assert_eq!(locks.take(&both, "n/two", &run("two")), Ok(()));
        assert_eq!(locks.holders("n/Mutex/a"), ["n/two"]);
    }
}

//! The bucket of the embedded cluster: what steps left behind, by key, made when somebody reads it.
//! Apart from the objects of the API, because it is another server: S3-shaped, with keys of its own.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Objects that are kept; of more the oldest go, as by a lifecycle rule.
const MOST: usize = 30_000;

/// Makes the bytes of an object.
pub type Making = Arc<dyn Fn() -> Vec<u8> + Send + Sync>;

#[derive(Clone, Default)]
struct Inner {
    by_key: BTreeMap<Arc<str>, Making>,
    order: VecDeque<Arc<str>>,
}

/// All objects of the bucket.
#[derive(Default)]
pub struct Objects(Mutex<Inner>);

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Objects({})", self.lock().order.len())
    }
}

impl Objects {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same objects.
    pub fn copy(&self) -> Self {
        Self(Mutex::new(self.lock().clone()))
    }

    /// Keeps an object.
    pub fn put(&self, key: &str, making: Making) {
        let key: Arc<str> = key.into();
        let mut inner = self.lock();
        if inner.by_key.insert(key.clone(), making).is_none() {
            inner.order.push_back(key);
        }
        if inner.order.len() > MOST
            && let Some(oldest) = inner.order.pop_front()
        {
            inner.by_key.remove(&oldest);
        }
    }

    /// Its bytes.
    pub fn read(&self, key: &str) -> Option<Vec<u8>> {
        let making = self.lock().by_key.get(key).cloned()?;
        Some(making())
    }

    /// Keys that begin so, sorted, with the size of each.
    pub fn list(&self, prefix: &str) -> Vec<(Arc<str>, usize)> {
        let found: Vec<(Arc<str>, Making)> = {
            let inner = self.lock();
            let from = inner
                .by_key
                .range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
            let of = from.take_while(|(key, _)| key.starts_with(prefix));
            of.map(|(key, making)| (key.clone(), making.clone()))
                .collect()
        };
        let sized = found.into_iter().map(|(key, making)| (key, making().len()));
        sized.collect()
    }
}

//! Fault: `get` waits until a key that is being computed is done, even if it is the computation that asks.
//! Expect: get_does_not_wait = deadlock

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

type Cell<V> = Arc<OnceLock<Arc<V>>>;

#[derive(Debug)]
pub struct MemoCache<K, V> {
    cells: Mutex<HashMap<K, Cell<V>>>,
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    pub fn new() -> MemoCache<K, V> {
        MemoCache { cells: Mutex::new(HashMap::new()) }
    }

    pub fn get_or_compute(&self, key: K, compute: impl FnOnce() -> V) -> Arc<V> {
        let cell = Arc::clone(self.cells().entry(key).or_default());
        Arc::clone(cell.get_or_init(|| Arc::new(compute())))
    }

    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        let cell = Arc::clone(self.cells().get(key)?);
        Some(Arc::clone(cell.wait()))
    }

    fn cells(&self) -> MutexGuard<'_, HashMap<K, Cell<V>>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

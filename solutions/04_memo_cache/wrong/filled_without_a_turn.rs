//! Fault: the cell is asked, and filled later: who comes in between finds it empty and computes as well.
//! Expect: once_per_key = wrong
//! Expect: those_who_wait_sleep = wrong

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
        if let Some(value) = cell.get() {
            return Arc::clone(value);
        }
        let value = Arc::new(compute());
        Arc::clone(cell.get_or_init(|| value))
    }

    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.cells().get(key)?.get().cloned()
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

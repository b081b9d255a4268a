//! Fault: a panic removes the cell of its key, in which others are waiting, and the next caller gets a new cell.
//! Expect: a_panic_while_others_wait = wrong

use std::collections::HashMap;
use std::hash::Hash;
use std::panic::{self, AssertUnwindSafe};
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
        let cell = Arc::clone(self.cells().entry(key.clone()).or_default());
        let computed = panic::catch_unwind(AssertUnwindSafe(|| {
            Arc::clone(cell.get_or_init(|| Arc::new(compute())))
        }));
        computed.unwrap_or_else(|payload| {
            self.cells().remove(&key);
            panic::resume_unwind(payload)
        })
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

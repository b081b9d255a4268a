//! Fault: the cell of the key is found and filled in one expression, and the dictionary is locked up to its end.
//! Expect: different_keys_at_the_same_time = not-parallel
//! Expect: a_computation_may_use_the_cache = deadlock
//! Expect: get_does_not_wait = deadlock

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

#[derive(Debug)]
pub struct MemoCache<K, V> {
    cells: Mutex<HashMap<K, OnceLock<Arc<V>>>>,
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    pub fn new() -> MemoCache<K, V> {
        MemoCache { cells: Mutex::new(HashMap::new()) }
    }

    pub fn get_or_compute(&self, key: K, compute: impl FnOnce() -> V) -> Arc<V> {
        self.cells().entry(key).or_default().get_or_init(|| Arc::new(compute())).clone()
    }

    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.cells().get(key)?.get().cloned()
    }

    fn cells(&self) -> MutexGuard<'_, HashMap<K, OnceLock<Arc<V>>>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

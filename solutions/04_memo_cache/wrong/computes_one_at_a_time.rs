//! Fault: the dictionary is free while a value is computed, but a second lock lets one computation run at a time.
//! Expect: different_keys_at_the_same_time = not-parallel
//! Expect: a_computation_may_use_the_cache = deadlock
//! Expect: one_computation_waits_for_another = deadlock

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct MemoCache<K, V> {
    values: Mutex<HashMap<K, Arc<V>>>,
    computing: Mutex<()>,
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    pub fn new() -> MemoCache<K, V> {
        MemoCache { values: Mutex::new(HashMap::new()), computing: Mutex::new(()) }
    }

    pub fn get_or_compute(&self, key: K, compute: impl FnOnce() -> V) -> Arc<V> {
        if let Some(value) = self.get(&key) {
            return value;
        }
        let _turn = self.computing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = self.get(&key) {
            return value;
        }
        let value = Arc::new(compute());
        self.values().insert(key, Arc::clone(&value));
        value
    }

    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.values().get(key).cloned()
    }

    fn values(&self) -> MutexGuard<'_, HashMap<K, Arc<V>>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

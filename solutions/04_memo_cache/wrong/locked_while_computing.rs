//! Fault: the dictionary stays locked while a value is computed, so nobody can use it meanwhile, not even the computation.
//! Expect: different_keys_at_the_same_time = not-parallel
//! Expect: a_computation_may_use_the_cache = deadlock
//! Expect: one_computation_waits_for_another = deadlock
//! Expect: get_does_not_wait = deadlock
//! Expect: those_who_wait_sleep = wrong

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug)]
pub struct MemoCache<K, V> {
    values: Mutex<HashMap<K, Arc<V>>>,
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    pub fn new() -> MemoCache<K, V> {
        MemoCache { values: Mutex::new(HashMap::new()) }
    }

    pub fn get_or_compute(&self, key: K, compute: impl FnOnce() -> V) -> Arc<V> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = values.get(&key) {
            return Arc::clone(value);
        }
        let value = Arc::new(compute());
        values.insert(key, Arc::clone(&value));
        value
    }

    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

//! Fault: who has waited for the turn of a key computes it, although the one before has just done so.
//! Expect: once_per_key = wrong
//! Expect: everybody_gets_the_same_value = wrong
//! Expect: one_computation_waits_for_another = wrong
//! Expect: those_who_wait_sleep = wrong

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct MemoCache<K, V> {
    turns: Mutex<HashMap<K, Arc<Mutex<()>>>>,
    values: Mutex<HashMap<K, Arc<V>>>,
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    pub fn new() -> MemoCache<K, V> {
        MemoCache { turns: Mutex::default(), values: Mutex::default() }
    }

    pub fn get_or_compute(&self, key: K, compute: impl FnOnce() -> V) -> Arc<V> {
        if let Some(value) = self.get(&key) {
            return value;
        }
        let turn = Arc::clone(locked(&self.turns).entry(key.clone()).or_default());
        let _my_turn = locked(&turn);
        let value = Arc::new(compute());
        locked(&self.values).insert(key, Arc::clone(&value));
        value
    }

    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        locked(&self.values).get(key).cloned()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

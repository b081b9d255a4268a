//! Fault: who waits for a key keeps the dictionary locked meanwhile, and the computation may need it.
//! Expect: one_computation_waits_for_another = deadlock

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
        let mut turns = locked(&self.turns);
        let turn = turns.entry(key.clone()).or_default().clone();
        let _my_turn = locked(&turn);
        drop(turns);
        if let Some(value) = self.get(&key) {
            return value;
        }
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

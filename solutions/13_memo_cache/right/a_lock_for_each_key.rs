//! Make: one mutex per key, held while that key is being computed; the values are kept in a dictionary of their own.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct MemoCache<K, V> {
    /// The thread that holds a key's mutex may compute its value.
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
        // Poisoned if the thread before us panicked, which is no reason for us not to try.
        let _my_turn = locked(&turn);
        // Then again, the thread before us may have succeeded.
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

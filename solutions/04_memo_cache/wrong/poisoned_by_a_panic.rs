//! Fault: `unwrap` on the lock of a key: a computation that panicked has poisoned it for all who come later.
//! Expect: a_panic_is_not_kept = wrong
//! Expect: a_panic_while_others_wait = wrong

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

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
        let turn = self.turns.lock().unwrap().entry(key.clone()).or_default().clone();
        let _my_turn = turn.lock().unwrap();
        if let Some(value) = self.get(&key) {
            return value;
        }
        let value = Arc::new(compute());
        self.values.lock().unwrap().insert(key, Arc::clone(&value));
        value
    }

    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.values.lock().unwrap().get(key).cloned()
    }
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

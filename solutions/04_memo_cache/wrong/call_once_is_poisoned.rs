//! Fault: `Once::call_once` runs its closure once even if that panics, and panics ever after.
//! Expect: a_panic_is_not_kept = wrong
//! Expect: a_panic_while_others_wait = wrong

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, Once};

#[derive(Debug)]
pub struct MemoCache<K, V> {
    onces: Mutex<HashMap<K, Arc<Once>>>,
    values: Mutex<HashMap<K, Arc<V>>>,
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    pub fn new() -> MemoCache<K, V> {
        MemoCache { onces: Mutex::default(), values: Mutex::default() }
    }

    pub fn get_or_compute(&self, key: K, compute: impl FnOnce() -> V) -> Arc<V> {
        let once =
            self.onces.lock().unwrap().entry(key.clone()).or_insert(Arc::new(Once::new())).clone();
        once.call_once(|| {
            let value = Arc::new(compute());
            self.values.lock().unwrap().insert(key.clone(), value);
        });
        self.get(&key).expect("it has been computed")
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

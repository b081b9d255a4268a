//! Fault: values and keys under way have a lock each, and between the two questions a computation may end.
//! Expect: once_per_key = wrong
//! Expect: everybody_gets_the_same_value = wrong

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct MemoCache<K, V> {
    values: Mutex<HashMap<K, Arc<V>>>,
    under_way: Mutex<HashSet<K>>,
    changed: Condvar,
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    pub fn new() -> MemoCache<K, V> {
        MemoCache {
            values: Mutex::new(HashMap::new()),
            under_way: Mutex::new(HashSet::new()),
            changed: Condvar::new(),
        }
    }

    pub fn get_or_compute(&self, key: K, compute: impl FnOnce() -> V) -> Arc<V> {
        loop {
            if let Some(value) = self.get(&key) {
                return value;
            }
            let mut under_way = self.under_way();
            if under_way.insert(key.clone()) {
                break;
            }
            while under_way.contains(&key) {
                under_way = self.changed.wait(under_way).unwrap_or_else(PoisonError::into_inner);
            }
        }
        let done = Done { cache: self, key: &key };
        let value = Arc::new(compute());
        self.values().insert(key.clone(), Arc::clone(&value));
        drop(done);
        value
    }

    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.values().get(key).cloned()
    }

    fn values(&self) -> MutexGuard<'_, HashMap<K, Arc<V>>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn under_way(&self) -> MutexGuard<'_, HashSet<K>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Done<'a, K: Eq + Hash + Clone, V> {
    cache: &'a MemoCache<K, V>,
    key: &'a K,
}

impl<K: Eq + Hash + Clone, V> Drop for Done<'_, K, V> {
    fn drop(&mut self) {
        self.cache.under_way().remove(self.key);
        self.cache.changed.notify_all();
    }
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

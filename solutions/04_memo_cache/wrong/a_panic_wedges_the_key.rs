//! Fault: a computation that panics leaves its key marked as being computed, for ever.
//! Expect: a_panic_is_not_kept = lost-wakeup
//! Expect: a_panic_while_others_wait = lost-wakeup

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct MemoCache<K, V> {
    entries: Mutex<HashMap<K, Entry<V>>>,
    changed: Condvar,
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    pub fn new() -> MemoCache<K, V> {
        MemoCache { entries: Mutex::new(HashMap::new()), changed: Condvar::new() }
    }

    pub fn get_or_compute(&self, key: K, compute: impl FnOnce() -> V) -> Arc<V> {
        let mut entries = self.entries();
        loop {
            match entries.get(&key) {
                Some(Entry::Ready(value)) => return Arc::clone(value),
                Some(Entry::Computing) => {
                    entries = self.changed.wait(entries).unwrap_or_else(PoisonError::into_inner);
                }
                None => break,
            }
        }
        entries.insert(key.clone(), Entry::Computing);
        drop(entries);

        let value = Arc::new(compute());
        self.entries().insert(key, Entry::Ready(Arc::clone(&value)));
        self.changed.notify_all();
        value
    }

    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        match self.entries().get(key)? {
            Entry::Ready(value) => Some(Arc::clone(value)),
            Entry::Computing => None,
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<K, Entry<V>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
enum Entry<V> {
    Computing,
    Ready(Arc<V>),
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

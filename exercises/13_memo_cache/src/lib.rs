//! Keeps what was expensive to compute.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

/// A value for each key, computed when it is asked for the first time, and kept from then on.
///
/// Threads share a cache by reference and use it at the same time: any number of threads, for any number of
/// keys.
#[derive(Debug)]
pub struct MemoCache<K, V> {
    values: Mutex<HashMap<K, Arc<V>>>,
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    /// A cache that knows nothing yet.
    pub fn new() -> MemoCache<K, V> {
        MemoCache { values: Mutex::new(HashMap::new()) }
    }

    /// The value of `key`, computed by `compute` if it is not there yet.
    ///
    /// For each key there is one computation, and every caller gets the value that it returned.
    /// Callers that come later find the value; callers that come in the meantime wait for it, asleep.
    /// Their own `compute` is not called.
    ///
    /// While `compute` runs, no other caller has to wait: the cache serves all other keys, and
    /// computes them, too. `compute` may use the cache itself. (But if it asks for its own key, or for
    /// one whose computation waits for this one, it waits for itself.)
    ///
    /// # Panics
    /// If `compute` panics, with the same payload. No value is kept then, and for everybody else it is as
    /// if this call had never been made: if others are waiting for the value, one of them now computes
    /// it. That may go on until a computation succeeds, however long it takes.
    pub fn get_or_compute(&self, key: K, compute: impl FnOnce() -> V) -> Arc<V> {
        if let Some(value) = self.get(&key) {
            return value;
        }
        let value = Arc::new(compute());
        self.values.lock().unwrap().insert(key, Arc::clone(&value));
        value
    }

    /// The value of `key`, if it has been computed. Never waits for a computation that is running.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.values.lock().unwrap().get(key).cloned()
    }
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

//! Fault: sixteen dictionaries with a lock each, held while computing: keys that share one wait for each other.
//! Expect: different_keys_at_the_same_time = not-parallel
//! Expect: a_computation_may_use_the_cache = deadlock

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct MemoCache<K, V> {
    shards: [Mutex<HashMap<K, Arc<V>>>; 16],
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    pub fn new() -> MemoCache<K, V> {
        MemoCache { shards: std::array::from_fn(|_| Mutex::new(HashMap::new())) }
    }

    pub fn get_or_compute(&self, key: K, compute: impl FnOnce() -> V) -> Arc<V> {
        let mut values = self.shard(&key);
        if let Some(value) = values.get(&key) {
            return Arc::clone(value);
        }
        let value = Arc::new(compute());
        values.insert(key, Arc::clone(&value));
        value
    }

    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.shard(key).get(key).cloned()
    }

    fn shard(&self, key: &K) -> MutexGuard<'_, HashMap<K, Arc<V>>> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let shard = &self.shards[hasher.finish() as usize % self.shards.len()];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

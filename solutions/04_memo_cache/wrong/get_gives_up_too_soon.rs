//! Fault: `get` does not find a value if somebody else is just looking at it.
//! Expect: get_does_not_wait = wrong

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

type Slot<V> = Arc<Mutex<Option<Arc<V>>>>;

#[derive(Debug)]
pub struct MemoCache<K, V> {
    slots: Mutex<HashMap<K, Slot<V>>>,
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    pub fn new() -> MemoCache<K, V> {
        MemoCache { slots: Mutex::new(HashMap::new()) }
    }

    pub fn get_or_compute(&self, key: K, compute: impl FnOnce() -> V) -> Arc<V> {
        let slot = Arc::clone(self.slots().entry(key).or_default());
        let mut value = slot.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(value.get_or_insert_with(|| Arc::new(compute())))
    }

    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        let slot = Arc::clone(self.slots().get(key)?);
        match slot.try_lock() {
            Ok(value) => value.clone(),
            Err(TryLockError::Poisoned(value)) => value.into_inner().clone(),
            // Somebody is computing it.
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<K, Slot<V>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

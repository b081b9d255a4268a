//! Fault: When it has 262,144 keys, the cache forgets all values that are there.
//! Expect: remembers_them_all = wrong

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// More than there are stations in the world.
const MANY: usize = 1 << 18;

/// A value for each key, computed when it is asked for the first time, and kept from then on.
#[derive(Debug)]
pub struct MemoCache<K, V> {
    slots: Mutex<HashMap<K, Arc<OnceLock<Arc<V>>>>>,
}

/// Locks, also when some thread has panicked with the lock in its hands: all that we keep is always valid.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    /// A cache that knows nothing yet.
    pub fn new() -> MemoCache<K, V> {
        MemoCache { slots: Mutex::new(HashMap::new()) }
    }

    /// The slot of `key`. Old ones make way for it if there are too many; not those that are being filled.
    fn slot(&self, key: K) -> Arc<OnceLock<Arc<V>>> {
        let mut old = Vec::new();
        let mut slots = lock(&self.slots);
        if slots.len() >= MANY && !slots.contains_key(&key) {
            old.extend(slots.extract_if(|_, slot| slot.get().is_some()));
        }
        let slot = Arc::clone(slots.entry(key).or_default());
        // First let go of the dictionary, then drop what was in it.
        drop(slots);
        drop(old);
        slot
    }

    /// The value of `key`, computed by `compute` if it is not there yet.
    pub fn get_or_compute(&self, key: K, compute: impl FnOnce() -> V) -> Arc<V> {
        let slot = self.slot(key);
        Arc::clone(slot.get_or_init(|| Arc::new(compute())))
    }

    /// The value of `key`, if it has been computed. Never waits for a computation that is running.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        let slot = Arc::clone(lock(&self.slots).get(key)?);
        slot.get().cloned()
    }
}
impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

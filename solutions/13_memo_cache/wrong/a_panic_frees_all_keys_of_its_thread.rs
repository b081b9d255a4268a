//! Fault: When a computation panics, all keys that its thread is computing become free, though an outer computation may catch the panic and go on.
//! Expect: a_panic_inside_another_computation = wrong

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

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
                Some(Entry::Computing(_)) => {
                    entries = self.changed.wait(entries).unwrap_or_else(PoisonError::into_inner);
                }
                None => break,
            }
        }
        entries.insert(key.clone(), Entry::Computing(thread::current().id()));
        drop(entries);

        let claim = Claim { cache: self, key };
        let value = Arc::new(compute());
        self.entries().insert(claim.key.clone(), Entry::Ready(Arc::clone(&value)));
        value
    }

    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        match self.entries().get(key)? {
            Entry::Ready(value) => Some(Arc::clone(value)),
            Entry::Computing(_) => None,
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<K, Entry<V>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
enum Entry<V> {
    /// By the thread with this ID.
    Computing(ThreadId),
    Ready(Arc<V>),
}

/// The right to compute the value of a key. When it ends, with a value or with a panic, it notifies
/// the waiting threads.
struct Claim<'a, K: Eq + Hash + Clone, V> {
    cache: &'a MemoCache<K, V>,
    key: K,
}

impl<K: Eq + Hash + Clone, V> Drop for Claim<'_, K, V> {
    fn drop(&mut self) {
        let mut entries = self.cache.entries();
        if let Some(Entry::Computing(_)) = entries.get(&self.key) {
            // The panic ends whatever this thread is computing.
            let me = thread::current().id();
            entries.retain(|_, entry| !matches!(entry, Entry::Computing(owner) if *owner == me));
        }
        self.cache.changed.notify_all();
    }
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

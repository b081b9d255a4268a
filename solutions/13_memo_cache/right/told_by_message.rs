//! Make: a caller that has to wait leaves a sender; the value is sent through all the senders, or they are dropped if the computation panics.

use std::collections::HashMap;
use std::hash::Hash;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A value for each key, computed when it is asked for the first time, and kept from then on.
///
/// Threads share a cache by reference and use it at the same time: any number of threads, for any number of
/// keys.
#[derive(Debug)]
pub struct MemoCache<K, V> {
    entries: Mutex<HashMap<K, Entry<V>>>,
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    /// A cache that knows nothing yet.
    pub fn new() -> MemoCache<K, V> {
        MemoCache { entries: Mutex::new(HashMap::new()) }
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
        loop {
            let mut entries = self.entries();
            let news = match entries.get_mut(&key) {
                None => {
                    entries.insert(key.clone(), Entry::Computing(Vec::new()));
                    break;
                }
                Some(Entry::Ready(value)) => return Arc::clone(value),
                Some(Entry::Computing(askers)) => {
                    let (tell, news) = mpsc::channel();
                    askers.push(tell);
                    news
                }
            };
            drop(entries);
            // If the computation panicked, no value comes, and everything starts over.
            if let Ok(value) = news.recv() {
                return value;
            }
        }
        let result = panic::catch_unwind(AssertUnwindSafe(compute)).map(Arc::new);
        let mut entries = self.entries();
        let computed = entries.remove(&key);
        match result {
            Ok(value) => {
                entries.insert(key, Entry::Ready(Arc::clone(&value)));
                if let Some(Entry::Computing(askers)) = computed {
                    for asker in askers {
                        asker.send(Arc::clone(&value)).expect("an asker waits for its news");
                    }
                }
                value
            }
            Err(payload) => {
                drop(entries);
                // The senders of the waiting threads are dropped with the entry.
                drop(computed);
                panic::resume_unwind(payload)
            }
        }
    }

    /// The value of `key`, if it has been computed. Never waits for a computation that is running.
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
    /// Being computed, with a sender for each waiting thread.
    Computing(Vec<Sender<Arc<V>>>),
    Ready(Arc<V>),
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

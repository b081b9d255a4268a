//! Make: a caller that has to wait leaves a sender; the value is sent through all the senders, or they are dropped if the computation panics.

use std::collections::HashMap;
use std::hash::Hash;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub struct MemoCache<K, V> {
    entries: Mutex<HashMap<K, Entry<V>>>,
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    pub fn new() -> MemoCache<K, V> {
        MemoCache { entries: Mutex::new(HashMap::new()) }
    }

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

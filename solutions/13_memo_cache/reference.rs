//! Keeps what was expensive to compute.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The place for one value, shared by all callers that ask for its key: empty, being filled, or
/// full.
type Cell<V> = Arc<OnceLock<Arc<V>>>;

/// A value for each key, computed when it is asked for the first time, and kept from then on.
///
/// Threads share a cache by reference and use it at the same time: any number of threads, for any number of
/// keys.
#[derive(Debug)]
pub struct MemoCache<K, V> {
    cells: Mutex<HashMap<K, Cell<V>>>,
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    /// A cache that knows nothing yet.
    pub fn new() -> MemoCache<K, V> {
        MemoCache { cells: Mutex::new(HashMap::new()) }
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
        // Looking the key up and inserting an empty cell are one step. The map is unlocked again at
        // the semicolon: what follows concerns only the callers that want this key.
        let cell = Arc::clone(self.cells().entry(key).or_default());
        // If `compute` panics, the cell stays empty, and one of the threads waiting here tries
        // next.
        Arc::clone(cell.get_or_init(|| Arc::new(compute())))
    }

    /// The value of `key`, if it has been computed. Never waits for a computation that is running.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.cells().get(key)?.get().cloned()
    }

    fn cells(&self) -> MutexGuard<'_, HashMap<K, Cell<V>>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

//! Fault: the dictionary knows the hash of a key and not the key, and two keys may have the same.
//! Expect: remembers = wrong

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

type Cell<V> = Arc<OnceLock<Arc<V>>>;

#[derive(Debug)]
pub struct MemoCache<K, V> {
    cells: Mutex<HashMap<u64, Cell<V>>>,
    keys: PhantomData<fn(K)>,
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    pub fn new() -> MemoCache<K, V> {
        MemoCache { cells: Mutex::new(HashMap::new()), keys: PhantomData }
    }

    pub fn get_or_compute(&self, key: K, compute: impl FnOnce() -> V) -> Arc<V> {
        let cell = Arc::clone(self.cells().entry(hash(&key)).or_default());
        Arc::clone(cell.get_or_init(|| Arc::new(compute())))
    }

    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.cells().get(&hash(key))?.get().cloned()
    }

    fn cells(&self) -> MutexGuard<'_, HashMap<u64, Cell<V>>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

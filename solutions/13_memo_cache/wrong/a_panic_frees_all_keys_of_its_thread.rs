//! Fault: When a computation panics, all keys that its thread is computing become free, though an outer computation may catch the panic and go on.
//! Expect: a_panic_inside_another_computation = wrong

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

#[derive(Debug)]
enum State<V> {
    Empty,
    Running(ThreadId),
    Done(Arc<V>),
}

#[derive(Debug)]
struct Slot<V> {
    state: Mutex<State<V>>,
    changed: Condvar,
}

/// A value for each key, computed when it is asked for the first time, and kept from then on.
#[derive(Debug)]
pub struct MemoCache<K, V> {
    slots: Mutex<HashMap<K, Arc<Slot<V>>>>,
}

/// Gives back what this thread was computing, unless it is forgotten.
struct GiveBack<'a, K, V> {
    cache: &'a MemoCache<K, V>,
    armed: bool,
}

impl<K, V> Drop for GiveBack<'_, K, V> {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        let me = thread::current().id();
        let slots: Vec<_> = lock(&self.cache.slots).values().cloned().collect();
        for slot in slots {
            let mut state = lock(&slot.state);
            if matches!(*state, State::Running(owner) if owner == me) {
                *state = State::Empty;
                slot.changed.notify_one();
            }
        }
    }
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

    /// The value of `key`, computed by `compute` if it is not there yet.
    pub fn get_or_compute(&self, key: K, compute: impl FnOnce() -> V) -> Arc<V> {
        let slot = Arc::clone(lock(&self.slots).entry(key).or_insert_with(|| {
            Arc::new(Slot { state: Mutex::new(State::Empty), changed: Condvar::new() })
        }));
        let mut state = lock(&slot.state);
        loop {
            match &*state {
                State::Done(value) => return Arc::clone(value),
                State::Running(_) => {
                    state = slot.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                State::Empty => break,
            }
        }
        *state = State::Running(thread::current().id());
        drop(state);
        let mut give_back = GiveBack { cache: self, armed: true };
        let value = Arc::new(compute());
        give_back.armed = false;
        *lock(&slot.state) = State::Done(Arc::clone(&value));
        slot.changed.notify_all();
        value
    }

    /// The value of `key`, if it has been computed. Never waits for a computation that is running.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        let slot = Arc::clone(lock(&self.slots).get(key)?);
        match &*lock(&slot.state) {
            State::Done(value) => Some(Arc::clone(value)),
            _ => None,
        }
    }
}
impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

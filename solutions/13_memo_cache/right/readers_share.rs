//! Make: a read-write lock is shared by callers that find their key; each key has a slot with a condition variable.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};

#[derive(Debug)]
pub struct MemoCache<K, V> {
    slots: RwLock<HashMap<K, Arc<Slot<V>>>>,
}

impl<K: Eq + Hash + Clone, V> MemoCache<K, V> {
    pub fn new() -> MemoCache<K, V> {
        MemoCache { slots: RwLock::new(HashMap::new()) }
    }

    pub fn get_or_compute(&self, key: K, compute: impl FnOnce() -> V) -> Arc<V> {
        let slot = self.slot(key);
        let mut state = slot.state();
        loop {
            match &*state {
                State::Full(value) => return Arc::clone(value),
                State::Empty => break,
                State::BeingFilled => {
                    state = slot.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
        *state = State::BeingFilled;
        drop(state);

        let mut filling = Filling { slot: &slot, then: State::Empty };
        let value = Arc::new(compute());
        filling.then = State::Full(Arc::clone(&value));
        value
    }

    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        match &*slots.get(key)?.state() {
            State::Full(value) => Some(Arc::clone(value)),
            State::Empty | State::BeingFilled => None,
        }
    }

    fn slot(&self, key: K) -> Arc<Slot<V>> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(&key) {
            return Arc::clone(slot);
        }
        drop(slots);
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have inserted it in the meantime, so this must not replace it.
        Arc::clone(slots.entry(key).or_insert_with(Slot::new))
    }
}

#[derive(Debug)]
struct Slot<V> {
    state: Mutex<State<V>>,
    changed: Condvar,
}

#[derive(Debug)]
enum State<V> {
    Empty,
    BeingFilled,
    Full(Arc<V>),
}

impl<V> Slot<V> {
    fn new() -> Arc<Slot<V>> {
        Arc::new(Slot { state: Mutex::new(State::Empty), changed: Condvar::new() })
    }

    fn state(&self) -> MutexGuard<'_, State<V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When dropped, records what has become of the slot.
struct Filling<'a, V> {
    slot: &'a Slot<V>,
    then: State<V>,
}

impl<V> Drop for Filling<'_, V> {
    fn drop(&mut self) {
        *self.slot.state() = std::mem::replace(&mut self.then, State::Empty);
        self.slot.changed.notify_all();
    }
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

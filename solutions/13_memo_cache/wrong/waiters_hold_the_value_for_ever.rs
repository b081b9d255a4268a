//! Fault: A key keeps its queue of waiters when the value is there, and each waiter holds the key: a circle that outlives the cache.
//! Expect: everybody_gets_the_same_value = wrong
//! Expect: a_panic_while_others_wait = wrong

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
                    let waiter =
                        Arc::new(Waiter { slot: Arc::clone(&slot), called: Condvar::new() });
                    slot.queue().push(Arc::clone(&waiter));
                    state = waiter.wait(state);
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
    queue: Mutex<Vec<Arc<Waiter<V>>>>,
}

#[derive(Debug)]
enum State<V> {
    Empty,
    BeingFilled,
    Full(Arc<V>),
}

impl<V> Slot<V> {
    fn new() -> Arc<Slot<V>> {
        Arc::new(Slot { state: Mutex::new(State::Empty), queue: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State<V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, Vec<Arc<Waiter<V>>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread in the queue for a slot, asleep until it is called.
#[derive(Debug)]
struct Waiter<V> {
    slot: Arc<Slot<V>>,
    called: Condvar,
}

impl<V> Waiter<V> {
    /// Waits until nobody is filling the slot. If it is empty then, it is this thread's turn.
    fn wait<'a>(&self, state: MutexGuard<'a, State<V>>) -> MutexGuard<'a, State<V>> {
        let being_filled = |state: &mut State<V>| matches!(state, State::BeingFilled);
        let waited = self.called.wait_while(state, being_filled);
        let state = waited.unwrap_or_else(PoisonError::into_inner);
        if let State::Empty = *state {
            self.slot.queue().retain(|waiter| !std::ptr::eq(&**waiter, self));
        }
        state
    }
}

/// When dropped, records what has become of the slot.
struct Filling<'a, V> {
    slot: &'a Slot<V>,
    then: State<V>,
}

impl<V> Drop for Filling<'_, V> {
    fn drop(&mut self) {
        let calls = if let State::Empty = self.then { 1 } else { usize::MAX };
        *self.slot.state() = std::mem::replace(&mut self.then, State::Empty);
        for waiter in self.slot.queue().iter().take(calls) {
            waiter.called.notify_one();
        }
    }
}

impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

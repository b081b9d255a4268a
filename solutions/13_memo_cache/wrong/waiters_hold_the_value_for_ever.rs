//! Fault: A key keeps its queue of waiters when the value is there, and each waiter holds the key: a circle that outlives the cache.
//! Expect: everybody_gets_the_same_value = wrong
//! Expect: a_panic_while_others_wait = wrong

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

#[derive(Debug)]
struct State<V> {
    running: bool,
    value: Option<Arc<V>>,
    queue: VecDeque<Arc<Waiter<V>>>,
}

#[derive(Debug)]
struct Slot<V> {
    state: Mutex<State<V>>,
}

/// A thread that waits for a slot: for its value, or for its own turn to compute it.
#[derive(Debug)]
struct Waiter<V> {
    slot: Arc<Slot<V>>,
    thread: Thread,
    called: AtomicBool,
}

impl<V> Waiter<V> {
    fn call(&self) {
        self.called.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }

    /// The value, or `None`: then it is this thread's turn.
    fn wait(&self) -> Option<Arc<V>> {
        while !self.called.load(Ordering::SeqCst) {
            thread::park();
        }
        lock(&self.slot.state).value.clone()
    }
}

/// The right to compute. If it is dropped without a value, it goes to the next in the queue.
struct Turn<'a, V> {
    slot: &'a Slot<V>,
}

impl<V> Turn<'_, V> {
    fn finish(self, value: &Arc<V>) {
        lock(&self.slot.state).value = Some(Arc::clone(value));
    }
}

impl<V> Drop for Turn<'_, V> {
    fn drop(&mut self) {
        let mut state = lock(&self.slot.state);
        if state.value.is_some() {
            state.running = false;
            for waiter in &state.queue {
                waiter.call();
            }
        } else if let Some(waiter) = state.queue.pop_front() {
            waiter.call();
        } else {
            state.running = false;
        }
    }
}

/// A value for each key, computed when it is asked for the first time, and kept from then on.
#[derive(Debug)]
pub struct MemoCache<K, V> {
    slots: Mutex<HashMap<K, Arc<Slot<V>>>>,
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
            let state = State { running: false, value: None, queue: VecDeque::new() };
            Arc::new(Slot { state: Mutex::new(state) })
        }));
        let mut state = lock(&slot.state);
        if let Some(value) = &state.value {
            return Arc::clone(value);
        }
        if state.running {
            let waiter = Arc::new(Waiter {
                slot: Arc::clone(&slot),
                thread: thread::current(),
                called: AtomicBool::new(false),
            });
            state.queue.push_back(Arc::clone(&waiter));
            drop(state);
            if let Some(value) = waiter.wait() {
                return value;
            }
        } else {
            state.running = true;
            drop(state);
        }
        let turn = Turn { slot: &slot };
        let value = Arc::new(compute());
        turn.finish(&value);
        value
    }

    /// The value of `key`, if it has been computed. Never waits for a computation that is running.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        let slot = Arc::clone(lock(&self.slots).get(key)?);
        lock(&slot.state).value.clone()
    }
}
impl<K: Eq + Hash + Clone, V> Default for MemoCache<K, V> {
    fn default() -> MemoCache<K, V> {
        MemoCache::new()
    }
}

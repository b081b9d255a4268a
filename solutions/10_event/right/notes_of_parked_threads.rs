//! Make: no condition variable. Each waiter leaves a note that names its thread; `set()` ticks off every note.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// A signal that is either set or not, and that any number of threads may wait for.
#[derive(Debug, Default)]
pub struct Event {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_set: bool,
    waiting: Vec<Arc<Note>>,
}

/// One call to `wait`.
#[derive(Debug)]
struct Note {
    thread: Thread,
    freed: AtomicBool,
}

impl Event {
    pub fn new() -> Self {
        Event::default()
    }

    /// Sets the event, and frees every thread that is waiting for it.
    pub fn set(&self) {
        let mut state = self.state();
        state.is_set = true;
        for note in state.waiting.drain(..) {
            note.freed.store(true, SeqCst);
            note.thread.unpark();
        }
    }

    /// Clears the event.
    pub fn clear(&self) {
        self.state().is_set = false;
    }

    /// Whether the event was set a moment ago.
    pub fn is_set(&self) -> bool {
        self.state().is_set
    }

    /// Waits until the event is set.
    pub fn wait(&self) {
        if let Some(note) = self.leave_a_note() {
            while !note.freed.load(SeqCst) {
                thread::park();
            }
        }
    }

    /// Waits until the event is set, but for at most `timeout`, and says whether it was.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let start = Instant::now();
        let Some(note) = self.leave_a_note() else {
            return true;
        };
        while !note.freed.load(SeqCst) {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                let mut state = self.state();
                state.waiting.retain(|other| !Arc::ptr_eq(other, &note));
                // The note may have been ticked off at the last moment; from now on it cannot be.
                return note.freed.load(SeqCst);
            }
            thread::park_timeout(left);
        }
        true
    }

    /// `None` if the event is set.
    fn leave_a_note(&self) -> Option<Arc<Note>> {
        let mut state = self.state();
        if state.is_set {
            return None;
        }
        let note = Arc::new(Note { thread: thread::current(), freed: AtomicBool::new(false) });
        state.waiting.push(Arc::clone(&note));
        Some(note)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

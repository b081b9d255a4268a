//! Fault: `set` notes the time instead of a number, and a waiter is not freed if it began to wait at that same time.
//! Expect: a_signal_right_after = wrong

//! A signal that threads can wait for, like Python's `threading.Event`.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A signal that is either set or not, and that any number of threads may wait for.
///
/// As long as it is set, no thread waits. At the moment it is set, every thread that is waiting for
/// it is freed, even if it is cleared again at once, before any of them has had time to look.
///
/// Any thread may call any method, at any time, as often as it likes.
#[derive(Debug, Default)]
pub struct Event {
    state: Mutex<State>,
    /// Notified whenever the event is set.
    set: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_set: bool,
    /// When the event was last set, so a thread that slept can tell whether that was in the
    /// meantime, even if it has been cleared since.
    last_set: Option<Instant>,
}

impl Event {
    /// An event that is not set.
    pub fn new() -> Self {
        Event::default()
    }

    /// Sets the event, and frees every thread that is waiting for it. Never waits. Setting it again
    /// changes nothing, not even for a moment.
    pub fn set(&self) {
        let mut state = self.state();
        state.is_set = true;
        state.last_set = Some(Instant::now());
        self.set.notify_all();
    }

    /// Clears the event: a thread that comes from now on must wait until it is set again. Never
    /// waits, and frees nobody. A thread that was waiting when the event was set stays free to go.
    /// Clearing it again changes nothing, not even for a moment.
    pub fn clear(&self) {
        self.state().is_set = false;
    }

    /// Whether the event was set a moment ago. Never waits. All methods agree on the moment at which
    /// the event is set or cleared: a thread that is freed finds it set, unless it has been cleared
    /// since.
    pub fn is_set(&self) -> bool {
        self.state().is_set
    }

    /// Returns at once if the event is set. Otherwise sleeps until it is.
    pub fn wait(&self) {
        self.wait_within(None);
    }

    /// Waits until the event is set, but for at most `timeout`. Returns true if it is set, or was
    /// set while this thread waited, and false if the time ran out.
    ///
    /// `timeout` is a total: however often the thread is woken in between, it does not wait longer.
    /// If the event is set, the answer is true even if no time is left. If it was set in time, the
    /// answer is true even if the thread looks only later, when the event has been cleared and no
    /// time is left. A timeout that is too long for the clock does not run out.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.wait_within(Some(timeout))
    }

    /// Waits for at most `limit`, or indefinitely if there is no limit.
    fn wait_within(&self, limit: Option<Duration>) -> bool {
        let start = Instant::now();
        let mut state = self.state();
        // From here on this thread counts as waiting: it holds the mutex until it sleeps, so no
        // set() can come between this check and the sleep.
        let began = Instant::now();
        while !state.is_set && state.last_set.is_none_or(|last| last <= began) {
            state = match limit.map(|limit| limit.saturating_sub(start.elapsed())) {
                None => self.set.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return false,
                Some(left) => {
                    self.set.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

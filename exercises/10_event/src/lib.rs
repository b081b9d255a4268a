//! A signal that threads can wait for, like Python's `threading.Event`.

use std::time::Duration;

/// A signal that is either set or not, and that any number of threads may wait for.
///
/// As long as it is set, no thread waits. At the moment it is set, every thread that is waiting for
/// it is freed, even if it is cleared again at once, before any of them has had time to look.
///
/// Any thread may call any method, at any time, as often as it likes.
#[derive(Debug, Default)]
pub struct Event {
    // Set or not? And how can a thread that slept tell whether it was set in the meantime?
}

impl Event {
    /// An event that is not set.
    pub fn new() -> Self {
        Event {}
    }

    /// Sets the event, and frees every thread that is waiting for it. Never waits. Setting it again
    /// changes nothing, not even for a moment.
    pub fn set(&self) {
        todo!("set the event and wake all waiters")
    }

    /// Clears the event: a thread that comes from now on must wait until it is set again. Never
    /// waits, and frees nobody. A thread that was waiting when the event was set stays free to go.
    /// Clearing it again changes nothing, not even for a moment.
    pub fn clear(&self) {
        todo!("clear the event")
    }

    /// Whether the event was set a moment ago. Never waits. All methods agree on the moment at which
    /// the event is set or cleared: a thread that is freed finds it set, unless it has been cleared
    /// since.
    pub fn is_set(&self) -> bool {
        todo!("is it set?")
    }

    /// Returns at once if the event is set. Otherwise sleeps until it is.
    pub fn wait(&self) {
        todo!("wait until the event is set, if only for an instant")
    }

    /// Waits until the event is set, but for at most `timeout`. Returns true if it is set, or was
    /// set while this thread waited, and false if the time ran out.
    ///
    /// `timeout` is a total: however often the thread is woken in between, it does not wait longer.
    /// If the event is set, the answer is true even if no time is left. If it was set in time, the
    /// answer is true even if the thread looks only later, when the event has been cleared and no
    /// time is left. A timeout that is too long for the clock does not run out.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let _ = timeout;
        todo!("like wait, but give up when the time is up")
    }
}

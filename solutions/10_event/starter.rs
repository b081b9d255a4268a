//! A signal that threads can wait for, as Python's `threading.Event`.

use std::time::Duration;

/// A signal that is set or not, and that any number of threads may wait for.
///
/// While it is set, nobody waits. When it is set, everybody goes on who was waiting at that moment,
/// even if it is cleared again at once, before any of them has had time to look.
///
/// All methods may be called by any thread, at any time, as often as one likes.
#[derive(Debug, Default)]
pub struct Event {
    // Set or not? And how can a thread that slept tell whether it was set in the meantime?
}

impl Event {
    /// An event that is not set.
    pub fn new() -> Self {
        Event {}
    }

    /// Sets the event, and frees all who are waiting for it. Never waits. Setting it again changes
    /// nothing.
    pub fn set(&self) {
        todo!("set the event and wake those who wait")
    }

    /// Clears the event: who comes from now on must wait until it is set again. Never waits, and
    /// frees nobody. Who was waiting when the event was set stays free to go. Clearing it again
    /// changes nothing.
    pub fn clear(&self) {
        todo!("clear the event")
    }

    /// Whether the event was set a moment ago. Never waits.
    pub fn is_set(&self) -> bool {
        todo!("is it set?")
    }

    /// Waits, asleep, until the event is set. Returns at once if it is.
    pub fn wait(&self) {
        todo!("wait until the event is set, if only for an instant")
    }

    /// Waits until the event is set, but for at most `timeout`. Returns true if it is set, or was set
    /// while this thread waited, and false if the time is over.
    ///
    /// `timeout` is a total: however often the thread is woken in between, it is not asked to wait
    /// longer. If the event is set, the answer is true even if no time is left.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let _ = timeout;
        todo!("as wait, but give up when the time is over")
    }
}

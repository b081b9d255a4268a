//! Make: each waiting thread holds one end of a channel, and `set()` drops all the other ends.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A signal that is either set or not, and that any number of threads may wait for.
#[derive(Debug, Default)]
pub struct Event {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_set: bool,
    /// Nothing is ever sent. The closing of the channel is the message.
    waiting: HashMap<u64, Sender<Infallible>>,
    next: u64,
}

impl Event {
    pub fn new() -> Self {
        Event::default()
    }

    /// Sets the event, and frees every thread that is waiting for it.
    pub fn set(&self) {
        let mut state = self.state();
        state.is_set = true;
        state.waiting.clear();
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
        if let Some((_, end)) = self.line_up() {
            let _ = end.recv();
        }
    }

    /// Waits until the event is set, but for at most `timeout`, and says whether it was.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let Some((number, end)) = self.line_up() else {
            return true;
        };
        match end.recv_timeout(timeout) {
            Err(RecvTimeoutError::Disconnected) => true,
            // If our entry is gone, the event was set at the last moment.
            _ => self.state().waiting.remove(&number).is_none(),
        }
    }

    /// `None` if the event is set.
    fn line_up(&self) -> Option<(u64, Receiver<Infallible>)> {
        let mut state = self.state();
        if state.is_set {
            return None;
        }
        let (one_end, other_end) = mpsc::channel();
        let number = state.next;
        state.next += 1;
        state.waiting.insert(number, one_end);
        Some((number, other_end))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

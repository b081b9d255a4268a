//! A queue without bounds.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;

/// A queue that many threads share.
#[derive(Debug, Default)]
pub struct Queue<T> {
    items: Mutex<VecDeque<T>>,
}

impl<T> Queue<T> {
    /// Adds an item at the back.
    pub fn put(&self, item: T) {
        self.items.lock().unwrap().push_back(item);
    }

    /// Takes the item at the front, and waits for one if there is none.
    pub fn get(&self) -> T {
        loop {
            if let Some(item) = self.items.lock().unwrap().pop_front() {
                return item;
            }
            thread::yield_now();
        }
    }
}

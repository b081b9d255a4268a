//! Contract: threads may share a queue of anything that may be sent to another thread.
//! About: Bounded
//! Broken: a program in which threads share a queue of jobs or receivers is rejected by rustc. Such items may
//! be sent, but not shared, and a queue only hands them on: nobody looks at an item that another
//! thread has, so the queue need not ask for `Sync`.

use queue::{LifoQueue, PriorityQueue, Queue};
use std::cell::Cell;
use std::sync::mpsc::Receiver;

fn may_cross_threads<T: Send + Sync>() {}

fn main() {
    may_cross_threads::<Queue<Box<dyn FnOnce() + Send>>>();
    may_cross_threads::<LifoQueue<Receiver<u32>>>();
    may_cross_threads::<PriorityQueue<Cell<u32>>>();
}

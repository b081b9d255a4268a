//! Fault: the bytecode runs with a `Mutex` locked, so nobody knows who is waiting or for how long, and a panic poisons the `Mutex`.
//! Whole: there is nothing here but a `Mutex`.
//! Expect: computing_takes_turns = wrong
//! Expect: a_panic_in_the_bytecode = wrong

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

#[derive(Debug)]
pub struct Gil {
    lock: Mutex<()>,
}

#[derive(Debug)]
pub struct Python<'gil> {
    gil: &'gil Gil,
    // A MutexGuard is not Send, so this is not either.
    held: Option<MutexGuard<'gil, ()>>,
}

impl Gil {
    pub fn new(switch_interval: Duration) -> Self {
        assert!(!switch_interval.is_zero(), "the switch interval must not be zero");
        Gil { lock: Mutex::new(()) }
    }

    pub fn run<R>(&self, bytecode: impl FnOnce(&mut Python<'_>) -> R) -> R {
        let held = Some(self.lock.lock().unwrap());
        bytecode(&mut Python { gil: self, held })
    }
}

impl Python<'_> {
    pub fn checkpoint(&mut self) {
        self.allow_threads(|| ());
    }

    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.held = None;
        let result = f();
        self.held = Some(self.gil.lock.lock().unwrap());
        result
    }
}

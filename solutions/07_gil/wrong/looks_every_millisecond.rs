//! Fault: who waits sleeps for a millisecond, looks again, and so on.
//! Expect: a_waiter_sleeps = busy-wait

use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub struct Gil {
    line: Mutex<Line>,
    switch_interval: Duration,
}

#[derive(Debug, Default)]
struct Line {
    next: u64,
    now: u64,
    asked: bool,
}

impl Line {
    fn call_next(&mut self) {
        self.now += 1;
        self.asked = false;
    }
}

#[derive(Debug)]
pub struct Python<'gil> {
    gil: &'gil Gil,
    stays_on_its_thread: PhantomData<*const ()>,
}

impl Gil {
    pub fn new(switch_interval: Duration) -> Self {
        assert!(!switch_interval.is_zero(), "the switch interval must not be zero");
        Gil { line: Mutex::default(), switch_interval }
    }

    pub fn run<R>(&self, bytecode: impl FnOnce(&mut Python<'_>) -> R) -> R {
        let mut python = Python { gil: self, stays_on_its_thread: PhantomData };
        self.take(self.line());
        // Whatever becomes of the bytecode, the Gil is given up, and then that is passed on.
        let result = panic::catch_unwind(AssertUnwindSafe(|| bytecode(&mut python)));
        self.give_up();
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }

    fn take<'a>(&'a self, mut line: MutexGuard<'a, Line>) {
        let ticket = line.next;
        line.next += 1;
        while line.now != ticket {
            let holder = line.now;
            let since = Instant::now();
            while line.now == holder {
                line.asked |= since.elapsed() >= self.switch_interval;
                drop(line);
                thread::sleep(Duration::from_millis(1));
                line = self.line();
            }
        }
    }

    fn give_up(&self) {
        self.line().call_next();
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Python<'_> {
    pub fn checkpoint(&mut self) {
        let mut line = self.gil.line();
        if line.asked {
            // Whoever asked has a ticket, so the one that we are about to draw comes after it. That
            // is all that CPython's "forced switching" has to see to.
            line.call_next();
            self.gil.take(line);
        }
    }

    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.gil.give_up();
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        self.gil.take(self.gil.line());
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }
}

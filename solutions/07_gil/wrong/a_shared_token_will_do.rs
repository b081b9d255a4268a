//! Fault: the methods borrow the token only to look at it, so it can be used by what runs without the Gil.
//! Expect: no_bytecode_without_the_gil = contract

use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Debug)]
pub struct Gil {
    line: Mutex<Line>,
    called: Condvar,
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
        Gil { line: Mutex::default(), called: Condvar::new(), switch_interval }
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
            let still_holds = |line: &mut Line| line.now == holder;
            let (guard, waited) = self
                .called
                .wait_timeout_while(line, self.switch_interval, still_holds)
                .unwrap_or_else(PoisonError::into_inner);
            line = guard;
            if waited.timed_out() {
                line.asked = true;
                // There is nothing more to be done about this holder.
                line = self
                    .called
                    .wait_while(line, still_holds)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn give_up(&self) {
        self.line().call_next();
        // All must look: only one of them has the ticket, and a Condvar does not know which.
        self.called.notify_all();
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Python<'_> {
    pub fn checkpoint(&self) {
        let mut line = self.gil.line();
        if line.asked {
            // Whoever asked has a ticket, so the one that we are about to draw comes after it. That
            // is all that CPython's "forced switching" has to see to.
            line.call_next();
            self.gil.called.notify_all();
            self.gil.take(line);
        }
    }

    pub fn allow_threads<R>(&self, f: impl FnOnce() -> R) -> R {
        self.gil.give_up();
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        self.gil.take(self.gil.line());
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }
}

//! Fault: the next number is called while somebody who has just looked lies down to sleep.
//! Expect: one_at_a_time = lost-wakeup

use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug)]
pub struct Gil {
    line: Line,
    asleep: Mutex<()>,
    called: Condvar,
    switch_interval: Duration,
}

#[derive(Debug, Default)]
struct Line {
    next: AtomicU64,
    now: AtomicU64,
    asked: AtomicBool,
}

impl Line {
    fn call_next(&self) {
        self.asked.store(false, SeqCst);
        self.now.fetch_add(1, SeqCst);
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
        Gil {
            line: Line::default(),
            asleep: Mutex::new(()),
            called: Condvar::new(),
            switch_interval,
        }
    }

    pub fn run<R>(&self, bytecode: impl FnOnce(&mut Python<'_>) -> R) -> R {
        let mut python = Python { gil: self, stays_on_its_thread: PhantomData };
        self.take();
        // Whatever becomes of the bytecode, the Gil is given up, and then that is passed on.
        let result = panic::catch_unwind(AssertUnwindSafe(|| bytecode(&mut python)));
        self.give_up();
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }

    fn take(&self) {
        let ticket = self.line.next.fetch_add(1, SeqCst);
        loop {
            let holder = self.line.now.load(SeqCst);
            if holder == ticket {
                return;
            }
            let asleep = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
            let still_holds = |_: &mut ()| self.line.now.load(SeqCst) == holder;
            let (asleep, waited) = self
                .called
                .wait_timeout_while(asleep, self.switch_interval, still_holds)
                .unwrap_or_else(PoisonError::into_inner);
            if waited.timed_out() {
                self.line.asked.store(true, SeqCst);
                drop(self.called.wait_while(asleep, still_holds));
            }
        }
    }

    fn give_up(&self) {
        self.line.call_next();
        // All must look: only one of them has the ticket, and a Condvar does not know which.
        self.called.notify_all();
    }
}

impl Python<'_> {
    pub fn checkpoint(&mut self) {
        if self.gil.line.asked.load(SeqCst) {
            self.gil.give_up();
            self.gil.take();
        }
    }

    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.gil.give_up();
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        self.gil.take();
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }
}

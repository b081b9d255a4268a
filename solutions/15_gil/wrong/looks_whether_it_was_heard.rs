//! Fault: a thread that has asked the holder to yield wakes up every second to see whether it was heard.
//! Expect: nobody_hears = livelock

use std::marker::PhantomData;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A global interpreter lock.
///
/// Threads run their bytecode in [`run`](Gil::run), one at a time. A thread that has to wait
/// sleeps, and waits in line: the Gil goes to the thread that began to wait first, whether it waits
/// in `run`, at the end of [`allow_threads`](Python::allow_threads) or in
/// [`checkpoint`](Python::checkpoint). A thread that comes later never overtakes, not even the one
/// that has just had the Gil.
///
/// As soon as a thread has waited for a whole *switch interval*, during which the Gil has not changed
/// hands, it asks the holder to yield. The request is for that holder only: it lapses when the Gil
/// changes hands, for whatever reason.
///
/// The interval, the request and the check at bytecode boundaries are those of CPython; see
/// `take_gil` and `drop_gil` in its `Python/ceval_gil.c`. The tickets are not. CPython makes sure
/// that *some* other thread gets the Gil from a thread that yields, and leaves it to the operating
/// system which one.
#[derive(Debug)]
pub struct Gil {
    /// Held for a few instructions at a time, never while bytecode runs.
    line: Mutex<Line>,
    /// Notified when the next ticket is called.
    called: Condvar,
    switch_interval: Duration,
}

/// Who holds the Gil and who waits for it, as in a shop with numbered tickets.
#[derive(Debug, Default)]
struct Line {
    /// The next ticket to be drawn.
    next: u64,
    /// The ticket that has been called. Its owner holds the Gil; if it has not been drawn yet,
    /// nobody does.
    now: u64,
    /// Whether a thread has asked the holder to yield.
    asked: bool,
}

impl Line {
    /// Calls the next ticket.
    fn call_next(&mut self) {
        self.now += 1;
        self.asked = false;
    }
}

/// The right to run bytecode: the thread that has this token holds the Gil.
///
/// It belongs to the thread that runs the bytecode, so it must stay on that thread, and there must not
/// be a copy of it. (The name comes from PyO3, where a thread gets such a token when it attaches to the
/// interpreter.)
#[derive(Debug)]
pub struct Python<'gil> {
    gil: &'gil Gil,
    /// A raw pointer is not `Send`, so neither is the token. Nothing is stored.
    stays_on_its_thread: PhantomData<*const ()>,
}

impl Gil {
    /// A Gil that nobody holds.
    ///
    /// # Panics
    ///
    /// If `switch_interval` is zero: nobody would ever get anything done. Any other will do, up to
    /// [`Duration::MAX`], with which no holder is ever asked.
    pub fn new(switch_interval: Duration) -> Self {
        assert!(!switch_interval.is_zero(), "the switch interval must not be zero");
        Gil { line: Mutex::default(), called: Condvar::new(), switch_interval }
    }

    /// Acquires the Gil, calls `bytecode`, releases the Gil, and returns what `bytecode` returned.
    ///
    /// The Gil is released even if `bytecode` panics, and the panic goes on to the caller. A thread
    /// must not call this within `run`, except within `allow_threads`. A destructor may call it while
    /// its thread is panicking.
    pub fn run<R>(&self, bytecode: impl FnOnce(&mut Python<'_>) -> R) -> R {
        let mut python = Python { gil: self, stays_on_its_thread: PhantomData };
        self.take(self.line());
        // However the bytecode ends, the Gil is released first; then the outcome is passed on.
        let result = panic::catch_unwind(AssertUnwindSafe(|| bytecode(&mut python)));
        self.give_up();
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }

    /// Draws a ticket and waits until it is called.
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
                // The holder need not be asked again, so wait without a timeout.
                while line.now == holder {
                    let second = Duration::from_secs(1);
                    let woken = self.called.wait_timeout(line, second);
                    line = woken.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    fn give_up(&self) {
        self.line().call_next();
        // All of them must check: only one has the ticket, and a Condvar does not know which.
        self.called.notify_all();
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Python<'_> {
    /// Stands between two bytecode instructions, where the Gil may change hands.
    ///
    /// If the holder was asked to yield, it goes to the end of the line and gives the Gil to the first in
    /// line, both in one step, and returns when it holds the Gil again. Otherwise it returns at once, and
    /// nobody gets in.
    pub fn checkpoint(&mut self) {
        let mut line = self.gil.line();
        if line.asked {
            // The thread that asked already has a ticket, so the one that we are about to draw
            // comes after it. That is all that CPython's "forced switching" has to ensure.
            line.call_next();
            self.gil.called.notify_all();
            self.gil.take(line);
        }
    }

    /// Releases the Gil, calls `f`, acquires the Gil again, and returns what `f` returned.
    ///
    /// This is for work that may take a long time and runs no bytecode: reading a file, waiting for
    /// an answer, sleeping. If `f` panics, the Gil is acquired again before the panic goes on to the
    /// caller, because it is bytecode that will see the panic.
    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        self.gil.give_up();
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        self.gil.take(self.gil.line());
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }
}

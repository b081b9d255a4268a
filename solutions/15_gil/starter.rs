//! A lock that lets one thread at a time run bytecode, like CPython's interpreter lock.

use std::time::Duration;

/// A global interpreter lock.
///
/// Threads run their bytecode in [`run`](Gil::run), one at a time. A thread that has to wait sleeps,
/// and waits in line: the Gil goes to the thread that began to wait first, whether it waits in `run`,
/// at the end of [`allow_threads`](Python::allow_threads) or in [`checkpoint`](Python::checkpoint). A
/// thread that comes later never overtakes, not even the one that has just had the Gil.
///
/// As soon as a thread has waited for a whole *switch interval*, during which the Gil has not changed
/// hands, it asks the holder to yield. The request is for that holder only: it lapses when the Gil
/// changes hands, for whatever reason.
#[derive(Debug)]
pub struct Gil {
    // Who holds it? Who waits for it, and since when? And was the holder asked to yield?
}

/// The right to run bytecode: the thread that has this token holds the Gil.
///
/// It belongs to the thread that runs the bytecode, so it must stay on that thread, and there must not
/// be a copy of it. (The name comes from PyO3, where a thread gets such a token when it attaches to the
/// interpreter.)
#[derive(Debug)]
pub struct Python<'gil> {
    gil: &'gil Gil,
}

impl Gil {
    /// A Gil that nobody holds.
    ///
    /// # Panics
    ///
    /// If `switch_interval` is zero: nobody would ever get anything done. Any other will do, up to
    /// [`Duration::MAX`], with which no holder is ever asked.
    pub fn new(switch_interval: Duration) -> Self {
        let _ = switch_interval;
        todo!("refuse zero, and make a Gil that nobody holds")
    }

    /// Acquires the Gil, calls `bytecode`, releases the Gil, and returns what `bytecode` returned.
    ///
    /// The Gil is released even if `bytecode` panics, and the panic goes on to the caller. A thread
    /// must not call this within `run`, except within `allow_threads`. A destructor may call it while
    /// its thread is panicking.
    pub fn run<R>(&self, bytecode: impl FnOnce(&mut Python<'_>) -> R) -> R {
        let py = Python { gil: self };
        let _ = (py, bytecode);
        todo!("acquire the Gil, call `bytecode`, and release the Gil, whatever happens")
    }
}

impl Python<'_> {
    /// Stands between two bytecode instructions, where the Gil may change hands.
    ///
    /// If the holder was asked to yield, it goes to the end of the line and gives the Gil to the first in
    /// line, both in one step, and returns when it holds the Gil again. Otherwise it returns at once, and
    /// nobody gets in.
    pub fn checkpoint(&mut self) {
        let _ = self.gil;
        todo!("if the holder was asked to yield, let the next thread in, and wait for another turn")
    }

    /// Releases the Gil, calls `f`, acquires the Gil again, and returns what `f` returned.
    ///
    /// This is for work that may take a long time and runs no bytecode: reading a file, waiting for
    /// an answer, sleeping. If `f` panics, the Gil is acquired again before the panic goes on to the
    /// caller, because it is bytecode that will see the panic.
    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        let _ = f;
        todo!("release the Gil, call `f`, and acquire the Gil again, whatever happens")
    }
}

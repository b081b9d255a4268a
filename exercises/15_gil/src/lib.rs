//! A lock that lets one thread at a time run bytecode, as the interpreter lock of CPython.

use std::time::Duration;

/// A global interpreter lock.
///
/// Threads run their bytecode in [`run`](Gil::run), one at a time. Who has to wait does so asleep,
/// and in line: the Gil goes to the thread that began to wait first, whether it waits in `run`, at
/// the end of [`allow_threads`](Python::allow_threads) or in [`checkpoint`](Python::checkpoint). No
/// thread that comes later is ever quicker, not even the one that has just had the Gil.
///
/// A thread that has waited for a whole *switch interval*, in which the Gil has not changed hands,
/// asks the holder to yield. That request is for this holder. When the Gil changes hands it is done
/// with, whatever the reason.
#[derive(Debug)]
pub struct Gil {
    // Who has it, who waits for it, since when? And was the holder asked to yield?
}

/// The right to run bytecode: who has this has the Gil.
///
/// It belongs to the thread that runs the bytecode, so it must stay on that thread. (The name is
/// PyO3's, where such a token is handed to whoever attaches to the interpreter.)
#[derive(Debug)]
pub struct Python<'gil> {
    gil: &'gil Gil,
}

impl Gil {
    /// A Gil that nobody has.
    ///
    /// # Panics
    ///
    /// If `switch_interval` is zero: nobody would ever get anything done.
    pub fn new(switch_interval: Duration) -> Self {
        let _ = switch_interval;
        todo!("refuse zero, and make a Gil that nobody has")
    }

    /// Takes the Gil, calls `bytecode`, gives the Gil up again, and returns what `bytecode` returned.
    ///
    /// The Gil is given up also if `bytecode` panics; the panic goes on to the caller. A thread must
    /// not call this within `run`, but it may within `allow_threads`.
    pub fn run<R>(&self, bytecode: impl FnOnce(&mut Python<'_>) -> R) -> R {
        let py = Python { gil: self };
        let _ = (py, bytecode);
        todo!("take the Gil, call `bytecode`, and give the Gil up again, whatever happens")
    }
}

impl Python<'_> {
    /// Stands between two bytecode instructions, where the Gil may change hands.
    ///
    /// If the holder was asked to yield, it gives the Gil to the first in line, goes to the end of the
    /// line, and returns when it has the Gil again. Else this returns at once, and nobody gets in.
    pub fn checkpoint(&mut self) {
        let _ = self.gil;
        todo!("if the holder was asked to, let the next one in, and wait for the next turn")
    }

    /// Gives the Gil up, calls `f`, and takes the Gil again before it returns what `f` returned.
    ///
    /// This is for what may take long and needs no bytecode: reading a file, waiting for an answer,
    /// sleeping. If `f` panics, the panic goes on to the caller, and then, too, the Gil is taken
    /// before: it is bytecode that will see the panic.
    pub fn allow_threads<R>(&mut self, f: impl FnOnce() -> R) -> R {
        let _ = f;
        todo!("give the Gil up, call `f`, and take the Gil again, whatever happens")
    }
}

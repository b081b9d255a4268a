//! Panics of one run: kept as facts, never printed.

use crate::marks::{self, last_mark};
use crate::payload::text;
use record::{Failure, Location, Panic};
use std::any::Any;
use std::panic::PanicHookInfo;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// The panics of the current run, as the hook saw them.
pub(crate) struct Panics(Arc<Mutex<Round>>);

#[derive(Default)]
struct Round {
    /// The threads that have panicked, in the order of their first panic, after the check's own.
    threads: Vec<ThreadId>,
    panics: Vec<Panic>,
}

impl Panics {
    /// Takes over the panic hook: from here on panics are silent and remembered. The calling thread
    /// is the check's own.
    pub(crate) fn watch() -> Self {
        let round = Round { threads: vec![thread::current().id()], panics: Vec::new() };
        let panics = Self(Arc::new(Mutex::new(round)));
        let hook = Self(Arc::clone(&panics.0));
        marks::leave_panics();
        std::panic::set_hook(Box::new(move |info| hook.remember(info)));
        panics
    }

    /// Starts another run.
    pub(crate) fn forget(&self) {
        let mut round = self.round();
        round.threads.truncate(1);
        round.panics.clear();
    }

    /// The failure for a check whose own thread panicked with `payload`.
    pub(crate) fn failure(&self, payload: &(dyn Any + Send)) -> Failure {
        let message = text(payload);
        let mut earlier = std::mem::take(&mut self.round().panics);
        // `resume_unwind` calls no hook, so its payload may come from another thread. Panics that
        // the check's own thread has caught are not the one that ended it.
        let same = |panic: &Panic| panic.message == message;
        let own = earlier.iter().rposition(|panic| panic.thread == 0 && same(panic));
        let panic = match own.or_else(|| earlier.iter().rposition(same)) {
            Some(index) => earlier.remove(index),
            None => Panic { thread: 0, message, at: nowhere(), below: None },
        };
        earlier.retain(|panic| panic.thread != 0);
        Failure::Panicked { panic, earlier }
    }

    fn remember(&self, info: &PanicHookInfo) {
        let message = text(info.payload());
        let at = info.location().map_or_else(nowhere, Location::from);
        let mut round = self.round();
        let me = thread::current().id();
        let known = round.threads.iter().position(|&thread| thread == me);
        let thread = known.unwrap_or_else(|| {
            round.threads.push(me);
            round.threads.len() - 1
        });
        round.panics.push(Panic { thread, message, at, below: last_mark() });
    }

    fn round(&self) -> MutexGuard<'_, Round> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nowhere() -> Location {
    Location { file: String::new(), line: 0, column: 0 }
}

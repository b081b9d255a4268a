//! The channel on which the outcome goes to the grader, once.

use record::channel::Writer;
use record::{Coverage, Failure, Location, Outcome};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// The grader's record channel, until the outcome is written.
static CHANNEL: OnceLock<Mutex<Option<Writer>>> = OnceLock::new();

/// Have the outcome written to `writer`.
pub(super) fn open(writer: Writer) {
    let _ = CHANNEL.set(Mutex::new(Some(writer)));
}

/// Where the outcome goes, if it has not gone there yet.
pub(super) fn of_the_grader() -> MutexGuard<'static, Option<Writer>> {
    let channel = CHANNEL.get_or_init(|| Mutex::new(None));
    channel.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Write the outcome and end the process; only the first outcome counts.
pub(super) fn end(outcome: Outcome) {
    // Held until the process is gone, so that nobody else writes another one.
    let mut channel = of_the_grader();
    if let Some(channel) = channel.take() {
        channel.end(outcome);
    }
}

/// The program is in a loop without end, which goes round at `at`.
pub(super) fn end_endless(at: Vec<Location>) {
    let failure = Some(Failure::EndlessLoop { at });
    end(Outcome { failure, coverage: Coverage::default(), ..Outcome::default() });
}

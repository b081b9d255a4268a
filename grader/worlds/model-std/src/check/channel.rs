//! The channel over which the outcome is sent to the grader, exactly once.

use record::channel::Writer;
use record::{Coverage, Failure, Location, Outcome};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// The grader's record channel, until the outcome is written.
static CHANNEL: OnceLock<Mutex<Option<Writer>>> = OnceLock::new();

/// Sends the outcome to `writer`.
pub(super) fn open(writer: Writer) {
    let _ = CHANNEL.set(Mutex::new(Some(writer)));
}

/// The channel to the grader, unless the outcome has already been sent.
pub(super) fn of_the_grader() -> MutexGuard<'static, Option<Writer>> {
    let channel = CHANNEL.get_or_init(|| Mutex::new(None));
    channel.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes the outcome and ends the process; only the first outcome counts.
pub(super) fn end(outcome: Outcome) {
    // Held until the process is gone, so that no other thread writes another outcome.
    let mut channel = of_the_grader();
    if let Some(channel) = channel.take() {
        channel.end(outcome);
    }
}

/// Reports that the program is in an endless loop at `at`.
pub(super) fn end_endless(at: Vec<Location>) {
    let failure = Some(Failure::EndlessLoop { at });
    end(Outcome { failure, coverage: Coverage::default(), ..Outcome::default() });
}

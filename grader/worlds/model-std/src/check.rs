//! What the world's `#[test]` calls.

mod marks;
mod watchdog;

pub use marks::mark;

use explorer::{door, explore};
use record::channel::{Entry, Writer};
use record::{Coverage, Failure, Location, Order, Outcome};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Whether this process, which the grader started for one check, has begun it.
static BEGUN: AtomicBool = AtomicBool::new(false);

/// The grader's record channel, until the outcome is written.
static CHANNEL: OnceLock<Mutex<Option<Writer>>> = OnceLock::new();

/// Explore the check `body`: report to the grader if it asked, else panic if a schedule fails.
///
/// # Panics
/// If a schedule fails, or if it is called from within a check.
pub fn run(name: &str, body: fn()) {
    assert!(!door::is_open(), "a check cannot start a check");
    let channel = Writer::from_env().expect("the grader's record channel can be opened");
    let Some((mut channel, order)) = channel else {
        let outcome = explore(&Order::default(), body, &mut || ());
        if let Some(failure) = outcome.failure {
            panic!("{name}: {failure:#?}");
        }
        return;
    };
    // A submission that could start a check of its own could report that it passes.
    assert!(!BEGUN.swap(true, Relaxed), "a check cannot start a check");
    channel.write(Entry::Started).expect("the record channel takes the start");
    let _ = CHANNEL.set(Mutex::new(Some(channel)));
    watchdog::start(order.patience);
    let outcome = explore(&order, body, &mut || {
        if let Some(channel) = &mut *channel_of_the_grader() {
            channel.begin_replay().expect("the record channel takes the replay");
        }
    });
    end(outcome);
}

fn channel_of_the_grader() -> MutexGuard<'static, Option<Writer>> {
    let channel = CHANNEL.get_or_init(|| Mutex::new(None));
    channel.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Write the outcome and end the process; only the first outcome counts.
fn end(outcome: Outcome) {
    // Held until the process is gone, so that nobody else writes another one.
    let mut channel = channel_of_the_grader();
    if let Some(channel) = channel.take() {
        channel.end(outcome);
    }
}

/// The program is in a loop without end, which goes round at `at`.
fn end_endless(at: Vec<Location>) {
    let failure = Some(Failure::EndlessLoop { at });
    end(Outcome { failure, coverage: Coverage::default(), ..Outcome::default() });
}

//! The functions that this world's `#[test]` calls.

use record::channel::{Entry, Writer};
use record::{Coverage, Failure, Location, Outcome, Panic};
use std::panic::{self, AssertUnwindSafe};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// The number of executions so far.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// The channel for the outcome, until the outcome is written.
static CHANNEL: Mutex<Option<Writer>> = Mutex::new(None);

/// Runs `body` until a schedule fails or the budget is spent, and reports the number of executions.
pub fn run(_name: &str, body: fn()) {
    let (mut channel, order) =
        Writer::from_env().expect("the channel opens").expect("started by the benchmark");
    channel.write(Entry::Started).expect("the channel takes the start");
    *CHANNEL.lock().unwrap_or_else(PoisonError::into_inner) = Some(channel);
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(order.budget.preemptions as usize);
    model.max_permutations = Some(order.budget.systematic as usize);
    // Loom looks at that limit only once in every such interval.
    model.checkpoint_interval = 1 + order.budget.systematic as usize;
    let search = AssertUnwindSafe(|| {
        model.check(move || {
            COUNT.fetch_add(1, Relaxed);
            body();
        });
    });
    if panic::catch_unwind(search).is_err() {
        fail();
    }
    report(None);
}

/// A schedule has failed: reports that, and ends the process before anything unwinds.
pub(crate) fn fail() -> ! {
    let at = Location { file: String::new(), line: 0, column: 0 };
    let panic = Panic { thread: 0, message: String::new(), at, below: None };
    report(Some(Failure::Panicked { panic, earlier: Vec::new() }));
    process::exit(101);
}

fn report(failure: Option<Failure>) {
    let coverage = Coverage { random: COUNT.load(Relaxed), ..Coverage::default() };
    let outcome = Outcome { failure, coverage, ..Outcome::default() };
    let channel = CHANNEL.lock().unwrap_or_else(PoisonError::into_inner).take();
    let mut channel = channel.expect("one outcome for each process");
    channel.write(Entry::Ended(Box::new(outcome))).expect("the channel takes the outcome");
}

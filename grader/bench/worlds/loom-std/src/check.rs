//! What this world's `#[test]` calls.

use record::channel::{Entry, Writer};
use record::{Coverage, Failure, Location, Outcome, Panic};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Executions so far.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Run `body` until a schedule fails or the budget is spent, and report the count.
pub fn run(_name: &str, body: fn()) {
    let (mut channel, order) =
        Writer::from_env().expect("the channel opens").expect("started by the benchmark");
    channel.write(Entry::Started).expect("the channel takes the start");
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(order.budget.preemptions as usize);
    model.max_permutations = Some(order.budget.systematic as usize);
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        model.check(move || {
            COUNT.fetch_add(1, Relaxed);
            body();
        });
    }))
    .is_err();
    let at = Location { file: String::new(), line: 0, column: 0 };
    let panic = Panic { thread: 0, message: String::new(), at };
    let failure = failed.then_some(Failure::Panicked { panic, earlier: Vec::new() });
    let coverage = Coverage { random: COUNT.load(Relaxed), ..Coverage::default() };
    let outcome = Outcome { failure, coverage, trace: None, replay: None };
    channel.write(Entry::Ended(Box::new(outcome))).expect("the channel takes the outcome");
}

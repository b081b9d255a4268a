//! The functions that the world's `#[test]` calls.

mod call;
mod channel;
mod marks;
mod model;
mod number;
mod statement;
mod watchdog;

pub use call::{
    Argument, Barely, Before, Call, Partly, Plain, Readable, Unreadable, before, call, returned,
};
pub use marks::mark;
pub use number::{Integer, added, cast, subtracted};
pub use statement::{Body, at, body, closure, round, statement};

use explorer::{explore, scheduler};
use record::Order;
use record::channel::{Entry, Writer};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Whether this process, which the grader started for one check, has begun that check.
static BEGUN: AtomicBool = AtomicBool::new(false);

/// Explores the check `body`. Reports to the grader if it asked for that, otherwise panics if a
/// schedule fails.
///
/// # Panics
/// If a schedule fails, or if called from within a check.
pub fn run(name: &str, body: fn()) {
    assert!(!scheduler::is_running(), "a check cannot start another check");
    probe::register(&model::Explorer);
    let channel = Writer::from_env().expect("the grader's record channel can be opened");
    let Some((mut channel, order)) = channel else {
        let outcome = explore(&Order::default(), body, &mut || ());
        if let Some(failure) = outcome.failure {
            panic!("{name}: {failure:#?}");
        }
        return;
    };
    // A submission that could start a check of its own could report that the check passes.
    assert!(!BEGUN.swap(true, Relaxed), "a check cannot start another check");
    channel.write(Entry::Started).expect("the record channel takes the start");
    self::channel::open(channel);
    watchdog::start(order.patience);
    let outcome = explore(&order, body, &mut || {
        if let Some(channel) = &mut *self::channel::of_the_grader() {
            channel.begin_replay().expect("the record channel takes the replay");
        }
    });
    self::channel::end(outcome);
}

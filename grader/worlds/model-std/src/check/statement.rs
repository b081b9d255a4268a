//! A scheduling point between two statements.

use explorer::{Announcement, scheduler};
use record::Operation;
use std::panic::Location;

/// The current thread goes on to its next statement. The grader puts this between the statements of
/// an answer that looks at the count of an `Arc`, because every statement may change such a count.
#[track_caller]
pub fn statement() {
    scheduler::announce(Announcement::new(Operation::Statement, Location::caller()));
}

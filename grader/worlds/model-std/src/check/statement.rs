//! The statements of an answer.

use explorer::{Announcement, Position, scheduler};
use record::Operation;
use std::panic::Location;

/// The current thread goes on to its next statement. The grader puts this between the statements of
/// an answer that looks at the count of an `Arc`, because every statement may change such a count.
#[track_caller]
pub fn statement() {
    scheduler::announce(Announcement::new(Operation::Statement, Location::caller()));
}

/// The current thread is at the statement of the answer's that follows. The grader puts this before
/// every statement, so that a report can say where code of somebody else's panics: a destructor, or
/// a closure that the answer was given. Not a step.
#[track_caller]
pub fn at() {
    if scheduler::is_traced() {
        let at = Some(Location::caller());
        let caller = scheduler::position().caller;
        scheduler::note_statement(Position { statement: at, caller, ..Position::default() });
    }
}

/// A function, closure or loop body of the answer's runs. When this is dropped, the statement around it
/// goes on.
#[must_use]
pub struct Body {
    /// Where the thread was before, if a trace is being kept.
    outer: Option<Position>,
    kind: Kind,
}

enum Kind {
    Function,
    Closure,
    Round,
}

/// A function of the answer's begins.
pub fn body() -> Body {
    begin(Kind::Function, |outer| outer.statement)
}

/// A closure of the answer's begins. Who calls it is not who calls the function that it is written in.
pub fn closure() -> Body {
    begin(Kind::Closure, |_| None)
}

/// A round of a loop begins. When it ends, the loop looks whether there is another one.
pub fn round() -> Body {
    Body { outer: scheduler::is_traced().then(scheduler::position), kind: Kind::Round }
}

fn begin(kind: Kind, caller: fn(Position) -> Option<&'static Location<'static>>) -> Body {
    let outer = scheduler::is_traced().then(scheduler::position);
    if let Some(outer) = outer {
        let caller = caller(outer);
        scheduler::note_position(Position { statement: None, caller, ..outer });
    }
    Body { outer, kind }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(outer) = self.outer {
            let now = scheduler::position();
            let at = now.inside.or(now.statement);
            let then = match self.kind {
                Kind::Function => Position { last: at, inner: now.last, ..outer },
                Kind::Closure => Position { last: now.last, inner: now.inner, ..outer },
                // If the function returns from within the loop, this was its last statement.
                Kind::Round => Position { last: now.last, inner: now.inner, inside: at, ..outer },
            };
            scheduler::note_position(then);
        }
    }
}

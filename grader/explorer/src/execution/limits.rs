//! When an execution runs too long, and how its steps are counted for that.

use super::Execution;
use crate::operation::ThreadId;
use crate::thread::Thread;
use record::Operation;

/// A thread that runs this many steps while others could run loses its turn: a loop that polls
/// without yielding must not lock the others out forever.
pub(super) const TURN: u32 = 64;

/// A thread that runs this many steps while all others wait or sleep is busy-waiting.
pub(crate) const BUSY_STEPS: u32 = 1_000;

/// From this step on, an execution is scheduled round robin, so that it ends if it can end at all.
const FAIR_FROM: u32 = 2_000;

/// An execution still running after this many steps is making no progress, unless it has so many
/// threads that it may take [longer](Execution::last_step).
const LAST_STEP: u32 = 6_000;

/// An execution that seems to loop may merely be long. In a search it gets this many more steps, to
/// see whether it ends by itself.
pub(crate) const BENEFIT_OF_DOUBT: u32 = 20_000;

/// The most steps of an execution that do not count against the other limits.
const MOST_UNCOUNTED: u32 = 2_000_000;

impl Execution {
    /// Counts a step of `thread`, which is `alone` if it goes on and no other thread is enabled.
    pub(super) fn count_step(&mut self, thread: ThreadId, alone: bool) {
        let undecided = self.uninterrupted == Some(thread) || alone && !self.lives_beside(thread);
        // Statements say nothing about whether the program gets anywhere. But a loop that only looks
        // at a count must not lock the others out.
        let is_statement = self.threads[thread].pending.operation == Operation::Statement;
        self.statements = if is_statement { self.statements + 1 } else { 0 };
        if (undecided || is_statement) && self.uncounted < MOST_UNCOUNTED {
            self.uncounted += 1;
            self.turn = if self.only_statements() { TURN } else { self.turn };
        } else {
            self.turn = if thread == self.current { self.turn + 1 } else { 0 };
            self.alone = if alone { self.alone + 1 } else { 0 };
        }
    }

    /// Whether the most recent steps have been statements alone, more of them than in an ordinary
    /// turn.
    pub(super) fn only_statements(&self) -> bool {
        self.statements > TURN
    }

    /// Whether the execution has run for so long that no strategy decides any more.
    pub(crate) fn is_fair(&self) -> bool {
        self.counted() >= FAIR_FROM
    }

    /// After how many steps an execution is making no progress. If all threads change the same
    /// atomic with `fetch_update` or `compare_exchange`, and take turns, only one succeeds in each
    /// turn, and every other one tries again with two steps. For n threads these are about n² steps
    /// in all. The limit is twice that.
    pub(crate) fn last_step(&self) -> u32 {
        LAST_STEP.max(2 * self.most_living * self.most_living)
    }

    /// The steps that count against the limits.
    pub(crate) fn counted(&self) -> u32 {
        self.steps - self.uncounted
    }

    /// How many threads have not finished.
    pub(crate) fn living(&self) -> usize {
        self.threads.iter().filter(|thread| !thread.finished).count()
    }

    /// Whether any thread other than `me` has not finished.
    pub(crate) fn lives_beside(&self, me: ThreadId) -> bool {
        self.threads.iter().enumerate().any(|(index, thread)| index != me && !thread.finished)
    }

    /// Whether some thread waits for a moment that cannot come while the others keep running like
    /// this: it sleeps, or reads the clock again and again.
    pub(crate) fn holds_up_time(&self) -> bool {
        if self.steps - self.time_moved < BUSY_STEPS {
            return false;
        }
        if self
            .recent
            .iter()
            .any(|recent| [Operation::Now, Operation::SystemNow].contains(&recent.operation))
        {
            return true;
        }
        let waits = |(index, thread): (usize, &Thread)| {
            let later = thread.pending.deadline.is_some_and(|deadline| deadline > self.clock);
            !thread.finished && later && !self.ready(index)
        };
        self.threads.iter().enumerate().any(waits)
    }
}

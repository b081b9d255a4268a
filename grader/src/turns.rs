//! The queue of the checks still to be run.
//!
//! As many checks run at a time as there are processors. Most checks that hang use no processor, so
//! one that has run for a long time is no longer counted, and the others need not wait for its time
//! limit.

use crate::world::World;
use record::Coverage;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After this time, a running check is no longer counted and another one may start beside it.
/// Nearly every passing check ends sooner, so passing checks rarely share their processors.
const LONG: Duration = Duration::from_secs(5);

/// How many checks may run in addition to those that are counted. Limited, because a check that
/// hangs may be spinning.
const SPARE: usize = 6;

/// A job's place in its sequence of programs.
#[derive(Debug)]
pub(crate) struct Turn {
    /// The index of the job.
    pub(crate) job: usize,
    /// The index of the next program.
    pub(crate) program: usize,
    /// The coverage in the worlds already run.
    pub(crate) coverage: Vec<(World, Coverage)>,
}

impl Turn {
    pub(crate) fn first(job: usize) -> Self {
        Self { job, program: 0, coverage: Vec::new() }
    }
}

/// A running turn. Dropping this ends it.
pub(crate) struct Place<'q> {
    queue: &'q Queue,
    number: usize,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.queue.lock().taken.remove(&self.number);
        self.queue.changed.notify_all();
    }
}

/// The waiting and the running turns.
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    processors: usize,
    long: Duration,
}

struct State {
    waiting: VecDeque<Turn>,
    /// When each running turn began.
    taken: BTreeMap<usize, Instant>,
    next_place: usize,
}

/// How many checks may run at a time without sharing processors.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl Queue {
    pub(crate) fn new(waiting: VecDeque<Turn>) -> Self {
        Self::with(waiting, processors(), LONG)
    }

    fn with(waiting: VecDeque<Turn>, processors: usize, long: Duration) -> Self {
        let state = State { waiting, taken: BTreeMap::new(), next_place: 0 };
        Self { state: Mutex::new(state), changed: Condvar::new(), processors, long }
    }

    /// The greatest number of threads that can be useful.
    pub(crate) fn workers(&self) -> usize {
        self.processors + SPARE
    }

    /// Waits for a turn. `None` once no turn is waiting or running.
    pub(crate) fn next(&self) -> Option<(Turn, Place<'_>)> {
        let mut state = self.lock();
        loop {
            if state.waiting.is_empty() && state.taken.is_empty() {
                return None;
            }
            let now = Instant::now();
            let young = |since: &&Instant| now.duration_since(**since) < self.long;
            let counted = state.taken.values().filter(young).count();
            if counted < self.processors
                && let Some(turn) = state.waiting.pop_front()
            {
                let number = state.next_place;
                state.next_place += 1;
                state.taken.insert(number, now);
                return Some((turn, Place { queue: self, number }));
            }
            // How long until the next running turn stops being counted.
            let rest = state.taken.values().filter(young).map(|since| self.long - (now - *since));
            let rest = rest.min().unwrap_or(self.long);
            let waited = self.changed.wait_timeout(state, rest);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Puts a turn back into the queue, behind all that are waiting.
    pub(crate) fn put_back(&self, turn: Turn) {
        self.lock().waiting.push_back(turn);
    }

    /// Locks the state even if it is poisoned: a panic in a worker ends the run anyway.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(turns: usize, long: Duration) -> Queue {
        Queue::with((0..turns).map(Turn::first).collect(), 1, long)
    }

    #[test]
    fn each_turn_is_taken_once_and_those_put_back_come_last() {
        let queue = queue(2, Duration::from_secs(3600));
        let (mut first, place) = queue.next().unwrap();
        first.program = 1;
        queue.put_back(first);
        drop(place);
        let mut order = Vec::new();
        while let Some((turn, _place)) = queue.next() {
            order.push((turn.job, turn.program));
        }
        assert_eq!(order, [(1, 0), (0, 1)]);
    }

    #[test]
    fn a_turn_that_takes_long_makes_way() {
        let queue = queue(2, Duration::ZERO);
        let (_, hanging) = queue.next().unwrap();
        let (_, other) = queue.next().unwrap();
        drop((other, hanging));
        assert!(queue.next().is_none());
    }

    #[test]
    fn nobody_leaves_while_a_turn_may_come_back() {
        let queue = queue(1, Duration::from_secs(3600));
        let (turn, place) = queue.next().unwrap();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| queue.next().map(|(turn, _)| turn.job));
            queue.put_back(turn);
            drop(place);
            assert_eq!(other.join().unwrap(), Some(0));
        });
    }
}

//! Uniform random walk: each thread with a probability proportional to the events it still has
//! before it, so that every interleaving is about as likely as any other.
//!
//! After H. Zhao, D. Wolff, U. Mathur and A. Roychoudhury, "Selectively Uniform Concurrency
//! Testing", ASPLOS 2025. The event counts come from the first execution; the events of threads that
//! a thread has yet to spawn count as its own.

use super::Strategy;
use super::random::Rng;
use crate::schedule::Point;

pub(crate) struct UniformWalk {
    rng: Rng,
    left: u64,
    /// Events of each thread in the first execution.
    events: Vec<u64>,
    /// The thread that was running when each thread first appeared: its parent.
    parents: Vec<usize>,
    /// Events still before each thread, its unborn descendants' included.
    remaining: Vec<u64>,
    estimated: bool,
}

impl UniformWalk {
    /// `count` schedules from `seed`.
    pub(crate) fn new(seed: u64, count: u64) -> Self {
        Self {
            rng: Rng::new(seed),
            left: count,
            events: Vec::new(),
            parents: Vec::new(),
            remaining: Vec::new(),
            estimated: false,
        }
    }

    /// Events of `thread` and of all that come from it.
    fn family(&self, thread: usize) -> u64 {
        let children = (thread + 1..self.parents.len()).filter(|&c| self.parents[c] == thread);
        self.events[thread] + children.map(|child| self.family(child)).sum::<u64>()
    }

    /// Threads that have appeared since the last point take their events from their parent's.
    fn welcome(&mut self, point: &Point) {
        for thread in self.remaining.len()..point.threads {
            if thread >= self.parents.len() {
                // After a prefix several appear at once, and the one that runs may be among them: a
                // parent is at least older.
                self.parents.push(point.current.min(thread.saturating_sub(1)));
                self.events.push(0);
            }
            let family = if self.estimated { self.family(thread).max(1) } else { 1 };
            self.remaining.push(family);
            if thread > 0 {
                let parent = &mut self.remaining[self.parents[thread]];
                *parent = parent.saturating_sub(family).max(1);
            }
        }
    }
}

impl Strategy for UniformWalk {
    fn begin(&mut self) -> bool {
        self.estimated = !self.remaining.is_empty();
        self.remaining.clear();
        let more = self.left > 0;
        self.left = self.left.saturating_sub(1);
        more
    }

    fn choose(&mut self, point: &Point) -> usize {
        self.welcome(point);
        let picked = match self.rng.odd(point) {
            Some(odd) => odd,
            None => {
                let remaining = &self.remaining;
                self.rng.weighted(point, |thread| remaining[thread])
            }
        };
        let thread = point.choices[picked].thread;
        if !self.estimated {
            self.events[thread] += 1;
        }
        self.remaining[thread] = self.remaining[thread].saturating_sub(1).max(1);
        picked
    }
}

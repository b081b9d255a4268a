//! Uniform random walk: each thread runs with a probability proportional to the events it still has
//! ahead, so that all interleavings are about equally likely.
//!
//! After H. Zhao, D. Wolff, U. Mathur and A. Roychoudhury, "Selectively Uniform Concurrency
//! Testing", ASPLOS 2025. The event counts come from the first execution; a thread's count includes
//! the events of threads that it has yet to spawn.

use super::Strategy;
use super::random::Rng;
use crate::schedule::Point;

pub(crate) struct UniformWalk {
    rng: Rng,
    left: u64,
    /// Events of each thread in the first execution.
    events: Vec<u64>,
    /// The thread that was running when each thread first appeared, taken to be its parent.
    parents: Vec<usize>,
    /// Events still ahead of each thread, including those of descendants it has yet to spawn.
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

    /// Events of `thread` and all its descendants.
    fn family(&self, thread: usize) -> u64 {
        let children = (thread + 1..self.parents.len()).filter(|&c| self.parents[c] == thread);
        self.events[thread] + children.map(|child| self.family(child)).sum::<u64>()
    }

    /// Threads that have appeared since the last point take their events out of their parents'
    /// counts.
    fn welcome(&mut self, point: &Point) {
        for thread in self.remaining.len()..point.threads {
            if thread >= self.parents.len() {
                // After a prefix, several may appear at once, and the running thread may be one of
                // them; a parent is at least older than its child.
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

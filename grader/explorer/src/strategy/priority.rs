//! Probabilistic concurrency testing: threads have random priorities, the enabled thread with the
//! highest priority runs, and at a few random steps the running thread drops to the lowest
//! priority.
//!
//! After S. Burckhardt, P. Kothari, M. Musuvathi and S. Nagarakatte, "A Randomized Scheduler with
//! Probabilistic Guarantees of Finding Bugs", ASPLOS 2010.

use super::Strategy;
use super::random::Rng;
use crate::schedule::Point;

pub(crate) struct Priorities {
    rng: Rng,
    left: u64,
    /// How many ordering constraints the bug may need: one more than the number of change points.
    depth: u64,
    /// The longest execution seen, counting only steps with a choice.
    longest: u64,
    steps: u64,
    changes: Vec<u64>,
    /// The priority of each thread; higher runs first. Dropped ones count down from zero.
    priorities: Vec<i64>,
    lowest: i64,
}

impl Priorities {
    /// `count` schedules from `seed`, alternating between depths 2 and 3.
    pub(crate) fn new(seed: u64, count: u64) -> Self {
        Self {
            rng: Rng::new(seed),
            left: count,
            depth: 2,
            longest: 1,
            steps: 0,
            changes: Vec::new(),
            priorities: Vec::new(),
            lowest: 0,
        }
    }

    fn drop_to_lowest(&mut self, thread: usize) {
        self.lowest -= 1;
        self.priorities[thread] = self.lowest;
    }
}

impl Strategy for Priorities {
    fn begin(&mut self) -> bool {
        self.longest = self.longest.max(self.steps);
        self.steps = 0;
        self.lowest = 0;
        self.priorities.clear();
        self.depth = if self.left.is_multiple_of(2) { 2 } else { 3 };
        self.changes = (1..self.depth).map(|_| self.rng.below(self.longest)).collect();
        let more = self.left > 0;
        self.left = self.left.saturating_sub(1);
        more
    }

    fn choose(&mut self, point: &Point) -> usize {
        while self.priorities.len() < point.threads {
            self.priorities.push((self.rng.next() >> 1) as i64);
        }
        if let Some(odd) = self.rng.odd(point) {
            return odd;
        }
        let usual = || point.choices.iter().enumerate().filter(|(_, choice)| !choice.lucky);
        let stays = usual().next().is_some_and(|(_, choice)| choice.thread == point.current);
        if usual().count() > 1 {
            // A thread that yields, or has used up its turn, is not the default: it drops as well.
            let yields = !stays && usual().any(|(_, choice)| choice.thread == point.current);
            if yields || self.changes.contains(&self.steps) {
                self.drop_to_lowest(point.current);
            }
            self.steps += 1;
        }
        usual().max_by_key(|(_, choice)| self.priorities[choice.thread]).map_or(0, |(i, _)| i)
    }
}

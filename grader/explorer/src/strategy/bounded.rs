//! Iterative context bounding: first every schedule without a preemption, then every one with one
//! preemption, and so on. The first failure found is therefore also the simplest to read.
//!
//! After M. Musuvathi and S. Qadeer, "Iterative Context Bounding for Systematic Testing of
//! Multithreaded Programs", PLDI 2007. Switching away from a thread that cannot run on is free. An
//! event that a program cannot rely on, such as a spurious wakeup or a deadline that passes early,
//! costs as much as a preemption.
//!
//! Small programs have so few schedules that running them all costs no more than the random
//! strategies would. For these the search continues beyond its last bound until nothing is left.
//! That is a proof; random schedules are only a good guess.

use super::{End, Strategy};
use crate::schedule::Point;
use std::collections::VecDeque;

/// The largest bound. A weak compare-exchange that keeps failing spuriously adds one schedule per
/// bound, without end, and the program can do nothing about it.
const DEEPEST: u32 = 16;

/// Which choice was taken at each point that had more than one.
type Path = Vec<u16>;

pub(crate) struct Bounded {
    /// The bound that is being searched.
    bound: u32,
    last_bound: u32,
    /// Beyond the last bound, the search continues only while no more schedules than this are
    /// known.
    small: usize,
    /// Schedules begun.
    runs: usize,
    /// The largest bound whose search is complete.
    complete: Option<u32>,
    /// Nothing is left beyond it.
    all: bool,
    /// Paths to the points where the current bound's last unit was spent, in the order they were
    /// found.
    work: VecDeque<Path>,
    /// The same for the next bound.
    next: VecDeque<Path>,
    /// The most paths to keep. Each stands for at least one schedule, so the budget runs out before
    /// any more would be reached.
    most: usize,
    /// The path of this execution: at its start, the choices to take; at its end, those taken.
    path: Path,
    /// For each point of `path`: how many free choices there are in all, or 1 within the prefix
    /// that the work item fixed.
    free: Vec<u16>,
    depth: usize,
    /// The program behaved differently under the same schedule.
    diverged: bool,
}

impl Bounded {
    /// Searches bounds 0 to `last_bound`, at most `budget` schedules, and goes on to all larger
    /// bounds if there are no more than `small` schedules in all.
    pub(crate) fn new(last_bound: u32, budget: u64, small: u64) -> Self {
        Self {
            bound: 0,
            last_bound,
            small: small as usize,
            runs: 0,
            complete: None,
            all: false,
            work: VecDeque::new(),
            next: VecDeque::new(),
            most: budget as usize,
            path: Vec::new(),
            free: Vec::new(),
            depth: 0,
            diverged: false,
        }
    }

    /// From now on, searches all bounds up to `last_bound`.
    pub(crate) fn go_on_to(&mut self, last_bound: u32) {
        self.last_bound = last_bound;
    }

    /// Moves on to the next path, at the deepest point that has a free choice left.
    fn backtrack(&mut self) -> bool {
        while let Some(taken) = self.path.pop() {
            let free = self.free.pop().unwrap_or(1);
            if taken + 1 < free {
                self.path.push(taken + 1);
                self.free.push(free);
                return true;
            }
        }
        false
    }

    fn next_work(&mut self) -> bool {
        if self.work.is_empty() {
            self.complete = Some(self.bound);
            self.all = self.next.is_empty();
            let goes_on = self.bound < self.last_bound || self.bound < DEEPEST && self.is_small();
            if self.all || !goes_on {
                return false;
            }
            self.bound += 1;
            std::mem::swap(&mut self.work, &mut self.next);
        }
        let Some(path) = self.work.pop_front() else {
            return false;
        };
        self.free = vec![1; path.len()];
        self.path = path;
        true
    }

    /// Whether few schedules are known: each deferred path stands for at least one.
    fn is_small(&self) -> bool {
        self.runs + self.work.len() + self.next.len() <= self.small
    }
}

impl Strategy for Bounded {
    fn begin(&mut self) -> bool {
        self.depth = 0;
        let begins = match self.runs {
            0 => true,
            _ if self.bound > self.last_bound && !self.is_small() => false,
            _ => self.backtrack() || self.next_work(),
        };
        self.runs += usize::from(begins);
        begins
    }

    fn covered(&self) -> (Option<u32>, bool) {
        if self.diverged {
            return (None, false);
        }
        // If nothing is left, larger bounds are covered as well.
        let bound = if self.all { Some(self.bound.max(self.last_bound)) } else { self.complete };
        (bound, self.all)
    }

    fn end(&mut self, _end: &End) {
        if self.depth < self.path.len() {
            self.diverged = true;
            self.path.truncate(self.depth);
            self.free.truncate(self.depth);
        }
    }

    fn choose(&mut self, point: &Point) -> usize {
        if point.choices.len() == 1 {
            return 0;
        }
        let depth = self.depth;
        self.depth += 1;
        if let Some(&taken) = self.path.get(depth) {
            if usize::from(taken) < point.choices.len() {
                return self.order(point, taken);
            }
            self.diverged = true;
            return 0;
        }
        // A new point: take the default, keep the free choices for backtracking on this path, and
        // defer those that cost something.
        let free = point.choices.iter().filter(|choice| choice.cost == 0).count();
        for rank in free..point.choices.len() {
            if self.next.len() < self.most {
                let mut path = self.path.clone();
                path.push(rank as u16);
                self.next.push_back(path);
            }
        }
        self.path.push(0);
        self.free.push(free as u16);
        self.order(point, 0)
    }
}

impl Bounded {
    /// The choice of this rank: free ones rank first, and each group keeps the point's order.
    fn order(&self, point: &Point, rank: u16) -> usize {
        let free = point.choices.iter().enumerate().filter(|(_, choice)| choice.cost == 0);
        let paid = point.choices.iter().enumerate().filter(|(_, choice)| choice.cost > 0);
        free.chain(paid).nth(usize::from(rank)).map_or(0, |(index, _)| index)
    }
}

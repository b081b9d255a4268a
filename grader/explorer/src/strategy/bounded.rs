//! Iterative context bounding: every schedule without a preemption, then every one with one
//! preemption, and so on. The first failure found is then also the simplest to read.
//!
//! After M. Musuvathi and S. Qadeer, "Iterative Context Bounding for Systematic Testing of
//! Multithreaded Programs", PLDI 2007. Switching away from a thread that cannot go on is free. What
//! a program cannot rely on either way, such as a spurious wakeup or a deadline that passes early,
//! costs as much as a preemption.
//!
//! Small programs have so few schedules that all of them cost no more than the random strategies
//! would. There the search goes on beyond its last bound, until nothing is left: a proof, where random
//! schedules are a good guess.

use super::Strategy;
use crate::schedule::Point;
use std::collections::VecDeque;

/// The deepest bound. A compare-exchange that fails again and again for no reason is a schedule more
/// for each bound, without end, and no program can help it.
const DEEPEST: u32 = 16;

/// Which choice was taken at each point that had more than one.
type Path = Vec<u8>;

pub(crate) struct Bounded {
    /// The bound that is being searched.
    bound: u32,
    last_bound: u32,
    /// Beyond the last bound the search goes on only while no more schedules than this are known of.
    small: usize,
    /// Schedules begun.
    runs: usize,
    /// The largest bound that was searched to its end.
    complete: Option<u32>,
    /// Nothing is left beyond it.
    all: bool,
    /// Paths to the points where the current bound's last unit was paid, in the order of finding.
    work: VecDeque<Path>,
    /// The same for the next bound.
    next: VecDeque<Path>,
    /// More paths than this need not be kept: each is at least one schedule, and the budget ends
    /// before them.
    most: usize,
    /// The path of this execution: what to take, then what was taken.
    path: Path,
    /// For each point of `path`: how many free choices there are in all, or 1 within the prefix
    /// that the work item fixed.
    free: Vec<u8>,
    depth: usize,
    /// The program did not do the same under the same schedule.
    diverged: bool,
}

impl Bounded {
    /// Search bounds 0 to `last_bound`, for `budget` schedules at the most, and all others, too,
    /// where there are no more than `small` in all.
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

    /// Step to the next path: the deepest point with a free choice left.
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

    /// Whether few schedules are known of: each path that is put off is at least one.
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
        // Where nothing is left, larger bounds are covered as well.
        let bound = if self.all { Some(self.bound.max(self.last_bound)) } else { self.complete };
        (bound, self.all)
    }

    fn end(&mut self, _steps: u32) {
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
        // put off those that cost.
        let free = point.choices.iter().filter(|choice| choice.cost == 0).count();
        for rank in free..point.choices.len() {
            if self.next.len() < self.most {
                let mut path = self.path.clone();
                path.push(rank as u8);
                self.next.push_back(path);
            }
        }
        self.path.push(0);
        self.free.push(free as u8);
        self.order(point, 0)
    }
}

impl Bounded {
    /// The choice of this rank, where the free ones come first, each group in the point's order.
    fn order(&self, point: &Point, rank: u8) -> usize {
        let free = point.choices.iter().enumerate().filter(|(_, choice)| choice.cost == 0);
        let paid = point.choices.iter().enumerate().filter(|(_, choice)| choice.cost > 0);
        free.chain(paid).nth(usize::from(rank)).map_or(0, |(index, _)| index)
    }
}

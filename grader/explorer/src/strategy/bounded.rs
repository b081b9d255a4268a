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

/// Beyond this bound nothing is searched. A compare-exchange that fails again and again for no reason
/// is a schedule for each bound, without end, and no program can help it.
const LAST_BOUND: u32 = 16;

/// Which choice was taken at each point that had more than one.
type Path = Vec<u8>;

pub(crate) struct Bounded {
    /// The bound that is being searched.
    bound: u32,
    last_bound: u32,
    /// Beyond the last bound the search goes on only as long as there are no more schedules than
    /// this in all, as far as it knows.
    small: usize,
    /// Schedules begun.
    runs: usize,
    /// There are more schedules than that.
    large: bool,
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
    started: bool,
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
            large: false,
            work: VecDeque::new(),
            next: VecDeque::new(),
            most: budget as usize,
            path: Vec::new(),
            free: Vec::new(),
            depth: 0,
            diverged: false,
            started: false,
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
        if self.work.is_empty() && !self.next.is_empty() {
            if self.bound >= self.last_bound && (self.is_large() || self.bound >= LAST_BOUND) {
                self.large = true;
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

    /// Whether there are more schedules than make a small program: each path that is put off is at
    /// least one.
    fn is_large(&mut self) -> bool {
        self.large |= self.runs + self.work.len() + self.next.len() > self.small;
        self.large
    }
}

impl Strategy for Bounded {
    fn begin(&mut self) -> bool {
        self.depth = 0;
        if !self.started {
            self.started = true;
            self.runs = 1;
            return true;
        }
        let beyond = self.bound > self.last_bound;
        let begins = !(beyond && self.is_large()) && (self.backtrack() || self.next_work());
        self.runs += usize::from(begins);
        begins
    }

    fn covered(&self, exhausted: bool) -> (Option<u32>, bool) {
        match (self.diverged, exhausted) {
            (true, _) => (None, false),
            (false, true) if self.bound <= self.last_bound => {
                (Some(self.last_bound), self.next.is_empty())
            }
            (false, true) if !self.large => (Some(self.bound), true),
            (false, true) if self.work.is_empty() && self.path.is_empty() => {
                (Some(self.bound), false)
            }
            (false, _) => (self.bound.checked_sub(1), false),
        }
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

//! The systematic search. Its first schedules are those with the fewest preemptions, since a failure
//! in one of them is the simplest to read. Then come all interleavings, as far as the budget goes.
//! Only what they have not covered is worth any more preemptions.

use super::bounded::Bounded;
use super::sleep_sets::SleepSets;
use super::{End, Strategy};
use crate::schedule::Point;
use record::{Budget, Coverage, Interleavings};

/// The most preemptions in one of the first schedules.
const FEW_PREEMPTIONS: u32 = 1;

/// The first schedules, and all interleavings, have one part of the budget each, and the last
/// schedules what the others leave.
const SHARES: u64 = 3;

/// How many strategies pick schedules at random, each with its own budget.
const RANDOM_STRATEGIES: u64 = 3;

/// What the search is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Trying schedules with few preemptions.
    Few,
    /// Trying all interleavings.
    Interleavings,
    /// Trying schedules with more preemptions.
    More,
    /// Nothing. There is nothing left to try, or the budget is spent.
    Over,
}

/// Schedules for each of the first two stages.
fn share(budget: Budget) -> u64 {
    budget.systematic.div_ceil(SHARES)
}

pub(crate) struct Systematic {
    budget: Budget,
    bounded: Bounded,
    sleep_sets: SleepSets,
    stage: Stage,
    /// Schedules that the stage may still begin.
    left: u64,
    /// Schedules begun in all stages.
    begun: u64,
}

impl Systematic {
    pub(crate) fn new(budget: Budget) -> Self {
        let share = share(budget);
        let alone = budget.interleavings == Interleavings::None;
        // Without a search of all interleavings, this one goes on to all preemptions where that takes
        // no more schedules than the random strategies would.
        let (last, small, left) = if alone {
            (budget.preemptions, RANDOM_STRATEGIES * budget.random, budget.systematic)
        } else {
            (budget.preemptions.min(FEW_PREEMPTIONS), 0, share)
        };
        let reduces = budget.interleavings == Interleavings::Distinct;
        Self {
            budget,
            bounded: Bounded::new(last, budget.systematic, small),
            sleep_sets: SleepSets::new(reduces, budget.odd_events, share),
            stage: Stage::Few,
            left,
            begun: 0,
        }
    }

    /// What has been covered. The schedules are not counted here.
    pub(crate) fn coverage(&self) -> Coverage {
        let (mut bound, all) = self.bounded.covered();
        let (odd_events, all_interleavings) = self.sleep_sets.odd_events();
        // Each preemption and each odd event counts against the same bound.
        if let (Some(most), true) = (odd_events, self.stage == Stage::Over)
            && most >= self.budget.preemptions
        {
            bound = bound.max(odd_events);
        }
        Coverage { bound, odd_events, exhausted: all || all_interleavings, ..Coverage::default() }
    }

    /// Whether it is trying simple schedules first.
    pub(crate) fn is_by_preemptions(&self) -> bool {
        matches!(self.stage, Stage::Few | Stage::More)
    }

    /// Goes on for a while with the search by preemptions alone, which tries simple schedules first.
    pub(crate) fn simplest_first(mut self) -> Self {
        self.bounded.go_on_to(self.budget.preemptions);
        self.left = share(self.budget);
        self.stage = Stage::More;
        self
    }

    /// Footprints have more in them from now on.
    pub(crate) fn widen(&mut self) {
        self.sleep_sets.forget();
    }

    fn current(&mut self) -> Option<&mut dyn Strategy> {
        match self.stage {
            Stage::Few | Stage::More => Some(&mut self.bounded),
            Stage::Interleavings => Some(&mut self.sleep_sets),
            Stage::Over => None,
        }
    }

    /// Moves on to the next stage.
    fn advance(&mut self) {
        let left = self.budget.systematic.saturating_sub(self.begun);
        let alone = self.budget.interleavings == Interleavings::None;
        (self.stage, self.left) = match self.stage {
            Stage::Few if self.bounded.covered().1 || alone => (Stage::Over, 0),
            Stage::Few => (Stage::Interleavings, left.min(share(self.budget))),
            Stage::Interleavings => {
                let (odd_events, all) = self.sleep_sets.odd_events();
                if all || odd_events.is_some_and(|most| most >= self.budget.preemptions) {
                    (Stage::Over, 0)
                } else {
                    self.bounded.go_on_to(self.budget.preemptions);
                    (Stage::More, left)
                }
            }
            Stage::More | Stage::Over => (Stage::Over, 0),
        };
    }
}

impl Strategy for Systematic {
    fn begin(&mut self) -> bool {
        loop {
            let may = self.left > 0;
            let Some(strategy) = self.current() else { return false };
            if may && strategy.begin() {
                self.left -= 1;
                self.begun += 1;
                return true;
            }
            self.advance();
        }
    }

    fn choose(&mut self, point: &Point) -> usize {
        self.current().map_or(0, |strategy| strategy.choose(point))
    }

    fn end(&mut self, end: &End) {
        if end.widened {
            self.widen();
        }
        if let Some(strategy) = self.current() {
            strategy.end(end);
        }
    }
}

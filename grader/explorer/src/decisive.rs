//! The decisive step of a failing schedule: the last step before which the check could still have
//! passed.
//!
//! Whether the check can still pass after the schedule's first k decisions is found by trial: other
//! continuations are run from that point until one passes or a budget is spent. A check that can
//! pass after k decisions can also pass after fewer, so the last such k is found by bisection. The
//! budget counts schedules and steps, so the answer is the same on every machine.

use crate::runs;
use crate::schedule::{Base, Schedule};
use crate::session::Most;
use crate::strategy::Strategy;
use crate::strategy::bounded::Bounded;
use crate::strategy::lockstep::Lockstep;
use crate::strategy::prefix::{Prefix, Recording};
use crate::strategy::random::RandomWalk;
use crate::strategy::replay::Replay;
use crate::strategy::uniform::UniformWalk;
use record::TimeMode;
use std::cell::RefCell;
use std::rc::Rc;

/// Steps that one round of the bisection may spend, prefixes included, unless fewer than `FEWEST`
/// schedules have been tried by then.
const MOST_STEPS: u64 = 40_000;
/// Steps that all rounds together may spend.
const MOST_STEPS_IN_ALL: u64 = 3_000_000;
/// Steps that it may take to see whether any schedule passes.
const MOST_STEPS_FROM_START: u64 = 500_000;
/// If fewer schedules than this were tried, nothing is known about whether the check can pass.
const FEWEST: u64 = 5;
/// Schedules that the systematic search may try, each with at most one preemption. No more than the search
/// for the failure was allowed.
const SYSTEMATIC: u64 = 100;
/// Schedules that each random strategy tries, with the same exception.
const RANDOM: u64 = 30;
/// The longest turn, in steps, for the lockstep strategy.
const LOCKSTEP: u32 = 2;

/// The point at which a failing schedule could no longer pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PointOfNoReturn {
    /// From the start: no schedule that was tried passes.
    Start,
    /// At this decision, counted from 1.
    Decision(u32),
}

/// Finds the point of no return in `schedule`, which fails. `None` if it does not fail when run
/// again, or if its executions are too long to try enough of them. The search for the failure was allowed
/// `effort` schedules.
pub(crate) fn find(
    schedule: &Schedule,
    effort: u64,
    time: TimeMode,
    body: fn(),
) -> Option<PointOfNoReturn> {
    let mut trials = Trials { effort, time, body, left: MOST_STEPS_IN_ALL, steps: 0 };
    let picks = trials.picks(schedule)?;
    if trials.steps * FEWEST > MOST_STEPS_FROM_START {
        return None;
    }
    if !trials.pass_after(&[].into())? {
        return Some(PointOfNoReturn::Start);
    }
    if trials.are_too_long(picks.len()) {
        return None;
    }
    let mut can_pass = |length: usize| trials.pass_after(&picks[..length].into());
    // After `saved` decisions the check can still pass; after `lost` decisions it no longer can.
    let (mut saved, mut lost) = (0, picks.len());
    while lost - saved > 1 {
        let middle = saved.midpoint(lost);
        if can_pass(middle)? { saved = middle } else { lost = middle }
    }
    Some(PointOfNoReturn::Decision(lost as u32))
}

/// The executions that the search runs.
struct Trials {
    /// Schedules that the search for the failure was allowed.
    effort: u64,
    time: TimeMode,
    body: fn(),
    /// Steps that they may still take.
    left: u64,
    /// Steps that the failing schedule takes.
    steps: u64,
}

impl Trials {
    /// Which choice `schedule` takes at each point.
    fn picks(&mut self, schedule: &Schedule) -> Option<Vec<usize>> {
        let picks = Rc::new(RefCell::new(Vec::new()));
        let strategy =
            Recording { strategy: Replay::new(schedule.clone()), picks: Rc::clone(&picks) };
        let phase = runs::run(Box::new(strategy), Most::runs(1), self.time, None, self.body);
        self.left = self.left.saturating_sub(phase.steps);
        self.steps = phase.steps;
        phase.found.is_some().then(|| picks.take()).filter(|picks| !picks.is_empty())
    }

    /// Whether the executions are so long that too few could be tried in all the rounds that it takes
    /// to find one decision among `decisions`.
    fn are_too_long(&self, decisions: usize) -> bool {
        let rounds = u64::from(decisions.max(1).ilog2()) + 1;
        self.steps * FEWEST * rounds > self.left
    }

    /// Whether some continuation of `prefix` passes. `None` if too few could be tried.
    fn pass_after(&mut self, prefix: &Rc<[usize]>) -> Option<bool> {
        let (systematic, random) = (SYSTEMATIC.min(self.effort), RANDOM.min(self.effort));
        let run_on = Schedule { base: Base::RunOn, deviations: Vec::new() };
        let ways: [Rc<RefCell<dyn Strategy>>; 5] = [
            Rc::new(RefCell::new(Replay::new(run_on))),
            Rc::new(RefCell::new(Lockstep::new(LOCKSTEP))),
            Rc::new(RefCell::new(Bounded::new(1, systematic, systematic))),
            Rc::new(RefCell::new(UniformWalk::new(0, random))),
            Rc::new(RefCell::new(RandomWalk::new(0, random))),
        ];
        let mut left = MOST_STEPS.min(self.left);
        let mut tried = 0;
        for way in ways {
            let strategy = Box::new(Prefix::new(Rc::clone(prefix), way));
            let most = match left {
                0 if tried >= FEWEST => break,
                0 => Most { runs: FEWEST - tried, steps: self.left },
                left => Most { runs: systematic, steps: left },
            };
            let attempt = runs::run_until_pass(strategy, most, self.time, self.body);
            tried += attempt.runs;
            left = left.saturating_sub(attempt.steps);
            self.left = self.left.saturating_sub(attempt.steps);
            if attempt.passed || attempt.nothing_left {
                return Some(attempt.passed);
            }
        }
        (tried >= FEWEST).then_some(false)
    }
}

//! The whole search: the systematic one and several that leave it to chance take turns.
//!
//! Where few preemptions are enough, the systematic search is the first to find a failure; where many
//! threads have to run in an unlikely order, chance is. Nobody knows beforehand which it will be. Taking
//! turns costs a few times what the best of them would need alone, and never the whole budget of
//! another one.

use super::lockstep::Lockstep;
use super::priority::Priorities;
use super::random::RandomWalk;
use super::systematic::Systematic;
use super::uniform::UniformWalk;
use super::{End, Strategy};
use crate::schedule::{Base, Point};
use record::{Budget, Coverage};

/// The longest turn, in steps, that the lockstep strategy tries.
const LOCKSTEP: u32 = 8;

/// Who picks a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Player {
    Systematic,
    Uniform,
    Random,
    Priorities,
    Lockstep,
}

use Player::{Lockstep as L, Priorities as P, Random as R, Systematic as S, Uniform as U};

/// The first few schedules are systematic: if there are no more, nobody else is needed, and a failure in
/// one of them is the simplest to read.
const AHEAD: usize = 4;

/// Then chance has most of the turns. If the systematic search does not find a failure at once, it often
/// takes thousands of schedules, and the uniform walk a dozen.
const EARLY: [Player; 8] = [U, S, U, R, U, S, U, P];

/// How many turns there are in that order.
const EARLY_TURNS: usize = 64;

/// Later, every other schedule is systematic: it alone can come to an end.
const LATE: [Player; 16] = [S, U, S, R, S, U, S, P, S, U, S, R, S, U, S, L];

pub(crate) struct Turns {
    systematic: Systematic,
    uniform: UniformWalk,
    random: RandomWalk,
    priorities: Priorities,
    lockstep: Lockstep,
    /// Whose turn it is.
    player: Player,
    /// Turns so far, those included that somebody with nothing left to try has let pass.
    turns: usize,
    /// Schedules that the systematic search has begun.
    systematic_runs: u64,
    /// Schedules that all the others have begun.
    random_runs: u64,
}

impl Turns {
    pub(crate) fn new(budget: Budget) -> Self {
        let Budget { seed, random, .. } = budget;
        Self {
            systematic: Systematic::new(budget),
            uniform: UniformWalk::new(seed, random),
            random: RandomWalk::new(seed, random),
            priorities: Priorities::new(seed, random),
            lockstep: Lockstep::new(if random > 0 { LOCKSTEP } else { 0 }),
            player: S,
            turns: 0,
            systematic_runs: 0,
            random_runs: 0,
        }
    }

    pub(crate) fn coverage(&self) -> Coverage {
        let (systematic, random) = (self.systematic_runs, self.random_runs);
        Coverage { systematic, random, ..self.systematic.coverage() }
    }

    /// Whether whoever picked the last schedule tries simple ones first.
    pub(crate) fn is_simplest_first(&self) -> bool {
        self.player == S && self.systematic.is_by_preemptions()
    }

    /// The systematic search, which can go on from where it is.
    pub(crate) fn into_systematic(self) -> Systematic {
        self.systematic
    }

    /// Whose turn comes next.
    fn next(&mut self) -> Player {
        let turn = self.turns;
        self.turns += 1;
        match turn.checked_sub(AHEAD) {
            None => S,
            Some(turn) if turn < EARLY_TURNS => EARLY[turn % EARLY.len()],
            Some(turn) => LATE[turn % LATE.len()],
        }
    }

    fn strategy(&self) -> &dyn Strategy {
        match self.player {
            S => &self.systematic,
            U => &self.uniform,
            R => &self.random,
            P => &self.priorities,
            L => &self.lockstep,
        }
    }

    fn strategy_mut(&mut self) -> &mut dyn Strategy {
        match self.player {
            S => &mut self.systematic,
            U => &mut self.uniform,
            R => &mut self.random,
            P => &mut self.priorities,
            L => &mut self.lockstep,
        }
    }
}

impl Strategy for Turns {
    fn begin(&mut self) -> bool {
        // In so many turns, everybody has had one.
        let most = AHEAD + EARLY_TURNS + LATE.len();
        for _ in 0..most {
            self.player = self.next();
            let begins = self.strategy_mut().begin();
            // If nothing is left to try, it is pointless to try any of it again.
            if self.systematic.coverage().exhausted {
                return false;
            }
            if begins {
                let runs = if self.player == S {
                    &mut self.systematic_runs
                } else {
                    &mut self.random_runs
                };
                *runs += 1;
                return true;
            }
        }
        false
    }

    fn choose(&mut self, point: &Point) -> usize {
        self.strategy_mut().choose(point)
    }

    fn end(&mut self, end: &End) {
        self.strategy_mut().end(end);
        if end.widened {
            self.systematic.widen();
        }
    }

    fn base(&self) -> Base {
        self.strategy().base()
    }
}

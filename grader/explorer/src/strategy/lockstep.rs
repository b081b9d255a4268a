//! Threads take turns of equal length: 1 step each, then 2 each, and so on. Two threads that give
//! way to each other in step do so forever; a search that prefers to let one thread run on never
//! sees it.
//!
//! Each length is tried in two ways: from the beginning, and with the main thread running ahead for
//! as long as it can, so that threads it starts one after another are in step, too.

use super::Strategy;
use crate::schedule::{Base, Point};

pub(crate) struct Lockstep {
    /// Which of the schedules: 1 and 2 have turns of one step, 3 and 4 of two, and so on. In the
    /// even-numbered ones the main thread runs ahead.
    number: u32,
    last: u32,
    left: u32,
}

impl Lockstep {
    /// Tries turns of 1 to `longest` steps.
    pub(crate) fn new(longest: u32) -> Self {
        Self { number: 0, last: 2 * longest, left: 0 }
    }

    /// Only the schedule with this number.
    pub(crate) fn only(number: u32) -> Self {
        Self { number: number.saturating_sub(1), last: number, left: 0 }
    }

    /// Steps in a turn.
    fn turn(&self) -> u32 {
        self.number.div_ceil(2)
    }
}

impl Strategy for Lockstep {
    fn begin(&mut self) -> bool {
        self.number += 1;
        self.left = self.turn();
        self.number <= self.last
    }

    fn base(&self) -> Base {
        Base::Lockstep(self.number)
    }

    fn choose(&mut self, point: &Point) -> usize {
        let usual = |thread: usize| {
            point.choices.iter().position(|choice| !choice.lucky && choice.thread == thread)
        };
        if self.number.is_multiple_of(2)
            && let Some(main) = usual(0)
        {
            return main;
        }
        if self.left > 0
            && let Some(stay) = usual(point.current)
        {
            self.left -= 1;
            return stay;
        }
        self.left = self.turn() - 1;
        let round = (1..=point.threads).map(|offset| (point.current + offset) % point.threads);
        round.filter_map(usual).next().unwrap_or(0)
    }
}

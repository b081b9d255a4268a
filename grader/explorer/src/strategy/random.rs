//! The random walk: at each point, every enabled thread is equally likely.

use super::Strategy;
use crate::schedule::Point;

/// Where there are lucky choices (a spurious wakeup, an early deadline), one pick in this many is
/// one of them.
const ODDS: u64 = 8;

pub(crate) struct RandomWalk {
    rng: Rng,
    left: u64,
}

impl RandomWalk {
    /// `count` schedules from `seed`.
    pub(crate) fn new(seed: u64, count: u64) -> Self {
        Self { rng: Rng::new(seed), left: count }
    }
}

impl Strategy for RandomWalk {
    fn begin(&mut self) -> bool {
        let more = self.left > 0;
        self.left = self.left.saturating_sub(1);
        more
    }

    fn choose(&mut self, point: &Point) -> usize {
        if let Some(odd) = self.rng.odd(point) {
            return odd;
        }
        self.rng.weighted(point, |_| 1)
    }
}

/// SplitMix64, after G. Steele, D. Lea and C. Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014. Implemented here because the sequence is part of every verdict: it
/// must never change with a dependency.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which must not be 0. The bias is below 2^-50 for the bounds used
    /// here.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Occasionally one of the lucky choices, if there are any.
    pub(crate) fn odd(&mut self, point: &Point) -> Option<usize> {
        let lucky = point.choices.iter().filter(|choice| choice.lucky).count() as u64;
        if lucky == 0 || self.below(ODDS) != 0 {
            return None;
        }
        let nth = self.below(lucky) as usize;
        let mut all = point.choices.iter().enumerate().filter(|(_, choice)| choice.lucky);
        all.nth(nth).map(|(index, _)| index)
    }

    /// One of the choices that are not lucky, with a probability proportional to its thread's
    /// `weight`.
    pub(crate) fn weighted(&mut self, point: &Point, weight: impl Fn(usize) -> u64) -> usize {
        let usual = || point.choices.iter().enumerate().filter(|(_, choice)| !choice.lucky);
        let total: u64 = usual().map(|(_, choice)| weight(choice.thread)).sum();
        let mut left = self.below(total.max(1));
        for (index, choice) in usual() {
            let weight = weight(choice.thread);
            if left < weight {
                return index;
            }
            left -= weight;
        }
        0
    }
}

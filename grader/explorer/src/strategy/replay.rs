//! Replays one schedule: its base, except for a list of deviations.

use super::Strategy;
use super::lockstep::Lockstep;
use crate::schedule::{Base, Deviation, Point, Schedule};

pub(crate) struct Replay {
    lockstep: Option<Lockstep>,
    base: Base,
    deviations: Vec<Deviation>,
    begun: bool,
}

impl Replay {
    pub(crate) fn new(schedule: Schedule) -> Self {
        let lockstep = match schedule.base {
            Base::RunOn => None,
            Base::Lockstep(turn) => Some(Lockstep::only(turn)),
        };
        Self { lockstep, base: schedule.base, deviations: schedule.deviations, begun: false }
    }
}

impl Strategy for Replay {
    fn begin(&mut self) -> bool {
        if let Some(lockstep) = &mut self.lockstep {
            lockstep.begin();
        }
        !std::mem::replace(&mut self.begun, true)
    }

    fn base(&self) -> Base {
        self.base
    }

    fn choose(&mut self, point: &Point) -> usize {
        let usual = self.lockstep.as_mut().map_or(0, |lockstep| lockstep.choose(point));
        let Some(deviation) = self.deviations.iter().find(|deviation| deviation.is_at(point))
        else {
            return usual;
        };
        let wanted = point.choices.iter().position(|c| c.is(deviation.thread, deviation.kind));
        wanted.unwrap_or(usual)
    }
}

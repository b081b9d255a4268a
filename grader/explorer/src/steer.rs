//! Runs one schedule that somebody chooses step by step.
//!
//! Nothing is kept between two steps: the program runs again from its start, with one choice more.

use crate::recorder::Recorder;
use crate::runs::{run, wakes_in_vain};
use crate::session::{Most, Session};
use crate::strategy::replay::Replay;
use crate::strategy::steered::{Afterwards, Steered};
use crate::token;
use record::{Coverage, Failure, Order, Outcome, Steering, Then};
use std::cell::RefCell;
use std::rc::Rc;

/// Runs `body` as `steering` says. `replaying` is called before.
///
/// The outcome has the steps so far, and the failure if the schedule has come to one. Its token stands
/// for the schedule from start to end, if it has ended.
pub(crate) fn steer(
    order: &Order,
    steering: &Steering,
    body: fn(),
    replaying: &mut dyn FnMut(),
) -> Outcome {
    let coverage = Coverage { systematic: 1, ..Coverage::default() };
    let then = match &steering.then {
        Then::Stop => Afterwards::Stop,
        Then::RunOn => Afterwards::RunOn,
        Then::Replay(token) => match token::decode(token) {
            Ok(schedule) => Afterwards::Follow(Replay::new(schedule)),
            Err(_) => return Outcome { coverage, ..Outcome::default() },
        },
    };
    replaying();
    Session::with(|session| session.is_patient = false);
    let taken = Rc::new(RefCell::new(Vec::new()));
    let strategy = Box::new(Steered::new(steering.picks.clone(), then, taken.clone()));
    let recorder = Some(Recorder::looking_for(None));
    let phase = run(strategy, Most::runs(1), order.time, recorder, body);
    let halted = Session::with(|session| session.halted.take());
    let picks = taken.take();
    let steered = record::Steered { picks, ..halted.unwrap_or_default() };
    let replay = phase.found.as_ref().map(|found| token::encode(&found.schedule));
    let mut failure = phase.found.as_ref().map(|found| found.failure.clone());
    if let (Some(found), Some(Failure::LostWakeup { in_vain, .. })) = (&phase.found, &mut failure) {
        *in_vain = wakes_in_vain(&found.schedule, order.time, body);
    }
    let trace = phase.trace.map(|(trace, _)| trace);
    Outcome { failure, coverage, trace, replay, steered: Some(steered), ..Outcome::default() }
}

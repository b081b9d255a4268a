//! Loops that never end: threads that poll, react to each other, or compute.

use super::super::super::evidence::Evidence;
use super::super::step::{subject, thread};
use super::super::{count, list, list_some};
use super::place::MOST_NAMED;
use super::standstill::together;
use record::{Location, Operation, Step, StepStatus, Wait};

pub(super) fn busy_wait(
    evidence: &Evidence<'_>,
    runner: usize,
    at: &[Location],
    waits: &[Wait],
) -> String {
    let own = at.iter().filter(|at| evidence.sources.is_answer(at));
    let mut places: Vec<String> = own.filter_map(|at| evidence.sources.place(at)).collect();
    if places.is_empty() {
        places = at.iter().filter_map(|at| evidence.sources.place(at)).collect();
    }
    places.dedup();
    places.truncate(MOST_NAMED);
    let round = if places.is_empty() {
        "keeps running in a loop".to_owned()
    } else {
        format!("keeps coming back to {}", list(&places))
    };
    let others = together(evidence, &waits.iter().collect::<Vec<_>>());
    let meanwhile = match &others[..] {
        [] => String::new(),
        _ => format!(" Meanwhile, {}.", list_some(&others, MOST_NAMED, "other thread")),
    };
    let why = loop_of(evidence, runner).advice(waits);
    format!("{} {round}. {why}{meanwhile}", subject(evidence, runner))
}

/// What a thread does in a busy-waiting loop.
enum Loop {
    /// It sleeps, and then looks again.
    Naps,
    /// It waits to be woken, with a timeout, and looks again whenever that is over.
    TimesOut,
    /// It wakes other threads, or sends messages, without end.
    Gives,
    /// It looks again and again without sleeping.
    Looks,
}

fn loop_of(evidence: &Evidence<'_>, runner: usize) -> Loop {
    const ROUND: usize = 12;
    let naps = |step: &Step| step.operation == Operation::Sleep;
    let times_out = |step: &Step| step.how == StepStatus::TimedOut;
    let gives = |step: &&Step| {
        matches!(
            step.operation,
            Operation::NotifyOne | Operation::NotifyAll | Operation::Unpark | Operation::Send
        )
    };
    let looks = |step: &&Step| {
        matches!(step.operation, Operation::Load | Operation::TryLock | Operation::TryRecv)
    };
    let own = |step: &&Step| step.thread == runner;
    let round: Vec<&Step> = evidence.trace.steps.iter().rev().filter(own).take(ROUND).collect();
    let of_runner = || round.iter().copied();
    if of_runner().any(naps) {
        Loop::Naps
    } else if of_runner().any(times_out) {
        Loop::TimesOut
    } else if of_runner().filter(gives).count() >= 3 && of_runner().filter(looks).count() == 0 {
        Loop::Gives
    } else {
        Loop::Looks
    }
}

impl Loop {
    fn advice(&self, waits: &[Wait]) -> &'static str {
        match self {
            Self::Naps => {
                "It polls, with a sleep in between. Polling wastes CPU time and still reacts late: \
                 let the thread wait until another thread wakes it."
            }
            Self::TimesOut => {
                "Again and again its timeout passes, and it looks and waits once more, although \
                 nothing has changed: let it wait until another thread wakes it or its own time is \
                 up."
            }
            Self::Gives => "It keeps waking threads or sending messages, and nothing stops it.",
            Self::Looks if waits.iter().any(|wait| wait.deadline.is_some()) => {
                "It keeps polling instead of waiting to be woken. Time advances only while every \
                 thread waits, so as long as it spins, no deadline is ever reached."
            }
            Self::Looks => {
                "It keeps polling instead of waiting to be woken, and occupies a whole CPU core."
            }
        }
    }
}

pub(super) fn livelock(evidence: &Evidence<'_>, threads: &[usize], steps: u64) -> String {
    let who: Vec<String> = threads.iter().map(|&t| thread(evidence, t)).collect();
    let naps = |&thread: &usize| matches!(loop_of(evidence, thread), Loop::Naps);
    let times_out = |&thread: &usize| matches!(loop_of(evidence, thread), Loop::TimesOut);
    let was = if who.len() == 1 { "was" } else { "were" };
    let keep = match who.len() {
        _ if threads.iter().all(naps) => {
            "Polling, with a sleep in between, wastes CPU time and still reacts late: let a thread \
             wait until another thread wakes it"
        }
        _ if threads.iter().all(times_out) => {
            "Again and again a timeout passes without anything new: let a thread wait until another \
             thread wakes it or its own time is up"
        }
        1 => "It keeps looping without making progress",
        _ => "They keep reacting to each other without making progress",
    };
    format!(
        "{} {was} still running after {}, although every thread got its turn. {keep}.",
        list_some(&who, MOST_NAMED, "other thread"),
        // The schedule that is shown may have been run a little longer.
        count(steps.max(evidence.recorded), "step")
    )
}

pub(super) fn endless_loop(evidence: &Evidence<'_>, at: &[Location]) -> String {
    let place = at.iter().find_map(|at| {
        let function = evidence.sources.function(at).map(|name| format!(" in `{name}`"));
        Some(format!("at {}{}", evidence.sources.place(at)?, function.unwrap_or_default()))
    });
    let place = place.unwrap_or_else(|| "somewhere".to_owned());
    format!(
        "Endless loop {place}: it keeps running without ever waiting for anything, so no other \
         thread gets a turn and nothing can end it."
    )
}

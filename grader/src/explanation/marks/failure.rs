//! The places that a failure itself names: where threads panic, wait, loop or decide the outcome.

use super::super::evidence::Evidence;
use super::super::overflow::overflows;
use super::super::passed_over::PassedOver;
use super::super::timeline::Timeline;
use super::super::words::label;
use super::fact::{Fact, panics_below, tells};
use super::preempted::preemptions;
use super::standstill::{deadlock, lost_wakeup};
use crate::graded::Facts;
use record::{Failure, Operation, Panic, Step, StepStatus, Value};

/// The places of a failure, those that say most first.
pub(super) fn facts(evidence: &Evidence<'_>, shown: &Timeline) -> Vec<Fact> {
    let mut facts = match evidence.failure {
        Some(Failure::Panicked { panic, earlier }) => panicked(evidence, shown, panic, earlier),
        Some(Failure::Deadlock { waits, .. }) => deadlock(evidence, waits),
        Some(Failure::LostWakeup { waits, in_vain }) => {
            lost_wakeup(evidence, shown, waits, *in_vain)
        }
        Some(Failure::BusyWait { thread, at, .. }) => {
            at.iter().take(3).map(|at| Fact::failure(at, *thread, label::round())).collect()
        }
        Some(Failure::Livelock { threads, .. }) => last_places(evidence, threads),
        Some(Failure::EndlessLoop { at }) => {
            at.iter().take(1).map(|at| Fact::plain(at, label::endless())).collect()
        }
        Some(Failure::Refused { at, .. } | Failure::TooLarge { at, .. }) => {
            vec![Fact::plain(at, label::nothing())]
        }
        None => contracts(evidence),
    };
    if let Some(at) = evidence.panic_before_standstill() {
        let step = &evidence.trace.steps[at];
        let fact = match &step.below {
            Some(at) => panics_below(evidence, at, step.thread, &step.at),
            None => {
                let phrase = label::panics(evidence.sources.is_answer(&step.at));
                Fact::cause(&step.at, step.thread, phrase)
            }
        };
        facts.insert(0, fact);
    }
    facts.splice(0..0, overflowing(evidence, shown));
    // Where the failure itself is marked, the decisive step needs no mark: it is in the picture.
    let decisive = evidence.decisive_step().map(|at| &evidence.trace.steps[at]);
    let stands = facts.iter().any(|fact| fact.fails && evidence.sources.is_answer(&fact.at));
    // Without bad luck, the decisive step is only where the threads happened to be.
    let by_luck = !evidence.needs_no_luck();
    if let Some(step) = decisive.filter(|step| by_luck && !stands && tells(evidence, step)) {
        // That it continues with this step says less.
        let is_said = |fact: &Fact| {
            (&fact.at, fact.thread) == (&step.at, Some(step.thread))
                && fact.phrase == label::goes_on()
        };
        facts.retain(|fact| !is_said(fact));
        let wakes = matches!(step.operation, Operation::Relock | Operation::Park);
        facts.insert(0, Fact::cause(&step.at, step.thread, label::decisive(wakes)));
        let next = woken(evidence, shown).or_else(|| what_follows(evidence, shown));
        let is_marked = |next: &Fact| {
            facts.iter().any(|fact| (&fact.at, fact.thread) == (&next.at, next.thread))
        };
        let next: Vec<Fact> = next.into_iter().filter(|next| !is_marked(next)).collect();
        facts.extend(next);
    }
    facts
}

/// Where numbers do not fit, as far as the picture shows it, with the first number at each place.
fn overflowing(evidence: &Evidence<'_>, shown: &Timeline) -> Vec<Fact> {
    let steps = shown.shown_steps().map(|at| &evidence.trace.steps[at]);
    let its = steps.filter(|step| overflows(step) && evidence.sources.is_answer(&step.at));
    let mut facts: Vec<Fact> = Vec::new();
    for step in its {
        if let Some(Value::Changed { from, to }) = step.value
            && !facts.iter().any(|fact| fact.at == step.at)
        {
            let phrase = label::overflows(from, to);
            facts.push(Fact { thread: None, ..Fact::cause(&step.at, step.thread, phrase) });
        }
    }
    facts
}

/// Where another thread next meets the object of the decisive step, as far as the picture shows it:
/// that is how the fault takes its course.
fn what_follows(evidence: &Evidence<'_>, shown: &Timeline) -> Option<Fact> {
    let steps = &evidence.trace.steps;
    let at = evidence.decisive_step()?;
    let decisive = &steps[at];
    // A thread that wakes up on a condition variable meets the lock that belongs to it.
    let object_of = |step: &Step| match step.operation {
        Operation::Wait | Operation::Relock => evidence.lock_of_wait(step.thread),
        _ => step.object,
    };
    let meets = |step: &&Step| {
        step.thread != decisive.thread
            && step.at.line != decisive.at.line
            && object_of(step).is_some()
            && object_of(step) == object_of(decisive)
            && tells(evidence, step)
    };
    let later = shown.shown_steps().filter(|&step| step > at).map(|at| &steps[at]);
    let next = later.filter(|step| step.operation != Operation::Unlock).find(meets)?;
    // It may have been there all the time.
    let last = steps[..at].iter().rev().find(|step| step.thread == next.thread);
    let was_there = last.is_some_and(|last| last.at == next.at);
    let phrase = if was_there { label::waits_a_while() } else { label::comes_next() };
    Some(Fact::cause(&next.at, next.thread, phrase))
}

/// Where another thread wakes the one that fails, if that one has begun to wait after the decisive step. If
/// a function of the learner's does it that another one has called, then where it was called.
fn woken(evidence: &Evidence<'_>, shown: &Timeline) -> Option<Fact> {
    let Some(Failure::Panicked { panic, .. }) = evidence.failure else { return None };
    let steps = &evidence.trace.steps;
    let decisive = evidence.decisive_step()?;
    let waits =
        |at: usize| steps[at].thread == panic.thread && steps[at].operation == Operation::Wait;
    let since = shown.shown_steps().find(|&at| at > decisive && waits(at))?;
    let woken = evidence.woken();
    let wakes = |at: &usize| *at > since && woken.contains(&(*at, panic.thread));
    let step = shown.shown_steps().filter(wakes).last().map(|at| &steps[at])?;
    let caller = step.called_from.as_ref().filter(|at| evidence.sources.is_answer(at));
    let is_own = step.thread != panic.thread && tells(evidence, step);
    let phrase = label::wakes(evidence, panic.thread);
    let fact = |at| Fact::cause(at, step.thread, phrase.clone());
    is_own.then(|| fact(caller.unwrap_or(&step.at)))
}

fn panicked(
    evidence: &Evidence<'_>,
    shown: &Timeline,
    panic: &Panic,
    earlier: &[Panic],
) -> Vec<Fact> {
    // What the check itself panics with on purpose is nobody's fault, unless it is passed on.
    let (passed_on, spread) = (evidence.passed_on(), evidence.spread());
    let counts = |panic: &&Panic| {
        let is = |other: Option<&Panic>| other.is_some_and(|other| other == *panic);
        evidence.sources.is_answer(&panic.at) || is(passed_on) || is(spread)
    };
    let panics = earlier.iter().filter(counts).chain([panic]).flat_map(|panic| {
        let phrase = label::panics(panic.thread > 0 || evidence.sources.is_answer(&panic.at));
        let below = evidence.below(panic);
        let below = below.map(|at| panics_below(evidence, at, panic.thread, &panic.at));
        below.into_iter().chain([Fact::failure(&panic.at, panic.thread, phrase)])
    });
    let started = evidence.unexpected_threads().into_iter().filter_map(|at| {
        let step = &evidence.trace.steps[at];
        Some(Fact::cause(&step.at, step.thread, label::starts(evidence, step.target?)))
    });
    let passed_over = PassedOver::all(evidence).into_iter().filter_map(|it| {
        let &(notify, woken) = it.notifications.last()?;
        let step = &evidence.trace.steps[notify];
        let phrase = label::wakes_another(evidence, woken, it.thread);
        tells(evidence, step).then(|| Fact::cause(&step.at, step.thread, phrase))
    });
    panics
        .chain(started)
        .chain(passed_over)
        .chain(odd_step(evidence))
        .chain(preemptions(evidence, shown))
        .collect()
}

/// The last wait that ended spuriously or timed out early, or exchange that failed spuriously. A
/// deadline that passes when no thread could do anything else is what the check waits for.
fn odd_step(evidence: &Evidence<'_>) -> Option<Fact> {
    let step = evidence.trace.steps.iter().rev().find(|step| {
        step.how == StepStatus::Spurious
            || step.how == StepStatus::TimedOut
                && step.preempts
                && step.operation != Operation::Sleep
    })?;
    Some(Fact::cause(&step.at, step.thread, label::odd(step)))
}

/// Where the threads of a livelock loop: the places of their last steps.
fn last_places(evidence: &Evidence<'_>, threads: &[usize]) -> Vec<Fact> {
    const ROUND: usize = 40;
    let steps = evidence.trace.steps.iter().rev().take(ROUND);
    let theirs = steps.filter(|step| threads.contains(&step.thread) && tells(evidence, step));
    let mut facts: Vec<Fact> = Vec::new();
    for step in theirs {
        let places = facts.iter().filter(|fact| fact.thread == Some(step.thread)).count();
        if places < 3 {
            facts.push(Fact::failure(&step.at, step.thread, label::round()));
        }
    }
    facts
}

/// The parts of the answer that broken contracts are about.
fn contracts(evidence: &Evidence<'_>) -> Vec<Fact> {
    let Facts::ContractBroken(broken) = &evidence.check.facts else {
        return Vec::new();
    };
    let places = broken.iter().filter_map(|contract| contract.at.as_ref());
    places.map(|at| Fact::plain(at, label::contract())).collect()
}

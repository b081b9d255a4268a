//! The places that a failure itself names: where threads panic, wait, hold a lock, loop or are
//! preempted.

use super::super::below::{calls_back, innermost_call};
use super::super::evidence::Evidence;
use super::super::overflow::overflows;
use super::super::timeline::{Timeline, has_place};
use super::super::words::failure::{last_holder, telling_notification};
use super::super::words::label;
use super::fact::{Fact, panics_below, tells};
use crate::graded::Facts;
use record::{Failure, Location, Operation, Panic, Step, StepStatus, Value, Wait};
use std::collections::BTreeSet;

/// The places of a failure, those that say most first.
pub(super) fn facts(evidence: &Evidence<'_>, shown: &Timeline) -> Vec<Fact> {
    let mut facts = match evidence.failure {
        Some(Failure::Panicked { panic, earlier }) => panicked(evidence, shown, panic, earlier),
        Some(Failure::Deadlock { waits, .. }) => deadlock(evidence, waits),
        Some(Failure::LostWakeup { waits }) => lost_wakeup(evidence, shown, waits),
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
        facts.insert(0, Fact::cause(&step.at, step.thread, label::decisive()));
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
    Some(Fact::cause(&next.at, next.thread, label::comes_next()))
}

/// Where another thread wakes the one that fails, if that one has begun to wait after the decisive step:
/// the statement of the caller's if a function that others call, too, does it.
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
    panics.chain(started).chain(odd_step(evidence)).chain(preemptions(evidence, shown)).collect()
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

/// Where a thread was preempted and where it continued, both in the learner's file: the last two
/// preemptions that the picture shows. One that it does not show explains nothing.
fn preemptions(evidence: &Evidence<'_>, shown: &Timeline) -> Vec<Fact> {
    if evidence.needs_no_luck() {
        return Vec::new();
    }
    let steps = &evidence.trace.steps;
    let tells = |step: &&Step| tells(evidence, step);
    let mut facts = Vec::new();
    let all = (1..steps.len()).rev();
    for (index, victim) in all.filter_map(|index| Some((index, evidence.preempted(index)?))) {
        let of_victim = |step: &&Step| step.thread == victim;
        // If the nearest step that has a place is not in the learner's file, a step farther away
        // is not where the thread was preempted or continued.
        let placed = |step: &&Step| of_victim(step) && has_place(step);
        let before = steps[..index].iter().rev().find(placed).filter(tells);
        let goes_on = steps[index..].iter().find(placed);
        let after = goes_on.filter(tells);
        let is_shown = shown.shows_preemption(index);
        if let (Some(before), None, true) = (before, goes_on, is_shown) {
            facts.push(Fact::cause(&before.at, victim, label::preempted()));
        }
        if let (Some(before), Some(after), true) = (before, after, is_shown) {
            facts.push(Fact::cause(&before.at, victim, label::preempted()));
            facts.push(Fact::cause(&after.at, victim, label::goes_on()));
            // One line alone does not say what came in between.
            if before.at.line == after.at.line {
                facts.extend(meanwhile(evidence, shown, (index, victim), before.at.line));
            }
        }
        if facts.len() >= 4 {
            break;
        }
    }
    facts
}

/// What the picture shows of the other threads' steps from step `index` on, until `victim` continues:
/// the first and the last in the learner's file that are not on `line`.
fn meanwhile(
    evidence: &Evidence<'_>,
    shown: &Timeline,
    (index, victim): (usize, usize),
    line: u32,
) -> Vec<Fact> {
    let steps = &evidence.trace.steps;
    let goes_on = steps[index..].iter().position(|step| step.thread == victim);
    let until = goes_on.map_or(steps.len(), |after| index + after);
    let others = shown.shown_steps().filter(|at| (index..until).contains(at));
    // The decisive step is marked anyway.
    let others = others.filter(|&at| evidence.decisive_step() != Some(at)).map(|at| &steps[at]);
    let mut others: Vec<&Step> =
        others.filter(|step| tells(evidence, step) && step.at.line != line).collect();
    // Best of all, what they did to the objects that the victim uses.
    let uses = |object: usize| {
        steps.iter().any(|step| step.thread == victim && step.object == Some(object))
    };
    let concerns = |step: &&Step| step.object.is_some_and(uses);
    if others.iter().any(concerns) {
        others.retain(concerns);
    }
    let last = others.pop();
    let both = others.into_iter().take(1).chain(last);
    both.map(|step| Fact::cause(&step.at, step.thread, label::runs_meanwhile())).collect()
}

fn deadlock(evidence: &Evidence<'_>, waits: &[Wait]) -> Vec<Fact> {
    let core = evidence.core();
    let mut facts = Vec::new();
    for wait in waits.iter().filter(|wait| core.contains(&wait.thread)) {
        for held in &wait.holds {
            let wanted = waits.iter().any(|other| {
                other.held_by.contains(&wait.thread) && other.object == Some(held.object)
            });
            if wanted {
                let phrase = label::holds(evidence, held.object);
                facts.push(Fact::cause(&held.since, wait.thread, phrase));
            }
        }
        facts.push(Fact::failure(&wait.at, wait.thread, label::waits(evidence, wait)));
        facts.extend(comes_back(evidence, wait));
    }
    facts.extend(held_up(evidence, waits, &core));
    facts.extend(callers(evidence, &facts));
    facts
}

/// The learner's statements that call the functions in which threads wait for ever, if there is room for
/// them: a function that waits may be right, and called in the wrong place.
fn callers(evidence: &Evidence<'_>, facts: &[Fact]) -> Vec<Fact> {
    /// With more places than this, more of them only distract.
    const FEW: usize = 2;
    let places: BTreeSet<u32> = facts.iter().map(|fact| fact.at.line).collect();
    if places.len() > FEW {
        return Vec::new();
    }
    let steps = &evidence.trace.steps;
    let caller = |fact: &Fact| {
        let last = steps.iter().rposition(|step| Some(step.thread) == fact.thread)?;
        let step = &steps[last];
        // The function that the check has called says nothing new.
        let call = innermost_call(evidence, last);
        let of_call = call.and_then(|call| Some((call.called_from.as_ref()?, &call.function)));
        let is_told_apart = |from: &&Location| evidence.sources.is_told_apart_by(&step.at, from);
        let of_step = step.called_from.as_ref().filter(is_told_apart).map(|from| (from, &step.at));
        let (from, called) = of_call.or(of_step)?;
        let here = evidence.sources.call_of(from, called)?;
        let is_it = fact.fails && step.at == fact.at && !places.contains(&here.line);
        let function = evidence.sources.function(called)?;
        is_it.then(|| Fact::cause(&here, step.thread, label::calls(&function)))
    };
    facts.iter().filter_map(caller).take(FEW).collect()
}

/// The threads that the failure is not about, but that wait for ever in the learner's own lines.
fn held_up(evidence: &Evidence<'_>, waits: &[Wait], core: &[usize]) -> Vec<Fact> {
    let outside = waits.iter().filter(|wait| !core.contains(&wait.thread));
    let own = outside.filter(|wait| evidence.sources.is_answer(&wait.at));
    own.map(|wait| Fact::failure(&wait.at, wait.thread, label::waits(evidence, wait))).collect()
}

/// The learner's statement that runs other code, which calls the learner's function that waits for ever.
fn comes_back(evidence: &Evidence<'_>, wait: &Wait) -> Option<Fact> {
    let last = evidence.trace.steps.iter().rposition(|step| step.thread == wait.thread)?;
    let (from, call) = calls_back(evidence, last)?;
    let function = evidence.sources.function(&call.function)?;
    Some(Fact::cause(from, wait.thread, label::calls_back(&function)))
}

/// Where a thread waits for ever. If that is not in the learner's file: the learner's statement that runs
/// the code that waits, too.
fn stands(evidence: &Evidence<'_>, wait: &Wait) -> Vec<Fact> {
    let mut its = evidence.trace.steps.iter().rev();
    let last = its.find(|step| step.thread == wait.thread && step.at == wait.at);
    let around = last.and_then(|step| step.called_from.as_ref());
    let is_elsewhere = !evidence.sources.is_answer(&wait.at);
    let around = around.filter(|at| is_elsewhere && evidence.sources.is_answer(at));
    let here = Fact::failure(&wait.at, wait.thread, label::waits_for_ever());
    let fact = |at| Fact::failure(at, wait.thread, label::waits_below_for_ever());
    around.map(fact).into_iter().chain([here]).chain(comes_back(evidence, wait)).collect()
}

fn lost_wakeup(evidence: &Evidence<'_>, shown: &Timeline, waits: &[Wait]) -> Vec<Fact> {
    let core = evidence.core();
    let stuck: Vec<&Wait> = waits.iter().filter(|wait| core.contains(&wait.thread)).collect();
    let mut facts: Vec<Fact> = stuck.iter().flat_map(|wait| stands(evidence, wait)).collect();
    let condvars: Vec<usize> = stuck.iter().filter_map(|wait| wait.object).collect();
    if let Some(step) = telling_notification(evidence, &condvars) {
        let here = step.object.is_some_and(|object| condvars.contains(&object));
        let unheard = here && step.value == Some(Value::Woken(0));
        facts.push(Fact::cause(&step.at, step.thread, label::notifies(unheard)));
    } else if let Some(step) = last_holder(evidence, &condvars) {
        facts.push(Fact::cause(&step.at, step.thread, label::notifies_nobody()));
    }
    facts.extend(held_up(evidence, waits, &core));
    // The place where a preempted thread continues is most often where it waits.
    let waits_at = |at: &Location| stuck.iter().any(|wait| wait.at == *at);
    facts.extend(preemptions(evidence, shown).into_iter().filter(|fact| !waits_at(&fact.at)));
    facts.extend(callers(evidence, &facts));
    facts
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

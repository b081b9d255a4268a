//! Which lines of the source explain a failure, and what is said beside each.

use super::evidence::Evidence;
use super::timeline::{Timeline, has_place};
use super::words::failure::{last_holder, telling_notification};
use super::words::label::{self, Phrase};
use crate::graded::Facts;
use crate::verdict::Verdict;
use record::marks::Standing;
use record::{Failure, Location, Operation, Panic, Step, StepStatus, Value, Wait};
use serde::Serialize;

/// More places than this do not help.
const MOST: usize = 4;

/// The same if there is no picture, but the places where threads and processes stand.
const MOST_STANDING: usize = 7;

/// A place in the source and what happened there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// The file as the user would open it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The line itself.
    pub text: String,
    /// What is said beside it, a few words each.
    pub labels: Vec<String>,
    /// The check fails here. Otherwise the mark shows what led to the failure.
    pub fails: bool,
    /// It is in the learner's file.
    pub own: bool,
    /// The place as the record names it.
    #[serde(skip)]
    pub(crate) at: Location,
}

/// What one thread did at a place.
struct Fact {
    at: Location,
    thread: Option<usize>,
    phrase: Phrase,
    fails: bool,
}

impl Fact {
    fn cause(at: &Location, thread: usize, phrase: Phrase) -> Self {
        Self { at: at.clone(), thread: Some(thread), phrase, fails: false }
    }

    fn failure(at: &Location, thread: usize, phrase: Phrase) -> Self {
        Self { fails: true, ..Self::cause(at, thread, phrase) }
    }

    /// Something that is not said of any thread.
    fn plain(at: &Location, phrase: Phrase) -> Self {
        Self { at: at.clone(), thread: None, phrase, fails: true }
    }
}

/// The lines of the learner's file that explain the failure, or lines of the checks if the
/// learner's file has none.
pub(super) fn of(evidence: &Evidence<'_>, shown: &Timeline) -> Vec<Mark> {
    let facts = facts(evidence, shown);
    let (mut own, other): (Vec<Fact>, Vec<Fact>) =
        facts.into_iter().partition(|fact| evidence.sources.is_answer(&fact.at));
    let fails_in_own = match evidence.failure {
        Some(Failure::Panicked { panic, .. }) => evidence.sources.is_answer(&panic.at),
        _ => own.iter().any(|fact| fact.fails && fact.thread == Some(0)),
    };
    if !fails_in_own && !evidence.check.standing.is_empty() {
        own = standing(evidence);
    }
    let fallbacks: [&dyn Fn() -> Vec<Fact>; 3] =
        [&|| examined_functions(evidence), &|| shown_waits(evidence, shown), &|| {
            standing(evidence)
        }];
    // If the picture has lines of the learner's, one that only ran last would mislead. They do not
    // tell where a panic inside a library came from.
    let in_library = matches!(
        evidence.failure,
        Some(Failure::Panicked { panic, .. }) if evidence.sources.find(&panic.at).is_none()
    );
    let has_rows =
        !in_library && shown.shown_steps().any(|at| tells(evidence, &evidence.trace.steps[at]));
    let last_resorts: [&dyn Fn() -> Vec<Fact>; 3] =
        [&|| called_functions(evidence), &|| last_own_steps(evidence, false), &|| {
            last_own_steps(evidence, true)
        }];
    let last_resorts = last_resorts.into_iter().filter(|_| !has_rows);
    for fallback in fallbacks.into_iter().chain(last_resorts) {
        if own.is_empty() {
            own = fallback();
        }
    }
    gather(evidence, if own.is_empty() { other } else { own })
}

fn facts(evidence: &Evidence<'_>, shown: &Timeline) -> Vec<Fact> {
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
        let phrase = label::panics(evidence.sources.is_answer(&step.at));
        facts.insert(0, Fact::cause(&step.at, step.thread, phrase));
    }
    // Where the failure itself is marked, the decisive step needs no mark: it is in the picture.
    let decisive = evidence.decisive_step().map(|at| &evidence.trace.steps[at]);
    let stands = facts.iter().any(|fact| fact.fails && evidence.sources.is_answer(&fact.at));
    // Without bad luck, the decisive step is only where the threads happened to be.
    let by_luck =
        evidence.trace.steps.iter().any(|step| step.preempts || step.how == StepStatus::Spurious);
    if let Some(step) = decisive.filter(|step| by_luck && !stands && tells(evidence, step)) {
        facts.insert(0, Fact::cause(&step.at, step.thread, label::decisive()));
    }
    facts
}

fn panicked(
    evidence: &Evidence<'_>,
    shown: &Timeline,
    panic: &Panic,
    earlier: &[Panic],
) -> Vec<Fact> {
    let panics = earlier.iter().chain([panic]).map(|panic| {
        let phrase = label::panics(panic.thread > 0 || evidence.sources.is_answer(&panic.at));
        Fact::failure(&panic.at, panic.thread, phrase)
    });
    panics.chain(odd_step(evidence)).chain(preemptions(evidence, shown)).collect()
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

/// Whether a step happened at a place in the learner's file that can be pointed at.
fn tells(evidence: &Evidence<'_>, step: &Step) -> bool {
    evidence.sources.is_answer(&step.at) && has_place(step) && step.operation != Operation::Panic
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
        let after = steps[index..].iter().find(placed).filter(tells);
        let is_shown = shown.shows_preemption(index);
        if let (Some(before), Some(after), true) = (before, after, is_shown) {
            facts.push(Fact::cause(&before.at, victim, label::preempted()));
            facts.push(Fact::cause(&after.at, victim, label::goes_on()));
        }
        if facts.len() >= 4 {
            break;
        }
    }
    facts
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
    }
    facts.extend(held_up(evidence, waits, &core));
    facts
}

/// The threads that the failure is not about, but that wait for ever in the learner's own lines.
fn held_up(evidence: &Evidence<'_>, waits: &[Wait], core: &[usize]) -> Vec<Fact> {
    let outside = waits.iter().filter(|wait| !core.contains(&wait.thread));
    let own = outside.filter(|wait| evidence.sources.is_answer(&wait.at));
    own.map(|wait| Fact::failure(&wait.at, wait.thread, label::waits(evidence, wait))).collect()
}

fn lost_wakeup(evidence: &Evidence<'_>, shown: &Timeline, waits: &[Wait]) -> Vec<Fact> {
    let core = evidence.core();
    let stuck: Vec<&Wait> = waits.iter().filter(|wait| core.contains(&wait.thread)).collect();
    let mut facts: Vec<Fact> = stuck
        .iter()
        .map(|wait| Fact::failure(&wait.at, wait.thread, label::waits_for_ever()))
        .collect();
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

/// The last step in the learner's file up to the decisive step or the failure: by the thread of the
/// decisive step, or else by one of those that the failure is about, or else by any other. Waiting
/// for a thread to finish says little, so such steps are considered only if `waits`, and then no
/// others are.
fn last_own_steps(evidence: &Evidence<'_>, waits: bool) -> Vec<Fact> {
    let steps = &evidence.trace.steps;
    let fails =
        |step: &Step| step.operation == Operation::Panic && evidence.panic_of(step).is_some();
    let failed = || steps.iter().rposition(fails).unwrap_or(steps.len());
    let end = evidence.decisive_step().map_or_else(failed, |step| step + 1);
    let says = |step: &&Step| {
        let is_wait = matches!(step.operation, Operation::Join | Operation::ScopeEnd);
        let is_here = evidence.sources.is_answer(&step.at) && has_place(step);
        is_here && step.operation != Operation::Now && is_wait == waits
    };
    let before = || steps[..end].iter().rev().filter(says);
    let core = evidence.core();
    let decisive = evidence.decisive_step().map(|step| &steps[step]);
    let decides = decisive.map(|step| step.thread);
    let by_decider = before().find(|step| decides == Some(step.thread));
    let by_core = || before().find(|step| core.contains(&step.thread));
    let last = by_decider.or_else(by_core).or_else(|| before().next());
    let phrase = |step: &Step| match step.operation {
        Operation::Panic => label::panics(true),
        _ if decisive.is_some_and(|it| std::ptr::eq(it, step)) => label::decisive(),
        _ if decides == Some(step.thread) => label::was_here_before_it(),
        _ => label::was_here_last(),
    };
    last.map(|step| Fact::cause(&step.at, step.thread, phrase(step))).into_iter().collect()
}

/// Where the learner's code waits, in the rows of the picture: for a lock or, if threads waited for
/// too long, for anything.
fn shown_waits(evidence: &Evidence<'_>, shown: &Timeline) -> Vec<Fact> {
    let steps: Vec<&Step> = shown.shown_steps().map(|at| &evidence.trace.steps[at]).collect();
    let own = |step: &&&Step| evidence.sources.is_answer(&step.at);
    let lock = |step: &&&Step| {
        let is_lock =
            matches!(step.operation, Operation::Lock | Operation::Read | Operation::Write);
        is_lock && step.how == StepStatus::Blocked
    };
    let any = |step: &&&Step| {
        let is_wait = matches!(step.operation, Operation::Wait | Operation::Park | Operation::Recv);
        is_wait && step.how != StepStatus::TimedOut
    };
    let too_long = matches!(evidence.check.verdict, Verdict::Starvation | Verdict::NotParallel);
    let fact = |step: &&Step| Fact::cause(&step.at, step.thread, label::waits_a_while());
    let locks: Vec<Fact> = steps.iter().filter(own).filter(lock).map(fact).collect();
    match locks.is_empty() && too_long {
        true => steps.iter().filter(own).filter(any).map(fact).collect(),
        false => locks,
    }
}

/// Where the threads were, as far as a second run with marks could tell.
fn standing(evidence: &Evidence<'_>) -> Vec<Fact> {
    let standing = &evidence.check.standing;
    let phrase = |it: &Standing| label::stands(&it.thread, it.process, is_running(evidence));
    standing.iter().map(|it| Fact { fails: false, ..Fact::plain(&it.at, phrase(it)) }).collect()
}

/// The parts of the answer that broken contracts are about.
fn contracts(evidence: &Evidence<'_>) -> Vec<Fact> {
    let Facts::ContractBroken(broken) = &evidence.check.facts else {
        return Vec::new();
    };
    let places = broken.iter().filter_map(|contract| contract.at.as_ref());
    places.map(|at| Fact::plain(at, label::contract())).collect()
}

/// Whether the failing run was still going and had to be stopped.
fn is_running(evidence: &Evidence<'_>) -> bool {
    matches!(&evidence.check.facts, Facts::Died(exit) if exit.is_hang())
}

/// The learner's function whose result the failing assertion of the check examines.
fn examined_functions(evidence: &Evidence<'_>) -> Vec<Fact> {
    let Some(Failure::Panicked { panic, .. }) = evidence.failure else {
        return Vec::new();
    };
    let examined = evidence.sources.functions_examined(&panic.at, &panic.message);
    examined.iter().take(1).map(|at| Fact::plain(at, label::result_is_wrong())).collect()
}

/// The learner's function called nearest to the failing line of the check, or the first one that it
/// calls if there is no such line.
fn called_functions(evidence: &Evidence<'_>) -> Vec<Fact> {
    let Some(Failure::Panicked { panic, .. }) = evidence.failure else {
        return Vec::new();
    };
    // A panic inside a library does not tell where in the check it came from.
    let (called, phrase) = match evidence.sources.find(&panic.at) {
        Some(_) => (evidence.sources.functions_called(&panic.at), label::called_last()),
        None => (evidence.sources.functions_of_check(&evidence.check.name), label::called()),
    };
    let first = called.iter().take(1);
    first.map(|at| Fact { fails: false, ..Fact::plain(at, phrase.clone()) }).collect()
}

/// One mark for each place, in source order. A phrase that applies to several threads is said once.
fn gather(evidence: &Evidence<'_>, facts: Vec<Fact>) -> Vec<Mark> {
    struct Place {
        at: Location,
        said: Vec<(Phrase, Vec<usize>)>,
        fails: bool,
    }
    let mut places: Vec<Place> = Vec::new();
    for fact in facts {
        let index = places.iter().position(|place| place.at == fact.at).unwrap_or_else(|| {
            places.push(Place { at: fact.at.clone(), said: Vec::new(), fails: false });
            places.len() - 1
        });
        let place = &mut places[index];
        place.fails |= fact.fails;
        match place.said.iter_mut().find(|(phrase, _)| *phrase == fact.phrase) {
            Some((_, threads)) => {
                threads.extend(fact.thread.filter(|thread| !threads.contains(thread)));
            }
            None => place.said.push((fact.phrase, fact.thread.into_iter().collect())),
        }
    }
    let stands = !evidence.check.standing.is_empty();
    places.truncate(if stands { MOST_STANDING } else { MOST });
    places.sort_by(|a, b| {
        (&a.at.file, a.at.line, a.at.column).cmp(&(&b.at.file, b.at.line, b.at.column))
    });
    let mark = |mut place: Place| {
        place.said.iter_mut().for_each(|(_, who)| who.sort_unstable());
        let said = place.said.iter().map(|(phrase, who)| label::label(evidence, who, phrase));
        let labels = said.filter(|label| !label.is_empty()).collect();
        let (file, text) = evidence.sources.line(&place.at)?;
        Some(Mark {
            file: file.to_owned(),
            line: place.at.line,
            column: place.at.column,
            text: text.to_owned(),
            labels,
            fails: place.fails,
            own: evidence.sources.is_answer(&place.at),
            at: place.at,
        })
    };
    places.into_iter().filter_map(mark).collect()
}

//! Which lines of the source explain a failure, and what is said beside each.

use super::scene::Scene;
use super::story::has_place;
use super::words::failure::last_notification;
use super::words::label::{self, Phrase};
use record::{Failure, How, Location, Operation, Panic, Step, Value, Wait};

/// More places than this do not help.
const MOST: usize = 4;

/// A place in the source with what happened there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remark {
    /// Where.
    pub(super) at: Location,
    /// A few words each.
    pub(super) labels: Vec<String>,
    /// Where it fails, as against how it came to that.
    pub(super) fails: bool,
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
}

/// The decisive lines of the learner's file, or of the checks where the learner's file has none.
pub(super) fn remarks(scene: &Scene) -> Vec<Remark> {
    let facts = match scene.failure {
        Some(Failure::Panicked { panic, earlier }) => panicked(scene, panic, earlier),
        Some(Failure::Deadlock { waits, .. }) => deadlock(scene, waits),
        Some(Failure::LostWakeup { waits }) => lost_wakeup(scene, waits),
        Some(Failure::BusyWait { thread, at, .. }) => {
            at.iter().take(3).map(|at| Fact::failure(at, *thread, label::round())).collect()
        }
        Some(Failure::Livelock { threads, .. }) => last_places(scene, threads),
        Some(Failure::Refused { at, .. }) => {
            vec![Fact { at: at.clone(), thread: None, phrase: label::nothing(), fails: true }]
        }
        None => Vec::new(),
    };
    let (own, other): (Vec<Fact>, Vec<Fact>) =
        facts.into_iter().partition(|fact| scene.sources.is_answer(&fact.at));
    gather(scene, if own.is_empty() { other } else { own })
}

fn panicked(scene: &Scene, panic: &Panic, earlier: &[Panic]) -> Vec<Fact> {
    let panics = earlier.iter().chain([panic]).map(|panic| {
        let phrase = label::panics(panic.thread > 0 || scene.sources.is_answer(&panic.at));
        Fact::failure(&panic.at, panic.thread, phrase)
    });
    panics.chain(odd_step(scene)).chain(preemptions(scene)).collect()
}

/// A wait that ended for no reason or too early, or an exchange that failed for no reason: the last.
fn odd_step(scene: &Scene) -> Option<Fact> {
    let step = scene.trace.steps.iter().rev().find(|step| {
        step.how == How::Spurious || step.how == How::TimedOut && step.operation != Operation::Sleep
    })?;
    Some(Fact::cause(&step.at, step.thread, label::odd(step)))
}

/// Where a thread was preempted and where it went on: in the learner's file, the last two.
fn preemptions(scene: &Scene) -> Vec<Fact> {
    let steps = &scene.trace.steps;
    let tells = |step: &&Step| {
        scene.sources.is_answer(&step.at) && has_place(step) && step.operation != Operation::Panic
    };
    let mut facts = Vec::new();
    for index in (1..steps.len()).rev().filter(|&index| steps[index].preempts) {
        let victim = steps[index - 1].thread;
        let of_victim = |step: &&Step| step.thread == victim;
        let before = steps[..index].iter().rev().filter(of_victim).find(tells);
        let after = steps[index..].iter().filter(of_victim).find(tells);
        if let (Some(before), Some(after)) = (before, after) {
            facts.push(Fact::cause(&before.at, victim, label::preempted()));
            facts.push(Fact::cause(&after.at, victim, label::goes_on()));
        }
        if facts.len() >= 4 {
            break;
        }
    }
    facts
}

fn deadlock(scene: &Scene, waits: &[Wait]) -> Vec<Fact> {
    let core = scene.core();
    let mut facts = Vec::new();
    for wait in waits.iter().filter(|wait| core.contains(&wait.thread)) {
        facts.push(Fact::failure(&wait.at, wait.thread, label::waits(scene, wait)));
        for held in &wait.holds {
            let wanted = waits.iter().any(|other| {
                other.held_by.contains(&wait.thread) && other.object == Some(held.object)
            });
            if wanted {
                let phrase = label::holds(scene, held.object);
                facts.push(Fact::cause(&held.since, wait.thread, phrase));
            }
        }
    }
    facts
}

fn lost_wakeup(scene: &Scene, waits: &[Wait]) -> Vec<Fact> {
    let core = scene.core();
    let stuck: Vec<&Wait> = waits.iter().filter(|wait| core.contains(&wait.thread)).collect();
    let mut facts: Vec<Fact> = stuck
        .iter()
        .map(|wait| Fact::failure(&wait.at, wait.thread, label::waits_for_ever()))
        .collect();
    let condvars: Vec<usize> = stuck.iter().filter_map(|wait| wait.object).collect();
    if let Some(step) = last_notification(scene, &condvars) {
        let unheard = step.value == Some(Value::Woken(0));
        facts.push(Fact::cause(&step.at, step.thread, label::notifies(unheard)));
    }
    // Where a preempted thread goes on is most often where it waits.
    let waits_at = |at: &Location| stuck.iter().any(|wait| wait.at == *at);
    facts.extend(preemptions(scene).into_iter().filter(|fact| !waits_at(&fact.at)));
    facts
}

/// Where the threads of a livelock go round: the places of the last steps.
fn last_places(scene: &Scene, threads: &[usize]) -> Vec<Fact> {
    const ROUND: usize = 40;
    let steps = scene.trace.steps.iter().rev().take(ROUND);
    let theirs = steps.filter(|step| {
        threads.contains(&step.thread) && has_place(step) && scene.sources.is_answer(&step.at)
    });
    let mut facts: Vec<Fact> = Vec::new();
    for step in theirs {
        let places = facts.iter().filter(|fact| fact.thread == Some(step.thread)).count();
        if places < 3 {
            facts.push(Fact::failure(&step.at, step.thread, label::round()));
        }
    }
    facts
}

/// One remark a place, in the order of the source. What is said of several threads is said once.
fn gather(scene: &Scene, facts: Vec<Fact>) -> Vec<Remark> {
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
    places.truncate(MOST);
    places.sort_by(|a, b| {
        (&a.at.file, a.at.line, a.at.column).cmp(&(&b.at.file, b.at.line, b.at.column))
    });
    let remark = |mut place: Place| {
        place.said.iter_mut().for_each(|(_, who)| who.sort_unstable());
        let said = place.said.iter().map(|(phrase, who)| label::label(scene, who, phrase));
        let labels = said.filter(|label| !label.is_empty()).collect();
        Remark { at: place.at, labels, fails: place.fails }
    };
    places.into_iter().map(remark).collect()
}

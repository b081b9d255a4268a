//! How telling an event is, and which go when there are too many.

use super::super::scene::Scene;
use super::super::words::failure::last_notification;
use super::events::{Event, is_solo, takes};
use record::{Failure, How, Operation, Step};

/// Lighter events may go without a word: unlocks, and what no other thread can see.
const SAID: u8 = 35;

/// More preemptions are not kept for their own sake.
const MOST_PREEMPTIONS: usize = 4;

/// Keep the `most` weightiest events, of equals the latest, and count what is left out between.
pub(super) fn cut(scene: &Scene, events: &mut Vec<Event>, most: usize) {
    if events.len() <= most {
        return;
    }
    let weights = weigh(scene, events);
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse((weights[at], at)));
    let mut kept = order[..most].to_vec();
    kept.sort_unstable();
    let mut before = 0;
    let mut shown = Vec::with_capacity(most);
    for at in kept {
        let gap: Vec<usize> = (before..at).filter(|&at| weights[at] >= SAID).collect();
        let mut event = events[at].clone();
        match gap[..] {
            // To show it takes no more room than to say that it is not shown.
            [only] => shown.push(events[only].clone()),
            _ => event.left_out = gap.iter().map(|&at| steps(&events[at])).sum(),
        }
        before = at + 1;
        shown.push(event);
    }
    *events = shown;
}

/// How many steps an event stands for.
fn steps(event: &Event) -> usize {
    let repeats = event.again.map_or(0, |(length, times)| length * times as usize);
    1 + usize::from(event.unlocks) + usize::from(event.begins_wait) + repeats
}

fn weigh(scene: &Scene, events: &[Event]) -> Vec<u8> {
    let steps = &scene.trace.steps;
    let mut weights: Vec<u8> =
        events.iter().map(|event| weight(scene, &steps[event.step])).collect();
    // Of a livelock, any piece is as good as another, but it must be in one piece: the end.
    if matches!(scene.failure, Some(Failure::Livelock { .. })) {
        weights.fill(0);
        return weights;
    }
    // Round a preemption: the last event of the preempted thread, its next one, and the one that
    // came between. Where there are many, the last few are those that did it.
    let preempting = (0..events.len()).rev().filter(|&at| steps[events[at].step].preempts);
    for at in preempting.take(MOST_PREEMPTIONS) {
        let index = events[at].step;
        if index == 0 {
            continue;
        }
        let victim = steps[index - 1].thread;
        let of_victim = |event: &Event| steps[event.step].thread == victim;
        let before = events[..at].iter().rposition(of_victim);
        let after = events[at..].iter().position(of_victim).map(|after| at + after);
        for at in [Some(at), before, after].into_iter().flatten() {
            weights[at] = weights[at].max(80);
        }
    }
    // The last wait of each thread that the fault is about.
    for thread in scene.core() {
        let last = events.iter().rposition(|event| {
            let step = &steps[event.step];
            step.thread == thread && (step.how == How::Blocked || event.begins_wait)
        });
        if let Some(last) = last {
            weights[last] = 100;
        }
    }
    weights
}

/// How telling a step is by itself.
fn weight(scene: &Scene, step: &Step) -> u8 {
    if step.operation == Operation::Panic {
        return 100;
    }
    if is_held_at_the_end(scene, step) || is_last_notification(scene, step) {
        return 95;
    }
    if matches!(step.how, How::Spurious | How::TimedOut) {
        return 90;
    }
    if is_solo(scene, step) {
        return 15;
    }
    match step.operation {
        Operation::Store
        | Operation::Swap
        | Operation::CompareExchange
        | Operation::FetchUpdate
        | Operation::Send
        | Operation::Set
        | Operation::NotifyOne
        | Operation::NotifyAll
        | Operation::Wait
        | Operation::Relock
        | Operation::Park
        | Operation::Unpark => 60,
        Operation::Unlock => 20,
        Operation::Spawn | Operation::Join | Operation::Disconnect => 30,
        Operation::Sleep | Operation::YieldNow | Operation::SpinLoop => 40,
        _ => 50,
    }
}

/// Whether a step took a lock that is still held when all stands still.
fn is_held_at_the_end(scene: &Scene, step: &Step) -> bool {
    let Some(Failure::Deadlock { waits, .. }) = scene.failure else {
        return false;
    };
    takes(step)
        && waits.iter().filter(|wait| wait.thread == step.thread).any(|wait| {
            wait.holds.iter().any(|held| Some(held.object) == step.object && held.since == step.at)
        })
}

/// Whether a step is the notification that did not reach those who wait for ever.
fn is_last_notification(scene: &Scene, step: &Step) -> bool {
    let Some(Failure::LostWakeup { waits }) = scene.failure else {
        return false;
    };
    let condvars: Vec<usize> = waits.iter().filter_map(|wait| wait.object).collect();
    last_notification(scene, &condvars).is_some_and(|last| std::ptr::eq(last, step))
}

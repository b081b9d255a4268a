//! What is shown of threads that the failed assertion names.

use super::super::evidence::Evidence;
use super::super::passed_over::PassedOver;
use super::events::Event;
use super::scope::{ESSENTIAL, LEAST};

/// At most this many of the notifications that woke others are shown.
const FEW: usize = 2;

/// How many steps are shown of a thread that was woken.
const NEXT: usize = 2;

/// If the failed assertion names threads that still wait: raise the relevance of where each began to wait,
/// of the last notifications that woke others in its place, and of what those did before and next. Of other
/// threads, and of what is done at the same places, nothing is shown.
pub(super) fn waits_of_named(evidence: &Evidence<'_>, events: &[Event], relevance: &mut [i32]) {
    let steps = &evidence.trace.steps;
    for it in PassedOver::all(evidence) {
        let Some(&(last, _)) = it.notifications.last() else { continue };
        let places = [&steps[last].at, &steps[it.wait].at];
        let woken = it.notifications.iter().map(|&(_, woken)| woken);
        let about: Vec<usize> = woken.chain([it.thread]).chain(evidence.core()).collect();
        let is_other = |event: &Event| {
            let step = &steps[event.step];
            places.contains(&&step.at) || !about.contains(&step.thread)
        };
        let others = events.iter().zip(&mut *relevance).filter(|(event, _)| is_other(event));
        others.for_each(|(_, rated)| *rated = (*rated).min(LEAST));
        let mut shown = vec![it.wait];
        for &(notify, woken) in it.notifications.iter().rev().take(FEW) {
            shown.push(notify);
            let its =
                || events.iter().map(|event| event.step).filter(|&it| steps[it].thread == woken);
            shown.extend(its().rfind(|&step| step < notify));
            shown.extend(its().filter(|&step| step > notify).take(NEXT));
        }
        for (event, rated) in events.iter().zip(&mut *relevance) {
            if shown.contains(&event.step) {
                *rated = ESSENTIAL;
            }
        }
    }
}

//! The few words beside a line of source.

use super::super::scene::Scene;
use super::list;
use super::step::{object, thread};
use record::{How, Operation, Step, Wait};

/// What is said of one thread or of several: `waits here`, `wait here`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Phrase {
    one: String,
    many: String,
}

fn phrase(one: &str, many: &str) -> Phrase {
    Phrase { one: one.to_owned(), many: many.to_owned() }
}

/// The label for what `phrase` says of `threads`.
pub(in super::super) fn label(scene: &Scene, threads: &[usize], phrase: &Phrase) -> String {
    let names: Vec<String> = threads.iter().map(|&who| thread(scene, who)).collect();
    let verb = if names.len() == 1 { &phrase.one } else { &phrase.many };
    format!("{} {verb}", list(&names)).trim_end().to_owned()
}

pub(in super::super) fn panics(in_answer: bool) -> Phrase {
    if in_answer { phrase("panics here", "panic here") } else { phrase("fails here", "fail here") }
}

pub(in super::super) fn preempted() -> Phrase {
    phrase("is preempted after this", "are preempted after this")
}

pub(in super::super) fn goes_on() -> Phrase {
    phrase("goes on here", "go on here")
}

pub(in super::super) fn round() -> Phrase {
    phrase("comes here again and again", "come here again and again")
}

pub(in super::super) fn odd(step: &Step) -> Phrase {
    match (step.how, step.operation) {
        (How::Spurious, Operation::CompareExchange) => {
            phrase("fails here for no reason", "fail here for no reason")
        }
        (How::Spurious, Operation::Park) => {
            phrase("wakes up, but nobody unparked it", "wake up, but nobody unparked them")
        }
        (How::Spurious, _) => {
            phrase("wakes up, but nobody notified", "wake up, but nobody notified")
        }
        _ => phrase("times out here", "time out here"),
    }
}

pub(in super::super) fn waits(scene: &Scene, wait: &Wait) -> Phrase {
    let what = match (wait.joins, wait.object) {
        (Some(other), _) => thread(scene, other),
        (None, Some(what)) => object(scene, what),
        (None, None) => return phrase("waits here", "wait here"),
    };
    phrase(&format!("waits for {what}"), &format!("wait for {what}"))
}

pub(in super::super) fn holds(scene: &Scene, what: usize) -> Phrase {
    let took = format!("took {} here", object(scene, what));
    phrase(&took, &took)
}

pub(in super::super) fn waits_for_ever() -> Phrase {
    phrase("waits here for ever", "wait here for ever")
}

pub(in super::super) fn notifies(unheard: bool) -> Phrase {
    if unheard {
        phrase("notifies nobody", "notify nobody")
    } else {
        phrase("notifies here", "notify here")
    }
}

/// Where the message says it all.
pub(in super::super) fn nothing() -> Phrase {
    phrase("", "")
}

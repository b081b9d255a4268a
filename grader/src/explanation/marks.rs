//! Which lines of the source explain a failure, and what is said beside each.

mod fact;
mod failure;
mod fallback;
mod preempted;
mod standstill;

use super::evidence::Evidence;
use super::timeline::Timeline;
use super::words;
use super::words::label::{self, Phrase};
use fact::{Fact, tells};
use record::{Failure, Location};
use serde::Serialize;
use std::collections::BTreeSet;

/// More places than this do not help.
const MOST: usize = 4;

/// More labels at one place do not help. Then only a few are left.
const MOST_LABELS: usize = 5;
const FEW_LABELS: usize = 2;

/// The same if there is no picture, but the places where threads and processes stand.
const MOST_STANDING: usize = 7;

/// The same if the difference between two transcripts is shown.
const MOST_BESIDE_A_DIFFERENCE: usize = 2;

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

/// The lines of the learner's file that explain the failure, or lines of the checks if the
/// learner's file has none.
pub(super) fn of(evidence: &Evidence<'_>, shown: &Timeline) -> Vec<Mark> {
    let facts = failure::facts(evidence, shown);
    let (mut own, other): (Vec<Fact>, Vec<Fact>) =
        facts.into_iter().partition(|fact| evidence.sources.is_answer(&fact.at));
    let fails_in_own = match evidence.failure {
        Some(Failure::Panicked { panic, .. }) => evidence.sources.is_answer(&panic.at),
        _ => own.iter().any(|fact| fact.fails && fact.thread == Some(0)),
    };
    // Where threads stand says what they wait for, but not why a result is wrong.
    let stands = evidence.waits_for_ever() && !evidence.check.standing.is_empty();
    if !fails_in_own && stands {
        own = fallback::standing(evidence);
    }
    let fallbacks: [&dyn Fn() -> Vec<Fact>; 6] = [
        &|| fallback::ended_by_panic(evidence),
        &|| fallback::shown_panics(evidence, shown),
        &|| fallback::what_took_time(evidence, shown),
        &|| {
            let panic = fallback::wanted_panic(evidence, shown);
            let mut facts = fallback::examined_functions(evidence, panic.is_none());
            facts.extend(panic);
            facts
        },
        &|| fallback::shown_waits(evidence, shown),
        &|| if stands { fallback::standing(evidence) } else { Vec::new() },
    ];
    // If the picture has lines of the learner's, one that only ran last would mislead. They do not
    // tell where a panic inside a library came from.
    let in_library = matches!(
        evidence.failure,
        Some(Failure::Panicked { panic, .. }) if evidence.sources.find(&panic.at).is_none()
    ) && !words::failure::is_snapshot(evidence);
    let has_rows =
        !in_library && shown.shown_steps().any(|at| tells(evidence, &evidence.trace.steps[at]));
    let last_resorts: [&dyn Fn() -> Vec<Fact>; 4] = [
        &|| fallback::called_functions(evidence, shown),
        &|| fallback::last_own_steps(evidence, false),
        &|| fallback::last_own_steps(evidence, true),
        &|| fallback::standing(evidence),
    ];
    let last_resorts = last_resorts.into_iter().filter(|_| !has_rows);
    for fallback in fallbacks.into_iter().chain(last_resorts) {
        if own.is_empty() {
            own = fallback();
        }
    }
    // Where the check fails is said above. The lines of the picture are more to the point.
    let marked = match own.is_empty() {
        true if has_rows => Vec::new(),
        true => other,
        false => own,
    };
    gather(evidence, marked)
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
    places.truncate(match () {
        () if stands => MOST_STANDING,
        () if words::failure::is_snapshot(evidence) => MOST_BESIDE_A_DIFFERENCE,
        () => MOST,
    });
    places.sort_by(|a, b| {
        (&a.at.file, a.at.line, a.at.column).cmp(&(&b.at.file, b.at.line, b.at.column))
    });
    let mark = |mut place: Place| {
        place.said.iter_mut().for_each(|(_, who)| who.sort_unstable());
        let said = place.said.iter().map(|(phrase, who)| label::label(evidence, who, phrase));
        let mut labels: Vec<String> = said.filter(|label| !label.is_empty()).collect();
        // Of a crowd that differs only in what each thread waits for, a few say enough.
        if labels.len() > MOST_LABELS {
            labels.truncate(FEW_LABELS);
            let rest = place.said.iter().skip(FEW_LABELS).flat_map(|(_, who)| who);
            let rest: BTreeSet<&usize> = rest.collect();
            labels.push(label::others(rest.len()));
        }
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

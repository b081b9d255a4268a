//! What went wrong in a failed check, worked out from the facts and collected in one plain value.
//!
//! ```text
//! facts (`graded`) → Explanation → a renderer (`report`: terminal, JSON)
//! ```
//!
//! An [`Explanation`] holds sentences, places in the source and the rows of the picture, all as
//! text that is safe to print. A renderer draws it and decides nothing; nothing in here knows what
//! it will look like. These modules produce it:
//!
//! * `evidence`: the facts about one check, with the threads that the failure is about
//! * `panics`: which panic led to which, and what it left behind
//! * `scene`: where the part of a check that fails begins
//! * `starved`: who waited while others went in
//! * `sources`, `code`: the learner's own expression and function behind a line and column
//! * `names`: what threads and objects are called
//! * [`timeline`]: which steps of the schedule are shown, and what each row says
//! * [`marks`]: which lines of the source explain the failure, and what is said beside each
//! * `telling`, `part`: the resulting value
//! * `words`: every sentence
//! * [`causes`]: which failures of an exercise have the same cause, and which is explained first
//! * [`focus`]: which exercise of a course the learner is working on
//! * `safe`: makes text from a submission harmless before it goes anywhere

pub mod causes;
mod code;
mod evidence;
mod foreign_code;
mod holders;
pub mod marks;
mod names;
mod output;
mod overflow;
mod panics;
mod part;
mod passed_over;
mod results;
pub(crate) mod safe;
mod scene;
mod shortcuts;
pub(crate) mod sources;
mod starved;
mod telling;
pub mod timeline;
mod uses;
pub(crate) mod words;

pub(crate) use output::fit_rule;
pub use part::Part;
pub(crate) use sources::Sources;
pub use telling::Explanation;
pub use timeline::Length;

use crate::graded::{Facts, GradedCheck, GradedExercise};
use evidence::Evidence;
use record::Failure;
use timeline::Timeline;

impl Explanation {
    /// Explain `check`. `length` says how much of the schedule is wanted.
    pub(crate) fn of(check: &GradedCheck, sources: &Sources, length: Length) -> Self {
        let mut evidence = Evidence::of(check, sources);
        let timeline = Timeline::of(&mut evidence, length);
        let marks = marks::of(&evidence, &timeline);
        let ran_own_code = ran_own_code(&evidence);
        let mut told = words::failure::tell(&evidence);
        if !ran_own_code && marks.iter().all(|mark| !mark.own) {
            told.push(Part::Said(words::failure::NO_OWN_CODE.to_owned()));
        }
        let output = output::clean(&check.output);
        let is_snapshot = words::failure::is_snapshot(&evidence);
        // The explanation already quotes what a broken contract printed.
        let is_contract = matches!(check.facts, Facts::ContractBroken(_));
        let (difference, output) = match is_snapshot {
            true => (output, String::new()),
            false if is_contract => (String::new(), String::new()),
            false => (String::new(), output),
        };
        let mut found = words::coverage::failed(check.world, &evidence, &timeline);
        if length == Length::Whole {
            found = None;
        }
        Self {
            failure: words::verdict::failure(&evidence).to_owned(),
            told,
            marks,
            timeline,
            any_schedule: evidence.needs_no_luck(),
            ran_own_code,
            difference,
            output,
            found,
            replay: check.replay.as_deref().map(safe::line),
            same_cause: Vec::new(),
        }
    }
}

/// The failed check that a report on `exercise` explains first. `None` if none can be explained.
pub fn shown_first(exercise: &GradedExercise) -> Option<&GradedCheck> {
    causes::most_instructive(exercise, &explain(exercise)).map(|index| &exercise.checks[index])
}

/// One entry for each check of an exercise, in order: the explanation of its failure, or `None` if
/// it passes or there is nothing to explain.
pub fn explain(exercise: &GradedExercise) -> Vec<Option<Explanation>> {
    let sources = Sources::of(exercise);
    let mut all: Vec<Option<Explanation>> = exercise
        .checks
        .iter()
        .map(|check| {
            causes::can_be_explained(check).then(|| Explanation::of(check, &sources, Length::Short))
        })
        .collect();
    causes::join(exercise, &mut all);
    all
}

/// Whether any of the learner's code took part in the failing schedule, as far as is known.
fn ran_own_code(evidence: &Evidence<'_>) -> bool {
    let is_own = |step: &record::Step| evidence.sources.is_answer(&step.at);
    let told_otherwise = !evidence.check.standing.is_empty();
    // A panic inside a library does not tell who called it.
    let may_have = matches!(
        evidence.failure,
        Some(Failure::Panicked { panic, .. }) if evidence.sources.find(&panic.at).is_none()
    );
    told_otherwise
        || may_have
        || evidence.trace.steps.is_empty()
        || evidence.trace.steps.iter().any(is_own)
}

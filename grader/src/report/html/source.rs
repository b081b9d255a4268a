//! The answer, with what explains the failures at its lines.

use super::super::json::{Check, Exercise};
use crate::explanation::safe;
use crate::graded::GradedExercise;
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};

/// The answer's lines, which the steps link to. What is said beside them is about the check that is
/// shown `first`; lines that matter to others are marked.
pub(super) fn listing(exercise: &Exercise, of: &GradedExercise, first: Option<&Check>) -> Markup {
    let mut labels: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for check in &exercise.checks {
        let is_first = first.is_some_and(|first| first.name == check.name);
        let marks = check.explanation.iter().flat_map(|explanation| &explanation.marks);
        for mark in marks.filter(|mark| mark.own) {
            let said = mark.labels.iter().map(String::as_str).filter(|_| is_first);
            labels.entry(mark.line).or_default().extend(said);
        }
    }
    html! {
        aside.source aria-label=(format!("The answer, {}", exercise.path)) {
            ol.lines {
                @for (line, text) in (1_u32..).zip(safe::source(&of.answer_text).lines()) {
                    li id=(format!("{}-line-{line}", exercise.id)) class=[labels.get(&line).map(|_| "marked")] {
                        code { @if text.is_empty() { " " } @else { (text) } }
                        @for label in labels.get(&line).into_iter().flatten() { span.label { (label) } }
                    }
                }
            }
        }
    }
}

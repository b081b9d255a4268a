//! A failure as a figure of a document: what happened, and the steps with the threads as lanes.

use super::prose::prose;
use super::steps;
use crate::explanation::{Explanation, Part};
use crate::graded::GradedCheck;
use maud::{Markup, html};

/// The figure of `check`, with `id` as the start of the ids in it.
pub(super) fn figure(id: &str, check: &GradedCheck, explanation: &Explanation) -> Markup {
    html! {
        figure.failure {
            figcaption { code { (check.name) } " " span.verdict { (explanation.failure) } }
            @for part in &explanation.told {
                @match part {
                    Part::Said(text) => p { (prose(text)) },
                    Part::Quoted(text) => pre.quoted { (text) },
                }
            }
            @if !explanation.timeline.rows.is_empty() { (steps::list(id, None, explanation)) }
        }
    }
}

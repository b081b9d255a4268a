//! Hints, one at a time.

use super::notebook::Notebook;
use crate::course::Exercise;
use crate::layout::Layout;

/// A hint that a learner gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint<'c> {
    /// The hint's number, from 1.
    pub number: usize,
    /// How many hints the exercise has.
    pub of: usize,
    /// The hint, in Markdown.
    pub text: &'c str,
    /// Whether it had been given before: there is no further one.
    pub again: bool,
}

/// The next hint for `exercise`; after the last one, that one again. `None` if the exercise has no
/// hints.
///
/// # Errors
/// The notebook cannot be written.
pub fn hint<'c>(layout: &Layout, exercise: &'c Exercise) -> anyhow::Result<Option<Hint<'c>>> {
    let of = exercise.hints.len();
    let (number, again) = Notebook::update(layout, |notebook| {
        let given = notebook.hints.entry(exercise.id.clone()).or_default();
        let again = *given >= of;
        *given = (*given + 1).min(of);
        (*given, again)
    })?;
    let text = number.checked_sub(1).and_then(|index| exercise.hints.get(index));
    Ok(text.map(|text| Hint { number, of, text, again }))
}

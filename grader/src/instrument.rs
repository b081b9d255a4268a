//! What is inserted into staged files, so that they tell more about themselves, or do what the model
//! cannot see by itself.
//!
//! * [`helpers`]: small helpers in an answer report their callers. For the model.
//! * [`calls`]: the functions of an answer note that they are called. For the model.
//! * [`results`]: checks note what these functions return. For the model.
//! * [`numbers`]: casts and wrapping operations in an answer note where a number does not fit. For the
//!   model.
//! * [`counts`]: an answer that looks at the count of an `Arc` has a scheduling point between any two
//!   statements. For the model.
//! * [`positions`]: an answer notes which statement each of its threads is at. For the model.
//! * [`marks`]: an answer records where its threads are. For a second look at a check that hangs.
//!
//! Nothing that is inserted moves a line ([`insertion`]), and it can be found again ([`piece`]): it
//! is removed from what rustc quotes, and from the columns in records ([`places`]).

mod calls;
mod counts;
mod helpers;
mod insertion;
mod marks;
mod numbers;
mod piece;
mod places;
mod positions;
mod results;
mod statements;

pub(crate) use marks::with_marks;
pub(crate) use piece::without as without_pieces;
pub(crate) use places::{in_exercise, prefix};
pub(crate) use results::{PublicFunctions, with_noted_results};

/// An answer for the model.
pub(crate) fn answer(text: &str) -> String {
    // A helper is recognised by its own statements, so helpers come first. What only a trace asks
    // for, such as the text of an argument, must not become a step, so calls come last.
    let tracked = helpers::with_tracked_helpers(text);
    // A closure that is nothing but a cast is put into a block after that.
    let counted = insertion::with(&tracked, |_, file| numbers::pieces(file)).unwrap_or(tracked);
    let pieces = |file: &syn::File| [positions::pieces(file), counts::pieces(file)].concat();
    let noted = insertion::with(&counted, move |_, file| pieces(file)).unwrap_or(counted);
    calls::with_noted_calls(&noted)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_only_a_trace_asks_for_is_no_step() {
        let text =
            "pub fn f(n: u32) {\n    let a = Arc::clone(&b);\n    g(Arc::strong_count(&a));\n}\n";
        let answer = super::answer(text);
        assert_eq!(super::without_pieces(&answer), text);
        let first = answer.lines().next().unwrap();
        assert!(first.contains("::std::check::call(\"f\", 1, 8, "), "{first}");
        assert!(!first.contains("::std::check::statement()"), "{first}");
        assert!(answer.contains("::std::check::statement()"), "{answer}");
    }
}

//! Makes an answer note which statement each of its threads is at.
//!
//! If a destructor or a closure of the check panics, the panic's own place is in the check. Which
//! line of the learner's ran it is known only to the answer, and so is which line has called the
//! function that a step is in. For the model, a statement therefore begins with a call of the world's
//! `check::at`, a function with `check::body`, a closure with `check::closure`, and a loop body
//! with `check::round`; at their end, the statement around them goes on.

use super::insertion::Place;
use super::piece;
use super::statements::{Bodies, Pieces, insertions};
use syn::File;

/// What makes the statements of a file noted.
pub(super) fn pieces(file: &File) -> Vec<(Place, String)> {
    let pieces = Pieces {
        before: |_| piece::of("::std::check::at();"),
        head: None,
        bodies: Some(Bodies {
            function: || piece::of("let __body = ::std::check::body();"),
            closure: || piece::of("let __body = ::std::check::closure();"),
            round: || piece::of("let __body = ::std::check::round();"),
        }),
        in_async: false,
        // That is where the values of the block are dropped.
        end: Some(|| piece::of("::std::check::at();")),
    };
    insertions(file, pieces)
}

#[cfg(test)]
mod tests {
    use super::super::insertion;
    use super::*;

    fn counts(text: &str) -> (usize, usize) {
        let noted = insertion::with(text, |_, file| pieces(file)).unwrap();
        assert_eq!(piece::without(&noted), text);
        assert!(syn::parse_file(&noted.replace("/*«*/", "").replace("/*»*/", "")).is_ok());
        (noted.matches("let __body = ").count(), noted.matches("::std::check::at();").count())
    }

    #[test]
    fn functions_and_closures_have_a_body_and_statements() {
        assert_eq!(counts("fn f() {\n    let x = 1;\n    g(|| x + 1)\n}\n"), (2, 3));
        assert_eq!(
            counts("impl A {\n    fn f() {\n        g(move || { h(); })\n    }\n}\n"),
            (2, 3)
        );
        assert_eq!(counts("fn f() {\n    #![allow(unused)]\n    g();\n}\nfn empty() {}\n"), (1, 2));
    }

    #[test]
    fn loops_give_their_statement_back_and_blocks_note_their_end() {
        assert_eq!(counts("fn f() {\n    while g() {\n        h();\n    }\n    i()\n}\n"), (2, 4));
    }

    #[test]
    fn what_is_tracked_runs_as_part_of_its_callers_statement() {
        assert_eq!(counts("#[track_caller]\nfn f() {\n    g();\n}\n"), (0, 2));
    }

    #[test]
    fn what_is_asynchronous_or_constant_has_none() {
        assert_eq!(counts("async fn f() {\n    g();\n}\nconst fn h() -> u8 { 1 }\n"), (0, 0));
        assert_eq!(counts("fn f() {\n    g(async { h(); });\n}\n"), (1, 2));
    }
}

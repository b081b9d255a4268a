//! Adds marks to an answer: calls to the world's `check::mark`, which record where its threads are.
//!
//! If an answer runs in an endless loop, or hangs on a real thread, no scheduling point says where.
//! It is then built again with a mark before each statement and at the start of each loop body and
//! closure.

use super::insertion::{self, Place};
use super::piece;
use super::statements::{Bodies, Pieces, insertions};

/// `text` with marks. `None` if it cannot be parsed.
pub(crate) fn with_marks(text: &str) -> Option<String> {
    let pieces = Pieces {
        before: |at| mark(at, 0),
        head: Some(|at| mark(at, 1)),
        // A caller that goes on is where it was before the call.
        bodies: Some(Bodies {
            function: || piece::of("let __body = ::std::check::body();"),
            closure: || piece::of("let __body = ::std::check::closure();"),
            round: String::new,
        }),
        in_async: true,
        end: None,
    };
    insertion::with(text, move |_, file| insertions(file, pieces))
}

/// A mark for the place `at`. `kind` is 1 at the head of a loop's body.
fn mark(at: Place, kind: u8) -> String {
    piece::of(&format!("::std::check::mark({}, {}, {kind});", at.0, at.1 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_stays_where_it_is() {
        let text =
            "fn f() {\n    // é\n    let x = 1; while x < 2 {\n        g(|| x + 1)\n    }\n}\n";
        let pieces = with_marks(text).unwrap();
        assert_eq!(piece::without(&pieces), text);
        let marked = pieces.replace("/*«*/", "").replace("/*»*/", "");
        assert_eq!(marked.lines().count(), text.lines().count());
        let third = marked.lines().nth(2).unwrap();
        assert!(third.starts_with(
            "    let __body = ::std::check::body();::std::check::mark(3, 5, 0);let x = 1; ::std::check::mark(3, 16, 0);"
        ));
        assert!(third.ends_with("{::std::check::mark(3, 16, 1);"), "{third}");
        assert!(
            marked.contains(
                "g(|| { let __body = ::std::check::closure();::std::check::mark(4, 11, 1);x + 1 })"
            ),
            "{marked}"
        );
    }

    #[test]
    fn what_the_compiler_evaluates_has_no_marks() {
        let text = "const A: u8 = { let x = 1; x };\nconst fn f() -> u8 { let x = 1; x }\n\
                    static S: [u8; { let n = 2; n }] = [0; 2];";
        assert_eq!(with_marks(text).unwrap(), text);
    }

    #[test]
    fn what_is_no_rust_has_none() {
        assert_eq!(with_marks("fn f( {"), None);
    }
}

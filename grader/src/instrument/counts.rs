//! Makes the counts of an answer's `Arc`s part of its schedule.
//!
//! The model has std's own `Arc`, so it does not see one being cloned or dropped. That makes no
//! difference, unless the answer looks at a count: an answer that keeps its state in
//! `Arc::strong_count` would look atomic. For the model, such an answer is therefore compiled with a
//! scheduling point between any two statements, so that a count may change between any two of
//! them.

use super::insertion::Place;
use super::piece;
use super::statements::{Pieces, insertions};
use syn::visit::{self, Visit};
use syn::{ExprMethodCall, ExprPath, File};

/// The functions of `Arc` and `Weak` whose result depends on a count.
const COUNTING: [&str; 9] = [
    "strong_count",
    "weak_count",
    "try_unwrap",
    "into_inner",
    "get_mut",
    "make_mut",
    "unwrap_or_clone",
    "is_unique",
    "upgrade",
];

/// Those of them that can be called as methods.
const METHODS: [&str; 3] = ["upgrade", "strong_count", "weak_count"];

/// Scheduling points for a file that looks at the count of an `Arc`.
pub(super) fn pieces(file: &File) -> Vec<(Place, String)> {
    let pieces =
        Pieces { before: |_| point(), head: None, bodies: None, in_async: true, end: Some(point) };
    if looks_at_a_count(file) { insertions(file, pieces) } else { Vec::new() }
}

fn point() -> String {
    piece::of("::std::check::statement();")
}

fn looks_at_a_count(file: &File) -> bool {
    #[derive(Default)]
    struct Looks(bool);
    impl<'ast> Visit<'ast> for Looks {
        fn visit_expr_path(&mut self, node: &'ast ExprPath) {
            let mut names = node.path.segments.iter().rev().map(|it| it.ident.to_string());
            if let (Some(function), Some(owner)) = (names.next(), names.next()) {
                let counts = COUNTING.contains(&function.as_str());
                self.0 |= counts && ["Arc", "Weak"].contains(&owner.as_str());
            }
            visit::visit_expr_path(self, node);
        }

        fn visit_expr_method_call(&mut self, node: &'ast ExprMethodCall) {
            self.0 |= METHODS.iter().any(|name| node.method == name);
            visit::visit_expr_method_call(self, node);
        }
    }
    let mut looks = Looks::default();
    looks.visit_file(file);
    looks.0
}

#[cfg(test)]
mod tests {
    use super::super::insertion;
    use super::*;

    fn with_counted_statements(text: &str) -> String {
        insertion::with(text, |_, file| pieces(file)).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn a_program_that_looks_at_a_count_has_a_point_between_statements() {
        let text = "fn f() {\n    let a = Arc::clone(&b);\n    if Arc::strong_count(&a) > 2 {\n        \
                    g(a);\n    }\n}\n";
        let counted = with_counted_statements(text);
        assert_eq!(piece::without(&counted), text);
        assert!(syn::parse_file(&counted).is_ok());
        // Before three statements, and at the end of the inner block.
        assert_eq!(counted.matches("::std::check::statement();").count(), 4);
        let method = "fn f() {\n    while caller.upgrade().is_some() {}\n}\n";
        assert_ne!(with_counted_statements(method), method);
    }

    #[test]
    fn any_other_program_stays_as_it_is() {
        for text in [
            "fn f() {\n    let a = Arc::clone(&b);\n    Rc::strong_count(&a);\n}\n",
            "fn f() {\n    map.get_mut(&a);\n    cell.into_inner();\n}\n",
            "fn f( {",
        ] {
            assert_eq!(with_counted_statements(text), text);
        }
    }
}

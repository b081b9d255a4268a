//! Makes small helper functions in an answer report their callers.
//!
//! A step in a function like
//! `fn entries(&self) -> MutexGuard<'_, Entries> { self.entries.lock().unwrap() }` would be
//! reported at the `lock`, whichever code called the function. The learner wants to know the
//! caller. For the model, private functions of one statement, or of a `let` and another one, are therefore compiled with
//! `#[track_caller]`, and their steps are reported at the line of the call.
//!
//! The attribute is inserted after the last token before the function, where the rest of the line
//! is blank or a comment, so that nothing in the learner's file moves.

use super::insertion::{self, Place};
use super::piece;
use proc_macro2::{Span, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, BinOp, Block, Expr, ExprClosure, ExprMethodCall, ImplItem, Item, ItemFn, ItemImpl,
    Macro, Signature, Stmt, Visibility,
};

const ATTRIBUTE: &str = " #[track_caller]";

/// A function with as many statements is more than a helper, unless one of them is a `let`; its steps
/// are reported at its own lines.
const MOST_STATEMENTS: usize = 2;

/// Methods that wake other threads. Which line wakes whom matters more than who called for it.
const WAKING: [&str; 3] = ["notify_one", "notify_all", "unpark"];

/// Attributes that are compatible with `#[track_caller]` and do not give the function a special
/// role.
const HARMLESS: [&str; 6] = ["doc", "inline", "must_use", "allow", "expect", "cold"];

/// `text` with tracked helpers, or unchanged if it cannot be parsed.
pub(crate) fn with_tracked_helpers(text: &str) -> String {
    let tracked = insertion::with(text, |text, file| {
        let mut helpers = Helpers::default();
        helpers.visit_file(file);
        if helpers.starts.is_empty() {
            return Vec::new();
        }
        let ends = ends(text);
        let places = helpers.starts.iter().filter_map(|start| {
            let (&end, &is_usable) = ends.range(..=*start).next_back()?;
            // If the function begins on the same line, the attribute would move it.
            (is_usable && end.0 < start.0).then_some(end)
        });
        places.map(|end| (end, piece::of(ATTRIBUTE))).collect()
    });
    tracked.unwrap_or_else(|| text.to_owned())
}

/// Where tokens end, and whether an attribute may be inserted there. On a line with `//!` it would
/// become part of the comment.
fn ends(text: &str) -> BTreeMap<Place, bool> {
    fn add(stream: TokenStream, comments: &BTreeSet<usize>, ends: &mut BTreeMap<Place, bool>) {
        for token in stream {
            let mut note = |span: Span| {
                let end = span.end();
                ends.insert((end.line, end.column), !comments.contains(&end.line));
            };
            match token {
                TokenTree::Group(group) => {
                    note(group.span_open());
                    note(group.span_close());
                    add(group.stream(), comments, ends);
                }
                token => note(token.span()),
            }
        }
    }
    let inner = |(index, line): (usize, &str)| line.contains("//!").then_some(index + 1);
    let comments = text.lines().enumerate().filter_map(inner).collect();
    let mut ends = BTreeMap::new();
    if let Ok(stream) = text.parse() {
        add(stream, &comments, &mut ends);
    }
    ends
}

/// The places at which the helpers begin.
#[derive(Default)]
struct Helpers {
    starts: Vec<Place>,
}

impl Helpers {
    fn consider(&mut self, item: Span, (attributes, signature, body): Parts<'_>) {
        let is_plain = signature.asyncness.is_none() && signature.abi.is_none();
        let harmless = |it: &Attribute| HARMLESS.iter().any(|name| it.path().is_ident(name));
        if is_plain && attributes.iter().all(harmless) && is_small(body) {
            let start = item.start();
            self.starts.push((start.line, start.column));
        }
    }
}

type Parts<'a> = (&'a [Attribute], &'a Signature, &'a Block);

impl<'ast> Visit<'ast> for Helpers {
    fn visit_item_fn(&mut self, node: &'ast ItemFn) {
        if !matches!(node.vis, Visibility::Public(_)) {
            self.consider(node.span(), (&node.attrs, &node.sig, &node.block));
        }
        visit::visit_item_fn(self, node);
    }

    fn visit_item_impl(&mut self, node: &'ast ItemImpl) {
        for item in &node.items {
            if let ImplItem::Fn(method) = item
                && node.trait_.is_none()
                && !matches!(method.vis, Visibility::Public(_))
            {
                self.consider(method.span(), (&method.attrs, &method.sig, &method.block));
            }
        }
        visit::visit_item_impl(self, node);
    }
}

/// Whether a function is a small helper: few statements, no loops, no code that another thread may
/// run, nothing that wakes other threads, no calculation that may overflow, and no macros. A
/// `todo!()` or an overflow must be reported where it is.
fn is_small(body: &Block) -> bool {
    struct Size {
        is_small: bool,
        calls: bool,
    }
    impl<'ast> Visit<'ast> for Size {
        fn visit_expr(&mut self, node: &'ast Expr) {
            let grows = matches!(
                node,
                Expr::Loop(_) | Expr::While(_) | Expr::ForLoop(_) | Expr::Async(_) | Expr::Await(_)
            );
            self.is_small &= !grows && !calculates(node);
            self.calls |= matches!(node, Expr::MethodCall(_) | Expr::Call(_));
            visit::visit_expr(self, node);
        }

        fn visit_expr_method_call(&mut self, node: &'ast ExprMethodCall) {
            self.is_small &= !WAKING.iter().any(|name| node.method == name);
            visit::visit_expr_method_call(self, node);
        }

        fn visit_expr_closure(&mut self, node: &'ast ExprClosure) {
            self.is_small &= !matches!(*node.body, Expr::Block(_));
            visit::visit_expr_closure(self, node);
        }

        fn visit_item(&mut self, _: &'ast Item) {
            self.is_small = false;
        }

        fn visit_macro(&mut self, _: &'ast Macro) {
            self.is_small = false;
        }
    }
    // Of two statements that each do something, one may be the fault.
    let does_one_thing = match &body.stmts[..] {
        [first, _] => matches!(first, Stmt::Local(_)),
        statements => statements.len() < MOST_STATEMENTS,
    };
    let mut size = Size { is_small: does_one_thing, calls: false };
    size.visit_block(body);
    size.is_small && size.calls
}

/// Whether an expression calculates with something other than a literal: `start + timeout`.
fn calculates(node: &Expr) -> bool {
    let Expr::Binary(node) = node else { return false };
    let is_arithmetic = matches!(
        node.op,
        BinOp::Add(_)
            | BinOp::Sub(_)
            | BinOp::Mul(_)
            | BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
    );
    is_arithmetic && !matches!(*node.right, Expr::Lit(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracked(text: &str) -> Vec<usize> {
        let tracked = with_tracked_helpers(text);
        assert_eq!(piece::without(&tracked), text);
        let lines = tracked.lines().zip(text.lines()).enumerate();
        lines.filter(|(_, (new, old))| new != old).map(|(index, _)| index + 1).collect()
    }

    #[test]
    fn a_small_private_function_is_tracked_from_the_line_before_it() {
        let text = "impl Cache { // one\n    /// Locked.\n    fn entries(&self) -> Guard {\n        \
                    self.entries.lock().unwrap()\n    }\n}\n";
        assert_eq!(tracked(text), [1]);
        let first = with_tracked_helpers(text);
        assert!(first.starts_with("impl Cache {/*«*/ #[track_caller]/*»*/ // one\n"), "{first}");
        assert!(syn::parse_file(&first).is_ok());
    }

    #[test]
    fn what_does_something_of_its_own_is_not() {
        let bodies = [
            "loop { a() }",
            "a(); b(); c()",
            "self.lock().take(); self.lock().wake()",
            "self.news.notify_one()",
            "a(self.start + self.limit)",
            "spawn(|| { a() })",
            "todo!()",
            "1",
        ];
        for body in bodies {
            assert!(tracked(&format!("use a;\nfn f() {{ {body} }}\n")).is_empty(), "{body}");
        }
        let others = "struct A;\npub fn f() { a() }\nimpl Drop for A {\n fn drop(&mut self) { a() }\n}\n\
                      #[track_caller]\nfn tracked() { a() }\nextern \"C\" fn c() { a() }\n";
        assert!(tracked(others).is_empty());
    }

    #[test]
    fn where_the_attribute_would_move_or_vanish_there_is_none() {
        assert!(tracked("fn first() { a() }").is_empty());
        assert!(tracked("use a; fn same_line() { a() }").is_empty());
        let text = "mod m {\n    //! About it.\n    fn f() { a() }\n}\n";
        assert!(syn::parse_file(&with_tracked_helpers(text)).is_ok());
    }
}

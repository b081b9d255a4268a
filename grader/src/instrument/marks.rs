//! Adds marks to an answer: calls to the world's `check::mark`, which record where its threads are.
//!
//! If an answer runs in an endless loop, or hangs on a real thread, no scheduling point says where.
//! It is then built again with a mark before each statement and at the start of each loop body and
//! closure. The marks are inserted between the tokens of the source, so that every line stays where
//! it is. They change no type and no scope. Code evaluated by the compiler (`const`) and code in
//! macros gets no marks.

use super::insertion::{self, Place};
use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Block, Expr, ExprClosure, ExprConst, ExprForLoop, ExprLoop, ExprWhile, ImplItemFn, ItemConst,
    ItemFn, ItemStatic, Stmt, TraitItemFn, TypeArray,
};

/// `text` with marks. `None` if it cannot be parsed.
pub(crate) fn with_marks(text: &str) -> Option<String> {
    insertion::with(text, |_, file| {
        let mut marker = Marker::default();
        marker.visit_file(file);
        marker.insertions
    })
}

#[derive(Default)]
struct Marker {
    insertions: Vec<(Place, String)>,
}

impl Marker {
    /// Inserts a mark for `place` in front of `before`.
    fn mark(&mut self, before: Span, place: Span, is_loop: bool) {
        let at = before.start();
        self.insert((at.line, at.column), call(place, is_loop));
    }

    /// Inserts a mark at the start of a loop's body, after its opening brace.
    fn head(&mut self, body: &Block, place: Span) {
        let at = body.brace_token.span.open().end();
        self.insert((at.line, at.column), call(place, true));
    }

    fn insert(&mut self, place: Place, piece: String) {
        self.insertions.push((place, piece));
    }
}

fn call(place: Span, is_loop: bool) -> String {
    let at = place.start();
    format!("::std::check::mark({}, {}, {});", at.line, at.column + 1, u8::from(is_loop))
}

impl<'ast> Visit<'ast> for Marker {
    fn visit_block(&mut self, node: &'ast Block) {
        for statement in &node.stmts {
            match statement {
                Stmt::Item(_) => {}
                Stmt::Local(_) | Stmt::Expr(..) | Stmt::Macro(_) => {
                    self.mark(statement.span(), statement.span(), false);
                }
            }
        }
        visit::visit_block(self, node);
    }

    fn visit_expr_loop(&mut self, node: &'ast ExprLoop) {
        self.head(&node.body, node.loop_token.span);
        visit::visit_expr_loop(self, node);
    }

    fn visit_expr_while(&mut self, node: &'ast ExprWhile) {
        self.head(&node.body, node.while_token.span);
        visit::visit_expr_while(self, node);
    }

    fn visit_expr_for_loop(&mut self, node: &'ast ExprForLoop) {
        self.head(&node.body, node.for_token.span);
        visit::visit_expr_for_loop(self, node);
    }

    fn visit_expr_closure(&mut self, node: &'ast ExprClosure) {
        let place = node.or1_token.span;
        match &*node.body {
            Expr::Block(body) if body.attrs.is_empty() && body.label.is_none() => {
                self.head(&body.block, place);
            }
            Expr::Block(_) => {}
            body => {
                let (start, end) = (body.span().start(), body.span().end());
                let piece = format!("{{ {} ", call(place, true));
                self.insert((start.line, start.column), piece);
                visit::visit_expr_closure(self, node);
                self.insert((end.line, end.column), " }".to_owned());
                return;
            }
        }
        visit::visit_expr_closure(self, node);
    }

    // The compiler evaluates these.

    fn visit_item_fn(&mut self, node: &'ast ItemFn) {
        if node.sig.constness.is_none() {
            visit::visit_item_fn(self, node);
        }
    }

    fn visit_impl_item_fn(&mut self, node: &'ast ImplItemFn) {
        if node.sig.constness.is_none() {
            visit::visit_impl_item_fn(self, node);
        }
    }

    fn visit_trait_item_fn(&mut self, node: &'ast TraitItemFn) {
        if node.sig.constness.is_none() {
            visit::visit_trait_item_fn(self, node);
        }
    }

    fn visit_item_const(&mut self, _: &'ast ItemConst) {}

    fn visit_item_static(&mut self, _: &'ast ItemStatic) {}

    fn visit_expr_const(&mut self, _: &'ast ExprConst) {}

    fn visit_type_array(&mut self, _: &'ast TypeArray) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_stays_where_it_is() {
        let text =
            "fn f() {\n    // é\n    let x = 1; while x < 2 {\n        g(|| x + 1)\n    }\n}\n";
        let marked = with_marks(text).unwrap();
        assert_eq!(marked.lines().count(), text.lines().count());
        let third = marked.lines().nth(2).unwrap();
        assert!(third.starts_with(
            "    ::std::check::mark(3, 5, 0);let x = 1; ::std::check::mark(3, 16, 0);"
        ));
        assert!(third.ends_with("{::std::check::mark(3, 16, 1);"), "{third}");
        assert!(marked.contains("g(|| { ::std::check::mark(4, 11, 1); x + 1 })"), "{marked}");
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

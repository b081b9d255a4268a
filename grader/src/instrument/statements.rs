//! The statements of an answer, and what is inserted between them.
//!
//! What is inserted changes no type and no scope. Code evaluated by the compiler (`const`) and code
//! in macros gets nothing.

use super::insertion::Place;
use super::piece;
use proc_macro2::{LineColumn, Span};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, Expr, ExprAsync, ExprClosure, ExprConst, ExprForLoop, ExprLoop, ExprWhile,
    File, ImplItemFn, ItemConst, ItemFn, ItemStatic, Signature, Stmt, TraitItemFn, TypeArray,
};

/// What is inserted at the statements of a function.
#[derive(Clone, Copy)]
pub(super) struct Pieces {
    /// In front of each statement, and of the expression that is a closure's whole body. The
    /// argument is the place that the piece is about.
    pub(super) before: fn(Place) -> String,
    /// At the start of each loop body and closure, if anything.
    pub(super) head: Option<fn(Place) -> String>,
    /// In front of the first statement of each function, closure and loop body, if anything. What is
    /// asynchronous gets none, because it does not run from its start to its end.
    pub(super) bodies: Option<Bodies>,
    /// Whether the other pieces are inserted into what is asynchronous.
    pub(super) in_async: bool,
    /// At the end of each block that ends with a semicolon and not with a jump or a macro, if
    /// anything.
    pub(super) end: Option<fn() -> String>,
}

/// What is inserted at the start of a body.
#[derive(Clone, Copy)]
pub(super) struct Bodies {
    /// Of a function.
    pub(super) function: fn() -> String,
    /// Of a closure.
    pub(super) closure: fn() -> String,
    /// Of a loop.
    pub(super) round: fn() -> String,
}

/// All insertions into `file`.
pub(super) fn insertions(file: &File, pieces: Pieces) -> Vec<(Place, String)> {
    let mut finder = Finder { pieces, insertions: Vec::new() };
    finder.visit_file(file);
    finder.insertions
}

struct Finder {
    pieces: Pieces,
    insertions: Vec<(Place, String)>,
}

impl Finder {
    /// Inserts the piece at the start of a loop's or closure's body, after its opening brace.
    fn head(&mut self, body: &Block, about: Span) {
        if let Some(head) = self.pieces.head {
            self.insert(body.brace_token.span.open().end(), head(place(about.start())));
        }
    }

    /// Inserts the piece in front of the first statement of a body. Attributes of the
    /// whole body stay in front of it.
    fn body(&mut self, body: &Block, piece: fn(&Bodies) -> fn() -> String) {
        if let (Some(bodies), Some(first)) = (&self.pieces.bodies, body.stmts.first()) {
            let piece = piece(bodies)();
            self.insert(first.span().start(), piece);
        }
    }

    /// The same for a function. One that is tracked runs as part of its caller's statement.
    fn function(&mut self, attributes: &[Attribute], signature: &Signature, body: &Block) {
        let is_tracked = attributes.iter().any(|it| it.path().is_ident("track_caller"));
        if !is_tracked && signature.asyncness.is_none() {
            self.body(body, |bodies| bodies.function);
        }
    }

    /// Whether nothing is inserted into this function or closure.
    fn skips(&self, constness: bool, asyncness: bool) -> bool {
        constness || asyncness && !self.pieces.in_async
    }

    fn insert(&mut self, at: LineColumn, piece: String) {
        self.insertions.push((place(at), piece));
    }
}

fn place(at: LineColumn) -> Place {
    (at.line, at.column)
}

/// Whether nothing after this expression can be reached.
fn leaves(last: &Expr) -> bool {
    matches!(last, Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) | Expr::Macro(_))
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_block(&mut self, node: &'ast Block) {
        for statement in &node.stmts {
            match statement {
                Stmt::Item(_) => {}
                Stmt::Local(_) | Stmt::Expr(..) | Stmt::Macro(_) => {
                    let at = statement.span().start();
                    self.insert(at, (self.pieces.before)(place(at)));
                }
            }
        }
        visit::visit_block(self, node);
        let ends = match node.stmts.last() {
            Some(Stmt::Local(_)) => true,
            Some(Stmt::Expr(last, Some(_))) => !leaves(last),
            _ => false,
        };
        if let Some(end) = self.pieces.end.filter(|_| ends) {
            self.insert(node.brace_token.span.close().start(), end());
        }
    }

    fn visit_expr_loop(&mut self, node: &'ast ExprLoop) {
        self.head(&node.body, node.loop_token.span);
        self.body(&node.body, |bodies| bodies.round);
        visit::visit_expr_loop(self, node);
    }

    fn visit_expr_while(&mut self, node: &'ast ExprWhile) {
        self.head(&node.body, node.while_token.span);
        self.body(&node.body, |bodies| bodies.round);
        visit::visit_expr_while(self, node);
    }

    fn visit_expr_for_loop(&mut self, node: &'ast ExprForLoop) {
        self.head(&node.body, node.for_token.span);
        self.body(&node.body, |bodies| bodies.round);
        visit::visit_expr_for_loop(self, node);
    }

    fn visit_expr_closure(&mut self, node: &'ast ExprClosure) {
        if self.skips(false, node.asyncness.is_some()) {
            return;
        }
        let about = node.or1_token.span;
        let bodies = self.pieces.bodies.filter(|_| node.asyncness.is_none());
        match &*node.body {
            Expr::Block(body) if body.attrs.is_empty() && body.label.is_none() => {
                self.head(&body.block, about);
                if bodies.is_some() {
                    self.body(&body.block, |bodies| bodies.closure);
                }
            }
            Expr::Block(_) => {}
            body => {
                let (start, end) = (body.span().start(), body.span().end());
                let begin = self.pieces.head.unwrap_or(self.pieces.before);
                let whole = bodies.map_or_else(String::new, |bodies| (bodies.closure)());
                let inside = begin(place(about.start()));
                self.insert(start, format!("{}{whole}{inside}", piece::of("{ ")));
                visit::visit_expr_closure(self, node);
                self.insert(end, piece::of(" }"));
                return;
            }
        }
        visit::visit_expr_closure(self, node);
    }

    fn visit_expr_async(&mut self, node: &'ast ExprAsync) {
        if !self.skips(false, true) {
            visit::visit_expr_async(self, node);
        }
    }

    // The compiler evaluates what is `const`.

    fn visit_item_fn(&mut self, node: &'ast ItemFn) {
        if !self.skips(node.sig.constness.is_some(), node.sig.asyncness.is_some()) {
            self.function(&node.attrs, &node.sig, &node.block);
            visit::visit_item_fn(self, node);
        }
    }

    fn visit_impl_item_fn(&mut self, node: &'ast ImplItemFn) {
        if !self.skips(node.sig.constness.is_some(), node.sig.asyncness.is_some()) {
            self.function(&node.attrs, &node.sig, &node.block);
            visit::visit_impl_item_fn(self, node);
        }
    }

    fn visit_trait_item_fn(&mut self, node: &'ast TraitItemFn) {
        if !self.skips(node.sig.constness.is_some(), node.sig.asyncness.is_some()) {
            node.default.iter().for_each(|body| self.function(&node.attrs, &node.sig, body));
            visit::visit_trait_item_fn(self, node);
        }
    }

    fn visit_item_const(&mut self, _: &'ast ItemConst) {}

    fn visit_item_static(&mut self, _: &'ast ItemStatic) {}

    fn visit_expr_const(&mut self, _: &'ast ExprConst) {}

    fn visit_type_array(&mut self, _: &'ast TypeArray) {}
}

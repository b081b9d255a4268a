//! Mutation operators for concurrency, applied to right answers.
//!
//! cargo mutants knows nothing of threads. These operators make the mistakes that people make with
//! them. Most are taken from ConMAn: Bradbury, Cordy and Dingel, "Mutation Operators for Concurrent
//! Java (J2SE 5.0)", 2006.

mod calls;
mod statements;

use super::mutant::{Mutant, Origin};
use super::operator::Operator;
use crate::syntax;
use std::collections::BTreeSet;
use std::ops::Range;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ImplItemFn, ItemFn, ItemImpl, ReturnType, Signature, Type};

/// All the mutants of `text`, in the order of the source. Empty if it cannot be parsed.
pub(super) fn list(text: &str) -> Vec<Mutant> {
    let found = syntax::with_tree(text, |text, file| {
        let mut guards = Guards::default();
        guards.visit_file(file);
        let mut finder = Finder::new(text, guards.functions);
        finder.visit_file(file);
        finder.found
    });
    let mut found = found.unwrap_or_default();
    found.sort_by_key(|mutant| mutant.line);
    found
}

/// The functions that return a guard: calling one acquires a lock.
#[derive(Default)]
struct Guards {
    functions: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Guards {
    fn visit_signature(&mut self, node: &'ast Signature) {
        if let ReturnType::Type(_, returned) = &node.output
            && let Type::Path(path) = &**returned
            && path.path.segments.last().is_some_and(|it| it.ident.to_string().ends_with("Guard"))
        {
            self.functions.insert(node.ident.to_string());
        }
    }
}

/// Goes through an answer and lists its mutants.
struct Finder<'t> {
    text: &'t str,
    /// The names of functions that return a guard.
    guards: BTreeSet<String>,
    /// The type and the function that are being visited.
    within: Vec<String>,
    /// How many loops of the function are around the expression being visited.
    loops: usize,
    found: Vec<Mutant>,
}

impl<'t> Finder<'t> {
    fn new(text: &'t str, guards: BTreeSet<String>) -> Self {
        Finder { text, guards, within: Vec::new(), loops: 0, found: Vec::new() }
    }

    /// The source of a piece of syntax.
    fn source(&self, syntax: &impl Spanned) -> &'t str {
        &self.text[syntax.span().byte_range()]
    }

    /// Adds the mutant that has `replacement` in place of the bytes `range`.
    fn change(&mut self, operator: Operator, range: Range<usize>, replacement: &str) {
        let line = self.text[..range.start].matches('\n').count() + 1;
        let source = self.text.lines().nth(line - 1).unwrap_or_default().trim().to_owned();
        let within = self.within.join("::");
        let place = if within.is_empty() { String::new() } else { format!(" in {within}") };
        self.found.push(Mutant {
            origin: Origin::Concurrency(operator),
            change: format!("{operator}{place}"),
            line,
            source,
            text: format!("{}{replacement}{}", &self.text[..range.start], &self.text[range.end..]),
        });
    }

    /// Adds the mutant in which two pieces of syntax, the first before the second, have changed
    /// places.
    fn swap(&mut self, operator: Operator, first: &impl Spanned, second: &impl Spanned) {
        let (a, b) = (first.span().byte_range(), second.span().byte_range());
        let between = &self.text[a.end..b.start];
        let swapped = format!("{}{between}{}", self.source(second), self.source(first));
        self.change(operator, a.start..b.end, &swapped);
    }

    fn inside(&mut self, name: String, visit: impl FnOnce(&mut Self)) {
        let loops = std::mem::take(&mut self.loops);
        self.within.push(name);
        visit(self);
        self.within.pop();
        self.loops = loops;
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_impl(&mut self, node: &'ast ItemImpl) {
        let name = match &*node.self_ty {
            Type::Path(path) => path.path.segments.last().map(|it| it.ident.to_string()),
            _ => None,
        };
        self.within.push(name.unwrap_or_default());
        visit::visit_item_impl(self, node);
        let is_drop = |path: &syn::Path| path.segments.last().is_some_and(|it| it.ident == "Drop");
        if node.trait_.as_ref().is_some_and(|(_, path, _)| is_drop(path))
            && let Some(syn::ImplItem::Fn(method)) = node.items.first()
            && !method.block.stmts.is_empty()
        {
            self.change(Operator::EmptyDrop, method.block.span().byte_range(), "{}");
        }
        self.within.pop();
    }

    fn visit_impl_item_fn(&mut self, node: &'ast ImplItemFn) {
        self.inside(node.sig.ident.to_string(), |it| visit::visit_impl_item_fn(it, node));
    }

    fn visit_item_fn(&mut self, node: &'ast ItemFn) {
        self.inside(node.sig.ident.to_string(), |it| visit::visit_item_fn(it, node));
    }

    fn visit_block(&mut self, node: &'ast Block) {
        self.statements(&node.stmts);
        visit::visit_block(self, node);
    }

    fn visit_expr(&mut self, node: &'ast Expr) {
        self.call(node);
        let is_loop = matches!(node, Expr::While(_) | Expr::Loop(_) | Expr::ForLoop(_));
        self.loops += usize::from(is_loop);
        visit::visit_expr(self, node);
        self.loops -= usize::from(is_loop);
    }
}

#[cfg(test)]
mod tests;

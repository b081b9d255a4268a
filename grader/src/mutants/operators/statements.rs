//! Operators that move, remove or insert statements.

use super::super::operator::Operator;
use super::Finder;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::BTreeSet;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprMethodCall, Local, Macro, Pat, Stmt};

/// A variable that holds a guard.
struct Guard<'t> {
    name: String,
    is_mutable: bool,
    /// The source of the expression that acquires the lock.
    lock: &'t str,
    /// The position of its `let` in the block.
    at: usize,
}

impl<'t> Finder<'t> {
    pub(super) fn statements(&mut self, block: &[Stmt]) {
        let guards: Vec<Guard<'t>> =
            block.iter().enumerate().filter_map(|(at, it)| self.guard(at, it)).collect();
        for (at, statement) in block.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| &block[before]);
            if let Stmt::Expr(Expr::MethodCall(call), Some(_)) = statement {
                let guard = guards.iter().rfind(|guard| guard.at < at);
                // What is locked is changed in one step, so only a call before that comes too early.
                let before = guard.map_or(before, |guard| block.get(guard.at));
                self.of_a_call(call, statement, before);
            }
            if dropped(statement).is_some_and(|name| guards.iter().any(|it| it.name == name)) {
                if let Some(before) = before {
                    self.swap(Operator::GuardEarlier, before, statement);
                }
                match block.get(at + 1) {
                    Some(after) => self.swap(Operator::GuardLater, statement, after),
                    None => self.remove(Operator::GuardLater, statement),
                }
            }
            if joins(statement) {
                self.remove(Operator::JoinForgotten, statement);
            }
        }
        for pair in guards.windows(2) {
            if pair[0].at + 1 == pair[1].at {
                self.swap(Operator::LockOrder, &block[pair[0].at], &block[pair[1].at]);
            }
        }
        for guard in &guards {
            self.dropped_before_the_last(guard, block);
            self.locked_twice(guard, block);
        }
        self.deadlines(block);
    }

    /// A statement that calls a method, perhaps to notify or to store. `before` is the earlier
    /// statement that it must not come before.
    fn of_a_call(&mut self, call: &ExprMethodCall, statement: &Stmt, before: Option<&Stmt>) {
        let method = call.method.to_string();
        match method.as_str() {
            "notify_one" | "notify_all" | "unpark" => {
                self.remove(Operator::NotifyRemoved, statement);
                if let Some(before) = before {
                    self.advance(Operator::NotifyEarlier, before, statement);
                }
            }
            "store" => {
                if let Some(before) = before {
                    self.advance(Operator::StoreEarlier, before, statement);
                }
            }
            _ => {}
        }
    }

    /// A guard that lives to the end of its block is dropped before the block's last statement.
    fn dropped_before_the_last(&mut self, guard: &Guard<'_>, block: &[Stmt]) {
        let explicit = block.iter().filter_map(dropped).any(|name| name == guard.name);
        if let Some(last) = block.last()
            && !explicit
            && guard.at + 1 < block.len()
            && !mentions(last, &guard.name)
            && acts(last)
        {
            self.insert(Operator::GuardEarlier, last, &format!("drop({}); ", guard.name));
        }
    }

    /// Between two uses of the guard, or between the check and the act of an `if`, the lock is free
    /// for a moment.
    fn locked_twice(&mut self, guard: &Guard<'_>, block: &[Stmt]) {
        let Guard { name, lock, .. } = guard;
        let assign = if guard.is_mutable { "" } else { "let " };
        for at in guard.at + 2..block.len() {
            let used_before = block[guard.at + 1..at].iter().any(|it| mentions(it, name));
            let used_after = block[at..].iter().any(|it| mentions(it, name));
            if used_before && used_after && dropped(&block[at]).is_none() {
                let relock = format!("drop({name}); {assign}{name} = {lock}; ");
                self.insert(Operator::LockedTwice, &block[at], &relock);
            }
        }
        for statement in &block[guard.at + 1..] {
            if guard.is_mutable
                && let Stmt::Expr(Expr::If(check), _) = statement
                && mentions(&check.cond, name)
                && mentions(&check.then_branch, name)
                && let Some(first) = check.then_branch.stmts.first()
            {
                let relock = format!("drop({name}); {name} = {lock}; ");
                self.insert(Operator::LockedTwice, first, &relock);
            }
        }
    }

    /// A `let` that reads the clock, before a loop that uses it, is repeated inside the loop.
    fn deadlines(&mut self, block: &[Stmt]) {
        for (at, statement) in block.iter().enumerate() {
            let Stmt::Local(local) = statement else { continue };
            let (Some((name, _)), Some(init)) = (variable(&local.pat), &local.init) else {
                continue;
            };
            if !self.source(&init.expr).contains("Instant::now()") {
                continue;
            }
            for later in &block[at + 1..] {
                let body = match later {
                    Stmt::Expr(Expr::While(it), _) => &it.body,
                    Stmt::Expr(Expr::Loop(it), _) => &it.body,
                    _ => continue,
                };
                if mentions(body, &name)
                    && let Some(first) = body.stmts.first()
                {
                    let anew = format!("{} ", self.source(statement));
                    self.insert(Operator::DeadlineAnew, first, &anew);
                }
            }
        }
    }

    /// Adds the mutant in which `statement` stands before `before`, an earlier one of its block.
    fn advance(&mut self, operator: Operator, before: &Stmt, statement: &Stmt) {
        let (start, range) = (before.span().byte_range().start, statement.span().byte_range());
        let advanced = format!("{} {}", self.source(statement), &self.text[start..range.start]);
        self.change(operator, start..range.end, &advanced);
    }

    fn remove(&mut self, operator: Operator, statement: &Stmt) {
        self.change(operator, statement.span().byte_range(), "");
    }

    fn insert(&mut self, operator: Operator, before: &Stmt, what: &str) {
        let start = before.span().byte_range().start;
        self.change(operator, start..start, what);
    }

    /// The guard that a `let` statement holds.
    fn guard(&self, at: usize, statement: &Stmt) -> Option<Guard<'t>> {
        let Stmt::Local(Local { pat, init: Some(init), .. }) = statement else { return None };
        let (name, is_mutable) = variable(pat)?;
        let guard = || Guard { name, is_mutable, lock: self.source(&init.expr), at };
        acquires(&init.expr, &self.guards).then(guard)
    }
}

/// Whether a statement does anything that another thread could notice. Making a value does not, and
/// a notification may come after the lock as well as under it.
fn acts(statement: &Stmt) -> bool {
    #[derive(Default)]
    struct Acts(bool);

    impl<'ast> Visit<'ast> for Acts {
        fn visit_expr_method_call(&mut self, node: &'ast ExprMethodCall) {
            let name = node.method.to_string();
            self.0 |= !(name.starts_with("notify") || name == "unpark");
            visit::visit_expr_method_call(self, node);
        }

        fn visit_expr_call(&mut self, node: &'ast ExprCall) {
            let makes_a_value = matches!(&*node.func, Expr::Path(function)
            if function.path.segments.last().is_some_and(|last| {
                last.ident.to_string().starts_with(char::is_uppercase)
            }));
            self.0 |= !makes_a_value;
            visit::visit_expr_call(self, node);
        }

        fn visit_macro(&mut self, _: &'ast Macro) {
            self.0 = true;
        }
    }

    let mut acts = Acts::default();
    acts.visit_stmt(statement);
    acts.0
}

/// The name of a plain variable, and whether it is mutable.
fn variable(pattern: &Pat) -> Option<(String, bool)> {
    match pattern {
        Pat::Ident(it) if it.subpat.is_none() => {
            Some((it.ident.to_string(), it.mutability.is_some()))
        }
        Pat::Type(it) => variable(&it.pat),
        _ => None,
    }
}

/// Whether the value of an expression is a guard. `functions` are those that return one.
fn acquires(expression: &Expr, functions: &BTreeSet<String>) -> bool {
    let Expr::MethodCall(call) = expression else { return false };
    match call.method.to_string().as_str() {
        "lock" | "read" | "write" if call.args.is_empty() => true,
        "unwrap" | "expect" | "unwrap_or_else" => acquires(&call.receiver, functions),
        name => functions.contains(name),
    }
}

/// The variable that a statement drops.
fn dropped(statement: &Stmt) -> Option<String> {
    let Stmt::Expr(Expr::Call(call), Some(_)) = statement else { return None };
    let (Expr::Path(function), Some(Expr::Path(what))) = (&*call.func, call.args.first()) else {
        return None;
    };
    let is_drop = function.path.segments.last().is_some_and(|last| last.ident == "drop");
    is_drop.then(|| what.path.get_ident().map(ToString::to_string)).flatten()
}

/// Whether a statement joins a thread and makes no use of the result.
fn joins(statement: &Stmt) -> bool {
    struct Joins(bool);

    impl<'ast> Visit<'ast> for Joins {
        fn visit_expr_method_call(&mut self, node: &'ast ExprMethodCall) {
            self.0 |= node.method == "join" && node.args.is_empty();
            visit::visit_expr_method_call(self, node);
        }
    }

    let expression = match statement {
        Stmt::Expr(expression @ Expr::MethodCall(_), Some(_)) => expression,
        Stmt::Local(Local { pat: Pat::Wild(_), init: Some(init), .. }) => &init.expr,
        _ => return false,
    };
    let mut joins = Joins(false);
    joins.visit_expr(expression);
    joins.0
}

/// Whether `name` occurs in a piece of syntax as an identifier.
fn mentions(syntax: &impl ToTokens, name: &str) -> bool {
    fn within(stream: TokenStream, name: &str) -> bool {
        stream.into_iter().any(|token| match token {
            TokenTree::Group(group) => within(group.stream(), name),
            TokenTree::Ident(ident) => ident == name,
            _ => false,
        })
    }
    within(syntax.to_token_stream(), name)
}

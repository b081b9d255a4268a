//! Operators that change one expression.

use super::super::operator::Operator;
use super::Finder;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Block, Expr, ExprCall, ExprMethodCall, ExprWhile};

/// The only memory ordering that the mutants use.
const ORDERING: &str = "::std::sync::atomic::Ordering::SeqCst";

impl Finder<'_> {
    pub(super) fn call(&mut self, expression: &Expr) {
        match expression {
            Expr::While(node) => self.around_a_wait(node),
            Expr::Binary(node) => {
                let moved = match node.op {
                    BinOp::Lt(_) => "<=",
                    BinOp::Le(_) => "<",
                    BinOp::Gt(_) => ">=",
                    BinOp::Ge(_) => ">",
                    _ => return,
                };
                self.change(Operator::Bound, node.op.span().byte_range(), moved);
            }
            Expr::Call(node) => self.catch(node),
            Expr::MethodCall(node) => self.method(node),
            _ => {}
        }
    }

    fn around_a_wait(&mut self, node: &ExprWhile) {
        if !waits(&node.body) {
            return;
        }
        let keyword = node.while_token.span().byte_range();
        self.change(Operator::IfForWhile, keyword.clone(), "if");
        if !matches!(*node.cond, Expr::Let(_)) {
            let end = node.body.span().byte_range().start;
            self.change(Operator::WaitWithoutLoop, keyword.start..end, "");
        }
    }

    fn catch(&mut self, node: &ExprCall) {
        let Expr::Path(function) = &*node.func else { return };
        let is_catch =
            function.path.segments.last().is_some_and(|last| last.ident == "catch_unwind");
        if is_catch && let Some(body) = node.args.first() {
            let error = "::std::boxed::Box<dyn ::std::any::Any + ::std::marker::Send>";
            let plain = format!("Ok::<_, {error}>(({})())", self.source(body));
            self.change(Operator::PanicUncaught, node.span().byte_range(), &plain);
        }
    }

    fn method(&mut self, node: &ExprMethodCall) {
        let name = node.method.to_string();
        let name_at = node.method.span().byte_range();
        let whole = node.span().byte_range();
        let receiver = self.source(&node.receiver);
        let arguments: Vec<&str> = node.args.iter().map(|it| self.source(it)).collect();
        match (name.as_str(), arguments.as_slice()) {
            ("notify_all", []) => self.change(Operator::NotifyOne, name_at, "notify_one"),
            ("wait_while", [guard, _]) => {
                let plain = format!("{receiver}.wait({guard})");
                self.change(Operator::WaitWithoutLoop, whole, &plain);
            }
            ("wait_timeout_while", [guard, timeout, _]) => {
                let plain = format!("{receiver}.wait_timeout({guard}, {timeout})");
                self.change(Operator::WaitWithoutLoop, whole, &plain);
            }
            ("checked_add", [more]) => {
                self.change(Operator::Overflow, whole, &format!("Some({receiver} + {more})"));
            }
            ("compare_exchange", [current, new, _, _]) => {
                let two = format!(
                    "{{ let found = {receiver}.load({ORDERING}); if found == {current} \
                     {{ {receiver}.store({new}, {ORDERING}); Ok(found) }} else {{ Err(found) }} }}"
                );
                self.change(Operator::LoadAndStore, whole, &two);
                if self.loops == 0 {
                    self.change(Operator::WeakExchange, name_at, "compare_exchange_weak");
                }
            }
            ("swap", [new, _]) => self.load_and_store(node, new),
            ("fetch_add", [more, _]) => self.load_and_store(node, &format!("found + {more}")),
            ("fetch_sub", [less, _]) => self.load_and_store(node, &format!("found - {less}")),
            ("fetch_or", [bits, _]) => self.load_and_store(node, &format!("found | {bits}")),
            ("fetch_and", [bits, _]) => self.load_and_store(node, &format!("found & {bits}")),
            _ => {}
        }
    }

    fn load_and_store(&mut self, node: &ExprMethodCall, new: &str) {
        let receiver = self.source(&node.receiver);
        let two = format!(
            "{{ let found = {receiver}.load({ORDERING}); {receiver}.store({new}, {ORDERING}); \
             found }}"
        );
        self.change(Operator::LoadAndStore, node.span().byte_range(), &two);
    }
}

/// Whether a thread may be put to sleep in `block`.
fn waits(block: &Block) -> bool {
    #[derive(Default)]
    struct Waits(bool);

    impl<'ast> Visit<'ast> for Waits {
        fn visit_expr_method_call(&mut self, node: &'ast ExprMethodCall) {
            self.0 |= node.method.to_string().starts_with("wait");
            visit::visit_expr_method_call(self, node);
        }

        fn visit_expr_call(&mut self, node: &'ast ExprCall) {
            if let Expr::Path(function) = &*node.func
                && let Some(last) = function.path.segments.last()
            {
                self.0 |= last.ident.to_string().starts_with("park");
            }
            visit::visit_expr_call(self, node);
        }
    }

    let mut waits = Waits::default();
    waits.visit_block(block);
    waits.0
}

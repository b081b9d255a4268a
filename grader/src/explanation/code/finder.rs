//! Finds the calls and functions of a file.

use super::parts::{arguments, receiver, reference};
use super::{Call, Calls, Function};
use crate::syntax;
use proc_macro2::{Ident, LineColumn, Span, TokenStream};
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, Expr, ExprCall, ExprClosure, ExprMethodCall, ImplItem, ItemFn, ItemImpl,
    Macro, ReturnType, Signature, Stmt, Token, Type, Visibility,
};

impl Calls {
    /// Read a file. A file that cannot be parsed has no calls: either it was not run, or no step
    /// can name it.
    pub(in super::super) fn of(text: &str) -> Self {
        let found = syntax::with_tree(text, |_, file| {
            let mut finder = Finder::default();
            finder.visit_file(file);
            finder.found.examined.visit_file(file);
            finder.found
        });
        found.unwrap_or_default()
    }
}

#[derive(Default)]
struct Finder {
    found: Calls,
}

impl Finder {
    fn add(&mut self, span: Span, name: &str, call: Call) {
        let LineColumn { line, column } = span.start();
        self.found.calls.entry((line as u32, column as u32 + 1)).or_insert(call);
        if !name.is_empty() {
            self.found.names.push(((line as u32, column as u32 + 1), name.to_owned()));
        }
    }

    /// Of several that begin at the same place, the outermost is kept.
    fn number(&mut self, node: &Expr) {
        self.found.numbers.entry(place(node.span())).or_insert_with(|| receiver(node));
    }

    fn function(
        &mut self,
        owner: Option<String>,
        (is_private, is_of_trait): (bool, bool),
        (signature, body): (&Signature, &Block),
    ) {
        let LineColumn { line, column } = signature.ident.span().start();
        // A reference only leads to something else, whose results are looked at, and so does a new
        // value of the type.
        let leads_on = |it: &Type| {
            is_reference(it) || signature.receiver().is_none() && is_own(it, owner.as_deref())
        };
        let returns = matches!(&signature.output, ReturnType::Type(_, it) if !leads_on(it));
        self.found.functions.push(Function {
            name: signature.ident.to_string(),
            owner,
            place: (line as u32, column as u32 + 1),
            lines: (
                signature.span().start().line as u32,
                body.brace_token.span.close().end().line as u32,
            ),
            is_private,
            returns,
            is_of_trait,
            tail: body.stmts.last().map(|last| place(last.span())),
            returns_early: Returns::early(body),
        });
    }
}

/// Where something starts: line and column, from 1.
fn place(span: Span) -> (u32, u32) {
    let LineColumn { line, column } = span.start();
    (line as u32, column as u32 + 1)
}

/// Looks for ways out of a function, but not of closures within it.
#[derive(Default)]
struct Returns {
    early: bool,
}

impl Returns {
    fn early(body: &Block) -> bool {
        let mut returns = Self::default();
        returns.visit_block(body);
        returns.early
    }
}

impl<'ast> Visit<'ast> for Returns {
    fn visit_expr_return(&mut self, _: &'ast syn::ExprReturn) {
        self.early = true;
    }

    fn visit_expr_try(&mut self, _: &'ast syn::ExprTry) {
        self.early = true;
    }

    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}

/// Whether a function that returns this returns a value of the type whose `impl` it is in.
fn is_own(returned: &Type, owner: Option<&str>) -> bool {
    let Type::Path(path) = returned else { return false };
    let name = path.path.segments.last().map(|segment| segment.ident.to_string());
    name.is_some_and(|name| name == "Self" || Some(name.as_str()) == owner)
}

fn is_reference(of: &Type) -> bool {
    matches!(of, Type::Reference(_))
}

/// The name of a type without its arguments: `Guard`.
fn type_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        Type::Reference(reference) => type_name(&reference.elem),
        _ => None,
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_fn(&mut self, node: &'ast ItemFn) {
        let is_private = matches!(node.vis, Visibility::Inherited);
        self.function(None, (is_private, false), (&node.sig, &node.block));
        visit::visit_item_fn(self, node);
    }

    fn visit_item_impl(&mut self, node: &'ast ItemImpl) {
        for item in &node.items {
            if let ImplItem::Fn(function) = item {
                // Other files can call a trait's methods.
                let is_private =
                    node.trait_.is_none() && matches!(function.vis, Visibility::Inherited);
                let owner = type_name(&node.self_ty);
                let parts = (&function.sig, &function.block);
                self.function(owner, (is_private, node.trait_.is_some()), parts);
            }
        }
        visit::visit_item_impl(self, node);
    }

    fn visit_stmt(&mut self, node: &'ast Stmt) {
        let LineColumn { line, column } = node.span().end();
        let end = (line as u32, column as u32 + 1);
        // What is declared does not run.
        if !matches!(node, Stmt::Item(_)) {
            self.found.statements.insert(place(node.span()), end);
        }
        if let Stmt::Expr(expression, _) = node
            && let Some(called) = passed_on(expression)
        {
            self.found.passed_on.insert(place(expression.span()), called);
        }
        visit::visit_stmt(self, node);
    }

    fn visit_expr(&mut self, node: &'ast Expr) {
        let is_number = match node {
            Expr::Cast(_) => true,
            Expr::MethodCall(call) => call.method.to_string().starts_with("wrapping_"),
            _ => false,
        };
        if is_number {
            self.number(node);
        }
        visit::visit_expr(self, node);
    }

    fn visit_expr_method_call(&mut self, node: &'ast ExprMethodCall) {
        let name = node.method.to_string();
        let call = format!(".{name}({})", arguments(node.args.iter()));
        let receiver = receiver(&node.receiver);
        let reference = reference(node.args.iter());
        self.add(node.method.span(), &name, Call { receiver, call, subject: None, reference });
        visit::visit_expr_method_call(self, node);
    }

    fn visit_expr_call(&mut self, node: &'ast ExprCall) {
        if let Expr::Path(path) = &*node.func {
            let names: Vec<_> = path.path.segments.iter().map(|s| s.ident.to_string()).collect();
            let path = names[names.len().saturating_sub(2)..].join("::");
            let call = format!("{path}({})", arguments(node.args.iter()));
            let name = names.last().map_or("", String::as_str);
            let subject = match node.args.first() {
                Some(Expr::Reference(only)) if node.args.len() == 1 => Some(receiver(&only.expr)),
                _ => None,
            };
            let reference = reference(node.args.iter());
            let call = Call { receiver: String::new(), call, subject, reference };
            self.add(node.func.span(), name, call);
        }
        visit::visit_expr_call(self, node);
    }

    fn visit_expr_closure(&mut self, node: &'ast ExprClosure) {
        let place = |at: LineColumn| (at.line as u32, at.column as u32 + 1);
        let span = node.span();
        self.found.closures.push((place(span.start()), place(span.end())));
        visit::visit_expr_closure(self, node);
    }

    fn visit_macro(&mut self, node: &'ast Macro) {
        let name = node.path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
        let parse = if name == "thread_local" { initial_values } else { leading_expressions };
        let inside = node.parse_body_with(parse).unwrap_or_default();
        let call = format!("{name}!({})", arguments(inside.iter()));
        let call = Call { receiver: String::new(), call, subject: None, reference: None };
        self.add(node.path.span(), "", call);
        for expression in &inside {
            self.visit_expr(expression);
        }
    }
}

/// The function whose result is that of this expression: `wait` of `return self.wait(None)`.
fn passed_on(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Return(of) => passed_on(of.expr.as_ref()?),
        Expr::MethodCall(call) => Some(call.method.to_string()),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// The expressions that a macro is called with: `a, b`, `a; 3`, or `a` of `matches!(a, Some(_) if …)`.
fn leading_expressions(input: ParseStream<'_>) -> syn::Result<Vec<Expr>> {
    let mut found = Vec::new();
    while !input.is_empty() {
        let Ok(expression) = input.parse() else { break };
        found.push(expression);
        if input.parse::<Token![,]>().is_err() && input.parse::<Token![;]>().is_err() {
            break;
        }
    }
    input.parse::<TokenStream>()?;
    Ok(found)
}

/// What the variables of a `thread_local!` are initialised with.
fn initial_values(input: ParseStream<'_>) -> syn::Result<Vec<Expr>> {
    let mut found = Vec::new();
    while !input.is_empty() {
        Attribute::parse_outer(input)?;
        input.parse::<Visibility>()?;
        input.parse::<Token![static]>()?;
        input.parse::<Ident>()?;
        input.parse::<Token![:]>()?;
        input.parse::<Type>()?;
        input.parse::<Token![=]>()?;
        found.push(input.parse()?);
        input.parse::<Option<Token![;]>>()?;
    }
    Ok(found)
}

//! What an assertion examines: the calls whose results it looks at, whether they stand in the
//! assertion itself or in the `let` that it takes a value from.

use proc_macro2::LineColumn;
use std::collections::HashMap;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Expr, ExprCall, ExprForLoop, ExprMethodCall, ExprPath, Local, Macro, Pat, PatIdent, Token,
};

/// A value that is examined may come from a value that comes from another one, and so on.
const MOST_LINKS: usize = 4;

/// The functions, variables and types that an expression uses, in the order of the source.
#[derive(Clone, Debug, Default)]
struct Used {
    functions: Vec<String>,
    variables: Vec<String>,
    types: Vec<String>,
}

/// What an assertion comes down to.
#[derive(Debug, Default)]
pub(crate) struct Findings<'a> {
    /// The functions whose results it examines, the nearest first.
    pub(crate) functions: Vec<&'a str>,
    /// The types that are named on the way there, which tell apart functions of the same name.
    pub(crate) types: Vec<&'a str>,
}

/// The variables that a pattern binds.
#[derive(Default)]
struct Bound(Vec<String>);

/// All assertions of a file, and all bindings.
#[derive(Debug, Default)]
pub(super) struct Examined {
    /// Keyed by the line and column (both from 1) at which the assertion panics.
    assertions: HashMap<(u32, u32), Used>,
    /// The line on which a binding begins, the variable, and what its value uses.
    bindings: Vec<(u32, String, Used)>,
}

impl Examined {
    /// What the assertion at `at` examines. Only bindings in `lines` count.
    pub(super) fn by(&self, at: (u32, u32), lines: (u32, u32)) -> Findings<'_> {
        let mut findings = Findings::default();
        let Some(assertion) = self.assertions.get(&at) else { return findings };
        let mut examined = vec![assertion];
        let mut before = at.0;
        for _ in 0..MOST_LINKS {
            let functions = examined.iter().flat_map(|used| &used.functions);
            findings.functions.extend(functions.map(String::as_str));
            findings.types.extend(examined.iter().flat_map(|used| &used.types).map(String::as_str));
            let variables = examined.iter().flat_map(|used| &used.variables);
            let bindings: Vec<_> =
                variables.filter_map(|name| self.binding(name, lines.0..before)).collect();
            let Some(last) = bindings.iter().map(|(line, _)| *line).max() else { break };
            before = last;
            examined = bindings.into_iter().map(|(_, used)| used).collect();
        }
        findings
    }

    /// The last binding of a variable in these lines.
    fn binding(&self, name: &str, lines: std::ops::Range<u32>) -> Option<(u32, &Used)> {
        let its = self
            .bindings
            .iter()
            .filter(|(line, variable, _)| variable == name && lines.contains(line));
        its.max_by_key(|(line, ..)| *line).map(|(line, _, used)| (*line, used))
    }

    fn bind(&mut self, pattern: &Pat, value: &Expr, line: usize) {
        let mut bound = Bound::default();
        bound.visit_pat(pattern);
        let used = Used::by(value);
        let line = line as u32;
        self.bindings.extend(bound.0.into_iter().map(|name| (line, name, used.clone())));
    }

    fn assert(&mut self, at: LineColumn, used: Used) {
        self.assertions.entry((at.line as u32, at.column as u32 + 1)).or_insert(used);
    }
}

impl<'ast> Visit<'ast> for Examined {
    fn visit_local(&mut self, node: &'ast Local) {
        if let Some(value) = &node.init {
            self.bind(&node.pat, &value.expr, node.let_token.span.start().line);
        }
        visit::visit_local(self, node);
    }

    fn visit_expr_for_loop(&mut self, node: &'ast ExprForLoop) {
        self.bind(&node.pat, &node.expr, node.for_token.span.start().line);
        visit::visit_expr_for_loop(self, node);
    }

    fn visit_macro(&mut self, node: &'ast Macro) {
        let inside = arguments(node);
        if let Some(first) = node.path.segments.first() {
            let mut used = Used::default();
            inside.iter().for_each(|expression| used.visit_expr(expression));
            self.assert(first.ident.span().start(), used);
        }
        inside.iter().for_each(|expression| self.visit_expr(expression));
    }

    fn visit_expr_method_call(&mut self, node: &'ast ExprMethodCall) {
        let asserts = ["unwrap", "expect", "unwrap_err", "expect_err"];
        if asserts.iter().any(|name| node.method == name) {
            self.assert(node.method.span().start(), Used::by(&node.receiver));
        }
        visit::visit_expr_method_call(self, node);
    }
}

impl Used {
    fn by(expression: &Expr) -> Self {
        let mut used = Self::default();
        used.visit_expr(expression);
        used
    }
}

impl<'ast> Visit<'ast> for Used {
    fn visit_expr_method_call(&mut self, node: &'ast ExprMethodCall) {
        // The last call of a chain gives the value.
        self.functions.push(node.method.to_string());
        visit::visit_expr_method_call(self, node);
    }

    fn visit_expr_call(&mut self, node: &'ast ExprCall) {
        if let Expr::Path(path) = &*node.func
            && let Some(name) = path.path.get_ident()
        {
            self.functions.push(name.to_string());
        }
        visit::visit_expr_call(self, node);
    }

    fn visit_expr_path(&mut self, node: &'ast ExprPath) {
        let mut names = node.path.segments.iter().rev().map(|segment| segment.ident.to_string());
        match (names.next(), names.next()) {
            (Some(name), None) => self.variables.push(name),
            // Called, or handed to something that calls it.
            (Some(name), Some(of)) => {
                self.functions.push(name);
                self.types.push(of);
            }
            _ => {}
        }
    }

    fn visit_macro(&mut self, node: &'ast Macro) {
        arguments(node).iter().for_each(|expression| self.visit_expr(expression));
    }
}

impl<'ast> Visit<'ast> for Bound {
    fn visit_pat_ident(&mut self, node: &'ast PatIdent) {
        self.0.push(node.ident.to_string());
        visit::visit_pat_ident(self, node);
    }
}

/// The arguments of a macro that takes expressions.
fn arguments(node: &Macro) -> Punctuated<Expr, Token![,]> {
    node.parse_body_with(Punctuated::parse_terminated).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Examined;
    use syn::visit::Visit;

    fn examined(text: &str, at: (u32, u32)) -> Vec<String> {
        let mut all = Examined::default();
        all.visit_file(&syn::parse_file(text).expect("a file of Rust"));
        all.by(at, (1, 100)).functions.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn the_calls_of_an_assertion_over_several_lines_come_first() {
        let text = "fn f() {\n let lock = Lock::new(1);\n lock.acquire();\n assert_eq!(\n  \
                    lock.try_acquire(),\n  true,\n  \"text\"\n );\n}";
        assert_eq!(examined(text, (4, 2)), ["try_acquire", "new"]);
    }

    #[test]
    fn a_value_is_followed_to_the_call_that_gave_it() {
        let text = "fn f() {\n let (a, b) = (one(), 2);\n let got = [a].map(|it| it.two());\n \
                    other();\n assert!(got.is_empty(), \"{b}\");\n}";
        assert_eq!(examined(text, (5, 2)), ["is_empty", "map", "two", "one"]);
    }

    #[test]
    fn a_function_may_be_handed_to_something_that_calls_it() {
        let text = "fn f() {\n let got = finish(start(&lock, Lock::release));\n \
                    assert_eq!(got, Err(No));\n}";
        assert_eq!(examined(text, (3, 2)), ["Err", "finish", "start", "release"]);
    }

    #[test]
    fn an_expectation_examines_what_it_is_called_on() {
        assert_eq!(examined("fn f() { x.get(1).expect(\"one\"); }", (1, 19)), ["get"]);
        assert_eq!(examined("fn f() { x.get(1).expect(\"one\"); }", (1, 12)), [""; 0]);
    }
}

//! The expression at a line and column: what the learner wrote where an operation happened.
//!
//! `#[track_caller]` gives the place of the *method's name* for a method call, the start of the
//! path for a function call, and the start of the macro call for everything within a macro's
//! expansion.

mod compact;
mod ends;
mod examined;
mod finder;
mod function;
mod functions;
mod parts;
pub(super) mod way;

use examined::{Examined, Findings};
use function::Function;
use std::collections::HashMap;

/// A call as it is shown: `accounts[to]` and `.lock()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// What the method is called on, without `self.`. Empty for plain functions and macros.
    pub(crate) receiver: String,
    /// The rest: method or path, and arguments.
    pub(crate) call: String,
    /// The argument of a plain function, if it is a single reference: `hits` of `lock(&hits)`.
    pub(crate) subject: Option<String>,
    /// The only argument that is a reference: `not_empty` of `wait(&self.not_empty, state)`.
    pub(crate) reference: Option<String>,
}

impl Call {
    /// Both parts together.
    pub(super) fn text(&self) -> String {
        format!("{}{}", self.receiver, self.call)
    }

    /// The name of the method or function. `None` for a macro.
    pub(super) fn name(&self) -> Option<&str> {
        let path = self.call.split_once('(')?.0.trim_start_matches('.');
        let name = path.rsplit("::").next().unwrap_or(path);
        (!name.ends_with('!')).then_some(name)
    }

    /// Whether it does nothing but panic.
    pub(super) fn raises(&self) -> bool {
        ["panic!", "panic_any", "resume_unwind"].iter().any(|name| self.call.contains(name))
    }

    /// Without arguments and modules: `hits.store(…)`, `sleep(…)`.
    pub(super) fn short(&self) -> String {
        let Some((name, arguments)) = self.call.split_once('(') else {
            return self.text();
        };
        let name = name.rsplit("::").next().unwrap_or(name);
        let arguments = if arguments == ")" { "" } else { "…" };
        format!("{}{name}({arguments})", self.receiver)
    }
}

/// All calls of a file, and its functions.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// Keyed by the line and column (both from 1) of the caller location.
    calls: HashMap<(u32, u32), Call>,
    /// Casts and wrapping operations, keyed by the line and column where they begin.
    numbers: HashMap<(u32, u32), String>,
    functions: Vec<Function>,
    /// What each statement calls that is nothing but a call, keyed like the calls.
    passed_on: HashMap<(u32, u32), String>,
    /// The last line and column of each statement, keyed by the first.
    statements: HashMap<(u32, u32), (u32, u32)>,
    /// The name of what each call calls, with line and column.
    names: Vec<((u32, u32), String)>,
    /// The first and last line and column of each closure.
    closures: Vec<((u32, u32), (u32, u32))>,
    examined: Examined,
}

impl Calls {
    /// The call at a line and column.
    pub(super) fn at(&self, line: u32, column: u32) -> Option<&Call> {
        self.calls.get(&(line, column))
    }

    /// The cast or wrapping operation that begins at a line and column.
    pub(super) fn number_at(&self, line: u32, column: u32) -> Option<&str> {
        self.numbers.get(&(line, column)).map(String::as_str)
    }

    /// Whether a `panic!` or `panic_any` in a closure is at this line and column.
    pub(super) fn panics_in_closure(&self, line: u32, column: u32) -> bool {
        let at = (line, column);
        self.at(line, column).is_some_and(Call::raises)
            && self.closures.iter().any(|(start, end)| (start..=end).contains(&&at))
    }

    /// What the assertion at a line and column examines.
    pub(super) fn examined_by(&self, line: u32, column: u32) -> Findings<'_> {
        let lines = self.around(line).map(|function| function.lines);
        lines.map_or_else(Findings::default, |lines| self.examined.by((line, column), lines))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, line: u32, column: u32) -> String {
        Calls::of(text).at(line, column).map(Call::text).unwrap_or_default()
    }

    #[test]
    fn a_method_call_is_found_at_its_name() {
        let text = "fn f(&self) { let é = self.hits.load(Ordering::SeqCst); }";
        assert_eq!(at(text, 1, 33), "hits.load()");
        assert_eq!(at(text, 1, 28), "");
    }

    #[test]
    fn a_chain_over_several_lines_is_one_line_without_its_comments() {
        let text =
            "fn f() {\n  self.accounts // all of them\n    [to]\n    .lock(\n      a + 1,\n  )\n}";
        assert_eq!(at(text, 4, 6), "accounts[to].lock(a + 1)");
    }

    #[test]
    fn a_function_call_is_found_at_its_start() {
        let text = "fn f() { std::thread::sleep(Duration::from_secs(1)); thread::spawn(|| 1); }";
        assert_eq!(at(text, 1, 10), "thread::sleep(Duration::from_secs(1))");
        assert_eq!(at(text, 1, 54), "thread::spawn(…)");
    }

    #[test]
    fn calls_inside_macros_with_a_syntax_of_their_own_are_found() {
        let text =
            "fn f() { matches!(a.load(SeqCst), Some(it) if it > 1); vec![b.load(SeqCst); 3]; }";
        assert_eq!(at(text, 1, 21), "a.load()");
        assert_eq!(at(text, 1, 63), "b.load()");
        let text = "thread_local! {\n  pub static A: u8 = const { 1 };\n  static B: u8 = NEXT.load(SeqCst);\n}";
        assert_eq!(at(text, 3, 23), "NEXT.load()");
    }

    #[test]
    fn calls_inside_a_macro_are_found() {
        let text = "fn f() { assert_eq!(self.total.load(Relaxed), 2, \"lost\"); }";
        assert_eq!(at(text, 1, 32), "total.load()");
        assert_eq!(at(text, 1, 10), "assert_eq!(…)");
    }

    #[test]
    fn a_function_is_named_with_its_type_where_its_name_alone_is_not_clear() {
        let text = "impl A { pub fn new() {} fn one() {} }\nimpl<'a> B<'a> {\npub fn new() {\n\
                    }\n}\nimpl Drop for B<'_> {\n fn drop(&mut self) {} }";
        let function = |line| Calls::of(text).function_at(line);
        assert_eq!(function(3).as_deref(), Some("B::new"));
        assert_eq!(function(7).as_deref(), Some("B::drop"));
        assert_eq!(Calls::of("fn f() {\n}").function_at(1).as_deref(), Some("f"));
        assert_eq!(function(9), None);
    }

    #[test]
    fn what_a_check_calls_is_known_the_nearest_first() {
        let text = "fn other() { x.far(); }\nfn check() {\n a.one();\n assert!(b.two() && c.three());\n\
                    d.four();\n}";
        assert_eq!(Calls::of(text).called_before(4), ["two", "three", "one"]);
    }

    #[test]
    fn long_parts_are_elided() {
        let text = "fn f() { a.b(this_is_a_long_argument, and_so_is_this).c(|x| x + 1); }";
        assert_eq!(at(text, 1, 12), "a.b(…)");
        let text = "fn f() { one_thing.another_thing.a_third_thing[0].lock(); }";
        assert_eq!(at(text, 1, 51), "….another_thing.a_third_thing[0].lock()");
    }

    #[test]
    fn deep_nesting_costs_nothing_but_the_code() {
        let deep = format!("fn f() {{ {}1{}; g(); }}", "(".repeat(5_000), ")".repeat(5_000));
        assert_eq!(at(&deep, 1, 10), "");
        let long = format!("fn f() {{ let _ = {}1; }}\nfn g() {{ h(); }}", "1+".repeat(30_000));
        assert_eq!(at(&long, 2, 10), "h()");
        let not = format!("fn f() {{ let _ = {}1; }}\nfn g() {{ h(); }}", "!".repeat(60_000));
        assert_eq!(at(&not, 2, 10), "h()");
        let chain = format!("fn f() {{ a{}; }}\nfn g() {{ h(); }}", ".b()".repeat(15_000));
        assert_eq!(at(&chain, 2, 10), "h()");
        assert_eq!(at(&chain, 1, 12), "a.b()");
        assert_eq!(at(&chain, 1, 12 + 4 * 14_000), "….b()");
    }
}

//! The expression at a line and column: what the learner wrote where an operation happened.
//!
//! `#[track_caller]` gives the place of the *method's name* for a method call, the start of the
//! path for a function call, and the start of the macro call for everything within a macro's
//! expansion.

mod compact;
mod examined;
mod finder;
mod parts;

use examined::{Examined, Findings};
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
    functions: Vec<Function>,
    /// What each statement calls that is nothing but a call, keyed like the calls.
    passed_on: HashMap<(u32, u32), String>,
    /// The name of what each call calls, with line and column.
    names: Vec<((u32, u32), String)>,
    /// The first and last line and column of each closure.
    closures: Vec<((u32, u32), (u32, u32))>,
    examined: Examined,
}

/// A function with a body.
#[derive(Debug)]
pub(super) struct Function {
    /// Its name alone.
    pub(super) name: String,
    /// The type whose `impl` it is in.
    owner: Option<String>,
    /// Line and column of its name, from 1.
    pub(super) place: (u32, u32),
    /// First and last line.
    lines: (u32, u32),
    /// Only this file can call it, so all its callers are known.
    is_private: bool,
    /// It returns something.
    pub(super) returns: bool,
    /// Line and column of its last statement.
    pub(super) tail: Option<(u32, u32)>,
    /// It has other ways out than its last statement.
    pub(super) returns_early: bool,
    /// It implements a trait's method, so other types have one of the same name.
    is_of_trait: bool,
}

impl Calls {
    /// The call at a line and column.
    pub(super) fn at(&self, line: u32, column: u32) -> Option<&Call> {
        self.calls.get(&(line, column))
    }

    /// The name of the function around a line: `release`. The type comes first, as in
    /// `Guard::drop`, if the name is `drop` or if the file has several functions of that name.
    pub(super) fn function_at(&self, line: u32) -> Option<String> {
        let innermost = self.around(line)?;
        let alike = self.functions.iter().filter(|other| other.name == innermost.name).count();
        let qualifies = alike > 1 || innermost.name == "drop";
        Some(match innermost.owner.as_ref().filter(|_| qualifies) {
            Some(owner) => format!("{owner}::{}", innermost.name),
            None => innermost.name.clone(),
        })
    }

    /// Whether the function around a line calls one of these.
    pub(super) fn calls_any_of(&self, line: u32, names: &[&str]) -> bool {
        let Some(function) = self.around(line) else { return false };
        let (first, last) = function.lines;
        self.names.iter().any(|((line, _), name)| {
            (first..=last).contains(line) && names.contains(&name.as_str())
        })
    }

    /// Whether the function around a statement always ends with this one.
    pub(super) fn is_only_end(&self, statement: (u32, u32)) -> bool {
        let function = self.around(statement.0);
        function.is_some_and(|it| it.tail == Some(statement) && !it.returns_early)
    }

    /// Whether the function around a statement ends with this one if it does not return early.
    pub(super) fn is_tail(&self, statement: (u32, u32)) -> bool {
        self.around(statement.0).is_some_and(|it| it.tail == Some(statement))
    }

    /// Whether the statement at a line and column is only a call of the function around `inner`.
    pub(super) fn passes_on(&self, statement: (u32, u32), inner: u32) -> bool {
        let called = self.passed_on.get(&statement);
        called.zip(self.around(inner)).is_some_and(|(called, inner)| *called == inner.name)
    }

    /// Whether other files can call the function around a line.
    pub(super) fn is_in_public_function(&self, line: u32) -> bool {
        self.around(line).is_some_and(|it| !it.is_private)
    }

    /// How many calls of the function around a line there are in this file, or of others with its name.
    /// None of a destructor: it is called where a value goes out of scope.
    pub(super) fn calls_of_function_at(&self, line: u32) -> usize {
        let Some(function) = self.around(line).filter(|it| it.name != "drop") else { return 0 };
        self.names.iter().filter(|(_, name)| *name == function.name).count()
    }

    /// Whether `caller` is in the function whose name is on the line `function`, and that calls the
    /// function around `line` nowhere else.
    pub(super) fn is_called_once(&self, function: u32, caller: u32, line: u32) -> bool {
        let (Some(outer), Some(inner)) = (self.around(caller), self.around(line)) else {
            return false;
        };
        let (first, last) = outer.lines;
        let calls = self
            .names
            .iter()
            .filter(|((line, _), name)| (first..=last).contains(line) && *name == inner.name);
        outer.place.0 == function && calls.count() == 1
    }

    /// Whether the same function is around both lines.
    pub(super) fn are_in_one_function(&self, one: u32, other: u32) -> bool {
        self.around(one).map(|it| it.place) == self.around(other).map(|it| it.place)
    }

    /// The function called `name` that other files can call, if there is exactly one: of all types,
    /// or of these.
    pub(super) fn public(&self, name: &str, types: &[&str]) -> Option<&Function> {
        let named = |it: &&Function| it.name == name && !it.is_private && !it.is_of_trait;
        let of_type =
            |it: &&Function| it.owner.as_ref().is_some_and(|owner| types.contains(&owner.as_str()));
        let named: Vec<&Function> = self.functions.iter().filter(named).collect();
        let of_types: Vec<&Function> = named.iter().copied().filter(of_type).collect();
        match (&named[..], &of_types[..]) {
            ([only], _) | (_, [only]) => Some(only),
            _ => None,
        }
    }

    /// The only function called `name` that nobody else can call.
    pub(super) fn private(&self, name: &str) -> Option<&Function> {
        let mut named = self.functions.iter().filter(|it| it.name == name);
        named.next().filter(|it| it.is_private && named.next().is_none())
    }

    /// The only lock that the private function called `name` acquires, as it is called there.
    pub(super) fn acquired_in(&self, name: &str) -> Option<String> {
        let (first, last) = self.private(name)?.lines;
        let acquires = |call: &Call| {
            let name = call.name();
            ["lock", "read", "write"].iter().any(|it| name == Some(it)) && !call.receiver.is_empty()
        };
        let here = self.calls.iter().filter(|((line, _), _)| (first..=last).contains(line));
        let mut acquired = here.map(|(_, call)| call).filter(|call| acquires(call));
        let only = acquired.next().filter(|_| acquired.next().is_none())?;
        Some(only.receiver.clone())
    }

    /// The names of what the function around `line` calls up to that line, the nearest first.
    pub(super) fn called_before(&self, line: u32) -> Vec<&str> {
        let Some(function) = self.around(line) else { return Vec::new() };
        let mut called: Vec<(u32, u32, &str)> = self
            .names
            .iter()
            .filter(|(at, _)| (function.lines.0..=line).contains(&at.0))
            .map(|(at, name)| (at.0, at.1, name.as_str()))
            .collect();
        called.sort_unstable_by_key(|&(line, column, _)| (std::cmp::Reverse(line), column));
        called.into_iter().map(|(.., name)| name).collect()
    }

    /// The names of what the function called `name` calls, in order. `None` if there is no such
    /// function.
    pub(super) fn called_in(&self, name: &str) -> Option<Vec<&str>> {
        let function = self.functions.iter().find(|it| it.name == name)?;
        let lines = function.lines.0..=function.lines.1;
        let mut called: Vec<&((u32, u32), String)> =
            self.names.iter().filter(|(at, _)| lines.contains(&at.0)).collect();
        called.sort_unstable();
        Some(called.into_iter().map(|(_, name)| name.as_str()).collect())
    }

    /// Whether a `panic!` or `panic_any` in a closure is at this line and column.
    pub(super) fn panics_in_closure(&self, line: u32, column: u32) -> bool {
        let at = (line, column);
        let panics = self.at(line, column).is_some_and(|call| {
            ["panic!", "panic_any", "resume_unwind"].iter().any(|name| call.call.contains(name))
        });
        panics && self.closures.iter().any(|(start, end)| (start..=end).contains(&&at))
    }

    /// What the assertion at a line and column examines.
    pub(super) fn examined_by(&self, line: u32, column: u32) -> Findings<'_> {
        let lines = self.around(line).map(|function| function.lines);
        lines.map_or_else(Findings::default, |lines| self.examined.by((line, column), lines))
    }

    /// The innermost function around a line.
    fn around(&self, line: u32) -> Option<&Function> {
        let round = |function: &&Function| (function.lines.0..=function.lines.1).contains(&line);
        self.functions.iter().filter(round).max_by_key(|function| function.lines.0)
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

//! What is known of the functions of a file, and of what they call.

use super::function::Function;
use super::{Call, Calls};

/// Functions that are called where their name does not stand.
const IMPLICIT: [&str; 9] =
    ["drop", "deref", "deref_mut", "next", "into_iter", "fmt", "clone", "eq", "from"];

impl Calls {
    /// The innermost function around a line.
    pub(in super::super) fn around(&self, line: u32) -> Option<&Function> {
        let round = |function: &&Function| (function.lines.0..=function.lines.1).contains(&line);
        self.functions.iter().filter(round).max_by_key(|function| function.lines.0)
    }

    /// The name of the function around a line: `release`. The type comes first, as in
    /// `Guard::drop`, if the name is `drop` or if the file has several functions of that name.
    pub(in super::super) fn function_at(&self, line: u32) -> Option<String> {
        let innermost = self.around(line)?;
        let alike = self.functions.iter().filter(|other| other.name == innermost.name).count();
        let qualifies = alike > 1 || innermost.name == "drop";
        Some(match innermost.owner.as_ref().filter(|_| qualifies) {
            Some(owner) => format!("{owner}::{}", innermost.name),
            None => innermost.name.clone(),
        })
    }

    /// Whether other files can call the function around a line.
    pub(in super::super) fn is_in_public_function(&self, line: u32) -> bool {
        self.around(line).is_some_and(|it| !it.is_private)
    }

    /// How many calls of the function around a line there are in this file, or of others with its name.
    /// None of a destructor: it is called where a value goes out of scope.
    pub(in super::super) fn calls_of_function_at(&self, line: u32) -> usize {
        let Some(function) = self.around(line).filter(|it| it.name != "drop") else { return 0 };
        self.names.iter().filter(|(_, name)| *name == function.name).count()
    }

    /// Whether `caller` is in the function whose name is on the line `function`, and that calls the
    /// function around `line` nowhere else.
    pub(in super::super) fn is_called_once(&self, function: u32, caller: u32, line: u32) -> bool {
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

    /// Whether the function around `line` is called by other code that the statement at `caller` runs, and
    /// not by that statement itself.
    pub(in super::super) fn runs_other_code(&self, caller: (u32, u32), line: u32) -> bool {
        let is_implicit = |it: &Function| IMPLICIT.contains(&it.name.as_str());
        self.statements.contains_key(&caller)
            && !self.around(line).is_none_or(is_implicit)
            && self.call_of(caller, line).is_none()
    }

    /// Where in the statement at `caller` the function around `line` is called, or one of its name: the
    /// line and column of the first such call.
    pub(in super::super) fn call_of(&self, caller: (u32, u32), line: u32) -> Option<(u32, u32)> {
        let inner = self.around(line)?;
        let end = self.statements.get(&caller)?;
        let its = self.names.iter().filter(|(at, _)| (caller..=*end).contains(at));
        its.filter(|(_, name)| *name == inner.name).map(|(at, _)| *at).min()
    }

    /// Whether the same function is around both lines.
    pub(in super::super) fn are_in_one_function(&self, one: u32, other: u32) -> bool {
        self.around(one).map(|it| it.place) == self.around(other).map(|it| it.place)
    }

    /// The function called `name` that other files can call, if there is exactly one: of all types,
    /// or of these.
    pub(in super::super) fn public(&self, name: &str, types: &[&str]) -> Option<&Function> {
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
    pub(in super::super) fn private(&self, name: &str) -> Option<&Function> {
        let mut named = self.functions.iter().filter(|it| it.name == name);
        named.next().filter(|it| it.is_private && named.next().is_none())
    }

    /// The only lock that the private function called `name` acquires, as it is called there.
    pub(in super::super) fn acquired_in(&self, name: &str) -> Option<String> {
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
    pub(in super::super) fn called_before(&self, line: u32) -> Vec<&str> {
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
    pub(in super::super) fn called_in(&self, name: &str) -> Option<Vec<&str>> {
        let function = self.functions.iter().find(|it| it.name == name)?;
        let lines = function.lines.0..=function.lines.1;
        let mut called: Vec<&((u32, u32), String)> =
            self.names.iter().filter(|(at, _)| lines.contains(&at.0)).collect();
        called.sort_unstable();
        Some(called.into_iter().map(|(_, name)| name.as_str()).collect())
    }

    /// Whether the function around a line calls one of these.
    pub(in super::super) fn calls_any_of(&self, line: u32, names: &[&str]) -> bool {
        let Some(function) = self.around(line) else { return false };
        let (first, last) = function.lines;
        self.names.iter().any(|((line, _), name)| {
            (first..=last).contains(line) && names.contains(&name.as_str())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Calls;

    #[test]
    fn a_statement_runs_other_code_if_it_does_not_call_the_function_itself() {
        let text = "fn spawn(work: W) {\n  drop(\n    work);\n  self.helper();\n}\nfn helper() {\n}\n\
                    impl Drop for G {\n fn drop(&mut self) {\n }\n}";
        let calls = Calls::of(text);
        let runs_other_code = |caller, line| calls.runs_other_code(caller, line);
        assert!(runs_other_code((2, 3), 1), "a destructor calls `spawn`");
        assert!(!runs_other_code((4, 3), 6), "`helper` is called by name");
        assert!(runs_other_code((4, 3), 1), "not `spawn`");
        assert!(
            !runs_other_code((4, 3), 9),
            "a destructor is called where its name does not stand"
        );
        assert!(!runs_other_code((3, 5), 1), "no statement begins there");
        assert_eq!((calls.call_of((4, 3), 6), calls.call_of((2, 3), 6)), (Some((4, 8)), None));
    }
}

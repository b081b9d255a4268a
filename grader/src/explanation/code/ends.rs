//! How functions end.

use super::Calls;

impl Calls {
    /// Whether the function around a statement always ends with this one.
    pub(in super::super) fn is_only_end(&self, statement: (u32, u32)) -> bool {
        let function = self.around(statement.0);
        function.is_some_and(|it| it.tail == Some(statement) && !it.returns_early)
    }

    /// Whether the function around a statement ends with this one if it does not return early.
    pub(in super::super) fn is_tail(&self, statement: (u32, u32)) -> bool {
        self.around(statement.0).is_some_and(|it| it.tail == Some(statement))
    }

    /// Whether the statement at a line and column is only a call of the function around `inner`.
    pub(in super::super) fn passes_on(&self, statement: (u32, u32), inner: u32) -> bool {
        let called = self.passed_on.get(&statement);
        called.zip(self.around(inner)).is_some_and(|(called, inner)| *called == inner.name)
    }
}

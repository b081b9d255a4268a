//! A function of a file.

/// A function with a body.
#[derive(Debug)]
pub(in super::super) struct Function {
    /// Its name alone.
    pub(in super::super) name: String,
    /// The type whose `impl` it is in.
    pub(super) owner: Option<String>,
    /// Line and column of its name, from 1.
    pub(in super::super) place: (u32, u32),
    /// First and last line.
    pub(super) lines: (u32, u32),
    /// Only this file can call it, so all its callers are known.
    pub(super) is_private: bool,
    /// It returns something that can be right or wrong by itself.
    pub(in super::super) returns: bool,
    /// Line and column of its last statement.
    pub(super) tail: Option<(u32, u32)>,
    /// It has other ways out than its last statement.
    pub(super) returns_early: bool,
    /// It implements a trait's method, so other types have one of the same name.
    pub(super) is_of_trait: bool,
}

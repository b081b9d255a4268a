//! A piece of what is told.

use serde::Serialize;

/// A piece of what is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "text")]
pub enum Part {
    /// Our words, to be wrapped.
    Said(String),
    /// The words of a panic or a tool, line by line.
    Quoted(String),
}

//! One piece of an explanation's text.

use serde::Serialize;

/// One piece of an explanation's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "text")]
pub enum Part {
    /// Our own words, to be wrapped.
    Said(String),
    /// The words of a panic or of a tool, line by line.
    Quoted(String),
}

//! WRITE: what this file is, in one line.

/// WRITE: what it promises, word for word as in the starter.
pub fn answer() -> u32 {
    42
}

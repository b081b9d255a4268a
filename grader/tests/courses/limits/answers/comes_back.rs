//! Nothing wrong with it.

/// Come back.
pub fn anything() {}

//! Does anything.

/// Do it.
pub fn anything() {
    panic!("nothing");
}

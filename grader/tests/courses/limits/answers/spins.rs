//! Never comes back, and never waits.

/// Spin.
pub fn anything() {
    loop {
        std::hint::black_box(0);
    }
}

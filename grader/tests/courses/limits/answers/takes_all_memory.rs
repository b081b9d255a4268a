//! Grows without end.

/// Grow.
pub fn anything() {
    let mut all = Vec::new();
    loop {
        all.push(vec![1_u8; 1 << 20]);
    }
}

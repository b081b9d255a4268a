//! Recurses for ever.

/// Recurse.
pub fn anything() {
    println!("{}", depth(&[0; 1024]));
}

fn depth(below: &[u64]) -> u64 {
    let mut here = [1; 1024];
    here[0] = below[0] + 1;
    if std::hint::black_box(true) { depth(&here) + here[1] } else { here[0] }
}

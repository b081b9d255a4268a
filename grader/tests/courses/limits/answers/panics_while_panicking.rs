//! Panics while it unwinds, which ends the process.

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("again");
    }
}

/// Panic twice.
pub fn anything() {
    let _bomb = Bomb;
    panic!("once");
}

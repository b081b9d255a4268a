//! Keeps the compiler busy.

const NEVER: u64 = {
    let mut n = 0_u64;
    loop {
        n = n.wrapping_add(1);
    }
};

/// Use a value that is never computed.
pub fn anything() {
    println!("{NEVER}");
}

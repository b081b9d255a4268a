//! Waits for something that never comes.

use std::thread;

/// Hang.
pub fn anything() {
    loop {
        thread::park();
    }
}

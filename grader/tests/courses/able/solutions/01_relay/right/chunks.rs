//! Make: passes on whatever has arrived, whether or not the lines are complete.

use std::io::{BufRead, Write};

/// Copies lines from `input` to `output` until there are no more.
pub fn relay(mut input: impl BufRead, mut output: impl Write) {
    while let Ok(chunk) = input.fill_buf() {
        let length = chunk.len();
        if length == 0 || output.write_all(chunk).and_then(|()| output.flush()).is_err() {
            return;
        }
        input.consume(length);
    }
}

//! Relays lines from one end to the other.

use std::io::{BufRead, Write};

/// Copies lines from `input` to `output` until there are no more.
pub fn relay(input: impl BufRead, mut output: impl Write) {
    for line in input.lines().map_while(Result::ok) {
        if writeln!(output, "{line}").and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}

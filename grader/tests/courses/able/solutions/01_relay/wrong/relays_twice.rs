//! Fault: each line goes through twice.
//! Expect: relays = wrong
//! Expect: relays_until_interrupted = pass

use std::io::{BufRead, Write};

/// Copies lines from `input` to `output` until there are no more.
pub fn relay(input: impl BufRead, mut output: impl Write) {
    for line in input.lines().map_while(Result::ok) {
        if writeln!(output, "{line}\n{line}").and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}

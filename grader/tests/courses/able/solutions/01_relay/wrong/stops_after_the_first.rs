//! Fault: it stops after the first line.
//! Expect: relays = pass
//! Expect: relays_between_processes = wrong
//! Expect: relays_until_interrupted = wrong

use std::io::{BufRead, Write};

/// Copies lines from `input` to `output` until there are no more.
pub fn relay(input: impl BufRead, mut output: impl Write) {
    for line in input.lines().map_while(Result::ok).take(1) {
        if writeln!(output, "{line}").and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}

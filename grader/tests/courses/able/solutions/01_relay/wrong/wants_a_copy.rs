//! Fault: the program of the exercise does not compile with it.
//! Whole: a made-up course has whole answers, too.
//! Expect: relays_between_processes = does-not-compile

use std::io::{BufRead, Write};

/// Copies lines from `input` to `output` until there are no more.
pub fn relay(input: impl BufRead, mut output: impl Write + Clone) {
    for line in input.lines().map_while(Result::ok) {
        if writeln!(output, "{line}").and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}

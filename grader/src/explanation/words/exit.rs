//! How a process ended that left no record: which limit or signal stopped it, and what that means.

use super::{count, number};
use crate::graded::Exit;

/// How a process that left no record ended. `output` is what it printed: it helps to explain an
/// abort and decides nothing.
pub(super) fn died(exit: &Exit, output: &str) -> String {
    match *exit {
        Exit::Code(code) => format!(
            "The process exited by itself, with code {code}, before the check had finished. Only a \
             check that runs to its end can pass."
        ),
        Exit::Signal(6) => aborted(output),
        Exit::Signal(11) => format!(
            "The process accessed memory that is not its own (signal 11). In safe Rust, that means a \
             stack overflow. {TOO_DEEP}"
        ),
        Exit::Signal(signal) => format!(
            "The process was terminated by signal {signal}{} before the check had finished.",
            signal_name(signal)
        ),
        Exit::WallTime(seconds) => format!(
            "The process was still running after {} and was stopped. Either it waits for something \
             that never comes, or it runs in an endless loop.",
            count(seconds, "second")
        ),
        Exit::Still => {
            "All threads sleep, and none of them is woken: they wait for something that \
             never comes, so the process was stopped."
                .to_owned()
        }
        Exit::CpuTime(seconds) => format!(
            "The process used up {} of CPU time and was stopped. Either it runs in an endless \
             loop, or it polls instead of waiting.",
            count(seconds, "second")
        ),
        Exit::Output(bytes) => {
            format!("The process printed more than {} and was stopped.", size(bytes))
        }
        Exit::Memory(bytes) => {
            format!("The process used up the {} of memory that a check is allowed.", size(bytes))
        }
    }
}

/// What makes a stack overflow. Where it happens is not known, only where the program was before.
const TOO_DEEP: &str = "Calls went too deep: a function that calls itself, again and again, or a value that is \
    dropped together with one inside it, and that with another inside it, and so on. A marked line is only the \
    last one that was seen before that.";

/// Why a process aborted, as far as its output tells.
fn aborted(output: &str) -> String {
    let text = if output.contains("not yet implemented") {
        "The process aborted: a `todo!()` was reached in a destructor while another panic was \
         unwinding. Look at your `drop`."
    } else if output.contains("overflowed its stack") {
        return format!("The process aborted: its stack overflowed. {TOO_DEEP}");
    } else if output.contains("non-unwinding panic")
        || output.contains("while processing panic")
        || output.contains("panicked in a destructor")
    {
        "The process aborted: a destructor panicked while another panic was unwinding, or while a \
         thread's thread-local values were being dropped."
    } else {
        "The process aborted (signal 6). The usual causes: endless recursion, which overflows the \
         stack; a panic in a destructor while another panic is unwinding; a call to `abort`."
    };
    text.to_owned()
}

fn signal_name(signal: i32) -> &'static str {
    match signal {
        4 => " (illegal instruction)",
        8 => " (arithmetic fault)",
        9 => " (killed)",
        _ => "",
    }
}

/// A number of bytes in the largest unit that gives a whole number.
fn size(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|&(unit, _)| bytes >= unit && bytes.is_multiple_of(unit)) {
        Some((unit, name)) => format!("{} {name}", number(bytes / unit)),
        None => count(bytes, "byte"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_said_in_their_largest_unit() {
        assert_eq!(size(2 << 30), "2 GiB");
        assert_eq!(size(64 << 20), "64 MiB");
        assert_eq!(size(1_500), "1,500 bytes");
        assert!(died(&Exit::WallTime(1), "").contains("after 1 second and"));
    }
}

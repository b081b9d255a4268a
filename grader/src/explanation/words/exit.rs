//! How a process ended that left no record: the limits, and what they mean.

use super::{count, number};
use crate::graded::Exit;

/// How a process that left no record ended.
pub(super) fn died(exit: &Exit) -> String {
    match *exit {
        Exit::Code(code) => format!(
            "The process ended by itself, with code {code}, before the check was over. Only a check \
             that runs to its end can pass."
        ),
        Exit::Signal(6) => "The process aborted (signal 6). The usual reasons: recursion without \
             end, which overflows the stack; a panic while another one unwinds, in a `drop` for \
             example; a call of `abort`."
            .to_owned(),
        Exit::Signal(11) => "The process touched memory that is not its own (signal 11). In safe \
             Rust that is a stack that overflowed, most often by recursion without end."
            .to_owned(),
        Exit::Signal(signal) => format!(
            "The process was ended by signal {signal}{} before the check was over.",
            signal_name(signal)
        ),
        Exit::WallTime(seconds) => format!(
            "It was still running after {} and was stopped. Either it waits for something that never \
             comes, or it loops without end.",
            count(seconds, "second")
        ),
        Exit::CpuTime(seconds) => format!(
            "It used up {} of processor time and was stopped: a loop that never ends, or never \
             waits.",
            count(seconds, "second")
        ),
        Exit::Output(bytes) => {
            format!("It printed more than {} and was stopped.", size(bytes))
        }
        Exit::Memory(bytes) => {
            format!("It asked for more than {} of memory and was stopped.", size(bytes))
        }
    }
}

fn signal_name(signal: i32) -> &'static str {
    match signal {
        4 => " (illegal instruction)",
        8 => " (arithmetic fault)",
        9 => " (killed)",
        _ => "",
    }
}

/// Bytes in the largest unit that gives a whole number.
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
        assert!(died(&Exit::WallTime(1)).contains("after 1 second and"));
    }
}

//! What a failing run printed, cleaned up for reading.

use super::safe;
use super::words;

/// The output as harmless text, without what the test harness and the snapshot tool say to a
/// developer. This only decides what is shown; no verdict depends on output.
pub(super) fn clean(raw: &str) -> String {
    let text = safe::text(raw);
    let lines: Vec<&str> = text.lines().filter(|line| !is_noise(line.trim())).collect();
    let mut shown = String::new();
    let mut blank = true;
    for line in lines {
        let line = words::snapshot_side(line).unwrap_or(line);
        // Two empty lines in a row say no more than one.
        if line.trim().is_empty() && blank {
            continue;
        }
        blank = line.trim().is_empty();
        // Nor do two rules.
        if is_rule(line) && shown.lines().next_back().is_none_or(is_rule) {
            continue;
        }
        shown.push_str(line.trim_end());
        shown.push('\n');
    }
    shown.trim_end().to_owned()
}

/// Whether a line only makes sense to someone who runs the tests by hand.
fn is_noise(line: &str) -> bool {
    const BEGINNINGS: [&str; 17] = [
        // libtest
        "running 1 test",
        "failures:",
        "error: test failed",
        "test result: FAILED",
        "note: run with `RUST_BACKTRACE=",
        // insta
        "To update snapshots run",
        "Stopped on the first failure. Run `cargo insta",
        "stored new snapshot",
        "Snapshot:",
        "Snapshot file:",
        "Source:",
        "Expression:",
        // cargo, and trybuild's own panic
        "Compiling ",
        "Checking ",
        "Finished `",
        "Running ",
        "Blocking waiting for file lock",
    ];
    BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
        || line.starts_with("━━") && line.contains(" Snapshot Summary ")
        || line.starts_with("thread '")
            && ["/trybuild-", " panicked at shuttle-engine-"].iter().any(|it| line.contains(it))
        // The engine, of threads that a standstill leaves in the middle of a panic
        || line.contains(" was unwinding a panic when the execution stopped")
        || line.contains(" still unwinding the panic when the execution stopped")
}

/// Whether a line is only drawn and says nothing.
fn is_rule(line: &str) -> bool {
    !line.is_empty() && line.chars().all(|c| matches!(c, '━' | '─' | '┈'))
}

/// Cuts a line that consists mostly of line drawing to `cells`, so that it is not wrapped. Other
/// lines stay as they are.
pub(crate) fn fit_rule(line: &str, cells: usize) -> String {
    let drawn = line.chars().filter(|c| matches!(c, '━' | '─' | '┈' | '=' | '-')).count();
    if drawn * 2 > line.chars().count() {
        safe::head(line, cells).to_owned()
    } else {
        line.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_cut_and_text_is_kept() {
        assert_eq!(fit_rule(&"━".repeat(200), 10), "━".repeat(10));
        assert_eq!(fit_rule(&"word ".repeat(50), 10), "word ".repeat(50));
    }

    #[test]
    fn what_the_harness_says_is_left_out() {
        let raw = "\nrunning 1 test\nmine\n\n\nstored new snapshot /x/y\n\nfailures:\n";
        assert_eq!(clean(raw), "mine");
    }

    #[test]
    fn of_a_snapshot_only_the_difference_is_left() {
        let raw = "━━━ Snapshot Summary ━━━\nSnapshot: x\nSource: tests/checks.rs:9\n────\n\
                   Expression: y\n────\n-old snapshot\n+new results\n────┬────\n  1  │-a\n\
                   1  │+b\n────┴────\nTo update snapshots run `cargo insta review`\n";
        let shown = clean(raw);
        assert_eq!(
            shown,
            "-what was expected\n+what your answer did\n────┬────\n  1  │-a\n1  │+b\n────┴────"
        );
    }
}
